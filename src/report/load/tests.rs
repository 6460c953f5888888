use super::*;
use crate::report::{Size, TerminalOptions};
use crate::verdict::observed::judge_run;
use crate::workload::record::{Driven, Ended, Outcome, Stop, Times};
use crate::workload::samples;
use std::time::Duration;

const BUDGETS: &str = r#"version = 1
[[suite]]
name = "x"
tool = "command"
command = ["true"]
[[budget]]
bench = "api/*"
metric = "p95"
max = "200 ms"
[[budget]]
bench = "api/login"
metric = "p99"
max = "300 ms"
[[budget]]
bench = "api/all"
metric = "error-rate"
max = "1%"
[[budget]]
bench = "api/login"
metric = "error-rate"
max = "1%"
severity = "warn"
[[budget]]
bench = "api/all"
metric = "throughput"
min = "250/s"
[[budget]]
bench = "api/all"
metric = "p95"
slower = "10%"
[[budget]]
bench = "api/process"
metric = "peak-rss"
max = "64 MiB"
[[budget]]
bench = "api/logn"
metric = "p95"
max = "1 s"
"#;

fn report(workload: &Workload, record: &Record) -> LoadReport {
    with(workload, record, BUDGETS)
}

fn with(workload: &Workload, record: &Record, budgets: &str) -> LoadReport {
    let budgets = Budgets::parse("budgets.toml", budgets).unwrap();
    let verdict = judge_run(&budgets, workload, record);
    LoadReport::build(workload, record, &verdict, &budgets)
}

fn drawn(report: &LoadReport, width: usize) -> String {
    let options = TerminalOptions {
        width,
        colour: false,
        verbose: false,
    };
    load_terminal(report, options)
}

fn holding() -> String {
    let head = BUDGETS.split("[[budget]]").next().unwrap();
    format!("{head}[[budget]]\nbench = \"api/health\"\nmetric = \"p99\"\nmax = \"100 ms\"\n")
}

#[test]
fn a_broken_run_at_80_columns() {
    insta::assert_snapshot!(drawn(&report(&samples::workload(), &samples::record()), 80));
}

#[test]
fn a_run_that_holds_at_80_columns() {
    let mut record = samples::record();
    record.model = "closed: 50 users, delay 100 ms".to_owned();
    for endpoint in &mut record.driven.endpoints {
        endpoint.judged.response = endpoint.judged.service.clone();
        endpoint
            .outcomes
            .retain(|outcome, _| *outcome == Outcome::Ok);
        endpoint.failed_checks.clear();
    }
    record.driven.flows.clear();
    let report = with(&samples::closed(), &record, &holding());
    assert_eq!((report.word, report.exit), ("PASS", 0));
    assert_eq!(report.waited, None);
    insta::assert_snapshot!(drawn(&report, 80));
}

#[test]
fn as_markdown() {
    let report = report(&samples::workload(), &samples::record());
    insta::assert_snapshot!(load_markdown(&report, Size::Characters(60_000)));
}

#[test]
fn every_stop_is_the_headline_with_its_numbers_and_a_next_step() {
    for (stop, says) in [
        (
            Stop::Memory {
                used: 120 << 20,
                limit: 100 << 20,
            },
            "120.0 MiB",
        ),
        (
            Stop::ErrorRate {
                share: 0.07,
                limit: 0.05,
            },
            "7%",
        ),
        (Stop::Requests { limit: 1_000_000 }, "1_000_000 calls"),
        (
            Stop::Time {
                limit: Duration::from_secs(120),
            },
            "2 min",
        ),
        (
            Stop::Disk {
                free: 400 << 20,
                limit: 500 << 20,
            },
            "400.0 MiB",
        ),
        (
            Stop::Window {
                what: "p99@30s of login".to_owned(),
                value: 310e6,
                limit: 200e6,
            },
            "310.0 ms",
        ),
        (
            Stop::TargetDied {
                status: "signal 9".to_owned(),
            },
            "signal 9",
        ),
    ] {
        let record = Record {
            ended: Ended::Stopped(stop),
            ..samples::record()
        };
        let report = report(&samples::workload(), &record);
        assert_eq!((report.word, report.exit), ("STOPPED", 4));
        assert!(report.sentence.contains(says), "{}", report.sentence);
        assert!(report.sentence.contains("partial"), "{}", report.sentence);
        assert!(report.help.is_some());
        // Nothing of a partial run has a tick or a cross.
        let text = drawn(&report, 80);
        assert!(!text.contains('✓') && !text.contains('✗'), "{text}");
        assert!(!text.contains("PASS") && !text.contains("FAIL"), "{text}");
    }
}

#[test]
fn an_interrupted_run_is_partial_and_130() {
    let record = Record {
        ended: Ended::Stopped(Stop::Interrupted),
        ..samples::record()
    };
    let report = report(&samples::workload(), &record);
    assert_eq!((report.word, report.exit), ("INTERRUPTED", 130));
    assert!(report.sentence.contains("28 s"), "{}", report.sentence);
    assert!(
        report
            .checks
            .iter()
            .all(|check| check.mark == Mark::NotJudged)
    );
    // A value beyond its limit is said even so.
    let beyond = report
        .checks
        .iter()
        .filter(|check| check.note.as_deref() == Some("beyond its limit"));
    assert!(beyond.count() > 0);
}

#[test]
fn a_run_without_a_call_is_no_data() {
    let mut record = samples::record();
    record.driven = Driven {
        window: Duration::from_secs(28),
        ..Driven::default()
    };
    let report = report(&samples::workload(), &record);
    assert_eq!((report.word, report.exit), ("NO DATA", 4));
    insta::assert_snapshot!(drawn(&report, 80));
}

#[test]
fn a_run_in_which_all_calls_failed_names_how() {
    let mut record = samples::record();
    for endpoint in &mut record.driven.endpoints {
        endpoint.judged = Times::default();
        endpoint.outcomes = [(Outcome::Refused, 100), (Outcome::TimedOut, 3)].into();
    }
    let report = with(&samples::workload(), &record, &holding());
    assert_eq!((report.word, report.exit), ("FAILED CALLS", 4));
    assert_eq!(
        report.sentence,
        "not one of 309 calls went well: 300 connection refused, 9 timed out"
    );
}

#[test]
fn without_budgets_nothing_is_judged_and_the_numbers_are_there() {
    let head = BUDGETS.split("[[budget]]").next().unwrap();
    let report = with(&samples::workload(), &samples::record(), head);
    assert_eq!((report.word, report.exit), ("NOT JUDGED", 0));
    assert!(report.help.unwrap().contains("[[budget]]"));
    assert_eq!(report.lines.len(), 5);
}

#[test]
fn pages_fit_every_width_and_every_size() {
    let report = report(&samples::workload(), &samples::record());
    for width in [40, 60, 80, 100, 200] {
        for line in drawn(&report, width).lines() {
            let used = crate::report::text::width(line);
            assert!(used <= width, "{used} of {width}: {line}");
        }
    }
    let whole = load_markdown(&report, Size::Bytes(1 << 20)).len();
    for most in [0, 10, 200, 500, 1_000, 2_000, whole + 200] {
        let page = load_markdown(&report, Size::Bytes(most));
        assert!(page.len() <= most, "{} of {most}", page.len());
        assert_eq!(
            page.contains("no room"),
            (100..whole).contains(&most),
            "{most}"
        );
    }
}

#[test]
fn names_from_files_and_servers_change_nothing_but_themselves() {
    const NAME: &str = "x\n::error::y\x1b[2J|<img src=x>`@a`\u{202e}";
    let mut workload = samples::workload();
    let mut record = samples::record();
    NAME.clone_into(&mut workload.endpoints[1].name);
    NAME.clone_into(&mut record.driven.endpoints[1].name);
    NAME.clone_into(&mut record.workload);
    NAME.clone_into(&mut record.target);
    NAME.clone_into(&mut record.model);
    record.log = Some(NAME.to_owned());
    record.ended = Ended::Stopped(Stop::TargetDied {
        status: NAME.to_owned(),
    });
    let report = report(&workload, &record);
    let text = drawn(&report, 80);
    assert!(!text.contains(['\x1b', '\u{202e}']), "{text}");
    assert!(
        text.lines()
            .all(|line| !line.trim_start().starts_with("::")),
        "{text}"
    );
    let page = load_markdown(&report, Size::Characters(60_000));
    assert!(!page.contains(['\x1b', '\u{202e}']), "{page}");
    // Outside of code spans there is no markup of theirs.
    for line in page.lines() {
        let outside = outside_of_code(line);
        assert!(
            !outside.contains("<img") && !outside.contains('@'),
            "{line}"
        );
    }
}

/// What of a line of Markdown is not in code spans.
fn outside_of_code(line: &str) -> String {
    let (mut out, mut rest) = (String::new(), line);
    while let Some(start) = rest.find('`') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let fence: String = rest.chars().take_while(|c| *c == '`').collect();
        let inner = &rest[fence.len()..];
        let mut at = 0;
        let end = loop {
            let found = at + inner[at..].find(&fence).expect("a code span ends");
            let run = inner[found..].chars().take_while(|c| *c == '`').count();
            if run == fence.len() {
                break found;
            }
            at = found + run;
        };
        rest = &inner[end + fence.len()..];
    }
    out + rest
}

#[test]
fn times_have_three_digits() {
    for (nanoseconds, shown) in [
        (1.0, "1 ns"),
        (999.0, "999 ns"),
        (1_234.0, "1.23 µs"),
        (12_345.0, "12.3 µs"),
        (123_456.0, "123 µs"),
        (999_600.0, "1.00 ms"),
        (9_996_000.0, "10.0 ms"),
        (1.5e9, "1.50 s"),
        (4_000e9, "4000 s"),
        (f64::NAN, "-"),
    ] {
        assert_eq!(table::time(nanoseconds), shown);
    }
    for (calls, seconds, shown) in [
        (0, 10, "0.00/s"),
        (1, 3, "0.33/s"),
        (999, 10, "99.9/s"),
        (12_345, 1, "12_345/s"),
        (5, 0, "-"),
    ] {
        assert_eq!(table::rate(calls, Duration::from_secs(seconds)), shown);
    }
}
