//! The processes that the recorder starts: edge.

use super::{DESIGN, RecordError, failed};
use crate::data::{Lockstep, Process, Side, TICK_NS, Times};
use crate::kernels::Kernel;
use crate::measure::Mode;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Instant;
use tempfile::TempDir;

/// Both sides are called this, in directories whose names have the same length.
const EXECUTABLE: &str = "validation";

/// Two byte copies of this program, made anew at least for each job: where the pages of a copy lie in memory is part of what
/// is compared, and one pair of copies would be one draw of it for the whole recording.
pub(super) struct Sides {
    directory: TempDir,
}

impl Sides {
    pub(super) fn new(copied_first: Side) -> Result<Self, RecordError> {
        let here = || PathBuf::from("this program");
        let own = std::env::current_exe().map_err(|source| failed(&here(), source))?;
        let directory = TempDir::new().map_err(|source| failed(&std::env::temp_dir(), source))?;
        let sides = Self { directory };
        let order = match copied_first {
            Side::Base => [Side::Base, Side::Candidate],
            Side::Candidate => [Side::Candidate, Side::Base],
        };
        for side in order {
            let copy = sides.executable(side);
            let parent = copy.parent().unwrap_or(&copy);
            fs::create_dir(parent).map_err(|source| failed(parent, source))?;
            fs::copy(&own, &copy).map_err(|source| failed(&copy, source))?;
        }
        Ok(sides)
    }

    fn executable(&self, side: Side) -> PathBuf {
        let name = match side {
            Side::Base => "base",
            Side::Candidate => "cand",
        };
        self.directory.path().join(name).join(EXECUTABLE)
    }

    /// A measuring process, not yet started. The base never has a slowdown.
    pub(super) fn command(&self, side: Side, kernel: Kernel, slowdown: u32, mode: Mode) -> Command {
        let slowdown = match side {
            Side::Base => 0,
            Side::Candidate => slowdown,
        };
        let (samples, batches) = match mode {
            Mode::Short => (DESIGN.batches, 1),
            Mode::Long => (DESIGN.long_samples, 0),
            Mode::Lockstep => (DESIGN.lockstep_samples, DESIGN.lockstep_batches),
        };
        let mut command = Command::new(self.executable(side));
        command
            .args([
                "measure",
                kernel.name(),
                &format!("{slowdown:04}"),
                mode.name(),
            ])
            .args([DESIGN.warmup, samples, batches].map(|number| number.to_string()))
            .stdout(Stdio::piped());
        command
    }
}

/// A process that disturbs; ends when it is dropped.
pub(super) struct Disturber(Child);

impl Disturber {
    pub(super) fn spawn(sides: &Sides, seed: u64) -> Result<Self, RecordError> {
        let executable = sides.executable(Side::Base);
        Command::new(&executable)
            .args(["neighbour", &seed.to_string()])
            .stdin(Stdio::piped())
            .spawn()
            .map(Self)
            .map_err(|source| failed(&executable, source))
    }
}

impl Drop for Disturber {
    fn drop(&mut self) {
        // Its standard input ends first; if that should not be enough, it is killed. Either may find it gone already.
        drop(self.0.stdin.take());
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Runs a process to its end and reads what it measured.
pub(super) fn run_to_end(kernel: Kernel, mut command: Command) -> Result<Process, RecordError> {
    let start = Instant::now();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| process_error(kernel, format!("cannot be started: {error}")))?;
    let us = start.elapsed().as_micros() as u64;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(process_error(
            kernel,
            format!("ended with {}: {stderr}", output.status),
        ));
    }
    let numbers = numbers(&output.stdout).map_err(|problem| process_error(kernel, problem))?;
    let Some((cpu, times)) = numbers.split_first() else {
        return Err(process_error(kernel, "printed nothing".to_owned()));
    };
    Ok(Process {
        us,
        cpu: cpu / u64::from(TICK_NS),
        t: Times::from_ns(times).map_err(|problem| process_error(kernel, problem))?,
    })
}

/// Both sides at once, sample by sample.
pub(super) fn run_in_lockstep(
    sides: &Sides,
    kernel: Kernel,
    slowdown: u32,
) -> Result<Lockstep, RecordError> {
    let start = Instant::now();
    let spawn = |side| Partner::spawn(sides, side, kernel, slowdown);
    let mut base = spawn(Side::Base)?;
    let mut candidate = spawn(Side::Candidate)?;
    let (mut base_ns, mut candidate_ns) = (Vec::new(), Vec::new());
    for sample in 0..DESIGN.lockstep_samples {
        // Who is woken first is ahead by the microseconds of a wake-up, and on a busy machine by more.
        if sample % 2 == 0 {
            base.go()?;
            candidate.go()?;
        } else {
            candidate.go()?;
            base.go()?;
        }
        base_ns.push(base.answer()?);
        candidate_ns.push(candidate.answer()?);
    }
    base.end()?;
    candidate.end()?;
    let times = |ns: &[u64]| Times::from_ns(ns).map_err(|problem| process_error(kernel, problem));
    Ok(Lockstep {
        us: start.elapsed().as_micros() as u64,
        base: times(&base_ns)?,
        candidate: times(&candidate_ns)?,
    })
}

/// One of two processes in lockstep.
struct Partner {
    kernel: Kernel,
    child: Child,
    answers: BufReader<ChildStdout>,
}

impl Partner {
    fn spawn(
        sides: &Sides,
        side: Side,
        kernel: Kernel,
        slowdown: u32,
    ) -> Result<Self, RecordError> {
        let error = |error: String| process_error(kernel, error);
        let mut child = sides
            .command(side, kernel, slowdown, Mode::Lockstep)
            .stdin(Stdio::piped())
            .spawn()
            .map_err(|problem| error(format!("cannot be started: {problem}")))?;
        let answers = child
            .stdout
            .take()
            .ok_or_else(|| error("has no output".to_owned()))?;
        Ok(Self {
            kernel,
            child,
            answers: BufReader::new(answers),
        })
    }

    fn go(&mut self) -> Result<(), RecordError> {
        let written = match &mut self.child.stdin {
            Some(stdin) => stdin.write_all(b"\n"),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        };
        written.map_err(|error| process_error(self.kernel, format!("does not listen: {error}")))
    }

    fn answer(&mut self) -> Result<u64, RecordError> {
        let mut line = String::new();
        let read = self.answers.read_line(&mut line);
        let number = read.map_err(|error| error.to_string()).and_then(|_| {
            let line = line.trim_end();
            line.parse()
                .map_err(|_| format!("said {line:?} and not a time"))
        });
        number.map_err(|problem| process_error(self.kernel, problem))
    }

    fn end(mut self) -> Result<(), RecordError> {
        drop(self.child.stdin.take());
        match self.child.wait() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(process_error(self.kernel, format!("ended with {status}"))),
            Err(error) => Err(process_error(
                self.kernel,
                format!("cannot be waited for: {error}"),
            )),
        }
    }
}

fn process_error(kernel: Kernel, problem: String) -> RecordError {
    RecordError::Process {
        kernel: kernel.name(),
        problem,
    }
}

/// Whole numbers separated by spaces.
fn numbers(output: &[u8]) -> Result<Vec<u64>, String> {
    let text = str::from_utf8(output).map_err(|_| "printed no text".to_owned())?;
    text.split_ascii_whitespace()
        .map(|word| {
            word.parse()
                .map_err(|_| format!("printed {word:?} and not a time"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_numbers_are_read() {
        assert_eq!(numbers(b"12 3\n").unwrap(), [12, 3]);
        assert!(numbers(b"").unwrap().is_empty());
        for wrong in [
            &b"12 x"[..],
            b"-1",
            b"1.5",
            b"99999999999999999999999",
            b"\xff",
        ] {
            assert!(numbers(wrong).is_err(), "{wrong:?}");
        }
    }
}
