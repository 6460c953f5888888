//! Whether something costs less than two limits: one-sided, on the ratio and on the difference.
//!
//! "Not significantly slower" would be no proof: with few pairs nothing is significant. So the claim is the alternative
//! here, and the burden is on it (non-inferiority; D. Schuirmann, Journal of Pharmacokinetics and Biopharmaceutics 15 (1987),
//! 657-680). Where there are two limits both must hold, and each is tested at the whole level: an intersection-union test
//! (R. Berger, Technometrics 24 (1982), 295-300), which errs only if it errs about the limit that is broken.
//!
//! The bounds are signed-rank bounds, as in [`super::compare_pairs`], on `ln(on / off)` and on `on - off`, and for the
//! same reason: the coin makes the signs fair. Overheads are small, so the looks go on to 135 pairs. A run that was
//! repeated goes on where the earlier attempt ended; a proof or a violation, once made, stands.

use super::paired::{Scatter, Units};
use super::{NotComparable, POWER_QUANTILE, Pair};
use crate::stats::{WalshAverages, median, normal_quantile};
use crate::units::Change;
use serde::Serialize;

/// Numbers of pairs at which a claim may be proven or refuted.
pub const OVERHEAD_LOOKS: [u32; 8] = [8, 12, 18, 27, 40, 60, 90, 135];

/// Share of the level that is spent at each of them: all together spend 0.90 of 5 %, and 0.98 of 2.5 %.
pub const OVERHEAD_LOOK_LEVEL: f64 = 0.2;

/// The same where layouts are the unit. 16 layouts are a coarser sample; with 0.2 a level of 2.5 % would be exceeded.
const LAYOUT_LOOK_LEVEL: f64 = 0.18;

/// Instrumentation does not make programs faster. One that is surely faster by more than the relative limit, or by more
/// than this where the limit is wider, is another program: link order alone moves a benchmark by this much.
const FASTER: f64 = 0.02;

/// More pairs than this are no advice.
const MOST_PAIRS: f64 = 10_000.0;

/// What must be proven; both, where both are given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OverheadLimits {
    /// Relative limit, above 0.
    pub relative: Change,
    /// Absolute limit in the metric's unit, above 0.
    pub absolute: Option<f64>,
}

/// Estimate and one-sided bounds.
///
/// The upper one is at the level of the claim. The lower one is at this level over the number of limits, because one broken
/// limit is enough for "violated". Both hold at all looks together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct OverheadBounds<T> {
    /// Hodges-Lehmann estimate.
    pub estimate: T,
    /// Lower bound; may be minus infinity.
    pub low: T,
    /// Upper bound; may be infinity.
    pub high: T,
}

/// What the pairs say about a claim of low cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OverheadStanding {
    /// Every upper bound lies below its limit, and the program is not faster by as much.
    Proven,
    /// Some upper bound does not, and no lower bound lies above.
    NotProven,
    /// Some lower bound lies above its limit.
    Violated,
    /// Instrumentation makes the program significantly faster: something else differs between the two.
    InvalidDesign,
}

/// The numbers behind a claim of low cost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Overhead {
    /// What they come to.
    pub standing: OverheadStanding,
    /// Typical value without.
    pub off: f64,
    /// Typical value with.
    pub on: f64,
    /// ln(on / off).
    pub relative: OverheadBounds<Change>,
    /// on - off in the metric's unit.
    pub absolute: OverheadBounds<f64>,
    /// Pairs used: those of the look that decided, else of the last one.
    pub pairs: u32,
    /// Pairs beyond those that would probably prove it, where more would help.
    pub more_pairs: Option<u32>,
}

/// Judges pairs (base = off, candidate = on) in the order of measuring. The first look with an answer counts; pairs
/// beyond the 135th are not used. Where layouts repeat, the layout is the unit.
///
/// `level` is one-sided, usually 0.05. At other levels than `0 < level < 0.5` nothing is bounded, and so nothing proven.
///
/// # Errors
/// [`NotComparable::TooFewObservations`] below eight pairs, [`NotComparable::NoRatio`] for a value that is zero, negative or not
/// finite.
pub fn overhead(
    pairs: &[Pair],
    limits: OverheadLimits,
    level: f64,
) -> Result<Overhead, NotComparable> {
    let usable = |value: f64| value.is_finite() && value > 0.0;
    if !pairs
        .iter()
        .all(|pair| usable(pair.base) && usable(pair.candidate))
    {
        return Err(NotComparable::NoRatio);
    }
    let mut claim = Claim::new(pairs, limits, level);
    let mut last = None;
    for look in OVERHEAD_LOOKS {
        let Some(used) = pairs.get(..look as usize) else {
            break;
        };
        let seen = claim.look(used).ok_or(NotComparable::NoRatio)?;
        let decided = seen.standing != OverheadStanding::NotProven;
        last = Some(seen);
        if decided {
            break;
        }
    }
    last.ok_or(NotComparable::TooFewObservations {
        got: u32::try_from(pairs.len()).unwrap_or(u32::MAX),
        needed: OVERHEAD_LOOKS[0],
    })
}

/// What is asked, and the memory to answer it.
struct Claim {
    limits: OverheadLimits,
    level: f64,
    /// How far below zero the relative cost may lie, as a positive log ratio.
    floor: f64,
    changes: Vec<f64>,
    differences: Vec<f64>,
    units: Units,
    walsh: WalshAverages,
}

/// One of the two tests at one look.
struct Tested {
    bounds: OverheadBounds<f64>,
    /// Levels behind the upper and the lower bound.
    levels: (f64, f64),
    units: usize,
}

impl Claim {
    fn new(pairs: &[Pair], limits: OverheadLimits, level: f64) -> Self {
        let of = |number: fn(&Pair) -> f64| pairs.iter().map(number).collect();
        Self {
            limits,
            level: if level > 0.0 && level < 0.5 {
                level
            } else {
                0.0
            },
            floor: limits.relative.log().min(FASTER.ln_1p()),
            changes: of(|pair| pair.candidate.ln() - pair.base.ln()),
            differences: of(|pair| pair.candidate - pair.base),
            units: Units::default(),
            walsh: WalshAverages::default(),
        }
    }

    fn look(&mut self, pairs: &[Pair]) -> Option<Overhead> {
        let changes = std::mem::take(&mut self.changes);
        let differences = std::mem::take(&mut self.differences);
        let (ratio, difference) = (&changes[..pairs.len()], &differences[..pairs.len()]);
        let relative = self.test(pairs, ratio)?;
        let absolute = self.test(pairs, difference)?;
        let standing = self.standing(relative.bounds, absolute.bounds);
        let side = |side: fn(&Pair) -> f64| median(&pairs.iter().map(side).collect::<Vec<_>>());
        let seen = Overhead {
            standing,
            off: side(|pair| pair.base)?,
            on: side(|pair| pair.candidate)?,
            relative: OverheadBounds {
                estimate: Change::from_log(relative.bounds.estimate),
                low: Change::from_log(relative.bounds.low),
                high: Change::from_log(relative.bounds.high),
            },
            absolute: absolute.bounds,
            pairs: u32::try_from(pairs.len()).unwrap_or(u32::MAX),
            more_pairs: (standing == OverheadStanding::NotProven)
                .then(|| self.more_pairs(pairs, (&relative, ratio), (&absolute, difference)))
                .flatten(),
        };
        self.changes = changes;
        self.differences = differences;
        Some(seen)
    }

    fn test(&mut self, pairs: &[Pair], numbers: &[f64]) -> Option<Tested> {
        let units = self.units.of(pairs, numbers);
        let share = if units.len() < pairs.len() {
            LAYOUT_LOOK_LEVEL
        } else {
            OVERHEAD_LOOK_LEVEL
        };
        let upper = share * self.level;
        let limits = if self.limits.absolute.is_some() {
            2.0
        } else {
            1.0
        };
        let lower = upper / limits;
        let walsh = self.walsh.refill(units)?;
        Some(Tested {
            bounds: OverheadBounds {
                estimate: walsh.centre(),
                low: walsh.bounds(lower).low,
                high: walsh.bounds(upper).high,
            },
            levels: (upper, lower),
            units: units.len(),
        })
    }

    fn standing(
        &self,
        relative: OverheadBounds<f64>,
        absolute: OverheadBounds<f64>,
    ) -> OverheadStanding {
        let limit = self.limits.relative.log();
        let not_faster = relative.low > -self.floor;
        let below = |limit: f64| absolute.high < limit;
        let above = |limit: f64| absolute.low > limit;
        if relative.high < limit && not_faster && self.limits.absolute.is_none_or(below) {
            OverheadStanding::Proven
        } else if relative.low > limit || self.limits.absolute.is_some_and(above) {
            OverheadStanding::Violated
        } else if relative.high < -self.floor {
            OverheadStanding::InvalidDesign
        } else {
            OverheadStanding::NotProven
        }
    }

    /// Pairs beyond these after which all bounds would lie where they must in four of five cases, if the estimates are right. They
    /// end at a look as long as there is one. `None` where an estimate itself lies beyond its limit, or too close.
    fn more_pairs(
        &self,
        pairs: &[Pair],
        (relative, ratios): (&Tested, &[f64]),
        (absolute, differences): (&Tested, &[f64]),
    ) -> Option<u32> {
        let (upper, lower) = relative.levels;
        let estimate = relative.bounds.estimate;
        let needed = |tested: &Tested, numbers, room: f64, level: f64| -> Option<f64> {
            let quantile = -normal_quantile(level)?;
            let error = tested.error()?;
            let scatter = Scatter::of(error, tested.units, pairs, numbers)?;
            (room > 0.0).then(|| scatter.pairs(room / (quantile + POWER_QUANTILE)))?
        };
        let mut most = needed(
            relative,
            ratios,
            self.limits.relative.log() - estimate,
            upper,
        )?
        .max(needed(relative, ratios, estimate + self.floor, lower)?);
        if let Some(limit) = self.limits.absolute {
            most = most.max(needed(
                absolute,
                differences,
                limit - absolute.bounds.estimate,
                upper,
            )?);
        }
        let so_far = pairs.len() as f64;
        let at_look = OVERHEAD_LOOKS
            .iter()
            .map(|&look| f64::from(look))
            .find(|&look| look > so_far && look >= most);
        let more = at_look.unwrap_or(most.ceil()) - so_far;
        // Small enough for the cast by the first condition.
        (most <= MOST_PAIRS && more > 0.0).then_some(more as u32)
    }
}

impl Tested {
    /// Standard error of the estimate, read off the bounds as if they were those of a normal law.
    fn error(&self) -> Option<f64> {
        let quantile = |level| normal_quantile(level).map(|quantile| -quantile);
        let upper = (
            self.bounds.high - self.bounds.estimate,
            quantile(self.levels.0)?,
        );
        let lower = (
            self.bounds.estimate - self.bounds.low,
            quantile(self.levels.1)?,
        );
        let (width, quantiles) = if lower.0.is_finite() {
            (upper.0 + lower.0, upper.1 + lower.1)
        } else {
            upper
        };
        Some(width / quantiles).filter(|error| error.is_finite())
    }
}

#[cfg(test)]
mod tests;
