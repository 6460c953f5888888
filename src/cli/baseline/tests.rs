use super::*;
use crate::baseline::tests::run as run_of;
use crate::cli::Arguments;
use crate::diagnostic::Style;
use crate::measurement::{Observation, write_run};
use clap::Parser as _;

const BUDGETS: &str = "version = 1\n[[suite]]\nname = \"s\"\ntool = \"command\"\ncommand = [\"true\"]\n[[budget]]\nbench = \"s/*\"\nmetric = \"time\"\nmax = \"1 s\"\n";

struct Project(tempfile::TempDir);

impl Project {
    fn new() -> Self {
        let project = Self(tempfile::tempdir().expect("a directory"));
        std::fs::write(project.path("budgets.toml"), BUDGETS).expect("writes");
        project
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn record(&self, minute: u32, benchmarks: &[(&str, f64)]) {
        let mut run = run_of(minute, benchmarks);
        // As many invocations as an absolute limit needs to be decided.
        for record in &mut run.benchmarks {
            let observations = &mut record.series[0].observations;
            let last = observations[observations.len() - 1].clone();
            observations.extend((3..12).map(|invocation| Observation {
                invocation,
                ..last.clone()
            }));
        }
        let mut text = Vec::new();
        write_run(&run, &mut text).expect("writes");
        std::fs::write(self.path("run.json"), text).expect("writes");
    }

    /// Output, or the error as a person sees it.
    fn tollgate(&self, arguments: &[&str]) -> Result<String, String> {
        let arguments = ["tollgate", "baseline"].iter().chain(arguments);
        let arguments = Arguments::try_parse_from(arguments).map_err(|error| error.to_string())?;
        let crate::cli::Command::Baseline(args) = arguments.command else {
            panic!("another command");
        };
        let around = Surroundings {
            directory: self.0.path(),
            now: "2026-11-22T00:00:00Z".parse().expect("a time"),
            machine: &|| run_of(0, &[]).environment,
            user: None,
        };
        let text = |text: String| text.replace(&*self.0.path().to_string_lossy(), "PROJECT");
        execute(&args, &around)
            .map(text)
            .map_err(|error| text(error.render(Style::Plain)))
    }

    fn accept(&self, reason: &str) -> Result<String, String> {
        self.tollgate(&[
            "accept", "--run", "run.json", "--author", "Ada", "--reason", reason,
        ])
    }
}

#[test]
fn accept_list_and_show_read_like_this() {
    let project = Project::new();
    let mut seen = project.tollgate(&["list"]).expect("no baselines");
    project.record(
        10,
        &[("a|\n\u{1b}[31m", 1500.0), ("漢字", 2e9), ("gone", 1.0)],
    );
    seen += &project.accept("first").expect("accepted");
    project.record(20, &[("a|\n\u{1b}[31m", 1800.0), ("漢字", 2e9)]);
    seen += &project.accept("slower, for correctness").expect("accepted");
    seen += &project.accept("again").expect("nothing to do");
    seen += &project.tollgate(&["list"]).expect("lists");
    seen += &project.tollgate(&["show", "s"]).expect("shows");
    seen += &project
        .tollgate(&["show", "s/漢*", "--format", "json"])
        .expect("shows");
    seen += &project
        .tollgate(&["list", "--format", "json"])
        .expect("lists");
    insta::assert_snapshot!(seen);
}

#[test]
fn a_job_without_its_ledger_entry_is_named() {
    let project = Project::new();
    project.record(10, &[("a", 1.0)]);
    project.accept("first").expect("accepted");
    std::fs::remove_file(project.path("baselines/ledger.json")).expect("was there");
    let listed = project.tollgate(&["list"]).expect("lists");
    assert!(
        listed.contains("s: 1 of the jobs in s.test-1000-"),
        "{listed}"
    );
    project.accept("again").expect("completes");
    let listed = project.tollgate(&["list"]).expect("lists");
    assert!(!listed.contains("in the ledger"), "{listed}");
}

#[test]
fn the_ledger_keeps_what_the_gate_had_said() {
    let project = Project::new();
    project.record(10, &[("a", 2e9)]);
    let said = project
        .accept("the limit is wrong")
        .expect("a reason makes it acceptable");
    assert!(said.contains("(the gate had said: broken)"), "{said}");
    // Without budgets there is nothing to say.
    std::fs::remove_file(project.path("budgets.toml")).expect("was there");
    project.record(20, &[("a", 2e9)]);
    let arguments = [
        "accept",
        "--run",
        "run.json",
        "--author",
        "Ada",
        "--reason",
        "x",
        "--baselines",
        "baselines",
    ];
    let said = project.tollgate(&arguments).expect("accepted");
    assert!(said.contains("(the gate had said: not judged)"), "{said}");
}

#[test]
fn refusals_name_the_next_step_and_write_nothing() {
    let project = Project::new();
    let mut seen = String::new();
    let mut refused = |result: Result<String, String>| {
        seen += &result.expect_err("must be refused");
    };
    refused(project.accept("no run"));
    refused(
        project
            .tollgate(&["accept"])
            .map_err(|error| error.lines().take(2).collect::<Vec<_>>().join("\n") + "\n"),
    );
    std::fs::write(project.path("run.json"), "{\"results\":[]}").expect("writes");
    refused(project.accept("foreign"));
    project.record(10, &[("a", 1.0)]);
    refused(
        project
            .accept(" ")
            .map_err(|error| error.lines().take(1).collect::<String>() + "\n"),
    );
    refused(project.tollgate(&[
        "accept", "--run", "run.json", "--reason", "x", "--author", " ",
    ]));
    assert!(
        store::load_all(&project.path("baselines"))
            .expect("nothing")
            .is_empty()
    );
    project.accept("first").expect("accepted");
    refused(project.tollgate(&["show", "s/b"]));
    refused(project.tollgate(&["show", "zzz"]));
    refused(project.tollgate(&["show", "s", "--class", "test-1000"]));
    std::fs::write(project.path("baselines/x.json"), "").expect("writes");
    refused(project.tollgate(&["list"]));
    insta::assert_snapshot!(seen);
}

#[test]
fn an_author_is_found_or_asked_for() {
    let directory = tempfile::tempdir().expect("a directory");
    let name =
        |given, user| author(given, directory.path(), user).map_err(|e| e.render(Style::Plain));
    assert_eq!(name(Some(" Ada "), Some("bob")), Ok("Ada".to_owned()));
    // Git may know one on the machine that runs this test; then it wins over USER.
    let found = name(None, Some("bob")).expect("git or USER");
    assert!(!found.trim().is_empty());
    if found == "bob" {
        assert!(
            name(None, Some(" "))
                .expect_err("nobody")
                .contains("--author NAME")
        );
    }
}
