//! What `publish` and the rest of the client leave behind when GitHub, or the way there, fails.
//!
//! Waiting is written down and not done. Every test asserts what stands in the repository at the end.

mod artifacts;
mod checks;
mod comments;
mod limits;
mod races;
mod token;

use crate::fake::{Author, Comment, Fake, Pull, Repository, Trouble};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use tollgate::publish::github::{
    ApiUrl, Client, Job, Published, Settings, Timeouts, Token, publish,
};
use tollgate::publish::post::{Annotation, CheckRun, Conclusion, Level, Post, Status};
use tollgate::publish::sticky::{self, Wish};
use tollgate::publish::target::Target;
use tollgate::publish::{Commit, Key, Origin, Posting, RepositoryName};

pub(crate) const HEAD: &str = "1111111111111111111111111111111111111111";
pub(crate) const OLD_HEAD: &str = "2222222222222222222222222222222222222222";
const PULL: u64 = 7;
/// What the comment workflow gives its token.
const PERMISSIONS: &str = "actions: read, pull-requests: write, checks: write";
/// Seconds since 1970, by the client's clock.
const NOW: u64 = 1_800_000_000;

/// A repository with one pull request, and a client that wants to post to it.
pub(crate) struct Scene {
    pub(crate) github: Fake,
    pub(crate) repository: Repository,
    name: &'static str,
    token: String,
    waits: Rc<RefCell<Vec<Duration>>>,
    pub(crate) post: Post,
    pub(crate) target: Target,
    pub(crate) posting: Posting,
    pub(crate) timeouts: Timeouts,
    pub(crate) pause: Duration,
    enterprise: bool,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::with(PERMISSIONS)
    }

    pub(crate) fn with(permissions: &str) -> Self {
        let name = "octocat/hello-world";
        let github = Fake::start();
        let repository = github.repository(name);
        repository.commit(OLD_HEAD);
        repository.pull(Pull::new(PULL, HEAD));
        let token = repository.token(permissions);
        Self {
            github,
            repository,
            name,
            token,
            waits: Rc::default(),
            post: post("All 3 budgets hold."),
            target: Target {
                pull: Some(PULL),
                origin: origin(50, 1),
                from_fork: false,
            },
            posting: Posting::Changes,
            // Long: a busy machine shall not look like a server that hangs.
            timeouts: Timeouts::default(),
            pause: Duration::ZERO,
            enterprise: false,
        }
    }

    /// The API below `/api/v3`.
    pub(crate) fn on_enterprise(mut self) -> Self {
        self.enterprise = true;
        self
    }

    /// A server that hangs is noticed soon.
    pub(crate) fn impatient(mut self) -> Self {
        self.timeouts.whole = Duration::from_secs(2);
        self
    }

    pub(crate) fn settings(&self) -> Settings {
        let url = if self.enterprise {
            self.github.enterprise_url()
        } else {
            self.github.url()
        };
        let waits = Rc::clone(&self.waits);
        Settings {
            timeouts: self.timeouts,
            pause: self.pause,
            wait: Box::new(move |time| waits.borrow_mut().push(time)),
            chance: Box::new(|| 0.0),
            clock: Box::new(|| NOW),
            ..Settings::new(ApiUrl::new(&url).unwrap(), Token::new(&self.token).unwrap())
        }
    }

    pub(crate) fn client(&self) -> Client {
        let name = RepositoryName::new(self.name).unwrap();
        Client::new(self.settings(), name).unwrap()
    }

    pub(crate) fn publish(&self) -> Published {
        self.publish_by(&mut self.client())
    }

    pub(crate) fn publish_by(&self, client: &mut Client) -> Published {
        let job = Job {
            target: &self.target,
            post: &self.post,
            key: &Key::default(),
            posting: self.posting,
            author: None,
            details_url: Some("https://github.com/octocat/hello-world/actions/runs/50"),
        };
        let published = publish(client, &job);
        self.secret_is_kept(&format!("{published:?} {:?}", published.failures()));
        self.secret_is_kept(&format!("{} {}", published.comment, published.check));
        published
    }

    /// A token was never sent to the storage host, and is not in `shown`.
    pub(crate) fn secret_is_kept(&self, shown: &str) {
        assert!(!shown.contains(&self.token), "{shown}");
        for request in self.repository.requests() {
            if request.storage {
                let all = format!("{:?} {}", request.headers, request.path);
                assert!(!all.contains(&self.token), "{all}");
                assert_eq!(request.header("authorization"), None);
            }
        }
    }

    /// Seconds of each wait so far.
    pub(crate) fn waits(&self) -> Vec<u64> {
        self.waits.borrow().iter().map(Duration::as_secs).collect()
    }

    /// The body that the comment should have.
    pub(crate) fn body(&self) -> String {
        body(&self.target.origin, &self.post.comment)
    }

    /// Writes a comment of ours as an earlier run left it; its id.
    pub(crate) fn earlier(&self, run: u64, text: &str) -> u64 {
        let body = body(&origin(run, 1), text);
        self.repository
            .comment(PULL, Some(Author::actions()), &body)
    }

    /// The bodies on the pull request.
    pub(crate) fn bodies(&self) -> Vec<String> {
        let comments = self.repository.comments(PULL).into_iter();
        comments.map(|comment: Comment| comment.body).collect()
    }

    /// The pull request has exactly our comment.
    #[track_caller]
    pub(crate) fn has_one_comment(&self) {
        assert_eq!(self.bodies(), [self.body()]);
    }

    /// The head has exactly one check run, with as many annotations as were wanted, each once.
    #[track_caller]
    pub(crate) fn has_one_check_run(&self) {
        let runs = self.repository.check_runs(HEAD);
        assert_eq!(runs.len(), 1, "{runs:?}");
        assert_eq!(runs[0].name, "tollgate");
        assert_eq!(runs[0].conclusion.as_deref(), Some("failure"));
        assert_eq!(
            runs[0].external_id.as_deref(),
            Some("tollgate:default:50:1")
        );
        let messages: Vec<&str> = runs[0]
            .annotations
            .iter()
            .map(|annotation| annotation["message"].as_str().unwrap())
            .collect();
        let wanted = self.post.check.annotations.iter();
        let wanted: Vec<&str> = wanted.map(|one| one.message.as_str()).collect();
        assert_eq!(messages, wanted);
    }

    pub(crate) fn comment_requests(&self) -> [usize; 3] {
        let count = |verb, path| self.repository.count(verb, path);
        [
            count("GET", COMMENTS),
            count("POST", COMMENTS),
            count("PATCH", COMMENT),
        ]
    }
}

pub(crate) const COMMENTS: &str = "/issues/7/comments";
pub(crate) const COMMENT: &str = "/issues/comments/*";
pub(crate) const CHECK_RUNS: &str = "/check-runs";
pub(crate) const CHECK_RUN: &str = "/check-runs/*";

pub(crate) fn origin(run: u64, attempt: u32) -> Origin {
    Origin {
        run,
        attempt,
        head: Commit::new(HEAD).unwrap(),
    }
}

pub(crate) fn body(origin: &Origin, text: &str) -> String {
    sticky::body(&Wish {
        key: &Key::default(),
        origin,
        posting: Posting::Changes,
        worth_saying: true,
        text,
    })
}

pub(crate) fn post(text: &str) -> Post {
    Post {
        comment: text.to_owned(),
        worth_saying: true,
        check: CheckRun {
            conclusion: Conclusion::Failure,
            title: "2 of 3 budgets are broken".to_owned(),
            summary: text.to_owned(),
            annotations: Vec::new(),
        },
        status: Status {
            passes: false,
            description: "2 of 3 budgets are broken".to_owned(),
        },
    }
}

pub(crate) fn annotations(count: usize) -> Vec<Annotation> {
    (1..=count)
        .map(|number| Annotation {
            path: "budgets.toml".to_owned(),
            line: u32::try_from(number).unwrap(),
            level: Level::Failure,
            title: "budget is broken".to_owned(),
            message: format!("benchmark {number} is slower"),
        })
        .collect()
}

/// What leaves a client in doubt whether it was heard.
pub(crate) fn doubts() -> Vec<Trouble> {
    vec![
        Trouble::json(500, "Server Error"),
        Trouble::html(502),
        Trouble::html(503),
        Trouble::answer(504, &[], ""),
        Trouble::Reset,
        Trouble::Truncated,
    ]
}
