//! Showing values to people.

use super::{Change, Unit};
use std::fmt;
use std::time::Duration;

/// `1.234 µs`, `10.0 MiB`, `12`, `0.50%`.
#[must_use]
pub fn format_value(value: f64, unit: &Unit) -> String {
    format!("{value} {unit}")
}

/// `8 min`, `1 h 2 min`, `3.2 s`, `15 ms`.
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    format!("{duration:?}")
}

pub(super) fn write_change(change: Change, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{:+.1}%", change.fraction() * 100.0)
}
