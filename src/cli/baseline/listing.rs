//! `list` and `show`: baselines as text and as JSON.

use crate::baseline::{Baseline, BaselineSeries, Job, Ledger, MachineClass, median};
use crate::budget::NameGlob;
use crate::cli::{CliError, Problem};
use crate::compare::JOBS_NEEDED;
use crate::measurement::Environment;
use crate::report::safe_name;
use crate::units::{Change, format_value};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use unicode_width::UnicodeWidthStr as _;

/// Version of the JSON of both commands.
const JSON_VERSION: u32 = 1;

/// One line of `list`.
struct Line<'a> {
    baseline: &'a Baseline,
    newest: Option<&'a Job>,
    this_machine: bool,
    /// Jobs that the ledger does not explain: an acceptance was cut off, or somebody edited the file.
    unexplained: usize,
}

/// What `list` shows.
pub(super) struct Listing<'a>(Vec<Line<'a>>);

impl<'a> Listing<'a> {
    pub(super) fn new(baselines: &'a [Baseline], ledger: &Ledger, machine: &Environment) -> Self {
        let here = MachineClass::of(machine);
        let told: BTreeSet<&str> = (ledger.entries.iter())
            .flat_map(|entry| &entry.jobs)
            .map(String::as_str)
            .collect();
        let lines = baselines.iter().map(|baseline| {
            let file = baseline.file_name();
            let unexplained = (baseline.jobs.iter())
                .filter(|job| !told.contains(format!("{file}#{}", job.id).as_str()))
                .count();
            Line {
                baseline,
                newest: baseline.jobs.last(),
                this_machine: baseline.class.is_same_machine(&here),
                unexplained,
            }
        });
        Self(lines.collect())
    }

    pub(super) fn text(&self, directory: &Path) -> String {
        if self.0.is_empty() {
            return format!(
                "no baselines in {}; record one with `tollgate check` and `tollgate baseline accept --reason ..`\n",
                safe_name(&directory.display().to_string())
            );
        }
        let head = ["suite", "class", "machine", "jobs", "newest", "commit"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        rows.extend(self.0.iter().map(|line| {
            vec![
                safe_name(&line.baseline.suite),
                line.baseline.class.slug(),
                (if line.this_machine { "this" } else { "other" }).to_owned(),
                line.baseline.jobs.len().to_string(),
                line.newest.map_or(String::new(), |job| job.started.clone()),
                line.newest.map_or(String::new(), short_commit),
            ]
        }));
        let mut text = aligned(&rows);
        for line in &self.0 {
            let name = safe_name(&line.baseline.suite);
            if line.this_machine && line.baseline.jobs.len() < JOBS_NEEDED as usize {
                let _ = writeln!(
                    text,
                    "{name}: {} of the {JOBS_NEEDED} jobs that relative budgets need",
                    line.baseline.jobs.len()
                );
            }
            if line.unexplained > 0 {
                let _ = writeln!(
                    text,
                    "{name}: {} of the jobs in {} not in the ledger; if an acceptance was cut off, repeat it",
                    line.unexplained,
                    line.baseline.file_name()
                );
            }
        }
        text
    }

    pub(super) fn json(&self) -> Result<String, CliError> {
        let baselines: Vec<Value> = (self.0.iter())
            .map(|line| {
                json!({
                    "suite": line.baseline.suite,
                    "class": line.baseline.class.slug(),
                    "file": line.baseline.file_name(),
                    "this_machine": line.this_machine,
                    "jobs": line.baseline.jobs.len(),
                    "series": line.baseline.series.len(),
                    "newest": line.newest.map(|job| &job.started),
                    "commit": line.newest.map(|job| &job.commit),
                    "rustc": line.newest.map(|job| &job.rustc),
                    "not_in_ledger": line.unexplained,
                })
            })
            .collect();
        document(&json!({"version": JSON_VERSION, "baselines": baselines}))
    }
}

/// One series that `show` shows.
pub(super) struct Shown<'a> {
    baseline: &'a Baseline,
    benchmark: &'a str,
    series: &'a BaselineSeries,
}

/// The series of a suite, of a benchmark, or of what a glob over `suite/name` matches.
///
/// # Errors
/// Nothing is called like this; names what is.
pub(super) fn select<'a>(
    baselines: &'a [Baseline],
    what: &str,
    class: Option<&str>,
) -> Result<Vec<Shown<'a>>, CliError> {
    if let Some(class) = class
        && baselines
            .iter()
            .all(|baseline| baseline.class.slug() != class)
    {
        let known = baselines.iter().map(|baseline| baseline.class.slug());
        return Err(unknown("machine class", class, known).into());
    }
    let all: Vec<Shown<'_>> = (baselines.iter())
        .filter(|baseline| class.is_none_or(|class| baseline.class.slug() == class))
        .flat_map(|baseline| {
            (baseline.series.iter()).map(move |((benchmark, _), series)| Shown {
                baseline,
                benchmark,
                series,
            })
        })
        .collect();
    let names: Vec<String> = all
        .iter()
        .flat_map(|shown| [shown.baseline.suite.clone(), shown.id()])
        .collect();
    // Names may hold what means something in a glob: the name itself goes first.
    let glob = if names.iter().any(|name| name == what) {
        None
    } else {
        NameGlob::new(what).ok()
    };
    let selected: Vec<Shown<'_>> = all
        .into_iter()
        .filter(|shown| match &glob {
            None => shown.baseline.suite == what || shown.id() == what,
            Some(glob) => glob.matches(&shown.id()),
        })
        .collect();
    if selected.is_empty() {
        return Err(unknown("suite or benchmark", what, names).into());
    }
    Ok(selected)
}

impl Shown<'_> {
    fn id(&self) -> String {
        format!("{}/{}", self.baseline.suite, self.benchmark)
    }

    /// Its jobs with the median over their invocations, oldest first.
    fn jobs(&self) -> impl Iterator<Item = (&Job, &[f64], f64)> {
        self.baseline.jobs.iter().filter_map(|job| {
            let values = self.series.jobs.get(&job.id)?;
            Some((job, values.as_slice(), median(values)?))
        })
    }
}

pub(super) fn show_text(shown: &[Shown<'_>]) -> String {
    let mut text = String::new();
    for (i, one) in shown.iter().enumerate() {
        if i > 0 {
            text.push('\n');
        }
        let _ = writeln!(
            text,
            "{} {} ({})",
            safe_name(&one.id()),
            safe_name(&one.series.metric.name),
            one.baseline.class.slug()
        );
        let mut rows = Vec::new();
        let mut before: Option<f64> = None;
        for (job, values, median) in one.jobs() {
            let change = before.filter(|before| *before > 0.0 && median > 0.0);
            rows.push(vec![
                format!("  {}", job.started),
                short_commit(job),
                format!("{} invocations", values.len()),
                format_value(median, &one.series.metric.unit),
                change.map_or(String::new(), |before| {
                    Change::from_log((median / before).ln()).to_string()
                }),
            ]);
            before = Some(median);
        }
        rows.reverse();
        text.push_str(&aligned(&rows));
        let newest = one.baseline.jobs.last();
        if newest.is_some_and(|job| !one.series.jobs.contains_key(&job.id)) {
            text.push_str("  not in the newest job: no longer expected\n");
        }
    }
    text
}

pub(super) fn show_json(shown: &[Shown<'_>]) -> Result<String, CliError> {
    let series: Vec<Value> = (shown.iter())
        .map(|one| {
            let jobs: Vec<Value> = one
                .jobs()
                .map(|(job, values, median)| {
                    json!({"id": job.id, "started": job.started, "commit": job.commit, "median": median, "values": values})
                })
                .collect();
            json!({
                "suite": one.baseline.suite,
                "benchmark": one.benchmark,
                "metric": one.series.metric.name,
                "unit": one.series.metric.unit.name(),
                "class": one.baseline.class.slug(),
                "jobs": jobs,
            })
        })
        .collect();
    document(&json!({"version": JSON_VERSION, "series": series}))
}

fn document(value: &Value) -> Result<String, CliError> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    Ok(text)
}

fn unknown(kind: &str, name: &str, known: impl IntoIterator<Item = String>) -> Problem {
    let known: BTreeSet<String> = known.into_iter().collect();
    let nearest = (known.iter())
        .map(|other| (strsim::jaro_winkler(name, other), other))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let hint = match nearest {
        Some((_, other)) => format!("did you mean `{}`?", safe_name(other)),
        None => "`tollgate baseline list` says what there is".to_owned(),
    };
    Problem(format!(
        "no baseline has the {kind} `{}`; {hint}",
        safe_name(name)
    ))
}

/// Ten digits, and a mark for uncommitted changes.
fn short_commit(job: &Job) -> String {
    let commit: String = job.commit.chars().take(10).collect();
    let mark = if job.dirty { "+" } else { "" };
    safe_name(&format!("{commit}{mark}"))
}

/// Columns two spaces apart, by the width that a terminal gives the characters.
fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|i| {
            rows.iter()
                .filter_map(|row| row.get(i))
                .map(|cell| cell.width())
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(width - cell.width() + 2));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
