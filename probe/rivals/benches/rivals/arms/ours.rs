//! tollgate-probe.

use super::{Input, SERIES};
use crate::arm::{Arm, Operation as Do, arm};
use std::hint::black_box;
use std::sync::Arc;
use tollgate_probe::{
    BoundHistogram, Counter, EnumFamily, Family, Histogram, Small, StaticFamily, Timer,
};
use tollgate_probe_rivals::workload::wrapped;

const LIBRARY: &str = "tollgate-probe";

static COUNTER: Counter = Counter::new("counter_total");
static HISTOGRAM: Histogram = Histogram::new("histogram");
static TIMER: Timer = Timer::new("timer_seconds");
static COUNTERS: Family<Counter, 3> = Family::new("labelled_total", ["route", "method", "status"]);
static HISTOGRAMS: Family<Histogram, 3> = Family::new("labelled", ["route", "method", "status"]);
static FIXED_COUNTERS: StaticFamily<Counter, 3> =
    StaticFamily::new("fixed_total", ["route", "method", "status"]);
static FIXED_HISTOGRAMS: StaticFamily<Histogram, 3> =
    StaticFamily::new("fixed", ["route", "method", "status"]);
static NUMBERED: EnumFamily<Histogram, (Small<16>, Small<4>, Small<4>)> =
    EnumFamily::new("numbered", &["route", "method", "status"]);
static SAMPLED: Timer = Timer::new("sampled_seconds").one_in(16);
static MANY: Family<Histogram, 1> = Family::new("many", ["series"]).cap(10_000);

pub fn many() -> Vec<BoundHistogram> {
    let name = |series| format!("series {series}");
    (0..SERIES)
        .map(|series| MANY.get([&name(series)]))
        .collect()
}

pub fn arms(input: &Input) -> Vec<Arm> {
    let many: Arc<[BoundHistogram]> = many().into();
    let arms = vec![
        arm(Do::Counter, LIBRARY, "", (), |(), _| COUNTER.increment()),
        arm(
            Do::CounterStatic,
            LIBRARY,
            "",
            input.clone(),
            |input, at| {
                FIXED_COUNTERS.get(input.fixed(at)).increment();
            },
        ),
        arm(
            Do::CounterDynamic,
            LIBRARY,
            "",
            input.clone(),
            |input, at| {
                COUNTERS.get(input.text(at)).increment();
            },
        ),
        arm(Do::Record, LIBRARY, "", input.clone(), |input, at| {
            HISTOGRAM.record(input.duration(at));
        }),
        arm(Do::RecordStatic, LIBRARY, "", input.clone(), |input, at| {
            FIXED_HISTOGRAMS
                .get(input.fixed(at))
                .record(input.duration(at));
        }),
        arm(
            Do::RecordDynamic,
            LIBRARY,
            "",
            input.clone(),
            |input, at| {
                HISTOGRAMS.get(input.text(at)).record(input.duration(at));
            },
        ),
        arm(
            Do::RecordSpread,
            LIBRARY,
            "",
            (input.clone(), many),
            |(input, many), at| {
                many[input.series(at)].record(input.duration(at));
            },
        ),
        arm(Do::Span, LIBRARY, "", (), |(), at| {
            let span = TIMER.start();
            black_box(at);
            drop(span);
        }),
    ];
    let mut arms: Vec<Arm> = arms.into_iter().map(Arm::reference).collect();
    arms.extend([
        arm(
            Do::RecordStatic,
            LIBRARY,
            "`EnumFamily`",
            input.clone(),
            |input, at| {
                let set = wrapped(at.wrapping_mul(2_654_435_761)) as u8;
                NUMBERED
                    .get((Small(set & 15), Small(set >> 4 & 3), Small(set >> 6)))
                    .record(input.duration(at));
            },
        ),
        arm(Do::Span, LIBRARY, "one in 16", (), |(), at| {
            let span = SAMPLED.start();
            black_box(at);
            drop(span);
        }),
    ]);
    arms
}
