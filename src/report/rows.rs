//! From a check to its row.

use super::cost::Costs;
use super::model::{BudgetLine, Reason, Row, WaiverLine};
use super::reproduce::{ANCHOR, Command};
use super::{advice, claims};
use crate::compare::NotComparable;
use crate::measurement::{Failure, Purpose, Run, Side};
use crate::verdict::{Check, Gate};
use std::collections::HashMap;

/// First failure of each benchmark, of the candidate where there is one; `None` as name where a whole suite failed.
pub(super) type Failures<'a> = HashMap<(&'a str, Option<&'a str>), &'a Failure>;

pub(super) fn failures_by_benchmark(failures: &[Failure]) -> Failures<'_> {
    let mut by_benchmark = HashMap::new();
    let of = |side| failures.iter().filter(move |failure| failure.side == side);
    for failure in of(Side::Candidate).chain(of(Side::Base)) {
        by_benchmark
            .entry((failure.suite.as_str(), failure.benchmark.as_deref()))
            .or_insert(failure);
    }
    by_benchmark
}

/// What rows are made of beside their check.
pub(super) struct Context<'a> {
    pub(super) run: &'a Run,
    pub(super) budget_lines: &'a [BudgetLine],
    pub(super) waivers: &'a [WaiverLine],
    pub(super) failures: Failures<'a>,
    pub(super) is_paired: bool,
    /// Only where somebody wants to know.
    pub(super) costs: Option<Costs>,
}

pub(super) fn wants_more_pairs(gate: &Gate) -> bool {
    gate.checks.iter().any(|check| {
        let relative = check.comparison.as_ref().and_then(|one| one.more_pairs);
        let overhead = check.overhead.as_ref().and_then(|one| one.more_pairs);
        relative.or(overhead).is_some()
    })
}

pub(super) fn row(check: &Check, context: &Context<'_>) -> Row {
    let id = &check.benchmark;
    let failures = &context.failures;
    let failure = failures
        .get(&(id.suite.as_str(), Some(id.name.as_str())))
        .or_else(|| failures.get(&(id.suite.as_str(), None)))
        .map(|failure| failure.kind);
    let reason = (check.not_comparable.as_ref()).map(|why| reason(why, context.is_paired));
    let header = &context.run.header;
    Row {
        benchmark: id.clone(),
        metric: check.metric.clone(),
        limit: check.limit.clone(),
        budget: check
            .budget
            .and_then(|index| context.budget_lines.get(index))
            .cloned(),
        verdict: check.verdict,
        severity: check.severity,
        unresolved: check.unresolved,
        comparison: check.comparison.clone(),
        absolute: check.absolute,
        statement: (check.overhead.as_ref())
            .and_then(|overhead| claims::statement(overhead, &check.limit, check.metric.as_ref())),
        overhead: check.overhead,
        waiver: (check.waiver)
            .and_then(|index| context.waivers.get(index))
            .cloned(),
        not_comparable: check.not_comparable.clone(),
        notes: check.notes.clone(),
        next_step: advice::next_step(
            check,
            &advice::Circumstances {
                failure,
                is_paired: context.is_paired,
                reason: reason.as_ref(),
                costs: context.costs.as_ref(),
            },
        ),
        reason,
        // A run of the candidate against itself is not made again by a check.
        reproduce: match header.purpose {
            _ if !check.verdict.is_broken() => None,
            Purpose::Check => Some(Command::new(id, header.base.as_ref(), &header.seed).line()),
            // By its word: the tolerance of an anchor is another one than that of a base.
            Purpose::Anchor => Some(Command::against(ANCHOR, id, &header.seed).line()),
            Purpose::Calibrate | Purpose::Prove => None,
        },
    }
}

/// Beside a base in the same run nobody records a baseline.
fn reason(why: &NotComparable, is_paired: bool) -> Reason {
    match why {
        NotComparable::New if is_paired => Reason {
            text: "not on the base side: there is nothing to compare with yet".to_owned(),
            remedy: None,
        },
        NotComparable::TooFewObservations { .. } if is_paired => Reason {
            text: why.describe(),
            remedy: Some(
                "raise `time` in [defaults]; measuring the same revisions again adds to these pairs",
            ),
        },
        _ => Reason {
            text: why.describe(),
            remedy: Some(why.remedy()),
        },
    }
}
