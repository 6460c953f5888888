//! Reference kernels: what they say about the machine of a job.
//!
//! A kernel is a small frozen piece of work that tollgate runs in every job. If it got slower, the machine did.

use crate::stats::{median, median_deviation, predict};
use crate::units::Change;
use serde::Serialize;
use std::collections::BTreeMap;

/// The kernel that is used until the history shows a better one: a chain of integer operations.
const DEFAULT: &str = "alu";

/// Jobs that it takes to look for a better one.
const CHOOSE_FROM: usize = 20;

/// Another kernel must predict this much better. The best of nine kernels looks better than it is: simulated with
/// kernels that are all alike, 20 jobs and a nominal 2.5 %, taking the one of the highest correlation gave 4 to 6 % false
/// alarms; with this margin it is 2.5 to 2.7 %, and a benchmark that really follows another kernel still gets it in
/// 94 % of cases.
const BETTER: f64 = 0.6;

/// Strength of the belief that a benchmark moves as its kernel does, before the history is seen: that of three jobs
/// in which the kernel is 2 % from its mean.
const PRIOR: f64 = 3.0 * 0.02 * 0.02;

/// No benchmark follows its kernel more than this.
const STEEPEST: f64 = 1.2;

/// So many median absolute deviations from its median, a kernel is off.
const OFF: f64 = 4.0;

/// A median absolute deviation (log) below this is taken as this: eight equal jobs do not make the ninth suspect.
const LEAST_DEVIATION: f64 = 0.02;

/// Level of the prediction interval that a kernel must also leave to be off. With eight jobs, four median deviations
/// alone would call 9 % of sound kernels off (simulated, normal values).
const OFF_LEVEL: f64 = 0.001;

/// Two kernels whose ratio moved by more than this measure another kind of machine.
const APART: f64 = 1.10;

/// How the machine's speed in this job was taken into account.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    /// The kernel.
    pub kernel: String,
    /// How far the benchmark follows it: 1 is in full.
    pub beta: f64,
    /// What the kernel's speed in this job adds to the prediction.
    pub shift: Change,
}

/// A calibration and how well it would have predicted the jobs of the baseline.
pub(super) struct Fitted {
    pub(super) calibration: Calibration,
    /// Standard error of a prediction, log.
    pub(super) error: f64,
}

/// The kernels that were measured in every job and in this one, as logarithms.
pub(super) struct Kernels<'a> {
    kernels: Vec<Kernel<'a>>,
}

struct Kernel<'a> {
    name: &'a str,
    /// One a job.
    jobs: Vec<f64>,
    now: f64,
}

impl<'a> Kernels<'a> {
    pub(super) fn of(
        jobs: impl Iterator<Item = &'a BTreeMap<String, f64>>,
        now: &'a BTreeMap<String, f64>,
    ) -> Self {
        let mut kernels: Vec<Kernel<'a>> = now
            .iter()
            .filter_map(|(name, &time)| {
                Some(Kernel {
                    name,
                    jobs: Vec::new(),
                    now: logarithm(time)?,
                })
            })
            .collect();
        for job in jobs {
            kernels.retain_mut(|kernel| {
                let time = job.get(kernel.name).copied().and_then(logarithm);
                kernel.jobs.extend(time);
                time.is_some()
            });
        }
        Self { kernels }
    }

    /// Which kernel, or which two, say that this is not the machine of the baseline; a sentence.
    pub(super) fn off(&self) -> Option<String> {
        self.kernels.iter().find_map(Kernel::off).or_else(|| {
            self.kernels.iter().enumerate().find_map(|(i, one)| {
                self.kernels[..i]
                    .iter()
                    .find_map(|other| one.apart_from(other))
            })
        })
    }

    /// Fits the kernel that fits best to one number a job.
    pub(super) fn calibrate(&self, jobs: &[f64]) -> Option<Fitted> {
        let default = self
            .kernels
            .iter()
            .find(|kernel| kernel.name == DEFAULT)
            .and_then(|kernel| kernel.fit(jobs));
        if jobs.len() < CHOOSE_FROM {
            return default;
        }
        let enough = default
            .as_ref()
            .map_or(f64::INFINITY, |fitted| fitted.error)
            * BETTER;
        self.kernels
            .iter()
            .filter_map(|kernel| kernel.fit(jobs))
            .filter(|fitted| fitted.error < enough)
            .min_by(|a, b| a.error.total_cmp(&b.error))
            .or(default)
    }
}

impl Kernel<'_> {
    fn off(&self) -> Option<String> {
        let moved = moved(&self.jobs, self.now, OFF * LEAST_DEVIATION)?;
        Some(format!(
            "reference kernel `{}` is {} than is usual for this machine class",
            self.name,
            in_percent(moved)
        ))
    }

    fn apart_from(&self, other: &Self) -> Option<String> {
        let ratios: Vec<f64> = self
            .jobs
            .iter()
            .zip(&other.jobs)
            .map(|(one, other)| one - other)
            .collect();
        let moved = moved(&ratios, self.now - other.now, APART.ln())?;
        Some(format!(
            "reference kernel `{}` is {} beside `{}` than is usual for this machine class",
            self.name,
            in_percent(moved),
            other.name
        ))
    }

    /// Least squares through the jobs, shrunk towards a slope of one, and the error with which each job would have
    /// been predicted from the others.
    ///
    /// Predicting each job from the others pays for the slope and for kernel values beyond those seen; the residuals
    /// of the fit itself do not (simulated: 3.9 % false alarms at a nominal 2.5 % with 8 jobs, against 2.6 %).
    /// Sources: A. Hoerl and R. Kennard, Technometrics 12 (1970), 55-67 (shrinking); D. Allen, Technometrics 16 (1974),
    /// 125-127 (prediction sum of squares).
    fn fit(&self, jobs: &[f64]) -> Option<Fitted> {
        let n = jobs.len() as f64;
        if jobs.len() < 3 || jobs.len() != self.jobs.len() {
            return None;
        }
        let mean = |values: &[f64]| values.iter().sum::<f64>() / n;
        let (kernel_mean, job_mean) = (mean(&self.jobs), mean(jobs));
        let centred = || {
            self.jobs
                .iter()
                .zip(jobs)
                .map(|(kernel, job)| (kernel - kernel_mean, job - job_mean))
        };
        let (mut kk, mut ky) = (0.0, 0.0);
        for (k, y) in centred() {
            kk += k * k;
            ky += k * y;
        }
        // Leaving job j out takes away n/(n-1) of its products and moves both means by 1/(n-1) of its deviations.
        let back = n / (n - 1.0);
        let squares: f64 = centred()
            .map(|(k, y)| (back * (y - slope(kk - back * k * k, ky - back * k * y) * k)).powi(2))
            .sum();
        let beta = slope(kk, ky);
        let error = (squares / n).sqrt();
        let shift = beta * (self.now - kernel_mean);
        (error.is_finite() && shift.is_finite()).then(|| Fitted {
            calibration: Calibration {
                kernel: self.name.to_owned(),
                beta,
                shift: Change::from_log(shift),
            },
            error,
        })
    }
}

/// `kk` may come out a hair below zero after leaving a job out.
fn slope(kk: f64, ky: f64) -> f64 {
    ((ky + PRIOR) / (kk.max(0.0) + PRIOR)).clamp(0.0, STEEPEST)
}

/// How far a value is from the median of its history, if that is more than `least`, more than four median deviations, and
/// beyond the prediction interval.
fn moved(history: &[f64], now: f64, least: f64) -> Option<f64> {
    let by = now - median(history)?;
    if by.abs() <= least || by.abs() <= OFF * median_deviation(history)? {
        return None;
    }
    let prediction = predict(history)?;
    (by.abs() > prediction.half_width(OFF_LEVEL)).then_some(by)
}

fn in_percent(moved: f64) -> String {
    let percent = 100.0 * Change::from_log(moved).fraction();
    if percent < 0.0 {
        format!("{:.1}% faster", -percent)
    } else {
        format!("{percent:.1}% slower")
    }
}

fn logarithm(time: f64) -> Option<f64> {
    (time.is_finite() && time > 0.0).then(|| time.ln())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::testing::assert_near;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Oracle {
        kernel: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        k: Vec<f64>,
        y: Vec<f64>,
        now: f64,
        beta: f64,
        shift: f64,
        error: f64,
    }

    #[test]
    fn slope_and_error_are_those_of_refitting_without_each_job() {
        let oracle: Oracle =
            serde_json::from_str(include_str!("../../../tests/oracle/statistics.json")).unwrap();
        assert!(oracle.kernel.len() >= 4);
        for case in oracle.kernel {
            let kernel = Kernel {
                name: "alu",
                jobs: case.k,
                now: case.now,
            };
            let fitted = kernel.fit(&case.y).unwrap();
            assert_near(fitted.calibration.beta, case.beta, 1e-9);
            assert_near(fitted.calibration.shift.log(), case.shift, 1e-9);
            assert_near(fitted.error, case.error, 1e-9);
        }
    }

    #[test]
    fn a_kernel_that_never_moved_is_followed_in_full() {
        let kernel = Kernel {
            name: "alu",
            jobs: vec![3.0; 8],
            now: 3.02,
        };
        let fitted = kernel.fit(&[7.0, 7.01, 6.99, 7.0, 7.02, 7.0, 6.98, 7.0]);
        assert_near(fitted.unwrap().calibration.beta, 1.0, 1e-12);
    }
}
