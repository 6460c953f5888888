//! What an application links to instrument itself. No dependencies.
#![cfg_attr(
    any(not(feature = "record"), loom),
    allow(
        dead_code,
        unused_variables,
        clippy::drop_non_drop,
        reason = "nothing is recorded"
    )
)]

pub mod bucket;
#[cfg(not(loom))]
#[expect(clippy::disallowed_methods, reason = "the clock reads time")]
mod clock;
#[cfg(not(loom))]
mod family;
#[cfg(not(loom))]
mod instrument;
#[cfg(all(feature = "record", not(loom)))]
mod naive;
#[cfg(feature = "record")]
mod registry;
pub mod snapshot;
#[cfg(feature = "record")]
mod sync;

#[cfg(not(loom))]
mod switch;
#[cfg(not(loom))]
pub use {
    family::{EnumFamily, Family, Instrument, Label, Labels, Small, StaticFamily},
    instrument::{
        BoundCounter, BoundFloatGauge, BoundGauge, BoundHistogram, BoundTimer, Counter, FloatGauge,
        Gauge, GaugeGuard, Histogram, Lap, Span, Timed, Timer, TimerSeries, lap,
    },
    switch::{enabled, mute, set_enabled, snapshot, unmute, upkeep},
};

pub use snapshot::{Outcome, Snapshot, Unit};
