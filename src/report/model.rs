//! What every renderer is fed with.

use crate::budget::{Enforcement, Unresolved};
use crate::compare::{AbsoluteEstimate, Comparison, NotComparable, Overhead};
use crate::diagnostic::{Code, Severity};
use crate::measurement::{BaseSide, BenchmarkId, Metric, Purpose, Revision};
use crate::units::{Change, Quantity};
use crate::verdict::{Accounting, ExitCode, FalseAlarmRate, Limit, Standing, VerdictKind};
use std::collections::BTreeMap;
use std::time::Duration;

/// Facts that are neither in the run nor in the verdict.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Meta {
    /// Version of tollgate, such as `0.1.0`.
    pub version: String,
    /// Where the run was written, as the user would name it.
    pub run_file: Option<String>,
}

/// A judged run, ready to be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Version of tollgate that judged.
    pub version: String,
    /// Where the run was written, as the user would name it.
    pub run_file: Option<String>,
    /// The answer in one word and one sentence.
    pub headline: Headline,
    /// The exit code.
    pub exit: ExitCode,
    /// What became of the checks.
    pub accounting: Accounting,
    /// Number of rows of each verdict; verdicts that nothing got are absent.
    pub counts: BTreeMap<VerdictKind, u32>,
    /// One a check, worst first. Two limits on one metric are two rows.
    pub rows: Vec<Row>,
    /// Skipped checks, one entry a reason.
    pub skipped: Vec<SkippedGroup>,
    /// What a reader must know beside the rows.
    pub findings: Vec<Finding>,
    /// Where it was measured.
    pub machine: Machine,
    /// Revision that was judged.
    pub candidate: Revision,
    /// Revision that it was measured against in the same job.
    pub base: Option<Revision>,
    /// What each suite was compared with in the same job; empty for a run without a base.
    pub sides: Vec<SuiteSides>,
    /// What the run was made for.
    pub purpose: Purpose,
    /// Measurements of the same two revisions that are judged together, at least 1.
    pub attempts: u32,
    /// How often this gate alarms here although nothing changed; `None` until calibrated.
    pub false_alarms: Option<FalseAlarmRate>,
    /// What this job could have seen; `None` where nothing was compared in pairs.
    pub sensitivity: Option<Sensitivity>,
    /// Seed of every random choice of the plan.
    pub seed: String,
    /// Start of the run, RFC 3339 in UTC.
    pub started: String,
    /// Wall time of the run; `None` where the run does not say.
    pub took: Option<Duration>,
    /// Rounds that were measured at most.
    pub rounds: u32,
    /// The run ended before its plan did.
    pub partial: bool,
}

impl Report {
    /// Whether two revisions were measured in this run.
    #[must_use]
    pub fn is_paired(&self) -> bool {
        self.base.is_some() || !self.sides.is_empty()
    }
}

/// The base side of one suite, and how both sides were linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuiteSides {
    /// Its name.
    pub suite: String,
    /// What became of its base.
    pub base: BaseSide,
    /// Relinked layouts a side; 0: link order was not randomised.
    pub layouts: u32,
    /// Why it was not, where that was wanted.
    pub layouts_missing: Option<String>,
}

/// The changes that a job would have claimed in 80 % of cases.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sensitivity {
    /// Of the median benchmark; infinite where it would not have claimed any.
    pub median: Change,
    /// Of the worst one.
    pub worst: Change,
    /// Benchmarks and metrics that were compared in pairs.
    pub benchmarks: u32,
}

/// The waiver that excuses a row.
#[derive(Debug, Clone, PartialEq)]
pub struct WaiverLine {
    /// Change for the worse that is excused at most.
    pub slower: Option<Change>,
    /// Value that is excused at most.
    pub max: Option<Quantity>,
    /// Last day on which it holds, such as `2027-01-31`.
    pub until: String,
    /// Why.
    pub reason: String,
    /// Where it is followed up.
    pub issue: Option<String>,
    /// The file, as the user would name it.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
}

/// The answer in one word and one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headline {
    /// `PASS`, `FAIL`, `ERROR`, `UNRESOLVED`, `NOT ENFORCED`.
    pub word: &'static str,
    /// Why, lower case, without final period. Contains no text from outside.
    pub sentence: String,
}

/// One check.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What was measured.
    pub benchmark: BenchmarkId,
    /// Which quantity; `None` where nothing at all was measured.
    pub metric: Option<Metric>,
    /// What must hold.
    pub limit: Limit,
    /// The budget that says so.
    pub budget: Option<BudgetLine>,
    /// What is said.
    pub verdict: VerdictKind,
    /// Whether a broken budget fails the gate.
    pub severity: Enforcement,
    /// Whether an unresolved one does.
    pub unresolved: Unresolved,
    /// The numbers behind a relative verdict.
    pub comparison: Option<Comparison>,
    /// The numbers behind an absolute verdict, and the typical value beside any other.
    pub absolute: Option<AbsoluteEstimate>,
    /// The numbers behind a claim of low cost.
    pub overhead: Option<Overhead>,
    /// What is said of a claim of low cost, in one sentence.
    pub statement: Option<String>,
    /// What excuses it.
    pub waiver: Option<WaiverLine>,
    /// Why there is no comparison.
    pub not_comparable: Option<NotComparable>,
    /// The same in one sentence, and what to do about it.
    pub reason: Option<Reason>,
    /// Further facts, a line each.
    pub notes: Vec<String>,
    /// What a person can do about it; `None` where there is nothing to do.
    pub next_step: Option<String>,
    /// For broken rows: the command that measures this benchmark again.
    pub reproduce: Option<String>,
}

impl Row {
    /// How the row counts in the accounting.
    #[must_use]
    pub const fn standing(&self) -> Standing {
        self.verdict.standing()
    }

    /// Whether the row fails the gate by itself.
    #[must_use]
    pub const fn fails(&self) -> bool {
        self.verdict.is_broken() && matches!(self.severity, Enforcement::Error)
    }

    /// Whether a reader must see the row: it moved, broke, is unresolved, excused, unusable or missing.
    #[must_use]
    pub const fn is_notable(&self) -> bool {
        match self.verdict {
            VerdictKind::Regressed
            | VerdictKind::OverBudget
            | VerdictKind::Violated
            | VerdictKind::Failed
            | VerdictKind::NotProven
            | VerdictKind::Invalid
            | VerdictKind::Missing
            | VerdictKind::Inconclusive
            | VerdictKind::Waived
            | VerdictKind::Improved => true,
            VerdictKind::New
            | VerdictKind::NotComparable
            | VerdictKind::NotSlower
            | VerdictKind::Unchanged
            | VerdictKind::WithinBudget
            | VerdictKind::Proven => false,
        }
    }
}

/// Why there is no comparison, for people. The same fact reads otherwise beside a base than beside a baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Why.
    pub text: String,
    /// What to do about it, where something can be done.
    pub remedy: Option<&'static str>,
}

/// Where a budget stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetLine {
    /// Its glob, as written.
    pub bench: String,
    /// The file, as the user would name it.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
}

/// Checks that were skipped for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedGroup {
    /// `new`, `not-comparable` or `waived`.
    pub verdict: VerdictKind,
    /// How many checks.
    pub checks: u32,
    /// Why, in one sentence; where the details differ between checks, that of the first.
    pub reason: String,
    /// Other wordings of the same reason that `reason` stands for.
    pub similar: u32,
    /// What to do about it.
    pub remedy: Option<&'static str>,
}

/// A finding with its place resolved to line and column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Stable name of the kind.
    pub code: Code,
    /// How bad.
    pub severity: Severity,
    /// One sentence.
    pub message: String,
    /// The file, if it is in one.
    pub file: Option<String>,
    /// Line, from 1.
    pub line: Option<usize>,
    /// Column in characters, from 1.
    pub column: Option<usize>,
    /// Further facts.
    pub notes: Vec<String>,
    /// The next step.
    pub help: Option<String>,
}

/// Where it was measured; what is unknown is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Machine {
    /// Marketing name of the processor.
    pub cpu: Option<String>,
    /// Cores that the run could use.
    pub cores: Option<u32>,
    /// Hypervisor or container.
    pub hypervisor: Option<String>,
    /// Operating system.
    pub os: String,
    /// Kernel release.
    pub kernel: Option<String>,
    /// Architecture.
    pub arch: String,
    /// What built the benchmarks.
    pub rustc: Option<String>,
}

impl Machine {
    /// `Intel(R) Xeon(R) .., 2 cores, kvm, linux 6.8.0, rustc 1.95.0 (..)`; unknown facts are left out.
    #[must_use]
    pub fn line(&self) -> String {
        let system = match (&self.kernel, self.os.is_empty()) {
            (Some(kernel), false) => Some(format!("{} {kernel}", self.os)),
            (Some(kernel), true) => Some(kernel.clone()),
            (None, false) => Some(self.os.clone()),
            (None, true) => None,
        };
        let cores = self
            .cores
            .map(|cores| format!("{cores} core{}", if cores == 1 { "" } else { "s" }));
        let facts: Vec<String> = [
            self.cpu.clone(),
            cores,
            self.hypervisor.clone(),
            system,
            self.rustc.clone(),
        ]
        .into_iter()
        .flatten()
        .filter(|fact| !fact.is_empty())
        .collect();
        if facts.is_empty() {
            "unknown machine".to_owned()
        } else {
            facts.join(", ")
        }
    }
}
