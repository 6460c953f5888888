//! Attempts at the same two revisions. Measuring again must be able to correct a verdict and must not buy one.
//!
//! A comparison that is repeated until it is green misses what each run misses, to the power of the runs; repeated until it
//! is red it alarms as often as one likes. So attempts are one sequence: the looks go on over all pairs so far, and
//! what the first attempt may not spend is kept for later ones.
//!
//! - The first attempt has the looks and levels of a single one.
//! - Attempt `k` (from 1) looks when it has 8, 12, 18, 27 and 40 pairs of its own, over the pairs of all attempts, each
//!   time with `LATER / (k + 1)^2` of the level. All looks of all attempts together stay within the level.
//! - What an earlier attempt knew is kept: intervals are intersected (see `Known`). A short rerun, whose own interval is
//!   wider, cannot turn a red into "cannot tell". A verdict changes where the *estimate over all pairs* says so.
//! - An attempt that was cut off before its first look is continued by the next one, as if both were one.
//!
//! The usual alternative adds up z-values of the attempts (S. Stouffer et al., "The American Soldier", 1949). Each of
//! them has to pay for its own looks first; the tests here show that it finds less at no better error rate, and it would
//! take layouts that two attempts have in common for different ones.

use super::{LAYOUT_LOOK_LEVEL, LOOK_LEVEL, LOOKS};
use crate::compare::Pair;

/// See above. With 0.13 and four attempts of 40 pairs the sum of all looks is at most the level.
const LATER: f64 = 0.1;

/// A stretch of pairs that is judged as one attempt: one that completes its first look, with what was cut off before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    /// Parts before.
    pub(super) rank: u32,
    /// Pairs of the parts before.
    pub(super) start: usize,
    /// First pair of the next part.
    end: usize,
}

impl Part {
    pub(super) fn first(pairs: &[Pair]) -> Option<Self> {
        Self::from(pairs, 0, 0)
    }

    pub(super) fn next(self, pairs: &[Pair]) -> Option<Self> {
        Self::from(pairs, self.rank + 1, self.end)
    }

    fn from(pairs: &[Pair], rank: u32, start: usize) -> Option<Self> {
        let least = start + LOOKS[0] as usize;
        if least > pairs.len() {
            return None;
        }
        let end = (least..pairs.len())
            .find(|&at| pairs[at].attempt != pairs[at - 1].attempt)
            .unwrap_or(pairs.len());
        Some(Self { rank, start, end })
    }

    /// How many pairs there are, earlier parts included, at a look of this part. `None` if it was not reached.
    pub(super) fn look(self, index: usize) -> Option<usize> {
        let n = self.start + *LOOKS.get(index)? as usize;
        (n <= self.end).then_some(n)
    }

    /// What one look of this part may spend of a level. Nothing of what is no level (outside of `0 < level < 0.5`): then
    /// nothing is bounded.
    pub(super) fn look_level(self, level: f64, by_layout: bool) -> f64 {
        if !(level > 0.0 && level < 0.5) {
            return 0.0;
        }
        level * look_share(self.rank, by_layout)
    }
}

/// Share of the level that each look of the part of this rank spends.
pub(super) fn look_share(rank: u32, by_layout: bool) -> f64 {
    match (rank, by_layout) {
        (0, false) => LOOK_LEVEL,
        (0, true) => LAYOUT_LOOK_LEVEL,
        (rank, _) => LATER / f64::from(rank + 1).powi(2),
    }
}
