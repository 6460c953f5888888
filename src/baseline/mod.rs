//! Committed baselines: jobs of earlier measurements, one file a suite and machine class; and the ledger.
//!
//! The formats are pure (text in, text out); [`store`] is the edge that touches files.

mod accept;
mod class;
mod format;
mod ledger;
mod name;
pub mod store;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use accept::median;
pub use accept::{AcceptError, AcceptInput, Acceptance, accept};
pub use class::MachineClass;
pub use format::{BASELINE_VERSION, read_baseline, write_baseline};
pub use ledger::{LEDGER_VERSION, Ledger, LedgerChange, LedgerEntry, read_ledger, write_ledger};
pub use name::LEDGER_FILE;

use crate::measurement::Metric;
use std::collections::BTreeMap;

/// What is kept of the newest jobs; older ones are dropped when a job is accepted.
pub const JOBS_KEPT: usize = 50;

/// One baseline file: a suite on a machine class.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// Name of the suite.
    pub suite: String,
    /// The hard facts about the machine.
    pub class: MachineClass,
    /// Jobs, oldest first.
    pub jobs: Vec<Job>,
    /// (benchmark name within the suite, metric name) -> values.
    pub series: BTreeMap<(String, String), BaselineSeries>,
}

/// One accepted job.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Unique in the file: start time and a hash of the run, sortable.
    pub id: String,
    /// RFC 3339, UTC.
    pub started: String,
    /// Commit that was measured; empty outside version control.
    pub commit: String,
    /// Files differed from the commit.
    pub dirty: bool,
    /// Compiler of the benchmarks.
    pub rustc: String,
    /// Share of time stolen by the hypervisor, 0..=1.
    pub steal: Option<f64>,
    /// Median time of each reference kernel in nanoseconds.
    pub kernels: BTreeMap<String, f64>,
}

/// Per-invocation values of one benchmark and metric, by job id.
#[derive(Debug, Clone, PartialEq)]
pub struct BaselineSeries {
    /// What was observed.
    pub metric: Metric,
    /// Job id -> statistic of each invocation (see `compare::statistic`), in the order of measuring.
    pub jobs: BTreeMap<String, Vec<f64>>,
}

/// Two digits a byte, as hashes are written in names and files.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
