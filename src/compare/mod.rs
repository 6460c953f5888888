//! From observations to a [`Comparison`]: the size of a change, how sure, and what could have been seen.
//!
//! Says nothing about good or bad: that is `verdict`. Pure.

mod absolute;
mod baseline;
mod exact;
mod overhead;
mod paired;
mod pairs;
#[cfg(test)]
mod simulate;
mod statistic;
mod tolerance;
mod zeros;

pub use absolute::{AbsoluteEstimate, absolute};
pub use baseline::{
    BaselineFit, BaselineInput, Calibration, JOBS_NEEDED, JobInput, against_baseline, baseline_fit,
};
pub use exact::{COUNTERS, CounterRule, counter_rule, repeats_exactly, speaks_for_itself};
pub use overhead::{
    OVERHEAD_LOOK_LEVEL, OVERHEAD_LOOKS, Overhead, OverheadBounds, OverheadLimits,
    OverheadStanding, overhead,
};
pub use paired::{Decision, LAYOUT_LOOK_LEVEL, LOOK_LEVEL, LOOKS, Look};
pub use pairs::{Pair, coarse_clock, compare_pairs, pair_looks, paired, paired_looks};
pub use statistic::{TRIMMED, statistic};
pub use tolerance::usual_tolerance;
pub use zeros::{added, raised};

use crate::units::Change;
use serde::Serialize;

/// Error levels of one relative check, both one-sided.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Levels {
    /// Level at which a change may be claimed: family level alpha (default 0.05) over the number of relative checks of the job.
    pub fail: f64,
    /// Level at which a pass may be claimed, per check (default 0.05).
    pub pass: f64,
}

/// The smallest changes that anyone cares about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Zone {
    /// kappa: changes below this are never claimed, whatever the sample (code layout). At least 0.
    pub floor: Change,
    /// delta: the tolerance of the budget. Above 0.
    pub tolerance: Change,
}

/// A comparison of candidate with base. All changes are ln(candidate / base), whatever is better.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// How it was made.
    pub method: Method,
    /// Typical value of the base side in the metric's unit.
    pub base: f64,
    /// Typical value of the candidate in the metric's unit.
    pub candidate: f64,
    /// Estimated change.
    pub effect: Change,
    /// Two-sided interval, each side at the fail level. May be infinite.
    pub interval: Interval,
    /// Two-sided interval, each side at the pass level.
    pub pass_interval: Interval,
    /// One-sided level behind each side of `interval`.
    pub fail_level: f64,
    /// Smallest true change that this check would have claimed in 80 % of cases (MDE80, see `docs/statistics.md`).
    /// At least the tolerance; infinite where the interval is.
    pub detectable: Change,
    /// Observations on the base side (pairs, or jobs of the baseline).
    pub base_n: u32,
    /// Observations on the candidate's side.
    pub candidate_n: u32,
    /// Pairs beyond `candidate_n` that would probably decide, where nothing is decided and more would help.
    pub more_pairs: Option<u32>,
}

/// Lower and upper bound of a change.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// Lower bound, may be minus infinity.
    pub low: Change,
    /// Upper bound, may be infinity.
    pub high: Change,
}

impl Interval {
    /// Knows nothing.
    pub const UNBOUNDED: Self = Self {
        low: Change::from_log(f64::NEG_INFINITY),
        high: Change::from_log(f64::INFINITY),
    };

    /// The interval of the reversed change.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self {
            low: self.high.reversed(),
            high: self.low.reversed(),
        }
    }
}

/// The 0.8-quantile of the normal distribution.
const POWER_QUANTILE: f64 = 0.841_621_233_572_914_4;

/// MDE80 on the log scale: a claim needs the interval beyond the floor *and* the estimate beyond the tolerance, and
/// the estimate scatters with `error` around the truth. `half_width` is that of the interval at the fail level.
///
/// Source: the usual sample-size formula of a one-sided test (e.g. J. Cohen, "Statistical Power Analysis", 1988),
/// applied to both conditions.
fn detectable(zone: Zone, half_width: f64, error: f64) -> Change {
    let beyond_floor = zone.floor.log() + half_width;
    let beyond_tolerance = zone.tolerance.log();
    Change::from_log(beyond_floor.max(beyond_tolerance) + POWER_QUANTILE * error)
}

/// How a comparison was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Pairs of one run, exact signed-rank interval at the last completed look.
    Paired,
    /// Pairs of one run whose layouts repeat: the layout is the unit.
    PairedByLayout,
    /// Pairs of several attempts at the same revisions.
    Pooled,
    /// Prediction interval over the jobs of a committed baseline.
    Baseline,
    /// Values of each side within half a percent: compared by complete separation.
    NearlyExact,
    /// All values of both sides equal within themselves: compared exactly.
    Exact,
}

/// Why there is no comparison. A fact about the data, not an error of tollgate.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "reason")]
pub enum NotComparable {
    /// The benchmark is not in the baseline, or not on the base side.
    New,
    /// The base was to be measured in this run, and does not build or fails.
    BaseUnusable {
        /// Why; may have several lines.
        why: String,
    },
    /// There is no baseline of this machine class at all.
    NoBaseline,
    /// Fewer jobs than a prediction interval needs.
    TooFewJobs {
        /// Comparable jobs of the baseline.
        jobs: u32,
        /// How many it takes.
        needed: u32,
    },
    /// Baselines exist, of other machine classes only.
    OtherMachine {
        /// What differs, such as `cpu.model 85 -> 106`.
        difference: String,
    },
    /// All jobs were made by another compiler.
    OtherCompiler {
        /// Of the newest job.
        baseline: String,
        /// Of this run.
        candidate: String,
    },
    /// The newest job is too old.
    Stale {
        /// Age of the newest job in days.
        days: u32,
        /// The limit in days.
        limit: u32,
    },
    /// A reference kernel is off its class median: the machine is not what it was.
    KernelOff {
        /// Which one, and by how much, as a sentence.
        detail: String,
    },
    /// The hypervisor took too much time away.
    Steal {
        /// Share, 0..=1.
        share: f64,
    },
    /// Invocations of this job scatter far more than those of the baseline's jobs.
    Unsteady {
        /// Scatter now over the median scatter of the baseline.
        factor: f64,
    },
    /// Too few observations for any statement.
    TooFewObservations {
        /// Usable ones.
        got: u32,
        /// Needed.
        needed: u32,
    },
    /// Values that are zero, negative or not finite have no ratio.
    NoRatio,
    /// The baseline has the metric with another unit or direction.
    OtherMetric {
        /// What differs, such as `better lower -> higher`.
        difference: String,
    },
}

/// Whose fault it is that there is no comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// There is nothing (yet) that this run could be compared with.
    NoReference,
    /// This run, or the machine while it ran: it was to be compared and could not be.
    ThisRun,
    /// The two contradict each other.
    Contradiction,
}

impl NotComparable {
    /// Whose fault it is.
    #[must_use]
    pub const fn cause(&self) -> Cause {
        match self {
            Self::New
            | Self::BaseUnusable { .. }
            | Self::NoBaseline
            | Self::TooFewJobs { .. }
            | Self::OtherMachine { .. }
            | Self::OtherCompiler { .. }
            | Self::Stale { .. } => Cause::NoReference,
            Self::KernelOff { .. }
            | Self::Steal { .. }
            | Self::Unsteady { .. }
            | Self::TooFewObservations { .. }
            | Self::NoRatio => Cause::ThisRun,
            Self::OtherMetric { .. } => Cause::Contradiction,
        }
    }

    /// Why, in one sentence for people.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::New => "not in the baseline".to_owned(),
            Self::BaseUnusable { why } => {
                let first = why.lines().map(str::trim).find(|line| !line.is_empty());
                first.unwrap_or("the base could not be measured").to_owned()
            }
            Self::NoBaseline => "there is no baseline for this machine class".to_owned(),
            Self::TooFewJobs { jobs, needed } => {
                format!(
                    "the baseline has {jobs} of the {needed} jobs that a prediction interval needs"
                )
            }
            Self::OtherMachine { difference } => {
                format!("the baseline is of another machine class ({difference})")
            }
            Self::OtherCompiler {
                baseline,
                candidate,
            } => {
                format!("the baseline was built by {baseline}, this run by {candidate}")
            }
            Self::Stale { days, limit } => {
                format!("the newest job of the baseline is {days} days old (limit {limit})")
            }
            Self::KernelOff { detail } => detail.clone(),
            Self::Steal { share } => format!(
                "the hypervisor took {:.1}% of the CPU time away while measuring",
                share * 100.0
            ),
            Self::Unsteady { factor } => {
                format!("invocations scatter {factor:.1} times as much as in the baseline's jobs")
            }
            Self::TooFewObservations { got, needed } => {
                format!("{got} usable observations, {needed} needed")
            }
            Self::OtherMetric { difference } => {
                format!("the baseline has this metric otherwise ({difference})")
            }
            Self::NoRatio => "values that are zero or negative have no ratio".to_owned(),
        }
    }

    /// What the user can do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::New => "record it with `tollgate baseline accept --reason ..`",
            Self::BaseUnusable { .. } => {
                "compare with another base, or repair what fails there; absolute budgets (`max`, `min`) hold without a base"
            }
            Self::NoBaseline | Self::TooFewJobs { .. } | Self::OtherMachine { .. } => {
                "record jobs of this machine class with `tollgate check` and `tollgate baseline accept --reason ..`; absolute budgets (`max`, `min`) hold on any machine"
            }
            Self::OtherCompiler { .. } => {
                "record new jobs with this compiler: `tollgate baseline accept --reason ..`"
            }
            Self::Stale { .. } => "record newer jobs with `tollgate baseline accept --reason ..`",
            Self::KernelOff { .. } | Self::Steal { .. } | Self::Unsteady { .. } => {
                "measure again on a quiet machine; `tollgate doctor` says what disturbs this one"
            }
            Self::TooFewObservations { .. } => "raise `invocations` or the time limit",
            Self::OtherMetric { .. } => {
                "a metric keeps its unit and direction: give the new one another name, or accept the run as new baseline"
            }
            Self::NoRatio => "use an absolute budget (`max`, `min`) for this metric",
        }
    }
}
