//! Recording allocates nothing after the first touch; counted exactly, by an allocator of the test's own.
#![expect(unsafe_code, reason = "an allocator that counts")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use tollgate_probe::{Counter, Family, FloatGauge, Gauge, Histogram, Outcome, Timer};

thread_local! {
    static ALLOCATED: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call is handed to the system allocator as it came; a `Cell` of the thread without destructor allocates
// nothing and is always there.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.set(ALLOCATED.get() + 1);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`, and `at` came from `System`.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static HITS: Counter = Counter::new("hits_total");
static QUEUE: Gauge = Gauge::new("queue");
static LOAD: FloatGauge = FloatGauge::new("load");
static SIZES: Histogram = Histogram::new("sizes");
static PARSE: Timer = Timer::new("parse_seconds");
static ROUTES: Family<Timer, 3> = Family::new("requests_seconds", ["route", "method", "status"]);

/// Values over all octaves.
fn values() -> impl Iterator<Item = u64> {
    (0..64).flat_map(|octave| (0..8).map(move |step| (1 << octave) + (step << octave >> 3)))
}

/// Everything that an application does while it serves.
fn everything(route: &str) {
    HITS.increment();
    QUEUE.add(2);
    QUEUE.set(7);
    drop(QUEUE.guard());
    LOAD.set(0.5);
    LOAD.add(0.25);
    values().for_each(|value| SIZES.record(value));
    drop(PARSE.start());
    PARSE.time(|| black_box(1));
    black_box(PARSE.time_result(|| black_box(Err::<(), ()>(()))).is_err());
    PARSE.start().finish(Outcome::Cancelled);
    PARSE.start().discard();
    PARSE.record_as(Duration::from_micros(3), Outcome::Panicked);
    let mut lap = tollgate_probe::lap();
    lap.mark(&PARSE);
    lap.mark(&PARSE);
    ROUTES
        .get([route, "GET", "200"])
        .record(Duration::from_millis(2));
    let mut future = pin!(PARSE.timed(async { black_box(1) }));
    assert!(
        future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_ready()
    );
    // Never ready: dropped while it runs.
    let mut future = pin!(PARSE.timed(std::future::pending::<()>()));
    assert!(
        future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_pending()
    );
}

fn allocated_by(work: impl FnOnce()) -> u64 {
    let before = ALLOCATED.get();
    work();
    ALLOCATED.get() - before
}

#[test]
fn nothing_is_allocated_after_the_first_touch() {
    let route = String::from("/users/{id}");
    // That the count sees anything at all.
    assert!(allocated_by(|| everything(&route)) > 0);
    // Values move from small cells to large ones; that happens once as well.
    allocated_by(|| (0..70_000).for_each(|_| SIZES.record(1)));
    let later = allocated_by(|| (0..1_000).for_each(|_| everything(&route)));
    assert_eq!(later, 0);
}

#[test]
fn nothing_is_allocated_while_it_is_off() {
    // Only counted on this thread, and other tests of this file do not switch.
    let route = String::from("/never/{seen}");
    static NEVER: Family<Counter, 1> = Family::new("never_total", ["route"]);
    assert_eq!(allocated_by(|| drop(black_box(Box::new(1)))), 1);
    static UNUSED: Counter = Counter::new("unused_total");
    let handle = NEVER.get([&route]);
    tollgate_probe::set_enabled(false);
    let off = allocated_by(|| {
        UNUSED.increment();
        handle.increment();
    });
    tollgate_probe::set_enabled(true);
    assert_eq!(off, 0);
}
