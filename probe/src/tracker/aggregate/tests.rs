use super::*;
use crate::snapshot::{Kind, Unit};

fn series(labels: &[&str], outcome: Outcome, value: Value) -> SeriesSnapshot {
    SeriesSnapshot {
        labels: labels.iter().map(|l| Arc::from(*l)).collect(),
        outcome,
        overflow: false,
        value,
    }
}

fn steps(values: &[u64]) -> Value {
    Value::Distribution(Distribution::from_steps(1.0, values.iter().copied()))
}

fn family(name: &str, names: &[&str], series: Vec<SeriesSnapshot>) -> FamilySnapshot {
    FamilySnapshot {
        name: name.into(),
        help: "".into(),
        kind: Kind::Histogram,
        unit: Unit::Seconds,
        label_names: names.iter().map(|n| Arc::from(*n)).collect(),
        series,
    }
}

fn snapshot(families: Vec<FamilySnapshot>) -> Snapshot {
    Snapshot {
        families,
        ..Snapshot::default()
    }
}

#[test]
fn methods_are_apart_and_statuses_and_outcomes_together() {
    let names = ["route", "method", "status"];
    let requests = snapshot(vec![family(
        REQUESTS,
        &names,
        vec![
            series(&["/a", "GET", "200"], Outcome::Completed, steps(&[10, 20])),
            series(&["/a", "GET", "500"], Outcome::Failed, steps(&[60])),
            series(&["/a", "GET", "none"], Outcome::Cancelled, steps(&[7])),
            series(&["/a", "GET", "none"], Outcome::Panicked, steps(&[8])),
            series(&["/a", "PUT", "204"], Outcome::Completed, steps(&[1; 9])),
            series(&["/idle", "GET", "200"], Outcome::Completed, steps(&[])),
        ],
    )]);
    let routes = routes(&requests);
    let names: Vec<_> = routes
        .iter()
        .map(|r| (&*r.route, &*r.method, r.counts.total))
        .collect();
    assert_eq!(
        names,
        [("/a", "PUT", 9), ("/a", "GET", 5)],
        "the busiest first, idle ones not at all"
    );
    let get = &routes[1];
    assert_eq!(
        get.counts,
        Counts {
            total: 5,
            errors: 2,
            panicked: 1,
            cancelled: 1
        }
    );
    assert_eq!(
        get.seconds.map(|s| (s.count, s.sum as u64, s.mean as u64)),
        Some((3, 90, 30))
    );
    assert_eq!(get.statuses.get("none"), Some(&2));
    assert_eq!(get.classes(), [0, 2, 0, 0, 1]);
}

#[test]
fn the_overflow_series_is_a_route_of_its_own() {
    let names = ["route", "method", "status"];
    let mut rest = series(&["", "", ""], Outcome::Completed, steps(&[1, 2, 3]));
    rest.overflow = true;
    let named = series(&["", "", ""], Outcome::Completed, steps(&[4]));
    let routes = routes(&snapshot(vec![family(REQUESTS, &names, vec![rest, named])]));
    assert_eq!(
        routes
            .iter()
            .map(|r| (r.overflow, r.counts.total))
            .collect::<Vec<_>>(),
        [(true, 3), (false, 1)]
    );
}

#[test]
fn what_was_only_cancelled_counts_and_has_no_durations() {
    let cancelled = series(&["q"], Outcome::Cancelled, steps(&[5, 5]));
    let queries = queries(&snapshot(vec![family(
        QUERIES,
        &["query"],
        vec![cancelled],
    )]));
    assert_eq!((queries[0].counts.total, queries[0].seconds), (2, None));
    assert_eq!(queries[0].counts.error_rate(), None);
}

#[test]
fn a_family_of_another_make_is_read_as_far_as_it_goes() {
    let foreign = snapshot(vec![
        family(
            REQUESTS,
            &["path"],
            vec![
                series(&["/a"], Outcome::Completed, steps(&[1])),
                series(&[], Outcome::Completed, Value::Counter(7)),
            ],
        ),
        family(
            EVENTS,
            &[],
            vec![series(&[], Outcome::Completed, steps(&[1]))],
        ),
    ]);
    let routes = routes(&foreign);
    assert_eq!(
        (routes.len(), &*routes[0].route, routes[0].counts.total),
        (1, "", 1)
    );
    assert!(events(&foreign).is_empty());
    assert!(queries(&foreign).is_empty());
}

#[test]
fn an_event_that_was_only_timed_or_sized_is_there() {
    let names = ["category", "event"];
    let only = snapshot(vec![
        family(
            EVENT_BYTES,
            &names,
            vec![series(&["a", "x"], Outcome::Completed, steps(&[9]))],
        ),
        family(
            EVENT_SECONDS,
            &names,
            vec![
                series(&["b", "y"], Outcome::Completed, steps(&[2])),
                series(&["b", "y"], Outcome::Failed, steps(&[4])),
            ],
        ),
    ]);
    let events = events(&only);
    assert_eq!(events.len(), 2);
    assert_eq!((&*events[0].event, events[0].success_rate()), ("x", None));
    assert_eq!(events[1].seconds.map(|s| s.count), Some(2));
}

#[test]
fn counts_beyond_all_bounds_saturate() {
    let mut counts = Counts::default();
    for _ in 0..2 {
        counts.add(Outcome::Panicked, u64::MAX);
    }
    assert_eq!(
        (
            counts.total,
            counts.errors,
            counts.panicked,
            counts.cancelled
        ),
        (u64::MAX, u64::MAX, u64::MAX, 0)
    );
    assert_eq!(counts.error_rate(), Some(1.0));
}
