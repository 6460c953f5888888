//! git, asked without touching what the user has: no index refresh, no hooks, no translated messages.

use super::BuildError;
use crate::collect::process::{self, Finished, Interrupt, Invocation, ProcessError};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a hook that runs tollgate has set for *its* git: they would send ours to another index or working tree.
const OF_OUTER_GIT: [&str; 4] = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"];

/// Nothing that we ask takes longer, but a checkout of a large repository, or its submodules, may take long.
const LIMIT: Duration = Duration::from_secs(3600);

/// git in one directory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Git<'a> {
    pub(super) directory: &'a Path,
    pub(super) interrupt: &'a Interrupt,
}

impl<'a> Git<'a> {
    pub(super) fn new(directory: &'a Path, interrupt: &'a Interrupt) -> Self {
        Self {
            directory,
            interrupt,
        }
    }

    /// What git answers, whatever its exit status.
    pub(super) fn ask(&self, arguments: &[&str]) -> Result<Finished, BuildError> {
        self.ask_with(arguments, &[])
    }

    /// As `ask`, with settings (`name=value`) for this call alone.
    pub(super) fn ask_with(
        &self,
        arguments: &[&str],
        settings: &[String],
    ) -> Result<Finished, BuildError> {
        // Hooks of the user are for the user's checkouts, and a file monitor would stay behind.
        let mut all = vec![
            "-c",
            "core.hooksPath=/dev/null",
            "-c",
            "core.fsmonitor=false",
        ];
        for setting in settings {
            all.extend(["-c", setting.as_str()]);
        }
        all.extend(arguments);
        let invocation = Invocation {
            program: "git".into(),
            arguments: all.into_iter().map(OsString::from).collect(),
            directory: self.directory.to_owned(),
            environment: [
                // A status that refreshes the index would write to the user's repository while others use it.
                ("GIT_OPTIONAL_LOCKS", "0"),
                // Messages are looked at, and they are translated.
                ("LC_ALL", "C"),
                // Nobody is there to answer.
                ("GIT_TERMINAL_PROMPT", "0"),
            ]
            .map(|(name, value)| (name.into(), value.into()))
            .into(),
            environment_removed: OF_OUTER_GIT.map(OsString::from).into(),
            timeout: LIMIT,
        };
        process::run(&invocation, self.interrupt).map_err(|error| match error {
            ProcessError::Interrupted => BuildError::Interrupted,
            ProcessError::NotStarted { source, .. } | ProcessError::Wait { source, .. } => {
                BuildError::NotStarted {
                    program: "git".to_owned(),
                    source,
                }
            }
            ProcessError::TimedOut { .. } => BuildError::NotStarted {
                program: "git".to_owned(),
                source: std::io::Error::other(error),
            },
        })
    }

    /// What git prints when it succeeds.
    pub(super) fn get(&self, arguments: &[&str]) -> Result<Vec<u8>, BuildError> {
        let answer = self.ask(arguments)?;
        if answer.status.success() && !answer.truncated {
            Ok(answer.stdout)
        } else {
            Err(failed(arguments, &answer))
        }
    }

    /// One line that git prints when it succeeds.
    pub(super) fn line(&self, arguments: &[&str]) -> Result<String, BuildError> {
        let stdout = self.get(arguments)?;
        Ok(String::from_utf8_lossy(&stdout).trim().to_owned())
    }

    /// Paths that git prints with `-z`.
    pub(super) fn paths(&self, arguments: &[&str]) -> Result<Vec<PathBuf>, BuildError> {
        Ok(paths(&self.get(arguments)?))
    }
}

/// Splits at NUL.
pub(super) fn paths(bytes: &[u8]) -> Vec<PathBuf> {
    bytes
        .split(|byte| *byte == 0)
        .filter(|path| !path.is_empty())
        .map(path)
        .collect()
}

/// A path as git writes it.
pub(super) fn path(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

/// The error of a git that said no.
pub(super) fn failed(arguments: &[&str], answer: &Finished) -> BuildError {
    BuildError::Failed {
        command: format!("git {}", arguments.join(" ")),
        status: answer.status,
        stderr: match answer.truncated {
            true => "it printed more than tollgate reads".to_owned(),
            false => String::from_utf8_lossy(&answer.stderr).into_owned(),
        },
    }
}
