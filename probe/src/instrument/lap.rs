//! Lap timers: `n` phases for `n + 1` readings of the clock.

use crate::instrument::TimerSeries;
use crate::instrument::histogram::record;
use crate::instrument::sampling::Sampling;
use crate::instrument::site::Stopwatch;
use crate::snapshot::Outcome;

/// Starts a lap timer.
#[inline]
#[must_use]
pub fn lap() -> Lap {
    Lap {
        watch: Stopwatch::start(Sampling::ALL),
    }
}

/// A clock that is read once a phase; see [`lap`].
#[derive(Debug)]
pub struct Lap {
    watch: Stopwatch,
}

impl Lap {
    /// Records the time since the last mark, or since the start.
    #[inline]
    pub fn mark<S: TimerSeries>(&mut self, phase: S) {
        if let Some(ticks) = self.watch.lap() {
            record(phase.live_as(Outcome::Completed), ticks, 1);
        }
    }
}
