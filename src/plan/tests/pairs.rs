//! Pairs, looks, closing and the canary.

use super::world::{Book, Invoked, Judged, World};
use super::*;
use crate::compare::LOOKS;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// So many pairs, each to 40 at the looks of a regression check.
fn pairs(n: usize) -> World {
    World {
        units: vec![PlannedUnit::pair(40, &LOOKS); n],
        ..World::default()
    }
}

/// The first round after `from` in which the base, or the candidate, of unit 0 comes first.
fn round_with(first: Side, from: u32) -> u32 {
    (from..)
        .find(|&round| pair_order(1, 0, round)[0] == first)
        .unwrap()
}

#[test]
fn each_pair_runs_both_sides_next_to_each_other_in_the_order_of_its_coin() {
    let book = pairs(3).run();
    let invoked = book.invoked();
    assert_eq!(invoked.len(), 3 * 40 * 2);
    for (turn, two) in invoked.chunks(2).enumerate() {
        let (round, unit, _) = two[0];
        assert_eq!(round as usize, turn / 3);
        assert_eq!((two[0].0, two[0].1), (two[1].0, two[1].1));
        assert_eq!([two[0].2, two[1].2], pair_order(1, unit, round));
    }
    for (round, six) in invoked.chunks(6).enumerate() {
        let order: Vec<usize> = six.iter().step_by(2).map(|one| one.1).collect();
        assert_eq!(order, permutation(1, round as u32, 3));
    }
    assert_eq!(book.ending, Some(Ending::Complete));
}

#[test]
fn looks_come_once_each_and_after_the_last_round_too() {
    let book = pairs(2).run();
    let looks: Vec<_> = LOOKS.iter().map(|look| (look - 1, vec![0, 1])).collect();
    assert_eq!(book.looks, looks);
    assert_eq!(book.steps.last(), Some(&Step::Judge { round: 39 }));
    let judgements = book
        .steps
        .iter()
        .filter(|step| matches!(step, Step::Judge { .. }));
    assert_eq!(judgements.count(), LOOKS.len());
}

#[test]
fn a_unit_that_is_closed_costs_nothing_any_more() {
    let mut world = pairs(2);
    world.decided_at = vec![12];
    let book = world.run();
    assert_eq!((book.rounds_of(0), book.rounds_of(1)), (12, 40));
    assert_eq!(
        book.looks[..3],
        [(7, vec![0, 1]), (11, vec![0, 1]), (17, vec![1])]
    );
    assert_eq!(book.ending, Some(Ending::Complete));
}

#[test]
fn all_closed_is_complete() {
    let mut world = pairs(4);
    world.decided_at = vec![1; 4];
    let book = world.run();
    assert_eq!(book.invoked().len(), 4 * 8 * 2);
    assert_eq!(book.ending, Some(Ending::Complete));
}

#[test]
fn a_look_counts_complete_pairs_and_a_dropped_one_is_made_up_for() {
    for side in [Side::Base, Side::Candidate] {
        let mut world = pairs(2);
        world.failing = BTreeSet::from([(0, 3, side)]);
        let book = world.run();
        assert_eq!(book.looks[..2], [(7, vec![1]), (8, vec![0])], "{side:?}");
        assert_eq!((book.rounds_of(0), book.rounds_of(1)), (41, 40), "{side:?}");
        assert_eq!(book.complete(&world.units, 0), 40);
        assert_eq!(book.looks.last(), Some(&(40, vec![0])));
    }
}

#[test]
fn a_pair_that_is_dropped_at_a_look_is_not_judged_twice() {
    let mut world = pairs(1);
    world.failing = BTreeSet::from([(0, 8, Side::Candidate)]);
    let book = world.run();
    assert_eq!(book.looks[..2], [(7, vec![0]), (12, vec![0])]);
}

#[test]
fn a_base_that_fails_first_spares_the_candidate() {
    let round = round_with(Side::Base, 0);
    let mut world = pairs(1);
    world.failing = BTreeSet::from([(0, round, Side::Base)]);
    let invoked = world.run().invoked();
    let sides: Vec<Side> = invoked
        .iter()
        .filter(|one| one.0 == round)
        .map(|one| one.2)
        .collect();
    assert_eq!(sides, [Side::Base]);
}

#[test]
fn a_candidate_that_fails_first_has_its_base_as_witness() {
    // Also where the unit is given up with that failure.
    let first = round_with(Side::Candidate, 0);
    let second = round_with(Side::Candidate, first + 1);
    let mut world = pairs(2);
    world.failing = BTreeSet::from([(0, first, Side::Candidate), (0, second, Side::Candidate)]);
    let book = world.run();
    for round in [first, second] {
        let of_round = |one: &&Invoked| (one.0, one.1) == (round, 0);
        let sides: Vec<Side> = book
            .invoked()
            .iter()
            .filter(of_round)
            .map(|one| one.2)
            .collect();
        assert_eq!(sides, [Side::Candidate, Side::Base]);
    }
    assert_eq!(book.rounds_of(0), second + 1, "given up");
    assert_eq!(book.rounds_of(1), 40);
    assert_eq!(book.ending, Some(Ending::Complete));
}

#[test]
fn failures_of_both_sides_count_together() {
    let mut world = pairs(1);
    world.failing = BTreeSet::from([(0, 2, Side::Base), (0, 5, Side::Candidate)]);
    let book = world.run();
    assert_eq!(book.rounds_of(0), 6);
    assert!(book.looks.is_empty());
    assert_eq!(book.ending, Some(Ending::Complete));
}

#[test]
fn fewer_pairs_than_the_last_look_are_taken_at_their_word() {
    for (asked, looks) in [(5, 0), (8, 1), (20, 3), (40, 5), (400, 5)] {
        let world = World {
            units: vec![PlannedUnit::pair(asked, &LOOKS)],
            ..World::default()
        };
        let book = world.run();
        assert_eq!(book.rounds_of(0), asked.min(40), "{asked}");
        assert_eq!(book.looks.len(), looks, "{asked}");
    }
}

#[test]
fn each_unit_has_looks_of_its_own() {
    let world = World {
        units: vec![
            PlannedUnit::pair(300, &[10, 20, 300]),
            PlannedUnit::pair(12, &[10, 12]),
            PlannedUnit::pair(3, &[]),
            PlannedUnit::single(10),
        ],
        ..World::default()
    };
    let book = world.run();
    let looks = [
        (9, vec![0, 1]),
        (11, vec![1]),
        (19, vec![0]),
        (299, vec![0]),
    ];
    assert_eq!(book.looks, looks);
    assert_eq!((book.rounds_of(2), book.rounds_of(3)), (3, 10));
}

#[test]
fn a_unit_closed_in_the_middle_of_its_pair_has_none_of_it() {
    let mut plan = pairs(1).plan();
    for _ in 0..2 {
        plan.next(Duration::ZERO);
        plan.told(Outcome::Measured, SECOND);
    }
    // The kernels and the first side are done; now between the two, and then while the first one runs.
    let mut between = plan.clone();
    between.close(0);
    assert_eq!(between.next(SECOND), Step::Done(Ending::Complete));
    plan.next(SECOND);
    plan.close(0);
    plan.close(7);
    plan.told(Outcome::Measured, SECOND);
    assert_eq!(plan.next(SECOND), Step::Done(Ending::Complete));
}

#[test]
fn a_canary_runs_the_kernels_on_both_sides_until_it_is_closed() {
    let mut world = pairs(1);
    world.units.push(PlannedUnit::single(20));
    world.options = Some(Options {
        canary: true,
        ..options(1, 1000)
    });
    let mut plan = world.plan();
    let mut book = Book::default();
    // Eight rounds of five steps, and the judgement.
    world.go_on(&mut plan, &mut book, 8 * 5 + 1);
    assert_eq!(book.looks.len(), 1);
    plan.close_canary();
    world.go_on(&mut plan, &mut book, usize::MAX);
    let expected: Vec<(u32, Side)> = (0..8)
        .flat_map(|round| canary_order(1, round).map(|side| (round, side)))
        // Single units are calibrated by the kernels of their job; pairs are not.
        .chain((8..20).map(|round| (round, Side::Candidate)))
        .collect();
    assert_eq!(book.kernels(), expected);
    assert_eq!(book.rounds_of(0), 40);
}

#[test]
fn without_a_canary_kernels_run_once_a_round_and_closing_it_changes_nothing() {
    let world = pairs(1);
    let mut plan = world.plan();
    plan.close_canary();
    let mut book = Book::default();
    world.go_on(&mut plan, &mut book, usize::MAX);
    let expected: Vec<_> = (0..40).map(|round| (round, Side::Candidate)).collect();
    assert_eq!(book.kernels(), expected);
}

/// What a plan with time enough is to do, written down as the loops that it is instead of a state machine.
fn as_loops(world: &World) -> (Vec<Invoked>, Vec<Judged>) {
    let (mut invoked, mut looks) = (Vec::new(), Vec::new());
    let n = world.units.len();
    let (mut complete, mut runs, mut failures) = (vec![0; n], vec![0; n], vec![0; n]);
    let mut closed = vec![false; n];
    for round in 0..1000 {
        let mut at_look = Vec::new();
        for unit in permutation(1, round, n) {
            let planned = &world.units[unit];
            let last = planned.looks.last().copied().unwrap_or(u32::MAX);
            let done = if planned.pair {
                complete[unit]
            } else {
                runs[unit]
            };
            if closed[unit] || failures[unit] > 1 || done >= planned.invocations.min(last) {
                continue;
            }
            runs[unit] += 1;
            let sides = if planned.pair {
                pair_order(1, unit, round).to_vec()
            } else {
                vec![Side::Candidate]
            };
            let mut all = true;
            for side in sides {
                invoked.push((round, unit, side));
                if world.outcome(unit, round, side) == Outcome::Failed {
                    failures[unit] += 1;
                    all = false;
                    if side == Side::Base {
                        break;
                    }
                }
            }
            complete[unit] += u32::from(all);
            if all && planned.pair && planned.looks.contains(&complete[unit]) {
                at_look.push(unit);
            }
        }
        at_look.sort_unstable();
        for &unit in &at_look {
            closed[unit] = world.is_decided(unit, complete[unit]);
        }
        if !at_look.is_empty() {
            looks.push((round, at_look));
        }
    }
    (invoked, looks)
}

pub(super) fn worlds() -> impl Strategy<Value = World> {
    let unit = prop_oneof![
        (0_u32..12).prop_map(PlannedUnit::single),
        (0_u32..45).prop_map(|most| PlannedUnit::pair(most, &LOOKS)),
        (0_u32..45).prop_map(|most| PlannedUnit::pair(most, &[3, 5, 6, 14])),
    ];
    let side = prop_oneof![Just(Side::Base), Just(Side::Candidate)];
    (
        prop::collection::vec((unit, 1_u32..50), 0..6),
        prop::collection::btree_set((0_usize..6, 0_u32..20, side), 0..8),
        any::<bool>(),
    )
        .prop_map(|(units, failing, canary)| {
            let (units, decided_at) = units.into_iter().unzip();
            World {
                options: Some(Options {
                    canary,
                    ..options(1, 1_000_000)
                }),
                units,
                failing,
                decided_at,
                kernel_cost: SECOND,
                ..World::default()
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn with_time_enough_a_plan_does_what_the_loops_do(world in worlds()) {
        let book = world.run();
        let (invoked, looks) = as_loops(&world);
        prop_assert_eq!(book.invoked(), invoked);
        prop_assert_eq!(book.looks, looks);
        prop_assert_eq!(book.ending, Some(Ending::Complete));
    }

    #[test]
    fn progress_counts_up_and_ends_where_it_said(world in worlds()) {
        let mut plan = world.plan();
        let mut book = Book::default();
        let (mut done, mut planned) = plan.progress();
        while book.ending.is_none() {
            world.go_on(&mut plan, &mut book, 1);
            let (now_done, now_planned) = plan.progress();
            prop_assert!(now_done >= done && now_done <= now_planned);
            // A dropped pair is made up for with two more.
            prop_assert!(now_planned <= planned + 2);
            (done, planned) = (now_done, now_planned);
        }
        prop_assert_eq!(done, planned);
    }
}
