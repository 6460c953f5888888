//! Carries out a post: the one comment, and the check run or status. What happened is data; nothing of it is a verdict.

mod check;
mod comment;
mod outcome;

use super::client::Client;
use crate::publish::post::Post;
use crate::publish::sticky::Author;
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
    /// Name of the check run, and context of the status in its place.
    fn check_name(&self) -> String {
        if *self.key == Key::default() {
            "tollgate".to_owned()
        } else {
            format!("tollgate ({})", self.key)
        }
    }

    /// Whether a comment's author is who the token writes as. Logins do not tell capitals from small letters.
    fn is_ours(&self, author: &Author) -> bool {
        match self.author {
            Some(login) => author.login.eq_ignore_ascii_case(login),
            None => author.is_bot && author.login == ACTIONS,
        }
    }
}

/// Who comments with the token of a job.
const ACTIONS: &str = "github-actions[bot]";

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
