//! `tollgate comment` as a workflow and a developer meet it, with artifacts that nobody would make in good faith. Nothing
//! here sends a request: without a token there is none.

#[cfg(feature = "github")]
mod artifacts;

use crate::project::{Answer, Project};
use crate::recorded::{Recorded, noisy};
use serde_json::{Value, json};

const BUDGETS: &str = "[[suite]]\nname = \"s\"\ntool = \"divan\"\nbench = \"b\"\n\
                       [[budget]]\nbench = \"s/*\"\nslower = \"5%\"\n";

const HEAD: &str = "cccccccccccccccccccccccccccccccccccccccc";

/// A run of this hour, for runs of other days are not believed.
fn recorded() -> Recorded {
    let now = jiff_now();
    Recorded::on_day(21).header("started", json!(now))
}

fn jiff_now() -> String {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    jiff::Timestamp::from_second(i64::try_from(since.as_secs()).unwrap())
        .unwrap()
        .to_string()
}

fn red() -> String {
    recorded().pairs("slow", &noisy(40, 1.5, 0.01)).text()
}

fn green() -> String {
    recorded().pairs("steady", &noisy(40, 1.0, 0.01)).text()
}

fn workflow_run(event: &str, from: u64) -> Value {
    json!({
        "action": "completed",
        "repository": {"id": 100, "full_name": "OWNER/REPO"},
        "workflow_run": {
            "id": 70, "run_attempt": 2, "event": event, "path": ".github/workflows/tollgate.yml",
            "head_sha": HEAD, "head_branch": "topic", "repository": {"id": 100},
            "head_repository": {"id": from, "owner": {"login": "octocat"}}, "pull_requests": [],
        },
    })
}

fn pull_request(from: u64) -> Value {
    json!({
        "number": 12,
        "repository": {"id": 100, "full_name": "OWNER/REPO"},
        "pull_request": {
            "number": 12,
            "head": {"sha": HEAD, "ref": "topic", "repo": {"id": from}},
            "base": {"sha": "d".repeat(40), "ref": "main", "repo": {"id": 100}},
        },
    })
}

/// In a job of GitHub Actions without a token.
fn in_actions(project: &Project, name: &str, event: &Value, arguments: &[&str]) -> Answer {
    project.write("event.json", &event.to_string());
    let output = outside(project, arguments)
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_EVENT_NAME", name)
        .env("GITHUB_EVENT_PATH", project.path().join("event.json"))
        .env("GITHUB_STEP_SUMMARY", project.path().join("summary.md"))
        .env("GITHUB_REPOSITORY", "OWNER/REPO")
        .env("GITHUB_REPOSITORY_ID", "100")
        .env("GITHUB_RUN_ID", "99")
        .env("GITHUB_RUN_ATTEMPT", "1")
        .env("GITHUB_SERVER_URL", "https://github.com")
        .env("GITHUB_API_URL", "https://api.github.com")
        .output()
        .unwrap();
    Answer::of(output)
}

fn outside(project: &Project, arguments: &[&str]) -> std::process::Command {
    let mut command = project.command(&["comment"]);
    command.args(arguments);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GITHUB_") || name == "GH_TOKEN" {
            command.env_remove(name);
        }
    }
    command
}

fn dry(project: &Project, path: &str) -> Answer {
    let output = outside(project, &["--dry-run", "--from", path]).output();
    Answer::of(output.unwrap())
}

/// The foreign run of a fork, judged and not posted.
fn foreign(project: &Project, path: &str) -> Answer {
    let event = workflow_run("pull_request", 200);
    in_actions(
        project,
        "workflow_run",
        &event,
        &["--dry-run", "--from", path],
    )
}

fn summary(project: &Project) -> String {
    std::fs::read_to_string(project.path().join("summary.md")).unwrap_or_default()
}

#[test]
fn a_dry_run_prints_the_body_and_nothing_else_on_stdout() {
    let project = Project::with_budgets(BUDGETS).file("run.json", &red());
    let answer = dry(&project, "run.json").expect(0);
    let mut lines = answer.stdout.lines();
    assert_eq!(lines.next(), Some("<!-- tollgate:v1:key=default -->"));
    let a = "a".repeat(40);
    let data = format!("<!-- tollgate-data run=0 attempt=1 head={a} -->");
    assert_eq!(lines.next(), Some(data.as_str()));
    assert!(answer.stdout.contains("`s/slow`"), "{}", answer.stdout);
    assert!(
        answer.stderr.contains("this comment would be written\n"),
        "{}",
        answer.stderr
    );
    assert!(
        answer
            .stderr
            .contains("check run `tollgate` would say `failure`"),
        "{}",
        answer.stderr
    );
    assert_eq!(dry(&project, "run.json").stdout, answer.stdout);
}

#[test]
fn green_is_a_comment_only_in_place_of_an_earlier_one() {
    let project = Project::with_budgets(BUDGETS).file("run.json", &green());
    let answer = dry(&project, "run.json").expect(0);
    assert!(answer.stderr.contains("only in place of an earlier one"));
    assert!(answer.stderr.contains("would say `success`"));
}

#[test]
fn settings_come_from_the_file_and_the_command_line_comes_first() {
    let budgets = format!("[github]\ncomment = \"always\"\nkey = \"parser\"\n{BUDGETS}");
    let project = Project::with_budgets(&budgets).file("run.json", &green());
    let answer = dry(&project, "run.json").expect(0);
    assert!(
        answer
            .stdout
            .starts_with("<!-- tollgate:v1:key=parser -->\n")
    );
    assert!(answer.stderr.contains("this comment would be written\n"));
    assert!(answer.stderr.contains("check run `tollgate (parser)`"));
    let arguments = [
        "--dry-run",
        "--from",
        "run.json",
        "--key",
        "other",
        "--when",
        "never",
    ];
    let answer = Answer::of(outside(&project, &arguments).output().unwrap()).expect(0);
    assert!(
        answer
            .stdout
            .starts_with("<!-- tollgate:v1:key=other -->\n")
    );
    assert!(answer.stderr.contains("the settings say `never`"));
    let wrong = ["--dry-run", "--key", "-->"];
    Answer::of(outside(&project, &wrong).output().unwrap()).expect(2);
}

#[test]
fn outside_of_github_actions_there_is_nobody_to_tell() {
    let project = Project::with_budgets(BUDGETS).file("run.json", &red());
    let answer = Answer::of(outside(&project, &["--from", "run.json"]).output().unwrap());
    answer.expect(2).says("--dry-run");
}

#[test]
fn the_newest_run_is_the_default_and_what_is_not_there_is_said() {
    let project = Project::with_budgets(BUDGETS);
    let nothing = Answer::of(outside(&project, &["--dry-run"]).output().unwrap());
    nothing.expect(2).says("`tollgate check` records a run");
    project.write("target/tollgate/run.json", &red());
    Answer::of(outside(&project, &["--dry-run"]).output().unwrap()).expect(0);
    let directory = dry(&project, "target/tollgate");
    assert!(directory.expect(0).stdout.contains("`s/slow`"));
    project.write("target/tollgate/other.json", "{}");
    dry(&project, "target/tollgate")
        .expect(2)
        .says("there are 2 runs");
    project.write("empty/file.txt", "");
    dry(&project, "empty").expect(2).says("neither a run.json");
}

#[test]
fn a_foreign_run_speaks_with_the_words_of_the_event() {
    let project = Project::with_budgets(BUDGETS).file("run.json", &red());
    let answer = foreign(&project, "run.json").expect(0);
    let data = format!("<!-- tollgate-data run=70 attempt=2 head={HEAD} -->");
    assert_eq!(answer.stdout.lines().nth(1), Some(data.as_str()));
    assert!(answer.stderr.contains("would say `failure`"));
    // Nothing is written either.
    assert_eq!(summary(&project), "");
}

#[test]
fn where_a_run_says_that_it_belongs_changes_nothing() {
    let other = recorded()
        .header(
            "candidate",
            json!({"commit": "e".repeat(40), "dirty": false}),
        )
        .header(
            "tool",
            json!("pr=1 repo=EVIL/REPO run=9999999 <!-- tollgate:v1:key=x -->"),
        )
        .pairs("slow", &noisy(40, 1.5, 0.01))
        .text();
    let project = Project::with_budgets(BUDGETS).file("run.json", &other);
    let answer = foreign(&project, "run.json").expect(0);
    let data = format!("<!-- tollgate-data run=70 attempt=2 head={HEAD} -->");
    assert_eq!(answer.stdout.lines().nth(1), Some(data.as_str()));
    assert!(!answer.stdout.contains("EVIL"));
    assert_eq!(answer.stdout.matches("<!-- tollgate:v1:key=").count(), 1);
    // Fields for it are none of the format.
    for field in ["pull_request", "repository", "sha"] {
        let claimed = recorded().header(field, json!(1)).text();
        project.write("run.json", &claimed);
        foreign(&project, "run.json").expect(2);
    }
}

#[test]
fn other_workflows_and_events_are_told_nobody() {
    let project = Project::with_budgets(BUDGETS).file("run.json", &red());
    let tell = |event: &Value| {
        in_actions(&project, "workflow_run", event, &["--from", "run.json"]).expect(0)
    };
    let mut evil = workflow_run("pull_request", 200);
    evil["workflow_run"]["path"] = json!(".github/workflows/evil.yml");
    let mut elsewhere = workflow_run("pull_request", 200);
    elsewhere["workflow_run"]["repository"]["id"] = json!(200);
    for event in [evil, elsewhere, workflow_run("push", 100)] {
        let answer = tell(&event).says("nothing is posted");
        assert_eq!(answer.stdout, "");
        assert_eq!(summary(&project), "");
    }
    for name in ["push", "schedule", "workflow_dispatch", "issues"] {
        let (before, after) = ("d".repeat(40), "e".repeat(40));
        let event = json!({"repository": {"id": 100}, "before": before, "after": after});
        in_actions(&project, name, &event, &["--from", "run.json"])
            .expect(0)
            .says("nothing is posted");
    }
}

#[test]
fn without_a_token_the_summary_is_written_and_the_command_succeeds() {
    let project = Project::with_budgets(BUDGETS).file("run.json", &red());
    let answer = in_actions(
        &project,
        "pull_request",
        &pull_request(100),
        &["--from", "run.json"],
    )
    .expect(0);
    assert!(summary(&project).contains("`s/slow`"));
    assert!(
        answer.stdout.starts_with("::warning title=tollgate::"),
        "{}",
        answer.stdout
    );
}

#[test]
fn a_run_in_a_fork_can_only_write_the_summary() {
    let project = Project::with_budgets(BUDGETS).file("run.json", &red());
    in_actions(
        &project,
        "pull_request",
        &pull_request(200),
        &["--from", "run.json"],
    )
    .expect(0)
    .says("comes from a fork");
    assert!(summary(&project).contains("`s/slow`"));
}

#[test]
fn budgets_of_a_foreign_run_bind_nobody_and_are_told() {
    let loose = format!("version = 1\n{}", BUDGETS.replace("5%", "90%"));
    let run = recorded()
        .header("budgets", json!({"file": "x", "text": loose}))
        .pairs("slow", &noisy(40, 1.5, 0.01))
        .text();
    let project = Project::with_budgets(BUDGETS).file("run.json", &run);
    let answer = foreign(&project, "run.json").expect(0);
    assert!(answer.stderr.contains("would say `failure`"));
    assert!(
        answer.stdout.contains("slower 5.0% -> 90.0%"),
        "{}",
        answer.stdout
    );
    // The checkout's own run is judged by what it was measured with.
    assert!(
        dry(&project, "run.json")
            .stderr
            .contains("would say `success`")
    );
}

/// Names as an attacker would choose them.
const HOSTILE: [&str; 16] = [
    "`code` ``more`` ```",
    "a | b \\| c",
    "line\nbreak\r\n::error::injected",
    "::error file=x,line=1::injected",
    "<img src=https://evil.example/x.png onerror=alert(1)>",
    "</details><script>alert(1)</script>",
    "@octocat please #1 GH-1",
    "--> <!-- tollgate:v1:key=default -->",
    "[click](https://evil.example) ![x](https://evil.example/x.png)",
    "https://evil.example www.evil.example me@evil.example",
    "*bold* _em_ ~~gone~~ **x**",
    "\u{202e}txet desrever\u{2066}",
    "\u{200b}\u{feff}",
    "\u{1b}[31mred\u{7}",
    "${{ github.token }} $(id) `id`",
    "## heading\n- list\n\n| t |\n|---|",
];

#[test]
fn hostile_names_stay_names() {
    let mut run = recorded();
    for (i, name) in (0u32..).zip(HOSTILE) {
        let factor = if i % 2 == 0 { 1.5 } else { 1.0 };
        run = run.pairs(name, &noisy(40, factor, 0.01));
    }
    let run = run.failure(HOSTILE[2], "candidate", 3, HOSTILE[7]);
    let project = Project::with_budgets(BUDGETS).file("run.json", &run.text());
    let answer = foreign(&project, "run.json").expect(0);
    let body = &answer.stdout;
    assert!(body.starts_with("<!-- tollgate:v1:key=default -->\n"));
    let mut options = comrak::Options::default();
    options.extension.table = true;
    options.extension.autolink = true;
    options.extension.strikethrough = true;
    options.render.r#unsafe = true;
    let html = comrak::markdown_to_html(body, &options);
    // The only link is ours, to the run.
    let html = html.replace(
        "<a href=\"https://github.com/OWNER/REPO/actions/runs/70\">",
        "<run>",
    );
    for forbidden in ["<a ", "<img", "<script", "<del>", "<h2>heading", "<em>"] {
        assert!(!html.contains(forbidden), "{forbidden} in\n{html}\n{body}");
    }
    for text in [body, &answer.stderr] {
        let is_command = |line: &str| line.trim_start().starts_with("::");
        assert!(!text.lines().any(is_command), "{text}");
        for deceiving in [
            '\u{202e}', '\u{2066}', '\u{1b}', '\u{7}', '\u{200b}', '\u{feff}',
        ] {
            assert!(!text.contains(deceiving), "{deceiving:?} in {text}");
        }
    }
    assert_eq!(
        body.lines()
            .filter(|line| line.starts_with("<!-- tollgate:"))
            .count(),
        1
    );
}

#[test]
fn ten_thousand_benchmarks_fit_into_one_comment() {
    let names: Vec<String> = (0..10_000)
        .map(|i| format!("group {}/case {i}", i % 7))
        .collect();
    let benchmarks: Vec<Value> = names
        .iter()
        .map(|name| {
            let observations: Vec<Value> = noisy(8, 1.5, 0.01)
                .iter()
                .flat_map(|(base, candidate)| {
                    [
                        json!({"side": "base", "value": base}),
                        json!({"side": "candidate", "value": candidate}),
                    ]
                })
                .collect();
            json!({"suite": "s", "name": name, "series": [
                {"metric": "time", "unit": "ns", "better": "lower", "observations": observations}]})
        })
        .collect();
    let mut run: Value = serde_json::from_str(&recorded().text()).unwrap();
    run["benchmarks"] = json!(benchmarks);
    let project = Project::with_budgets(BUDGETS).file("run.json", &run.to_string());
    let answer = foreign(&project, "run.json").expect(0);
    assert!(answer.stdout.chars().count() <= 65_536);
    assert!(
        answer
            .stdout
            .starts_with("<!-- tollgate:v1:key=default -->\n")
    );
}

#[test]
fn numbers_that_are_none_are_refused_and_said_in_our_own_words() {
    let good = red();
    for (from, to) in [
        ("\"value\":", "\"value\":NaN,\"x\":"),
        ("\"value\":", "\"value\":Infinity,\"x\":"),
        ("\"value\":", "\"value\":1e999,\"x\":"),
        ("\"value\":", "\"value\":-"),
        ("\"value\":", "\"value\":\"<img src=x>\",\"x\":"),
        ("\"version\":1", "\"version\":99"),
        ("\"tollgate-run\"", "\"::error::@octocat\""),
    ] {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good, "{from}");
        let project = Project::with_budgets(BUDGETS).file("run.json", &text);
        let answer = foreign(&project, "run.json").expect(2);
        assert!(
            answer.stdout.contains("could not judge"),
            "{}",
            answer.stdout
        );
        for hostile in ["octocat", "<img", "NaN", "1e999"] {
            assert!(!answer.stdout.contains(hostile), "{}", answer.stdout);
        }
        assert!(
            !answer.stderr.lines().any(|line| line.starts_with("::")),
            "{}",
            answer.stderr
        );
        assert!(answer.stderr.contains("only in place of an earlier one"));
    }
}

#[test]
fn events_that_are_cut_or_foreign_are_errors() {
    let project = Project::with_budgets(BUDGETS).file("run.json", &red());
    for event in [
        json!({}),
        json!([]),
        json!({"repository": {"id": 100}, "workflow_run": {"id": "70"}}),
        {
            let mut event = workflow_run("pull_request", 200);
            event["workflow_run"]["head_sha"] = json!("main; id");
            event
        },
    ] {
        in_actions(&project, "workflow_run", &event, &["--from", "run.json"]).expect(2);
    }
}

#[cfg(not(feature = "github"))]
#[test]
fn without_the_feature_an_artifact_is_refused_with_the_next_step() {
    let project = Project::with_budgets(BUDGETS);
    std::fs::write(project.path().join("a.zip"), b"PK\x03\x04rest").unwrap();
    dry(&project, "a.zip")
        .expect(2)
        .says("without the feature `github`");
}
