use super::*;
use std::time::Duration;

mod pairs;
mod resume;
mod time;
mod world;

const SECOND: Duration = Duration::from_secs(1);

fn options(seed: u64, limit: u32) -> Options {
    Options {
        seed,
        limit: SECOND * limit,
        canary: false,
    }
}

fn singles(invocations: &[u32]) -> Vec<PlannedUnit> {
    invocations
        .iter()
        .map(|&invocations| PlannedUnit::single(invocations))
        .collect()
}

/// What a plan without pairs did.
struct Trace {
    /// Round and unit.
    invoked: Vec<(u32, usize)>,
    /// Rounds of kernels.
    kernels: Vec<u32>,
    ending: Ending,
}

/// Runs a plan of single units with a clock of our own.
fn drive(plan: &mut Plan, mut cost: impl FnMut(Step) -> (Outcome, Duration)) -> Trace {
    let mut now = Duration::ZERO;
    let (mut invoked, mut kernels) = (Vec::new(), Vec::new());
    for _ in 0..100_000 {
        let step = plan.next(now);
        match step {
            Step::Kernels { round, side } => {
                assert_eq!(side, Side::Candidate);
                kernels.push(round);
            }
            Step::Invoke { unit, round, side } => {
                assert_eq!(side, Side::Candidate);
                invoked.push((round, unit));
            }
            Step::Judge { .. } => panic!("nothing is to be judged"),
            Step::Done(ending) => {
                return Trace {
                    invoked,
                    kernels,
                    ending,
                };
            }
        }
        let (outcome, took) = cost(step);
        now += took;
        plan.told(outcome, took);
    }
    panic!("the plan does not end");
}

#[test]
fn every_unit_runs_once_a_round_and_kernels_run_first() {
    let mut plan = Plan::new(options(1, 1000), &singles(&[6, 6, 6]));
    let Trace {
        invoked,
        kernels,
        ending,
        ..
    } = drive(&mut plan, |_| (Outcome::Measured, SECOND));
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
        let mut plan = Plan::new(options(seed, 1000), &singles(&[8; 10]));
        drive(&mut plan, |_| (Outcome::Measured, SECOND)).invoked
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
    let mut plan = Plan::new(options(1, 1000), &singles(&[5, 9]));
    let Trace { invoked, .. } = drive(&mut plan, |_| (Outcome::Measured, SECOND));
    assert_eq!(invoked.iter().filter(|(_, unit)| *unit == 0).count(), 5);
    assert_eq!(invoked.iter().filter(|(_, unit)| *unit == 1).count(), 9);
}

#[test]
fn a_unit_that_fails_twice_is_given_up_and_the_others_go_on() {
    let mut plan = Plan::new(options(1, 1000), &singles(&[10, 10]));
    let Trace {
        invoked, ending, ..
    } = drive(&mut plan, |step| match step {
        Step::Invoke { unit: 0, .. } => (Outcome::Failed, SECOND),
        _ => (Outcome::Measured, SECOND),
    });
    assert_eq!(ending, Ending::Complete);
    assert_eq!(invoked.iter().filter(|(_, unit)| *unit == 0).count(), 2);
    assert_eq!(invoked.iter().filter(|(_, unit)| *unit == 1).count(), 10);
}

#[test]
fn nothing_to_do_is_done() {
    let mut plan = Plan::new(options(1, 1), &[]);
    assert_eq!(plan.next(Duration::ZERO), Step::Done(Ending::Complete));
}

#[test]
fn asking_twice_gives_the_same_step_and_telling_too_often_is_harmless() {
    let mut plan = Plan::new(options(1, 100), &singles(&[5]));
    assert_eq!(plan.next(Duration::ZERO), plan.next(Duration::ZERO));
    plan.told(Outcome::Measured, SECOND);
    plan.told(Outcome::Measured, SECOND);
    assert_eq!(
        plan.next(SECOND),
        Step::Invoke {
            unit: 0,
            round: 0,
            side: Side::Candidate
        }
    );
}
