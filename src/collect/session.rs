//! One measuring session: asks the plan what to run, runs it, and puts what came into a [`Run`].

use super::process::{self, Interrupt};
use super::recorder::Recorder;
use super::tool::shortened;
use super::{CollectError, Unit, UnitMeasured, command, criterion, divan, environment, kernels};
use crate::budget::{CommandSource, NameGlob, Suite};
use crate::build::BuiltBench;
use crate::compare::statistic;
use crate::measurement::format::fields::name_problem;
use crate::measurement::{
    BenchmarkId, BenchmarkRecord, Failure, FailureKind, Metric, REFERENCE_KERNELS, Run, Side,
    SuiteRecord,
};
use crate::plan::{Ending, Outcome, Plan, PlannedUnit, Step};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

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

/// What a session needs beside the suites.
#[derive(Debug, Clone)]
pub struct SessionOptions {
    /// Directory of budgets.toml: commands run relative to it.
    pub root: PathBuf,
    /// Private directories of invocations are made here.
    pub scratch: PathBuf,
    /// This executable, to be started again for the reference kernels.
    pub self_executable: PathBuf,
    /// Seed of the order.
    pub seed: u64,
    /// Wall time for measuring.
    pub time: Duration,
    /// Invocations of suites that do not say.
    pub invocations: u32,
    /// Invocations of all suites, whatever they say.
    pub invocations_asked: Option<u32>,
    /// Time limit of an invocation, for suites that do not say.
    pub timeout: Duration,
    /// Only benchmarks whose `suite/name` matches one of these; empty = all.
    pub only: Vec<NameGlob>,
}

/// What the steps of the reference kernels are called.
pub const KERNELS_STEP: &str = "reference kernels";

/// Told of everything that a waiting person wants to know.
pub trait Progress {
    /// The next thing starts: its name, invocations done and planned, time left where it can be known.
    fn step(&mut self, name: &str, done: u64, planned: u64, left: Option<Duration>);
    /// An invocation gave nothing usable.
    fn failed(&mut self, name: &str, kind: FailureKind, detail: &str);
    /// Measuring is over.
    fn finish(&mut self);
}

/// One planned unit: which suite, which unit, which of its benchmarks are wanted.
struct Slot {
    suite: usize,
    unit: Unit,
}

/// Measures. The run comes back whole whatever happens to benchmarks; `header.partial` says that it was cut.
///
/// Fields of the header that need the outside (start time, revision, configuration) are the caller's.
pub fn measure(
    suites: &[Ready<'_>],
    options: &SessionOptions,
    interrupt: &Interrupt,
    progress: &mut dyn Progress,
) -> Run {
    let began = Instant::now();
    let in_children = process::time_in_children();
    let mut session = Session {
        suites,
        options,
        interrupt,
        progress,
        slots: Vec::new(),
        iterations: Vec::new(),
        recorder: Recorder::default(),
    };
    criterion::clear_up(&options.scratch, SystemTime::now());
    session.list_all();
    session.warm_up();
    let steal_before = environment::CpuTimes::now();
    let cut = session.run_plan();
    session.progress.finish();
    let mut run = session.recorder.run;
    complete(&mut run, suites);
    run.environment.steal = steal_before
        .zip(environment::CpuTimes::now())
        .and_then(|(before, after)| environment::steal_between(before, after));
    run.header.took_ms = milliseconds(began.elapsed());
    run.header.in_processes_ms = milliseconds(process::time_in_children() - in_children);
    run.header.partial = cut;
    run.header.seed = options.seed.to_string();
    run.header.only = options
        .only
        .iter()
        .map(|glob| glob.as_str().to_owned())
        .collect();
    run
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Leaves out benchmarks without any observation (the suites' lists still name them), and adds what divan knows
/// without saying.
fn complete(run: &mut Run, suites: &[Ready<'_>]) {
    run.benchmarks.retain(|record| !record.series.is_empty());
    for ready in suites {
        if matches!(ready.runner, Runner::Divan(_)) {
            let mut of_suite: Vec<&mut BenchmarkRecord> = run
                .benchmarks
                .iter_mut()
                .filter(|record| record.id.suite == ready.suite.name)
                .collect();
            divan::complete_allocations(&mut of_suite);
        }
    }
}

/// The user pressed Ctrl-C.
struct Interrupted;

struct Session<'a> {
    suites: &'a [Ready<'a>],
    options: &'a SessionOptions,
    interrupt: &'a Interrupt,
    progress: &'a mut dyn Progress,
    slots: Vec<Slot>,
    /// What one iteration took, by slot, as far as it is known.
    iterations: Vec<Option<Duration>>,
    recorder: Recorder,
}

impl Session<'_> {
    /// Runs the plan to its end; whether it was cut before.
    fn run_plan(&mut self) -> bool {
        let planned: Vec<PlannedUnit> = self
            .slots
            .iter()
            .map(|slot| PlannedUnit {
                invocations: self
                    .options
                    .invocations_asked
                    .or(self.suites[slot.suite].suite.invocations)
                    .unwrap_or(self.options.invocations),
            })
            .collect();
        let mut plan = Plan::new(self.options.seed, self.options.time, &planned);
        let measuring = Instant::now();
        loop {
            if self.interrupt.is_set() {
                return true;
            }
            let elapsed = measuring.elapsed();
            let step = plan.next(elapsed);
            let (done, total) = plan.progress();
            let left = plan.time_left(elapsed);
            let started = Instant::now();
            let outcome = match step {
                Step::Done(ending) => return ending == Ending::TooLittleTime,
                Step::Kernels { round } => {
                    self.progress.step(KERNELS_STEP, done, total, left);
                    self.run_kernels(round)
                }
                Step::Invoke { unit, round } => {
                    let label = self.label(unit);
                    self.progress.step(&label, done, total, left);
                    self.run_slot(unit, round, milliseconds(elapsed))
                }
            };
            match outcome {
                Ok(outcome) => plan.told(outcome, started.elapsed()),
                Err(Interrupted) => return true,
            }
        }
    }

    fn run_kernels(&mut self, round: u32) -> Result<Outcome, Interrupted> {
        let arguments = [kernels::HIDDEN_ARGUMENT];
        match kernels::measure(&self.options.self_executable, &arguments, self.interrupt) {
            Ok(times) => {
                self.recorder.kernels(times);
                Ok(Outcome::Measured)
            }
            Err(CollectError::Interrupted) => Err(Interrupted),
            Err(CollectError::Failed { kind, detail }) => {
                self.progress.failed(KERNELS_STEP, kind, &detail);
                self.recorder.run.failures.push(Failure {
                    suite: REFERENCE_KERNELS.to_owned(),
                    benchmark: None,
                    side: Side::Candidate,
                    invocation: round,
                    kind,
                    detail,
                });
                Ok(Outcome::Failed)
            }
        }
    }

    fn run_slot(&mut self, index: usize, round: u32, at_ms: f64) -> Result<Outcome, Interrupted> {
        let slot = &self.slots[index];
        let ready = &self.suites[slot.suite];
        let iteration = self.iterations[index];
        match run_unit(ready, &slot.unit, iteration, self.options, self.interrupt) {
            Ok(measured) => {
                // Decided once, by the first invocation: later ones must not depend on what came before them.
                if iteration.is_none() {
                    self.iterations[index] = time_of_iteration(&measured);
                }
                Ok(self.recorder.observations(
                    ready.suite,
                    &slot.unit,
                    round,
                    at_ms,
                    measured,
                    self.progress,
                ))
            }
            Err(CollectError::Interrupted) => Err(Interrupted),
            Err(CollectError::Failed { kind, detail }) => {
                self.progress
                    .failed(&slot.label(ready.suite), kind, &detail);
                self.recorder
                    .failure(ready.suite, &slot.unit, round, kind, &detail);
                Ok(Outcome::Failed)
            }
        }
    }

    fn label(&self, index: usize) -> String {
        let slot = &self.slots[index];
        slot.label(self.suites[slot.suite].suite)
    }

    /// Asks every suite for its benchmarks, keeps those that are wanted, and records what was listed.
    fn list_all(&mut self) {
        for (index, ready) in self.suites.iter().enumerate() {
            let suite = ready.suite;
            let timeout = suite.timeout.unwrap_or(self.options.timeout);
            let listed = units_of(ready, &self.options.scratch, timeout, self.interrupt);
            let mut units = match listed {
                Ok(units) => units,
                Err(CollectError::Interrupted) => return,
                Err(CollectError::Failed { kind, detail }) => {
                    self.not_listed(suite, None, kind, detail);
                    Vec::new()
                }
            };
            for unit in &mut units {
                unit.benchmarks
                    .retain(|name| wanted(suite, name, &self.options.only));
            }
            for Refused { name, detail } in sift(&mut units) {
                self.not_listed(suite, name, FailureKind::Unreadable, detail);
            }
            let mut names = Vec::new();
            for unit in units {
                for name in &unit.benchmarks {
                    // Made here, so that the run keeps the tool's order and not that of the first round.
                    self.recorder
                        .record(BenchmarkId::new(suite.name.clone(), name.clone()));
                    names.push(name.clone());
                }
                self.slots.push(Slot { suite: index, unit });
                self.iterations.push(None);
            }
            self.recorder.run.suites.push(SuiteRecord {
                name: suite.name.clone(),
                tool: suite.source.tool().to_owned(),
                tool_version: ready.tool_version.clone(),
                listed: names,
            });
        }
    }

    /// Says and records what went wrong while a suite was listed.
    fn not_listed(
        &mut self,
        suite: &Suite,
        benchmark: Option<String>,
        kind: FailureKind,
        detail: String,
    ) {
        let label = match &benchmark {
            Some(name) => format!("{}/{name}", suite.name),
            None => suite.name.clone(),
        };
        self.progress.failed(&label, kind, &detail);
        self.recorder.run.failures.push(Failure {
            suite: suite.name.clone(),
            benchmark,
            side: Side::Candidate,
            invocation: 0,
            kind,
            detail,
        });
    }

    /// Commands have no warm-up of their own. A failure is said here, shows again in the first round, and is
    /// recorded there.
    fn warm_up(&mut self) {
        for slot in &self.slots {
            let ready = &self.suites[slot.suite];
            let Runner::Command(source) = &ready.runner else {
                continue;
            };
            let timeout = ready.suite.timeout.unwrap_or(self.options.timeout);
            match command::warm_up(source, &self.options.root, timeout, self.interrupt) {
                Ok(()) => {}
                Err(CollectError::Interrupted) => return,
                Err(CollectError::Failed { kind, detail }) => {
                    let label = format!("warm-up of {}", slot.label(ready.suite));
                    self.progress.failed(&label, kind, &detail);
                }
            }
        }
    }
}

impl Slot {
    fn label(&self, suite: &Suite) -> String {
        match self.unit.benchmarks.as_slice() {
            [one] => format!("{}/{one}", suite.name),
            several => format!("{}/{} ({})", suite.name, self.unit.filter, several.len()),
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

fn units_of(
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

fn wanted(suite: &Suite, name: &str, only: &[NameGlob]) -> bool {
    let id = format!("{}/{name}", suite.name);
    let in_suite = suite.only.is_empty() || suite.only.iter().any(|glob| glob.matches(name));
    in_suite && (only.is_empty() || only.iter().any(|glob| glob.matches(&id)))
}

/// A listed name that cannot be measured.
#[derive(Debug, PartialEq, Eq)]
struct Refused {
    /// The name, where a run can hold it.
    name: Option<String>,
    detail: String,
}

/// Takes out of the units what a run could not hold: names that are empty or too long, and all but the first of
/// those that are alike. Units without benchmarks go.
fn sift(units: &mut Vec<Unit>) -> Vec<Refused> {
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

fn run_unit(
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
fn time_of_iteration(measured: &UnitMeasured) -> Option<Duration> {
    let (_, metrics) = measured.first()?;
    let (_, evidence) = metrics
        .iter()
        .find(|(metric, _)| *metric == Metric::time())?;
    let nanoseconds = statistic(evidence)?;
    Duration::try_from_secs_f64(nanoseconds * 1e-9).ok()
}

#[cfg(test)]
mod tests;
