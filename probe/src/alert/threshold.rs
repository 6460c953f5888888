//! When something is worth an alert.

use std::fmt;

use crate::snapshot::Outcome;

/// How bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// Worth knowing.
    Info,
    /// Worth a look today.
    Warning,
    /// Something does not work.
    Error,
    /// Worth waking somebody.
    Critical,
}

impl Level {
    /// The word for it in every output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }
}

/// How a value is held against a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// Above the limit.
    Gt,
    /// Below the limit.
    Lt,
    /// At the limit or above.
    Gte,
    /// At the limit or below.
    Lte,
    /// Exactly the limit, bit for bit but for the sign of zero: for gauges and counts of whole numbers. A value that was
    /// computed (a mean, a quantile, a rate) hardly ever equals anything.
    Eq,
}

impl Comparison {
    /// Whether the condition is met. A NaN on either side meets none.
    #[must_use]
    #[expect(clippy::float_cmp, reason = "it says: exactly")]
    pub fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Gt => value > limit,
            Self::Lt => value < limit,
            Self::Gte => value >= limit,
            Self::Lte => value <= limit,
            Self::Eq => value == limit,
        }
    }

    /// Whether larger values are the worse ones; with [`Eq`](Self::Eq) there is no worse.
    #[must_use]
    pub const fn upper(self) -> bool {
        matches!(self, Self::Gt | Self::Gte)
    }

    /// The sign for it.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Gt => ">",
            Self::Lt => "<",
            Self::Gte => ">=",
            Self::Lte => "<=",
            Self::Eq => "=",
        }
    }
}

/// What is read off a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Statistic {
    /// Of gauges: the value now. Of counters: how much was added in the window.
    Value,
    /// Of counters: added a second, over the window. Of distributions: recorded values a second.
    Rate,
    /// Of counters: how much was added in the window. Of distributions: how many values were recorded in it.
    Count,
    /// Of distributions in the window: arithmetic mean.
    Mean,
    /// Of distributions in the window: the median.
    P50,
    /// Of distributions in the window: the 95th percentile.
    P95,
    /// Of distributions in the window: the 99th percentile.
    P99,
    /// Of distributions in the window: the largest.
    Max,
    /// Of distributions in the window: the smallest.
    Min,
}

impl Statistic {
    /// The word for it in messages.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Rate => "rate",
            Self::Count => "count",
            Self::Mean => "mean",
            Self::P50 => "p50",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::Max => "max",
            Self::Min => "min",
        }
    }
}

/// What a threshold does with several series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Grouping {
    /// Each by itself; the worst one decides, and the alert names it. With [`Comparison::Eq`] the first that is equal.
    #[default]
    Worst,
    /// All together: counters and gauges are added, distributions merged.
    Together,
}

/// Which series.
#[derive(Clone, Debug, PartialEq)]
pub struct Selector {
    /// Name of the family.
    pub family: String,
    /// Labels that must have these values; others may have any.
    pub labels: Vec<(String, String)>,
    /// Only timed calls that ended so; `None` for all.
    pub outcome: Option<Outcome>,
    /// What to do with several series.
    pub grouping: Grouping,
}

/// A condition, and what to say when it is met.
///
/// ```
/// use tollgate_probe::alert::{Comparison, Level, Statistic, Threshold};
/// let slow = Threshold::new("checkout_seconds", Statistic::P95, Comparison::Gt, 0.5)
///     .level(Level::Error)
///     .label("region", "eu")
///     .message("checkout is slow");
/// assert_eq!(slow.to_string(), "checkout_seconds p95 > 0.5");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// Which series.
    pub selector: Selector,
    /// What is read off them.
    pub statistic: Statistic,
    /// How it is held against the limit.
    pub comparison: Comparison,
    /// The limit, in the family's unit (seconds, bytes).
    pub limit: f64,
    /// How bad it is.
    pub level: Level,
    /// For people and routing, such as `latency` or `memory`.
    pub category: String,
    /// What to say.
    pub message: String,
    /// Also met by single events that are reported as they happen, see [`Alerts::note`](super::Alerts::note). Only for
    /// [`Statistic::Max`] with an upper limit and [`Statistic::Min`] with a lower one: what one event can exceed alone.
    pub immediate: bool,
}

impl Threshold {
    /// A warning without category, which says the condition itself.
    #[must_use]
    pub fn new(
        family: impl Into<String>,
        statistic: Statistic,
        comparison: Comparison,
        limit: f64,
    ) -> Self {
        Self {
            selector: Selector {
                family: family.into(),
                labels: Vec::new(),
                outcome: None,
                grouping: Grouping::default(),
            },
            statistic,
            comparison,
            limit,
            level: Level::Warning,
            category: String::new(),
            message: String::new(),
            immediate: false,
        }
    }

    /// How bad it is.
    #[must_use]
    pub fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// For people and routing.
    #[must_use]
    pub fn category(mut self, category: impl Into<String>) -> Self {
        self.category = category.into();
        self
    }

    /// What to say.
    #[must_use]
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// Only series with this label.
    #[must_use]
    pub fn label(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.selector.labels.push((name.into(), value.into()));
        self
    }

    /// Only timed calls that ended so.
    #[must_use]
    pub fn outcome(mut self, outcome: Outcome) -> Self {
        self.selector.outcome = Some(outcome);
        self
    }

    /// All series as one.
    #[must_use]
    pub fn together(mut self) -> Self {
        self.selector.grouping = Grouping::Together;
        self
    }

    /// Also met by single events; see the field.
    #[must_use]
    pub fn immediate(mut self) -> Self {
        self.immediate = true;
        self
    }

    /// Whether two of them look at the same thing in the same direction, so that only the worse needs to be told.
    pub(super) fn is_step_of(&self, other: &Self) -> bool {
        self.selector == other.selector
            && self.statistic == other.statistic
            && self.comparison.upper() == other.comparison.upper()
            && (self.comparison == Comparison::Eq) == (other.comparison == Comparison::Eq)
    }

    pub(crate) fn check(&self) -> Result<(), BadThreshold> {
        let one_event_decides = matches!(
            (self.statistic, self.comparison),
            (Statistic::Max, Comparison::Gt | Comparison::Gte)
                | (Statistic::Min, Comparison::Lt | Comparison::Lte)
        );
        let mistake = if self.selector.family.is_empty() {
            "names no family"
        } else if self.limit.is_nan() {
            "has NaN as its limit, which nothing can exceed"
        } else if matches!(
            (self.comparison, self.limit),
            (Comparison::Gt, f64::INFINITY) | (Comparison::Lt, f64::NEG_INFINITY)
        ) {
            "has an infinite limit, which nothing can exceed"
        } else if self.immediate && !one_event_decides {
            "is immediate, but one event alone cannot decide it: use max with an upper limit, or min with a lower one"
        } else {
            return Ok(());
        };
        Err(BadThreshold {
            threshold: self.to_string(),
            mistake,
        })
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            selector,
            statistic,
            comparison,
            limit,
            ..
        } = self;
        write!(
            f,
            "{} {} {} {limit}",
            selector.family,
            statistic.word(),
            comparison.sign()
        )
    }
}

/// A threshold that could never be met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadThreshold {
    threshold: String,
    mistake: &'static str,
}

impl fmt::Display for BadThreshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "threshold `{}` {}", self.threshold, self.mistake)
    }
}

impl std::error::Error for BadThreshold {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_comparison_knows_its_side_of_the_limit() {
        use Comparison::{Eq, Gt, Gte, Lt, Lte};
        for (comparison, below, at, above) in [
            (Gt, false, false, true),
            (Gte, false, true, true),
            (Lt, true, false, false),
            (Lte, true, true, false),
            (Eq, false, true, false),
        ] {
            let got = [1.0, 2.0, 3.0].map(|value| comparison.holds(value, 2.0));
            assert_eq!(got, [below, at, above], "{comparison:?}");
        }
    }

    #[test]
    fn nan_meets_no_condition_and_infinity_is_a_number() {
        use Comparison::{Eq, Gt, Gte, Lt, Lte};
        for comparison in [Gt, Gte, Lt, Lte, Eq] {
            assert!(!comparison.holds(f64::NAN, 1.0), "{comparison:?}");
            assert!(!comparison.holds(1.0, f64::NAN), "{comparison:?}");
            assert!(!comparison.holds(f64::NAN, f64::NAN), "{comparison:?}");
        }
        assert!(Gt.holds(f64::INFINITY, f64::MAX) && Lt.holds(f64::NEG_INFINITY, f64::MIN));
        assert!(Eq.holds(0.0, -0.0));
    }

    #[test]
    fn a_threshold_that_can_never_be_met_is_refused_by_name() {
        let nan = Threshold::new("x", Statistic::Max, Comparison::Gt, f64::NAN);
        let nameless = Threshold::new("", Statistic::Max, Comparison::Gt, 1.0);
        let slow_mean = Threshold::new("x", Statistic::Mean, Comparison::Gt, 1.0).immediate();
        let wrong_side = Threshold::new("x", Statistic::Max, Comparison::Lt, 1.0).immediate();
        let endless = Threshold::new("x", Statistic::Max, Comparison::Gt, f64::INFINITY);
        let abyss = Threshold::new("x", Statistic::Min, Comparison::Lt, f64::NEG_INFINITY);
        for bad in [nan, nameless, slow_mean, wrong_side, endless, abyss] {
            let text = bad.check().unwrap_err().to_string();
            assert!(text.starts_with(&format!("threshold `{bad}` ")), "{text}");
        }
        // A gauge may well show infinity.
        let reachable = Threshold::new("x", Statistic::Value, Comparison::Gte, f64::INFINITY);
        assert_eq!(reachable.check(), Ok(()));
        assert_eq!(
            Threshold::new("x", Statistic::Min, Comparison::Lte, 1.0)
                .immediate()
                .check(),
            Ok(())
        );
    }
}
