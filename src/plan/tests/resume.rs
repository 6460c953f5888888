//! A plan that was killed and goes on from its Run file.

use super::pairs::worlds;
use super::world::{Book, Judged, World};
use super::*;
use crate::compare::LOOKS;
use proptest::prelude::*;

/// Runs so many steps, is killed, and goes on from what was recorded.
fn killed_after(world: &World, steps: usize, tell_closed: bool) -> Book {
    let mut book = Book::default();
    world.go_on(&mut world.plan(), &mut book, steps);
    if book.ending.is_some() {
        return book;
    }
    book.drop_half_turns(&world.units);
    let next_round = book.invoked().last().map_or(0, |last| last.0);
    let from = book.come(&world.units, next_round, tell_closed);
    let mut plan = Plan::resume(world.options(), &world.units, &from, next_round, book.now);
    let spent = book.now;
    book.now = Duration::ZERO;
    world.go_on(&mut plan, &mut book, usize::MAX);
    book.now += spent;
    book
}

fn without_repetition(looks: &[Judged]) -> Vec<(u32, usize)> {
    let mut all: Vec<_> = looks
        .iter()
        .flat_map(|(round, units)| units.iter().map(|&unit| (*round, unit)))
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn wherever_it_is_cut_the_invocations_are_those_of_the_uncut_plan(
        world in worlds(),
        tell_closed in any::<bool>(),
    ) {
        let uncut = world.run();
        for steps in 0..=uncut.steps.len() {
            let cut = killed_after(&world, steps, tell_closed);
            prop_assert_eq!(cut.invoked(), uncut.invoked(), "cut after {} steps", steps);
            prop_assert_eq!(cut.ending, uncut.ending);
        }
    }
}

#[test]
fn a_job_killed_before_its_judgement_judges_first() {
    let world = World {
        units: vec![PlannedUnit::pair(40, &LOOKS); 2],
        decided_at: vec![8, 12],
        ..World::default()
    };
    let uncut = world.run();
    let judgement = uncut
        .steps
        .iter()
        .position(|step| matches!(step, Step::Judge { .. }));
    let steps = judgement.unwrap();
    let cut = killed_after(&world, steps, false);
    assert_eq!(cut.steps[steps], Step::Judge { round: 7 });
    assert_eq!(cut.invoked(), uncut.invoked());
    assert_eq!(
        without_repetition(&cut.looks),
        without_repetition(&uncut.looks)
    );
}

#[test]
fn a_unit_that_is_closed_stays_closed_if_the_plan_is_told() {
    let units = [PlannedUnit::pair(40, &LOOKS)];
    let decided = Progress {
        rounds: 8,
        complete: 8,
        closed: true,
        ..Progress::default()
    };
    let mut plan = Plan::resume(options(1, 1000), &units, &[decided], 8, SECOND);
    assert_eq!(plan.next(Duration::ZERO), Step::Done(Ending::Complete));
}

#[test]
fn what_was_given_up_stays_given_up() {
    let units = [PlannedUnit::pair(40, &LOOKS)];
    let failed = Progress {
        rounds: 10,
        complete: 8,
        base_failures: 1,
        candidate_failures: 1,
        ..Progress::default()
    };
    let mut plan = Plan::resume(options(1, 1000), &units, &[failed], 10, SECOND);
    assert_eq!(plan.next(Duration::ZERO), Step::Done(Ending::Complete));
}

#[test]
fn time_spent_before_counts_against_the_limit() {
    let units = [PlannedUnit::pair(40, &LOOKS)];
    let resume = |complete, spent: u32| {
        let come = Progress {
            rounds: complete,
            complete,
            ..Progress::default()
        };
        Plan::resume(options(1, 100), &units, &[come], complete, SECOND * spent)
    };
    // Ten pairs took 50 s, so two more to the look at twelve will take ten.
    assert_eq!(
        resume(10, 50).next(SECOND * 40),
        Step::Kernels {
            round: 10,
            side: Side::Candidate
        }
    );
    assert_eq!(
        resume(10, 50).next(SECOND * 41),
        Step::Done(Ending::TimeUsed)
    );
    assert_eq!(
        resume(10, 101).next(Duration::ZERO),
        Step::Done(Ending::TimeUsed)
    );
    assert_eq!(
        resume(7, 100).next(Duration::ZERO),
        Step::Done(Ending::TooLittleTime)
    );
    assert_eq!(resume(10, 50).time_left(SECOND * 20), Some(SECOND * 30));
    assert_eq!(resume(39, 39).time_left(Duration::ZERO), Some(SECOND));
}

#[test]
fn a_second_attempt_starts_at_its_own_first_round() {
    let units = [PlannedUnit::pair(8, &LOOKS), PlannedUnit::single(6)];
    let mut plan = Plan::resume(options(1, 1000), &units, &[], 40, Duration::ZERO);
    let mut book = Book::default();
    World {
        units: units.to_vec(),
        ..World::default()
    }
    .go_on(&mut plan, &mut book, usize::MAX);
    assert_eq!((book.rounds_of(0), book.rounds_of(1)), (8, 6));
    assert_eq!(book.invoked()[0].0, 40);
    assert_eq!(book.looks, [(47, vec![0])]);
    let sides: Vec<Side> = book
        .invoked()
        .iter()
        .filter(|one| one.1 == 0)
        .map(|one| one.2)
        .collect();
    let coins: Vec<Side> = (40..48).flat_map(|round| pair_order(1, 0, round)).collect();
    assert_eq!(sides, coins);
}

#[test]
fn impossible_progress_does_no_harm() {
    let units = [PlannedUnit::pair(40, &LOOKS), PlannedUnit::single(5)];
    let wild = Progress {
        rounds: u32::MAX,
        complete: u32::MAX,
        base_failures: u32::MAX,
        candidate_failures: u32::MAX,
        closed: false,
        in_round: true,
    };
    let from = [wild, wild, wild];
    let mut plan = Plan::resume(options(1, 1000), &units, &from, u32::MAX, Duration::MAX);
    assert_eq!(plan.next(Duration::MAX), Step::Done(Ending::Complete));
    assert!(plan.progress().0 > 0);
    assert_eq!(plan.time_left(Duration::MAX), Some(Duration::ZERO));
}
