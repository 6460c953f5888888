//! Comparison with jobs of a committed baseline.

use super::GateInput;
use super::targets::Target;
use crate::baseline::{Baseline, Job, MachineClass};
use crate::compare::{
    BaselineInput, Comparison, JobInput, Levels, NotComparable, Zone, added, against_baseline,
    repeats_exactly,
};
use std::collections::BTreeMap;

/// Baselines older than this are not compared with, in days.
pub const STALE_AFTER_DAYS: u32 = 60;

/// Share of stolen CPU time above which a comparison with another job is refused.
pub const STEAL_LIMIT: f64 = 0.05;

/// Jobs of the same class and compiler, oldest first.
pub(super) struct Jobs<'a> {
    baseline: &'a Baseline,
    jobs: Vec<&'a Job>,
}

pub(super) fn compare_with_jobs(
    target: &Target<'_>,
    Jobs { baseline, jobs }: &Jobs<'_>,
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
    let added = added(&target.series.metric);
    let raise = |values: &[f64]| -> Vec<f64> { values.iter().map(|value| value + added).collect() };
    let raised: Vec<(Vec<f64>, _)> = (jobs.iter())
        .filter_map(|job| Some((raise(series.jobs.get(&job.id)?), &job.kernels)))
        .collect();
    let inputs: Vec<JobInput<'_>> = (raised.iter())
        .map(|(values, kernels)| JobInput { values, kernels })
        .collect();
    if inputs.is_empty() {
        return Err(NotComparable::New);
    }
    let values = raise(&target.values());
    let comparison = against_baseline(
        &BaselineInput {
            jobs: &inputs,
            candidate: &values,
            kernels,
            exact: repeats_exactly(&target.series.metric),
        },
        levels,
        zone,
    )?;
    Ok(comparison.lowered(added))
}

/// What a suite is compared with that was measured on one side only.
pub(super) fn jobs_of<'a>(
    input: GateInput<'a>,
    class: &MachineClass,
    suite: &str,
) -> Result<Jobs<'a>, NotComparable> {
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
        return Err(nearest.map_or(NotComparable::NoBaseline, |difference| {
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
        return Err(NotComparable::OtherCompiler {
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
        return Err(NotComparable::Stale {
            days,
            limit: STALE_AFTER_DAYS,
        });
    }
    if let Some(share) = input.run.environment.steal
        && share > STEAL_LIMIT
    {
        return Err(NotComparable::Steal { share });
    }
    Ok(Jobs { baseline, jobs })
}

/// Whole days between two RFC 3339 times, whichever is later; `None` if either cannot be read.
fn days_between(earlier: &str, later: &str) -> Option<u32> {
    let earlier: jiff::Timestamp = earlier.parse().ok()?;
    let later: jiff::Timestamp = later.parse().ok()?;
    u32::try_from(later.duration_since(earlier).as_secs().unsigned_abs() / 86_400).ok()
}
