//! Counts of successes: how often something happens, with an exact interval.

use statrs::function::beta::{checked_beta_reg, inv_beta_reg};

/// `P(X >= k)` for `n` trials that each succeed with probability `p`, through the incomplete beta function.
///
/// `None` for a `p` outside of `0..=1`.
#[must_use]
pub fn binomial_upper_tail(k: u64, n: u64, p: f64) -> Option<f64> {
    if !(0.0..=1.0).contains(&p) {
        return None;
    }
    if k == 0 {
        return Some(1.0);
    }
    if k > n {
        return Some(0.0);
    }
    checked_beta_reg(k as f64, (n - k) as f64 + 1.0, p).ok()
}

/// The exact two-sided interval for a probability after `k` successes in `n` trials.
///
/// Source: C. Clopper and E. Pearson, Biometrika 26 (1934), 404-413: each side is the probability at which the
/// observed count, or one further out, has half of `1 - confidence`. `None` for `k > n`, no trials, or a
/// confidence outside of `0 < confidence < 1`.
#[must_use]
pub fn clopper_pearson(k: u64, n: u64, confidence: f64) -> Option<(f64, f64)> {
    if k > n || n == 0 || !(confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    let tail = 0.5 * (1.0 - confidence);
    let (hits, misses) = (k as f64, (n - k) as f64);
    let low = if k == 0 {
        0.0
    } else {
        inv_beta_reg(hits, misses + 1.0, tail)
    };
    let high = if k == n {
        1.0
    } else {
        inv_beta_reg(hits + 1.0, misses, 1.0 - tail)
    };
    (low.is_finite() && high.is_finite()).then_some((low, high))
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "ends of the range are exact")]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_is_refused() {
        assert_eq!(clopper_pearson(3, 2, 0.95), None);
        assert_eq!(clopper_pearson(0, 0, 0.95), None);
        for confidence in [0.0, 1.0, -1.0, f64::NAN] {
            assert_eq!(clopper_pearson(1, 2, confidence), None);
        }
        assert_eq!(binomial_upper_tail(1, 2, f64::NAN), None);
        assert_eq!(binomial_upper_tail(1, 2, 1.5), None);
    }

    #[test]
    fn never_and_always_reach_the_ends() {
        assert_eq!(clopper_pearson(0, 9, 0.95).unwrap().0, 0.0);
        assert_eq!(clopper_pearson(9, 9, 0.95).unwrap().1, 1.0);
        assert_eq!(binomial_upper_tail(0, 9, 0.1), Some(1.0));
        assert_eq!(binomial_upper_tail(10, 9, 0.1), Some(0.0));
    }
}
