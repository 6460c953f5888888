//! Claims that something costs little: `[[overhead]]`, judged on pairs of one revision (base = off, candidate = on).

use super::pairs::{Pairs, readings};
use super::sides::{Fate, Sides};
use super::{BETA, GateInput};
use crate::budget::{NameGlob, Overhead as Claim};
use crate::compare::{self, NotComparable, Overhead, OverheadLimits, OverheadStanding};
use crate::measurement::{BenchmarkId, BenchmarkRecord, Better, Metric, OVERHEAD, Purpose, Series};
use crate::units::Unit;
use crate::verdict::{Check, Limit, VerdictKind};

/// One check a claim. Each claim has its own level: both of its limits must be proven, and whoever claims several things
/// proves each of them, so nothing is shared out (intersection-union; see `docs/statistics.md`).
pub(super) fn judge_all(input: GateInput<'_>, sides: &Sides<'_>) -> Vec<Check> {
    // A run that compares the candidate with itself has no claims to prove.
    if input.run.header.purpose != Purpose::Check {
        return Vec::new();
    }
    (input.budgets.overheads.iter().enumerate())
        .filter(|(_, claim)| is_asked_for(input, claim))
        .filter_map(|(index, claim)| judge(input, sides, index, claim))
        .collect()
}

/// Ids of claims that are measured and not decided yet, with pairs left.
pub(super) fn undecided(
    input: GateInput<'_>,
    sides: &Sides<'_>,
    level: f64,
) -> impl Iterator<Item = BenchmarkId> {
    (input.budgets.overheads.iter()).filter_map(move |claim| {
        let record = record(input, claim)?;
        let series = series(record, claim)?;
        let pairs = pairs(record, series, sides);
        if *sides.fate(&record.id) != Fate::Works
            || pairs.of_newest_attempt() >= claim.pairs as usize
            || problem(claim, &series.metric).is_some()
        {
            return None;
        }
        let is_open = match compare::overhead(&pairs.usable, limits(claim), level) {
            Ok(overhead) => overhead.standing == OverheadStanding::NotProven,
            Err(reason) => matches!(reason, NotComparable::TooFewObservations { .. }),
        };
        is_open.then(|| record.id.clone())
    })
}

/// With `--only`, a claim is meant by its own name or by that of a side.
fn is_asked_for(input: GateInput<'_>, claim: &Claim) -> bool {
    let only = &input.run.header.only;
    let names = [&id(claim), &claim.on.bench, &claim.off.bench].map(ToString::to_string);
    only.is_empty()
        || (only.iter())
            .filter_map(|text| NameGlob::new(text).ok())
            .any(|glob| names.iter().any(|name| glob.matches(name)))
}

/// Whether a glob names a claim, which no suite lists.
pub(super) fn is_claim(input: GateInput<'_>, glob: &NameGlob) -> bool {
    (input.budgets.overheads.iter()).any(|claim| glob.matches(&id(claim).to_string()))
}

fn id(claim: &Claim) -> BenchmarkId {
    BenchmarkId::new(OVERHEAD, claim.name.clone())
}

fn record<'a>(input: GateInput<'a>, claim: &Claim) -> Option<&'a BenchmarkRecord> {
    (input.run.benchmarks.iter())
        .find(|record| record.id.suite == OVERHEAD && record.id.name == claim.name)
}

fn series<'a>(record: &'a BenchmarkRecord, claim: &Claim) -> Option<&'a Series> {
    (record.series.iter()).find(|series| series.metric.name == claim.metric)
}

fn pairs(record: &BenchmarkRecord, series: &Series, sides: &Sides<'_>) -> Pairs {
    let (off, on) = readings(series);
    Pairs::of(record, &off, &on, sides)
}

fn limits(claim: &Claim) -> OverheadLimits {
    OverheadLimits {
        relative: claim.relative,
        absolute: claim.absolute.as_ref().map(|limit| limit.value),
    }
}

/// Why a claim cannot be put to this metric.
fn problem(claim: &Claim, metric: &Metric) -> Option<String> {
    if metric.better == Better::Higher {
        return Some(format!(
            "of {} more is better; what it costs is claimed of something of which less is better",
            metric.name
        ));
    }
    let limit = claim.absolute.as_ref()?;
    (limit.unit != metric.unit && limit.unit != Unit::Count).then(|| {
        format!(
            "the limit is in {}, the metric in {}",
            limit.unit, metric.unit
        )
    })
}

/// `None` where the failures of the claim's processes are a check of their own.
fn judge(input: GateInput<'_>, sides: &Sides<'_>, index: usize, claim: &Claim) -> Option<Check> {
    let check = |verdict, note: Option<String>| Some(bare(index, claim, verdict, note));
    let id = id(claim);
    match sides.fate(&id) {
        Fate::CandidateFails | Fate::Fails => return None,
        Fate::BaseFails(why) => {
            // There is no other revision to blame: what cannot be run without cannot be compared.
            let note = why.replacen("the base fails", "it fails without", 1);
            return check(VerdictKind::Invalid, Some(note));
        }
        Fate::Works => {}
    }
    let Some(record) = record(input, claim) else {
        return check(
            VerdictKind::Missing,
            Some("the claim was not measured".to_owned()),
        );
    };
    let Some(series) = series(record, claim) else {
        let metrics: Vec<&str> = (record.series.iter())
            .map(|series| series.metric.name.as_str())
            .collect();
        let note = format!(
            "the claim is about {}, and only {} was measured",
            claim.metric,
            metrics.join(", ")
        );
        return check(VerdictKind::Missing, Some(note));
    };
    if let Some(problem) = problem(claim, &series.metric) {
        return check(VerdictKind::Invalid, Some(problem));
    }
    let pairs = pairs(record, series, sides);
    if pairs.are_too_few() {
        return check(VerdictKind::Invalid, pairs.note());
    }
    let judged = compare::overhead(&pairs.usable, limits(claim), BETA);
    let mut check = of(index, claim, judged);
    check.metric = Some(series.metric.clone());
    check.notes.extend(pairs.note());
    Some(check)
}

fn bare(index: usize, claim: &Claim, verdict: VerdictKind, note: Option<String>) -> Check {
    Check {
        benchmark: id(claim),
        metric: None,
        limit: Limit::Overhead {
            claim: index,
            relative: claim.relative,
            absolute: claim.absolute.clone(),
        },
        budget: None,
        verdict,
        comparison: None,
        absolute: None,
        overhead: None,
        waiver: None,
        not_comparable: None,
        notes: note.into_iter().collect(),
        severity: claim.severity,
        unresolved: claim.unresolved,
    }
}

/// The verdict on a claim whose pairs were judged.
fn of(index: usize, claim: &Claim, judged: Result<Overhead, NotComparable>) -> Check {
    match judged {
        Ok(overhead) => {
            let (verdict, note) = match overhead.standing {
                OverheadStanding::Proven => (VerdictKind::Proven, None),
                OverheadStanding::NotProven => (VerdictKind::NotProven, None),
                OverheadStanding::Violated => (VerdictKind::Violated, None),
                OverheadStanding::InvalidDesign => (
                    VerdictKind::Invalid,
                    Some(format!(
                        "invalid design: with it the program is faster ({}); something else differs between the two sides, \
                         such as where their code lies",
                        overhead.relative.estimate
                    )),
                ),
            };
            let mut check = bare(index, claim, verdict, note);
            check.overhead = Some(overhead);
            check
        }
        Err(reason) => {
            // Unproven for want of pairs is unproven; values without a ratio prove nothing, however many there are.
            let verdict = match reason {
                NotComparable::TooFewObservations { .. } => VerdictKind::NotProven,
                _ => VerdictKind::Invalid,
            };
            let mut check = bare(index, claim, verdict, Some(reason.describe()));
            check.not_comparable = Some(reason);
            check
        }
    }
}

#[cfg(test)]
mod tests;
