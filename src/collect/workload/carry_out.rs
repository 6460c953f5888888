//! Carries a workload out, and lets Ctrl-C reach it.

use super::Driver;
use crate::collect::CollectError;
use crate::collect::process::Interrupt;
use crate::load::{self, Control, Level, LoadError, Setting};
use crate::measurement::FailureKind;
use crate::workload::{Record, Stop};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// Time between two looks at Ctrl-C: far too seldom to show in what is measured.
const LOOK: Duration = Duration::from_millis(50);

/// One run. Ctrl-C and the time after which it must hang cut it at once: a check has no use for part of a run.
pub(super) fn carry_out(driver: &Driver, interrupt: &Interrupt) -> Result<Record, CollectError> {
    let setting = Setting {
        root: driver.root.clone(),
        environment: driver.environment.clone(),
        seed: driver.seed,
        // What a file may not allow, only who starts it by hand (`tollgate load --allow-remote`).
        remote: Vec::new(),
        logs: driver.logs.clone(),
        started: jiff::Timestamp::now().to_string(),
    };
    let control = Arc::new(Control::default());
    let longest = driver.longest();
    let record = attended(&control, interrupt, longest, || {
        load::run(&driver.workload, &setting, &control, &mut |_| {})
    })?;
    record.map_err(|error| failed(&error))
}

/// Does `work` while a thread looks at Ctrl-C and at the clock, and cuts it by the switch.
pub(super) fn attended<T>(
    control: &Control,
    interrupt: &Interrupt,
    longest: Duration,
    work: impl FnOnce() -> T,
) -> Result<T, CollectError> {
    thread::scope(|scope| {
        // Ends the thread when it is dropped, however `work` ends.
        let (_working, over) = mpsc::channel::<()>();
        let began = Instant::now();
        thread::Builder::new()
            .name("attend workload".to_owned())
            .spawn_scoped(scope, move || {
                while over.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                    if interrupt.is_set() {
                        control.stop(Level::Cut, Stop::Interrupted);
                        return;
                    }
                    if began.elapsed() > longest {
                        control.stop(Level::Cut, Stop::Time { limit: longest });
                        return;
                    }
                }
            })
            .map_err(|error| CollectError::Failed {
                kind: FailureKind::Invalid,
                detail: format!("failed to start a thread that waits for Ctrl-C: {error}"),
            })?;
        Ok(work())
    })
}

/// Whose fault it is: a generator that cannot work says nothing about its target.
pub(super) fn failed(error: &LoadError) -> CollectError {
    let kind = match error {
        LoadError::Interrupted => return CollectError::Interrupted,
        LoadError::Generator { .. } | LoadError::Panicked { .. } => FailureKind::Invalid,
        LoadError::Target { .. } | LoadError::NotLoopback { .. } | LoadError::Unusable(_) => {
            FailureKind::NotStarted
        }
    };
    CollectError::Failed {
        kind,
        detail: error.to_string(),
    }
}
