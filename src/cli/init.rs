//! `tollgate init`: looks at the project's bench targets, proposes a budgets.toml and says what else to change.
//!
//! Deciding is pure ([`tool_of`], [`propose`], [`next_steps`]); [`run`] asks cargo, reads sources and writes
//! one file, and with `--ci github` two workflows ([`ci`]). Manifests are not edited: what to change in them is printed.

pub mod ci;
mod look;
mod next;
mod propose;

#[cfg(test)]
mod tests;

pub use look::tool_of;
pub use next::next_steps;
pub use propose::propose;

use crate::build::{BuildError, Project};
use crate::files::{self, Existing};
use crate::report::safe_name;
use look::look_at;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Name of the file that is proposed.
pub const BUDGETS_FILE: &str = "budgets.toml";

/// What measures in a bench target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// criterion.
    Criterion,
    /// divan.
    Divan,
    /// `#[bench]` functions.
    Libtest,
    /// gungraun, or iai-callgrind as it was called before.
    Gungraun,
    /// tollgate's own gate target: not to be measured.
    Gate,
    /// Could not be told.
    Unknown,
}

impl Tool {
    /// As written in budgets.toml; `None` for what cannot be a suite today.
    #[must_use]
    pub const fn suite(self) -> Option<&'static str> {
        match self {
            Self::Criterion => Some("criterion"),
            Self::Divan => Some("divan"),
            Self::Libtest | Self::Gungraun | Self::Gate | Self::Unknown => None,
        }
    }
}

/// A bench target of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundBench {
    /// Package that it belongs to.
    pub package: String,
    /// Name of the target.
    pub bench: String,
    /// What measures in it.
    pub tool: Tool,
    /// libtest supplies its `main`: criterion and divan need `harness = false`.
    pub harness: bool,
    /// Plain `cargo bench` runs it beside the gate.
    pub runs_by_default: bool,
    /// Features without which cargo does not build it.
    pub features: Vec<String>,
}

/// What of the project matters beside its bench targets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// Package that gets the gate target.
    pub gate_package: String,
    /// Packages whose library is started by plain `cargo bench`.
    pub libraries: Vec<String>,
    /// (package, binary) that plain `cargo bench` starts.
    pub binaries: Vec<(String, String)>,
}

/// Arguments of `tollgate init`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Somewhere in the project.
    pub directory: PathBuf,
    /// Replace an existing file.
    pub force: bool,
    /// Write the proposal to the output and nothing to disk.
    pub print: bool,
    /// Write workflows as well.
    pub ci: Option<Ci>,
}

/// Which workflows to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ci {
    /// Those of GitHub Actions, which use this action; see [`ci::Action`].
    Github(Option<String>),
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// cargo did not say what there is.
    #[error(transparent)]
    Project(#[from] BuildError),
    /// There is a file already.
    #[error(
        "{} exists; `--print` shows the proposal beside it, `--force` replaces it", path.display()
    )]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The file could not be written; what was there before is untouched.
    #[error("failed to write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The action that the workflows should use cannot be used.
    #[error(transparent)]
    Action(#[from] ci::ActionError),
    /// A directory with a name that must not stand in a workflow.
    #[error(
        "the project is in {}, a name that workflows would have to quote; write `working-directory` by hand: \
         run this at the root of the repository with --print", path.display()
    )]
    Place {
        /// The project, below the root of the repository.
        path: PathBuf,
    },
    /// The terminal or pipe is gone.
    #[error("failed to write to the standard output")]
    Output(#[source] io::Error),
}

/// What comes next where there is no cargo project: its suites can only be programs.
const COMMANDS_ONLY: &str = "No Cargo.toml here or above. Describe the programs to measure as suites in budgets.toml, then:\n\n    tollgate check\n";

/// Looks, writes `budgets.toml` into the workspace's root, or into the directory where there is no cargo project, and
/// says what to do next.
///
/// # Errors
/// A cargo project that cannot be read, an existing file without `force`, a directory that cannot be written.
pub fn run(options: &Options, out: &mut dyn Write) -> Result<(), InitError> {
    if let Some(Ci::Github(action)) = &options.ci {
        return ci::run(options, action.as_deref(), out);
    }
    let proposed = proposed(&options.directory)?;
    let said = if options.print {
        proposed.text
    } else {
        proposed.write(options.force)?
    };
    out.write_all(said.as_bytes()).map_err(InitError::Output)
}

/// A budgets.toml that is not written yet.
struct Proposed {
    /// Directory that it belongs into.
    root: PathBuf,
    text: String,
    suites: usize,
    next: String,
}

/// Looks at what there is in `directory` and above.
fn proposed(directory: &Path) -> Result<Proposed, InitError> {
    let in_project = directory
        .ancestors()
        .any(|directory| directory.join("Cargo.toml").is_file());
    let (root, found, next) = if in_project {
        let project = Project::load(directory)?;
        let (found, surroundings) = look_at(&project);
        let next = next_steps(&found, &surroundings);
        (project.root, found, next)
    } else {
        let next = COMMANDS_ONLY.to_owned();
        (directory.to_owned(), Vec::new(), next)
    };
    Ok(Proposed {
        text: propose(&found),
        suites: found
            .iter()
            .filter(|bench| bench.tool.suite().is_some())
            .count(),
        root,
        next,
    })
}

impl Proposed {
    /// Writes it, and says so.
    fn write(&self, force: bool) -> Result<String, InitError> {
        let path = self.root.join(BUDGETS_FILE);
        write_file(&path, &self.text, force)?;
        Ok(format!(
            "wrote {} with {} suite{}\n\n{}",
            safe_name(&path.display().to_string()),
            self.suites,
            if self.suites == 1 { "" } else { "s" },
            self.next,
        ))
    }
}

fn write_file(path: &Path, text: &str, force: bool) -> Result<(), InitError> {
    let failed = |source| InitError::Write {
        path: path.to_owned(),
        source,
    };
    // Said early, before anything is created; writing with [`Existing::Keep`] is what makes it certain.
    if !force && path.symlink_metadata().is_ok() {
        return Err(InitError::Exists {
            path: path.to_owned(),
        });
    }
    let existing = if force {
        Existing::Replace
    } else {
        Existing::Keep
    };
    match files::write(path, existing, |out| out.write_all(text.as_bytes())) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(InitError::Exists {
            path: path.to_owned(),
        }),
        written => written.map_err(failed),
    }
}
