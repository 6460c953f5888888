use super::paired_samples;
use super::samples::{self, HOSTILE};
use super::{MARKDOWN_LIMIT, Report, TerminalOptions, json, markdown, terminal};
use crate::budget::{Enforcement, Unresolved};
use crate::compare::NotComparable;
use crate::diagnostic::{Code, Diagnostic};
use crate::measurement::Metric;
use crate::units::{Change, Unit};
use crate::verdict::{ExitCode, Limit, VerdictKind};
use proptest::prelude::*;
use unicode_width::UnicodeWidthStr;

fn plain(report: &Report, width: usize) -> String {
    terminal(
        report,
        TerminalOptions {
            width,
            colour: false,
            verbose: false,
        },
    )
}

fn value(report: &Report) -> serde_json::Value {
    serde_json::from_str(&json(report).expect("written")).expect("JSON")
}

#[test]
fn all_green_is_counts_only() {
    insta::assert_snapshot!("all_green_80", plain(&samples::all_green(), 80));
    insta::assert_snapshot!("all_green_markdown", markdown(&samples::all_green()));
}

#[test]
fn two_red_say_what_broke_and_how_to_reproduce() {
    insta::assert_snapshot!("two_red_80", plain(&samples::two_red(), 80));
    insta::assert_snapshot!("two_red_200", plain(&samples::two_red(), 200));
    insta::assert_snapshot!("two_red_markdown", markdown(&samples::two_red()));
    let pretty = serde_json::to_string_pretty(&value(&samples::two_red())).expect("JSON");
    insta::assert_snapshot!("two_red_json", pretty);
}

#[test]
fn a_newcomer_is_green_for_an_honest_reason() {
    insta::assert_snapshot!("newcomer_80", plain(&samples::newcomer(), 80));
    insta::assert_snapshot!("newcomer_markdown", markdown(&samples::newcomer()));
}

#[test]
fn a_missing_benchmark_is_named_with_what_to_do() {
    insta::assert_snapshot!("missing_80", plain(&samples::missing_benchmark(), 80));
    insta::assert_snapshot!("missing_markdown", markdown(&samples::missing_benchmark()));
}

#[test]
fn what_disturbed_a_whole_job_is_said_once() {
    let disturbed = |name, note: &str| {
        let mut check = samples::skipped(
            name,
            NotComparable::KernelOff {
                detail: note.to_owned(),
            },
        );
        check.verdict = VerdictKind::Inconclusive;
        check.notes = vec![note.to_owned()];
        check
    };
    let checks = [
        ("a", "alu"),
        ("b", "alu"),
        ("c", "alu"),
        ("d", "wake"),
        ("e", "alu"),
    ]
    .map(|(name, note)| disturbed(name, note));
    let report = samples::report_of(checks.into(), Vec::new(), ExitCode::Pass);
    let shown = plain(&report, 80);
    let notes: Vec<&str> = (shown.lines().map(str::trim))
        .filter(|line| line.starts_with("note:"))
        .collect();
    assert_eq!(
        notes,
        [
            "note: alu",
            "note: as above",
            "note: as above",
            "note: wake",
            "note: alu"
        ],
        "{shown}"
    );
    assert_eq!(shown.matches("help:").count(), 3, "{shown}");
}

#[test]
fn hostile_names_stay_on_their_lines() {
    insta::assert_snapshot!("hostile_80", plain(&samples::hostile(), 80));
    insta::assert_snapshot!("hostile_200", plain(&samples::hostile(), 200));
    insta::assert_snapshot!("hostile_markdown", markdown(&samples::hostile()));
}

#[test]
fn an_empty_report_says_that_nothing_was_enforced() {
    insta::assert_snapshot!("empty_80", plain(&samples::empty(), 80));
    insta::assert_snapshot!("empty_markdown", markdown(&samples::empty()));
}

#[test]
fn five_hundred_quiet_benchmarks_are_counts() {
    insta::assert_snapshot!("many_80", plain(&samples::many(500), 80));
}

#[test]
fn verbose_lists_every_row() {
    let options = TerminalOptions {
        width: 100,
        colour: false,
        verbose: true,
    };
    insta::assert_snapshot!(
        "newcomer_verbose_100",
        terminal(&samples::newcomer(), options)
    );
    let text = terminal(&samples::many(500), options);
    assert!((0..500).all(|at| text.contains(&format!("bench/{at:05}"))));
}

#[test]
fn colour_is_only_added_to_the_same_text() {
    for report in [samples::two_red(), samples::hostile(), samples::newcomer()] {
        for width in [60, 80, 200] {
            let coloured = terminal(
                &report,
                TerminalOptions {
                    width,
                    colour: true,
                    verbose: false,
                },
            );
            assert!(coloured.contains('\x1b'));
            let stripped = anstream::adapter::strip_str(&coloured).to_string();
            assert_eq!(stripped, plain(&report, width));
        }
    }
}

#[test]
fn no_hostile_name_injects_a_line_or_an_escape() {
    let report = samples::hostile();
    let text = plain(&report, 80) + &plain(&report, 200);
    assert!(!text.contains('\x1b'));
    assert!(!text.contains('\u{202e}'));
    assert!(!text.lines().any(|line| line.trim_start().starts_with("::")));
    let answers = text
        .lines()
        .filter(|line| line.trim_start().starts_with("tollgate: "))
        .count();
    assert_eq!(answers, 2);
}

#[test]
fn json_keeps_names_exactly() {
    let report = value(&samples::hostile());
    let names: Vec<&str> = report["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| row["benchmark"].as_str().expect("a name"))
        .collect();
    assert_eq!(names, HOSTILE);
}

#[test]
fn json_has_no_numbers_that_json_cannot_write() {
    let mut check = samples::relative("x", VerdictKind::Inconclusive, [3.0, 1.0, 5.0, 9.0]);
    let comparison = check.comparison.as_mut().expect("a comparison");
    comparison.effect = Change::from_log(f64::NAN);
    comparison.interval = crate::compare::Interval::UNBOUNDED;
    comparison.base = f64::INFINITY;
    comparison.candidate = 1e300;
    check.not_comparable = Some(NotComparable::Unsteady { factor: f64::NAN });
    let report = samples::report_of(vec![check], Vec::new(), ExitCode::Pass);
    let row = &value(&report)["rows"][0];
    assert!(row["change"]["effect"].is_null());
    assert!(row["change"]["low"].is_null());
    assert!(row["change"]["high"].is_null());
    assert!(row["change"]["base"].is_null());
    assert_eq!(row["change"]["candidate"], 1e300);
    assert!(row["not_comparable"]["factor"].is_null());
    assert_eq!(row["not_comparable"]["reason"], "unsteady");
}

#[test]
fn json_starts_with_its_format_and_version() {
    let text = json(&samples::empty()).expect("written");
    assert!(text.starts_with(r#"{"format":"tollgate-report","version":1,"tollgate":"0.1.0","exit":{"code":4,"name":"not-enforced","#), "{text}");
    assert!(text.ends_with("}\n"));
}

#[test]
fn json_keeps_the_order_of_its_keys() {
    let text = json(&samples::missing_benchmark()).expect("written");
    // A line an object, to be read; the order is that of the text.
    insta::assert_snapshot!("missing_json_raw", text.replace("},", "},\n"));
}

/// Every key of a JSON value, at any depth; keys of `verdicts` are data.
fn keys(value: &serde_json::Value, found: &mut std::collections::BTreeSet<String>) {
    match value {
        serde_json::Value::Object(object) => {
            for (key, value) in object {
                found.insert(key.clone());
                if key != "verdicts" {
                    keys(value, found);
                }
            }
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| keys(value, found)),
        _ => {}
    }
}

fn every_reason() -> Vec<NotComparable> {
    vec![
        NotComparable::New,
        NotComparable::NoBaseline,
        NotComparable::TooFewJobs { jobs: 1, needed: 8 },
        NotComparable::OtherMachine {
            difference: "x".to_owned(),
        },
        NotComparable::OtherCompiler {
            baseline: "a".to_owned(),
            candidate: "b".to_owned(),
        },
        NotComparable::Stale {
            days: 90,
            limit: 60,
        },
        NotComparable::KernelOff {
            detail: "x".to_owned(),
        },
        NotComparable::Steal { share: 0.1 },
        NotComparable::Unsteady { factor: 3.0 },
        NotComparable::TooFewObservations { got: 1, needed: 5 },
        NotComparable::NoRatio,
        NotComparable::BaseUnusable {
            why: "x".to_owned(),
        },
    ]
}

#[test]
fn every_field_reason_verdict_and_exit_code_is_documented() {
    let document = include_str!("../../docs/report-format.md");
    let mut found = std::collections::BTreeSet::new();
    let mut reasons: Vec<_> = every_reason()
        .into_iter()
        .map(|why| samples::skipped("x", why))
        .collect();
    reasons.push(samples::relative(
        "x",
        VerdictKind::Regressed,
        [10.0, 8.0, 12.0, 3.0],
    ));
    let reasons = samples::report_of(reasons, Vec::new(), ExitCode::Pass);
    for report in [
        reasons,
        samples::two_red(),
        samples::missing_benchmark(),
        paired_samples::everything(),
    ] {
        let value = value(&report);
        keys(&value, &mut found);
        for row in value["rows"].as_array().expect("rows") {
            found.insert(row["verdict"].as_str().expect("a verdict").to_owned());
            if let Some(reason) = row["not_comparable"]["reason"].as_str() {
                found.insert(reason.to_owned());
            }
        }
    }
    assert!(found.len() > 110, "{}", found.len());
    for word in &found {
        assert!(document.contains(&format!("`{word}`")), "{word}");
    }
    for exit in [
        ExitCode::Pass,
        ExitCode::Broken,
        ExitCode::Error,
        ExitCode::Unresolved,
        ExitCode::NotEnforced,
    ] {
        let exit = &value(&samples::report_of(Vec::new(), Vec::new(), exit))["exit"];
        let line = format!(
            "| {} | `{}` | {} |",
            exit["code"],
            exit["name"].as_str().expect("a name"),
            exit["meaning"].as_str().expect("a meaning")
        );
        assert!(document.contains(&line), "{line}");
    }
}

#[test]
fn json_says_where_a_finding_stands() {
    let report = value(&samples::missing_benchmark());
    let finding = &report["findings"][0];
    assert_eq!(finding["code"], "unmatched-budget");
    assert_eq!(finding["severity"], "error");
    assert_eq!(finding["file"], "budgets.toml");
    assert_eq!(finding["line"], 4);
    assert_eq!(finding["column"], 9);
    assert_eq!(report["rows"][0]["budget"]["line"], 4);
    let bare = &report["findings"][1];
    assert!(bare["file"].is_null() && bare["line"].is_null());
}

#[test]
fn every_exit_code_has_its_word_and_number() {
    let words: Vec<String> = [
        ExitCode::Pass,
        ExitCode::Broken,
        ExitCode::Error,
        ExitCode::Unresolved,
        ExitCode::NotEnforced,
    ]
    .into_iter()
    .map(|exit| {
        let report = samples::report_of(Vec::new(), Vec::new(), exit);
        let text = plain(&report, 80);
        let last = text.lines().last().expect("a line");
        format!("{}\n{last}", report.headline.sentence)
    })
    .collect();
    insta::assert_snapshot!("exit_codes", words.join("\n"));
}

#[test]
fn unresolved_that_must_be_resolved_is_the_headline() {
    let mut check = samples::relative("noisy", VerdictKind::Inconclusive, [3.0, -2.0, 8.0, 9.0]);
    check.unresolved = Unresolved::Fail;
    let report = samples::report_of(vec![check], Vec::new(), ExitCode::Unresolved);
    assert_eq!(report.headline.word, "UNRESOLVED");
    assert_eq!(
        report.headline.sentence,
        "1 check could not be decided, and must be"
    );
}

#[test]
fn an_undecided_baseline_check_asks_for_jobs_and_not_for_rounds() {
    let mut check = samples::relative("noisy", VerdictKind::Inconclusive, [3.0, -2.0, 8.0, 9.0]);
    check.comparison.as_mut().expect("a comparison").method = crate::compare::Method::Baseline;
    let report = samples::report_of(vec![check], Vec::new(), ExitCode::Pass);
    let step = report.rows[0].next_step.as_deref().expect("a step");
    assert!(step.starts_with("record more jobs"), "{step}");
    assert!(step.contains("the baseline has 10"), "{step}");
}

#[test]
fn an_unbounded_estimate_asks_for_invocations() {
    let check = samples::absolute(
        "few",
        VerdictKind::Inconclusive,
        [90_000.0, f64::NEG_INFINITY, f64::INFINITY, 100_000.0],
    );
    let report = samples::report_of(vec![check], Vec::new(), ExitCode::Pass);
    let step = report.rows[0].next_step.as_deref().expect("a step");
    assert!(step.starts_with("too few invocations"), "{step}");
    assert!(plain(&report, 80).contains("interval [-∞, ∞]"));
    let value = &value(&report)["rows"][0]["value"];
    assert!(value["low"].is_null() && value["high"].is_null());
}

#[test]
fn a_failed_suite_explains_its_missing_benchmarks() {
    let checks = vec![samples::missing("x")];
    let report = samples::report_with(checks, Vec::new(), ExitCode::NotEnforced, |run| {
        run.failures[0].benchmark = None;
        run.failures[0].kind = crate::measurement::FailureKind::TimedOut;
    });
    let step = report.rows[0].next_step.as_deref().expect("a step");
    assert!(step.starts_with("it ran into its time limit"), "{step}");
}

#[test]
fn a_partial_run_says_so() {
    let report = samples::report_with(Vec::new(), Vec::new(), ExitCode::NotEnforced, |run| {
        run.header.partial = true;
    });
    assert!(report.headline.sentence.contains("cut short"));
    assert_eq!(value(&report)["run"]["partial"], true);
}

#[test]
fn a_reason_is_stated_once_whatever_its_numbers() {
    let checks = (0..40)
        .map(|at| {
            let factor = 3.0 + f64::from(at);
            samples::skipped(&format!("b{at}"), NotComparable::Unsteady { factor })
        })
        .chain([samples::skipped("none", NotComparable::NoBaseline)])
        .collect();
    let report = samples::report_of(checks, Vec::new(), ExitCode::NotEnforced);
    assert_eq!(report.skipped.len(), 2);
    assert_eq!(
        (report.skipped[0].checks, report.skipped[0].similar),
        (40, 39)
    );
    assert_eq!(
        (report.skipped[1].checks, report.skipped[1].similar),
        (1, 0)
    );
}

#[test]
fn many_findings_of_one_code_are_folded() {
    let findings = (0..100)
        .map(|at| Diagnostic::note(Code::UnbudgetedBenchmark, format!("b{at} has no budget")))
        .collect();
    let report = samples::report_of(Vec::new(), findings, ExitCode::NotEnforced);
    let text = plain(&report, 80);
    assert_eq!(text.matches("has no budget").count(), 5);
    assert!(text.contains("… and 95 more [unbudgeted-benchmark]"));
    let verbose = TerminalOptions {
        width: 80,
        colour: false,
        verbose: true,
    };
    assert_eq!(
        terminal(&report, verbose).matches("has no budget").count(),
        100
    );
}

#[test]
fn markdown_stays_below_the_limit_and_drops_the_least_important_rows() {
    let name = "日本`|".repeat(40);
    let checks = (0..5_000)
        .map(|at| {
            let verdict = if at < 50 {
                VerdictKind::Regressed
            } else {
                VerdictKind::Improved
            };
            let mut check =
                samples::relative(&format!("{at:04}{name}"), verdict, [10.0, 8.0, 12.0, 3.0]);
            check.notes = vec![name.repeat(20)];
            check
        })
        .collect();
    let findings = (0..5_000)
        .map(|at| Diagnostic::warning(Code::UnmatchedBudget, format!("{at} {name}")))
        .collect();
    let text = markdown(&samples::report_of(checks, findings, ExitCode::Broken));
    let size = MARKDOWN_LIMIT.of(&text);
    assert!(size <= MARKDOWN_LIMIT.most(), "{size}");
    assert!(size > MARKDOWN_LIMIT.most() / 2, "{size}");
    assert!(text.contains("more in the JSON report."));
    assert_eq!(text.matches("| **regressed** |").count(), 50);
    assert!(text.contains("0049日"));
}

#[test]
fn markdown_of_ten_thousand_quiet_rows_fits() {
    let text = markdown(&samples::many(10_000));
    assert!(MARKDOWN_LIMIT.of(&text) <= MARKDOWN_LIMIT.most());
    assert!(text.contains("10000 checks: 10000 unchanged"));
    assert!(text.contains("more in the JSON report."));
}

#[test]
fn a_unit_from_outside_is_no_markup() {
    let mut check = samples::absolute("x", VerdictKind::OverBudget, [9.0, 8.0, 10.0, 5.0]);
    let unit = Unit::Other("@a |[x](http://e)".to_owned());
    check.metric = Some(Metric::lower("custom", unit.clone()));
    if let Limit::Max(quantity) = &mut check.limit {
        quantity.unit = unit;
    }
    let text = markdown(&samples::report_of(
        vec![check],
        Vec::new(),
        ExitCode::Broken,
    ));
    let row = text
        .lines()
        .find(|line| line.starts_with("| `"))
        .expect("the row");
    assert_eq!(row.matches(" | ").count(), 6, "{row}");
    assert_eq!(row.matches("@a").count(), row.matches("@a \\|").count());
    assert!(row.contains("`") && !row.contains("| 9"), "{row}");
}

#[test]
fn a_warning_is_not_counted_as_broken() {
    let mut check = samples::relative("x", VerdictKind::Regressed, [10.0, 8.0, 12.0, 3.0]);
    check.severity = Enforcement::Warn;
    let report = samples::report_of(vec![check], Vec::new(), ExitCode::Pass);
    assert!(!report.rows[0].fails());
    assert!(report.headline.sentence.contains("1 broken as a warning"));
}

fn any_verdict() -> impl Strategy<Value = VerdictKind> {
    proptest::sample::select(vec![
        VerdictKind::Regressed,
        VerdictKind::OverBudget,
        VerdictKind::Invalid,
        VerdictKind::Missing,
        VerdictKind::Inconclusive,
        VerdictKind::Waived,
        VerdictKind::Improved,
        VerdictKind::New,
        VerdictKind::NotComparable,
        VerdictKind::Unchanged,
        VerdictKind::Failed,
        VerdictKind::Violated,
        VerdictKind::NotProven,
        VerdictKind::Proven,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn every_line_fits(
        width in 60_usize..=200,
        names in proptest::collection::vec((any::<String>(), any_verdict(), any::<bool>()), 0..8),
        unit in any::<String>(),
        note in any::<String>(),
        seed in any::<String>(),
        numbers in any::<[f64; 4]>(),
        verbose in any::<bool>(),
    ) {
        let checks = names
            .iter()
            .map(|(name, verdict, relative)| {
                let mut check = if *relative {
                    samples::relative(name, *verdict, numbers)
                } else {
                    samples::absolute(name, *verdict, numbers)
                };
                check.metric = Some(Metric::lower(name.as_str(), Unit::Other(unit.clone())));
                check.notes = vec![note.clone()];
                check
            })
            .collect();
        let findings = vec![
            Diagnostic::warning(Code::UnmatchedBudget, note.clone()).with_help(seed.clone()),
        ];
        let report = samples::report_with(checks, findings, ExitCode::Broken, |run| {
            run.header.seed = seed.clone();
            run.environment.cpu.name = Some(note.clone());
        });
        let text = terminal(&report, TerminalOptions { width, colour: false, verbose });
        for line in text.lines() {
            prop_assert!(line.width() <= width, "{} > {width}: {line:?}", line.width());
        }
        prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
        value(&report);
        prop_assert!(MARKDOWN_LIMIT.of(&markdown(&report)) <= MARKDOWN_LIMIT.most());
    }
}
