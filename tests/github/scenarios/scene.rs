//! A pull request, the gates that end on it, and what `tollgate comment` does then.

use crate::fake::{Artifact, Pull, Run};
use crate::prism::{Api, Guarded, guarded};
use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Duration;
use tollgate::publish::event::{HeadRepository, TriggeringRun};
use tollgate::publish::github::{ApiUrl, Client, Job, Published, Settings, Token, publish};
use tollgate::publish::post::{Annotation, CheckRun, Conclusion, Level, Post, Status};
use tollgate::publish::target::target;
use tollgate::publish::{Commit, Key, Posting, RepositoryName};

pub(crate) const HEAD: &str = "6dcb09b5b57875f334f61aebed695e2e4193db5e";
/// Of the comment workflow.
const PERMISSIONS: &str = "actions: read, pull-requests: write, checks: write";
const WORKFLOW: &str = ".github/workflows/tollgate.yml";
pub(crate) const PULL: u64 = 7;

/// A pull request whose gate runs.
pub(crate) struct Scenario {
    pub(crate) api: Guarded,
    name: String,
    fork: Option<&'static str>,
}

impl Scenario {
    pub(crate) fn new(api: Api, name: &str) -> Option<Self> {
        Self::of(api, name, None)
    }

    pub(crate) fn of(api: Api, name: &str, fork: Option<&'static str>) -> Option<Self> {
        let name = format!("octocat/{name}");
        let api = guarded(api, &name)?;
        let pull = Pull::new(PULL, HEAD);
        api.repository.pull(match fork {
            Some(owner) => pull.in_fork_of(owner, "faster"),
            None => pull,
        });
        Some(Self { api, name, fork })
    }

    /// The gate ran, and left its artifact; a comment workflow starts, with a token of its own.
    pub(crate) fn gate_ended(&self, id: u64, attempt: u32) -> Commenter {
        self.gate_left(id, attempt, Some(b"what was measured"))
    }

    /// The same with these bytes as the artifact, or with none.
    pub(crate) fn gate_left(&self, id: u64, attempt: u32, zip: Option<&[u8]>) -> Commenter {
        let repository = &self.api.repository;
        let run = Run::new(id, HEAD).attempt(attempt);
        let run = match self.fork {
            Some(owner) => run.in_fork_of(owner, "faster"),
            None => run,
        };
        let branch = run.branch.clone();
        repository.run(run);
        let artifact = format!("tollgate-run-{attempt}");
        if let Some(zip) = zip {
            repository.artifact(Artifact::new(id, &artifact, zip));
        }
        let here = repository.id();
        let head = HeadRepository {
            id: self.fork.map_or(here, Pull::fork_id),
            owner: self.fork.unwrap_or("octocat").to_owned(),
        };
        Commenter {
            url: self.api.url.clone(),
            name: self.name.clone(),
            token: repository.token(PERMISSIONS),
            run: TriggeringRun {
                id,
                attempt,
                event: "pull_request".to_owned(),
                path: WORKFLOW.to_owned(),
                head: Commit::new(HEAD).unwrap(),
                head_branch: Some(branch),
                head_repository: Some(head),
                repository: here,
                // As GitHub has it: none of forks.
                pull_requests: if self.fork.is_some() {
                    vec![]
                } else {
                    vec![PULL]
                },
            },
        }
    }

    /// The first and only comment; where its text begins.
    #[track_caller]
    pub(crate) fn comment_says(&self, run: u64, text: &str) {
        let comments = self.api.repository.comments(PULL);
        assert_eq!(comments.len(), 1, "{comments:?}");
        let marker = "<!-- tollgate:v1:key=default -->\n";
        let data = format!("<!-- tollgate-data run={run} attempt=1 head={HEAD} -->\n");
        let body = &comments[0].body;
        assert!(body.starts_with(&format!("{marker}{data}")), "{body}");
        assert!(body.contains(text), "{body}");
    }

    #[track_caller]
    pub(crate) fn prism_is_content(&self) {
        let verdict = self.api.verdict();
        assert_eq!((verdict.violations, verdict.undescribed), (vec![], 0));
        let requests = self.api.repository.requests();
        let api = requests.iter().filter(|one| !one.storage).count();
        assert_eq!(verdict.requests, api, "requests went another way");
        let leaks = requests
            .iter()
            .filter(|one| one.storage && one.header("authorization").is_some());
        assert_eq!(leaks.count(), 0, "the storage host saw a token");
    }

    /// Not by a macro: what those print is shown only when a test fails.
    pub(crate) fn show(&self, title: &str) {
        let repository = &self.api.repository;
        let verdict = self.api.verdict();
        let mut text = format!("\n## {title}\n\n{}\nIn the end:\n", repository.transcript());
        for comment in repository.comments(PULL) {
            let said = comment.body.lines().nth(3).unwrap_or_default();
            writeln!(text, "- comment {}: {said}", comment.id).unwrap();
        }
        for check in repository.check_runs(HEAD) {
            let conclusion = check.conclusion.unwrap_or_default();
            writeln!(
                text,
                "- check run {} {}: {conclusion}",
                check.id, check.name
            )
            .unwrap();
        }
        let (requests, violations) = (verdict.requests, verdict.violations.len());
        writeln!(
            text,
            "- prism: {requests} requests and their answers, {violations} violations of GitHub's description"
        )
        .unwrap();
        std::io::stdout().write_all(text.as_bytes()).unwrap();
    }
}

/// A comment workflow that was started by the end of a gate.
pub(crate) struct Commenter {
    pub(crate) url: String,
    pub(crate) name: String,
    pub(crate) token: String,
    pub(crate) run: TriggeringRun,
}

impl Commenter {
    /// What `tollgate comment` asks and posts. Counts its requests.
    pub(crate) fn comments(&self, post: &Post) -> (Published, u32) {
        // Nobody is asked to wait by this GitHub.
        let settings = Settings {
            pause: Duration::ZERO,
            ..Settings::new(
                ApiUrl::new(&self.url).unwrap(),
                Token::new(&self.token).unwrap(),
            )
        };
        let name = RepositoryName::new(&self.name).unwrap();
        let mut client = Client::new(settings, name).unwrap();
        let run = &self.run;
        let artifacts = client.artifacts(run.id).unwrap();
        let wanted = format!("tollgate-run-{}", run.attempt);
        let artifact = artifacts.iter().find(|one| one.name == wanted).unwrap();
        assert_eq!(
            client.download(artifact, 1 << 20).unwrap(),
            b"what was measured"
        );
        let candidates = match run.pull_requests.first() {
            Some(number) => vec![client.pull(*number).unwrap()],
            None => {
                let head = run.head_repository.as_ref().unwrap();
                client
                    .pulls(&head.owner, run.head_branch.as_ref().unwrap())
                    .unwrap()
            }
        };
        let target = target(run, run.repository, WORKFLOW, &candidates).unwrap();
        let job = Job {
            target: &target,
            post,
            key: &Key::default(),
            posting: Posting::Changes,
            author: None,
            details_url: Some("https://github.com/octocat/hello-world/actions/runs/30"),
        };
        let published = publish(&mut client, &job);
        assert_eq!(published.failures(), Vec::<String>::new());
        (published, client.requests())
    }
}

/// A gate that one benchmark does not pass.
pub(crate) fn red(annotations: usize) -> Post {
    let remark = Annotation {
        path: "budgets.toml".to_owned(),
        line: 4,
        level: Level::Failure,
        title: "parse/large is slower".to_owned(),
        message: "wall time +9.1 % [+8.2 %, +10.0 %], budget 3 %".to_owned(),
    };
    Post {
        comment: "**1 budget is broken.**\n\n| benchmark | change | budget |\n|---|---|---|\n\
                  | `parse/large` | +9.1 % [+8.2 %, +10.0 %] | 3 % |\n"
            .to_owned(),
        worth_saying: true,
        check: CheckRun {
            conclusion: Conclusion::Failure,
            title: "1 budget is broken".to_owned(),
            summary: "`parse/large` is slower.".to_owned(),
            annotations: vec![remark; annotations],
        },
        status: Status {
            passes: false,
            description: "1 budget is broken".to_owned(),
        },
    }
}

/// A gate that passes.
pub(crate) fn green() -> Post {
    Post {
        comment: "All 12 budgets hold.\n".to_owned(),
        worth_saying: false,
        check: CheckRun {
            conclusion: Conclusion::Success,
            title: "All 12 budgets hold".to_owned(),
            summary: "Nothing moved.".to_owned(),
            annotations: vec![],
        },
        status: Status {
            passes: true,
            description: "All 12 budgets hold".to_owned(),
        },
    }
}

/// Worth a comment of its own.
pub(crate) fn green_but_telling() -> Post {
    Post {
        worth_saying: true,
        ..green()
    }
}
