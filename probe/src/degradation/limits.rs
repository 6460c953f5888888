//! Confidence limits of a quantile and of a mean, from buckets.

use crate::bucket;
use crate::snapshot::Distribution;

/// Between them no change is certain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Limits {
    /// Upper limit of the figure before.
    pub(super) most_before: f64,
    /// Lower limit of the figure now.
    pub(super) least_now: f64,
}

/// Limits of a quantile that are each wrong with a probability of at most `wrong`.
pub(super) fn of_quantile(
    before: &Distribution,
    now: &Distribution,
    q: f64,
    wrong: f64,
) -> Option<Limits> {
    let bits = -wrong.ln();
    // `X(r) < quantile` needs r values below it, each of which is there with probability q at most.
    let n = before.count();
    let upper = (share_above(n as f64, q, bits)? * n as f64).ceil() as u64;
    let upper = before.bucket_of_rank(upper.min(n))?;
    // `X(r) > quantile` needs all but r - 1 values above it, each of which is there with probability 1 - q at most.
    let n = now.count();
    let lower = ((share_below(n as f64, q, bits)? * n as f64).floor() as u64).saturating_add(1);
    let lower = now.bucket_of_rank(lower)?;
    Some(Limits {
        most_before: before.in_unit(bucket::high(upper) as f64)?,
        least_now: now.in_unit(bucket::low(lower) as f64)?,
    })
}

/// Values without which a quantile has no limits: fewer could all lie on one side of it by chance.
pub(super) fn needed_for_quantile(q: f64, wrong: f64) -> u64 {
    let rarer = q.max(1.0 - q);
    // One more than the bound, for the rounding of the logarithms.
    (wrong.ln() / rarer.ln()).ceil() as u64 + 1
}

/// Limits of the mean.
pub(super) fn of_mean(before: &Distribution, now: &Distribution, wrong: f64) -> Option<Limits> {
    Some(Limits {
        most_before: before.mean()? + margin(before, wrong)?,
        least_now: now.mean()? - margin(now, wrong)?,
    })
}

pub(super) fn needed_for_mean(wrong: f64) -> u64 {
    (-2.0 * wrong.ln()).floor() as u64 + 2
}

/// How far the mean of a sample may be from the true one, in the unit of the family.
///
/// Of symmetric values the sum over the root of the sum of squares exceeds x with probability exp(-x^2/2) at most
/// (Efron 1969); written with Student's t, that is t > x sqrt((n - 1) / (n - x^2)).
fn margin(of: &Distribution, wrong: f64) -> Option<f64> {
    let n = of.count() as f64;
    let mean = of.mean()?;
    let mut squares = 0.0;
    for &(at, count) in of.ordered().iter() {
        let value = of.in_unit(bucket::middle(usize::from(at)) as f64)?;
        squares += (value - mean).powi(2) * count as f64;
    }
    let x_squared = -2.0 * wrong.ln();
    if n <= x_squared || n < 2.0 {
        return None;
    }
    let t = (x_squared * (n - 1.0) / (n - x_squared)).sqrt();
    let margin = t * (squares / (n - 1.0) / n).sqrt();
    margin.is_finite().then_some(margin)
}

/// Relative entropy of two coins, in nats.
fn entropy(share: f64, p: f64) -> f64 {
    let term = |a: f64, b: f64| if a > 0.0 { a * (a / b).ln() } else { 0.0 };
    term(share, p) + term(1.0 - share, 1.0 - p)
}

/// The smallest share above `p` of which n coins of probability p have as much with probability exp(-bits) at most:
/// P(at least k) <= exp(-n entropy(k/n, p)).
fn share_above(n: f64, p: f64, bits: f64) -> Option<f64> {
    search(n, p, bits, 1.0)
}

/// The largest share below `p`, likewise.
fn share_below(n: f64, p: f64, bits: f64) -> Option<f64> {
    search(n, p, bits, 0.0)
}

fn search(n: f64, p: f64, bits: f64, end: f64) -> Option<f64> {
    let enough = |share: f64| n * entropy(share, p) >= bits;
    if !enough(end) {
        return None;
    }
    let (mut not, mut yes) = (p, end);
    // Sixty halvings are finer than a float.
    for _ in 0..60 {
        let middle = f64::midpoint(not, yes);
        if enough(middle) {
            yes = middle;
        } else {
            not = middle;
        }
    }
    Some(yes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_covers_the_binomial_law() {
        // P(X >= k), SciPy 1.17.1: stats.binom.sf(k - 1, n, p).
        for (n, p, k, tail) in [
            (1000.0, 0.95, 972.0, 3.917_140_019e-4),
            (200.0, 0.95, 200.0, 3.505_256_9e-5),
            (100.0, 0.5, 65.0, 1.758_820_862e-3),
        ] {
            let bound = (-n * entropy(k / n, p)).exp();
            assert!(bound >= tail * 0.999, "{n} {p} {k}: {bound} {tail}");
            assert!(bound <= tail * 12.0, "{n} {p} {k}: {bound} {tail}");
        }
    }

    #[test]
    fn shares_are_where_the_bound_is_met() {
        let above = share_above(1000.0, 0.95, 6.0).unwrap();
        assert!((1000.0 * entropy(above, 0.95) - 6.0).abs() < 1e-6 && above > 0.95);
        let below = share_below(1000.0, 0.95, 6.0).unwrap();
        assert!((1000.0 * entropy(below, 0.95) - 6.0).abs() < 1e-6 && below < 0.95);
        // All of 100 below the 95th percentile happens by chance in 6 of 1000 cases.
        assert_eq!(share_above(100.0, 0.95, -(0.001_f64).ln()), None);
    }

    #[test]
    fn what_is_needed_is_what_has_limits() {
        for wrong in [0.05, 0.0025, 1e-6] {
            let n = needed_for_quantile(0.95, wrong);
            let values = |n| Distribution::from_steps(1.0, 0..n);
            assert!(of_quantile(&values(n), &values(n), 0.95, wrong).is_some());
            assert!(of_quantile(&values(n - 2), &values(n - 2), 0.95, wrong).is_none());
            let n = needed_for_mean(wrong);
            assert!(of_mean(&values(n), &values(n), wrong).is_some());
            assert!(of_mean(&values(n - 2), &values(n - 2), wrong).is_none());
        }
    }
}
