//! What a look could have seen, and how many more pairs would probably decide.

use super::parts::{Part, look_share};
use super::units::variance_within;
use super::{LOOKS, Seen};
use crate::compare::{Interval, Levels, POWER_QUANTILE, Pair, Zone, detectable};
use crate::stats::normal_quantile;
use crate::units::Change;

/// More pairs than this are no advice.
const MOST_PAIRS: f64 = 10_000.0;

/// Half the width of an interval.
fn half_width(interval: Interval) -> f64 {
    0.5 * (interval.high.log() - interval.low.log())
}

/// Standard error of the estimate, read off the interval of one-sided `level` as if that were a normal one.
fn error_of(interval: Interval, level: f64) -> f64 {
    normal_quantile(level).map_or(f64::INFINITY, |quantile| half_width(interval) / -quantile)
}

/// The standard error at a look: by the fail interval, or by the pass interval where the level of the other cannot be reached;
/// where neither can, by what earlier attempts left of the interval.
fn standard_error(seen: &Seen) -> f64 {
    let by_fail = error_of(seen.alone.fail, seen.look.fail_level);
    let by_pass = || error_of(seen.alone.pass, seen.pass_level);
    let by_both = || error_of(seen.look.interval, seen.look.fail_level);
    [by_fail]
        .into_iter()
        .chain(std::iter::once_with(by_pass))
        .chain(std::iter::once_with(by_both))
        .find(|error| error.is_finite())
        .unwrap_or(f64::INFINITY)
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

/// How an estimate will scatter with more pairs: `sqrt(settled + pair / n)`.
pub(in crate::compare) struct Scatter {
    /// Variance of the estimate that more pairs of the same layouts do not lower.
    settled: f64,
    /// Variance of one pair.
    pair: f64,
}

impl Scatter {
    /// From the standard error of an estimate that `units` went into. `None` where that is not known.
    pub(in crate::compare) fn of(
        error: f64,
        units: usize,
        pairs: &[Pair],
        numbers: &[f64],
    ) -> Option<Self> {
        let n = pairs.len() as f64;
        let variance = error.powi(2);
        if !variance.is_finite() {
            return None;
        }
        let pair = if units == pairs.len() {
            variance * n
        } else {
            variance_within(pairs, numbers)?.min(variance * n)
        };
        Some(Self {
            settled: variance - pair / n,
            pair,
        })
    }

    /// Pairs after which the standard error is this. `None` if it never is.
    pub(in crate::compare) fn pairs(&self, error: f64) -> Option<f64> {
        let room = error.powi(2) - self.settled;
        if room > 0.0 {
            Some(self.pair / room)
        } else {
            (self.settled == 0.0 && self.pair == 0.0).then_some(0.0)
        }
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
    let scatter = Scatter::of(
        standard_error(seen),
        seen.look.units as usize,
        used.0,
        used.1,
    )?;
    let ahead = Ahead {
        effect: seen.look.effect.log().abs(),
        zone,
        levels,
        layouts: (seen.look.units < seen.look.n).then_some(seen.look.units),
    };
    let attempt = LOOKS[LOOKS.len() - 1] as usize;
    let so_far = seen.look.n as usize;
    let mut part = (part.rank, part.start);
    loop {
        let (rank, start) = part;
        let needed = ahead.pairs(&scatter, rank)?;
        if needed > MOST_PAIRS {
            return None;
        }
        let decides = LOOKS
            .iter()
            .map(|&look| start + look as usize)
            .find(|&n| n > so_far && n as f64 >= needed);
        if let Some(n) = decides {
            return u32::try_from(n - so_far).ok();
        }
        // Shares of later attempts only fall, so nothing ends before that number. The cast is of a number up to the most.
        let skipped = ((needed as usize).saturating_sub(start + 1) / attempt).max(1);
        part = (
            rank + u32::try_from(skipped).ok()?,
            start + skipped * attempt,
        );
    }
}

/// What it takes to decide, if the estimate is right.
struct Ahead {
    /// Size of the estimate, whatever its direction.
    effect: f64,
    zone: Zone,
    levels: Levels,
    /// Units that there will ever be, where layouts are the unit.
    layouts: Option<u32>,
}

impl Ahead {
    /// Pairs that decide at the levels of the part of this rank. `None` if no number does.
    fn pairs(&self, scatter: &Scatter, rank: u32) -> Option<f64> {
        let share = look_share(rank, self.layouts.is_some());
        let (fail, pass) = (share * self.levels.fail, share * self.levels.pass);
        // With fewer units no outcome is as improbable as the level.
        let units = -fail.min(pass).log2();
        if self
            .layouts
            .is_some_and(|layouts| f64::from(layouts) < units)
        {
            return None;
        }
        let error = self.error(-normal_quantile(fail)?, -normal_quantile(pass)?);
        (error > 0.0)
            .then(|| scatter.pairs(error))?
            .map(|pairs| pairs.max(units))
    }

    /// The standard error at which four of five estimates would be decided. `fail` and `pass` are normal quantiles of the levels.
    fn error(&self, fail: f64, pass: f64) -> f64 {
        let (floor, tolerance) = (self.zone.floor.log(), self.zone.tolerance.log());
        if self.effect > tolerance {
            let beyond_floor = (self.effect - floor) / (fail + POWER_QUANTILE);
            beyond_floor.min((self.effect - tolerance) / POWER_QUANTILE)
        } else {
            // And it must not be blind: see `Looking::ends`.
            let within = (tolerance - self.effect) / (pass + POWER_QUANTILE);
            within.min((2.0 * tolerance - floor) / (fail + POWER_QUANTILE))
        }
    }
}
