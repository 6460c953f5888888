//! The output of a child that runs for long, in a file without a name: nothing is left of it, whatever happens, unless it is
//! asked to be kept.
//!
//! A thread copies it from a pipe, so that a child that never stops talking cannot fill the disk: two files of
//! 32 MiB take turns, and the older half goes when both are full. What is of interest after a failure is the end.

use super::sys;
use super::text::tail;
use crate::files::{self, Existing};
use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Read as _, Write};
use std::os::fd::AsFd as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Of one of the two files: 64 MiB in all.
const HALF: u64 = 32 << 20;

/// What a pipe of Linux holds.
const CHUNK: usize = 64 * 1024;

/// For how long a pipe is emptied that somebody keeps filling after the end.
const DRAIN: Duration = Duration::from_secs(1);

/// Bytes from the end that lines are taken from.
const TAIL: u64 = 64 * 1024;

/// The kept output of a child.
#[derive(Debug)]
pub struct Log {
    kept: Arc<Mutex<Kept>>,
    /// Dropped to end the thread.
    going: Option<PipeWriter>,
    writer: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Kept {
    newer: File,
    newer_length: u64,
    older: File,
    older_length: u64,
    dropped: u64,
    half: u64,
    /// The first failure to write; from there on nothing is kept, and the child goes on.
    problem: Option<io::Error>,
}

impl Log {
    /// An empty log, in the system's directory for temporary files.
    ///
    /// # Errors
    /// No file, pipe or thread can be had.
    pub fn new() -> io::Result<Self> {
        Self::with_halves(HALF)
    }

    pub(super) fn with_halves(half: u64) -> io::Result<Self> {
        let kept = Arc::new(Mutex::new(Kept {
            newer: tempfile::tempfile()?,
            newer_length: 0,
            older: tempfile::tempfile()?,
            older_length: 0,
            dropped: 0,
            half,
            problem: None,
        }));
        let (reader, writer) = io::pipe()?;
        let (gone, going) = io::pipe()?;
        let shared = Arc::clone(&kept);
        let thread = std::thread::Builder::new()
            .name("keep log".to_owned())
            .spawn(move || copy(reader, &gone, &shared))?;
        Ok(Self {
            kept,
            going: Some(going),
            writer: Some(writer),
            thread: Some(thread),
        })
    }

    /// For the child's stdout and stderr: what it writes to both stands in the order in which it was written.
    ///
    /// # Errors
    /// No further descriptor can be had, or the log is finished.
    pub fn outputs(&self) -> io::Result<(Stdio, Stdio)> {
        let writer = (self.writer.as_ref()).ok_or_else(|| io::Error::other("the log is closed"))?;
        Ok((writer.try_clone()?.into(), writer.try_clone()?.into()))
    }

    /// Takes what was written until now, and no more.
    pub fn finish(&mut self) {
        self.writer = None;
        self.going = None;
        if let Some(thread) = self.thread.take() {
            // It does nothing that panics; if it did, what is kept until there is what there is.
            let _ended: std::thread::Result<()> = thread.join();
        }
    }

    /// The last lines that say something, fit for a terminal.
    #[must_use]
    pub fn tail(&self, lines: usize) -> String {
        let kept = self.kept();
        let end = kept.end(TAIL).unwrap_or_default();
        let mut text = tail(&end, lines);
        if let Some(problem) = &kept.problem {
            text.push_str(&format!(
                "\n(its output could not be kept from here on: {problem})"
            ));
        }
        text
    }

    /// Bytes that were written, kept or not.
    #[must_use]
    pub fn written(&self) -> u64 {
        let kept = self.kept();
        kept.dropped + kept.older_length + kept.newer_length
    }

    /// Writes what is kept into a new file.
    ///
    /// # Errors
    /// The operating system's; [`io::ErrorKind::AlreadyExists`] where there is such a file.
    pub fn keep(&self, path: &Path) -> io::Result<()> {
        let kept = self.kept();
        files::write(path, Existing::Keep, |out| kept.write(out))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.finish();
    }
}

impl Kept {
    fn add(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.newer_length >= self.half {
                std::mem::swap(&mut self.newer, &mut self.older);
                self.dropped += self.older_length;
                self.older_length = self.newer_length;
                self.newer_length = 0;
                if let Err(error) = self.newer.set_len(0) {
                    self.problem.get_or_insert(error);
                }
            }
            let room = usize::try_from(self.half - self.newer_length).unwrap_or(usize::MAX);
            let (now, later) = bytes.split_at(bytes.len().min(room));
            if self.problem.is_some() {
                self.dropped += bytes.len() as u64;
                return;
            }
            match self.newer.write_all_at(now, self.newer_length) {
                Ok(()) => self.newer_length += now.len() as u64,
                Err(error) => self.problem = Some(error),
            }
            bytes = later;
        }
    }

    /// At most this many of the last bytes.
    fn end(&self, most: u64) -> io::Result<Vec<u8>> {
        let of_newer = self.newer_length.min(most);
        let of_older = self.older_length.min(most - of_newer);
        let mut bytes = part(&self.older, self.older_length - of_older, of_older)?;
        bytes.extend(part(&self.newer, self.newer_length - of_newer, of_newer)?);
        Ok(bytes)
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.dropped > 0 {
            writeln!(out, "[{} bytes were not kept]", self.dropped)?;
        }
        for (file, length) in [
            (&self.older, self.older_length),
            (&self.newer, self.newer_length),
        ] {
            let mut at = 0;
            while at < length {
                let bytes = part(file, at, (length - at).min(1 << 20))?;
                out.write_all(&bytes)?;
                at += bytes.len() as u64;
            }
        }
        Ok(())
    }
}

fn part(file: &File, at: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
    file.read_exact_at(&mut bytes, at)?;
    Ok(bytes)
}

/// Until the pipe is at its end, or nobody wants it any more.
fn copy(mut pipe: PipeReader, gone: &PipeReader, kept: &Mutex<Kept>) {
    let mut buffer = vec![0; CHUNK];
    let mut last = None;
    loop {
        let wait = match last {
            None => Duration::from_secs(3600),
            Some(since) if Instant::now().saturating_duration_since(since) > DRAIN => return,
            Some(_) => Duration::ZERO,
        };
        let asked = last.is_none().then(|| gone.as_fd());
        let ready = match sys::poll_readable([Some(pipe.as_fd()), asked], wait) {
            Ok([readable, ended]) => {
                if ended {
                    last = Some(Instant::now());
                }
                readable
            }
            Err(error) => return failed(kept, error),
        };
        if !ready {
            if last.is_some() {
                return;
            }
            continue;
        }
        match pipe.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => kept
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .add(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return failed(kept, error),
        }
    }
}

fn failed(kept: &Mutex<Kept>, error: io::Error) {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    kept.problem.get_or_insert(error);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn logged(half: u64, script: &str) -> Log {
        let mut log = Log::with_halves(half).unwrap();
        let (stdout, stderr) = log.outputs().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdout(stdout).stderr(stderr);
        assert!(command.status().unwrap().success());
        drop(command);
        log.finish();
        log
    }

    fn whole(log: &Log) -> Vec<u8> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        log.keep(&path).unwrap();
        assert_eq!(
            log.keep(&path).unwrap_err().kind(),
            io::ErrorKind::AlreadyExists
        );
        std::fs::read(&path).unwrap()
    }

    #[test]
    fn both_outputs_stand_in_one_log_in_their_order() {
        let log = logged(HALF, "echo one; echo two >&2; echo three");
        assert_eq!(whole(&log), b"one\ntwo\nthree\n");
        assert_eq!(log.tail(2), "two\nthree");
    }

    #[test]
    fn the_end_of_a_long_log_is_kept_within_bounds_and_what_is_missing_is_counted() {
        let log = logged(1000, "seq 1 1000; echo the end");
        let text = String::from_utf8(whole(&log)).unwrap();
        assert!(text.ends_with("999\n1000\nthe end\n"), "{text}");
        let (first, rest) = text.split_once('\n').unwrap();
        assert!((1000..=2000).contains(&rest.len()), "{}", rest.len());
        let missing = log.written() - rest.len() as u64;
        assert_eq!(first, format!("[{missing} bytes were not kept]"));
        assert_eq!(log.tail(1), "the end");
        // Lines that stand in both halves are found as well.
        assert!(log.tail(500).lines().count() > 250);
    }

    #[test]
    fn an_empty_log_is_empty() {
        let log = logged(1000, "");
        assert_eq!(
            (whole(&log), log.tail(5), log.written()),
            (vec![], String::new(), 0)
        );
    }

    #[test]
    fn who_keeps_the_pipe_open_is_not_waited_for() {
        let mut log = logged(1000, "echo said");
        let mut held = Log::with_halves(1000).unwrap();
        let (stdout, _stderr) = held.outputs().unwrap();
        held.finish();
        drop(stdout);
        log.finish();
        assert_eq!(log.tail(1), "said");
    }
}
