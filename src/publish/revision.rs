//! What a change is measured against, from what happened and what is checked out. Pure: the repository is asked through
//! [`Repository`].
//!
//! A wrong base is worse than none: it blames a pull request for what others did, or hides what it did itself. So whatever an
//! event claims is checked against the commits that are there, and what does not fit is an error that says what to do. The
//! event's `pull_request.base.sha` is never used: it says where the base branch was when the pull request was last pushed.

use super::event::{Event, Job, PullRequest};
use super::{Commit, RepositoryName};

/// What to compare with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Against {
    /// This revision, built and measured beside the candidate.
    Base {
        /// As `check --base` takes it.
        reference: String,
        /// Why this one: the end of a sentence.
        why: String,
    },
    /// The committed baselines.
    Baseline {
        /// Why no revision.
        why: String,
    },
    /// The fixed revision of `[anchor]`.
    Anchor {
        /// Why.
        why: String,
    },
}

/// Something failed that is no answer, such as git.
pub type Unknown = Box<dyn std::error::Error + Send + Sync>;

/// What is checked out.
pub trait Repository {
    /// The commit of HEAD.
    ///
    /// # Errors
    /// There is no repository or no commit, or git fails.
    fn head(&self) -> Result<Commit, Unknown>;
    /// The parents of HEAD as its commit names them, be they here or not.
    ///
    /// # Errors
    /// git fails.
    fn parents(&self) -> Result<Vec<Commit>, Unknown>;
    /// Whether a commit is here, with its files.
    ///
    /// # Errors
    /// git fails.
    fn has(&self, commit: &Commit) -> Result<bool, Unknown>;
    /// Whether HEAD contains `commit`, which is here.
    ///
    /// # Errors
    /// git fails.
    fn contains(&self, commit: &Commit) -> Result<bool, Unknown>;
    /// Whether the branch of the remote `origin` was fetched.
    ///
    /// # Errors
    /// git fails.
    fn has_branch_of_origin(&self, branch: &str) -> Result<bool, Unknown>;
    /// The repository on the server that `origin` is; `None` where that cannot be told.
    ///
    /// # Errors
    /// git fails.
    fn origin(&self) -> Result<Option<RepositoryName>, Unknown>;
    /// Whether history was cut off when it was fetched.
    ///
    /// # Errors
    /// git fails.
    fn is_shallow(&self) -> Result<bool, Unknown>;
}

/// Why there is nothing to compare with. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum RevisionError {
    /// Another commit is checked out than the event is about.
    #[error(
        "{} is checked out, which is neither the pull request's newest commit {} nor its merge; check out with actions/checkout without `ref`, and `fetch-depth: 2`, or name what to compare with by `--base`",
        head.short(), expected.short()
    )]
    NotThePullRequest {
        /// HEAD.
        head: Commit,
        /// The pull request's newest commit.
        expected: Commit,
    },
    /// HEAD is a merge, and of another commit.
    #[error(
        "HEAD ({}) is a merge of {}, but the pull request's newest commit is {}; check out with actions/checkout without `ref`, and `fetch-depth: 2`, or name what to compare with by `--base`",
        head.short(), merged.short(), expected.short()
    )]
    MergeOfAnother {
        /// HEAD.
        head: Commit,
        /// Its second parent.
        merged: Commit,
        /// The pull request's newest commit.
        expected: Commit,
    },
    /// Another commit is checked out than the merge queue asks about.
    #[error(
        "{} is checked out, but the merge queue asks about {}; check out with actions/checkout without `ref`, or name what to compare with by `--base`",
        head.short(), expected.short()
    )]
    NotTheGroup {
        /// HEAD.
        head: Commit,
        /// What would be merged.
        expected: Commit,
    },
    /// What the queue says that it merges onto is no part of what it merges.
    #[error(
        "HEAD ({}) does not contain {}, which the merge queue says that it merges onto{}; name what to compare with by `--base`",
        head.short(), base.short(), if *shallow { " (history is cut off here: `fetch-depth: 0` of actions/checkout fetches all)" } else { "" }
    )]
    NotOnBase {
        /// HEAD.
        head: Commit,
        /// The base of the event.
        base: Commit,
        /// History was cut off.
        shallow: bool,
    },
    /// The base is known, and not here.
    #[error(
        "the commit to compare with, {}, was not fetched; set `fetch-depth: {}` for actions/checkout",
        base.short(), depth
    )]
    NotFetched {
        /// What to compare with.
        base: Commit,
        /// As actions/checkout takes it: 0 fetches all.
        depth: u32,
    },
    /// The branch that a pull request shall be merged into is not here.
    #[error(
        "the pull request's own commit is checked out, and `origin/{branch}` was not fetched, so where it left that branch cannot be told; set `fetch-depth: 0` for actions/checkout, or leave out its `ref`"
    )]
    NoBranch {
        /// Of the base repository.
        branch: String,
    },
    /// The branch of that name belongs to somebody else.
    #[error(
        "`origin` is {origin}, not {expected}: its `{branch}` may be another; check out {expected} with actions/checkout without `repository` and `ref`, or name what to compare with by `--base`"
    )]
    OtherOrigin {
        /// What is checked out.
        origin: RepositoryName,
        /// The repository of the event.
        expected: RepositoryName,
        /// Of the base repository.
        branch: String,
    },
    /// The branch is gone.
    #[error(
        "the branch was deleted: there is nothing to judge; leave such pushes out with `if: \"!github.event.deleted\"`"
    )]
    Deleted,
    /// The job has nothing of what it would be taken to judge.
    #[error(
        "what `{event}` checks out is the default branch, not what it was started for: its verdict would be of something else; run `tollgate check` on `pull_request`, or say what to compare with by `--base` or `--baseline`"
    )]
    WrongEvent {
        /// Its name.
        event: String,
    },
    /// The repository could not be asked.
    #[error("what is checked out cannot be told, so there is nothing to compare with")]
    Repository(#[source] Unknown),
}

impl From<Unknown> for RevisionError {
    fn from(error: Unknown) -> Self {
        Self::Repository(error)
    }
}

/// Chooses what the checked out revision is compared with. `anchor`: whether budgets.toml has one.
///
/// A job that runs again has the same event and the same checkout, so it gets the same answer.
///
/// # Errors
/// What is checked out is not what the event is about, or what it is compared with is not here.
pub fn against(
    job: &Job,
    anchor: bool,
    repository: &dyn Repository,
) -> Result<Against, RevisionError> {
    let baseline = |why: &str| {
        Ok(Against::Baseline {
            why: why.to_owned(),
        })
    };
    match &job.event {
        Event::PullRequest(pull) => of_pull_request(pull, &job.repository, repository),
        Event::MergeGroup { head, base } => of_merge_group(head, base, repository),
        Event::Push { after: None, .. } => Err(RevisionError::Deleted),
        Event::Push { before: None, .. } => baseline("this is the first push of a branch"),
        Event::Push { .. } => baseline("a push is judged by what was accepted before it"),
        Event::Schedule if anchor => Ok(Against::Anchor {
            why: "this is a scheduled run, and budgets.toml has an [anchor]".to_owned(),
        }),
        Event::Schedule => baseline("this is a scheduled run, and budgets.toml has no [anchor]"),
        Event::Dispatch => baseline("this was started by hand"),
        Event::WorkflowRun(_) => Err(wrong(&job.event)),
        Event::Other(name) if name == "pull_request_target" => Err(wrong(&job.event)),
        Event::Other(name) => Ok(Against::Baseline {
            why: format!("the event `{name}` names no revision"),
        }),
    }
}

fn wrong(event: &Event) -> RevisionError {
    RevisionError::WrongEvent {
        event: event.name().to_owned(),
    }
}

fn of_pull_request(
    pull: &PullRequest,
    expected: &RepositoryName,
    repository: &dyn Repository,
) -> Result<Against, RevisionError> {
    let head = repository.head()?;
    if head == pull.head {
        return where_it_left(pull, expected, repository);
    }
    match &repository.parents()?[..] {
        [onto, merged] if *merged == pull.head => {
            if !repository.has(onto)? {
                return Err(RevisionError::NotFetched {
                    base: onto.clone(),
                    depth: 2,
                });
            }
            Ok(Against::Base {
                reference: "HEAD^1".to_owned(),
                why: format!(
                    "HEAD is that with pull request {} ({}) merged into it",
                    pull.number,
                    pull.head.short()
                ),
            })
        }
        [_, merged] => Err(RevisionError::MergeOfAnother {
            head,
            merged: merged.clone(),
            expected: pull.head.clone(),
        }),
        _ => Err(RevisionError::NotThePullRequest {
            head,
            expected: pull.head.clone(),
        }),
    }
}

/// The pull request alone, without what others merged since.
fn where_it_left(
    pull: &PullRequest,
    expected: &RepositoryName,
    repository: &dyn Repository,
) -> Result<Against, RevisionError> {
    let branch = pull.base_branch.clone();
    // In a checkout of the fork the branch of that name is the author's own.
    if let Some(origin) = repository.origin()?
        && !origin.is_same(expected)
    {
        return Err(RevisionError::OtherOrigin {
            origin,
            expected: expected.clone(),
            branch,
        });
    }
    if !repository.has_branch_of_origin(&branch)? {
        return Err(RevisionError::NoBranch { branch });
    }
    Ok(Against::Base {
        // In full: a tag of the same short name would win.
        reference: format!("merge-base:refs/remotes/origin/{branch}"),
        why: format!(
            "pull request {} ({}) is checked out by itself",
            pull.number,
            pull.head.short()
        ),
    })
}

fn of_merge_group(
    expected: &Commit,
    base: &Commit,
    repository: &dyn Repository,
) -> Result<Against, RevisionError> {
    let head = repository.head()?;
    if head != *expected {
        return Err(RevisionError::NotTheGroup {
            head,
            expected: expected.clone(),
        });
    }
    if !repository.has(base)? {
        return Err(RevisionError::NotFetched {
            base: base.clone(),
            depth: 0,
        });
    }
    if head == *base || !repository.contains(base)? {
        return Err(RevisionError::NotOnBase {
            head,
            base: base.clone(),
            shallow: repository.is_shallow()?,
        });
    }
    Ok(Against::Base {
        reference: base.as_str().to_owned(),
        why: "the merge queue puts HEAD on top of it".to_owned(),
    })
}

#[cfg(test)]
mod tests;
