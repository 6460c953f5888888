use std::time::Duration;

use super::*;
use crate::snapshot::Distribution;

fn series(label: &str, value: Value) -> SeriesSnapshot {
    SeriesSnapshot {
        labels: [Arc::from(label)].into(),
        outcome: Outcome::Completed,
        overflow: false,
        value,
    }
}

fn family(name: &str, series: Vec<SeriesSnapshot>) -> FamilySnapshot {
    FamilySnapshot {
        name: name.into(),
        help: "".into(),
        kind: series.first().map_or(Kind::Counter, |s| s.value.kind()),
        unit: Unit::None,
        label_names: [Arc::from("route")].into(),
        series,
    }
}

fn at(seconds: u64, families: Vec<FamilySnapshot>) -> Snapshot {
    Snapshot {
        unix_ms: seconds * 1000,
        uptime: Duration::from_secs(seconds),
        families,
    }
}

fn counters(values: &[(&str, u64)]) -> FamilySnapshot {
    let series = values.iter().map(|(l, n)| series(l, Value::Counter(*n)));
    family("calls", series.collect())
}

fn value<'a>(snapshot: &'a Snapshot, name: &str, label: &str) -> &'a Value {
    &snapshot.family(name).unwrap().find(&[label]).unwrap().value
}

#[test]
fn counters_and_distributions_differ_while_gauges_stay() {
    let snapshot = |seconds, calls, gauge, values: &[u64]| {
        let distribution = Distribution::from_steps(1.0, values.iter().copied());
        at(
            seconds,
            vec![
                counters(&[("/a", calls)]),
                family("open", vec![series("/a", Value::Gauge(gauge))]),
                family(
                    "sizes",
                    vec![series("/a", Value::Distribution(distribution))],
                ),
            ],
        )
    };
    let difference = snapshot(70, 9, -4, &[3, 5, 8]).since(&snapshot(10, 4, 7, &[3, 8]));
    assert_eq!(difference, snapshot(70, 5, -4, &[5]));
}

#[test]
fn order_may_change_and_series_may_come_and_go() {
    let earlier = at(1, vec![counters(&[("/a", 1), ("/b", 2), ("/c", 3)])]);
    let later = at(2, vec![counters(&[("/c", 13), ("/new", 5), ("/a", 11)])]);
    assert_eq!(
        later.since(&earlier),
        at(2, vec![counters(&[("/c", 10), ("/new", 5), ("/a", 10)])])
    );
    let moved = at(2, vec![family("first", vec![]), later.families[0].clone()]);
    assert_eq!(
        *value(&moved.since(&earlier), "calls", "/a"),
        Value::Counter(10)
    );
}

#[test]
fn a_series_that_went_back_and_a_younger_process_are_taken_whole() {
    let earlier = at(100, vec![counters(&[("/a", 50), ("/b", 2)])]);
    let later = at(160, vec![counters(&[("/a", 20), ("/b", 3)])]);
    assert_eq!(
        later.since(&earlier),
        at(160, vec![counters(&[("/a", 20), ("/b", 1)])])
    );
    // All counts have been overtaken, but it has run for 30 seconds only.
    let restarted = at(30, vec![counters(&[("/a", 60), ("/b", 60)])]);
    assert_eq!(restarted.since(&earlier), restarted);
}

#[test]
fn a_family_that_changed_its_meaning_is_taken_whole() {
    let earlier = at(1, vec![counters(&[("/a", 5)])]);
    let mut later = at(2, vec![counters(&[("/a", 7)])]);
    later.families[0].unit = Unit::Bytes;
    assert_eq!(later.since(&earlier), later);
}

#[test]
fn outcomes_and_the_overflow_series_are_told_apart() {
    let mut all = counters(&[("/a", 1), ("/a", 2), ("/a", 3)]);
    all.series[1].outcome = Outcome::Cancelled;
    all.series[2].overflow = true;
    all.series.reverse();
    let earlier = at(1, vec![all.clone()]);
    all.series.reverse();
    let later = at(2, vec![all.clone()]);
    assert_eq!(all.find(&["/a"]).unwrap().value, Value::Counter(1));
    let cancelled = all.find_ended(&["/a"], Outcome::Cancelled).unwrap();
    assert_eq!(cancelled.value, Value::Counter(2));
    let difference = later.since(&earlier);
    assert!(
        difference.families[0]
            .series
            .iter()
            .all(|s| s.value == Value::Counter(0))
    );
    assert_eq!(all.find(&[]), None);
    assert_eq!(all.find(&["/a", "/a"]), None);
}

#[test]
fn processes_add_up() {
    let one = |seconds, gauge, values: &[u64]| {
        let distribution = Distribution::from_steps(1.0, values.iter().copied());
        at(
            seconds,
            vec![
                counters(&[("/a", 2), ("/b", 3)]),
                family("open", vec![series("/a", Value::Gauge(gauge))]),
                family("load", vec![series("/a", Value::Float(0.5))]),
                family(
                    "sizes",
                    vec![series("/a", Value::Distribution(distribution))],
                ),
            ],
        )
    };
    let mut all = one(10, 5, &[1, 2]);
    all.families.remove(2);
    assert_eq!(all.merge(&one(7, -2, &[9])), []);
    assert_eq!(all.uptime, Duration::from_secs(10));
    assert_eq!(*value(&all, "calls", "/b"), Value::Counter(6));
    assert_eq!(*value(&all, "open", "/a"), Value::Gauge(3));
    assert_eq!(*value(&all, "load", "/a"), Value::Float(0.5));
    let sizes = Distribution::from_steps(1.0, [1, 2, 9]);
    assert_eq!(*value(&all, "sizes", "/a"), Value::Distribution(sizes));
}

#[test]
fn what_does_not_fit_is_left_out_and_named() {
    let mut all = at(1, vec![counters(&[("/a", 2)])]);
    let before = all.clone();
    let changed = |change: &dyn Fn(&mut FamilySnapshot)| {
        let mut other = counters(&[("/a", 9)]);
        change(&mut other);
        at(1, vec![other])
    };
    let mut reasons = |change: &dyn Fn(&mut FamilySnapshot)| {
        let left_out = all.merge(&changed(change));
        assert_eq!(all, before);
        left_out.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(
        reasons(&|f| f.kind = Kind::Gauge),
        ["\"calls\" was left out: it is a Counter and a Gauge"]
    );
    assert_eq!(
        reasons(&|f| f.unit = Unit::Seconds),
        ["\"calls\" was left out: its unit is None and Seconds"]
    );
    assert_eq!(
        reasons(&|f| f.label_names = [].into()),
        ["\"calls\" was left out: its labels have different names"]
    );
    assert_eq!(
        reasons(&|f| f.series[0].value = Value::Gauge(1)),
        ["\"calls\" was left out: one of its series holds a value of another kind"]
    );
    assert_eq!(
        reasons(&|f| f.series[0].labels = [].into()),
        ["\"calls\" was left out: one of its series has another number of labels"]
    );
}

#[test]
fn a_hostile_name_stays_on_its_line() {
    let mut all = at(1, vec![family("a\n\u{202e}b", vec![])]);
    let mut other = all.clone();
    other.families[0].unit = Unit::Bytes;
    let text = all.merge(&other)[0].to_string();
    assert!(text.starts_with(r#""a\n\u{202e}b" was left out"#), "{text}");
}

#[test]
fn ten_thousand_series_in_reverse_order_are_paired() {
    let labels: Vec<String> = (0..10_000).map(|i| format!("/{i}")).collect();
    let make = |n: u64| -> Vec<SeriesSnapshot> {
        labels
            .iter()
            .map(|l| series(l, Value::Counter(n)))
            .collect()
    };
    let mut reversed = make(3);
    reversed.reverse();
    let difference =
        at(2, vec![family("calls", reversed)]).since(&at(1, vec![family("calls", make(2))]));
    let series = &difference.families[0].series;
    assert_eq!(series.len(), 10_000);
    assert!(series.iter().all(|s| s.value == Value::Counter(1)));
}
