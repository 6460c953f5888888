//! Lap timers: `n` phases for `n + 1` readings of the clock.

use crate::clock;
use crate::instrument::TimerSeries;
use crate::instrument::histogram::record;
use crate::snapshot::Outcome;

/// Starts a lap timer.
#[must_use]
pub fn lap() -> Lap {
    Lap {
        last: if crate::enabled() {
            Some(clock::ticks())
        } else {
            None
        },
    }
}

/// A clock that is read once a phase; see [`lap`].
#[derive(Debug)]
pub struct Lap {
    last: Option<u64>,
}

impl Lap {
    /// Records the time since the last mark, or since the start.
    #[inline]
    pub fn mark<S: TimerSeries>(&mut self, phase: S) {
        if let Some(last) = self.last {
            let now = clock::ticks();
            record(
                phase.live_as(Outcome::Completed),
                now.saturating_sub(last),
                1,
            );
            self.last = Some(now);
        }
    }
}
