//! Placeholder of the values: correct and slow. Replaced by shards (`tier`).
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::registry::Space;
use crate::registry::values::{Buckets, Values};
use crate::snapshot::Kind;

#[derive(Default)]
struct Cells {
    value: AtomicU64,
    histogram: Mutex<(u128, BTreeMap<u16, u64>)>,
}

static CELLS: RwLock<Vec<Arc<Cells>>> = RwLock::new(Vec::new());

fn cells(id: u32) -> Arc<Cells> {
    let known = CELLS.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(cells) = known.get(id as usize) {
        return cells.clone();
    }
    drop(known);
    let mut all = CELLS.write().unwrap_or_else(PoisonError::into_inner);
    while all.len() <= id as usize {
        all.push(Arc::default());
    }
    all[id as usize].clone()
}

pub(crate) fn counter_add(id: u32, n: u64) {
    cells(id).value.fetch_add(n, Relaxed);
}

pub(crate) fn gauge_set(id: u32, value: i64) {
    cells(id).value.store(value.cast_unsigned(), Relaxed);
}

pub(crate) fn float_set(id: u32, value: f64) {
    cells(id).value.store(value.to_bits(), Relaxed);
}

pub(crate) fn float_add(id: u32, value: f64) {
    let cell = cells(id);
    let done = cell.value.fetch_update(Relaxed, Relaxed, |bits| {
        Some((f64::from_bits(bits) + value).to_bits())
    });
    debug_assert!(done.is_ok());
}

pub(crate) fn record(id: u32, value: u64, weight: u16) {
    let cell = cells(id);
    let mut h = cell
        .histogram
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    h.0 += u128::from(value) * u128::from(weight);
    *h.1.entry(crate::bucket::index(value) as u16).or_default() += u64::from(weight);
}

pub(crate) struct Naive;
pub(crate) static VALUES: Naive = Naive;

impl Values for Naive {
    fn cell(&self, id: u32, _: Kind) -> u64 {
        cells(id).value.load(Relaxed)
    }

    fn histogram(&self, id: u32) -> Buckets {
        let cell = cells(id);
        let h = cell
            .histogram
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Buckets {
            sum: h.0,
            counts: h.1.iter().map(|(b, n)| (*b, *n)).collect(),
        }
    }

    fn uses(&self, space: Space, id: u32) -> u64 {
        match space {
            Space::Cells => self.cell(id, Kind::Counter),
            Space::Histograms => self.histogram(id).counts.iter().map(|(_, n)| n).sum(),
        }
    }

    fn seconds_per_tick(&self) -> f64 {
        1e-9
    }
}
