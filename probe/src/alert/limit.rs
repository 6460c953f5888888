//! How often one alert may tell.

use std::time::Duration;

/// At most `burst` notices at once, and one more for every `per` that passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Notices that may come at once; 0 for none at all.
    pub burst: u32,
    /// Time for one more. Zero for no limit, unless `burst` is 0.
    pub per: Duration,
}

impl Default for RateLimit {
    /// Three at once, one more every five minutes.
    fn default() -> Self {
        Self {
            burst: 3,
            per: Duration::from_secs(300),
        }
    }
}

/// The generic cell rate algorithm (ITU-T I.371, virtual scheduling): one moment is all it keeps, the one at which an
/// evenly paced sender would send next.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    next: Duration,
}

impl Pace {
    /// Whether one more is within the limit at `now`; counts it if so.
    pub(super) fn allow(&mut self, now: Duration, limit: RateLimit) -> bool {
        if limit.burst == 0 {
            return false;
        }
        // No more than this can have been booked ahead, unless the clock went back: then begin anew.
        let most = limit.per.saturating_mul(limit.burst);
        if self.next.saturating_sub(now) > most {
            self.next = now;
        }
        let tolerance = limit.per.saturating_mul(limit.burst - 1);
        if self.next.saturating_sub(now) > tolerance {
            return false;
        }
        self.next = self.next.max(now).saturating_add(limit.per);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: RateLimit = RateLimit {
        burst: 3,
        per: Duration::from_secs(10),
    };

    fn allowed(seconds: &[u64], limit: RateLimit) -> Vec<bool> {
        let mut pace = Pace::default();
        seconds
            .iter()
            .map(|s| pace.allow(Duration::from_secs(*s), limit))
            .collect()
    }

    #[test]
    fn a_burst_passes_and_then_one_for_each_period() {
        let times = [100, 100, 100, 100, 109, 110, 110, 119, 120];
        let expected = [true, true, true, false, false, true, false, false, true];
        assert_eq!(allowed(&times, LIMIT), expected);
    }

    #[test]
    fn a_quiet_time_gives_the_burst_back_and_not_more() {
        let times = [0, 0, 0, 1_000, 1_000, 1_000, 1_000];
        assert_eq!(
            allowed(&times, LIMIT),
            [true, true, true, true, true, true, false]
        );
    }

    #[test]
    fn no_burst_allows_nothing_and_no_period_allows_all() {
        assert_eq!(
            allowed(
                &[0, 50],
                RateLimit {
                    burst: 0,
                    per: Duration::ZERO
                }
            ),
            [false; 2]
        );
        assert_eq!(
            allowed(
                &[0; 5],
                RateLimit {
                    burst: 1,
                    per: Duration::ZERO
                }
            ),
            [true; 5]
        );
    }

    #[test]
    fn a_clock_that_goes_back_does_not_silence_for_longer_than_the_limit() {
        assert_eq!(
            allowed(&[1_000_000, 5, 5, 5, 5], LIMIT),
            [true, true, true, true, false]
        );
    }

    #[test]
    fn the_largest_times_do_not_overflow() {
        let limit = RateLimit {
            burst: u32::MAX,
            per: Duration::MAX,
        };
        let mut pace = Pace::default();
        assert!(pace.allow(Duration::MAX, limit) && pace.allow(Duration::MAX, limit));
    }
}
