//! What happens at upkeep: windows, alerts, callbacks, bounds.

use super::*;

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
