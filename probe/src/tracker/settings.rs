//! How a tracker is set up.

use std::fmt;
use std::time::Duration;

use super::Tracker;
use super::families::{QUERIES, REQUESTS, RESIDENT};
use crate::alert::{Alerts, BadThreshold, Comparison, Level, Rules, Statistic, Threshold};
use crate::degradation::Tolerance;
use crate::window::Retention;

/// The thresholds of a tracker unless others are set:
///
/// | what | warning above | critical above |
/// |---|---|---|
/// | the slowest request of the window | 1 s | 3 s, by the single request |
/// | the slowest query of the window | 100 ms | 1 s, by the single query |
/// | resident memory | 512 MB | 1 GB |
///
/// MB and GB are powers of ten. What is met by the single request or query is known exactly; the slowest of a window is
/// within 1/64. Single requests that `web::probed` times are seen by the tracker of the process alone, the
/// [installed](super::install) one; any tracker sees them in its window.
#[must_use]
pub fn default_thresholds() -> Vec<Threshold> {
    let above = |family, statistic, limit, level| {
        Threshold::new(family, statistic, Comparison::Gt, limit).level(level)
    };
    let ladder = |family, statistic, category: &str, what: &str, steps: [(f64, &str); 2]| {
        steps
            .into_iter()
            .zip([Level::Warning, Level::Critical])
            .map(move |((limit, text), level)| {
                let threshold = above(family, statistic, limit, level)
                    .category(category)
                    .message(format!("{what} {text}"));
                let single = level == Level::Critical && statistic == Statistic::Max;
                if single {
                    threshold.immediate()
                } else {
                    threshold
                }
            })
            .collect::<Vec<_>>()
    };
    [
        ladder(
            REQUESTS,
            Statistic::Max,
            "latency",
            "a request took longer than",
            [(1.0, "1 s"), (3.0, "3 s")],
        ),
        ladder(
            QUERIES,
            Statistic::Max,
            "latency",
            "a query took longer than",
            [(0.1, "100 ms"), (1.0, "1 s")],
        ),
        ladder(
            RESIDENT,
            Statistic::Value,
            "memory",
            "resident memory is above",
            [(512e6, "512 MB"), (1e9, "1 GB")],
        ),
    ]
    .concat()
}

/// Sets up a [`Tracker`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing before `build`"]
pub struct Builder {
    pub(super) one_in: u16,
    pub(super) interval: Duration,
    pub(super) window: Duration,
    pub(super) retention: Retention,
    thresholds: Vec<Threshold>,
    rules: Rules,
    pub(super) tolerance: Tolerance,
    pub(super) degradation_window: Duration,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            one_in: 1,
            interval: Duration::from_secs(15),
            window: Duration::from_secs(60),
            retention: Retention::default(),
            thresholds: default_thresholds(),
            rules: Rules::default(),
            tolerance: Tolerance::default(),
            degradation_window: Duration::from_secs(300),
        }
    }
}

impl Builder {
    /// Times one request and query in so many, chosen by chance, and counts it as that many; 1, the default, times all.
    /// A power of two up to 32768. Counts and percentiles stay right on average; the largest value, single slow requests
    /// and panics may be among those passed over. Failures are told to [`Tracker::on_error`] all the same, events never
    /// sampled.
    pub const fn sample_one_in(mut self, one_in: u16) -> Self {
        self.one_in = one_in;
        self
    }

    /// How often upkeep does its work at most, however often it is called; 15 seconds unless set.
    pub const fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// The window that thresholds look at; one minute unless set.
    pub const fn alert_window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// How much of the past is kept.
    pub const fn retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    /// Thresholds instead of the [default ones](default_thresholds).
    pub fn thresholds(mut self, thresholds: Vec<Threshold>) -> Self {
        self.thresholds = thresholds;
        self
    }

    /// One more threshold.
    pub fn threshold(mut self, threshold: Threshold) -> Self {
        self.thresholds.push(threshold);
        self
    }

    /// How alerts end and how often they tell.
    pub const fn rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// What is called degraded against a [baseline](Tracker::capture_baseline); more than 20 % unless set.
    pub const fn tolerance(mut self, tolerance: Tolerance) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// How much time is held against the baseline at once; five minutes unless set. Longer ones see smaller changes, and
    /// give false alarms less often.
    pub const fn degradation_window(mut self, window: Duration) -> Self {
        self.degradation_window = window;
        self
    }

    /// The tracker.
    ///
    /// # Errors
    /// The sampling rate is not a power of two, a time is zero (but for the [resolution](Retention::resolution)), nothing
    /// would be kept, or a threshold can never be met.
    pub fn build(self) -> Result<Tracker, BadSettings> {
        if !self.one_in.is_power_of_two() {
            return Err(BadSettings::Sampling {
                one_in: self.one_in,
            });
        }
        for (setting, time) in [
            ("interval", self.interval),
            ("alert_window", self.window),
            ("degradation_window", self.degradation_window),
            ("retention span", self.retention.span),
        ] {
            if time.is_zero() {
                return Err(BadSettings::NoTime { setting });
            }
        }
        if self.retention.points == 0 {
            return Err(BadSettings::NoPoints);
        }
        self.thresholds
            .iter()
            .try_for_each(Threshold::check)
            .map_err(BadSettings::Threshold)?;
        Ok(self.unchecked())
    }

    /// The tracker of settings that are known to be right.
    pub(super) fn unchecked(mut self) -> Tracker {
        let thresholds = std::mem::take(&mut self.thresholds);
        let alerts = Alerts::unchecked(thresholds, self.rules);
        Tracker::new(&self, alerts)
    }
}

/// Settings that make no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadSettings {
    /// Not a power of two.
    Sampling {
        /// What was asked for.
        one_in: u16,
    },
    /// A time that must not be zero.
    NoTime {
        /// Which setting.
        setting: &'static str,
    },
    /// A [retention](Retention::points) of no changes: every window would be empty.
    NoPoints,
    /// A threshold that can never be met.
    Threshold(BadThreshold),
}

impl fmt::Display for BadSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sampling { one_in } => {
                write!(
                    f,
                    "sample_one_in({one_in}): use a power of two from 1 to 32768"
                )
            }
            Self::NoTime { setting } => write!(f, "{setting}: use a time longer than zero"),
            Self::NoPoints => f.write_str("retention points: keep at least one change"),
            Self::Threshold(bad) => bad.fmt(f),
        }
    }
}

impl std::error::Error for BadSettings {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Threshold(bad) => Some(bad),
            _ => None,
        }
    }
}
