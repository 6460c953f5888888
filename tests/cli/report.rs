use crate::project::{Project, outside_run};

const BUDGETS: &str = "[[suite]]\nname = \"s\"\ntool = \"command\"\ncommand = [\"true\"]\n\
                       [[budget]]\nbench = \"s/*\"\nmax = \"1 us\"\n";

fn project() -> Project {
    Project::with_budgets(BUDGETS)
}

#[test]
fn a_run_that_a_script_wrote_is_judged() {
    let project = project().file(
        "run.json",
        &outside_run(20, "s", &[("a", 500.0), ("b", 3000.0)]),
    );
    project
        .tollgate(&["report", "run.json"])
        .expect(1)
        .says("s/b")
        .says("over-budget");
}

#[test]
fn the_same_file_gives_the_same_bytes() {
    let project = project().file("run.json", &outside_run(20, "s", &[("a", 500.0)]));
    for format in ["terminal", "json", "markdown"] {
        let one = project.tollgate(&["report", "run.json", "--format", format]);
        let two = project.tollgate(&["report", "run.json", "--format", format]);
        assert_eq!(one.stdout, two.stdout);
    }
}

#[test]
fn a_run_that_is_not_there_is_an_error_with_the_next_step() {
    project()
        .tollgate(&["report"])
        .expect(2)
        .says("tollgate check");
}

#[test]
fn broken_runs_name_file_and_field() {
    let good = outside_run(20, "s", &[("a", 500.0)]);
    let cases = [
        (String::new(), "run.json"),
        (good[..good.len() / 2].to_owned(), "run.json"),
        ("[1, 2, 3]".to_owned(), "run.json"),
        (good.replace("\"version\":1", "\"version\":99"), "99"),
        (good.replace("\"unit\":\"ns\"", "\"unti\":\"ns\""), "unti"),
        (good.replacen("\"value\":", "\"value\":-", 1), "value"),
        (
            good.replacen("\"value\":", "\"value\":NaN,\"x\":", 1),
            "run.json",
        ),
        (good.replace("\"started\"", "\"begun\""), "begun"),
    ];
    for (text, word) in cases {
        let project = project().file("run.json", &text);
        project
            .tollgate(&["report", "run.json"])
            .expect(2)
            .says("run.json")
            .says(word);
    }
}

#[test]
fn names_with_anything_in_them_survive_and_cannot_harm() {
    let name = "a b/c|d`e\"f\n::error::\u{1b}[31m<b>@you α?\u{202e}";
    let project = project().file("run.json", &outside_run(20, "s", &[(name, 3000.0)]));
    let json = project
        .tollgate(&["report", "run.json", "--format", "json"])
        .expect(1);
    let report: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(report["rows"][0]["benchmark"].as_str(), Some(name));
    for format in ["terminal", "markdown"] {
        let answer = project
            .tollgate(&["report", "run.json", "--format", format])
            .expect(1);
        assert!(!answer.stdout.contains('\u{1b}'), "{format}");
        assert!(!answer.stdout.contains('\u{202e}'), "{format}");
        assert!(
            !answer.stdout.lines().any(|line| line.starts_with("::")),
            "{format}"
        );
    }
}
