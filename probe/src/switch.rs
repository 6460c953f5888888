//! What concerns the whole probe: on and off, snapshots, upkeep.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering::Relaxed, Ordering::SeqCst};
use std::time::Duration;

use crate::clock;
#[cfg(feature = "record")]
use crate::registry::GLOBAL;
use crate::snapshot::Snapshot;

/// Nothing is recorded.
pub(crate) const OFF: u8 = 0;
/// Everything is recorded.
pub(crate) const ON: u8 = 1;
/// Some families may be muted.
pub(crate) const FILTERED: u8 = 2;

/// One of the above: the one word that every call looks at.
static MODE: AtomicU8 = AtomicU8::new(ON);
/// Whether anything has ever been muted. It stays so: those who look at single families find the rest.
static MUTED: AtomicBool = AtomicBool::new(false);

/// [`OFF`], [`ON`] or [`FILTERED`]. Always [`OFF`] without the feature `record`.
#[inline]
pub(crate) fn mode() -> u8 {
    if cfg!(feature = "record") {
        MODE.load(Relaxed)
    } else {
        OFF
    }
}

/// Switches all recording on or off, at once, for the whole process. One relaxed load is all that a switched-off
/// instrument costs.
pub fn set_enabled(on: bool) {
    let mode = match (on, MUTED.load(SeqCst)) {
        (false, _) => OFF,
        (true, false) => ON,
        (true, true) => FILTERED,
    };
    MODE.store(mode, SeqCst);
    if mode == ON && MUTED.load(SeqCst) {
        // Something was muted meanwhile, and may have seen the switch before it was turned.
        let turned = MODE.compare_exchange(ON, FILTERED, SeqCst, SeqCst);
        debug_assert!(turned != Err(ON));
    }
}

/// Whether recording is on. Always `false` without the feature `record`.
#[inline]
#[must_use]
pub fn enabled() -> bool {
    mode() != OFF
}

/// Stops recording for the families whose name is `pattern`, or begins with it where it ends in `*`; also those that
/// are first used later. What they recorded so far stays in snapshots. Of several calls that match a name the last one
/// holds, so `mute("*")` and then `unmute("db_*")` leaves only those.
///
/// ```
/// tollgate_probe::mute("db_*");
/// tollgate_probe::unmute("db_query_seconds");
/// ```
pub fn mute(pattern: &str) {
    #[cfg(feature = "record")]
    {
        GLOBAL.mute(pattern, true);
        MUTED.store(true, SeqCst);
        // Only from on to filtered: what is off stays off.
        let turned = MODE.compare_exchange(ON, FILTERED, SeqCst, SeqCst);
        debug_assert!(turned != Err(ON));
    }
}

/// Takes back [`mute`].
pub fn unmute(pattern: &str) {
    #[cfg(feature = "record")]
    GLOBAL.mute(pattern, false);
}

/// What is to be done from time to time; to be called every few seconds or with each scrape, from any thread. `now` is
/// the time since some fixed start. At most once a minute, rarely seen label sets of families that had to turn others
/// away make room: what they recorded is added to the family's overflow series.
pub fn upkeep(now: Duration) {
    #[cfg(feature = "record")]
    GLOBAL.upkeep(now);
}

/// To be called in the child of a fork that goes on to record, before it starts threads: the application's counters and histograms start from
/// zero, and the memory of threads that stayed with the parent is used again. Without it the child goes on from what the
/// parent had counted. Gauges are inherited either way. A child that only calls `exec` needs nothing.
///
/// A thread of the parent that was registering a series at the moment of the fork leaves the registry locked: then
/// the child records to the series that it knows, and everything new goes to the overflow series; nothing waits.
pub fn after_fork() {
    #[cfg(feature = "record")]
    {
        crate::tier::after_fork();
        GLOBAL.start_from_zero();
    }
}

/// Everything that was recorded so far.
#[expect(clippy::disallowed_methods, reason = "snapshots carry the time of day")]
#[must_use]
pub fn snapshot() -> Snapshot {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Snapshot {
        unix_ms: now.map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX)),
        uptime: clock::uptime(),
        #[cfg(feature = "record")]
        families: GLOBAL.families(),
        #[cfg(not(feature = "record"))]
        families: Vec::new(),
    }
}
