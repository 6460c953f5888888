//! The typical value of one run, for absolute budgets.

use serde::Serialize;

/// Typical value over the invocations of a run, with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct AbsoluteEstimate {
    /// Hodges-Lehmann centre of the invocations, in the metric's unit.
    pub value: f64,
    /// Lower bound; minus infinity when there are too few invocations for the level.
    pub low: f64,
    /// Upper bound; infinity when there are too few invocations for the level.
    pub high: f64,
    /// Number of invocations.
    pub n: u32,
}

/// Estimate with an interval whose sides each have the one-sided `level`.
///
/// `None` without a finite value.
#[must_use]
pub fn absolute(_values: &[f64], _level: f64) -> Option<AbsoluteEstimate> {
    unimplemented!()
}
