use super::*;
use crate::budget::Enforcement;
use crate::diagnostic::{Code, Diagnostic};
use crate::measurement::Revision;
use crate::report::samples::{self, relative, report_of};
use crate::verdict::{ExitCode, VerdictKind};

const URL: &str = "https://github.com/octo-org/octo-repo/actions/runs/1658821493";
const HEAD_COMMIT: &str = "fedcba9876543210fedcba9876543210fedcba98";

fn page(report: &Report, frame: Frame<'_>) -> String {
    Pages::new(report, frame, MARKDOWN_LIMIT).page(MARKDOWN_LIMIT, Rest::StepSummary)
}

/// As a pull request is shown: its head, merged and measured.
fn frame() -> Frame<'static> {
    Frame {
        run_url: Some(URL),
        head: Some(HEAD_COMMIT),
        from_fork: false,
    }
}

#[test]
fn the_first_line_is_the_answer_in_words_of_tollgate() {
    let text = markdown(&samples::two_red());
    let first = text.lines().next().unwrap();
    assert_eq!(
        first,
        "### tollgate: FAIL · 2 checks broken: 1 regressed, 1 over-budget"
    );
    let green = markdown(&samples::all_green());
    assert!(green.starts_with("### tollgate: PASS · all 4 enforced checks hold\n"));
}

#[test]
fn the_head_of_a_pull_request_is_told_from_the_merge_that_was_measured() {
    let mut report = samples::two_red();
    report.candidate.dirty = false;
    let text = page(&report, frame());
    let said = "Head `fedcba987654`, merged as `89abcdef0123`, against base `0123456789ab` ([run](https://github.com/octo-org/octo-repo/actions/runs/1658821493)).";
    assert!(text.contains(said), "{text}");
    let mut alone = report.clone();
    alone.base = None;
    let text = page(&alone, frame());
    assert!(
        text.contains("Head `fedcba987654`, merged as `89abcdef0123` (["),
        "{text}"
    );
    report.candidate.commit = HEAD_COMMIT.to_owned();
    let text = page(&report, frame());
    assert!(
        text.contains("Head `fedcba987654` against base `0123456789ab` ("),
        "{text}"
    );
    assert!(!text.contains("own workflow"));
    let fork = Frame {
        from_fork: true,
        ..frame()
    };
    assert!(page(&report, fork).contains("measured by the pull request's own workflow"));
}

#[test]
fn what_reproduces_a_red_row_fetches_what_was_measured() {
    let commands = |report: &Report, frame| {
        let text = page(report, frame);
        let start = text.find("```sh\n").map(|at| at + 6)?;
        let end = text[start..].find("```")?;
        Some(text[start..start + end].to_owned())
    };
    let mut report = samples::two_red();
    // A developer's own tree: only the base is needed.
    assert_eq!(
        commands(&report, Frame::default()).unwrap(),
        "git fetch origin 0123456789abcdef0123456789abcdef01234567\n\
         tollgate check --base 0123456789ab --only 'parse/large' --seed 42\n"
    );
    report.candidate.dirty = false;
    assert_eq!(
        commands(&report, frame()).unwrap(),
        "git fetch origin 0123456789abcdef0123456789abcdef01234567 89abcdef0123456789abcdef0123456789abcdef\n\
         git switch --detach 89abcdef0123456789abcdef0123456789abcdef\n\
         tollgate check --base 0123456789ab --only 'parse/large' --seed 42\n"
    );
    // The commits that a fork's run names may be anything: nobody is told to check them out.
    let fork = Frame {
        from_fork: true,
        ..frame()
    };
    assert_eq!(
        commands(&report, fork).unwrap(),
        format!(
            "git fetch origin\ngit fetch origin {HEAD_COMMIT}\ngit switch --detach {HEAD_COMMIT}\n\
             tollgate check --base merge-base --only 'parse/large' --seed 42\n"
        )
    );
    let headless = Frame { head: None, ..fork };
    let text = commands(&report, headless).unwrap();
    assert!(
        text.contains("--base merge-base") && !text.contains("git"),
        "{text}"
    );
    // What is no commit is not handed to git.
    report.candidate.commit = "$(touch x)".to_owned();
    assert!(!commands(&report, frame()).unwrap().contains("switch"));
    report.base = Some(Revision {
        commit: "-upload-pack=x".to_owned(),
        dirty: false,
    });
    let text = commands(&report, frame()).unwrap();
    assert!(!text.contains("git"), "{text}");
    assert!(text.contains("--base '-upload-pack'"), "{text}");
    // Nobody pastes this, and half a command must not be pasted.
    report.seed = "1".repeat(5_000);
    assert_eq!(commands(&report, frame()), None);
    assert_eq!(commands(&samples::all_green(), frame()), None);
}

#[test]
fn red_comes_first_then_unusable_undecided_excused_and_better_ones() {
    use VerdictKind::{Improved, Inconclusive, Missing, Regressed, Waived};
    let mut warns = relative("warns", Regressed, [30.0, 20.0, 40.0, 3.0]);
    warns.severity = Enforcement::Warn;
    let mut must = relative("must", Inconclusive, [1.0, -1.0, 9.0, 3.0]);
    must.unresolved = crate::budget::Unresolved::Fail;
    let checks = vec![
        relative("better", Improved, [-20.0, -22.0, -18.0, 3.0]),
        relative("excused", Waived, [9.0, 8.0, 10.0, 3.0]),
        relative("open", Inconclusive, [4.0, -1.0, 9.0, 3.0]),
        must,
        relative("gone", Missing, [0.0; 4]),
        warns,
        relative("small", Regressed, [8.0, 7.0, 9.0, 3.0]),
        relative("large", Regressed, [25.0, 20.0, 30.0, 3.0]),
        relative("quiet", VerdictKind::Unchanged, [0.1, -1.0, 1.0, 3.0]),
    ];
    let text = markdown(&report_of(checks, Vec::new(), ExitCode::Broken));
    let order: Vec<&str> = (text.lines())
        .filter_map(|line| line.strip_prefix("| `parse/")?.split('`').next())
        .collect();
    assert_eq!(
        order,
        [
            "large", "small", "warns", "gone", "must", "open", "excused", "better", "quiet"
        ]
    );
}

#[test]
fn an_open_table_is_no_wall() {
    let checks = (0..400)
        .map(|at| {
            let verdict = match at {
                0..40 => VerdictKind::Regressed,
                40..100 => VerdictKind::Inconclusive,
                _ => VerdictKind::Unchanged,
            };
            relative(&format!("b{at:03}"), verdict, [9.0, 8.0, 10.0, 3.0])
        })
        .collect();
    let text = markdown(&report_of(checks, Vec::new(), ExitCode::Broken));
    let open = text.split("<details>").next().unwrap();
    assert_eq!(open.matches("| `parse/").count(), rows::MOST_OPEN_ROWS);
    assert!(text.contains("<summary>75 more checks: 60 inconclusive, 15 regressed</summary>"));
    assert!(text.contains("<summary>300 more checks: 300 unchanged</summary>"));
    assert_eq!(text.matches("| `parse/").count(), 400);
}

#[test]
fn what_could_not_be_decided_is_no_wall_either() {
    let checks = (0..60)
        .map(|at| {
            let verdict = if at < 2 {
                VerdictKind::Regressed
            } else {
                VerdictKind::Inconclusive
            };
            relative(&format!("b{at:03}"), verdict, [9.0, 8.0, 10.0, 3.0])
        })
        .collect();
    let text = markdown(&report_of(checks, Vec::new(), ExitCode::Broken));
    let open = text.split("<details>").next().unwrap();
    assert_eq!(open.matches("| `parse/").count(), 10);
    assert!(text.contains("<summary>50 more checks: 50 inconclusive</summary>"));
}

#[test]
fn numbers_keep_their_units() {
    let text = markdown(&samples::two_red());
    let row = text
        .lines()
        .find(|line| line.starts_with("| `parse/warned`"));
    assert_eq!(
        row.unwrap(),
        "| `parse/warned` | 250.0\u{a0}µs | 267.5\u{a0}µs | +7.0% [+5.5%,\u{a0}+8.5%] | slower\u{a0}5.0%,\u{a0}warn | 3.0% | regressed |"
    );
}

#[test]
fn what_is_said_of_many_rows_is_said_once() {
    let checks = (0..50)
        .map(|at| {
            let mut check = relative(
                &format!("b{at}"),
                VerdictKind::Inconclusive,
                [3.0, -2.0, 8.0, 9.0],
            );
            check.notes = vec!["the hypervisor took time away".to_owned()];
            check
        })
        .collect();
    let text = markdown(&report_of(checks, Vec::new(), ExitCode::Pass));
    assert!(
        text.contains("parse/b0, parse/b1, parse/b2, 47 more: the hypervisor took time away\n")
    );
    assert_eq!(text.matches("took time away").count(), 1);
}

#[test]
fn changed_budgets_are_said_where_nobody_overlooks_them() {
    let mut finding = Diagnostic::warning(
        Code::BudgetsChanged,
        "budgets.toml was changed; this run is judged by the base's budgets (10 loosened, 0 other changes)",
    );
    finding.notes = (0..10)
        .map(|at| format!("loosened: `parse/{at}` slower 5.0% -> 50.0%"))
        .collect();
    let text = markdown(&report_of(Vec::new(), vec![finding], ExitCode::Pass));
    let open = text.split("<details>").next().unwrap();
    assert!(open.contains(
        "> [!WARNING]\n> **This change touches the budgets.** `budgets.toml was changed; "
    ));
    assert_eq!(open.matches("> - ").count(), 9);
    assert!(open.contains("> - ``loosened: `parse/7` slower 5.0% -> 50.0%``\n> - and 2 more lines among the findings\n"));
    assert!(text.contains("note: loosened: `parse/9` slower"));
}

#[test]
fn errors_that_explain_the_answer_are_not_folded_away() {
    let findings = (0..9)
        .map(|at| {
            Diagnostic::error(
                Code::UnmatchedBudget,
                format!("no benchmark matches `b{at}`"),
            )
        })
        .chain([Diagnostic::note(Code::UnusedWaiver, "a note")])
        .collect();
    let text = markdown(&report_of(Vec::new(), findings, ExitCode::NotEnforced));
    let open = text.split("<details>").next().unwrap();
    assert_eq!(
        open.matches("- **unmatched-budget** `` no benchmark")
            .count(),
        4
    );
    assert!(open.contains("- and 5 more findings below"));
    assert!(!open.contains("a note"));
    assert!(text.contains("<summary>Findings: 9 errors, 1 note</summary>"));
}

#[test]
fn only_an_address_that_can_stand_in_a_link_becomes_one() {
    let link = |url| {
        Frame {
            run_url: Some(url),
            ..Frame::default()
        }
        .link()
    };
    assert_eq!(link(URL), Some(URL));
    assert!(link("https://ghe.example:8443/o/r/actions/runs/7/attempts/2?x=1#y").is_some());
    for wrong in [
        "",
        "javascript:alert(1)",
        "https://a b",
        "https://a)b",
        "https://a\nb",
        "https://<b>",
        "//a",
    ] {
        assert_eq!(link(wrong), None, "{wrong:?}");
    }
    assert_eq!(link(&format!("https://{}", "a".repeat(600))), None);
}

#[test]
fn sections_that_have_no_room_are_counted() {
    let report = crate::report::paired_samples::everything();
    let whole = markdown(&report);
    let limit = Size::Characters(Size::Characters(0).of(&whole) - 1);
    let text = Pages::new(&report, Frame::default(), limit).page(limit, Rest::JsonReport);
    assert!(limit.of(&text) <= limit.most());
    let tight = Size::Characters(3_200);
    let text = Pages::new(&report, Frame::default(), tight).page(tight, Rest::JsonReport);
    assert!(tight.of(&text) <= tight.most());
    assert!(text.contains("further section"), "{text}");
    assert!(text.contains("in the JSON report."), "{text}");
}
