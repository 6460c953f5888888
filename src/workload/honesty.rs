//! Whether the generator did what it was asked, so that the numbers are the target's.

use super::record::Driven;

/// Share of late starts that spoils a measurement.
pub const LATE: f64 = 0.01;

/// Share of its threads' time above which a generator is no longer to be trusted.
pub const CPU: f64 = 0.8;

/// Why the numbers cannot be used; empty: they can.
#[must_use]
pub fn problems(_driven: &Driven) -> Vec<String> {
    Vec::new()
}
