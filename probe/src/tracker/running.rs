//! The clock of one request or query, and which of them have one.

use std::time::Duration;

use super::Tracker;
use crate::BoundTimer;
use crate::clock;
use crate::instrument::histogram;
use crate::snapshot::Outcome;

/// Has started.
#[derive(Clone, Copy, Debug)]
pub(super) struct Running {
    started: u64,
    /// How many it stands for; 0 if sampling passed it over, and its clock was not read.
    weight: u16,
}

/// Has ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ran {
    ticks: u64,
    /// As above.
    pub(super) weight: u16,
}

impl Running {
    #[inline]
    pub(super) fn end(self) -> Ran {
        let ticks = if self.weight == 0 {
            0
        } else {
            clock::ticks().saturating_sub(self.started)
        };
        Ran {
            ticks,
            weight: self.weight,
        }
    }
}

impl Ran {
    pub(super) fn measured(duration: Duration, weight: u16) -> Self {
        Self {
            ticks: clock::from_duration(duration),
            weight,
        }
    }

    /// One that somebody else timed and recorded.
    #[cfg(all(feature = "record", feature = "tower"))]
    pub(super) const fn recorded(ticks: u64) -> Self {
        Self { ticks, weight: 1 }
    }

    #[inline]
    pub(super) fn record(self, series: BoundTimer, outcome: Outcome) {
        histogram::record(series.series.histogram(outcome), self.ticks, self.weight);
    }

    #[inline]
    pub(super) fn is_from(self, ticks: u64) -> bool {
        self.weight > 0 && self.ticks >= ticks
    }

    /// Only for what is rare: it divides.
    pub(super) fn seconds(self) -> f64 {
        self.ticks as f64 / clock::from_duration(Duration::from_secs(1)) as f64
    }

    pub(super) fn known_seconds(self) -> Option<f64> {
        (self.weight > 0).then(|| self.seconds())
    }
}

/// A limit in ticks; one that is no duration is never reached.
pub(super) fn ticks_of(seconds: Option<f64>) -> u64 {
    let limit = seconds.map(|s| Duration::try_from_secs_f64(s.max(0.0)));
    limit
        .and_then(Result::ok)
        .map_or(u64::MAX, clock::from_duration)
}

impl Tracker {
    /// How many a call now stands for: `None` when switched off, 0 if sampling passes it over.
    #[inline]
    pub(super) fn weight(&self) -> Option<u16> {
        if !crate::enabled() {
            return None;
        }
        Some(self.sampling.weight().unwrap_or(0))
    }

    #[inline]
    pub(super) fn start_clock(&self) -> Option<Running> {
        let weight = self.weight()?;
        let started = if weight == 0 { 0 } else { clock::ticks() };
        Some(Running { started, weight })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_is_no_duration_is_never_reached() {
        for limit in [None, Some(f64::INFINITY), Some(1e300)] {
            assert_eq!(ticks_of(limit), u64::MAX);
        }
        assert_eq!(ticks_of(Some(-1.0)), 0);
    }
}
