//! `baselines/calibration.json`: one job a line, so that jobs of several branches merge.

use super::{Calibration, CalibrationJob, Counts};
use crate::baseline::MachineClass;
use crate::measurement::FormatError;
use crate::measurement::format::document::{Document, Versioned, format_error};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version that this tollgate writes.
pub const CALIBRATION_VERSION: u32 = 1;

const DOCUMENT: Document = Document {
    format: "tollgate-calibration",
    version: CALIBRATION_VERSION,
    what: "calibration file",
    labels: &[("jobs", &["started"])],
    next_step: "`tollgate calibrate` writes one",
};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCalibration {
    format: String,
    version: u32,
    jobs: Vec<RawJob>,
}

impl Versioned for RawCalibration {
    fn head(&self) -> (&str, u32) {
        (&self.format, self.version)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawJob {
    started: String,
    seed: String,
    comparisons: u32,
    regressed: u32,
    improved: u32,
    inconclusive: u32,
    p_values: Vec<f64>,
    class: BTreeMap<String, String>,
}

/// Reads a calibration file.
///
/// # Errors
/// Names the file and the job or line.
pub fn read_calibration(file: &str, text: &str) -> Result<Calibration, FormatError> {
    let raw: RawCalibration = DOCUMENT.parse(file, text.as_bytes())?;
    let mut jobs = Vec::with_capacity(raw.jobs.len());
    for (i, job) in raw.jobs.into_iter().enumerate() {
        problem(&job).map_err(|problem| format_error(file, &format!("jobs[{i}].{problem}")))?;
        jobs.push(CalibrationJob {
            started: job.started,
            seed: job.seed,
            class: MachineClass {
                facts: job.class.into_iter().collect(),
            },
            counts: Counts {
                comparisons: job.comparisons,
                regressed: job.regressed,
                improved: job.improved,
                inconclusive: job.inconclusive,
                p_values: job.p_values,
            },
        });
    }
    Ok(Calibration { jobs })
}

fn problem(job: &RawJob) -> Result<(), String> {
    crate::measurement::format::started(&job.started)
        .map_err(|problem| format!("started: {problem}"))?;
    let claims = [job.regressed, job.improved, job.inconclusive]
        .iter()
        .try_fold(0u32, |sum, count| sum.checked_add(*count));
    if claims.is_none_or(|claims| claims > job.comparisons) {
        return Err(format!(
            "comparisons: {} are fewer than what came of them",
            job.comparisons
        ));
    }
    if job.class.is_empty() {
        return Err("class: no facts about the machine".to_owned());
    }
    match job.p_values.iter().find(|p| !(0.0..=1.0).contains(*p)) {
        Some(wrong) => Err(format!("p-values: {wrong} is no probability")),
        None => Ok(()),
    }
}

/// Writes a calibration file.
#[must_use]
pub fn write_calibration(calibration: &Calibration) -> String {
    let mut text = format!(
        "{{\n\"format\": \"{}\",\n\"version\": {CALIBRATION_VERSION},\n\"jobs\": [\n",
        DOCUMENT.format
    );
    for (i, job) in calibration.jobs.iter().enumerate() {
        let raw = RawJob {
            started: job.started.clone(),
            seed: job.seed.clone(),
            comparisons: job.counts.comparisons,
            regressed: job.counts.regressed,
            improved: job.counts.improved,
            inconclusive: job.counts.inconclusive,
            // Four digits tell everything that a count of alarms needs.
            p_values: (job.counts.p_values.iter())
                .map(|p| (p * 1e4).round() / 1e4)
                .collect(),
            class: job.class.facts.iter().cloned().collect(),
        };
        // Strings, whole numbers and finite numbers: there is nothing that JSON could not hold.
        if let Ok(line) = serde_json::to_string(&raw) {
            if i > 0 {
                text.push_str(",\n");
            }
            text.push_str(&line);
        }
    }
    text.push_str("\n]\n}\n");
    text
}
