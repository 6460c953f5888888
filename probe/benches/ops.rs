//! What single operations cost: nanoseconds and allocations. divan.
//!
//! tollgate measures each in a process of its own, and `off_ten` are the same operations with the probe switched off.
#![expect(
    clippy::disallowed_methods,
    reason = "a bench reads the clock that the timer is compared with"
)]

use divan::{AllocProfiler, Bencher, black_box};
use std::time::Instant;
use tollgate_probe::{Counter, Family, FloatGauge, Gauge, Histogram, Timer};

#[global_allocator]
static ALLOC: AllocProfiler = AllocProfiler::system();

static COUNTER: Counter = Counter::new("ops_total");
static GAUGE: Gauge = Gauge::new("ops_gauge");
static FLOAT: FloatGauge = FloatGauge::new("ops_float");
static HISTOGRAM: Histogram = Histogram::new("ops_values");
static TIMER: Timer = Timer::new("ops_seconds");
static FAMILY: Family<Histogram, 3> = Family::new("ops_labelled", ["route", "method", "status"]);

/// Iterations of a sample, many enough that the resolution of the clock (10 to 40 ns) does not show. divan would choose by the
/// first ones, and chooses one where these were slow: then it sees a span of 28 ns as 39.7 or 49.7 ns.
const SAMPLE: u32 = 1_000;

fn main() {
    divan::Divan::from_args().sample_size(SAMPLE).main();
}

/// Off until it is dropped, as `cargo bench` runs what follows in the same process.
struct Off;

impl Off {
    fn new() -> Self {
        tollgate_probe::set_enabled(false);
        Self
    }
}

impl Drop for Off {
    fn drop(&mut self) {
        tollgate_probe::set_enabled(true);
    }
}

/// Runs of an operation before the first that counts: the first ones register, and make room.
const WARM_UP: usize = 2_000;

/// Measures `work`.
fn measure(bencher: Bencher<'_, '_>, mut work: impl FnMut()) {
    (0..WARM_UP).for_each(|_| work());
    bencher.bench_local(work);
}

/// Measures `work` on values that lie mostly within three octaves, as durations do.
fn with_values(bencher: Bencher<'_, '_>, mut work: impl FnMut(u64)) {
    let mut value = 0_u64;
    measure(bencher, || {
        // A prime step through 2^20: every value once, in no order that a predictor knows.
        value = (value + 700_001) & 0xf_ffff;
        work(black_box(value));
    });
}

#[divan::bench]
fn counter(bencher: Bencher<'_, '_>) {
    measure(bencher, || COUNTER.increment());
}

#[divan::bench]
fn counter_bound(bencher: Bencher<'_, '_>) {
    let counter = black_box(COUNTER.bind());
    measure(bencher, || counter.increment());
}

#[divan::bench]
fn gauge_add(bencher: Bencher<'_, '_>) {
    measure(bencher, || GAUGE.add(1));
}

#[divan::bench]
fn gauge_set(bencher: Bencher<'_, '_>) {
    with_values(bencher, |value| GAUGE.set(value.cast_signed()));
}

#[divan::bench]
fn gauge_guard(bencher: Bencher<'_, '_>) {
    measure(bencher, || drop(black_box(GAUGE.guard())));
}

#[divan::bench]
fn float_gauge_set(bencher: Bencher<'_, '_>) {
    with_values(bencher, |value| FLOAT.set(value as f64));
}

#[divan::bench]
fn histogram(bencher: Bencher<'_, '_>) {
    with_values(bencher, |value| HISTOGRAM.record(value));
}

#[divan::bench]
fn timer(bencher: Bencher<'_, '_>) {
    measure(bencher, || drop(black_box(TIMER.start())));
}

#[divan::bench]
fn timer_result(bencher: Bencher<'_, '_>) {
    measure(bencher, || {
        black_box(TIMER.time_result(|| black_box(Ok::<u32, u32>(1))).is_ok());
    });
}

/// Two phases: three readings of the clock and two records.
#[divan::bench]
fn lap_of_two(bencher: Bencher<'_, '_>) {
    measure(bencher, || {
        let mut lap = tollgate_probe::lap();
        lap.mark(&TIMER);
        lap.mark(&TIMER);
    });
}

/// Three labels, looked up among 64 series.
#[divan::bench]
fn family(bencher: Bencher<'_, '_>) {
    let routes: Vec<String> = (0..16)
        .map(|route| format!("/v1/resource{route}/{{id}}"))
        .collect();
    let statuses = ["200", "201", "404", "500"].map(str::to_owned);
    with_values(bencher, |value| {
        let at = value as usize;
        let labels = [routes[at % 16].as_str(), "GET", &statuses[at / 16 % 4]];
        FAMILY.get(labels).record(value);
    });
}

/// What a timer is made of, twice.
#[divan::bench]
fn clock() -> Instant {
    Instant::now()
}

/// Everything that allocates does it here: that others show no allocations is then known, and not only unseen.
#[divan::bench]
fn snapshot(bencher: Bencher<'_, '_>) {
    HISTOGRAM.record(1);
    bencher.bench_local(|| tollgate_probe::snapshot().families.len());
}

/// Ten at a time: one of them is below what divan can tell from its own loop.
mod off_ten {
    use super::{Bencher, COUNTER, HISTOGRAM, Off, TIMER, black_box, with_values};

    #[divan::bench]
    fn counter(bencher: Bencher<'_, '_>) {
        let _off = Off::new();
        with_values(bencher, |value| {
            for add in 0..10 {
                COUNTER.add(black_box(value + add));
            }
        });
    }

    #[divan::bench]
    fn histogram(bencher: Bencher<'_, '_>) {
        let _off = Off::new();
        with_values(bencher, |value| {
            for add in 0..10 {
                HISTOGRAM.record(black_box(value + add));
            }
        });
    }

    #[divan::bench]
    fn timer(bencher: Bencher<'_, '_>) {
        let _off = Off::new();
        with_values(bencher, |_| {
            for _ in 0..10 {
                drop(black_box(TIMER.start()));
            }
        });
    }
}
