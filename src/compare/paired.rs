//! The looks of a paired comparison: exact signed-rank intervals of a group-sequential plan.
//!
//! A pair is one base and one candidate process, in the order of a fair coin. If the candidate takes `e^c` times
//! what the base takes, the coin makes the signs of `ln(candidate / base) - c` fair coins *given* their sizes, so the
//! signed-rank law holds whatever the machine did meanwhile: drift, bursts, warming up.
//!
//! The comparison may be decided at 8, 12, 18, 27 or 40 pairs. Each look spends a share of the level, and together
//! they stay within it (the tests simulate that). The intervals at the looks are therefore repeated confidence
//! intervals, and any rule for stopping at a look is allowed. Source: C. Jennison and B. Turnbull, "Group Sequential
//! Methods" (2000), chapter 9; the shares are computed for these looks, not taken from a table.
//!
//! Where pairs go through relinked layouts, the layout is the unit once layouts repeat ([`units`]). Where a job was
//! measured again, the looks go on over all pairs so far, at a level that was kept for that ([`parts`]).

mod look;
mod outlook;
mod parts;
mod units;

use super::{Comparison, Levels, Method, NotComparable, Pair, Zone};
use crate::stats::{WalshAverages, median};
use crate::units::Change;
use look::{Known, Seen, narrowed};
use outlook::{detectable_at, more_pairs};
use parts::Part;

pub use look::{Decision, Look};
pub(super) use outlook::Scatter;
pub(super) use units::Units;

/// Numbers of pairs of one attempt at which a paired comparison may be decided.
pub const LOOKS: [u32; 5] = [8, 12, 18, 27, 40];

/// Share of the level that is spent at each look of the first attempt.
pub const LOOK_LEVEL: f64 = 0.31;

/// The same at a look whose unit is the layout. What a look of 16 layouts has in common with the one before is less than what
/// nested samples of pairs have: with 0.31 the looks would spend up to 1.09 times the level.
pub const LAYOUT_LOOK_LEVEL: f64 = 0.25;

/// The looks, one after another.
pub(super) struct Looking<'a> {
    pairs: &'a [Pair],
    /// ln(candidate / base) of each pair.
    changes: Vec<f64>,
    units: Units,
    walsh: WalshAverages,
    levels: Levels,
    zone: Zone,
    part: Part,
    /// Index of the next look of the part.
    next: usize,
    /// What the parts before this one know.
    before: Known,
    /// What this part knows: at its first look with a decision, else at its last.
    now: Known,
    /// This part has its decision.
    ended: bool,
}

impl<'a> Looking<'a> {
    pub(super) fn new(
        pairs: &'a [Pair],
        levels: Levels,
        zone: Zone,
    ) -> Result<Self, NotComparable> {
        let usable = |value: f64| value.is_finite() && value > 0.0;
        if !pairs
            .iter()
            .all(|pair| usable(pair.base) && usable(pair.candidate))
        {
            return Err(NotComparable::NoRatio);
        }
        let part = Part::first(pairs).ok_or_else(|| too_few(pairs))?;
        Ok(Self {
            pairs,
            changes: pairs
                .iter()
                .map(|pair| pair.candidate.ln() - pair.base.ln())
                .collect(),
            units: Units::default(),
            walsh: WalshAverages::default(),
            levels,
            zone,
            part,
            next: 0,
            before: Known::NOTHING,
            now: Known::NOTHING,
            ended: false,
        })
    }

    /// The comparison at the look that counts: in the last part that completes a look, the first one that ends it.
    pub(super) fn answer(mut self) -> Result<Comparison, NotComparable> {
        let mut last = None;
        while let Some(seen) = self.look() {
            last = Some(seen);
            if self.ended && !self.next_part() {
                break;
            }
        }
        let seen = last.ok_or_else(|| too_few(self.pairs))?;
        let look = seen.look;
        let used = &self.pairs[..look.n as usize];
        let typical = |side: fn(&Pair) -> f64| {
            median(&used.iter().map(side).collect::<Vec<_>>()).ok_or(NotComparable::NoRatio)
        };
        Ok(Comparison {
            method: look.method,
            base: typical(|pair| pair.base)?,
            candidate: typical(|pair| pair.candidate)?,
            effect: look.effect,
            interval: look.interval,
            pass_interval: look.pass_interval,
            fail_level: look.fail_level,
            detectable: detectable_at(&seen, self.zone),
            base_n: look.n,
            candidate_n: look.n,
            more_pairs: more_pairs(
                &seen,
                (used, &self.changes[..used.len()]),
                self.part,
                self.levels,
                self.zone,
            ),
        })
    }

    /// The next look, of this part or of the one after it.
    fn look(&mut self) -> Option<Seen> {
        let n = match self.part.look(self.next) {
            Some(n) => n,
            None if self.next_part() => self.part.look(0)?,
            None => return None,
        };
        self.next += 1;
        let pairs = &self.pairs[..n];
        let units = self.units.of(pairs, &self.changes[..n]);
        let by_layout = units.len() < n;
        let walsh = self.walsh.refill(units)?;
        let fail_level = self.part.look_level(self.levels.fail, by_layout);
        let pass_level = self.part.look_level(self.levels.pass, by_layout);
        let effect = Change::from_log(walsh.centre());
        let alone = Known {
            fail: walsh.bounds(fail_level).into(),
            pass: walsh.bounds(pass_level).into(),
        };
        let fail = narrowed(alone.fail, self.before.fail, effect);
        let pass = narrowed(alone.pass, self.before.pass, effect);
        let floor = self.zone.floor.log();
        let seen = Seen {
            look: Look {
                n: count(pairs),
                units: u32::try_from(units.len()).unwrap_or(u32::MAX),
                method: match (pairs.first(), pairs.last()) {
                    (Some(a), Some(b)) if a.attempt != b.attempt => Method::Pooled,
                    _ if by_layout => Method::PairedByLayout,
                    _ => Method::Paired,
                },
                effect,
                interval: fail,
                pass_interval: pass,
                fail_level,
                p_more: walsh.p_above(floor),
                p_less: walsh.p_below(-floor),
                decision: Decision::of(effect.log(), fail, pass, self.zone),
            },
            alone,
            pass_level,
        };
        if !self.ended {
            self.now = alone;
            self.ended = self.ends(&seen);
        }
        Some(seen)
    }

    /// Whether a part ends here. At a small family-wise level the first looks cannot claim anything, whatever the pairs
    /// say. "The same" from such a look would say nothing about what was missed; later looks can tell, and any stopping
    /// rule is allowed.
    fn ends(&self, seen: &Seen) -> bool {
        match seen.look.decision {
            None => false,
            Some(Decision::Same) => {
                detectable_at(seen, self.zone).log() <= 2.0 * self.zone.tolerance.log()
            }
            Some(Decision::More | Decision::Less) => true,
        }
    }

    /// Goes on to the next part that completes a look, if there is one.
    fn next_part(&mut self) -> bool {
        let Some(part) = self.part.next(self.pairs) else {
            return false;
        };
        self.part = part;
        self.next = 0;
        self.before = self.before.and(self.now);
        self.ended = false;
        true
    }
}

impl Iterator for Looking<'_> {
    type Item = Look;

    fn next(&mut self) -> Option<Look> {
        self.look().map(|seen| seen.look)
    }
}

fn count(pairs: &[Pair]) -> u32 {
    u32::try_from(pairs.len()).unwrap_or(u32::MAX)
}

fn too_few(pairs: &[Pair]) -> NotComparable {
    NotComparable::TooFewObservations {
        got: count(pairs),
        needed: LOOKS[0],
    }
}

#[cfg(test)]
mod attempt_tests;
#[cfg(test)]
mod layout_tests;
#[cfg(test)]
mod outlook_tests;
#[cfg(test)]
mod tests;
