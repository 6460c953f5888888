use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::mpsc;

use super::*;
use crate::alert::{Comparison, Level, RateLimit, Statistic};
use crate::snapshot::{
    Distribution, FamilySnapshot, Kind, Outcome, SeriesSnapshot, Snapshot, Unit, Value,
};

const CLEAR: Duration = Duration::from_secs(30);

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A window with requests of these durations, in seconds.
fn window(seconds: &[u64]) -> Snapshot {
    let series = SeriesSnapshot {
        labels: ["/a".into()].into(),
        outcome: Outcome::Completed,
        overflow: false,
        value: Value::Distribution(Distribution::from_steps(1.0, seconds.iter().copied())),
    };
    let family = FamilySnapshot {
        name: "request_seconds".into(),
        help: "".into(),
        kind: Kind::Histogram,
        unit: Unit::Seconds,
        label_names: ["route".into()].into(),
        series: vec![series],
    };
    Snapshot {
        families: vec![family],
        ..Snapshot::default()
    }
}

fn above(limit: f64, level: Level) -> Threshold {
    Threshold::new("request_seconds", Statistic::Max, Comparison::Gt, limit).level(level)
}

/// Warning above 1 s, critical above 3 s, as the defaults.
fn alerts() -> Alerts {
    let thresholds = vec![
        above(1.0, Level::Warning),
        above(3.0, Level::Critical).immediate(),
    ];
    let rate = RateLimit {
        burst: 100,
        per: at(1),
    };
    Alerts::new(
        thresholds,
        Rules {
            clear_after: CLEAR,
            rate,
        },
    )
    .unwrap()
}

fn evaluate(alerts: &Alerts, seconds: u64, requests: &[u64]) {
    alerts.evaluate(
        at(seconds),
        View {
            window: &window(requests),
            length: at(60),
        },
    );
}

fn levels(alerts: &Alerts) -> Vec<Level> {
    alerts.active().iter().map(|a| a.level).collect()
}

fn slow(seconds: f64) -> Event {
    Event {
        family: "request_seconds",
        labels: vec![("route", "/slow".into())],
        value: seconds,
    }
}

fn application(key: &str) -> Finding {
    Finding {
        key: key.into(),
        level: Level::Error,
        category: "test".into(),
        message: key.into(),
        value: 1.0,
        limit: 0.0,
        labels: Vec::new(),
    }
}

#[test]
fn of_two_steps_that_are_met_only_the_worse_one_is_told() {
    let alerts = alerts();
    evaluate(&alerts, 0, &[4]);
    assert_eq!(levels(&alerts), [Level::Critical]);
    assert_eq!(alerts.active()[0].labels[0].1.as_ref(), "/a");
    evaluate(&alerts, 100, &[2]);
    assert_eq!(levels(&alerts), [Level::Warning], "down a step");
    evaluate(&alerts, 110, &[4]);
    assert_eq!(
        levels(&alerts),
        [Level::Critical, Level::Warning],
        "up again"
    );
    evaluate(&alerts, 500, &[4]);
    assert_eq!(
        levels(&alerts),
        [Level::Critical, Level::Warning],
        "the lower step is met too"
    );
    evaluate(&alerts, 1000, &[]);
    assert_eq!(levels(&alerts), []);
}

#[test]
fn thresholds_over_different_things_do_not_hide_each_other() {
    let below = Threshold::new("request_seconds", Statistic::Min, Comparison::Lt, 10.0);
    let elsewhere = above(1.0, Level::Info).label("route", "/a");
    let all = vec![
        above(1.0, Level::Warning),
        below.level(Level::Critical),
        elsewhere,
    ];
    let alerts = Alerts::new(all, Rules::default()).unwrap();
    evaluate(&alerts, 0, &[4]);
    assert_eq!(
        levels(&alerts),
        [Level::Critical, Level::Warning, Level::Info]
    );
}

#[test]
fn a_single_event_raises_at_the_next_evaluation_and_no_callback_runs_before() {
    let alerts = alerts();
    let (heard, hears) = mpsc::channel();
    let _all = alerts.subscribe(move |alert| heard.send(alert.clone()).unwrap());
    alerts.note(slow(4.0));
    alerts.note(slow(2.0));
    alerts.deliver();
    assert!(alerts.active().is_empty() && hears.try_recv().is_err());
    evaluate(&alerts, 0, &[]);
    assert!(hears.try_recv().is_err());
    alerts.deliver();
    let alert = hears.try_recv().unwrap();
    assert_eq!(
        (alert.level, alert.labels[0].1.as_ref()),
        (Level::Critical, "/slow")
    );
    assert!(
        hears.try_recv().is_err(),
        "2 s is above no immediate threshold"
    );
}

#[test]
fn events_that_wait_are_bounded_in_number_and_in_length() {
    let alerts = alerts();
    for i in 0..10 * EVENTS {
        let mut event = slow(4.0);
        event.labels[0].1 = format!("{i} {}", "x".repeat(10_000));
        alerts.note(event);
    }
    let events = lock(&alerts.shared.events);
    assert_eq!(events.len(), EVENTS);
    assert!(
        events[0].labels[0]
            .1
            .starts_with(&format!("{} ", 9 * EVENTS)),
        "the oldest went"
    );
    assert!(events.iter().all(|e| e.labels[0].1.capacity() <= 256));
}

#[test]
fn the_limit_for_single_events_is_that_of_immediate_upper_thresholds() {
    let alerts = alerts();
    assert_eq!(alerts.immediate_limit("request_seconds"), Some(3.0));
    assert_eq!(alerts.immediate_limit("query_seconds"), None);
}

#[test]
fn what_could_not_be_evaluated_is_listed() {
    let gauge = Threshold::new("request_seconds", Statistic::Value, Comparison::Gt, 1.0);
    let missing = Threshold::new("requests_seconds", Statistic::Max, Comparison::Gt, 1.0);
    let all = vec![gauge, missing, above(1.0, Level::Info)];
    let alerts = Alerts::new(all, Rules::default()).unwrap();
    evaluate(&alerts, 0, &[]);
    let whys: Vec<_> = alerts.unmet().iter().map(|u| u.why).collect();
    assert_eq!(
        whys,
        [
            Why::NoSuchStatistic,
            Why::NoSuchFamily,
            Why::NothingRecorded
        ]
    );
    evaluate(&alerts, 1, &[5]);
    assert_eq!(alerts.unmet().len(), 2);
}

#[test]
fn a_threshold_that_cannot_be_met_is_refused() {
    assert!(Alerts::new(vec![above(f64::NAN, Level::Info)], Rules::default()).is_err());
}

#[test]
fn the_application_raises_and_resolves_by_itself() {
    let alerts = alerts();
    let id = alerts.raise(at(0), &application("disk")).unwrap();
    assert_eq!(alerts.raise(at(1), &application("disk")), Some(id));
    evaluate(&alerts, 10_000, &[]);
    assert_eq!(
        levels(&alerts),
        [Level::Error],
        "it stays until somebody resolves it"
    );
    assert!(alerts.resolve(at(10_001), id));
    assert!(!alerts.resolve(at(10_001), id));
    let history = alerts.history();
    assert_eq!(
        history[0].ended,
        Some(Ended {
            at: at(10_001),
            by_hand: true
        })
    );
}

/// Raises, resolves, subscribes, evaluates and delivers from inside the callback; a lock that is held then would hang.
#[test]
fn a_callback_may_use_everything() {
    let alerts = alerts();
    let calls = Arc::new(AtomicU64::new(0));
    let subscription = alerts.subscribe({
        let (alerts, calls) = (alerts.clone(), Arc::clone(&calls));
        move |alert| {
            if calls.fetch_add(1, SeqCst) == 0 {
                assert!(alerts.resolve(at(1), alert.id));
                alerts.raise(at(1), &application("from inside"));
                alerts.subscribe(|_| {}).unsubscribe();
                alerts.note(slow(5.0));
                evaluate(&alerts, 1, &[]);
                assert_eq!((alerts.history().len(), alerts.unmet().len()), (3, 2));
                alerts.deliver();
            }
        }
    });
    evaluate(&alerts, 0, &[4]);
    alerts.deliver();
    assert_eq!(
        calls.load(SeqCst),
        4,
        "raised, resolved, raised from inside, raised by an event"
    );
    subscription.unsubscribe();
}

#[test]
fn nobody_hears_of_an_end_before_the_beginning() {
    let alerts = alerts();
    let (heard, hears) = mpsc::channel();
    let _all =
        alerts.subscribe(move |alert| heard.send((alert.id, alert.ended.is_some())).unwrap());
    std::thread::scope(|scope| {
        for name in ["a", "b", "c"] {
            let alerts = &alerts;
            scope.spawn(move || {
                for i in 0..20 {
                    let id = alerts.raise(at(i), &application(name)).unwrap();
                    alerts.deliver();
                    alerts.resolve(at(i), id);
                }
            });
        }
    });
    alerts.deliver();
    let mut open = HashSet::new();
    let mut heard = 0;
    for (id, ended) in hears.try_iter() {
        assert!(
            if ended {
                open.remove(&id)
            } else {
                open.insert(id)
            },
            "{id} {ended}"
        );
        heard += 1;
    }
    assert_eq!((open.len(), heard), (0, 120));
}

#[test]
fn without_subscribers_and_readers_nothing_grows() {
    let alerts = alerts();
    for i in 0..2_000 {
        alerts.note(slow(4.0));
        evaluate(&alerts, i * 100, &[4]);
        evaluate(&alerts, i * 100 + 50, &[]);
    }
    assert_eq!(alerts.history().len(), crate::alert::HISTORY);
    assert!(lock(&alerts.shared.events).is_empty());
    assert_eq!(alerts.unmet().len(), 2);
}
