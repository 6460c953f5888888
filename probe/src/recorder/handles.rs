//! What `metrics` is handed, and where it is found again.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock};

use metrics::{CounterFn, GaugeFn, HistogramFn, Key};

use super::convert::Scale;
use crate::snapshot::Kind;
use crate::{BoundCounter, BoundFloatGauge, BoundHistogram, BoundTimer, Counter};

/// Metrics with their labels that a recorder keeps handles for, of each kind. Beyond, each call makes a handle of its
/// own, for what is then mostly the overflow series of its family.
pub const HANDLES: usize = 10_000;
const SHARDS: usize = 16;

macro_rules! refusals {
    ($($name:ident $why:literal;)*) => {$(
        pub(super) static $name: Counter = Counter::new("probe_metrics_refused_total")
            .help("Calls of the metrics facade that could not be recorded")
            .labels(&[("why", $why)]);
    )*};
}
refusals! {
    LABELS "labels";
    FAMILIES "families";
    UNTRACKED "handles";
    VALUE "value";
}

#[cold]
pub(super) fn refused(why: &'static Counter) {
    why.increment();
}

/// Look-ups after which a kept handle is resolved again: a label set that found no room may find some later.
const RENEW: u32 = 1000;

/// Something that `metrics` is handed.
pub(super) trait Handle: Sized {
    /// Whether its series still is its own.
    fn is_live(&self) -> bool;
    /// Takes over what a former handle of the same key knew.
    fn after(self, _former: &Self) -> Self {
        self
    }
}

/// Handles by key.
pub(super) struct Handles<H> {
    shards: [RwLock<HashMap<Key, Kept<H>>>; SHARDS],
    count: AtomicUsize,
}

struct Kept<H> {
    handle: Arc<H>,
    lookups: AtomicU32,
}

impl<H> Kept<H> {
    fn new(handle: H) -> Self {
        Self {
            handle: Arc::new(handle),
            lookups: AtomicU32::new(0),
        }
    }
}

impl<H> Default for Handles<H> {
    fn default() -> Self {
        Self {
            shards: Default::default(),
            count: AtomicUsize::new(0),
        }
    }
}

impl<H> fmt::Debug for Handles<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handles").field(&self.count).finish()
    }
}

impl<H: Handle> Handles<H> {
    /// The handle of a key. `make` is told whether it will be found again.
    pub(super) fn get(&self, key: &Key, make: impl FnOnce(bool) -> Option<H>) -> Option<Arc<H>> {
        let shard = &self.shards[key.get_hash() as usize % SHARDS];
        let known = shard.read().unwrap_or_else(PoisonError::into_inner);
        let mut found = false;
        if let Some(kept) = known.get(key) {
            let lookups = kept.lookups.fetch_add(1, Relaxed);
            if lookups % RENEW != RENEW - 1 && kept.handle.is_live() {
                return Some(kept.handle.clone());
            }
            found = true;
        }
        drop(known);
        if !found && self.count.load(Relaxed) >= HANDLES {
            return make(false).map(Arc::new);
        }
        let made = make(true)?;
        let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
        let kept = match shard.get_mut(key) {
            Some(kept) => {
                *kept = Kept::new(made.after(&kept.handle));
                kept
            }
            None => {
                self.count.fetch_add(1, Relaxed);
                shard.entry(key.to_retained()).or_insert(Kept::new(made))
            }
        };
        Some(kept.handle.clone())
    }
}

#[derive(Debug)]
pub(super) struct CounterHandle {
    series: BoundCounter,
    /// The largest absolute value so far, if all calls meet here.
    absolute: Option<Arc<AtomicU64>>,
}

impl CounterHandle {
    pub(super) fn new(series: BoundCounter, tracked: bool) -> Self {
        Self {
            series,
            absolute: tracked.then(Arc::default),
        }
    }
}

impl Handle for CounterHandle {
    fn is_live(&self) -> bool {
        self.series.series.is_live(Kind::Counter)
    }

    fn after(self, former: &Self) -> Self {
        Self {
            absolute: former.absolute.clone().or(self.absolute),
            ..self
        }
    }
}

impl CounterFn for CounterHandle {
    fn increment(&self, value: u64) {
        self.series.add(value);
    }

    fn absolute(&self, value: u64) {
        match &self.absolute {
            Some(absolute) if crate::enabled() => {
                let before = absolute.fetch_max(value, Relaxed);
                self.series.add(value.saturating_sub(before));
            }
            // Not while switched off: what it missed is added when it is on again.
            Some(_) => {}
            None => refused(&UNTRACKED),
        }
    }
}

#[derive(Debug)]
pub(super) struct GaugeHandle(pub(super) BoundFloatGauge);

impl Handle for GaugeHandle {
    fn is_live(&self) -> bool {
        self.0.series.is_live(Kind::FloatGauge)
    }
}

impl GaugeHandle {
    fn add(&self, value: f64) {
        if value.is_finite() {
            self.0.add(value);
        } else {
            refused(&VALUE);
        }
    }
}

impl GaugeFn for GaugeHandle {
    fn increment(&self, value: f64) {
        self.add(value);
    }

    fn decrement(&self, value: f64) {
        self.add(-value);
    }

    fn set(&self, value: f64) {
        self.0.set(value);
    }
}

#[derive(Debug)]
pub(super) enum HistogramHandle {
    Time(BoundTimer, Scale),
    Plain(BoundHistogram, Scale),
}

impl Handle for HistogramHandle {
    fn is_live(&self) -> bool {
        match self {
            Self::Time(series, _) => series.series.is_live(Kind::Histogram),
            Self::Plain(series, _) => series.series.is_live(Kind::Histogram),
        }
    }
}

impl HistogramFn for HistogramHandle {
    fn record(&self, value: f64) {
        match self {
            Self::Time(series, scale) => match scale.duration(value) {
                Some(duration) => series.record(duration),
                None => refused(&VALUE),
            },
            Self::Plain(series, scale) => match scale.whole(value) {
                Some(whole) => series.record(whole),
                None => refused(&VALUE),
            },
        }
    }
}
