//! Edge: carries a workload out. Starts the target, drives it from one thread a core, watches its processes, stops what must
//! be stopped, and gives a [`Record`](crate::workload::Record).
//!
//! What is called is a [`Subject`]: an HTTP server, or a closure of a Rust program. When, how often and by how many is the
//! engine's business, and the same for both.

mod closure;
mod control;
mod engine;
mod http;
mod ladder;
mod pace;
pub mod proxy;
mod run;
mod subject;
mod target;
mod words;
mod worker;

pub use closure::{in_process, in_process_with};
pub use control::{Control, Level, Snapshot};
pub use engine::drive;
pub use http::HttpSubject;
pub use ladder::{INTERRUPTED, Ladder};
pub use run::{Setting, Stage, run, run_in_process};
pub use subject::{Call, Reply, Subject};

/// Why a workload could not be carried out. What stops one that runs is no error, it is part of its record.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The target could not be started, or was never ready.
    #[error("{problem}")]
    Target {
        /// What, with the last lines of its log.
        problem: String,
    },
    /// The address is not of this machine, and nobody allowed it by name.
    #[error(
        "`{host}` is not this machine: load goes to loopback only, unless `--allow-remote {host}` says that it may"
    )]
    NotLoopback {
        /// The host.
        host: String,
    },
    /// The generator itself cannot work: sockets, files, threads.
    #[error("{what}: {source}")]
    Generator {
        /// What it tried to do.
        what: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The workload cannot be carried out like this.
    #[error("{0}")]
    Unusable(String),
    /// What is called panicked, or the generator did.
    #[error("the call panicked: {message}")]
    Panicked {
        /// What it said.
        message: String,
    },
    /// Ctrl-C before anything was measured.
    #[error("interrupted")]
    Interrupted,
}
