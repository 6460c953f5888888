//! Pairs as a run holds them: with the layout that was run, and the attempt that measured them.

use super::paired::{LOOKS, Look, Looking};
use super::{Comparison, Levels, NotComparable, Zone, exact};

/// One base and one candidate process of the same round.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// Statistic of the base's process, in the metric's unit.
    pub base: f64,
    /// Statistic of the candidate's process.
    pub candidate: f64,
    /// Which relinked layout both ran; `None` for the one that cargo linked. The same number is the same layout, in
    /// every attempt.
    pub layout: Option<u32>,
    /// Attempt that measured it, from 0.
    pub attempt: u32,
}

impl Pair {
    /// Of the layout that cargo linked, in the first attempt.
    #[must_use]
    pub const fn plain(base: f64, candidate: f64) -> Self {
        Self {
            base,
            candidate,
            layout: None,
            attempt: 0,
        }
    }
}

/// Compares pairs in the order of measuring, all pairs of an attempt together.
///
/// In one attempt the answer is that of the first look at which there is a [`super::Decision`], else that of the last
/// look that the pairs complete. Looks end at 40 pairs: the level is spent. With further attempts the looks go on
/// over all pairs so far; how, and at what level, is told in `docs/statistics.md`.
///
/// `exact` says that the metric repeats by its nature (see [`super::repeats_exactly`]). Then three pairs are
/// enough if each side always gave the same value, or one side is zero and the other never; and values that nearly repeat are
/// compared by complete separation. Other metrics are compared exactly if the eight pairs of the first look, and all
/// later ones, repeat.
///
/// # Errors
/// [`NotComparable::TooFewObservations`] below the first look, [`NotComparable::NoRatio`] for a value that is zero,
/// negative or not finite.
pub fn compare_pairs(
    pairs: &[Pair],
    levels: Levels,
    zone: Zone,
    exact: bool,
) -> Result<Comparison, NotComparable> {
    match exact::of_pairs(pairs, levels, zone, exact)? {
        Some(comparison) => Ok(comparison),
        None => Looking::new(pairs, levels, zone)?.answer(),
    }
}

/// Every look that the pairs complete, also those after a decision, in the order of measuring.
///
/// # Errors
/// As [`compare_pairs`], for pairs that are not compared exactly.
pub fn pair_looks(pairs: &[Pair], levels: Levels, zone: Zone) -> Result<Vec<Look>, NotComparable> {
    Looking::new(pairs, levels, zone).map(Iterator::collect)
}

/// [`compare_pairs`] for `(base, candidate)` of one attempt and one layout.
///
/// # Errors
/// As there.
pub fn paired(
    pairs: &[(f64, f64)],
    levels: Levels,
    zone: Zone,
    exact: bool,
) -> Result<Comparison, NotComparable> {
    compare_pairs(&plain(pairs), levels, zone, exact)
}

/// [`pair_looks`] for `(base, candidate)` of one attempt and one layout.
///
/// # Errors
/// As there.
pub fn paired_looks(
    pairs: &[(f64, f64)],
    levels: Levels,
    zone: Zone,
) -> Result<Vec<Look>, NotComparable> {
    pair_looks(&plain(pairs), levels, zone)
}

fn plain(pairs: &[(f64, f64)]) -> Vec<Pair> {
    pairs
        .iter()
        .map(|&(base, candidate)| Pair::plain(base, candidate))
        .collect()
}

/// Whether the clock is too coarse for these pairs: more than half of the values of either side are equal to others of
/// that side, so the steps of the clock are as large as the noise. Fewer than eight pairs do not tell.
///
/// Such pairs are still judged without more false claims than others (ties count against a claim). What they estimate is the
/// change to the next step of the clock.
#[must_use]
pub fn coarse_clock(pairs: &[Pair]) -> bool {
    let coarse = |side: fn(&Pair) -> f64| {
        let mut values: Vec<f64> = pairs.iter().map(side).collect();
        values.sort_unstable_by(f64::total_cmp);
        let ties = values.windows(2).filter(|two| two[0] >= two[1]).count();
        2 * ties > pairs.len()
    };
    pairs.len() >= LOOKS[0] as usize && (coarse(|pair| pair.base) || coarse(|pair| pair.candidate))
}

#[cfg(test)]
mod tests;
