//! The clock of one request or query, and which of them have one.

use std::cell::Cell;
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

    #[inline]
    pub(super) fn record(self, series: BoundTimer, outcome: Outcome) {
        histogram::record(series.series.live_as(outcome), self.ticks, self.weight);
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

thread_local! {
    static DRAW: Cell<u64> = const { Cell::new(0) };
}

/// Whether this call is the one of `one_in` (a power of two). By chance, not by counting: requests have rhythms, and every
/// second of them may be of one kind.
#[inline]
fn drawn(one_in: u16) -> bool {
    DRAW.with(|draw| {
        let next = splitmix(draw.get());
        draw.set(next.0);
        next.1 & u64::from(one_in - 1) == 0
    })
}

/// The next state and its value: `SplitMix64` (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
#[inline]
fn splitmix(state: u64) -> (u64, u64) {
    let state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (state, z ^ (z >> 31))
}

impl Tracker {
    /// How many a call now stands for: `None` when switched off, 0 if sampling passes it over.
    #[inline]
    pub(super) fn weight(&self) -> Option<u16> {
        if !crate::enabled() {
            return None;
        }
        Some(match self.one_in {
            0 | 1 => 1,
            one_in if drawn(one_in) => one_in,
            _ => 0,
        })
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

    /// Every thread begins with the same state, so the numbers are the same each time. Four standard deviations.
    #[test]
    fn sampling_takes_its_share_also_of_calls_that_alternate() {
        for one_in in [2_u16, 16, 256] {
            let calls = u32::from(one_in) * 10_000;
            let mut of_kind = [0_u32; 2];
            for call in 0..calls {
                if drawn(one_in) {
                    of_kind[call as usize % 2] += 1;
                }
            }
            for drawn in of_kind {
                assert!(drawn.abs_diff(5_000) < 283, "{one_in}: {of_kind:?}");
            }
        }
    }

    #[test]
    fn a_limit_that_is_no_duration_is_never_reached() {
        for limit in [None, Some(f64::INFINITY), Some(1e300)] {
            assert_eq!(ticks_of(limit), u64::MAX);
        }
        assert_eq!(ticks_of(Some(-1.0)), 0);
    }
}
