use crate::project::Project;
use crate::recorded::{Recorded, noisy};

const SUITE: &str = "[[suite]]\nname = \"s\"\ntool = \"command\"\ncommand = [\"true\"]\n";

fn budgets() -> String {
    format!("{SUITE}[[budget]]\nbench = \"s/*\"\nslower = \"5%\"\n")
}

fn project(recorded: &Recorded) -> Project {
    Project::with_budgets(&budgets()).file("run.json", &recorded.text())
}

/// At most 80 columns, nothing that moves the cursor, nothing that a runner takes for a command.
#[track_caller]
fn assert_page(text: &str) {
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
        assert!(!line.trim_start().starts_with("::"), "{line}");
        assert!(!line.contains("##["), "{line}");
        assert!(!line.chars().any(char::is_control), "{line:?}");
    }
}

#[test]
fn a_regression_is_explained_with_its_rule_its_rounds_and_its_looks() {
    let recorded = Recorded::on_day(20).pairs("parse", &noisy(12, 1.10, 0.05));
    let answer = project(&recorded)
        .tollgate(&["explain", "s/parse", "run.json"])
        .expect(1);
    assert_page(&answer.stdout);
    assert!(answer.stderr.is_empty(), "{}", answer.stderr);
    answer
        .says("regressed because the lower bound")
        .says("Looks (slower 5.0%)")
        .says("worse <")
        .says("What if (slower 5.0%)")
        .says("tollgate check --base bbbbbbbbbbbb --only 's/parse' --seed 20")
        .says("the whole run: FAIL");
}

#[test]
fn an_unchanged_benchmark_and_an_open_one_are_explained_by_what_the_bounds_do() {
    let recorded = Recorded::on_day(20)
        .pairs("same", &noisy(27, 1.0, 0.02))
        .pairs("open", &noisy(12, 1.06, 0.30));
    let project = project(&recorded);
    let same = project.tollgate(&["explain", "same", "run.json"]).expect(0);
    assert_page(&same.stdout);
    same.says("unchanged because the interval at the pass level")
        .says("the same <");
    let open = project.tollgate(&["explain", "open", "run.json"]).expect(0);
    assert_page(&open.stdout);
    open.says("inconclusive because neither a regression")
        .says("no look decided; the verdict is that of the last, 12 pairs")
        .says("Sensitivity");
}

#[test]
fn the_verdict_is_that_of_the_report() {
    let recorded = Recorded::on_day(20)
        .pairs("slow", &noisy(18, 1.2, 0.05))
        .pairs("fast", &noisy(18, 0.8, 0.05))
        .pairs("same", &noisy(18, 1.0, 0.02))
        .pairs("open", &noisy(9, 1.06, 0.3));
    let project = project(&recorded);
    let json = project.tollgate(&["report", "run.json", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let rows = report["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 4);
    for row in rows {
        let name = row["benchmark"].as_str().unwrap();
        let verdict = row["verdict"].as_str().unwrap();
        project
            .tollgate(&["explain", &format!("s/{name}"), "run.json"])
            .expect(json.code)
            .says(&format!("{verdict}: s/{name}, "))
            .says(&format!("{verdict} because "))
            .says(&format!("{verdict} <\n"));
    }
}

#[test]
fn one_pair_is_too_few_and_shown_all_the_same() {
    let recorded = Recorded::on_day(20).pairs("parse", &[(1000.0, 1100.0)]);
    let answer = project(&recorded).tollgate(&["explain", "parse", "run.json"]);
    assert_page(&answer.stdout);
    answer
        .says("1 usable observations, 8 needed")
        .says("    0  base   1.000 µs   1.100 µs    +10.0%");
}

#[test]
fn dropped_pairs_and_failures_are_named() {
    let mut pairs = noisy(14, 1.0, 0.02);
    pairs[2].1 = f64::NAN;
    pairs[5].0 = f64::NAN;
    let recorded = Recorded::on_day(20).pairs("parse", &pairs).failure(
        "parse",
        "candidate",
        2,
        "signal 11 (SIGSEGV)",
    );
    let answer = project(&recorded).tollgate(&["explain", "parse", "run.json"]);
    assert_page(&answer.stdout);
    answer
        .says("round 2 dropped: candidate crashed: signal 11 (SIGSEGV)")
        .says("round 5 dropped: base is missing");
}

#[test]
fn many_rounds_become_a_strip() {
    let recorded = Recorded::on_day(20).pairs("parse", &noisy(60, 1.0, 0.02));
    let answer = project(&recorded)
        .tollgate(&["explain", "parse", "run.json"])
        .expect(0);
    assert_page(&answer.stdout);
    answer.says("60 pairs from left to right, 1 a column");
}

#[test]
fn a_run_without_a_base_shows_its_processes_against_the_ceiling() {
    let ceiling = format!("{SUITE}[[budget]]\nbench = \"s/*\"\nmax = \"900 ns\"\n");
    let values: Vec<f64> = noisy(10, 1.0, 0.02).iter().map(|pair| pair.0).collect();
    let recorded = Recorded::one_sided(20, 'a').values("parse", "time", "ns", &values);
    let answer = Project::with_budgets(&ceiling)
        .file("run.json", &recorded.text())
        .tollgate(&["explain", "parse", "run.json"])
        .expect(1);
    assert_page(&answer.stdout);
    answer
        .says("over-budget because the whole interval [")
        .says("lies above max")
        .says("What if (max 900.0 ns)");
}

#[test]
fn an_unknown_benchmark_is_an_error_with_the_nearest_name() {
    let recorded = Recorded::on_day(20)
        .pairs("parse/large", &noisy(8, 1.0, 0.02))
        .pairs("parse/small", &noisy(8, 1.0, 0.02));
    let project = project(&recorded);
    project
        .tollgate(&["explain", "s/prase/large", "run.json"])
        .expect(2)
        .says("the nearest is `s/parse/large`");
    project
        .tollgate(&["explain", "parse/*", "run.json"])
        .expect(2)
        .says("fits 2 benchmarks")
        .says("s/parse/small");
    project
        .tollgate(&["explain", "large", "run.json", "--metric", "tiem"])
        .expect(2)
        .says("has no metric `tiem`; it has time");
}

#[test]
fn an_empty_run_has_nothing_to_explain() {
    project(&Recorded::on_day(20))
        .tollgate(&["explain", "s/parse", "run.json"])
        .expect(2)
        .says("the run has no benchmark");
    Project::with_budgets(&budgets())
        .tollgate(&["explain", "s/parse"])
        .expect(2)
        .says("`tollgate check` records one");
}

#[test]
fn levels_and_tolerances_that_are_none_are_usage_errors() {
    let project = project(&Recorded::on_day(20).pairs("parse", &noisy(8, 1.0, 0.02)));
    for option in [
        ["--alpha", "0"],
        ["--alpha", "0.5"],
        ["--alpha", "NaN"],
        ["--alpha", "60%"],
        ["--tolerance", "5"],
        ["--tolerance", "0%"],
        ["--tolerance", "-1%"],
        ["--width", "10"],
    ] {
        let [name, value] = option;
        project
            .tollgate(&["explain", "parse", "run.json", &format!("{name}={value}")])
            .expect(2)
            .says(name);
    }
    project
        .tollgate(&[
            "explain",
            "parse",
            "run.json",
            "--alpha",
            "0.1%",
            "--tolerance=7%",
        ])
        .expect(0)
        .says("0.001")
        .says("7.0%");
}

#[test]
fn hostile_names_and_texts_cannot_harm() {
    let name = format!("a b\n::error::\u{1b}[31m##[x]\u{202e}{}", "x".repeat(300));
    let mut pairs = noisy(14, 1.0, 0.02);
    pairs[2].1 = f64::NAN;
    let recorded = Recorded::on_day(20)
        .pairs(&name, &pairs)
        .metric(&name, "m\u{1b}[2J", "u\n::set-env::", &pairs)
        .failure(&name, "candidate", 2, "\u{1b}[1m\n::error::##[group]");
    let project = project(&recorded);
    let whole = format!("s/{name}");
    for arguments in [
        vec!["explain", whole.as_str(), "run.json"],
        vec!["explain", "s/*", "run.json"],
        vec!["explain", "xxx", "run.json", "--metric", "m\u{1b}[2J"],
        vec!["explain", "xxx", "run.json", "--width", "40"],
        vec!["explain", "\u{1b}[2J\n::error::", "run.json"],
        vec!["explain", "xxx", "run.json", "--metric", "\u{1b}[2J"],
    ] {
        let answer = project.tollgate(&arguments);
        assert_page(&answer.stdout);
        assert!(!answer.all().contains('\u{1b}'), "{}", answer.all());
        assert!(!answer.all().contains('\u{202e}'), "{}", answer.all());
        assert!(
            answer
                .all()
                .lines()
                .all(|line| !line.trim_start().starts_with("::"))
        );
    }
}

#[test]
fn the_same_file_is_explained_with_the_same_bytes() {
    let project = project(&Recorded::on_day(20).pairs("parse", &noisy(40, 1.05, 0.1)));
    let one = project.tollgate(&["explain", "parse", "run.json"]);
    let two = project.tollgate(&["explain", "parse", "run.json"]);
    assert_eq!(one.stdout, two.stdout);
}
