//! `metrics` with the recorder of `metrics-exporter-prometheus`: samples are pushed to a list and merged later.

use super::{Input, SERIES, Upkeep};
use crate::arm::{Arm, Operation as Do, arm};
use metrics::{Histogram, counter, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;
use tollgate_probe_rivals::workload::BUCKETS;

const LIBRARY: &str = "metrics";

/// Makes its recorder that of the process. With buckets, as the others have; the default are summaries.
pub fn install(buckets: bool) -> PrometheusHandle {
    let mut builder = PrometheusBuilder::new();
    if buckets {
        builder = builder.set_buckets(&BUCKETS).expect("there are buckets");
    }
    builder.install_recorder().expect("the only recorder")
}

pub fn many() -> Vec<Histogram> {
    (0..SERIES)
        .map(|series| histogram!("many", "series" => format!("series {series}")))
        .collect()
}

/// The arms, and what merges their samples: without it they pile up.
pub fn arms(input: &Input) -> (Vec<Arm>, Upkeep) {
    let handle = install(true);
    let many: Arc<[Histogram]> = many().into();
    let kept = histogram!("histogram");
    let arms = vec![
        arm(
            Do::Counter,
            LIBRARY,
            "",
            counter!("counter"),
            |counter, _| counter.increment(1),
        ),
        arm(
            Do::CounterStatic,
            LIBRARY,
            "",
            input.clone(),
            |input, at| {
                let [route, method, status] = input.fixed(at);
                counter!("fixed", "route" => route, "method" => method, "status" => status)
                    .increment(1);
            },
        ),
        arm(
            Do::CounterDynamic,
            LIBRARY,
            "",
            input.clone(),
            |input, at| {
                let [route, method, status] = input.text(at).map(str::to_owned);
                counter!("text", "route" => route, "method" => method, "status" => status)
                    .increment(1);
            },
        ),
        arm(
            Do::Record,
            LIBRARY,
            "",
            (input.clone(), kept.clone()),
            |(input, histogram), at| {
                histogram.record(input.second(at));
            },
        ),
        arm(Do::RecordStatic, LIBRARY, "", input.clone(), |input, at| {
            let [route, method, status] = input.fixed(at);
            histogram!("fixed", "route" => route, "method" => method, "status" => status)
                .record(input.second(at));
        }),
        arm(
            Do::RecordDynamic,
            LIBRARY,
            "",
            input.clone(),
            |input, at| {
                let [route, method, status] = input.text(at).map(str::to_owned);
                histogram!("text", "route" => route, "method" => method, "status" => status)
                    .record(input.second(at));
            },
        ),
        arm(
            Do::RecordSpread,
            LIBRARY,
            "",
            (input.clone(), many),
            |(input, many), at| {
                many[input.series(at)].record(input.second(at));
            },
        ),
        arm(Do::Span, LIBRARY, "`Instant`", kept, |histogram, at| {
            let started = Instant::now();
            black_box(at);
            histogram.record(started.elapsed());
        }),
        arm(
            Do::Span,
            LIBRARY,
            "`Instant` and 3 labels",
            input.clone(),
            |input, at| {
                let started = Instant::now();
                let elapsed = black_box(started).elapsed();
                let [route, method, status] = input.text(at).map(str::to_owned);
                histogram!("text", "route" => route, "method" => method, "status" => status)
                    .record(elapsed);
            },
        ),
    ];
    (arms, Box::new(move || handle.run_upkeep()))
}
