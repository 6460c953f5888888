//! What to run next: a state machine that is asked "what next?" and told "this came". Pure.
//!
//! Work is done in rounds. A round runs the reference kernels and then every open unit, in a random order that follows
//! from the seed and the round alone. Spreading the invocations of a benchmark over the whole job averages slow drift
//! of the machine for free. The clock comes in as an argument.
//!
//! A unit is either *single*, the candidate's process alone, or a *pair*: base and candidate directly after one
//! another, in the order of a fair coin (see [`pair_order`]). It may be decided only at numbers of rounds that are
//! fixed beforehand, its *looks*. After a round in which a unit completed a look the plan asks for a judgement
//! ([`Step::Judge`]); what is decided there is [closed](Plan::close) and costs nothing any more. The plan does not
//! know what was measured, and cannot stop where it looks best: at a look, any rule for stopping is allowed (see
//! [`crate::compare`]).
//!
//! A failed invocation drops its pair: the round counts for neither side and towards no look, and another one makes up
//! for it.
//!
//! # Time
//!
//! A round is begun only if it fits into the limit, reckoned with what its parts cost at most in recent rounds. Until
//! the first looks (singles: [`MIN_ROUNDS`]) there is nothing to be said in any case, so these rounds are begun as long
//! as there is time at all. After that, pairs between two looks are of use only if the next one is reached: a
//! pair goes on only if there is time for all its rounds up to its next look, after all pairs that are nearer
//! to theirs. The others wait where they can be judged, and go on if there turns out to be time.
//!
//! # A killed job
//!
//! [`Plan::resume`] goes on from what a Run file holds. Orders and coins follow from seed, unit and round, so they
//! are those that the plan would have had.

mod order;
mod setup;
mod terms;
mod time;
mod unit;

pub use order::{canary_order, pair_order, permutation};
pub use setup::{PADDING_BELOW, padding, process_seed};
pub use terms::{Ending, Options, Outcome, PlannedUnit, Progress, Step};

use crate::measurement::Side;
use std::collections::VecDeque;
use std::time::Duration;
use unit::{Costs, UnitState, other_side_is_needed};

/// Rounds below which a run of single units is called partial: a two-sided interval needs at least this many
/// invocations.
pub const MIN_ROUNDS: u32 = 5;

/// Failures after which a unit is given up, both sides together: once may be bad luck, and a benchmark that hangs
/// until its time limit must not use up the time of all others.
pub const FAILURES_ALLOWED: u32 = 1;

/// The plan of one run.
#[derive(Debug, Clone)]
pub struct Plan {
    options: Options,
    /// Time that was spent before the plan was resumed.
    before: Duration,
    units: Vec<UnitState>,
    canary: Canary,
    round: u32,
    /// The round was begun, not only named.
    begun: bool,
    kernels: VecDeque<Side>,
    queue: VecDeque<(usize, Side)>,
    round_started: Duration,
    /// Time told of kernels and units in this round.
    told: Duration,
    /// Of one run of the kernels.
    kernel_costs: Costs,
    /// Of a round, beside kernels and units.
    other_costs: Costs,
    current: Option<Step>,
    ended: Option<Ending>,
}

/// Whether the kernels run as pairs of equals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Canary {
    NotWanted,
    Open,
    Closed,
}

impl Plan {
    /// A plan over units.
    #[must_use]
    pub fn new(options: Options, units: &[PlannedUnit]) -> Self {
        let from = vec![Progress::default(); units.len()];
        Self::resume(options, units, &from, 0, Duration::ZERO)
    }

    /// Goes on with a plan over the same units in the same order. `from` says how far each had come (units that it
    /// does not reach: not at all), `next_round` which round was not finished, `elapsed_before` how much of the limit
    /// is spent. The clock of [`next`](Self::next) starts again at zero.
    ///
    /// Units that had their turn in `next_round` are not run again in it, the others are, and so are the kernels: what
    /// is measured now is measured on another machine, or on the same one at another time. Units that stand at a look
    /// are judged first.
    #[must_use]
    pub fn resume(
        options: Options,
        units: &[PlannedUnit],
        from: &[Progress],
        next_round: u32,
        elapsed_before: Duration,
    ) -> Self {
        let come = from
            .iter()
            .copied()
            .chain(std::iter::repeat(Progress::default()));
        let units = units
            .iter()
            .zip(come)
            .map(|(unit, from)| UnitState::resumed(unit, &from))
            .collect();
        Self {
            canary: if options.canary {
                Canary::Open
            } else {
                Canary::NotWanted
            },
            options,
            before: elapsed_before,
            units,
            round: next_round,
            begun: false,
            kernels: VecDeque::new(),
            queue: VecDeque::new(),
            round_started: Duration::ZERO,
            told: Duration::ZERO,
            kernel_costs: Costs::default(),
            other_costs: Costs::default(),
            current: None,
            ended: None,
        }
    }

    /// The next step at `elapsed` since measuring began. Asking again without telling gives the same step.
    pub fn next(&mut self, elapsed: Duration) -> Step {
        if let Some(ending) = self.ended {
            return Step::Done(ending);
        }
        if let Some(step) = self.current {
            return step;
        }
        let elapsed = elapsed.saturating_add(self.before);
        if self.queue.is_empty() {
            // Kernels may be left where everything was closed before its turn: for nothing, then.
            self.kernels.clear();
            if self.at_look().next().is_some() {
                return self.give(Step::Judge { round: self.round });
            }
            if let Some(ending) = self.begin_round(elapsed) {
                return self.end(ending);
            }
        }
        // Inside a round the limit only cuts while too little was measured to say anything; later rounds were
        // started because they fit, and finishing them keeps benchmarks equally often measured.
        if elapsed >= self.options.limit && self.short_unit_is_queued() {
            return self.end(Ending::TooLittleTime);
        }
        let round = self.round;
        if let Some(&side) = self.kernels.front() {
            self.give(Step::Kernels { round, side })
        } else if let Some(&(unit, side)) = self.queue.front() {
            self.give(Step::Invoke { unit, round, side })
        } else {
            self.end(Ending::Complete)
        }
    }

    /// Tells how the current step went and how long it took. A judgement is told too, with any outcome. Telling
    /// without having asked does nothing.
    pub fn told(&mut self, outcome: Outcome, took: Duration) {
        let measured = outcome == Outcome::Measured;
        match self.current.take() {
            Some(Step::Kernels { .. }) => {
                self.kernels.pop_front();
                self.kernel_costs.push(took);
                self.told = self.told.saturating_add(took);
            }
            Some(Step::Invoke { unit, side, .. }) => {
                self.told = self.told.saturating_add(took);
                self.invoked(unit, side, measured, took);
            }
            Some(Step::Judge { .. }) => self.units.iter_mut().for_each(UnitState::judged),
            Some(Step::Done(_)) | None => {}
        }
    }

    /// The unit is decided: no more rounds for it. Meant for [`Step::Judge`]; at another time the rest of the unit's
    /// turn is left out, and a pair that was not complete is dropped.
    pub fn close(&mut self, unit: usize) {
        if let Some(state) = self.units.get_mut(unit) {
            state.close();
            self.queue.retain(|&(queued, _)| queued != unit);
        }
    }

    /// The canary is decided: no more pairs of kernels from the next round on.
    pub fn close_canary(&mut self) {
        if self.canary == Canary::Open {
            self.canary = Canary::Closed;
        }
    }

    /// Pairs that completed a look in this round, in the order of the units, also where it was their last one; without
    /// those that were closed or given up. Complete at [`Step::Judge`], and empty once that was told.
    pub fn at_look(&self) -> impl Iterator<Item = usize> {
        let units = self.units.iter().enumerate();
        units.filter_map(|(index, unit)| unit.to_be_judged().then_some(index))
    }

    /// Invocations done and invocations planned at most, kernels not counted: units that close before they reach
    /// their end make the second smaller.
    #[must_use]
    pub fn progress(&self) -> (u64, u64) {
        let done: u64 = self.units.iter().map(UnitState::steps_done).sum();
        let left: u64 = self.units.iter().map(UnitState::steps_left).sum();
        (done, done + left)
    }

    fn give(&mut self, step: Step) -> Step {
        self.current = Some(step);
        step
    }

    fn end(&mut self, ending: Ending) -> Step {
        self.ended = Some(ending);
        Step::Done(ending)
    }

    fn invoked(&mut self, unit: usize, side: Side, measured: bool, took: Duration) {
        // Not there any more if the unit was closed meanwhile.
        if self.queue.front() == Some(&(unit, side)) {
            self.queue.pop_front();
        }
        let of_unit = |queue: &VecDeque<(usize, Side)>| {
            queue.front().is_some_and(|&(queued, _)| queued == unit)
        };
        if of_unit(&self.queue) && !other_side_is_needed(side, measured) {
            self.queue.pop_front();
        }
        if let Some(state) = self.units.get_mut(unit) {
            state.invoked(measured, took);
            if !of_unit(&self.queue) {
                state.end_turn();
            }
        }
    }

    fn short_unit_is_queued(&self) -> bool {
        let mut queued = self
            .queue
            .iter()
            .filter_map(|&(unit, _)| self.units.get(unit));
        queued.any(|unit| unit.open() && unit.short())
    }

    /// Begins the next round that has something to run; else says why there is none.
    fn begin_round(&mut self, elapsed: Duration) -> Option<Ending> {
        let taking_turns = |unit: &UnitState| unit.open() && !unit.in_round;
        if self.begun {
            let whole = elapsed.saturating_sub(self.round_started);
            self.other_costs.push(whole.saturating_sub(self.told));
        }
        // A plan may resume in a round in which everybody had their turn.
        if self.begun || !self.units.iter().any(taking_turns) {
            self.round = self.round.saturating_add(1);
            for unit in &mut self.units {
                unit.in_round = false;
            }
        }
        self.begun = true;
        self.round_started = elapsed;
        self.told = Duration::ZERO;

        let order: Vec<usize> = permutation(self.options.seed, self.round, self.units.len())
            .into_iter()
            .filter(|&unit| self.units.get(unit).is_some_and(taking_turns))
            .collect();
        if order.is_empty() {
            return Some(Ending::Complete);
        }
        let chosen = self.fitting(&order, elapsed);
        if chosen.is_empty() {
            return Some(Ending::TimeUsed);
        }
        let mut singles = false;
        for unit in order.into_iter().filter(|unit| chosen.contains(unit)) {
            if self.units.get(unit).is_some_and(|unit| unit.pair) {
                let sides = pair_order(self.options.seed, unit, self.round);
                self.queue.extend(sides.map(|side| (unit, side)));
            } else {
                singles = true;
                self.queue.push_back((unit, Side::Candidate));
            }
        }
        self.kernels = match self.kernel_runs(singles) {
            0 => VecDeque::new(),
            1 => VecDeque::from([Side::Candidate]),
            _ => VecDeque::from(canary_order(self.options.seed, self.round)),
        };
        None
    }

    /// Runs of the kernels in a round with or without single units.
    const fn kernel_runs(&self, singles: bool) -> u32 {
        match self.canary {
            Canary::Open => 2,
            Canary::NotWanted => 1,
            Canary::Closed => singles as u32,
        }
    }
}

#[cfg(test)]
mod tests;
