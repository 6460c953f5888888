//! What a suite that is ready can be asked: its benchmarks, and one invocation.

use super::process::Interrupt;
use super::session::SessionOptions;
use super::tool::shortened;
use super::{CollectError, Unit, UnitMeasured, command, criterion, divan};
use crate::budget::{CommandSource, NameGlob, Suite};
use crate::build::BuiltBench;
use crate::compare::statistic;
use crate::measurement::Metric;
use crate::measurement::format::fields::name_problem;
use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

/// How a suite is run.
#[derive(Debug, Clone)]
pub enum Runner {
    /// A built criterion target.
    Criterion(BuiltBench),
    /// A built divan target.
    Divan(BuiltBench),
    /// A program.
    Command(CommandSource),
}

/// A suite that is ready to be run.
#[derive(Debug, Clone)]
pub struct Ready<'a> {
    /// As configured.
    pub suite: &'a Suite,
    /// How it is run.
    pub runner: Runner,
    /// Version of the tool where known.
    pub tool_version: Option<String>,
}

/// The benchmarks that a suite would run, in its tool's order: `only` of the suite and globs on `suite/name` (none
/// = all) are respected.
///
/// # Errors
/// The tool's executable fails or cannot be understood; Ctrl-C.
pub fn list(
    ready: &Ready<'_>,
    scratch: &Path,
    only: &[NameGlob],
    timeout: Duration,
    interrupt: &Interrupt,
) -> Result<Vec<String>, CollectError> {
    let timeout = ready.suite.timeout.unwrap_or(timeout);
    let units = units_of(ready, scratch, timeout, interrupt)?;
    Ok(units
        .into_iter()
        .flat_map(|unit| unit.benchmarks)
        .filter(|name| wanted(ready.suite, name, only))
        .collect())
}

pub(super) fn units_of(
    ready: &Ready<'_>,
    scratch: &Path,
    timeout: Duration,
    interrupt: &Interrupt,
) -> Result<Vec<Unit>, CollectError> {
    match &ready.runner {
        Runner::Criterion(built) => criterion::list(built, scratch, timeout, interrupt),
        Runner::Divan(built) => divan::list(built, timeout, interrupt),
        Runner::Command(source) => Ok(vec![Unit {
            filter: source.benchmark.clone(),
            benchmarks: vec![source.benchmark.clone()],
        }]),
    }
}

pub(super) fn wanted(suite: &Suite, name: &str, only: &[NameGlob]) -> bool {
    let id = format!("{}/{name}", suite.name);
    let in_suite = suite.only.is_empty() || suite.only.iter().any(|glob| glob.matches(name));
    in_suite && (only.is_empty() || only.iter().any(|glob| glob.matches(&id)))
}

/// A listed name that cannot be measured.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    /// The name, where a run can hold it.
    pub(super) name: Option<String>,
    pub(super) detail: String,
}

/// Takes out of the units what a run could not hold: names that are empty or too long, and all but the first of
/// those that are alike. Units without benchmarks go.
pub(super) fn sift(units: &mut Vec<Unit>) -> Vec<Refused> {
    let mut refused = Vec::new();
    let mut seen = HashSet::new();
    for unit in units.iter_mut() {
        unit.benchmarks.retain(|name| {
            if let Some(problem) = name_problem(name) {
                refused.push(Refused {
                    name: None,
                    detail: format!(
                        "it lists the benchmark {:?}: {problem}; rename it",
                        shortened(name)
                    ),
                });
                return false;
            }
            let first = seen.insert(name.clone());
            if !first {
                refused.push(Refused {
                    name: Some(name.clone()),
                    detail: format!(
                        "it lists the benchmark {:?} more than once, of which only the first is measured: give them different names",
                        shortened(name)
                    ),
                });
            }
            first
        });
    }
    units.retain(|unit| !unit.benchmarks.is_empty());
    refused
}

pub(super) fn run_unit(
    ready: &Ready<'_>,
    unit: &Unit,
    iteration: Option<Duration>,
    options: &SessionOptions,
    interrupt: &Interrupt,
) -> Result<UnitMeasured, CollectError> {
    let timeout = ready.suite.timeout.unwrap_or(options.timeout);
    match &ready.runner {
        Runner::Criterion(built) => {
            criterion::measure(built, unit, iteration, &options.scratch, timeout, interrupt)
        }
        Runner::Divan(built) => divan::measure(built, unit, timeout, interrupt),
        Runner::Command(source) => command::measure(source, &options.root, timeout, interrupt)
            .map(|measured| vec![(source.benchmark.clone(), measured)]),
    }
}

/// What one iteration took, for tools that want to know it the next time.
pub(super) fn time_of_iteration(measured: &UnitMeasured) -> Option<Duration> {
    let (_, metrics) = measured.first()?;
    let (_, evidence) = metrics
        .iter()
        .find(|(metric, _)| *metric == Metric::time())?;
    let nanoseconds = statistic(evidence)?;
    Duration::try_from_secs_f64(nanoseconds * 1e-9).ok()
}
