//! Budgets that speak of nothing, of less than they seem to, or in vain.

use super::GateInput;
use super::targets::Reach;
use crate::budget::Budget;
use crate::diagnostic::{Code, Diagnostic};
use crate::measurement::{BenchmarkId, BenchmarkRecord};
use std::collections::BTreeSet;

pub(super) fn report_unreached(
    input: GateInput<'_>,
    reached: &[Reach],
    findings: &mut Vec<Diagnostic>,
) {
    // With `--only`, what was left out on purpose says nothing about the budgets.
    if !input.run.header.only.is_empty() {
        return;
    }
    for (budget, reach) in input.budgets.budgets.iter().zip(reached) {
        match reach {
            Reach::Binds => {
                partly_matched(input, budget, findings);
                continue;
            }
            Reach::Overridden => {
                findings.push(
                    Diagnostic::warning(
                        Code::OverriddenBudget,
                        format!(
                            "budget `{}` judges nothing: later budgets override it everywhere",
                            budget.bench.as_str()
                        ),
                    )
                    .with_help("put the general rule first and the exception after it")
                    .at(budget.place.clone()),
                );
                continue;
            }
            Reach::Nothing => {}
        }
        let metrics: BTreeSet<&str> = input
            .run
            .benchmarks
            .iter()
            .filter(|benchmark| budget.covers(&benchmark.id))
            .flat_map(|benchmark| &benchmark.series)
            .map(|series| series.metric.name.as_str())
            .collect();
        let glob = budget.bench.as_str();
        if metrics.is_empty() && speaks_of_something_listed(input, budget) {
            continue;
        }
        let finding = if metrics.is_empty() {
            Diagnostic::error(
                Code::UnmatchedBudget,
                format!("budget `{glob}` matches no benchmark that was measured"),
            )
            .with_help(nearest_help(input, glob))
        } else {
            Diagnostic::error(
                Code::UnmatchedBudget,
                format!(
                    "budget `{glob}` asks for metric `{}`, which its benchmarks do not have",
                    budget.metric
                ),
            )
            .with_help(format!(
                "they have {}",
                metrics.into_iter().collect::<Vec<_>>().join(", ")
            ))
        };
        findings.push(finding.at(budget.place.clone()));
    }
}

/// Whether the budget is about benchmarks that are there and gave nothing: that has checks and findings of its own, and the
/// budget is not at fault.
fn speaks_of_something_listed(input: GateInput<'_>, budget: &Budget) -> bool {
    input.run.suites.iter().any(|suite| {
        let mut names = suite.listed.iter();
        names.any(|name| budget.covers(&BenchmarkId::new(suite.name.clone(), name.clone())))
    })
}

/// Benchmarks of a suite that lack a metric which others of that suite have.
fn partly_matched(input: GateInput<'_>, budget: &Budget, findings: &mut Vec<Diagnostic>) {
    let covered = || {
        input
            .run
            .benchmarks
            .iter()
            .filter(|benchmark| budget.covers(&benchmark.id))
    };
    let has = |benchmark: &BenchmarkRecord| {
        benchmark
            .series
            .iter()
            .any(|series| series.metric.name == budget.metric)
    };
    let suites: BTreeSet<&str> = covered()
        .filter(|benchmark| has(benchmark))
        .map(|benchmark| benchmark.id.suite.as_str())
        .collect();
    let without: Vec<String> = covered()
        .filter(|benchmark| !has(benchmark) && suites.contains(benchmark.id.suite.as_str()))
        .map(|benchmark| benchmark.id.to_string())
        .collect();
    if without.is_empty() {
        return;
    }
    let mut finding = Diagnostic::warning(
        Code::PartlyMatchedBudget,
        format!(
            "budget `{}` says nothing of {} of its benchmarks: they have no metric `{}`, others of their suite have",
            budget.bench.as_str(),
            without.len(),
            budget.metric
        ),
    )
    .with_help("narrow the glob if that is meant")
    .at(budget.place.clone());
    for name in without.into_iter().take(5) {
        finding = finding.with_note(name);
    }
    findings.push(finding);
}

/// Names longer than this are compared by their beginning only; who writes longer ones finds them.
const COMPARED_CHARACTERS: usize = 120;

/// Benchmarks that are compared with a glob that matched nothing.
const COMPARED_NAMES: usize = 2_000;

fn nearest_help(input: GateInput<'_>, glob: &str) -> String {
    let nearest = input
        .run
        .benchmarks
        .iter()
        .map(|benchmark| benchmark.id.to_string())
        // Those of a suite that did not need to be measured, too.
        .chain(input.run.suites.iter().flat_map(|suite| {
            let name = |listed: &String| format!("{}/{listed}", suite.name);
            suite.listed.iter().map(name)
        }))
        .take(COMPARED_NAMES)
        .map(|name| {
            (
                strsim::jaro_winkler(&beginning(&name), &beginning(glob)),
                name,
            )
        })
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        Some((likeness, name)) if likeness > 0.7 => {
            format!("the nearest benchmark is `{name}`; the first part is the suite's name")
        }
        Some((_, name)) => format!(
            "benchmarks are named suite/name, for example `{name}`; `tollgate check --list` shows all"
        ),
        None => "no benchmark was measured at all".to_owned(),
    }
}

fn beginning(text: &str) -> String {
    text.chars().take(COMPARED_CHARACTERS).collect()
}
