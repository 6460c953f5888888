use crate::project::{Project, shell_suite};

const TRUE: &str = "true";

fn budget(text: &str) -> String {
    format!("[[budget]]\nbench = \"s/*\"\n{text}\n")
}

#[test]
fn a_command_within_its_ceiling_passes_and_the_run_is_recorded() {
    let project = Project::with_budgets(&format!(
        "{}{}",
        shell_suite("s", TRUE),
        budget("max = \"1 min\"")
    ));
    project
        .tollgate(&["check"])
        .expect(0)
        .says("PASS")
        .says("1 enforced");
    let run = std::fs::read(project.run_file()).unwrap();
    let run: serde_json::Value = serde_json::from_slice(&run).unwrap();
    assert_eq!(run["format"], "tollgate-run");
    let metrics: Vec<&str> = run["benchmarks"][0]["series"]
        .as_array()
        .unwrap()
        .iter()
        .map(|series| series["metric"].as_str().unwrap())
        .collect();
    assert_eq!(
        metrics,
        ["time", "user-time", "system-time", "cpu-time", "peak-rss"]
    );
    assert!(run["kernels"]["alu"].as_array().unwrap().len() >= 5);
    assert_eq!(run["header"]["partial"], false);
}

#[test]
fn a_broken_budget_is_exit_code_one_and_names_benchmark_and_limit() {
    Project::with_budgets(&format!(
        "{}{}",
        shell_suite("s", TRUE),
        budget("max = \"1 ns\"")
    ))
    .tollgate(&["check"])
    .expect(1)
    .says("s/run")
    .says("over-budget")
    .says("reproduce");
}

#[test]
fn a_misspelt_key_is_exit_code_two_with_place_and_suggestion() {
    Project::with_budgets(&format!(
        "{}{}",
        shell_suite("s", TRUE),
        budget("slwoer = \"3%\"")
    ))
    .tollgate(&["check"])
    .expect(2)
    .says("budgets.toml:")
    .says("slwoer")
    .says("slower");
}

#[test]
fn no_budgets_file_is_exit_code_two_and_says_what_makes_one() {
    Project::new()
        .tollgate(&["check"])
        .expect(2)
        .says("tollgate init");
}

#[test]
fn no_suite_is_nothing_enforced() {
    Project::with_budgets("")
        .tollgate(&["check"])
        .expect(4)
        .says("nothing was enforced");
}

#[test]
fn a_budget_that_matches_nothing_fails_closed() {
    Project::with_budgets(&format!(
        "{}{}[[budget]]\nbench = \"s/rnu\"\nmax = \"1 min\"\n",
        shell_suite("s", TRUE),
        budget("max = \"1 min\"")
    ))
    .tollgate(&["check"])
    .expect(4)
    .says("s/rnu")
    .says("s/run");
}

#[test]
fn a_command_that_fails_is_named_with_its_last_words() {
    Project::with_budgets(&format!(
        "{}{}",
        shell_suite("s", "echo broken pipe dream >&2; exit 3"),
        budget("max = \"1 min\"")
    ))
    .tollgate(&["check"])
    .expect(4)
    .says("s/run")
    .says("crashed")
    .says("broken pipe dream");
}

#[test]
fn a_command_that_hangs_is_killed_at_its_limit_and_named() {
    let suite = format!("{}timeout = \"100 ms\"\n", shell_suite("s", "sleep 1000"));
    Project::with_budgets(&format!("{suite}{}", budget("max = \"1 min\"")))
        .tollgate(&["check"])
        .expect(4)
        .says("time limit");
}

#[test]
fn a_program_that_does_not_exist_is_named() {
    Project::with_budgets(&format!(
        "[[suite]]\nname = \"s\"\ntool = \"command\"\ncommand = [\"no-such-program\"]\n{}",
        budget("max = \"1 min\"")
    ))
    .tollgate(&["check"])
    .expect(4)
    .says("no-such-program");
}

#[test]
fn machine_output_is_alone_on_stdout_and_people_are_served_on_stderr() {
    let project = Project::with_budgets(&format!(
        "{}{}",
        shell_suite("s", TRUE),
        budget("max = \"1 min\"")
    ));
    let answer = project.tollgate(&["check", "--format", "json"]).expect(0);
    let report: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!(report["format"], "tollgate-report");
    assert_eq!(report["version"], 1);
    assert!(answer.stderr.contains("PASS"));
}

#[test]
fn pipes_and_no_color_get_no_escape_codes_and_always_does() {
    let project = Project::with_budgets(&format!(
        "{}{}",
        shell_suite("s", TRUE),
        budget("max = \"1 ns\"")
    ));
    let answer = project.tollgate(&["check"]).expect(1);
    assert!(!answer.all().contains('\u{1b}'), "{}", answer.all());
    let answer = project.tollgate(&["check", "--color", "always"]).expect(1);
    assert!(answer.stdout.contains('\u{1b}'));
}

#[test]
fn only_measures_what_was_asked_for() {
    let project = Project::with_budgets(&format!(
        "{}{}[[budget]]\nbench = \"*\"\nmax = \"1 min\"\n",
        shell_suite("a", TRUE),
        shell_suite("b", "exit 1")
    ));
    project.tollgate(&["check"]).expect(4);
    project
        .tollgate(&["check", "--only", "a/*"])
        .expect(0)
        .says("1 enforced");
}

#[test]
fn the_list_is_what_would_be_measured() {
    let project = Project::with_budgets(&format!(
        "{}{}",
        shell_suite("a", TRUE),
        shell_suite("b", TRUE)
    ));
    assert_eq!(
        project.tollgate(&["check", "--list"]).expect(0).stdout,
        "a/run\nb/run\n"
    );
    let only = ["check", "--list", "--only", "*b/r*"];
    assert_eq!(project.tollgate(&only).expect(0).stdout, "b/run\n");
}

#[test]
fn the_list_and_the_run_are_narrowed_alike() {
    let project = Project::with_budgets(&format!(
        "{}{}[[budget]]\nbench = \"*\"\nmax = \"1 min\"\n",
        shell_suite("a", TRUE),
        shell_suite("ab", TRUE).replace("warm-up", "benchmark = \"other\"\nwarm-up")
    ));
    for (glob, names) in [("a*/run", "a/run\n"), ("*/oth*", "ab/other\n")] {
        let list = ["check", "--list", "--only", glob];
        assert_eq!(project.tollgate(&list).expect(0).stdout, names);
    }
    project.tollgate(&["check"]).expect(0).says("2 enforced");
    let before = std::fs::read(project.run_file()).unwrap();
    project
        .tollgate(&["check", "--only", "a/rnu"])
        .expect(2)
        .says("no benchmark matches a/rnu");
    assert_eq!(std::fs::read(project.run_file()).unwrap(), before);
}

#[test]
fn the_command_line_decides_how_often_whatever_the_suite_says() {
    let project = Project::with_budgets(&format!(
        "{}{}",
        shell_suite("s", "echo >> times"),
        budget("max = \"1 min\"")
    ));
    project.tollgate(&["check", "--invocations", "7"]).expect(0);
    let times = std::fs::read_to_string(project.path().join("times")).unwrap();
    assert_eq!(times.lines().count(), 7);
}

#[test]
fn a_reader_that_goes_away_does_not_turn_red_into_green() {
    let project = Project::with_budgets(&format!(
        "{}{}",
        shell_suite("s", TRUE),
        budget("max = \"1 ns\"")
    ));
    for arguments in [&["check"][..], &["report"], &["report", "--format", "json"]] {
        let mut child = project
            .command(arguments)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), Some(1), "{arguments:?}");
    }
    let mut help = project.command(&["--help"]);
    let mut child = help.stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_run_that_cannot_be_kept_is_shown_and_is_no_answer() {
    // Where the run is to go is a file by the time that it is written.
    let project = Project::with_budgets(&format!(
        "{}{}",
        shell_suite("s", ": > out"),
        budget("max = \"1 ns\"")
    ));
    let answer = project
        .tollgate(&["check", "--run", "out/run.json"])
        .expect(2)
        .says("over-budget")
        .says("failed to write out/run.json");
    assert!(!answer.all().contains("every observation"));
}

#[cfg(unix)]
#[test]
fn the_recorded_run_is_as_readable_as_any_new_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let project = Project::with_budgets(&format!(
        "{}{}",
        shell_suite("s", TRUE),
        budget("max = \"1 min\"")
    ));
    project.tollgate(&["check"]).expect(0);
    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(
        mode(project.run_file()),
        mode(project.path().join("budgets.toml"))
    );
}

#[test]
fn the_seed_gives_the_order() {
    let project = Project::with_budgets(&format!(
        "{}{}{}[[budget]]\nbench = \"*\"\nmax = \"1 min\"\n",
        shell_suite("a", "echo a >> order"),
        shell_suite("b", "echo b >> order"),
        shell_suite("c", "echo c >> order")
    ));
    let order = |seed: &str| {
        let _absent = std::fs::remove_file(project.path().join("order"));
        project.tollgate(&["check", "--seed", seed]).expect(0);
        std::fs::read_to_string(project.path().join("order")).unwrap()
    };
    assert_eq!(order("1"), order("1"));
    assert_ne!(order("1"), order("2"));
}

#[test]
fn the_environment_of_a_child_is_the_users() {
    // Not a shell, no globbing, no words split: arguments arrive as written.
    let project = Project::with_budgets(
        "[[suite]]\nname = \"s\"\ntool = \"command\"\ncommand = [\"sh\", \"-c\", 'test \"$0\" = \"a  \\$HOME *\"', 'a  $HOME *']\nwarm-up = 0\ninvocations = 5\n[[budget]]\nbench = \"*\"\nmax = \"1 min\"\n",
    );
    project.tollgate(&["check"]).expect(0);
}

#[test]
fn peak_memory_is_that_of_each_command_alone() {
    let project = Project::with_budgets(&format!(
        "{}{}[[budget]]\nbench = \"small/*\"\nmetric = \"peak-rss\"\nmax = \"40 MiB\"\n\
         [[budget]]\nbench = \"large/*\"\nmetric = \"peak-rss\"\nmin = \"45 MiB\"\nmax = \"200 MiB\"\n",
        shell_suite("small", "exit 0"),
        shell_suite(
            "large",
            "head -c 60000000 /dev/zero | tail -c 50000000 >/dev/null"
        )
    ));
    project.tollgate(&["check"]).expect(0).says("3 enforced");
}

/// A project with one command within its ceiling.
fn passing() -> Project {
    Project::with_budgets(&format!(
        "{}{}",
        shell_suite("s", TRUE),
        budget("max = \"1 min\"")
    ))
}

#[test]
fn a_failed_check_leaves_no_run_that_could_be_taken_for_its_own() {
    let project = passing();
    project.tollgate(&["check"]).expect(0);
    let measured = std::fs::read(project.run_file()).unwrap();
    project.write("baselines/x.json", "{");
    project.tollgate(&["check"]).expect(2);
    std::fs::remove_dir_all(project.path().join("baselines")).unwrap();
    for arguments in [&["report"][..], &["baseline", "accept", "--reason", "r"]] {
        project
            .tollgate(arguments)
            .expect(2)
            .says("tollgate check")
            .says("run.previous.json");
    }
    let previous = project.run_file().with_file_name("run.previous.json");
    assert_eq!(std::fs::read(&previous).unwrap(), measured);
    let previous = previous.to_str().unwrap();
    project.tollgate(&["report", previous]).expect(0);
    // Looking is not checking.
    project.tollgate(&["check"]).expect(0);
    project.tollgate(&["check", "--list"]).expect(0);
    project.tollgate(&["report"]).expect(0);
}

#[test]
fn runs_are_as_readable_as_any_file() {
    use std::os::unix::fs::PermissionsExt;
    let project = passing();
    project.tollgate(&["check"]).expect(0);
    project.write("plain", "");
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(
        mode(&project.run_file()),
        mode(&project.path().join("plain"))
    );
}

#[test]
fn a_device_is_not_replaced_by_a_run() {
    let project = passing();
    let pipe = project.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    project
        .tollgate(&["check", "--run", "pipe"])
        .expect(2)
        .says("not a regular file");
    assert!(!std::fs::metadata(&pipe).unwrap().is_file());
}

#[test]
fn check_report_and_accept_agree_on_where_the_run_is() {
    // Cargo's own ways to move the target directory count where there is a cargo project, and only there.
    for cargo in [false, true] {
        let project = passing();
        if cargo {
            project.write(
                "Cargo.toml",
                "[package]\nname = \"a\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[workspace]\n",
            );
            project.write("src/lib.rs", "");
            project.write(".cargo/config.toml", "[build]\ntarget-dir = \"built\"\n");
        }
        let tollgate = |arguments: &[&str], variable: Option<&str>| {
            let mut command = project.command(arguments);
            command.envs(variable.map(|value| ("CARGO_TARGET_DIR", value)));
            crate::project::Answer::of(command.output().unwrap())
        };
        for (variable, directory) in [(None, "built"), (Some("elsewhere"), "elsewhere")] {
            let directory = if cargo { directory } else { "target" };
            tollgate(&["check"], variable).expect(0);
            let run = project.path().join(directory).join("tollgate/run.json");
            assert!(run.exists(), "{}", run.display());
            tollgate(&["report"], variable).expect(0);
            let accept = ["baseline", "accept", "--reason", "r", "--author", "A"];
            tollgate(&accept, variable).expect(0);
        }
    }
}

#[test]
fn only_does_not_change_the_machine_class() {
    let project = passing();
    project.write(
        "Cargo.toml",
        "[package]\nname = \"a\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[workspace]\n[features]\nx = []\n\
         [[bench]]\nname = \"b\"\nharness = false\n",
    );
    project.write("src/lib.rs", "");
    project.write("benches/b.rs", "fn main() {}");
    project.write(
        "budgets.toml",
        &format!(
            "version = 1\n{}[[suite]]\nname = \"b\"\ntool = \"divan\"\nbench = \"b\"\nfeatures = [\"x\"]\n",
            shell_suite("s", TRUE)
        ),
    );
    let toolchain = |arguments: &[&str]| {
        project.tollgate(arguments);
        let run = std::fs::read(project.run_file()).unwrap();
        let run: serde_json::Value = serde_json::from_slice(&run).unwrap();
        run["environment"]["toolchain"].clone()
    };
    let of_all = toolchain(&["check"]);
    assert_eq!(of_all["features"][0], "x");
    assert_eq!(of_all, toolchain(&["check", "--only", "s/*"]));
}

#[test]
fn git_that_fails_is_said_and_does_not_stop_the_gate() {
    use std::os::unix::fs::PermissionsExt;
    let project = passing().file(
        "bin/git",
        "#!/bin/sh\nprintf 'fatal: detected dubious ownership\\n::error::x\\n' >&2\nexit 128\n",
    );
    let git = project.path().join("bin/git");
    std::fs::set_permissions(&git, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!(
        "{}:{}",
        git.parent().unwrap().display(),
        std::env::var("PATH").unwrap()
    );
    let output = project
        .command(&["check"])
        .env("PATH", path)
        .output()
        .unwrap();
    let answer = crate::project::Answer::of(output)
        .expect(0)
        .says("dubious ownership");
    assert!(
        !answer
            .stderr
            .lines()
            .any(|line| line.trim_start().starts_with("::"))
    );
    let run: serde_json::Value =
        serde_json::from_slice(&std::fs::read(project.run_file()).unwrap()).unwrap();
    assert_eq!(run["header"]["candidate"]["commit"], "");
}

#[test]
fn the_revision_is_that_of_before_measuring() {
    let project = Project::with_budgets(&format!(
        "{}{}",
        shell_suite("s", "touch made"),
        budget("max = \"1 min\"")
    ));
    for arguments in [
        &["init", "-q"][..],
        &["add", "."],
        &[
            "-c",
            "user.name=T",
            "-c",
            "user.email=t@example.com",
            "commit",
            "-q",
            "-m",
            "one",
        ],
    ] {
        let mut git = std::process::Command::new("git");
        assert!(
            git.args(arguments)
                .current_dir(project.path())
                .status()
                .unwrap()
                .success()
        );
    }
    project.tollgate(&["check"]).expect(0);
    let run: serde_json::Value =
        serde_json::from_slice(&std::fs::read(project.run_file()).unwrap()).unwrap();
    assert!(project.path().join("made").exists());
    assert_eq!(run["header"]["candidate"]["dirty"], false);
}
