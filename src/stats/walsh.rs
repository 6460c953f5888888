//! Walsh averages: the Hodges-Lehmann centre of a sample, its exact interval, and the signed-rank test.
//!
//! The Walsh averages of `x` are `(x[i] + x[j]) / 2` for all `i <= j`, `M = n(n+1)/2` of them. Their median
//! estimates the centre; cutting off the `C(n, a)` smallest and largest leaves an interval whose sides are each
//! wrong with probability at most `a`; and the number of them above `c` is the signed-rank statistic for "the
//! centre is at most c". Sources: J. Hodges and E. Lehmann, "Estimates of location based on rank tests", Annals
//! of Mathematical Statistics 34 (1963), 598-611; J. Tukey's counting form and the interval in M. Hollander,
//! D. Wolfe, E. Chicken, "Nonparametric Statistical Methods", 3rd edition (2013), 3.2-3.3.

use super::signed_rank::{critical_count, lower_tail, walsh_count};

/// Up to this many values all averages are written down (131,328 of them, 1 MB); beyond it they are only counted.
const WRITTEN_UP_TO: usize = 512;

/// Lower and upper bound; infinite where the sample is too small for the level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// May be minus infinity.
    pub low: f64,
    /// May be infinity.
    pub high: f64,
}

/// The Walsh averages of one sample.
///
/// Selecting one order statistic after another partitions the averages further and further, so that all of the
/// centre and several intervals cost little more than one selection: this is the inner loop of judging.
/// Refilling keeps the memory.
#[derive(Debug, Clone, Default)]
pub struct WalshAverages {
    /// Half of each value, so that an average is one addition and cannot overflow. Ascending beyond `WRITTEN_UP_TO`.
    halves: Vec<f64>,
    /// All averages, partitioned around `settled`; empty beyond `WRITTEN_UP_TO`.
    averages: Vec<f64>,
    /// Ranks, ascending, at which `averages` is already as if sorted.
    settled: Vec<usize>,
}

impl WalshAverages {
    /// Of a sample that is not empty and has only finite values.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        let mut walsh = Self::default();
        walsh.refill(values)?;
        Some(walsh)
    }

    /// Starts again with another sample. `None`, and nothing changed, unless it is not empty and all finite.
    pub fn refill(&mut self, values: &[f64]) -> Option<&mut Self> {
        if values.is_empty() || !values.iter().all(|value| value.is_finite()) {
            return None;
        }
        self.halves.clear();
        self.averages.clear();
        self.settled.clear();
        self.halves.extend(values.iter().map(|value| 0.5 * value));
        if values.len() <= WRITTEN_UP_TO {
            self.averages.reserve(walsh_count(values.len()));
            for (i, low) in self.halves.iter().enumerate() {
                // Adding zero turns -0.0 into 0.0, which total order would tell apart.
                self.averages
                    .extend(self.halves[..=i].iter().map(|high| low + high + 0.0));
            }
        } else {
            self.halves.sort_unstable_by(f64::total_cmp);
        }
        Some(self)
    }

    /// The Hodges-Lehmann estimate of the centre: the median of the averages.
    #[must_use]
    pub fn centre(&mut self) -> f64 {
        let count = walsh_count(self.halves.len());
        let upper = self.order_statistic(count / 2);
        if count % 2 == 1 {
            return upper;
        }
        0.5 * self.order_statistic(count / 2 - 1) + 0.5 * upper
    }

    /// The exact interval of which each side has the one-sided `level`.
    ///
    /// Unbounded where the sample is too small for the level, and for a level outside of `0 < level < 0.5`.
    #[must_use]
    pub fn bounds(&mut self, level: f64) -> Bounds {
        let n = self.halves.len();
        let Some(cut) = critical_count(n, level) else {
            return Bounds {
                low: f64::NEG_INFINITY,
                high: f64::INFINITY,
            };
        };
        Bounds {
            low: self.order_statistic(cut),
            high: self.order_statistic(walsh_count(n) - 1 - cut),
        }
    }

    /// One-sided p-value of "the centre is at most `limit`", small when the values lie above it.
    ///
    /// Averages that equal the limit count against rejection. The lower bound at a level is above the limit
    /// exactly when this is at most the level. For a NaN it is 1.
    #[must_use]
    pub fn p_above(&self, limit: f64) -> f64 {
        self.p(self.count(|average| average > limit, Side::Above(limit)))
    }

    /// One-sided p-value of "the centre is at least `limit`", small when the values lie below it.
    #[must_use]
    pub fn p_below(&self, limit: f64) -> f64 {
        self.p(self.count(|average| average < limit, Side::Below(limit)))
    }

    /// `P(T+ >= statistic)`.
    fn p(&self, statistic: usize) -> f64 {
        let n = self.halves.len();
        lower_tail(n, walsh_count(n) - statistic)
    }

    fn count(&self, counts: impl Fn(f64) -> bool, side: Side) -> usize {
        if !self.averages.is_empty() {
            return self
                .averages
                .iter()
                .filter(|&&average| counts(average))
                .count();
        }
        let all = walsh_count(self.halves.len());
        match side {
            Side::Above(limit) if limit.is_nan() => 0,
            Side::Above(limit) => all - self.count_sorted(|average| average <= limit),
            Side::Below(limit) => self.count_sorted(|average| average < limit),
        }
    }

    /// How many averages of the ascending halves satisfy a condition that holds up to some value and not beyond:
    /// two pointers, because the partner up to which it holds falls while the smaller value rises.
    fn count_sorted(&self, holds: impl Fn(f64) -> bool) -> usize {
        let halves = &self.halves;
        let mut end = halves.len();
        let mut count = 0;
        for (i, low) in halves.iter().enumerate() {
            while end > i && !holds(low + halves[end - 1]) {
                end -= 1;
            }
            if end <= i {
                break;
            }
            count += end - i;
        }
        count
    }

    /// The average of this rank, from 0.
    fn order_statistic(&mut self, rank: usize) -> f64 {
        if self.averages.is_empty() {
            return self.bisect(rank);
        }
        let next = self.settled.partition_point(|&settled| settled < rank);
        if self.settled.get(next) != Some(&rank) {
            let start = next
                .checked_sub(1)
                .map_or(0, |before| self.settled[before] + 1);
            let end = self
                .settled
                .get(next)
                .copied()
                .unwrap_or(self.averages.len());
            self.averages[start..end].select_nth_unstable_by(rank - start, f64::total_cmp);
            self.settled.insert(next, rank);
        }
        self.averages[rank]
    }

    /// The smallest number that at least `rank + 1` averages do not exceed, found by halving the floats between
    /// the smallest and the largest average: at most 64 counts, no memory.
    fn bisect(&self, rank: usize) -> f64 {
        let (Some(first), Some(last)) = (self.halves.first(), self.halves.last()) else {
            return f64::NAN;
        };
        let (mut low, mut high) = (ordinal(first + first), ordinal(last + last));
        while low < high {
            let middle = low + (high - low) / 2;
            let limit = from_ordinal(middle);
            if self.count_sorted(|average| average <= limit) > rank {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        from_ordinal(low) + 0.0
    }
}

/// Which averages are counted.
enum Side {
    Above(f64),
    Below(f64),
}

const SIGN: u64 = 1 << 63;

/// Position of a float in the order of all floats.
fn ordinal(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

fn from_ordinal(position: u64) -> f64 {
    f64::from_bits(if position & SIGN == 0 {
        !position
    } else {
        position & !SIGN
    })
}

#[cfg(test)]
#[expect(
    clippy::float_cmp,
    reason = "order statistics are the values themselves"
)]
mod tests {
    use super::*;
    use crate::stats::testing::{assert_near, numbers};
    use proptest::prelude::*;

    #[test]
    fn three_values_have_six_averages() {
        // 1 2 6: averages 1 1.5 2 3.5 4 6
        let mut walsh = WalshAverages::of(&[6.0, 1.0, 2.0]).unwrap();
        assert_eq!(walsh.centre(), 2.75);
        assert_eq!(
            walsh.bounds(0.125),
            Bounds {
                low: 1.0,
                high: 6.0
            }
        );
        assert_eq!(
            walsh.bounds(0.25),
            Bounds {
                low: 1.5,
                high: 4.0
            }
        );
        assert_eq!(walsh.bounds(0.1).low, f64::NEG_INFINITY);
        assert_eq!(walsh.bounds(0.1).high, f64::INFINITY);
        assert_eq!(walsh.p_above(0.9), 0.125);
        assert_eq!(walsh.p_above(1.0), 0.25);
        assert_eq!(walsh.p_below(6.5), 0.125);
    }

    #[test]
    fn one_value_is_its_own_centre_without_bounds() {
        let mut walsh = WalshAverages::of(&[3.0]).unwrap();
        assert_eq!(walsh.centre(), 3.0);
        assert_eq!(walsh.bounds(0.05).low, f64::NEG_INFINITY);
    }

    #[test]
    fn nothing_and_what_is_not_finite_has_no_averages() {
        for sample in [
            &[][..],
            &[f64::NAN],
            &[1.0, f64::INFINITY],
            &[f64::NEG_INFINITY, 1.0],
        ] {
            assert!(WalshAverages::of(sample).is_none(), "{sample:?}");
        }
        let mut walsh = WalshAverages::of(&[1.0, 2.0]).unwrap();
        assert!(walsh.refill(&[f64::NAN]).is_none());
        assert_eq!(walsh.centre(), 1.5, "a refused refill changes nothing");
    }

    #[test]
    fn huge_values_do_not_overflow() {
        let mut walsh = WalshAverages::of(&[f64::MAX; 9]).unwrap();
        assert_eq!(walsh.centre(), f64::MAX);
        assert_eq!(walsh.bounds(0.01).high, f64::MAX);
        let mut walsh = WalshAverages::of(&[f64::MAX, -f64::MAX]).unwrap();
        assert_eq!(walsh.centre(), 0.0);
    }

    #[test]
    fn ties_count_against_rejection() {
        let walsh = WalshAverages::of(&[0.0; 20]).unwrap();
        assert_eq!(walsh.p_above(0.0), 1.0);
        assert_eq!(walsh.p_below(0.0), 1.0);
        assert!(walsh.p_above(-1e-300) < 1e-5);
        assert_eq!(walsh.p_above(f64::NAN), 1.0);
    }

    #[test]
    fn counting_and_writing_down_agree() {
        let values = numbers(7, WRITTEN_UP_TO);
        let mut written = WalshAverages::of(&values).unwrap();
        let mut counted = WalshAverages::of(&values).unwrap();
        counted.averages.clear();
        counted.halves.sort_unstable_by(f64::total_cmp);
        assert_eq!(written.centre(), counted.centre());
        for level in [0.05, 0.001] {
            assert_eq!(written.bounds(level), counted.bounds(level));
        }
        for limit in [-0.1, 0.0, 0.02, f64::NAN] {
            assert_eq!(written.p_above(limit), counted.p_above(limit));
            assert_eq!(written.p_below(limit), counted.p_below(limit));
        }
    }

    #[test]
    fn many_thousand_values_need_no_quadratic_memory() {
        let values: Vec<f64> = (0..20_001).map(f64::from).collect();
        let mut walsh = WalshAverages::of(&values).unwrap();
        assert_eq!(walsh.centre(), 10_000.0);
        let bounds = walsh.bounds(0.05);
        assert!(bounds.low < 10_000.0 && bounds.low > 9_900.0);
        assert_eq!(bounds.low + bounds.high, 20_000.0);
        assert!(walsh.averages.is_empty());
    }

    fn samples() -> impl Strategy<Value = Vec<f64>> {
        // Coarse steps give ties, fine ones do not.
        prop_oneof![
            proptest::collection::vec((-20i32..20).prop_map(f64::from), 1..45),
            proptest::collection::vec(-1.0..1.0f64, 1..45),
        ]
    }

    fn levels() -> impl Strategy<Value = f64> {
        prop_oneof![Just(0.05), Just(0.0155), Just(0.001), 0.0001..0.4]
    }

    proptest! {
        /// The interval is what the test does not reject: at every limit, in every gap and on every tie.
        #[test]
        fn interval_and_test_are_two_views_of_one_thing(values in samples(), level in levels(), at in 0usize..1000, nudge in -1i8..=1) {
            let mut walsh = WalshAverages::of(&values).unwrap();
            let bounds = walsh.bounds(level);
            let some_average = walsh.averages[at % walsh.averages.len()];
            let limit = match nudge {
                -1 => some_average.next_down(),
                0 => some_average,
                _ => some_average.next_up(),
            };
            prop_assert_eq!(bounds.low > limit, walsh.p_above(limit) <= level);
            prop_assert_eq!(bounds.high < limit, walsh.p_below(limit) <= level);
        }

        #[test]
        fn order_does_not_matter(values in samples(), level in levels(), turn in 0usize..45) {
            let mut turned = values.clone();
            turned.rotate_left(turn % values.len());
            turned.reverse();
            let (mut a, mut b) = (WalshAverages::of(&values).unwrap(), WalshAverages::of(&turned).unwrap());
            prop_assert_eq!(a.centre(), b.centre());
            prop_assert_eq!(a.bounds(level), b.bounds(level));
            prop_assert_eq!(a.p_above(0.1), b.p_above(0.1));
        }

        #[test]
        fn swapping_sides_flips_the_sign(values in samples(), level in levels()) {
            let flipped: Vec<f64> = values.iter().map(|value| -value).collect();
            let (mut a, mut b) = (WalshAverages::of(&values).unwrap(), WalshAverages::of(&flipped).unwrap());
            prop_assert_eq!(a.centre(), -b.centre());
            let (here, there) = (a.bounds(level), b.bounds(level));
            prop_assert_eq!((here.low, here.high), (-there.high, -there.low));
            prop_assert_eq!(a.p_above(0.25), b.p_below(-0.25));
        }

        #[test]
        fn shifting_and_scaling_go_through(values in samples(), level in levels(), shift in -5.0..5.0f64, scale in 0.1..10.0f64) {
            let moved: Vec<f64> = values.iter().map(|value| value * scale + shift).collect();
            let (mut a, mut b) = (WalshAverages::of(&values).unwrap(), WalshAverages::of(&moved).unwrap());
            assert_near(b.centre(), a.centre() * scale + shift, 1e-9);
            let (here, there) = (a.bounds(level), b.bounds(level));
            if here.low.is_finite() {
                assert_near(there.low, here.low * scale + shift, 1e-9);
                assert_near(there.high, here.high * scale + shift, 1e-9);
            } else {
                prop_assert_eq!(here, there);
            }
        }

        /// Selecting in any order gives what sorting gives.
        #[test]
        fn selecting_is_sorting(values in samples(), ranks in proptest::collection::vec(0usize..2000, 1..12)) {
            let mut walsh = WalshAverages::of(&values).unwrap();
            let mut sorted = walsh.averages.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            for rank in ranks {
                let rank = rank % sorted.len();
                prop_assert_eq!(walsh.order_statistic(rank), sorted[rank]);
            }
        }
    }
}
