//! What must be known of the run as a whole beside its checks.

use super::sides::{Base, Sides};
use super::{FLOOR_WITHOUT_LAYOUT, GateInput};
use crate::diagnostic::{Code, Diagnostic};
use crate::measurement::OVERHEAD;
use crate::units::{Change, format_value};
use crate::verdict::Check;

pub(super) fn about_the_run(input: GateInput<'_>, sides: &Sides<'_>) -> Vec<Diagnostic> {
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
    findings.extend(below_the_floor(input, sides));
    findings.extend(not_randomised(input, sides));
    findings.extend(cut_short(input, sides));
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
fn cut_short(input: GateInput<'_>, sides: &Sides<'_>) -> Option<Diagnostic> {
    if input.run.header.partial {
        return None;
    }
    let mut short: Vec<String> = Vec::new();
    for suite in &input.budgets.suites {
        // Pairs end when they have decided.
        if sides.base(&suite.name) != Base::None {
            continue;
        }
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

pub(super) fn nothing_enforced(input: GateInput<'_>, checks: &[Check]) -> Diagnostic {
    let message = if input.budgets.budgets.is_empty() && input.budgets.overheads.is_empty() {
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

/// Budgets that ask for what no comparison claims: of several suites, the one that is told apart worst counts.
fn below_the_floor(input: GateInput<'_>, sides: &Sides<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for budget in &input.budgets.budgets {
        let Some(slower) = budget.slower else {
            continue;
        };
        if slower.log() >= Change::from_fraction(FLOOR_WITHOUT_LAYOUT).log()
            || !depends_on_layout(&budget.metric)
        {
            continue;
        }
        let mut suites: Vec<&str> = (input.run.benchmarks.iter())
            .filter(|benchmark| budget.covers(&benchmark.id))
            .map(|benchmark| benchmark.id.suite.as_str())
            .collect();
        suites.dedup();
        let floor = suites
            .into_iter()
            .map(|suite| sides.floor(suite).log())
            .reduce(f64::max)
            .map_or(
                Change::from_fraction(FLOOR_WITHOUT_LAYOUT),
                Change::from_log,
            );
        if slower.log() < floor.log() {
            findings.push(
                Diagnostic::warning(
                    Code::ToleranceBelowFloor,
                    format!(
                        "a tolerance of {slower} cannot be resolved: where code was linked moves times by {floor} and more"
                    ),
                )
                .with_help("allow more, or budget a metric that is counted, such as allocations")
                .at(budget.place.clone()),
            );
        }
    }
    findings
}

fn depends_on_layout(metric: &str) -> bool {
    matches!(metric, "time" | "cpu-time" | "user-time" | "system-time")
}

/// Said once for the job: whose link order was not randomised, and why.
fn not_randomised(input: GateInput<'_>, sides: &Sides<'_>) -> Option<Diagnostic> {
    let floor = Change::from_fraction(FLOOR_WITHOUT_LAYOUT);
    let notes: Vec<String> = (input.run.suites.iter())
        .filter(|suite| suite.name != OVERHEAD)
        .filter(|suite| {
            sides.base(&suite.name) == Base::Measured && sides.floor(&suite.name) == floor
        })
        .map(|suite| {
            let why = match (&suite.layouts_missing, suite.layouts) {
                (Some(why), _) => why.clone(),
                (None, 0) if suite.tool == "command" => {
                    "a command, which tollgate does not link".to_owned()
                }
                (None, 0) => "it was not asked for".to_owned(),
                (None, few) => format!("{few} layouts are too few"),
            };
            format!("{}: {why}", suite.name)
        })
        .collect();
    if notes.is_empty() {
        return None;
    }
    let message = format!(
        "link order is not excluded: where code lies moves times, so changes of less than {} are not claimed",
        floor.to_string().trim_start_matches('+')
    );
    let mut finding = if input.budgets.layout.asked {
        Diagnostic::warning(Code::LayoutNotRandomised, message)
    } else {
        Diagnostic::note(Code::LayoutNotRandomised, message)
    };
    finding.notes = notes;
    Some(finding)
}
