//! The bundled benchmarks of the machine, each in a fresh process of tollgate's own: `tool = "system"`.
//!
//! They say what a machine is like, and whether two machines are alike. The reference kernels do something else with some of
//! the same work: they are the yardstick that a baseline is corrected by, which takes one number each and no judgement.

mod work;

use super::process::{self, Interrupt, Invocation, describe_status, tail};
use super::{CollectError, Measured, Unit, UnitMeasured};
use crate::measurement::{Evidence, FailureKind, Metric, Samples};
use crate::units;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

pub use work::{BENCHMARKS, Benchmark, Series};

/// First argument that makes a tollgate executable, or a gate target, run one of them; its name follows.
pub const HIDDEN_ARGUMENT: &str = "__system";

/// Version of the work. A change of it makes times of before and after another thing: the metric would jump.
const VERSION: u32 = 1;

/// What the child prints.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    version: u32,
    benchmark: String,
    /// Nanoseconds per operation of each batch.
    time: Vec<f64>,
    /// Operations of each batch.
    iterations: u32,
    /// Of single operations, where each was timed by itself.
    p99: Option<f64>,
}

/// Each benchmark is a unit.
pub(super) fn list() -> Vec<Unit> {
    BENCHMARKS
        .iter()
        .map(|benchmark| Unit {
            filter: benchmark.name.to_owned(),
            benchmarks: vec![benchmark.name.to_owned()],
        })
        .collect()
}

/// The child's side: runs the named benchmark and prints one line of JSON.
///
/// # Errors
/// There is no such benchmark, the machine refuses what it needs, or stdout does.
pub fn print(name: &str) -> std::io::Result<()> {
    let benchmark = BENCHMARKS
        .iter()
        .find(|benchmark| benchmark.name == name)
        .ok_or_else(|| std::io::Error::other(format!("there is no benchmark {name:?}")))?;
    let series = (benchmark.measure)()?;
    let line = Line {
        version: VERSION,
        benchmark: name.to_owned(),
        time: series.batches,
        iterations: series.operations,
        p99: series.p99,
    };
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, &line)?;
    writeln!(out)?;
    out.flush()
}

/// Runs one of them.
pub(super) fn measure(
    unit: &Unit,
    program: &Path,
    timeout: Duration,
    interrupt: &Interrupt,
) -> Result<UnitMeasured, CollectError> {
    let finished = process::run(
        &Invocation {
            program: program.to_owned(),
            arguments: vec![HIDDEN_ARGUMENT.into(), unit.filter.as_str().into()],
            directory: "/".into(),
            environment: Vec::new(),
            environment_removed: Vec::new(),
            timeout,
        },
        interrupt,
    )?;
    let failed = |kind, problem: String| {
        let mut detail = format!(
            "{} {HIDDEN_ARGUMENT} {}: {problem}",
            program.display(),
            unit.filter
        );
        let lines = tail(&finished.stderr, 5);
        if !lines.is_empty() {
            detail.push_str(&format!("; last lines of stderr:\n{lines}"));
        }
        CollectError::Failed { kind, detail }
    };
    if !finished.status.success() {
        return Err(failed(
            FailureKind::Crashed,
            describe_status(finished.status),
        ));
    }
    if finished.stdout.trim_ascii().is_empty() {
        return Err(failed(FailureKind::Silent, "printed nothing".to_owned()));
    }
    parse(&finished.stdout, &unit.filter)
        .map(|measured| vec![(unit.filter.clone(), measured)])
        .map_err(|problem| failed(FailureKind::Unreadable, problem))
}

fn parse(bytes: &[u8], name: &str) -> Result<Measured, String> {
    let line: Line = serde_json::from_slice(bytes).map_err(|error| {
        format!(
            "expected one line of JSON ({error}), got: {}",
            tail(bytes, 1)
        )
    })?;
    if line.version != VERSION {
        return Err(format!(
            "its version is {} instead of {VERSION}: the executable was built with another tollgate, build it again",
            line.version
        ));
    }
    if line.benchmark != name {
        return Err(format!("it measured {:?}", line.benchmark));
    }
    let is_time = |time: &f64| time.is_finite() && *time > 0.0;
    if line.time.is_empty() || line.iterations == 0 {
        return Err("it measured nothing".to_owned());
    }
    if let Some(wrong) = line
        .time
        .iter()
        .chain(&line.p99)
        .find(|time| !is_time(time))
    {
        return Err(format!("{wrong} ns is no time"));
    }
    let iterations = vec![f64::from(line.iterations); line.time.len()];
    let samples = Samples {
        values: line.time,
        iterations,
    };
    let mut measured = vec![(Metric::time(), Evidence::Samples(Box::new(samples)))];
    if let Some(p99) = line.p99 {
        let metric = Metric::lower("p99", units::Unit::Nanoseconds);
        measured.push((metric, Evidence::Value(p99)));
    }
    Ok(measured)
}

#[cfg(test)]
mod tests;
