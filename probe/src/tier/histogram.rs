//! The histogram of one series in one thread: written by its owner alone, read by anyone at any time.
//!
//! Recording is a load and a store without a lock prefix, because only one thread writes. Counts are kept in 16 bits,
//! a quarter of the memory; when one is full it is *spilled*: moved over into the series' shared histogram. A reader
//! that adds both up must not see the count twice or not at all, so a spill is bracketed by a sequence number that is
//! odd meanwhile, and readers try again ([`Histogram::sequence`]).
//!
//! Why that is enough: the fence after the odd number is stored comes before every later write of the owner, also those of
//! the fast path after the spill. A reader that has seen any of them, and has then passed its own acquire fence, sees
//! that the number has moved (C++20 [atomics.fences]: a release fence before a store synchronises with an acquire fence
//! after a load that reads it). The loom test below checks the same by trying all interleavings.

use crate::bucket;
use crate::sync::atomic::{
    AtomicPtr, AtomicU16, AtomicU32, AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
    fence,
};
use crate::tier::shared::{SharedHistogram, SharedOctave};

/// Octaves that are kept; one for loom, which tries all interleavings of every access.
pub(crate) const OCTAVES: usize = if cfg!(loom) { 1 } else { bucket::OCTAVES };
/// Buckets of an octave.
pub(crate) const SLOTS: usize = if cfg!(loom) { 1 } else { bucket::PER_OCTAVE };

/// Counts of one octave: one cache line.
#[repr(C, align(64))]
pub(crate) struct Octave {
    pub(crate) counts: [AtomicU16; SLOTS],
}

/// Octaves that lie together.
pub(crate) const BRANCH: usize = if cfg!(loom) { 1 } else { 16 };
const BRANCHES: usize = OCTAVES.div_ceil(BRANCH);

/// Where the counts of neighbouring octaves are; null until they are used. Set once, never changed.
#[repr(C, align(64))]
pub(crate) struct Branch {
    octaves: [AtomicPtr<Octave>; BRANCH],
}

#[cfg(loom)]
impl Branch {
    pub(crate) fn empty() -> Self {
        Self {
            octaves: std::array::from_fn(|_| AtomicPtr::new(std::ptr::null_mut())),
        }
    }
}

/// All counts of one series in one thread: one cache line, and what has been touched of branches and octaves. All zeros is a
/// valid, empty histogram.
#[repr(C, align(64))]
pub(crate) struct Histogram {
    /// Of all values, modulo 2^64; readers put the rest back from the counts.
    sum: AtomicU64,
    /// Odd while counts are moved.
    sequence: AtomicU32,
    /// Null until an octave in it is used. Set once, never changed.
    branches: [AtomicPtr<Branch>; BRANCHES],
}

/// Where a value belongs.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) octave: usize,
    pub(crate) slot: usize,
}

impl Place {
    #[inline]
    pub(crate) fn of(value: u64) -> Self {
        let bucket = bucket::index(value);
        Self {
            octave: bucket >> 5,
            slot: bucket & 31,
        }
    }
}

/// Why a value could not be added by the fast path.
#[derive(Debug)]
pub(crate) enum Blocked {
    /// The octave has no counts yet.
    Untouched,
    /// The count is full.
    Full,
}

impl Histogram {
    /// Without counts.
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Self {
        Self {
            sum: AtomicU64::new(0),
            sequence: AtomicU32::new(0),
            branches: [const { AtomicPtr::new(std::ptr::null_mut()) }; BRANCHES],
        }
    }

    /// Adds `weight` to the count at `place`, and `amount` to the sum.
    ///
    /// # Safety
    /// The caller owns this histogram: no other thread writes to it. `place` comes from [`Place::of`].
    #[inline]
    pub(crate) unsafe fn add(&self, place: Place, amount: u64, weight: u16) -> Result<(), Blocked> {
        debug_assert!(place.octave < OCTAVES && place.slot < SLOTS);
        // SAFETY: `bucket::index` is below `BUCKETS`, so its octave is below `OCTAVES` and its slot below `SLOTS` (tested
        // for the edges of all buckets); pointers are null or to a branch or octave that lives for ever.
        let count = unsafe {
            let branch = self
                .branches
                .get_unchecked(place.octave / BRANCH)
                .load(Relaxed);
            if branch.is_null() {
                return Err(Blocked::Untouched);
            }
            let octave = (*branch)
                .octaves
                .get_unchecked(place.octave % BRANCH)
                .load(Relaxed);
            if octave.is_null() {
                return Err(Blocked::Untouched);
            }
            (*octave).counts.get_unchecked(place.slot)
        };
        let Some(more) = count.load(Relaxed).checked_add(weight) else {
            return Err(Blocked::Full);
        };
        count.store(more, Relaxed);
        self.sum
            .store(self.sum.load(Relaxed).wrapping_add(amount), Relaxed);
        Ok(())
    }

    /// The branch at `place`, if it is there.
    fn branch(&self, place: Place) -> Option<&Branch> {
        // SAFETY: null, or to a branch that lives for ever.
        unsafe { self.branches[place.octave / BRANCH].load(Acquire).as_ref() }
    }

    /// The octave at `place`, if it has counts.
    fn octave(&self, place: Place) -> Option<&Octave> {
        let octave = self.branch(place)?.octaves[place.octave % BRANCH].load(Acquire);
        // SAFETY: null, or to an octave that lives for ever.
        unsafe { octave.as_ref() }
    }

    /// Gives the octave at `place` its counts, made by `counts`, and a place for them, made by `branch`. `false` if one of them could
    /// not be made.
    ///
    /// # Safety
    /// The caller owns this histogram, and the octave has no counts yet. What is made is all zero and lives for ever.
    pub(crate) unsafe fn install(
        &self,
        place: Place,
        branch: impl FnOnce() -> Option<*mut Branch>,
        counts: impl FnOnce() -> Option<*mut Octave>,
    ) -> bool {
        if self.branch(place).is_none() {
            let Some(branch) = branch() else {
                return false;
            };
            self.branches[place.octave / BRANCH].store(branch, Release);
        }
        let (Some(branch), Some(counts)) = (self.branch(place), counts()) else {
            return false;
        };
        branch.octaves[place.octave % BRANCH].store(counts, Release);
        true
    }

    /// Moves the full count at `place` into the shared histogram, together with `weight` more.
    ///
    /// # Safety
    /// The caller owns this histogram, and the octave has counts.
    pub(crate) unsafe fn spill(
        &self,
        place: Place,
        amount: u64,
        weight: u16,
        into: (&SharedHistogram, &SharedOctave),
    ) {
        let Some(octave) = self.octave(place) else {
            return;
        };
        let count = &octave.counts[place.slot];
        let sequence = self.sequence.load(Relaxed);
        self.sequence.store(sequence.wrapping_add(1), Relaxed);
        fence(Release);
        let (shared, octave) = into;
        shared.count(
            octave,
            place,
            u32::from(count.load(Relaxed)) + u32::from(weight),
        );
        count.store(0, Relaxed);
        self.sum
            .store(self.sum.load(Relaxed).wrapping_add(amount), Relaxed);
        self.sequence.store(sequence.wrapping_add(2), Release);
    }

    /// Moves on whenever counts have been moved into the shared histogram; odd meanwhile. What was read of this and of
    /// the shared histogram between two calls fits together if both returned the same even number, with an acquire
    /// fence before the second.
    pub(crate) fn sequence(&self) -> u32 {
        self.sequence.load(Acquire)
    }

    /// In the child of a fork, where the owner was in the middle of moving a count and will never go on.
    pub(crate) fn settle(&self) {
        let sequence = self.sequence.load(Relaxed);
        if sequence % 2 == 1 {
            self.sequence.store(sequence.wrapping_add(1), Release);
        }
    }

    /// Calls `each` with every count that is not zero, and returns the sum modulo 2^64.
    pub(crate) fn read(&self, each: &mut dyn FnMut(usize, u64)) -> u64 {
        let sum = self.sum.load(Relaxed);
        for octave in 0..OCTAVES {
            let Some(counts) = self.octave(Place { octave, slot: 0 }) else {
                continue;
            };
            for (slot, count) in counts.counts.iter().enumerate() {
                let count = count.load(Relaxed);
                if count != 0 {
                    each(octave * bucket::PER_OCTAVE + slot, u64::from(count));
                }
            }
        }
        sum
    }

    #[cfg(loom)]
    pub(crate) fn empty() -> Self {
        Self {
            sum: AtomicU64::new(0),
            sequence: AtomicU32::new(0),
            branches: std::array::from_fn(|_| AtomicPtr::new(std::ptr::null_mut())),
        }
    }
}

/// Adds up one series over the histograms of all threads and the shared one, as they were at one moment.
///
/// Calls `start` before each try and `each` for the counts of that try. Returns the sum modulo 2^64, and whether
/// the counts fit together. They do unless a thread stood still in the middle of moving a count for as long as this tried
/// (a copy of one, in the child of a fork, does so for ever): then a count of 65,536 may be seen twice or not at all.
pub(crate) fn read_series(
    own: &[&Histogram],
    shared: Option<&SharedHistogram>,
    tries: usize,
    start: &mut dyn FnMut(),
    each: &mut dyn FnMut(usize, u64),
) -> (u64, bool) {
    let mut attempt = 0;
    loop {
        attempt += 1;
        start();
        let before = sequences(own, shared);
        let mut sum = 0_u64;
        if before.is_some() || attempt == tries {
            if let Some(shared) = shared {
                sum = sum.wrapping_add(shared.read(each));
            }
            for histogram in own {
                sum = sum.wrapping_add(histogram.read(each));
            }
            fence(Acquire);
            if before.is_some() && before == sequences(own, shared) {
                return (sum, true);
            }
        }
        if attempt >= tries {
            return (sum, false);
        }
        pause(attempt);
    }
}

/// Sum of all sequence numbers, which only grow; none while one is odd.
fn sequences(own: &[&Histogram], shared: Option<&SharedHistogram>) -> Option<u64> {
    let moves = shared.map_or(Some(0), SharedHistogram::moves)?;
    own.iter().try_fold(u64::from(moves), |sum, histogram| {
        let sequence = histogram.sequence();
        (sequence % 2 == 0).then(|| sum.wrapping_add(u64::from(sequence)))
    })
}

#[cfg(loom)]
fn pause(_: usize) {
    loom::thread::yield_now();
}

#[cfg(not(loom))]
fn pause(attempt: usize) {
    if attempt < 16 {
        std::hint::spin_loop();
    } else {
        std::thread::yield_now();
    }
}
