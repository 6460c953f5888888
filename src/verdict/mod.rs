//! From comparisons and budgets to verdicts, and from verdicts to the gate. Pure.

mod gate;
mod judge;
pub mod observed;

#[cfg(test)]
pub(crate) use gate::workload_tests;

pub use gate::{
    ALPHA, Accounting, Alone, BETA, ExitCode, FLOOR, FLOOR_WITHOUT_LAYOUT, FalseAlarmRate,
    FalseAlarms, Gate, GateInput, STALE_AFTER_DAYS, STEAL_LIMIT, canary_open, each_pair_alone,
    open_pairs, run_gate,
};
pub use judge::{Allowed, judge_absolute, judge_relative};

use crate::budget::{Enforcement, Unresolved};
use crate::compare::{AbsoluteEstimate, Comparison, NotComparable, Overhead};
use crate::measurement::{BenchmarkId, Metric};
use crate::units::{Change, Quantity};
use serde::Serialize;

/// What is said of one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictKind {
    /// Worse than base by more than the tolerance, and surely worse than the floor.
    Regressed,
    /// Surely beyond an absolute limit.
    OverBudget,
    /// Instrumentation surely costs more than it may.
    Violated,
    /// The candidate fails where the base works.
    Failed,
    /// The measurement cannot be used.
    Invalid,
    /// Expected, and not measured.
    Missing,
    /// Cannot tell.
    Inconclusive,
    /// Not shown to cost as little as it must.
    NotProven,
    /// Excused by a waiver that names it.
    Waived,
    /// Better than base by more than the tolerance, and surely better than the floor.
    Improved,
    /// Has no base to compare with.
    New,
    /// Has a base that must not be compared with.
    NotComparable,
    /// Surely not worse than base by the tolerance; may be better.
    NotSlower,
    /// Surely within the tolerance on both sides.
    Unchanged,
    /// Surely within an absolute limit.
    WithinBudget,
    /// Surely costs less than both limits.
    Proven,
}

impl VerdictKind {
    /// As shown and as in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Regressed => "regressed",
            Self::OverBudget => "over-budget",
            Self::Violated => "violated",
            Self::Failed => "failed",
            Self::NotProven => "not-proven",
            Self::Proven => "proven",
            Self::Invalid => "invalid",
            Self::Missing => "missing",
            Self::Inconclusive => "inconclusive",
            Self::Waived => "waived",
            Self::Improved => "improved",
            Self::New => "new",
            Self::NotComparable => "not-comparable",
            Self::NotSlower => "not-slower",
            Self::Unchanged => "unchanged",
            Self::WithinBudget => "within-budget",
        }
    }

    /// Whether it says that a budget is broken.
    #[must_use]
    pub const fn is_broken(self) -> bool {
        matches!(
            self,
            Self::Regressed | Self::OverBudget | Self::Violated | Self::Failed
        )
    }

    /// How the check counts in the accounting.
    #[must_use]
    pub const fn standing(self) -> Standing {
        match self {
            Self::Regressed
            | Self::OverBudget
            | Self::Violated
            | Self::Failed
            | Self::Proven
            | Self::Improved
            | Self::NotSlower
            | Self::Unchanged
            | Self::WithinBudget => Standing::Enforced,
            Self::Inconclusive | Self::NotProven => Standing::Unresolved,
            Self::New | Self::NotComparable | Self::Waived => Standing::Skipped,
            Self::Missing | Self::Invalid => Standing::Missing,
        }
    }
}

/// What became of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Decided, one way or the other.
    Enforced,
    /// Measured and not decided.
    Unresolved,
    /// Not decided, for a reason that is no fault of this run.
    Skipped,
    /// Should have been measured, and was not usably.
    Missing,
}

/// The limit that a check is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Limit {
    /// At most this much worse than base.
    Slower(Change),
    /// At most this.
    Max(Quantity),
    /// At least this.
    Min(Quantity),
    /// Costs less than this, both in proportion and in the metric's unit.
    Overhead {
        /// Index into the budgets' overheads.
        claim: usize,
        /// Relative limit.
        relative: Change,
        /// Absolute limit.
        absolute: Option<Quantity>,
    },
    /// None: the benchmark has no budget, or was expected and is gone.
    None,
}

/// Begins a note about a metric that a side was asked for and does not tell.
pub(crate) const WITHHELD_BY: [&str; 2] = [
    "the base does not tell it",
    "the candidate does not tell it",
];

/// Begins a note about invocations that do not tell a metric.
pub(crate) const NOT_TOLD: &str = "not told in";

impl Check {
    /// Whether it could not be made because invocations said that they do not tell the metric.
    #[must_use]
    pub fn is_withheld(&self) -> bool {
        let begins = |note: &String| {
            note.starts_with(NOT_TOLD) || WITHHELD_BY.iter().any(|by| note.starts_with(by))
        };
        self.notes.iter().any(begins)
    }
}

/// One check: a benchmark, a metric, a limit, and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// What was measured.
    pub benchmark: BenchmarkId,
    /// Which quantity; `None` where nothing at all was measured.
    pub metric: Option<Metric>,
    /// What must hold.
    pub limit: Limit,
    /// Index into the budgets; `None` where no budget speaks.
    pub budget: Option<usize>,
    /// What is said.
    pub verdict: VerdictKind,
    /// The numbers behind a relative verdict.
    pub comparison: Option<Comparison>,
    /// The numbers behind an absolute verdict, and the typical value beside any other.
    pub absolute: Option<AbsoluteEstimate>,
    /// The numbers behind an overhead verdict.
    pub overhead: Option<Overhead>,
    /// Index into the waivers, where one excuses it.
    pub waiver: Option<usize>,
    /// Why there is no comparison.
    pub not_comparable: Option<NotComparable>,
    /// Further facts for the reader, a line each.
    pub notes: Vec<String>,
    /// Whether a broken budget fails the gate.
    pub severity: Enforcement,
    /// Whether an unresolved one does.
    pub unresolved: Unresolved,
}
