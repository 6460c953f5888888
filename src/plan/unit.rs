//! What the plan knows of one unit, and of what things cost.

use super::{FAILURES_ALLOWED, MIN_ROUNDS, PlannedUnit, Progress};
use crate::measurement::Side;
use std::collections::VecDeque;
use std::time::Duration;

/// Rounds that say what the next one will cost. A disturbance is forgotten after as many.
const RECENT: usize = 8;

/// The latest costs of something.
#[derive(Debug, Clone, Default)]
pub(super) struct Costs(VecDeque<Duration>);

impl Costs {
    pub(super) fn push(&mut self, cost: Duration) {
        if self.0.len() == RECENT {
            self.0.pop_front();
        }
        self.0.push_back(cost);
    }

    /// What so many more cost, where too little would be wrong: one as much as the worst of the latest, since another
    /// disturbance may come, and the rest as much as their mean. `None` before the first.
    pub(super) fn at_most(&self, more: u32) -> Option<Duration> {
        let longest = self.0.iter().max().copied()?;
        let further = self.mean()?.saturating_mul(more.saturating_sub(1));
        Some(if more == 0 {
            Duration::ZERO
        } else {
            longest.saturating_add(further)
        })
    }

    /// What one more probably costs. `None` before the first.
    pub(super) fn mean(&self) -> Option<Duration> {
        mean(self.0.iter().copied())
    }
}

/// Mean, to the nanosecond below; `None` of nothing.
pub(super) fn mean(durations: impl Iterator<Item = Duration>) -> Option<Duration> {
    let (sum, n) = durations.fold((Duration::ZERO, 0_u32), |(sum, n), duration| {
        (sum.saturating_add(duration), n.saturating_add(1))
    });
    sum.checked_div(n)
}

/// What came of a unit so far in its present turn.
#[derive(Debug, Clone, Copy, Default)]
struct Turn {
    invoked: u32,
    measured: u32,
    took: Duration,
}

#[derive(Debug, Clone)]
pub(super) struct UnitState {
    pub(super) pair: bool,
    wanted: u32,
    looks: &'static [u32],
    rounds: u32,
    complete: u32,
    failures: u32,
    closed: bool,
    /// It had its turn in the present round.
    pub(super) in_round: bool,
    /// It stands at a look that was not judged yet.
    at_look: bool,
    turn: Turn,
    /// Of a whole turn: both sides of a pair.
    pub(super) costs: Costs,
}

impl UnitState {
    pub(super) fn new(unit: &PlannedUnit) -> Self {
        let last_look = unit.looks.last().copied().filter(|_| unit.pair);
        Self {
            pair: unit.pair,
            // Pairs beyond the last look could not be used: the error levels are spent.
            wanted: last_look.map_or(unit.invocations, |last| last.min(unit.invocations)),
            looks: unit.looks,
            rounds: 0,
            complete: 0,
            failures: 0,
            closed: false,
            in_round: false,
            at_look: false,
            turn: Turn::default(),
            costs: Costs::default(),
        }
    }

    pub(super) fn resumed(unit: &PlannedUnit, from: &Progress) -> Self {
        let mut state = Self {
            rounds: from.rounds,
            complete: from.complete,
            failures: from.base_failures.saturating_add(from.candidate_failures),
            closed: from.closed,
            in_round: from.in_round,
            ..Self::new(unit)
        };
        // Either the look was judged before and is judged the same again, or the job was killed before it could be.
        state.at_look = state.stands_at_a_look();
        state
    }

    fn stands_at_a_look(&self) -> bool {
        self.pair && self.looks.contains(&self.complete)
    }

    /// More rounds are wanted, and it is worth them.
    pub(super) const fn open(&self) -> bool {
        !self.closed && self.failures <= FAILURES_ALLOWED && self.left() > 0
    }

    pub(super) const fn close(&mut self) {
        self.closed = true;
    }

    /// It stands at a look, and nothing is decided yet.
    pub(super) const fn to_be_judged(&self) -> bool {
        self.at_look && !self.closed && self.failures <= FAILURES_ALLOWED
    }

    pub(super) const fn judged(&mut self) {
        self.at_look = false;
    }

    /// Too little was measured to say anything.
    pub(super) fn short(&self) -> bool {
        if self.pair {
            let first_look = self.looks.first().copied().unwrap_or(MIN_ROUNDS);
            self.complete < first_look
        } else {
            self.rounds < MIN_ROUNDS
        }
    }

    /// Rounds behind it, whatever came of them.
    pub(super) const fn rounds(&self) -> u32 {
        self.rounds
    }

    /// Rounds that are still wanted, if no pair is dropped.
    pub(super) const fn left(&self) -> u32 {
        let done = if self.pair {
            self.complete
        } else {
            self.rounds
        };
        self.wanted.saturating_sub(done)
    }

    /// Complete pairs that are missing to the next look; to the end where no look comes any more.
    pub(super) fn to_next_look(&self) -> u32 {
        let next = self.looks.iter().find(|&&look| look > self.complete);
        next.map_or(self.left(), |look| (look - self.complete).min(self.left()))
    }

    /// Invocations of a round.
    const fn sides(&self) -> u64 {
        if self.pair { 2 } else { 1 }
    }

    /// Invocations done; a side that was left out counts as done.
    pub(super) fn steps_done(&self) -> u64 {
        u64::from(self.rounds) * self.sides() + u64::from(self.turn.invoked)
    }

    /// Invocations to come.
    pub(super) fn steps_left(&self) -> u64 {
        if self.open() {
            (u64::from(self.left()) * self.sides()).saturating_sub(u64::from(self.turn.invoked))
        } else {
            0
        }
    }

    /// One invocation ended.
    pub(super) fn invoked(&mut self, measured: bool, took: Duration) {
        self.turn.invoked += 1;
        self.turn.took = self.turn.took.saturating_add(took);
        if measured {
            self.turn.measured += 1;
        } else {
            self.failures = self.failures.saturating_add(1);
        }
    }

    /// The unit's turn in this round is over.
    pub(super) fn end_turn(&mut self) {
        let turn = std::mem::take(&mut self.turn);
        self.costs.push(turn.took);
        self.rounds = self.rounds.saturating_add(1);
        self.in_round = true;
        // A failure of either side drops the pair.
        if u64::from(turn.measured) == self.sides() {
            self.complete = self.complete.saturating_add(1);
            self.at_look = self.stands_at_a_look();
        }
    }
}

/// Whether the other side of a pair is to be run after this one came out.
///
/// A failure of the candidate alone is a verdict, and the base of the same round is its witness: it shows that the
/// machine and the suite were in order. So the base is run even though the pair is lost. A base that failed is no
/// statement about the candidate, and nothing that the candidate does in that round could be used.
pub(super) const fn other_side_is_needed(side: Side, measured: bool) -> bool {
    measured || matches!(side, Side::Candidate)
}
