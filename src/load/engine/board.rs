//! Between the threads of the generator and the one that coordinates them. Nothing here is touched for a call: threads lock
//! their own slot once a second, and hand over what has come since by moving it.

use crate::load::worker::Live;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Shared by all threads of a run.
#[derive(Debug)]
pub(in crate::load) struct Board {
    slots: Vec<Mutex<Slot>>,
    /// Something is wrong with the generator or the subject: everybody ends at once.
    abort: AtomicBool,
    /// Calls that may still be made, where there is a limit.
    calls: Option<AtomicU64>,
}

/// What a thread has published and the coordinator not taken yet, and how things are.
#[derive(Debug, Default)]
pub(in crate::load) struct Slot {
    pub(in crate::load) news: Vec<Live>,
    /// Every second of the schedule before this is told.
    pub(in crate::load) through: u64,
    /// Every second of the measured part before this is told.
    pub(in crate::load) windows_through: u64,
    pub(in crate::load) in_flight: u64,
    pub(in crate::load) late: u64,
    pub(in crate::load) dropped: u64,
    pub(in crate::load) open: u64,
}

/// Calls that a thread may take at once from those that are left.
const LEASE: u64 = 64;

impl Board {
    pub(in crate::load) fn new(threads: usize, calls: Option<u64>) -> Self {
        Self {
            slots: (0..threads).map(|_| Mutex::default()).collect(),
            abort: AtomicBool::new(false),
            calls: calls.map(AtomicU64::new),
        }
    }

    pub(in crate::load) fn slot(&self, thread: usize) -> Option<MutexGuard<'_, Slot>> {
        let slot = self.slots.get(thread)?;
        Some(slot.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(in crate::load) fn threads(&self) -> usize {
        self.slots.len()
    }

    pub(in crate::load) fn abort(&self) {
        self.abort.store(true, Ordering::Relaxed);
    }

    pub(in crate::load) fn is_aborted(&self) -> bool {
        self.abort.load(Ordering::Relaxed)
    }

    pub(in crate::load) fn is_limited(&self) -> bool {
        self.calls.is_some()
    }

    /// Some of the calls that are left, for a thread to make; 0: there are none. The fewer are left the fewer are given at
    /// once, so that no thread sits on many when another has none.
    pub(in crate::load) fn lease(&self) -> u64 {
        let Some(calls) = &self.calls else {
            return LEASE;
        };
        let share = |left: u64| {
            (left / (8 * self.slots.len().max(1) as u64))
                .clamp(1, LEASE)
                .min(left)
        };
        let taken = calls.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
            Some(left - share(left))
        });
        taken.map_or(0, share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leases_add_up_to_the_limit_and_end_in_single_calls() {
        for limit in [0, 1, 63, 64, 65, 10_000] {
            let board = Board::new(4, Some(limit));
            let leases: Vec<u64> = std::iter::from_fn(|| Some(board.lease()))
                .take_while(|lease| *lease > 0)
                .collect();
            assert_eq!(leases.iter().sum::<u64>(), limit);
            assert!(leases.iter().all(|lease| *lease <= LEASE));
            assert!(leases.last().is_none_or(|last| *last == 1), "{limit}");
            assert_eq!(board.lease(), 0);
        }
    }
}
