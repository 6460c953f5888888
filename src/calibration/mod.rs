//! How often this gate claims a change where there is none: counted on the user's own machine and benches, job by job.
//! Pure; the file is read and written by [`store`](crate::baseline::store).

mod count;
mod format;
mod slow;

pub use count::count;
pub use format::{CALIBRATION_VERSION, read_calibration, write_calibration};
pub use slow::{must_be_seen, slowed};

use crate::baseline::MachineClass;
use crate::verdict::FalseAlarms;

/// Name of the file beside the baselines.
pub const CALIBRATION_FILE: &str = "calibration.json";

/// Every job that compared a program with itself, oldest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Calibration {
    /// Jobs of all machine classes.
    pub jobs: Vec<CalibrationJob>,
}

/// One job of `tollgate calibrate`.
#[derive(Debug, Clone, PartialEq)]
pub struct CalibrationJob {
    /// RFC 3339 in UTC.
    pub started: String,
    /// Seed of its order.
    pub seed: String,
    /// Where.
    pub class: MachineClass,
    /// What was counted.
    pub counts: Counts,
}

/// What came of comparing programs with themselves, each comparison at the level of a job with one benchmark: a job of
/// many spends less on each, so its rate is at most this.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Counts {
    /// Comparisons with enough pairs.
    pub comparisons: u32,
    /// Those that would have been called `regressed`.
    pub regressed: u32,
    /// Those that would have been called `improved`.
    pub improved: u32,
    /// Those that stayed undecided.
    pub inconclusive: u32,
    /// One-sided mid-p-values of "no change" at the first look: uniform between 0 and 1 if the pairs are sound.
    pub p_values: Vec<f64>,
}

impl Calibration {
    /// What was counted on machines of this class; `None` before the first comparison.
    #[must_use]
    pub fn of_class(&self, class: &MachineClass) -> Option<FalseAlarms> {
        let mut alarms = FalseAlarms {
            alarms: 0,
            comparisons: 0,
        };
        for job in self.jobs.iter().filter(|job| job.class == *class) {
            alarms.alarms = alarms.alarms.saturating_add(job.counts.regressed);
            alarms.comparisons = alarms.comparisons.saturating_add(job.counts.comparisons);
        }
        (alarms.comparisons > 0).then_some(alarms)
    }

    /// All p-values of this class.
    #[must_use]
    pub fn p_values(&self, class: &MachineClass) -> Vec<f64> {
        self.jobs
            .iter()
            .filter(|job| job.class == *class)
            .flat_map(|job| job.counts.p_values.iter().copied())
            .collect()
    }
}

/// Largest distance between the distribution of values in `0..=1` and the uniform one, and the distance that one set of
/// uniform values in twenty exceeds: Kolmogorov's `D` and Stephens' approximation of its 95 % point (M. A. Stephens, JASA 69
/// (1974), 730-737). `None` without values.
#[must_use]
pub fn distance_from_uniform(values: &[f64]) -> Option<(f64, f64)> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|p| p.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let distance = sorted
        .iter()
        .enumerate()
        .map(|(i, p)| {
            let (below, above) = (i as f64 / n, (i as f64 + 1.0) / n);
            (p - below).max(above - p)
        })
        .max_by(f64::total_cmp)?;
    Some((distance, 1.358 / (n.sqrt() + 0.12 + 0.11 / n.sqrt())))
}

#[cfg(test)]
mod tests;
