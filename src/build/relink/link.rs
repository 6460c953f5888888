//! Linking one executable again.

use super::super::BuildError;
use super::super::sides::failed;
use super::line::LinkLine;
use crate::collect::process::{self, Interrupt, Invocation, ProcessError, tail};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Linking takes seconds at most, unless it is the linker that optimises.
const LIMIT: Duration = Duration::from_secs(600);

/// Lines that explain why a link failed.
const SHOWN: usize = 4;

/// How to link an executable.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) line: LinkLine,
    /// Index of the output's path among the arguments.
    pub(super) output: usize,
    /// Where the linker runs: some arguments may be relative.
    pub(super) directory: PathBuf,
}

/// Something that is no error, but leaves nothing to link again: a phrase.
pub(super) type Reason = String;

impl Link {
    /// Links to `to`, whole or not at all, with more arguments.
    pub(super) fn run(
        &self,
        to: &Path,
        more: &[OsString],
        interrupt: &Interrupt,
    ) -> Result<Result<(), Reason>, BuildError> {
        let error = |error: io::Error| failed(to, &error);
        if let Some(parent) = to.parent() {
            std::fs::create_dir_all(parent).map_err(error)?;
        }
        let mut unfinished = to.as_os_str().to_owned();
        unfinished.push(".unfinished");
        let mut arguments = self.line.arguments.clone();
        if let Some(output) = arguments.get_mut(self.output) {
            output.clone_from(&unfinished);
        }
        arguments.extend_from_slice(more);
        let invocation = Invocation {
            program: PathBuf::from(&self.line.program),
            arguments,
            directory: self.directory.clone(),
            environment: self.line.environment.clone(),
            environment_removed: self.line.removed.clone(),
            timeout: LIMIT,
        };
        match process::run(&invocation, interrupt) {
            Ok(finished) if finished.status.success() => {
                std::fs::rename(&unfinished, to).map_err(error).map(Ok)
            }
            Ok(finished) => Ok(Err(tail(&finished.stderr, SHOWN))),
            Err(ProcessError::Interrupted) => Err(BuildError::Interrupted),
            Err(problem) => Ok(Err(problem.to_string())),
        }
    }

    /// What rustc calls to link, and what it says about the linker.
    pub(super) fn linker(&self) -> String {
        let mut chosen = self.line.arguments.iter().filter_map(|argument| {
            argument
                .to_str()
                .filter(|argument| argument.starts_with("-fuse-ld="))
        });
        let program = self.line.program.to_string_lossy();
        match chosen.next_back() {
            Some(chosen) => format!("`{program} {chosen}`"),
            None => format!("`{program}`"),
        }
    }
}
