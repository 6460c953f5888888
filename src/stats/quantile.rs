//! Quantiles of the normal distribution and of Student's t. A thin shell around `statrs` that cannot panic.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// The `p`-quantile of the standard normal distribution. `None` outside of `0 < p < 1`.
#[must_use]
pub fn normal_quantile(p: f64) -> Option<f64> {
    inside(p).then(|| Normal::standard().inverse_cdf(p))
}

/// `P(Z <= z)` of the standard normal distribution.
pub(super) fn normal_lower_tail(z: f64) -> f64 {
    Normal::standard().cdf(z)
}

/// The `p`-quantile of Student's t with `df` degrees of freedom. `None` outside of `0 < p < 1` and `df > 0`.
#[must_use]
pub fn student_quantile(p: f64, df: f64) -> Option<f64> {
    if !inside(p) {
        return None;
    }
    let law = StudentsT::new(0.0, 1.0, df).ok()?;
    Some(law.inverse_cdf(p)).filter(|quantile| quantile.is_finite())
}

fn inside(p: f64) -> bool {
    p > 0.0 && p < 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_probability_has_no_quantile() {
        for p in [0.0, 1.0, -0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert_eq!(normal_quantile(p), None, "{p}");
            assert_eq!(student_quantile(p, 9.0), None, "{p}");
        }
        for df in [0.0, -1.0, f64::NAN] {
            assert_eq!(student_quantile(0.9, df), None, "{df}");
        }
    }

    #[test]
    fn quantiles_are_symmetric() {
        for p in [0.6, 0.95, 0.9999] {
            let (up, down) = (student_quantile(p, 7.0), student_quantile(1.0 - p, 7.0));
            assert!((up.unwrap() + down.unwrap()).abs() < 1e-9);
        }
    }
}
