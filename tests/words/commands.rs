//! Annotations, log commands, titles: plain texts within limits, at places within the repository.

use super::reports::{self, context, relative};
use proptest::prelude::*;
use tollgate::budget::Enforcement;
use tollgate::diagnostic::{Code, Severity};
use tollgate::publish::post::{self, Conclusion, Level, Unjudged, workflow_commands};
use tollgate::report::{Finding, Report, Row};
use tollgate::units::{Quantity, Unit};
use tollgate::verdict::{ExitCode, Limit, VerdictKind};

fn finding(code: Code, severity: Severity, file: Option<&str>) -> Finding {
    Finding {
        code,
        severity,
        message: "no benchmark matches `a/*`".to_owned(),
        file: file.map(str::to_owned),
        line: file.map(|_| 4),
        column: None,
        notes: Vec::new(),
        help: Some("correct the glob or remove the budget".to_owned()),
    }
}

/// A row of the budget in this line.
fn at_line(name: &str, verdict: VerdictKind, line: usize) -> Row {
    let mut row = relative(name, verdict);
    row.budget.as_mut().unwrap().line = line;
    row
}

#[test]
fn broken_budgets_are_annotated_once_each_before_findings() {
    let mut warns = at_line("warns", VerdictKind::Regressed, 20);
    warns.severity = Enforcement::Warn;
    let mut report = reports::of(vec![
        warns,
        at_line("large", VerdictKind::Regressed, 12),
        at_line("small", VerdictKind::OverBudget, 12),
        at_line("quiet", VerdictKind::Unchanged, 12),
    ]);
    report.findings = vec![
        finding(Code::UnmatchedBudget, Severity::Error, Some("budgets.toml")),
        finding(Code::NothingEnforced, Severity::Error, None),
        finding(Code::UnusedWaiver, Severity::Note, Some("budgets.toml")),
    ];
    let annotations = post::post(&report, &context()).check.annotations;
    let places: Vec<_> = (annotations.iter())
        .map(|one| (one.line, one.level, one.title.as_str()))
        .collect();
    assert_eq!(
        places,
        [
            (12, Level::Failure, "2 checks of this budget are broken"),
            (20, Level::Warning, "regressed: parse/warns"),
            (4, Level::Failure, "tollgate: unmatched-budget"),
            (4, Level::Notice, "tollgate: unused-waiver"),
        ]
    );
    assert_eq!(
        annotations[0].message,
        "parse/large: regressed, +10.0% [+8.1%, +12.2%], base 250.0 µs, head 275.0 µs, budget slower 5.0%\n\
         parse/small: over-budget, +10.0% [+8.1%, +12.2%], base 250.0 µs, head 275.0 µs, budget slower 5.0%"
    );
    assert_eq!(
        annotations[2].message,
        "no benchmark matches `a/*`\ncorrect the glob or remove the budget"
    );
}

#[test]
fn a_budget_that_everything_breaks_is_one_annotation() {
    let rows = (0..10_000).map(|at| relative(&format!("b{at}"), VerdictKind::Regressed));
    let annotations = post::post(&reports::of(rows.collect()), &context())
        .check
        .annotations;
    assert_eq!(annotations.len(), 1);
    assert_eq!(
        annotations[0].title,
        "10000 checks of this budget are broken"
    );
    assert_eq!(annotations[0].message.lines().count(), 21);
    assert!(annotations[0].message.ends_with("\nand 9980 more"));
    let rows = (0..10_000).map(|at| at_line(&format!("b{at}"), VerdictKind::Regressed, at + 1));
    let annotations = post::post(&reports::of(rows.collect()), &context())
        .check
        .annotations;
    assert_eq!(annotations.len(), 100);
}

#[test]
fn what_is_no_path_within_the_repository_is_no_place() {
    for file in [
        "/etc/passwd",
        "../budgets.toml",
        "a/../b",
        "C:\\b",
        "a\nb",
        "",
        "\u{202e}b",
    ] {
        let mut row = relative("a", VerdictKind::Regressed);
        row.budget.as_mut().unwrap().file = file.to_owned();
        let mut report = reports::of(vec![row]);
        report.findings = vec![finding(Code::UnmatchedBudget, Severity::Error, Some(file))];
        assert_eq!(
            post::post(&report, &context()).check.annotations,
            [],
            "{file:?}"
        );
        // The log says it all the same, without a place.
        let commands = workflow_commands(&report, "");
        assert_eq!(commands.lines().count(), 3, "{commands}");
        assert!(!commands.contains("file="), "{commands}");
    }
}

#[test]
fn log_commands_say_the_answer_what_broke_and_what_was_found() {
    let mut report = reports::of(vec![
        relative("50%, or: so", VerdictKind::Regressed),
        relative("quiet", VerdictKind::Unchanged),
    ]);
    report.findings = vec![finding(
        Code::UnmatchedWaiver,
        Severity::Warning,
        Some("a, b:c%/budgets.toml"),
    )];
    assert_eq!(
        workflow_commands(&report, ""),
        "::error title=tollgate::FAIL: 2 checks broken: 2 regressed; 1 unresolved\n\
         ::error file=budgets.toml,line=12,title=regressed%3A parse/50%25%2C or%3A so::parse/50%25, or: so: regressed, +10.0%25 [+8.1%25, +12.2%25], base 250.0 µs, head 275.0 µs, budget slower 5.0%25\n\
         ::warning title=tollgate%3A unmatched-waiver::no benchmark matches `a/*`%0Acorrect the glob or remove the budget\n"
    );
    assert_eq!(workflow_commands(&reports::of(Vec::new()), ""), "");
}

#[test]
fn a_gate_that_fails_without_a_broken_row_says_so() {
    let mut report = reports::of(vec![relative("open", VerdictKind::Inconclusive)]);
    report.exit = ExitCode::Unresolved;
    assert_eq!(workflow_commands(&report, "").lines().count(), 1);
}

#[test]
fn no_more_is_written_than_the_runner_shows() {
    let mut report = reports::of(
        (0..25)
            .map(|at| at_line("x", VerdictKind::Regressed, at + 1))
            .collect(),
    );
    report.findings = vec![finding(Code::UnmatchedWaiver, Severity::Warning, None); 10];
    let commands = workflow_commands(&report, "");
    let count = |start| {
        commands
            .lines()
            .filter(|line| line.starts_with(start))
            .count()
    };
    assert_eq!((count("::error "), count("::warning ")), (10, 10));
    assert!(
        commands.contains("::error title=tollgate::and 17 more in the summary of this step\n"),
        "{commands}"
    );
    assert_eq!(commands.matches("more in the summary").count(), 1);
}

#[test]
fn the_check_fails_unless_the_gate_passes() {
    for exit in [
        ExitCode::Pass,
        ExitCode::Broken,
        ExitCode::Error,
        ExitCode::Unresolved,
        ExitCode::NotEnforced,
    ] {
        let mut report = reports::of(Vec::new());
        report.exit = exit;
        let post = post::post(&report, &context());
        let passes = exit == ExitCode::Pass;
        assert_eq!(
            post.check.conclusion == Conclusion::Success,
            passes,
            "{exit:?}"
        );
        assert_eq!(
            post.check.conclusion == Conclusion::Failure,
            !passes,
            "{exit:?}"
        );
        assert_eq!(post.status.passes, passes, "{exit:?}");
    }
}

#[test]
fn a_comment_is_started_for_what_moved_broke_or_is_excused_only() {
    use VerdictKind as V;
    let said = |report: &Report| post::post(report, &context()).worth_saying;
    let with = |verdict| {
        let mut report = reports::of(vec![relative("a", verdict)]);
        report.exit = ExitCode::Pass;
        report
    };
    for verdict in [
        V::Regressed,
        V::OverBudget,
        V::Violated,
        V::Failed,
        V::Improved,
        V::Waived,
        V::Missing,
        V::Invalid,
    ] {
        assert!(said(&with(verdict)), "{verdict:?}");
    }
    for verdict in [
        V::Inconclusive,
        V::NotProven,
        V::New,
        V::NotSlower,
        V::Unchanged,
        V::WithinBudget,
        V::Proven,
    ] {
        assert!(!said(&with(verdict)), "{verdict:?}");
        let mut failing = with(verdict);
        failing.exit = ExitCode::Unresolved;
        assert!(said(&failing), "{verdict:?}");
    }
    let mut changed = with(V::Unchanged);
    changed.findings = vec![finding(Code::UnusedWaiver, Severity::Note, None)];
    assert!(!said(&changed));
    for code in [
        Code::BudgetsChanged,
        Code::BaseNotMeasured,
        Code::NotBelieved,
    ] {
        changed.findings = vec![finding(code, Severity::Note, None)];
        assert!(said(&changed), "{code}");
    }
}

#[test]
fn a_comment_is_started_where_green_only_means_that_nothing_could_be_compared() {
    use VerdictKind as V;
    let said = |rows: Vec<Row>| {
        let mut report = reports::of(rows);
        report.exit = ExitCode::Pass;
        post::post(&report, &context()).worth_saying
    };
    let within = || Row {
        limit: Limit::Max(Quantity {
            value: 1.0,
            unit: Unit::Nanoseconds,
        }),
        ..relative("a", V::WithinBudget)
    };
    let row = |verdict| relative("b", verdict);
    assert!(said(vec![within(), row(V::NotComparable)]));
    assert!(said(vec![within(), row(V::NotComparable), row(V::New)]));
    // Some machines have no baseline for some of it: every other run would have a comment.
    assert!(!said(vec![row(V::Unchanged), row(V::NotComparable)]));
    assert!(!said(vec![within(), row(V::New)]));
    assert!(!said(vec![within()]));
    let mut report = reports::of(vec![row(V::Unchanged)]);
    report.exit = ExitCode::Pass;
    report.findings = vec![finding(Code::BaseNotMeasured, Severity::Warning, None)];
    assert!(post::post(&report, &context()).worth_saying);
}

#[test]
fn where_nothing_was_judged_the_check_fails_and_no_comment_is_started() {
    for reason in [
        Unjudged::NoArtifact,
        Unjudged::Expired,
        Unjudged::Refused("it has two files"),
        Unjudged::NoPolicy("no budgets"),
    ] {
        let post = post::unjudged(&reason, &context());
        assert!(!post.worth_saying);
        assert_eq!(post.check.conclusion, Conclusion::Failure);
        assert!(!post.status.passes);
        assert!(post.check.title.starts_with("could not judge: "));
        assert!(post.comment.starts_with("### tollgate: could not judge\n"));
        assert!(!post.comment.to_lowercase().contains("pass"));
    }
    let superseded = post::unjudged(&Unjudged::Superseded, &context());
    assert_eq!(superseded.check.conclusion, Conclusion::Neutral);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_starts_a_command_of_its_own(texts in proptest::collection::vec("[:%,=\n\r#\\[a]{0,20}|\\PC{0,20}|any", 1..4)) {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let commands = workflow_commands(&reports::full_of(&texts), "");
        for line in commands.lines() {
            prop_assert!(line.starts_with("::error ") || line.starts_with("::warning "), "{line:?}");
            let (properties, _) = line[2..].split_once("::").unwrap();
            for property in properties.split_once(' ').unwrap().1.split(',') {
                prop_assert!(["file=", "line=", "title="].iter().any(|key| property.starts_with(key)), "{line:?}");
            }
            prop_assert!(!line.contains("##["));
        }
        let post = post::post(&reports::full_of(&texts), &context());
        for one in &post.check.annotations {
            prop_assert!(!one.title.chars().chain(one.path.chars()).any(char::is_control));
            prop_assert!(!one.message.chars().any(|c| c.is_control() && c != '\n'));
        }
    }
}
