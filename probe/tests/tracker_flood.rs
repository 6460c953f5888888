//! A flood of routes fills the family of requests for the whole process, so this is a process of its own.
#![cfg(feature = "record")]

use std::time::Duration;

use tollgate_probe::tracker::Tracker;

#[test]
fn a_flood_of_routes_ends_in_the_overflow_series_and_loses_none() {
    let tracker = Tracker::builder()
        .build()
        .expect("the default settings are right");
    for i in 0..100_000 {
        tracker.record_request(&format!("/flood/{i}"), "GET", 200, Duration::ZERO);
    }
    let routes = tracker.routes(Duration::from_secs(3600));
    assert!(routes.len() <= 2_001, "{}", routes.len());
    assert_eq!(routes.iter().filter(|route| route.overflow).count(), 1);
    assert_eq!(
        routes.iter().map(|route| route.counts.total).sum::<u64>(),
        100_000
    );
}
