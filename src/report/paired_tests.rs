//! Reports of runs with two sides.

use super::paired_samples as samples;
use super::samples::{relative, report_with};
use super::{Report, TerminalOptions, json, markdown, terminal};
use crate::compare::{Method, OverheadStanding};
use crate::measurement::{BaseSide, Purpose};
use crate::units::Change;
use crate::verdict::{ExitCode, VerdictKind};

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
fn a_base_run_says_what_changed_what_is_open_and_what_could_be_seen() {
    insta::assert_snapshot!("base_run_80", plain(&samples::base_run(), 80));
    insta::assert_snapshot!("base_run_200", plain(&samples::base_run(), 200));
    insta::assert_snapshot!("base_run_markdown", markdown(&samples::base_run()));
    let pretty = serde_json::to_string_pretty(&value(&samples::base_run())).expect("JSON");
    insta::assert_snapshot!("base_run_json", pretty);
}

#[test]
fn claims_say_what_is_proven_and_what_is_not() {
    insta::assert_snapshot!("claims_80", plain(&samples::claims(), 80));
    insta::assert_snapshot!("claims_markdown", markdown(&samples::claims()));
    let report = value(&samples::claims());
    assert_eq!(report["rows"][0]["limit"]["absolute"]["value"], 5e6);
    assert_eq!(report["rows"][0]["overhead"]["standing"], "violated");
    assert_eq!(report["rows"][2]["overhead"]["more_pairs"], 90);
}

#[test]
fn waivers_are_said_aloud() {
    insta::assert_snapshot!("waived_80", plain(&samples::waived(), 80));
    insta::assert_snapshot!("waived_markdown", markdown(&samples::waived()));
    let waiver = &value(&samples::waived())["rows"][1]["waiver"];
    assert_eq!(waiver["until"], "2027-01-31");
    assert_eq!(waiver["reason"], "correctness fix");
    assert_eq!(waiver["line"], 4);
}

#[test]
fn a_disturbed_runner_withholds_what_is_red() {
    insta::assert_snapshot!("disturbed_80", plain(&samples::disturbed(), 80));
    insta::assert_snapshot!("disturbed_markdown", markdown(&samples::disturbed()));
}

#[test]
fn statements_never_say_that_nothing_was_found() {
    let rows = samples::claims().rows;
    let statements: Vec<&str> = rows
        .iter()
        .filter_map(|row| row.statement.as_deref())
        .collect();
    insta::assert_snapshot!(statements.join("\n"), @r"
    VIOLATED overhead <= 1.0% and <= 5.000 ms: lower bound 1.2% / 480.0 µs (estimate 1.9%), 24 processes a side
    INVALID DESIGN of overhead <= 1.0% and <= 5.000 ms: upper 95% bound -3.0% / -1.200 ms (estimate -4.5%), lower bound -6.0%, 24 processes a side
    NOT PROVEN overhead <= 1.0% and <= 5.000 ms: upper 95% bound 1.8% / 720.0 µs (estimate 0.70%), 24 processes a side, needs ~90 more pairs
    PROVEN overhead <= 1.0% and <= 5.000 ms: upper 95% bound 0.62% / 248.0 µs (estimate 0.21%), 24 processes a side
    ");
    let hopeless = samples::claim(
        "x",
        VerdictKind::NotProven,
        OverheadStanding::NotProven,
        [-1.0, 0.99, 3.0],
        None,
    );
    let report = report_with(vec![hopeless], Vec::new(), ExitCode::Unresolved, |_| {});
    let statement = report.rows[0].statement.as_deref().expect("a statement");
    assert!(
        statement.ends_with("more pairs are not likely to prove it"),
        "{statement}"
    );
}

#[test]
fn calibration_is_a_line_of_its_own() {
    let line = |change: &dyn Fn(&mut Report)| {
        let mut report = samples::base_run();
        change(&mut report);
        let text = plain(&report, 200);
        text.lines()
            .find(|line| line.contains("false-alarms"))
            .map(str::to_owned)
    };
    insta::assert_snapshot!(
        [
            line(&|_| {}),
            line(&|report| report.false_alarms = Some(samples::rate(1, 0.0001, 0.0184))),
            line(&|report| report.false_alarms = Some(samples::rate(40, 0.0968, 0.1772))),
        ]
        .map(Option::unwrap)
        .join("\n"),
        @r"
    how often this gate false-alarms here is unknown until calibrated: run `tollgate calibrate`
    this gate false-alarms on at most 1.9% of comparisons here (1 of 300; 95%)
    this gate false-alarms on at most 17.8% of comparisons here (40 of 300; 95%), surely more than its level: relative checks only warn
    "
    );
    // Nothing is said of runs that calibration does not speak of.
    assert_eq!(line(&|report| report.purpose = Purpose::Calibrate), None);
    assert_eq!(
        line(&|report| {
            report.base = None;
            report.sides.clear();
        }),
        None
    );
}

#[test]
fn an_undecided_row_says_how_many_pairs_and_minutes_would_decide_it() {
    let step = |more| {
        let checks = vec![samples::noisy(more)];
        let report = report_with(checks, Vec::new(), ExitCode::Pass, samples::with_base);
        report.rows[0].next_step.clone().expect("a step")
    };
    assert_eq!(
        step(Some(75)),
        "about 75 more pairs, about 1 min of measuring, would decide it (had 10): raise `time` in [defaults], or run the job \
         again; it adds to these pairs and does not start afresh"
    );
    assert!(step(Some(1)).starts_with("about 1 more pair, about 800 ms of measuring, would"));
    assert_eq!(
        step(None),
        "not likely to be decided by more pairs (had 10): widen the limit or make the benchmark steadier"
    );
    // A run that does not tell when its processes began tells no minutes.
    let checks = vec![samples::noisy(Some(75))];
    let report = report_with(checks, Vec::new(), ExitCode::Pass, |run| {
        samples::with_base(run);
        run.benchmarks.clear();
    });
    let step = report.rows[0].next_step.as_deref().expect("a step");
    assert!(
        step.starts_with("about 75 more pairs would decide it"),
        "{step}"
    );
}

#[test]
fn nothing_beside_a_base_asks_to_accept_a_baseline() {
    let newcomers = samples::newcomers();
    let text = plain(&newcomers, 200);
    assert!(!text.contains("baseline"), "{text}");
    assert!(!markdown(&newcomers).contains("baseline"));
    assert!(text.contains("1 check new: not on the base side"), "{text}");
    assert!(
        text.contains("1 check not compared: error[E0425]: cannot find function `x`"),
        "{text}"
    );
    let rows = &value(&newcomers)["rows"];
    assert!(rows[1]["not_comparable"]["remedy"].is_null());
    assert_eq!(
        rows[2]["not_comparable"]["why"],
        "error[E0425]: cannot find function `x`\nmore"
    );
    // Without a base it does.
    let alone = report_with(
        vec![super::samples::skipped(
            "new",
            crate::compare::NotComparable::New,
        )],
        Vec::new(),
        ExitCode::Pass,
        |_| {},
    );
    assert!(plain(&alone, 200).contains("baseline accept"));
}

#[test]
fn what_a_job_could_see_is_that_of_the_median_and_of_the_worst() {
    let seen = |detectable: &[f64]| {
        let names: Vec<String> = (0..detectable.len()).map(|at| format!("b{at}")).collect();
        let checks = (names.iter())
            .zip(detectable)
            .map(|(name, detectable)| {
                let mut check =
                    relative(name, VerdictKind::Unchanged, [0.3, -0.6, 1.2, *detectable]);
                if detectable.is_infinite() {
                    let comparison = check.comparison.as_mut().expect("a comparison");
                    comparison.detectable = Change::from_log(f64::INFINITY);
                }
                check
            })
            .collect();
        let report = report_with(checks, Vec::new(), ExitCode::Pass, samples::with_base);
        let text = plain(&report, 200);
        (text.lines())
            .find(|line| line.starts_with("this job could see"))
            .map(str::to_owned)
    };
    assert_eq!(seen(&[]), None);
    assert_eq!(
        seen(&[3.7]).as_deref(),
        Some("this job could see >= 3.7% in 80% of cases")
    );
    assert_eq!(
        seen(&[9.0, 3.7, 2.0]).as_deref(),
        Some("this job could see >= 3.7% in 80% of cases (median of 3 comparisons), 9.0% (worst)")
    );
    assert_eq!(
        seen(&[9.0, 2.0]).as_deref(),
        Some("this job could see >= 9.0% in 80% of cases (median of 2 comparisons), 9.0% (worst)")
    );
    assert_eq!(
        seen(&[2.0, 3.0, f64::INFINITY]).as_deref(),
        Some(
            "this job could see >= 3.0% in 80% of cases (median of 3 comparisons), no change (worst)"
        )
    );
}

#[test]
fn a_comparison_with_jobs_is_not_what_pairs_could_see() {
    let mut check = relative("a", VerdictKind::Unchanged, [0.3, -0.6, 1.2, 3.0]);
    check.comparison.as_mut().expect("a comparison").method = Method::Baseline;
    let report = report_with(vec![check], Vec::new(), ExitCode::Pass, |_| {});
    assert_eq!(report.sensitivity, None);
}

#[test]
fn the_footer_says_how_both_sides_were_linked() {
    let line = |layouts: &[u32]| {
        let report = report_with(Vec::new(), Vec::new(), ExitCode::Pass, |run| {
            samples::with_base(run);
            let one = run.suites.remove(0);
            for (at, layouts) in layouts.iter().enumerate() {
                let mut suite = one.clone();
                suite.name = format!("s{at}");
                suite.layouts = *layouts;
                run.suites.push(suite);
            }
        });
        plain(&report, 200)
    };
    assert!(line(&[16, 16]).contains("16 layouts a side"));
    assert!(line(&[16, 24]).contains("16 to 24 layouts a side"));
    assert!(line(&[0]).contains("link order not randomised;"));
    assert!(line(&[0, 16]).contains("link order not randomised everywhere"));
    let mut identical = samples::base_run();
    identical.sides[0].base = BaseSide::Identical;
    assert!(!plain(&identical, 200).contains("layouts"));
}

#[test]
fn red_rows_are_reproduced_against_their_base_unless_the_run_is_no_check() {
    let report = samples::base_run();
    assert_eq!(
        report.rows[0].reproduce.as_deref(),
        Some("tollgate check --base 0123456789ab --only 'parse/large' --seed 42")
    );
    let checks = || {
        vec![relative(
            "large",
            VerdictKind::Regressed,
            [10.0, 8.1, 12.2, 3.7],
        )]
    };
    let prove = report_with(checks(), Vec::new(), ExitCode::Broken, |run| {
        samples::with_base(run);
        run.header.purpose = Purpose::Prove;
    });
    assert_eq!(prove.rows[0].reproduce, None);
}

#[test]
fn the_headline_counts_waived_violated_and_failed_rows() {
    assert_eq!(
        samples::waived().headline.sentence,
        "1 check broken: 1 regressed; 1 waived"
    );
    assert_eq!(
        samples::claims().headline.sentence,
        "1 check broken: 1 violated; 1 missing; 1 unresolved"
    );
    let mut failed = relative("a", VerdictKind::Failed, [0.0; 4]);
    failed.comparison = None;
    let report = report_with(
        vec![failed],
        Vec::new(),
        ExitCode::Broken,
        samples::with_base,
    );
    assert_eq!(report.headline.sentence, "1 check broken: 1 failed");
}

#[test]
fn several_attempts_are_said_to_be_judged_together() {
    let report = report_with(Vec::new(), Vec::new(), ExitCode::Pass, |run| {
        samples::with_base(run);
        run.header.attempts = [0, 40]
            .map(|first_round| crate::measurement::Attempt {
                started: "2026-11-21T12:00:00Z".to_owned(),
                seed: "1".to_owned(),
                first_round,
            })
            .into();
    });
    assert!(plain(&report, 200).contains("2 attempts, judged together"));
    assert_eq!(value(&report)["run"]["attempts"], 2);
    assert!(!plain(&samples::base_run(), 200).contains("attempts"));
}

#[test]
fn thousands_of_claims_with_hostile_names_stay_within_a_comment() {
    let name = "日本`|\u{301}\u{301}".repeat(40);
    let checks = (0..2_000)
        .map(|at| {
            samples::claim(
                &format!("{at}{name}"),
                VerdictKind::Proven,
                OverheadStanding::Proven,
                [-0.2, 0.2, 0.6],
                None,
            )
        })
        .collect();
    let report = report_with(checks, Vec::new(), ExitCode::Pass, samples::with_base);
    let text = markdown(&report);
    let limit = super::MARKDOWN_LIMIT;
    assert!(limit.of(&text) <= limit.most(), "{}", limit.of(&text));
    assert!(text.contains("more in the JSON report."));
    let shown = plain(&report, 80);
    assert!(shown.contains("… and 1990 more [proven]"));
    assert_eq!(shown.matches("PROVEN overhead").count(), 10);
    for line in shown.lines() {
        assert!(unicode_width::UnicodeWidthStr::width(line) <= 80, "{line}");
    }
}
