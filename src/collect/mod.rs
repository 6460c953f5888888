//! Edge: one file a tool. Starts benchmarks as fresh processes and reads what they say.

mod affinity;
pub mod command;
pub mod criterion;
pub mod divan;
pub mod environment;
#[cfg(test)]
mod fake;
pub mod kernels;
pub mod observe;
pub mod probe;
pub mod process;
mod recorder;
pub mod session;
pub mod suite;
pub mod system;
mod tool;
pub mod workload;

pub use affinity::cpu_for_measuring;
pub use tool::{Unit, UnitMeasured, parse_terse};

use crate::measurement::{Evidence, FailureKind, Metric};

/// What one invocation said: a metric and its evidence, `time` first.
pub type Measured = Vec<(Metric, Evidence)>;

/// Why an invocation gave nothing usable.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The benchmark is at fault, or its environment: recorded in the run, the plan goes on.
    #[error("{detail}")]
    Failed {
        /// How it failed.
        kind: FailureKind,
        /// Exit status, last lines of stderr, file and field: a few lines.
        detail: String,
    },
    /// The user pressed Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}
