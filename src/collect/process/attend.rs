//! What goes on beside a running child: its pipes are emptied, the clock and Ctrl-C are looked at.

use super::Interrupt;
use super::sys::{self, Pid};
use std::io::{self, PipeReader, Read as _};
use std::os::fd::AsFd as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often Ctrl-C is looked at.
const TICK: Duration = Duration::from_millis(40);

/// For how long a pipe is emptied that a process outside of the child's group keeps filling after its end.
const DRAIN: Duration = Duration::from_secs(1);

/// What a pipe of Linux holds.
const CHUNK: usize = 64 * 1024;

/// The child as long as it may be killed: from its start until before it is reaped.
#[derive(Debug, Default)]
pub(super) struct Watch(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    child: Option<Pid>,
    ended: Option<Ended>,
}

/// Why we ended the child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    TimeLimit,
    Interrupt,
}

impl Watch {
    pub(super) fn child_started(&self, pid: Pid) {
        self.state().child = Some(pid);
    }

    pub(super) fn child_ended(&self) {
        self.state().child = None;
    }

    /// Kills the child if it still runs. `why` is kept only if it does: one that ended before counts as finished.
    fn end(&self, why: Option<Ended>) {
        let mut state = self.state();
        if let Some(pid) = state.child {
            // Under the lock, so that the child cannot be reaped between the look and the kill.
            sys::kill_group(pid);
            state.ended = state.ended.or(why);
        }
    }

    fn ended(&self) -> Option<Ended> {
        self.state().ended
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the attendant has to say when the child is gone.
#[derive(Debug)]
pub(super) struct Attended {
    pub(super) stdout: Captured,
    pub(super) stderr: Captured,
    pub(super) ended: Option<Ended>,
}

/// The beginning of a stream.
#[derive(Debug, Default)]
pub(super) struct Captured {
    pub(super) kept: Vec<u8>,
    pub(super) cut: bool,
}

/// One output of the child.
struct Stream {
    /// `None` after its end.
    pipe: Option<PipeReader>,
    captured: Captured,
}

impl Stream {
    fn new(pipe: PipeReader) -> Self {
        Self {
            pipe: Some(pipe),
            captured: Captured::default(),
        }
    }

    /// One read of a pipe that is known to be readable.
    fn read(&mut self, buffer: &mut [u8], limit: usize) -> io::Result<()> {
        let Some(pipe) = &mut self.pipe else {
            return Ok(());
        };
        match pipe.read(buffer) {
            Ok(0) => self.pipe = None,
            Ok(count) => {
                let room = limit.saturating_sub(self.captured.kept.len());
                self.captured.cut |= count > room;
                self.captured
                    .kept
                    .extend_from_slice(&buffer[..count.min(room)]);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// Empties the pipes of a child until its end, and ends it at its limit.
pub(super) struct Attendant {
    stdout: Stream,
    stderr: Stream,
    /// At its end once the child has ended and its group has been killed.
    gone: PipeReader,
    limit: usize,
}

impl Attendant {
    pub(super) fn new(
        stdout: PipeReader,
        stderr: PipeReader,
        gone: PipeReader,
        limit: usize,
    ) -> Self {
        Self {
            stdout: Stream::new(stdout),
            stderr: Stream::new(stderr),
            gone,
            limit,
        }
    }

    pub(super) fn run(
        mut self,
        watch: &Watch,
        interrupt: &Interrupt,
        timeout: Duration,
    ) -> io::Result<Attended> {
        let done = self
            .until_gone(watch, interrupt, timeout)
            .and_then(|()| self.drain());
        if done.is_err() {
            // Nobody empties its pipes any more: it would block for ever.
            watch.end(None);
        }
        done.map(|()| Attended {
            stdout: self.stdout.captured,
            stderr: self.stderr.captured,
            ended: watch.ended(),
        })
    }

    fn until_gone(
        &mut self,
        watch: &Watch,
        interrupt: &Interrupt,
        timeout: Duration,
    ) -> io::Result<()> {
        let mut buffer = vec![0; CHUNK];
        // A limit that no clock can reach is none.
        let deadline = Instant::now().checked_add(timeout);
        loop {
            if interrupt.is_set() {
                watch.end(Some(Ended::Interrupt));
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let wait = match left {
                // Killed again with every tick: the first may have come before the child was there.
                Some(Duration::ZERO) => {
                    watch.end(Some(Ended::TimeLimit));
                    TICK
                }
                Some(left) => left.min(TICK),
                None => TICK,
            };
            if self.read_ready(&mut buffer, wait)?.gone {
                return Ok(());
            }
        }
    }

    /// What the child wrote is in the pipes by now. What somebody else writes into them is not waited for.
    fn drain(&mut self) -> io::Result<()> {
        let mut buffer = vec![0; CHUNK];
        let start = Instant::now();
        while self.read_ready(&mut buffer, Duration::ZERO)?.any && start.elapsed() < DRAIN {}
        Ok(())
    }

    fn read_ready(&mut self, buffer: &mut [u8], wait: Duration) -> io::Result<Ready> {
        let files = [
            self.stdout.pipe.as_ref().map(|pipe| pipe.as_fd()),
            self.stderr.pipe.as_ref().map(|pipe| pipe.as_fd()),
            Some(self.gone.as_fd()),
        ];
        let [stdout, stderr, gone] = sys::poll_readable(files, wait)?;
        if stdout {
            self.stdout.read(buffer, self.limit)?;
        }
        if stderr {
            self.stderr.read(buffer, self.limit)?;
        }
        Ok(Ready {
            any: stdout || stderr,
            gone,
        })
    }
}

struct Ready {
    any: bool,
    gone: bool,
}
