use super::*;
use crate::measurement::{FailureKind, Histogram};
use crate::workload::Outcome;
use crate::workload::fixtures::{SECOND, endpoint, record, times, usual, workload};
use crate::workload::record::{Ended, Stop};
use crate::workload::scenario::{Target, Window};

fn of<'a>(all: &'a [Benchmark], benchmark: &str, metric: &str) -> &'a Evidence {
    let benchmark = all.iter().find(|one| one.name == benchmark).unwrap();
    let found = benchmark.metrics.iter().find(|(one, _)| one.name == metric);
    &found.unwrap_or_else(|| panic!("no {metric}")).1
}

fn value(all: &[Benchmark], benchmark: &str, metric: &str) -> f64 {
    match of(all, benchmark, metric) {
        Evidence::Value(value) => *value,
        other => panic!("{benchmark} {metric}: {other:?}"),
    }
}

fn why(all: &[Benchmark], benchmark: &str, metric: &str) -> String {
    match of(all, benchmark, metric) {
        Evidence::Withheld(withheld) => withheld.why.clone(),
        other => panic!("{benchmark} {metric}: {other:?}"),
    }
}

fn near(found: f64, expected: f64) {
    assert!((found / expected - 1.0).abs() < 0.002, "{found} {expected}");
}

#[test]
fn every_benchmark_has_its_metrics_and_each_once() {
    let workload = workload(Vec::new());
    let all = metrics(&usual(), &workload).unwrap();
    let names: Vec<&str> = all.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["all", "health", "login", "flow/session", "process"]);
    assert_eq!(names, benchmarks(&workload));
    for benchmark in &all[..4] {
        let names: Vec<&str> = (benchmark.metrics.iter())
            .map(|(metric, _)| metric.name.as_str())
            .collect();
        assert_eq!(names, METRICS_OF_CALLS, "{}", benchmark.name);
    }
    let names: Vec<&str> = (all[4].metrics.iter())
        .map(|(metric, _)| metric.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "cold-start",
            "peak-rss",
            "leak",
            "cpu-time",
            "threads",
            "fds"
        ]
    );
}

#[test]
fn times_rates_and_counts_are_those_of_the_calls() {
    let all = metrics(&usual(), &workload(Vec::new())).unwrap();
    near(value(&all, "health", "p95"), 428e6);
    near(value(&all, "health", "service-p95"), 214e6);
    near(value(&all, "health", "max"), 450e6);
    near(value(&all, "health", "mean"), 225.5e6);
    near(value(&all, "health", "throughput"), 50.0);
    near(value(&all, "login", "error-rate"), 0.5);
    near(value(&all, "login", "requests"), 100.0);
    near(value(&all, "all", "requests"), 550.0);
    near(value(&all, "all", "error-rate"), 50.0 / 550.0);
    near(value(&all, "all", "throughput"), 500.0 / 9.0);
    near(value(&all, "flow/session", "error-rate"), 0.5);
    near(value(&all, "process", "cold-start"), 120e6);
    near(value(&all, "process", "peak-rss"), 12.0 * 1_048_576.0);
    near(value(&all, "process", "threads"), 6.0);
    near(value(&all, "process", "fds"), 10.0);
    near(value(&all, "process", "cpu-time"), 3e9);
    match of(&all, "all", "response-time") {
        Evidence::Histogram(packed) => {
            let mut both = Histogram::new();
            both.add(&times(450).response);
            both.add(&times(50).response);
            assert_eq!(packed.histogram().unwrap(), both);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_percentile_needs_twenty_calls_beyond_it() {
    assert_eq!(
        [0.5, 0.9, 0.95, 0.99, 0.999].map(calls_needed),
        [40, 200, 400, 2_000, 20_000]
    );
    let all = metrics(&usual(), &workload(Vec::new())).unwrap();
    assert_eq!(
        why(&all, "health", "p99"),
        "450 calls, and p99 needs 2000: let the run last longer or make more calls"
    );
    assert_eq!(
        why(&all, "login", "service-p90"),
        "50 calls, and p90 needs 200: let the run last longer or make more calls"
    );
    value(&all, "login", "p50");
    // Both are enough together.
    value(&all, "all", "p95");
}

#[test]
fn exactly_as_many_calls_as_needed_are_enough() {
    for (calls, told) in [(399, false), (400, true)] {
        let record = record(vec![endpoint("health", calls, &[])]);
        let all = metrics(&record, &workload(Vec::new())).unwrap();
        let found = matches!(of(&all, "health", "p95"), Evidence::Value(_));
        assert_eq!(found, told, "{calls}");
    }
}

#[test]
fn an_endpoint_without_calls_tells_nothing_but_that() {
    let record = record(vec![
        endpoint("health", 500, &[]),
        endpoint("login", 0, &[]),
    ]);
    assert_eq!(without_calls(&record.driven), ["login"]);
    let all = metrics(&record, &workload(Vec::new())).unwrap();
    near(value(&all, "login", "requests") + 1.0, 1.0);
    for metric in METRICS_OF_CALLS.iter().filter(|name| **name != "requests") {
        assert_eq!(why(&all, "login", metric), "it was not called in this run");
    }
}

#[test]
fn windows_stand_beside_the_metrics_of_their_endpoint() {
    let window = |endpoint, quantile, length: u32| Window {
        endpoint,
        quantile,
        length: length * SECOND,
        after: Duration::ZERO,
        abort_above: None,
    };
    let windows = vec![
        window(None, 0.99, 30),
        window(Some(1), 0.999, 5),
        window(Some(1), 0.95, 5),
        window(Some(1), 0.999, 5),
    ];
    let mut record = usual();
    record.driven.windows = vec![Some(5e6), Some(6e6), None, Some(7e6)];
    let all = metrics(&record, &workload(windows)).unwrap();
    near(value(&all, "all", "p99@30s"), 5e6);
    near(value(&all, "login", "p99.9@5s"), 7e6);
    assert_eq!(
        why(&all, "login", "p95@5s"),
        "no window of this length had calls"
    );
    assert!(
        all[1]
            .metrics
            .iter()
            .all(|(one, _)| !one.name.contains('@'))
    );
}

#[test]
fn names_of_percentiles_are_read_back() {
    for (name, share) in [
        ("p50", Some(0.5)),
        ("p99.9", Some(0.999)),
        ("service-p95", Some(0.95)),
        ("p99@30s", Some(0.99)),
        ("p99@30", None),
        ("p99@s", None),
        ("p100", None),
        ("p0", None),
        ("p", None),
        ("peak-rss", None),
        ("p+5", None),
        ("p1e1", None),
        ("p9.9.9", None),
        ("mean", None),
        ("", None),
    ] {
        let found = quantile_of(name);
        assert_eq!(found.is_some(), share.is_some(), "{name}");
        if let (Some(found), Some(share)) = (found, share) {
            assert!((found - share).abs() < 1e-12, "{name}");
        }
    }
}

#[test]
fn a_target_that_cannot_be_seen_still_has_its_cold_start() {
    let mut record = usual();
    record.process = None;
    let all = metrics(&record, &workload(Vec::new())).unwrap();
    near(value(&all, "process", "cold-start"), 120e6);
    assert!(why(&all, "process", "peak-rss").contains("cannot be seen"));
    assert!(why(&all, "process", "leak").contains("cannot be seen"));
}

#[test]
fn what_runs_elsewhere_has_no_process() {
    let mut elsewhere = workload(Vec::new());
    elsewhere.target = Target::Running {
        origin: "http://127.0.0.1:8080".to_owned(),
    };
    let all = metrics(&usual(), &elsewhere).unwrap();
    assert!(all.iter().all(|one| one.name != "process"));
    assert!(benchmarks(&elsewhere).iter().all(|name| name != "process"));
}

fn refused(record: &Record) -> (Option<FailureKind>, String) {
    let problem = metrics(record, &workload(Vec::new())).unwrap_err();
    (problem.kind(), problem.to_string())
}

#[test]
fn a_run_without_a_good_call_is_no_data_and_says_how_calls_ended() {
    let silent = record(vec![endpoint(
        "health",
        0,
        &[(Outcome::Refused, 3), (Outcome::Status, 40)],
    )]);
    assert_eq!(
        refused(&silent),
        (
            Some(FailureKind::NoData),
            "none of 43 calls went well: 40 unexpected status, 3 connection refused".to_owned()
        )
    );
    let nothing = record(vec![endpoint("health", 0, &[])]);
    assert_eq!(
        refused(&nothing),
        (
            Some(FailureKind::NoData),
            "no call was made in the measured part of the run".to_owned()
        )
    );
    assert_eq!(refused(&record(Vec::new())).0, Some(FailureKind::NoData));
}

#[test]
fn calls_that_were_all_given_up_are_data() {
    let mut hanging = endpoint("health", 0, &[(Outcome::TimedOut, 500)]);
    hanging.judged.response.record_n(10_000_000_000, 500);
    let all = metrics(&record(vec![hanging]), &workload(Vec::new())).unwrap();
    near(value(&all, "health", "p95"), 10e9);
    near(value(&all, "health", "error-rate"), 1.0);
    near(value(&all, "health", "throughput") + 1.0, 1.0);
}

#[test]
fn what_stopped_a_run_is_said_with_its_numbers() {
    let limit = 100 << 20;
    for (stop, kind, said) in [
        (
            Stop::Memory {
                used: 123 << 20,
                limit,
            },
            Some(FailureKind::Stopped),
            "the target's memory was 123.0 MiB (limit 100.0 MiB)",
        ),
        (
            Stop::ErrorRate {
                share: 0.062,
                limit: 0.05,
            },
            Some(FailureKind::Stopped),
            "6.2% of the calls failed (limit 5%)",
        ),
        (
            Stop::Requests { limit: 1_000_000 },
            Some(FailureKind::Stopped),
            "its limit of 1_000_000 requests was reached before its schedule ended",
        ),
        (
            Stop::Time {
                limit: 120 * SECOND,
            },
            Some(FailureKind::Stopped),
            "its time limit of 2 min was reached before its schedule ended",
        ),
        (
            Stop::Disk {
                free: 400 << 20,
                limit: 500 << 20,
            },
            Some(FailureKind::Stopped),
            "400.0 MiB were free on the disk (limit 500.0 MiB)",
        ),
        (
            Stop::Window {
                what: "p99@30s of login".to_owned(),
                value: 250e6,
                limit: 200e6,
            },
            Some(FailureKind::Stopped),
            "p99@30s of login was 250.0 ms (limit 200.0 ms)",
        ),
        (
            Stop::TargetDied {
                status: "signal 11 (segmentation fault)".to_owned(),
            },
            Some(FailureKind::Crashed),
            "the target ended while it was driven: signal 11 (segmentation fault)",
        ),
        (Stop::Interrupted, None, "interrupted"),
    ] {
        let mut record = usual();
        record.ended = Ended::Stopped(stop);
        assert_eq!(refused(&record), (kind, said.to_owned()));
    }
}

#[test]
fn problems_of_the_generator_make_a_run_invalid_in_their_words() {
    let problem = Unusable::Invalid {
        problems: vec!["one".to_owned(), "two".to_owned()],
    };
    assert_eq!(problem.kind(), Some(FailureKind::Invalid));
    assert_eq!(problem.to_string(), "one\ntwo");
}
