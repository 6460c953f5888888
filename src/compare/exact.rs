//! Values that repeat exactly: counts and sizes. Compared without statistics, zero included.

use super::{Comparison, Interval, Levels, Method, Zone};
use crate::measurement::Metric;
use crate::stats::median;
use crate::units::{Change, Unit};

/// Whether a metric repeats exactly by its nature, so that equal values are no coincidence: counts and sizes, but
/// for the peak of resident memory, which depends on when the kernel looked.
///
/// What `exact` of [`super::paired`], [`super::absolute`] and [`super::BaselineInput`] should be, unless somebody
/// knows better.
#[must_use]
pub fn repeats_exactly(metric: &Metric) -> bool {
    matches!(metric.unit, Unit::Count | Unit::Bytes) && metric.name != "peak-rss"
}

/// The one value of a sample whose values are all equal. `None` for an empty sample and for one with NaN.
#[expect(
    clippy::float_cmp,
    reason = "whether values repeat exactly is the question"
)]
pub(super) fn constant(values: &[f64]) -> Option<f64> {
    let first = *values.first()?;
    values.iter().all(|&value| value == first).then_some(first)
}

/// ln(candidate / base) where that needs no statistics: both sides constant, or one side wholly zero and the other
/// wholly above. From zero to zero is no change, from zero to something is infinitely more.
///
/// `None` otherwise, and for negative values.
#[expect(
    clippy::float_cmp,
    reason = "whether values repeat exactly is the question"
)]
fn change(base: &[f64], candidate: &[f64]) -> Option<Change> {
    if let (Some(base), Some(candidate)) = (constant(base), constant(candidate)) {
        let usable = |value: f64| value.is_finite() && value >= 0.0;
        if !usable(base) || !usable(candidate) {
            return None;
        }
        return Some(if base == candidate {
            Change::ZERO
        } else {
            // The difference of logarithms neither overflows nor underflows, and ln 0 is minus infinity.
            Change::from_log(candidate.ln() - base.ln())
        });
    }
    let zero = |side: &[f64]| constant(side) == Some(0.0);
    let above = |side: &[f64]| side.iter().all(|&value| value > 0.0 && value.is_finite());
    if zero(base) && above(candidate) {
        Some(Change::from_log(f64::INFINITY))
    } else if above(base) && zero(candidate) {
        Some(Change::from_log(f64::NEG_INFINITY))
    } else {
        None
    }
}

/// Compares without statistics, if that can be. Counts are those of the caller: pairs or jobs, and invocations.
pub(super) fn comparison(
    base: &[f64],
    candidate: &[f64],
    counts: (u32, u32),
    levels: Levels,
    zone: Zone,
) -> Option<Comparison> {
    let effect = change(base, candidate)?;
    let interval = Interval {
        low: effect,
        high: effect,
    };
    Some(Comparison {
        method: Method::Exact,
        base: median(base)?,
        candidate: median(candidate)?,
        effect,
        interval,
        pass_interval: interval,
        fail_level: levels.fail,
        detectable: super::detectable(zone, 0.0, 0.0),
        base_n: counts.0,
        candidate_n: counts.1,
        more_pairs: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(base: &[f64], candidate: &[f64]) -> Option<f64> {
        change(base, candidate).map(Change::log)
    }

    #[test]
    fn zero_to_zero_is_no_change() {
        assert_eq!(log(&[0.0], &[0.0]), Some(0.0));
        assert_eq!(log(&[0.0], &[-0.0]), Some(0.0));
    }

    #[test]
    fn from_zero_and_to_zero_is_infinite() {
        assert_eq!(log(&[0.0, 0.0], &[3.0, 3.0]), Some(f64::INFINITY));
        assert_eq!(log(&[0.0, 0.0], &[3.0, 4.0]), Some(f64::INFINITY));
        assert_eq!(log(&[3.0, 4.0], &[0.0, 0.0]), Some(f64::NEG_INFINITY));
        assert_eq!(log(&[0.0, 0.0], &[0.0, 4.0]), None);
    }

    #[test]
    fn extreme_counts_do_not_overflow() {
        let change = log(&[f64::MIN_POSITIVE], &[f64::MAX]).unwrap();
        assert!(change.is_finite() && change > 1400.0);
    }

    #[test]
    fn what_varies_or_is_no_count_is_left_to_statistics() {
        assert_eq!(log(&[1.0, 2.0], &[1.0, 1.0]), None);
        assert_eq!(log(&[], &[1.0]), None);
        for wrong in [-1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(log(&[wrong], &[1.0]), None, "{wrong}");
            assert_eq!(log(&[0.0], &[wrong]), None, "{wrong}");
            assert_eq!(log(&[0.0], &[1.0, wrong]), None, "{wrong}");
        }
    }

    #[test]
    fn counts_repeat_and_times_do_not() {
        assert!(repeats_exactly(&Metric::lower("allocations", Unit::Count)));
        assert!(repeats_exactly(&Metric::lower("binary-size", Unit::Bytes)));
        assert!(!repeats_exactly(&Metric::lower("peak-rss", Unit::Bytes)));
        assert!(!repeats_exactly(&Metric::time()));
    }
}
