//! What changed in one family between two observations.

use std::collections::BTreeMap;
use std::time::Duration;

use super::encoding::{Reader, put_int, put_scaled};
use crate::snapshot::{Kind, Value};

/// The changes between two observations, or over several that were made one. Steps without changes are not kept.
#[derive(Debug)]
pub(super) struct Step {
    /// The observation at which it began.
    pub(super) from: Duration,
    /// The one at which it ended.
    pub(super) to: Duration,
    pub(super) points: usize,
    /// For each series that changed: its place among the entries, then the point. Of a counter or a distribution a point
    /// is the difference; of a gauge the value that it had before, if it was there before.
    pub(super) bytes: Box<[u8]>,
}

pub(super) fn is_gauge(kind: Kind) -> bool {
    matches!(kind, Kind::Gauge | Kind::FloatGauge)
}

impl Step {
    /// The entries that changed, and their points.
    pub(super) fn points(&self, kind: Kind) -> impl Iterator<Item = (usize, &[u8])> {
        let mut reader = Reader(&self.bytes);
        std::iter::from_fn(move || {
            let entry = reader.int()?.try_into().ok()?;
            let all = reader.0;
            if !is_gauge(kind) || reader.int()? == 1 {
                reader.raw(kind)?;
            }
            let length = all.len() - reader.0.len();
            Some((entry, &all[..length]))
        })
    }

    /// Two steps that follow each other as one; `None` for gauges, every value of which is needed for the range.
    pub(super) fn both(a: &Step, b: &Step, kind: Kind) -> Option<Step> {
        if is_gauge(kind) {
            return None;
        }
        let mut sums: BTreeMap<usize, Value> = BTreeMap::new();
        // The later first, whose scale is the better one.
        for (entry, point) in b.points(kind).chain(a.points(kind)) {
            let value = Reader(point).scaled(kind)?;
            if let Some(sum) = sums.get_mut(&entry) {
                sum.add(&value);
            } else {
                sums.insert(entry, value);
            }
        }
        let mut bytes = Vec::with_capacity(a.bytes.len() + b.bytes.len());
        for (entry, sum) in &sums {
            put_int(&mut bytes, *entry as u128);
            put_scaled(&mut bytes, sum);
        }
        Some(Step {
            from: a.from,
            to: b.to,
            points: sums.len(),
            bytes: bytes.into(),
        })
    }

    /// Gives the entries their new places. All that are in a step have one.
    pub(super) fn renumber(&mut self, kind: Kind, new: &[Option<u128>]) {
        let mut bytes = Vec::with_capacity(self.bytes.len());
        for (entry, point) in self.points(kind) {
            if let Some(Some(entry)) = new.get(entry) {
                put_int(&mut bytes, *entry);
                bytes.extend_from_slice(point);
            }
        }
        self.bytes = bytes.into();
    }
}
