//! Several tests at once without more false alarms.

/// Holm's adjusted p-values, in the order given: rejecting those that are at most alpha keeps the probability
/// of any false rejection at or below alpha, whatever the dependence.
///
/// Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics
/// 6 (1979), 65-70. `None` if a value is no probability.
#[must_use]
pub fn holm(p_values: &[f64]) -> Option<Vec<f64>> {
    if !p_values.iter().all(|p| (0.0..=1.0).contains(p)) {
        return None;
    }
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut highest: f64 = 0.0;
    for (before, &index) in order.iter().enumerate() {
        let remaining = (p_values.len() - before) as f64;
        highest = highest.max((remaining * p_values[index]).min(1.0));
        adjusted[index] = highest;
    }
    Some(adjusted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_probability_is_refused() {
        for wrong in [f64::NAN, -0.1, 1.1, f64::INFINITY] {
            assert_eq!(holm(&[0.01, wrong]), None, "{wrong}");
        }
        assert_eq!(holm(&[]), Some(vec![]));
    }

    #[test]
    fn a_later_value_is_never_below_an_earlier_one() {
        // 2 * 0.02 = 0.04 holds up 0.03.
        assert_eq!(holm(&[0.03, 0.02]), Some(vec![0.04, 0.04]));
    }
}
