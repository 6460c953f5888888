//! What happened, as GitHub Actions tells it: the file of `GITHUB_EVENT_PATH` and a few variables.

mod parse;
mod payload;
mod url;

pub use parse::{EventError, MAX_BYTES, Variable, parse};

use super::{Commit, RepositoryName};

/// What started a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A pull request was opened, or has new commits.
    PullRequest(PullRequest),
    /// A merge queue asks whether a group may be merged.
    MergeGroup {
        /// What would be merged.
        head: Commit,
        /// What it would be merged onto.
        base: Commit,
    },
    /// Commits arrived on a branch.
    Push {
        /// Where the branch was; `None` for a new branch.
        before: Option<Commit>,
        /// Where it is now; `None` where it was deleted. Of an annotated tag this is the tag, not its commit.
        after: Option<Commit>,
    },
    /// A time table.
    Schedule,
    /// Someone pressed the button.
    Dispatch,
    /// Another workflow ended, or was asked for.
    WorkflowRun(TriggeringRun),
    /// Something that says nothing to tollgate; its name: small letters and underscores.
    Other(String),
}

impl Event {
    /// As GitHub calls it in `GITHUB_EVENT_NAME`.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::PullRequest(_) => "pull_request",
            Self::MergeGroup { .. } => "merge_group",
            Self::Push { .. } => "push",
            Self::Schedule => "schedule",
            Self::Dispatch => "workflow_dispatch",
            Self::WorkflowRun(_) => "workflow_run",
            Self::Other(name) => name,
        }
    }
}

/// The pull request of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    /// Its number.
    pub number: u64,
    /// Its newest commit.
    pub head: Commit,
    /// Where it comes from; `None` when that repository was deleted.
    pub head_repository: Option<u64>,
    /// The branch that it shall be merged into, as git allows branches to be called.
    pub base_branch: String,
    /// Where it shall be merged.
    pub base_repository: u64,
}

impl PullRequest {
    /// Whether it comes from another repository.
    #[must_use]
    pub fn is_from_fork(&self) -> bool {
        self.head_repository != Some(self.base_repository)
    }
}

/// The run whose end started a `workflow_run`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriggeringRun {
    /// Its id.
    pub id: u64,
    /// Its attempt, from 1.
    pub attempt: u32,
    /// The event that started it.
    pub event: String,
    /// Path of its workflow, such as `.github/workflows/gate.yml`, perhaps with `@ref` behind.
    pub path: String,
    /// The commit at the head of what it ran for: of a pull request its newest commit, not the merge.
    pub head: Commit,
    /// The branch of that commit; its author chose the name.
    pub head_branch: Option<String>,
    /// The repository of that branch; `None` when it was deleted.
    pub head_repository: Option<HeadRepository>,
    /// The repository that it ran in.
    pub repository: u64,
    /// Numbers of its pull requests in `repository`; empty for those of forks. GitHub also names pull requests of other
    /// repositories that have the same head; they are not here.
    pub pull_requests: Vec<u64>,
}

/// Where a branch lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadRepository {
    /// Its id: names can be taken over, ids cannot.
    pub id: u64,
    /// The login of its owner: letters, digits, `-`, `_` and `.`.
    pub owner: String,
}

/// A job of GitHub Actions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// What started it.
    pub event: Event,
    /// `GITHUB_REPOSITORY`.
    pub repository: RepositoryName,
    /// The id of that repository, from the event, else from `GITHUB_REPOSITORY_ID`.
    pub repository_id: u64,
    /// `GITHUB_RUN_ID`.
    pub run: u64,
    /// `GITHUB_RUN_ATTEMPT`, from 1.
    pub attempt: u32,
    /// `GITHUB_SERVER_URL`, without a slash at its end.
    pub server_url: String,
    /// `GITHUB_API_URL`, without a slash at its end.
    pub api_url: String,
}

impl Job {
    /// Where people look at this run of the workflow.
    #[must_use]
    pub fn run_url(&self) -> String {
        self.url_of_run(self.run)
    }

    /// Where people look at a run of this repository.
    #[must_use]
    pub fn url_of_run(&self, run: u64) -> String {
        format!("{}/{}/actions/runs/{run}", self.server_url, self.repository)
    }
}

#[cfg(test)]
mod tests;
