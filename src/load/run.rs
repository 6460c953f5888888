//! One run of a workload, from the start of its target to the last process gone.

use super::{Control, LoadError};
use crate::workload::record::ProcessSample;
use crate::workload::{Record, Workload};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

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

/// Carries a workload out; blocks. `tell` is called some times a second. Ctrl-C is the caller's business: it stops `control`.
///
/// No process, socket or temporary file is left when it comes back, whatever it comes back with.
///
/// # Errors
/// The workload could not be carried out at all. What stops one that runs stands in the record.
pub fn run(
    _workload: &Arc<Workload>,
    _setting: &Setting,
    _control: &Arc<Control>,
    _tell: &mut dyn FnMut(Stage<'_>),
) -> Result<Record, LoadError> {
    Err(LoadError::Unusable("not there yet".to_owned()))
}
