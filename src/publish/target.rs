//! Whom a verdict is told: the pull request of a finished run, found from the event and GitHub's answers.
//!
//! The artifact of the run is not asked: its author could name any pull request. Neither are names: a branch or an owner
//! of the same name may be someone else's today. What remains are ids of repositories and the commit.

use super::event::TriggeringRun;
use super::{Commit, Origin};

#[cfg(test)]
mod tests;

/// A pull request as GitHub's API tells it; the few fields that matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pull {
    /// Its number.
    pub number: u64,
    /// Whether it is open.
    pub open: bool,
    /// Its newest commit.
    pub head: Commit,
    /// Where it comes from; `None` when that repository was deleted.
    pub head_repository: Option<u64>,
    /// Where it shall be merged.
    pub base_repository: u64,
}

/// Where to post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The pull request to comment on; `None`: only a check run (merge queue).
    pub pull: Option<u64>,
    /// The run that speaks; its head gets the check run.
    pub origin: Origin,
    /// The pull request comes from another repository.
    pub from_fork: bool,
}

/// Why nothing is posted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoTarget {
    /// The workflow that ended is another one of the same name.
    #[error(
        "the run that ended is of {found:?}, not of {expected:?} (`--workflow` names the one that is told of)"
    )]
    OtherWorkflow {
        /// The path in the event.
        found: String,
        /// The path that is trusted.
        expected: String,
    },
    /// The run was made in another repository.
    #[error("the run that ended is of another repository (id {found}, here {here})")]
    OtherRepository {
        /// Of the run.
        found: u64,
        /// Of this workflow.
        here: u64,
    },
    /// Runs of this event have no one to be told.
    #[error("runs of the event {0:?} have no pull request")]
    NoPullRequest(String),
    /// The fork was deleted: which pull request it was cannot be told for certain.
    #[error(
        "the repository of the commit {0} was deleted, so its pull request cannot be told for certain"
    )]
    HeadDeleted(Commit),
    /// Closed, or its head moved on: a newer run will speak.
    #[error(
        "no open pull request has {0} as its newest commit: it was closed, or has newer commits"
    )]
    Superseded(Commit),
    /// More than one pull request has this head.
    #[error(
        "{0} open pull requests have this commit as their newest, and which of them was measured cannot be told"
    )]
    Ambiguous(usize),
}

/// Finds the one pull request that `run` was for. `here` is the id of the repository of this workflow, `workflow` the
/// path of the measuring one, such as `.github/workflows/gate.yml`. `candidates` are GitHub's answers: the pull request
/// that the event names, or those of its branch. Identity is by ids and commit, never by names.
///
/// # Errors
/// Says why there is nobody to be told.
pub fn target(
    run: &TriggeringRun,
    here: u64,
    workflow: &str,
    candidates: &[Pull],
) -> Result<Target, NoTarget> {
    let source = source(run, here, workflow)?;
    let target = |pull| Target {
        pull,
        origin: Origin {
            run: run.id,
            attempt: run.attempt,
            head: run.head.clone(),
        },
        from_fork: source.head_repository != here,
    };
    if source.in_merge_queue {
        return Ok(target(None));
    }
    let mut numbers: Vec<u64> = candidates
        .iter()
        .filter(|pull| {
            pull.open
                && pull.head == run.head
                && pull.head_repository == Some(source.head_repository)
                && pull.base_repository == here
        })
        .map(|pull| pull.number)
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    match *numbers.as_slice() {
        [] => Err(NoTarget::Superseded(run.head.clone())),
        [number] => Ok(target(Some(number))),
        _ => Err(NoTarget::Ambiguous(numbers.len())),
    }
}

/// What the event alone says of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// No pull request is to be asked for.
    pub in_merge_queue: bool,
    /// The repository of what was measured.
    pub head_repository: u64,
}

/// Whether anyone could be told of `run`: what can be known before GitHub is asked for pull requests.
///
/// # Errors
/// Says why there is nobody to be told.
pub fn source(run: &TriggeringRun, here: u64, workflow: &str) -> Result<Source, NoTarget> {
    if !is_of(&run.path, workflow) {
        return Err(NoTarget::OtherWorkflow {
            found: run.path.clone(),
            expected: workflow.to_owned(),
        });
    }
    if run.repository != here {
        return Err(NoTarget::OtherRepository {
            found: run.repository,
            here,
        });
    }
    let in_merge_queue = match run.event.as_str() {
        "pull_request" => false,
        "merge_group" => true,
        other => return Err(NoTarget::NoPullRequest(other.to_owned())),
    };
    let Some(head) = &run.head_repository else {
        return Err(NoTarget::HeadDeleted(run.head.clone()));
    };
    // A merge queue's branch is always the repository's own.
    if in_merge_queue && head.id != here {
        return Err(NoTarget::OtherRepository {
            found: head.id,
            here,
        });
    }
    Ok(Source {
        in_merge_queue,
        head_repository: head.id,
    })
}

/// Whether `path` is `workflow`, perhaps with `@ref` behind. A file may be called `gate.yml@other.yml`; that is
/// another workflow, whatever reference follows.
fn is_of(path: &str, workflow: &str) -> bool {
    let is_file = |part: &str| {
        let part = part.to_ascii_lowercase();
        part.ends_with(".yml") || part.ends_with(".yaml")
    };
    match path.strip_prefix(workflow) {
        Some("") => !workflow.is_empty(),
        Some(rest) => rest.strip_prefix('@').is_some_and(|reference| {
            !reference.is_empty() && !reference.split('@').any(is_file) && is_file(workflow)
        }),
        None => false,
    }
}
