//! What the instruments held at one moment: plain values, safe to keep, compare, merge and send.
//!
//! A snapshot is what every output and every judgement of the probe reads: exporters, windows, alerts, records.
//! Nothing here touches an instrument, a clock or a file.

pub(crate) mod combine;
mod distribution;

use std::sync::Arc;
use std::time::Duration;

pub(crate) use combine::{Key, Keyed, pair};
pub use combine::{Mismatch, MismatchReason};
pub use distribution::{Aggregates, InvalidDistribution};

/// All families at one moment. Counters and distributions are cumulative since the start of the process.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Wall clock at the snapshot, milliseconds since 1970-01-01 UTC; may jump, only for labelling.
    pub unix_ms: u64,
    /// Since the first use of the probe in this process, by a clock that never goes back.
    pub uptime: Duration,
    /// In the order of registration.
    pub families: Vec<FamilySnapshot>,
}

/// One family: a name and all its series.
#[derive(Clone, Debug, PartialEq)]
pub struct FamilySnapshot {
    /// As the application gave it: any text. Exporters make it valid for their format.
    pub name: Arc<str>,
    /// What it counts, for people; may be empty.
    pub help: Arc<str>,
    /// What kind of values its series hold.
    pub kind: Kind,
    /// Unit of the values.
    pub unit: Unit,
    /// Names of the labels; each series has as many values.
    pub label_names: Arc<[Arc<str>]>,
    /// In the order of registration.
    pub series: Vec<SeriesSnapshot>,
}

/// One series: the values of its labels, and its own value.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesSnapshot {
    /// One for each label name of the family, in that order. Any text that the application met: treat it as hostile.
    pub labels: Arc<[Arc<str>]>,
    /// How the timed calls ended; [`Outcome::Completed`] for everything that is not a timer.
    pub outcome: Outcome,
    /// Whether this series stands for all label sets that found no place.
    pub overflow: bool,
    /// What was recorded.
    pub value: Value,
}

/// Kinds of instruments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// A whole number that goes up and down.
    Gauge,
    /// A floating-point number that goes up and down.
    FloatGauge,
    /// A distribution of whole numbers or durations.
    Histogram,
}

/// Unit of a family's values, as they leave the probe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unit {
    /// A plain number.
    #[default]
    None,
    /// Seconds. Durations are kept as ticks of the clock; see [`Distribution::scale`].
    Seconds,
    /// Bytes.
    Bytes,
}

/// How a timed call ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Outcome {
    /// It returned.
    #[default]
    Completed = 0,
    /// It returned an error.
    Failed = 1,
    /// Its future was dropped before it was ready.
    Cancelled = 2,
    /// It panicked.
    Panicked = 3,
}

/// What one series holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Of a counter.
    Counter(u64),
    /// Of a gauge.
    Gauge(i64),
    /// Of a floating-point gauge.
    Float(f64),
    /// Of a histogram or a timer.
    Distribution(Distribution),
}

/// The recorded values of one histogram, by [bucket](crate::bucket).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Distribution {
    /// One step of the buckets in the family's unit: 1 for plain values, seconds a tick for timers. Finite, positive.
    pub scale: f64,
    /// Sum of all values in steps; exact.
    pub sum: u128,
    /// Number of values in each bucket that has any, by rising bucket.
    pub buckets: Vec<(u16, u64)>,
}

impl Outcome {
    /// All outcomes, by value.
    pub const ALL: [Outcome; 4] = [
        Outcome::Completed,
        Outcome::Failed,
        Outcome::Cancelled,
        Outcome::Panicked,
    ];

    /// The word for it in every output; the completed ones carry no label there.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Outcome::Completed => "completed",
            Outcome::Failed => "failed",
            Outcome::Cancelled => "cancelled",
            Outcome::Panicked => "panicked",
        }
    }
}
