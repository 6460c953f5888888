//! What the windows of 10,000 series take, counted by the allocator and not by our own word alone.
#![expect(unsafe_code, reason = "an allocator that counts")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use tollgate_probe::snapshot::{
    Distribution, FamilySnapshot, Kind, Outcome, SeriesSnapshot, Snapshot, Unit, Value,
};
use tollgate_probe::window::{Retention, Windows};

static LIVE: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: every call is handed to the system allocator as it came; counting touches nothing but an atomic.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size(), Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller keeps the contract of `dealloc`, and `at` came from `System`.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const SERIES: usize = 10_000;
/// Buckets with a value in each series.
const SPREAD: u64 = 30;

fn process() -> Snapshot {
    let series = (0..SERIES).map(|i| SeriesSnapshot {
        labels: [Arc::from(format!("/route/{i}"))].into(),
        outcome: Outcome::Completed,
        overflow: false,
        value: Value::Distribution(Distribution::from_steps(
            1e-9,
            (0..SPREAD).map(|k| 1000 + k * k * 200),
        )),
    });
    Snapshot {
        unix_ms: 0,
        uptime: Duration::ZERO,
        families: vec![FamilySnapshot {
            name: "request_seconds".into(),
            help: "".into(),
            kind: Kind::Histogram,
            unit: Unit::Seconds,
            label_names: [Arc::from("route")].into(),
            series: series.collect(),
        }],
    }
}

/// Bytes after so many minutes in each of which `changing` series got 20 more values: as counted by the allocator, and
/// as the windows say themselves. Only the one test of this file allocates while they are fed.
fn bytes(changing: usize, points: usize) -> (usize, usize) {
    let mut snapshot = process();
    let minute = |n: u64| Duration::from_secs(n * 60);
    let before = LIVE.load(Relaxed);
    let mut windows = Windows::new(Retention {
        points,
        ..Retention::default()
    });
    // An old process: what it did before is in no window.
    snapshot.uptime = minute(10_000);
    windows.observe(minute(0), &snapshot);
    let mut grown = 0;
    for n in 1..=60 {
        snapshot.uptime = minute(10_000 + n);
        let series = &mut snapshot.families[0].series;
        let held = LIVE.load(Relaxed);
        for k in 0..changing {
            let at = (n as usize * 37 + k * 7) % SERIES;
            if let Value::Distribution(d) = &mut series[at].value {
                d.merge(&Distribution::from_steps(
                    1e-9,
                    (0..20).map(|v| 900 + v * 977),
                ));
            }
        }
        // What the process itself needs for its larger distributions is not the windows'.
        grown += LIVE.load(Relaxed) - held;
        assert!(windows.observe(minute(n), &snapshot));
    }
    let counted = LIVE.load(Relaxed) - before - grown;
    let said = windows.heap_bytes();
    drop(windows);
    (counted, said)
}

#[test]
fn ten_thousand_series_over_an_hour_stay_small() {
    // Measured 2026-11: 1.96 and 5.35 MB; 1.70 MB when nothing changes. Sixty-one whole snapshots would be over 300 MB.
    const MB: usize = 1_000_000;
    let whole = SERIES * (size_of::<SeriesSnapshot>() + SPREAD as usize * size_of::<(u16, u64)>());
    for (changing, points, most) in [(50, 5_000, 5 * MB / 2), (1_000, 60_000, 6 * MB)] {
        let (counted, said) = bytes(changing, points);
        let case = format!("{changing} of {SERIES} change: {counted} bytes, it says {said}");
        assert!(counted <= most && counted * 50 < whole * 61, "{case}");
        assert!(said.abs_diff(counted) * 100 <= counted, "{case}");
    }
}
