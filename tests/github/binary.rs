//! `tollgate comment` itself, from the event of GitHub Actions to what stands on the pull request, with GitHub's
//! description between it and the fake.

use crate::fake::{Author, Pull, Trouble, on};
use crate::prism::Api;
use crate::recorded::Recorded;
use crate::scenarios::scene::{Commenter, HEAD, PULL, Scenario};
use assert_cmd::cargo::CommandCargoExt as _;
use serde_json::{Value, json};
use std::io::{Cursor, Write as _};
use std::process::Command;
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const BUDGETS: &str = "version = 1\n[[suite]]\nname = \"s\"\ntool = \"divan\"\nbench = \"b\"\n\
                       [[budget]]\nbench = \"s/*\"\nslower = \"5%\"\n";

/// Forty pairs with this ratio, and one part in a thousand of wobble.
fn pairs(ratio: f64) -> Vec<(f64, f64)> {
    (0..40_u32)
        .map(|i| {
            let wobble = 1.0 + f64::from(i * 7 % 11) / 10_000.0;
            (100.0 * wobble, 100.0 * ratio * (2.0 - wobble))
        })
        .collect()
}

/// A run of a few seconds ago: runs of other days are not believed.
fn run_of(benchmarks: &[(&str, f64)]) -> String {
    let now = jiff::Timestamp::now().to_string();
    let mut recorded = Recorded::on_day(21).header("started", json!(now));
    for (name, ratio) in benchmarks {
        recorded = recorded.pairs(name, &pairs(*ratio));
    }
    recorded.text()
}

fn zipped(name: &str, text: &str) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer
        .start_file(name, SimpleFileOptions::default())
        .unwrap();
    writer.write_all(text.as_bytes()).unwrap();
    writer.finish().unwrap().into_inner()
}

fn artifact(benchmarks: &[(&str, f64)]) -> Vec<u8> {
    zipped("run.json", &run_of(benchmarks))
}

/// What the job was told.
struct Job {
    code: Option<i32>,
    output: String,
    summary: String,
}

impl Commenter {
    /// The event as GitHub writes it, with the ids of this scene.
    fn event(&self) -> Value {
        let text = include_str!("../fixtures/github-events/workflow_run.completed.json");
        let mut event: Value = serde_json::from_str(text).unwrap();
        let repository = json!({"id": self.run.repository, "full_name": self.name,
            "name": self.name, "owner": {"login": "octocat"}, "default_branch": "main"});
        event["repository"] = repository.clone();
        let head = self.run.head_repository.as_ref().unwrap();
        let side = json!({"ref": "main", "sha": HEAD, "repo": {"id": self.run.repository}});
        let pulls: Vec<Value> = (self.run.pull_requests.iter())
            .map(|number| json!({"number": number, "head": side, "base": side}))
            .collect();
        for (field, value) in [
            ("id", json!(self.run.id)),
            ("run_attempt", json!(self.run.attempt)),
            ("event", json!(self.run.event)),
            ("path", json!(self.run.path)),
            ("head_sha", json!(self.run.head.as_str())),
            ("head_branch", json!(self.run.head_branch)),
            ("pull_requests", json!(pulls)),
            ("repository", repository),
            (
                "head_repository",
                json!({"id": head.id, "owner": {"login": head.owner}}),
            ),
        ] {
            event["workflow_run"][field] = value;
        }
        event
    }

    /// Runs `tollgate comment` in a checkout of the default branch.
    fn tollgate(&self, arguments: &[&str]) -> Job {
        let checkout = TempDir::new().unwrap();
        let path = |name: &str| checkout.path().join(name);
        std::fs::write(path("budgets.toml"), BUDGETS).unwrap();
        std::fs::write(path("event.json"), self.event().to_string()).unwrap();
        let mut command = Command::cargo_bin("tollgate").unwrap();
        let output = command
            .arg("comment")
            .args(arguments)
            .current_dir(checkout.path())
            // Whatever a library below would log is asked for.
            .env("RUST_LOG", "trace")
            .env("RUST_BACKTRACE", "1")
            .env_remove("GH_TOKEN")
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_TOKEN", &self.token)
            .env("GITHUB_EVENT_NAME", "workflow_run")
            .env("GITHUB_EVENT_PATH", path("event.json"))
            .env("GITHUB_STEP_SUMMARY", path("summary.md"))
            .env("GITHUB_OUTPUT", path("output"))
            .env("GITHUB_REPOSITORY", &self.name)
            .env("GITHUB_REPOSITORY_ID", self.run.repository.to_string())
            .env("GITHUB_RUN_ID", "900")
            .env("GITHUB_RUN_ATTEMPT", "1")
            .env("GITHUB_SERVER_URL", "https://github.com")
            .env("GITHUB_API_URL", &self.url)
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let job = Job {
            code: output.status.code(),
            output: format!("{}{}", text(&output.stdout), text(&output.stderr)),
            summary: std::fs::read_to_string(path("summary.md")).unwrap_or_default(),
        };
        for said in [&job.output, &job.summary] {
            assert!(!said.contains(&self.token), "the token was said: {said}");
        }
        job
    }

    #[track_caller]
    fn posts(&self) -> Job {
        let job = self.tollgate(&[]);
        assert_eq!(job.code, Some(0), "{}", job.output);
        assert!(!job.output.contains("warning"), "{}", job.output);
        job
    }
}

#[track_caller]
fn check_says(scene: &Scenario, conclusion: &str) {
    let checks = scene.api.repository.check_runs(HEAD);
    let said = checks.last().and_then(|check| check.conclusion.clone());
    assert_eq!(said.as_deref(), Some(conclusion));
}

/// A red gate starts a comment.
fn first_post(name: &str) -> Option<Scenario> {
    let scene = Scenario::new(Api::GitHub, name)?;
    let zip = artifact(&[("slow", 1.5), ("steady", 1.0)]);
    let job = scene.gate_left(30, 1, Some(&zip)).posts();
    scene.comment_says(30, "`s/slow`");
    check_says(&scene, "failure");
    assert!(job.summary.contains("`s/slow`"), "{}", job.summary);
    Some(scene)
}

/// There is a red comment; a green gate makes it green.
fn update(name: &str) -> Option<Scenario> {
    let scene = Scenario::new(Api::GitHub, name)?;
    let earlier = format!(
        "<!-- tollgate:v1:key=default -->\n<!-- tollgate-data run=29 attempt=1 head={HEAD} -->\n\nred\n"
    );
    let author = Some(Author::actions());
    scene.api.repository.comment(PULL, author, &earlier);
    let zip = artifact(&[("slow", 1.0), ("steady", 1.0)]);
    scene.gate_left(31, 1, Some(&zip)).posts();
    scene.comment_says(31, "PASS");
    check_says(&scene, "success");
    let requests = scene.api.repository.requests();
    let asked = requests.iter().filter(|one| !one.storage).count();
    assert_eq!(asked, 6, "requests of a usual update");
    Some(scene)
}

/// A fork's pull request is found although the event does not name it, and the comment says whose workflow measured.
fn fork(name: &str) -> Option<Scenario> {
    let scene = Scenario::of(Api::GitHub, name, Some("mona"))?;
    let zip = artifact(&[("slow", 1.5)]);
    scene.gate_left(32, 1, Some(&zip)).posts();
    scene.comment_says(32, "the pull request's own workflow");
    Some(scene)
}

/// While the older run is about to write its comment, the newer one does all that it does.
fn race(name: &str) -> Option<Scenario> {
    let scene = Scenario::new(Api::GitHub, name)?;
    let older = scene.gate_left(40, 1, Some(&artifact(&[("fast", 0.5)])));
    let newer = scene.gate_left(41, 1, Some(&artifact(&[("slow", 1.5)])));
    let writes = on("POST", "/issues/7/comments");
    scene.api.repository.race(writes, move |_| {
        newer.posts();
    });
    let job = older.posts();
    assert!(
        job.output.contains("a later run has spoken"),
        "{}",
        job.output
    );
    scene.comment_says(41, "`s/slow`");
    check_says(&scene, "failure");
    Some(scene)
}

#[test]
fn a_red_gate_starts_a_comment_and_fails_a_check() {
    let Some(scene) = first_post("real-first-post") else {
        return;
    };
    scene.prism_is_content();
}

#[test]
fn a_usual_update_takes_six_requests() {
    let Some(scene) = update("real-update") else {
        return;
    };
    scene.prism_is_content();
}

#[test]
fn a_forks_pull_request_gets_its_comment_too() {
    let Some(scene) = fork("real-fork") else {
        return;
    };
    scene.prism_is_content();
}

#[test]
fn of_two_at_a_time_the_newer_one_is_heard() {
    let Some(scene) = race("real-race") else {
        return;
    };
    scene.prism_is_content();
}

#[test]
fn a_green_gate_starts_no_comment_and_passes_a_check() {
    let Some(scene) = Scenario::new(Api::GitHub, "real-green") else {
        return;
    };
    let job = scene
        .gate_left(33, 1, Some(&artifact(&[("steady", 1.0)])))
        .posts();
    assert_eq!(scene.api.repository.comments(PULL), []);
    check_says(&scene, "success");
    assert!(
        job.output.contains("no comment: nothing changed"),
        "{}",
        job.output
    );
    scene.prism_is_content();
}

#[test]
fn a_gate_that_left_nothing_fails_the_check_and_corrects_the_comment() {
    let Some(scene) = first_post("real-nothing-left") else {
        return;
    };
    let job = scene.gate_left(34, 1, None).tollgate(&[]);
    assert_eq!(job.code, Some(2), "{}", job.output);
    scene.comment_says(34, "could not judge");
    check_says(&scene, "failure");
    scene.prism_is_content();
}

#[test]
fn a_foreign_artifact_is_refused_and_starts_no_comment() {
    let Some(scene) = Scenario::new(Api::GitHub, "real-refused") else {
        return;
    };
    let run = run_of(&[("slow", 1.5)]);
    let zips = [
        zipped("../run.json", &run),
        zipped("other.json", &run),
        zipped("run.json", "{\"format\": \"tollgate-run\""),
        zipped("run.json", &run.replace("100.", "NaN")),
        b"PK\x03\x04 and no more".to_vec(),
    ];
    for (id, zip) in (50_u64..).zip(&zips) {
        let job = scene.gate_left(id, 1, Some(zip)).tollgate(&[]);
        assert_eq!(job.code, Some(2), "{id}: {}", job.output);
        check_says(&scene, "failure");
    }
    assert_eq!(scene.api.repository.comments(PULL), []);
    scene.prism_is_content();
}

#[test]
fn hostile_names_are_only_text() {
    let Some(scene) = Scenario::new(Api::GitHub, "real-hostile") else {
        return;
    };
    let name = "`@octocat` | --> <img src=x> ::error::x [l](http://e) \u{202e}";
    scene
        .gate_left(35, 1, Some(&artifact(&[(name, 1.5)])))
        .posts();
    let body = &scene.api.repository.comments(PULL)[0].body;
    let html = comrak::markdown_to_html(body, &{
        let mut options = comrak::Options::default();
        options.extension.table = true;
        options.extension.autolink = true;
        options.render.r#unsafe = true;
        options
    });
    for markup in ["<img", "href=\"http://e", "\u{202e}"] {
        assert!(!html.contains(markup), "{markup}: {html}");
    }
    scene.prism_is_content();
}

#[test]
fn an_artifact_that_names_another_commit_changes_nothing_of_where_it_is_posted() {
    let Some(scene) = Scenario::new(Api::GitHub, "real-liar") else {
        return;
    };
    let run = run_of(&[("slow", 1.5)]).replace(&"a".repeat(40), &"e".repeat(40));
    scene
        .gate_left(36, 1, Some(&zipped("run.json", &run)))
        .posts();
    scene.comment_says(36, &HEAD[..12]);
    check_says(&scene, "failure");
}

#[test]
fn a_pull_request_with_newer_commits_is_left_alone() {
    let Some(scene) = Scenario::new(Api::GitHub, "real-superseded") else {
        return;
    };
    let commenter = scene.gate_left(39, 1, Some(&artifact(&[("slow", 1.5)])));
    let repository = &scene.api.repository;
    repository.pull(Pull::new(PULL, &"d".repeat(40)));
    let job = commenter.posts();
    assert!(job.output.contains("nothing is posted"), "{}", job.output);
    assert_eq!(repository.comments(PULL), []);
    assert_eq!(repository.check_runs(HEAD).len(), 0);
    scene.prism_is_content();
}

#[test]
fn a_refused_comment_is_said_and_costs_nothing_but_the_comment() {
    let Some(scene) = Scenario::new(Api::GitHub, "real-refusal") else {
        return;
    };
    let mut commenter = scene.gate_left(37, 1, Some(&artifact(&[("slow", 1.5)])));
    let repository = &scene.api.repository;
    commenter.token = repository.token("actions: read, pull-requests: read, checks: write");
    let job = commenter.tollgate(&[]);
    assert_eq!(job.code, Some(0), "{}", job.output);
    for said in ["::warning", "pull-requests: write"] {
        assert!(job.output.contains(said), "{}", job.output);
    }
    assert!(job.summary.contains("`s/slow`"), "{}", job.summary);
    assert_eq!(repository.comments(PULL), []);
    assert_eq!(repository.count("POST", "/issues/*/comments"), 1);
    check_says(&scene, "failure");
}

#[test]
fn a_server_that_takes_the_comment_and_says_that_it_failed_gets_no_second_one() {
    let Some(scene) = Scenario::new(Api::GitHub, "real-502") else {
        return;
    };
    let commenter = scene.gate_left(38, 1, Some(&artifact(&[("slow", 1.5)])));
    let trouble = Trouble::json(502, "Bad Gateway");
    let created = on("POST", "/issues/*/comments").after_commit();
    scene.api.repository.fault(created, trouble);
    let job = commenter.tollgate(&[]);
    assert_eq!(job.code, Some(0), "{}", job.output);
    scene.comment_says(38, "`s/slow`");
    assert_eq!(scene.api.repository.count("POST", "/issues/*/comments"), 1);
}

#[test]
fn transcript_of_the_command() {
    for (title, scene) in [
        ("A first post", first_post("hello-first")),
        ("An update", update("hello-update")),
        ("A pull request of a fork", fork("hello-fork")),
        ("A race of two runs", race("hello-race")),
    ] {
        let Some(scene) = scene else { return };
        scene.show(title);
        scene.prism_is_content();
    }
}
