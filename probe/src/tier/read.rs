//! Reading: what all threads recorded, added up.

use std::sync::atomic::{
    AtomicU64,
    Ordering::{Acquire, Relaxed},
};

use crate::bucket;
use crate::tier::histogram::{Histogram, read_series};
use crate::tier::shared::SharedHistogram;
use crate::tier::{shard, shared_cell, shared_if_any};

/// Tries until counts that are being moved hold still; see [`read_series`].
const TRIES: usize = 1000;

/// Times that a reader gave up waiting for a count that was being moved.
pub(crate) static TORN: AtomicU64 = AtomicU64::new(0);

/// Sum of a cell over all threads, modulo 2^64.
pub(crate) fn cell(id: u32) -> u64 {
    shared(id).wrapping_add(own_cells(id))
}

/// The part of a cell that lies in the shared tier.
pub(crate) fn shared(id: u32) -> u64 {
    shared_cell(id).map_or(0, |cell| cell.load(Relaxed))
}

/// The part of a cell that lies in shards.
pub(crate) fn own_cells(id: u32) -> u64 {
    shard::all()
        .filter_map(|shard| shard.cell(id, Acquire))
        .fold(0, |sum, cell| sum.wrapping_add(cell.load(Relaxed)))
}

/// Working memory of a reader, kept between series.
pub(crate) struct Reader {
    counts: Box<[u64]>,
    own: Vec<&'static Histogram>,
}

impl Reader {
    pub(crate) fn new() -> Self {
        Self {
            counts: vec![0; bucket::BUCKETS].into_boxed_slice(),
            own: Vec::new(),
        }
    }

    /// Counts of a histogram over all threads by rising bucket, and its sum.
    pub(crate) fn histogram(&mut self, id: u32) -> (u128, Vec<(u16, u64)>) {
        self.own.clear();
        self.own
            .extend(shard::all().map(|shard| shard.histogram(id, Acquire)));
        let (sum, whole) = loop {
            let shared = shared_if_any(id);
            let read = self.added_up(shared);
            // Counts may have been moved to a shared histogram that did not exist yet when it was asked for: then they
            // were seen nowhere. There is at most one, so this happens once.
            if shared.is_some() || shared_if_any(id).is_none() {
                break read;
            }
        };
        if !whole {
            TORN.fetch_add(1, Relaxed);
        }
        // Exactly as much memory as needed: a snapshot holds one of these for every series.
        let used = self.counts.iter().filter(|count| **count != 0).count();
        let mut found = Vec::with_capacity(used);
        found.extend(
            (0..)
                .zip(self.counts.iter().copied())
                .filter(|(_, count)| *count != 0),
        );
        (whole_sum(sum, &found), found)
    }

    /// Leaves in `counts` what all threads and the shared histogram have; the sum modulo 2^64, and whether all of it
    /// fits together.
    fn added_up(&mut self, shared: Option<&SharedHistogram>) -> (u64, bool) {
        let counts = std::cell::RefCell::new(&mut self.counts);
        read_series(
            &self.own,
            shared,
            TRIES,
            &mut || counts.borrow_mut().fill(0),
            &mut |bucket, count| {
                if let Some(sum) = counts.borrow_mut().get_mut(bucket) {
                    *sum = sum.wrapping_add(count);
                }
            },
        )
    }
}

/// The sum of which only the lowest 64 bits are known, from the counts: they give it to within 1/64, and that decides what the
/// high bits are while the sum is below 2^69 (where 1/64 of it is half of 2^64). Above, to within 1/64.
fn whole_sum(low: u64, counts: &[(u16, u64)]) -> u128 {
    let about = counts.iter().fold(0_u128, |sum, (bucket, count)| {
        sum.saturating_add(u128::from(bucket::middle(usize::from(*bucket))) * u128::from(*count))
    });
    const TURN: u128 = 1 << 64;
    let below = (about & !(TURN - 1)) | u128::from(low);
    // One turn lower, the same, or one turn higher: the nearest to `about`.
    [
        below.checked_sub(TURN),
        Some(below),
        below.checked_add(TURN),
    ]
    .into_iter()
    .flatten()
    .min_by_key(|sum| sum.abs_diff(about))
    .unwrap_or(below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_high_bits_of_a_sum_come_back_from_the_counts() {
        for values in [
            vec![3, 5, 8],
            vec![u64::MAX; 20],
            vec![u64::MAX, 1, 1 << 63],
            vec![1 << 60; 300],
            vec![],
        ] {
            let mut counts = std::collections::BTreeMap::new();
            for value in &values {
                *counts
                    .entry(u16::try_from(bucket::index(*value)).unwrap())
                    .or_insert(0) += 1;
            }
            let counts: Vec<_> = counts.into_iter().collect();
            let low = values
                .iter()
                .fold(0_u64, |sum, value| sum.wrapping_add(*value));
            let exact: u128 = values.iter().map(|value| u128::from(*value)).sum();
            assert_eq!(whole_sum(low, &counts), exact);
        }
    }
}
