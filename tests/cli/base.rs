//! `check --base`: two revisions of a real git repository, built and measured in one job.

use crate::project::{Answer, Project};
use std::ops::Deref;
use std::process::Command;
use tempfile::TempDir;

/// A project under git, and a place for checkouts of it.
struct Repository {
    project: Project,
    cache: TempDir,
}

impl Deref for Repository {
    type Target = Project;
    fn deref(&self) -> &Project {
        &self.project
    }
}

/// A suite whose command is a script of the repository.
const BUDGETS: &str = r#"
[defaults]
tolerance = "10%"
time = "2 min"

[[suite]]
name = "work"
tool = "command"
command = ["sh", "work.sh"]

[[budget]]
bench = "work/run"
slower = "20%"
"#;

/// Counts, which takes a shell about a microsecond a step.
fn work(steps: u32) -> String {
    format!("i=0\nwhile [ $i -lt {steps} ]; do i=$((i+1)); done\n")
}

fn git(project: &Project, arguments: &[&str]) -> String {
    let who = ["-c", "user.name=T", "-c", "user.email=t@example.com"];
    let output = Command::new("git")
        .args(who)
        .args(arguments)
        .current_dir(project.path())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn commit(project: &Project, message: &str) {
    git(project, &["add", "-A"]);
    git(project, &["commit", "-q", "--allow-empty", "-m", message]);
}

/// A repository with one commit in which the work takes so many steps.
fn repository(steps: u32) -> Repository {
    let project = Project::with_budgets(BUDGETS)
        .file("work.sh", &work(steps))
        .file(".gitignore", "/target\n");
    git(&project, &["init", "-q", "-b", "main"]);
    commit(&project, "one");
    Repository {
        project,
        cache: tempfile::tempdir().unwrap(),
    }
}

fn check(project: &Repository, arguments: &[&str]) -> Answer {
    let mut command = project.command(&[]);
    command
        .env("TOLLGATE_CACHE", project.cache.path())
        .args(["check", "-q"])
        .args(arguments);
    Answer::of(command.output().unwrap())
}

#[test]
fn a_slower_candidate_is_red_and_says_how_to_see_it_again() {
    let project = repository(3000);
    project.write("work.sh", &work(9000));
    commit(&project, "two");
    let base = git(&project, &["rev-parse", "HEAD~1"]);
    let answer = check(&project, &["--base", "HEAD~1"])
        .expect(1)
        .says("regressed")
        .says(&format!("--base {}", &base[..12]));
    let run = std::fs::read_to_string(project.run_file()).unwrap();
    assert!(run.contains("\"side\":\"base\""), "{run}");
    assert!(answer.all().contains("work/run"));
}

#[test]
fn the_recorded_run_is_judged_alike_byte_for_byte_whatever_the_project_says_now() {
    let project = repository(3000);
    project.write("work.sh", &work(9000));
    project.write(
        "budgets.toml",
        &format!("version = 1\n{}", BUDGETS.replace("20%", "30%")),
    );
    commit(&project, "two");
    let measured = check(&project, &["--base", "HEAD~1", "--format", "json"]).expect(1);
    let again = |arguments: &[&str]| Answer::of(project.command(arguments).output().unwrap());
    let report = again(&["report", "--format", "json"]).expect(1);
    assert_eq!(report.stdout, measured.stdout);
    project.write("budgets.toml", "version = 1\n");
    let report = again(&["report", "--format", "json"]).expect(1);
    assert_eq!(report.stdout, measured.stdout);
    let run = project.run_file();
    let compared = again(&["compare", run.to_str().unwrap(), "--format", "json"]).expect(1);
    assert_eq!(compared.stdout, measured.stdout);
}

#[test]
fn commands_need_no_compiler() {
    let project = repository(2000);
    project.write("work.sh", &work(9000));
    commit(&project, "two");
    let mut command = project.command(&["check", "-q", "--base", "HEAD~1"]);
    command
        .env("TOLLGATE_CACHE", project.cache.path())
        .env("RUSTC", project.path().join("no-such-compiler"))
        .env("CARGO", project.path().join("no-such-cargo"));
    let answer = Answer::of(command.output().unwrap()).expect(1);
    answer.says("regressed").says("work/run");
}

#[test]
fn a_dirty_working_tree_is_a_candidate() {
    let project = repository(3000);
    project.write("work.sh", &work(9000));
    check(&project, &["--base", "HEAD"])
        .expect(1)
        .says("regressed");
}

#[test]
fn a_faster_candidate_is_improved_and_swapping_the_sides_flips_it() {
    let project = repository(9000);
    project.write("work.sh", &work(3000));
    commit(&project, "two");
    check(&project, &["--base", "HEAD~1"])
        .expect(0)
        .says("improved");
    git(&project, &["checkout", "-q", "HEAD~1"]);
    check(&project, &["--base", "main"])
        .expect(1)
        .says("regressed");
}

#[test]
fn a_candidate_that_fails_where_the_base_works_is_broken() {
    let project = repository(1000);
    project.write("work.sh", "echo it is broken >&2; exit 3\n");
    commit(&project, "two");
    check(&project, &["--base", "HEAD~1"])
        .expect(1)
        .says("failed")
        .says("it is broken");
}

#[test]
fn a_base_that_fails_cannot_be_compared_and_is_no_pass() {
    let project = repository(1000);
    project.write("work.sh", "exit 3\n");
    commit(&project, "broken");
    project.write("work.sh", &work(1000));
    commit(&project, "mended");
    let answer = check(&project, &["--base", "HEAD~1"]);
    assert_eq!(answer.code, 4, "{}", answer.all());
    assert!(answer.all().contains("the base fails"), "{}", answer.all());
}

#[test]
fn the_budgets_of_the_base_bind_and_a_change_of_them_is_shown() {
    let project = repository(3000);
    project.write("work.sh", &work(9000));
    project.write(
        "budgets.toml",
        &format!("version = 1\n{}", BUDGETS.replace("20%", "900%")),
    );
    commit(&project, "two");
    check(&project, &["--base", "HEAD~1"])
        .expect(1)
        .says("regressed")
        .says("1 loosened");
}

#[test]
fn a_rerun_is_judged_together_with_what_was_measured_before() {
    let project = repository(3000);
    project.write("work.sh", &work(9000));
    commit(&project, "two");
    check(&project, &["--base", "HEAD~1"]).expect(1);
    let answer = check(&project, &["--base", "HEAD~1"]).expect(1);
    assert!(answer.all().contains("attempt 2"), "{}", answer.all());
    let run = std::fs::read_to_string(project.run_file()).unwrap();
    assert!(run.contains("\"attempts\":["), "no attempts");
    // Another candidate begins afresh.
    project.write("work.sh", &work(9001));
    commit(&project, "three");
    let answer = check(&project, &["--base", "HEAD~2"]).expect(1);
    assert!(!answer.all().contains("attempt 2"), "{}", answer.all());
}

#[test]
fn a_reference_that_is_none_is_an_error_that_names_it() {
    let project = repository(100);
    check(&project, &["--base", "no-such-branch"])
        .expect(2)
        .says("no-such-branch");
    check(&project, &["--base", "--upload-pack=x"]).expect(2);
}

#[test]
fn the_merge_base_is_where_the_branch_left() {
    let project = repository(3000);
    git(&project, &["checkout", "-q", "-b", "topic"]);
    project.write("work.sh", &work(9000));
    commit(&project, "slow");
    git(&project, &["checkout", "-q", "main"]);
    project.write("work.sh", &work(20000));
    commit(&project, "main goes on, much slower");
    git(&project, &["checkout", "-q", "topic"]);
    check(&project, &["--base", "merge-base"])
        .expect(1)
        .says("regressed");
}

#[test]
fn nothing_of_the_repository_is_touched_and_the_cache_can_be_removed() {
    let project = repository(1000);
    commit(&project, "two");
    let before = git(&project, &["status", "--porcelain", "--ignored"]);
    check(&project, &["--base", "HEAD~1"]);
    let after = git(&project, &["status", "--porcelain", "--ignored"]);
    let new: Vec<&str> = after
        .lines()
        .filter(|line| !before.contains(line))
        .collect();
    assert!(new.iter().all(|line| *line == "!! target/"), "{new:?}");
    let mut clean = project.command(&[]);
    clean
        .env("TOLLGATE_CACHE", project.cache.path())
        .arg("clean");
    Answer::of(clean.output().unwrap()).expect(0);
    assert_eq!(git(&project, &["worktree", "list"]).lines().count(), 1);
}

#[test]
fn a_claim_of_low_cost_is_proven_or_refuted_and_can_be_asked_for_alone() {
    let claim = |name: &str, steps: u32| {
        format!(
            r#"
[[overhead]]
name = "{name}"
on = {{ bench = "loop/run", env = {{ STEPS = "{steps}" }} }}
off = {{ bench = "loop/run", env = {{ STEPS = "3000" }} }}
metric = "cpu-time"
max = {{ relative = "60%", absolute = "1 s" }}
"#
        )
    };
    let project = Project::with_budgets(&format!(
        r#"
[[suite]]
name = "loop"
tool = "command"
command = ["sh", "-c", "i=0; while [ $i -lt ${{STEPS:-1}} ]; do i=$((i+1)); done"]

[[budget]]
bench = "loop/run"
max = "10 s"
{}{}"#,
        claim("cheap", 3100),
        claim("dear", 12000)
    ));
    let tollgate = |arguments: &[&str]| Answer::of(project.command(arguments).output().unwrap());
    tollgate(&["check", "-q"])
        .expect(1)
        .says("VIOLATED")
        .says("overhead of dear");
    tollgate(&["check", "-q", "-v", "--only", "tollgate/overhead/cheap"])
        .expect(0)
        .says("PROVEN overhead");
}

#[test]
fn an_interrupted_job_goes_on_where_it_was() {
    let project = repository(3000);
    project.write("target/.keep", "");
    // The sixth process of the candidate waits for ever, until somebody lets it go.
    let hang = "n=$(cat target/n 2>/dev/null || echo 0); echo $((n + 1)) > target/n\n\
                if [ $n -ge 5 ] && [ ! -e target/go ]; then touch target/reached; sleep 1000; fi\n";
    project.write("work.sh", &format!("{hang}{}", work(9000)));
    commit(&project, "two");
    let mut child = project
        .command(&["check", "-q", "--base", "HEAD~1"])
        .env("TOLLGATE_CACHE", project.cache.path())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while !project.path().join("target/reached").exists() {
        std::thread::yield_now();
        assert!(
            child.try_wait().unwrap().is_none(),
            "ended before it was stopped"
        );
    }
    let interrupted = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(interrupted.success());
    assert_eq!(
        child.wait().unwrap().code(),
        Some(4),
        "cut short is no pass"
    );
    let rounds = |text: &str| text.matches("\"side\":\"candidate\"").count();
    let before = std::fs::read_to_string(project.run_file()).unwrap();
    assert!(before.contains("\"partial\":true"));
    project.write("target/go", "");
    check(&project, &["--base", "HEAD~1"])
        .expect(1)
        .says("going on with the run of")
        .says("regressed");
    let after = std::fs::read_to_string(project.run_file()).unwrap();
    assert!(after.contains("\"partial\":false"), "still partial");
    assert!(rounds(&before) > 0 && rounds(&after) > rounds(&before));
}

#[test]
fn slow_drift_is_judged_against_the_anchor_by_its_own_budget() {
    let project = repository(3000);
    git(&project, &["tag", "v1"]);
    project.write("work.sh", &work(9000));
    commit(&project, "two");
    check(&project, &["--base", "anchor"])
        .expect(2)
        .says("[anchor]");
    let anchored = |slower: &str| {
        let anchor = format!("version = 1\n[anchor]\nrevision = \"v1\"\nslower = \"{slower}\"\n");
        project.write("budgets.toml", &format!("{anchor}{BUDGETS}"));
    };
    anchored("20%");
    check(&project, &["--base", "anchor"])
        .expect(1)
        .says("regressed");
    // What a single commit may not do, all commits since the anchor may.
    anchored("900%");
    let answer = check(&project, &["--base", "anchor"]);
    assert_eq!(answer.code, 0, "{}", answer.all());
}

#[test]
fn a_waiver_of_the_base_excuses_what_it_names_and_is_shown() {
    let waiver = |until: &str| {
        format!(
            "version = 1\n{BUDGETS}\n[[waiver]]\nbench = \"work/run\"\nmetric = \"time\"\nslower = \"900%\"\nuntil = {until}\nreason = \"a correct answer takes longer\"\n"
        )
    };
    for (until, code) in [("2999-12-31", 0), ("2020-01-01", 1)] {
        let project = repository(3000);
        project.write("budgets.toml", &waiver(until));
        commit(&project, "waiver");
        project.write("work.sh", &work(9000));
        commit(&project, "slower");
        let answer = check(&project, &["--base", "HEAD~1"]);
        assert_eq!(answer.code, code, "{}", answer.all());
        let wanted = if code == 0 {
            "a correct answer takes longer"
        } else {
            "expired"
        };
        assert!(answer.all().contains(wanted), "{}", answer.all());
    }
}
