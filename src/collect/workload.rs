//! Workloads as a suite: an invocation is one whole run, with its target started and stopped.

use super::process::Interrupt;
use super::{CollectError, Unit, UnitMeasured};
use crate::measurement::FailureKind;
use crate::workload::{ALL, PROCESS, Workload};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

/// A workload and where it runs.
#[derive(Debug, Clone)]
pub struct Driver {
    /// As configured, `{target-dir}` replaced.
    pub workload: Arc<Workload>,
    /// Directory of budgets.toml, in the checkout of the side that is measured.
    pub root: PathBuf,
    /// Added to the target's environment.
    pub environment: Vec<(OsString, OsString)>,
}

/// The benchmarks of a workload: all calls, each endpoint, flows of more than one step, the target process. One unit.
pub(super) fn list(driver: &Driver) -> Vec<Unit> {
    let workload = &driver.workload;
    let mut benchmarks = vec![ALL.to_owned()];
    benchmarks.extend((workload.endpoints.iter()).map(|endpoint| endpoint.name.clone()));
    let flows = workload.flows.iter().filter(|flow| flow.steps.len() > 1);
    benchmarks.extend(flows.map(|flow| format!("flow/{}", flow.name)));
    benchmarks.push(PROCESS.to_owned());
    vec![Unit {
        filter: ALL.to_owned(),
        benchmarks,
    }]
}

/// Runs the workload once.
pub(super) fn measure(
    driver: &Driver,
    _interrupt: &Interrupt,
) -> Result<UnitMeasured, CollectError> {
    Err(CollectError::Failed {
        kind: FailureKind::NotStarted,
        detail: format!("workload `{}` cannot be run yet", driver.workload.name),
    })
}
