//! What wrappers of the web tell the tracker of the process. In a process of its own: there is one such tracker.
#![cfg(all(feature = "axum", feature = "record"))]
#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use std::pin::pin;
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use axum::extract::Request;
use axum::handler::Handler;
use http::StatusCode;
use tollgate_probe::Outcome;
use tollgate_probe::alert::{Comparison, Level, Statistic, Threshold};
use tollgate_probe::tracker::{REQUESTS, Source, Tracker, install};
use tollgate_probe::web::{probed, probed_fn};

/// Polls once: the handlers here are ready at once.
fn answer(work: impl Future) {
    let ready = pin!(work).poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(ready, Poll::Ready(_)));
}

#[test]
fn failures_and_slow_requests_of_probed_handlers_reach_the_installed_tracker() {
    async fn fine() -> StatusCode {
        StatusCode::OK
    }
    async fn broken() -> StatusCode {
        StatusCode::SERVICE_UNAVAILABLE
    }
    async fn panics() -> StatusCode {
        panic!("in the handler")
    }
    let get = || Request::get("/").body(axum::body::Body::empty()).unwrap();
    // Before there is a tracker nobody is told, and nothing breaks.
    answer(probed("/before", broken).call(get(), ()));

    // Every request is slower than nothing.
    let limit = Threshold::new(REQUESTS, Statistic::Max, Comparison::Gt, 0.0)
        .level(Level::Critical)
        .label("route", "/fine")
        .immediate();
    let built = Tracker::builder().thresholds(vec![limit]).build().unwrap();
    let tracker = install(built).map_err(|_| "installed before").unwrap();
    let (told, hears) = mpsc::channel();
    let _errors = tracker.on_error(move |error| told.send(error.clone()).unwrap());

    answer(probed("/fine", fine).call(get(), ()));
    answer(probed("/broken", broken).call(get(), ()));
    let panicked = std::panic::catch_unwind(|| answer(probed("/panics", panics).call(get(), ())));
    assert!(panicked.is_err());
    // A whole service is not a route: a handler inside would tell twice.
    let service = probed_fn("/service", |_: Request| async {
        Err::<http::Response<()>, _>(())
    });
    answer(service(get()));

    assert!(hears.try_recv().is_err(), "not inside the request");
    tracker.upkeep_now();
    let heard: Vec<_> = hears
        .try_iter()
        .map(|error| {
            assert!(error.source == Source::Request && error.seconds.is_some());
            (error.name, error.detail, error.outcome)
        })
        .collect();
    assert_eq!(
        heard,
        [
            ("GET /broken".into(), "503".into(), Outcome::Failed),
            ("GET /panics".into(), "none".into(), Outcome::Panicked),
        ]
    );
    let active = tracker.alerts().active();
    assert_eq!(active.len(), 1, "{active:?}");
    assert_eq!(&*active[0].labels[0].1, "/fine");
    // By the window and by the single event: twice.
    assert_eq!(active[0].times, 2);
    assert_eq!(tracker.routes(Duration::from_secs(60)).len(), 4);
}
