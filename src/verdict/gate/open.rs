//! What is worth measuring on: asked at every look, so it does nothing else.

use super::overhead;
use super::relative::undecided;
use super::sides::{Base, Sides};
use super::targets::{Reach, of_benchmark};
use super::{BETA, GateInput};
use crate::compare::LOOKS;
use crate::measurement::{BenchmarkId, BenchmarkRecord, Side};
use std::collections::BTreeSet;

/// Benchmarks of the run with pairs whose relative or overhead checks are not decided yet: what the plan goes on
/// measuring.
///
/// Undecided is: inconclusive at the level that the check has now, without Holm's step-down (what else will be rejected is
/// not known before the end), or a pass that would have missed twice the tolerance. What more pairs cannot help is not in
/// it: benchmarks that are new, identical or failing, values without a ratio, and pairs that are past their last look
/// in the newest attempt. Takes no look at baselines, ceilings or canaries (see [`canary_open`](super::canary_open)).
#[must_use]
pub fn open_pairs(input: GateInput<'_>) -> BTreeSet<BenchmarkId> {
    let sides = Sides::of(input.run);
    let mut reached = vec![Reach::Nothing; input.budgets.budgets.len()];
    let mut targets = Vec::new();
    for benchmark in &input.run.benchmarks {
        if sides.base(&benchmark.id.suite) == Base::Measured && has_both_sides(benchmark) {
            of_benchmark(input, benchmark, &mut reached, &mut targets);
        }
    }
    let most = LOOKS.last().copied().unwrap_or(0) as usize;
    let mut open: BTreeSet<BenchmarkId> = undecided(input, &sides, &targets)
        .filter(|(_, pairs)| pairs.of_newest_attempt() < most)
        .map(|(target, _)| target.id.clone())
        .collect();
    open.extend(overhead::undecided(input, &sides, BETA));
    open
}

fn has_both_sides(benchmark: &BenchmarkRecord) -> bool {
    let has = |side: Side| {
        (benchmark.series.iter())
            .flat_map(|series| &series.observations)
            .any(|observation| observation.side == side)
    };
    has(Side::Base) && has(Side::Candidate)
}
