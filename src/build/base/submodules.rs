//! Submodules of a base checkout, from the candidate's own copies of them where these have the commits.

use super::super::BuildError;
use super::super::git::{Git, failed};
use super::resolve::Base;
use crate::collect::process::Interrupt;
use std::path::Path;

/// Fills the submodules of `sources`, a checkout of `base`, if the candidate at `toplevel` has its own filled.
///
/// # Errors
/// The candidate's are not initialised; git fails.
pub(super) fn initialise(
    toplevel: &Path,
    sources: &Path,
    base: &Base,
    interrupt: &Interrupt,
) -> Result<(), BuildError> {
    if !sources.join(".gitmodules").is_file() {
        return Ok(());
    }
    let ours = Git::new(toplevel, interrupt);
    let status = ours.line(&["submodule", "status"])?;
    if let Some(line) = status.lines().find(|line| line.starts_with('-')) {
        let path = line.split_whitespace().nth(1).unwrap_or_default();
        return Err(BuildError::Base {
            reference: base.asked.clone(),
            problem: format!(
                "it has submodules, and `{path}` is not initialised in the candidate; run `git submodule update --init --recursive`, in GitHub Actions set `submodules: recursive` of actions/checkout"
            ),
        });
    }
    // A submodule of a linked worktree is a clone of its own. Cloned from what the candidate has fetched it needs no
    // network and no password.
    let local = local_urls(&ours, sources, interrupt)?;
    let theirs = Git::new(sources, interrupt);
    let arguments = ["submodule", "update", "--init", "--recursive", "--checkout"];
    if !local.is_empty() {
        let mut settings = local;
        settings.push("protocol.file.allow=always".to_owned());
        if theirs.ask_with(&arguments, &settings)?.status.success() {
            return Ok(());
        }
    }
    let answer = theirs.ask(&arguments)?;
    if answer.status.success() {
        Ok(())
    } else {
        Err(failed(&arguments, &answer))
    }
}

/// `submodule.NAME.url=PATH` of every submodule whose repository is here.
fn local_urls(
    ours: &Git<'_>,
    sources: &Path,
    interrupt: &Interrupt,
) -> Result<Vec<String>, BuildError> {
    let modules = Git::new(sources, interrupt);
    let names = modules.paths(&[
        "config",
        "-z",
        "--file",
        ".gitmodules",
        "--name-only",
        "--get-regexp",
        r"^submodule\..*\.path$",
    ])?;
    let mut urls = Vec::new();
    for name in names {
        let Some(name) = name
            .to_str()
            .and_then(|name| name.strip_prefix("submodule.")?.strip_suffix(".path"))
        else {
            continue;
        };
        let place = ours.line(&[
            "rev-parse",
            "--path-format=absolute",
            "--git-path",
            &format!("modules/{name}"),
        ])?;
        if Path::new(&place).is_dir() {
            urls.push(format!("submodule.{name}.url={place}"));
        }
    }
    Ok(urls)
}
