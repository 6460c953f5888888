//! github-action-benchmark: ratio to the previous result.

use super::{Case, Claim, Decision, long_samples, median, seconds};

/// Alerts when current / previous is above `alert-threshold` (default 200 %).
///
/// Source: benchmark-action/github-action-benchmark, README (`alert-threshold`) and `src/write.ts` (`findAlerts`:
/// `ratio > threshold`). Lower thresholds are what projects set who want to see less than a doubling, such as 110 %
/// in d-o-hub/rust-self-learning-memory#1025.
///
/// The value is what it reads from criterion's bencher output: the median of the average times (criterion 0.8.2,
/// `src/report.rs`, `BencherReport`). The previous result is that of the base in the job before.
pub(super) fn decide(case: &Case<'_>, threshold: f64) -> Option<Decision> {
    let previous = case.earlier.last()?;
    let current = &case.comparison.candidate;
    let ratio = median(&long_samples(current)) / median(&long_samples(&previous.base));
    Some(Decision {
        claim: Claim::slower_if(ratio > threshold),
        processes: 1,
        seconds: seconds([&current.long]),
    })
}
