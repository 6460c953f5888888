//! The histogram of one series that all threads may write to: full counts of the threads' own histograms end here, and
//! everything for which a thread has no room of its own. One locked addition a value.
//!
//! Counts have 32 bits, half of the memory of what they may grow to. Whoever takes one over 2^31 moves those into a wide
//! count beside it. A reader that adds both up must see them in one place: [`SharedHistogram::moves`].

use std::alloc::{Layout, alloc_zeroed, dealloc};

use crate::bucket;
use crate::sync::atomic::{
    AtomicPtr, AtomicU32, AtomicU64,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
    fence,
};
use crate::tier::histogram::{OCTAVES, Place, SLOTS};

/// What is moved at a time.
const HALF: u32 = 1 << 31;

/// Counts of one octave.
#[repr(C)]
pub(crate) struct SharedOctave {
    counts: [AtomicU32; SLOTS],
    wide: AtomicPtr<WideOctave>,
}

/// Wide counts of one octave, for the few that need them.
#[repr(C)]
pub(crate) struct WideOctave {
    counts: [AtomicU64; SLOTS],
}

/// All counts of one series that are shared. All zeros is a valid, empty histogram.
#[repr(C)]
pub(crate) struct SharedHistogram {
    sum: AtomicU64,
    /// Threads that are moving a count now.
    moving: AtomicU32,
    /// Moves so far.
    moved: AtomicU32,
    octaves: [AtomicPtr<SharedOctave>; OCTAVES],
}

impl SharedHistogram {
    /// The counts of the octave at `place`; `None` if there is no memory for them.
    pub(crate) fn octave(&self, place: Place) -> Option<&SharedOctave> {
        get_or_publish(&self.octaves[place.octave])
    }

    /// Adds `weight` to the count at `place` and `amount` to the sum; `false` if there was no memory for it.
    pub(crate) fn add(&self, place: Place, amount: u64, weight: u16) -> bool {
        let Some(octave) = self.octave(place) else {
            return false;
        };
        self.count(octave, place, u32::from(weight));
        self.sum.fetch_add(amount, Relaxed);
        true
    }

    /// Adds `n`, below 2^18, to the count at `place` in its `octave`.
    pub(crate) fn count(&self, octave: &SharedOctave, place: Place, n: u32) {
        let count = &octave.counts[place.slot];
        let before = count.fetch_add(n, Relaxed);
        // Of all threads that add, one takes the count over the half; the others have thousands of additions left until it
        // would wrap around.
        if before < HALF && before.wrapping_add(n) >= HALF {
            self.widen(octave, place);
        }
    }

    #[cold]
    fn widen(&self, octave: &SharedOctave, place: Place) {
        // Without memory the count stays where it is, right up to 2^32.
        let Some(wide) = get_or_publish(&octave.wide) else {
            return;
        };
        self.moving.fetch_add(1, Relaxed);
        fence(Release);
        wide.counts[place.slot].fetch_add(u64::from(HALF), Relaxed);
        octave.counts[place.slot].fetch_sub(HALF, Relaxed);
        self.moved.fetch_add(1, Release);
        self.moving.fetch_sub(1, Release);
    }

    /// How often counts have been moved; none while one is. What was read between two calls fits together if both returned
    /// the same number, with an acquire fence before the second. The argument is that of
    /// [`Histogram::sequence`](super::histogram::Histogram::sequence); the number of moves is read after that of the movers, so that
    /// whoever no longer sees a mover sees its move, and whoever sees the number of a move sees what it moved.
    pub(crate) fn moves(&self) -> Option<u32> {
        (self.moving.load(Acquire) == 0).then(|| self.moved.load(Acquire))
    }

    /// In the child of a fork, where a thread was in the middle of moving a count and will never go on.
    pub(crate) fn settle(&self) {
        self.moving.store(0, Release);
    }

    /// Calls `each` with every count that is not zero, and returns the sum modulo 2^64.
    pub(crate) fn read(&self, each: &mut dyn FnMut(usize, u64)) -> u64 {
        let sum = self.sum.load(Relaxed);
        for (at, octave) in self.octaves.iter().enumerate() {
            // SAFETY: null, or published by `get_or_publish`: zeroed atomics that live for ever.
            let Some(octave) = (unsafe { octave.load(Acquire).as_ref() }) else {
                continue;
            };
            // SAFETY: as above.
            let wide = unsafe { octave.wide.load(Acquire).as_ref() };
            for (slot, count) in octave.counts.iter().enumerate() {
                let wide = wide.map_or(0, |wide| wide.counts[slot].load(Relaxed));
                let count = u64::from(count.load(Relaxed)) + wide;
                if count != 0 {
                    each(at * bucket::PER_OCTAVE + slot, count);
                }
            }
        }
        sum
    }

    #[cfg(loom)]
    pub(crate) fn empty() -> Self {
        Self {
            sum: AtomicU64::new(0),
            moving: AtomicU32::new(0),
            moved: AtomicU32::new(0),
            octaves: std::array::from_fn(|_| AtomicPtr::new(std::ptr::null_mut())),
        }
    }
}

/// What may live in memory that is all zeros.
///
/// # Safety
/// All zeros is a valid value, and the type needs no drop.
pub(crate) unsafe trait Zeroed: Sized {
    /// A new one in memory of its own, all zeros; null if there is no memory.
    fn allocate() -> *mut Self {
        const { assert!(size_of::<Self>() > 0) };
        // SAFETY: the size is not zero.
        unsafe { alloc_zeroed(Layout::new::<Self>()).cast::<Self>() }
    }

    /// Gives back what `allocate` returned.
    ///
    /// # Safety
    /// It came from `allocate`, and nothing else refers to it.
    unsafe fn free(this: *mut Self) {
        // SAFETY: by contract from `alloc_zeroed` with the same layout.
        unsafe { dealloc(this.cast::<u8>(), Layout::new::<Self>()) }
    }
}

#[cfg(not(loom))]
mod zeroed {
    use super::{SharedHistogram, SharedOctave, WideOctave, Zeroed};

    // SAFETY: atomics only; no drop.
    unsafe impl Zeroed for SharedOctave {}
    // SAFETY: atomics only; no drop.
    unsafe impl Zeroed for WideOctave {}
    // SAFETY: atomics only, null pointers; no drop.
    unsafe impl Zeroed for SharedHistogram {}
}

// Loom's atomics are not plain memory: there they are made one by one.
#[cfg(loom)]
mod zeroed {
    use super::{AtomicPtr, AtomicU32, AtomicU64, SharedOctave, WideOctave, Zeroed};

    macro_rules! boxed {
        ($type:ident, $new:expr) => {
            // SAFETY: boxed and unboxed by the two functions.
            unsafe impl Zeroed for $type {
                fn allocate() -> *mut Self {
                    Box::into_raw(Box::new($new))
                }

                unsafe fn free(this: *mut Self) {
                    // SAFETY: by contract from `allocate`.
                    drop(unsafe { Box::from_raw(this) });
                }
            }
        };
    }
    boxed!(
        SharedOctave,
        SharedOctave {
            counts: std::array::from_fn(|_| AtomicU32::new(0)),
            wide: AtomicPtr::new(std::ptr::null_mut()),
        }
    );
    boxed!(
        WideOctave,
        WideOctave {
            counts: std::array::from_fn(|_| AtomicU64::new(0))
        }
    );
}

/// What `slot` points to, after putting a new one there if it was null. Lives for ever. `None` without memory.
pub(crate) fn get_or_publish<T: Zeroed>(slot: &AtomicPtr<T>) -> Option<&'static T> {
    let mut found = slot.load(Acquire);
    if found.is_null() {
        let fresh = T::allocate();
        if fresh.is_null() {
            return None;
        }
        // Release: whoever finds the pointer finds the zeros. Acquire: another thread may have been first.
        match slot.compare_exchange(std::ptr::null_mut(), fresh, AcqRel, Acquire) {
            Ok(_) => found = fresh,
            Err(first) => {
                // SAFETY: from `allocate`, and never published.
                unsafe {
                    T::free(fresh);
                }
                found = first;
            }
        }
    }
    // SAFETY: not null, published once, never freed afterwards.
    Some(unsafe { &*found })
}
