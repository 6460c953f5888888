//! Medians, and a 95 % interval over processes.

/// A centre and its interval, which at least 95 % of repetitions would cover.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Interval {
    /// Hodges-Lehmann estimate: the median of the means of all pairs.
    pub centre: f64,
    /// `None` with fewer than six numbers: no interval of this kind reaches 95 % then.
    pub bounds: Option<(f64, f64)>,
}

/// Median; `None` of nothing.
#[must_use]
pub fn median(numbers: &[f64]) -> Option<f64> {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    Some(f64::midpoint(*sorted.get(middle - 1)?, upper))
}

/// Centre and exact signed-rank interval (Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, 3rd edition,
/// 3.2 and 3.3), for numbers that scatter symmetrically. `None` of nothing, and where one is not finite.
#[must_use]
pub fn signed_rank(numbers: &[f64]) -> Option<Interval> {
    if !numbers.iter().all(|number| number.is_finite()) {
        return None;
    }
    let mut walsh = Vec::with_capacity(numbers.len() * (numbers.len() + 1) / 2);
    for (index, first) in numbers.iter().enumerate() {
        for second in &numbers[..=index] {
            walsh.push(f64::midpoint(*first, *second));
        }
    }
    walsh.sort_unstable_by(f64::total_cmp);
    let bounds = outermost(numbers.len()).map(|cut| (walsh[cut], walsh[walsh.len() - 1 - cut]));
    Some(Interval {
        centre: median(&walsh)?,
        bounds,
    })
}

/// The same of positive numbers on their logarithms: for ratios and for times.
#[must_use]
pub fn of_ratios(ratios: &[f64]) -> Option<Interval> {
    let logs: Vec<f64> = ratios.iter().map(|ratio| ratio.ln()).collect();
    let of_logs = signed_rank(&logs)?;
    Some(Interval {
        centre: of_logs.centre.exp(),
        bounds: of_logs.bounds.map(|(low, high)| (low.exp(), high.exp())),
    })
}

/// How many of the ordered Walsh averages are left out at each end: the largest `c` with `P(T < c + 1) <= 2.5 %`, where
/// `T` is the signed-rank statistic of `n` numbers. `None` where even the outermost ones are not far enough.
fn outermost(n: usize) -> Option<usize> {
    let most = n * (n + 1) / 2;
    // Number of the 2^n sign patterns with each rank sum, as probabilities.
    let mut chance = vec![0.0; most + 1];
    chance[0] = 1.0;
    for rank in 1..=n {
        for sum in (0..=most).rev() {
            let with = if sum >= rank { chance[sum - rank] } else { 0.0 };
            chance[sum] = 0.5 * (chance[sum] + with);
        }
    }
    let mut below = 0.0;
    let within = chance.iter().take_while(|chance| {
        below += **chance;
        below <= 0.025
    });
    within.count().checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_of_an_even_number_lies_between_the_middle_two() {
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(&[5.0]), Some(5.0));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn cuts_are_those_of_the_published_table() {
        // Critical values of the two-sided test at 5 %: 0 for n = 6, 2 for 7, 3 for 8, 5 for 9, 8 for 10, 52 for 20.
        let cuts: Vec<_> = [5, 6, 7, 8, 9, 10, 20].map(outermost).into();
        let published = [None, Some(0), Some(2), Some(3), Some(5), Some(8), Some(52)];
        assert_eq!(cuts, published);
    }

    #[test]
    fn an_interval_holds_its_centre_and_follows_scale() {
        let times = [3.1, 2.9, 3.0, 3.3, 2.8, 3.05, 3.15, 2.95, 3.2, 3.0];
        let interval = of_ratios(&times).expect("positive numbers");
        let (low, high) = interval.bounds.expect("ten numbers");
        assert!(2.8 < low && low < interval.centre && interval.centre < high && high < 3.3);
        let scaled: Vec<f64> = times.iter().map(|time| 10.0 * time).collect();
        let scaled = of_ratios(&scaled).expect("positive numbers");
        assert!((scaled.centre / interval.centre - 10.0).abs() < 1e-9);
    }

    #[test]
    fn few_numbers_have_no_interval_and_wrong_ones_nothing() {
        let few = signed_rank(&[1.0, 2.0, 3.0]).expect("finite numbers");
        assert_eq!((few.centre, few.bounds), (2.0, None));
        assert_eq!(signed_rank(&[]), None);
        assert_eq!(signed_rank(&[1.0, f64::NAN]), None);
        assert_eq!(of_ratios(&[1.0, 0.0]), None);
    }
}
