//! What a tracker does from time to time, when the application says so.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use super::detect::Reference;
use super::families::{
    ALLOCATED, ALLOCATIONS, COST, LIVE, QUERIES, REQUESTS, RESIDENT_BYTES, SELF, UPKEEP,
    VIRTUAL_BYTES,
};
use super::running::ticks_of;
use super::{Tracker, health};
use crate::alert::View;
use crate::clock;
use crate::memory::{self, Sampler, Unavailable};
use crate::snapshot::{Snapshot, Value};
use crate::window::{Retention, WindowedSnapshot, Windows};

/// What upkeep keeps from one time to the next.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) windows: Windows,
    sampler: Sampler,
    pub(super) memory: Option<Unavailable>,
    /// The time that upkeep was given last, and the uptime of the snapshot that it took then.
    pub(super) last: Option<(Duration, Duration)>,
    pub(super) reference: Option<Reference>,
    pub(super) services_only: bool,
    /// When that was by the clock of the probe.
    pub(super) looked: Option<Duration>,
    /// Seconds that an empty span takes; `None` before it was measured.
    span: Option<f64>,
    /// Seconds that upkeep has taken.
    spent: f64,
}

impl Kept {
    pub(super) fn new(retention: Retention) -> Self {
        Self {
            windows: Windows::new(retention),
            sampler: Sampler::new(),
            memory: None,
            last: None,
            reference: None,
            services_only: false,
            looked: None,
            span: None,
            spent: 0.0,
        }
    }

    /// The time of a snapshot on the scale that upkeep is called with.
    pub(super) fn time_of(&self, snapshot: &Snapshot) -> Duration {
        self.last.map_or(snapshot.uptime, |(now, uptime)| {
            now.saturating_add(snapshot.uptime.saturating_sub(uptime))
        })
    }

    pub(super) fn window(&self, span: Duration, snapshot: &Snapshot) -> Option<WindowedSnapshot> {
        self.windows.over(span, self.time_of(snapshot), snapshot)
    }
}

impl Tracker {
    /// Keeps the windows, samples memory, evaluates thresholds, and then runs the callbacks. To be called often, from
    /// anywhere that can wait for the callbacks (a scrape, a loop that the application has anyway): it does its work once
    /// an [interval](super::Builder::interval), and costs one load and a comparison otherwise. If another thread is at
    /// it, it returns at once.
    ///
    /// `now` is the time since a fixed moment, by a clock that does not go back; [`upkeep_now`](Self::upkeep_now) takes
    /// it from the system. Use one clock for everything of a tracker: calling both, or different clocks from different
    /// places, looks like a clock that jumps, and drops windows. [`Calls::call`](super::Calls::call) and `Endpoints` use
    /// that of [`now`](Self::now). Says whether it was due.
    #[inline]
    pub fn upkeep(&self, now: Duration) -> bool {
        let nanos = nanos(now);
        let due = self.due.load(Relaxed);
        // The second comparison is for a clock that went back.
        if nanos < due && due - nanos <= self.interval_nanos {
            return false;
        }
        self.upkeep_due(now)
    }

    /// [`upkeep`](Self::upkeep) by the system's clock.
    pub fn upkeep_now(&self) -> bool {
        self.upkeep(self.now())
    }

    #[cold]
    fn upkeep_due(&self, now: Duration) -> bool {
        if !crate::enabled() {
            return false;
        }
        let Some(mut kept) = self.try_kept() else {
            return false;
        };
        self.due
            .store(nanos(now).saturating_add(self.interval_nanos), Relaxed);
        let began = clock::uptime();
        let span = UPKEEP.start();
        self.look(now, &mut kept);
        span.finish(crate::Outcome::Completed);
        kept.spent += seconds_since(began);
        drop(kept);
        self.alerts.deliver();
        self.errors.deliver();
        true
    }

    fn look(&self, now: Duration, kept: &mut Kept) {
        // Before the snapshot, so that it shows what made room.
        crate::upkeep(now);
        match kept.sampler.sample(now) {
            Ok(memory) => {
                RESIDENT_BYTES.set(whole(memory.resident));
                VIRTUAL_BYTES.set(whole(memory.virtual_size));
                kept.memory = None;
            }
            Err(why) => kept.memory = Some(why),
        }
        publish_allocations();
        self.refresh_limits();
        let cost = *kept.span.get_or_insert_with(empty_span);
        let snapshot = crate::snapshot();
        kept.last = Some((now, snapshot.uptime));
        kept.looked = Some(clock::uptime());
        kept.services_only = health::services_only(&snapshot);
        SELF.set(values(&snapshot) as f64 * cost + kept.spent);
        // The window first: it ends at this snapshot and begins at one that was kept before.
        if let Some(window) = kept.windows.over(self.window, now, &snapshot) {
            let view = View {
                window: &window.snapshot,
                length: window.covered,
            };
            self.alerts.evaluate(now, view);
        }
        self.look_for_runaways(now);
        self.look_for_degradation(now, &snapshot, kept);
        kept.windows.observe(now, &snapshot);
    }

    /// Limits of single requests in ticks of the clock, whose length becomes known better with time.
    pub(super) fn refresh_limits(&self) {
        for (limit, family) in [(&self.slow_request, REQUESTS), (&self.slow_query, QUERIES)] {
            limit.store(ticks_of(self.alerts.immediate_limit(family)), Relaxed);
        }
        #[cfg(all(feature = "record", feature = "tower"))]
        if super::installed().is_some_and(|tracker| std::ptr::eq(tracker, self)) {
            super::SLOW.store(self.slow_request(), Relaxed);
        }
    }

    pub(super) fn try_kept(&self) -> Option<MutexGuard<'_, Kept>> {
        match self.kept.try_lock() {
            Ok(kept) => Some(kept),
            Err(TryLockError::Poisoned(kept)) => Some(kept.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    pub(super) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn seconds_since(began: Duration) -> f64 {
    clock::uptime().saturating_sub(began).as_secs_f64()
}

fn whole(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// The totals of the counting allocator as counters: several trackers add each growth once.
fn publish_allocations() {
    static PUBLISHED: [AtomicU64; 2] = [AtomicU64::new(0), AtomicU64::new(0)];
    let Some(counts) = memory::whole_process() else {
        return;
    };
    let totals = [
        (&ALLOCATIONS, counts.allocations),
        (&ALLOCATED, counts.allocated_bytes),
    ];
    for ((counter, total), published) in totals.into_iter().zip(&PUBLISHED) {
        let before = published.fetch_max(total, Relaxed);
        counter.add(total.saturating_sub(before));
    }
    LIVE.set(whole(counts.live_bytes()));
}

/// Values in all distributions: what was timed or measured one by one.
fn values(snapshot: &Snapshot) -> u64 {
    let series = snapshot.families.iter().flat_map(|family| &family.series);
    series.fold(0, |sum: u64, series| match &series.value {
        Value::Distribution(distribution) => sum.saturating_add(distribution.count()),
        _ => sum,
    })
}

/// Seconds an empty span takes here and now: the fastest of a few batches, so that an interruption does not count. Some
/// 20 microseconds, once for each tracker.
fn empty_span() -> f64 {
    const BATCH: u32 = 64;
    let batch = || {
        let began = clock::uptime();
        for _ in 0..BATCH {
            COST.start().finish(crate::Outcome::Completed);
        }
        seconds_since(began) / f64::from(BATCH)
    };
    // The first one registers the series.
    batch();
    (0..4).map(|_| batch()).fold(f64::INFINITY, f64::min)
}
