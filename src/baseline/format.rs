//! The baseline file: versioned JSON, one line a job and series, so that a new job is a small diff. See
//! `docs/baseline-format.md`.

use super::{Baseline, BaselineSeries, Job, MachineClass};
use crate::measurement::format::document::{Document, Versioned, format_error, quoted};
use crate::measurement::format::fields::{Amount, Name, given, pairs, unique_map};
use crate::measurement::{Better, FormatError, Metric};
use crate::units::Unit;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The version that this tollgate writes.
pub const BASELINE_VERSION: u32 = 1;

const DOCUMENT: Document = Document {
    format: "tollgate-baseline",
    version: BASELINE_VERSION,
    what: "baseline",
    labels: &[("series", &["benchmark", "metric"]), ("jobs", &["id"])],
    next_step: "docs/baseline-format.md describes it",
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBaseline {
    format: String,
    version: u32,
    suite: Name,
    #[serde(deserialize_with = "pairs")]
    class: Vec<(Name, String)>,
    jobs: Vec<RawJob>,
    series: Vec<RawSeries>,
}

impl Versioned for RawBaseline {
    fn head(&self) -> (&str, u32) {
        (&self.format, self.version)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a job")]
struct RawJob {
    id: String,
    started: String,
    commit: String,
    dirty: bool,
    rustc: String,
    #[serde(default, deserialize_with = "given")]
    steal: Option<Amount>,
    #[serde(deserialize_with = "unique_map")]
    kernels: BTreeMap<Name, Amount>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a series")]
struct RawSeries {
    benchmark: Name,
    metric: Name,
    unit: Name,
    better: Better,
    #[serde(deserialize_with = "unique_map")]
    jobs: BTreeMap<Name, Vec<Amount>>,
}

/// Reads and validates a baseline. `file` is only named in errors.
///
/// # Errors
/// Names the file and the field or line.
pub fn read_baseline(file: &str, text: &str) -> Result<Baseline, FormatError> {
    let raw: RawBaseline = DOCUMENT.parse(file, text.as_bytes())?;
    checked(raw).map_err(|problem| format_error(file, &problem))
}

fn checked(raw: RawBaseline) -> Result<Baseline, String> {
    if raw.class.is_empty() {
        return Err("class: no facts about the machine".to_owned());
    }
    if raw.jobs.is_empty() {
        return Err(
            "jobs: a baseline has at least one job; delete the file to start anew".to_owned(),
        );
    }
    for (i, job) in raw.jobs.iter().enumerate() {
        job_problem(job).map_err(|(field, problem)| {
            format!("jobs[{i}].{field} of {}: {problem}", quoted(&job.id))
        })?;
    }
    if let Some(i) = raw.jobs.windows(2).position(|two| two[0].id <= two[1].id) {
        return Err(format!(
            "jobs[{}].id: {} must be older than {} above it; jobs stand newest first, each once",
            i + 1,
            quoted(&raw.jobs[i + 1].id),
            quoted(&raw.jobs[i].id)
        ));
    }
    let ids: BTreeSet<String> = raw.jobs.iter().map(|job| job.id.clone()).collect();
    let mut series = BTreeMap::new();
    for (i, one) in raw.series.into_iter().enumerate() {
        let label = quoted(&format!("{}/{}", one.benchmark.0, one.metric.0));
        let problem = series_problem(&one, &ids);
        problem.map_err(|problem| format!("series[{i}].jobs of {label}: {problem}"))?;
        let key = (one.benchmark.0, one.metric.0.clone());
        let value = BaselineSeries {
            metric: Metric {
                name: one.metric.0,
                unit: Unit::from(one.unit.0),
                better: one.better,
            },
            jobs: (one.jobs.into_iter())
                .map(|(id, values)| (id.0, values.into_iter().map(|value| value.0).collect()))
                .collect(),
        };
        if series.insert(key, value).is_some() {
            return Err(format!("series[{i}] of {label}: this series comes twice"));
        }
    }
    Ok(Baseline {
        suite: raw.suite.0,
        class: MachineClass {
            facts: (raw.class.into_iter())
                .map(|(field, value)| (field.0, value))
                .collect(),
        },
        jobs: raw.jobs.into_iter().rev().map(RawJob::into_job).collect(),
        series,
    })
}

fn job_problem(job: &RawJob) -> Result<(), (&'static str, String)> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if job.id.is_empty() || job.id.len() > 64 || !job.id.chars().all(plain) {
        return Err(("id", "an id is 1 to 64 letters, digits and `-`".to_owned()));
    }
    crate::measurement::format::started(&job.started).map_err(|problem| ("started", problem))?;
    if let Some(steal) = &job.steal
        && steal.0 > 1.0
    {
        return Err(("steal", format!("{} is a share, at most 1", steal.0)));
    }
    match job.kernels.iter().find(|(_, time)| time.0 == 0.0) {
        Some((kernel, _)) => {
            let problem = format!("kernel {} cannot take no time", quoted(&kernel.0));
            Err(("kernels", problem))
        }
        None => Ok(()),
    }
}

fn series_problem(series: &RawSeries, ids: &BTreeSet<String>) -> Result<(), String> {
    if series.jobs.is_empty() {
        return Err("no job has values; remove the series".to_owned());
    }
    for (id, values) in &series.jobs {
        if !ids.contains(&id.0) {
            return Err(format!("job {} is not in `jobs`", quoted(&id.0)));
        }
        if values.is_empty() {
            return Err(format!("job {} has no values", quoted(&id.0)));
        }
    }
    Ok(())
}

impl RawJob {
    fn into_job(self) -> Job {
        Job {
            id: self.id,
            started: self.started,
            commit: self.commit,
            dirty: self.dirty,
            rustc: self.rustc,
            steal: self.steal.map(|steal| steal.0),
            kernels: (self.kernels.into_iter())
                .map(|(name, time)| (name.0, time.0))
                .collect(),
        }
    }
}

/// The text of a baseline file: stable order, one line a job and series.
///
/// Jobs stand newest first, so that accepting one adds lines and touches no other. Numbers must be finite.
#[must_use]
pub fn write_baseline(baseline: &Baseline) -> String {
    let mut text = format!(
        "{{\n\"format\": {},\n\"version\": {BASELINE_VERSION},\n\"suite\": {},\n\"class\": {{\n",
        json(DOCUMENT.format),
        json(&*baseline.suite)
    );
    let facts = baseline.class.facts.iter();
    lines(
        &mut text,
        facts.map(|(field, value)| format!("{}: {}", json(&**field), json(&**value))),
    );
    text.push_str("},\n\"jobs\": [\n");
    lines(&mut text, baseline.jobs.iter().rev().map(job_line));
    text.push_str("],\n\"series\": [\n");
    lines(
        &mut text,
        baseline
            .series
            .iter()
            .map(|((benchmark, _), series)| series_lines(benchmark, series)),
    );
    text.push_str("]\n}\n");
    text
}

fn job_line(job: &Job) -> String {
    let kernels: Vec<String> = (job.kernels.iter())
        .map(|(name, time)| format!("{}:{}", json(&**name), json(*time)))
        .collect();
    let steal = job
        .steal
        .map_or(String::new(), |steal| format!("\"steal\":{},", json(steal)));
    format!(
        "{{\"id\":{},\"started\":{},\"commit\":{},\"dirty\":{},\"rustc\":{},{steal}\"kernels\":{{{}}}}}",
        json(&*job.id),
        json(&*job.started),
        json(&*job.commit),
        job.dirty,
        json(&*job.rustc),
        kernels.join(",")
    )
}

fn series_lines(benchmark: &str, series: &BaselineSeries) -> String {
    let better = match series.metric.better {
        Better::Lower => "lower",
        Better::Higher => "higher",
    };
    let mut text = format!(
        "{{\"benchmark\":{},\"metric\":{},\"unit\":{},\"better\":\"{better}\",\"jobs\":{{\n",
        json(benchmark),
        json(&*series.metric.name),
        json(series.metric.unit.name())
    );
    lines(
        &mut text,
        series.jobs.iter().rev().map(|(id, values)| {
            let values: Vec<String> = values.iter().map(|value| json(*value)).collect();
            format!("{}:[{}]", json(&**id), values.join(","))
        }),
    );
    text.push_str("}}");
    text
}

/// Items on lines of their own, with a comma behind all but the last.
pub(super) fn lines(text: &mut String, items: impl IntoIterator<Item = String>) {
    let mut first = true;
    for item in items {
        if !first {
            text.push_str(",\n");
        }
        first = false;
        text.push_str(&item);
    }
    if !first {
        text.push('\n');
    }
}

/// The JSON text of a string or number, which cannot fail.
pub(super) fn json(value: impl Into<Value>) -> String {
    value.into().to_string()
}
