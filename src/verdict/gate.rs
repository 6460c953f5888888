//! From all checks to one answer.

mod about;
mod absolutes;
mod alone;
mod canary;
mod diagnosis;
mod expect;
mod failed;
mod jobs;
mod oddities;
mod open;
mod overhead;
mod pairs;
mod relative;
mod sides;
mod targets;
mod trust;
mod unreached;
mod untimed;
mod waivers;

#[cfg(test)]
mod base_tests;
#[cfg(test)]
mod closed_tests;
#[cfg(test)]
mod more_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod workload_tests;

pub use alone::{Alone, each_pair_alone};
pub use canary::canary_open;
pub use jobs::{STALE_AFTER_DAYS, STEAL_LIMIT};
pub use open::open_pairs;
pub(super) use targets::bind;
pub use trust::FalseAlarmRate;

use super::{Check, Limit, Standing, VerdictKind};
use crate::baseline::Baseline;
use crate::budget::{Budgets, Enforcement, Unresolved};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::measurement::Run;
use serde::Serialize;
use sides::Sides;

/// Family-wise level of false reds in one job: the relative checks of a job share it.
pub const ALPHA: f64 = 0.05;

/// Level of a wrong pass, per check.
pub const BETA: f64 = 0.05;

/// kappa where the layout of the executable was not randomised: link order alone moves tight code this much.
pub const FLOOR_WITHOUT_LAYOUT: f64 = 0.02;

/// kappa where every pair has a layout of its own, drawn at random.
pub const FLOOR: f64 = 0.01;

/// What `tollgate calibrate` counted on machines of this class: claims of the gate where nothing had changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FalseAlarms {
    /// Comparisons of which the gate said `regressed`.
    pub alarms: u32,
    /// Comparisons of a program with itself.
    pub comparisons: u32,
}

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

impl Accounting {
    fn count(&mut self, standing: Standing) {
        match standing {
            Standing::Enforced => self.enforced += 1,
            Standing::Unresolved => self.unresolved += 1,
            Standing::Skipped => self.skipped += 1,
            Standing::Missing => self.missing += 1,
        }
    }
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
    /// SHA-256 of the budgets, to be compared with that of the run; empty = unknown.
    pub config_hash: &'a str,
    /// What was counted on this machine class; `None` until calibrated.
    pub calibration: Option<FalseAlarms>,
}

/// The answer.
#[derive(Debug, Clone)]
pub struct Gate {
    /// Every check, worst first, then by benchmark.
    pub checks: Vec<Check>,
    /// Counts.
    pub accounting: Accounting,
    /// What a reader must know beside the checks, worst first.
    pub findings: Vec<Diagnostic>,
    /// How often this gate alarms where nothing changed; `None` until calibrated, and for runs without a base.
    pub false_alarms: Option<FalseAlarmRate>,
    /// The exit code.
    pub exit: ExitCode,
}

/// Judges a run. A pure function of its input: the same files give the same answer.
#[must_use]
pub fn run_gate(input: GateInput<'_>) -> Gate {
    let sides = Sides::of(input.run);
    let mut findings = about::about_the_run(input, &sides);
    findings.extend(trust::purpose(input));
    findings.extend(trust::changed_budgets(input));
    untimed::unusable_bases(input, &sides, &mut findings);
    let targets = targets::collect(input, &sides, &mut findings);
    let mut checks = relative::judge_all(input, &sides, &targets.timed);
    diagnosis::moved_together(&checks, &mut findings);
    checks.extend(absolutes::judge_all(input, &targets.timed));
    checks.extend(untimed::judge_all(input, &targets.untimed));
    checks.extend(overhead::judge_all(input, &sides));
    checks.extend(expect::failed_and_vanished(input, &sides, &mut findings));
    // First what cannot be believed, then what is excused: nobody needs an excuse for what was not shown.
    canary::withhold(input, &mut checks, &mut findings);
    waivers::apply(input, &mut checks, &mut findings);

    let mut accounting = Accounting::default();
    for check in &checks {
        accounting.count(check.verdict.standing());
    }
    // A budget or suite that reached no benchmark has no check of its own to be counted by.
    let unreached = findings
        .iter()
        .filter(|finding| matches!(finding.code, Code::UnmatchedBudget | Code::EmptySuite))
        .count();
    accounting.missing = accounting
        .missing
        .saturating_add(u32::try_from(unreached).unwrap_or(u32::MAX));

    if enforces_nothing(input, &checks) {
        findings.push(about::nothing_enforced(input, &checks));
    }
    let false_alarms = trust::false_alarms(input, &sides);
    trust::degrade(false_alarms, &mut checks, &mut findings);
    checks.sort_by(|a, b| {
        (a.verdict, &a.benchmark, &a.metric, limit_order(&a.limit)).cmp(&(
            b.verdict,
            &b.benchmark,
            &b.metric,
            limit_order(&b.limit),
        ))
    });
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let exit = exit_code(&checks, accounting, &findings);
    Gate {
        checks,
        accounting,
        findings,
        false_alarms,
        exit,
    }
}

/// A broken budget is the strongest statement; then anything that was not measured as it should have been;
/// then what could not be decided; and only then a pass.
fn exit_code(checks: &[Check], accounting: Accounting, findings: &[Diagnostic]) -> ExitCode {
    let broken = checks
        .iter()
        .any(|check| check.verdict.is_broken() && check.severity == Enforcement::Error);
    // Whoever asks that unresolved fails wants a decision: without a usable baseline there is none either. A new
    // benchmark cannot have one.
    let undecided = checks.iter().any(|check| {
        check.unresolved == Unresolved::Fail
            && matches!(
                check.verdict,
                VerdictKind::Inconclusive | VerdictKind::NotProven | VerdictKind::NotComparable
            )
    });
    let spoiled = accounting.missing > 0
        || findings
            .iter()
            .any(|finding| finding.severity == Severity::Error);
    if broken {
        ExitCode::Broken
    } else if spoiled {
        ExitCode::NotEnforced
    } else if undecided {
        ExitCode::Unresolved
    } else {
        ExitCode::Pass
    }
}

/// Nothing was decided, or only what may not fail although budgets exist that may. A file that only ever warns is
/// somebody's choice.
fn enforces_nothing(input: GateInput<'_>, checks: &[Check]) -> bool {
    let budgets = input.budgets.budgets.iter().map(|budget| budget.severity);
    let claims = input.budgets.overheads.iter().map(|claim| claim.severity);
    let advisory = budgets.chain(claims).all(|one| one == Enforcement::Warn);
    !checks.iter().any(|check| {
        // What is waived was decided, and then excused; a claim that fails for not being proven is enforced by that.
        let is_decided = check.verdict.standing() == Standing::Enforced
            || check.verdict == VerdictKind::Waived
            || (check.verdict == VerdictKind::NotProven && check.unresolved == Unresolved::Fail);
        is_decided && (advisory || check.severity == Enforcement::Error)
    })
}

fn limit_order(limit: &Limit) -> u8 {
    match limit {
        Limit::Slower(_) => 0,
        Limit::Max(_) => 1,
        Limit::Min(_) => 2,
        Limit::Overhead { .. } => 3,
        Limit::None => 4,
    }
}
