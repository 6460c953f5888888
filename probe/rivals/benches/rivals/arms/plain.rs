//! Histograms without a registry, and events without labels: `hdrhistogram`, `histogram`, `nm`.

use super::{Input, SERIES};
use crate::arm::{Arm, Operation as Do, arm, block};
use hdrhistogram::Histogram;
use histogram::AtomicHistogram;
use std::hint::black_box;
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// The error of ours: 2^-5 a bucket, over all of `u64`.
const GROUPING: u8 = 5;

thread_local! {
    static COUNT: nm::Event = nm::Event::builder().name("count").build();
    static EVENT: nm::Event = nm::Event::builder().name("event").histogram(&NANOSECONDS).build();
    static SPAN: nm::Event = nm::Event::builder().name("span").histogram(&MILLISECONDS).build();
}

/// The buckets that the others have.
const NANOSECONDS: [i64; 16] = [
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    1_000_000_000,
    10_000_000_000,
];
const MILLISECONDS: [i64; 8] = [0, 1, 2, 5, 10, 100, 1_000, 10_000];

pub fn hdr() -> Histogram<u64> {
    Histogram::new(2).expect("two digits are valid")
}

pub fn atomic() -> AtomicHistogram {
    AtomicHistogram::new(GROUPING, 64).expect("a valid configuration")
}

pub fn arms(input: &Input) -> Vec<Arm> {
    let of_each_thread = input.clone();
    let locked = (input.clone(), Arc::new(Mutex::new(hdr())));
    let shared = (input.clone(), Arc::new(atomic()));
    let timed = Arc::new(Mutex::new(hdr()));
    let many: Arc<[_]> = (0..SERIES).map(|_| atomic()).collect();
    vec![
        arm(Do::Counter, "nm", "no labels", (), |(), _| {
            COUNT.with(nm::Event::observe_once)
        }),
        arm(Do::Record, "nm", "no labels", input.clone(), |input, at| {
            EVENT.with(|event| event.observe(input.duration(at)));
        }),
        arm(
            Do::Span,
            "nm",
            "coarse clock, milliseconds",
            (),
            |(), at| {
                SPAN.with(|event| event.observe_duration_millis(|| black_box(at)));
            },
        ),
        block(
            Do::Record,
            "hdrhistogram",
            "one for each thread, never read",
            move || {
                let (input, mut histogram, mut position) = (of_each_thread.clone(), hdr(), 0);
                move |count| {
                    for at in position..position + count {
                        histogram.saturating_record(input.duration(at));
                    }
                    position += count;
                }
            },
        ),
        arm(
            Do::Record,
            "hdrhistogram",
            "in a mutex",
            locked,
            |(input, histogram), at| {
                if let Ok(mut histogram) = histogram.lock() {
                    histogram.saturating_record(input.duration(at));
                }
            },
        ),
        arm(
            Do::Span,
            "hdrhistogram",
            "`Instant`, in a mutex",
            timed,
            |histogram, at| {
                let started = Instant::now();
                black_box(at);
                let elapsed = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
                if let Ok(mut histogram) = histogram.lock() {
                    histogram.saturating_record(elapsed);
                }
            },
        ),
        arm(
            Do::Record,
            "histogram",
            "`AtomicHistogram`",
            shared,
            |(input, histogram), at| {
                black_box(histogram.increment(input.duration(at)).is_ok());
            },
        ),
        arm(
            Do::RecordSpread,
            "histogram",
            "`AtomicHistogram`",
            (input.clone(), many),
            |(input, many), at| {
                black_box(many[input.series(at)].increment(input.duration(at)).is_ok());
            },
        ),
    ]
}
