//! A GitHub with a memory, for tests: a real HTTP server on the loopback, in a thread of its own.
//!
//! ```ignore
//! let github = Fake::start();
//! let repository = github.repository("octocat/hello-world");
//! let token = repository.token("pull-requests: write, checks: write, actions: read");
//! repository.pull(Pull::new(7, HEAD).in_fork_of("mona", "faster"));
//! repository.fault(on("POST", "/issues/7/comments").after_commit(), Trouble::html(502));
//! // .. a client posts to `github.url()` ..
//! assert_eq!(repository.comments(7).len(), 1);
//! println!("{}", repository.transcript());
//! ```
//!
//! Repositories do not see each other: tests that use names of their own can share one server. Ids and times start
//! afresh in each repository, so that what a test sees does not depend on the others.
//!
//! Whether the answers have the shape that GitHub publishes is not for this file to say: `contract` has them checked.

mod answers;
mod checks;
mod desk;
mod faults;
mod log;
mod refusals;
mod request;
mod routes;
mod server;
mod state;
mod things;
mod wire;

pub(crate) use faults::{Trouble, on};
pub(crate) use log::Exchange;
pub(crate) use things::{Artifact, Author, CheckRun, Comment, Pull, Run, Status};

use faults::{Armed, Does, On};
use server::Servers;
use state::{Hub, Permissions, Token};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A running GitHub; it ends with this value.
pub(crate) struct Fake {
    hub: Arc<Mutex<Hub>>,
    servers: Servers,
}

/// A repository of it, seen from the inside.
#[derive(Clone)]
pub(crate) struct Repository {
    hub: Arc<Mutex<Hub>>,
    /// `owner/name`.
    name: String,
}

impl Fake {
    /// A GitHub without repositories.
    pub(crate) fn start() -> Self {
        let hub = Arc::default();
        let servers = Servers::start(&hub);
        Self { hub, servers }
    }

    /// Where its API is, as `GITHUB_API_URL` would say.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.servers.api)
    }

    /// The same API where GitHub Enterprise Server has it.
    pub(crate) fn enterprise_url(&self) -> String {
        format!("{}/api/v3", self.url())
    }

    /// Where it keeps artifacts: another host, that must never see a token.
    pub(crate) fn storage_url(&self) -> String {
        format!("http://{}", self.servers.storage)
    }

    /// Makes a repository; a name can be taken once.
    pub(crate) fn repository(&self, name: &str) -> Repository {
        lock(&self.hub).create(name);
        Repository {
            hub: Arc::clone(&self.hub),
            name: name.to_owned(),
        }
    }
}

impl Repository {
    /// Its id.
    pub(crate) fn id(&self) -> u64 {
        lock(&self.hub).repository(&self.name).id
    }

    /// A `GITHUB_TOKEN` of this repository with the permissions of a workflow, such as `checks: write, actions: read`.
    pub(crate) fn token(&self, permissions: &str) -> String {
        self.grant(Author::actions(), permissions)
    }

    /// A token of a person. People without `write` may comment, but touch only what is theirs.
    pub(crate) fn personal_token(&self, login: &str, permissions: &str) -> String {
        self.grant(Author::user(login), permissions)
    }

    fn grant(&self, actor: Author, permissions: &str) -> String {
        let mut hub = lock(&self.hub);
        let text = format!("ghs_fake{:04}", hub.tokens.len() + 1);
        let token = Token {
            repository: self.name.clone(),
            actor,
            permissions: Permissions::parse(permissions),
        };
        hub.tokens.insert(text.clone(), token);
        text
    }

    /// Opens a pull request, or changes the one of that number.
    pub(crate) fn pull(&self, pull: Pull) {
        let mut hub = lock(&self.hub);
        let repository = hub.repository(&self.name);
        repository.commits.insert(pull.head.clone());
        repository.pulls.insert(pull.number, pull);
    }

    /// Makes a commit known, as a push of it would.
    pub(crate) fn commit(&self, sha: &str) {
        let mut hub = lock(&self.hub);
        hub.repository(&self.name).commits.insert(sha.to_owned());
    }

    /// A workflow ran.
    pub(crate) fn run(&self, run: Run) {
        let mut hub = lock(&self.hub);
        let repository = hub.repository(&self.name);
        repository.commits.insert(run.head.clone());
        repository.runs.insert(run.id, run);
    }

    /// A run left something behind; its id.
    pub(crate) fn artifact(&self, artifact: Artifact) -> u64 {
        let mut hub = lock(&self.hub);
        let repository = hub.repository(&self.name);
        let (id, at) = repository.next();
        repository.artifacts.insert(id, (artifact, at));
        id
    }

    /// Somebody comments on a pull request; `None`: an account that is gone. The id of the comment.
    pub(crate) fn comment(&self, pull: u64, author: Option<Author>, body: &str) -> u64 {
        lock(&self.hub)
            .repository(&self.name)
            .write(pull, author, body)
    }

    /// Somebody changes a comment.
    pub(crate) fn edit(&self, comment: u64, body: &str) {
        lock(&self.hub).repository(&self.name).edit(comment, body);
    }

    /// Somebody deletes a comment.
    pub(crate) fn delete(&self, comment: u64) {
        let mut hub = lock(&self.hub);
        hub.repository(&self.name).comments.remove(&comment);
    }

    /// The comments of a pull request, oldest first.
    pub(crate) fn comments(&self, pull: u64) -> Vec<Comment> {
        let mut hub = lock(&self.hub);
        let all = hub.repository(&self.name).comments.values();
        all.filter(|comment| comment.pull == pull)
            .cloned()
            .collect()
    }

    /// The check runs of a commit, oldest first.
    pub(crate) fn check_runs(&self, sha: &str) -> Vec<CheckRun> {
        let mut hub = lock(&self.hub);
        let all = hub.repository(&self.name).check_runs.values();
        all.filter(|check| check.head == sha).cloned().collect()
    }

    /// The statuses of a commit, oldest first.
    pub(crate) fn statuses(&self, sha: &str) -> Vec<Status> {
        let mut hub = lock(&self.hub);
        let all = hub.repository(&self.name).statuses.iter();
        all.filter(|status| status.sha == sha).cloned().collect()
    }

    /// Something goes wrong with a request.
    pub(crate) fn fault(&self, on: On, trouble: Trouble) {
        self.arm(on, Does::Fail(trouble));
    }

    /// Somebody else is faster: `race` happens when the request has arrived and before it is looked at.
    pub(crate) fn race(&self, on: On, race: impl FnOnce(&Repository) + Send + 'static) {
        let this = self.clone();
        self.arm(on, Does::Race(Some(Box::new(move || race(&this)))));
    }

    fn arm(&self, on: On, does: Does) {
        let mut hub = lock(&self.hub);
        hub.faults.push(Armed::new(&self.name, on, does));
    }

    /// All requests to this repository so far, those to the storage host among them.
    pub(crate) fn requests(&self) -> Vec<Exchange> {
        let hub = lock(&self.hub);
        let ours = hub.log.iter().filter(|one| one.repository == self.name);
        ours.cloned().collect()
    }

    /// How often a request of this kind arrived; `path` as in [`on`].
    pub(crate) fn count(&self, verb: &str, path: &str) -> usize {
        let kind = on(verb, path);
        let all = self.requests();
        all.iter()
            .filter(|one| kind.matches(&one.verb, &one.path))
            .count()
    }

    /// The requests as a reader wants to see them, without tokens.
    pub(crate) fn transcript(&self) -> String {
        let hub = lock(&self.hub);
        let ours = hub.tokens.iter();
        let ours = ours.filter(|(_, token)| token.repository == self.name);
        // By name, that is, in the order in which they were given out.
        let tokens: Vec<String> = ours.map(|(text, _)| text.clone()).collect();
        drop(hub);
        log::transcript(&self.requests(), &tokens)
    }
}

/// A test that panicked elsewhere has not spoilt the data.
fn lock(hub: &Mutex<Hub>) -> MutexGuard<'_, Hub> {
    hub.lock().unwrap_or_else(PoisonError::into_inner)
}
