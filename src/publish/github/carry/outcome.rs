//! What became of a post: data, and a sentence for people.

use crate::publish::github::failure::Failure;
use crate::publish::sticky::Why;
use std::fmt;

/// What became of a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Of the comment.
    pub comment: Commented,
    /// Why another comment of ours may still stand beside it.
    pub surplus: Option<Failure>,
    /// Of the check run.
    pub check: Checked,
    /// Requests that were sent for it, each try counted.
    pub requests: u32,
}

impl Published {
    /// What did not become as it should, each in one line; empty when everything did.
    #[must_use]
    pub fn failures(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Commented::Failed(_) = self.comment {
            lines.push(self.comment.to_string());
        }
        if let Some(failure) = &self.surplus {
            lines.push(format!(
                "another comment of tollgate may still stand on the pull request: {failure}"
            ));
        }
        if let Checked::Failed { .. } | Checked::Incomplete { .. } = self.check {
            lines.push(self.check.to_string());
        }
        lines
    }
}

/// What became of the comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Commented {
    /// There is none to be written: what was measured is no pull request.
    NoPullRequest,
    /// There was none; now there is.
    Created,
    /// This one has our text now.
    Updated(u64),
    /// Nothing was written.
    Left(Why),
    /// It could not be written.
    Failed(Failure),
}

impl Commented {
    /// A later run has spoken already.
    #[must_use]
    pub fn is_older(&self) -> bool {
        *self == Self::Left(Why::Older)
    }
}

impl fmt::Display for Commented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::NoPullRequest => "no comment: what was measured is no pull request",
            Self::Created => "comment created",
            Self::Updated(_) => "comment updated",
            Self::Left(Why::Never) => "no comment: the settings say `never`",
            Self::Left(Why::NothingToSay) => {
                "no comment: nothing changed, and there is none to be kept true"
            }
            Self::Left(Why::Unchanged) => "comment left as it is: it says the same already",
            Self::Left(Why::Older) => "comment left as it is: a later run has spoken",
            Self::Failed(failure) => return write!(f, "the comment was not posted: {failure}"),
        };
        f.write_str(text)
    }
}

/// What became of the check run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// It is there.
    Posted {
        /// Annotations that it has.
        annotations: usize,
        /// Less important ones that were not sent.
        left_out: usize,
    },
    /// It is there, but without some of its annotations.
    Incomplete {
        /// Annotations that it has, at least.
        annotations: usize,
        /// Those that it lacks.
        left_out: usize,
        /// Why.
        failure: Failure,
    },
    /// A commit status stands in its place.
    Status {
        /// Why the check run was refused.
        instead: Failure,
    },
    /// Nothing was posted: a later run has spoken.
    Older,
    /// Neither could be posted.
    Failed {
        /// Why the check run was not.
        check: Failure,
        /// Why the status in its place was not, where that was tried.
        status: Option<Failure>,
    },
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Posted { left_out: 0, .. } => f.write_str("check run posted"),
            Self::Posted {
                annotations,
                left_out,
            } => write!(
                f,
                "check run posted with the {annotations} most important annotations; {left_out} left out"
            ),
            Self::Incomplete {
                left_out, failure, ..
            } => write!(
                f,
                "check run posted, but {left_out} of its annotations were not: {failure}"
            ),
            Self::Status { instead } => {
                write!(f, "commit status set in place of a check run: {instead}")
            }
            Self::Older => f.write_str("no check run: a later run has spoken"),
            Self::Failed {
                check,
                status: None,
            } => write!(f, "the check run was not posted: {check}"),
            Self::Failed {
                check,
                status: Some(status),
            } => write!(
                f,
                "neither a check run ({check}) nor a commit status was posted: {status}"
            ),
        }
    }
}
