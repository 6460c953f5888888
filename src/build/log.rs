//! What cargo says passes through to our stderr, and with it what compilers, macros and build scripts of the code under test
//! print. In a job of GitHub Actions that is a log whose runner takes some lines for commands, so each line is guarded.
//!
//! This keeps honest and careless code from commanding the runner. It is no wall: who can run code in a job can write to its
//! log by other ways.

use crate::report::guard_line;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

/// How long a pipe is read after cargo has ended: something it started may hold it open for ever.
const AFTERWARDS: Duration = Duration::from_secs(2);

/// A line of a log as the runner sees it: a carriage return ends one as well.
pub(super) fn guarded(line: &str) -> String {
    line.split_inclusive('\r').map(guard_line).collect()
}

/// Shows a line.
pub(super) fn show(line: &str) {
    // A terminal that is gone is no reason to stop.
    drop(writeln!(std::io::stderr(), "{}", guarded(line)));
}

/// A pipe whose lines are shown as they come.
pub(super) struct Shown {
    ended: Receiver<()>,
}

impl Shown {
    /// Starts to read.
    pub(super) fn from(pipe: impl Read + Send + 'static) -> Self {
        let (sender, ended) = mpsc::channel::<()>();
        std::thread::spawn(move || {
            each_line(pipe, |line| show(&line));
            // That is what is waited for.
            drop(sender);
        });
        Self { ended }
    }

    /// Waits until all was shown, once the writer has ended.
    pub(super) fn finish(self) {
        // Too late or all shown: either way there is nothing to wait for.
        let _ended = self.ended.recv_timeout(AFTERWARDS);
    }
}

/// Calls with each line, without its end. An error ends the pipe as well as its end does; the exit status tells the rest.
pub(super) fn each_line(pipe: impl Read, mut take: impl FnMut(String)) {
    let mut pipe = BufReader::new(pipe);
    let mut line = Vec::new();
    while matches!(pipe.read_until(b'\n', &mut line), Ok(1..)) {
        let text = String::from_utf8_lossy(&line);
        take(text.strip_suffix('\n').unwrap_or(&text).to_owned());
        line.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_of_a_log_is_a_command_whatever_ends_it() {
        assert_eq!(guarded("   Compiling a v0.1.0"), "   Compiling a v0.1.0");
        assert_eq!(
            guarded("  ::error::x\r::add-mask::y"),
            "  \\::error::x\r\\::add-mask::y"
        );
        assert_eq!(guarded("warning: ##[error]x\r"), "warning: ##\\[error]x\r");
    }

    #[test]
    fn lines_come_one_by_one_also_without_an_end_or_letters() {
        let mut lines = Vec::new();
        each_line(&b"a\n\n b\xff\r\nlast"[..], |line| lines.push(line));
        assert_eq!(lines, ["a", "", " b\u{fffd}\r", "last"]);
    }

    #[test]
    fn a_pipe_is_read_to_its_end() {
        let (read, write) = std::io::pipe().unwrap();
        let shown = Shown::from(read);
        drop(write);
        shown.finish();
    }
}
