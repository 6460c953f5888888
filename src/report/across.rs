//! Two jobs with one side each, beside each other: what they took, and why that is no comparison.

use super::text::{self, safe_name};
use crate::compare::{repeats_exactly, statistic};
use crate::measurement::{BenchmarkId, BenchmarkRecord, Metric, Run, Series, Side};
use crate::stats::median;
use crate::units::{Change, format_value};
use std::collections::HashMap;

/// Rows that are shown unless everything is asked for.
const SHOWN: usize = 20;

/// Why times of two jobs are not compared, and what to do.
#[must_use]
pub fn across_why(base: &Run) -> String {
    let commit: String = base.header.candidate.commit.chars().take(12).collect();
    let revision = if commit.is_empty() || !commit.chars().all(|c| c.is_ascii_alphanumeric()) {
        "REV".to_owned()
    } else {
        commit
    };
    format!("measured in different jobs; measure both in one: tollgate check --base {revision}")
}

/// A line for each metric that does not repeat exactly: the median of each job, the ratio, and that it is not judged.
/// Empty where there is none such and both jobs have the same benchmarks.
#[must_use]
pub fn across_text(base: &Run, candidate: &Run, columns: usize, verbose: bool) -> String {
    let columns = columns.max(40);
    let mut lines = Vec::new();
    let of_base = by_id(base);
    let mut rows: Vec<[String; 4]> = Vec::new();
    for benchmark in &candidate.benchmarks {
        for series in &benchmark.series {
            let twin = of_base
                .get(&benchmark.id)
                .and_then(|twin| same_metric(twin, &series.metric));
            if let Some(twin) = twin
                && !repeats_exactly(&series.metric)
            {
                rows.push(row(&benchmark.id, twin, series));
            }
        }
    }
    if !rows.is_empty() {
        lines.extend(text::wrap(
            &format!("not-comparable: {}", across_why(base)),
            columns,
        ));
        let shown = if verbose { rows.len() } else { SHOWN };
        lines.extend(table(&rows[..shown.min(rows.len())], columns));
        if rows.len() > shown {
            lines.push(format!(
                "… and {} more (--verbose shows all)",
                rows.len() - shown
            ));
        }
    }
    let of_candidate = by_id(candidate);
    for (name, here, there) in [("A", base, &of_candidate), ("B", candidate, &of_base)] {
        let only: Vec<String> = (here.benchmarks.iter())
            .filter(|benchmark| !there.contains_key(&benchmark.id))
            .map(|benchmark| safe_name(&benchmark.id.to_string()))
            .collect();
        if let Some(first) = only.first() {
            let more = match only.len() - 1 {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let first = text::shorten_middle(first, columns);
            lines.extend(text::wrap(
                &format!("only in {name}: {first}{more}"),
                columns,
            ));
        }
    }
    let (one, other) = (
        &base.environment.toolchain,
        &candidate.environment.toolchain,
    );
    if one.rustc != other.rustc {
        let name =
            |rustc: &Option<String>| safe_name(rustc.as_deref().unwrap_or("an unknown compiler"));
        let sentence = format!(
            "built by {} and by {}",
            name(&one.rustc),
            name(&other.rustc)
        );
        lines.extend(text::wrap(&sentence, columns));
    }
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn by_id(run: &Run) -> HashMap<&BenchmarkId, &BenchmarkRecord> {
    (run.benchmarks.iter())
        .map(|benchmark| (&benchmark.id, benchmark))
        .collect()
}

fn same_metric<'a>(benchmark: &'a BenchmarkRecord, metric: &Metric) -> Option<&'a Series> {
    (benchmark.series.iter()).find(|series| series.metric == *metric)
}

/// Median over the processes of the job.
fn typical(series: &Series) -> Option<f64> {
    let values: Vec<f64> = (series.observations.iter())
        .filter(|observation| observation.side == Side::Candidate)
        .filter_map(|observation| statistic(&observation.evidence))
        .collect();
    median(&values)
}

/// Name, both medians, ratio.
fn row(id: &BenchmarkId, base: &Series, candidate: &Series) -> [String; 4] {
    let metric = &candidate.metric;
    let name = if metric.name == "time" {
        id.to_string()
    } else {
        format!("{id} [{}]", metric.name)
    };
    let (before, now) = (typical(base), typical(candidate));
    let shown = |value: Option<f64>| {
        value.map_or_else(
            || "-".to_owned(),
            |value| safe_name(&format_value(value, &metric.unit)),
        )
    };
    let ratio = match (before, now) {
        (Some(before), Some(now)) if before > 0.0 && now > 0.0 => {
            Change::from_log(now.ln() - before.ln()).to_string()
        }
        _ => "-".to_owned(),
    };
    [safe_name(&name), shown(before), shown(now), ratio]
}

/// Names to the left, numbers to the right.
fn table(rows: &[[String; 4]], columns: usize) -> Vec<String> {
    const GAP: usize = 2;
    let head = ["benchmark", "A", "B", "ratio"].map(str::to_owned);
    let widest = |at: usize| {
        (rows.iter().chain([&head]))
            .map(|row| text::width(&row[at]))
            .max()
            .unwrap_or(0)
    };
    // Units are names from outside, too: no column takes more than its share.
    let widths = [1, 2, 3].map(|at| widest(at).min(columns / 5));
    let numbers: usize = widths.iter().map(|width| width + GAP).sum();
    let name = widest(0).min(columns.saturating_sub(numbers + GAP));
    let pad = |cell: &str, width: usize| " ".repeat(width.saturating_sub(text::width(cell)));
    let mut lines = Vec::with_capacity(rows.len() + 1);
    for row in std::iter::once(&head).chain(rows) {
        let first = text::shorten_middle(&row[0], name);
        let mut line = format!("  {first}{}", pad(&first, name));
        for (cell, width) in row[1..].iter().zip(widths) {
            let cell = text::shorten_end(cell, width);
            line.push_str(&" ".repeat(GAP));
            line.push_str(&pad(&cell, width));
            line.push_str(&cell);
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests;
