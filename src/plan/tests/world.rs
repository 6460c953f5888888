//! A world to run plans in: what fails, what is decided when, what things cost, and a book of what came, from which a
//! plan is resumed as from a Run file.

use super::super::*;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

#[derive(Debug, Clone, Default)]
pub(super) struct World {
    pub(super) options: Option<Options>,
    pub(super) units: Vec<PlannedUnit>,
    /// Invocations that fail.
    pub(super) failing: BTreeSet<(usize, u32, Side)>,
    /// Complete pairs from which on a judgement closes the unit, by unit; not given: never.
    pub(super) decided_at: Vec<u32>,
    /// Cost of an invocation, by unit; not given: one second.
    pub(super) costs: Vec<Duration>,
    /// Cost of a run of the kernels.
    pub(super) kernel_cost: Duration,
}

/// Round and unit and side.
pub(super) type Invoked = (u32, usize, Side);

/// Round of a judgement, and who was at a look.
pub(super) type Judged = (u32, Vec<usize>);

/// What came, as a Run file holds it.
#[derive(Debug, Clone, Default)]
pub(super) struct Book {
    pub(super) steps: Vec<Step>,
    pub(super) looks: Vec<Judged>,
    turns: BTreeMap<(usize, u32), Vec<(Side, Outcome)>>,
    closed: BTreeSet<usize>,
    pub(super) ending: Option<Ending>,
    pub(super) now: Duration,
}

impl World {
    pub(super) fn options(&self) -> Options {
        self.options.clone().unwrap_or(super::options(1, 1_000_000))
    }

    pub(super) fn plan(&self) -> Plan {
        Plan::new(self.options(), &self.units)
    }

    pub(super) fn outcome(&self, unit: usize, round: u32, side: Side) -> Outcome {
        if self.failing.contains(&(unit, round, side)) {
            Outcome::Failed
        } else {
            Outcome::Measured
        }
    }

    pub(super) fn is_decided(&self, unit: usize, complete: u32) -> bool {
        self.decided_at.get(unit).is_some_and(|&at| complete >= at)
    }

    fn cost(&self, step: Step) -> Duration {
        match step {
            Step::Invoke { unit, .. } => self.costs.get(unit).copied().unwrap_or(super::SECOND),
            Step::Kernels { .. } => self.kernel_cost,
            Step::Judge { .. } | Step::Done(_) => Duration::ZERO,
        }
    }

    /// Runs to the end.
    pub(super) fn run(&self) -> Book {
        let mut book = Book::default();
        self.go_on(&mut self.plan(), &mut book, usize::MAX);
        book
    }

    /// Runs at most so many steps.
    pub(super) fn go_on(&self, plan: &mut Plan, book: &mut Book, steps: usize) {
        for _ in 0..steps.min(1_000_000) {
            let step = plan.next(book.now);
            assert_eq!(step, plan.next(book.now), "asked twice");
            if let Step::Done(ending) = step {
                book.ending = Some(ending);
                return;
            }
            book.steps.push(step);
            let mut outcome = Outcome::Measured;
            match step {
                Step::Invoke { unit, round, side } => {
                    outcome = self.outcome(unit, round, side);
                    book.turns
                        .entry((unit, round))
                        .or_default()
                        .push((side, outcome));
                }
                Step::Judge { round } => {
                    let at_look: Vec<usize> = plan.at_look().collect();
                    for &unit in &at_look {
                        if self.is_decided(unit, book.complete(&self.units, unit)) {
                            plan.close(unit);
                            book.closed.insert(unit);
                        }
                    }
                    book.looks.push((round, at_look));
                }
                Step::Kernels { .. } | Step::Done(_) => {}
            }
            let took = self.cost(step);
            book.now += took;
            plan.told(outcome, took);
            plan.told(Outcome::Failed, took);
        }
    }
}

impl Book {
    /// Invocations in the order of running.
    pub(super) fn invoked(&self) -> Vec<Invoked> {
        let mut invoked = Vec::new();
        for step in &self.steps {
            if let Step::Invoke { unit, round, side } = *step {
                invoked.push((round, unit, side));
            }
        }
        invoked
    }

    pub(super) fn kernels(&self) -> Vec<(u32, Side)> {
        let mut kernels = Vec::new();
        for step in &self.steps {
            if let Step::Kernels { round, side } = *step {
                kernels.push((round, side));
            }
        }
        kernels
    }

    pub(super) fn rounds_of(&self, unit: usize) -> u32 {
        self.turns.keys().filter(|(of, _)| *of == unit).count() as u32
    }

    pub(super) fn complete(&self, units: &[PlannedUnit], unit: usize) -> u32 {
        let sides = if units[unit].pair { 2 } else { 1 };
        let whole = |turn: &&Vec<(Side, Outcome)>| {
            turn.len() == sides
                && turn
                    .iter()
                    .all(|(_, outcome)| *outcome == Outcome::Measured)
        };
        let of_unit = self.turns.iter().filter(|((of, _), _)| *of == unit);
        of_unit.map(|(_, turn)| turn).filter(whole).count() as u32
    }

    /// Takes out turns that are not over.
    pub(super) fn drop_half_turns(&mut self, units: &[PlannedUnit]) {
        let base_failed = (Side::Base, Outcome::Failed);
        self.turns.retain(|(unit, _), turn| {
            !units[*unit].pair || turn.len() == 2 || turn.contains(&base_failed)
        });
        let turns = &self.turns;
        self.steps.retain(|step| match step {
            Step::Invoke { unit, round, .. } => turns.contains_key(&(*unit, *round)),
            _ => true,
        });
    }

    /// How far each unit came, if `next_round` is the first that may be unfinished.
    pub(super) fn come(
        &self,
        units: &[PlannedUnit],
        next_round: u32,
        tell_closed: bool,
    ) -> Vec<Progress> {
        let failures = |unit: usize, side: Side| {
            let of_unit = self.turns.iter().filter(|((of, _), _)| *of == unit);
            of_unit
                .flat_map(|(_, turn)| turn)
                .filter(|&&one| one == (side, Outcome::Failed))
                .count() as u32
        };
        (0..units.len())
            .map(|unit| Progress {
                rounds: self.rounds_of(unit),
                complete: self.complete(units, unit),
                base_failures: failures(unit, Side::Base),
                candidate_failures: failures(unit, Side::Candidate),
                closed: tell_closed && self.closed.contains(&unit),
                in_round: self.turns.contains_key(&(unit, next_round)),
            })
            .collect()
    }
}
