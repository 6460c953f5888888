//! The tracker with recording switched off: the switch is the process's, so this is a process of its own.

use std::time::Duration;

use tollgate_probe::tracker::{Status, Tracker};

#[test]
fn switched_off_nothing_is_recorded_told_or_watched() {
    tollgate_probe::set_enabled(false);
    let tracker = Tracker::builder()
        .build()
        .expect("the default settings are right");
    let (told, hears) = std::sync::mpsc::channel();
    let _errors =
        tracker.on_error(move |error| told.send(error.name.clone()).expect("the test is there"));
    tracker.request("/off", "GET").finish(500);
    tracker.record_request("/off", "GET", 500, Duration::from_secs(9));
    drop(tracker.query("off"));
    assert_eq!(tracker.time_query("off", || Err::<(), _>(1)), Err(1));
    tracker.timed_event("off", "off", false, Some(1), Duration::ZERO);
    tracker.error("off", "off");
    assert!(!tracker.upkeep(Duration::from_secs(100)));
    assert!(hears.try_recv().is_err());
    assert_eq!(tracker.health().status, Status::Unknown);

    tollgate_probe::set_enabled(true);
    let recorded = tollgate_probe::snapshot();
    assert!(
        recorded
            .families
            .iter()
            .all(|family| family.series.is_empty()),
        "{recorded:?}"
    );
    assert_eq!(
        tracker.upkeep(Duration::from_secs(101)),
        cfg!(feature = "record")
    );
    assert!(hears.try_recv().is_err());
}
