//! A run against the jobs of a committed baseline: prediction interval.
//!
//! Between two jobs on machines of one class a benchmark moves by some percent, however often each job repeats it.
//! So the unit here is the job: every job gives one number, and the question is whether the candidate's number is
//! one that the earlier jobs would have predicted. What the jobs have in common with reference kernels, measured
//! in the same jobs, is taken out first.

mod kernels;

use super::{Comparison, Interval, Levels, Method, NotComparable, Zone, detectable, exact};
use crate::stats::{MAD_TO_SD, Prediction, median, median_deviation, predict};
use crate::units::Change;
use kernels::Kernels;
use serde::Serialize;
use std::collections::BTreeMap;

pub use kernels::Calibration;

/// Fewer jobs do not say how much jobs differ.
pub const JOBS_NEEDED: u32 = 8;

/// Invocations that scatter this many times as much as in the baseline's jobs mean a disturbed machine.
const UNSTEADY: f64 = 3.0;

/// Scatter (as a log standard deviation) below this is not told apart: three times nearly nothing is no disturbance.
const STEADY: f64 = 0.005;

/// Fewer invocations have no scatter to speak of.
const SCATTER_FROM: usize = 3;

/// Values that it takes to believe that an exact metric repeats.
const EXACT_FROM: usize = 3;

/// One job of the baseline, for one benchmark and metric.
#[derive(Debug, Clone, PartialEq)]
pub struct JobInput<'a> {
    /// Statistic of each invocation. A job without any is not counted.
    pub values: &'a [f64],
    /// Median time of each reference kernel in that job.
    pub kernels: &'a BTreeMap<String, f64>,
}

/// Everything that the decision needs.
#[derive(Debug, Clone, PartialEq)]
pub struct BaselineInput<'a> {
    /// Comparable jobs (same class, same compiler), oldest first.
    pub jobs: &'a [JobInput<'a>],
    /// Statistic of each invocation of the candidate.
    pub candidate: &'a [f64],
    /// Median time of each reference kernel in the candidate's job.
    pub kernels: &'a BTreeMap<String, f64>,
    /// The metric repeats by its nature (see [`super::repeats_exactly`]): if all jobs agree, no number of jobs is needed.
    pub exact: bool,
}

/// What the baseline predicts for this job, and what came.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BaselineFit {
    /// Jobs that were used.
    pub jobs: u32,
    /// Invocations of the candidate.
    pub invocations: u32,
    /// What the baseline predicts for this job, kernels taken into account, in the metric's unit.
    pub expected: f64,
    /// Median over the candidate's invocations.
    pub observed: f64,
    /// ln(observed / expected).
    pub effect: Change,
    /// Standard error of the prediction on the log scale.
    pub error: f64,
    /// Degrees of freedom of `error`.
    pub df: f64,
    /// The reference kernel that was used; `None` where no kernel was measured in all jobs and in this one.
    pub calibration: Option<Calibration>,
}

impl BaselineFit {
    /// The comparison at these levels.
    #[must_use]
    pub fn comparison(&self, levels: Levels, zone: Zone) -> Comparison {
        let prediction = Prediction {
            centre: 0.0,
            error: self.error,
            df: self.df,
        };
        let around = |half_width: f64| Interval {
            low: Change::from_log(self.effect.log() - half_width),
            high: Change::from_log(self.effect.log() + half_width),
        };
        let half_width = prediction.half_width(levels.fail);
        Comparison {
            method: Method::Baseline,
            base: self.expected,
            candidate: self.observed,
            effect: self.effect,
            interval: around(half_width),
            pass_interval: around(prediction.half_width(levels.pass)),
            fail_level: levels.fail,
            detectable: detectable(zone, half_width, self.error),
            base_n: self.jobs,
            candidate_n: self.invocations,
            more_pairs: None,
        }
    }
}

/// Compares by prediction interval with kernel calibration; exactly, where all values of all jobs are equal and those of the
/// candidate too (for a metric that is not `exact` that takes [`JOBS_NEEDED`] jobs).
///
/// # Errors
/// A reason why the two must not be compared.
pub fn against_baseline(
    input: &BaselineInput<'_>,
    levels: Levels,
    zone: Zone,
) -> Result<Comparison, NotComparable> {
    if let Some(comparison) = exactly(input, levels, zone)? {
        return Ok(comparison);
    }
    Ok(baseline_fit(input)?.comparison(levels, zone))
}

/// The exact comparison, where there is one.
fn exactly(
    input: &BaselineInput<'_>,
    levels: Levels,
    zone: Zone,
) -> Result<Option<Comparison>, NotComparable> {
    let jobs = used(input).count();
    let enough_jobs = jobs >= JOBS_NEEDED as usize;
    if !input.exact && !enough_jobs {
        return Ok(None);
    }
    let base: Vec<f64> = used(input)
        .flat_map(|job| job.values.iter().copied())
        .collect();
    let counts = (as_count(jobs), as_count(input.candidate.len()));
    let Some(comparison) = exact::comparison(&base, input.candidate, counts, levels, zone) else {
        return Ok(None);
    };
    if base.len() < EXACT_FROM {
        return Err(NotComparable::TooFewObservations {
            got: as_count(base.len()),
            needed: as_count(EXACT_FROM),
        });
    }
    // Times that the tool prints as zero are too short for it, not infinitely faster.
    Ok((input.exact || comparison.effect.log().is_finite()).then_some(comparison))
}

/// Predicts the candidate from the jobs. One job is one number, the median of its invocations' logarithms.
///
/// # Errors
/// [`NotComparable::TooFewJobs`], [`NotComparable::TooFewObservations`] (the candidate has less than half the invocations of a
/// usual job, so its median is less sure than theirs), [`NotComparable::NoRatio`], [`NotComparable::KernelOff`],
/// [`NotComparable::Unsteady`].
pub fn baseline_fit(input: &BaselineInput<'_>) -> Result<BaselineFit, NotComparable> {
    let jobs: Vec<&JobInput<'_>> = used(input).collect();
    if jobs.len() < JOBS_NEEDED as usize {
        return Err(NotComparable::TooFewJobs {
            jobs: as_count(jobs.len()),
            needed: JOBS_NEEDED,
        });
    }
    enough_invocations(&jobs, input.candidate)?;
    let levels = jobs
        .iter()
        .map(|job| Level::of(job.values))
        .collect::<Option<Vec<_>>>()
        .ok_or(NotComparable::NoRatio)?;
    let now = Level::of(input.candidate).ok_or(NotComparable::NoRatio)?;
    let kernels = Kernels::of(jobs.iter().map(|job| job.kernels), input.kernels);
    if let Some(detail) = kernels.off() {
        return Err(NotComparable::KernelOff { detail });
    }
    steady(&levels, &now)?;

    let centres: Vec<f64> = levels.iter().map(|level| level.centre).collect();
    let plain = predict(&centres).ok_or(NotComparable::NoRatio)?;
    let (expected, error, calibration) = match kernels.calibrate(&centres) {
        Some(fitted) => (
            plain.centre + fitted.calibration.shift.log(),
            fitted.error,
            Some(fitted.calibration),
        ),
        None => (plain.centre, plain.error, None),
    };
    Ok(BaselineFit {
        jobs: as_count(jobs.len()),
        invocations: as_count(input.candidate.len()),
        expected: expected.exp(),
        observed: now.centre.exp(),
        effect: Change::from_log(now.centre - expected),
        error,
        df: plain.df,
        calibration,
    })
}

/// Jobs that measured this benchmark at all.
fn used<'a>(input: &BaselineInput<'a>) -> impl Iterator<Item = &'a JobInput<'a>> {
    input.jobs.iter().filter(|job| !job.values.is_empty())
}

/// Where the invocations of one job lie, and how they scatter.
struct Level {
    /// Median of the logarithms.
    centre: f64,
    /// Robust standard deviation of the logarithms; `None` for fewer than [`SCATTER_FROM`].
    scatter: Option<f64>,
}

impl Level {
    /// `None` for a value that is zero, negative or not finite, and for no values.
    fn of(values: &[f64]) -> Option<Self> {
        if !values.iter().all(|&value| value > 0.0) {
            return None;
        }
        let logs: Vec<f64> = values.iter().map(|value| value.ln()).collect();
        let scatter = (logs.len() >= SCATTER_FROM)
            .then(|| median_deviation(&logs).map(|deviation| MAD_TO_SD * deviation))
            .flatten();
        Some(Self {
            centre: median(&logs)?,
            scatter,
        })
    }
}

fn enough_invocations(jobs: &[&JobInput<'_>], candidate: &[f64]) -> Result<(), NotComparable> {
    let counts: Vec<f64> = jobs.iter().map(|job| job.values.len() as f64).collect();
    let usual = median(&counts).unwrap_or(0.0);
    let needed = (0.5 * usual).ceil().max(1.0) as usize;
    if candidate.len() < needed {
        return Err(NotComparable::TooFewObservations {
            got: as_count(candidate.len()),
            needed: as_count(needed),
        });
    }
    Ok(())
}

fn steady(jobs: &[Level], now: &Level) -> Result<(), NotComparable> {
    let scatters: Vec<f64> = jobs.iter().filter_map(|job| job.scatter).collect();
    if let (Some(usual), Some(scatter)) = (median(&scatters), now.scatter) {
        let factor = scatter / usual.max(STEADY);
        if factor > UNSTEADY {
            return Err(NotComparable::Unsteady { factor });
        }
    }
    Ok(())
}

fn as_count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
