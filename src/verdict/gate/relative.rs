//! Checks against base or baseline, with one family-wise level over all of them.

use super::alone::Alone;
use super::jobs::{Jobs, compare_with_jobs, jobs_of};
use super::oddities::about_the_values;
use super::pairs::Pairs;
use super::sides::{Base, Fate, Sides};
use super::targets::{Target, check_of};
use super::{ALPHA, BETA, GateInput};
use crate::baseline::MachineClass;
use crate::compare::{
    Cause, Comparison, Levels, Method, NotComparable, Zone, added, compare_pairs, counter_rule,
    raised, repeats_exactly,
};
use crate::measurement::{Better, Side};
use crate::stats;
use crate::units::Change;
use crate::verdict::{Check, Limit, VerdictKind, WITHHELD_BY, judge_relative};
use std::collections::BTreeMap;

/// Said of every check of a suite whose machine code is the same on both sides.
pub(super) const IDENTICAL: &str =
    "the machine code is the same on both sides: unchanged without timing";

/// What a check is made with, once it is known that it can be made.
enum Against<'a> {
    /// Nothing, and that is the answer.
    Settled(Box<Check>),
    /// Pairs of this run.
    Pairs(Pairs),
    /// Jobs of a baseline.
    Jobs(&'a Jobs<'a>),
}

pub(super) fn judge_all(
    input: GateInput<'_>,
    sides: &Sides<'_>,
    targets: &[Target<'_>],
) -> Vec<Check> {
    let relative = || {
        targets.iter().flat_map(|target| {
            target.limits.iter().filter_map(move |(budget, limit)| {
                if let Limit::Slower(tolerance) = limit {
                    Some((target, *budget, *tolerance))
                } else {
                    None
                }
            })
        })
    };
    let jobs = jobs_of_suites(input, sides, relative().map(|(target, ..)| target));
    let kernels: BTreeMap<String, f64> = input
        .run
        .kernels
        .iter()
        .filter_map(|(name, values)| stats::median(values).map(|median| (name.clone(), median)))
        .collect();
    let mut open: Vec<(Relative<'_>, Against<'_>, Option<Check>)> = relative()
        // It fails: that is the verdict of the benchmark, and not how fast.
        .filter(|(target, ..)| *sides.fate(target.id) != Fate::CandidateFails)
        .map(|(target, budget, tolerance)| {
            let check = Relative::new(input, sides, target, budget, tolerance);
            let against = against(&check, sides, jobs.get(target.id.suite.as_str()));
            (check, against, None)
        })
        .collect();
    // Holm's step-down, written as tests by interval: as long as something is rejected at alpha / m, the others
    // may be tried at alpha / (m - rejected).
    let mut family = family(open.iter().map(|(_, against, _)| against));
    loop {
        let levels = levels(family);
        let mut rejected = 0;
        for (check, against, slot) in &mut open {
            if slot
                .as_ref()
                .is_some_and(|check| check.verdict != VerdictKind::Inconclusive)
            {
                continue;
            }
            let judged = match against {
                Against::Settled(settled) => (**settled).clone(),
                Against::Pairs(pairs) => check.by_pairs(pairs, levels),
                Against::Jobs(jobs) => check.by_jobs(jobs, &kernels, levels),
            };
            if judged.verdict == VerdictKind::Regressed {
                rejected += 1;
            }
            *slot = Some(judged);
        }
        if rejected == 0 || family <= rejected {
            break;
        }
        family -= rejected;
    }
    open.into_iter().filter_map(|(_, _, check)| check).collect()
}

/// Checks that share the level of the job: those that may claim something.
fn family<'a>(all: impl Iterator<Item = &'a Against<'a>>) -> usize {
    all.filter(|against| !matches!(against, Against::Settled(_)))
        .count()
        .max(1)
}

fn levels(family: usize) -> Levels {
    Levels {
        fail: ALPHA / family as f64,
        pass: BETA,
    }
}

/// One relative check before it is judged.
#[derive(Clone, Copy)]
pub(super) struct Relative<'a> {
    input: GateInput<'a>,
    target: &'a Target<'a>,
    budget: usize,
    zone: Zone,
}

impl<'a> Relative<'a> {
    pub(super) fn new(
        input: GateInput<'a>,
        sides: &Sides<'_>,
        target: &'a Target<'a>,
        budget: usize,
        tolerance: Change,
    ) -> Self {
        // Where code was linked moves times, not counts.
        let floor = if repeats_exactly(&target.series.metric) {
            Change::ZERO
        } else {
            sides.floor(&target.id.suite)
        };
        Self {
            input,
            target,
            budget,
            zone: Zone { floor, tolerance },
        }
    }

    fn check(&self, verdict: VerdictKind) -> Check {
        let limit = Limit::Slower(self.zone.tolerance);
        check_of(self.input, self.target, limit, self.budget, verdict)
    }

    fn noted(&self, verdict: VerdictKind, note: impl Into<String>) -> Check {
        let mut check = self.check(verdict);
        check.notes.push(note.into());
        check
    }

    fn refused(&self, reason: NotComparable) -> Check {
        let verdict = match (reason.cause(), &reason) {
            (_, NotComparable::New) => VerdictKind::New,
            (Cause::NoReference, _) => VerdictKind::NotComparable,
            (Cause::ThisRun, _) => VerdictKind::Inconclusive,
            (Cause::Contradiction, _) => VerdictKind::Invalid,
        };
        let mut check = self.check(verdict);
        if matches!(reason.cause(), Cause::ThisRun | Cause::Contradiction) {
            check.notes.push(reason.describe());
        }
        check.not_comparable = Some(reason);
        check
    }

    /// The comparison itself; also what the plan is asked while it measures.
    pub(super) fn compare(
        &self,
        pairs: &Pairs,
        levels: Levels,
    ) -> Result<(VerdictKind, Comparison), NotComparable> {
        let metric = &self.target.series.metric;
        let exact = repeats_exactly(metric);
        let zone = self.zone_of(pairs);
        let added = added(metric);
        let usable = raised(&pairs.usable, added);
        let comparison = compare_pairs(&usable, levels, zone, exact)?.lowered(added);
        let verdict = verdict_of(&comparison, zone, metric.better);
        Ok((verdict, comparison))
    }

    /// Counters move by themselves: with the environment, the linker, a page of memory. Known ones have a slack for that
    /// beside the budget's tolerance.
    fn zone_of(&self, pairs: &Pairs) -> Zone {
        let metric = &self.target.series.metric;
        match counter_rule(metric) {
            Some(rule) if repeats_exactly(metric) => {
                let base: Vec<f64> = pairs.usable.iter().map(|pair| pair.base).collect();
                let base = stats::median(&base).unwrap_or(0.0);
                rule.zone(base, Some(self.zone.tolerance))
            }
            _ => self.zone,
        }
    }

    pub(super) fn is_blind(&self, comparison: &Comparison) -> bool {
        is_blind(comparison, self.zone)
    }

    fn by_pairs(&self, pairs: &Pairs, levels: Levels) -> Check {
        match self.compare(pairs, levels) {
            Ok((verdict, comparison)) => self.compared(verdict, comparison, Some(pairs)),
            Err(reason) => {
                let mut check = self.refused(reason);
                check.notes.extend(pairs.note());
                check
            }
        }
    }

    fn by_jobs(&self, jobs: &Jobs<'_>, kernels: &BTreeMap<String, f64>, levels: Levels) -> Check {
        match compare_with_jobs(self.target, jobs, kernels, levels, self.zone) {
            Ok(comparison) => {
                let better = self.target.series.metric.better;
                let verdict = verdict_of(&comparison, self.zone, better);
                self.compared(verdict, comparison, None)
            }
            Err(reason) => self.refused(reason),
        }
    }

    fn compared(
        &self,
        verdict: VerdictKind,
        comparison: Comparison,
        pairs: Option<&Pairs>,
    ) -> Check {
        let mut check = self.check(verdict);
        check.notes.extend(self.notes(verdict, &comparison, pairs));
        check.comparison = Some(comparison);
        check
    }

    /// What the reader of a row must know beside its numbers. Everything that looks at the data of one comparison and does
    /// not change its verdict belongs here: a flag for samples with two modes, for example.
    fn notes(
        &self,
        verdict: VerdictKind,
        comparison: &Comparison,
        pairs: Option<&Pairs>,
    ) -> Vec<String> {
        let mut notes = Vec::new();
        let is_claim = matches!(verdict, VerdictKind::Regressed | VerdictKind::Improved);
        if self.is_blind(comparison) && !is_claim {
            notes.push(format!(
                "too noisy for this tolerance: only {} would be seen",
                comparison.detectable
            ));
        }
        // Work that vanished looks like a wonderful speed-up.
        let gain = match self.target.series.metric.better {
            Better::Lower => comparison.effect.fraction(),
            Better::Higher => comparison.effect.reversed().fraction(),
        };
        if verdict == VerdictKind::Improved && gain <= -0.9 {
            notes.push(
                "suspicious: nine tenths of the cost are gone; is the work still done?".to_owned(),
            );
        }
        if let Some(pairs) = pairs {
            notes.extend(pairs.note());
            notes.extend(about_the_values(&self.target.series.metric, verdict, pairs));
        }
        notes
    }
}

/// Finds out what a check can be made with.
fn against<'a>(
    check: &Relative<'_>,
    sides: &Sides<'_>,
    jobs: Option<&'a Result<Jobs<'a>, NotComparable>>,
) -> Against<'a> {
    let settled = |check: Check| Against::Settled(Box::new(check));
    let target = check.target;
    match (sides.base(&target.id.suite), jobs) {
        (Base::Identical, _) => settled(check.noted(VerdictKind::Unchanged, IDENTICAL)),
        // Counts of two jobs are compared although their times are not.
        (Base::Unusable(why), _)
            if target.base.is_empty() || !repeats_exactly(&target.series.metric) =>
        {
            settled(check.refused(NotComparable::BaseUnusable {
                why: why.to_owned(),
            }))
        }
        (Base::Unusable(_) | Base::Measured, _) => match pairs(check, sides) {
            Ok(pairs) => Against::Pairs(pairs),
            Err(check) => settled(*check),
        },
        (Base::None, _) if target.is_short() => settled(check.check(VerdictKind::Invalid)),
        (Base::None, Some(Ok(jobs))) => Against::Jobs(jobs),
        (Base::None, Some(Err(reason))) => settled(check.refused(reason.clone())),
        (Base::None, None) => settled(check.refused(NotComparable::NoBaseline)),
    }
}

/// The pairs of a check whose suite has a base, or why there is nothing to compare.
fn pairs(check: &Relative<'_>, sides: &Sides<'_>) -> Result<Pairs, Box<Check>> {
    let target = check.target;
    if let Fate::BaseFails(why) = sides.fate(target.id) {
        let why = why.clone();
        return Err(Box::new(check.refused(NotComparable::BaseUnusable { why })));
    }
    // Nothing to compare, because somebody said so: no pass, and no fault of either side.
    for (side, told, withheld) in [
        (Side::Base, &target.base, WITHHELD_BY[0]),
        (Side::Candidate, &target.candidate, WITHHELD_BY[1]),
    ] {
        if let (true, Some(why)) = (told.is_empty(), target.withheld(side)) {
            let note = format!("{withheld}: {why}");
            let mut refused = check.check(VerdictKind::Invalid);
            refused.notes = vec![note];
            return Err(Box::new(refused));
        }
    }
    if target.base.is_empty() {
        let reason = match sides.base_unlisted(&target.id.suite) {
            Some(failure) => NotComparable::BaseUnusable {
                why: format!(
                    "the base could not be listed: its executable {}",
                    failure.kind.describe()
                ),
            },
            None => NotComparable::New,
        };
        return Err(Box::new(check.refused(reason)));
    }
    if target.candidate.is_empty() {
        let note = "measured on the base side only: the candidate gave nothing";
        return Err(Box::new(check.noted(VerdictKind::Missing, note)));
    }
    let pairs = Pairs::of(target.record, &target.base, &target.candidate, sides);
    if pairs.are_too_few() {
        let mut refused = check.check(VerdictKind::Invalid);
        refused.notes.extend(pairs.note());
        let of_base = target.withheld(Side::Base);
        refused
            .notes
            .extend(of_base.map(|why| format!("{}: {why}", WITHHELD_BY[0])));
        return Err(Box::new(refused));
    }
    Ok(pairs)
}

/// Every relative check with pairs, judged at the level of a family of one.
pub(super) fn alone(input: GateInput<'_>, sides: &Sides<'_>, targets: &[Target<'_>]) -> Vec<Alone> {
    with_pairs(input, sides, targets)
        .into_iter()
        .map(|(check, pairs)| {
            let compared = check.compare(&pairs, levels(1)).ok();
            Alone {
                pairs: pairs.usable,
                compared,
            }
        })
        .collect()
}

/// The relative checks of these targets that have pairs.
fn with_pairs<'a>(
    input: GateInput<'a>,
    sides: &Sides<'_>,
    targets: &'a [Target<'a>],
) -> Vec<(Relative<'a>, Pairs)> {
    let mut found = Vec::new();
    for target in targets {
        for (budget, limit) in &target.limits {
            if let Limit::Slower(tolerance) = limit
                && *sides.fate(target.id) == Fate::Works
            {
                let check = Relative::new(input, sides, target, *budget, *tolerance);
                if let Ok(pairs) = pairs(&check, sides) {
                    found.push((check, pairs));
                }
            }
        }
    }
    found
}

/// What is not decided yet of the relative checks of these targets, at the level of the family and without Holm's
/// optimism: what else will be rejected is not known before the end.
pub(super) fn undecided<'a>(
    input: GateInput<'a>,
    sides: &Sides<'_>,
    targets: &'a [Target<'a>],
) -> impl Iterator<Item = (&'a Target<'a>, Pairs)> {
    let open = with_pairs(input, sides, targets);
    let levels = levels(open.len().max(1));
    open.into_iter().filter_map(move |(check, pairs)| {
        let is_open = match check.compare(&pairs, levels) {
            Ok((VerdictKind::Inconclusive, _)) => true,
            Ok((VerdictKind::Unchanged | VerdictKind::NotSlower, comparison)) => {
                check.is_blind(&comparison)
            }
            Ok(_) => false,
            Err(reason) => matches!(reason, NotComparable::TooFewObservations { .. }),
        };
        is_open.then_some((check.target, pairs))
    })
}

/// Whether the check would have missed twice the tolerance.
fn is_blind(comparison: &Comparison, zone: Zone) -> bool {
    comparison.detectable.log() > 2.0 * zone.tolerance.log()
}

/// The rules, and one more: a prediction from other jobs that would have missed twice the tolerance must not say
/// "unchanged". Pairs may: their pass has its own level, and what they could have missed stands beside it.
fn verdict_of(comparison: &Comparison, zone: Zone, better: Better) -> VerdictKind {
    match judge_relative(comparison, zone, better) {
        VerdictKind::Unchanged | VerdictKind::NotSlower
            if is_blind(comparison, zone) && comparison.method == Method::Baseline =>
        {
            VerdictKind::Inconclusive
        }
        other => other,
    }
}

/// The baselines' jobs for each suite that has no base in this run.
fn jobs_of_suites<'a, 't>(
    input: GateInput<'a>,
    sides: &Sides<'_>,
    targets: impl Iterator<Item = &'t Target<'t>>,
) -> BTreeMap<&'t str, Result<Jobs<'a>, NotComparable>> {
    let class = MachineClass::of(&input.run.environment);
    let mut jobs = BTreeMap::new();
    for target in targets {
        let suite = target.id.suite.as_str();
        if sides.base(suite) == Base::None {
            jobs.entry(suite)
                .or_insert_with(|| jobs_of(input, &class, suite));
        }
    }
    jobs
}
