//! The counting allocator as the allocator of a whole program. One test: whatever runs beside it would be counted too.
#![cfg(feature = "record")]

use std::alloc::System;
use std::thread;

use tollgate_probe::memory::{self, CountingAllocator};

#[global_allocator]
static ALLOCATOR: CountingAllocator<System> = CountingAllocator::new(System);

#[test]
fn a_program_counts_its_allocations_also_of_more_threads_than_slots() {
    let before = memory::this_thread().expect("the test harness has allocated");
    let held = vec![1_u8; 4096];
    let cost = memory::this_thread().expect("as before").since(&before);
    assert_eq!(
        (cost.allocations, cost.live_bytes(), cost.frees),
        (1, 4096, 0)
    );

    // Threads one after another take over the slots of those before them; all that they hold stays counted.
    let start = memory::whole_process().expect("something was counted");
    let one = || thread::scope(|scope| scope.spawn(|| vec![0_u8; 100_000]).join());
    let kept: Vec<Vec<u8>> = (0..600)
        .map(|_| one().expect("allocating does not panic"))
        .collect();
    let after = memory::whole_process().expect("as before").since(&start);
    assert!(after.allocations >= 600, "{after:?}");
    let live = after.live_bytes();
    // Handles of threads and the vector itself are alive too; they are far smaller than one more block.
    assert!((60_000_000..60_100_000).contains(&live), "{live}");
    assert!(memory::this_thread().is_some());
    drop((kept, held));
}
