#![doc = include_str!("../README.md")]
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
pub mod batch;
pub mod bucket;
#[expect(clippy::disallowed_methods, reason = "the clock reads time")]
mod clock;
pub mod degradation;
pub mod export;
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
#[expect(clippy::disallowed_methods, reason = "a start has a time")]
pub mod process;
#[cfg(test)]
mod random;
#[expect(clippy::disallowed_methods, reason = "a record is a file")]
pub mod record;
#[cfg(feature = "metrics")]
pub mod recorder;
#[cfg(feature = "record")]
mod registry;
pub mod runaway;
pub mod snapshot;
#[cfg(feature = "tracing")]
pub mod spans;
mod switch;
#[cfg(feature = "record")]
mod sync;
#[cfg(feature = "record")]
mod tier;
pub mod tracker;
#[cfg(feature = "tower")]
pub mod web;
pub mod window;

pub use family::{EnumFamily, Family, Instrument, Label, Labels, Small, StaticFamily};
pub use instrument::{
    BoundCounter, BoundFloatGauge, BoundGauge, BoundHistogram, BoundTimer, Counter, FloatGauge,
    Gauge, GaugeGuard, Histogram, Lap, Span, Timed, Timer, TimerSeries, lap,
};
pub use snapshot::{Outcome, Snapshot, Unit};
pub use switch::{after_fork, enabled, mute, set_enabled, snapshot, unmute, upkeep};
