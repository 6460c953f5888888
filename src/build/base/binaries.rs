//! Binaries and examples of both revisions, for suites that run commands and for targets of workloads.

use super::super::cargo::cargo;
use super::super::{BuildError, Project};
use super::attempt::{Attempt, attempt};
use super::build::{Builder, in_packages};
use super::checkout::Checkout;
use crate::budget::BenchTarget;
use crate::collect::process::Interrupt;
use std::path::PathBuf;

/// What the base has for commands of the candidate's target directory.
#[derive(Debug, Clone)]
pub enum BaseBinaries {
    /// All binaries of the base.
    Built {
        /// The base's counterpart of the candidate's target directory.
        target_directory: PathBuf,
        /// They were there already, and fresh.
        reused: bool,
        /// Why the examples that are wanted are not among them; `None`: they are.
        without_examples: Option<String>,
    },
    /// They do not build, for this reason.
    NotComparable(String),
}

/// What is started from cargo's target directory.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Programs {
    /// Binaries: all of them.
    pub binaries: bool,
    /// Examples, by name.
    pub examples: Vec<String>,
}

impl Programs {
    /// Whether there is something to build.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.binaries && self.examples.is_empty()
    }

    fn arguments(&self) -> Vec<String> {
        let mut arguments = ["build", "--release", "--message-format=json"]
            .map(str::to_owned)
            .to_vec();
        if self.binaries {
            arguments.push("--bins".to_owned());
        }
        for example in &self.examples {
            arguments.extend(["--example".to_owned(), example.clone()]);
        }
        arguments
    }
}

/// Builds the release binaries of the base, for commands that start what is in the target directory, and after them the
/// examples: one that the base does not have yet takes nothing away from the others.
///
/// `targets` are those that [`build_base`](super::build_base) gets: both leave the same sources in the checkout.
///
/// # Errors
/// As of `build_base`.
pub fn build_base_binaries(
    candidate: &Project,
    checkout: &Checkout,
    targets: &[BenchTarget],
    examples: &[String],
    interrupt: &Interrupt,
) -> Result<BaseBinaries, BuildError> {
    let builder = Builder::new(candidate, checkout, interrupt)?;
    if let Err(reason) = builder.prepare(&in_packages(candidate, targets)?)? {
        return Ok(BaseBinaries::NotComparable(reason));
    }
    let build = |programs: &Programs| {
        let mut command = builder.context.command();
        command.args(programs.arguments());
        attempt(command, interrupt)
    };
    let made = build(&Programs {
        binaries: true,
        examples: Vec::new(),
    })?;
    let without_examples = if examples.is_empty() || matches!(made, Attempt::Failed(_)) {
        None
    } else {
        match build(&Programs {
            binaries: false,
            examples: examples.to_vec(),
        })? {
            Attempt::Built { .. } => None,
            Attempt::Failed(reason) => {
                Some(format!("the examples of the base do not build: {reason}"))
            }
        }
    };
    builder.sources().stamp()?;
    Ok(match made {
        Attempt::Built { artifacts, .. } => BaseBinaries::Built {
            target_directory: checkout.target_directory(),
            reused: artifacts
                .iter()
                .filter(|artifact| artifact.executable.is_some())
                .all(|artifact| artifact.fresh),
            without_examples,
        },
        Attempt::Failed(reason) => {
            BaseBinaries::NotComparable(format!("the binaries of the base do not build: {reason}"))
        }
    })
}

/// Builds release programs of the candidate, in its own target directory.
///
/// # Errors
/// They do not build; Ctrl-C.
pub fn build_binaries(
    candidate: &Project,
    programs: &Programs,
    interrupt: &Interrupt,
) -> Result<(), BuildError> {
    let mut command = cargo(&candidate.root);
    command.args(programs.arguments());
    match attempt(command, interrupt)? {
        Attempt::Built { .. } => Ok(()),
        Attempt::Failed(reason) => Err(BuildError::Binaries { reason }),
    }
}
