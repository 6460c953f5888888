//! What one thread has to itself: its cells, its histograms, and the memory they are made from.
//!
//! A shard is written by the thread that holds it and read by anyone. Shards are never freed. When a thread ends, its
//! shard waits for the next one, with all that it holds: values are cumulative, so there is nothing to hand over but the
//! right to write. Memory therefore follows the largest number of threads that ever lived at once.

use std::alloc::{Layout, alloc_zeroed};
use std::cell::Cell;
use std::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering,
    Ordering::{Acquire, Relaxed, Release},
};

use crate::tier::histogram::{Branch, Histogram, Octave};

/// Cells (counters and gauges) that there can be; ids are below.
pub(crate) const MAX_CELLS: usize = 1 << 16;
/// Histograms (and timers) that there can be; ids are below.
pub(crate) const MAX_HISTOGRAMS: usize = 1 << 14;

/// Cells of a page.
pub(crate) const PAGE: usize = 64;
/// Histograms of a group.
pub(crate) const GROUP: usize = 16;
const PAGES: usize = MAX_CELLS / PAGE;
const GROUPS: usize = MAX_HISTOGRAMS / GROUP;

/// Bytes that all shards together may use for counts, beyond [`FLOOR`] for each. What finds no room goes to the shared
/// tier, which is bounded by the number of series.
pub(crate) const POOL: usize = 16 << 20;
/// Bytes that every shard may use.
pub(crate) const FLOOR: usize = 32 << 10;

static POOL_USED: AtomicUsize = AtomicUsize::new(0);

/// Neighbouring cells.
#[repr(C, align(64))]
pub(crate) struct Page {
    pub(crate) cells: [AtomicU64; PAGE],
}

/// Neighbouring histograms.
#[repr(C, align(64))]
pub(crate) struct Group {
    pub(crate) histograms: [Histogram; GROUP],
}

/// What one thread has to itself.
pub(crate) struct Shard {
    groups: [AtomicPtr<Group>; GROUPS],
    pages: [AtomicPtr<Page>; PAGES],
    /// Whether a thread holds it.
    held: AtomicBool,
    /// The next in the list of all shards; set before it is published.
    next: AtomicPtr<Shard>,
    arena: Arena,
}

// SAFETY: everything but `arena` is atomic. `arena` is only touched by the thread that holds the shard, and `held` orders the
// hand-over: released with Release, taken with Acquire.
unsafe impl Sync for Shard {}

// A group without counts: every histogram in it sends its writer to the slow path, so that the fast path needs no check of its
// own for groups. Never written, for without counts there is nothing to write to.
static NO_GROUP: Group = Group {
    histograms: [const { Histogram::new() }; GROUP],
};

/// The shard of threads that have none (yet, or no more). Never written: it has no counts and no pages.
pub(crate) static NOBODY: Shard = Shard::new();

impl Shard {
    const fn new() -> Self {
        Self {
            groups: [const { AtomicPtr::new((&raw const NO_GROUP).cast_mut()) }; GROUPS],
            pages: [const { AtomicPtr::new(std::ptr::null_mut()) }; PAGES],
            held: AtomicBool::new(true),
            next: AtomicPtr::new(std::ptr::null_mut()),
            arena: Arena::new(),
        }
    }

    /// The histogram `id`; one without counts if there is none yet.
    ///
    /// The owner may read with `Relaxed`, for it has written the pointers itself; all others with `Acquire`.
    #[inline]
    pub(crate) fn histogram(&self, id: u32, order: Ordering) -> &Histogram {
        let id = id as usize;
        // SAFETY: pointers in `groups` are to `NO_GROUP` or to a published group; both live for ever.
        let group = unsafe { &*self.groups[(id / GROUP) % GROUPS].load(order) };
        &group.histograms[id % GROUP]
    }

    /// The cell `id`, if its page exists. `order` as for [`Shard::histogram`].
    #[inline]
    pub(crate) fn cell(&self, id: u32, order: Ordering) -> Option<&AtomicU64> {
        let id = id as usize;
        let page = self.pages[(id / PAGE) % PAGES].load(order);
        // SAFETY: null, or a published page, which lives for ever.
        unsafe { page.as_ref() }.map(|page| &page.cells[id % PAGE])
    }

    /// The histogram `id` in a group of its own; `None` if there is no room for it.
    ///
    /// # Safety
    /// The calling thread holds the shard.
    pub(crate) unsafe fn own_histogram(&self, id: u32) -> Option<&Histogram> {
        let slot = &self.groups[(id as usize / GROUP) % GROUPS];
        if std::ptr::eq(slot.load(Relaxed), &raw const NO_GROUP) {
            // SAFETY: held by this thread; zeros are valid groups.
            let group = unsafe { self.arena.take::<Group>() }?;
            slot.store(group, Release);
        }
        Some(self.histogram(id, Relaxed))
    }

    /// The cell `id`; `None` if there is no room for it.
    ///
    /// # Safety
    /// The calling thread holds the shard.
    pub(crate) unsafe fn own_cell(&self, id: u32) -> Option<&AtomicU64> {
        let slot = &self.pages[(id as usize / PAGE) % PAGES];
        if slot.load(Relaxed).is_null() {
            // SAFETY: held by this thread; zeros are valid pages.
            let page = unsafe { self.arena.take::<Page>() }?;
            slot.store(page, Release);
        }
        self.cell(id, Relaxed)
    }

    /// Memory for a branch of octaves; `None` if there is no room for it.
    ///
    /// # Safety
    /// The calling thread holds the shard.
    pub(crate) unsafe fn branch(&self) -> Option<*mut Branch> {
        // SAFETY: held by this thread; zeros are valid branches.
        unsafe { self.arena.take::<Branch>() }
    }

    /// Memory for the counts of an octave; `None` if there is no room for it.
    ///
    /// # Safety
    /// The calling thread holds the shard.
    pub(crate) unsafe fn octave(&self) -> Option<*mut Octave> {
        // SAFETY: held by this thread; zeros are valid counts.
        unsafe { self.arena.take::<Octave>() }
    }
}

/// In the child of a fork: the threads that held the other shards stayed with the parent. Gives those shards back, with all
/// that they hold.
pub(crate) fn abandon_all_but(mine: &Shard) {
    for shard in all().filter(|shard| !std::ptr::eq(*shard, mine)) {
        for group in &shard.groups {
            // SAFETY: pointers in `groups` are to `NO_GROUP` or to a published group; both live for ever.
            let group = unsafe { &*group.load(Acquire) };
            for histogram in &group.histograms {
                histogram.settle();
            }
        }
        // Its owner may have been in the middle of taking memory: what is left of the slab is not touched again.
        shard.arena.left.set(0);
        release(shard);
    }
}

/// Memory that all shards have for cells and counts, in bytes.
pub(crate) fn bytes() -> usize {
    all()
        .map(|shard| size_of::<Shard>() + shard.arena.bytes.load(Relaxed))
        .sum()
}

/// All shards, the newest first.
static ALL: AtomicPtr<Shard> = AtomicPtr::new(std::ptr::null_mut());

/// All shards that there are.
pub(crate) fn all() -> impl Iterator<Item = &'static Shard> {
    let mut next = ALL.load(Acquire);
    std::iter::from_fn(move || {
        // SAFETY: null, or a published shard, which lives for ever.
        let shard = unsafe { next.as_ref() }?;
        next = shard.next.load(Relaxed);
        Some(shard)
    })
}

/// A shard for the calling thread: one whose thread has ended, or a new one. `None` without memory.
pub(crate) fn hold() -> Option<&'static Shard> {
    let free = |shard: &&Shard| {
        !shard.held.load(Relaxed)
            && shard
                .held
                .compare_exchange(false, true, Acquire, Relaxed)
                .is_ok()
    };
    if let Some(shard) = all().find(free) {
        return Some(shard);
    }
    // Made in place: it is too large for the stack of a small thread.
    // SAFETY: the size is not zero.
    let fresh = unsafe { alloc_zeroed(Layout::new::<Shard>()) }.cast::<Shard>();
    if fresh.is_null() {
        return None;
    }
    // SAFETY: zeros are valid for every field (null pointers, false, an empty arena); nobody else knows it yet.
    let shard = unsafe { &*fresh };
    for group in &shard.groups {
        group.store((&raw const NO_GROUP).cast_mut(), Relaxed);
    }
    shard.held.store(true, Relaxed);
    let mut first = ALL.load(Relaxed);
    loop {
        shard.next.store(first, Relaxed);
        match ALL.compare_exchange_weak(first, fresh, Release, Relaxed) {
            Ok(_) => return Some(shard),
            Err(now) => first = now,
        }
    }
}

/// Gives a shard back. The calling thread held it and does not write to it any more.
pub(crate) fn release(shard: &'static Shard) {
    shard.held.store(false, Release);
}

/// Memory that is only ever added to, in slabs, so that what is touched together lies together and no page is there for
/// nothing: it does not depend on an allocator or a kernel (huge pages!) that leaves untouched memory unbacked.
struct Arena {
    at: Cell<usize>,
    slab: Cell<*mut u8>,
    left: Cell<usize>,
    bytes: AtomicUsize,
}

const FIRST_SLAB: usize = 4 << 10;
const SLAB: usize = 16 << 10;

impl Arena {
    const fn new() -> Self {
        Self {
            at: Cell::new(0),
            slab: Cell::new(std::ptr::null_mut()),
            left: Cell::new(0),
            bytes: AtomicUsize::new(0),
        }
    }

    /// Zeroed memory for a `T` that lives for ever; `None` if there is none, or no room in the budget.
    ///
    /// # Safety
    /// Only one thread calls this. All zeros is a valid `T`, its size a multiple of 64 of at most a first slab.
    unsafe fn take<T>(&self) -> Option<*mut T> {
        const { assert!(size_of::<T>().is_multiple_of(64)) };
        const { assert!(size_of::<T>() <= FIRST_SLAB && align_of::<T>() <= 64) };
        if self.left.get() < size_of::<T>() {
            self.grow()?;
        }
        // SAFETY: `at + size` is within the slab, for `left` is what remains of it.
        let found = unsafe { self.slab.get().add(self.at.get()) };
        self.at.set(self.at.get() + size_of::<T>());
        self.left.set(self.left.get() - size_of::<T>());
        Some(found.cast::<T>())
    }

    fn grow(&self) -> Option<()> {
        let have = self.bytes.load(Relaxed);
        let size = if have == 0 { FIRST_SLAB } else { SLAB };
        let pooled = if have + size > FLOOR { size } else { 0 };
        if POOL_USED.fetch_add(pooled, Relaxed) + pooled > POOL && pooled > 0 {
            POOL_USED.fetch_sub(pooled, Relaxed);
            return None;
        }
        let layout = Layout::from_size_align(size, 64).ok()?;
        // SAFETY: the size is not zero.
        let slab = unsafe { alloc_zeroed(layout) };
        if slab.is_null() {
            POOL_USED.fetch_sub(pooled, Relaxed);
            return None;
        }
        self.bytes.store(have + size, Relaxed);
        self.slab.set(slab);
        self.at.set(0);
        self.left.set(size);
        Some(())
    }
}
