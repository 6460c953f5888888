//! A build of the base that may fail: the base's own fault is no error, but a reason why nothing can be compared.

use super::super::{BuildError, log};
use crate::collect::process::Interrupt;
use cargo_metadata::diagnostic::DiagnosticLevel;
use cargo_metadata::{Artifact, Message};
use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::Duration;

/// How often Ctrl-C is looked at while cargo says nothing.
const TICK: Duration = Duration::from_millis(50);

/// How long pipes are read after cargo has ended: something it started may hold them open for ever.
const AFTERWARDS: Duration = Duration::from_secs(2);

/// Compiler errors that a reason shows.
const SHOWN: usize = 3;

/// Longest reason, in characters.
const LONGEST: usize = 4000;

/// What came of a build.
#[derive(Debug)]
pub(in crate::build) enum Attempt {
    /// It went well.
    Built {
        /// What cargo says it made.
        artifacts: Vec<Artifact>,
        /// Where build scripts found libraries.
        linked: Vec<String>,
    },
    /// Nothing was made, and this is what cargo and the compiler say.
    Failed(String),
}

/// Runs cargo, which prints its messages as JSON. Its progress goes to our stderr as it comes.
///
/// # Errors
/// cargo cannot be started; Ctrl-C, after cargo and all it started are killed.
pub(in crate::build) fn attempt(
    mut command: Command,
    interrupt: &Interrupt,
) -> Result<Attempt, BuildError> {
    use std::os::unix::process::CommandExt as _;

    if interrupt.is_set() {
        return Err(BuildError::Interrupted);
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    let not_started = |source| BuildError::NotStarted {
        program: "cargo".to_owned(),
        source,
    };
    let mut child = command.spawn().map_err(not_started)?;
    let mut heard = Heard::default();
    let status = attend(&mut child, &mut heard, interrupt).map_err(not_started)?;
    let Some(status) = status else {
        return Err(BuildError::Interrupted);
    };
    Ok(if status.success() {
        Attempt::Built {
            artifacts: heard.artifacts,
            linked: heard.linked,
        }
    } else {
        Attempt::Failed(heard.reason(status))
    })
}

enum Line {
    Message(String),
    Said(String),
}

/// Reads until cargo has ended; `None` where Ctrl-C ended it.
fn attend(
    child: &mut Child,
    heard: &mut Heard,
    interrupt: &Interrupt,
) -> std::io::Result<Option<ExitStatus>> {
    let (sender, lines) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        forward(stdout, sender.clone(), Line::Message);
    }
    if let Some(stderr) = child.stderr.take() {
        forward(stderr, sender.clone(), Line::Said);
    }
    drop(sender);
    loop {
        match lines.recv_timeout(TICK) {
            Ok(line) => heard.take(line),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(TICK),
        }
        if interrupt.is_set() {
            kill_group(child);
            child.wait()?;
            return Ok(None);
        }
        if let Some(status) = child.try_wait()? {
            while let Ok(line) = lines.recv_timeout(AFTERWARDS) {
                heard.take(line);
            }
            return Ok(Some(status));
        }
    }
}

fn forward(
    pipe: impl Read + Send + 'static,
    lines: Sender<Line>,
    kind: impl Fn(String) -> Line + Send + 'static,
) {
    std::thread::spawn(move || {
        log::each_line(pipe, |line| {
            // Nobody hears it any more after Ctrl-C.
            let _heard = lines.send(kind(line));
        });
    });
}

/// Kills cargo, the compilers and the linkers that it started.
#[expect(unsafe_code, reason = "kill has no safe form for a group")]
fn kill_group(child: &Child) {
    if let Ok(id) = libc::pid_t::try_from(child.id())
        && id > 1
    {
        // SAFETY: takes integers only. The child leads a group of its own and is not reaped yet, so the id is still
        // its group's; above 1, its negative is one group. A failure means that there is nobody left.
        let _ = unsafe { libc::kill(-id, libc::SIGKILL) };
    }
}

#[derive(Debug, Default)]
struct Heard {
    artifacts: Vec<Artifact>,
    linked: Vec<String>,
    errors: Vec<String>,
    /// What cargo said that is no progress.
    said: Vec<String>,
    /// It has said what failed; what is indented now belongs to that.
    failing: bool,
}

impl Heard {
    fn take(&mut self, line: Line) {
        match line {
            Line::Message(line) => {
                // What is no message was printed by a compiler or a build script.
                let Ok(message) = serde_json::from_str::<Message>(&line) else {
                    return;
                };
                match message {
                    Message::CompilerArtifact(artifact) => self.artifacts.push(artifact),
                    Message::BuildScriptExecuted(script) => {
                        self.linked
                            .extend(script.linked_paths.into_iter().map(String::from));
                    }
                    Message::CompilerMessage(message)
                        if message.message.level == DiagnosticLevel::Error =>
                    {
                        let error = message.message;
                        self.errors.push(error.rendered.unwrap_or(error.message));
                    }
                    _ => {}
                }
            }
            // cargo's progress is indented ("   Compiling .."). The rest may be about a failure that is no error.
            Line::Said(line) if line.starts_with(' ') && !self.failing => {
                log::show(&line);
            }
            Line::Said(line) => {
                self.failing |= line.starts_with("error");
                self.said.push(line);
            }
        }
    }

    /// The first compiler errors, else what cargo said last.
    fn reason(&self, status: ExitStatus) -> String {
        let errors: Vec<&str> = self
            .errors
            .iter()
            // The last one is "aborting due to ..".
            .filter(|error| !error.trim_start().starts_with("error: aborting due to"))
            .take(SHOWN)
            .map(|error| error.trim())
            .collect();
        let text = if errors.is_empty() {
            let said = self.said.iter().map(String::as_str);
            let important: Vec<&str> = said.skip_while(|line| !line.starts_with("error")).collect();
            match important[..] {
                [] => self.said.join("\n"),
                _ => important.join("\n"),
            }
        } else {
            errors.join("\n\n")
        };
        let text = match text.trim() {
            "" => format!("cargo ended with {status}"),
            text => text.to_owned(),
        };
        match text.char_indices().nth(LONGEST) {
            Some((cut, _)) => format!("{}..", &text[..cut]),
            None => text,
        }
    }
}

#[cfg(test)]
mod tests;
