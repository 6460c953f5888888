//! Which budget speaks of which series, and absolute limits.

use super::{BETA, GateInput};
use crate::budget::{Budget, Enforcement, Unresolved};
use crate::compare::{AbsoluteEstimate, absolute, repeats_exactly, statistic};
use crate::diagnostic::{Code, Diagnostic};
use crate::measurement::{BenchmarkId, BenchmarkRecord, Series, Side};
use crate::units::{Quantity, Unit};
use crate::verdict::{Allowed, Check, Limit, VerdictKind, judge_absolute};
use std::collections::BTreeSet;

/// One series with the limits that hold for it.
pub(super) struct Target<'a> {
    pub id: &'a BenchmarkId,
    pub series: &'a Series,
    /// Candidate's statistic by round, in the order of measuring.
    pub candidate: Vec<(u32, f64)>,
    /// Base's statistic by round; empty unless base was measured in the same run.
    pub base: Vec<(u32, f64)>,
    /// Budget and limit; one a kind and severity.
    pub limits: Vec<(usize, Limit)>,
    /// The typical value of this run, shown beside every verdict.
    pub estimate: Option<AbsoluteEstimate>,
    /// Invocations of the benchmark that said nothing usable about this metric, of how many.
    pub silent: (usize, usize),
}

impl Target<'_> {
    /// Whether invocations that should have told this metric did not. Of what repeats exactly, once is enough.
    pub(super) fn is_short(&self) -> bool {
        let told = !self.candidate.is_empty() && repeats_exactly(&self.series.metric);
        self.silent.0 > 0 && !told
    }

    fn silence(&self) -> Option<String> {
        let (silent, all) = self.silent;
        (silent > 0)
            .then(|| format!("{silent} of {all} invocations said nothing usable about this metric"))
    }

    pub(super) fn values(&self) -> Vec<f64> {
        self.candidate.iter().map(|(_, value)| *value).collect()
    }
}

/// A check about `target` without verdict-specific parts.
pub(super) fn check_of(
    input: GateInput<'_>,
    target: &Target<'_>,
    limit: Limit,
    budget: usize,
    verdict: VerdictKind,
) -> Check {
    let (severity, unresolved) = input
        .budgets
        .budgets
        .get(budget)
        .map_or((Enforcement::Error, Unresolved::Warn), |budget| {
            (budget.severity, budget.unresolved)
        });
    Check {
        benchmark: target.id.clone(),
        metric: Some(target.series.metric.clone()),
        limit,
        budget: Some(budget),
        verdict,
        comparison: None,
        absolute: target.estimate,
        overhead: None,
        waiver: None,
        not_comparable: None,
        notes: target.silence().into_iter().collect(),
        severity,
        unresolved,
    }
}

/// Finds the limits of every series. A later budget in the file overrides an earlier one for the same kind of
/// limit and the same severity: so that an exception can follow a rule, and a warning at 3 % can stand beside an
/// error at 10 %. Budgets that reach nothing, and benchmarks that no budget reaches, become findings.
pub(super) fn collect<'a>(input: GateInput<'a>, findings: &mut Vec<Diagnostic>) -> Vec<Target<'a>> {
    let budgets = &input.budgets.budgets;
    let mut reached = vec![Reach::Nothing; budgets.len()];
    let mut targets = Vec::new();
    let mut unbudgeted = Vec::new();
    for benchmark in &input.run.benchmarks {
        let covering: Vec<(usize, &Budget)> = budgets
            .iter()
            .enumerate()
            .filter(|(_, budget)| budget.covers(&benchmark.id))
            .collect();
        let mut any = false;
        let rounds = rounds_of(benchmark);
        for series in &benchmark.series {
            let mut target = Target {
                id: &benchmark.id,
                series,
                candidate: Vec::new(),
                base: Vec::new(),
                limits: Vec::new(),
                estimate: None,
                silent: (0, rounds.len()),
            };
            let mut covered = false;
            for (index, budget) in &covering {
                if budget.metric != series.metric.name {
                    continue;
                }
                covered = true;
                reached[*index] = reached[*index].max(Reach::Overridden);
                for limit in limits_of(budget) {
                    let same = |(earlier, other): &(usize, Limit)| {
                        std::mem::discriminant(other) == std::mem::discriminant(&limit)
                            && budgets[*earlier].severity == budget.severity
                    };
                    target.limits.retain(|earlier| !same(earlier));
                    target.limits.push((*index, limit));
                }
            }
            if covered {
                any = true;
                for observation in &series.observations {
                    if let Some(value) = statistic(&observation.evidence) {
                        let side = match observation.side {
                            Side::Candidate => &mut target.candidate,
                            Side::Base => &mut target.base,
                        };
                        side.push((observation.invocation, value));
                    }
                }
                for (index, _) in &target.limits {
                    reached[*index] = Reach::Binds;
                }
                let told: BTreeSet<u32> =
                    target.candidate.iter().map(|(round, _)| *round).collect();
                target.silent.0 = rounds.difference(&told).count();
                target.estimate = absolute(&target.values(), BETA, repeats_exactly(&series.metric));
                targets.push(target);
            }
        }
        if !any {
            unbudgeted.push(benchmark.id.to_string());
        }
    }
    report_unreached(input, &reached, findings);
    if !unbudgeted.is_empty() {
        let mut note = Diagnostic::note(
            Code::UnbudgetedBenchmark,
            format!("{} benchmarks have no budget", unbudgeted.len()),
        )
        .with_help("add a [[budget]] whose `bench` matches them, or leave them unjudged");
        for name in unbudgeted.iter().take(5) {
            note = note.with_note(name.clone());
        }
        findings.push(note);
    }
    targets
}

/// What a budget came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// No series that it could speak of.
    Nothing,
    /// Later budgets speak of everything that it speaks of.
    Overridden,
    /// It judges something.
    Binds,
}

/// Rounds in which the candidate's benchmark gave anything at all.
fn rounds_of(benchmark: &BenchmarkRecord) -> BTreeSet<u32> {
    benchmark
        .series
        .iter()
        .flat_map(|series| &series.observations)
        .filter(|observation| observation.side == Side::Candidate)
        .map(|observation| observation.invocation)
        .collect()
}

fn limits_of(budget: &Budget) -> impl Iterator<Item = Limit> {
    [
        budget.slower.map(Limit::Slower),
        budget.max.clone().map(Limit::Max),
        budget.min.clone().map(Limit::Min),
    ]
    .into_iter()
    .flatten()
}

fn report_unreached(input: GateInput<'_>, reached: &[Reach], findings: &mut Vec<Diagnostic>) {
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
        .take(COMPARED_NAMES)
        .map(|benchmark| benchmark.id.to_string())
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

/// The checks against `max` and `min`.
pub(super) fn judge_absolutes(input: GateInput<'_>, targets: &[Target<'_>]) -> Vec<Check> {
    let mut checks = Vec::new();
    for target in targets {
        for (budget, about) in &target.limits {
            let (limit, allowed) = match about {
                Limit::Max(limit) => (limit, Allowed::AtMost),
                Limit::Min(limit) => (limit, Allowed::AtLeast),
                Limit::Slower(_) | Limit::Overhead { .. } | Limit::None => continue,
            };
            checks.push(judge_one(input, target, *budget, limit, allowed));
        }
    }
    checks
}

fn judge_one(
    input: GateInput<'_>,
    target: &Target<'_>,
    budget: usize,
    limit: &Quantity,
    allowed: Allowed,
) -> Check {
    let about = match allowed {
        Allowed::AtMost => Limit::Max(limit.clone()),
        Allowed::AtLeast => Limit::Min(limit.clone()),
    };
    let unit = &target.series.metric.unit;
    let mut notes = Vec::new();
    let verdict = match target.estimate {
        _ if target.is_short() => VerdictKind::Invalid,
        None => {
            notes.push("no usable observation".to_owned());
            VerdictKind::Invalid
        }
        Some(_) if limit.unit != *unit && limit.unit != Unit::Count => {
            notes.push(format!(
                "the budget is in {}, the metric in {unit}",
                limit.unit
            ));
            VerdictKind::Invalid
        }
        Some(estimate) => {
            let verdict = judge_absolute(&estimate, limit.value, allowed);
            if verdict == VerdictKind::Inconclusive && estimate.low.is_infinite() {
                notes.push(format!(
                    "{} of the 5 invocations that an interval needs",
                    estimate.n
                ));
            }
            verdict
        }
    };
    let mut check = check_of(input, target, about, budget, verdict);
    check.notes.extend(notes);
    check
}
