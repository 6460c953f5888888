//! Families belong to the process, and so to all tests that run in it: each test has routes and queries of its own.
#![cfg(feature = "record")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;

use super::*;
use crate::alert::{Comparison, HISTORY, Level, Statistic, Threshold};
use crate::snapshot::{Outcome, Value};

mod upkeep;

const HOUR: Duration = Duration::from_secs(3600);

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn new() -> Tracker {
    Tracker::builder().build().unwrap()
}

fn route(tracker: &Tracker, route: &str) -> RouteAggregates {
    tracker
        .routes(HOUR)
        .into_iter()
        .find(|r| &*r.route == route)
        .unwrap()
}

/// A thousand requests that are all open at once, on eight threads, and end in five ways.
#[test]
fn of_1000_concurrent_requests_every_one_counts_exactly_once() {
    let tracker = new();
    let all_open = std::sync::Barrier::new(8);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let open: Vec<_> = (0..125)
                    .map(|_| tracker.request("/concurrent", "POST"))
                    .collect();
                all_open.wait();
                for (i, request) in open.into_iter().enumerate() {
                    match i % 5 {
                        0 => request.finish(200),
                        1 => request.finish(404),
                        2 => request.finish(503),
                        3 => drop(request),
                        _ => {
                            let panicked = catch_unwind(AssertUnwindSafe(move || {
                                let _request = request;
                                panic!("in the handler");
                            }));
                            assert!(panicked.is_err());
                        }
                    }
                }
            });
        }
    });
    let route = route(&tracker, "/concurrent");
    assert_eq!(
        route.counts,
        Counts {
            total: 1000,
            errors: 400,
            panicked: 200,
            cancelled: 200
        }
    );
    let statuses: Vec<_> = route.statuses.iter().map(|(s, n)| (&**s, *n)).collect();
    assert_eq!(
        statuses,
        [("200", 200), ("404", 200), ("503", 200), ("none", 400)]
    );
    assert_eq!(route.classes(), [0, 200, 0, 200, 200]);
    assert_eq!(route.seconds.map(|s| s.count), Some(600));
    assert_eq!(route.counts.error_rate(), Some(0.5));
}

/// Futures that are polled by hand: ready at once, ready later, failed, dropped while pending, dropped unpolled, panicking.
#[test]
fn of_1000_futures_every_one_that_began_counts_exactly_once() {
    let tracker = new();
    let context = &mut Context::from_waker(Waker::noop());
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for i in 0..250 {
                    let mut polls = 0;
                    let work = std::future::poll_fn(move |_| {
                        polls += 1;
                        match (i % 5, polls) {
                            (0, _) | (1, 2) => Poll::Ready(Ok(())),
                            (2, _) => Poll::Ready(Err(())),
                            (3, _) => panic!("in the query"),
                            _ => Poll::Pending,
                        }
                    });
                    let context = &mut Context::from_waker(Waker::noop());
                    let mut query = pin!(tracker.query_timed("thousand_futures", work));
                    for _ in 0..2 {
                        let polled =
                            catch_unwind(AssertUnwindSafe(|| query.as_mut().poll(context)));
                        if !matches!(polled, Ok(Poll::Pending)) {
                            break;
                        }
                    }
                }
            });
        }
    });
    let unpolled = tracker.query_timed("thousand_futures", async { Ok::<_, ()>(()) });
    drop(unpolled);
    let finished =
        pin!(tracker.query_timed("thousand_futures", async { Ok::<_, ()>(()) })).poll(context);
    assert_eq!(finished, Poll::Ready(Ok(())));
    let queries = tracker.queries(HOUR);
    let query = queries
        .iter()
        .find(|q| &*q.query == "thousand_futures")
        .unwrap();
    assert_eq!(
        query.counts,
        Counts {
            total: 1001,
            errors: 400,
            panicked: 200,
            cancelled: 200
        }
    );
}

#[test]
fn a_discarded_request_or_query_does_not_count() {
    let tracker = new();
    tracker.request("/discarded", "GET").discard();
    tracker.query("discarded").discard();
    tracker.request("/discarded", "GET").finish(200);
    assert_eq!(route(&tracker, "/discarded").counts.total, 1);
    assert!(
        !tracker
            .queries(HOUR)
            .iter()
            .any(|q| &*q.query == "discarded")
    );
}

#[test]
fn durations_and_hostile_labels_arrive() {
    let tracker = new();
    let hostile = "/\u{202e}\"\n\0/{id}";
    for ms in [10, 20, 30] {
        tracker.record_request(hostile, "BREW\r\n", 299, Duration::from_millis(ms));
    }
    let route = route(&tracker, hostile);
    assert_eq!(
        (&*route.method, route.statuses.get("2xx")),
        ("other", Some(&3))
    );
    let seconds = route.seconds.unwrap();
    assert!((seconds.mean - 0.02).abs() < 1e-6, "{seconds:?}");
    assert!((seconds.max - 0.03).abs() < 0.03 / 64.0, "{seconds:?}");
    assert_eq!(route.buckets.count(), 3);
}

#[test]
fn megabytes_of_route_are_cut_and_the_largest_duration_is_a_number() {
    let tracker = new();
    let long = format!("/long{}", "x".repeat(1 << 20));
    tracker.record_request(&long, "GET", 200, Duration::MAX);
    let routes = tracker.routes(HOUR);
    let found = routes
        .iter()
        .find(|r| r.route.starts_with("/longx"))
        .unwrap();
    assert!(found.route.len() <= 256 && found.counts.total == 1);
    assert!(
        found
            .seconds
            .is_some_and(|s| s.max.is_finite() && s.max > 1e9)
    );
}

#[test]
fn long_routes_and_events_that_differ_at_their_end_are_told_apart() {
    let tracker = new();
    let long = format!("/far{}", "x".repeat(300));
    for end in ["a", "b"] {
        tracker.record_request(&format!("{long}{end}"), "GET", 200, at(0));
        tracker.timed_event("far", &format!("{long}{end}"), true, Some(1), at(1));
    }
    let routes = tracker.routes(HOUR);
    let far = routes.iter().filter(|r| r.route.starts_with("/farx"));
    assert_eq!(far.map(|r| r.counts.total).collect::<Vec<_>>(), [1, 1]);
    let events = tracker.events(HOUR);
    let far: Vec<_> = events.iter().filter(|e| &*e.category == "far").collect();
    assert_eq!(far.len(), 2);
    assert!(
        far.iter()
            .all(|e| e.successes == 1 && e.bytes.is_some() && e.seconds.is_some())
    );
}

#[test]
fn queries_are_named_by_their_shape() {
    let tracker = new();
    for id in 0..3 {
        let text = format!("SELECT shape FROM t WHERE id = {id}");
        assert_eq!(
            tracker
                .time_query(&text, || if id == 2 { Err(id) } else { Ok(id) })
                .is_ok(),
            id < 2
        );
    }
    tracker.record_query("SELECT shape FROM t WHERE id = 'x'", true, at(0));
    let queries = tracker.queries(HOUR);
    let query = queries
        .iter()
        .find(|q| &*q.query == "SELECT shape FROM t WHERE id = ?")
        .unwrap();
    assert_eq!((query.counts.total, query.counts.errors), (4, 1));
}

#[test]
fn events_have_a_success_rate_sizes_and_durations() {
    let tracker = new();
    for (success, bytes) in [
        (true, Some(100)),
        (true, None),
        (true, Some(300)),
        (false, None),
    ] {
        tracker.event("cache", "rates", success, bytes);
    }
    tracker.timed_event("restore", "rates", true, Some(5), Duration::from_millis(50));
    let events = tracker.events(HOUR);
    let [cache, restore] = ["cache", "restore"].map(|c| {
        events
            .iter()
            .find(|e| &*e.category == c && &*e.event == "rates")
            .unwrap()
    });
    assert_eq!(cache.success_rate(), Some(0.75));
    assert_eq!(
        cache.bytes.map(|b| (b.count, b.mean as u64)),
        Some((2, 200))
    );
    assert_eq!(cache.seconds, None);
    assert_eq!(restore.success_rate(), Some(1.0));
    assert!(
        restore
            .seconds
            .is_some_and(|s| (s.mean - 0.05).abs() < 1e-6)
    );
}

#[test]
fn sampling_keeps_counts_right_on_average_and_tells_every_error() {
    let tracker = Tracker::builder().sample_one_in(16).build().unwrap();
    let (told, hears) = mpsc::channel();
    let _errors = tracker.on_error(move |error| told.send(error.seconds.is_some()).unwrap());
    // A thread of its own draws the same numbers each time.
    thread::scope(|scope| {
        scope.spawn(|| {
            for i in 0..16_000 {
                tracker
                    .request("/sampled", "GET")
                    .finish(if i < 200 { 500 } else { 200 });
            }
        });
    });
    let counts = route(&tracker, "/sampled").counts;
    assert!(
        counts.total.abs_diff(16_000) < 4 * 500 && counts.total.is_multiple_of(16),
        "{counts:?}"
    );
    tracker.upkeep(at(1));
    let told: Vec<bool> = hears.try_iter().collect();
    assert_eq!(told.len(), 200);
    assert!(told.iter().any(|timed| *timed) && told.iter().any(|timed| !*timed));
}

#[test]
fn settings_that_make_no_sense_are_refused_by_name() {
    let refused = |builder: Builder| builder.build().unwrap_err().to_string();
    for one_in in [0, 3, 1000] {
        assert!(
            refused(Tracker::builder().sample_one_in(one_in))
                .contains(&format!("sample_one_in({one_in})"))
        );
    }
    assert!(refused(Tracker::builder().interval(Duration::ZERO)).starts_with("interval"));
    assert!(refused(Tracker::builder().alert_window(Duration::ZERO)).starts_with("alert_window"));
    let retained = |span, points| {
        Tracker::builder().retention(crate::window::Retention {
            span,
            points,
            ..Default::default()
        })
    };
    assert!(refused(retained(Duration::ZERO, 1)).starts_with("retention span"));
    assert!(refused(retained(at(1), 0)).starts_with("retention points"));
    for (limit, why) in [(f64::NAN, "NaN"), (f64::INFINITY, "infinite")] {
        let never = Threshold::new("x", Statistic::Max, Comparison::Gt, limit);
        assert!(refused(Tracker::builder().threshold(never)).contains(why));
    }
}

#[test]
fn the_default_thresholds_are_those_that_are_documented_and_all_can_be_met() {
    let lines: Vec<_> = default_thresholds()
        .iter()
        .map(|t| {
            format!(
                "{t} {}{}",
                t.level.word(),
                if t.immediate { ", single" } else { "" }
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            "http_request_duration_seconds max > 1 warning",
            "http_request_duration_seconds max > 3 critical, single",
            "query_duration_seconds max > 0.1 warning",
            "query_duration_seconds max > 1 critical, single",
            "process_resident_memory_bytes value > 512000000 warning",
            "process_resident_memory_bytes value > 1000000000 critical",
        ]
    );
    assert!(default_thresholds().iter().all(|t| t.check().is_ok()));
}

#[test]
fn a_second_tracker_of_the_process_is_given_back() {
    let first = install(Tracker::builder().build().unwrap()).map(std::ptr::from_ref);
    if let Ok(first) = first {
        assert!(std::ptr::eq(first, tracker()));
    }
    assert!(install(new()).is_err());
}
