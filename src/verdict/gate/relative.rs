//! Checks against base or baseline, with one family-wise level over all of them.

use super::targets::{Target, check_of};
use super::{ALPHA, BETA, FLOOR_WITHOUT_LAYOUT, GateInput};
use crate::baseline::{Baseline, Job, MachineClass};
use crate::compare::{
    BaselineInput, Cause, Comparison, JobInput, Levels, Method, NotComparable, Zone,
    against_baseline, paired, repeats_exactly,
};
use crate::measurement::{Better, Side};
use crate::stats;
use crate::units::Change;
use crate::verdict::{Check, Limit, VerdictKind, judge_relative};
use std::collections::BTreeMap;

/// Baselines older than this are not compared with, in days.
pub const STALE_AFTER_DAYS: u32 = 60;

/// Share of stolen CPU time above which a comparison with another job is refused.
pub const STEAL_LIMIT: f64 = 0.05;

/// What a suite is compared with.
enum Reference<'a> {
    /// Base, measured in the same run.
    Pairs,
    /// Jobs of the same class and compiler, oldest first.
    Jobs {
        baseline: &'a Baseline,
        jobs: Vec<&'a Job>,
    },
    None(NotComparable),
}

pub(super) fn judge_all(input: GateInput<'_>, targets: &[Target<'_>]) -> Vec<Check> {
    let relative: Vec<(&Target<'_>, usize, Change)> = targets
        .iter()
        .flat_map(|target| {
            target.limits.iter().filter_map(move |(budget, limit)| {
                if let Limit::Slower(tolerance) = limit {
                    Some((target, *budget, *tolerance))
                } else {
                    None
                }
            })
        })
        .collect();
    let references = references(input, &relative);
    let kernels: BTreeMap<String, f64> = input
        .run
        .kernels
        .iter()
        .filter_map(|(name, values)| stats::median(values).map(|median| (name.clone(), median)))
        .collect();
    // Holm's step-down, written as tests by interval: as long as something is rejected at alpha / m, the others
    // may be tried at alpha / (m - rejected).
    let mut family = relative
        .iter()
        .filter(|(target, ..)| {
            !matches!(
                references.get(target.id.suite.as_str()),
                None | Some(Reference::None(_))
            )
        })
        .count()
        .max(1);
    let mut results: Vec<Option<Check>> = relative.iter().map(|_| None).collect();
    loop {
        let levels = Levels {
            fail: ALPHA / family as f64,
            pass: BETA,
        };
        let mut rejected = 0;
        for ((target, budget, tolerance), slot) in relative.iter().zip(&mut results) {
            if slot
                .as_ref()
                .is_some_and(|check| check.verdict != VerdictKind::Inconclusive)
            {
                continue;
            }
            let check = judge_target(
                input,
                target,
                *budget,
                *tolerance,
                references.get(target.id.suite.as_str()),
                &kernels,
                levels,
            );
            if check.verdict == VerdictKind::Regressed {
                rejected += 1;
            }
            *slot = Some(check);
        }
        if rejected == 0 || family <= rejected {
            break;
        }
        family -= rejected;
    }
    results.into_iter().flatten().collect()
}

fn judge_target(
    input: GateInput<'_>,
    target: &Target<'_>,
    budget: usize,
    tolerance: Change,
    reference: Option<&Reference<'_>>,
    kernels: &BTreeMap<String, f64>,
    levels: Levels,
) -> Check {
    // Where code was linked moves times, not counts.
    let floor = if repeats_exactly(&target.series.metric) {
        0.0
    } else {
        FLOOR_WITHOUT_LAYOUT
    };
    let zone = Zone {
        floor: Change::from_fraction(floor),
        tolerance,
    };
    let compared = match reference {
        _ if target.is_short() => {
            return check_of(
                input,
                target,
                Limit::Slower(tolerance),
                budget,
                VerdictKind::Invalid,
            );
        }
        Some(Reference::Pairs) => paired(
            &pairs_of(target),
            levels,
            zone,
            repeats_exactly(&target.series.metric),
        ),
        Some(Reference::Jobs { baseline, jobs }) => {
            compare_with_jobs(target, baseline, jobs, kernels, levels, zone)
        }
        Some(Reference::None(reason)) => Err(reason.clone()),
        None => Err(NotComparable::NoBaseline),
    };
    let limit = Limit::Slower(tolerance);
    match compared {
        Ok(comparison) => {
            let (verdict, notes) = verdict_of(&comparison, zone, target.series.metric.better);
            let mut check = check_of(input, target, limit, budget, verdict);
            check.notes.extend(notes);
            check.comparison = Some(comparison);
            check
        }
        Err(reason) => {
            let verdict = match (reason.cause(), &reason) {
                (_, NotComparable::New) => VerdictKind::New,
                (Cause::NoReference, _) => VerdictKind::NotComparable,
                (Cause::ThisRun, _) => VerdictKind::Inconclusive,
                (Cause::Contradiction, _) => VerdictKind::Invalid,
            };
            let mut check = check_of(input, target, limit, budget, verdict);
            if matches!(reason.cause(), Cause::ThisRun | Cause::Contradiction) {
                check.notes.push(reason.describe());
            }
            check.not_comparable = Some(reason);
            check
        }
    }
}

/// The rules, and one more: a prediction from other jobs that would have missed twice the tolerance must not say
/// "unchanged". Pairs may: their pass has its own level, and what they could have missed stands beside it.
fn verdict_of(comparison: &Comparison, zone: Zone, better: Better) -> (VerdictKind, Vec<String>) {
    let verdict = judge_relative(comparison, zone, better);
    let mut notes = Vec::new();
    let blind = comparison.detectable.log() > 2.0 * zone.tolerance.log();
    let verdict = match verdict {
        VerdictKind::Unchanged | VerdictKind::NotSlower
            if blind && comparison.method == Method::Baseline =>
        {
            VerdictKind::Inconclusive
        }
        other => other,
    };
    if blind && !matches!(verdict, VerdictKind::Regressed | VerdictKind::Improved) {
        notes.push(format!(
            "too noisy for this tolerance: only {} would be seen",
            comparison.detectable
        ));
    }
    // Work that vanished looks like a wonderful speed-up.
    let gain = match better {
        Better::Lower => comparison.effect.fraction(),
        Better::Higher => comparison.effect.reversed().fraction(),
    };
    if verdict == VerdictKind::Improved && gain <= -0.9 {
        notes.push(
            "suspicious: nine tenths of the cost are gone; is the work still done?".to_owned(),
        );
    }
    (verdict, notes)
}

/// Base and candidate of the same round, in the order of rounds. A round in which one of them failed has no pair.
fn pairs_of(target: &Target<'_>) -> Vec<(f64, f64)> {
    let base: BTreeMap<u32, f64> = target.base.iter().copied().collect();
    let candidate: BTreeMap<u32, f64> = target.candidate.iter().copied().collect();
    base.into_iter()
        .filter_map(|(round, base)| candidate.get(&round).map(|candidate| (base, *candidate)))
        .collect()
}

fn compare_with_jobs(
    target: &Target<'_>,
    baseline: &Baseline,
    jobs: &[&Job],
    kernels: &BTreeMap<String, f64>,
    levels: Levels,
    zone: Zone,
) -> Result<Comparison, NotComparable> {
    let key = (target.id.name.clone(), target.series.metric.name.clone());
    let series = baseline.series.get(&key).ok_or(NotComparable::New)?;
    let (ours, theirs) = (&target.series.metric, &series.metric);
    if ours != theirs {
        return Err(NotComparable::OtherMetric {
            difference: format!(
                "{} in {}, better {:?} -> {} in {}, better {:?}",
                theirs.name, theirs.unit, theirs.better, ours.name, ours.unit, ours.better
            )
            .to_lowercase(),
        });
    }
    if kernels.is_empty() && jobs.iter().any(|job| !job.kernels.is_empty()) {
        return Err(NotComparable::KernelOff {
            detail: "the reference kernels gave nothing in this run".to_owned(),
        });
    }
    let inputs: Vec<JobInput<'_>> = jobs
        .iter()
        .filter_map(|job| {
            series.jobs.get(&job.id).map(|values| JobInput {
                values,
                kernels: &job.kernels,
            })
        })
        .collect();
    if inputs.is_empty() {
        return Err(NotComparable::New);
    }
    let values = target.values();
    against_baseline(
        &BaselineInput {
            jobs: &inputs,
            candidate: &values,
            kernels,
            exact: repeats_exactly(&target.series.metric),
        },
        levels,
        zone,
    )
}

/// What each suite of the relative checks is compared with.
fn references<'a>(
    input: GateInput<'a>,
    relative: &[(&Target<'a>, usize, Change)],
) -> BTreeMap<&'a str, Reference<'a>> {
    let class = MachineClass::of(&input.run.environment);
    let mut references = BTreeMap::new();
    for (target, ..) in relative {
        let suite = target.id.suite.as_str();
        references.entry(suite).or_insert_with(|| {
            if has_base(input, suite) {
                Reference::Pairs
            } else {
                reference_of(input, &class, suite)
            }
        });
    }
    references
}

fn has_base(input: GateInput<'_>, suite: &str) -> bool {
    input
        .run
        .benchmarks
        .iter()
        .filter(|benchmark| benchmark.id.suite == suite)
        .flat_map(|benchmark| &benchmark.series)
        .flat_map(|series| &series.observations)
        .any(|observation| observation.side == Side::Base)
}

fn reference_of<'a>(input: GateInput<'a>, class: &MachineClass, suite: &str) -> Reference<'a> {
    let of_suite: Vec<&Baseline> = input
        .baselines
        .iter()
        .filter(|baseline| baseline.suite == suite && !baseline.jobs.is_empty())
        .collect();
    let Some(baseline) = of_suite
        .iter()
        .find(|baseline| baseline.class.difference(class).is_empty())
    else {
        // The class that differs in the fewest facts explains best why none fits.
        let nearest = of_suite
            .iter()
            .map(|baseline| baseline.class.difference(class))
            .min_by_key(|difference| (difference.matches("->").count(), difference.clone()));
        return Reference::None(nearest.map_or(NotComparable::NoBaseline, |difference| {
            NotComparable::OtherMachine { difference }
        }));
    };
    // Commands are not built by us: both may be without a compiler.
    let rustc = input
        .run
        .environment
        .toolchain
        .rustc
        .as_deref()
        .unwrap_or("");
    let jobs: Vec<&Job> = baseline
        .jobs
        .iter()
        .filter(|job| job.rustc == rustc)
        .collect();
    let Some(newest) = jobs.last() else {
        return Reference::None(NotComparable::OtherCompiler {
            baseline: baseline
                .jobs
                .last()
                .map_or_else(String::new, |job| job.rustc.clone()),
            candidate: match rustc {
                "" => "an unknown compiler".to_owned(),
                known => known.to_owned(),
            },
        });
    };
    if let Some(days) = days_between(&newest.started, &input.run.header.started)
        && days > STALE_AFTER_DAYS
    {
        return Reference::None(NotComparable::Stale {
            days,
            limit: STALE_AFTER_DAYS,
        });
    }
    if let Some(share) = input.run.environment.steal
        && share > STEAL_LIMIT
    {
        return Reference::None(NotComparable::Steal { share });
    }
    Reference::Jobs { baseline, jobs }
}

/// Whole days between two RFC 3339 times, whichever is later; `None` if either cannot be read.
fn days_between(earlier: &str, later: &str) -> Option<u32> {
    let earlier: jiff::Timestamp = earlier.parse().ok()?;
    let later: jiff::Timestamp = later.parse().ok()?;
    u32::try_from(later.duration_since(earlier).as_secs().unsigned_abs() / 86_400).ok()
}
