//! Running one child process: time limit, own process group, captured output, resource use of that child alone.
//!
//! One thread starts the child and blocks until it has ended, so that the wall time is as sharp as the
//! scheduler allows. A second one empties the pipes and looks at the clock and at Ctrl-C; it sleeps in
//! `poll` and wakes 25 times a second, far too seldom to show in the child's times.
//!
//! The child leads a process group of its own. At the time limit, at Ctrl-C and also when the child has
//! ended, whatever is left of the group is killed: a benchmark has nothing to save, and a process left
//! behind would disturb the next measurement.
//!
//! # The floor under a peak RSS
//!
//! On Linux a process inherits the high-water mark of the memory in which `exec` was called: with the
//! `vfork` that starts our children, that is the peak of tollgate itself. So `peak_rss` of a child smaller
//! than tollgate shows tollgate, see [`peak_rss_floor`]. [`run`] resets our own mark before each start, which
//! brings the floor down from what tollgate once needed to what it holds.

#[cfg(not(unix))]
compile_error!(
    "tollgate starts and measures processes by wait4 and process groups: only Unix is supported now"
);

mod attend;
mod group;
mod log;
mod sys;
mod text;

#[cfg(test)]
mod tests;

pub use group::{ProcessId, Running, Stopped, kill_all};
pub use log::Log;
pub use text::{describe_status, tail};

use super::{CollectError, affinity};
use crate::measurement::FailureKind;
use crate::units::format_duration;
use attend::{Attendant, Ended, Watch};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{io, thread};

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
    /// Executable. A bare name is looked up in `PATH`, a relative path starts at `directory`.
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
    pub status: ExitStatus,
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
    /// CPU time in the kernel, of the same.
    pub system: Duration,
    /// Largest resident set of any one process among this child and those it waited for, in bytes. Not
    /// lower than [`peak_rss_floor`].
    pub peak_rss: u64,
}

/// What is kept of stdout and stderr each; what comes after it is read and dropped.
pub const OUTPUT_LIMIT: usize = 16 * 1024 * 1024;

/// Lines of stderr in an error.
const TAIL_LINES: usize = 10;

/// Why a process has no [`Finished`].
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// Could not be started.
    #[error("failed to start {program}: {source}")]
    NotStarted {
        /// Which.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// Killed at its limit.
    #[error("killed after its time limit of {}", format_duration(*.limit))]
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
        source: io::Error,
    },
}

impl From<ProcessError> for CollectError {
    /// For a process that is the benchmark itself: its failure is recorded and the plan goes on.
    fn from(error: ProcessError) -> Self {
        let kind = match &error {
            ProcessError::Interrupted => return Self::Interrupted,
            ProcessError::NotStarted { .. } => FailureKind::NotStarted,
            ProcessError::TimedOut { .. } => FailureKind::TimedOut,
            ProcessError::Wait { .. } => FailureKind::Crashed,
        };
        let mut detail = error.to_string();
        if let ProcessError::TimedOut { stderr_tail, .. } = &error
            && !stderr_tail.is_empty()
        {
            detail.push('\n');
            detail.push_str(stderr_tail);
        }
        Self::Failed { kind, detail }
    }
}

/// Nanoseconds that this process has waited in [`run`] for children to end; a fact about the whole process, as the
/// system's own `RUSAGE_CHILDREN` is.
static IN_CHILDREN: AtomicU64 = AtomicU64::new(0);

/// Wall time spent in children until now: what is left of a job's time is tollgate's own.
#[must_use]
pub fn time_in_children() -> Duration {
    Duration::from_nanos(IN_CHILDREN.load(Ordering::Relaxed))
}

/// Counts time that was spent in processes which were not started by [`run`].
pub(super) fn count_time_in_children(time: Duration) {
    let time = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    IN_CHILDREN.fetch_add(time, Ordering::Relaxed);
}

/// Runs a process to its end. Its stdin is empty.
///
/// # Errors
/// See [`ProcessError`]. A bad exit status is not an error here.
pub fn run(invocation: &Invocation, interrupt: &Interrupt) -> Result<Finished, ProcessError> {
    if interrupt.is_set() {
        return Err(ProcessError::Interrupted);
    }
    let program = invocation.program.display().to_string();
    let failed_wait = |source| ProcessError::Wait {
        program: program.clone(),
        source,
    };
    let (stdout, stdout_writer) = io::pipe().map_err(failed_wait)?;
    let (stderr, stderr_writer) = io::pipe().map_err(failed_wait)?;
    let (ended, ended_writer) = io::pipe().map_err(failed_wait)?;
    let mut command = command(invocation);
    command.stdout(stdout_writer).stderr(stderr_writer);
    sys::reset_own_peak_rss();

    let watch = Watch::default();
    let attendant = Attendant::new(stdout, stderr, ended, OUTPUT_LIMIT);
    let (waited, attended) = thread::scope(|scope| {
        // Ready before the child starts, so that nothing of ours competes with it.
        let attendant = thread::Builder::new()
            .name("attend child".to_owned())
            .spawn_scoped(scope, || {
                attendant.run(&watch, interrupt, invocation.timeout)
            })
            .map_err(failed_wait)?;
        let start = Instant::now();
        let waited = match affinity::while_pinned(|| command.spawn()) {
            Ok(child) => {
                // Our copies of the pipes' writing ends: while they are open there is no end of file.
                drop(command);
                wait(&child, start, &watch).map_err(failed_wait)
            }
            Err(source) => {
                drop(command);
                Err(not_started(invocation, source))
            }
        };
        drop(ended_writer);
        let attended = attendant.join().unwrap_or_else(|_| {
            Err(io::Error::other(
                "the thread that reads its output panicked",
            ))
        });
        Ok((waited?, attended.map_err(failed_wait)?))
    })?;

    count_time_in_children(waited.wall);
    match attended.ended {
        Some(Ended::Interrupt) => Err(ProcessError::Interrupted),
        Some(Ended::TimeLimit) => Err(ProcessError::TimedOut {
            limit: invocation.timeout,
            stderr_tail: tail(&attended.stderr.kept, TAIL_LINES),
        }),
        None => Ok(Finished {
            status: waited.exit.status,
            truncated: attended.stdout.cut || attended.stderr.cut,
            stdout: attended.stdout.kept,
            stderr: attended.stderr.kept,
            wall: waited.wall,
            user: waited.exit.user,
            system: waited.exit.system,
            peak_rss: waited.exit.peak_rss,
        }),
    }
}

/// The smallest `peak_rss` that a child started now could show, in bytes: our own high-water mark, which
/// it inherits. `None` where the system does not say; macOS has no such floor.
#[must_use]
pub fn peak_rss_floor() -> Option<u64> {
    sys::reset_own_peak_rss();
    sys::own_peak_rss()
}

struct Waited {
    exit: sys::Exit,
    wall: Duration,
}

/// Blocks until the child has ended, clears its group away and reaps it.
fn wait(child: &Child, start: Instant, watch: &Watch) -> io::Result<Waited> {
    let pid = sys::Pid::of(child)?;
    watch.child_started(pid);
    // The child stays a zombie here, so its id, which is also its group's, cannot be given to anyone else.
    let waited = sys::wait_without_reaping(pid);
    let wall = start.elapsed();
    watch.child_ended();
    waited?;
    sys::kill_group(pid);
    let exit = sys::reap(pid)?;
    Ok(Waited { exit, wall })
}

/// Files through which a step of GitHub Actions sets outputs, variables and paths, and tells what it found. That is our
/// business: what we start has them out of its reach, or at least out of its way.
pub(crate) const OF_RUNNER: [&str; 5] = [
    "GITHUB_ENV",
    "GITHUB_OUTPUT",
    "GITHUB_PATH",
    "GITHUB_STATE",
    "GITHUB_STEP_SUMMARY",
];

fn command(invocation: &Invocation) -> Command {
    use std::os::unix::process::CommandExt as _;

    let mut command = Command::new(located(&invocation.program, &invocation.directory));
    command
        .args(&invocation.arguments)
        .current_dir(&invocation.directory)
        .stdin(Stdio::null())
        .process_group(0);
    for name in OF_RUNNER {
        command.env_remove(name);
    }
    for name in &invocation.environment_removed {
        command.env_remove(name);
    }
    for (name, value) in &invocation.environment {
        command.env(name, value);
    }
    command
}

/// The standard library leaves open what a relative path means together with a working directory.
fn located(program: &Path, directory: &Path) -> PathBuf {
    if is_bare_name(program) {
        return program.to_owned();
    }
    let joined = directory.join(program);
    std::path::absolute(&joined).unwrap_or(joined)
}

/// Whether the program is looked up in `PATH`.
fn is_bare_name(program: &Path) -> bool {
    use std::os::unix::ffi::OsStrExt as _;

    !program.as_os_str().as_bytes().contains(&b'/')
}

/// `No such file or directory` has four causes; says which.
fn not_started(invocation: &Invocation, source: io::Error) -> ProcessError {
    let program = invocation.program.display().to_string();
    let place = located(&invocation.program, &invocation.directory);
    let reason = if source.kind() != io::ErrorKind::NotFound {
        None
    } else if !invocation.directory.is_dir() {
        Some(format!(
            "its working directory {} does not exist",
            invocation.directory.display()
        ))
    } else if is_bare_name(&invocation.program) {
        Some("no such program in PATH".to_owned())
    } else if place.exists() {
        Some(format!(
            "{} exists, but what it names as its interpreter (first line after #!, or dynamic loader) does not",
            place.display()
        ))
    } else {
        Some(format!("{} does not exist", place.display()))
    };
    ProcessError::NotStarted {
        program,
        source: match reason {
            Some(reason) => io::Error::new(io::ErrorKind::NotFound, reason),
            None => source,
        },
    }
}
