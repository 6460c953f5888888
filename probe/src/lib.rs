//! What an application links to instrument itself. No dependencies.
#![cfg_attr(
    not(feature = "record"),
    allow(
        dead_code,
        unused_variables,
        clippy::drop_non_drop,
        reason = "nothing is recorded"
    )
)]

pub mod alert;
pub mod bucket;
#[expect(clippy::disallowed_methods, reason = "the clock reads time")]
mod clock;
pub mod degradation;
mod family;
mod instrument;
#[cfg_attr(
    target_os = "linux",
    expect(
        clippy::disallowed_methods,
        reason = "reads the files of the kernel about this process"
    )
)]
pub mod memory;
#[cfg(feature = "record")]
mod naive;
#[cfg(test)]
mod random;
pub mod runaway;
pub mod snapshot;
pub mod tracker;
pub mod window;

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

pub use family::{Family, Instrument};
pub use instrument::{
    BoundCounter, BoundFloatGauge, BoundGauge, BoundHistogram, BoundTimer, Counter, FloatGauge,
    Gauge, GaugeGuard, Histogram, Lap, Span, Timed, Timer, TimerSeries, lap,
};
pub use snapshot::{Outcome, Snapshot, Unit};

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

/// Everything that was recorded so far.
#[expect(clippy::disallowed_methods, reason = "snapshots carry the time of day")]
#[must_use]
pub fn snapshot() -> Snapshot {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Snapshot {
        unix_ms: now.map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX)),
        uptime: std::time::Duration::from_nanos(clock::ticks()),
        #[cfg(feature = "record")]
        families: naive::families(),
        #[cfg(not(feature = "record"))]
        families: Vec::new(),
    }
}
