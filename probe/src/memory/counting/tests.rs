//! These call a `CountingAllocator` that is not the program's allocator, so that nothing else is counted.
#![cfg(feature = "record")]
#![expect(unsafe_code, reason = "the interface of allocators")]

use std::alloc::System;
use std::sync::mpsc;
use std::thread;

use super::*;

static COUNTED: CountingAllocator<System> = CountingAllocator::new(System);

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 8).unwrap()
}

fn take(size: usize) -> usize {
    // SAFETY: the size is not zero.
    unsafe { COUNTED.alloc(layout(size)) }.expose_provenance()
}

fn give(block: usize, size: usize) {
    // SAFETY: `take` returned it for this size, and it is given back once.
    unsafe { COUNTED.dealloc(std::ptr::with_exposed_provenance_mut(block), layout(size)) };
}

fn mine() -> Allocations {
    this_thread().unwrap_or_default()
}

#[test]
fn every_call_is_counted_with_its_size() {
    thread::spawn(|| {
        let before = mine();
        let block = take(24);
        // SAFETY: it is ours, of this layout; the new size is not zero.
        let block = unsafe {
            COUNTED.realloc(
                std::ptr::with_exposed_provenance_mut(block),
                layout(24),
                100,
            )
        };
        // SAFETY: the size is not zero.
        let zeroed = unsafe { COUNTED.alloc_zeroed(layout(7)) };
        let held = mine().since(&before);
        assert_eq!(held.live_bytes(), 107);
        give(block.expose_provenance(), 100);
        give(zeroed.expose_provenance(), 7);
        let all = mine().since(&before);
        let expected = Allocations {
            allocations: 3,
            allocated_bytes: 131,
            frees: 3,
            freed_bytes: 131,
        };
        assert_eq!((all, all.live_bytes()), (expected, 0));
    })
    .join()
    .unwrap();
}

#[test]
fn an_allocation_that_fails_counts_nothing() {
    struct Full;
    // SAFETY: null is a valid answer of an allocator; so nothing ever comes back to it.
    unsafe impl GlobalAlloc for Full {
        unsafe fn alloc(&self, _: Layout) -> *mut u8 {
            std::ptr::null_mut()
        }
        unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
        unsafe fn realloc(&self, _: *mut u8, _: Layout, _: usize) -> *mut u8 {
            std::ptr::null_mut()
        }
    }
    thread::spawn(|| {
        let full = CountingAllocator::new(Full);
        let before = mine();
        // SAFETY: the sizes are not zero. `Full` looks at no block.
        unsafe {
            assert!(full.alloc(layout(8)).is_null());
            assert!(full.alloc_zeroed(layout(8)).is_null());
            assert!(
                full.realloc(std::ptr::dangling_mut(), layout(8), 16)
                    .is_null()
            );
        }
        assert_eq!(mine().since(&before), Allocations::default());
    })
    .join()
    .unwrap();
}

/// Threads that hand their blocks to others, which free them, one after another and at once; the counts of those that
/// have ended stay. No other test of this process may be counting, so this one looks at its own threads only.
#[test]
fn counts_are_exact_over_threads_that_pass_blocks_on_and_end() {
    const THREADS: usize = 8;
    const BLOCKS: usize = 500;
    let (give_on, got) = mpsc::channel();
    let (report, reports) = mpsc::channel();
    let spawned = |work: Box<dyn FnOnce() + Send>| {
        let report = report.clone();
        thread::spawn(move || {
            let before = mine();
            work();
            report.send(mine().since(&before)).unwrap();
        })
    };
    let takers: Vec<_> = (1..=THREADS)
        .map(|size| {
            let give_on = give_on.clone();
            spawned(Box::new(move || {
                for _ in 0..BLOCKS {
                    give_on.send((take(size), size)).unwrap();
                }
            }))
        })
        .collect();
    drop(give_on);
    takers.into_iter().for_each(|t| t.join().unwrap());
    let freer = spawned(Box::new(move || {
        for (block, size) in got {
            give(block, size);
        }
    }));
    freer.join().unwrap();
    let total = reports
        .try_iter()
        .fold(Allocations::default(), |sum, one| Allocations {
            allocations: sum.allocations + one.allocations,
            allocated_bytes: sum.allocated_bytes + one.allocated_bytes,
            frees: sum.frees + one.frees,
            freed_bytes: sum.freed_bytes + one.freed_bytes,
        });
    let bytes = (BLOCKS * (1..=THREADS).sum::<usize>()) as u64;
    let count = (BLOCKS * THREADS) as u64;
    let expected = Allocations {
        allocations: count,
        allocated_bytes: bytes,
        frees: count,
        freed_bytes: bytes,
    };
    assert_eq!(total, expected);
}

#[test]
fn a_slot_is_found_again_by_its_key_and_keeps_its_counts() {
    let table: &'static [Slot] = Box::leak(Box::new([const { Slot::new() }; 4]));
    let first = claim(table, 0x7000);
    add(&first.allocations, 5, false);
    assert!(std::ptr::eq(claim(table, 0x7000), first));
    assert_eq!(sum(&table.iter()).allocations, 5);
}

#[test]
fn when_all_slots_are_taken_the_shared_one_serves() {
    let table: &'static [Slot] = Box::leak(Box::new([const { Slot::new() }; 4]));
    let own: Vec<_> = (1..=4).map(|key| claim(table, key << 12)).collect();
    for (at, slot) in own.iter().enumerate() {
        assert!(!std::ptr::eq(*slot, &raw const SHARED));
        assert!(!own[..at].iter().any(|other| std::ptr::eq(*other, *slot)));
    }
    assert!(std::ptr::eq(claim(table, 5 << 12), &raw const SHARED));
    assert!(
        std::ptr::eq(claim(table, 3 << 12), own[2]),
        "an old key keeps its slot"
    );
}

#[test]
fn the_shared_slot_loses_nothing_under_threads() {
    let slot: &'static Slot = Box::leak(Box::new(Slot::new()));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..1_000).for_each(|_| add(&slot.frees, 1, true)));
        }
    });
    assert_eq!(slot.frees.load(Relaxed), 4_000);
}

#[test]
fn more_freed_than_allocated_is_nothing_alive() {
    let counts = Allocations {
        freed_bytes: 9,
        ..Allocations::default()
    };
    assert_eq!(counts.live_bytes(), 0);
}
