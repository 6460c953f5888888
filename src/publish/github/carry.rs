//! Carries out a post: the one comment, and the check run or status. What happened is data; nothing of it is a verdict.

mod check;
mod comment;
mod outcome;

use super::client::Client;
use crate::publish::post::Post;
use crate::publish::sticky::{ACTIONS_BOT, Author};
use crate::publish::target::Target;
use crate::publish::{Key, Posting};

pub use outcome::{Checked, Commented, Published};

/// What to post, where, and as whom.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    /// The pull request and the commit.
    pub target: &'a Target,
    /// What to say.
    pub post: &'a Post,
    /// Which of our comments and check runs.
    pub key: &'a Key,
    /// When to start a comment.
    pub posting: Posting,
    /// The login that the token writes as; `None`: that of GitHub Actions.
    pub author: Option<&'a str>,
    /// Where the measuring run can be looked at.
    pub details_url: Option<&'a str>,
}

impl Job<'_> {
    /// Whether a comment's author is who the token writes as.
    fn is_ours(&self, author: &Author) -> bool {
        author.is(self.author.unwrap_or(ACTIONS_BOT))
    }
}

/// Posts the comment, then the check run; each is tried whatever becomes of the other.
///
/// A run whose word is older than what the comment says posts no check run either: it may be of the same commit, where
/// the latest check run of a name is the one that counts.
#[must_use]
pub fn publish(client: &mut Client, job: &Job<'_>) -> Published {
    let before = client.requests();
    let (comment, surplus) = match job.target.pull {
        Some(pull) => comment::post(client, job, pull),
        None => (Commented::NoPullRequest, None),
    };
    let check = if comment.is_older() {
        Checked::Older
    } else {
        check::post(client, job)
    };
    Published {
        comment,
        surplus,
        check,
        requests: client.requests().saturating_sub(before),
    }
}
