//! Does a series rise? The Theil-Sen slope with its interval, the Mann-Kendall test, and what serial correlation does to both.
//!
//! Ranks and medians, because memory moves in steps and falls back at every collection of garbage: neither squares of
//! residuals nor a normal law fit it.
//!
//! Sources: H. Theil, "A rank-invariant method of linear and polynomial regression analysis", Indagationes Mathematicae 12
//! (1950), 85-91; P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau", JASA 63 (1968), 1379-1389;
//! H. B. Mann, "Nonparametric tests against trend", Econometrica 13 (1945), 245-259; M. G. Kendall, "Rank Correlation
//! Methods", 4th edition (1975), 4.9 on ties. What is done about serial correlation stands at [`inflation`].

use super::quantile::{normal_lower_tail, normal_quantile};
use super::{mean, median};
use std::cmp::Ordering;

/// Points that a slope is computed from at most: it takes all pairs of them, so a longer series is to be put together first.
pub const MOST_POINTS: usize = 200;

/// A slope and an interval around it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slope {
    /// Median of the slopes of all pairs of points.
    pub slope: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Kendall's statistic of a series against its own order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MannKendall {
    /// Pairs that rise less pairs that fall.
    pub s: f64,
    /// Variance of `s` in a series of independent values without a trend, ties counted.
    pub variance: f64,
}

impl MannKendall {
    /// How probable it is that a series without a trend rises at least as much: one-sided, by the normal law with correction
    /// for continuity. `inflation` (1: independent values) is what [`inflation`] says of the series.
    ///
    /// 1 for a series that cannot rise because all of it is equal, and for an inflation that is no number.
    #[must_use]
    pub fn p_rising(&self, inflation: f64) -> f64 {
        let sd = (self.variance * inflation.max(1.0)).sqrt();
        if !(sd > 0.0 && sd.is_finite()) || inflation.is_nan() {
            return 1.0;
        }
        // One less for the step to the next possible value, towards the middle.
        let z = (self.s - self.s.signum()) / sd;
        if self.s == 0.0 {
            0.5
        } else {
            normal_lower_tail(-z)
        }
    }
}

/// Mann and Kendall's statistic of values in the order of time. `None` below two values, above [`MOST_POINTS`], and where one
/// is not finite.
#[must_use]
pub fn mann_kendall(values: &[f64]) -> Option<MannKendall> {
    if values.len() < 2 || !usable(values) {
        return None;
    }
    let mut s = 0_i64;
    for (at, earlier) in values.iter().enumerate() {
        for later in &values[at + 1..] {
            s += i64::from(later.partial_cmp(earlier).map_or(0, |order| order as i8));
        }
    }
    Some(MannKendall {
        s: s as f64,
        variance: (variance_term(values.len() as f64) - ties(values)) / 18.0,
    })
}

/// The slope of `y` over `x` by Theil and Sen, with Sen's interval of that `confidence` (two-sided: 0.95).
///
/// The interval comes from the law of Kendall's statistic: as many slopes are cut off at each end as it may be away from its
/// mean. `inflation` widens that law where values hang together; 1 where they are independent. With ties and without
/// inflation it is what SciPy's `theilslopes` gives.
///
/// `None` below three points, above [`MOST_POINTS`], where `x` and `y` are not of one length, where all `x` are equal, where a
/// value or a difference of two is not finite, for a confidence outside of 0 to 1, and an inflation that is no number.
#[must_use]
pub fn theil_sen(x: &[f64], y: &[f64], confidence: f64, inflation: f64) -> Option<Slope> {
    if x.len() != y.len() || x.len() < 3 || !usable(x) || !usable(y) {
        return None;
    }
    if !(confidence > 0.0 && confidence < 1.0) || inflation.is_nan() {
        return None;
    }
    let mut slopes = Vec::with_capacity(x.len() * (x.len() - 1) / 2);
    for (at, (x0, y0)) in x.iter().zip(y).enumerate() {
        for (x1, y1) in x[at + 1..].iter().zip(&y[at + 1..]) {
            let (dx, dy) = (x1 - x0, y1 - y0);
            if !dx.is_finite() || !dy.is_finite() {
                return None;
            }
            if dx != 0.0 {
                slopes.push(dy / dx);
            }
        }
    }
    if slopes.is_empty() || slopes.iter().any(|slope| !slope.is_finite()) {
        return None;
    }
    slopes.sort_unstable_by(f64::total_cmp);
    let variance = (variance_term(y.len() as f64) - ties(x) - ties(y)) / 18.0;
    let half = -normal_quantile((1.0 - confidence) / 2.0)?
        * (variance.max(0.0) * inflation.max(1.0)).sqrt();
    let pairs = slopes.len() as f64;
    let last = slopes.len() - 1;
    // Sen's M1-th and M2+1-th slope, counted from 1. The casts saturate: an interval that is wider than all slopes ends at
    // the outermost of them.
    let low = (((pairs - half) / 2.0).round_ties_even() - 1.0).max(0.0) as usize;
    let high = ((pairs + half) / 2.0).round_ties_even().max(0.0) as usize;
    Some(Slope {
        slope: median(&slopes)?,
        low: slopes[low.min(last)],
        high: slopes[high.min(last)],
    })
}

/// By how much serial correlation inflates the variance of Kendall's statistic in a series, 1 or more.
///
/// Values close in time are alike, in memory more than in most: what a test takes for 200 witnesses are often ten. The
/// variance is multiplied by the larger of two numbers, because each alone is too small somewhere:
///
/// - the sum over the serial correlations of ranks, K. H. Hamed and A. R. Rao, "A modified Mann-Kendall trend test for
///   autocorrelated data", J. Hydrology 204 (1998), 182-196, equation 13; here with all lags up to the first that is not
///   positive (C. J. Geyer's rule, Statistical Science 7 (1992), 473-483) in place of those that are significant;
/// - `(1 + r) / (1 - r)`, what S. Yue and C. Wang, Water Resources Management 18 (2004), 201-218, give for a first-order
///   process, with r the first correlation. It is estimated too small in short series; what is missing, (2 + 4 r) / n after
///   taking a line off (F. H. C. Marriott and J. A. Pope, Biometrika 41 (1954), 390-402), is given back.
///
/// With it the test keeps its level for independent and first-order series, steps of random length and regular teeth that
/// have ten effective values or more (`n` over the inflation). With fewer it can alarm three times too often: a series
/// that wanders slower than it is long looks like a trend. The tests of this file hold both.
///
/// To be asked of what remains when the trend has been taken off, or the trend itself passes for correlation. `None` below
/// four values, above [`MOST_POINTS`], and where one is not finite.
#[must_use]
pub fn inflation(residuals: &[f64]) -> Option<f64> {
    let n = residuals.len();
    if n < 4 || !usable(residuals) {
        return None;
    }
    let ranks = ranks(residuals);
    let centre = mean(&ranks)?;
    let total: f64 = ranks.iter().map(|rank| (rank - centre).powi(2)).sum();
    if total <= 0.0 {
        return Some(1.0);
    }
    let correlation = |lag: usize| {
        let products = ranks.iter().zip(&ranks[lag..]);
        products
            .map(|(a, b)| (a - centre) * (b - centre))
            .sum::<f64>()
            / total
    };
    let m = n as f64;
    let mut sum = 0.0;
    for lag in 1..n - 2 {
        let r = correlation(lag);
        if r <= 0.0 {
            break;
        }
        let left = m - lag as f64;
        sum += left * (left - 1.0) * (left - 2.0) * r;
    }
    let hamed_rao = 1.0 + 2.0 * sum / (m * (m - 1.0) * (m - 2.0));
    let first = correlation(1);
    // At 1 the law has no end; nothing is told apart that is nearer to it than one value in n.
    let first = (first + (2.0 + 4.0 * first) / m).clamp(0.0, 1.0 - 1.0 / m);
    Some(hamed_rao.max((1.0 + first) / (1.0 - first)))
}

/// `y` without the line of that slope through it.
#[must_use]
pub fn without_line(x: &[f64], y: &[f64], slope: f64) -> Vec<f64> {
    let start = x.first().copied().unwrap_or(0.0);
    x.iter()
        .zip(y)
        .map(|(x, y)| y - slope * (x - start))
        .collect()
}

fn usable(values: &[f64]) -> bool {
    values.len() <= MOST_POINTS && values.iter().all(|value| value.is_finite())
}

fn variance_term(n: f64) -> f64 {
    n * (n - 1.0) * (2.0 * n + 5.0)
}

/// A tie is a tie only if it is exact.
fn same(a: f64, b: f64) -> bool {
    a.partial_cmp(&b).is_some_and(Ordering::is_eq)
}

/// What values that are alike take from 18 times the variance.
fn ties(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
        .chunk_by(|a, b| same(*a, *b))
        .map(|alike| variance_term(alike.len() as f64))
        .sum()
}

/// Ranks from 1; those that are alike share the middle of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut done = 0;
    for alike in order.chunk_by(|&a, &b| same(values[a], values[b])) {
        let rank = done as f64 + (alike.len() as f64 + 1.0) / 2.0;
        for &at in alike {
            ranks[at] = rank;
        }
        done += alike.len();
    }
    ranks
}

#[cfg(test)]
mod tests;
