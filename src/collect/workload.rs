//! Workloads as a suite: an invocation is one whole run, with its target started and stopped.

#[cfg(feature = "workload")]
mod carry_out;
#[cfg(test)]
mod tests;

use super::process::{self, Interrupt};
use super::{CollectError, Measured, Unit, UnitMeasured, probe};
use crate::measurement::{Evidence, FailureKind, Metric};
use crate::units;
use crate::workload::metrics::{self, INVALID_RUNS, Unusable};
use crate::workload::scenario::Target;
use crate::workload::{ALL, PROCESS, Record, Workload};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A workload and where it runs.
#[derive(Debug, Clone)]
pub struct Driver {
    /// As configured, `{target-dir}` replaced.
    pub workload: Arc<Workload>,
    /// Directory of budgets.toml, in the checkout of the side that is measured.
    pub root: PathBuf,
    /// Added to the target's environment.
    pub environment: Vec<(OsString, OsString)>,
    /// Seed of every random choice of a run: the same for base and candidate of a round, so that both have one schedule.
    pub seed: u64,
    /// Directory in which the target's log is kept after a failure.
    pub logs: PathBuf,
    /// What stands in for the load generator in tests.
    #[cfg(test)]
    pub(super) stand_in: Option<StandIn>,
}

/// Gives a record without any load; sees what a run would be given.
#[cfg(test)]
pub(super) type StandIn = fn(&Driver, &Interrupt) -> Result<Record, CollectError>;

impl Driver {
    /// A workload that was read from the budgets.toml in `root`.
    #[must_use]
    pub const fn new(workload: Arc<Workload>, root: PathBuf, logs: PathBuf) -> Self {
        Self {
            workload,
            root,
            environment: Vec::new(),
            seed: 0,
            logs,
            #[cfg(test)]
            stand_in: None,
        }
    }

    /// What a run of it takes at most, from the start of its target to its last process gone: its own time limits in a row, and
    /// half a minute for everything else. Nothing that works takes as long; what takes longer hangs.
    #[must_use]
    pub fn longest(&self) -> Duration {
        let workload = &self.workload;
        let steps = workload.flows.iter().map(|flow| flow.steps.len());
        let steps = u32::try_from(steps.max().unwrap_or(1)).unwrap_or(u32::MAX);
        let flow = workload.timeout.saturating_mul(steps);
        let target = match &workload.target {
            Target::Start(process) => process.ready_within.saturating_add(process.stop_within),
            Target::Running { .. } | Target::InProcess => Duration::ZERO,
        };
        [workload.duration(), flow, target, Duration::from_secs(30)]
            .into_iter()
            .fold(Duration::ZERO, Duration::saturating_add)
    }
}

/// The benchmarks of a workload: all calls, each endpoint, flows of more than one step, the target process. One unit.
pub(super) fn list(driver: &Driver) -> Vec<Unit> {
    vec![Unit {
        filter: ALL.to_owned(),
        benchmarks: metrics::benchmarks(&driver.workload),
    }]
}

/// Runs of one invocation at most, where the generator did not keep up: a moment in which the machine was busy says nothing
/// of the target, in either direction, and is no reason to give a whole job up.
const TRIES: u32 = 3;

/// Runs the workload once; again, where the generator did not keep up. How many runs were thrown away so stands in the metric
/// `invalid-runs` of all calls.
///
/// A target that links `tollgate-probe` and leaves a record when SIGTERM ends it adds the series of that record to its
/// `process`. Most leave none: a program that is ended by the signal has no time to write.
///
/// # Errors
/// The workload could not be carried out, or its run cannot be judged (see [`Unusable`]); Ctrl-C.
pub(super) fn measure(
    driver: &Driver,
    interrupt: &Interrupt,
) -> Result<UnitMeasured, CollectError> {
    let mut invalid = 0;
    loop {
        match measure_once(driver, interrupt) {
            Err(CollectError::Failed {
                kind: FailureKind::Invalid,
                ..
            }) if invalid + 1 < TRIES => invalid += 1,
            Ok(mut measured) => {
                if let Some((_, all)) = measured.iter_mut().find(|(name, _)| name == ALL) {
                    let metric = Metric::lower(INVALID_RUNS, units::Unit::Count);
                    all.push((metric, Evidence::Value(f64::from(invalid))));
                }
                return Ok(measured);
            }
            other => return other,
        }
    }
}

fn measure_once(driver: &Driver, interrupt: &Interrupt) -> Result<UnitMeasured, CollectError> {
    if interrupt.is_set() {
        return Err(CollectError::Interrupted);
    }
    let place = probe::Place::new()?;
    let mut driver = driver.clone();
    driver.environment.push(place.variable());
    let began = Instant::now();
    let record = record_of(&driver, interrupt);
    process::count_time_in_children(began.elapsed());
    let measured = record.and_then(|record| told(&record, &driver.workload, || place.read()));
    // Whatever else became of a run that Ctrl-C cut: that is no fault of its target.
    if interrupt.is_set() {
        return Err(CollectError::Interrupted);
    }
    measured
}

#[cfg_attr(
    not(any(feature = "workload", test)),
    expect(unused_variables, reason = "nothing runs that could be interrupted")
)]
fn record_of(driver: &Driver, interrupt: &Interrupt) -> Result<Record, CollectError> {
    #[cfg(test)]
    if let Some(stand_in) = driver.stand_in {
        return stand_in(driver, interrupt);
    }
    #[cfg(feature = "workload")]
    return carry_out::carry_out(driver, interrupt);
    #[cfg(not(feature = "workload"))]
    return Err(CollectError::Failed {
        kind: FailureKind::NotStarted,
        detail: format!(
            "this tollgate was built without the feature `workload`, which drives workload `{}`: install it with default features",
            driver.workload.name
        ),
    });
}

/// What a record says of each benchmark, or as what its run is recorded where it cannot be judged.
fn told(
    record: &Record,
    workload: &Workload,
    of_probe: impl FnOnce() -> Result<Measured, CollectError>,
) -> Result<UnitMeasured, CollectError> {
    let mut measured: UnitMeasured = metrics::metrics(record, workload)
        .map_err(|problem| failed(record, &problem))?
        .into_iter()
        .map(|benchmark| (benchmark.name, benchmark.metrics))
        .collect();
    if let Some((_, process)) = measured.iter_mut().find(|(name, _)| name == PROCESS) {
        process.extend(of_probe()?);
    }
    Ok(measured)
}

fn failed(record: &Record, problem: &Unusable) -> CollectError {
    let Some(kind) = problem.kind() else {
        return CollectError::Interrupted;
    };
    let mut detail = problem.to_string();
    if kind == FailureKind::Invalid {
        detail.push_str(
            "\nthe numbers are those of the load generator and not of the target: give it less to do, or more of the machine",
        );
    }
    if let Some(log) = &record.log {
        detail.push_str(&format!("\nthe target's log: {log}"));
    }
    CollectError::Failed { kind, detail }
}
