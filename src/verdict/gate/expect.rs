//! What should have been measured and was not: empty suites, vanished benchmarks.

use super::GateInput;
use super::failed::failed;
use super::overhead::is_claim;
use super::sides::{Base, Sides};
use super::targets::was_observed;
use crate::baseline::{Baseline, MachineClass};
use crate::budget::{Budget, Enforcement, NameGlob, Unresolved};
use crate::diagnostic::{Code, Diagnostic};
use crate::measurement::{BenchmarkId, OVERHEAD};
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
                }) || is_claim(input, glob)
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
    sides: &Sides<'_>,
    findings: &mut Vec<Diagnostic>,
) -> Vec<Check> {
    let selection = Selection::of(input, findings);
    let measured: BTreeSet<&BenchmarkId> = input
        .run
        .benchmarks
        .iter()
        .filter(|benchmark| was_observed(benchmark))
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
    let mut checks = failed(input, sides, findings);
    let mut named: BTreeSet<BenchmarkId> =
        checks.iter().map(|check| check.benchmark.clone()).collect();
    // What failed on the base side alone was run all the same.
    for failure in &input.run.failures {
        if let Some(name) = &failure.benchmark {
            named.insert(BenchmarkId::new(failure.suite.clone(), name.clone()));
        }
    }

    // Claims that were not measured have checks of their own.
    for suite in (input.run.suites.iter()).filter(|suite| suite.name != OVERHEAD) {
        if suite.listed.is_empty() && selection.all {
            findings.push(empty_suite(input, &suite.name, &suite.tool));
        }
        // What need not or cannot be timed has checks of its own.
        let is_timed = matches!(sides.base(&suite.name), Base::None | Base::Measured);
        for name in &suite.listed {
            if !is_timed {
                named.insert(BenchmarkId::new(suite.name.clone(), name.clone()));
                continue;
            }
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
    if sides.is_base_run() {
        gone_since_the_baseline(input, &selection, &metrics, &named, findings);
        return checks;
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

/// With a base in the same run, the baselines are not what is compared with: a benchmark that left since then is said, and
/// fails nothing here. Whoever removes it cannot record new jobs in the same change.
fn gone_since_the_baseline(
    input: GateInput<'_>,
    selection: &Selection,
    metrics: &BTreeMap<&BenchmarkId, BTreeSet<&str>>,
    named: &BTreeSet<BenchmarkId>,
    findings: &mut Vec<Diagnostic>,
) {
    let gone: Vec<String> = expected_by_baselines(input)
        .into_iter()
        .map(|expected| expected.id)
        .filter(|id| selection.has(id) && !named.contains(id) && !metrics.contains_key(id))
        .map(|id| id.to_string())
        .collect();
    if gone.is_empty() {
        return;
    }
    let mut finding = Diagnostic::warning(
        Code::VanishedBenchmark,
        match gone.len() {
            1 => "a benchmark of the committed baselines was not measured".to_owned(),
            more => format!("{more} benchmarks of the committed baselines were not measured"),
        },
    )
    .with_help(
        "if they are gone for good, the next job that is accepted as baseline leaves them out",
    );
    finding.notes = gone.into_iter().take(20).collect();
    findings.push(finding);
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
pub(super) fn absent(
    input: GateInput<'_>,
    id: BenchmarkId,
    verdict: VerdictKind,
    note: String,
) -> Check {
    let budget: Option<(usize, &Budget)> = input
        .budgets
        .budgets
        .iter()
        .enumerate()
        .rfind(|(_, budget)| budget.covers(&id));
    let (severity, unresolved) = severity_of(input, &id, budget.map(|(_, budget)| budget));
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
        severity,
        unresolved,
    }
}

/// What judges the benchmark says how bad it is: its last budget, the claim that it is, or [defaults].
fn severity_of(
    input: GateInput<'_>,
    id: &BenchmarkId,
    budget: Option<&Budget>,
) -> (Enforcement, Unresolved) {
    let claim = (input.budgets.overheads.iter())
        .find(|claim| id.suite == OVERHEAD && claim.name == id.name);
    let defaults = &input.budgets.defaults;
    match (budget, claim) {
        (Some(budget), _) => (budget.severity, budget.unresolved),
        (None, Some(claim)) => (claim.severity, claim.unresolved),
        (None, None) => (defaults.severity, defaults.unresolved),
    }
}
