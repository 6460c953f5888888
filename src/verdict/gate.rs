//! From all checks to one answer.

use super::Check;
use crate::baseline::Baseline;
use crate::budget::Budgets;
use crate::diagnostic::Diagnostic;
use crate::measurement::Run;
use serde::Serialize;

/// Exit codes of `check`, `report` and plain `cargo bench`. Stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExitCode {
    /// 0: every enforced budget holds.
    Pass,
    /// 1: a budget is broken or a regression is significant.
    Broken,
    /// 2: tollgate could not judge (usage, configuration, build, tool).
    Error,
    /// 3: unresolved, where the budget says that unresolved fails.
    Unresolved,
    /// 4: nothing was enforced, something expected was not measured, or the measurement is invalid.
    NotEnforced,
}

impl ExitCode {
    /// The number for the operating system.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::Broken => 1,
            Self::Error => 2,
            Self::Unresolved => 3,
            Self::NotEnforced => 4,
        }
    }
}

/// What became of the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Accounting {
    /// Decided.
    pub enforced: u32,
    /// Measured, not decided.
    pub unresolved: u32,
    /// Not decided for a reason outside this run.
    pub skipped: u32,
    /// Expected and not usably measured; budgets and suites without a benchmark included.
    pub missing: u32,
}

/// What the gate looks at.
#[derive(Debug, Clone, Copy)]
pub struct GateInput<'a> {
    /// The measurements.
    pub run: &'a Run,
    /// What must hold.
    pub budgets: &'a Budgets,
    /// All baselines of the project, of any machine class.
    pub baselines: &'a [Baseline],
    /// Names what the budgets were read from, for findings.
    pub config_hash: &'a str,
}

/// The answer.
#[derive(Debug, Clone)]
pub struct Gate {
    /// Every check, worst first, then by benchmark.
    pub checks: Vec<Check>,
    /// Counts.
    pub accounting: Accounting,
    /// What a reader must know beside the checks.
    pub findings: Vec<Diagnostic>,
    /// The exit code.
    pub exit: ExitCode,
}

/// Judges a run.
#[must_use]
pub fn run_gate(_input: GateInput<'_>) -> Gate {
    unimplemented!()
}
