//! A recorder for everything that is instrumented with the crate [`metrics`].
//!
//! ```
//! use tollgate_probe::recorder::ProbeRecorder;
//!
//! metrics::set_global_recorder(ProbeRecorder::new())?;
//! metrics::describe_histogram!("query_ms", metrics::Unit::Milliseconds, "time of a query");
//! metrics::counter!("jobs_total", "queue" => "mail").increment(1);
//! metrics::histogram!("query_ms").record(12.5);
//! # #[cfg(feature = "record")]
//! assert!(tollgate_probe::snapshot().family("jobs_total").is_some());
//! # Ok::<(), metrics::SetRecorderError<ProbeRecorder>>(())
//! ```
//!
//! # Names and labels
//!
//! Names stay as they are. Labels are ordered by their names, so that their order at the call does not matter; of a
//! name that stands twice the last value counts. A metric with more than 8 labels is not recorded.
//!
//! A family has one kind, one unit and one set of label names. One name that is used with several of them is several
//! families: the one that was used first keeps the name, the others are `NAME_conflict_2`, `NAME_conflict_3` and so on, in
//! snapshots, exporters and records, and `probe_conflicts_total` counts them. The order is that of first use, which may
//! differ from run to run: use the same label names wherever a name is used.
//!
//! # Units and descriptions
//!
//! They hold for families that are first used after they were described: what a histogram has recorded cannot be
//! rescaled. The last description of a name wins.
//!
//! # Values
//!
//! `metrics` has floating-point values, the buckets of the probe hold whole numbers. How one becomes the other:
//!
//! | described as, or named | recorded as |
//! |---|---|
//! | a unit of time, or no unit and a name that ends in `_seconds` | a duration, in seconds; below the clock's resolution it is zero |
//! | a unit of bytes | bytes, rounded |
//! | with a [factor](ProbeRecorder::factor) | the value times the factor, rounded, under the name `NAME_xFACTOR` |
//! | anything else | the value, rounded: 0.4 becomes 0 |
//!
//! Every rounding is to the nearest, and the error of a bucket (at most 1/64) comes on top. NaN, infinities, values below
//! zero and above 2^64 are not recorded. Gauges keep every value that they are set to, and take no NaN or infinity as an
//! increment, since none could be taken back.
//!
//! # What it costs
//!
//! Handles are kept for [`HANDLES`] keys, and a label set whose series was reclaimed, or that found no room, is looked up
//! again from time to time.
//!
//! The macros of `metrics` look their handle up at every call: that is a hash table behind a lock of its shard and a
//! count of references. Code that keeps its handle pays one virtual call and the instrument.
//!
//! # What is refused
//!
//! `probe_metrics_refused_total` counts by `why`: `labels` (more than 8), `families` (more than [`FAMILIES`]), `handles`
//! (a counter beyond [`HANDLES`] that is set to an absolute value), `value`.

mod convert;
mod families;
mod handles;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use metrics::{Key, KeyName, Metadata, Recorder, SharedString, Unit};

use convert::Scale;
use families::{Families, Shape};
use handles::{CounterHandle, GaugeHandle, Handles, HistogramHandle};

pub use families::FAMILIES;
pub use handles::HANDLES;

/// Records what the macros of `metrics` say into the instruments of this process. See the [module](self).
#[derive(Debug, Default)]
pub struct ProbeRecorder {
    described: Mutex<HashMap<KeyName, Described>>,
    factors: HashMap<String, u32>,
    counters: Handles<CounterHandle>,
    gauges: Handles<GaugeHandle>,
    histograms: Handles<HistogramHandle>,
}

#[derive(Clone, Debug, Default)]
struct Described {
    unit: Option<Unit>,
    help: SharedString,
}

/// Names that can be described: a description is kept for the life of the recorder.
const DESCRIPTIONS: usize = 10_000;

impl ProbeRecorder {
    /// A recorder; all of them record into the same instruments.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Histograms of this name hold small or fractional values: they are recorded `factor` times as large, under a name
    /// that says so. A `ratio` with the factor 1000 becomes `ratio_x1000`.
    #[must_use]
    pub fn factor(mut self, name: impl Into<String>, factor: u32) -> Self {
        self.factors.insert(name.into(), factor.max(1));
        self
    }

    fn describe(&self, name: KeyName, unit: Option<Unit>, help: SharedString) {
        let mut described = self
            .described
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if described.len() < DESCRIPTIONS || described.contains_key(&name) {
            described.insert(name, Described { unit, help });
        }
    }

    fn described(&self, name: &str) -> Described {
        let described = self
            .described
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        described.get(name).cloned().unwrap_or_default()
    }

    fn shape(&self, key: &Key, unit: crate::Unit) -> Option<Shape> {
        Shape::new(key, self.described(key.name()).help, unit)
    }
}

impl Recorder for ProbeRecorder {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, help: SharedString) {
        self.describe(key, unit, help);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, help: SharedString) {
        self.describe(key, unit, help);
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, help: SharedString) {
        self.describe(key, unit, help);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> metrics::Counter {
        let made = self.counters.get(key, |tracked| {
            let series = Families::counters(&self.shape(key, crate::Unit::None)?)?;
            Some(CounterHandle::new(series, tracked))
        });
        made.map_or_else(metrics::Counter::noop, metrics::Counter::from_arc)
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> metrics::Gauge {
        let made = self.gauges.get(key, |_| {
            let unit = convert::gauge_unit(self.described(key.name()).unit);
            Some(GaugeHandle(Families::gauges(&self.shape(key, unit)?)?))
        });
        made.map_or_else(metrics::Gauge::noop, metrics::Gauge::from_arc)
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> metrics::Histogram {
        let made = self.histograms.get(key, |_| {
            let factor = self.factors.get(key.name()).copied();
            let scale = Scale::new(key.name(), self.described(key.name()).unit, factor);
            let mut shape = self.shape(key, scale.unit())?;
            if let Some(suffix) = scale.suffix() {
                shape.name.push_str(&suffix);
            }
            Some(match scale {
                Scale::Time { .. } => HistogramHandle::Time(Families::timers(&shape)?, scale),
                _ => HistogramHandle::Plain(Families::histograms(&shape)?, scale),
            })
        });
        made.map_or_else(metrics::Histogram::noop, |handle: Arc<_>| {
            metrics::Histogram::from_arc(handle)
        })
    }
}

#[cfg(test)]
mod tests;
