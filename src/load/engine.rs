//! Drives a [`Subject`] by the schedule of a workload.

use super::{Control, LoadError, Subject};
use crate::workload::Workload;
use crate::workload::record::Driven;
use std::sync::Arc;

/// Drives the subject to the end of the schedule, or until it is stopped. Blocks; starts its own threads.
///
/// # Errors
/// Threads, timers or the runtime cannot be had.
pub fn drive<S: Subject>(
    _subject: &Arc<S>,
    _workload: &Arc<Workload>,
    _seed: u64,
    _control: &Arc<Control>,
) -> Result<Driven, LoadError> {
    Err(LoadError::Unusable("not there yet".to_owned()))
}
