//! Everything that is said of one verdict, in all the places where it is said, each text within its limits.
//!
//! Texts from the run are safe wherever they stand: in Markdown by [`report::Pages`](crate::report::Pages), in plain texts and
//! log commands by escapes for what controls or deceives.

mod commands;
mod remarks;
mod unjudged;

#[cfg(test)]
mod tests;

pub use commands::{command, workflow_commands};
pub use unjudged::{Unjudged, unjudged};

use super::{Commit, RepositoryName};
use crate::diagnostic::Code;
use crate::report::{Frame, MARKDOWN_LIMIT, Pages, Report, Rest, Size};
use crate::verdict::{ExitCode, Limit, VerdictKind};

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
    /// Where budgets.toml is, relative to the root of the repository; empty for the root itself.
    pub directory: String,
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

/// GitHub takes 65,535 characters; bytes are never fewer.
const CHECK_SUMMARY: Size = Size::Bytes(65_000);
/// GitHub takes 1 MiB of a step, of which others may have written some.
const STEP_SUMMARY: Size = Size::Bytes(900 * 1024);
/// Characters of the title of a check run, and of an annotation.
const TITLE: usize = 255;
/// Characters of the description of a commit status.
const DESCRIPTION: usize = 140;

/// Puts a verdict into words.
#[must_use]
pub fn post(report: &Report, context: &Context) -> Post {
    let pages = Pages::new(report, context.frame(), MARKDOWN_LIMIT);
    let answer = answer(report);
    Post {
        comment: pages.page(MARKDOWN_LIMIT, Rest::StepSummary),
        worth_saying: is_worth_saying(report),
        check: CheckRun {
            conclusion: match report.exit {
                ExitCode::Pass => Conclusion::Success,
                _ => Conclusion::Failure,
            },
            title: shortened(&answer, TITLE),
            summary: pages.page(CHECK_SUMMARY, Rest::StepSummary),
            annotations: remarks::annotations(report, &context.directory),
        },
        status: Status {
            passes: report.exit == ExitCode::Pass,
            description: shortened(&answer, DESCRIPTION),
        },
    }
}

/// Markdown for the summary of a step of GitHub Actions: nearly a megabyte, which holds some thousand rows.
#[must_use]
pub fn step_summary(report: &Report, context: &Context) -> String {
    let pages = Pages::new(report, context.frame(), STEP_SUMMARY);
    pages.page(STEP_SUMMARY, Rest::Artifact)
}

impl Context {
    fn frame(&self) -> Frame<'_> {
        Frame {
            run_url: self.run_url.as_deref(),
            head: self.head.as_ref().map(Commit::as_str),
            from_fork: self.from_fork,
        }
    }
}

/// Whether a reviewer would want to be told. What could not be decided and only warns is no reason by itself: most runs
/// have some of that, and a comment that is always there is read by nobody. A gate that is green because it could not compare
/// is a reason: nobody would look for that behind a green check. So is a run that says what cannot be believed.
fn is_worth_saying(report: &Report) -> bool {
    let rows = report.rows.iter().map(|row| row.verdict);
    report.exit != ExitCode::Pass
        || rows.into_iter().any(|verdict| {
            verdict.is_broken()
                || matches!(
                    verdict,
                    VerdictKind::Improved
                        | VerdictKind::Waived
                        | VerdictKind::Missing
                        | VerdictKind::Invalid
                )
        })
        || (report.findings.iter()).any(|finding| {
            matches!(
                finding.code,
                Code::BudgetsChanged | Code::BaseNotMeasured | Code::NotBelieved
            )
        })
        || compares_nothing(report)
}

/// Whether budgets ask how much slower something became, and none of them could be held against anything.
fn compares_nothing(report: &Report) -> bool {
    let mut relative = (report.rows.iter())
        .filter(|row| matches!(row.limit, Limit::Slower(_)) && row.verdict != VerdictKind::New)
        .peekable();
    relative.peek().is_some() && relative.all(|row| row.verdict == VerdictKind::NotComparable)
}

/// `FAIL: 2 checks broken: 1 regressed, 1 over-budget`; words and numbers of tollgate only.
fn answer(report: &Report) -> String {
    format!("{}: {}", report.headline.word, report.headline.sentence)
}

/// At most `most` characters as UTF-16 counts them, which no other way of counting exceeds; the end gives way.
fn shortened(text: &str, most: usize) -> String {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.len_utf16();
        if used > most {
            // Room for the ellipsis.
            let kept: &str = &text[..at];
            let last = kept.char_indices().next_back().map_or(0, |(at, _)| at);
            return format!("{}…", &kept[..last]);
        }
    }
    text.to_owned()
}
