use super::*;
use crate::collect::command::{Program, measure};
use crate::collect::process::Interrupt;
use crate::measurement::Evidence;
use std::path::Path;
use std::time::Duration;
use tollgate_probe::process::Start;
use tollgate_probe::record::render;
use tollgate_probe::snapshot::{
    Distribution, FamilySnapshot, Kind, Outcome, SeriesSnapshot, Snapshot, Unit, Value,
};

mod refusals;
mod schema;

const START: Start = Start {
    id: 0xab,
    pid: 42,
    unix_ms: 1_795_000_000_000,
};

fn series(labels: &[&str], outcome: Outcome, value: Value) -> SeriesSnapshot {
    SeriesSnapshot {
        labels: labels.iter().map(|l| (*l).into()).collect(),
        outcome,
        overflow: false,
        value,
    }
}

fn family(
    name: &str,
    kind: Kind,
    unit: Unit,
    labels: &[&str],
    series: Vec<SeriesSnapshot>,
) -> FamilySnapshot {
    FamilySnapshot {
        name: name.into(),
        help: "For people.".into(),
        kind,
        unit,
        label_names: labels.iter().map(|l| (*l).into()).collect(),
        series,
    }
}

fn timer(milliseconds: &[u64]) -> Value {
    Value::Distribution(Distribution::from_steps(1e-3, milliseconds.iter().copied()))
}

fn record(families: Vec<FamilySnapshot>) -> String {
    let snapshot = Snapshot {
        unix_ms: 1_795_000_001_500,
        uptime: Duration::from_millis(1_500),
        families,
    };
    render(&snapshot, START)
}

fn read(families: Vec<FamilySnapshot>) -> Vec<SeriesMeasured> {
    read_record("record.json", record(families).as_bytes()).unwrap()
}

/// `metric value unit`, a line a series.
fn shown(all: &[SeriesMeasured]) -> String {
    let line = |series: &SeriesMeasured| {
        let metric = |(metric, evidence): &(Metric, Evidence)| match evidence {
            Evidence::Value(value) => format!("{} {value} {}", metric.name, metric.unit),
            other => panic!("{other:?}"),
        };
        let metrics: Vec<String> = series.measured.iter().map(metric).collect();
        format!("{}: {}\n", series.name, metrics.join(", "))
    };
    all.iter().map(line).collect()
}

const DONE: Outcome = Outcome::Completed;

#[test]
fn a_timer_tells_times_of_what_completed_and_counts_of_all() {
    let all = read(vec![family(
        "http_request_seconds",
        Kind::Histogram,
        Unit::Seconds,
        &["route", "method"],
        vec![
            series(&["/a", "GET"], DONE, timer(&[10, 20, 60])),
            series(&["/b", "GET"], Outcome::Cancelled, timer(&[5])),
            series(&["/a", "GET"], Outcome::Failed, timer(&[1, 1])),
        ],
    )]);
    insta::assert_snapshot!(shown(&all), @r#"
    http_request_seconds{route="/a",method="GET"}: time 30000000 ns, p50 20000000 ns, p95 60000000 ns, p99 60000000 ns, max 60000000 ns, count 5 count, completed 3 count, failed 2 count, cancelled 0 count, panicked 0 count
    http_request_seconds{route="/b",method="GET"}: count 1 count, completed 0 count, failed 0 count, cancelled 1 count, panicked 0 count
    "#);
}

#[test]
fn other_kinds_tell_what_they_hold() {
    let sizes = Value::Distribution(Distribution::from_steps(1.0, [10, 20, 60]));
    let float = |value| vec![series(&[], DONE, Value::Float(value))];
    let all = read(vec![
        family(
            "sizes",
            Kind::Histogram,
            Unit::Bytes,
            &[],
            vec![series(&[], DONE, sizes)],
        ),
        family(
            "hits",
            Kind::Counter,
            Unit::None,
            &["tier"],
            vec![series(&["l1"], DONE, Value::Counter(7))],
        ),
        family(
            "rss",
            Kind::Gauge,
            Unit::Bytes,
            &[],
            vec![series(&[], DONE, Value::Gauge(4096))],
        ),
        family("lag", Kind::FloatGauge, Unit::Seconds, &[], float(0.25)),
    ]);
    insta::assert_snapshot!(shown(&all), @r#"
    sizes: mean 30 bytes, p50 20 bytes, p95 60 bytes, p99 60 bytes, max 60 bytes, count 3 count
    hits{tier="l1"}: count 7 count
    rss: value 4096 bytes
    lag: value 250000000 ns
    "#);
}

#[test]
fn what_no_run_can_hold_is_left_out_and_the_rest_is_read() {
    let floats = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 1.0];
    let values = floats.iter().enumerate();
    let all = read(vec![
        family(
            "f",
            Kind::FloatGauge,
            Unit::None,
            &["n"],
            values
                .map(|(at, v)| series(&[&at.to_string()], DONE, Value::Float(*v)))
                .collect(),
        ),
        family(
            "g",
            Kind::Gauge,
            Unit::None,
            &[],
            vec![series(&[], DONE, Value::Gauge(-5))],
        ),
        family(
            "huge",
            Kind::Histogram,
            Unit::Seconds,
            &[],
            vec![series(
                &[],
                DONE,
                Value::Distribution(Distribution::from_steps(1e300, [u64::MAX])),
            )],
        ),
    ]);
    insta::assert_snapshot!(shown(&all), @r#"
    f{n="4"}: value 1 count
    huge: count 1 count, completed 1 count, failed 0 count, cancelled 0 count, panicked 0 count
    "#);
}

#[test]
fn families_of_one_name_and_several_kinds_are_named_alike_in_any_order() {
    let counter = family(
        "x",
        Kind::Counter,
        Unit::None,
        &[],
        vec![series(&[], DONE, Value::Counter(1))],
    );
    let gauge = family(
        "x",
        Kind::Gauge,
        Unit::None,
        &[],
        vec![series(&[], DONE, Value::Gauge(2))],
    );
    let names = |families| {
        let mut names: Vec<String> = read(families).into_iter().map(|s| s.name).collect();
        names.sort();
        names
    };
    let expected = ["x#counter", "x#gauge"];
    assert_eq!(names(vec![counter.clone(), gauge.clone()]), expected);
    assert_eq!(names(vec![gauge, counter]), expected);
}

#[test]
fn hostile_labels_are_escaped_bounded_and_kept_apart() {
    let long = "x".repeat(1 << 20);
    let texts = [
        "\",b=\"",
        "\n# EOF",
        "\u{202e}abc",
        "\0\u{1b}[31m",
        "back\\slash",
        "",
        "@everyone | `x`",
        &(long.clone() + "1"),
        &(long + "2"),
        "é",
    ];
    let all = texts
        .iter()
        .map(|text| series(&[text], DONE, Value::Counter(1)))
        .collect();
    let mut families = vec![family("c\"\n", Kind::Counter, Unit::None, &["a=\"\n"], all)];
    families[0].series[5].overflow = true;
    let names: Vec<String> = read(families).into_iter().map(|s| s.name).collect();
    assert_eq!(names.len(), texts.len());
    let distinct: std::collections::HashSet<_> = names.iter().collect();
    assert_eq!(distinct.len(), texts.len());
    for name in &names {
        assert!(name.len() <= 1_024, "{}", name.len());
        assert!(
            !name.chars().any(|c| c.is_control() || c == '\u{202e}'),
            "{name}"
        );
    }
    assert_eq!(names[0], r#"c\"\n{a=\"\n="\",b=\""}"#);
    assert_eq!(names[5], r#"c\"\n{overflow=true}"#);
}

#[test]
fn a_name_of_any_length_fits_a_run() {
    let labels: Vec<String> = (0..50).map(|n| format!("{n}{}", "é".repeat(400))).collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let of = |last: &str| {
        let mut values = labels.clone();
        values.push(last);
        let names: Vec<&str> = labels.iter().copied().chain(["last"]).collect();
        read(vec![family(
            "c",
            Kind::Counter,
            Unit::None,
            &names,
            vec![series(&values, DONE, Value::Counter(1))],
        )])
        .remove(0)
        .name
    };
    assert!(of("1").len() <= 1_024);
    assert_ne!(of("1"), of("2"));
    let nameless = read(vec![family(
        "",
        Kind::Counter,
        Unit::None,
        &[],
        vec![series(&[], DONE, Value::Counter(1))],
    )]);
    assert_eq!(nameless[0].name, "_");
}

/// Not a test of its own: a program that links the probe, for the tests below.
#[test]
fn child() {
    static WORK: tollgate_probe::Timer = tollgate_probe::Timer::new("work_seconds");
    static ROWS: tollgate_probe::Counter =
        tollgate_probe::Counter::new("rows_total").labels(&[("table", "users")]);
    for _ in 0..5 {
        WORK.time(|| ROWS.add(2));
    }
    tollgate_probe::record::write_where_asked().unwrap();
}

fn command(argv: &[&str], shell: bool) -> Program {
    Program {
        source: crate::budget::CommandSource {
            argv: argv.iter().map(|&word| word.to_owned()).collect(),
            shell,
            benchmark: "run".to_owned(),
            warm_up: 0,
            exit_status: 0,
            directory: None,
        },
        root: Path::new("/").to_owned(),
        environment: Vec::new(),
    }
}

fn run(program: &Program) -> Result<Measured, CollectError> {
    measure(program, Duration::from_secs(120), &Interrupt::default())
}

#[test]
fn the_series_of_a_process_follow_its_own_metrics() {
    let myself = std::env::current_exe().unwrap();
    let program = command(
        &[
            myself.to_str().unwrap(),
            "--exact",
            "collect::probe::tests::child",
        ],
        false,
    );
    let measured = run(&program).unwrap();
    let names: Vec<&str> = measured
        .iter()
        .map(|(metric, _)| metric.name.as_str())
        .collect();
    assert_eq!(
        names[..5],
        ["time", "user-time", "system-time", "cpu-time", "peak-rss"]
    );
    let value = |name: &str| {
        let (_, evidence) = measured
            .iter()
            .find(|(metric, _)| metric.name == name)
            .unwrap();
        evidence.clone()
    };
    assert_eq!(
        value("rows_total{table=\"users\"}/count"),
        Evidence::Value(10.0)
    );
    assert_eq!(value("work_seconds/completed"), Evidence::Value(5.0));
    assert_eq!(value("work_seconds/panicked"), Evidence::Value(0.0));
    assert!(matches!(value("work_seconds/p99"), Evidence::Value(ns) if ns >= 0.0));
}

#[test]
fn a_command_without_a_record_has_its_own_metrics_only() {
    assert_eq!(run(&command(&["true"], false)).unwrap().len(), 5);
}

#[test]
fn a_record_that_cannot_be_read_is_a_failure_and_never_a_pass() {
    for (script, expected) in [
        ("echo '{' > \"$TOLLGATE_PROBE_RECORD\"", "line"),
        (": > \"$TOLLGATE_PROBE_RECORD\"", "empty"),
        ("mkdir \"$TOLLGATE_PROBE_RECORD\"", "not a regular file"),
        ("mkfifo \"$TOLLGATE_PROBE_RECORD\"", "not a regular file"),
    ] {
        match run(&command(&[script], true)).unwrap_err() {
            CollectError::Failed { kind, detail } => {
                assert_eq!(kind, FailureKind::Unreadable);
                assert!(
                    detail.contains("record of its probe") && detail.contains(expected),
                    "{detail}"
                );
            }
            CollectError::Interrupted => panic!("interrupted"),
        }
    }
}

#[test]
fn every_invocation_has_a_place_of_its_own_that_goes_with_it() {
    let (one, other) = (Place::new().unwrap(), Place::new().unwrap());
    assert_ne!(one.variable(), other.variable());
    let path = one.path();
    std::fs::write(&path, "x").unwrap();
    drop(one);
    assert!(!path.parent().unwrap().exists());
    assert_eq!(other.read().unwrap(), Vec::new());
}
