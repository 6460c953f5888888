//! What a look could have seen, and how many more pairs would probably decide.

use super::parts::{Part, look_share};
use super::units::variance_within;
use super::{LOOKS, Seen};
use crate::compare::{Interval, Levels, POWER_QUANTILE, Pair, Zone, detectable};
use crate::stats::normal_quantile;
use crate::units::Change;

/// More pairs than this are no advice.
const MOST_PAIRS: usize = 10_000;

/// Half the width of an interval.
fn half_width(interval: Interval) -> f64 {
    0.5 * (interval.high.log() - interval.low.log())
}

/// Standard error of the estimate, read off the interval of one-sided `level` as if that were a normal one.
fn error_of(interval: Interval, level: f64) -> f64 {
    normal_quantile(level).map_or(f64::INFINITY, |quantile| half_width(interval) / -quantile)
}

/// The standard error at a look: by the fail interval, or by the pass interval where the level of the other cannot be reached.
fn standard_error(seen: &Seen) -> f64 {
    let by_fail = error_of(seen.alone.fail, seen.look.fail_level);
    if by_fail.is_finite() {
        by_fail
    } else {
        error_of(seen.alone.pass, seen.pass_level)
    }
}

/// MDE80 at a look.
pub(super) fn detectable_at(seen: &Seen, zone: Zone) -> Change {
    let half_width = half_width(seen.look.interval);
    if half_width.is_finite() {
        detectable(zone, half_width, standard_error(seen))
    } else {
        Change::from_log(f64::INFINITY)
    }
}

/// How the estimate will scatter with more pairs: `sqrt(between / layouts + within / pairs)`.
struct Scatter {
    /// Share of the variance that more pairs of the same layouts do not lower.
    settled: f64,
    /// Variance of one pair.
    pair: f64,
    /// Units that there will ever be, where layouts are the unit.
    units: Option<u32>,
}

impl Scatter {
    fn of(seen: &Seen, used: (&[Pair], &[f64])) -> Option<Self> {
        let n = f64::from(seen.look.n);
        let variance =
            Some(standard_error(seen).powi(2)).filter(|variance| variance.is_finite())?;
        if seen.look.units == seen.look.n {
            return Some(Self {
                settled: 0.0,
                pair: variance * n,
                units: None,
            });
        }
        let pair = variance_within(used.0, used.1)?.min(variance * n);
        Some(Self {
            settled: variance - pair / n,
            pair,
            units: Some(seen.look.units),
        })
    }

    fn error(&self, n: usize) -> f64 {
        (self.settled + self.pair / n as f64).sqrt()
    }
}

/// Pairs beyond those of this look after which there would be a decision in four of five cases, if the estimate is
/// right. They end at a look, in this attempt or in a later one.
///
/// `None` where there is a decision, or none within [`MOST_PAIRS`]: the estimate lies too close to a limit, or layouts differ
/// too much for any number of pairs. Formula: the usual sample size of a one-sided test (see [`detectable`]).
pub(super) fn more_pairs(
    seen: &Seen,
    used: (&[Pair], &[f64]),
    part: Part,
    levels: Levels,
    zone: Zone,
) -> Option<u32> {
    if seen.look.decision.is_some() {
        return None;
    }
    let scatter = Scatter::of(seen, used)?;
    let ahead = Ahead {
        effect: seen.look.effect.log().abs(),
        zone,
        levels,
        by_layout: scatter.units.is_some(),
    };
    // The shares of later attempts only fall, so nothing can end before this.
    let shortest = ahead.shortest(&scatter, part.rank)?;
    let attempt = LOOKS[LOOKS.len() - 1] as usize;
    let so_far = seen.look.n as usize;
    let skipped = shortest.saturating_sub(part.start + 1) / attempt;
    let mut rank = part.rank.saturating_add(u32::try_from(skipped).ok()?);
    loop {
        let start = part.start + attempt * (rank - part.rank) as usize;
        if start > MOST_PAIRS {
            return None;
        }
        let decides = LOOKS
            .iter()
            .map(|&look| start + look as usize)
            .filter(|&n| n > so_far && n >= shortest)
            .find(|&n| ahead.decides(&scatter, rank, n));
        if let Some(n) = decides {
            return u32::try_from(n - so_far).ok();
        }
        rank += 1;
    }
}

/// What it takes to decide, if the estimate is right.
struct Ahead {
    /// Size of the estimate, whatever its direction.
    effect: f64,
    zone: Zone,
    levels: Levels,
    by_layout: bool,
}

impl Ahead {
    fn decides(&self, scatter: &Scatter, rank: u32, n: usize) -> bool {
        let share = look_share(rank, self.by_layout);
        let reach = |level: f64| {
            let level = share * level;
            let units = scatter.units.map_or(n as f64, f64::from);
            // With fewer units no outcome is as improbable as the level.
            (units >= -level.log2())
                .then(|| normal_quantile(level).map(|quantile| -quantile))
                .flatten()
        };
        let (Some(fail), Some(pass)) = (reach(self.levels.fail), reach(self.levels.pass)) else {
            return false;
        };
        self.reached(fail, pass, scatter.error(n))
    }

    /// Whether four of five estimates with this error would be decided. `fail` and `pass` are normal quantiles of the levels.
    fn reached(&self, fail: f64, pass: f64, error: f64) -> bool {
        let (floor, tolerance) = (self.zone.floor.log(), self.zone.tolerance.log());
        if self.effect > tolerance {
            (fail + POWER_QUANTILE) * error <= self.effect - floor
                && POWER_QUANTILE * error <= self.effect - tolerance
        } else {
            // And it must not be blind: see `Looking::ends`.
            (pass + POWER_QUANTILE) * error <= tolerance - self.effect
                && floor + (fail + POWER_QUANTILE) * error <= 2.0 * tolerance
        }
    }

    /// The smallest number of pairs that is not ruled out, by doubling and halving.
    fn shortest(&self, scatter: &Scatter, rank: u32) -> Option<usize> {
        let enough = |n: usize| self.decides(scatter, rank, n);
        let (mut below, mut above) = (0, LOOKS[0] as usize);
        while !enough(above) {
            if above > MOST_PAIRS {
                return None;
            }
            below = above;
            above *= 2;
        }
        while above - below > 1 {
            let middle = below + (above - below) / 2;
            if enough(middle) {
                above = middle;
            } else {
                below = middle;
            }
        }
        Some(above)
    }
}
