use crate::project::{Project, outside_run};

const BUDGETS: &str = "[[suite]]\nname = \"s\"\ntool = \"command\"\ncommand = [\"true\"]\n\
                       [[budget]]\nbench = \"s/*\"\nslower = \"5%\"\nmax = \"1 s\"\n";

/// A project with accepted jobs of these days.
fn with_jobs(days: std::ops::Range<u32>) -> Project {
    let project = Project::with_budgets(BUDGETS);
    for day in days {
        project.write(
            "run.json",
            &outside_run(day, "s", &[("a", 500.0), ("b", 800.0)]),
        );
        project
            .tollgate(&[
                "baseline",
                "accept",
                "--run",
                "run.json",
                "--reason",
                "first jobs",
                "--author",
                "A. Tester",
            ])
            .expect(0);
    }
    project
}

#[test]
fn accepting_needs_a_reason() {
    let project =
        Project::with_budgets(BUDGETS).file("run.json", &outside_run(1, "s", &[("a", 1.0)]));
    project
        .tollgate(&["baseline", "accept", "--run", "run.json"])
        .expect(2)
        .says("--reason");
    project
        .tollgate(&["baseline", "accept", "--run", "run.json", "--reason", "  "])
        .expect(2)
        .says("reason");
    assert!(!project.path().join("baselines").exists());
}

#[test]
fn with_ten_jobs_a_regression_is_red_and_the_same_again_is_green() {
    let project = with_jobs(1..11);
    project.write(
        "run.json",
        &outside_run(12, "s", &[("a", 500.0), ("b", 800.0)]),
    );
    project
        .tollgate(&["report", "run.json"])
        .expect(0)
        .says("4 enforced");
    project.write(
        "run.json",
        &outside_run(12, "s", &[("a", 650.0), ("b", 800.0)]),
    );
    project
        .tollgate(&["report", "run.json"])
        .expect(1)
        .says("regressed")
        .says("s/a");
}

#[test]
fn with_seven_jobs_relative_budgets_are_not_compared_and_absolute_ones_hold() {
    let project = with_jobs(1..8);
    project.write(
        "run.json",
        &outside_run(12, "s", &[("a", 650.0), ("b", 800.0)]),
    );
    project
        .tollgate(&["report", "run.json"])
        .expect(0)
        .says("2 enforced")
        .says("7 of the 8 jobs");
}

#[test]
fn a_vanished_benchmark_is_named_until_the_run_is_accepted() {
    let project = with_jobs(1..4);
    project.write("run.json", &outside_run(12, "s", &[("a", 500.0)]));
    project
        .tollgate(&["report", "run.json"])
        .expect(4)
        .says("s/b");
    project
        .tollgate(&[
            "baseline",
            "accept",
            "--run",
            "run.json",
            "--reason",
            "b was removed",
        ])
        .expect(0);
    project.tollgate(&["report", "run.json"]).expect(0);
}

#[test]
fn the_ledger_says_who_what_why_before_and_after() {
    let project = with_jobs(1..2);
    project.write("run.json", &outside_run(2, "s", &[("a", 900.0)]));
    project
        .tollgate(&[
            "baseline",
            "accept",
            "--run",
            "run.json",
            "--reason",
            "slower, but right",
            "--author",
            "A. Tester",
        ])
        .expect(0);
    let ledger = std::fs::read_to_string(project.path().join("baselines/ledger.json")).unwrap();
    let ledger: serde_json::Value = serde_json::from_str(&ledger).unwrap();
    let entry = &ledger["entries"][0];
    assert_eq!(entry["reason"], "slower, but right");
    assert_eq!(entry["author"], "A. Tester");
    let changes = entry["changes"].as_array().unwrap();
    let of = |name: &str| {
        changes
            .iter()
            .find(|change| change["benchmark"] == name)
            .unwrap_or_else(|| panic!("{name} is not in {changes:?}"))
    };
    assert!((of("s/a")["before"].as_f64().unwrap() - 500.0).abs() < 5.0);
    assert!((of("s/a")["after"].as_f64().unwrap() - 900.0).abs() < 9.0);
    assert!(of("s/b")["after"].is_null());
}

#[test]
fn accepting_the_same_run_twice_adds_one_job() {
    let project = with_jobs(1..2);
    let before = std::fs::read_dir(project.path().join("baselines"))
        .unwrap()
        .count();
    project
        .tollgate(&[
            "baseline", "accept", "--run", "run.json", "--reason", "again",
        ])
        .says("already");
    let list = project
        .tollgate(&["baseline", "list", "--format", "json"])
        .expect(0);
    let list: serde_json::Value = serde_json::from_str(&list.stdout).unwrap();
    assert_eq!(
        list.as_array().map_or_else(
            || list["baselines"][0]["jobs"].clone(),
            |all| all[0]["jobs"].clone()
        ),
        1
    );
    assert_eq!(
        std::fs::read_dir(project.path().join("baselines"))
            .unwrap()
            .count(),
        before
    );
}

#[test]
fn list_and_show_are_for_people() {
    let project = with_jobs(1..3);
    project.tollgate(&["baseline", "list"]).expect(0).says("s");
    project
        .tollgate(&["baseline", "show", "s"])
        .expect(0)
        .says("a")
        .says("b");
}

#[test]
fn a_broken_baseline_is_an_error_that_names_it_and_nothing_is_written_over() {
    let project = with_jobs(1..3);
    let file = walk(&project.path().join("baselines"))
        .into_iter()
        .find(|path| {
            !path.ends_with("ledger.json") && path.extension().is_some_and(|e| e == "json")
        })
        .unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, &text[..text.len() / 2]).unwrap();
    let name = file.file_name().unwrap().to_str().unwrap().to_owned();
    for arguments in [
        &["report", "run.json"][..],
        &["baseline", "accept", "--run", "run.json", "--reason", "r"],
        &["baseline", "list"],
        &["check"],
    ] {
        project.tollgate(arguments).expect(2).says(&name);
    }
    assert_eq!(
        std::fs::read_to_string(&file).unwrap(),
        text[..text.len() / 2]
    );
}

fn walk(directory: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(walk(&path));
        } else {
            files.push(path);
        }
    }
    files
}
