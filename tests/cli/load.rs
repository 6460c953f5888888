//! `tollgate load` up to the moment at which something is driven.

use crate::project::{Project, shell_suite};

/// Two workloads that nobody starts.
const WORKLOADS: &str = r#"
[[workload]]
name = "api"
target = { url = "http://127.0.0.1:9" }
model = "closed"
users = 5
delay = "100 ms"
duration = "30 s"
warm-up = "2 s"
[[workload.endpoint]]
name = "home"
path = "/"

[[workload]]
name = "storm"
target = { url = "http://127.0.0.1:9" }
model = "open"
rate = "200/s"
duration = "10 s"
[[workload.endpoint]]
name = "home"
path = "/"
"#;

#[test]
fn help_is_complete() {
    let answer = Project::new().tollgate(&["load", "--help"]).expect(0);
    insta::assert_snapshot!(answer.stdout);
}

#[test]
fn without_a_workload_it_says_what_to_add() {
    let project = Project::with_budgets(&shell_suite("x", "true"));
    for arguments in [&["load"][..], &["load", "api"]] {
        let answer = project.tollgate(arguments).expect(2);
        assert!(answer.stdout.is_empty());
        let answer = answer.says("budgets.toml has no [[workload]]; add for example");
        // What it says to add is what it reads.
        let example = answer.stderr.split("add for example\n").nth(1).unwrap();
        assert!(example.contains("[[workload.endpoint]]"), "{example}");
    }
}

#[test]
fn without_budgets_toml_it_says_so() {
    Project::new()
        .tollgate(&["load"])
        .expect(2)
        .says("no budgets.toml");
}

#[test]
fn flags_are_checked_before_anything_runs() {
    let project = Project::with_budgets(WORKLOADS);
    for (arguments, says) in [
        (&["load", "api", "--users", "0"][..], "--users"),
        (&["load", "api", "--users", "many"], "--users"),
        (&["load", "api", "--rate", "0/s"], "above 0"),
        (&["load", "api", "--rate", "5 ms"], "such as \"200/s\""),
        (&["load", "api", "--duration", "soon"], "--duration"),
        (&["load", "api", "--seed", "x"], "--seed"),
    ] {
        project.tollgate(arguments).expect(2).says(says);
    }
}

#[test]
fn without_a_name_workloads_are_listed() {
    let answer = Project::with_budgets(WORKLOADS)
        .tollgate(&["load"])
        .expect(0);
    assert_eq!(
        answer.stdout,
        "api    closed: 5 users  30 s  http://127.0.0.1:9\n\
         storm  open: 200/s      10 s  http://127.0.0.1:9\n"
    );
}

#[test]
fn unknown_names_and_flags_that_do_not_fit_are_errors_that_say_so() {
    let project = Project::with_budgets(WORKLOADS);
    for (arguments, says) in [
        (
            &["load", "apii"][..],
            "(did you mean `api`?); it has `api`, `storm`",
        ),
        (
            &["load", "api", "--rate", "5/s"],
            "`api` is closed: use `--users`",
        ),
        (
            &["load", "storm", "--users", "5"],
            "`storm` is open: use `--rate`",
        ),
        (&["load", "api", "--duration", "1 s"], "nothing to measure"),
        (
            &["load", "api", "--url", "127.0.0.1"],
            "http://127.0.0.1:8080",
        ),
        (
            &["load", "api", "--json", "no/such/run.json"],
            "there is no directory",
        ),
    ] {
        project.tollgate(arguments).expect(2).says(says);
    }
}
