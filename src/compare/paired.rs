//! Pairs of one run: exact signed-rank interval at the looks of a group-sequential plan.

use super::{Comparison, Levels, NotComparable, Zone};

/// Numbers of pairs at which a paired comparison may be decided.
pub const LOOKS: [u32; 5] = [8, 12, 18, 27, 40];

/// Share of the level that is spent at each look.
pub const LOOK_LEVEL: f64 = 0.31;

/// Compares pairs `(base, candidate)` in the order of measuring, at the last look that they complete.
///
/// # Errors
/// A reason why the two must not be compared.
pub fn paired(
    _pairs: &[(f64, f64)],
    _levels: Levels,
    _zone: Zone,
) -> Result<Comparison, NotComparable> {
    unimplemented!()
}
