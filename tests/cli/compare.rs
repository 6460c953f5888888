use crate::project::{Answer, Project};
use crate::recorded::{Recorded, noisy};
use serde_json::{Value, json};

const SUITE: &str = "[[suite]]\nname = \"s\"\ntool = \"command\"\ncommand = [\"true\"]\n";

fn project() -> Project {
    Project::with_budgets(&format!(
        "{SUITE}[[budget]]\nbench = \"s/*\"\nslower = \"5%\"\n"
    ))
}

fn report(answer: &Answer) -> Value {
    serde_json::from_str(&answer.stdout).unwrap()
}

fn verdict<'a>(report: &'a Value, name: &str) -> &'a str {
    let rows = report["rows"].as_array().unwrap();
    let row = rows.iter().find(|row| row["benchmark"] == name).unwrap();
    row["verdict"].as_str().unwrap()
}

#[test]
fn one_run_is_judged_byte_for_byte_as_report_judges_it() {
    let mut dropped = noisy(18, 1.0, 0.02);
    dropped[4].0 = f64::NAN;
    let runs = [
        Recorded::on_day(20)
            .pairs("slow", &noisy(18, 1.2, 0.05))
            .pairs("same", &noisy(40, 1.0, 0.02))
            .pairs("open", &noisy(9, 1.06, 0.3)),
        Recorded::on_day(20).pairs("same", &noisy(40, 1.0, 0.02)),
        Recorded::on_day(20)
            .pairs("a", &dropped)
            .failure("a", "base", 4, "signal 9"),
        Recorded::on_day(20).pairs("one", &[(1.0, 2.0)]),
        Recorded::on_day(20),
        Recorded::one_sided(20, 'a').values("a", "time", "ns", &[1.0, 2.0]),
    ];
    for (run, code) in runs
        .iter()
        .zip([1, 0])
        .chain(runs[2..].iter().map(|run| (run, -1)))
    {
        let project = project().file("run.json", &run.text());
        for format in ["json", "markdown", "terminal"] {
            let judged = project.tollgate(&["report", "run.json", "--format", format]);
            let compared = project.tollgate(&["compare", "run.json", "--format", format]);
            assert_eq!(judged.stdout, compared.stdout, "{format}");
            assert_eq!(judged.code, compared.code, "{format}");
            assert!(code < 0 || compared.code == code, "{}", compared.all());
        }
    }
}

#[test]
fn reading_and_writing_a_run_changes_nothing() {
    let recorded = Recorded::on_day(20)
        .pairs("slow", &noisy(18, 1.2, 0.05))
        .failure("slow", "base", 20, "a\n\"b\"");
    let project = project().file("run.json", &recorded.text());
    let verdicts = |run: &str| {
        let answer = project
            .tollgate(&["compare", run, "--format", "json"])
            .expect(1);
        let mut report = report(&answer);
        report["run"]["file"] = Value::Null;
        report
    };
    project
        .tollgate(&["compare", "run.json", "--out", "one.json"])
        .expect(1);
    project
        .tollgate(&["compare", "one.json", "--out", "two.json"])
        .expect(1);
    let bytes = |name: &str| std::fs::read(project.path().join(name)).unwrap();
    assert_eq!(bytes("one.json"), bytes("two.json"));
    assert_eq!(verdicts("run.json"), verdicts("two.json"));
}

#[test]
fn attempts_are_merged_in_the_order_of_time_and_judged_together() {
    let pairs = noisy(36, 1.04, 0.09);
    let (first, second) = pairs.split_at(20);
    let project = project()
        .file("one.json", &Recorded::on_day(20).pairs("a", first).text())
        .file("two.json", &Recorded::on_day(21).pairs("a", second).text());
    let forward = project.tollgate(&[
        "compare",
        "one.json",
        "two.json",
        "--out",
        "both.json",
        "--format",
        "json",
    ]);
    let backward = project.tollgate(&[
        "compare",
        "two.json",
        "one.json",
        "--out",
        "both.json",
        "--format",
        "json",
    ]);
    assert_eq!(forward.stdout, backward.stdout);
    assert_eq!(report(&forward)["run"]["rounds"], 36);
    let both = std::fs::read_to_string(project.path().join("both.json")).unwrap();
    let both: Value = serde_json::from_str(&both).unwrap();
    let attempts = both["header"]["attempts"].as_array().unwrap();
    assert_eq!(attempts.len(), 2);
    assert_eq!(attempts[0]["first_round"], 0);
    assert_eq!(attempts[1]["first_round"], 20);
    assert_eq!(attempts[1]["seed"], "21");
    // The merged file is judged alone as the two were together, and its attempts are explained apart.
    let again = project.tollgate(&["compare", "both.json", "--format", "json"]);
    assert_eq!(again.stdout, forward.stdout);
    project
        .tollgate(&["explain", "s/a", "both.json"])
        .says("attempt 1: started 2026-11-20T12:00:00Z, seed 20")
        .says("attempt 2: started 2026-11-21T12:00:00Z, seed 21");
}

#[test]
fn what_are_no_attempts_is_refused_by_name() {
    let pairs = noisy(8, 1.0, 0.02);
    let first = Recorded::on_day(20).pairs("a", &pairs);
    let cases = [
        (first.clone(), "is in both runs"),
        (
            Recorded::on_day(21)
                .header(
                    "candidate",
                    json!({"commit": "c".repeat(40), "dirty": false}),
                )
                .pairs("a", &pairs),
            "header.candidate",
        ),
        (
            Recorded::on_day(21)
                .header("config_hash", json!("f"))
                .pairs("a", &pairs),
            "header.config_hash",
        ),
        (
            Recorded::on_day(21)
                .header("purpose", json!("calibrate"))
                .pairs("a", &pairs),
            "header.purpose",
        ),
        (
            Recorded::on_day(21).pairs("b", &pairs),
            "listed of suite \"s\"",
        ),
        (
            Recorded::one_sided(21, 'a').values("a", "time", "ns", &[1.0]),
            "two.json has one side",
        ),
    ];
    for (second, word) in cases {
        let project = project()
            .file("one.json", &first.text())
            .file("two.json", &second.text());
        project
            .tollgate(&["compare", "one.json", "two.json", "--out", "out.json"])
            .expect(2)
            .says(word);
        assert!(!project.path().join("out.json").exists());
    }
}

/// Two jobs with one side each.
fn jobs(before: &Recorded, after: &Recorded) -> Project {
    Project::with_budgets(&format!(
        "{SUITE}[[budget]]\nbench = \"s/*\"\nslower = \"5%\"\n\
         [[budget]]\nbench = \"s/*\"\nmetric = \"allocations\"\nslower = \"1%\"\n"
    ))
    .file("a.json", &before.text())
    .file("b.json", &after.text())
}

#[test]
fn times_of_two_jobs_are_shown_and_never_judged() {
    let before = Recorded::one_sided(20, 'a').values("t", "time", "ns", &[100.0; 10]);
    let after = Recorded::one_sided(21, 'b').values("t", "time", "ns", &[200.0; 10]);
    let project = Project::with_budgets(&format!(
        "{SUITE}[[budget]]\nbench = \"s/*\"\nslower = \"5%\"\n"
    ))
    .file("a.json", &before.text())
    .file("b.json", &after.text());
    let answer = project.tollgate(&["compare", "a.json", "b.json"]).expect(4);
    answer
        .says("not-comparable: measured in different jobs; measure both in one: tollgate check")
        .says("--base aaaaaaaaaaaa")
        .says("s/t        100.0 ns  200.0 ns   ×2.0")
        .says("nothing was enforced");
    let json = project
        .tollgate(&["compare", "a.json", "b.json", "--format", "json"])
        .expect(4);
    assert_eq!(verdict(&report(&json), "t"), "not-comparable");
    assert!(
        json.stderr.contains("measured in different jobs"),
        "{}",
        json.stderr
    );
}

#[test]
fn a_ceiling_holds_for_the_second_of_two_jobs() {
    let job =
        |day, commit| Recorded::one_sided(day, commit).values("t", "time", "ns", &[100.0; 10]);
    let rule = |max: &str| {
        Project::with_budgets(&format!(
            "{SUITE}[[budget]]\nbench = \"s/*\"\nmax = \"{max}\"\n"
        ))
        .file("a.json", &job(20, 'a').text())
        .file("b.json", &job(21, 'b').text())
    };
    rule("150 ns")
        .tollgate(&["compare", "a.json", "b.json"])
        .expect(0);
    rule("50 ns")
        .tollgate(&["compare", "a.json", "b.json"])
        .expect(1)
        .says("over-budget");
}

#[test]
fn counts_of_two_jobs_are_judged_beside_times_that_are_not() {
    let job = |day, commit, allocations: f64| {
        Recorded::one_sided(day, commit)
            .values("t", "time", "ns", &[100.0; 10])
            .values("t", "allocations", "count", &[allocations; 10])
    };
    for (now, code, said) in [(7.0, 1, "regressed"), (5.0, 0, "unchanged")] {
        let project = jobs(&job(20, 'a', 5.0), &job(21, 'b', now));
        let json = project
            .tollgate(&["compare", "a.json", "b.json", "--format", "json"])
            .expect(code);
        let report = report(&json);
        let rows = report["rows"].as_array().unwrap();
        let allocations = rows
            .iter()
            .find(|row| row["metric"]["name"] == "allocations")
            .unwrap();
        assert_eq!(allocations["verdict"], said);
        let time = rows
            .iter()
            .find(|row| row["metric"]["name"] == "time")
            .unwrap();
        assert_ne!(time["verdict"], "regressed");
        assert!(json.stderr.contains("measured in different jobs"));
    }
}

#[test]
fn what_only_one_of_two_jobs_has_is_named_and_missed() {
    let before = Recorded::one_sided(20, 'a')
        .values("kept", "allocations", "count", &[5.0; 5])
        .values("gone", "allocations", "count", &[5.0; 5])
        .header("only", json!([]));
    let after = Recorded::one_sided(21, 'b')
        .values("kept", "allocations", "count", &[5.0; 5])
        .values("new", "allocations", "count", &[5.0; 5]);
    let project = Project::with_budgets(&format!(
        "{SUITE}[[budget]]\nbench = \"s/*\"\nmetric = \"allocations\"\nslower = \"1%\"\n"
    ))
    .file("a.json", &before.text())
    .file("b.json", &after.text());
    project
        .tollgate(&["compare", "a.json", "b.json"])
        .expect(4)
        .says("only in A: s/gone")
        .says("only in B: s/new")
        .says("missing");
}

#[test]
fn more_than_two_jobs_of_one_side_each_are_refused() {
    let job = |day| Recorded::one_sided(day, 'a').values("t", "time", "ns", &[1.0; 5]);
    project()
        .file("a.json", &job(20).text())
        .file("b.json", &job(21).text())
        .file("c.json", &job(22).text())
        .tollgate(&["compare", "a.json", "b.json", "c.json"])
        .expect(2)
        .says("give A (before) and B (after)");
}

#[test]
fn hostile_names_cannot_harm() {
    let name = format!("x\n::error::\u{1b}[2J##[a]{}", "y".repeat(300));
    let job = |day, commit| {
        Recorded::one_sided(day, commit).values(&name, "time", "u\u{1b}[1m", &[1.0; 5])
    };
    let project = jobs(&job(20, 'a'), &job(21, '\u{1b}'));
    for format in ["terminal", "json", "markdown"] {
        let answer = project.tollgate(&["compare", "a.json", "b.json", "--format", format]);
        assert!(!answer.all().contains('\u{1b}'), "{format}");
        for line in answer.all().lines() {
            assert!(!line.trim_start().starts_with("::"), "{line}");
        }
    }
    let broken = project
        .tollgate(&["compare", "a.json", "\n::error::"])
        .expect(2);
    assert!(
        broken
            .all()
            .lines()
            .all(|line| !line.trim_start().starts_with("::"))
    );
}

#[test]
fn an_output_that_cannot_be_written_is_an_error() {
    let run = Recorded::on_day(20).pairs("a", &noisy(8, 1.0, 0.02));
    project()
        .file("run.json", &run.text())
        .file("blocked", "")
        .tollgate(&["compare", "run.json", "--out", "blocked/run.json"])
        .expect(2)
        .says("failed to write");
}
