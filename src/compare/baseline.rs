//! A run against the jobs of a committed baseline: prediction interval.

use super::{Comparison, Levels, NotComparable, Zone};
use std::collections::BTreeMap;

/// One job of the baseline, for one benchmark and metric.
#[derive(Debug, Clone, PartialEq)]
pub struct JobInput<'a> {
    /// Statistic of each invocation.
    pub values: &'a [f64],
    /// Median time of each reference kernel in that job.
    pub kernels: &'a BTreeMap<String, f64>,
}

/// Everything that the decision needs.
#[derive(Debug, Clone, PartialEq)]
pub struct BaselineInput<'a> {
    /// Comparable jobs (same class, same compiler), oldest first.
    pub jobs: &'a [JobInput<'a>],
    /// Statistic of each invocation of the candidate.
    pub candidate: &'a [f64],
    /// Median time of each reference kernel in the candidate's job.
    pub kernels: &'a BTreeMap<String, f64>,
}

/// Compares by prediction interval with kernel calibration.
///
/// # Errors
/// A reason why the two must not be compared.
pub fn against_baseline(
    _input: &BaselineInput<'_>,
    _levels: Levels,
    _zone: Zone,
) -> Result<Comparison, NotComparable> {
    unimplemented!()
}
