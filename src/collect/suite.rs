//! What a suite that is ready can be asked: its benchmarks, and one invocation.

use super::command::Program;
use super::process::Interrupt;
use super::session::SessionOptions;
use super::tool::shortened;
use super::workload::{self, Driver};
use super::{CollectError, Unit, UnitMeasured, command, criterion, divan, system};
use crate::budget::{NameGlob, Suite};
use crate::build::BuiltBench;
use crate::compare::statistic;
use crate::measurement::format::fields::name_problem;
use crate::measurement::{Executables, Metric, Side};
use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

/// How a suite is run.
#[derive(Debug, Clone)]
pub enum Runner {
    /// A built criterion target.
    Criterion(BuiltBench),
    /// A built divan target.
    Divan(BuiltBench),
    /// A program.
    Command(Program),
    /// A workload, of which one run is one invocation.
    Workload(Driver),
    /// The bundled benchmarks of the machine.
    System,
}

impl Runner {
    /// The same, with another executable; commands have none of their own.
    #[must_use]
    pub(super) fn with_executable(mut self, executable: Option<PathBuf>) -> Self {
        if let (Self::Criterion(built) | Self::Divan(built), Some(executable)) =
            (&mut self, executable)
        {
            built.executable = executable;
        }
        self
    }

    /// The same, with more in its environment.
    #[must_use]
    pub(super) fn with_environment(
        mut self,
        more: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Self {
        match &mut self {
            Self::Criterion(built) | Self::Divan(built) => built.environment.extend(more),
            Self::Command(program) => program.environment.extend(more),
            Self::Workload(driver) => driver.environment.extend(more),
            Self::System => {}
        }
        self
    }

    /// The same, with another seed; only workloads draw anything.
    #[must_use]
    pub(super) fn with_seed(mut self, seed: u64) -> Self {
        if let Self::Workload(driver) = &mut self {
            driver.seed = seed;
        }
        self
    }

    /// The same, with more arguments; only commands take any.
    #[must_use]
    pub(super) fn with_arguments(mut self, more: &[String]) -> Self {
        if let Self::Command(program) = &mut self {
            program.source.argv.extend_from_slice(more);
        }
        self
    }
}

/// The base side of a suite.
#[derive(Clone)]
pub enum Counterpart {
    /// It can be run.
    Measured {
        /// How.
        runner: Box<Runner>,
        /// Relinked layouts of both sides.
        layouts: Layouts,
    },
    /// Its machine code is that of the candidate.
    Identical,
    /// It cannot be compared: why.
    NotComparable(String),
}

/// Relinked layouts of both sides of a suite.
#[derive(Clone)]
pub enum Layouts {
    /// Pairs go through them in turn.
    Shuffled(Rc<dyn Relink>),
    /// The executables are run as cargo linked them; why, where that was not asked for.
    AsLinked(Option<String>),
}

/// Makes executables of other layouts, when they are needed.
pub trait Relink {
    /// How many there are a side, at least 12.
    fn count(&self) -> u32;

    /// The executable of a side with the layout of this number, made now if it is not there yet.
    ///
    /// # Errors
    /// The linker fails; Ctrl-C.
    fn executable(
        &self,
        side: Side,
        layout: u32,
        interrupt: &Interrupt,
    ) -> Result<PathBuf, CollectError>;
}

/// A suite that is ready to be run.
#[derive(Clone)]
pub struct Ready<'a> {
    /// As configured.
    pub suite: &'a Suite,
    /// How it is run.
    pub runner: Runner,
    /// Version of the tool where known.
    pub tool_version: Option<String>,
    /// The base side, where one is measured beside it.
    pub base: Option<Counterpart>,
    /// Hashes of both executables.
    pub executables: Option<Executables>,
}

impl<'a> Ready<'a> {
    /// A suite without a base side.
    #[must_use]
    pub fn alone(suite: &'a Suite, runner: Runner, tool_version: Option<String>) -> Self {
        Self {
            suite,
            runner,
            tool_version,
            base: None,
            executables: None,
        }
    }
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
        Runner::Command(program) => Ok(vec![Unit {
            filter: program.source.benchmark.clone(),
            benchmarks: vec![program.source.benchmark.clone()],
        }]),
        Runner::Workload(driver) => Ok(workload::list(driver)),
        Runner::System => Ok(system::list()),
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
    runner: &Runner,
    suite: &Suite,
    unit: &Unit,
    iteration: Option<Duration>,
    options: &SessionOptions,
    interrupt: &Interrupt,
) -> Result<UnitMeasured, CollectError> {
    let timeout = suite.timeout.unwrap_or(options.timeout);
    match runner {
        Runner::Criterion(built) => {
            criterion::measure(built, unit, iteration, &options.scratch, timeout, interrupt)
        }
        Runner::Divan(built) => divan::measure(built, unit, timeout, interrupt),
        Runner::Command(program) => command::measure(program, timeout, interrupt)
            .map(|measured| vec![(program.source.benchmark.clone(), measured)]),
        Runner::Workload(driver) => workload::measure(driver, interrupt),
        Runner::System => system::measure(unit, &options.self_executable, timeout, interrupt),
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
