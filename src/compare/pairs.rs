//! Pairs as a run holds them: with the layout that was run, and the attempt that measured them.

use super::{Comparison, Levels, NotComparable, Zone, paired};

/// One base and one candidate process of the same round.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// Statistic of the base's process, in the metric's unit.
    pub base: f64,
    /// Statistic of the candidate's process.
    pub candidate: f64,
    /// Which relinked layout both ran; `None` for the one that cargo linked.
    pub layout: Option<u32>,
    /// Attempt that measured it, from 0.
    pub attempt: u32,
}

/// Compares pairs in the order of measuring.
///
/// # Errors
/// As [`paired`].
pub fn compare_pairs(
    pairs: &[Pair],
    levels: Levels,
    zone: Zone,
    exact: bool,
) -> Result<Comparison, NotComparable> {
    let pairs: Vec<(f64, f64)> = pairs
        .iter()
        .map(|pair| (pair.base, pair.candidate))
        .collect();
    paired(&pairs, levels, zone, exact)
}
