//! One run of a workload, from the start of its target to the last process gone.

mod keeper;

use super::target::address::Address;
use super::target::{Target, generator, keep};
use super::{Control, HttpSubject, Level, LoadError, Subject, drive};
use crate::collect::observe::Root;
use crate::collect::process::{Log, ProcessId, Running};
use crate::workload::record::{Driven, ProcessSample};
use crate::workload::scenario::{Target as What, TargetProcess};
use crate::workload::{Ended, Record, Stop, Workload};
use keeper::Keeper;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

/// Where and how a workload runs.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Directory of budgets.toml.
    pub root: PathBuf,
    /// Added to the target's environment.
    pub environment: Vec<(OsString, OsString)>,
    /// Seed of every random choice.
    pub seed: u64,
    /// Hosts other than loopback that may be driven.
    pub remote: Vec<String>,
    /// Directory in which the target's log is kept after a failure.
    pub logs: PathBuf,
    /// Start of the run for its record, RFC 3339 in UTC.
    pub started: String,
}

/// Where a run is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stage<'a> {
    /// The target was started and is not ready yet.
    Starting,
    /// Calls are made; [`Control::snapshot`] tells more. The newest look at the target's processes, where there is one.
    Driving(Option<&'a ProcessSample>),
    /// Calls are over, the target is being stopped.
    Stopping,
}

/// How often a run is looked at while it is driven.
const TICK: Duration = Duration::from_millis(50);

/// Share of failed calls from which on the target's log is kept.
const WORTH_A_LOG: f64 = 0.01;

/// Carries a workload out; blocks. `tell` is called some times a second. Ctrl-C is the caller's business: it stops `control`
/// ([`Ladder`](super::Ladder) does).
///
/// No process, socket or temporary file is left when it comes back, whatever it comes back with. The target's log is kept
/// where it was not ready, died, was stopped for what it did (memory, disk, errors, a window), had to be killed, or where at
/// least 1 % of the calls failed. A run that is stopped drains, and is cut if that takes long: after a second for memory and
/// disk, after ten for anything else but Ctrl-C; at once where the target died.
///
/// # Errors
/// The workload could not be carried out at all. What stops one that runs stands in the record.
pub fn run(
    workload: &Arc<Workload>,
    setting: &Setting,
    control: &Arc<Control>,
    tell: &mut dyn FnMut(Stage<'_>),
) -> Result<Record, LoadError> {
    if workload.target == What::InProcess {
        return Err(LoadError::Unusable(
            "this workload drives a function of a program: only that program can run it".to_owned(),
        ));
    }
    run_with(workload, setting, control, tell, |origin| {
        let subject = Arc::new(HttpSubject::new(workload, origin, &setting.root)?);
        drive(&subject, workload, setting.seed, control)
    })
}

/// As [`run`], with a function of this program in the place of a server. What is watched is this process, the generator's
/// share included.
///
/// # Errors
/// As [`run`]; a workload with another target.
pub fn run_in_process<S: Subject>(
    subject: &Arc<S>,
    workload: &Arc<Workload>,
    setting: &Setting,
    control: &Arc<Control>,
    tell: &mut dyn FnMut(Stage<'_>),
) -> Result<Record, LoadError> {
    if workload.target != What::InProcess {
        return Err(LoadError::Unusable(
            "this workload has a target of its own: run it without a function".to_owned(),
        ));
    }
    run_with(workload, setting, control, tell, |_in_process| {
        drive(subject, workload, setting.seed, control)
    })
}

/// A run with any generator: it is given the origin that calls go to.
pub(crate) fn run_with(
    workload: &Workload,
    setting: &Setting,
    control: &Control,
    tell: &mut dyn FnMut(Stage<'_>),
    drive: impl FnOnce(&str) -> Result<Driven, LoadError> + Send,
) -> Result<Record, LoadError> {
    let mut record = Record {
        workload: workload.name.clone(),
        model: super::words::model(&workload.model),
        started: setting.started.clone(),
        seed: setting.seed,
        ..Record::default()
    };
    let mut keeper = Keeper::new(workload, control, &places(workload, setting), tell)?;
    let mut target = match &workload.target {
        What::Start(process) => {
            let look = &mut |running: &Running| keeper.starting(running);
            let target = Target::start(&workload.name, process, setting, look)?;
            record.target.clone_from(&target.origin);
            record.cold_start = Some(target.cold_start);
            Some((target, process))
        }
        What::Running { origin } => {
            let address = Address::parse(origin)?;
            address.resolve(&setting.remote)?;
            record.target = address.origin();
            None
        }
        What::InProcess => {
            keeper.watch(&Root::Process(std::process::id()))?;
            "in process".clone_into(&mut record.target);
            None
        }
    };
    if control.level() != Level::Run {
        return Err(LoadError::Interrupted);
    }
    let start = Instant::now();
    let running = target.as_ref().map(|(target, _)| &target.running);
    let driven = watch(&record.target, running, control, &mut keeper, drive);
    keeper.tell(Stage::Stopping);
    let warm = start.checked_add(workload.warm_up).unwrap_or(start);
    let window = driven
        .as_ref()
        .map_or(Duration::ZERO, |driven| driven.window);
    let (process, seen) = keeper.observed((warm, window));
    record.process = process;
    if let Some((target, process)) = &mut target {
        record.log = stop(
            target,
            process,
            &seen,
            &driven,
            control,
            &mut keeper,
            &|log| keep(log, &workload.name, setting).unwrap_or_else(|why| why),
        )?;
    }
    record.driven = driven?;
    record.ended = control.reason().map_or(Ended::Completed, Ended::Stopped);
    Ok(record)
}

/// Where a run writes: the target's log, at first without a name, and what the target itself writes.
fn places(workload: &Workload, setting: &Setting) -> Vec<PathBuf> {
    let mut places = vec![setting.logs.clone()];
    if let What::Start(process) = &workload.target {
        places.push(std::env::temp_dir());
        places.push(match &process.directory {
            Some(directory) => setting.root.join(directory),
            None => setting.root.clone(),
        });
    }
    places
}

/// Stops the target; its log, where it is worth keeping.
fn stop(
    target: &mut Target,
    process: &TargetProcess,
    seen: &[ProcessId],
    driven: &Result<Driven, LoadError>,
    control: &Control,
    keeper: &mut Keeper<'_>,
    kept: &dyn Fn(&Log) -> String,
) -> Result<Option<String>, LoadError> {
    let pressed = || control.level() == Level::Cut && control.reason() == Some(Stop::Interrupted);
    let was_cut = control.level() == Level::Cut;
    let stopped = target.stop(process.stop_within, seen, &mut || {
        keeper.stopping();
        // Who pressed twice, now or before, does not want to wait.
        pressed() || (!was_cut && control.level() == Level::Cut)
    })?;
    target.log.finish();
    let hurried = pressed();
    let failed = match (driven, control.reason()) {
        (_, Some(Stop::Interrupted | Stop::Requests { .. } | Stop::Time { .. })) => false,
        (_, Some(_)) => true,
        (Ok(driven), None) => failed_share(driven) >= WORTH_A_LOG,
        (Err(_), None) => false,
    };
    let is_kept = failed || (stopped.killed && !hurried);
    Ok((is_kept && target.log.written() > 0).then(|| kept(&target.log)))
}

/// Drives on a thread of its own, and looks after the run meanwhile.
fn watch(
    origin: &str,
    running: Option<&Running>,
    control: &Control,
    keeper: &mut Keeper<'_>,
    drive: impl FnOnce(&str) -> Result<Driven, LoadError> + Send,
) -> Result<Driven, LoadError> {
    std::thread::scope(|scope| {
        let (done, over) = mpsc::sync_channel(1);
        let driver = std::thread::Builder::new()
            .name("drive".to_owned())
            .spawn_scoped(scope, move || {
                let driven = drive(origin);
                // Nobody listens only when the watching side panicked.
                let _told: Result<(), _> = done.send(());
                driven
            })
            .map_err(|source| generator("start the generator", source))?;
        // The scope waits for the generator, also when `tell` panics: it must not run to the end of its schedule.
        let _cut = CutOnPanic(control);
        while let Err(RecvTimeoutError::Timeout) = over.recv_timeout(TICK) {
            if let Err(error) = keeper.driving(running) {
                control.stop(Level::Cut, Stop::Interrupted);
                return Err(error);
            }
        }
        driver.join().unwrap_or_else(|_panic| {
            Err(LoadError::Unusable(
                "the generator panicked: this is a mistake in tollgate or in the function that it drives"
                    .to_owned(),
            ))
        })
    })
}

struct CutOnPanic<'a>(&'a Control);

impl Drop for CutOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop(Level::Cut, Stop::Interrupted);
        }
    }
}

fn failed_share(driven: &Driven) -> f64 {
    let (mut calls, mut failed) = (0_u64, 0_u64);
    for second in &driven.seconds {
        calls += second.calls;
        failed += second.failed;
    }
    if calls == 0 {
        0.0
    } else {
        failed as f64 / calls as f64
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
