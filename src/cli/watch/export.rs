//! What was seen, for programs: CSV, OpenMetrics text, and the last looks as JSON when a limit is broken. Written whole or not
//! at all.

use super::Watched;
use super::limits::Finding;
use crate::cli::{CliError, Problem};
use crate::collect::observe::Look;
use crate::files::{self, Existing};
use serde::Serialize;
use std::fmt::Display;
use std::io::Write;
use std::path::Path;

/// Looks in a snapshot at most.
const LAST: usize = 120;

/// One column: its name in CSV, and its metric.
struct Column {
    /// In CSV.
    name: &'static str,
    /// In OpenMetrics, without prefix and `_total`; ends in its unit where it has one.
    metric: &'static str,
    unit: Option<&'static str>,
    is_counter: bool,
    help: &'static str,
    value: fn(&Look) -> Option<f64>,
}

fn whole(number: u64) -> f64 {
    number as f64
}

const COLUMNS: [Column; 10] = [
    Column {
        name: "processes",
        metric: "processes",
        unit: None,
        is_counter: false,
        help: "Processes of the tree.",
        value: |look| Some(f64::from(look.sample.processes)),
    },
    Column {
        name: "cpu_seconds",
        metric: "cpu_seconds",
        unit: Some("seconds"),
        is_counter: true,
        help: "CPU time of the tree, user and system, also of processes that ended.",
        value: |look| Some(look.sample.cpu.as_secs_f64()),
    },
    Column {
        name: "rss_bytes",
        metric: "resident_memory_bytes",
        unit: Some("bytes"),
        is_counter: false,
        help: "Resident sets, added up.",
        value: |look| Some(whole(look.sample.rss)),
    },
    Column {
        name: "pss_bytes",
        metric: "proportional_memory_bytes",
        unit: Some("bytes"),
        is_counter: false,
        help: "Proportional sets, added up; read now and then.",
        value: |look| look.sample.pss.map(whole),
    },
    Column {
        name: "threads",
        metric: "threads",
        unit: None,
        is_counter: false,
        help: "Threads.",
        value: |look| Some(f64::from(look.sample.threads)),
    },
    Column {
        name: "fds",
        metric: "open_fds",
        unit: None,
        is_counter: false,
        help: "Open file descriptors.",
        value: |look| look.sample.fds.map(f64::from),
    },
    Column {
        name: "read_bytes",
        metric: "storage_read_bytes",
        unit: Some("bytes"),
        is_counter: true,
        help: "Bytes read from storage.",
        value: |look| look.sample.read.map(whole),
    },
    Column {
        name: "written_bytes",
        metric: "storage_written_bytes",
        unit: Some("bytes"),
        is_counter: true,
        help: "Bytes written to storage.",
        value: |look| look.sample.written.map(whole),
    },
    Column {
        name: "cpu_wait_seconds",
        metric: "cpu_wait_seconds",
        unit: Some("seconds"),
        is_counter: true,
        help: "Time that main threads were ready to run and waited for a CPU.",
        value: |look| look.waited.map(|waited| waited.as_secs_f64()),
    },
    Column {
        name: "at_seconds",
        metric: "watched_seconds",
        unit: Some("seconds"),
        is_counter: false,
        help: "Time since the watch began.",
        value: |look| Some(look.sample.at.as_secs_f64()),
    },
];

/// A line a look; what is not known is empty.
pub(super) fn csv(path: &Path, watched: &Watched) -> Result<(), CliError> {
    write(path, |out| csv_into(out, &watched.series.looks()))
}

fn csv_into(out: &mut dyn Write, looks: &[Look]) -> std::io::Result<()> {
    let Some((last, others)) = COLUMNS.split_last() else {
        return Ok(());
    };
    let columns = || std::iter::once(last).chain(others);
    let line = |cells: Vec<String>| format!("{}\n", cells.join(","));
    let names = columns().map(|column| column.name.to_owned());
    out.write_all(line(names.collect()).as_bytes())?;
    for look in looks {
        let cells = columns()
            .map(|column| (column.value)(look).map_or_else(String::new, |value| value.to_string()));
        out.write_all(line(cells.collect()).as_bytes())?;
    }
    Ok(())
}

/// The OpenMetrics text format, version 1.0.0: every look with its own timestamp, so that it can be loaded as history.
pub(super) fn openmetrics(path: &Path, watched: &Watched) -> Result<(), CliError> {
    let looks = watched.series.looks();
    write(path, |out| {
        out.write_all(
            openmetrics_text(watched.pid, &watched.name, watched.since, &looks).as_bytes(),
        )
    })
}

fn openmetrics_text(pid: u32, name: &str, since: f64, looks: &[Look]) -> String {
    let labels = format!("pid=\"{pid}\",name=\"{}\"", label(name));
    let mut text = String::new();
    for column in &COLUMNS {
        let family = format!("tollgate_watch_{}", column.metric);
        let values: Vec<_> = (looks.iter())
            .filter_map(|look| Some((look.sample.at, (column.value)(look)?)))
            .collect();
        if values.is_empty() {
            continue;
        }
        let (kind, suffix) = match column.is_counter {
            true => ("counter", "_total"),
            false => ("gauge", ""),
        };
        text.push_str(&format!("# TYPE {family} {kind}\n"));
        if let Some(unit) = column.unit {
            text.push_str(&format!("# UNIT {family} {unit}\n"));
        }
        text.push_str(&format!("# HELP {family} {}\n", column.help));
        for (at, value) in values {
            let time = since + at.as_secs_f64();
            text.push_str(&format!("{family}{suffix}{{{labels}}} {value} {time:.3}\n"));
        }
    }
    text.push_str("# EOF\n");
    text
}

/// A label's value: backslash, quote and line feed are escaped.
fn label(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[derive(Serialize)]
struct Snapshot<'a> {
    format: &'static str,
    version: u32,
    name: &'a str,
    pid: u32,
    /// When the watch began, seconds since 1970.
    since: f64,
    broken: &'a [Finding],
    looks: Vec<serde_json::Map<String, serde_json::Value>>,
}

/// The last looks and the limits that are broken.
pub(super) fn snapshot(path: &Path, watched: &Watched, broken: &[Finding]) -> Result<(), CliError> {
    let looks = watched.series.looks();
    let last = looks
        .get(looks.len().saturating_sub(LAST)..)
        .unwrap_or_default();
    let snapshot = Snapshot {
        format: "tollgate-watch-snapshot",
        version: 1,
        name: &watched.name,
        pid: watched.pid,
        since: watched.since,
        broken,
        looks: last
            .iter()
            .map(|look| {
                (COLUMNS.iter())
                    .map(|column| (column.name.to_owned(), (column.value)(look).into()))
                    .collect()
            })
            .collect(),
    };
    write(path, |out| {
        serde_json::to_writer_pretty(&mut *out, &snapshot)?;
        out.write_all(b"\n")
    })
}

fn write(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> Result<(), CliError> {
    files::write(path, Existing::Replace, content).map_err(|error| failed(path, &error).into())
}

fn failed(path: &Path, error: &dyn Display) -> Problem {
    Problem(format!("failed to write {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::record::ProcessSample;
    use std::time::Duration;

    fn looks() -> Vec<Look> {
        (0..3_u64)
            .map(|second| Look {
                sample: ProcessSample {
                    at: Duration::from_millis(second * 1000 + 1),
                    processes: 2,
                    cpu: Duration::from_millis(second * 10),
                    rss: 4096 * second,
                    pss: (second == 0).then_some(17),
                    threads: 3,
                    fds: Some(5),
                    read: None,
                    written: None,
                },
                waited: Some(Duration::from_nanos(second)),
            })
            .collect()
    }

    #[test]
    fn csv_has_a_line_for_every_look_and_nothing_for_what_is_unknown() {
        let mut out = Vec::new();
        csv_into(&mut out, &looks()).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
    }

    #[test]
    fn openmetrics_has_units_totals_and_an_end() {
        let text = openmetrics_text(7, "`a\"b\\c\nd`", 1_700_000_000.0, &looks());
        insta::assert_snapshot!(text);
        assert_eq!(openmetrics_text(7, "", 0.0, &[]), "# EOF\n");
    }
}
