//! Which budget speaks of which series.

use super::pairs::{Reading, readings};
use super::sides::{Base, Sides};
use super::unreached::report_unreached;
use super::{BETA, GateInput};
use crate::budget::{Budget, Enforcement, Unresolved, unit_of};
use crate::compare::{AbsoluteEstimate, absolute, repeats_exactly, speaks_for_itself};
use crate::diagnostic::{Code, Diagnostic};
use crate::measurement::{BenchmarkId, BenchmarkRecord, Evidence, Metric, Series, Side};
use crate::units::Unit;
use crate::verdict::{Check, Limit, NOT_TOLD, VerdictKind};
use std::collections::BTreeSet;

/// One series with the limits that hold for it.
pub(super) struct Target<'a> {
    pub id: &'a BenchmarkId,
    pub record: &'a BenchmarkRecord,
    pub series: &'a Series,
    /// Candidate's statistic by round, in the order of measuring.
    pub candidate: Vec<Reading>,
    /// Base's statistic by round; empty unless base was measured in the same run.
    pub base: Vec<Reading>,
    /// Budget and limit; one a kind and severity.
    pub limits: Vec<(usize, Limit)>,
    /// The typical value of this run, shown beside every verdict.
    pub estimate: Option<AbsoluteEstimate>,
    /// Invocations of the benchmark that said nothing usable about this metric, of how many.
    pub silent: (usize, usize),
}

/// What was not timed, and need not or could not be: the limits that hold for it.
pub(super) struct Untimed<'a> {
    pub id: BenchmarkId,
    pub metric: Metric,
    pub limits: Vec<(usize, Limit)>,
    /// Identical or unusable.
    pub base: Base<'a>,
}

impl Target<'_> {
    /// Whether invocations that should have told this metric did not. Of what repeats exactly, once is enough.
    pub(super) fn is_short(&self) -> bool {
        let told = !self.candidate.is_empty() && repeats_exactly(&self.series.metric);
        self.silent.0 > 0 && !told
    }

    fn silence(&self) -> Option<String> {
        let (silent, all) = self.silent;
        (silent > 0).then(|| match self.withheld(Side::Candidate) {
            Some(why) => format!("{NOT_TOLD} {silent} of {all} invocations: {why}"),
            None => format!("{silent} of {all} invocations said nothing usable about this metric"),
        })
    }

    /// Why a side does not tell this metric in its first invocation that says so.
    pub(super) fn withheld(&self, side: Side) -> Option<&str> {
        let of_side = (self.series.observations.iter()).filter(|one| one.side == side);
        of_side
            .filter_map(|observation| match &observation.evidence {
                Evidence::Withheld(withheld) => Some(withheld.why.as_str()),
                _ => None,
            })
            .next()
    }

    pub(super) fn values(&self) -> Vec<f64> {
        self.candidate.iter().map(|reading| reading.value).collect()
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
    Check {
        absolute: target.estimate,
        notes: target.silence().into_iter().collect(),
        ..bare_check(
            input,
            target.id.clone(),
            target.series.metric.clone(),
            limit,
            budget,
            verdict,
        )
    }
}

/// A check that a budget asks for, without numbers.
pub(super) fn bare_check(
    input: GateInput<'_>,
    id: BenchmarkId,
    metric: Metric,
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
        benchmark: id,
        metric: Some(metric),
        limit,
        budget: Some(budget),
        verdict,
        comparison: None,
        absolute: None,
        overhead: None,
        waiver: None,
        not_comparable: None,
        notes: Vec::new(),
        severity,
        unresolved,
    }
}

/// Everything that budgets speak of.
pub(super) struct Targets<'a> {
    pub timed: Vec<Target<'a>>,
    pub untimed: Vec<Untimed<'a>>,
}

/// Finds the limits of every series. Budgets that reach nothing, and benchmarks that no budget reaches, become findings.
pub(super) fn collect<'a>(
    input: GateInput<'a>,
    sides: &Sides<'a>,
    findings: &mut Vec<Diagnostic>,
) -> Targets<'a> {
    let mut reached = vec![Reach::Nothing; input.budgets.budgets.len()];
    let mut targets = Targets {
        timed: Vec::new(),
        untimed: Vec::new(),
    };
    let mut unbudgeted = Vec::new();
    for benchmark in &input.run.benchmarks {
        let before = targets.timed.len();
        of_benchmark(input, benchmark, &mut reached, &mut targets.timed);
        for target in &mut targets.timed[before..] {
            let exact = speaks_for_itself(&target.series.metric);
            target.estimate = absolute(&target.values(), BETA, exact);
        }
        if targets.timed.len() == before && !benchmark.id.is_own() {
            unbudgeted.push(benchmark.id.to_string());
        }
    }
    for (id, base) in untimed(input, sides) {
        let before = targets.untimed.len();
        of_untimed(input, &id, base, &mut reached, &mut targets.untimed);
        if targets.untimed.len() == before {
            unbudgeted.push(id.to_string());
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

/// The series of one benchmark that budgets speak of; without estimates.
pub(super) fn of_benchmark<'a>(
    input: GateInput<'a>,
    benchmark: &'a BenchmarkRecord,
    reached: &mut [Reach],
    targets: &mut Vec<Target<'a>>,
) {
    let covering = covering(input, &benchmark.id);
    if covering.is_empty() {
        return;
    }
    let rounds = rounds_of(benchmark);
    for series in &benchmark.series {
        let Some(limits) = bind(&covering, &series.metric.name, reached) else {
            continue;
        };
        let (base, candidate) = readings(series);
        let told: BTreeSet<u32> = candidate.iter().map(|reading| reading.round).collect();
        targets.push(Target {
            id: &benchmark.id,
            record: benchmark,
            series,
            candidate,
            base,
            limits,
            estimate: None,
            silent: (rounds.difference(&told).count(), rounds.len()),
        });
    }
}

/// Benchmarks that were listed and not run, in suites whose base need not or cannot be measured.
fn untimed<'a>(input: GateInput<'a>, sides: &Sides<'a>) -> Vec<(BenchmarkId, Base<'a>)> {
    let mut found = Vec::new();
    for suite in &input.run.suites {
        let base = sides.base(&suite.name);
        if !matches!(base, Base::Identical | Base::Unusable(_)) {
            continue;
        }
        let measured: BTreeSet<&str> = (input.run.benchmarks.iter())
            .filter(|benchmark| benchmark.id.suite == suite.name && was_observed(benchmark))
            .map(|benchmark| benchmark.id.name.as_str())
            .collect();
        let mut named = BTreeSet::new();
        for name in &suite.listed {
            let id = BenchmarkId::new(suite.name.clone(), name.clone());
            if !measured.contains(name.as_str())
                && sides.failed_rounds(&id).is_empty()
                && named.insert(name)
            {
                found.push((id, base));
            }
        }
    }
    found
}

pub(super) fn was_observed(benchmark: &BenchmarkRecord) -> bool {
    (benchmark.series.iter()).any(|series| !series.observations.is_empty())
}

fn of_untimed<'a>(
    input: GateInput<'_>,
    id: &BenchmarkId,
    base: Base<'a>,
    reached: &mut [Reach],
    untimed: &mut Vec<Untimed<'a>>,
) {
    let covering = covering(input, id);
    let metrics: BTreeSet<&str> = (covering.iter())
        .map(|(_, budget)| budget.metric.as_str())
        .collect();
    for metric in metrics {
        if let Some(limits) = bind(&covering, metric, reached) {
            untimed.push(Untimed {
                id: id.clone(),
                // Nobody told its unit; it is only shown.
                metric: Metric::lower(metric, unit_of(metric).unwrap_or(Unit::Count)),
                limits,
                base,
            });
        }
    }
}

fn covering<'a>(input: GateInput<'a>, id: &BenchmarkId) -> Vec<(usize, &'a Budget)> {
    (input.budgets.budgets.iter().enumerate())
        .filter(|(_, budget)| budget.covers(id))
        .collect()
}

/// The limits that hold for a metric; `None` where no budget speaks of it. A later budget in the file overrides an
/// earlier one for the same kind of limit and the same severity: so that an exception can follow a rule, and a
/// warning at 3 % can stand beside an error at 10 %.
pub(in crate::verdict) fn bind(
    covering: &[(usize, &Budget)],
    metric: &str,
    reached: &mut [Reach],
) -> Option<Vec<(usize, Limit)>> {
    let mut limits: Vec<(usize, Enforcement, Limit)> = Vec::new();
    let mut is_covered = false;
    for (index, budget) in covering {
        if budget.metric != metric {
            continue;
        }
        is_covered = true;
        if let Some(reach) = reached.get_mut(*index) {
            *reach = (*reach).max(Reach::Overridden);
        }
        for limit in limits_of(budget) {
            let kind = std::mem::discriminant(&limit);
            limits.retain(|(_, severity, other)| {
                std::mem::discriminant(other) != kind || *severity != budget.severity
            });
            limits.push((*index, budget.severity, limit));
        }
    }
    for (index, ..) in &limits {
        if let Some(reach) = reached.get_mut(*index) {
            *reach = Reach::Binds;
        }
    }
    is_covered.then(|| {
        (limits.into_iter())
            .map(|(index, _, limit)| (index, limit))
            .collect()
    })
}

/// What a budget came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::verdict) enum Reach {
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
