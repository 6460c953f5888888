//! One run of a workload, from the start of its target to the last process gone.

use super::target::address::Address;
use super::target::{Target, generator, keep};
use super::{Control, HttpSubject, Level, LoadError, drive};
use crate::collect::process::{Running, describe_status};
use crate::workload::record::{Driven, ProcessSample};
use crate::workload::scenario::Target as What;
use crate::workload::{Ended, Record, Stop, Workload};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

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

/// Carries a workload out; blocks. `tell` is called some times a second. Ctrl-C is the caller's business: it stops `control`.
///
/// No process, socket or temporary file is left when it comes back, whatever it comes back with. The target's log is kept
/// where it was not ready, died, was stopped for safety, had to be killed, or where at least 1 % of the calls failed.
///
/// # Errors
/// The workload could not be carried out at all. What stops one that runs stands in the record.
pub fn run(
    workload: &Arc<Workload>,
    setting: &Setting,
    control: &Arc<Control>,
    tell: &mut dyn FnMut(Stage<'_>),
) -> Result<Record, LoadError> {
    run_with(workload, setting, control, tell, |origin| {
        let subject = Arc::new(HttpSubject::new(workload, origin, &setting.root)?);
        drive(&subject, workload, setting.seed, control)
    })
}

/// As [`run`], with something else in the place of the generator: it is given the origin that calls go to.
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
    let mut target = match &workload.target {
        What::Start(process) => {
            let mut look = |_running: &Running| {
                tell(Stage::Starting);
                match control.level() {
                    Level::Run => Ok(()),
                    _ => Err(LoadError::Interrupted),
                }
            };
            let target = Target::start(&workload.name, process, setting, &mut look)?;
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
            return Err(LoadError::Unusable(
                "this workload drives a function of a program: run it there".to_owned(),
            ));
        }
    };
    if control.level() != Level::Run {
        return Err(LoadError::Interrupted);
    }
    let running = target.as_ref().map(|(target, _)| &target.running);
    let driven = watch(&record.target, running, control, tell, drive);
    tell(Stage::Stopping);
    if let Some((target, process)) = &mut target {
        let stopped = target.stop(process.stop_within, &[], &mut || {
            tell(Stage::Stopping);
            false
        })?;
        target.log.finish();
        let failed = match (&driven, control.reason()) {
            (_, Some(Stop::Interrupted | Stop::Requests { .. } | Stop::Time { .. })) => false,
            (_, Some(_)) => true,
            (Ok(driven), None) => failed_share(driven) >= WORTH_A_LOG,
            (Err(_), None) => false,
        };
        if (failed || stopped.killed) && target.log.written() > 0 {
            let kept = keep(&target.log, &workload.name, setting);
            record.log = Some(kept.unwrap_or_else(|why| why));
        }
    }
    record.driven = driven?;
    record.ended = control.reason().map_or(Ended::Completed, Ended::Stopped);
    Ok(record)
}

/// Drives on a thread of its own, and looks after the target meanwhile.
fn watch(
    origin: &str,
    running: Option<&Running>,
    control: &Control,
    tell: &mut dyn FnMut(Stage<'_>),
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
        // A panic of `tell` must not leave the generator running: the scope waits for it.
        let _cut = CutOnPanic(control);
        loop {
            match over.recv_timeout(TICK) {
                Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Some(running) = running {
                let ended = running
                    .ended()
                    .map_err(|source| generator("wait for the target", source));
                match ended {
                    Ok(None) => {}
                    Ok(Some(status)) => control.stop(
                        Level::Cut,
                        Stop::TargetDied {
                            status: describe_status(status),
                        },
                    ),
                    Err(error) => {
                        control.stop(Level::Cut, Stop::Interrupted);
                        return Err(error);
                    }
                }
            }
            tell(Stage::Driving(None));
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
mod tests;
