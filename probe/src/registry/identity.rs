//! Which series belongs to some `&'static str`s, by where they are instead of by what they say.
//!
//! Text that lives for ever is known by its address and length: the same two never mean another text. The same text
//! at two addresses (two crates, two codegen units) is two entries for one series. Entries are never removed, and
//! there is room for a few thousand; text beyond that is looked up by its content.

use std::sync::atomic::{
    AtomicU32, AtomicU64, AtomicUsize,
    Ordering::{Acquire, Relaxed},
};

use super::chunks::{CHUNK, Chunks};
use super::id::SeriesId;
use super::key;
use super::store::Registry;
use super::table::Table;

/// 4096 entries for a family.
const CHUNKS: usize = 16;

#[derive(Debug)]
pub(crate) struct Identities<const N: usize> {
    table: Table,
    entries: Chunks<Entry<N>, CHUNKS>,
    last: AtomicU32,
}

#[derive(Debug)]
struct Entry<const N: usize> {
    /// Address and length of each label.
    places: [(AtomicUsize, AtomicUsize); N],
    series: AtomicU64,
}

impl<const N: usize> Default for Entry<N> {
    fn default() -> Self {
        Self {
            places: std::array::from_fn(|_| Default::default()),
            series: AtomicU64::new(0),
        }
    }
}

impl<const N: usize> Default for Identities<N> {
    fn default() -> Self {
        Self {
            table: Table::new(),
            entries: Chunks::new(),
            last: AtomicU32::new(0),
        }
    }
}

fn place(label: &str) -> (usize, usize) {
    (label.as_ptr().addr(), label.len())
}

/// Addresses are not chosen by strangers, so this one needs no seed.
#[inline]
fn hash<const N: usize>(labels: &[&'static str; N]) -> u32 {
    let hash = labels.iter().fold(0_u64, |hash, label| {
        let (address, length) = place(label);
        let word = address as u64 ^ (length as u64).rotate_left(48);
        key::fold(hash ^ word, 0x9e37_79b9_7f4a_7c15)
    });
    (hash >> 16) as u32
}

impl<const N: usize> Identities<N> {
    #[inline]
    pub(crate) fn find(&self, labels: &[&'static str; N]) -> Option<SeriesId> {
        let found = self.table.find(hash(labels), |number| {
            let entry = self.entries.get(number)?;
            let mut places = entry.places.iter().zip(labels);
            // Written before the slot that led here, and never again.
            places
                .all(|((address, length), label)| {
                    place(label) == (address.load(Relaxed), length.load(Relaxed))
                })
                .then(|| SeriesId::unpack(entry.series.load(Acquire)))?
        });
        found.ok()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.last.load(Relaxed) as usize + 1 >= CHUNKS * CHUNK
    }

    /// Remembers the pinned series of these labels. Takes the registry's lock, to be the only one who writes.
    pub(crate) fn insert(&self, registry: &Registry, labels: &[&'static str; N], series: SeriesId) {
        registry.locked(|_| {
            if self.find(labels).is_some() || self.is_full() {
                return;
            }
            let number = self.last.load(Relaxed) + 1;
            let Some(entry) = self.entries.make(number) else {
                return;
            };
            for ((address, length), label) in entry.places.iter().zip(labels) {
                address.store(place(label).0, Relaxed);
                length.store(place(label).1, Relaxed);
            }
            entry.series.store(series.pack(), Relaxed);
            self.last.store(number, Relaxed);
            // With Release.
            self.table.insert(hash(labels), number);
        });
    }
}
