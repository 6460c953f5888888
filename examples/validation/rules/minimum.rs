//! A fixed threshold on minima: what many scripts do.

use super::{Case, Claim, Decision, seconds};
use crate::data::Block;

/// Claims a change when the fastest batch of all processes of one side is more than `threshold` above that of the other, one
/// side measured after the other.
///
/// Source: no tool in particular; the argument for minima is J. Chen and J. Revels, "Robust benchmarking in noisy
/// environments" (arXiv 1608.04295).
pub(super) fn decide(case: &Case<'_>, threshold: f64) -> Option<Decision> {
    let (base, candidate) = (&case.comparison.base, &case.comparison.candidate);
    let (low, high) = (fastest(base), fastest(candidate));
    let claim = if high > low * (1.0 + threshold) {
        Claim::Slower
    } else if low > high * (1.0 + threshold) {
        Claim::Faster
    } else {
        Claim::Nothing
    };
    let used = base.short.iter().chain(&candidate.short);
    Some(Decision {
        claim,
        processes: used.clone().count(),
        seconds: seconds(used),
    })
}

fn fastest(block: &Block) -> f64 {
    let times = block.short.iter().flat_map(|process| process.t.ns());
    times.fold(f64::INFINITY, f64::min)
}
