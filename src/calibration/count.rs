//! Counting what the gate would have claimed of a program compared with itself.

use super::Counts;
use crate::compare::{Comparison, LOOKS, Pair};
use crate::stats::WalshAverages;
use crate::verdict::{Alone, GateInput, VerdictKind, each_pair_alone};

/// Counts over every relative check of a run whose two sides are the same program.
///
/// Nothing is left out: a comparison that the gate would have stopped early is counted at the look where it stopped,
/// as in a check.
#[must_use]
pub fn count(input: GateInput<'_>) -> Counts {
    let mut counts = Counts::default();
    for Alone { pairs, compared } in each_pair_alone(input) {
        let Some((verdict, comparison)) = compared else {
            continue;
        };
        counts.comparisons = counts.comparisons.saturating_add(1);
        let counter = match verdict {
            VerdictKind::Regressed => Some(&mut counts.regressed),
            VerdictKind::Improved => Some(&mut counts.improved),
            VerdictKind::Inconclusive => Some(&mut counts.inconclusive),
            _ => None,
        };
        if let Some(counter) = counter {
            *counter = counter.saturating_add(1);
        }
        counts.p_values.extend(mid_p(&pairs, &comparison));
    }
    counts
}

/// One-sided mid-p-value of "no change" over the pairs of the first look, which every comparison has: those of later
/// looks would be chosen by what was seen. Counts that never vary have none.
fn mid_p(pairs: &[Pair], comparison: &Comparison) -> Option<f64> {
    if comparison.method == crate::compare::Method::Exact {
        return None;
    }
    let first = pairs.get(..LOOKS[0] as usize)?;
    let changes: Vec<f64> = first
        .iter()
        .map(|pair| pair.candidate.ln() - pair.base.ln())
        .collect();
    if !changes.iter().all(|change| change.is_finite()) {
        return None;
    }
    let mut walsh = WalshAverages::default();
    let walsh = walsh.refill(&changes)?;
    // P(T > t) + P(T = t) / 2, from P(T >= t) and P(T <= t).
    Some((0.5 * (walsh.p_above(0.0) + 1.0 - walsh.p_below(0.0))).clamp(0.0, 1.0))
}
