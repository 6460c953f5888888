//! Pairs of one run: exact signed-rank interval at the looks of a group-sequential plan.
//!
//! A pair is one base and one candidate process, in the order of a fair coin. If the candidate takes `e^c` times
//! what the base takes, the coin makes the signs of `ln(candidate / base) - c` fair coins *given* their sizes, so the
//! signed-rank law holds whatever the machine did meanwhile: drift, bursts, warming up.
//!
//! The comparison may be decided at 8, 12, 18, 27 or 40 pairs. Each look spends 0.31 of the level, and together
//! they stay within it (the tests simulate that). The intervals at the looks are therefore repeated confidence
//! intervals, and any rule for stopping at a look is allowed. Source: C. Jennison and B. Turnbull, "Group Sequential
//! Methods" (2000), chapter 9; the factor is computed for these looks, not taken from a table.

use super::{Comparison, Interval, Levels, Method, NotComparable, Zone, detectable, exact};
use crate::stats::{Bounds, WalshAverages, median, normal_quantile};
use crate::units::Change;
use serde::Serialize;

/// Numbers of pairs at which a paired comparison may be decided.
pub const LOOKS: [u32; 5] = [8, 12, 18, 27, 40];

/// Share of the level that is spent at each look.
pub const LOOK_LEVEL: f64 = 0.31;

/// Pairs that it takes to believe that an exact metric repeats.
const EXACT_FROM: usize = 3;

/// What was seen at one look.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Look {
    /// Pairs so far.
    pub n: u32,
    /// Estimated change: Hodges-Lehmann centre of the log ratios.
    pub effect: Change,
    /// Each side at [`LOOK_LEVEL`] of the fail level.
    pub interval: Interval,
    /// Each side at [`LOOK_LEVEL`] of the pass level.
    pub pass_interval: Interval,
    /// One-sided p-value of "the change is at most the floor", for this look alone.
    pub p_more: f64,
    /// One-sided p-value of "the change is at least minus the floor", for this look alone.
    pub p_less: f64,
    /// What the data say at this look, if they say something.
    pub decision: Option<Decision>,
}

/// What stops a comparison at a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// Surely above the floor, and by estimate above the tolerance.
    More,
    /// Surely below minus the floor, and by estimate below minus the tolerance.
    Less,
    /// Surely within the tolerance on both sides.
    Same,
}

impl Decision {
    /// The rules, the same upwards and downwards. A bound on one side alone ("not slower") does not stop: which side
    /// is the good one is not known here, and more pairs can only make it clearer.
    fn of(effect: f64, fail: Bounds, pass: Bounds, zone: Zone) -> Option<Self> {
        let (floor, tolerance) = (zone.floor.log(), zone.tolerance.log());
        if fail.low > floor && effect > tolerance {
            Some(Self::More)
        } else if fail.high < -floor && effect < -tolerance {
            Some(Self::Less)
        } else if pass.low > -tolerance && pass.high < tolerance {
            Some(Self::Same)
        } else {
            None
        }
    }
}

/// Compares pairs `(base, candidate)` in the order of measuring.
///
/// The answer is that of the first look at which there is a [`Decision`], else that of the last look that the pairs
/// complete. Looks end at 40 pairs: further ones are not used, because the error levels are spent.
///
/// `exact` says that the metric repeats by its nature (see [`super::repeats_exactly`]). Then three pairs are
/// enough if each side always gave the same value, or one side is zero and the other never; other metrics are compared exactly if
/// the eight pairs of the first look, and all later ones, repeat.
///
/// # Errors
/// [`NotComparable::TooFewObservations`] below the first look, [`NotComparable::NoRatio`] for a value that is zero,
/// negative or not finite.
pub fn paired(
    pairs: &[(f64, f64)],
    levels: Levels,
    zone: Zone,
    exact: bool,
) -> Result<Comparison, NotComparable> {
    if pairs.len() >= EXACT_FROM && (exact || pairs.len() >= LOOKS[0] as usize) {
        let (base, candidate): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        let n = count(pairs);
        if let Some(comparison) = exact::comparison(&base, &candidate, (n, n), levels, zone)
            && (exact || comparison.effect.log().is_finite())
        {
            return Ok(comparison);
        }
    }
    let mut looks = Looking::new(pairs, levels, zone)?;
    let fail_level = look_level(levels.fail);
    // At a small family-wise level the first looks cannot claim anything, whatever the pairs say. "The same" from
    // such a look would say nothing about what was missed; later looks can tell, and any stopping rule is allowed.
    let ends = |look: &Look| match look.decision {
        None => false,
        Some(Decision::Same) => {
            look_detectable(look, fail_level, zone).log() <= 2.0 * zone.tolerance.log()
        }
        Some(Decision::More | Decision::Less) => true,
    };
    let mut last = looks.next();
    while let Some(look) = &last
        && !ends(look)
        && let Some(later) = looks.next()
    {
        last = Some(later);
    }
    let look = last.ok_or_else(|| too_few(pairs))?;
    let used = &pairs[..look.n as usize];
    let typical = |side: fn(&(f64, f64)) -> f64| {
        median(&used.iter().map(side).collect::<Vec<_>>()).ok_or(NotComparable::NoRatio)
    };
    Ok(Comparison {
        method: Method::Paired,
        base: typical(|pair| pair.0)?,
        candidate: typical(|pair| pair.1)?,
        effect: look.effect,
        interval: look.interval,
        pass_interval: look.pass_interval,
        fail_level,
        detectable: look_detectable(&look, fail_level, zone),
        base_n: look.n,
        candidate_n: look.n,
        more_pairs: None,
    })
}

/// Every look that the pairs complete, also those after a decision.
///
/// # Errors
/// As [`paired`], for pairs that are not compared exactly.
pub fn paired_looks(
    pairs: &[(f64, f64)],
    levels: Levels,
    zone: Zone,
) -> Result<Vec<Look>, NotComparable> {
    Looking::new(pairs, levels, zone).map(Iterator::collect)
}

/// The looks, one after another.
struct Looking {
    /// ln(candidate / base) of each pair.
    changes: Vec<f64>,
    walsh: WalshAverages,
    levels: Levels,
    zone: Zone,
    done: usize,
}

impl Looking {
    fn new(pairs: &[(f64, f64)], levels: Levels, zone: Zone) -> Result<Self, NotComparable> {
        let usable = |value: f64| value.is_finite() && value > 0.0;
        if !pairs.iter().all(|pair| usable(pair.0) && usable(pair.1)) {
            return Err(NotComparable::NoRatio);
        }
        if pairs.len() < LOOKS[0] as usize {
            return Err(too_few(pairs));
        }
        Ok(Self {
            changes: pairs
                .iter()
                .map(|(base, candidate)| candidate.ln() - base.ln())
                .collect(),
            walsh: WalshAverages::default(),
            levels,
            zone,
            done: 0,
        })
    }
}

impl Iterator for Looking {
    type Item = Look;

    fn next(&mut self) -> Option<Look> {
        let n = *LOOKS.get(self.done)?;
        let walsh = self.walsh.refill(self.changes.get(..n as usize)?)?;
        self.done += 1;
        let effect = walsh.centre();
        let fail = walsh.bounds(look_level(self.levels.fail));
        let pass = walsh.bounds(look_level(self.levels.pass));
        let floor = self.zone.floor.log();
        Some(Look {
            n,
            effect: Change::from_log(effect),
            interval: fail.into(),
            pass_interval: pass.into(),
            p_more: walsh.p_above(floor),
            p_less: walsh.p_below(-floor),
            decision: Decision::of(effect, fail, pass, self.zone),
        })
    }
}

impl From<Bounds> for Interval {
    fn from(bounds: Bounds) -> Self {
        Self {
            low: Change::from_log(bounds.low),
            high: Change::from_log(bounds.high),
        }
    }
}

/// What one look may spend of a level. Nothing of what is no level (outside of `0 < level < 0.5`): then nothing is bounded.
fn look_level(level: f64) -> f64 {
    if level > 0.0 && level < 0.5 {
        LOOK_LEVEL * level
    } else {
        0.0
    }
}

/// MDE80 at a look. The standard error is read off the interval, as if that were a normal one.
fn look_detectable(look: &Look, fail_level: f64, zone: Zone) -> Change {
    let half_width = 0.5 * (look.interval.high.log() - look.interval.low.log());
    let error =
        normal_quantile(fail_level).map_or(f64::INFINITY, |quantile| half_width / -quantile);
    detectable(zone, half_width, error)
}

fn count(pairs: &[(f64, f64)]) -> u32 {
    u32::try_from(pairs.len()).unwrap_or(u32::MAX)
}

fn too_few(pairs: &[(f64, f64)]) -> NotComparable {
    NotComparable::TooFewObservations {
        got: count(pairs),
        needed: LOOKS[0],
    }
}

#[cfg(test)]
mod tests;
