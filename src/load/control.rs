//! Between a run and those who watch and stop it: one switch, and a picture that is drawn anew every second.

use crate::measurement::Histogram;
use crate::workload::Stop;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How far a run is to be stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Not at all.
    Run,
    /// No new flows; those that are under way end.
    Drain,
    /// Connections are cut now.
    Cut,
}

/// Shared by the generator, the observer, the safety stops, the terminal and Ctrl-C.
#[derive(Debug, Default)]
pub struct Control {
    level: AtomicU8,
    reason: Mutex<Option<Stop>>,
    snapshot: Mutex<Snapshot>,
}

impl Control {
    /// How far to stop.
    #[must_use]
    pub fn level(&self) -> Level {
        match self.level.load(Ordering::Relaxed) {
            0 => Level::Run,
            1 => Level::Drain,
            _ => Level::Cut,
        }
    }

    /// Stops the run; the first reason is the one that stays, and a level never falls.
    pub fn stop(&self, level: Level, reason: Stop) {
        let mut slot = self.reason.lock().unwrap_or_else(PoisonError::into_inner);
        slot.get_or_insert(reason);
        drop(slot);
        self.level.fetch_max(level as u8, Ordering::Relaxed);
    }

    /// Why it was stopped.
    #[must_use]
    pub fn reason(&self) -> Option<Stop> {
        self.reason
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// What is known of the run; at most some two seconds old while it runs.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.snapshot
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Calls until now, from the picture; costs less than all of it.
    #[must_use]
    pub fn calls(&self) -> crate::workload::safety::Calls {
        let snapshot = self.snapshot.lock().unwrap_or_else(PoisonError::into_inner);
        crate::workload::safety::Calls {
            at: snapshot.at,
            ended: snapshot.calls,
            failed: snapshot.failed,
        }
    }

    /// Replaces the picture.
    pub fn publish(&self, snapshot: Snapshot) {
        *self.snapshot.lock().unwrap_or_else(PoisonError::into_inner) = snapshot;
    }
}

/// A run at one moment, warm-up included.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Snapshot {
    /// Since the start of the schedule.
    pub at: Duration,
    /// Calls that ended.
    pub calls: u64,
    /// Those of them that failed.
    pub failed: u64,
    /// Calls that ended in each of the last seconds, oldest first; at most 60. The last one is whole.
    pub recent: Vec<crate::workload::record::Second>,
    /// Flows under way.
    pub in_flight: u64,
    /// Users (closed) or arrivals per second (open) by the schedule, now.
    pub intended: f64,
    /// Flows that began late by the generator's fault.
    pub late: u64,
    /// Arrivals that were dropped.
    pub dropped: u64,
    /// Response times of all calls that count in percentiles so far.
    pub response: Histogram,
}
