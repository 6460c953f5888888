//! One number for each invocation.

use crate::measurement::Evidence;

/// The statistic of one invocation: 20 % trimmed mean of its samples, the value itself, or the median of a summary.
///
/// `None` when there is no usable number (no samples, nothing finite).
#[must_use]
pub fn statistic(_evidence: &Evidence) -> Option<f64> {
    unimplemented!()
}
