//! Units as types: what a number means, how people write it and how it is shown.
//!
//! Percent exists only here, in parsing and display. Everywhere else a change is a [`Change`] (a log
//! ratio) and a share is a plain ratio. Knows nothing of benchmarks or files.

mod parse;
mod show;
#[cfg(test)]
mod tests;

pub use parse::{ParseQuantityError, parse_duration, parse_percent, parse_quantity};
pub use show::{format_duration, format_value};

use serde::{Deserialize, Serialize};
use std::fmt;

/// What a number of an observation counts.
///
/// Written in files by its [`name`](Unit::name): `ns`, `bytes`, `count`, `ratio`, `per-second`,
/// `bytes/s`, `bytes/min`, or any other short word for a unit of the user's own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(with = "String"))]
pub enum Unit {
    /// Time in nanoseconds.
    Nanoseconds,
    /// Size in bytes.
    Bytes,
    /// Events, allocations, instructions.
    Count,
    /// A share or rate without dimension: 0.01 is one percent.
    Ratio,
    /// Events per second.
    PerSecond,
    /// Bytes per second.
    BytesPerSecond,
    /// Bytes per minute: how fast something grows.
    BytesPerMinute,
    /// A unit that tollgate only carries and shows.
    Other(String),
}

impl Unit {
    /// The word that stands in files.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Nanoseconds => "ns",
            Self::Bytes => "bytes",
            Self::Count => "count",
            Self::Ratio => "ratio",
            Self::PerSecond => "per-second",
            Self::BytesPerSecond => "bytes/s",
            Self::BytesPerMinute => "bytes/min",
            Self::Other(name) => name,
        }
    }
}

impl From<String> for Unit {
    fn from(name: String) -> Self {
        match name.as_str() {
            "ns" => Self::Nanoseconds,
            "bytes" => Self::Bytes,
            "count" => Self::Count,
            "ratio" => Self::Ratio,
            "per-second" => Self::PerSecond,
            "bytes/s" => Self::BytesPerSecond,
            "bytes/min" => Self::BytesPerMinute,
            _ => Self::Other(name),
        }
    }
}

impl From<&str> for Unit {
    fn from(name: &str) -> Self {
        Self::from(name.to_owned())
    }
}

impl From<Unit> for String {
    fn from(unit: Unit) -> Self {
        match unit {
            Unit::Other(name) => name,
            known => known.name().to_owned(),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A number with its unit, as written in budgets.toml (`"250 us"`, `"10 MiB"`, `"0.5%"`, `12`).
///
/// The value is finite and not negative, in the unit's base (ns, bytes, count, ratio ..).
#[derive(Debug, Clone, PartialEq)]
pub struct Quantity {
    /// Finite, at least zero.
    pub value: f64,
    /// Base unit of `value`.
    pub unit: Unit,
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_value(self.value, &self.unit))
    }
}

/// A relative change as natural logarithm of candidate / base. Zero is no change, positive is more.
///
/// Log ratios are symmetric (halving and doubling have the same size), add up over steps, and are what
/// the statistics work on. Shown as percent of the base.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Change(f64);

impl Change {
    /// No change.
    pub const ZERO: Self = Self(0.0);

    /// From a log ratio; infinite bounds are legal ("no bound"), NaN is not representable by callers' duty.
    #[must_use]
    pub const fn from_log(log_ratio: f64) -> Self {
        Self(log_ratio)
    }

    /// From a fraction: 0.03 is 3 % more, -0.5 is half. `fraction` must be above -1.
    #[must_use]
    pub fn from_fraction(fraction: f64) -> Self {
        Self(fraction.ln_1p())
    }

    /// ln(candidate / base).
    #[must_use]
    pub const fn log(self) -> f64 {
        self.0
    }

    /// candidate / base - 1.
    #[must_use]
    pub fn fraction(self) -> f64 {
        self.0.exp_m1()
    }

    /// The change seen from the other side.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self(-self.0)
    }
}

impl fmt::Display for Change {
    /// `+3.1%`, `-0.42%` (two decimals below 1 %), `×2.4` from a doubling up, `+∞` and `-∞` for no bound.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show::write_change(*self, f)
    }
}
