//! All interleavings of the few accesses that must not be reordered.

use loom::sync::Arc;
use loom::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU16,
    Ordering::{Acquire, Relaxed, Release},
};
use loom::thread;

use crate::tier::histogram::{Branch, Histogram, Octave, Place, read_series};
use crate::tier::shared::{SharedHistogram, SharedOctave, get_or_publish};

const PLACE: Place = Place { octave: 0, slot: 0 };

fn octave(count: u16) -> *mut Octave {
    Box::into_raw(Box::new(Octave {
        counts: std::array::from_fn(|_| AtomicU16::new(count)),
    }))
}

/// # Safety
/// The caller owns the histogram.
unsafe fn install(own: &Histogram, counts: *mut Octave) {
    let branch = || Some(Box::into_raw(Box::new(Branch::empty())));
    // SAFETY: by contract; both live for ever.
    assert!(unsafe { own.install(PLACE, branch, || Some(counts)) });
}

fn count(own: &Histogram, shared: &SharedHistogram, tries: usize) -> (u64, bool) {
    let total = std::cell::Cell::new(0);
    let (_, whole) = read_series(
        &[own],
        Some(shared),
        tries,
        &mut || total.set(0),
        &mut |_, n| total.set(total.get() + n),
    );
    (total.get(), whole)
}

#[test]
fn a_reader_sees_every_count_once_while_one_is_spilled() {
    loom::model(|| {
        let own = Arc::new(Histogram::empty());
        let shared = Arc::new(SharedHistogram::empty());
        // The shared octave exists before, as it does on the cold path.
        assert!(shared.add(PLACE, 0, 0));
        // SAFETY: this thread owns the histogram, before and while the writer runs it does not write.
        unsafe { install(&own, octave(u16::MAX)) };
        let writer = {
            let (own, shared) = (own.clone(), shared.clone());
            thread::spawn(move || {
                // SAFETY: the only writer.
                unsafe {
                    assert!(own.add(PLACE, 1, 1).is_err());
                    own.spill(PLACE, 1, 1, (&shared, shared.octave(PLACE).unwrap()));
                    own.add(PLACE, 1, 1).unwrap();
                }
            })
        };
        // In a thread of its own: loom does not try everything of what the first thread does before it joins.
        let reader = {
            let (own, shared) = (own.clone(), shared.clone());
            thread::spawn(move || {
                let (seen, whole) = count(&own, &shared, 3);
                if whole {
                    assert!((65_535..=65_537).contains(&seen), "{seen}");
                }
            })
        };
        reader.join().unwrap();
        writer.join().unwrap();
        assert_eq!(count(&own, &shared, 1), (65_537, true));
    });
}

#[test]
fn a_reader_finds_zeros_or_counts_behind_a_new_octave() {
    loom::model(|| {
        let own = Arc::new(Histogram::empty());
        let shared = Arc::new(SharedHistogram::empty());
        let writer = {
            let own = own.clone();
            thread::spawn(move || {
                // SAFETY: the only writer.
                unsafe {
                    install(&own, octave(0));
                    own.add(PLACE, 7, 1).unwrap();
                }
            })
        };
        let reader = {
            let (own, shared) = (own.clone(), shared.clone());
            thread::spawn(move || {
                let (seen, whole) = count(&own, &shared, 1);
                assert!(whole && seen <= 1);
            })
        };
        reader.join().unwrap();
        writer.join().unwrap();
        assert_eq!(count(&own, &shared, 1), (1, true));
    });
}

#[test]
fn two_threads_that_publish_a_shared_octave_lose_nothing() {
    loom::model(|| {
        let shared = Arc::new(SharedHistogram::empty());
        let other = {
            let shared = shared.clone();
            thread::spawn(move || assert!(shared.add(PLACE, 2, 1)))
        };
        let mine = {
            let shared = shared.clone();
            thread::spawn(move || assert!(shared.add(PLACE, 3, 1)))
        };
        mine.join().unwrap();
        other.join().unwrap();
        let mut seen = 0;
        let sum = shared.read(&mut |_, n| seen += n);
        assert_eq!((seen, sum), (2, 5));
    });
}

#[test]
fn a_shard_is_handed_over_with_all_that_was_written_to_it() {
    loom::model(|| {
        // As `shard::hold` and `shard::release` do it.
        let held = Arc::new(AtomicBool::new(true));
        let own = Arc::new(Histogram::empty());
        // SAFETY: this thread holds it.
        unsafe { install(&own, octave(0)) };
        let next = {
            let (held, own) = (held.clone(), own.clone());
            thread::spawn(move || {
                if held.compare_exchange(false, true, Acquire, Relaxed).is_ok() {
                    // SAFETY: held by this thread now.
                    unsafe { own.add(PLACE, 1, 1).unwrap() };
                    return true;
                }
                false
            })
        };
        let first = {
            let (held, own) = (held.clone(), own.clone());
            thread::spawn(move || {
                // SAFETY: held by this thread until it is released.
                unsafe { own.add(PLACE, 1, 1).unwrap() };
                held.store(false, Release);
            })
        };
        first.join().unwrap();
        let taken = next.join().unwrap();
        let shared = SharedHistogram::empty();
        assert_eq!(count(&own, &shared, 1).0, if taken { 2 } else { 1 });
    });
}

#[test]
fn publishing_gives_everyone_the_same_memory() {
    loom::model(|| {
        let slot: Arc<AtomicPtr<SharedOctave>> = Arc::new(AtomicPtr::new(std::ptr::null_mut()));
        let other = {
            let slot = slot.clone();
            thread::spawn(move || std::ptr::from_ref(get_or_publish(&slot).unwrap()) as usize)
        };
        let mine = {
            let slot = slot.clone();
            thread::spawn(move || std::ptr::from_ref(get_or_publish(&slot).unwrap()) as usize)
        };
        assert_eq!(mine.join().unwrap(), other.join().unwrap());
    });
}

#[test]
fn a_reader_sees_every_count_once_while_half_of_it_is_moved() {
    loom::model(|| {
        let shared = Arc::new(SharedHistogram::empty());
        let octave = shared.octave(PLACE).unwrap();
        shared.count(octave, PLACE, (1 << 31) - 1);
        let writer = {
            let shared = shared.clone();
            thread::spawn(move || {
                assert!(shared.add(PLACE, 1, 1));
                assert!(shared.add(PLACE, 1, 1));
            })
        };
        let reader = {
            let shared = shared.clone();
            thread::spawn(move || {
                let total = std::cell::Cell::new(0_u64);
                let (_, whole) =
                    read_series(&[], Some(&shared), 3, &mut || total.set(0), &mut |_, n| {
                        total.set(total.get() + n);
                    });
                if whole {
                    let seen = total.get();
                    assert!(((1 << 31) - 1..=(1 << 31) + 1).contains(&seen), "{seen}");
                }
            })
        };
        reader.join().unwrap();
        writer.join().unwrap();
        let mut seen = 0;
        shared.read(&mut |_, n| seen += n);
        assert_eq!(seen, (1 << 31) + 1);
    });
}
