//! perfgate: medians against a budget, and pairs.

use super::{Case, Claim, Decision, mean, median, seconds};
use crate::data::{Pair, Process};

/// `repeat` of `check` and `paired`, default.
const REPEAT: usize = 5;

/// `threshold` of `check`, default.
const THRESHOLD: f64 = 0.20;

/// `perfgate check`: fails when the median of five runs is more than 20 % above that of the stored baseline.
///
/// Source: perfgate 0.18.1, `src/app/check.rs` (defaults: repeat 5, no warm-up, median, threshold 0.20; the warning from
/// 18 % on does not fail) and `src/domain/budget.rs`.
///
/// perfgate measures whole processes in whole milliseconds. Here it gets the measured part of each process in
/// nanoseconds. The stored baseline is the base of the job before.
pub(super) fn check(case: &Case<'_>) -> Option<Decision> {
    let previous = case.earlier.last()?;
    let used =
        &case.comparison.candidate.short[..REPEAT.min(case.comparison.candidate.short.len())];
    let typical = |processes: &[Process]| median(&processes.iter().map(wall).collect::<Vec<_>>());
    let baseline = typical(&previous.base.short[..REPEAT.min(previous.base.short.len())]);
    Some(Decision {
        claim: Claim::slower_if(typical(used) > baseline * (1.0 + THRESHOLD)),
        processes: used.len(),
        seconds: seconds(used),
    })
}

/// `perfgate paired`: significant when the mean of the differences is further from zero than 2.0 standard errors (1.96
/// from 30 pairs on). With `--require-significance --max-retries N` up to N batches of 2, 3, 5, 6, 8 .. pairs are added
/// until it is. With `--fail-on-regression` the mean difference must also exceed that share of the base's median.
///
/// Source: perfgate 0.18.1, `src/domain/paired.rs` and `src/app/paired.rs`; defaults in perfgate-cli 0.18.1,
/// `src/main.rs` (5 pairs, no retries, no failing at all unless `--fail-on-regression` is given).
///
/// Times as in [`check`]. perfgate runs the base first in every pair; here a coin decides, which can only help it.
pub(super) fn paired(case: &Case<'_>, retries: usize, fail_over: Option<f64>) -> Option<Decision> {
    let all = &case.comparison.pairs;
    let mut n = REPEAT.min(all.len());
    for retry in 0..retries {
        if significant(&all[..n]) {
            break;
        }
        n = (n + extra_pairs(retry)).min(all.len());
    }
    let pairs = &all[..n];
    let difference = mean(&differences(pairs));
    let base: Vec<f64> = pairs.iter().map(|pair| wall(&pair.base)).collect();
    let claim = match fail_over {
        None => Claim::of(significant(pairs), difference),
        Some(share) => Claim::slower_if(significant(pairs) && difference > share * median(&base)),
    };
    Some(Decision {
        claim,
        processes: 2 * n,
        seconds: seconds(pairs.iter().flat_map(|pair| [&pair.base, &pair.candidate])),
    })
}

/// Pairs that a retry adds, the first being 0: 1.5 times its number, rounded up.
fn extra_pairs(retry: usize) -> usize {
    (3 * (retry + 1)).div_ceil(2)
}

fn significant(pairs: &[Pair]) -> bool {
    excludes_zero(&differences(pairs))
}

fn excludes_zero(differences: &[f64]) -> bool {
    let n = differences.len() as f64;
    let centre = mean(differences);
    let squares: f64 = differences
        .iter()
        .map(|value| (value - centre).powi(2))
        .sum();
    // Divided by n, as there.
    let error = (squares / n).sqrt() / n.sqrt();
    let quantile = if n >= 30.0 { 1.96 } else { 2.0 };
    centre.abs() > quantile * error
}

fn differences(pairs: &[Pair]) -> Vec<f64> {
    pairs
        .iter()
        .map(|pair| wall(&pair.candidate) - wall(&pair.base))
        .collect()
}

fn wall(process: &Process) -> f64 {
    process.t.ns().iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_standard_errors_are_the_line() {
        // Mean 1; sd (divided by n) 1 with n = 4: error 0.5, so exactly on the line.
        assert!(!excludes_zero(&[0.0, 2.0, 0.0, 2.0]));
        assert!(excludes_zero(&[0.1, 2.0, 0.1, 2.0]));
        assert!(excludes_zero(&[-0.1, -2.0, -0.1, -2.0]));
    }

    #[test]
    fn each_retry_adds_more_pairs() {
        let extra: Vec<usize> = (0..5).map(extra_pairs).collect();
        assert_eq!(extra, [2, 3, 5, 6, 8]);
    }
}
