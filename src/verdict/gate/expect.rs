//! What should have been measured and was not: failed invocations, empty suites, vanished benchmarks.

use super::GateInput;
use crate::baseline::{Baseline, MachineClass};
use crate::budget::{Budget, NameGlob};
use crate::diagnostic::{Code, Diagnostic};
use crate::measurement::{BenchmarkId, Failure, REFERENCE_KERNELS};
use crate::verdict::{Check, Limit, VerdictKind};
use std::collections::{BTreeMap, BTreeSet};

/// What `--only` asked for; everything, when it did not ask.
struct Selection {
    globs: Vec<NameGlob>,
    all: bool,
}

impl Selection {
    fn of(input: GateInput<'_>, findings: &mut Vec<Diagnostic>) -> Self {
        let only = &input.run.header.only;
        let mut globs = Vec::new();
        for text in only {
            let listed = |glob: &NameGlob| {
                input.run.suites.iter().any(|suite| {
                    let id = |name: &String| format!("{}/{name}", suite.name);
                    suite.listed.iter().any(|name| glob.matches(&id(name)))
                })
            };
            match NameGlob::new(text) {
                Ok(glob) if listed(&glob) => globs.push(glob),
                Ok(glob) => {
                    findings.push(
                        Diagnostic::error(
                            Code::UnmatchedFilter,
                            format!("`--only {text}` matches no benchmark"),
                        )
                        .with_help("`tollgate check --list` shows the names"),
                    );
                    globs.push(glob);
                }
                Err(problem) => findings.push(Diagnostic::error(
                    Code::UnmatchedFilter,
                    format!("`--only {text}` is no glob: {problem}"),
                )),
            }
        }
        Self {
            all: only.is_empty(),
            globs,
        }
    }

    fn has(&self, id: &BenchmarkId) -> bool {
        self.all || self.globs.iter().any(|glob| glob.matches(&id.to_string()))
    }
}

pub(super) fn failed_and_vanished(
    input: GateInput<'_>,
    findings: &mut Vec<Diagnostic>,
) -> Vec<Check> {
    let selection = Selection::of(input, findings);
    let measured: BTreeSet<&BenchmarkId> = input
        .run
        .benchmarks
        .iter()
        .filter(|benchmark| {
            benchmark
                .series
                .iter()
                .any(|series| !series.observations.is_empty())
        })
        .map(|benchmark| &benchmark.id)
        .collect();
    let metrics: BTreeMap<&BenchmarkId, BTreeSet<&str>> = input
        .run
        .benchmarks
        .iter()
        .filter(|benchmark| measured.contains(&benchmark.id))
        .map(|benchmark| {
            let names = benchmark.series.iter();
            let names = names.filter(|series| !series.observations.is_empty());
            let names = names.map(|series| series.metric.name.as_str());
            (&benchmark.id, names.collect())
        })
        .collect();
    let mut checks = failed(input, findings);
    let mut named: BTreeSet<BenchmarkId> =
        checks.iter().map(|check| check.benchmark.clone()).collect();

    for suite in &input.run.suites {
        if suite.listed.is_empty() && selection.all {
            findings.push(empty_suite(input, &suite.name, &suite.tool));
        }
        for name in &suite.listed {
            let id = BenchmarkId::new(suite.name.clone(), name.clone());
            if !measured.contains(&id) && named.insert(id.clone()) {
                let note = if input.run.header.partial {
                    "not reached before the run ended"
                } else {
                    "listed by the tool, and never measured"
                };
                checks.push(absent(input, id, VerdictKind::Missing, note.to_owned()));
            }
        }
    }
    for suite in &input.budgets.suites {
        let planned = input.run.suites.iter().any(|run| run.name == suite.name);
        if !planned && selection.all {
            findings.push(empty_suite(input, &suite.name, suite.source.tool()));
        }
    }
    checks.extend(vanished(input, &selection, &metrics, &named, findings));
    if selection.all {
        orphans(input, findings);
    }
    checks
}

/// Benchmarks and metrics of the newest job of the baselines that this run does not have.
fn vanished(
    input: GateInput<'_>,
    selection: &Selection,
    metrics: &BTreeMap<&BenchmarkId, BTreeSet<&str>>,
    named: &BTreeSet<BenchmarkId>,
    findings: &mut Vec<Diagnostic>,
) -> Vec<Check> {
    let mut checks = Vec::new();
    for expected in expected_by_baselines(input) {
        if !selection.has(&expected.id) || named.contains(&expected.id) {
            continue;
        }
        let measured_metrics = metrics.get(&expected.id);
        let gone: Vec<&String> = expected
            .metrics
            .iter()
            .filter(|metric| {
                measured_metrics.is_none_or(|measured| !measured.contains(metric.as_str()))
            })
            .collect();
        if gone.is_empty() {
            continue;
        }
        let accept = "restore or rename it back, or accept the run as new baseline: `tollgate baseline accept --reason ..`";
        let id = expected.id.clone();
        if measured_metrics.is_none() {
            findings.push(
                Diagnostic::error(
                    Code::VanishedBenchmark,
                    format!("benchmark `{id}` of the baseline was not measured"),
                )
                .with_help(accept),
            );
            let note = format!(
                "in the baseline's job of {}, gone from this run",
                expected.started
            );
            checks.push(absent(input, id, VerdictKind::Missing, note));
        } else if input
            .budgets
            .budgets
            .iter()
            .any(|budget| budget.covers(&id) && gone.contains(&&budget.metric))
        {
            let gone: Vec<&str> = gone.into_iter().map(String::as_str).collect();
            let gone = gone.join(", ");
            findings.push(
                Diagnostic::error(
                    Code::VanishedBenchmark,
                    format!("benchmark `{id}` no longer has {gone}, which budgets speak of"),
                )
                .with_help(accept),
            );
            let note = format!("{gone}: in the baseline, gone from this run");
            checks.push(absent(input, id, VerdictKind::Missing, note));
        }
    }
    checks
}

/// One check and one finding for each benchmark with failed invocations: a benchmark that sometimes crashes is
/// not a benchmark whose other invocations can be trusted.
fn failed(input: GateInput<'_>, findings: &mut Vec<Diagnostic>) -> Vec<Check> {
    let mut by_benchmark: BTreeMap<(&str, Option<&str>), Vec<&Failure>> = BTreeMap::new();
    for failure in &input.run.failures {
        by_benchmark
            .entry((&failure.suite, failure.benchmark.as_deref()))
            .or_default()
            .push(failure);
    }
    let mut checks = Vec::new();
    for ((suite, benchmark), failures) in by_benchmark {
        let Some(first) = failures.first() else {
            continue;
        };
        let what = first.kind.describe();
        let detail = first.detail.lines().map(str::to_owned);
        match benchmark {
            None if suite == REFERENCE_KERNELS => {
                let mut finding = Diagnostic::warning(
                    Code::DisturbedMachine,
                    format!(
                        "the reference kernels failed in {} rounds; a comparison with a baseline is less sure without them",
                        failures.len()
                    ),
                );
                finding.notes.extend(detail);
                findings.push(finding);
            }
            None => {
                let mut finding = Diagnostic::error(
                    Code::FailedInvocation,
                    format!("suite `{suite}` could not be listed: its executable {what}"),
                );
                finding.notes.extend(detail);
                findings.push(finding);
            }
            Some(name) => {
                let id = BenchmarkId::new(suite, name);
                let mut finding = Diagnostic::error(
                    Code::FailedInvocation,
                    format!("benchmark `{id}` {what} ({} times)", failures.len()),
                );
                finding.notes.extend(detail);
                findings.push(finding);
                let note = format!("{what} in round {}", first.invocation);
                checks.push(absent(input, id, VerdictKind::Invalid, note));
            }
        }
    }
    checks
}

fn empty_suite(input: GateInput<'_>, name: &str, tool: &str) -> Diagnostic {
    let finding = Diagnostic::error(
        Code::EmptySuite,
        format!("suite `{name}` produced no benchmark"),
    )
    .with_help(format!(
        "does its {tool} target register benchmarks, and does `only` match them?"
    ));
    match input.budgets.suite(name) {
        Some(suite) => finding.at(suite.place.clone()),
        None => finding,
    }
}

/// Suites that were measured once and are no longer in budgets.toml.
fn orphans(input: GateInput<'_>, findings: &mut Vec<Diagnostic>) {
    let names: BTreeSet<&str> = input
        .baselines
        .iter()
        .filter(|baseline| !baseline.jobs.is_empty())
        .map(|baseline| baseline.suite.as_str())
        .filter(|suite| input.budgets.suite(suite).is_none())
        .collect();
    for suite in names {
        findings.push(
            Diagnostic::error(
                Code::VanishedBenchmark,
                format!("suite `{suite}` has a baseline and is no longer in budgets.toml"),
            )
            .with_help(
                "put the suite back, or remove its files from baselines/ if it is gone for good",
            ),
        );
    }
}

/// A benchmark that a baseline expects, and the metrics that it had.
struct Expected {
    id: BenchmarkId,
    metrics: Vec<String>,
    started: String,
}

/// Benchmarks of the newest job of each suite's baseline: of this machine class where there is one, else of the
/// class that was measured last, for names do not depend on the machine.
fn expected_by_baselines(input: GateInput<'_>) -> Vec<Expected> {
    let class = MachineClass::of(&input.run.environment);
    let mut expected = Vec::new();
    for suite in &input.budgets.suites {
        let of_suite: Vec<&Baseline> = input
            .baselines
            .iter()
            .filter(|baseline| baseline.suite == suite.name)
            .collect();
        let chosen = of_suite
            .iter()
            .find(|baseline| {
                !baseline.jobs.is_empty() && baseline.class.difference(&class).is_empty()
            })
            .or_else(|| {
                of_suite
                    .iter()
                    .max_by_key(|baseline| baseline.jobs.last().map(|job| job.started.clone()))
            });
        let Some((baseline, newest)) =
            chosen.and_then(|baseline| Some((baseline, baseline.jobs.last()?)))
        else {
            continue;
        };
        let mut names: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for ((name, metric), series) in &baseline.series {
            if series.jobs.contains_key(&newest.id) {
                names.entry(name).or_default().push(metric.clone());
            }
        }
        expected.extend(names.into_iter().map(|(name, metrics)| Expected {
            id: BenchmarkId::new(suite.name.clone(), name),
            metrics,
            started: newest.started.clone(),
        }));
    }
    expected
}

/// A check for something without observations. It takes severity and budget from what would have judged it.
fn absent(input: GateInput<'_>, id: BenchmarkId, verdict: VerdictKind, note: String) -> Check {
    let budget: Option<(usize, &Budget)> = input
        .budgets
        .budgets
        .iter()
        .enumerate()
        .rfind(|(_, budget)| budget.covers(&id));
    Check {
        benchmark: id,
        metric: None,
        limit: Limit::None,
        budget: budget.map(|(index, _)| index),
        verdict,
        comparison: None,
        absolute: None,
        overhead: None,
        waiver: None,
        not_comparable: None,
        notes: vec![note],
        severity: budget.map_or(input.budgets.defaults.severity, |(_, budget)| {
            budget.severity
        }),
        unresolved: budget.map_or(input.budgets.defaults.unresolved, |(_, budget)| {
            budget.unresolved
        }),
    }
}
