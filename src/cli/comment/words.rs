//! A verdict, or that there is none, in the words of a post.

use super::judged::Told;
use crate::diagnostic::Code;
use crate::publish::post::{CheckRun, Conclusion, Context, Post, Status};
use crate::report::{Report, markdown};
use crate::verdict::ExitCode;

/// Why there is no verdict. In our own words only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unjudged {
    /// The run left nothing.
    NoArtifact,
    /// It is no longer kept.
    Expired,
    /// It is not what a run leaves; why.
    Refused(&'static str),
    /// Budgets or baselines of the default branch cannot be read.
    NoPolicy(&'static str),
}

impl Unjudged {
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::NoArtifact => "the measuring run ended without leaving a result",
            Self::Expired => "the result of the measuring run is no longer kept",
            Self::Refused(why) | Self::NoPolicy(why) => why,
        }
    }
}

pub(super) fn post(report: &Report, _context: &Context) -> Post {
    let text = markdown(report);
    let answer = format!("{}: {}", report.headline.word, report.headline.sentence);
    let passes = report.exit == ExitCode::Pass;
    let changes_budgets =
        (report.findings.iter()).any(|finding| finding.code == Code::BudgetsChanged);
    let moved = report
        .rows
        .iter()
        .any(|row| row.is_notable() && row.verdict != crate::verdict::VerdictKind::Inconclusive);
    Post {
        comment: text.clone(),
        worth_saying: !passes || changes_budgets || moved,
        check: CheckRun {
            conclusion: if passes {
                Conclusion::Success
            } else {
                Conclusion::Failure
            },
            title: answer.chars().take(255).collect(),
            summary: text,
            annotations: Vec::new(),
        },
        status: Status {
            passes,
            description: answer.chars().take(140).collect(),
        },
    }
}

pub(super) fn step_summary(report: &Report, _context: &Context) -> String {
    markdown(report)
}

pub(super) fn unjudged(why: Unjudged, _context: &Context) -> Told {
    let answer = format!("could not judge: {}", why.reason());
    let text = format!("**tollgate: could not judge** ({}).\n", why.reason());
    Told {
        post: Post {
            comment: text.clone(),
            worth_saying: false,
            check: CheckRun {
                conclusion: Conclusion::Failure,
                title: answer.clone(),
                summary: text.clone(),
                annotations: Vec::new(),
            },
            status: Status {
                passes: false,
                description: answer,
            },
        },
        summary: text,
        judged: false,
    }
}
