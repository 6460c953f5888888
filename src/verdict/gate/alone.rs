//! Every comparison of a run at the level of a job with one benchmark: what `tollgate calibrate` counts.

use super::GateInput;
use super::relative::alone;
use super::sides::{Base, Sides};
use super::targets::{Reach, of_benchmark};
use crate::compare::{Comparison, Pair};
use crate::verdict::VerdictKind;

/// A comparison on its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Alone {
    /// Its pairs, in the order of measuring.
    pub pairs: Vec<Pair>,
    /// What they come to; `None` where they allow no comparison.
    pub compared: Option<(VerdictKind, Comparison)>,
}

/// The pairs of every relative check and what they come to, each judged as if it were the only one of its job. Holm's
/// step-down never gives a check more than that, so claims counted here are at least those of any job.
#[must_use]
pub fn each_pair_alone(input: GateInput<'_>) -> Vec<Alone> {
    let sides = Sides::of(input.run);
    let mut reached = vec![Reach::Nothing; input.budgets.budgets.len()];
    let mut targets = Vec::new();
    for benchmark in &input.run.benchmarks {
        if sides.base(&benchmark.id.suite) == Base::Measured {
            of_benchmark(input, benchmark, &mut reached, &mut targets);
        }
    }
    alone(input, &sides, &targets)
}
