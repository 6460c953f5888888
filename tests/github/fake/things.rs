//! What there is in a repository.

use serde_json::Value;

/// Seconds since this GitHub began; everything that happens takes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Time(u64);

impl Time {
    pub(super) fn after(seconds: u64) -> Self {
        Self(seconds)
    }

    /// As the API writes it: the beginning is 2026-01-01.
    pub(super) fn text(self) -> String {
        let beginning = 1_767_225_600;
        let second = beginning + i64::try_from(self.0).unwrap();
        jiff::Timestamp::from_second(second).unwrap().to_string()
    }
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Author {
    pub(crate) login: String,
    pub(crate) id: u64,
    /// `User` or `Bot`.
    pub(crate) kind: &'static str,
}

impl Author {
    /// Who speaks with a `GITHUB_TOKEN`.
    pub(crate) fn actions() -> Self {
        Self {
            login: "github-actions[bot]".to_owned(),
            id: 41_898_282,
            kind: "Bot",
        }
    }

    /// A person.
    pub(crate) fn user(login: &str) -> Self {
        Self {
            login: login.to_owned(),
            id: 1000 + login.bytes().map(u64::from).sum::<u64>(),
            kind: "User",
        }
    }
}

/// A pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pull {
    pub(crate) number: u64,
    pub(crate) head: String,
    pub(crate) branch: String,
    pub(crate) base_branch: String,
    pub(crate) open: bool,
    /// Nobody but members may comment.
    pub(crate) locked: bool,
    pub(crate) from: From,
}

/// Where a pull request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum From {
    Here,
    /// A fork in the account of `owner`.
    Fork {
        owner: String,
        id: u64,
    },
    /// A fork that was deleted since; its owner.
    Gone(String),
}

impl Pull {
    /// Open, from the branch `topic` of the repository itself.
    pub(crate) fn new(number: u64, head: &str) -> Self {
        Self {
            number,
            head: head.to_owned(),
            branch: "topic".to_owned(),
            base_branch: "main".to_owned(),
            open: true,
            locked: false,
            from: From::Here,
        }
    }

    /// From a branch of somebody's fork; the fork has the id that [`fork_id`](Self::fork_id) says.
    pub(crate) fn in_fork_of(mut self, owner: &str, branch: &str) -> Self {
        branch.clone_into(&mut self.branch);
        self.from = From::Fork {
            owner: owner.to_owned(),
            id: Self::fork_id(owner),
        };
        self
    }

    /// The id of the fork of `owner`.
    pub(crate) fn fork_id(owner: &str) -> u64 {
        500_000 + Author::user(owner).id
    }

    /// From a fork that is no longer there.
    pub(crate) fn in_deleted_fork_of(mut self, owner: &str, branch: &str) -> Self {
        branch.clone_into(&mut self.branch);
        self.from = From::Gone(owner.to_owned());
        self
    }

    pub(crate) fn closed(mut self) -> Self {
        self.open = false;
        self
    }

    pub(crate) fn locked(mut self) -> Self {
        self.locked = true;
        self
    }
}

/// A comment on a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Comment {
    pub(crate) id: u64,
    pub(crate) pull: u64,
    pub(crate) author: Option<Author>,
    pub(crate) body: String,
    pub(crate) created: Time,
    pub(crate) updated: Time,
}

/// A run of a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) id: u64,
    pub(crate) attempt: u32,
    pub(crate) head: String,
    pub(crate) branch: String,
    pub(crate) event: String,
    pub(crate) path: String,
    pub(crate) conclusion: String,
    /// Where the branch is; `None`: in the repository itself.
    pub(crate) fork: Option<String>,
}

impl Run {
    /// The first attempt of the gate for a pull request from the branch `topic`; it passed.
    pub(crate) fn new(id: u64, head: &str) -> Self {
        Self {
            id,
            attempt: 1,
            head: head.to_owned(),
            branch: "topic".to_owned(),
            event: "pull_request".to_owned(),
            path: ".github/workflows/tollgate.yml".to_owned(),
            conclusion: "success".to_owned(),
            fork: None,
        }
    }

    pub(crate) fn attempt(mut self, attempt: u32) -> Self {
        self.attempt = attempt;
        self
    }

    pub(crate) fn in_fork_of(mut self, owner: &str, branch: &str) -> Self {
        branch.clone_into(&mut self.branch);
        self.fork = Some(owner.to_owned());
        self
    }
}

/// What a run left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Artifact {
    pub(crate) run: u64,
    pub(crate) name: String,
    pub(crate) zip: Vec<u8>,
    /// What the API says that its size is.
    pub(crate) claimed: usize,
    pub(crate) expired: bool,
    /// Where the API says that it is; `None`: on the storage host.
    pub(crate) location: Option<String>,
}

impl Artifact {
    pub(crate) fn new(run: u64, name: &str, zip: &[u8]) -> Self {
        Self {
            run,
            name: name.to_owned(),
            zip: zip.to_vec(),
            claimed: zip.len(),
            expired: false,
            location: None,
        }
    }

    /// Its retention is over: it is listed, and cannot be downloaded.
    pub(crate) fn expired(mut self) -> Self {
        self.expired = true;
        self
    }

    /// The API tells another size than the truth.
    pub(crate) fn claiming(mut self, size: usize) -> Self {
        self.claimed = size;
        self
    }

    /// The API sends whoever downloads it somewhere else.
    pub(crate) fn located_at(mut self, url: &str) -> Self {
        self.location = Some(url.to_owned());
        self
    }
}

/// A check run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CheckRun {
    pub(crate) id: u64,
    pub(crate) head: String,
    pub(crate) name: String,
    pub(crate) status: String,
    pub(crate) conclusion: Option<String>,
    pub(crate) details_url: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) summary: Option<String>,
    pub(crate) text: Option<String>,
    /// As they were sent, in the order of arrival.
    pub(crate) annotations: Vec<Value>,
    pub(crate) started: Time,
    pub(crate) completed: Option<Time>,
}

/// A commit status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) id: u64,
    pub(crate) sha: String,
    pub(crate) state: String,
    pub(crate) context: String,
    pub(crate) description: Option<String>,
    pub(crate) target_url: Option<String>,
    pub(crate) creator: Author,
    pub(crate) created: Time,
}
