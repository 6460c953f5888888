//! A child that runs beside us for long, a server say, and is ended with all that it started.
//!
//! It leads a process group of its own. Processes that left the group (`setsid`, a daemon's double fork) are found by an
//! entry in the environment that only this child and what descends from it have; whoever changes the environment too
//! is out of reach, unless an observer saw it before ([`Running::stop`] takes what it saw).

use super::sys::{self, Pid};
use super::{Invocation, ProcessError, command, not_started};
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// For how long an end is waited for that SIGKILL must bring: longer takes only what hangs in the kernel.
const AFTER_KILL: Duration = Duration::from_secs(10);

/// Between two looks at what is ending: short enough to be no wait, long enough to be no load.
const LOOK: Duration = Duration::from_millis(10);

/// Looks for strays after SIGKILL: what forks faster than it is killed ends here.
const ROUNDS: u32 = 50;

/// A process by a name that is never given twice: its id may be, together with its start it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessId {
    /// Number.
    pub pid: u32,
    /// Start after boot, in the system's ticks.
    pub start: u64,
}

/// What came of ending a child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// How the child itself ended.
    pub status: ExitStatus,
    /// Something did not end in time and was killed.
    pub killed: bool,
    /// Processes that could not be ended.
    pub left: Vec<u32>,
}

/// A child that runs. Dropped, it is killed with all that it started.
#[derive(Debug)]
pub struct Running {
    pid: Pid,
    mark: String,
    reaped: Option<ExitStatus>,
}

/// Those that run now, for [`kill_all`].
static ALL: Mutex<Vec<(Pid, String)>> = Mutex::new(Vec::new());

fn all() -> MutexGuard<'static, Vec<(Pid, String)>> {
    ALL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Kills every [`Running`] with all that it started, now: for who is about to leave without going back through its callers.
pub fn kill_all() {
    // Locked to the end, so that nothing is reaped, and its id given to somebody else, while it is killed.
    for (pid, mark) in all().iter() {
        sys::kill_group(*pid);
        kill_strays(*pid, mark, &[]);
    }
}

impl Running {
    /// Starts a child; its time limit is of no meaning here. Stdin is empty.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(
        invocation: &Invocation,
        stdout: Stdio,
        stderr: Stdio,
    ) -> Result<Self, ProcessError> {
        let mark = mark();
        let mut command = command(invocation);
        command.env(&mark, "1").stdout(stdout).stderr(stderr);
        let failed = |source| not_started(invocation, source);
        let child = command.spawn().map_err(failed)?;
        let pid = Pid::of(&child).map_err(failed)?;
        all().push((pid, mark.clone()));
        Ok(Self {
            pid,
            mark,
            reaped: None,
        })
    }

    /// Its process id, which is also that of its group.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.pid.number()
    }

    /// The entry in the environment of all that descends from it: `NAME=1`.
    #[must_use]
    pub fn mark(&self) -> String {
        format!("{}=1", self.mark)
    }

    /// How it ended; `None` while it runs. What it started may still run.
    ///
    /// # Errors
    /// The operating system's.
    pub fn ended(&self) -> io::Result<Option<ExitStatus>> {
        match self.reaped {
            Some(status) => Ok(Some(status)),
            None => sys::status_without_reaping(self.pid),
        }
    }

    /// Ends it: SIGTERM to its group and to `seen` (descendants that an observer saw, wherever they went), SIGKILL to what
    /// is left after `within`, or as soon as `hurry` says so. Comes back when all are gone.
    ///
    /// # Errors
    /// The operating system's, and a child that SIGKILL does not end.
    pub fn stop(
        &mut self,
        within: Duration,
        seen: &[ProcessId],
        hurry: &mut dyn FnMut() -> bool,
    ) -> io::Result<Stopped> {
        if let Some(status) = self.reaped {
            return Ok(Stopped {
                status,
                killed: false,
                left: Vec::new(),
            });
        }
        sys::terminate_group(self.pid);
        for stray in strays(self.pid, &self.mark, seen) {
            signal(stray, Way::Ask);
        }
        // A wait that no clock can reach is as good as this.
        let deadline = Instant::now().checked_add(within);
        let in_time = loop {
            if self.ended()?.is_some() && !self.has_company(seen) {
                break true;
            }
            if hurry() || deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                break false;
            }
            std::thread::sleep(LOOK);
        };
        let (status, left) = self.kill(seen)?;
        Ok(Stopped {
            status,
            killed: !in_time,
            left,
        })
    }

    /// Whether others than the child itself run on.
    fn has_company(&self, seen: &[ProcessId]) -> bool {
        members(self.pid).iter().any(|&pid| pid != self.id())
            || !strays(self.pid, &self.mark, seen).is_empty()
    }

    /// SIGKILL to all, then reaped. The child stays a zombie until nothing of its group is left, so that its id cannot be
    /// given to anyone else.
    fn kill(&mut self, seen: &[ProcessId]) -> io::Result<(ExitStatus, Vec<u32>)> {
        sys::kill_group(self.pid);
        kill_strays(self.pid, &self.mark, seen);
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.ended()? {
                break status;
            }
            if start.elapsed() > AFTER_KILL {
                return Err(io::Error::other(format!(
                    "process {} does not end, not even by SIGKILL: it hangs in the system",
                    self.id()
                )));
            }
            std::thread::sleep(Duration::from_millis(1));
        };
        let left = loop {
            let left = self.left(seen);
            // A killed process needs a moment to be gone.
            if left.is_empty() || start.elapsed() > AFTER_KILL {
                break left;
            }
            std::thread::sleep(Duration::from_millis(1));
        };
        let mut all = all();
        all.retain(|(pid, _)| *pid != self.pid);
        // What is reaped now is what was seen to have ended: this does not block.
        let reaped = sys::reap(self.pid);
        drop(all);
        self.reaped = Some(reaped.map_or(status, |exit| exit.status));
        Ok((self.reaped.unwrap_or(status), left))
    }

    fn left(&self, seen: &[ProcessId]) -> Vec<u32> {
        let mut left = members(self.pid);
        left.retain(|&pid| pid != self.id());
        left.extend((strays(self.pid, &self.mark, seen).iter()).map(|process| process.pid));
        left
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.reaped.is_none() {
            // Nobody is there to be told: on the way out of an error or a panic.
            let _ended: io::Result<_> = self.kill(&[]);
        }
    }
}

/// A name for the entry in the environment that no other child has, of this tollgate or of another.
fn mark() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    format!(
        "TOLLGATE_STARTED_{}_{}_{}",
        std::process::id(),
        now.map_or(0, |now| now.as_nanos()),
        COUNT.fetch_add(1, Ordering::Relaxed)
    )
}

/// How a process is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Ask,
    Kill,
}

fn kill_strays(pid: Pid, mark: &str, seen: &[ProcessId]) {
    for _round in 0..ROUNDS {
        let strays = strays(pid, mark, seen);
        if strays.is_empty() {
            return;
        }
        for stray in strays {
            signal(stray, Way::Kill);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// What descends from the child, runs, and is not in its group.
#[cfg(target_os = "linux")]
fn strays(child: Pid, mark: &str, seen: &[ProcessId]) -> Vec<ProcessId> {
    use crate::collect::observe::{environment_has, processes, stat};
    let group = child.number();
    let mark = format!("{mark}=1");
    processes()
        .into_iter()
        .filter(|&pid| pid != group && pid != std::process::id())
        .filter_map(|pid| {
            let is_seen = seen.iter().any(|process| process.pid == pid);
            if !is_seen && !environment_has(pid, mark.as_bytes()) {
                return None;
            }
            let stat = stat(pid).filter(|stat| !stat.is_ended() && stat.group != group)?;
            let process = ProcessId {
                pid,
                start: stat.start,
            };
            (seen.contains(&process) || environment_has(pid, mark.as_bytes())).then_some(process)
        })
        .collect()
}

#[cfg(not(target_os = "linux"))]
fn strays(_child: Pid, _mark: &str, _seen: &[ProcessId]) -> Vec<ProcessId> {
    Vec::new()
}

/// What runs in the child's group.
#[cfg(target_os = "linux")]
fn members(child: Pid) -> Vec<u32> {
    use crate::collect::observe::{processes, stat};
    let group = child.number();
    (processes().into_iter())
        .filter(|&pid| stat(pid).is_some_and(|stat| stat.group == group && !stat.is_ended()))
        .collect()
}

#[cfg(not(target_os = "linux"))]
fn members(_child: Pid) -> Vec<u32> {
    Vec::new()
}

/// Through a descriptor of the process, so that it cannot end, and its id be given away, between the look and the signal.
#[cfg(target_os = "linux")]
fn signal(process: ProcessId, way: Way) {
    use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
    let Some(pid) = i32::try_from(process.pid).ok().and_then(Pid::from_raw) else {
        return;
    };
    let signal = match way {
        Way::Ask => Signal::TERM,
        Way::Kill => Signal::KILL,
    };
    let same = || {
        crate::collect::observe::stat(process.pid).is_some_and(|stat| stat.start == process.start)
    };
    // Refused: it is gone, or has become another user's, which we cannot end in any way. The caller looks again.
    let _sent = match pidfd_open(pid, PidfdFlags::empty()) {
        Ok(file) if same() => pidfd_send_signal(file, signal),
        Ok(_another) => Ok(()),
        // Kernels before 5.3, and sandboxes.
        Err(rustix::io::Errno::NOSYS | rustix::io::Errno::PERM) if same() => {
            rustix::process::kill_process(pid, signal)
        }
        Err(error) => Err(error),
    };
}

#[cfg(not(target_os = "linux"))]
fn signal(_process: ProcessId, _way: Way) {}

impl Pid {
    fn number(self) -> u32 {
        u32::try_from(self.raw()).unwrap_or_default()
    }
}

/// A status as `waitid` tells it, in the form that the standard library shows.
pub(super) fn status(exit: Option<i32>, signal: Option<i32>) -> ExitStatus {
    ExitStatus::from_raw(signal.unwrap_or_else(|| exit.unwrap_or_default() << 8))
}
