//! Which series belongs to a hash: open addressing that is read without a lock.
//!
//! One writer at a time (whoever holds the registry's lock), any number of readers. A slot is one word, the hash and
//! the number of a series, so that it is never seen half written. What a reader finds is a *candidate*: it compares the
//! labels themselves and the generation of the series, so stale words do no harm. What a reader does not find may
//! be on its way, because slots move when others are removed and when the table grows. Then [`Table::unchanged`]
//! tells whether the reader may believe it; a reader that may not asks again under the lock.

use std::sync::OnceLock;

use crate::sync::atomic::{
    AtomicU32, AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};

/// Slots of the first level; each level has twice the slots of the one before.
const SMALLEST: usize = if cfg!(loom) { 2 } else { 16 };
/// The largest level has 262,144 slots, four for each series of the larger space.
const LEVELS: usize = if cfg!(loom) { 3 } else { 15 };
/// Series are numbered from 1, so no slot in use is 0.
const EMPTY: u64 = 0;

#[derive(Debug)]
pub(crate) struct Table {
    /// Odd while a writer is at work.
    version: AtomicU32,
    /// The level in use plus one; 0 before the first insertion.
    level: AtomicU32,
    /// Levels that were outgrown stay, for readers that still look at them; together they are no larger than the last.
    levels: [OnceLock<Box<[AtomicU64]>>; LEVELS],
    /// Slots in use. Only written by writers.
    used: AtomicU32,
}

/// Nothing was found in the table of this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Miss {
    version: u32,
}

impl Table {
    pub(crate) fn new() -> Self {
        Self {
            version: AtomicU32::new(0),
            level: AtomicU32::new(0),
            levels: [const { OnceLock::new() }; LEVELS],
            used: AtomicU32::new(0),
        }
    }

    #[inline]
    fn slots(&self) -> &[AtomicU64] {
        // Acquire: the entries of this level were written before it was published. See also `unchanged`.
        let level = self.level.load(Acquire) as usize;
        self.levels
            .get(level.wrapping_sub(1))
            .and_then(OnceLock::get)
            .map_or(&[], |slots| slots)
    }

    /// The first candidate that `matches` accepts.
    ///
    /// # Errors
    /// A [`Miss`] where there is none.
    #[inline]
    pub(crate) fn find<T>(
        &self,
        hash: u32,
        mut matches: impl FnMut(u32) -> Option<T>,
    ) -> Result<T, Miss> {
        let version = self.version.load(Acquire);
        let slots = self.slots();
        let mask = slots.len().wrapping_sub(1);
        let mut at = hash as usize;
        // Bounded, so that even a table that changes under our hands is left; normally an empty slot comes at once.
        for _ in 0..slots.len() {
            // Acquire: what the series is was written before its slot. See also `unchanged`.
            let word = slots[at & mask].load(Acquire);
            if word == EMPTY {
                break;
            }
            if (word >> 32) as u32 == hash
                && let Some(found) = matches(word as u32)
            {
                return Ok(found);
            }
            at = at.wrapping_add(1);
        }
        Err(Miss { version })
    }

    /// Whether the table has stayed the same since `miss`, so that what was not found was not there. Everything else
    /// that the reader bases its decision on must have been read before.
    #[inline]
    pub(crate) fn unchanged(&self, miss: Miss) -> bool {
        // All loads of slots and levels acquire, and all stores release: whoever saw one of a writer's stores, and so
        // may have missed something, also sees the odd version that this writer stored first, or a later one.
        miss.version & 1 == 0 && self.version.load(Relaxed) == miss.version
    }

    /// Adds a series that is not there yet. Only under the lock. `false` when the table can grow no more.
    pub(crate) fn insert(&self, hash: u32, id: u32) -> bool {
        let used = self.used.load(Relaxed) as usize;
        let mut slots = self.slots();
        let grown = (used + 1) * 2 > slots.len();
        if grown {
            let level = self.level.load(Relaxed);
            let Some(next) = self.levels.get(level as usize) else {
                return false;
            };
            if next.get().is_none() {
                let size = SMALLEST << level;
                drop(next.set((0..size).map(|_| AtomicU64::new(EMPTY)).collect()));
            }
            let Some(next) = next.get() else {
                return false;
            };
            for slot in slots {
                let word = slot.load(Relaxed);
                if word != EMPTY {
                    put(next, word);
                }
            }
            slots = next;
        }
        self.change(|| {
            if grown {
                // Release: with its entries. Readers of the old level miss what is only in the new one, and ask again.
                self.level.store(self.level.load(Relaxed) + 1, Release);
            }
            put(slots, u64::from(hash) << 32 | u64::from(id));
            self.used.store(self.used.load(Relaxed) + 1, Relaxed);
        });
        true
    }

    /// Takes a series out and closes the gap behind it, so that searches stay short without marks for what is gone.
    /// Only under the lock. Whether it was there.
    pub(crate) fn remove(&self, hash: u32, id: u32) -> bool {
        let slots = self.slots();
        let mask = slots.len().wrapping_sub(1);
        let word = u64::from(hash) << 32 | u64::from(id);
        let found = (0..slots.len())
            .map(|step| (hash as usize).wrapping_add(step) & mask)
            .take_while(|at| slots[*at].load(Relaxed) != EMPTY)
            .find(|at| slots[*at].load(Relaxed) == word);
        let Some(mut hole) = found else {
            return false;
        };
        self.change(|| {
            let mut at = hole;
            loop {
                at = (at + 1) & mask;
                let word = slots[at].load(Relaxed);
                if word == EMPTY {
                    break;
                }
                let home = (word >> 32) as usize;
                // It may move to the hole unless its home lies behind the hole.
                let (from_home, from_hole) = (at.wrapping_sub(home), at.wrapping_sub(hole));
                if from_home & mask >= from_hole & mask {
                    slots[hole].store(word, Release);
                    hole = at;
                }
            }
            slots[hole].store(EMPTY, Release);
            self.used.store(self.used.load(Relaxed) - 1, Relaxed);
        });
        true
    }

    /// A change that readers who find nothing must learn of.
    fn change(&self, make: impl FnOnce()) {
        let version = self.version.load(Relaxed);
        self.version.store(version.wrapping_add(1), Relaxed);
        // Stores of `make` release, so this one comes before them for everybody.
        make();
        self.version.store(version.wrapping_add(2), Release);
    }

    /// Memory of all levels.
    pub(crate) fn bytes(&self) -> usize {
        let slots: usize = self
            .levels
            .iter()
            .filter_map(OnceLock::get)
            .map(|l| l.len())
            .sum();
        slots * size_of::<AtomicU64>()
    }
}

/// Stores a word in the first free slot from its home on. There is one: at most half of the slots are in use.
fn put(slots: &[AtomicU64], word: u64) {
    let mask = slots.len().wrapping_sub(1);
    let home = (word >> 32) as usize;
    let free = (0..slots.len())
        .map(|step| home.wrapping_add(step) & mask)
        .find(|at| slots[*at].load(Relaxed) == EMPTY);
    if let Some(at) = free {
        // Release: with what the series is.
        slots[at].store(word, Release);
    }
}

#[cfg(test)]
#[path = "table/tests.rs"]
mod tests;
