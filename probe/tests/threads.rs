//! Threads that record while others read, that end while they are read, and that record while they end.

#![cfg(feature = "record")]
#![expect(clippy::disallowed_methods, reason = "a test of threads")]

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread;

use tollgate_probe::snapshot::{Snapshot, Value};
use tollgate_probe::{Counter, Family, Gauge, Histogram};

fn total(snapshot: &Snapshot, name: &str) -> u64 {
    let Some(family) = snapshot.family(name) else {
        return 0;
    };
    let of = |value: &Value| match value {
        Value::Counter(count) => *count,
        Value::Distribution(one) => one.count(),
        Value::Gauge(level) => level.unsigned_abs(),
        Value::Float(_) => 0,
    };
    family.series.iter().map(|series| of(&series.value)).sum()
}

fn sum(snapshot: &Snapshot, name: &str) -> u128 {
    let Some(family) = snapshot.family(name) else {
        return 0;
    };
    let of = |value: &Value| match value {
        Value::Distribution(one) => one.sum,
        _ => 0,
    };
    family.series.iter().map(|series| of(&series.value)).sum()
}

#[test]
fn totals_are_exact_beside_a_reader_that_never_rests() {
    const WRITERS: u64 = 4;
    const EACH: u64 = 100_000;
    static COUNT: Counter = Counter::new("restless_total");
    static LEVEL: Gauge = Gauge::new("restless_level");
    static VALUES: Family<Histogram, 1> = Family::new("restless", ["writer"]);
    let writing = AtomicU64::new(WRITERS);
    let reads = thread::scope(|scope| {
        for writer in 0..WRITERS {
            let writing = &writing;
            scope.spawn(move || {
                let own = VALUES.get([&format!("writer {writer}")]);
                let all = VALUES.get(["all"]);
                for value in 0..EACH {
                    COUNT.increment();
                    LEVEL.add(1);
                    own.record(value);
                    // More than 65,536 hits of one bucket: cells grow while they are read.
                    all.record(7);
                    LEVEL.sub(1);
                }
                writing.fetch_sub(1, SeqCst);
            });
        }
        let mut reads = 0_u64;
        let (mut count, mut values, mut sums) = (0, 0, 0);
        while writing.load(SeqCst) > 0 {
            let snapshot = tollgate_probe::snapshot();
            let seen = (
                total(&snapshot, "restless_total"),
                total(&snapshot, "restless"),
                sum(&snapshot, "restless"),
            );
            assert!(
                seen.0 >= count && seen.1 >= values && seen.2 >= sums,
                "{seen:?} after {count}, {values}, {sums}"
            );
            assert!(
                seen.0 <= WRITERS * EACH && seen.1 <= 2 * WRITERS * EACH,
                "{seen:?}"
            );
            (count, values, sums) = seen;
            reads += 1;
        }
        reads
    });
    assert!(reads > 0);
    let after = tollgate_probe::snapshot();
    assert_eq!(total(&after, "restless_total"), WRITERS * EACH);
    assert_eq!(total(&after, "restless"), 2 * WRITERS * EACH);
    assert_eq!(total(&after, "restless_level"), 0);
    let of_one = u128::from(EACH) * u128::from(EACH - 1) / 2 + 7 * u128::from(EACH);
    assert_eq!(sum(&after, "restless"), u128::from(WRITERS) * of_one);
}

#[test]
fn threads_that_end_while_they_are_read_leave_everything_behind() {
    const GENERATIONS: u64 = 300;
    const TOGETHER: u64 = 4;
    const EACH: u64 = 50;
    static COUNT: Counter = Counter::new("mortal_total");
    static VALUES: Histogram = Histogram::new("mortal");
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut last = 0;
            while !over.load(SeqCst) {
                let seen = total(&tollgate_probe::snapshot(), "mortal_total");
                assert!(seen >= last, "{seen} after {last}");
                last = seen;
            }
        });
        for _ in 0..GENERATIONS {
            let live: Vec<_> = (0..TOGETHER)
                .map(|_| {
                    scope.spawn(|| {
                        for value in 0..EACH {
                            COUNT.increment();
                            VALUES.record(value);
                        }
                    })
                })
                .collect();
            live.into_iter().for_each(|thread| thread.join().unwrap());
        }
        over.store(true, SeqCst);
        reader.join().unwrap();
    });
    let after = tollgate_probe::snapshot();
    assert_eq!(total(&after, "mortal_total"), GENERATIONS * TOGETHER * EACH);
    assert_eq!(total(&after, "mortal"), GENERATIONS * TOGETHER * EACH);
    assert_eq!(
        sum(&after, "mortal"),
        u128::from(GENERATIONS * TOGETHER * (EACH * (EACH - 1) / 2))
    );
}

/// Records when its thread ends, and makes the storage of the others live longer or shorter than itself.
struct Last(&'static Counter, &'static Histogram);

impl Drop for Last {
    fn drop(&mut self) {
        self.0.increment();
        self.1.record(1_000);
        FAMILY.get(["late"]).increment();
    }
}

static FAMILY: Family<Counter, 1> = Family::new("late_by_label_total", ["when"]);

#[test]
fn what_destructors_of_a_thread_record_is_counted() {
    const THREADS: u64 = 200;
    static COUNT: Counter = Counter::new("late_total");
    static VALUES: Histogram = Histogram::new("late");
    thread_local! {
        static EARLY: RefCell<Option<Last>> = const { RefCell::new(None) };
        static LATE: RefCell<Option<Last>> = const { RefCell::new(None) };
    }
    let last = || Some(Last(&COUNT, &VALUES));
    for thread in 0..THREADS {
        thread::spawn(move || {
            // Destructors run in the order of first use, or against it: one is used before the probe, one after.
            EARLY.with_borrow_mut(|early| *early = last());
            if thread % 2 == 0 {
                COUNT.add(0);
                VALUES.record(5);
            }
            LATE.with_borrow_mut(|late| *late = last());
        })
        .join()
        .unwrap();
    }
    let after = tollgate_probe::snapshot();
    assert_eq!(total(&after, "late_total"), 2 * THREADS);
    assert_eq!(total(&after, "late"), 2 * THREADS + THREADS / 2);
    assert_eq!(
        sum(&after, "late"),
        u128::from(2 * THREADS * 1_000 + THREADS / 2 * 5)
    );
    assert_eq!(total(&after, "late_by_label_total"), 2 * THREADS);
}
