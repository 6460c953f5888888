//! Every number behind the verdicts of one benchmark: the rule, the rounds, the looks, and what other settings would say.
//!
//! Nothing is decided here. What the gate said stands in its checks; where other levels and tolerances are tried, the
//! functions that the gate itself calls are called with other arguments. Texts of a Run file are hostile: they reach the
//! page through `Lines`, which makes them safe.

mod distribution;
mod evidence;
mod find;
mod judged;
mod lines;
mod looks;
mod plot;
mod rule;
mod said;
mod scale;
mod section;
mod strip;
mod values;
mod whatif;

#[cfg(test)]
mod tests;

pub use find::find_benchmark;

use super::model::{Meta, Report, Row};
use super::reproduce::Command;
use super::text::{safe_name, shorten_middle};
use super::{TerminalOptions, headline};
use crate::baseline::Baseline;
use crate::budget::Budgets;
use crate::measurement::{BenchmarkId, Metric, Run};
use crate::units::Change;
use crate::verdict::{Check, Gate};
use lines::{BOLD, DIM, INDENT, Lines, PLAIN};
use whatif::Extra;

/// What is to be explained, and all that the gate had.
#[derive(Debug, Clone, Copy)]
pub struct ExplainInput<'a> {
    /// The measurements.
    pub run: &'a Run,
    /// What had to hold.
    pub budgets: &'a Budgets,
    /// Baselines that the gate saw.
    pub baselines: &'a [Baseline],
    /// What it said.
    pub gate: &'a Gate,
    /// Version, and where the run is.
    pub meta: &'a Meta,
    /// The benchmark (see [`find_benchmark`]).
    pub benchmark: &'a BenchmarkId,
    /// One metric; `None`: those with a check, or all where there is no check.
    pub metric: Option<&'a str>,
    /// A further family-wise level to try, above 0 and below 0.5.
    pub alpha: Option<f64>,
    /// A further tolerance to try, above 0.
    pub tolerance: Option<Change>,
}

/// A check with its row of the report: the same order in both.
type Judged<'a> = (&'a Check, &'a Row);

/// Explains one benchmark as text for a terminal.
///
/// # Errors
/// The benchmark does not have the metric; names those that it has, safe to print.
pub fn explain(input: ExplainInput<'_>, options: TerminalOptions) -> Result<String, String> {
    let report = Report::build(input.run, input.budgets, input.gate, input.meta);
    let judged: Vec<Judged<'_>> = (input.gate.checks.iter())
        .zip(&report.rows)
        .filter(|(check, _)| check.benchmark == *input.benchmark)
        .collect();
    let metrics = metrics(input, &judged)?;
    let mut lines = Lines::new(options);
    title(input, &mut lines);
    let without_metric: Vec<Judged<'_>> = (judged.iter().copied())
        .filter(|(check, _)| check.metric.is_none())
        .collect();
    for judged in &without_metric {
        said::verdict(judged, None, &mut lines);
    }
    for metric in &metrics {
        let of_metric: Vec<Judged<'_>> = (judged.iter().copied())
            .filter(|(check, _)| check.metric.as_ref() == Some(metric))
            .collect();
        section::section(input, metric, &of_metric, &mut lines);
    }
    if metrics.is_empty() && without_metric.is_empty() {
        lines.heading("Nothing was recorded");
        let why = "no metric of it is in the run, and no check speaks of it";
        lines.prose(INDENT, PLAIN, why);
    }
    suite_facts(input, &mut lines);
    commands(input, &mut lines);
    last_line(input, &report, &mut lines);
    Ok(lines.out)
}

/// The metrics to explain.
fn metrics(input: ExplainInput<'_>, judged: &[Judged<'_>]) -> Result<Vec<Metric>, String> {
    let mut all: Vec<&Metric> = (input.run.benchmarks.iter())
        .filter(|benchmark| benchmark.id == *input.benchmark)
        .flat_map(|benchmark| &benchmark.series)
        .map(|series| &series.metric)
        .collect();
    let mut checked: Vec<&Metric> = Vec::new();
    for metric in judged.iter().filter_map(|(check, _)| check.metric.as_ref()) {
        for list in [&mut all, &mut checked] {
            if !list.contains(&metric) {
                list.push(metric);
            }
        }
    }
    let Some(wanted) = input.metric else {
        let chosen = if checked.is_empty() { all } else { checked };
        return Ok(chosen.into_iter().cloned().collect());
    };
    let named: Vec<Metric> = (all.iter())
        .filter(|metric| metric.name == wanted)
        .map(|metric| (*metric).clone())
        .collect();
    if named.is_empty() {
        let names: Vec<String> = (all.iter())
            .map(|metric| shorten_middle(&safe_name(&metric.name), 60))
            .collect();
        let has = match names.len() {
            0 => "none".to_owned(),
            _ => names.join(", "),
        };
        return Err(format!(
            "{} has no metric `{}`; it has {has}",
            shorten_middle(&safe_name(&input.benchmark.to_string()), 100),
            shorten_middle(&safe_name(wanted), 60),
        ));
    }
    Ok(named)
}

fn title(input: ExplainInput<'_>, lines: &mut Lines) {
    let header = &input.run.header;
    let short = |commit: &str| commit.chars().take(12).collect::<String>();
    let mut facts = Vec::new();
    if !header.candidate.commit.is_empty() {
        let mut revisions = short(&header.candidate.commit);
        if let Some(base) = &header.base {
            revisions.push_str(&format!(" against {}", short(&base.commit)));
        }
        facts.push(revisions);
    }
    facts.push(format!("started {}", header.started));
    lines.prose(0, BOLD, &format!("tollgate explain: {}", input.benchmark));
    lines.prose(0, DIM, &facts.join("; "));
}

/// What happened to the suite as a whole.
fn suite_facts(input: ExplainInput<'_>, lines: &mut Lines) {
    use crate::measurement::BaseSide;
    let suite = &input.benchmark.suite;
    let mut facts = Vec::new();
    for record in input
        .run
        .suites
        .iter()
        .filter(|record| record.name == *suite)
    {
        match &record.base {
            Some(BaseSide::Identical) => facts.push(
                "the machine code of both sides is the same: unchanged without timing".to_owned(),
            ),
            Some(BaseSide::NotComparable { why }) => {
                facts.push(format!("base and candidate cannot be compared: {why}"));
            }
            Some(BaseSide::Measured) | None => {}
        }
        if let Some(why) = &record.layouts_missing {
            facts.push(format!("link order was not randomised: {why}"));
        }
    }
    for failure in &input.run.failures {
        if failure.suite == *suite && failure.benchmark.is_none() {
            let what = failure.kind.describe();
            facts.push(format!("the suite as a whole {what}: {}", failure.detail));
        }
    }
    if !facts.is_empty() {
        lines.heading("Its suite");
        for fact in facts {
            lines.prose(INDENT, PLAIN, &fact);
        }
    }
}

/// How to measure it again, and where every number is.
fn commands(input: ExplainInput<'_>, lines: &mut Lines) {
    lines.heading("Commands");
    let header = &input.run.header;
    let again = Command::new(input.benchmark, header.base.as_ref(), &header.seed);
    lines.prose(INDENT, DIM, "measure it again:");
    let room = lines.width.saturating_sub(2 * INDENT);
    for line in again.lines(room) {
        lines.line(BOLD, &format!("{}{line}", " ".repeat(2 * INDENT)));
    }
    if let Some(file) = &input.meta.run_file {
        lines.prose(
            INDENT,
            DIM,
            &format!("every observation (docs/run-format.md): {file}"),
        );
        let harmless = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
        let word = if file.chars().all(harmless) && !file.starts_with('-') {
            file
        } else {
            "RUN"
        };
        lines.prose(INDENT, DIM, "every verdict as JSON:");
        let command = format!("tollgate report --format json {word}");
        lines.line(BOLD, &format!("{}{command}", " ".repeat(2 * INDENT)));
    }
}

fn last_line(input: ExplainInput<'_>, report: &Report, lines: &mut Lines) {
    let exit = input.gate.exit;
    lines.out.push('\n');
    let line = format!(
        "the whole run: {}  {} (exit {})",
        report.headline.word,
        headline::counts(report.accounting),
        exit.code()
    );
    lines.prose(0, PLAIN, &line);
}
