//! One measuring session: asks the plan what to run, runs it, and puts what came into a [`Run`].

mod copies;
mod listing;
mod resume;
mod slots;

use super::process::{self, Interrupt};
use super::recorder::{Origin, Recorder};
use super::suite::{Ready, Runner, run_unit, time_of_iteration};
use super::{
    CollectError, UnitMeasured, affinity, command, criterion, divan, environment, kernels,
};
use crate::budget::{NameGlob, Overhead};
use crate::measurement::{
    BenchmarkId, BenchmarkRecord, Failure, FailureKind, REFERENCE_KERNELS, Run, Side,
};
use crate::plan::{Ending, Options as PlanOptions, Outcome, Plan, Step};
use listing::slots_of;
use slots::Slot;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

/// What a session needs beside the suites.
#[derive(Debug, Clone)]
pub struct SessionOptions {
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
    /// Invocations of all suites, whatever they say; with a base the most pairs of a benchmark.
    pub invocations_asked: Option<u32>,
    /// Time limit of an invocation, for suites that do not say.
    pub timeout: Duration,
    /// Only benchmarks whose `suite/name` matches one of these; empty = all.
    pub only: Vec<NameGlob>,
    /// There is a base side: reference kernels run as A/A pairs.
    pub paired: bool,
    /// Benchmarks with absolute limits: measured also where their base side cannot or need not be.
    pub absolute: Vec<NameGlob>,
    /// Pairs run on this CPU alone.
    pub cpu: Option<usize>,
}

/// What the steps of the reference kernels are called.
pub const KERNELS_STEP: &str = "reference kernels";

/// Time between two savings of a run that is being measured: a killed job loses no more.
const SAVE_EVERY: Duration = Duration::from_secs(10);

/// Told of everything that a waiting person wants to know.
pub trait Progress {
    /// The next thing starts: its name, invocations done and planned, time left where it can be known.
    fn step(&mut self, name: &str, done: u64, planned: u64, left: Option<Duration>);
    /// An invocation gave nothing usable.
    fn failed(&mut self, name: &str, kind: FailureKind, detail: &str);
    /// Measuring is over.
    fn finish(&mut self);
}

/// What is not decided yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Open {
    /// Benchmarks whose pairs go on.
    pub benchmarks: BTreeSet<BenchmarkId>,
    /// Whether the pairs of reference kernels go on.
    pub canary: bool,
}

/// What a session asks its caller.
pub struct Hooks<'a> {
    /// What is not decided yet, by what was measured so far.
    pub judge: &'a dyn Fn(&Run) -> Open,
    /// Keeps an unfinished run, so that a killed job can go on.
    pub save: &'a mut dyn FnMut(&Run),
    /// Tells people.
    pub progress: &'a mut dyn Progress,
}

/// Where a session begins.
#[derive(Debug, Clone, Default)]
pub struct Beginning {
    /// Header and environment of a new run, or a whole run to go on with.
    pub run: Run,
    /// First round of this attempt in the run.
    pub first_round: u32,
    /// Attempts before this one: their layouts have other numbers.
    pub attempts_before: u32,
    /// The attempt was begun before, with the same seed, and goes on.
    pub resumed: bool,
}

/// Measures. The run comes back whole whatever happens to benchmarks; `header.partial` says that it was cut.
///
/// Fields of the header that need the outside (start time, revision, configuration) are the caller's.
pub fn measure(
    suites: &[Ready<'_>],
    claims: &[Overhead],
    options: &SessionOptions,
    beginning: Beginning,
    interrupt: &Interrupt,
    hooks: Hooks<'_>,
) -> Run {
    let began = Instant::now();
    let in_children = process::time_in_children();
    let Beginning {
        run,
        first_round,
        attempts_before,
        resumed,
    } = beginning;
    let before = (run.header.took_ms, run.header.in_processes_ms);
    let mut session = Session {
        suites,
        options,
        interrupt,
        hooks,
        slots: Vec::new(),
        recorder: Recorder::new(run),
        first_round,
        attempts_before,
        before_ms: before.0,
    };
    session.recorder.run.header.partial = true;
    session.recorder.run.header.seed = options.seed.to_string();
    session.recorder.run.header.only = options
        .only
        .iter()
        .map(|glob| glob.as_str().to_owned())
        .collect();
    criterion::clear_up(&options.scratch, SystemTime::now());
    slots_of(&mut session, claims);
    session.warm_up();
    let steal_before = environment::CpuTimes::now();
    let cut = session.run_plan(resumed);
    session.hooks.progress.finish();
    let mut run = session.recorder.run;
    complete(&mut run, suites);
    run.environment.steal = steal_before
        .zip(environment::CpuTimes::now())
        .and_then(|(before, after)| environment::steal_between(before, after));
    run.header.took_ms = before.0 + milliseconds(began.elapsed());
    run.header.in_processes_ms = before.1 + milliseconds(process::time_in_children() - in_children);
    run.header.partial = cut;
    run
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Leaves out benchmarks without any observation (the suites' lists still name them), and adds what divan knows
/// without saying. Harmless when done twice.
fn complete(run: &mut Run, suites: &[Ready<'_>]) {
    run.benchmarks.retain(|record| !record.series.is_empty());
    add_zeros(run, suites);
}

fn add_zeros(run: &mut Run, suites: &[Ready<'_>]) {
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

struct Session<'a, 'h> {
    suites: &'a [Ready<'a>],
    options: &'a SessionOptions,
    interrupt: &'a Interrupt,
    hooks: Hooks<'h>,
    slots: Vec<Slot>,
    recorder: Recorder,
    /// Round of the run in which this attempt's round 0 is.
    first_round: u32,
    /// Attempts before this one.
    attempts_before: u32,
    /// Time of the run before this session.
    before_ms: f64,
}

impl Session<'_, '_> {
    /// Runs the plan to its end; whether it was cut before.
    fn run_plan(&mut self, resumed: bool) -> bool {
        let planned: Vec<_> = self
            .slots
            .iter()
            .map(|slot| slot.planned(self.suites, self.options))
            .collect();
        let options = PlanOptions {
            seed: self.options.seed,
            limit: self.options.time,
            canary: self.options.paired,
        };
        let mut plan = if resumed {
            self.resume(options, &planned)
        } else {
            Plan::new(options, &planned)
        };
        let measuring = Instant::now();
        let mut saved = Instant::now();
        loop {
            if self.interrupt.is_set() {
                return true;
            }
            let elapsed = measuring.elapsed();
            let step = plan.next(elapsed);
            let (done, total) = plan.progress();
            let left = plan.time_left(elapsed);
            let started = Instant::now();
            let at_ms = self.before_ms + milliseconds(elapsed);
            let outcome = match step {
                Step::Done(ending) => return ending == Ending::TooLittleTime,
                Step::Kernels { round, side } => {
                    self.hooks.progress.step(KERNELS_STEP, done, total, left);
                    self.run_kernels(round, side)
                }
                Step::Invoke { unit, round, side } => {
                    let label = self.slots[unit].label(self.suites);
                    self.hooks.progress.step(&label, done, total, left);
                    self.run_slot(unit, round, side, at_ms)
                }
                Step::Judge { .. } => {
                    self.judge(&mut plan);
                    Ok(Outcome::Measured)
                }
            };
            match outcome {
                Ok(outcome) => plan.told(outcome, started.elapsed()),
                Err(Interrupted) => return true,
            }
            if saved.elapsed() >= SAVE_EVERY {
                self.recorder.run.header.took_ms =
                    self.before_ms + milliseconds(measuring.elapsed());
                (self.hooks.save)(&self.recorder.run);
                saved = Instant::now();
            }
        }
    }

    /// Closes what is decided.
    fn judge(&mut self, plan: &mut Plan) {
        add_zeros(&mut self.recorder.run, self.suites);
        let open = (self.hooks.judge)(&self.recorder.run);
        let looking: Vec<usize> = plan.at_look().collect();
        for unit in looking {
            let names = self.slots[unit].ids(self.suites);
            if !names.iter().any(|id| open.benchmarks.contains(id)) {
                plan.close(unit);
            }
        }
        if !open.canary {
            plan.close_canary();
        }
    }

    fn run_kernels(&mut self, round: u32, side: Side) -> Result<Outcome, Interrupted> {
        let (names, cpu): (&[&str], _) = if self.options.paired {
            (&kernels::CANARY, self.options.cpu)
        } else {
            (&[], None)
        };
        let program = &self.options.self_executable;
        let measured = affinity::on_cpu(cpu, || kernels::measure(program, names, self.interrupt));
        match measured {
            Ok(times) if self.options.paired => {
                self.recorder.canary(side, times);
                Ok(Outcome::Measured)
            }
            Ok(times) => {
                self.recorder.kernels(times);
                Ok(Outcome::Measured)
            }
            Err(CollectError::Interrupted) => Err(Interrupted),
            Err(CollectError::Failed { kind, detail }) => {
                self.hooks.progress.failed(KERNELS_STEP, kind, &detail);
                self.recorder.canary_failed();
                self.recorder.run.failures.push(Failure {
                    suite: REFERENCE_KERNELS.to_owned(),
                    benchmark: None,
                    side,
                    invocation: self.first_round + round,
                    kind,
                    detail,
                });
                Ok(Outcome::Failed)
            }
        }
    }

    fn run_slot(
        &mut self,
        index: usize,
        round: u32,
        side: Side,
        at_ms: f64,
    ) -> Result<Outcome, Interrupted> {
        let said = match self.slots[index].take_kept(side, round) {
            Some(kept) => kept,
            None => {
                let said = match self.invoke(index, round, side) {
                    Ok(measured) => Ok(measured),
                    Err(CollectError::Interrupted) => return Err(Interrupted),
                    Err(CollectError::Failed { kind, detail }) => Err((kind, detail)),
                };
                self.slots[index].keep(side, round, &said);
                said
            }
        };
        let slot = &self.slots[index];
        let invocation = self.first_round + round;
        let benchmarks = slot.recorded(side);
        let origin = Origin {
            suite: slot.suite_name(self.suites),
            benchmarks: &benchmarks,
            side,
            invocation,
            layout: slot.layout(self.suites, invocation, self.attempts_before),
            at_ms,
        };
        match said {
            Ok(measured) => {
                let iteration = time_of_iteration(&measured);
                let measured = slot.as_recorded(side, measured);
                let outcome = self
                    .recorder
                    .observations(origin, measured, self.hooks.progress);
                self.slots[index].learn(side, round, iteration);
                Ok(outcome)
            }
            Err((kind, detail)) => {
                let label = slot.label(self.suites);
                self.hooks.progress.failed(&label, kind, &detail);
                self.recorder.failure(origin, kind, &detail);
                Ok(Outcome::Failed)
            }
        }
    }

    /// Starts one process for one side of a slot.
    fn invoke(&self, index: usize, round: u32, side: Side) -> Result<UnitMeasured, CollectError> {
        let slot = &self.slots[index];
        let member = slot.member(side);
        let ready = &self.suites[member.suite];
        let layout = slot.layout(self.suites, self.first_round + round, self.attempts_before);
        let seed = self.options.seed;
        let padding = slot
            .is_pair()
            .then(|| crate::plan::padding(seed, index, round, side));
        // Of the round, not of the side: both sides of a workload have the same schedule.
        let seed_of_round = crate::plan::process_seed(seed, index, round);
        let order = slot.seed_of_alternation(seed_of_round);
        let runner = slot
            .runner(self.suites, side, layout, padding, self.interrupt)?
            .with_environment(order)
            .with_seed(seed_of_round);
        let (runner, _copied) = if slot.is_pair() && layout.is_none() {
            copies::fresh(runner, &self.options.scratch)?
        } else {
            (runner, None)
        };
        let cpu = self.options.cpu.filter(|_| slot.is_pinned(&runner));
        affinity::on_cpu(cpu, || {
            run_unit(
                &runner,
                ready.suite,
                &member.unit,
                slot.iteration_before(round),
                self.options,
                self.interrupt,
            )
        })
    }

    /// Commands have no warm-up of their own. A failure is said here, shows again in the first round, and is
    /// recorded there.
    fn warm_up(&mut self) {
        for slot in &self.slots {
            for &side in slot.sides() {
                let member = slot.member(side);
                let ready = &self.suites[member.suite];
                let timeout = ready.suite.timeout.unwrap_or(self.options.timeout);
                let warmed = slot
                    .runner(self.suites, side, None, None, self.interrupt)
                    .and_then(|runner| match runner {
                        Runner::Command(program) => {
                            command::warm_up(&program, timeout, self.interrupt)
                        }
                        Runner::Criterion(_)
                        | Runner::Divan(_)
                        | Runner::Workload(_)
                        | Runner::System => Ok(()),
                    });
                match warmed {
                    Ok(()) => {}
                    Err(CollectError::Interrupted) => return,
                    Err(CollectError::Failed { kind, detail }) => {
                        let label = format!("warm-up of {}", slot.label(self.suites));
                        self.hooks.progress.failed(&label, kind, &detail);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod pair_tests;
#[cfg(test)]
mod tests;
