//! One client's calls to one endpoint.

use super::{Basis, Class, Finding, nanos};
use std::time::Duration;
use tollgate_probe::runaway::{Intervals, Limits, Pattern, judge};

/// Calls at once that are a burst. A page that loads twenty things does so too; what makes it one is that it comes again.
const BURST_CALLS: u64 = 10;

/// Time in which they come, and the quiet that must follow.
const BURST_WITHIN: Duration = Duration::from_secs(1);

/// So many bursts are a pattern.
const BURSTS: u64 = 3;

/// Bursts that are further apart are different occasions.
const BURST_APART: Duration = Duration::from_secs(120);

/// Intervals that the median is of.
const RING: usize = 32;

pub(super) struct Pair {
    pub(super) calls: u64,
    pub(super) first: Duration,
    pub(super) last: Duration,
    limits: Limits,
    basis: Basis,
    intervals: Intervals,
    /// The last intervals, nanoseconds.
    ring: [u64; RING],
    burst: Burst,
}

/// The crowd of calls that is under way, and the bursts before it.
#[derive(Debug, Default)]
struct Burst {
    start: Duration,
    calls: u64,
    bursts: u64,
    last_burst: Duration,
    counted: bool,
}

impl Pair {
    pub(super) fn new(at: Duration, interval: Duration, basis: Basis) -> Self {
        let limits = Limits {
            interval: Some(interval),
            ..Limits::default()
        };
        Self {
            calls: 0,
            first: at,
            last: at,
            intervals: Intervals::new(&limits),
            limits,
            basis,
            ring: [0; RING],
            burst: Burst::default(),
        }
    }

    /// Median of the last intervals; `None` before there is one.
    pub(super) fn median(&self) -> Option<Duration> {
        let kept = usize::try_from(self.calls.saturating_sub(1)).map_or(RING, |n| n.min(RING));
        let mut sorted = self.ring;
        let kept = sorted.get_mut(..kept)?;
        kept.sort_unstable();
        kept.get(kept.len() / 2).copied().map(Duration::from_nanos)
    }

    /// A call; what is wrong at this moment, without names.
    pub(super) fn record(&mut self, at: Duration) -> Option<Finding> {
        // A clock that goes back makes calls at once of it.
        let at = at.max(self.last);
        if self.calls > 0 {
            let place = ((self.calls - 1) % RING as u64) as usize;
            self.ring[place] = nanos(at - self.last);
        }
        let burst = self.burst(at);
        self.last = at;
        self.calls = self.calls.saturating_add(1);
        self.intervals.record(at);
        let found = judge(&self.intervals, &self.limits, at);
        let found = found.and_then(|found| {
            let class = match found.pattern {
                Pattern::Runaway => Class::Runaway,
                Pattern::Growth => Class::Growth,
                // A crowd by itself may be a page that loads.
                Pattern::Burst => return None,
            };
            Some(Finding {
                calls: found.calls,
                span: found.span,
                observed: found.observed,
                expected: found.expected,
                basis: if class == Class::Growth {
                    Basis::Before
                } else {
                    self.basis
                },
                ..nothing(class, at)
            })
        });
        found.or(burst)
    }

    fn burst(&mut self, at: Duration) -> Option<Finding> {
        let expected = self.limits.interval.unwrap_or_default();
        let burst = &mut self.burst;
        if self.calls == 0 || at - self.last > BURST_WITHIN {
            *burst = Burst {
                start: at,
                calls: 0,
                counted: false,
                ..*burst
            };
        }
        burst.calls += 1;
        let span = at - burst.start;
        let close = span <= BURST_WITHIN
            && span.as_secs_f64()
                < expected.as_secs_f64() / self.limits.factor * burst.calls as f64;
        // What goes on for longer is no burst, and its start was none either.
        if span > BURST_WITHIN && burst.counted {
            burst.bursts = burst.bursts.saturating_sub(1);
            burst.counted = false;
        }
        if !close || burst.calls < BURST_CALLS {
            return None;
        }
        if !burst.counted {
            let apart = burst.start.saturating_sub(burst.last_burst);
            let again = burst.bursts > 0 && apart <= BURST_APART;
            burst.bursts = if again { burst.bursts + 1 } else { 1 };
            burst.counted = true;
            let observed = if again { apart } else { Duration::ZERO };
            burst.last_burst = burst.start;
            if burst.bursts >= BURSTS {
                return Some(Finding {
                    calls: burst.calls,
                    span,
                    observed,
                    expected,
                    basis: self.basis,
                    times: burst.bursts,
                    ..nothing(Class::Burst, at)
                });
            }
        }
        None
    }
}

/// A finding without names and numbers.
pub(super) fn nothing(class: Class, at: Duration) -> Finding {
    Finding {
        class,
        client: None,
        endpoint: String::new(),
        from: at,
        to: at,
        calls: 0,
        span: Duration::ZERO,
        observed: Duration::ZERO,
        expected: Duration::ZERO,
        basis: Basis::Assumed,
        times: 1,
        clients: 1,
    }
}
