//! What 10,000 series keep resident, on 1, 2 and 64 threads that all record to all of them: each in a fresh process.
#![cfg(all(target_os = "linux", feature = "record"))]
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "helpers of a test, which starts itself and says what it measured"
)]

use std::process::Command;
use std::sync::Barrier;

use tollgate_probe::{BoundHistogram, Family, Histogram};

const SERIES: usize = 10_000;
/// Values of a series, from all threads together.
const VALUES: usize = 1_000;
/// The promise, at any number of threads.
const MOST: u64 = 50_000_000;
/// Says in a child how many threads there are.
const THREADS: &str = "RESIDENT_THREADS";

static LATENCY: Family<Histogram, 2> =
    Family::new("latency", ["route", "method"]).cap(SERIES as u32);

/// Resident bytes of this process.
fn resident() -> u64 {
    let smaps = std::fs::read_to_string("/proc/self/smaps_rollup").unwrap();
    // Exact, unlike statm, whose counters lag behind by some pages for each thread.
    let line = smaps
        .lines()
        .find_map(|line| line.strip_prefix("Rss:"))
        .unwrap();
    1024 * line.trim().trim_end_matches(" kB").parse::<u64>().unwrap()
}

/// Lognormal around 1 ms with sigma 1, in nanoseconds.
fn durations() -> Vec<u64> {
    let mut state = 1_u64;
    let mut uniform = || {
        // Knuth's MMIX generator; the upper half of it is good enough for a shape.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as f64 + 0.5) / f64::from(1_u32 << 31)
    };
    let mut one = || {
        let normal = (-2.0 * uniform().ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos();
        (1e6 * normal.exp()) as u64
    };
    (0..65_536).map(|_| one()).collect()
}

/// Not a test: what a child of the test below does.
#[test]
#[ignore = "started by `ten_thousand_series_stay_below_50_mb`"]
fn child() {
    let Ok(threads) = std::env::var(THREADS) else {
        return;
    };
    let threads: usize = threads.parse().unwrap();
    let durations = durations();
    let (start, recorded, measured) = (
        Barrier::new(threads + 1),
        Barrier::new(threads + 1),
        Barrier::new(threads + 1),
    );
    let handles = std::sync::OnceLock::<Vec<BoundHistogram>>::new();
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (durations, handles) = (&durations, &handles);
            let (start, recorded, measured) = (&start, &recorded, &measured);
            scope.spawn(move || {
                start.wait();
                let handles = handles.get().unwrap();
                // Where it does not divide, the first threads record one more.
                let share = VALUES / threads + usize::from(thread < VALUES % threads);
                for round in 0..share {
                    for (series, handle) in handles.iter().enumerate() {
                        let at = (thread * 7_919 + round * 104_729 + series * 31) % durations.len();
                        handle.record(durations[at]);
                    }
                }
                recorded.wait();
                measured.wait();
            });
        }
        // The threads are there already: their stacks are not ours.
        let before = resident();
        let made =
            (0..SERIES).map(|series| LATENCY.get([&format!("/route/{series}/{{id}}"), "GET"]));
        handles.set(made.collect()).unwrap();
        start.wait();
        recorded.wait();
        let after = resident();
        let snapshot = tollgate_probe::snapshot();
        let with_snapshot = resident();
        measured.wait();
        let family = snapshot.family("latency").unwrap();
        let counts = family.series.iter().map(|series| match &series.value {
            tollgate_probe::snapshot::Value::Distribution(one) => one.count(),
            other => panic!("{other:?}"),
        });
        let counts: Vec<u64> = counts.collect();
        let complete = counts
            .iter()
            .filter(|count| **count == VALUES as u64)
            .count();
        println!(
            "resident={} snapshot={} complete={complete}",
            after - before,
            with_snapshot - after
        );
    });
}

/// What a child with so many threads says of one figure.
fn measured(threads: u32) -> impl Fn(&str) -> u64 {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--ignored", "--nocapture"])
        .env(THREADS, threads.to_string())
        .output()
        .unwrap();
    let said = String::from_utf8(child.stdout).unwrap();
    assert!(
        child.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&child.stderr)
    );
    move |name| {
        let of = |word: &str| word.strip_prefix(name)?.strip_prefix('=')?.parse().ok();
        said.split_whitespace().find_map(of).unwrap()
    }
}

#[test]
fn ten_thousand_series_stay_below_50_mb() {
    for threads in [1, 2, 64] {
        let figure = measured(threads);
        let megabytes = |name| figure(name) as f64 * 1e-6;
        println!(
            "{threads} threads: {:.1} MB, and {:.1} MB for a snapshot of everything",
            megabytes("resident"),
            megabytes("snapshot")
        );
        assert_eq!(
            figure("complete"),
            SERIES as u64,
            "series that hold every value"
        );
        assert!(
            figure("resident") < MOST,
            "{} bytes on {threads} threads",
            figure("resident")
        );
    }
}
