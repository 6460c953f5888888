//! How much counters move by themselves: what tolerances and slacks are when nobody says.

use crate::compare::Zone;
use crate::measurement::Metric;
use crate::units::Change;

/// What a counter may grow by before that is a regression: a share, and an amount on top.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CounterRule {
    /// Name of the metric.
    pub metric: &'static str,
    /// Share, as a fraction of the base.
    pub tolerance: f64,
    /// Amount on top, in the metric's unit. It keeps small counts from alarming about the environment's size.
    pub slack: f64,
}

/// Defaults by name of the metric. Relinking moves instruction counts by some 0.007 %, one more environment variable by
/// some 400 instructions, a page of memory is 4 KiB; simulated cycles see code layout.
pub const COUNTERS: [CounterRule; 6] = [
    rule("instructions", 0.005, 1000.0),
    rule("allocations", 0.0, 0.0),
    rule("bytes-allocated", 0.005, 64.0),
    rule("peak-rss", 0.03, 1024.0 * 1024.0),
    rule("binary-size", 0.002, 4096.0),
    rule("estimated-cycles", 0.05, 0.0),
];

/// What is equal in exact arithmetic may differ by this after rounding; and a tolerance is never zero, or no interval
/// would lie within it.
const ROUNDING: f64 = 1e-12;

const fn rule(metric: &'static str, tolerance: f64, slack: f64) -> CounterRule {
    CounterRule {
        metric,
        tolerance,
        slack,
    }
}

/// The defaults of a counter. `None` for times, and for counters that nobody knows.
#[must_use]
pub fn counter_rule(metric: &Metric) -> Option<CounterRule> {
    COUNTERS
        .into_iter()
        .find(|counter| counter.metric == metric.name)
}

impl CounterRule {
    /// The zone in which a change of a counter from `base` is no regression, with a budget's `tolerance` in place of the
    /// default one: a change is claimed if the *smallest* value of the candidate is above the largest of the
    /// base by the tolerance and the slack. So the floor is the tolerance, not zero.
    ///
    /// Without a positive finite base there is no slack.
    #[must_use]
    pub fn zone(self, base: f64, tolerance: Option<Change>) -> Zone {
        let tolerance = tolerance.unwrap_or(Change::from_fraction(self.tolerance));
        let slack = if base > 0.0 && base.is_finite() {
            self.slack / base
        } else {
            0.0
        };
        let allowed = Change::from_log((tolerance.log().exp_m1() + slack).ln_1p() + ROUNDING);
        Zone {
            floor: allowed,
            tolerance: allowed,
        }
    }
}
