//! What the job is told beside its log.

use super::hub::{BUDGETS, Hub, Told, push, synchronize};
use crate::project::Project;

/// A pull request that takes four times as long.
fn slower() -> (Hub, Project, serde_json::Value) {
    let hub = Hub::new();
    hub.git(&["checkout", "-q", "-b", "changes"]);
    let head = hub.commit(
        "work.sh",
        "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done\n",
    );
    let pull = hub.merge(&head);
    let project = hub.checkout(&pull.merge, 2);
    let event = synchronize(&head, &head);
    (hub, project, event)
}

fn red(hub: &Hub, project: &Project, event: &serde_json::Value) -> Told {
    let told = hub.told(hub.command_of(project, "pull_request", event, "12"));
    assert_eq!(told.answer.code, 1, "{}", told.answer.all());
    told
}

#[test]
fn a_regression_is_in_the_summary_the_annotations_and_the_outputs() {
    let (hub, project, event) = slower();
    std::fs::write(hub.aside("summary.md"), "Another step.\n").unwrap();
    std::fs::write(hub.aside("output"), "other=1").unwrap();
    let told = red(&hub, &project, &event);
    assert!(
        told.summary.starts_with("Another step.\n"),
        "{}",
        told.summary
    );
    assert!(
        told.summary.contains("`work/run`") && told.summary.contains("FAIL"),
        "{}",
        told.summary
    );
    assert_eq!(
        told.outputs,
        "other=1\nverdict=fail\nexit-code=1\nbroken=1\nunresolved=0\nmissing=0\n"
    );
    let commands: Vec<&str> = told
        .answer
        .stderr
        .lines()
        .filter(|line| line.starts_with("::"))
        .collect();
    let [answer, place] = commands[..] else {
        panic!("{commands:?}");
    };
    assert!(
        answer.starts_with("::error title=tollgate::FAIL: 1 check broken"),
        "{answer}"
    );
    let expected =
        "::error file=budgets.toml,line=10,title=regressed%3A work/run::work/run: regressed, ×";
    assert!(place.starts_with(expected), "{place}");
    assert!(
        !told
            .answer
            .stdout
            .lines()
            .any(|line| line.starts_with("::"))
    );
}

#[test]
fn what_cannot_be_written_is_a_warning_and_the_verdict_stands() {
    let (hub, project, event) = slower();
    std::fs::create_dir(hub.aside("summary.md")).unwrap();
    std::fs::create_dir(hub.aside("output")).unwrap();
    let told = red(&hub, &project, &event);
    for name in ["GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"] {
        let warning = format!("({name}): it is not a regular file; the verdict stands as it is");
        assert!(
            told.answer.stderr.contains(&warning),
            "{}",
            told.answer.stderr
        );
    }
}

#[test]
fn a_summary_never_grows_beyond_what_github_shows() {
    const LIMIT: usize = 1024 * 1024;
    let hub = Hub::new();
    let main = hub.git(&["rev-parse", "main"]);
    let project = hub.checkout(&main, 1);
    let with = |there: usize| {
        std::fs::write(hub.aside("summary.md"), "x".repeat(there)).unwrap();
        let told = hub.check(&project, "push", &push(None, Some(&main)));
        assert_ne!(told.answer.code, 2, "{}", told.answer.all());
        assert!(told.summary.len() <= LIMIT, "{}", told.summary.len());
        (told.summary[there..].to_owned(), told.answer.stderr)
    };
    let (added, _) = with(LIMIT - 200);
    assert!(
        added.starts_with("\n**tollgate: ") && added.contains("no room left"),
        "{added}"
    );
    let (added, said) = with(LIMIT);
    assert_eq!(added, "");
    assert!(
        said.contains("(GITHUB_STEP_SUMMARY): it has 1048576 bytes, and may have 1048576 at most"),
        "{said}"
    );
}

#[test]
fn a_mistake_in_budgets_toml_is_told_as_what_it_is() {
    let hub = Hub::with(&BUDGETS.replace("slower = \"50%\"", "slowed = \"```\\n::error::50%\""));
    let main = hub.git(&["rev-parse", "main"]);
    let project = hub.checkout(&main, 1);
    let told = hub.check(&project, "push", &push(None, Some(&main)));
    assert!(
        told.summary.contains("did you mean") || told.summary.contains("slowed"),
        "{}",
        told.summary
    );
    let annotated = told
        .answer
        .stderr
        .lines()
        .filter(|line| line.starts_with("::"));
    let annotated: Vec<&str> = annotated.collect();
    assert!(
        matches!(annotated[..], [one] if one.starts_with("::error title=tollgate could not judge::")),
        "{annotated:?}"
    );
    told.refused(&project, &["slowed"]);
}

#[test]
fn a_mistake_in_the_arguments_is_told_too() {
    let hub = Hub::new();
    let main = hub.git(&["rev-parse", "main"]);
    let project = hub.checkout(&main, 1);
    let mut command = hub.command(&project, "push", &push(None, Some(&main)));
    command.arg("--bsae=HEAD^1\n::error::x");
    let told = hub.told(command);
    let annotated = told
        .answer
        .stderr
        .lines()
        .filter(|line| line.trim_start().starts_with("::"));
    assert_eq!(annotated.count(), 1, "{}", told.answer.stderr);
    told.refused(&project, &["--bsae"]);
}

#[test]
fn an_old_run_is_never_left_in_the_place_of_one_that_was_not_made() {
    let hub = Hub::new();
    let main = hub.git(&["rev-parse", "main"]);
    let project = hub.checkout(&main, 0);
    let run = project.path().join("run.json");
    std::fs::write(&run, "committed by somebody").unwrap();
    let event = synchronize(&"e".repeat(40), &main);
    let mut command = hub.command(&project, "pull_request", &event);
    command.args(["--run", "run.json"]);
    hub.told(command).refused(&project, &["eeeeeeeeeeee"]);
    assert!(!run.exists());
    // Measured, though the verdict is none: the run is there.
    let mut command = hub.command(&project, "push", &push(None, Some(&main)));
    command.args(["--run", "run.json"]);
    let told = hub.told(command);
    assert_ne!(told.answer.code, 2);
    assert!(
        std::fs::read_to_string(&run)
            .unwrap()
            .contains("tollgate-run")
    );
}

#[test]
fn doctor_says_before_what_check_would_say() {
    let hub = Hub::new();
    let head = hub.branch("changes");
    let pull = hub.merge(&head);
    let doctor = |project: &Project, event: serde_json::Value| {
        let check = hub.command(project, "pull_request", &event);
        let mut command = project.command(&["doctor"]);
        command.envs(
            check
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        hub.told(command).answer.expect(0).stdout
    };
    let event = synchronize(&pull.head, &pull.base);
    let said = doctor(&hub.checkout(&pull.merge, 1), event.clone());
    assert!(
        said.contains("finds nothing to compare with in this job"),
        "{said}"
    );
    assert!(
        said.contains("set `fetch-depth: 2` for actions/checkout"),
        "{said}"
    );
    let said = doctor(&hub.checkout(&pull.merge, 2), event);
    assert!(
        !said.contains("compare with in this job") && !said.contains("cut off"),
        "{said}"
    );
    // Elsewhere it is only good to know.
    let said = hub
        .checkout(&pull.merge, 2)
        .tollgate(&["doctor"])
        .expect(0)
        .stdout;
    assert!(
        said.contains("history was cut off") && said.contains("git fetch --unshallow"),
        "{said}"
    );
}
