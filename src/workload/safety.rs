//! When a run is stopped whatever its budgets say. Pure: what was seen comes in, what to stop for goes out.

use super::record::Stop;
use super::scenario::Safety;
use std::collections::VecDeque;
use std::time::Duration;

/// Calls that an error rate is taken of at least: among fewer, one failure would be a large share.
pub const CALLS: u64 = 20;

/// From a stop for memory or disk until connections are cut: what is in flight may be what fills them.
pub const SHORT_GRACE: Duration = Duration::from_secs(1);

/// From any other stop until connections are cut.
pub const GRACE: Duration = Duration::from_secs(10);

/// Moments that an error rate is remembered by: a window is exact to this part of its length.
const MOMENTS: u32 = 120;

/// Calls of the whole run until a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Calls {
    /// Since the start of the schedule.
    pub at: Duration,
    /// That ended.
    pub ended: u64,
    /// Those of them that failed.
    pub failed: u64,
}

/// What is known of a run at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Seen {
    /// Since the start of the target.
    pub at: Duration,
    /// Calls, once they are made.
    pub calls: Option<Calls>,
    /// Resident memory of the target's process tree, bytes; `None` where it cannot be seen.
    pub memory: Option<u64>,
    /// Free bytes of the fullest of the file systems that are written to.
    pub free: Option<u64>,
}

/// A limit that is broken.
#[derive(Debug, Clone, PartialEq)]
pub struct Breach {
    /// Which.
    pub stop: Stop,
    /// How long calls in flight may take to end.
    pub grace: Duration,
}

/// Holds the limits of a run against what is seen of it. Every limit is judged by every look, alone by what it is told:
/// one look suffices to trip it.
#[derive(Debug, Clone)]
pub struct Guard {
    limits: Safety,
    past: VecDeque<Calls>,
}

impl Guard {
    /// For a run that begins.
    #[must_use]
    pub const fn new(limits: Safety) -> Self {
        Self {
            limits,
            past: VecDeque::new(),
        }
    }

    /// The first limit that is broken: what harms the machine before what spoils the run.
    pub fn look(&mut self, seen: &Seen) -> Option<Breach> {
        let limits = self.limits;
        let memory = limits.memory.zip(seen.memory);
        if let Some((limit, used)) = memory.filter(|(limit, used)| used > limit) {
            return Some(Breach {
                stop: Stop::Memory { used, limit },
                grace: SHORT_GRACE,
            });
        }
        let disk = limits.disk.zip(seen.free);
        if let Some((limit, free)) = disk.filter(|(limit, free)| free < limit) {
            return Some(Breach {
                stop: Stop::Disk { free, limit },
                grace: SHORT_GRACE,
            });
        }
        self.calls(seen)
            .or_else(|| {
                let limit = limits.time.filter(|limit| seen.at >= *limit)?;
                Some(Stop::Time { limit })
            })
            .map(|stop| Breach { stop, grace: GRACE })
    }

    fn calls(&mut self, seen: &Seen) -> Option<Stop> {
        let now = seen.calls?;
        let rate = self.error_rate(now);
        if let Some((share, limit)) = rate.zip(self.limits.error_rate)
            && share > limit
        {
            return Some(Stop::ErrorRate { share, limit });
        }
        let limit = self.limits.requests.filter(|limit| now.ended >= *limit)?;
        Some(Stop::Requests { limit })
    }

    /// Share of failed calls in the window before now, or since the start where that is less; `None` for too few calls.
    fn error_rate(&mut self, now: Calls) -> Option<f64> {
        let window = self.limits.error_window.max(Duration::from_secs(1));
        let since = now.at.saturating_sub(window);
        // The newest moment that is not inside of the window stays: it is where the window begins.
        while self.past.get(1).is_some_and(|second| second.at <= since) {
            self.past.pop_front();
        }
        let begin = self
            .past
            .front()
            .filter(|first| first.at <= since)
            .copied()
            .unwrap_or_default();
        let last = self.past.back().map(|last| last.at);
        if last.is_none_or(|last| now.at.saturating_sub(last) >= window / MOMENTS) {
            self.past.push_back(now);
        }
        let calls = now.ended.saturating_sub(begin.ended);
        let failed = now.failed.saturating_sub(begin.failed);
        (calls >= CALLS).then(|| failed as f64 / calls as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn guard(set: impl FnOnce(&mut Safety)) -> Guard {
        let mut limits = Safety {
            error_window: 10 * SECOND,
            ..Safety::default()
        };
        set(&mut limits);
        Guard::new(limits)
    }

    fn calls(second: u64, ended: u64, failed: u64) -> Seen {
        let at = Duration::from_secs(second);
        Seen {
            at,
            calls: Some(Calls { at, ended, failed }),
            ..Seen::default()
        }
    }

    #[test]
    fn without_limits_nothing_stops_a_run() {
        let seen = Seen {
            at: Duration::MAX,
            memory: Some(u64::MAX),
            free: Some(0),
            ..calls(1, u64::MAX, u64::MAX)
        };
        assert_eq!(guard(|_| {}).look(&seen), None);
    }

    #[test]
    fn memory_and_disk_trip_at_the_first_look_beyond_the_limit_and_not_at_it() {
        let mut memory = guard(|limits| limits.memory = Some(100));
        let seen = |used| Seen {
            memory: used,
            ..Seen::default()
        };
        assert_eq!(memory.look(&seen(None)), None);
        assert_eq!(memory.look(&seen(Some(100))), None);
        let breach = memory.look(&seen(Some(101))).unwrap();
        let stop = Stop::Memory {
            used: 101,
            limit: 100,
        };
        assert_eq!((breach.stop, breach.grace), (stop, SHORT_GRACE));

        let mut disk = guard(|limits| limits.disk = Some(100));
        let seen = |free| Seen {
            free,
            ..Seen::default()
        };
        assert_eq!(disk.look(&seen(None)), None);
        assert_eq!(disk.look(&seen(Some(100))), None);
        let stop = Stop::Disk {
            free: 99,
            limit: 100,
        };
        assert_eq!(disk.look(&seen(Some(99))).unwrap().stop, stop);
    }

    #[test]
    fn caps_trip_as_soon_as_they_are_reached() {
        let mut requests = guard(|limits| limits.requests = Some(1000));
        assert_eq!(requests.look(&calls(1, 999, 999)), None);
        let stop = Stop::Requests { limit: 1000 };
        assert_eq!(requests.look(&calls(2, 1000, 0)).unwrap().stop, stop);

        let mut time = guard(|limits| limits.time = Some(5 * SECOND));
        assert_eq!(time.look(&calls(4, 0, 0)), None);
        let stop = Stop::Time { limit: 5 * SECOND };
        let breach = time.look(&calls(5, 0, 0)).unwrap();
        assert_eq!((breach.stop, breach.grace), (stop.clone(), GRACE));
        // Also while the target is not ready yet, and nothing is called.
        let seen = Seen {
            at: 6 * SECOND,
            ..Seen::default()
        };
        assert_eq!(time.look(&seen).unwrap().stop, stop);
    }

    #[test]
    fn the_error_rate_is_that_of_the_window() {
        let mut guard = guard(|limits| limits.error_rate = Some(0.05));
        // A thousand good calls a second: a minute of them must not hide what comes then.
        for second in 0..=60 {
            assert_eq!(guard.look(&calls(second, 1000 * second, 0)), None);
        }
        // 5 % of the ten seconds' 10 000 calls is fine, one more is not.
        assert_eq!(guard.look(&calls(61, 61_000, 500)), None);
        let breach = guard.look(&calls(62, 62_000, 501)).unwrap();
        assert!(
            matches!(breach.stop, Stop::ErrorRate { share, limit } if share > limit),
            "{breach:?}"
        );
        // Once they have left the window, they are forgotten.
        let mut later = guard.clone();
        assert_eq!(later.look(&calls(80, 80_000, 501)), None);
    }

    #[test]
    fn a_few_calls_are_no_rate_and_a_young_run_is_judged_by_what_it_has() {
        let mut guard = guard(|limits| limits.error_rate = Some(0.05));
        assert_eq!(guard.look(&calls(1, CALLS - 1, CALLS - 1)), None);
        assert!(guard.look(&calls(1, CALLS, 2)).is_some());
    }

    #[test]
    fn a_run_of_failures_trips_within_a_window_of_its_beginning() {
        // With 1000 good calls a second before, all calls failing from second 30 on.
        let mut guard = guard(|limits| limits.error_rate = Some(0.5));
        let tripped = (0..60)
            .find(|&second| {
                let failed = 1000 * u64::saturating_sub(second, 30);
                guard.look(&calls(second, 1000 * second, failed)).is_some()
            })
            .unwrap();
        assert_eq!(tripped, 36);
    }

    #[test]
    fn what_harms_the_machine_is_named_first() {
        let mut guard = guard(|limits| {
            limits.memory = Some(1);
            limits.disk = Some(10);
            limits.time = Some(SECOND);
        });
        let seen = Seen {
            memory: Some(2),
            free: Some(1),
            ..calls(100, 100, 100)
        };
        let breach = guard.look(&seen).unwrap();
        assert!(matches!(breach.stop, Stop::Memory { .. }), "{breach:?}");
    }

    #[test]
    fn numbers_that_go_back_or_are_none_do_no_harm() {
        let mut guard = guard(|limits| {
            limits.error_rate = Some(f64::NAN);
            limits.error_window = Duration::ZERO;
        });
        for (second, ended, failed) in [(5, 100, 100), (3, 50, 70), (0, 0, 0), (9, 1 << 63, 1)] {
            assert_eq!(guard.look(&calls(second, ended, failed)), None);
        }
    }

    #[test]
    fn a_long_run_is_remembered_in_few_moments() {
        let mut guard = guard(|limits| {
            limits.error_rate = Some(0.5);
            limits.error_window = 3600 * SECOND;
        });
        for second in 0..20_000 {
            assert_eq!(guard.look(&calls(second, 100 * second, 0)), None);
        }
        assert!(guard.past.len() <= 123, "{}", guard.past.len());
    }
}
