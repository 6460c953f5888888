//! `prometheus-client`: the histogram is behind a mutex, labels behind a read lock.

use super::{Input, SERIES};
use crate::arm::{Arm, Operation as Do, arm};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;
use tollgate_probe_rivals::workload::BUCKETS;

const LIBRARY: &str = "prometheus-client";

type Fixed = [(&'static str, &'static str); 3];
type Text = [(&'static str, String); 3];

fn histogram() -> Histogram {
    Histogram::new(BUCKETS)
}

pub fn many() -> Vec<Histogram> {
    let family = Family::<Vec<(&'static str, String)>, Histogram>::new_with_constructor(histogram);
    let labels = |series| vec![("series", format!("series {series}"))];
    // The families of an application live as long as it does.
    let family: &'static _ = Box::leak(Box::new(family));
    (0..SERIES)
        .map(|series| family.get_or_create(&labels(series)).clone())
        .collect()
}

fn fixed([route, method, status]: [&'static str; 3]) -> Fixed {
    [("route", route), ("method", method), ("status", status)]
}

/// A label set must own its text.
fn text([route, method, status]: [&str; 3]) -> Text {
    [
        ("route", route.to_owned()),
        ("method", method.to_owned()),
        ("status", status.to_owned()),
    ]
}

pub fn arms(input: &Input) -> Vec<Arm> {
    let many: Arc<[Histogram]> = many().into();
    let fixed_counters = Family::<Fixed, Counter>::default();
    let text_counters = Family::<Text, Counter>::default();
    let fixed_histograms = Family::<Fixed, Histogram>::new_with_constructor(histogram);
    let text_histograms = Family::<Text, Histogram>::new_with_constructor(histogram);
    vec![
        arm(
            Do::Counter,
            LIBRARY,
            "",
            Counter::<u64>::default(),
            |counter, _| {
                black_box(counter.inc());
            },
        ),
        arm(
            Do::CounterStatic,
            LIBRARY,
            "",
            (input.clone(), fixed_counters),
            |(input, counters), at| {
                counters.get_or_create(&fixed(input.fixed(at))).inc();
            },
        ),
        arm(
            Do::CounterDynamic,
            LIBRARY,
            "",
            (input.clone(), text_counters),
            |(input, counters), at| {
                counters.get_or_create(&text(input.text(at))).inc();
            },
        ),
        arm(
            Do::Record,
            LIBRARY,
            "",
            (input.clone(), histogram()),
            |(input, histogram), at| {
                histogram.observe(input.second(at));
            },
        ),
        arm(
            Do::RecordStatic,
            LIBRARY,
            "",
            (input.clone(), fixed_histograms),
            |(input, histograms), at| {
                histograms
                    .get_or_create(&fixed(input.fixed(at)))
                    .observe(input.second(at));
            },
        ),
        arm(
            Do::RecordDynamic,
            LIBRARY,
            "",
            (input.clone(), text_histograms),
            |(input, histograms), at| {
                histograms
                    .get_or_create(&text(input.text(at)))
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
            "`Instant`",
            histogram(),
            |histogram, at| {
                let started = Instant::now();
                black_box(at);
                histogram.observe(started.elapsed().as_secs_f64());
            },
        ),
    ]
}
