//! Binaries of both revisions, for suites that run commands.

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
    },
    /// They do not build, for this reason.
    NotComparable(String),
}

/// Builds the release binaries of the base, for commands that start what is in the target directory.
///
/// `targets` are those that [`build_base`](super::build_base) gets: both leave the same sources in the checkout.
///
/// # Errors
/// As of `build_base`.
pub fn build_base_binaries(
    candidate: &Project,
    checkout: &Checkout,
    targets: &[BenchTarget],
    interrupt: &Interrupt,
) -> Result<BaseBinaries, BuildError> {
    let builder = Builder::new(candidate, checkout, interrupt)?;
    if let Err(reason) = builder.prepare(&in_packages(candidate, targets)?)? {
        return Ok(BaseBinaries::NotComparable(reason));
    }
    let mut command = builder.context.command();
    command.args(binaries("json"));
    let made = attempt(command, interrupt)?;
    builder.sources().stamp()?;
    Ok(match made {
        Attempt::Built { artifacts, .. } => BaseBinaries::Built {
            target_directory: checkout.target_directory(),
            reused: artifacts
                .iter()
                .filter(|artifact| artifact.executable.is_some())
                .all(|artifact| artifact.fresh),
        },
        Attempt::Failed(reason) => {
            BaseBinaries::NotComparable(format!("the binaries of the base do not build: {reason}"))
        }
    })
}

/// Builds the release binaries of the candidate, in its own target directory.
///
/// # Errors
/// They do not build; Ctrl-C.
pub fn build_binaries(candidate: &Project, interrupt: &Interrupt) -> Result<(), BuildError> {
    let mut command = cargo(&candidate.root);
    command.args(binaries("json"));
    match attempt(command, interrupt)? {
        Attempt::Built { .. } => Ok(()),
        Attempt::Failed(reason) => Err(BuildError::Binaries { reason }),
    }
}

/// Builds the release programs that a command names: the binaries, and the example where it is one
/// (`{target-dir}/release/examples/NAME`).
///
/// # Errors
/// They do not build; Ctrl-C.
pub fn build_programs(
    candidate: &Project,
    argv: &[String],
    interrupt: &Interrupt,
) -> Result<(), BuildError> {
    let example = (argv.first())
        .and_then(|program| program.split_once("/release/examples/"))
        .map(|(_, example)| example.to_owned());
    let Some(example) = example else {
        return build_binaries(candidate, interrupt);
    };
    let mut command = cargo(&candidate.root);
    command.args(["build", "--release", "--message-format=json"]);
    // In one argument: a name can then be no option.
    command.arg(format!("--example={example}"));
    match attempt(command, interrupt)? {
        Attempt::Built { .. } => Ok(()),
        Attempt::Failed(reason) => Err(BuildError::Binaries { reason }),
    }
}

fn binaries(messages: &str) -> [String; 4] {
    [
        "build".to_owned(),
        "--release".to_owned(),
        "--bins".to_owned(),
        format!("--message-format={messages}"),
    ]
}
