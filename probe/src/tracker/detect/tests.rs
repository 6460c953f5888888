#![cfg(feature = "record")]

use super::*;
use crate::alert::Alert;
use crate::tracker::Status;

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn tracker() -> Tracker {
    let builder = Tracker::builder().thresholds(Vec::new()).interval(at(60));
    builder.degradation_window(at(300)).build().unwrap()
}

fn of<'a>(alerts: &'a [Alert], source: &str, label: &str) -> Vec<&'a Alert> {
    let mine = |alert: &&Alert| {
        alert.source == source && alert.labels.iter().any(|(_, value)| &**value == label)
    };
    alerts.iter().filter(mine).collect()
}

#[test]
fn a_poll_that_runs_away_is_an_alert_and_ends_with_it() {
    let tracker = tracker();
    let limits = Limits {
        interval: Some(at(2)),
        ..Limits::default()
    };
    let polls = tracker.watch_calls("GET /poll", limits);
    let fine = tracker.watch_calls("GET /fine", limits);
    for i in 0..2_400 {
        let now = Duration::from_millis(i * 50);
        polls.clone().call_at(now);
        if i % 40 == 0 {
            fine.call_at(now);
        }
    }
    tracker.upkeep(at(120));
    let active = tracker.alerts().active();
    assert_eq!(of(&active, "runaway", "GET /fine").len(), 0);
    let alert = of(&active, "runaway", "GET /poll")[0];
    assert_eq!(alert.level, Level::Error);
    assert!(
        alert.value > 30.0 && alert.message.starts_with("runaway: "),
        "{alert:?}"
    );
    assert_eq!(tracker.health().status, Status::Unhealthy);
    for minute in 3..6 {
        tracker.upkeep(at(minute * 60));
    }
    assert!(tracker.alerts().active().is_empty());
}

#[test]
fn watches_that_are_dropped_leave_nothing_behind() {
    let tracker = tracker();
    for i in 0..1_000 {
        tracker
            .watch_calls(&i.to_string(), Limits::default())
            .call();
    }
    let kept = tracker.watch_calls("kept", Limits::default());
    assert_eq!(lock(&tracker.watches).len(), 1);
    assert_eq!(kept.judge(at(1)), None);
}

#[test]
fn a_baseline_of_a_time_in_which_nothing_came_is_empty() {
    let tracker = tracker();
    tracker.record_request("/before_the_baseline", "GET", 200, at(0));
    tracker.upkeep(at(0));
    let window = tracker.window(at(0)).unwrap();
    let mut requests = durations(window.snapshot);
    for family in &mut requests.families {
        let of_test = |label: &std::sync::Arc<str>| &**label == "/before_the_baseline";
        family.series.retain(|s| s.labels.iter().any(of_test));
    }
    assert_eq!(crate::degradation::Baseline::capture(&requests).len(), 0);
}

#[test]
fn durations_that_rise_by_half_are_an_alert_and_the_same_durations_are_none() {
    let tracker = tracker();
    let record = |route: &str, ms: u64| {
        for i in 0..400 {
            tracker.record_request(route, "GET", 200, Duration::from_micros(ms * 1000 + i));
        }
    };
    let minutes = |range: std::ops::Range<u64>, worse: u64| {
        for minute in range {
            tracker.upkeep(at(minute * 60));
            record("/degrading", worse);
            record("/steady", 20);
        }
    };
    minutes(0..10, 20);
    assert!(tracker.capture_baseline(at(600)) >= 2);
    assert_eq!(tracker.degradations(), None);
    minutes(10..16, 30);
    let active = tracker.alerts().active();
    let found = of(&active, "degradation", "/degrading");
    assert!(!found.is_empty(), "{:?}", tracker.degradations());
    assert!(found[0].message.contains("rose by") && found[0].value > found[0].limit * 1.2);
    assert_eq!(of(&active, "degradation", "/steady").len(), 0);
    assert_eq!(tracker.health().status, Status::Degraded);
    minutes(16..28, 20);
    assert_eq!(
        of(&tracker.alerts().active(), "degradation", "/degrading").len(),
        0
    );
}

#[test]
fn sizes_and_the_probes_own_times_are_not_compared() {
    let tracker = tracker();
    tracker.event("sizes", "sizes", true, Some(5));
    tracker.upkeep(at(0));
    let kept = durations(crate::snapshot());
    let names: Vec<_> = kept.families.iter().map(|f| f.name.to_string()).collect();
    assert!(
        !names
            .iter()
            .any(|n| n == "event_bytes" || n.starts_with("probe_")),
        "{names:?}"
    );
}
