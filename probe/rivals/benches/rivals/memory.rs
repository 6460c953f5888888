//! What 10,000 series with 1000 values each keep resident, each library in a process of its own.

use crate::arms::{self, SERIES};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use std::os::unix::fs::FileExt;
use tollgate_probe_rivals::workload::lognormal;

/// Values of a series.
const VALUES: usize = 1000;

/// Rounds after which deferred work is done where a library has any: as often as a scrape would come.
const UPKEEP: usize = 50;

/// What is measured, by the name with which a child is started.
pub const SUBJECTS: [(&str, &str); 10] = [
    ("ours", "tollgate-probe, one thread"),
    (
        "ours-two",
        "tollgate-probe, two threads that touch every series",
    ),
    ("prometheus", "prometheus, 16 buckets"),
    ("prometheus-client", "prometheus-client, 16 buckets"),
    ("metrics", "metrics, 16 buckets, merged every 50 values"),
    ("metrics-late", "metrics, 16 buckets, never merged"),
    ("opentelemetry", "opentelemetry, 16 buckets, cap lifted"),
    ("metrics-lib", "metrics-lib, 16 buckets"),
    ("histogram", "histogram, `AtomicHistogram` of our error"),
    ("hdrhistogram", "hdrhistogram, 2 digits"),
];

/// Resident bytes of this process.
fn resident() -> u64 {
    let statm = std::fs::File::open("/proc/self/statm").expect("Linux");
    let mut text = [0; 128];
    let length = statm.read_at(&mut text, 0).expect("statm can be read");
    let text = std::str::from_utf8(&text[..length]).expect("statm is ASCII");
    let pages = text
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok());
    // SAFETY: asks for a constant of the system.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    pages.expect("the second field is a number") * u64::try_from(page).expect("a size")
}

/// Resident bytes that one subject adds; `None` for a name that is none.
pub fn measure(subject: &str, seed: u64) -> Option<u64> {
    let before = resident();
    match subject {
        "ours" => {
            let many = arms::ours::many();
            fill(seed, |series, nanos| many[series].record(nanos), || ());
            Some(grown(before, &many))
        }
        "ours-two" => {
            let many = arms::ours::many();
            let once = || {
                fill_part(
                    seed,
                    VALUES / 2,
                    |series, nanos| many[series].record(nanos),
                    || (),
                )
            };
            std::thread::scope(|scope| {
                scope.spawn(once);
                once();
                // Both are there when memory is read.
            });
            Some(grown(before, &many))
        }
        "prometheus" => of_seconds(before, seed, arms::prometheus::many(), |one, value| {
            one.observe(value)
        }),
        "prometheus-client" => of_seconds(
            before,
            seed,
            arms::prometheus_client::many(),
            |one, value| one.observe(value),
        ),
        "metrics" | "metrics-late" => {
            let handle = arms::metrics::install(true);
            let many = arms::metrics::many();
            let merged = subject == "metrics";
            let record = |series: usize, nanos: u64| many[series].record(nanos as f64 * 1e-9);
            fill(seed, record, || {
                if merged {
                    handle.run_upkeep();
                }
            });
            Some(grown(before, &(&many, &handle)))
        }
        "opentelemetry" => of_seconds(before, seed, arms::otel::many(), |one, value| {
            one.record(value)
        }),
        "metrics-lib" => of_seconds(before, seed, arms::metrics_lib::many(), |one, value| {
            one.observe(value)
        }),
        "histogram" => {
            let many: Vec<_> = (0..SERIES).map(|_| arms::plain::atomic()).collect();
            let record =
                |series: usize, nanos| drop(std::hint::black_box(many[series].increment(nanos)));
            fill(seed, record, || ());
            Some(grown(before, &many))
        }
        "hdrhistogram" => {
            let mut many: Vec<_> = (0..SERIES).map(|_| arms::plain::hdr()).collect();
            fill(
                seed,
                |series, nanos| many[series].saturating_record(nanos),
                || (),
            );
            Some(grown(before, &many))
        }
        _ => None,
    }
}

fn of_seconds<H>(before: u64, seed: u64, many: Vec<H>, record: impl Fn(&H, f64)) -> Option<u64> {
    fill(
        seed,
        |series, nanos| record(&many[series], nanos as f64 * 1e-9),
        || (),
    );
    Some(grown(before, &many))
}

fn fill(seed: u64, record: impl FnMut(usize, u64), upkeep: impl FnMut()) {
    fill_part(seed, VALUES, record, upkeep);
}

/// Values come to the series in turn, as they do in a server.
fn fill_part(
    seed: u64,
    values: usize,
    mut record: impl FnMut(usize, u64),
    mut upkeep: impl FnMut(),
) {
    let mut random = SmallRng::seed_from_u64(seed);
    for round in 0..values {
        for series in 0..SERIES {
            record(series, lognormal(&mut random));
        }
        if round % UPKEEP == UPKEEP - 1 {
            upkeep();
        }
    }
}

/// Read while what was recorded to is still there.
fn grown<T>(before: u64, alive: &T) -> u64 {
    let after = resident();
    std::hint::black_box(alive);
    after.saturating_sub(before)
}
