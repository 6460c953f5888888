//! A finished run is told of, with a GitHub of tests in place of the real one.

use super::*;
use crate::cli::comment::api::{Done, Posted};
use crate::cli::config;
use crate::cli::terminal::{Terminal, When};
use crate::publish::event::{Event, HeadRepository};
use crate::publish::post::Conclusion;
use crate::publish::{Commit, Posting, RepositoryName};
use clap::Parser;
use serde_json::{Value, json};
use std::path::PathBuf;

const BUDGETS: &str = "version = 1\n\
    [[suite]]\nname = \"s\"\ntool = \"divan\"\nbench = \"b\"\n\
    [[budget]]\nbench = \"s/*\"\nmax = \"1 us\"\n";

const HERE: u64 = 100;
const FORK: u64 = 200;

fn head() -> Commit {
    Commit::new(&"c".repeat(40)).unwrap()
}

/// A run whose only benchmark takes this many nanoseconds.
fn run_file(value: f64) -> Value {
    let observations: Vec<Value> = (0..10_u32)
        .map(|i| json!({"invocation": i, "value": value + f64::from(i) / 100.0}))
        .collect();
    json!({
        "format": "tollgate-run", "version": 1,
        "header": {"started": "2026-11-21T12:00:00Z", "tool": "tollgate 0.1.0", "seed": "42",
            "candidate": {"commit": "a".repeat(40), "dirty": false}},
        "suites": [{"name": "s", "tool": "divan", "listed": ["one"]}],
        "benchmarks": [{"suite": "s", "name": "one", "series": [
            {"metric": "time", "unit": "ns", "better": "lower", "observations": observations}]}],
    })
}

/// What was posted, in the few words that matter.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    pull: Option<u64>,
    head: Commit,
    origin: (u64, u32),
    conclusion: Conclusion,
    title: String,
    comment: String,
    posting: Posting,
    worth_saying: bool,
    details_url: String,
}

#[derive(Default)]
struct GitHub {
    pulls: Vec<Pull>,
    artifacts: Vec<Artifact>,
    zips: Vec<(u64, Vec<u8>)>,
    broken: bool,
    asked: Vec<String>,
    seen: Vec<Seen>,
}

impl Api for GitHub {
    fn pull(&mut self, number: u64) -> Result<Pull, String> {
        self.asked.push(format!("pull {number}"));
        let found = self.pulls.iter().find(|pull| pull.number == number);
        found.cloned().ok_or_else(|| "404".to_owned())
    }

    fn pulls(&mut self, owner: &str, branch: &str) -> Result<Vec<Pull>, String> {
        self.asked.push(format!("pulls of {owner}:{branch}"));
        if self.broken {
            return Err("502".to_owned());
        }
        Ok(self.pulls.clone())
    }

    fn artifacts(&mut self, run: u64) -> Result<Vec<Artifact>, String> {
        self.asked.push(format!("artifacts of {run}"));
        if self.broken {
            return Err("502".to_owned());
        }
        Ok(self.artifacts.clone())
    }

    fn download(&mut self, artifact: &Artifact, limit: usize) -> Result<Vec<u8>, NotFetched> {
        self.asked.push(format!("download {}", artifact.id));
        if artifact.bytes > limit as u64 {
            return Err(NotFetched::TooLarge);
        }
        let zip = self.zips.iter().find(|(id, _)| *id == artifact.id);
        zip.map(|(_, zip)| zip.clone()).ok_or(NotFetched::Expired)
    }

    fn publish(&mut self, posted: &Posted<'_>) -> Done {
        self.seen.push(Seen {
            pull: posted.target.pull,
            head: posted.target.origin.head.clone(),
            origin: (posted.target.origin.run, posted.target.origin.attempt),
            conclusion: posted.post.check.conclusion,
            title: posted.post.check.title.clone(),
            comment: posted.post.comment.clone(),
            posting: posted.posting,
            worth_saying: posted.post.worth_saying,
            details_url: posted.details_url.to_owned(),
        });
        Done::default()
    }
}

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: CommentArgs,
}

struct World {
    directory: tempfile::TempDir,
    github: GitHub,
    run: TriggeringRun,
    options: Vec<String>,
}

fn pull(number: u64, from: u64) -> Pull {
    Pull {
        number,
        open: true,
        head: head(),
        head_repository: Some(from),
        base_repository: HERE,
    }
}

fn artifact(id: u64, name: &str) -> Artifact {
    Artifact {
        id,
        name: name.to_owned(),
        bytes: 1000,
        expired: false,
    }
}

impl World {
    /// A pull request of a fork whose run left a verdict.
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("budgets.toml"), BUDGETS).unwrap();
        let world = Self {
            directory,
            github: GitHub {
                pulls: vec![pull(12, FORK)],
                ..GitHub::default()
            },
            run: TriggeringRun {
                id: 70,
                attempt: 1,
                event: "pull_request".to_owned(),
                path: ".github/workflows/tollgate.yml".to_owned(),
                head: head(),
                head_branch: Some("topic".to_owned()),
                head_repository: Some(HeadRepository {
                    id: FORK,
                    owner: "octocat".to_owned(),
                }),
                repository: HERE,
                pull_requests: Vec::new(),
            },
            options: Vec::new(),
        };
        world.leaves(&run_file(500.0).to_string())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The text that stands for the artifact.
    fn leaves(mut self, text: &str) -> Self {
        std::fs::write(self.path("run.json"), text).unwrap();
        self.options = vec![
            "--from".to_owned(),
            self.path("run.json").display().to_string(),
        ];
        self
    }

    fn told(&mut self) -> Result<ExitCode, CliError> {
        let words = ["comment".to_owned()];
        let line = Line::try_parse_from(words.iter().chain(&self.options)).unwrap();
        let job = Job {
            event: Event::WorkflowRun(self.run.clone()),
            repository: RepositoryName::new("OWNER/REPO").unwrap(),
            repository_id: HERE,
            run: 99,
            attempt: 1,
            server_url: "https://github.com".to_owned(),
            api_url: "https://api.github.com".to_owned(),
        };
        let summary = self.path("summary.md").display().to_string();
        let variable = |name: &str| (name == "GITHUB_STEP_SUMMARY").then(|| summary.clone());
        let terminal = Terminal::new(When::Never);
        let said = Said {
            terminal: &terminal,
            in_actions: false,
        };
        let config = config::load(None, self.directory.path());
        let foreign = Foreign {
            args: &line.args,
            job: &job,
            run: &self.run,
            now: "2026-11-21T13:00:00Z".parse().unwrap(),
            variable: &variable,
        };
        foreign.tell(config, Some(&mut self.github), &said)
    }

    fn summary(&self) -> String {
        std::fs::read_to_string(self.path("summary.md")).unwrap_or_default()
    }
}

#[test]
fn the_pull_request_of_a_fork_is_told() {
    let mut world = World::new();
    assert_eq!(world.told().unwrap(), ExitCode::Pass);
    let [seen] = world.github.seen.as_slice() else {
        panic!("{:?}", world.github.seen);
    };
    assert_eq!(
        (seen.pull, &seen.head, seen.origin),
        (Some(12), &head(), (70, 1))
    );
    assert_eq!(seen.conclusion, Conclusion::Success);
    assert_eq!(
        seen.details_url,
        "https://github.com/OWNER/REPO/actions/runs/70"
    );
    assert_eq!(world.github.asked, ["pulls of octocat:topic"]);
    assert!(world.summary().contains("tollgate"));
}

#[test]
fn a_red_verdict_is_told_and_the_command_succeeds() {
    let mut world = World::new().leaves(&run_file(5000.0).to_string());
    assert_eq!(world.told().unwrap(), ExitCode::Pass);
    let seen = &world.github.seen[0];
    assert_eq!(seen.conclusion, Conclusion::Failure);
    assert!(seen.worth_saying);
}

#[test]
fn one_of_the_repository_is_asked_for_by_the_number_of_the_event() {
    let mut world = World::new();
    world.run.head_repository.as_mut().unwrap().id = HERE;
    world.run.pull_requests = vec![12];
    world.github.pulls = vec![pull(12, HERE), pull(13, FORK)];
    world.told().unwrap();
    assert_eq!(world.github.asked, ["pull 12"]);
    assert_eq!(world.github.seen[0].pull, Some(12));
}

#[test]
fn a_fork_cannot_choose_its_number_by_the_event() {
    let mut world = World::new();
    world.run.pull_requests = vec![1];
    world.github.pulls.push(pull(1, HERE));
    world.told().unwrap();
    assert_eq!(world.github.seen[0].pull, Some(12));
}

#[test]
fn nobody_is_told_of_what_is_superseded_foreign_or_no_pull_request() {
    let mut moved = World::new();
    moved.github.pulls[0].head = Commit::new(&"d".repeat(40)).unwrap();
    let mut closed = World::new();
    closed.github.pulls[0].open = false;
    let mut other = World::new();
    other.run.path = ".github/workflows/evil.yml".to_owned();
    let mut elsewhere = World::new();
    elsewhere.run.repository = FORK;
    let mut push = World::new();
    push.run.event = "push".to_owned();
    let mut deleted = World::new();
    deleted.run.head_repository = None;
    let mut twice = World::new();
    twice.github.pulls.push(pull(13, FORK));
    for mut world in [moved, closed, other, elsewhere, push, deleted, twice] {
        assert_eq!(world.told().unwrap(), ExitCode::Pass);
        assert_eq!(world.github.seen, []);
        assert_eq!(world.summary(), "");
    }
}

#[test]
fn a_merge_queue_is_told_by_a_check_run_alone() {
    let mut world = World::new();
    world.run.event = "merge_group".to_owned();
    world.run.head_repository.as_mut().unwrap().id = HERE;
    world.told().unwrap();
    assert_eq!(world.github.seen[0].pull, None);
    assert_eq!(world.github.asked, [] as [&str; 0]);
}

#[test]
fn a_refused_run_is_said_in_our_own_words_and_starts_no_comment() {
    let mut itself = run_file(500.0);
    itself["header"]["base"] = json!({"commit": "a".repeat(40), "dirty": false});
    for text in [
        "",
        "::error::@octocat",
        "{\"format\": \"<img src=x>\"}",
        &run_file(500.0).to_string().replace("500.0", "1e999"),
        &itself.to_string(),
    ] {
        let mut world = World::new().leaves(text);
        world
            .options
            .extend(["--when".to_owned(), "always".to_owned()]);
        world.told().unwrap_err();
        let seen = &world.github.seen[0];
        assert_eq!(seen.conclusion, Conclusion::Failure);
        assert!(
            seen.title.starts_with("could not judge: the "),
            "{}",
            seen.title
        );
        assert_eq!((seen.worth_saying, seen.posting), (false, Posting::Changes));
        for hostile in ["octocat", "<img", "1e999", "::"] {
            assert!(!seen.comment.contains(hostile), "{}", seen.comment);
        }
        assert!(world.summary().contains("could not judge"));
    }
}

#[test]
fn broken_rules_of_the_default_branch_are_said() {
    let mut world = World::new();
    std::fs::write(world.path("budgets.toml"), "version = 99").unwrap();
    world.told().unwrap_err();
    assert_eq!(
        world.github.seen[0].title,
        "could not judge: budgets.toml of the default branch cannot be read"
    );
    let mut world = World::new();
    std::fs::create_dir(world.path("baselines")).unwrap();
    std::fs::write(world.path("baselines/calibration.json"), "{").unwrap();
    world.told().unwrap_err();
    assert_eq!(
        world.github.seen[0].title,
        "could not judge: baselines of the default branch cannot be read"
    );
}

#[test]
fn where_github_cannot_be_asked_nobody_is_told() {
    let mut world = World::new();
    world.github.broken = true;
    assert_eq!(world.told().unwrap(), ExitCode::Pass);
    assert_eq!(world.github.seen, []);
}

#[test]
fn the_newest_attempt_that_is_kept_is_judged() {
    let number = |all: &[Artifact], attempt| newest(all, attempt).map(|(found, _)| found.id);
    let all = [
        artifact(5, "tollgate-run-1"),
        artifact(9, "tollgate-run-2"),
        artifact(7, "tollgate-run-10"),
        artifact(20, "tollgate-run-3x"),
        artifact(21, "tollgate-run-03"),
        artifact(22, "tollgate-run-+3"),
        artifact(23, "tollgate-run-0"),
        artifact(24, "tollgate-run-"),
        artifact(25, "tollgate-run-99999999999"),
        artifact(26, "other"),
        artifact(27, "Tollgate-run-3"),
    ];
    assert_eq!(number(&all, 1), Ok(5));
    assert_eq!(number(&all, 3), Ok(9));
    assert_eq!(number(&all, 10), Ok(7));
    assert_eq!(number(&all[3..], 9), Err(Unjudged::NoArtifact));
    assert_eq!(number(&[], 1), Err(Unjudged::NoArtifact));
    let mut expired = all.clone();
    expired[1].expired = true;
    assert_eq!(number(&expired, 2), Ok(5));
    expired[0].expired = true;
    assert_eq!(number(&expired, 2), Err(Unjudged::Expired));
    // Attempts to come are none of ours.
    assert_eq!(number(&all[1..3], 1), Err(Unjudged::NoArtifact));
}

#[cfg(feature = "github")]
mod fetched {
    use super::*;
    use std::io::{Cursor, Write as _};

    fn zip(text: &str) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        writer
            .start_file("run.json", zip::write::SimpleFileOptions::default())
            .unwrap();
        writer.write_all(text.as_bytes()).unwrap();
        writer.finish().unwrap().into_inner()
    }

    fn fetching() -> World {
        let mut world = World::new();
        world.options.clear();
        world.github.artifacts = vec![artifact(5, "tollgate-run-1")];
        world.github.zips = vec![(5, zip(&run_file(500.0).to_string()))];
        world
    }

    #[test]
    fn the_artifact_of_the_run_is_fetched_and_judged() {
        let mut world = fetching();
        assert_eq!(world.told().unwrap(), ExitCode::Pass);
        assert_eq!(world.github.seen[0].conclusion, Conclusion::Success);
        assert_eq!(
            world.github.asked,
            ["pulls of octocat:topic", "artifacts of 70", "download 5"]
        );
    }

    #[test]
    fn a_run_that_left_nothing_usable_is_told_as_not_judged() {
        let mut none = fetching();
        none.github.artifacts.clear();
        let mut expired = fetching();
        expired.github.artifacts[0].expired = true;
        let mut gone = fetching();
        gone.github.zips.clear();
        let mut large = fetching();
        large.github.artifacts[0].bytes = 1 << 40;
        let mut garbage = fetching();
        garbage.github.zips[0].1 = b"<html>502</html>".to_vec();
        let mut cut = fetching();
        cut.github.zips[0].1.truncate(100);
        for (mut world, expected) in [
            (none, "the measuring run ended without leaving a result"),
            (expired, "the result of the measuring run is no longer kept"),
            (gone, "the result of the measuring run is no longer kept"),
            (large, "the artifact is larger than any recorded run"),
            (garbage, "the artifact is no zip file"),
            (
                cut,
                "the artifact is damaged, or its headers contradict each other",
            ),
        ] {
            world.told().unwrap_err();
            assert_eq!(
                world.github.seen[0].title,
                format!("could not judge: {expected}")
            );
        }
    }
}
