//! The fake does what GitHub says of itself in prose, and what its API is known to answer.

mod artifacts;
mod checks;
mod comments;
mod faults;
mod pulls;

use crate::fake::{Fake, Pull, Repository};
use crate::http::{Ask, ask};

const HEAD: &str = "6dcb09b5b57875f334f61aebed695e2e4193db5e";

/// A repository with pull request 7, and a token that may do what `tollgate comment` needs.
struct Scene {
    github: Fake,
    repository: Repository,
    token: String,
}

impl Scene {
    fn new() -> Self {
        let github = Fake::start();
        let repository = github.repository("octocat/hello-world");
        let token =
            repository.token("pull-requests: write, checks: write, statuses: write, actions: read");
        repository.pull(Pull::new(7, HEAD));
        Self {
            github,
            repository,
            token,
        }
    }

    /// A request to the repository.
    fn ask(&self, verb: &str, path: &str) -> Ask {
        let url = format!("{}/repos/octocat/hello-world{path}", self.github.url());
        ask(verb, &url).token(&self.token)
    }
}
