//! Values as they were counted, and the jobs of a baseline.

use super::evidence::{Evidence, Names, Value};
use super::judged::BaselineJob;
use super::lines::{DIM, INDENT, Lines, PLAIN, cells};
use super::scale::Scale;
use crate::measurement::Metric;
use crate::stats::median;
use crate::units::{Change, format_value};
use std::collections::BTreeMap;

/// Different values of a side that are shown.
const VALUES: usize = 12;

/// Dropped rounds that are named.
const NAMED: usize = 10;

/// Newest jobs of a baseline that are shown.
const JOBS: usize = 20;

/// How often each side gave which value; for metrics that repeat.
pub(super) fn values(evidence: &Evidence<'_>, metric: &Metric, names: Names, lines: &mut Lines) {
    let sides: [(&str, Vec<Value<'_>>); 2] = [
        (
            names.base,
            evidence.rounds.iter().map(|round| round.base).collect(),
        ),
        (
            names.candidate,
            evidence
                .rounds
                .iter()
                .map(|round| round.candidate)
                .collect(),
        ),
    ];
    let mut rows = vec![cells(["side", "value", "times"])];
    for (name, side) in &sides[usize::from(!evidence.two_sided)..] {
        let mut counts: BTreeMap<u64, (f64, usize)> = BTreeMap::new();
        for value in side.iter().filter_map(|value| value.number()) {
            // Numbers of at least zero stand in the order of their bits.
            counts.entry(value.to_bits()).or_insert((value, 0)).1 += 1;
        }
        for (value, times) in counts.values().take(VALUES) {
            let value = format_value(*value, &metric.unit);
            rows.push(vec![(*name).to_owned(), value, times.to_string()]);
        }
        if counts.len() > VALUES {
            let more = format!("… {} more values", counts.len() - VALUES);
            rows.push(vec![(*name).to_owned(), more, String::new()]);
        }
        let without = side.iter().filter(|value| value.number().is_none()).count();
        if without > 0 {
            rows.push(vec![
                (*name).to_owned(),
                "no value".to_owned(),
                without.to_string(),
            ]);
        }
    }
    lines.table(&[false, true, true], &rows);
}

/// Names the rounds that count for nothing, each with its reason.
pub(super) fn dropped(evidence: &Evidence<'_>, names: Names, lines: &mut Lines) {
    let whys: Vec<String> = (evidence.rounds.iter())
        .filter_map(|round| {
            let why = evidence.dropped(round, names)?;
            Some(format!("round {} dropped: {why}", round.round))
        })
        .collect();
    for why in whys.iter().take(NAMED) {
        lines.prose(INDENT, PLAIN, why);
    }
    if whys.len() > NAMED {
        let more = format!("… and {} more dropped", whys.len() - NAMED);
        lines.prose(INDENT, DIM, &more);
    }
}

/// Centre of each job of the baseline, against what the baseline predicted for this one.
pub(super) fn baseline_jobs(
    jobs: &[BaselineJob<'_>],
    expected: f64,
    metric: &Metric,
    limits: &[(f64, char)],
    lines: &mut Lines,
) {
    let newest = &jobs[jobs.len().saturating_sub(JOBS)..];
    if newest.len() < jobs.len() {
        let older = jobs.len() - newest.len();
        lines.prose(INDENT, DIM, &format!("… {older} older jobs are not shown"));
    }
    let centres: Vec<Option<f64>> = newest.iter().map(|job| median(job.values)).collect();
    let change = |centre: Option<f64>| {
        centre
            .filter(|centre| *centre > 0.0 && expected > 0.0)
            .map(|centre| centre.ln() - expected.ln())
    };
    let changes: Vec<f64> = centres
        .iter()
        .filter_map(|centre| change(*centre))
        .collect();
    let scale = Scale::new(lines.width.saturating_sub(59).max(9), &changes, limits);
    let mut rows = vec![vec![
        "job".to_owned(),
        "commit".to_owned(),
        "runs".to_owned(),
        "centre".to_owned(),
        "change".to_owned(),
        scale.heading(),
    ]];
    for (job, centre) in newest.iter().zip(centres) {
        let short: String = job.commit.chars().take(7).collect();
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        rows.push(vec![
            job.started.chars().take(20).collect(),
            short,
            job.values.len().to_string(),
            or_dash(centre.map(|centre| format_value(centre, &metric.unit))),
            or_dash(change(centre).map(|change| Change::from_log(change).to_string())),
            scale.draw(change(centre)),
        ]);
    }
    lines.table(&[false, false, true, true, true, false], &rows);
    let expected = format_value(expected, &metric.unit);
    let note = format!(
        "centres as measured, against {expected}, which the baseline predicts for this job once the reference kernels are \
         taken into account"
    );
    lines.prose(INDENT, DIM, &note);
}
