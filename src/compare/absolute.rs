//! The typical value of one run, for absolute budgets.

use crate::stats::{Bounds, WalshAverages};
use serde::Serialize;

/// Typical value over the invocations of a run, with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct AbsoluteEstimate {
    /// Hodges-Lehmann centre of the invocations, in the metric's unit.
    pub value: f64,
    /// Lower bound; minus infinity when there are too few invocations for the level.
    pub low: f64,
    /// Upper bound; infinity when there are too few invocations for the level.
    pub high: f64,
    /// Number of invocations.
    pub n: u32,
}

/// Estimate with an interval whose sides each have the one-sided `level`: the Hodges-Lehmann centre and the
/// signed-rank interval of the invocations (sources in [`crate::stats::WalshAverages`]).
///
/// The interval takes `log2(1 / level)` invocations, five at 5 %; with fewer its bounds are infinite, however alike
/// the values are. Unless `exact`: then the metric repeats by its nature (a count, a size), and values that are all
/// equal, or a single one, are taken at their word.
///
/// `None` without values, and if one of them is not finite.
#[must_use]
pub fn absolute(values: &[f64], level: f64, exact: bool) -> Option<AbsoluteEstimate> {
    let mut walsh = WalshAverages::of(values)?;
    let value = walsh.centre();
    let bounds = match super::exact::constant(values) {
        Some(constant) if exact => Bounds {
            low: constant,
            high: constant,
        },
        _ => walsh.bounds(level),
    };
    Some(AbsoluteEstimate {
        value,
        low: bounds.low,
        high: bounds.high,
        n: u32::try_from(values.len()).unwrap_or(u32::MAX),
    })
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "order statistics are exact")]
mod tests {
    use super::*;

    #[test]
    fn five_invocations_bound_at_five_percent_and_four_do_not() {
        let five = absolute(&[3.0, 1.0, 2.0, 5.0, 4.0], 0.05, false).unwrap();
        assert_eq!((five.value, five.low, five.high, five.n), (3.0, 1.0, 5.0, 5));
        let four = absolute(&[3.0, 1.0, 2.0, 4.0], 0.05, false).unwrap();
        assert_eq!((four.low, four.high), (f64::NEG_INFINITY, f64::INFINITY));
        assert_eq!(four.value, 2.5);
    }

    #[test]
    fn equal_times_are_still_too_few() {
        let two = absolute(&[7.0, 7.0], 0.05, false).unwrap();
        assert_eq!(two.high, f64::INFINITY);
    }

    #[test]
    fn a_single_count_is_taken_at_its_word() {
        let size = absolute(&[4096.0], 0.05, true).unwrap();
        assert_eq!((size.value, size.low, size.high, size.n), (4096.0, 4096.0, 4096.0, 1));
        let nothing = absolute(&[0.0, 0.0], 0.001, true).unwrap();
        assert_eq!((nothing.low, nothing.high), (0.0, 0.0));
    }

    #[test]
    fn counts_that_differ_need_as_many_as_times() {
        let counts = absolute(&[100.0, 101.0], 0.05, true).unwrap();
        assert_eq!(counts.high, f64::INFINITY);
    }

    #[test]
    fn nothing_and_what_is_not_finite_has_no_estimate() {
        assert_eq!(absolute(&[], 0.05, true), None);
        for wrong in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(absolute(&[1.0, wrong], 0.05, true), None, "{wrong}");
        }
    }

    #[test]
    fn a_level_that_is_none_bounds_nothing() {
        for level in [0.0, 1.0, f64::NAN] {
            let estimate = absolute(&[1.0; 50], level, false).unwrap();
            assert_eq!(estimate.high, f64::INFINITY, "{level}");
        }
    }
}
