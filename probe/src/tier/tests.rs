use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Barrier};

use crate::tier::read::{self, Reader};
use crate::tier::{add, float_add, float_set, gauge_add, gauge_set, record, shard};

// Each test has ids of its own, far above those that are handed out, for the tiers are one for the process.
const CELLS: u32 = 60_000;
const HISTOGRAMS: u32 = 15_000;

/// What fits into a test under Miri, which is a thousand times slower.
const fn times(n: usize) -> usize {
    if cfg!(miri) { n / 500 + 1 } else { n }
}

fn total(id: u32) -> (u128, u64) {
    let (sum, counts) = Reader::new().histogram(id);
    (sum, counts.iter().map(|(_, n)| n).sum())
}

#[test]
#[expect(clippy::disallowed_methods, reason = "tests start threads")]
fn what_several_threads_add_is_all_there_after_they_have_ended() {
    let each = times(50_000);
    let threads: Vec<_> = (0..4)
        .map(|_| {
            std::thread::spawn(move || {
                for n in 0..each {
                    add(CELLS, 3);
                    record(HISTOGRAMS, n as u64, 1);
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    let each = each as u64;
    assert_eq!(read::cell(CELLS), 4 * 3 * each);
    assert_eq!(
        total(HISTOGRAMS),
        (4 * u128::from(each * (each - 1) / 2), 4 * each)
    );
}

#[test]
fn a_count_goes_on_beyond_sixteen_bits() {
    let n = if cfg!(miri) { 3 } else { 200_000 };
    for _ in 0..n {
        record(HISTOGRAMS + 1, 1_000, 1);
    }
    record(HISTOGRAMS + 1, 1_000, u16::MAX);
    record(HISTOGRAMS + 1, 1_000, u16::MAX);
    let n = n + 2 * u64::from(u16::MAX);
    assert_eq!(total(HISTOGRAMS + 1), (u128::from(n) * 1_000, n));
}

#[test]
fn every_size_of_value_has_its_place() {
    let mut sum = 0_u128;
    for shift in 0..64 {
        for value in [(1_u64 << shift) - 1, 1 << shift, u64::MAX >> shift] {
            record(HISTOGRAMS + 2, value, 1);
            sum += u128::from(value);
        }
    }
    assert_eq!(total(HISTOGRAMS + 2), (sum, 3 * 64));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "tests start threads")]
fn a_reader_never_sees_a_count_fall_or_leap() {
    // As a timer records that is sampled; under Miri a spill every few values.
    let (n, weight) = if cfg!(miri) {
        (40, 20_000)
    } else {
        (300_000, 64)
    };
    let running = Arc::new(AtomicUsize::new(2));
    let start = Arc::new(Barrier::new(3));
    let writers: Vec<_> = (0..2)
        .map(|_| {
            let (running, start) = (running.clone(), start.clone());
            std::thread::spawn(move || {
                start.wait();
                for _ in 0..n {
                    record(HISTOGRAMS + 3, 5, weight);
                }
                running.fetch_sub(1, Relaxed);
            })
        })
        .collect();
    start.wait();
    let mut last = 0;
    while running.load(Relaxed) > 0 {
        let (_, now) = total(HISTOGRAMS + 3);
        assert!(
            now >= last && now.is_multiple_of(u64::from(weight)),
            "{last} then {now}"
        );
        last = now;
    }
    for writer in writers {
        writer.join().unwrap();
    }
    assert_eq!(total(HISTOGRAMS + 3).1, 2 * n * u64::from(weight));
    assert_eq!(read::TORN.load(Relaxed), 0);
}

struct Late;

impl Drop for Late {
    fn drop(&mut self) {
        add(CELLS + 1, 1);
        record(HISTOGRAMS + 4, 9, 1);
    }
}

thread_local! {
    static BEFORE: Late = const { Late };
    static AFTER: Late = const { Late };
}

#[test]
#[expect(clippy::disallowed_methods, reason = "tests start threads")]
fn destructors_of_a_thread_may_record_before_and_after_its_shard_is_given_back() {
    for _ in 0..3 {
        let thread = std::thread::spawn(|| {
            BEFORE.with(|_| ());
            add(CELLS + 1, 1);
            AFTER.with(|_| ());
        });
        thread.join().unwrap();
    }
    assert_eq!(read::cell(CELLS + 1), 9);
    assert_eq!(total(HISTOGRAMS + 4), (54, 6));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "tests start threads")]
fn shards_of_ended_threads_are_used_again() {
    let before = shard::all().count();
    for _ in 0..times(200) {
        std::thread::spawn(|| add(CELLS + 2, 1)).join().unwrap();
    }
    // Other tests run at the same time, each with a few threads.
    assert!(shard::all().count() < before + 50);
    assert_eq!(read::cell(CELLS + 2), times(200) as u64);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "tests start threads")]
fn a_gauge_that_is_set_and_added_to_holds_what_was_set_plus_what_came_later() {
    gauge_set(CELLS + 64, 10);
    gauge_set(CELLS + 64, 7);
    assert_eq!(read::cell(CELLS + 64).cast_signed(), 7);
    gauge_add(CELLS + 64, -9);
    std::thread::spawn(|| gauge_add(CELLS + 64, 1))
        .join()
        .unwrap();
    assert_eq!(read::cell(CELLS + 64).cast_signed(), -1);
    gauge_set(CELLS + 64, 100);
    assert_eq!(read::cell(CELLS + 64).cast_signed(), 100);
    gauge_add(CELLS + 64, 5);
    assert_eq!(read::cell(CELLS + 64).cast_signed(), 105);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "tests start threads")]
fn a_floating_point_gauge_loses_no_addition() {
    float_set(CELLS + 65, 0.5);
    let n = times(20_000);
    let threads: Vec<_> = (0..2)
        .map(|_| {
            std::thread::spawn(move || {
                for _ in 0..n {
                    float_add(CELLS + 65, 0.25);
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    let expected = 0.5 + 0.5 * n as f64;
    assert!((f64::from_bits(read::cell(CELLS + 65)) - expected).abs() < 1e-9);
}
