//! Descriptions of one sample. `None` for an empty sample and for one that is not all finite.

/// Median absolute deviation times this estimates the standard deviation of normal values: 1 over the 0.75-quantile
/// of the normal distribution. P. Rousseeuw and C. Croux, JASA 88 (1993), 1273-1283.
pub const MAD_TO_SD: f64 = 1.482_602_218_505_602;

fn usable(values: &[f64]) -> Option<&[f64]> {
    (!values.is_empty() && values.iter().all(|value| value.is_finite())).then_some(values)
}

/// The arithmetic mean. Does not overflow.
#[must_use]
pub fn mean(values: &[f64]) -> Option<f64> {
    usable(values).map(finite_mean)
}

fn finite_mean(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let sum: f64 = values.iter().sum();
    if sum.is_finite() {
        sum / n
    } else {
        values.iter().map(|value| value / n).sum()
    }
}

/// The standard deviation with n - 1 in the denominator; needs two values.
#[must_use]
pub fn sd(values: &[f64]) -> Option<f64> {
    let centre = mean(values)?;
    if values.len() < 2 {
        return None;
    }
    let sum: f64 = values.iter().map(|value| (value - centre).powi(2)).sum();
    Some((sum / (values.len() - 1) as f64).sqrt()).filter(|sd| sd.is_finite())
}

/// The mean without the `floor(share * n)` smallest and as many largest values. `share` in `0..0.5`.
///
/// Source: J. Tukey and D. McLaughlin, Sankhya A 25 (1963), 331-352. Same count as `scipy.stats.trim_mean`.
#[must_use]
pub fn trimmed_mean(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted = usable(values)?.to_vec();
    if !(0.0..0.5).contains(&share) {
        return None;
    }
    let n = sorted.len();
    let cut = (share * n as f64) as usize;
    if cut > 0 {
        // Partition only: the order within the middle does not matter to a mean.
        sorted.select_nth_unstable_by(cut - 1, f64::total_cmp);
        sorted[cut..].select_nth_unstable_by(n - 2 * cut - 1, f64::total_cmp);
    }
    Some(finite_mean(&sorted[cut..n - cut]))
}

/// The middle value, or the mean of the two middle values.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    let mut values = usable(values)?.to_vec();
    Some(median_in_place(&mut values))
}

/// The median of finite values, in any order afterwards. Not empty by the caller's duty.
fn median_in_place(values: &mut [f64]) -> f64 {
    let odd = values.len() % 2 == 1;
    let (below, &mut upper, _) = values.select_nth_unstable_by(values.len() / 2, f64::total_cmp);
    if odd {
        return upper;
    }
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    0.5 * lower + 0.5 * upper
}

/// The median absolute deviation from the median, not scaled (see [`MAD_TO_SD`]).
#[must_use]
pub fn median_deviation(values: &[f64]) -> Option<f64> {
    let mut values = usable(values)?.to_vec();
    let centre = median_in_place(&mut values);
    for value in &mut values {
        *value = (*value - centre).abs();
    }
    Some(median_in_place(&mut values)).filter(|deviation| deviation.is_finite())
}

/// The `p`-quantile, interpolated linearly between order statistics. `p` in `0..=1`.
///
/// Type 7 of R. Hyndman and Y. Fan, American Statistician 50 (1996), 361-365: what R and NumPy do by default.
#[must_use]
pub fn quantile(values: &[f64], p: f64) -> Option<f64> {
    let mut sorted = usable(values)?.to_vec();
    if !(0.0..=1.0).contains(&p) {
        return None;
    }
    sorted.sort_unstable_by(f64::total_cmp);
    let position = p * (sorted.len() - 1) as f64;
    let below = position.floor() as usize;
    let weight = position - below as f64;
    let lower = sorted[below];
    let upper = sorted[(below + 1).min(sorted.len() - 1)];
    Some((1.0 - weight) * lower + weight * upper)
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "exact on purpose")]
mod tests {
    use super::*;
    use crate::stats::testing::assert_near;
    use proptest::prelude::*;

    #[test]
    fn nothing_and_what_is_not_finite_is_not_described() {
        for sample in [&[][..], &[f64::NAN, 1.0], &[1.0, f64::NEG_INFINITY]] {
            assert_eq!(mean(sample), None);
            assert_eq!(sd(sample), None);
            assert_eq!(trimmed_mean(sample, 0.2), None);
            assert_eq!(median(sample), None);
            assert_eq!(median_deviation(sample), None);
            assert_eq!(quantile(sample, 0.5), None);
        }
    }

    #[test]
    fn a_share_or_probability_out_of_range_is_refused() {
        for wrong in [-0.1, 1.5, f64::NAN] {
            assert_eq!(trimmed_mean(&[1.0, 2.0], wrong), None);
            assert_eq!(quantile(&[1.0, 2.0], wrong), None);
        }
        assert_eq!(trimmed_mean(&[1.0, 2.0], 0.5), None);
    }

    #[test]
    fn huge_values_do_not_overflow() {
        assert_eq!(mean(&[f64::MAX, f64::MAX]), Some(f64::MAX));
        assert_eq!(median(&[f64::MAX, f64::MAX]), Some(f64::MAX));
        assert_eq!(trimmed_mean(&[f64::MAX; 10], 0.2), Some(f64::MAX));
        assert_eq!(
            sd(&[f64::MAX, -f64::MAX]),
            None,
            "no answer rather than infinity"
        );
        assert_eq!(
            median_deviation(&[-f64::MAX, f64::MAX, f64::MAX]),
            Some(0.0)
        );
    }

    #[test]
    fn trimming_ignores_both_ends() {
        let sample = [1e9, 3.0, 1.0, 2.0, -1e9];
        assert_eq!(trimmed_mean(&sample, 0.2), Some(2.0));
    }

    proptest! {
        #[test]
        fn describing_is_scaling(values in proptest::collection::vec(0.1..10.0f64, 2..60), scale in 0.01..100.0f64) {
            let scaled: Vec<f64> = values.iter().map(|value| value * scale).collect();
            for describe in [mean, sd, median, median_deviation, |v: &[f64]| trimmed_mean(v, 0.2), |v: &[f64]| quantile(v, 0.9)] {
                assert_near(describe(&scaled).unwrap(), describe(&values).unwrap() * scale, 1e-9);
            }
        }

        #[test]
        fn order_does_not_matter(values in proptest::collection::vec(0.1..10.0f64, 1..60)) {
            let mut turned = values.clone();
            turned.reverse();
            turned.rotate_left(values.len() / 3);
            prop_assert_eq!(median(&values), median(&turned));
            prop_assert_eq!(quantile(&values, 0.3), quantile(&turned, 0.3));
            assert_near(trimmed_mean(&values, 0.2).unwrap(), trimmed_mean(&turned, 0.2).unwrap(), 1e-12);
        }

        #[test]
        fn the_median_is_the_middle_quantile(values in proptest::collection::vec(-10.0..10.0f64, 1..30)) {
            assert_near(median(&values).unwrap(), quantile(&values, 0.5).unwrap(), 1e-12);
        }
    }
}
