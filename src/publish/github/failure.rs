//! A request that did not do what it should: which, what came back, and what to do about it.

use crate::publish::retry::Reason;
use std::fmt;

/// Why a request failed. Shows no token and no query: those of redirects are secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Failure {
    /// Verb and route, such as `POST /repos/OWNER/REPO/check-runs`; of another host only its name.
    pub request: String,
    /// The status of the last answer; `None` if none came.
    pub status: Option<u16>,
    /// What kind of failure.
    pub reason: Reason,
    /// What GitHub, or the connection, says of it: one short line made safe.
    pub said: Option<String>,
    /// How often it was sent.
    pub tries: u32,
    /// What to do about it.
    pub help: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.request, self.reason)?;
        match (self.status, &self.said) {
            (Some(status), Some(said)) => write!(f, " (status {status}: {said})")?,
            (Some(status), None) => write!(f, " (status {status})")?,
            (None, Some(said)) => write!(f, " ({said})")?,
            (None, None) => {}
        }
        if self.tries > 1 {
            write!(f, ", {} times", self.tries)?;
        }
        write!(f, "; {}", self.help)
    }
}

/// The permission that a request needs, as a workflow writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Permission {
    ActionsRead,
    ChecksWrite,
    PullRequestsRead,
    PullRequestsWrite,
    StatusesWrite,
}

impl Permission {
    const fn as_str(self) -> &'static str {
        match self {
            Self::ActionsRead => "actions: read",
            Self::ChecksWrite => "checks: write",
            Self::PullRequestsRead => "pull-requests: read",
            Self::PullRequestsWrite => "pull-requests: write",
            Self::StatusesWrite => "statuses: write",
        }
    }

    const fn writes(self) -> bool {
        !matches!(self, Self::ActionsRead | Self::PullRequestsRead)
    }
}

/// What to do about a failure.
pub(super) fn help(reason: &Reason, needs: Permission, token_of_fork: bool) -> String {
    let line = needs.as_str();
    let text = match reason {
        Reason::BadCredentials => {
            "pass the token of the job: `env: GITHUB_TOKEN: ${{ github.token }}`"
        }
        Reason::NotPermitted | Reason::Forbidden if token_of_fork && needs.writes() => {
            "the token of a fork's pull request can only read: post from a workflow that `workflow_run` starts"
        }
        Reason::NotPermitted => return format!("add `{line}` to `permissions:` of the job"),
        Reason::Forbidden => {
            return format!(
                "the job needs `{line}` under `permissions:`, and its own GITHUB_TOKEN"
            );
        }
        Reason::NotFound => {
            return format!(
                "check GITHUB_REPOSITORY, and that the job has `{line}` under `permissions:`"
            );
        }
        Reason::Invalid(_) => "this is a mistake of tollgate: please report it with this line",
        Reason::RateLimited(_) => "run this job again later",
        Reason::Server => "see https://www.githubstatus.com, and run this job again",
        Reason::TimedOut => "run this job again",
        Reason::Broken => {
            "check GITHUB_API_URL and the network (proxies are not used), and run this job again"
        }
        Reason::Unexpected => "check that GITHUB_API_URL is the address of GitHub's API",
    };
    text.to_owned()
}
