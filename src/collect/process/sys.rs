//! The system calls that the standard library has no safe form of. The only `unsafe` code of this module.

use std::io;
use std::os::fd::{AsRawFd as _, BorrowedFd};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ExitStatus};
use std::time::Duration;

/// A child's process id: positive, so that `kill` can mean neither ourselves nor everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pid(libc::pid_t);

impl Pid {
    pub(super) fn of(child: &Child) -> io::Result<Self> {
        match libc::pid_t::try_from(child.id()) {
            Ok(id) if id > 1 => Ok(Self(id)),
            _ => Err(io::Error::other(format!(
                "impossible process id {}",
                child.id()
            ))),
        }
    }

    pub(super) const fn raw(self) -> libc::pid_t {
        self.0
    }
}

/// How a child ended and what it used.
#[derive(Debug)]
pub(super) struct Exit {
    pub(super) status: ExitStatus,
    pub(super) user: Duration,
    pub(super) system: Duration,
    pub(super) peak_rss: u64,
}

/// Blocks until the child has ended; it stays a zombie, its id stays taken.
#[expect(unsafe_code, reason = "waitid has no safe form")]
pub(super) fn wait_without_reaping(pid: Pid) -> io::Result<()> {
    let id = libc::id_t::try_from(pid.0).map_err(io::Error::other)?;
    retry(|| {
        // SAFETY: all-zero bytes are a valid siginfo_t, a plain C struct of integers and pointers.
        let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
        // SAFETY: `info` is valid for writes for the whole call and nothing else is passed by pointer.
        unsafe {
            libc::waitid(
                libc::P_PID,
                id,
                &raw mut info,
                libc::WEXITED | libc::WNOWAIT,
            )
        }
    })
    .map(drop)
}

/// Reaps an ended child. The figures are of this child and those that it waited for.
#[expect(unsafe_code, reason = "wait4 has no safe form")]
pub(super) fn reap(pid: Pid) -> io::Result<Exit> {
    let mut status = 0;
    // SAFETY: all-zero bytes are a valid rusage, a plain C struct of integers.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    retry(|| {
        // SAFETY: both pointers are to live locals of the right types, valid for writes during the call.
        unsafe { libc::wait4(pid.0, &raw mut status, 0, &raw mut usage) }
    })?;
    Ok(Exit {
        status: ExitStatus::from_raw(status),
        user: duration(usage.ru_utime),
        system: duration(usage.ru_stime),
        peak_rss: maxrss_bytes(usage.ru_maxrss),
    })
}

/// Kills what there is of the child's group, and the child. Only for a child that is not reaped yet: later
/// its id may be somebody else's.
#[expect(unsafe_code, reason = "kill has no safe form")]
pub(super) fn kill_group(pid: Pid) {
    // Failure means that there is nobody left to kill (ESRCH, on macOS EPERM for a group of zombies), or a
    // process that changed its user, which we cannot end in any way. Waiting tells in both cases.
    // SAFETY: takes integers only; the id is above 1 by construction of `Pid`, so its negative is one group.
    let _ = unsafe { libc::kill(-pid.0, libc::SIGKILL) };
    // SAFETY: as above. The child itself may have moved to another group.
    let _ = unsafe { libc::kill(pid.0, libc::SIGKILL) };
}

/// Asks the child's group, and the child, to end. Only for a child that is not reaped yet.
pub(super) fn terminate_group(pid: Pid) {
    use rustix::process::{Pid, Signal, kill_process, kill_process_group};
    if let Some(pid) = Pid::from_raw(pid.0) {
        // As with `kill_group`: a failure means that there is nobody to ask, and the caller looks at who is left.
        let _group: Result<(), _> = kill_process_group(pid, Signal::TERM);
        if !matches!(rustix::process::getpgid(Some(pid)), Ok(group) if group == pid) {
            let _child: Result<(), _> = kill_process(pid, Signal::TERM);
        }
    }
}

/// How a child ended; `None` while it runs. It stays a zombie, its id stays taken.
pub(super) fn status_without_reaping(pid: Pid) -> io::Result<Option<ExitStatus>> {
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
    let Some(pid) = Pid::from_raw(pid.0) else {
        return Err(io::Error::other("impossible process id"));
    };
    let how = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    let ended = rustix::io::retry_on_intr(|| waitid(WaitId::Pid(pid), how))?;
    Ok(ended.map(|ended| super::group::status(ended.exit_status(), ended.terminating_signal())))
}

/// Which of the files can be read without blocking (or are at their end). Waits up to `timeout`.
#[expect(unsafe_code, reason = "poll has no safe form")]
pub(super) fn poll_readable<const N: usize>(
    files: [Option<BorrowedFd<'_>>; N],
    timeout: Duration,
) -> io::Result<[bool; N]> {
    // A negative descriptor is an entry that poll passes over.
    let mut entries = files.map(|file| libc::pollfd {
        fd: file.map_or(-1, |file| file.as_raw_fd()),
        events: libc::POLLIN,
        revents: 0,
    });
    // Rounded up: a wait cut to 0 ms would spin until the rest of a millisecond is over.
    let milliseconds =
        libc::c_int::try_from(timeout.as_nanos().div_ceil(1_000_000)).unwrap_or(libc::c_int::MAX);
    // SAFETY: pointer and length are those of one live array, and the descriptors are borrowed for the call.
    let ready = unsafe { libc::poll(entries.as_mut_ptr(), N as libc::nfds_t, milliseconds) };
    if ready < 0 {
        let error = io::Error::last_os_error();
        return match error.kind() {
            io::ErrorKind::Interrupted => Ok([false; N]),
            _ => Err(error),
        };
    }
    Ok(entries.map(|entry| entry.revents != 0))
}

/// Brings our high-water mark down to what we hold now. Best effort: without it the floor is only higher.
pub(super) fn reset_own_peak_rss() {
    #[cfg(target_os = "linux")]
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// High-water mark of our own resident set, in bytes.
pub(super) fn own_peak_rss() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    high_water_mark(&status)
}

/// `VmHWM: 5120 kB` of a `/proc/*/status`, in bytes.
pub(super) fn high_water_mark(status: &str) -> Option<u64> {
    let rest = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = rest.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// `ru_maxrss` is in bytes on Apple's systems and in KiB everywhere else.
fn maxrss_bytes(maxrss: libc::c_long) -> u64 {
    let scale = if cfg!(target_vendor = "apple") {
        1
    } else {
        1024
    };
    u64::try_from(maxrss).unwrap_or(0).saturating_mul(scale)
}

fn duration(time: libc::timeval) -> Duration {
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let microseconds = u64::try_from(time.tv_usec).unwrap_or(0);
    Duration::from_secs(seconds).saturating_add(Duration::from_micros(microseconds))
}

fn retry(mut call: impl FnMut() -> libc::c_int) -> io::Result<libc::c_int> {
    loop {
        let result = call();
        if result >= 0 {
            return Ok(result);
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}
