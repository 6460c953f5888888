//! A child of a fork, with threads of the parent running: what it counts is its own, and nothing waits for ever.
#![cfg(all(target_os = "linux", feature = "record"))]
#![expect(clippy::unwrap_used, reason = "a helper of a test")]

use std::io::{Read, Write};
use std::os::fd::FromRawFd;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use tollgate_probe::snapshot::Value;
use tollgate_probe::{Counter, Family, Histogram, snapshot};

static CALLS: Counter = Counter::new("calls_total");
static SIZES: Histogram = Histogram::new("sizes");
static ROUTES: Family<Counter, 1> = Family::new("routes_total", ["route"]);

fn counted() -> (u64, u64) {
    let snapshot = snapshot();
    let of = |name: &str| match &snapshot.family(name).unwrap().series[0].value {
        Value::Counter(n) => *n,
        Value::Distribution(values) => values.count(),
        other => unreachable!("{other:?}"),
    };
    (of("calls_total"), of("sizes"))
}

#[test]
#[expect(unsafe_code, reason = "fork and pipe have no safe interface")]
#[expect(clippy::disallowed_methods, reason = "tests start threads")]
fn a_child_starts_from_zero_and_never_waits_for_threads_of_the_parent() {
    static STOP: AtomicBool = AtomicBool::new(false);
    for n in 0..1000 {
        CALLS.increment();
        SIZES.record(n);
    }
    // A thread that records and looks up all the time, so that forks happen in the middle of something. Not of a
    // registration: then the child would have no names, as `after_fork` says.
    for n in 0..500 {
        ROUTES.get([&format!("/{n}")]).increment();
    }
    let busy = std::thread::spawn(|| {
        let mut n = 0_u64;
        while !STOP.load(Relaxed) {
            n += 1;
            ROUTES.get([&format!("/{}", n % 500)]).increment();
        }
    });
    for _ in 0..20 {
        let mut ends = [0; 2];
        // SAFETY: writes two descriptors.
        assert_eq!(unsafe { libc::pipe(ends.as_mut_ptr()) }, 0);
        // SAFETY: the child below allocates, which glibc allows after a fork, and calls what is under test.
        let child = unsafe { libc::fork() };
        // SAFETY: fresh descriptors, each owned once in this process.
        let [mut read, mut write] = ends.map(|end| unsafe { std::fs::File::from_raw_fd(end) });
        if child == 0 {
            tollgate_probe::after_fork();
            let before = counted();
            for n in 0..70_000 {
                CALLS.increment();
                SIZES.record(n % 3);
            }
            ROUTES.get(["/of-the-child"]).increment();
            let result = write.write_all(format!("{before:?} {:?}", counted()).as_bytes());
            // SAFETY: ends the child without running what belongs to the parent.
            unsafe { libc::_exit(i32::from(result.is_err())) };
        }
        drop(write);
        let mut said = String::new();
        read.read_to_string(&mut said).unwrap();
        let mut status = 0;
        // SAFETY: waits for our own child.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert_eq!((said.as_str(), status), ("(0, 0) (70000, 70000)", 0));
    }
    STOP.store(true, Relaxed);
    busy.join().unwrap();
    assert_eq!(counted(), (1000, 1000));
}
