//! `tollgate watch` with real processes.

use crate::project::{Answer, Project};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Looks twenty times as often as a user would, so that a test is over soon.
const QUICK: [&str; 4] = ["--every", "50 ms", "--for", "500 ms"];

fn watch(project: &Project, options: &[&str], script: &str) -> Answer {
    let command = ["--cmd", "--", "sh", "-c", script];
    let arguments = [&["watch"][..], &QUICK, options, &command].concat();
    project.tollgate(&arguments)
}

/// No process works in the project's directory any more.
fn nothing_is_left(project: &Project) {
    let place = project.path().canonicalize().unwrap();
    for entry in std::fs::read_dir("/proc").unwrap() {
        let cwd = std::fs::read_link(entry.unwrap().path().join("cwd"));
        assert!(!cwd.is_ok_and(|cwd| cwd == place), "a process is left");
    }
}

#[test]
fn a_command_is_watched_and_ended_with_all_that_it_started() {
    let project = Project::new();
    let answer = watch(&project, &[], "setsid sleep 600 & sleep 600 & sleep 600").expect(0);
    for said in [
        "watched `sh` for",
        "  CPU ",
        "  RSS ",
        "  PSS ",
        "  threads ",
        "  storage ",
        "  lag ",
        "  watching ",
    ] {
        assert!(answer.stdout.contains(said), "{said}: {}", answer.stdout);
    }
    assert!(answer.stdout.contains("4 at most"), "{}", answer.stdout);
    nothing_is_left(&project);
}

#[test]
fn a_process_of_somebody_else_is_watched_and_left_alone() {
    let project = Project::new();
    let mut child = Command::new("sleep").arg("600").spawn().unwrap();
    let pid = child.id().to_string();
    let answer = project.tollgate(&[&["watch", "--pid", &pid][..], &QUICK].concat());
    assert!(
        answer
            .expect(0)
            .stdout
            .contains(&format!("watched process {pid} for"))
    );
    assert_eq!(child.try_wait().unwrap(), None, "it was ended");
    child.kill().unwrap();
    child.wait().unwrap();
    // Now there is none: an error, not a verdict.
    let gone = project.tollgate(&[&["watch", "--pid", &pid][..], &QUICK].concat());
    gone.expect(2).says("there is no process");
}

#[test]
fn a_broken_limit_is_named_with_its_value_and_leaves_a_snapshot() {
    let project = Project::new();
    let answer = watch(
        &project,
        &["--max-rss", "1 kB", "--max-cpu", "1000%"],
        "exec sleep 600",
    );
    let answer = answer
        .expect(1)
        .says("broken   peak RSS: ")
        .says("more than");
    assert!(
        answer.stdout.contains("ok       mean CPU: "),
        "{}",
        answer.stdout
    );
    let text = std::fs::read(project.path().join("tollgate-watch.json")).unwrap();
    let snapshot: serde_json::Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(snapshot["format"], "tollgate-watch-snapshot");
    assert_eq!(snapshot["broken"][0]["what"], "peak-rss");
    assert_eq!(snapshot["broken"][0]["limit"], 1000.0);
    // At the first look that broke it.
    assert_eq!(snapshot["looks"].as_array().unwrap().len(), 1);
    assert!(snapshot["looks"][0]["rss_bytes"].as_f64().unwrap() > 1000.0);
}

#[test]
fn limits_that_hold_leave_no_snapshot() {
    let project = Project::new();
    watch(
        &project,
        &["--max-rss", "1 TiB", "--max-cpu", "1000%"],
        "exec sleep 600",
    )
    .expect(0);
    assert!(!project.path().join("tollgate-watch.json").exists());
}

#[test]
fn a_leak_that_cannot_be_told_from_so_little_is_no_pass() {
    let answer = watch(
        &Project::new(),
        &["--max-leak", "1 MiB/min"],
        "exec sleep 600",
    );
    answer.expect(4).says("unknown  leak: ");
}

#[test]
fn a_command_that_fails_is_told_and_is_no_verdict() {
    let project = Project::new();
    watch(&project, &[], "sleep 0.2; exit 3")
        .expect(2)
        .says("exit status 3");
    watch(&project, &["--ignore-status"], "sleep 0.2; exit 3")
        .expect(0)
        .says("exit status 3");
    watch(&project, &[], "sleep 0.2")
        .expect(0)
        .says("until it ended");
    let missing = project.tollgate(&["watch", "--cmd", "--", "no-such-program"]);
    missing.expect(2).says("no such program in PATH");
}

#[test]
fn what_cannot_be_understood_is_a_usage_error() {
    let project = Project::new();
    for arguments in [
        &["watch"][..],
        &["watch", "--pid", "0x1"],
        &["watch", "--cmd"],
        &["watch", "--pid", "1", "--cmd", "--", "true"],
        &["watch", "--pid", "1", "--every", "1 ms"],
        &["watch", "--pid", "1", "--for", "0 s"],
        &["watch", "--pid", "1", "--max-rss", "1"],
        &["watch", "--pid", "1", "--max-leak", "1 MiB"],
        &["watch", "--pid", "1", "--max-cpu", "0.5"],
        &["watch", "--pid", "1", "true"],
    ] {
        let answer = project.tollgate(arguments).expect(2);
        assert!(answer.stdout.is_empty(), "{arguments:?}: {}", answer.stdout);
    }
}

#[test]
fn ctrl_c_ends_the_command_and_still_gives_the_summary() {
    let project = Project::new();
    let mut child = project
        .command(&[
            "watch",
            "--csv",
            "seen.csv",
            "--cmd",
            "--",
            "sh",
            "-c",
            "echo started; exec sleep 600",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert_eq!(line, "started\n");
    // The first look is made before the first wait.
    std::thread::sleep(Duration::from_millis(300));
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    let rest: Vec<String> = out.lines().map(Result::unwrap).collect();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest:?}");
    assert!(rest[0].contains("ended by Ctrl-C"), "{rest:?}");
    assert!(project.path().join("seen.csv").exists());
    nothing_is_left(&project);
}

#[test]
fn what_was_seen_is_written_as_csv() {
    let project = Project::new();
    watch(&project, &["--csv", "seen.csv"], "exec sleep 600").expect(0);
    let text = std::fs::read_to_string(project.path().join("seen.csv")).unwrap();
    let mut lines = text.lines();
    let names: Vec<_> = lines.next().unwrap().split(',').collect();
    assert_eq!(
        names[..4],
        ["at_seconds", "processes", "cpu_seconds", "rss_bytes"]
    );
    let rows: Vec<Vec<_>> = lines.map(|line| line.split(',').collect()).collect();
    // Ten are due; on a busy machine some may be missed.
    assert!(rows.len() >= 2, "{text}");
    assert!(rows.iter().all(|row| row.len() == names.len()), "{text}");
    assert!(
        rows.iter().all(|row| row[3].parse::<f64>().unwrap() > 0.0),
        "{text}"
    );
    // A file that cannot be written is an error.
    let nowhere = watch(&project, &["--csv", "no/such/seen.csv"], "exec sleep 600");
    nowhere.expect(2).says("failed to write no/such/seen.csv");
}

#[test]
fn the_limit_of_itself_holds() {
    // Less than 50 MB, told by itself; its CPU share is a matter of the machine and is only told.
    let answer = watch(&Project::new(), &[], "exec sleep 600").expect(0);
    let own = answer
        .stdout
        .lines()
        .find(|line| line.contains("watching"))
        .unwrap();
    let memory = own.rsplit(" and ").next().unwrap();
    let mebibytes: f64 = memory.strip_suffix(" MiB itself").unwrap().parse().unwrap();
    assert!(mebibytes < 50.0, "{own}");
}

#[test]
fn another_parser_reads_the_metrics() {
    let Some(python) = python() else {
        return;
    };
    let project = Project::new();
    watch(&project, &["--openmetrics", "seen.txt"], "exec sleep 600").expect(0);
    let script = "\
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
for family in parse(open('seen.txt').read()):
    for sample in family.samples:
        print(family.type, family.unit or '-', sample.name, sample.labels['name'], sample.value, float(sample.timestamp))
";
    let read = Command::new(python)
        .args(["-c", script])
        .current_dir(project.path())
        .output()
        .unwrap();
    let text = String::from_utf8(read.stdout).unwrap();
    assert!(
        read.status.success(),
        "{}",
        String::from_utf8_lossy(&read.stderr)
    );
    for begin in [
        "counter seconds tollgate_watch_cpu_seconds_total `sh` ",
        "gauge bytes tollgate_watch_resident_memory_bytes `sh` ",
        "gauge - tollgate_watch_threads `sh` 1 ",
    ] {
        assert!(
            text.lines().filter(|line| line.starts_with(begin)).count() >= 2,
            "{begin}: {text}"
        );
    }
}

/// Python with an OpenMetrics parser that is not ours.
fn python() -> Option<PathBuf> {
    let tools = std::env::var_os("TOLLGATE_GITHUB_TOOLS").filter(|path| !path.is_empty());
    let tools = tools.map_or_else(|| PathBuf::from("target/github-tools"), PathBuf::from);
    let python = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(tools)
        .join("python/bin/python");
    let has = Command::new(&python)
        .args(["-c", "import prometheus_client.openmetrics.parser"])
        .output();
    if has.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    let required = std::env::var_os("TOLLGATE_REQUIRE_TOOLS").is_some_and(|value| value == "1");
    let problem = format!("{} has no prometheus_client", python.display());
    assert!(!required, "{problem}: run .ci/github/install");
    // Not by a macro: what those print is shown only when a test fails.
    let mut shown = std::io::stderr();
    writeln!(
        shown,
        "SKIPPED: metrics were not read by another parser: {problem}; run .ci/github/install"
    )
    .unwrap();
    None
}

#[test]
fn it_ends_when_its_time_is_over() {
    // Not before; how long after is a matter of the machine.
    let start = Instant::now();
    watch(&Project::new(), &[], "exec sleep 600").expect(0);
    assert!(start.elapsed() >= Duration::from_millis(500));
}
