//! What concerns the whole probe: on and off, snapshots, upkeep.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use crate::clock;
#[cfg(feature = "record")]
use crate::registry::GLOBAL;
use crate::snapshot::Snapshot;

static ON: AtomicBool = AtomicBool::new(true);

/// Switches all recording on or off, at once, for the whole process. One relaxed load is all that a switched-off
/// instrument costs.
pub fn set_enabled(on: bool) {
    ON.store(on, Relaxed);
}

/// Whether recording is on. Always `false` without the feature `record`.
#[inline]
#[must_use]
pub fn enabled() -> bool {
    cfg!(feature = "record") && ON.load(Relaxed)
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
    GLOBAL.mute(pattern, true);
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
