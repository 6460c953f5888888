use super::*;
use crate::budget::{Budgets, Source};
use crate::collect::Unit;
use crate::collect::command::Program;
use crate::collect::fake::Fake;
use crate::collect::suite::{list, sift};
use crate::measurement::{read_run, write_run};
use std::path::Path;

/// Remembers what was said of failures.
#[derive(Default)]
pub(super) struct Said(pub(super) Vec<String>);

impl Progress for Said {
    fn step(&mut self, _: &str, _: u64, _: u64, _: Option<Duration>) {}
    fn failed(&mut self, name: &str, kind: FailureKind, detail: &str) {
        self.0.push(format!("{name} {}: {detail}", kind.describe()));
    }
    fn finish(&mut self) {}
}

/// Measures with nobody to judge.
fn measured(ready: &[Ready<'_>], options: &SessionOptions, said: &mut Said) -> Run {
    measure(
        ready,
        &[],
        options,
        Beginning::default(),
        &Interrupt::default(),
        Hooks {
            judge: &|_| Open::default(),
            save: &mut |_| {},
            progress: said,
        },
    )
}

fn unit(names: &[&str]) -> Unit {
    Unit {
        filter: names.concat(),
        benchmarks: names.iter().map(|&name| name.to_owned()).collect(),
    }
}

fn budgets(text: &str) -> Budgets {
    Budgets::parse("budgets.toml", &format!("version = 1\n{text}")).unwrap()
}

pub(super) fn options(root: &Path, only: &[&str]) -> SessionOptions {
    SessionOptions {
        scratch: root.join("scratch"),
        self_executable: "/bin/false".into(),
        seed: 1,
        time: Duration::from_secs(600),
        invocations: 5,
        invocations_asked: None,
        timeout: Duration::from_secs(60),
        only: only
            .iter()
            .map(|glob| NameGlob::new(glob).unwrap())
            .collect(),
        paired: false,
        absolute: Vec::new(),
        cpu: None,
    }
}

#[test]
fn names_that_a_run_cannot_hold_are_taken_out_and_told() {
    let long = "x".repeat(4097);
    let mut units = vec![
        unit(&["a", "b", "a"]),
        unit(&[""]),
        unit(&["b", &long, "c"]),
    ];
    let refused = sift(&mut units);
    let left: Vec<Vec<String>> = units.into_iter().map(|unit| unit.benchmarks).collect();
    assert_eq!(left, [vec!["a", "b"], vec!["c"]]);
    let told: Vec<(Option<&str>, &str)> = refused
        .iter()
        .map(|one| (one.name.as_deref(), one.detail.as_str()))
        .collect();
    assert_eq!(told[0].0, Some("a"));
    assert!(told[0].1.contains("\"a\" more than once"), "{}", told[0].1);
    assert_eq!(told[1].0, None);
    assert!(told[1].1.contains("cannot be empty"), "{}", told[1].1);
    assert_eq!(told[2].0, Some("b"));
    assert_eq!(told[3].0, None);
    assert!(told[3].1.contains("4097 bytes"), "{}", told[3].1);
    assert!(told[3].1.len() < 300, "{}", told[3].1);
    assert_eq!(told.len(), 4);
    assert!(sift(&mut vec![unit(&["a"]), unit(&[&"x".repeat(4096)])]).is_empty());
}

#[test]
fn a_suite_with_impossible_names_does_not_lose_the_run() {
    let long = "x".repeat(5000);
    // Lists, and measures nothing: the run is what is looked at.
    let fake = Fake::new(&format!(
        "case \"$*\" in *--ignored*) ;; *--list*) printf '%s: benchmark\\n' '{long}' good ;; esac"
    ));
    let budgets = budgets("[[suite]]\nname = \"c\"\ntool = \"criterion\"\nbench = \"odd-names\"\n");
    let ready = [Ready::alone(
        &budgets.suites[0],
        Runner::Criterion(fake.built.clone()),
        None,
    )];
    let mut said = Said::default();
    let mut run = measured(&ready, &options(fake.path(), &[]), &mut said);
    run.header.started = "2026-11-21T06:20:00Z".to_owned();
    run.header.tool = "test".to_owned();
    assert_eq!(run.suites[0].listed, ["good"]);
    let refused = &run.failures[0];
    assert_eq!(
        (refused.kind, &refused.benchmark),
        (FailureKind::Unreadable, &None)
    );
    assert!(refused.detail.contains("5000 bytes"), "{}", refused.detail);
    assert!(said.0[0].contains("5000 bytes"), "{}", said.0[0]);
    // Reference kernels failed too (`/bin/false`), and all of that can be kept.
    assert!(
        run.failures
            .iter()
            .any(|failure| failure.suite == REFERENCE_KERNELS)
    );
    let mut text = Vec::new();
    write_run(&run, &mut text).unwrap();
    assert_eq!(read_run("", &text).unwrap().failures, run.failures);
}

#[test]
fn a_failing_warm_up_is_said_and_measuring_goes_on() {
    let root = tempfile::tempdir().unwrap();
    let budgets = budgets(
        "[[suite]]\nname = \"s\"\ntool = \"command\"\nshell = true\nwarm-up = 2\n\
         command = \"test -e warm || { touch warm; echo cold >&2; exit 3; }\"\n",
    );
    let Source::Command(source) = &budgets.suites[0].source else {
        panic!("another suite");
    };
    let ready = [Ready::alone(
        &budgets.suites[0],
        Runner::Command(Program {
            source: source.clone(),
            root: root.path().to_owned(),
            environment: Vec::new(),
        }),
        None,
    )];
    let mut said = Said::default();
    let run = measured(&ready, &options(root.path(), &[]), &mut said);
    let first = &said.0[0];
    assert!(first.starts_with("warm-up of s/run crashed"), "{first}");
    assert!(first.contains("cold"), "{first}");
    assert_eq!(run.benchmarks[0].series[0].observations.len(), 5);
    assert!(
        run.failures
            .iter()
            .all(|failure| failure.suite == REFERENCE_KERNELS)
    );
}

#[test]
fn the_list_respects_both_kinds_of_only() {
    let fake = Fake::new(
        "case \"$*\" in *--ignored*) ;; *) printf '%s: benchmark\\n' a/1 a/2 b/1 ;; esac",
    );
    let budgets = budgets(
        "[[suite]]\nname = \"c\"\ntool = \"criterion\"\nbench = \"odd-names\"\nonly = [\"a/*\"]\n",
    );
    let ready = Ready::alone(
        &budgets.suites[0],
        Runner::Criterion(fake.built.clone()),
        None,
    );
    let listed = |only: &[&str]| {
        let options = options(fake.path(), only);
        list(
            &ready,
            &options.scratch,
            &options.only,
            options.timeout,
            &Interrupt::default(),
        )
        .unwrap()
    };
    assert_eq!(listed(&[]), ["a/1", "a/2"]);
    assert_eq!(listed(&["c/*1"]), ["a/1"]);
    assert!(listed(&["d/*"]).is_empty());
}
