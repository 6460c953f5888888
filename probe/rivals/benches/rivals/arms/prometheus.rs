//! `prometheus`: atomics shared by all threads, labels looked up behind a read lock.

use super::{Input, SERIES};
use crate::arm::{Arm, Operation as Do, arm};
use prometheus::{
    Counter, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Opts,
};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;
use tollgate_probe_rivals::workload::{BUCKETS, LABELS};

const LIBRARY: &str = "prometheus";

fn options() -> HistogramOpts {
    HistogramOpts::new("histogram", "help").buckets(BUCKETS.to_vec())
}

pub fn many() -> Vec<Histogram> {
    let family = HistogramVec::new(options(), &["series"]).expect("a valid name");
    // The families of an application live as long as it does.
    let family: &'static _ = Box::leak(Box::new(family));
    let name = |series| format!("series {series}");
    (0..SERIES)
        .map(|series| family.with_label_values(&[&name(series)]))
        .collect()
}

pub fn arms(input: &Input) -> Vec<Arm> {
    let whole = IntCounter::new("counter", "help").expect("a valid name");
    let float = Counter::new("float", "help").expect("a valid name");
    let histogram = Histogram::with_opts(options()).expect("a valid name");
    let counters = IntCounterVec::new(Opts::new("counters", "help"), &LABELS).expect("valid names");
    let histograms = HistogramVec::new(options(), &LABELS).expect("valid names");
    let many: Arc<[Histogram]> = many().into();
    let counting = (input.clone(), counters);
    let recording = (input.clone(), histograms);
    vec![
        arm(Do::Counter, LIBRARY, "`IntCounter`", whole, |counter, _| {
            counter.inc()
        }),
        arm(Do::Counter, LIBRARY, "`Counter`", float, |counter, _| {
            counter.inc()
        }),
        arm(
            Do::CounterStatic,
            LIBRARY,
            "",
            counting.clone(),
            |(input, counters), at| {
                counters.with_label_values(&input.fixed(at)).inc();
            },
        ),
        arm(
            Do::CounterDynamic,
            LIBRARY,
            "",
            counting,
            |(input, counters), at| {
                counters.with_label_values(&input.text(at)).inc();
            },
        ),
        arm(
            Do::Record,
            LIBRARY,
            "",
            (input.clone(), histogram.clone()),
            |(input, histogram), at| {
                histogram.observe(input.second(at));
            },
        ),
        arm(
            Do::RecordStatic,
            LIBRARY,
            "",
            recording.clone(),
            |(input, histograms), at| {
                histograms
                    .with_label_values(&input.fixed(at))
                    .observe(input.second(at));
            },
        ),
        arm(
            Do::RecordDynamic,
            LIBRARY,
            "",
            recording.clone(),
            |(input, histograms), at| {
                histograms
                    .with_label_values(&input.text(at))
                    .observe(input.second(at));
            },
        ),
        arm(
            Do::RecordSpread,
            LIBRARY,
            "",
            (input.clone(), many),
            |(input, many), at| {
                many[input.series(at)].observe(input.second(at));
            },
        ),
        arm(
            Do::Span,
            LIBRARY,
            "`start_timer`",
            histogram,
            |histogram, at| {
                let timer = histogram.start_timer();
                black_box(at);
                timer.observe_duration();
            },
        ),
        arm(
            Do::Span,
            LIBRARY,
            "`Instant` and 3 labels",
            recording,
            |(input, histograms), at| {
                let started = Instant::now();
                let elapsed = black_box(started).elapsed().as_secs_f64();
                histograms
                    .with_label_values(&input.text(at))
                    .observe(elapsed);
            },
        ),
    ]
}
