//! divan 0.1: the table that it prints is all there is, so rows are summaries and not samples.
//!
//! Read in the source of 0.1.21:
//!
//! - `--exact PATH` compares with the names from the crate to the function and, where it has one, the argument,
//!   joined by `::`. Thread counts cannot be chosen: they are measured together, one row each.
//! - Flags win over what `#[divan::bench(..)]` and the environment say. `DIVAN_*` variables other than `DIVAN_TIMER`
//!   are removed, because they change what is measured without a trace.
//! - Numbers have four digits, cut and not rounded.
//! - Under `--test --sample-count 0` nothing is run, and all names are printed.

mod blocks;
mod cells;
mod listing;
mod outline;
mod table;
mod zeros;

pub use listing::parse_list;
pub use table::{DivanRow, parse_tree};
pub use zeros::complete_allocations;

use super::process::{Finished, Interrupt};
use super::tool::{Start, UnitMeasured, names, seconds, shortened, silent, unreadable};
use super::{CollectError, Measured, Unit};
use crate::build::BuiltBench;
use crate::measurement::Evidence;
use std::ffi::OsString;
use std::time::Duration;

/// Samples of an invocation, unless iterations are so long that the time is up before.
const SAMPLES: &str = "50";

/// The target time may be exceeded by this factor to come to enough samples of long iterations.
const LONGEST: u32 = 10;

/// A path that no benchmark has.
const NOTHING: &str = "\u{1}";

/// What is wrong with divan's output.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct DivanError {
    /// Of stdout, from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
}

/// The benchmarks of an executable by what can be run together, in divan's order.
///
/// Names are the path joined by `/`, without the crate of the bench target itself. Ignored benchmarks are left out.
/// Code of benchmarks outside of what they measure is run.
///
/// # Errors
/// The executable fails, is no divan bench, or prints what cannot be told from names.
pub fn list(
    built: &BuiltBench,
    timeout: Duration,
    interrupt: &Interrupt,
) -> Result<Vec<Unit>, CollectError> {
    let start = |arguments: &[&str], nextest: bool| {
        let finished = start(built, arguments, nextest, timeout, interrupt)?;
        text(finished.stdout)
    };
    let terse = ["--list", "--format", "terse"];
    let printed = start(&terse, true)?;
    let terse = names(&printed, || {
        start(&[&terse[..], &["--exact", "--", NOTHING]].concat(), true)
    })?;
    if terse.is_empty() {
        return Ok(Vec::new());
    }
    let shape = ["--test", "--sample-count", "0", "--color", "never"];
    let leaves = match start(&shape, false) {
        Ok(printed) => parse_list(&printed).unwrap_or_default(),
        // A benchmark fails while it is set up. The others have their names without the tree as well.
        Err(CollectError::Failed {
            kind: crate::measurement::FailureKind::Crashed,
            ..
        }) => Vec::new(),
        Err(other) => return Err(other),
    };
    Ok(listing::units(&terse, &leaves, &crate_name(built)))
}

/// Measures the benchmarks of one unit in a fresh process.
///
/// Each is given `time` in nanoseconds per iteration as a summary, throughputs of its counters (`bytes-per-second`,
/// `chars-per-second`, `cycles-per-second`, `items-per-second`), and per iteration what divan's `AllocProfiler` counts, if it
/// is installed and saw anything: `max-allocations`, `allocations`, `deallocations`, `grows`, `shrinks`, and their sizes
/// `max-bytes-allocated`, `bytes-allocated`, `bytes-deallocated`, `bytes-grown`, `bytes-shrunk`.
///
/// divan samples for the target time, at least 50 samples as long as that takes no more than ten times as long. It has no
/// warm-up besides finding its sample size.
///
/// # Errors
/// The process fails or is stopped at its limit; its table is missing, unreadable, or not about the unit; Ctrl-C.
pub fn measure(
    built: &BuiltBench,
    unit: &Unit,
    timeout: Duration,
    interrupt: &Interrupt,
) -> Result<UnitMeasured, CollectError> {
    let least = seconds(built.target.measure);
    let most = seconds(built.target.measure.saturating_mul(LONGEST));
    let arguments = [
        "--bench",
        "--color",
        "never",
        "--sample-count",
        SAMPLES,
        "--min-time",
        &least,
        "--max-time",
        &most,
        "--exact",
        "--",
        &unit.filter,
    ];
    let finished = start(built, &arguments, false, timeout, interrupt)?;
    let rows = parse_tree(&text(finished.stdout)?)
        .map_err(|error| unreadable(format!("stdout, {error}")))?;
    if rows.is_empty() {
        return Err(silent(
            "it ended well and printed no result: the benchmark is gone, or ended its process",
        ));
    }
    of_unit(rows, unit, &crate_name(built))
}

/// Gives each row its name of the list.
fn of_unit(
    rows: Vec<DivanRow>,
    unit: &Unit,
    crate_name: &str,
) -> Result<UnitMeasured, CollectError> {
    let shown: Vec<String> = rows.iter().map(|row| name(&row.path, crate_name)).collect();
    // The table does not show spaces at the end of a name.
    let as_listed = shown.len() == unit.benchmarks.len()
        && shown
            .iter()
            .zip(&unit.benchmarks)
            .all(|(shown, listed)| shown.trim_end() == listed.trim_end());
    if !as_listed {
        return Err(unreadable(format!(
            "it measured {} instead of {}: two benchmarks have one name, or something else is printed on stdout",
            quoted(&shown),
            quoted(&unit.benchmarks)
        )));
    }
    unit.benchmarks
        .iter()
        .cloned()
        .zip(rows.into_iter().map(|row| row.measured))
        .map(|(name, measured)| {
            check_time(&measured).map_err(|problem| unreadable(format!("{name}: {problem}")))?;
            Ok((name, measured))
        })
        .collect()
}

/// Times of zero have no ratio to anything.
fn check_time(measured: &Measured) -> Result<(), &'static str> {
    match measured.first() {
        Some((_, Evidence::Summary(time))) if time.median > 0.0 && time.mean > 0.0 => Ok(()),
        _ => Err(
            "its time is below what divan can show: was it optimised away? Try `divan::black_box`",
        ),
    }
}

fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names
        .iter()
        .map(|name| format!("`{}`", shortened(name)))
        .collect();
    names.join(", ")
}

/// Our name of a benchmark: its path without the bench target's own crate.
fn name(path: &[String], crate_name: &str) -> String {
    match path {
        [root, rest @ ..] if root == crate_name && !rest.is_empty() => rest.join("/"),
        whole => whole.join("/"),
    }
}

/// The name that the compiler gives to the target.
fn crate_name(built: &BuiltBench) -> String {
    built.target.bench.replace('-', "_")
}

fn text(stdout: Vec<u8>) -> Result<String, CollectError> {
    String::from_utf8(stdout).map_err(|_| unreadable("its output is not UTF-8"))
}

fn start(
    built: &BuiltBench,
    arguments: &[&str],
    nextest: bool,
    timeout: Duration,
    interrupt: &Interrupt,
) -> Result<Finished, CollectError> {
    let set: Vec<(OsString, OsString)> = nextest
        .then(|| ("NEXTEST".into(), "1".into()))
        .into_iter()
        .collect();
    let inherited = std::env::vars_os().map(|(name, _)| name).filter(|name| {
        name != "DIVAN_TIMER" && name.as_encoded_bytes().starts_with(b"DIVAN_")
            || name == "NEXTEST" && !nextest
    });
    let start = Start {
        tool: "divan",
        built,
        arguments: arguments.iter().map(Into::into).collect(),
        environment: set,
        removed: inherited.collect(),
        timeout,
    };
    start.run(interrupt)
}

#[cfg(test)]
mod tests;
