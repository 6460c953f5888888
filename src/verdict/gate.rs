//! From all checks to one answer.

mod expect;
mod relative;
mod targets;

#[cfg(test)]
mod closed_tests;
#[cfg(test)]
mod more_tests;
#[cfg(test)]
mod tests;

pub use relative::{STALE_AFTER_DAYS, STEAL_LIMIT};

use super::{Check, Limit, Standing, VerdictKind};
use crate::baseline::Baseline;
use crate::budget::{Budgets, Enforcement, Unresolved};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::measurement::{BenchmarkId, Run};
use crate::units::{Change, format_value};
use serde::Serialize;
use std::collections::BTreeSet;

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

/// Benchmarks of the run with pairs whose relative or overhead checks are not decided yet, in the order of the run:
/// what the plan goes on measuring.
#[must_use]
pub fn open_pairs(input: GateInput<'_>) -> BTreeSet<BenchmarkId> {
    run_gate(input)
        .checks
        .into_iter()
        .filter(|check| {
            matches!(
                check.verdict,
                VerdictKind::Inconclusive | VerdictKind::NotProven
            )
        })
        .map(|check| check.benchmark)
        .collect()
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
    /// The exit code.
    pub exit: ExitCode,
}

/// Judges a run. A pure function of its input: the same files give the same answer.
#[must_use]
pub fn run_gate(input: GateInput<'_>) -> Gate {
    let mut findings = about_the_run(input);
    let targets = targets::collect(input, &mut findings);
    let mut checks = relative::judge_all(input, &targets);
    checks.extend(targets::judge_absolutes(input, &targets));
    checks.extend(expect::failed_and_vanished(input, &mut findings));

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
        findings.push(nothing_enforced(input, &checks));
    }
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
                VerdictKind::Inconclusive | VerdictKind::NotComparable
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
    let advisory = input
        .budgets
        .budgets
        .iter()
        .all(|budget| budget.severity == Enforcement::Warn);
    !checks.iter().any(|check| {
        check.verdict.standing() == Standing::Enforced
            && (advisory || check.severity == Enforcement::Error)
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

fn about_the_run(input: GateInput<'_>) -> Vec<Diagnostic> {
    let header = &input.run.header;
    let mut findings = Vec::new();
    if header.partial {
        findings.push(
            Diagnostic::error(
                Code::PartialRun,
                "the run ended before its plan did; what was measured is judged, but not called a pass",
            )
            .with_help("let it run to its end; if the time was up: raise `time` in [defaults], or measure fewer benchmarks with `--only`"),
        );
    }
    if !header.only.is_empty() {
        findings.push(Diagnostic::note(
            Code::PartialRun,
            format!(
                "only benchmarks matching {} were measured; what else the budgets name was not looked at",
                header.only.join(", ")
            ),
        ));
    }
    for budget in &input.budgets.budgets {
        if let Some(slower) = budget.slower
            && slower.log() < Change::from_fraction(FLOOR_WITHOUT_LAYOUT).log()
            && matches!(budget.metric.as_str(), "time" | "cpu-time")
        {
            findings.push(
                Diagnostic::warning(
                    Code::ToleranceBelowFloor,
                    format!(
                        "a tolerance of {slower} cannot be resolved: where code was linked moves times by {} and more",
                        Change::from_fraction(FLOOR_WITHOUT_LAYOUT)
                    ),
                )
                .with_help("allow more, or budget a metric that is counted, such as allocations")
                .at(budget.place.clone()),
            );
        }
    }
    findings.extend(cut_short(input));
    if !input.config_hash.is_empty()
        && !header.config_hash.is_empty()
        && input.config_hash != header.config_hash
    {
        findings.push(Diagnostic::warning(
            Code::ConfigChanged,
            "budgets.toml changed since this run was recorded; the run is judged by the file as it is now",
        ));
    }
    findings
}

/// Suites that were measured less often than budgets.toml asks for, without any failure: the time was up.
fn cut_short(input: GateInput<'_>) -> Option<Diagnostic> {
    if input.run.header.partial {
        return None;
    }
    let mut short: Vec<String> = Vec::new();
    for suite in &input.budgets.suites {
        let wanted = suite
            .invocations
            .unwrap_or(input.budgets.defaults.invocations);
        let Some(had) = input
            .run
            .benchmarks
            .iter()
            .filter(|benchmark| benchmark.id.suite == suite.name)
            .flat_map(|benchmark| &benchmark.series)
            .flat_map(|series| &series.observations)
            .map(|observation| observation.invocation + 1)
            .max()
        else {
            continue;
        };
        if had < wanted {
            short.push(format!("{}: {had} of {wanted} invocations", suite.name));
        }
    }
    if short.is_empty() {
        return None;
    }
    let mut finding = Diagnostic::note(
        Code::PartialRun,
        "suites were measured less often than budgets.toml asks for: the time was up, or the command line asked for less",
    )
    .with_help("raise `time` in [defaults]");
    finding.notes = short;
    Some(finding)
}

fn nothing_enforced(input: GateInput<'_>, checks: &[Check]) -> Diagnostic {
    let message = if input.budgets.budgets.is_empty() {
        "nothing was enforced: budgets.toml has no [[budget]]".to_owned()
    } else if checks.is_empty() {
        "nothing was enforced: no budget speaks of anything that was measured".to_owned()
    } else {
        "nothing was enforced: no check could be decided".to_owned()
    };
    let mut finding = Diagnostic::error(Code::NothingEnforced, message);
    // Numbers to start from: three times what was measured leaves room for slower machines.
    for check in checks
        .iter()
        .filter(|check| check.absolute.is_some())
        .take(3)
    {
        if let (Some(estimate), Some(metric)) = (check.absolute, &check.metric) {
            finding = finding.with_note(format!(
                "{} ({}) took {}; a ceiling with room for slower machines would be max = \"{}\"",
                check.benchmark,
                metric.name,
                format_value(estimate.value, &metric.unit),
                format_value(two_digits_up(3.0 * estimate.value), &metric.unit)
            ));
        }
    }
    finding.with_help(
        "give at least one budget that holds on any machine (`max` or `min`), or record a baseline; a gate that enforces nothing must not be green",
    )
}

/// The next larger number of two significant digits.
fn two_digits_up(value: f64) -> f64 {
    if !(value.is_finite() && value > 0.0) {
        return value;
    }
    let step = 10f64.powf(value.log10().floor() - 1.0);
    (value / step).ceil() * step
}
