//! An allocator that counts.
//!
//! The hook runs inside every allocation of the program, so it may do very little: no lock, no allocation, no instrument
//! of the probe (which may allocate itself), and no thread-local with a destructor (which would register itself by
//! allocating, and be gone while others still allocate). What is left are plain additions to a slot of a fixed table
//! that belongs to the thread alone.
//!
//! A thread cannot give its slot back, since it cannot say goodbye without a destructor. But slots never forget: they
//! only add up, so that what an ended thread counted stays counted. And a slot is known by the address of the thread's
//! own pointer to it. The system gives the memory of ended threads to new ones; a new thread that finds a slot under its
//! own address has inherited it from a thread that no longer exists, and goes on counting there. When all slots are taken, later
//! threads share one, with atomic additions.

use std::alloc::{GlobalAlloc, Layout};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

/// Threads that count in a slot of their own.
const SLOTS: usize = 256;

/// What was asked of the allocator since the start, or between two readings with [`since`](Allocations::since).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allocations {
    /// Successful calls of `alloc`, `alloc_zeroed` and `realloc`.
    pub allocations: u64,
    /// Bytes that those asked for; a `realloc` counts its whole new size.
    pub allocated_bytes: u64,
    /// Calls of `dealloc`, and of `realloc` that succeeded.
    pub frees: u64,
    /// Bytes given back by those; a `realloc` counts its whole old size.
    pub freed_bytes: u64,
}

impl Allocations {
    /// Bytes that are allocated and not given back. Of one thread only: zero if it gave back more than it asked for.
    #[must_use]
    pub const fn live_bytes(&self) -> u64 {
        self.allocated_bytes.saturating_sub(self.freed_bytes)
    }

    /// What came after `earlier`.
    #[must_use]
    pub const fn since(&self, earlier: &Self) -> Self {
        Self {
            allocations: self.allocations.wrapping_sub(earlier.allocations),
            allocated_bytes: self.allocated_bytes.wrapping_sub(earlier.allocated_bytes),
            frees: self.frees.wrapping_sub(earlier.frees),
            freed_bytes: self.freed_bytes.wrapping_sub(earlier.freed_bytes),
        }
    }
}

/// Counts of one thread, alone on two cache lines (processors fetch lines in pairs).
#[repr(align(128))]
struct Slot {
    /// Address that stands for the thread; 0 while free.
    owner: AtomicUsize,
    allocations: AtomicU64,
    allocated_bytes: AtomicU64,
    frees: AtomicU64,
    freed_bytes: AtomicU64,
}

impl Slot {
    const fn new() -> Self {
        Self {
            owner: AtomicUsize::new(0),
            allocations: AtomicU64::new(0),
            allocated_bytes: AtomicU64::new(0),
            frees: AtomicU64::new(0),
            freed_bytes: AtomicU64::new(0),
        }
    }
}

static TABLE: [Slot; SLOTS] = [const { Slot::new() }; SLOTS];
/// For the threads that found no slot.
static SHARED: Slot = Slot::new();

/// Wraps an allocator and counts. Without the feature `record` it only passes on.
///
/// ```
/// use std::alloc::System;
/// use tollgate_probe::memory::{self, CountingAllocator};
///
/// #[global_allocator]
/// static ALLOCATOR: CountingAllocator<System> = CountingAllocator::new(System);
///
/// # let first = Box::new(1); // a program that has not allocated has nothing to compare
/// let before = memory::this_thread();
/// let numbers = vec![0_u64; 16];
/// if let (Some(before), Some(after)) = (before, memory::this_thread()) {
///     let cost = after.since(&before);
///     assert_eq!((cost.allocations, cost.live_bytes()), (1, 128));
/// }
/// # drop((numbers, first));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct CountingAllocator<A> {
    inner: A,
}

impl<A> CountingAllocator<A> {
    /// Counts what `inner` is asked for.
    #[must_use]
    pub const fn new(inner: A) -> Self {
        Self { inner }
    }
}

#[expect(
    unsafe_code,
    reason = "the trait is unsafe: it is the interface of allocators"
)]
// SAFETY: every call goes to `inner` with the arguments as they came, and its answer goes back as it is, so the contract
// holds if it holds for `inner`. Counting neither allocates nor unwinds.
unsafe impl<A: GlobalAlloc> GlobalAlloc for CountingAllocator<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract of `alloc`, which is that of `inner`.
        let block = unsafe { self.inner.alloc(layout) };
        if !block.is_null() {
            allocated(layout.size());
        }
        block
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract of `alloc_zeroed`, which is that of `inner`.
        let block = unsafe { self.inner.alloc_zeroed(layout) };
        if !block.is_null() {
            allocated(layout.size());
        }
        block
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: `block` came from this allocator, that is, from `inner`, with this layout.
        unsafe { self.inner.dealloc(block, layout) };
        freed(layout.size());
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: `block` came from `inner` with this layout, and the caller vouches for the new size.
        let moved = unsafe { self.inner.realloc(block, layout, new_size) };
        if !moved.is_null() {
            allocated(new_size);
            freed(layout.size());
        }
        moved
    }
}

#[inline]
fn allocated(bytes: usize) {
    #[cfg(feature = "record")]
    mine(|slot, shared| {
        add(&slot.allocated_bytes, bytes as u64, shared);
        add(&slot.allocations, 1, shared);
    });
}

#[inline]
fn freed(bytes: usize) {
    #[cfg(feature = "record")]
    mine(|slot, shared| {
        add(&slot.freed_bytes, bytes as u64, shared);
        add(&slot.frees, 1, shared);
    });
}

/// An own slot has one writer, so that reading and writing back loses nothing.
#[inline]
fn add(cell: &AtomicU64, n: u64, shared: bool) {
    if shared {
        cell.fetch_add(n, Relaxed);
    } else {
        cell.store(cell.load(Relaxed).wrapping_add(n), Relaxed);
    }
}

/// Calls back with the slot of this thread, and whether others write to it too.
#[inline]
fn mine<R>(work: impl FnOnce(&'static Slot, bool) -> R) -> R {
    let slot = local::slot();
    work(slot, std::ptr::eq(slot, &raw const SHARED))
}

/// Thread-locals without destructor are plain memory where the platform has them. Elsewhere the standard library
/// allocates them, which would call the hook again.
#[cfg(any(
    target_os = "linux",
    target_vendor = "apple",
    all(windows, target_env = "msvc")
))]
mod local {
    use std::cell::Cell;

    use super::Slot;

    thread_local! {
        static SLOT: Cell<Option<&'static Slot>> = const { Cell::new(None) };
    }

    #[inline]
    pub(super) fn slot() -> &'static Slot {
        SLOT.with(|own| match own.get() {
            Some(slot) => slot,
            None => {
                let slot = super::claim(&super::TABLE, std::ptr::from_ref(own).addr());
                own.set(Some(slot));
                slot
            }
        })
    }
}

#[cfg(not(any(
    target_os = "linux",
    target_vendor = "apple",
    all(windows, target_env = "msvc")
)))]
mod local {
    pub(super) fn slot() -> &'static super::Slot {
        &super::SHARED
    }
}

/// The slot that belongs to `key`, or a free one, or else the shared one. Slots are never freed, so the search of a key
/// ends where it was put or at a free slot.
#[cold]
fn claim(table: &'static [Slot], key: usize) -> &'static Slot {
    let start = (key >> 6).wrapping_mul(0x9E37_79B9) >> 8;
    for at in 0..table.len() {
        let slot = &table[start.wrapping_add(at) % table.len()];
        // Of a slot with this key the last owner is gone: its memory would not have become ours otherwise, and whatever
        // handed that memory on also made visible what it had written here.
        let owner = slot.owner.compare_exchange(0, key, Relaxed, Relaxed);
        if owner.is_ok() || owner == Err(key) {
            return slot;
        }
    }
    &SHARED
}

/// What this thread counted, by a [`CountingAllocator`]. It begins with whatever a thread that ended had counted in the
/// same place: only differences have a meaning. `None` if it counts together with others (more than 256 threads at once,
/// or a platform without plain thread-locals), or nothing is counted.
#[must_use]
pub fn this_thread() -> Option<Allocations> {
    if !cfg!(feature = "record") {
        return None;
    }
    mine(|slot, shared| (!shared).then(|| sum(&std::iter::once(slot))))
        .filter(|counts| counts.allocations > 0)
}

/// What all threads counted, also those that have ended. Other threads go on while it adds up: each number is one that
/// was passed in the meantime. `None` if nothing was counted, usually because [`CountingAllocator`] is not the
/// program's `#[global_allocator]`.
#[must_use]
pub fn whole_process() -> Option<Allocations> {
    Some(sum(&TABLE.iter().chain([&SHARED]))).filter(|counts| counts.allocations > 0)
}

/// Adds what was freed first: what is freed was allocated before, so a reader in between sees too much alive rather
/// than less than nothing.
fn sum(slots: &(impl Iterator<Item = &'static Slot> + Clone)) -> Allocations {
    let total = |cell: fn(&Slot) -> &AtomicU64| {
        slots.clone().fold(0_u64, |sum, slot| {
            sum.wrapping_add(cell(slot).load(Relaxed))
        })
    };
    let (frees, freed_bytes) = (total(|s| &s.frees), total(|s| &s.freed_bytes));
    Allocations {
        frees,
        freed_bytes,
        allocations: total(|s| &s.allocations),
        allocated_bytes: total(|s| &s.allocated_bytes),
    }
}

#[cfg(test)]
mod tests;
