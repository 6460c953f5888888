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
fn upkeep_works_once_an_interval_and_again_when_the_clock_goes_back() {
    let tracker = Tracker::builder().interval(at(10)).build().unwrap();
    let due = |seconds| tracker.upkeep(at(seconds));
    assert_eq!(
        [100, 100, 109, 110, 119, 120].map(due),
        [true, false, false, true, false, true]
    );
    assert_eq!(
        [5, 6, 15].map(due),
        [true, false, true],
        "back by more than an interval"
    );
    assert!(tracker.upkeep(Duration::MAX), "far ahead");
}

#[test]
fn a_window_holds_what_came_in_it() {
    let tracker = Tracker::builder().interval(at(60)).build().unwrap();
    let record = |n| (0..n).for_each(|_| tracker.record_request("/windows", "GET", 200, at(0)));
    let count = |span| {
        let routes = tracker.routes(at(span));
        routes
            .iter()
            .find(|r| &*r.route == "/windows")
            .map_or(0, |r| r.counts.total)
    };
    record(5);
    assert_eq!(count(300), 5, "without upkeep it is all");
    for minute in 0..20 {
        tracker.upkeep(at(minute * 60));
        record(1);
    }
    assert_eq!(count(300), 6, "five whole minutes and the one that runs");
    assert_eq!(count(3600), 25, "all since the start");
}

#[test]
fn what_was_recorded_before_the_first_upkeep_is_in_the_windows_after_it() {
    let tracker = new();
    tracker.record_request("/before_upkeep", "GET", 200, at(0));
    assert!(tracker.upkeep_now());
    for span in [at(60), at(300), HOUR] {
        let routes = tracker.routes(span);
        let found = routes.iter().find(|r| &*r.route == "/before_upkeep");
        assert_eq!(found.map(|r| r.counts.total), Some(1), "{span:?}");
    }
    let covered = tracker.window(HOUR).unwrap().covered;
    assert!(covered <= tracker.now() && covered > Duration::ZERO);
}

#[test]
fn a_slow_request_raises_at_upkeep_and_no_callback_runs_before() {
    let tracker = new();
    let inside = Arc::new(AtomicBool::new(true));
    let (told, hears) = mpsc::channel();
    let _alerts = tracker.alerts().subscribe({
        let inside = Arc::clone(&inside);
        move |alert| {
            assert!(!inside.load(SeqCst));
            told.send((
                alert.level,
                alert
                    .labels
                    .iter()
                    .map(|l| l.1.to_string())
                    .collect::<Vec<_>>(),
            ))
            .unwrap();
        }
    });
    tracker.record_request("/slow", "GET", 200, Duration::from_millis(3_100));
    tracker.record_query("slow_query", true, Duration::from_millis(1_100));
    inside.store(false, SeqCst);
    tracker.upkeep(at(1));
    let heard: Vec<_> = hears
        .try_iter()
        .filter(|(level, _)| *level == Level::Critical)
        .map(|(_, labels)| labels)
        .collect();
    assert!(
        heard.contains(&vec!["/slow".into(), "GET".into(), "200".into()]),
        "{heard:?}"
    );
    assert!(heard.contains(&vec!["slow_query".into()]), "{heard:?}");
    assert_eq!(tracker.health().status, Status::Unhealthy);
}

#[test]
fn errors_are_told_at_upkeep_and_only_errors() {
    let tracker = new();
    let (told, hears) = mpsc::channel();
    let subscription = tracker.on_error(move |error| {
        told.send((error.source, error.name.clone(), error.outcome))
            .unwrap();
    });
    for status in [200, 404, 500] {
        tracker.request("/errors", "GET").finish(status);
    }
    drop(tracker.request("/errors", "GET"));
    tracker
        .time_query("errors", || Err::<(), _>(()))
        .unwrap_err();
    tracker.event("cache", "errors", false, None);
    tracker.timed_event("sync", "errors", false, None, at(0));
    tracker.error("startup", "no configuration");
    assert!(hears.try_recv().is_err());
    tracker.upkeep(at(1));
    let sources: Vec<_> = hears.try_iter().collect();
    let failed = Outcome::Failed;
    assert_eq!(
        sources,
        [
            (Source::Request, "GET /errors".into(), failed),
            (Source::Query, "errors".into(), failed),
            (Source::Event, "errors".into(), failed),
            (Source::Application, "startup".into(), failed),
        ]
    );
    subscription.unsubscribe();
    tracker.error("startup", "again");
    assert!(!tracker.errors.any());
}

/// One thread is stuck in a callback of its upkeep. Others go on: upkeep, windows, health, and their callbacks.
#[test]
fn a_callback_that_blocks_blocks_its_own_upkeep_only() {
    let tracker = Tracker::builder().interval(at(10)).build().unwrap();
    let (entered, enters) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let _stuck = tracker.on_error(move |error| {
        entered.send(error.name.clone()).unwrap();
        released.recv().unwrap();
    });
    let (told, hears) = mpsc::channel();
    let _other = tracker.on_error(move |error| told.send(error.name.clone()).unwrap());
    tracker.error("first", "");
    thread::scope(|scope| {
        let stuck = scope.spawn(|| tracker.upkeep(at(0)));
        assert_eq!(enters.recv().unwrap(), "first");
        tracker.error("second", "");
        assert!(tracker.upkeep(at(10)), "it is due, and not held up");
        assert_eq!(hears.try_iter().last().as_deref(), Some("second"));
        assert!(
            enters.try_recv().is_err(),
            "the stuck one is not called again"
        );
        assert_ne!(tracker.health().status, Status::Unknown);
        assert!(tracker.window(HOUR).is_some());
        release.send(()).unwrap();
        release.send(()).unwrap();
        assert!(stuck.join().unwrap());
    });
    assert_eq!(enters.try_iter().collect::<Vec<_>>(), ["second"]);
}

#[test]
fn a_callback_may_use_the_tracker_that_calls_it() {
    let tracker: &'static Tracker = Box::leak(Box::new(
        Tracker::builder().interval(at(1)).build().unwrap(),
    ));
    let (told, hears) = mpsc::channel();
    tracker
        .on_error(move |error| {
            tracker.request("/reentrant", "GET").finish(500);
            tracker.upkeep(at(1_000));
            tracker.on_error(|_| {}).unsubscribe();
            told.send((
                error.name.clone(),
                tracker.health().status,
                tracker.routes(HOUR).len(),
            ))
            .unwrap();
            assert!(error.name != "boom", "panics are caught");
        })
        .keep();
    tracker.error("boom", "");
    tracker.upkeep(at(0));
    let told: Vec<_> = hears.try_iter().take(3).map(|(name, ..)| name).collect();
    assert_eq!(told[..2], ["boom".to_owned(), "GET /reentrant".to_owned()]);
}

#[test]
fn without_upkeep_nothing_grows() {
    let tracker = new();
    let (told, hears) = mpsc::channel();
    let _errors = tracker.on_error(move |error| told.send(error.name.len()).unwrap());
    for i in 0..5_000 {
        tracker.record_request("/unread", "GET", 500, at(4));
        tracker.error(&format!("{i}{}", "x".repeat(1_000)), &"y".repeat(1_000));
    }
    tracker.upkeep(at(1));
    let lengths: Vec<usize> = hears.try_iter().collect();
    assert_eq!(lengths.len(), crate::alert::callback::INBOX);
    assert!(lengths.iter().all(|length| *length <= 256));
    assert!(tracker.alerts().history().len() <= tracker.alerts().thresholds().len());
}

#[test]
fn with_upkeep_and_no_reader_nothing_grows() {
    let flapping = Threshold::new(
        "http_request_duration_seconds",
        Statistic::Count,
        Comparison::Gt,
        0.0,
    )
    .label("route", "/flapping")
    .level(Level::Info);
    let tracker = Tracker::builder()
        .thresholds(vec![flapping])
        .interval(at(60))
        .build()
        .unwrap();
    let mut largest = [0; 2];
    for minute in 0..3_000 {
        if minute % 3 == 0 {
            tracker.record_request("/flapping", "GET", 200, at(1));
        }
        assert!(tracker.upkeep(at(minute * 60)));
        let bytes = tracker.kept().windows.heap_bytes();
        // The first hour fills the windows.
        let half = &mut largest[usize::from(minute >= 1_500)];
        if minute >= 120 {
            *half = bytes.max(*half);
        }
    }
    assert!(largest[1] <= largest[0] + 64 * 1024, "{largest:?}");
    assert_eq!(tracker.alerts().history().len(), HISTORY);
}

#[test]
fn upkeep_leaves_its_own_cost_and_memory_as_metrics() {
    let tracker = new();
    tracker.upkeep(at(1));
    let snapshot = crate::snapshot();
    let value = |name: &str| snapshot.family(name).map(|f| f.series[0].value.clone());
    let Some(Value::Float(itself)) = value("probe_self_seconds") else {
        panic!("no self cost")
    };
    assert!(itself.is_finite() && itself > 0.0, "{itself}");
    assert!(matches!(value("probe_upkeep_seconds"), Some(Value::Distribution(d)) if d.count() > 0));
    #[cfg(target_os = "linux")]
    assert!(matches!(value(RESIDENT), Some(Value::Gauge(bytes)) if bytes > 1 << 20));
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
