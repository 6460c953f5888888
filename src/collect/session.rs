//! One measuring session: asks the plan what to run, runs it, and puts what came into a [`Run`].

use super::process::{self, Interrupt};
use super::recorder::Recorder;
use super::suite::{Ready, Refused, Runner, run_unit, sift, time_of_iteration, units_of, wanted};
use super::{CollectError, Unit, command, criterion, divan, environment, kernels};
use crate::budget::{NameGlob, Suite};
use crate::measurement::{
    BenchmarkId, BenchmarkRecord, Failure, FailureKind, REFERENCE_KERNELS, Run, Side, SuiteRecord,
};
use crate::plan::{self, Ending, Outcome, Plan, PlannedUnit, Step};
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

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
            .map(|slot| {
                let asked = self.options.invocations_asked;
                PlannedUnit::single(
                    asked
                        .or(self.suites[slot.suite].suite.invocations)
                        .unwrap_or(self.options.invocations),
                )
            })
            .collect();
        let options = plan::Options {
            seed: self.options.seed,
            limit: self.options.time,
            canary: false,
        };
        let mut plan = Plan::new(options, &planned);
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
                // Only pairs are judged while measuring.
                Step::Judge { .. } => Ok(Outcome::Measured),
                Step::Kernels { round, .. } => {
                    self.progress.step(KERNELS_STEP, done, total, left);
                    self.run_kernels(round)
                }
                Step::Invoke { unit, round, .. } => {
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
        match kernels::measure(&self.options.self_executable, &[], self.interrupt) {
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
                ..SuiteRecord::default()
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

#[cfg(test)]
mod tests;
