//! How cargo is called for a base: with the candidate's compiler and with directories of the base's own.

use super::super::cargo::cargo;
use super::super::{BuildError, Project, toolchain};
use super::checkout::Checkout;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

pub(super) fn outside(candidate: &Project, checkout: &Checkout) -> BuildError {
    BuildError::Base {
        reference: checkout.base.asked.clone(),
        problem: format!(
            "the workspace {} is not in the repository {}",
            candidate.root.display(),
            checkout.repository.toplevel.display()
        ),
    }
}

/// How cargo is called for a base.
pub(in crate::build) struct Context {
    /// Root of the base's workspace.
    pub(in crate::build) root: PathBuf,
    /// Global arguments of cargo.
    pub(super) options: Vec<String>,
    pub(super) environment: Vec<(OsString, OsString)>,
}

impl Context {
    pub(in crate::build) fn new(
        candidate: &Project,
        checkout: &Checkout,
    ) -> Result<Self, BuildError> {
        let Some(root) = checkout.counterpart(&candidate.root) else {
            return Err(outside(candidate, checkout));
        };
        // What holds above the candidate's repository is no part of the revision, so it holds for the base too.
        let options = toolchain::configurations_above(&checkout.repository.toplevel)
            .iter()
            .flat_map(|file| ["--config".to_owned(), file.display().to_string()])
            .collect();
        let target = checkout.target_directory();
        let toolchain = checkout.toolchain.clone().map(OsString::from);
        let environment = [
            ("CARGO_TARGET_DIR", Some(target.clone().into_os_string())),
            // Intermediate files in a shared place would be taken for the candidate's.
            ("CARGO_BUILD_BUILD_DIR", Some(target.into_os_string())),
            ("RUSTUP_TOOLCHAIN", toolchain),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((OsString::from(name), value?)))
        .collect();
        Ok(Self {
            root,
            options,
            environment,
        })
    }

    /// cargo in the base's workspace.
    pub(in crate::build) fn command(&self) -> Command {
        let mut command = cargo(&self.root);
        command
            .args(&self.options)
            .envs(self.environment.iter().cloned());
        command
    }
}
