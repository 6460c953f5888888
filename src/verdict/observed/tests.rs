use super::*;
use crate::workload::record::Outcome;
use crate::workload::samples;
use std::time::Duration;

fn budgets(text: &str) -> Budgets {
    let suite = "[[suite]]\nname = \"x\"\ntool = \"command\"\ncommand = [\"true\"]\n";
    Budgets::parse("budgets.toml", &format!("version = 1\n{suite}{text}")).unwrap()
}

fn budget(bench: &str, metric: &str, limit: &str) -> String {
    format!("[[budget]]\nbench = \"{bench}\"\nmetric = \"{metric}\"\n{limit}\n")
}

fn judged(text: &str, record: &Record) -> RunVerdict {
    judge_run(&budgets(text), &samples::workload(), record)
}

/// What is said of the one check that the budget makes.
#[track_caller]
fn one(text: &str) -> (Option<bool>, RunStanding) {
    let verdict = judged(text, &samples::record());
    assert_eq!(verdict.checks.len(), 1, "{verdict:?}");
    (verdict.checks[0].holds(), verdict.standing)
}

#[test]
fn a_ceiling_holds_up_to_its_value_and_a_floor_down_to_it() {
    for (bench, metric, limit, holds) in [
        ("api/login", "p95", "max = \"2 s\"", true),
        ("api/login", "p95", "max = \"1 ms\"", false),
        ("api/all", "throughput", "min = \"200/s\"", true),
        ("api/all", "throughput", "min = \"2000/s\"", false),
        ("api/login", "error-rate", "max = \"2%\"", true),
        ("api/login", "error-rate", "max = \"1%\"", false),
        ("api/health", "error-rate", "max = \"0%\"", true),
        ("api/all", "requests", "min = 6_000", true),
        ("api/login", "service-p95", "max = \"50 ms\"", true),
        ("api/login", "p99@10s", "max = \"982 ms\"", true),
        ("api/login", "p99@10s", "max = \"981 ms\"", false),
        ("api/flow/session", "p90", "max = \"100 ms\"", true),
        ("api/process", "peak-rss", "max = \"35 MiB\"", true),
        ("api/process", "peak-rss", "max = \"34 MiB\"", false),
        ("api/process", "cold-start", "max = \"3 s\"", true),
        ("api/process", "threads", "max = 8", false),
        ("api/process", "fds", "max = 72", true),
        ("api/process", "cpu-time", "max = \"12 s\"", true),
    ] {
        let (seen, standing) = one(&budget(bench, metric, limit));
        assert_eq!(seen, Some(holds), "{bench} {metric} {limit}");
        let expected = if holds {
            RunStanding::Holds
        } else {
            RunStanding::Broken
        };
        assert_eq!(standing, expected, "{bench} {metric} {limit}");
    }
}

#[test]
fn a_percentile_of_too_few_calls_is_not_told_and_no_pass() {
    let verdict = judged(
        &budget("api/login", "p99", "max = \"9 s\""),
        &samples::record(),
    );
    assert_eq!(verdict.standing, RunStanding::NotTold);
    assert_eq!(verdict.standing.exit(), 4);
    assert_eq!(verdict.checks[0].holds(), None);
    assert_eq!(
        verdict.checks[0].why_not().as_deref(),
        Some("1_160 calls, and p99 needs 2_000 to be told")
    );
    let needed = [0.5, 0.9, 0.95, 0.99, 0.999].map(calls_needed);
    assert_eq!(needed, [40, 200, 400, 2_000, 20_000]);
}

#[test]
fn a_warning_does_not_fail_and_is_judged_all_the_same() {
    let warn = |limit: &str| budget("api/login", "p95", &format!("{limit}\nseverity = \"warn\""));
    assert_eq!(
        one(&warn("max = \"1 ms\"")),
        (Some(false), RunStanding::Holds)
    );
    let too_few = budget("api/login", "p99", "max = \"1 s\"\nseverity = \"warn\"");
    assert_eq!(one(&too_few), (None, RunStanding::Holds));
}

#[test]
fn a_later_budget_overrides_an_earlier_one() {
    let text = budget("api/*", "p95", "max = \"1 ns\"") + &budget("api/*", "p95", "max = \"9 s\"");
    let verdict = judged(&text, &samples::record());
    assert_eq!(verdict.standing, RunStanding::Holds);
    // all, three endpoints, one flow; the process has no percentiles.
    assert_eq!(verdict.checks.len(), 5);
}

#[test]
fn relative_budgets_are_named_and_not_judged() {
    let verdict = judged(
        &budget("api/login", "p95", "slower = \"5%\""),
        &samples::record(),
    );
    assert_eq!(verdict.standing, RunStanding::NothingToJudge);
    assert_eq!(verdict.standing.exit(), 0);
    let id = BenchmarkId::new("api", "login");
    assert_eq!(verdict.relative, [(id, "p95".to_owned())]);
}

#[test]
fn a_budget_that_matches_nothing_is_no_pass() {
    let right = budget("api/login", "p95", "max = \"9 s\"");
    for (bench, metric, misspelt) in [
        ("api/logn", "p95", true),
        ("api/login", "cache-hits", false),
        ("api/*", "peek-rss", false),
    ] {
        let text = right.clone() + &budget(bench, metric, "max = 1");
        let verdict = judged(&text, &samples::record());
        assert_eq!(verdict.unreached.len(), 1, "{bench}");
        assert_eq!(verdict.unreached[0].is_misspelt, misspelt, "{bench}");
        let expected = if misspelt {
            RunStanding::NotTold
        } else {
            RunStanding::Holds
        };
        assert_eq!(verdict.standing, expected, "{bench}");
    }
    // Of other suites.
    for bench in ["x/run", "*", "apiary/*"] {
        let text = right.clone() + &budget(bench, "time", "max = \"1 s\"");
        assert_eq!(judged(&text, &samples::record()).unreached, []);
    }
}

#[test]
fn a_limit_in_another_unit_is_not_compared() {
    let verdict = judged(&budget("api/login", "p95", "max = 12"), &samples::record());
    // A bare number is nanoseconds here.
    assert_eq!(verdict.standing, RunStanding::Broken);
    let mut observed = verdict.checks[0].clone();
    observed.limit = Limit::Max(Quantity {
        value: 1e12,
        unit: Unit::Bytes,
    });
    assert_eq!(observed.holds(), None);
    assert_eq!(
        observed.why_not().as_deref(),
        Some("the budget is in bytes, the metric in ns")
    );
}

#[test]
fn values_that_are_no_numbers_hold_nothing() {
    let verdict = judged(
        &budget("api/login", "p95", "max = \"9 s\""),
        &samples::record(),
    );
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let observed = Observed {
            value: Value::Told(value),
            ..verdict.checks[0].clone()
        };
        assert_eq!(observed.holds(), None, "{value}");
        assert_eq!(observed.why_not().as_deref(), Some("it is no number"));
    }
}

#[test]
fn what_stopped_a_run_is_the_answer_whatever_the_budgets_say() {
    let holds = budget("api/login", "p95", "max = \"9 s\"");
    let stopped = |stop| Record {
        ended: Ended::Stopped(stop),
        ..samples::record()
    };
    let verdict = judged(&holds, &stopped(Stop::Interrupted));
    assert_eq!(verdict.standing.exit(), 130);
    assert!(!verdict.standing.is_judged());
    let stop = Stop::TargetDied {
        status: "signal 9".to_owned(),
    };
    let verdict = judged(&holds, &stopped(stop.clone()));
    assert_eq!(verdict.standing, RunStanding::Stopped(stop));
    assert_eq!(verdict.standing.exit(), 4);
}

#[test]
fn no_calls_are_no_data_and_failed_calls_are_no_pass() {
    let holds = budget("api/all", "requests", "max = 1_000_000");
    let mut record = samples::record();
    for endpoint in &mut record.driven.endpoints {
        let calls = endpoint.outcomes.values().sum();
        endpoint.judged = crate::workload::record::Times::default();
        endpoint.outcomes = [(Outcome::Refused, calls)].into();
    }
    assert_eq!(judged(&holds, &record).standing, RunStanding::AllFailed);
    assert_eq!(judged("", &record).standing, RunStanding::AllFailed);
    let rate = budget("api/all", "error-rate", "max = \"1%\"");
    assert_eq!(judged(&rate, &record).standing, RunStanding::Broken);
    record.driven = Driven {
        window: Duration::from_secs(28),
        ..Driven::default()
    };
    for text in ["", &*holds, &*rate] {
        assert_eq!(judged(text, &record).standing, RunStanding::NoData);
    }
    record.driven.window = Duration::ZERO;
    assert_eq!(judged(&holds, &record).standing, RunStanding::NoData);
}

#[test]
fn what_was_not_seen_is_not_told() {
    let record = Record {
        process: None,
        cold_start: None,
        ..samples::record()
    };
    for metric in ["peak-rss", "cpu-time", "threads", "fds", "cold-start"] {
        let unit = match metric {
            "peak-rss" => "\"1 GiB\"",
            "threads" | "fds" => "9_000",
            _ => "\"90 s\"",
        };
        let text = budget("api/process", metric, &format!("max = {unit}"));
        let verdict = judged(&text, &record);
        assert_eq!(verdict.standing, RunStanding::NotTold, "{metric}");
        assert!(verdict.checks[0].why_not().is_some(), "{metric}");
    }
    let mut record = samples::record();
    record.driven.windows = Vec::new();
    let verdict = judged(&budget("api/login", "p99@10s", "max = \"1 s\""), &record);
    assert_eq!(verdict.standing, RunStanding::NotTold);
}
