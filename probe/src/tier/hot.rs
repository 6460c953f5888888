//! Recording.

use std::cell::Cell;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering::Relaxed};

use crate::tier::histogram::{Blocked, Histogram, Place};
use crate::tier::read;
use crate::tier::shard::{self, MAX_CELLS, MAX_HISTOGRAMS, NOBODY, PAGE, Page, Shard};
use crate::tier::shared::{SharedHistogram, Zeroed, get_or_publish};

thread_local! {
    // Constant and without a destructor, so that reading it is one load, also while the thread is being torn down.
    static SHARD: Cell<&'static Shard> = const { Cell::new(&NOBODY) };
    // Gives the shard back. Only touched on the cold path.
    static HELD: Held = const { Held };
}

struct Held;

impl Drop for Held {
    fn drop(&mut self) {
        let shard = SHARD.replace(&NOBODY);
        if !std::ptr::eq(shard, &raw const NOBODY) {
            shard::release(shard);
        }
    }
}

/// A bit for each gauge that has been added to.
static ADDED: [AtomicU64; MAX_CELLS / 64] = [const { AtomicU64::new(0) }; MAX_CELLS / 64];

/// Values that could not be recorded because there was no memory at all.
pub(crate) static LOST: AtomicU64 = AtomicU64::new(0);

// SAFETY: atomics only; no drop.
unsafe impl Zeroed for Page {}

static SHARED_PAGES: [AtomicPtr<Page>; MAX_CELLS / PAGE] =
    [const { AtomicPtr::new(std::ptr::null_mut()) }; MAX_CELLS / PAGE];
static SHARED_HISTOGRAMS: [AtomicPtr<SharedHistogram>; MAX_HISTOGRAMS] =
    [const { AtomicPtr::new(std::ptr::null_mut()) }; MAX_HISTOGRAMS];

/// Adds `n` to a cell, wrapping around.
#[inline]
pub(crate) fn add(id: u32, n: u64) {
    match SHARD.get().cell(id, Relaxed) {
        // Only this thread writes to the cells of its shard: a load and a store are enough.
        Some(cell) => cell.store(cell.load(Relaxed).wrapping_add(n), Relaxed),
        None => add_cold(id, n),
    }
}

#[cold]
#[inline(never)]
fn add_cold(id: u32, n: u64) {
    if let Some(shard) = own_shard() {
        // SAFETY: `own_shard` is held by this thread.
        if let Some(cell) = unsafe { shard.own_cell(id) } {
            cell.store(cell.load(Relaxed).wrapping_add(n), Relaxed);
            return;
        }
    }
    match shared_cell(id) {
        Some(cell) => {
            cell.fetch_add(n, Relaxed);
        }
        None => lost(),
    }
}

/// Adds a value to a histogram, `weight` times.
#[inline]
pub(crate) fn record(id: u32, value: u64, weight: u16) {
    let place = Place::of(value);
    let amount = value.wrapping_mul(u64::from(weight));
    // SAFETY: the histogram is of this thread's shard, or has no counts and so is not written.
    if unsafe {
        SHARD
            .get()
            .histogram(id, Relaxed)
            .add(place, amount, weight)
    }
    .is_err()
    {
        record_cold(id, value, weight);
    }
}

#[cold]
#[inline(never)]
fn record_cold(id: u32, value: u64, weight: u16) {
    let place = Place::of(value);
    let amount = value.wrapping_mul(u64::from(weight));
    if let Some(shard) = own_shard() {
        // SAFETY: `own_shard` is held by this thread, and the histogram is in it.
        let recorded = unsafe {
            shard
                .own_histogram(id)
                .is_some_and(|histogram| record_own(shard, histogram, id, place, amount, weight))
        };
        if recorded {
            return;
        }
    }
    if !shared_histogram(id).is_some_and(|shared| shared.add(place, amount, weight)) {
        lost();
    }
}

/// `false` if there is no room for it in the shard.
///
/// # Safety
/// The calling thread holds `shard`, and `histogram` is in it.
unsafe fn record_own(
    shard: &Shard,
    histogram: &Histogram,
    id: u32,
    place: Place,
    amount: u64,
    weight: u16,
) -> bool {
    // SAFETY: held by this thread.
    unsafe {
        match histogram.add(place, amount, weight) {
            Ok(()) => true,
            Err(Blocked::Untouched) => {
                histogram.install(place, || shard.branch(), || shard.octave())
                    && histogram.add(place, amount, weight).is_ok()
            }
            Err(Blocked::Full) => {
                // The memory is there before the sequence number becomes odd.
                let Some(shared) = shared_histogram(id) else {
                    return false;
                };
                let Some(octave) = shared.octave(place) else {
                    return false;
                };
                histogram.spill(place, amount, weight, (shared, octave));
                true
            }
        }
    }
}

/// The shard of this thread, taken now if it has none. `None` while the thread is being torn down and its shard has been
/// given back, and without memory.
fn own_shard() -> Option<&'static Shard> {
    let shard = SHARD.get();
    if !std::ptr::eq(shard, &raw const NOBODY) {
        return Some(shard);
    }
    // Registers the destructor that gives the shard back; fails when it has run already.
    HELD.try_with(|_| ()).ok()?;
    // Registering may have allocated, and an allocator that records may have been here before us.
    let shard = SHARD.get();
    if !std::ptr::eq(shard, &raw const NOBODY) {
        return Some(shard);
    }
    let taken = shard::hold()?;
    if std::ptr::eq(SHARD.get(), &raw const NOBODY) {
        SHARD.set(taken);
    } else {
        shard::release(taken);
    }
    Some(SHARD.get())
}

/// In the child of a fork: all shards but this thread's are without an owner, and no count is being moved.
pub(crate) fn after_fork() {
    shard::abandon_all_but(SHARD.get());
    for id in 0..MAX_HISTOGRAMS as u32 {
        if let Some(shared) = shared_if_any(id) {
            shared.settle();
        }
    }
}

#[cold]
fn lost() {
    LOST.fetch_add(1, Relaxed);
}

/// Adds `n` to a gauge, in the shard of this thread.
#[inline]
pub(crate) fn gauge_add(id: u32, n: i64) {
    mark_added(id);
    add(id, n.cast_unsigned());
}

/// Notes that a gauge has parts in shards, so that setting it must take them into account.
#[inline]
fn mark_added(id: u32) {
    let (at, bit) = (id as usize / 64 % ADDED.len(), 1 << (id % 64));
    if ADDED[at].load(Relaxed) & bit == 0 {
        mark_cold(at, bit);
    }
}

/// Whether a gauge has ever been added to.
#[inline]
pub(crate) fn was_added_to(id: u32) -> bool {
    ADDED[id as usize / 64 % ADDED.len()].load(Relaxed) & (1 << (id % 64)) != 0
}

/// Out of the way of additions: once for each gauge.
#[cold]
fn mark_cold(at: usize, bit: u64) {
    ADDED[at].fetch_or(bit, Relaxed);
}

/// Sets a gauge: one store, unless the gauge has been added to; then the sum of the parts in all shards is taken off first, and
/// of additions that happen meanwhile it is open whether they come before or after.
#[inline]
pub(crate) fn gauge_set(id: u32, value: i64) {
    let parts = if was_added_to(id) {
        read::own_cells(id)
    } else {
        0
    };
    match shared_cell(id) {
        Some(cell) => cell.store(value.cast_unsigned().wrapping_sub(parts), Relaxed),
        None => lost(),
    }
}

/// Sets a floating-point gauge.
#[inline]
pub(crate) fn float_set(id: u32, value: f64) {
    match shared_cell(id) {
        Some(cell) => cell.store(value.to_bits(), Relaxed),
        None => lost(),
    }
}

/// Adds to a floating-point gauge: a loop, for processors cannot add floating-point numbers in memory.
pub(crate) fn float_add(id: u32, n: f64) {
    let Some(cell) = shared_cell(id) else {
        return lost();
    };
    let mut bits = cell.load(Relaxed);
    while let Err(now) =
        cell.compare_exchange_weak(bits, (f64::from_bits(bits) + n).to_bits(), Relaxed, Relaxed)
    {
        bits = now;
    }
}

/// The shared cell `id`: what was set, and what found no room in a shard. `None` without memory.
pub(crate) fn shared_cell(id: u32) -> Option<&'static AtomicU64> {
    let page = get_or_publish(SHARED_PAGES.get(id as usize / PAGE)?)?;
    page.cells.get(id as usize % PAGE)
}

/// The shared histogram `id`. `None` without memory.
fn shared_histogram(id: u32) -> Option<&'static SharedHistogram> {
    get_or_publish(SHARED_HISTOGRAMS.get(id as usize)?)
}

/// The shared histogram `id`, if anything has been written to it.
pub(crate) fn shared_if_any(id: u32) -> Option<&'static SharedHistogram> {
    let found = SHARED_HISTOGRAMS
        .get(id as usize)?
        .load(std::sync::atomic::Ordering::Acquire);
    // SAFETY: null, or published and never freed.
    unsafe { found.as_ref() }
}
