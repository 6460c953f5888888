//! What happens on a pull request when its gate has ended, from the artifact to the comment, with GitHub's description
//! between the client and the fake.
//!
//! `cargo test --test github transcript -- --nocapture` shows what is sent.

use crate::fake::{Artifact, Pull, Run, on};
use crate::prism::{Api, Guarded, guarded};
use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Duration;
use tollgate::publish::event::{HeadRepository, TriggeringRun};
use tollgate::publish::github::{
    ApiUrl, Checked, Client, Commented, Job, Published, Settings, Token, publish,
};
use tollgate::publish::post::{Annotation, CheckRun, Conclusion, Level, Post, Status};
use tollgate::publish::sticky::Why;
use tollgate::publish::target::target;
use tollgate::publish::{Commit, Key, Posting, RepositoryName};

const HEAD: &str = "6dcb09b5b57875f334f61aebed695e2e4193db5e";
/// Of the comment workflow.
const PERMISSIONS: &str = "actions: read, pull-requests: write, checks: write";
const WORKFLOW: &str = ".github/workflows/gate.yml";
const PULL: u64 = 7;

/// A pull request whose gate runs.
struct Scenario {
    api: Guarded,
    name: String,
    fork: Option<&'static str>,
}

impl Scenario {
    fn new(api: Api, name: &str) -> Option<Self> {
        Self::of(api, name, None)
    }

    fn of(api: Api, name: &str, fork: Option<&'static str>) -> Option<Self> {
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
    fn gate_ended(&self, id: u64, attempt: u32) -> Commenter {
        let repository = &self.api.repository;
        let run = Run::new(id, HEAD).attempt(attempt);
        let run = match self.fork {
            Some(owner) => run.in_fork_of(owner, "faster"),
            None => run,
        };
        let branch = run.branch.clone();
        repository.run(run);
        let artifact = format!("tollgate-run-{attempt}");
        repository.artifact(Artifact::new(id, &artifact, b"what was measured"));
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
    fn comment_says(&self, run: u64, text: &str) {
        let comments = self.api.repository.comments(PULL);
        assert_eq!(comments.len(), 1, "{comments:?}");
        let marker = "<!-- tollgate:v1:key=default -->\n";
        let data = format!("<!-- tollgate-data run={run} attempt=1 head={HEAD} -->\n");
        let body = &comments[0].body;
        assert!(body.starts_with(&format!("{marker}{data}")), "{body}");
        assert!(body.contains(text), "{body}");
    }

    #[track_caller]
    fn prism_is_content(&self) {
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
    fn show(&self, title: &str) {
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
struct Commenter {
    url: String,
    name: String,
    token: String,
    run: TriggeringRun,
}

impl Commenter {
    /// What `tollgate comment` asks and posts. Counts its requests.
    fn comments(&self, post: &Post) -> (Published, u32) {
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
fn red(annotations: usize) -> Post {
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
fn green() -> Post {
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

/// The first gate is red: there is a comment now.
fn first_post(name: &str) -> Option<Scenario> {
    let scene = Scenario::new(Api::GitHub, name)?;
    let (published, requests) = scene.gate_ended(30, 1).comments(&red(1));
    // One more than an update: after creating a comment, whether another run did so too.
    assert_eq!((published.comment, requests), (Commented::Created, 7));
    scene.comment_says(30, "1 budget is broken");
    Some(scene)
}

/// There was a comment; the next gate is green.
fn update(name: &str) -> Option<Scenario> {
    let scene = Scenario::new(Api::GitHub, name)?;
    let id =
        scene
            .api
            .repository
            .comment(PULL, Some(crate::fake::Author::actions()), &body_of_run(29));
    let (published, requests) = scene.gate_ended(31, 1).comments(&green());
    assert_eq!((published.comment, requests), (Commented::Updated(id), 6));
    scene.comment_says(31, "All 12 budgets hold");
    Some(scene)
}

fn body_of_run(run: u64) -> String {
    format!(
        "<!-- tollgate:v1:key=default -->\n<!-- tollgate-data run={run} attempt=1 head={HEAD} -->\n\n\
         **1 budget is broken.**\n"
    )
}

/// The event names no pull request: it is asked for by the branch of the fork.
fn fork(name: &str) -> Option<Scenario> {
    let scene = Scenario::of(Api::GitHub, name, Some("mona"))?;
    // Another fork has a branch of that name, with the same commit.
    scene
        .api
        .repository
        .pull(Pull::new(8, HEAD).in_fork_of("hubot", "faster"));
    let (published, requests) = scene.gate_ended(32, 1).comments(&red(1));
    // One more than an update: after creating a comment, whether another run did so too.
    assert_eq!((published.comment, requests), (Commented::Created, 7));
    scene.comment_says(32, "1 budget is broken");
    assert_eq!(scene.api.repository.comments(8), []);
    Some(scene)
}

/// Two runs see no comment. The older one is about to write, when the newer one does all that it does.
fn race(name: &str) -> Option<Scenario> {
    let scene = Scenario::new(Api::GitHub, name)?;
    let older = scene.gate_ended(40, 1);
    let newer = scene.gate_ended(41, 1);
    scene
        .api
        .repository
        .race(on("POST", "/issues/7/comments"), move |_| {
            let (published, _) = newer.comments(&red(1));
            assert_eq!(published.comment, Commented::Created);
        });
    let (published, _) = older.comments(&green_but_telling());
    scene.comment_says(41, "1 budget is broken");
    assert_ne!(published.comment, Commented::Left(Why::NothingToSay));
    Some(scene)
}

/// Worth a comment of its own.
fn green_but_telling() -> Post {
    Post {
        worth_saying: true,
        ..green()
    }
}

#[test]
fn the_first_red_gate_starts_a_comment_and_fails_a_check() {
    let Some(scene) = first_post("first-post") else {
        return;
    };
    let checks = scene.api.repository.check_runs(HEAD);
    assert_eq!(checks.len(), 1);
    assert_eq!(
        (checks[0].name.as_str(), checks[0].conclusion.as_deref()),
        ("tollgate", Some("failure"))
    );
    scene.prism_is_content();
}

#[test]
fn the_next_gate_changes_the_comment_that_is_there() {
    let Some(scene) = update("update") else {
        return;
    };
    assert_eq!(scene.api.repository.count("POST", "/issues/*/comments"), 0);
    scene.prism_is_content();
}

#[test]
fn the_pull_request_of_a_fork_is_found_by_branch_and_commit() {
    let Some(scene) = fork("fork") else { return };
    scene.prism_is_content();
}

#[test]
fn of_two_runs_at_a_time_the_newer_ones_word_stands() {
    let Some(scene) = race("race") else { return };
    scene.prism_is_content();
}

#[test]
fn more_than_fifty_annotations_are_sent_in_batches_that_github_takes() {
    let Some(scene) = Scenario::new(Api::GitHub, "annotations") else {
        return;
    };
    scene.gate_ended(33, 1).comments(&red(120));
    let checks = scene.api.repository.check_runs(HEAD);
    assert_eq!((checks.len(), checks[0].annotations.len()), (1, 120));
    scene.prism_is_content();
}

#[test]
fn enterprise_server_has_the_same_below_its_own_path() {
    let Some(scene) = Scenario::new(Api::Enterprise, "enterprise") else {
        return;
    };
    let (published, _) = scene.gate_ended(34, 1).comments(&red(51));
    assert_eq!(published.comment, Commented::Created);
    let (published, _) = scene.gate_ended(35, 1).comments(&green());
    assert!(
        matches!(published.comment, Commented::Updated(_)),
        "{published:?}"
    );
    assert!(
        !matches!(published.check, Checked::Failed { .. }),
        "{published:?}"
    );
    scene.comment_says(35, "All 12 budgets hold");
    let requests = scene.api.repository.requests();
    assert!(requests.iter().all(|one| one.enterprise != one.storage));
    scene.prism_is_content();
}

#[test]
fn the_transcript_of_the_four() {
    let scenes = [
        ("A first post", first_post("transcript-first-post")),
        ("An update", update("transcript-update")),
        ("A fork's pull request", fork("transcript-fork")),
        ("A race of two runs", race("transcript-race")),
    ];
    for (title, scene) in scenes {
        let Some(scene) = scene else { return };
        if std::env::args().any(|argument| argument == "--nocapture") {
            scene.show(title);
        }
        scene.prism_is_content();
    }
}
