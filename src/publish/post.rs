//! Everything that is said of one verdict, in all the places where it is said, each text within its limits.

use super::{Commit, RepositoryName};

/// What a post knows beside the report. All of it from the event and GitHub's answers, none from the artifact.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    /// Where the measuring run can be looked at, such as `https://github.com/o/r/actions/runs/7`.
    pub run_url: Option<String>,
    /// Head of the pull request that was measured.
    pub head: Option<Commit>,
    /// The repository that is posted to.
    pub repository: Option<RepositoryName>,
    /// The pull request comes from another repository: its author could have changed what measured.
    pub from_fork: bool,
}

/// Every text of a verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Markdown of the comment without marker lines; with them it stays within GitHub's limit.
    pub comment: String,
    /// Whether the verdict is a reason to start a comment (`comment = "changes"`).
    pub worth_saying: bool,
    /// The check run.
    pub check: CheckRun,
    /// What is said where check runs are refused.
    pub status: Status,
}

/// A check run on the head of the pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRun {
    /// What the check says.
    pub conclusion: Conclusion,
    /// One line, at most 255 characters.
    pub title: String,
    /// Markdown, at most 65,535 characters.
    pub summary: String,
    /// Most important first; posted in batches of [`ANNOTATIONS_A_REQUEST`].
    pub annotations: Vec<Annotation>,
}

/// GitHub takes no more in one request.
pub const ANNOTATIONS_A_REQUEST: usize = 50;

/// What a check run says in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conclusion {
    /// Every enforced budget holds.
    Success,
    /// A budget is broken, or something that must be known is not.
    Failure,
    /// Nothing was judged, and nothing should have been.
    Neutral,
}

impl Conclusion {
    /// As GitHub's API spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Neutral => "neutral",
        }
    }
}

/// A remark at a line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// Relative to the root of the repository.
    pub path: String,
    /// From 1.
    pub line: u32,
    /// How bad.
    pub level: Level,
    /// At most 255 characters.
    pub title: String,
    /// At most 64 KiB.
    pub message: String,
}

/// How bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Worth a look.
    Notice,
    /// Does not fail.
    Warning,
    /// Fails the gate.
    Failure,
}

impl Level {
    /// As GitHub's API spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Failure => "failure",
        }
    }

    /// The command of GitHub's runner.
    #[must_use]
    pub const fn command(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Failure => "error",
        }
    }
}

/// A commit status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Whether the gate passes.
    pub passes: bool,
    /// At most 140 characters.
    pub description: String,
}
