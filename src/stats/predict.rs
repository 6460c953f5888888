//! The prediction interval: where one further value of the same normal law may lie.

use super::describe::{mean, sd};
use super::quantile::student_quantile;

/// What earlier values say about the next one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    /// Mean of the earlier values: the best guess.
    pub centre: f64,
    /// Standard error of the next value around it, `s * sqrt(1 + 1/n)`. Never negative.
    pub error: f64,
    /// Degrees of freedom of `error`.
    pub df: f64,
}

impl Prediction {
    /// Half-width of the interval whose sides each have the one-sided `level`.
    ///
    /// Infinite for a level outside of `0 < level < 0.5`.
    #[must_use]
    pub fn half_width(&self, level: f64) -> f64 {
        if !(level > 0.0 && level < 0.5) {
            return f64::INFINITY;
        }
        // The lower tail keeps the digits of a small level.
        student_quantile(level, self.df).map_or(f64::INFINITY, |quantile| -quantile * self.error)
    }
}

/// Predicts the next value from at least two earlier ones, `spent` degrees of freedom being used up otherwise.
///
/// Source: G. Hahn and W. Meeker, "Statistical Intervals" (1991), 4.7: mean ± t(n-1) s sqrt(1 + 1/n).
#[must_use]
pub fn predict(earlier: &[f64], spent: u32) -> Option<Prediction> {
    let n = earlier.len() as f64;
    let df = n - 1.0 - f64::from(spent);
    if df < 1.0 {
        return None;
    }
    let sd = sd(earlier)?;
    // s was computed with n - 1; a parameter fitted before takes its part of the freedom.
    let sd = sd * ((n - 1.0) / df).sqrt();
    Some(Prediction {
        centre: mean(earlier)?,
        error: sd * (1.0 + 1.0 / n).sqrt(),
        df,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_predicts_nothing() {
        assert_eq!(predict(&[1.0], 0), None);
        assert_eq!(predict(&[1.0, 2.0], 1), None);
        assert_eq!(predict(&[1.0, f64::NAN], 0), None);
    }

    #[test]
    fn a_level_that_is_none_bounds_nothing() {
        let prediction = predict(&[1.0, 2.0, 4.0], 0).unwrap();
        for level in [0.0, 0.5, 1.0, -1.0, f64::NAN] {
            assert!(prediction.half_width(level).is_infinite(), "{level}");
        }
        assert!(prediction.half_width(1e-12).is_finite());
    }

    #[test]
    fn a_fitted_parameter_widens_the_interval() {
        let values = [1.0, 2.0, 4.0, 3.0, 2.5];
        let plain = predict(&values, 0).unwrap().half_width(0.05);
        assert!(predict(&values, 1).unwrap().half_width(0.05) > plain);
    }
}
