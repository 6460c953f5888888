//! `opentelemetry` with `opentelemetry_sdk`: attributes looked up for each value, or bound (experimental).

use super::{Input, SERIES};
use crate::arm::{Arm, Operation as Do, arm};
use opentelemetry::KeyValue;
use opentelemetry::metrics::{BoundHistogram, Meter, MeterProvider};
use opentelemetry_sdk::metrics::{Instrument, ManualReader, SdkMeterProvider, Stream};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;
use tollgate_probe_rivals::workload::BUCKETS;

const LIBRARY: &str = "opentelemetry";

fn meter() -> Meter {
    let uncapped = |_: &Instrument| {
        Stream::builder()
            .with_cardinality_limit(2 * SERIES)
            .build()
            .ok()
    };
    let provider = SdkMeterProvider::builder()
        .with_reader(ManualReader::builder().build())
        .with_view(uncapped)
        .build();
    // Once it is dropped, nothing is recorded any more.
    let provider: &'static SdkMeterProvider = Box::leak(Box::new(provider));
    provider.meter("rivals")
}

pub fn many() -> Vec<Arc<BoundHistogram<f64>>> {
    let meter = meter();
    let histogram = meter
        .f64_histogram("many")
        .with_boundaries(BUCKETS.to_vec())
        .build();
    let of = |series| histogram.bind(&[KeyValue::new("series", format!("series {series}"))]);
    (0..SERIES).map(|series| Arc::new(of(series))).collect()
}

fn fixed([route, method, status]: [&'static str; 3]) -> [KeyValue; 3] {
    [
        KeyValue::new("route", route),
        KeyValue::new("method", method),
        KeyValue::new("status", status),
    ]
}

/// A value must own its text.
fn text([route, method, status]: [&str; 3]) -> [KeyValue; 3] {
    [
        KeyValue::new("route", route.to_owned()),
        KeyValue::new("method", method.to_owned()),
        KeyValue::new("status", status.to_owned()),
    ]
}

pub fn arms(input: &Input) -> Vec<Arm> {
    let meter = meter();
    let counter = meter.u64_counter("counter").build();
    let histogram = meter
        .f64_histogram("histogram")
        .with_boundaries(BUCKETS.to_vec())
        .build();
    let bound_counter = Arc::new(counter.bind(&[]));
    let bound = Arc::new(histogram.bind(&[]));
    let many: Arc<[_]> = many().into();
    let counting = (input.clone(), counter);
    let recording = (input.clone(), histogram);
    vec![
        arm(
            Do::Counter,
            LIBRARY,
            "bound",
            bound_counter,
            |counter, _| counter.add(1),
        ),
        arm(
            Do::CounterStatic,
            LIBRARY,
            "",
            counting.clone(),
            |(input, counter), at| {
                counter.add(1, &fixed(input.fixed(at)));
            },
        ),
        arm(
            Do::CounterDynamic,
            LIBRARY,
            "",
            counting,
            |(input, counter), at| {
                counter.add(1, &text(input.text(at)));
            },
        ),
        arm(
            Do::Record,
            LIBRARY,
            "bound",
            (input.clone(), bound.clone()),
            |(input, histogram), at| {
                histogram.record(input.second(at));
            },
        ),
        arm(
            Do::RecordStatic,
            LIBRARY,
            "",
            recording.clone(),
            |(input, histogram), at| {
                histogram.record(input.second(at), &fixed(input.fixed(at)));
            },
        ),
        arm(
            Do::RecordDynamic,
            LIBRARY,
            "",
            recording.clone(),
            |(input, histogram), at| {
                histogram.record(input.second(at), &text(input.text(at)));
            },
        ),
        arm(
            Do::RecordSpread,
            LIBRARY,
            "bound",
            (input.clone(), many),
            |(input, many), at| {
                many[input.series(at)].record(input.second(at));
            },
        ),
        arm(
            Do::Span,
            LIBRARY,
            "`Instant`, bound",
            bound,
            |histogram, at| {
                let started = Instant::now();
                black_box(at);
                histogram.record(started.elapsed().as_secs_f64());
            },
        ),
        arm(
            Do::Span,
            LIBRARY,
            "`Instant` and 3 labels",
            recording,
            |(input, histogram), at| {
                let started = Instant::now();
                let elapsed = black_box(started).elapsed().as_secs_f64();
                histogram.record(elapsed, &text(input.text(at)));
            },
        ),
    ]
}
