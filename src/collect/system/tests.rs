use super::*;
use crate::measurement::format::fields::name_problem;

fn line(time: &str, more: &str) -> Vec<u8> {
    format!(r#"{{"version":1,"benchmark":"cpu","time":{time},"iterations":10,"p99":null{more}}}"#)
        .into_bytes()
}

#[test]
fn every_benchmark_gives_times_and_the_latencies_a_percentile() {
    for benchmark in BENCHMARKS {
        let series = (benchmark.measure)().unwrap();
        assert!(series.batches.len() >= 20, "{}", benchmark.name);
        let are_times = series
            .batches
            .iter()
            .all(|time| time.is_finite() && *time > 0.0);
        assert!(are_times, "{}: {:?}", benchmark.name, series.batches);
        assert_eq!(
            series.p99.is_some(),
            benchmark.name.ends_with("-latency") && !benchmark.name.starts_with("memory"),
            "{}",
            benchmark.name
        );
        if let Some(p99) = series.p99 {
            // Not below the middle, whatever the machine.
            let mut sorted = series.batches.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            assert!(p99 >= sorted[0], "{}: {p99} of {sorted:?}", benchmark.name);
        }
    }
}

#[test]
fn each_is_listed_once_under_a_name_that_a_run_can_hold() {
    let units = list();
    assert_eq!(units.len(), BENCHMARKS.len());
    for (at, unit) in units.iter().enumerate() {
        assert_eq!(unit.benchmarks, std::slice::from_ref(&unit.filter));
        assert_eq!(name_problem(&unit.filter), None);
        assert!(!units[..at].contains(unit));
    }
}

#[test]
fn the_percentile_is_that_of_single_operations() {
    let times: Vec<f64> = (1..=1000).rev().map(f64::from).collect();
    let series = work::single(&times, 100);
    assert_eq!(
        (series.p99, series.batches.len(), series.operations),
        (Some(990.0), 10, 100)
    );
    assert!((series.batches[9] - 50.5).abs() < 1e-9);
    assert_eq!(work::single(&[7.0], 1).p99, Some(7.0));
    assert_eq!(work::single(&[], 1).p99, None);
}

#[test]
fn a_line_becomes_samples_of_time_and_a_percentile() {
    let measured = parse(&line("[1.5,2.5]", ""), "cpu").unwrap();
    let samples = Samples {
        values: vec![1.5, 2.5],
        iterations: vec![10.0, 10.0],
    };
    assert_eq!(
        measured,
        [(Metric::time(), Evidence::Samples(Box::new(samples)))]
    );
    let with = br#"{"version":1,"benchmark":"t","time":[1],"iterations":1,"p99":9.0}"#;
    let measured = parse(with, "t").unwrap();
    assert_eq!(
        measured[1],
        (
            Metric::lower("p99", units::Unit::Nanoseconds),
            Evidence::Value(9.0)
        )
    );
}

#[test]
fn lines_that_are_no_measurement_are_refused_by_what_is_wrong() {
    for (bytes, expected) in [
        (line("[]", ""), "nothing"),
        (line("[0]", ""), "no time"),
        (line("[-1]", ""), "no time"),
        (line("[null]", ""), "one line of JSON"),
        (line("[1]", r#","more":1"#), "one line of JSON"),
        (b"".to_vec(), "one line of JSON"),
        (b"{\"version\":1".to_vec(), "one line of JSON"),
        (b"Usage: something else".to_vec(), "Usage: something else"),
        (
            br#"{"version":2,"benchmark":"cpu","time":[1],"iterations":1,"p99":null}"#.to_vec(),
            "build it again",
        ),
        (
            br#"{"version":1,"benchmark":"json","time":[1],"iterations":1,"p99":null}"#.to_vec(),
            "json",
        ),
        (
            br#"{"version":1,"benchmark":"cpu","time":[1],"iterations":0,"p99":null}"#.to_vec(),
            "nothing",
        ),
        (
            br#"{"version":1,"benchmark":"cpu","time":[1],"iterations":1,"p99":0}"#.to_vec(),
            "no time",
        ),
    ] {
        let problem = parse(&bytes, "cpu").unwrap_err();
        assert!(problem.contains(expected), "{problem}");
    }
}

#[test]
fn a_program_that_is_no_tollgate_is_a_failure_by_name() {
    let measured = |program: &str, name: &str| {
        let unit = Unit {
            filter: name.to_owned(),
            benchmarks: vec![name.to_owned()],
        };
        match measure(
            &unit,
            Path::new(program),
            Duration::from_secs(60),
            &Interrupt::default(),
        ) {
            Err(CollectError::Failed { kind, detail }) => (kind, detail),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(measured("/bin/false", "cpu").0, FailureKind::Crashed);
    assert_eq!(measured("/bin/true", "cpu").0, FailureKind::Silent);
    let (kind, detail) = measured("/bin/echo", "cpu");
    assert_eq!(kind, FailureKind::Unreadable);
    assert!(detail.contains("__system cpu"), "{detail}");
    assert_eq!(
        measured("/nowhere/at/all", "cpu").0,
        FailureKind::NotStarted
    );
}
