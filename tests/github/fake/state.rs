//! What GitHub knows.

use super::faults::Armed;
use super::log::Exchange;
use super::things::{Artifact, Author, CheckRun, Comment, Pull, Run, Status, Time};
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
        (1000 + self.last, Time::after(self.last))
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
