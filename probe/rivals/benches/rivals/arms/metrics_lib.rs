//! `metrics-lib`: atomics shared by all threads; a striped counter beside them.

use super::{Input, SERIES};
use crate::arm::{Arm, Operation as Do, arm};
use metrics_lib::{
    Counter, Histogram, LabelSet, MetricsConfig, MetricsCore, ShardedCounter, Timer,
};
use std::hint::black_box;
use std::sync::Arc;
use tollgate_probe_rivals::workload::BUCKETS;

const LIBRARY: &str = "metrics-lib";

fn core() -> Arc<MetricsCore> {
    let config = MetricsConfig::default().with_max_series(2 * SERIES);
    Arc::new(MetricsCore::with_config(config).expect("a valid configuration"))
}

pub fn many() -> Vec<Arc<Histogram>> {
    let core: &'static MetricsCore = Box::leak(Box::new(core()));
    let labels = |series| LabelSet::from([("series", format!("series {series}"))]);
    (0..SERIES)
        .map(|series| core.histogram_with("many", &labels(series)))
        .collect()
}

fn fixed([route, method, status]: [&'static str; 3]) -> LabelSet {
    LabelSet::from([("route", route), ("method", method), ("status", status)])
}

/// A label set must own its text.
fn text(labels: [&str; 3]) -> LabelSet {
    let [route, method, status] = labels.map(str::to_owned);
    LabelSet::from([("route", route), ("method", method), ("status", status)])
}

pub fn arms(input: &Input) -> Vec<Arm> {
    let core = core();
    let many: Arc<[_]> = many().into();
    let recorded = Arc::new(Histogram::with_buckets(BUCKETS));
    let labelled = (input.clone(), core);
    vec![
        arm(
            Do::Counter,
            LIBRARY,
            "`Counter`",
            Arc::new(Counter::new()),
            |counter, _| counter.inc(),
        ),
        arm(
            Do::Counter,
            LIBRARY,
            "`ShardedCounter`",
            Arc::new(ShardedCounter::new()),
            |counter, _| {
                counter.inc();
            },
        ),
        arm(
            Do::CounterStatic,
            LIBRARY,
            "",
            labelled.clone(),
            |(input, core), at| {
                core.counter_with("labelled", &fixed(input.fixed(at))).inc();
            },
        ),
        arm(
            Do::CounterDynamic,
            LIBRARY,
            "",
            labelled.clone(),
            |(input, core), at| {
                core.counter_with("labelled", &text(input.text(at))).inc();
            },
        ),
        arm(
            Do::Record,
            LIBRARY,
            "",
            (input.clone(), recorded),
            |(input, histogram), at| {
                histogram.observe(input.second(at));
            },
        ),
        arm(
            Do::RecordStatic,
            LIBRARY,
            "",
            labelled.clone(),
            |(input, core), at| {
                core.histogram_with("spans", &fixed(input.fixed(at)))
                    .observe(input.second(at));
            },
        ),
        arm(
            Do::RecordDynamic,
            LIBRARY,
            "",
            labelled,
            |(input, core), at| {
                core.histogram_with("spans", &text(input.text(at)))
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
            "`Timer` (no distribution)",
            Arc::new(Timer::new()),
            |timer, at| {
                let running = timer.start();
                black_box(at);
                drop(running);
            },
        ),
    ]
}
