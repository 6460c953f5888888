use std::sync::Arc;

use super::*;
use crate::snapshot::{Kind, Outcome, Unit};

const MINUTE: Duration = Duration::from_secs(60);

fn series(labels: &[&str], outcome: Outcome, value: Value) -> SeriesSnapshot {
    SeriesSnapshot {
        labels: labels.iter().map(|l| Arc::from(*l)).collect(),
        outcome,
        overflow: false,
        value,
    }
}

fn family(kind: Kind, series: Vec<SeriesSnapshot>) -> Snapshot {
    let family = FamilySnapshot {
        name: "x".into(),
        help: "".into(),
        kind,
        unit: Unit::None,
        label_names: ["route".into(), "method".into()].into(),
        series,
    };
    Snapshot {
        families: vec![family],
        ..Snapshot::default()
    }
}

fn steps(values: &[u64]) -> Value {
    Value::Distribution(Distribution::from_steps(1.0, values.iter().copied()))
}

fn requests() -> Snapshot {
    family(
        Kind::Histogram,
        vec![
            series(&["/a", "GET"], Outcome::Completed, steps(&[10, 20, 30])),
            series(&["/a", "PUT"], Outcome::Failed, steps(&[50])),
            series(&["/b", "GET"], Outcome::Completed, steps(&[1, 2])),
            series(&["/c", "GET"], Outcome::Completed, steps(&[])),
        ],
    )
}

fn threshold(statistic: Statistic, comparison: Comparison) -> Threshold {
    Threshold::new("x", statistic, comparison, 5.0)
}

/// The value, and the labels of the series that it is of.
fn value(threshold: &Threshold, window: &Snapshot) -> Option<(f64, Option<String>)> {
    match read(
        threshold,
        View {
            window,
            length: MINUTE,
        },
    ) {
        Reading::Value(value, series) => Some((value, series.map(|(_, s)| s.labels.join(" ")))),
        _ => None,
    }
}

fn number(threshold: &Threshold, window: &Snapshot) -> Option<String> {
    value(threshold, window).map(|(value, _)| value.to_string())
}

#[test]
fn the_worst_series_decides_and_is_named() {
    let requests = requests();
    let worst =
        |statistic, comparison| value(&threshold(statistic, comparison), &requests).unwrap();
    assert_eq!(
        worst(Statistic::Max, Comparison::Gt),
        (50.0, Some("/a PUT".into()))
    );
    assert_eq!(
        worst(Statistic::Mean, Comparison::Gte),
        (50.0, Some("/a PUT".into()))
    );
    assert_eq!(
        worst(Statistic::P50, Comparison::Lt),
        (1.0, Some("/b GET".into()))
    );
    assert_eq!(
        worst(Statistic::Min, Comparison::Lte),
        (1.0, Some("/b GET".into()))
    );
    assert_eq!(
        worst(Statistic::Count, Comparison::Lt),
        (0.0, Some("/c GET".into()))
    );
    assert_eq!(
        worst(Statistic::Rate, Comparison::Gt),
        (0.05, Some("/a GET".into()))
    );
}

#[test]
fn together_is_one_distribution() {
    let requests = requests();
    let all = |statistic| value(&threshold(statistic, Comparison::Gt).together(), &requests);
    assert_eq!(all(Statistic::Count), Some((6.0, None)));
    assert_eq!(all(Statistic::Max), Some((50.0, None)));
    assert_eq!(all(Statistic::Mean), Some((113.0 / 6.0, None)));
}

#[test]
fn labels_and_outcomes_select() {
    let requests = requests();
    let max = || threshold(Statistic::Max, Comparison::Gt);
    let found = |threshold: Threshold| number(&threshold, &requests);
    assert_eq!(found(max().label("method", "GET")).as_deref(), Some("30"));
    assert_eq!(
        found(max().label("method", "GET").label("route", "/b")).as_deref(),
        Some("2")
    );
    assert_eq!(found(max().outcome(Outcome::Failed)).as_deref(), Some("50"));
    assert_eq!(found(max().label("method", "DELETE")), None);
}

#[test]
fn what_cannot_be_read_says_why() {
    let requests = requests();
    let view = View {
        window: &requests,
        length: MINUTE,
    };
    let max = || threshold(Statistic::Max, Comparison::Gt);
    assert_eq!(
        read(
            &Threshold::new("y", Statistic::Max, Comparison::Gt, 1.0),
            view
        ),
        Reading::Unknown
    );
    assert_eq!(read(&max().label("planet", "mars"), view), Reading::Unknown);
    assert_eq!(read(&max().label("route", "/c"), view), Reading::Nothing);
    assert_eq!(
        read(&max().label("route", "/c").together(), view),
        Reading::Nothing
    );
    assert_eq!(
        read(&threshold(Statistic::Value, Comparison::Gt), view),
        Reading::Unfit
    );
    let gauge = family(
        Kind::Gauge,
        vec![series(&["/a", ""], Outcome::Completed, Value::Gauge(3))],
    );
    for threshold in [max(), max().together()] {
        assert_eq!(
            read(
                &threshold,
                View {
                    window: &gauge,
                    length: MINUTE
                }
            ),
            Reading::Unfit
        );
    }
}

#[test]
fn counters_have_a_count_and_a_rate_and_gauges_a_value() {
    let of = |statistic, comparison, together: bool, values: &[Value]| {
        let series = values
            .iter()
            .map(|v| series(&["/a", ""], Outcome::Completed, v.clone()));
        let window = family(Kind::Gauge, series.collect());
        let asked = threshold(statistic, comparison);
        number(&if together { asked.together() } else { asked }, &window)
    };
    let counters = [Value::Counter(30), Value::Counter(90)];
    assert_eq!(
        of(Statistic::Rate, Comparison::Gt, false, &counters).as_deref(),
        Some("1.5")
    );
    assert_eq!(
        of(Statistic::Rate, Comparison::Gt, true, &counters).as_deref(),
        Some("2")
    );
    assert_eq!(
        of(Statistic::Count, Comparison::Gt, true, &counters).as_deref(),
        Some("120")
    );
    let gauges = [Value::Gauge(-3), Value::Gauge(4)];
    assert_eq!(
        of(Statistic::Value, Comparison::Lt, false, &gauges).as_deref(),
        Some("-3")
    );
    assert_eq!(
        of(Statistic::Value, Comparison::Lt, true, &gauges).as_deref(),
        Some("1")
    );
}

#[test]
fn a_window_without_length_has_no_rate() {
    let series = series(&["", ""], Outcome::Completed, Value::Counter(9));
    let window = family(Kind::Counter, vec![series]);
    let view = View {
        window: &window,
        length: Duration::ZERO,
    };
    assert_eq!(
        read(&threshold(Statistic::Rate, Comparison::Gt), view),
        Reading::Nothing
    );
}

#[test]
fn nan_is_no_value() {
    let floats = |values: &[f64]| {
        let floats = values
            .iter()
            .map(|v| series(&["", ""], Outcome::Completed, Value::Float(*v)));
        family(Kind::FloatGauge, floats.collect())
    };
    let highest = threshold(Statistic::Value, Comparison::Gt);
    assert_eq!(number(&highest, &floats(&[f64::NAN])), None);
    assert_eq!(
        number(&highest, &floats(&[f64::NAN, 2.0, f64::NAN])).as_deref(),
        Some("2")
    );
    assert_eq!(
        number(&highest, &floats(&[2.0, f64::INFINITY])).as_deref(),
        Some("inf")
    );
    let cancelling = floats(&[f64::INFINITY, f64::NEG_INFINITY]);
    assert_eq!(number(&highest.together(), &cancelling), None);
}

#[test]
fn equal_to_the_limit_is_found_wherever_it_is() {
    let gauges =
        [4, 5, 6].map(|n| series(&[&n.to_string(), ""], Outcome::Completed, Value::Gauge(n)));
    let window = family(Kind::Gauge, gauges.into());
    let found = value(&threshold(Statistic::Value, Comparison::Eq), &window);
    assert_eq!(found, Some((5.0, Some("5 ".into()))));
}

#[test]
fn series_with_fewer_labels_than_their_family_are_passed_over() {
    let series = series(&[], Outcome::Completed, Value::Counter(9));
    let broken = family(Kind::Counter, vec![series]);
    let asked = threshold(Statistic::Count, Comparison::Gt).label("route", "/a");
    assert_eq!(value(&asked, &broken), None);
}
