//! Values that repeat, exactly or nearly: counts and sizes.
//!
//! What repeats exactly is compared without statistics, zero included. What nearly repeats is compared by complete
//! separation: if both sides were draws of one law, all `r` values of the candidate would lie above all `r` of the base
//! in one of `C(2r, r)` cases. Source: the extreme case of the rank-sum test, F. Wilcoxon, Biometrics Bulletin 1 (1945),
//! 80-83. Once the sides overlap they overlap for good, so looking again after every further pair costs nothing.

mod counters;

use super::{Comparison, Interval, Levels, Method, NotComparable, Pair, Zone, paired::LOOKS};
use crate::measurement::Metric;
use crate::stats::median;
use crate::units::{Change, Unit};

pub use counters::{COUNTERS, CounterRule, counter_rule};

/// Values that it takes to believe that an exact metric repeats.
const EXACT_FROM: usize = 3;

/// Values of one side that spread by more than this share of their median do not nearly repeat: they are judged like
/// times.
const NEARLY: f64 = 0.005;

/// Counts and sizes that depend on when somebody looked, or on how fast something was.
const VARYING: [&str; 5] = ["peak-rss", "requests", "threads", "fds", "invalid-runs"];

/// Whether a metric repeats exactly by its nature, so that equal values are no coincidence: counts and sizes, but
/// for the peak of resident memory, which depends on when the kernel looked, and for what a workload counts: requests,
/// threads and file descriptors.
///
/// What `exact` of [`super::paired`], [`super::absolute`] and [`super::BaselineInput`] should be, unless somebody
/// knows better.
#[must_use]
pub fn repeats_exactly(metric: &Metric) -> bool {
    matches!(metric.unit, Unit::Count | Unit::Bytes) && !VARYING.contains(&&*metric.name)
}

/// Whether a single value, or several that are all equal, is as good as many for an absolute limit: of what repeats exactly, and of
/// `leak`, which is the lower end of an interval from within its run and so has its uncertainty in it.
#[must_use]
pub fn speaks_for_itself(metric: &Metric) -> bool {
    repeats_exactly(metric) || metric.name == "leak"
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

/// Compares pairs without looks, if that can be: exactly, or by complete separation where the metric repeats by its
/// nature (`exact`).
///
/// # Errors
/// [`NotComparable::TooFewObservations`] where values nearly repeat, and there are too few of them for the level.
pub(super) fn of_pairs(
    pairs: &[Pair],
    levels: Levels,
    zone: Zone,
    exact: bool,
) -> Result<Option<Comparison>, NotComparable> {
    let enough = if exact { EXACT_FROM } else { LOOKS[0] as usize };
    if pairs.len() < enough {
        return Ok(None);
    }
    // Times hardly ever repeat: this is what they cost here.
    if !exact && !repeats(pairs) {
        return Ok(None);
    }
    let (base, candidate): (Vec<f64>, Vec<f64>) =
        pairs.iter().map(|pair| (pair.base, pair.candidate)).unzip();
    let n = as_count(pairs.len());
    if let Some(comparison) = comparison(&base, &candidate, (n, n), levels, zone) {
        // Times that the tool prints as zero are too short for it, not infinitely faster.
        return Ok((exact || comparison.effect.log().is_finite()).then_some(comparison));
    }
    let (Some(base), Some(candidate)) = (Near::of(&base), Near::of(&candidate)) else {
        return Ok(None);
    };
    if !exact {
        return Ok(None);
    }
    separated(base, candidate, (units(pairs), n), levels, zone)
}

/// One side always gave the same.
#[expect(
    clippy::float_cmp,
    reason = "whether values repeat exactly is the question"
)]
fn repeats(pairs: &[Pair]) -> bool {
    pairs.first().is_some_and(|first| {
        pairs.iter().all(|pair| pair.base == first.base)
            || pairs.iter().all(|pair| pair.candidate == first.candidate)
    })
}

/// Layouts that were run, or pairs where there are no layouts: what counts once.
fn units(pairs: &[Pair]) -> u32 {
    if pairs.iter().all(|pair| pair.layout.is_none()) {
        return as_count(pairs.len());
    }
    let layouts: std::collections::BTreeSet<Option<u32>> =
        pairs.iter().map(|pair| pair.layout).collect();
    as_count(layouts.len())
}

/// Values of one side that nearly repeat.
#[derive(Debug, Clone, Copy)]
struct Near {
    least: f64,
    median: f64,
    most: f64,
}

impl Near {
    /// `None` for values that spread more than [`NEARLY`], or have no ratio.
    fn of(values: &[f64]) -> Option<Self> {
        let median = median(values)?;
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (least > 0.0 && most - least <= NEARLY * median).then_some(Self {
            least,
            median,
            most,
        })
    }
}

/// `1 / C(2r, r)`: how often all of `r` values lie above all of `r` others by chance.
fn separation_level(r: u32) -> f64 {
    // Every intermediate product is a binomial coefficient, so divisions leave nothing over.
    1.0 / (1..=r).fold(1.0, |ways, i| ways * f64::from(r + i) / f64::from(i))
}

/// Compares by complete separation: the bounds are the closest that values of the two sides come, and the farthest.
///
/// `Ok(None)` for levels that no number of values reaches.
fn separated(
    base: Near,
    candidate: Near,
    (units, n): (u32, u32),
    levels: Levels,
    zone: Zone,
) -> Result<Option<Comparison>, NotComparable> {
    let attained = separation_level(units);
    let wanted = levels.fail.min(levels.pass);
    let Some(needed) = (1..100).find(|&r| separation_level(r) <= wanted) else {
        return Ok(None);
    };
    if units < needed {
        // With eight pairs the looks have an answer, and go on to more.
        return if n < LOOKS[0] {
            Err(NotComparable::TooFewObservations { got: units, needed })
        } else {
            Ok(None)
        };
    }
    let interval = Interval {
        low: Change::from_log(candidate.least.ln() - base.most.ln()),
        high: Change::from_log(candidate.most.ln() - base.least.ln()),
    };
    let half_width = 0.5 * (interval.high.log() - interval.low.log());
    Ok(Some(Comparison {
        method: Method::NearlyExact,
        base: base.median,
        candidate: candidate.median,
        effect: Change::from_log(candidate.median.ln() - base.median.ln()),
        interval,
        pass_interval: interval,
        fail_level: attained,
        // Values never lie farther apart than the whole interval, so there is nothing to add for chance.
        detectable: super::detectable(zone, half_width, 0.0),
        base_n: n,
        candidate_n: n,
        more_pairs: None,
    }))
}

fn as_count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
