#![expect(clippy::disallowed_methods, reason = "threads are what is tested")]

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::*;

const THREADS: usize = 8;

/// Runs the same on all threads at once.
fn together(work: impl Fn(usize) + Sync) {
    let barrier = Barrier::new(THREADS);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (barrier, work) = (&barrier, &work);
            scope.spawn(move || {
                barrier.wait();
                work(thread);
            });
        }
    });
}

#[test]
fn threads_that_meet_the_same_labels_meet_in_one_series() {
    let world = world();
    let rounds = size(300, 5);
    let family = world.counter("hits", &["n", "m"]);
    together(|_| {
        for n in 0..rounds {
            world.hit(family, &[&n.to_string(), "same"]);
        }
    });
    let shown = world.counts("hits");
    assert_eq!(shown.len(), rounds);
    assert!(shown.iter().all(|(_, count)| *count == THREADS as u64));
}

#[test]
fn threads_with_labels_of_their_own_lose_nothing() {
    let world = world();
    let rounds = size(200, 5);
    let family = world.family("hits", Kind::Counter, &["n", "m"], 2000);
    together(|thread| {
        for n in 0..rounds {
            let labels = [thread.to_string(), n.to_string()];
            world.hit(family, &[&labels[0], &labels[1]]);
            world.hit(family, &[&labels[0], &labels[1]]);
        }
    });
    let shown = world.counts("hits");
    assert_eq!(shown.len(), rounds * THREADS);
    assert!(shown.iter().all(|(_, count)| *count == 2));
}

#[test]
fn exactly_as_many_as_fit_get_a_series_when_threads_race_for_the_last_places() {
    for _ in 0..size(20, 2) {
        let world = world();
        let family = world.family("hits", Kind::Counter, &["n"], 16);
        together(|thread| {
            for n in 0..8 {
                world.hit(family, &[&(n * THREADS + thread).to_string()]);
                world.hit(family, &[&n.to_string()]);
            }
        });
        assert_eq!(world.sum("hits"), 2 * 8 * THREADS as u64);
        assert_eq!(world.shown("hits").series.len(), 17);
    }
}

#[test]
fn totals_are_exact_while_label_sets_are_reclaimed_and_walked() {
    let world = world();
    let family = world.timer("query_seconds", &["user", "route"], 20);
    let rounds = size(3000, 20) as u64;
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..4_u64)
            .map(|thread| {
                let world = &world;
                scope.spawn(move || {
                    for n in 0..rounds {
                        let user = format!("user {}", (n * 7 + thread) % 60);
                        let outcome = Outcome::ALL[(n % 3) as usize];
                        world.time(family, &[&user, "/a/rather/long/route"], n, outcome);
                        world.time(family, &["steady", "/"], n, Outcome::Completed);
                    }
                })
            })
            .collect();
        let (done, world) = (&done, &world);
        scope.spawn(move || {
            let mut minute = 0;
            while !done.load(Relaxed) && minute < size(usize::MAX, 6) as u64 {
                minute += 1;
                world.epoch(minute);
                let last = world.sum("query_seconds");
                assert!(last <= 8 * rounds);
                std::thread::yield_now();
            }
        });
        for worker in workers {
            worker.join().unwrap();
        }
        done.store(true, Relaxed);
    });
    // What was written to a number after its total was folded belongs to the next owner, or to nobody yet.
    let shown = world.sum("query_seconds");
    world.registry.mute("nothing", true);
    assert_eq!(shown + unowned(&world), 8 * rounds);
    let records = world
        .registry
        .locked(|s| s.records(Space::Histograms).len());
    assert!(records.unwrap() <= 4 * 22, "{records:?}");
}

/// Records that reached a number which nobody has, and that its next owner will show.
fn unowned(world: &World) -> u64 {
    use super::super::state::Life;
    use super::super::values::corrected;
    let free = world.registry.locked(|state| {
        let first = super::super::id::first(Space::Histograms);
        let records = state.records(Space::Histograms).iter().zip(first..);
        let free = records.filter(|(r, _)| r.life == Life::Free);
        free.map(|(r, id)| (id, r.correction.clone()))
            .collect::<Vec<_>>()
    });
    let totals = free.unwrap().into_iter().map(|(id, correction)| {
        match corrected(world.held, Kind::Histogram, id, correction.as_deref()) {
            super::super::values::Totals::Buckets(b) => b.counts.iter().map(|(_, n)| n).sum(),
            super::super::values::Totals::Cell(_) => 0_u64,
        }
    });
    totals.sum()
}

#[test]
fn a_thread_that_ends_may_register_in_its_destructors() {
    struct Late(&'static Registry, &'static Held, &'static Core);
    impl Drop for Late {
        fn drop(&mut self) {
            let world = World {
                registry: self.0,
                held: self.1,
            };
            world.hit(self.2, &["from a destructor"]);
        }
    }
    thread_local!(static LATE: std::cell::RefCell<Option<Late>> = const { std::cell::RefCell::new(None) });
    let world = world();
    let family = world.counter("hits", &["when"]);
    let late = Late(world.registry, world.held, family);
    let thread = std::thread::spawn(move || LATE.with(|l| *l.borrow_mut() = Some(late)));
    thread.join().unwrap();
    assert_eq!(world.sum("hits"), 1);
}

#[test]
fn a_lock_whose_holder_stayed_with_the_parent_is_not_waited_for() {
    let world = world();
    let registry = &world.registry;
    let refused = registry.locked(|_| {
        // What the child of a fork finds: a lock that is held by a thread of another process.
        registry.holder.store(std::process::id() ^ 1, Relaxed);
        std::thread::scope(|scope| scope.spawn(|| registry.locked(|_| ()).is_none()).join())
    });
    assert!(refused.unwrap().unwrap());
    assert_eq!(registry.counts.reentrant.load(Relaxed), 1);
    assert!(registry.locked(|_| ()).is_some());
}

#[test]
fn threads_that_meet_at_the_very_first_registration_are_all_let_in() {
    for _ in 0..size(200, 2) {
        let world = world();
        together(|thread| {
            let family = world.counter("hits", &["n"]);
            world.hit(family, &[&thread.to_string()]);
        });
        let shown = world.counts("hits");
        assert_eq!(shown.len(), THREADS);
        assert_eq!(world.registry.counts.reentrant.load(Relaxed), 0);
    }
}
