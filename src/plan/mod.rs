//! What to run next: a state machine that is asked "what next?" and told "this came". Pure.
//!
//! Work is done in rounds. A round runs the reference kernels once and then every open unit once, in a random
//! order that follows from the seed and the round alone. Spreading the invocations of a benchmark over the whole
//! job averages slow drift of the machine for free. The clock comes in as an argument.

mod order;
mod setup;

pub use order::permutation;
pub use setup::{PADDING_BELOW, padding};

use std::collections::VecDeque;
use std::time::Duration;

/// Rounds below which a run is called partial: a two-sided interval needs at least this many invocations.
pub const MIN_ROUNDS: u32 = 5;

/// Failures after which a unit is given up: once may be bad luck, and a benchmark that hangs until its time
/// limit must not use up the time of all others.
pub const FAILURES_ALLOWED: u32 = 1;

/// Something that one process invocation measures: usually one benchmark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedUnit {
    /// Rounds in which it is wanted.
    pub invocations: u32,
}

/// The next thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Run the reference kernels.
    Kernels {
        /// From 0.
        round: u32,
    },
    /// Run one unit as a fresh process.
    Invoke {
        /// Index into the units given to [`Plan::new`].
        unit: usize,
        /// From 0.
        round: u32,
    },
    /// Nothing is left.
    Done(Ending),
}

/// Why a plan ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// All rounds were run.
    Complete,
    /// The next round would not fit into the time limit; every open unit had [`MIN_ROUNDS`] or more.
    TimeUsed,
    /// The time limit came before [`MIN_ROUNDS`].
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

#[derive(Debug, Clone)]
struct UnitState {
    wanted: u32,
    done: u32,
    failures: u32,
    spent: Duration,
}

impl UnitState {
    const fn open(&self) -> bool {
        self.done < self.wanted && self.failures <= FAILURES_ALLOWED
    }
}

/// The plan of one run.
#[derive(Debug, Clone)]
pub struct Plan {
    seed: u64,
    limit: Duration,
    units: Vec<UnitState>,
    round: u32,
    queue: VecDeque<usize>,
    kernels_due: bool,
    round_started: Duration,
    longest_round: Duration,
    kernel_time: Duration,
    current: Option<Step>,
    ended: Option<Ending>,
}

impl Plan {
    /// A plan over units; `limit` is wall time for measuring.
    #[must_use]
    pub fn new(seed: u64, limit: Duration, units: &[PlannedUnit]) -> Self {
        let mut plan = Self {
            seed,
            limit,
            units: units
                .iter()
                .map(|unit| UnitState {
                    wanted: unit.invocations,
                    done: 0,
                    failures: 0,
                    spent: Duration::ZERO,
                })
                .collect(),
            round: 0,
            queue: VecDeque::new(),
            kernels_due: true,
            round_started: Duration::ZERO,
            longest_round: Duration::ZERO,
            kernel_time: Duration::ZERO,
            current: None,
            ended: None,
        };
        plan.fill_queue();
        plan
    }

    /// The next step at `elapsed` since measuring began. Asking again without telling gives the same step.
    pub fn next(&mut self, elapsed: Duration) -> Step {
        if let Some(ending) = self.ended {
            return Step::Done(ending);
        }
        if let Some(step) = self.current {
            return step;
        }
        if self.queue.is_empty() && !self.begin_round(elapsed) {
            return Step::Done(self.ended.unwrap_or(Ending::Complete));
        }
        // Inside a round the limit only cuts while too little was measured to say anything; later rounds were
        // started because they fit, and finishing them keeps benchmarks equally often measured.
        if self.round < MIN_ROUNDS && elapsed >= self.limit {
            return self.end(Ending::TooLittleTime);
        }
        let step = if self.kernels_due {
            Step::Kernels { round: self.round }
        } else if let Some(&unit) = self.queue.front() {
            Step::Invoke {
                unit,
                round: self.round,
            }
        } else {
            return self.end(Ending::Complete);
        };
        self.current = Some(step);
        step
    }

    /// Tells how the current step went and how long it took.
    pub fn told(&mut self, outcome: Outcome, took: Duration) {
        match self.current.take() {
            Some(Step::Kernels { .. }) => {
                self.kernels_due = false;
                self.kernel_time = self.kernel_time.max(took);
            }
            Some(Step::Invoke { unit, .. }) => {
                self.queue.pop_front();
                if let Some(state) = self.units.get_mut(unit) {
                    state.done += 1;
                    state.spent += took;
                    if outcome == Outcome::Failed {
                        state.failures += 1;
                    }
                }
            }
            Some(Step::Done(_)) | None => {}
        }
    }

    /// Steps done and steps planned, kernels not counted.
    #[must_use]
    pub fn progress(&self) -> (u64, u64) {
        let done = self.units.iter().map(|unit| u64::from(unit.done)).sum();
        let open: u64 = self
            .units
            .iter()
            .filter(|unit| unit.open())
            .map(|unit| u64::from(unit.wanted - unit.done))
            .sum();
        (done, done + open)
    }

    /// Time left: what the open invocations will take at their own mean cost, at most what the limit leaves.
    /// `None` before anything was measured.
    #[must_use]
    pub fn time_left(&self, elapsed: Duration) -> Option<Duration> {
        let (done, _) = self.progress();
        if done == 0 {
            return None;
        }
        let spent: Duration = self.units.iter().map(|unit| unit.spent).sum();
        let mean_all = spent.as_secs_f64() / done as f64;
        let mut seconds = 0.0;
        let mut rounds_left = 0;
        for unit in self.units.iter().filter(|unit| unit.open()) {
            let left = unit.wanted - unit.done;
            rounds_left = rounds_left.max(left);
            let mean = if unit.done == 0 {
                mean_all
            } else {
                unit.spent.as_secs_f64() / f64::from(unit.done)
            };
            seconds += mean * f64::from(left);
        }
        seconds += self.kernel_time.as_secs_f64() * f64::from(rounds_left.saturating_sub(1));
        let left = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
        Some(left.min(self.limit.saturating_sub(elapsed)))
    }

    fn begin_round(&mut self, elapsed: Duration) -> bool {
        let took = elapsed.saturating_sub(self.round_started);
        self.longest_round = self.longest_round.max(took);
        self.round += 1;
        self.round_started = elapsed;
        self.fill_queue();
        if self.queue.is_empty() {
            self.ended = Some(Ending::Complete);
            return false;
        }
        let fits = elapsed.saturating_add(self.longest_round) <= self.limit;
        if !fits && self.round >= MIN_ROUNDS {
            self.ended = Some(Ending::TimeUsed);
            return false;
        }
        self.kernels_due = true;
        true
    }

    fn fill_queue(&mut self) {
        self.queue = permutation(self.seed, self.round, self.units.len())
            .into_iter()
            .filter(|&unit| self.units.get(unit).is_some_and(UnitState::open))
            .collect();
        if self.units.is_empty() {
            self.ended = Some(Ending::Complete);
        }
    }

    fn end(&mut self, ending: Ending) -> Step {
        self.ended = Some(ending);
        Step::Done(ending)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(invocations: &[u32]) -> Vec<PlannedUnit> {
        invocations
            .iter()
            .map(|&invocations| PlannedUnit { invocations })
            .collect()
    }

    /// Runs a plan with a clock of our own; gives (round, unit) pairs, kernel rounds and the ending.
    fn drive(
        plan: &mut Plan,
        mut cost: impl FnMut(Step) -> (Outcome, Duration),
    ) -> (Vec<(u32, usize)>, Vec<u32>, Ending) {
        let mut now = Duration::ZERO;
        let (mut invoked, mut kernels) = (Vec::new(), Vec::new());
        for _ in 0..100_000 {
            let step = plan.next(now);
            match step {
                Step::Kernels { round } => kernels.push(round),
                Step::Invoke { unit, round } => invoked.push((round, unit)),
                Step::Done(ending) => return (invoked, kernels, ending),
            }
            let (outcome, took) = cost(step);
            now += took;
            plan.told(outcome, took);
        }
        panic!("the plan does not end");
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn every_unit_runs_once_a_round_and_kernels_run_first() {
        let mut plan = Plan::new(1, SECOND * 1000, &units(&[6, 6, 6]));
        let (invoked, kernels, ending) = drive(&mut plan, |_| (Outcome::Measured, SECOND));
        assert_eq!(ending, Ending::Complete);
        assert_eq!(kernels, (0..6).collect::<Vec<_>>());
        for round in 0..6 {
            let mut in_round: Vec<usize> = invoked
                .iter()
                .filter(|(r, _)| *r == round)
                .map(|(_, unit)| *unit)
                .collect();
            in_round.sort_unstable();
            assert_eq!(in_round, [0, 1, 2]);
        }
    }

    #[test]
    fn the_order_follows_from_the_seed_and_differs_between_rounds() {
        let order = |seed| {
            let mut plan = Plan::new(seed, SECOND * 1000, &units(&[8; 10]));
            drive(&mut plan, |_| (Outcome::Measured, SECOND)).0
        };
        assert_eq!(order(7), order(7));
        assert_ne!(order(7), order(8));
        let seven = order(7);
        let of_round = |round: u32| -> Vec<usize> {
            seven
                .iter()
                .filter(|(r, _)| *r == round)
                .map(|(_, unit)| *unit)
                .collect()
        };
        assert_ne!(of_round(0), of_round(1));
    }

    #[test]
    fn units_may_want_different_numbers_of_rounds() {
        let mut plan = Plan::new(1, SECOND * 1000, &units(&[5, 9]));
        let (invoked, ..) = drive(&mut plan, |_| (Outcome::Measured, SECOND));
        assert_eq!(invoked.iter().filter(|(_, unit)| *unit == 0).count(), 5);
        assert_eq!(invoked.iter().filter(|(_, unit)| *unit == 1).count(), 9);
    }

    #[test]
    fn a_unit_that_fails_twice_is_given_up_and_the_others_go_on() {
        let mut plan = Plan::new(1, SECOND * 1000, &units(&[10, 10]));
        let (invoked, _, ending) = drive(&mut plan, |step| match step {
            Step::Invoke { unit: 0, .. } => (Outcome::Failed, SECOND),
            _ => (Outcome::Measured, SECOND),
        });
        assert_eq!(ending, Ending::Complete);
        assert_eq!(invoked.iter().filter(|(_, unit)| *unit == 0).count(), 2);
        assert_eq!(invoked.iter().filter(|(_, unit)| *unit == 1).count(), 10);
    }

    #[test]
    fn a_round_that_does_not_fit_is_not_begun() {
        // A round takes 3 s (kernels and two units): six rounds fit into 20 s, a seventh does not.
        let mut plan = Plan::new(1, SECOND * 20, &units(&[10, 10]));
        let (invoked, kernels, ending) = drive(&mut plan, |_| (Outcome::Measured, SECOND));
        assert_eq!(ending, Ending::TimeUsed);
        assert_eq!((invoked.len(), kernels.len()), (12, 6));
    }

    #[test]
    fn time_that_ends_before_five_rounds_ends_the_run_at_once() {
        let mut plan = Plan::new(1, SECOND * 10, &units(&[10, 10, 10]));
        let (invoked, _, ending) = drive(&mut plan, |_| (Outcome::Measured, SECOND));
        assert_eq!(ending, Ending::TooLittleTime);
        assert!(invoked.len() < 10);
    }

    #[test]
    fn nothing_to_do_is_done() {
        let mut plan = Plan::new(1, SECOND, &[]);
        assert_eq!(plan.next(Duration::ZERO), Step::Done(Ending::Complete));
    }

    #[test]
    fn asking_twice_gives_the_same_step_and_telling_too_often_is_harmless() {
        let mut plan = Plan::new(1, SECOND * 100, &units(&[5]));
        assert_eq!(plan.next(Duration::ZERO), plan.next(Duration::ZERO));
        plan.told(Outcome::Measured, SECOND);
        plan.told(Outcome::Measured, SECOND);
        assert_eq!(plan.next(SECOND), Step::Invoke { unit: 0, round: 0 });
    }

    #[test]
    fn time_left_is_unknown_at_first_then_falls_and_never_passes_the_limit() {
        let mut plan = Plan::new(1, SECOND * 30, &units(&[10, 10]));
        assert_eq!(plan.time_left(Duration::ZERO), None);
        let mut now = Duration::ZERO;
        let mut last = None;
        while !matches!(plan.next(now), Step::Done(_)) {
            now += SECOND;
            plan.told(Outcome::Measured, SECOND);
            if let Some(left) = plan.time_left(now) {
                assert!(left <= SECOND * 30);
                last = Some(left);
            }
        }
        assert!(last.is_some_and(|left| left <= SECOND * 3), "{last:?}");
        let (done, planned) = plan.progress();
        assert!(done <= planned);
    }

    #[test]
    fn time_that_is_up_before_five_rounds_is_up_to_the_second() {
        // Four steps a round: ten steps are three kernels and seven invocations, and then it is ten o'clock.
        let mut plan = Plan::new(1, SECOND * 10, &units(&[10, 10, 10]));
        let (invoked, kernels, _) = drive(&mut plan, |_| (Outcome::Measured, SECOND));
        assert_eq!((invoked.len(), kernels.len()), (7, 3));
    }

    #[test]
    fn a_round_that_fits_exactly_is_begun_and_five_are_enough() {
        // A round takes 3 s.
        for (limit, rounds, why) in [
            (18, 6, "six fit exactly"),
            (17, 5, "five fit, and that is enough"),
            (15, 5, "five fit exactly"),
        ] {
            let mut plan = Plan::new(1, SECOND * limit, &units(&[10, 10]));
            let (invoked, kernels, ending) = drive(&mut plan, |_| (Outcome::Measured, SECOND));
            assert_eq!(ending, Ending::TimeUsed, "{why}");
            assert_eq!(
                (invoked.len(), kernels.len()),
                (2 * rounds, rounds),
                "{why}"
            );
        }
    }

    #[test]
    fn the_fifth_round_is_begun_even_if_it_does_not_fit_and_cut_by_the_limit() {
        // Four rounds of 3 s, then two seconds more.
        let mut plan = Plan::new(1, SECOND * 14, &units(&[10, 10]));
        let (invoked, kernels, ending) = drive(&mut plan, |_| (Outcome::Measured, SECOND));
        assert_eq!(ending, Ending::TooLittleTime);
        assert_eq!((invoked.len(), kernels.len()), (9, 5));
    }

    #[test]
    fn a_round_after_the_fifth_is_finished_even_if_it_takes_longer_than_it_should() {
        let mut plan = Plan::new(1, SECOND * 18, &units(&[10, 10]));
        let (invoked, kernels, ending) = drive(&mut plan, |step| match step {
            Step::Kernels { round: 5 } => (Outcome::Measured, SECOND * 60),
            _ => (Outcome::Measured, SECOND),
        });
        assert_eq!(ending, Ending::TimeUsed);
        assert_eq!((invoked.len(), kernels.len()), (12, 6));
    }

    #[test]
    fn the_longest_round_so_far_says_whether_another_fits() {
        // 9 s, then 3 s each: after six rounds it is 24 s, and another one of 9 s would not fit into 30 s.
        let mut plan = Plan::new(1, SECOND * 30, &units(&[20, 20]));
        let (_, kernels, ending) = drive(&mut plan, |step| match step {
            Step::Kernels { round: 0 } => (Outcome::Measured, SECOND * 7),
            _ => (Outcome::Measured, SECOND),
        });
        assert_eq!(ending, Ending::TimeUsed);
        assert_eq!(kernels.len(), 6);
    }

    #[test]
    fn time_left_counts_each_unit_at_its_own_cost_and_the_kernels_of_later_rounds() {
        let mut plan = Plan::new(1, SECOND * 1000, &units(&[3, 3]));
        plan.next(Duration::ZERO);
        plan.told(Outcome::Measured, SECOND * 10);
        plan.next(SECOND * 10);
        plan.told(Outcome::Measured, SECOND);
        // Twice more at 1 s, three times at what the other took, and kernels before two more rounds.
        let now = SECOND * 11;
        assert_eq!(plan.time_left(now), Some(SECOND * (2 + 3 + 20)));
        plan.next(now);
        plan.told(Outcome::Measured, SECOND * 100);
        assert!(plan.time_left(SECOND * 111) >= Some(SECOND * (2 + 200)));
    }

    #[test]
    fn time_left_is_never_more_than_the_limit_leaves() {
        let mut plan = Plan::new(1, SECOND * 20, &units(&[10, 10]));
        plan.next(Duration::ZERO);
        plan.told(Outcome::Measured, SECOND * 5);
        plan.next(SECOND * 5);
        plan.told(Outcome::Measured, SECOND * 5);
        assert_eq!(plan.time_left(SECOND * 10), Some(SECOND * 10));
        assert_eq!(plan.time_left(SECOND * 25), Some(Duration::ZERO));
    }
}
