//! What GitHub knows.

use super::faults::Armed;
use super::log::Exchange;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Everything.
#[derive(Default)]
pub(crate) struct Hub {
    repositories: BTreeMap<String, Data>,
    pub(super) tokens: BTreeMap<String, Token>,
    pub(super) faults: Vec<Armed>,
    pub(super) log: Vec<Exchange>,
    moments: usize,
}

/// One repository.
pub(super) struct Data {
    pub(super) id: u64,
    pub(super) owner: String,
    pub(super) name: String,
    pub(super) pulls: BTreeMap<u64, Pull>,
    pub(super) comments: BTreeMap<u64, Comment>,
    pub(super) runs: BTreeMap<u64, Run>,
    /// With when they came.
    pub(super) artifacts: BTreeMap<u64, (Artifact, Time)>,
    pub(super) check_runs: BTreeMap<u64, CheckRun>,
    pub(super) statuses: Vec<Status>,
    pub(super) commits: BTreeSet<String>,
    last: u64,
}

/// Seconds since this GitHub began; everything that happens takes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Time(u64);

impl Time {
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

/// What a token may do.
pub(super) struct Token {
    pub(super) repository: String,
    pub(super) actor: Author,
    pub(super) permissions: Permissions,
}

/// Scopes of `permissions:` in a workflow, and whether they may be written.
pub(super) struct Permissions(BTreeMap<String, bool>);

impl Permissions {
    /// Of `checks: write, actions: read`.
    pub(super) fn parse(text: &str) -> Self {
        let known = ["actions", "checks", "issues", "pull-requests", "statuses"];
        let one = |part: &str| {
            let (scope, level) = part.split_once(": ").unwrap_or((part, ""));
            let right = known.contains(&scope) && matches!(level, "read" | "write");
            assert!(right, "{part:?} is no permission, such as `checks: write`");
            (scope.to_owned(), level == "write")
        };
        let parts = text.split(", ").filter(|part| !part.is_empty());
        Self(parts.map(one).collect())
    }

    pub(super) fn allow(&self, scope: &str, write: bool) -> bool {
        self.0.get(scope).is_some_and(|may| *may || !write)
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
            path: ".github/workflows/gate.yml".to_owned(),
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

impl Hub {
    pub(super) fn create(&mut self, name: &str) {
        let (owner, short) = name.split_once('/').expect("owner/name");
        let data = Data {
            id: 100_001 + self.repositories.len() as u64,
            owner: owner.to_owned(),
            name: short.to_owned(),
            pulls: BTreeMap::new(),
            comments: BTreeMap::new(),
            runs: BTreeMap::new(),
            artifacts: BTreeMap::new(),
            check_runs: BTreeMap::new(),
            statuses: Vec::new(),
            commits: BTreeSet::new(),
            last: 0,
        };
        let before = self.repositories.insert(name.to_owned(), data);
        assert!(before.is_none(), "there is a repository {name} already");
    }

    /// Later than every one before.
    pub(super) fn moment(&mut self) -> usize {
        self.moments += 1;
        self.moments
    }

    /// That must be there.
    pub(super) fn repository(&mut self, name: &str) -> &mut Data {
        self.repositories.get_mut(name).expect("a repository")
    }

    pub(super) fn find(&mut self, name: &str) -> Option<&mut Data> {
        self.repositories.get_mut(name)
    }

    /// Links of pages name repositories by id.
    pub(super) fn name_of(&self, id: u64) -> Option<String> {
        let mut all = self.repositories.iter();
        all.find(|(_, data)| data.id == id)
            .map(|(name, _)| name.clone())
    }
}

impl Data {
    /// An id that nothing had, and when it was given.
    pub(super) fn next(&mut self) -> (u64, Time) {
        self.last += 1;
        (1000 + self.last, Time(self.last))
    }

    /// When something happens that needs no id.
    pub(super) fn tick(&mut self) -> Time {
        self.next().1
    }

    pub(super) fn write(&mut self, pull: u64, author: Option<Author>, body: &str) -> u64 {
        let (id, at) = self.next();
        let comment = Comment {
            id,
            pull,
            author,
            body: body.to_owned(),
            created: at,
            updated: at,
        };
        self.comments.insert(id, comment);
        id
    }

    pub(super) fn edit(&mut self, id: u64, body: &str) {
        let at = self.tick();
        let comment = self.comments.get_mut(&id).expect("a comment");
        body.clone_into(&mut comment.body);
        comment.updated = at;
    }
}
