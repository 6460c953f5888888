//! The words in which a plan and its session speak.

#[cfg(doc)]
use super::{MIN_ROUNDS, Plan};
use crate::measurement::Side;
use std::time::Duration;

/// Something that one process invocation measures: usually one benchmark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedUnit {
    /// Rounds in which it is wanted. For a pair: complete pairs, at most; one that is dropped is made up for.
    pub invocations: u32,
    /// Run base and candidate; else the candidate alone.
    pub pair: bool,
    /// For a pair: numbers of complete pairs at which it may be decided, ascending, such as
    /// [`LOOKS`](crate::compare::LOOKS). It ends at the last one. Without any, it is never judged before the end.
    pub looks: &'static [u32],
}

impl PlannedUnit {
    /// The candidate alone.
    #[must_use]
    pub const fn single(invocations: u32) -> Self {
        Self {
            invocations,
            pair: false,
            looks: &[],
        }
    }

    /// Base and candidate, at most so many complete pairs.
    #[must_use]
    pub const fn pair(invocations: u32, looks: &'static [u32]) -> Self {
        Self {
            invocations,
            pair: true,
            looks,
        }
    }
}

/// What holds for the whole plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Seed of every order.
    pub seed: u64,
    /// Wall time for measuring.
    pub limit: Duration,
    /// Run the reference kernels as a pair of equals in every round, until [`Plan::close_canary`].
    ///
    /// Without, they run once a round, for the candidate. After closing too, but only in rounds with a single unit:
    /// baselines need the kernels of the same job, while a pair is its own control.
    pub canary: bool,
}

/// The next thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Run the reference kernels.
    Kernels {
        /// From 0.
        round: u32,
        /// As which side of the canary; the candidate where there is none.
        side: Side,
    },
    /// Run one unit as a fresh process.
    Invoke {
        /// Index into the units given to [`Plan::new`].
        unit: usize,
        /// From 0.
        round: u32,
        /// Revision.
        side: Side,
    },
    /// Judge the units [at a look](Plan::at_look), and close what is decided.
    Judge {
        /// The round that completed the looks. After [`Plan::resume`]: the round in which it resumes.
        round: u32,
    },
    /// Nothing is left.
    Done(Ending),
}

/// Why a plan ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Every unit had its rounds, was closed or was given up.
    Complete,
    /// The limit leaves no time for what is open, and every open unit can be judged: pairs are past their first
    /// look, singles had [`MIN_ROUNDS`] or more.
    TimeUsed,
    /// The time limit came before: some open unit has fewer pairs than its first look or fewer than [`MIN_ROUNDS`].
    TooLittleTime,
}

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It gave observations.
    Measured,
    /// It gave none.
    Failed,
}

/// How far a unit had come when its job was killed, for [`Plan::resume`].
///
/// The turn of a pair is over when both sides were run, or when the base failed (then the candidate is not run). A
/// turn that is not over is to be left out, observation and failure alike: both sides are run anew, directly after one
/// another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Rounds behind it, whatever came of them.
    pub rounds: u32,
    /// Rounds in which every invocation gave observations.
    pub complete: u32,
    /// Failed invocations of the base.
    pub base_failures: u32,
    /// Failed invocations of the candidate.
    pub candidate_failures: u32,
    /// It was decided. `false` is always right: a unit that stands at a look is judged again.
    pub closed: bool,
    /// Its turn in the round in which the plan resumes is among `rounds`.
    pub in_round: bool,
}
