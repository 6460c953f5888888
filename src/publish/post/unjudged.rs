//! What is said where nothing could be judged. A comment that is there must not go on claiming what was true before.

use super::{CheckRun, Conclusion, Context, Post, Status, shortened};
use crate::report::Frame;

/// Why a finished run of the measuring workflow gave no verdict.
///
/// Texts are `'static`: nothing that stood in an artifact can get into them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unjudged {
    /// The run ended without leaving an artifact: it was cancelled, or failed before it had measured.
    NoArtifact,
    /// The artifact is no longer kept.
    Expired,
    /// GitHub, or its storage, did not give the artifact.
    NotFetched,
    /// The artifact is not what `tollgate check` leaves; why, in own words, lower case, without final period.
    Refused(&'static str),
    /// Budgets or baselines of the default branch cannot be read; why, likewise.
    NoPolicy(&'static str),
    /// The head has newer commits, which another run judges.
    Superseded,
}

impl Unjudged {
    /// Why, lower case, without final period.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::NoArtifact => "the measuring run ended without leaving a result",
            Self::Expired => "the result of the measuring run is no longer kept",
            Self::NotFetched => "the result of the measuring run could not be fetched",
            Self::Refused(why) | Self::NoPolicy(why) => why,
            Self::Superseded => "there are newer commits, which a run of their own judges",
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn next_step(self) -> &'static str {
        match self {
            Self::NoArtifact => {
                "Its log says why: it was cancelled, or building or measuring failed. Run it again once that is repaired."
            }
            Self::Expired => "Run the measuring workflow again.",
            Self::NotFetched => {
                "The log of the run that posts says why. Run that one again; the measuring run need not be repeated."
            }
            Self::Refused(_) => {
                "Nothing of it was used. The workflow that measures must upload one file, which `tollgate check` has \
                 recorded; run it again, or compare it with the one that `tollgate init --ci github` writes."
            }
            Self::NoPolicy(_) => {
                "Repair budgets.toml and baselines/ on the default branch: `tollgate check --list` shows every mistake."
            }
            Self::Superseded => "Nothing needs to be done.",
        }
    }
}

/// Says that nothing was judged. Never a reason to start a comment; one that is there is made true by it.
#[must_use]
pub fn unjudged(reason: &Unjudged, context: &Context) -> Post {
    let frame: Frame<'_> = context.frame();
    let head = (context.head.as_ref()).map_or_else(String::new, |head| {
        format!(" Head `{}` has no verdict.", head.short())
    });
    let run = frame
        .link()
        .map_or_else(String::new, |url| format!(" ([run]({url}))"));
    let text = format!(
        "### tollgate: could not judge\n\n**{}**{run}.{head}\n\n{}\n",
        sentence(reason.reason()),
        reason.next_step()
    );
    let answer = format!("could not judge: {}", reason.reason());
    let fails = *reason != Unjudged::Superseded;
    Post {
        comment: text.clone(),
        worth_saying: false,
        check: CheckRun {
            conclusion: if fails {
                Conclusion::Failure
            } else {
                Conclusion::Neutral
            },
            title: shortened(&answer, super::TITLE),
            summary: text,
            annotations: Vec::new(),
        },
        status: Status {
            passes: !fails,
            description: shortened(&answer, super::DESCRIPTION),
        },
    }
}

/// With a capital, unless it begins with the name of a file.
fn sentence(text: &str) -> String {
    let is_file = |word: &str| word.contains(['.', '/']);
    if text.split(' ').next().is_some_and(is_file) {
        return text.to_owned();
    }
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + chars.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_begins_with_a_capital_and_the_name_of_a_file_as_it_is() {
        let text = |reason| unjudged(&reason, &Context::default()).comment;
        let policy = text(Unjudged::NoPolicy("budgets.toml cannot be read"));
        assert!(
            policy.contains("**budgets.toml cannot be read**"),
            "{policy}"
        );
        let none = text(Unjudged::NoArtifact);
        assert!(none.contains("**The measuring run ended"), "{none}");
    }
}
