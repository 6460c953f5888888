//! Running one child process: time limit, own process group, captured output, resource use of that child alone.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Set by Ctrl-C; every wait looks at it.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// The flag for the signal handler.
    #[must_use]
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }

    /// Whether to stop.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A process to run to its end.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// Executable.
    pub program: PathBuf,
    /// Arguments after the program's name.
    pub arguments: Vec<OsString>,
    /// Working directory.
    pub directory: PathBuf,
    /// Added to the inherited environment.
    pub environment: Vec<(OsString, OsString)>,
    /// Removed from the inherited environment.
    pub environment_removed: Vec<OsString>,
    /// Killed (whole process group) after this.
    pub timeout: Duration,
}

/// A process that ended by itself.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Exit status, or the signal that ended it.
    pub status: std::process::ExitStatus,
    /// At most [`OUTPUT_LIMIT`] bytes.
    pub stdout: Vec<u8>,
    /// At most [`OUTPUT_LIMIT`] bytes.
    pub stderr: Vec<u8>,
    /// One of the two was cut.
    pub truncated: bool,
    /// From just before the start to the end.
    pub wall: Duration,
    /// CPU time in user mode, of this child and those it waited for.
    pub user: Duration,
    /// CPU time in the kernel.
    pub system: Duration,
    /// Largest resident set of this child alone, in bytes.
    pub peak_rss: u64,
}

/// What is kept of stdout and stderr each.
pub const OUTPUT_LIMIT: usize = 16 * 1024 * 1024;

/// Why a process has no [`Finished`].
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// Could not be started.
    #[error("failed to start {program}: {source}")]
    NotStarted {
        /// Which.
        program: String,
        /// Why.
        source: std::io::Error,
    },
    /// Killed at its limit.
    #[error("killed after its time limit of {limit:?}")]
    TimedOut {
        /// The limit.
        limit: Duration,
        /// Last lines of its stderr.
        stderr_tail: String,
    },
    /// The user pressed Ctrl-C; the child was killed.
    #[error("interrupted")]
    Interrupted,
    /// The operating system failed us.
    #[error("failed to wait for {program}: {source}")]
    Wait {
        /// Which.
        program: String,
        /// Why.
        source: std::io::Error,
    },
}

/// Runs a process to its end.
///
/// # Errors
/// See [`ProcessError`]. A bad exit status is not an error here.
pub fn run(_invocation: &Invocation, _interrupt: &Interrupt) -> Result<Finished, ProcessError> {
    unimplemented!()
}
