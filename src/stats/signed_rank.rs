//! The law of Wilcoxon's signed-rank statistic when every sign is a fair coin.
//!
//! `T+` is the sum of the ranks of the positive differences. With `n` differences it lies in `0..=n(n+1)/2`.
//! Source: F. Wilcoxon, "Individual comparisons by ranking methods", Biometrics Bulletin 1 (1945), 80-83;
//! M. Hollander, D. Wolfe, E. Chicken, "Nonparametric Statistical Methods", 3rd edition (2013), 3.1.

use super::quantile::{normal_lower_tail, normal_quantile};
use std::sync::OnceLock;

/// Up to this many differences the law is computed exactly; beyond it by a normal approximation that is
/// made conservative by one rank (see [`lower_tail`]).
pub const EXACT_UP_TO: usize = 200;

/// `P(T+ <= t)` for every `t`, for each `n`, filled in on first use.
static LAWS: [OnceLock<Box<[f64]>>; EXACT_UP_TO + 1] = [const { OnceLock::new() }; EXACT_UP_TO + 1];

/// Largest value of `T+`, which is also the number of Walsh averages of `n` values.
pub(super) const fn walsh_count(n: usize) -> usize {
    n.saturating_mul(n.saturating_add(1)) / 2
}

/// The exact law: the rank `r` joins the sum or does not, each with one half.
///
/// The counts behind it are below 2^53 for n <= 53, so up to there every number is exact.
fn exact_law(n: usize) -> &'static [f64] {
    LAWS[n].get_or_init(|| {
        let mut mass = vec![0.0; walsh_count(n) + 1];
        mass[0] = 1.0;
        let mut top = 0;
        for rank in 1..=n {
            top += rank;
            for t in (0..=top).rev() {
                let with = if t >= rank { mass[t - rank] } else { 0.0 };
                mass[t] = 0.5 * (mass[t] + with);
            }
        }
        let mut sum = 0.0;
        mass.iter_mut().for_each(|mass| {
            sum += *mass;
            *mass = sum;
        });
        mass.into_boxed_slice()
    })
}

/// Mean and standard deviation of `T+`: n(n+1)/4 and sqrt(n(n+1)(2n+1)/24) (Hollander et al., 3.1).
fn moments(n: usize) -> (f64, f64) {
    let n = n as f64;
    (
        n * (n + 1.0) / 4.0,
        (n * (n + 1.0) * (2.0 * n + 1.0) / 24.0).sqrt(),
    )
}

/// `P(T+ <= t)` for `n` differences whose signs are fair coins. By symmetry this is also `P(T+ >= M - t)`
/// with `M = n(n+1)/2`.
///
/// Beyond [`EXACT_UP_TO`] differences it is the normal approximation with continuity correction and one
/// further rank added, which keeps it above the exact value in the tails that decide.
#[must_use]
pub fn lower_tail(n: usize, t: usize) -> f64 {
    if t >= walsh_count(n) {
        return 1.0;
    }
    if n <= EXACT_UP_TO {
        return exact_law(n)[t].min(1.0);
    }
    let (mean, sd) = moments(n);
    normal_lower_tail((t as f64 + 1.5 - mean) / sd)
}

/// `C(n, level)`: the largest `c` with `P(T+ <= c) <= level`. So many Walsh averages may be cut off at one end
/// for an interval of that one-sided level.
///
/// `None` when no `c` is that improbable, which takes `n >= log2(1 / level)`, and for a level outside of
/// `0 < level < 0.5`, NaN included.
#[must_use]
pub fn critical_count(n: usize, level: f64) -> Option<usize> {
    if !(level > 0.0 && level < 0.5) || n == 0 {
        return None;
    }
    if n <= EXACT_UP_TO {
        return exact_law(n)
            .partition_point(|&tail| tail <= level)
            .checked_sub(1);
    }
    let (mean, sd) = moments(n);
    let start = mean - 1.5 + normal_quantile(level)? * sd;
    // The cast saturates; from the start, which is off by rounding only, walk to the defining property.
    let mut count = start.max(0.0) as usize;
    while lower_tail(n, count) > level {
        count = count.checked_sub(1)?;
    }
    while lower_tail(n, count + 1) <= level {
        count += 1;
    }
    Some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One-sided critical values of T for n = 5..=30 at 0.05, 0.025, 0.01 and 0.005; -1 where there is none.
    /// Table of F. Wilcoxon and R. A. Wilcox, "Some Rapid Approximate Statistical Procedures" (Lederle
    /// Laboratories, 1964), as reprinted in most textbooks, e.g. Zar, "Biostatistical Analysis", table B.12.
    const PUBLISHED: [(usize, [i64; 4]); 26] = [
        (5, [0, -1, -1, -1]),
        (6, [2, 0, -1, -1]),
        (7, [3, 2, 0, -1]),
        (8, [5, 3, 1, 0]),
        (9, [8, 5, 3, 1]),
        (10, [10, 8, 5, 3]),
        (11, [13, 10, 7, 5]),
        (12, [17, 13, 9, 7]),
        (13, [21, 17, 12, 9]),
        (14, [25, 21, 15, 12]),
        (15, [30, 25, 19, 15]),
        (16, [35, 29, 23, 19]),
        (17, [41, 34, 27, 23]),
        (18, [47, 40, 32, 27]),
        (19, [53, 46, 37, 32]),
        (20, [60, 52, 43, 37]),
        (21, [67, 58, 49, 42]),
        (22, [75, 65, 55, 48]),
        (23, [83, 73, 62, 54]),
        (24, [91, 81, 69, 61]),
        (25, [100, 89, 76, 68]),
        (26, [110, 98, 84, 75]),
        (27, [119, 107, 92, 83]),
        (28, [130, 116, 101, 91]),
        (29, [140, 126, 110, 100]),
        (30, [151, 137, 120, 109]),
    ];

    #[test]
    fn critical_counts_are_those_of_the_published_table() {
        for (n, row) in PUBLISHED {
            for (level, published) in [0.05, 0.025, 0.01, 0.005].into_iter().zip(row) {
                let ours = critical_count(n, level).map_or(-1, |count| count as i64);
                assert_eq!(ours, published, "n {n}, level {level}");
            }
        }
    }

    #[test]
    fn a_level_needs_its_binary_logarithm_of_differences() {
        assert_eq!(critical_count(4, 1.0 / 32.0), None);
        assert_eq!(critical_count(5, 1.0 / 32.0), Some(0));
        // 0.31 * 0.05 / 100: first attainable at the look of 18 pairs, not at that of 12.
        assert_eq!(critical_count(12, 0.31 * 0.05 / 100.0), None);
        assert!(critical_count(18, 0.31 * 0.05 / 100.0).is_some());
    }

    #[test]
    fn a_level_that_is_none_cuts_nothing_off() {
        for level in [0.0, -0.1, 0.5, 1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(critical_count(40, level), None, "{level}");
            assert_eq!(critical_count(1000, level), None, "{level}");
        }
        assert_eq!(critical_count(0, 0.05), None);
    }

    #[test]
    fn the_law_is_symmetric_and_ends_at_one() {
        for n in [1, 2, 7, 40, 53, 200] {
            let top = walsh_count(n);
            assert!((lower_tail(n, top) - 1.0).abs() < 1e-15);
            for t in [0, top / 4, top / 2] {
                let mirrored = 1.0
                    - if top > t {
                        lower_tail(n, top - t - 1)
                    } else {
                        0.0
                    };
                assert!((lower_tail(n, t) - mirrored).abs() < 1e-12, "n {n}, t {t}");
            }
        }
    }

    /// The approximation is judged where both are at hand: at the last exact n.
    #[test]
    fn beyond_the_exact_range_bounds_are_hardly_wider_and_never_narrower() {
        let (mean, sd) = moments(EXACT_UP_TO);
        for level in [0.05, 0.025, 0.01, 0.001, 1e-4, 1e-5, 1e-6] {
            let exact = critical_count(EXACT_UP_TO, level).unwrap() as f64;
            let approximate = mean - 1.5 + normal_quantile(level).unwrap() * sd;
            assert!(approximate.floor() <= exact, "level {level}");
            let wider = (exact - approximate.floor()) / (mean - exact);
            assert!(wider < 0.02, "level {level}: {wider}");
        }
    }

    #[test]
    fn large_samples_have_critical_counts_with_the_defining_property() {
        for n in [201, 1000, 100_000] {
            let count = critical_count(n, 0.01).unwrap();
            assert!(lower_tail(n, count) <= 0.01);
            assert!(lower_tail(n, count + 1) > 0.01);
        }
    }
}
