//! The histogram of one series that all threads may write to: full counts of the threads' own histograms end here, and
//! everything for which a thread has no room of its own. One locked addition a value.

use std::alloc::{Layout, alloc_zeroed, dealloc};

use crate::bucket;
use crate::sync::atomic::{
    AtomicPtr, AtomicU64,
    Ordering::{AcqRel, Acquire, Relaxed},
};
use crate::tier::histogram::{OCTAVES, Place, SLOTS};

/// Counts of one octave.
#[repr(C, align(64))]
pub(crate) struct SharedOctave {
    counts: [AtomicU64; SLOTS],
}

/// All counts of one series that are shared. All zeros is a valid, empty histogram.
#[repr(C, align(64))]
pub(crate) struct SharedHistogram {
    sum: AtomicU64,
    octaves: [AtomicPtr<SharedOctave>; OCTAVES],
}

impl SharedHistogram {
    /// The count at `place`; `None` if there is no memory for it.
    pub(crate) fn count(&self, place: Place) -> Option<&AtomicU64> {
        let octave = get_or_publish(&self.octaves[place.octave])?;
        Some(&octave.counts[place.slot])
    }

    /// Adds `weight` to the count at `place` and `amount` to the sum; `false` if there was no memory for it.
    pub(crate) fn add(&self, place: Place, amount: u64, weight: u16) -> bool {
        let Some(count) = self.count(place) else {
            return false;
        };
        count.fetch_add(u64::from(weight), Relaxed);
        self.sum.fetch_add(amount, Relaxed);
        true
    }

    /// Calls `each` with every count that is not zero, and returns the sum modulo 2^64.
    pub(crate) fn read(&self, each: &mut dyn FnMut(usize, u64)) -> u64 {
        let sum = self.sum.load(Relaxed);
        for (at, octave) in self.octaves.iter().enumerate() {
            let octave = octave.load(Acquire);
            if octave.is_null() {
                continue;
            }
            // SAFETY: published by `get_or_publish`, so it points to zeroed atomics that live for ever.
            let counts = unsafe { &(*octave).counts };
            for (slot, count) in counts.iter().enumerate() {
                let count = count.load(Relaxed);
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
// SAFETY: atomics only; no drop.
unsafe impl Zeroed for SharedOctave {}

#[cfg(not(loom))]
// SAFETY: atomics only, null pointers; no drop.
unsafe impl Zeroed for SharedHistogram {}

// Loom's atomics are not plain memory: there they are made one by one.
#[cfg(loom)]
// SAFETY: boxed and unboxed by the two functions.
unsafe impl Zeroed for SharedOctave {
    fn allocate() -> *mut Self {
        Box::into_raw(Box::new(Self {
            counts: std::array::from_fn(|_| AtomicU64::new(0)),
        }))
    }

    unsafe fn free(this: *mut Self) {
        // SAFETY: by contract from `allocate`.
        drop(unsafe { Box::from_raw(this) });
    }
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
