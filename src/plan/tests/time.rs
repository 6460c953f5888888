//! What the time limit does.

use super::world::{Book, World};
use super::*;
use crate::compare::LOOKS;
use proptest::prelude::*;

#[test]
fn a_round_that_does_not_fit_is_not_begun() {
    // A round takes 3 s (kernels and two units): six rounds fit into 20 s, a seventh does not.
    let mut plan = Plan::new(options(1, 20), &singles(&[10, 10]));
    let Trace {
        invoked,
        kernels,
        ending,
        ..
    } = drive(&mut plan, |_| (Outcome::Measured, SECOND));
    assert_eq!(ending, Ending::TimeUsed);
    assert_eq!((invoked.len(), kernels.len()), (12, 6));
}

#[test]
fn time_that_ends_before_five_rounds_ends_the_run_at_once() {
    let mut plan = Plan::new(options(1, 10), &singles(&[10, 10, 10]));
    let Trace {
        invoked, ending, ..
    } = drive(&mut plan, |_| (Outcome::Measured, SECOND));
    assert_eq!(ending, Ending::TooLittleTime);
    assert!(invoked.len() < 10);
}

#[test]
fn time_left_is_unknown_at_first_then_falls_and_never_passes_the_limit() {
    let mut plan = Plan::new(options(1, 30), &singles(&[10, 10]));
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
    let mut plan = Plan::new(options(1, 10), &singles(&[10, 10, 10]));
    let Trace {
        invoked, kernels, ..
    } = drive(&mut plan, |_| (Outcome::Measured, SECOND));
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
        let mut plan = Plan::new(options(1, limit), &singles(&[10, 10]));
        let Trace {
            invoked,
            kernels,
            ending,
            ..
        } = drive(&mut plan, |_| (Outcome::Measured, SECOND));
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
    let mut plan = Plan::new(options(1, 14), &singles(&[10, 10]));
    let Trace {
        invoked,
        kernels,
        ending,
        ..
    } = drive(&mut plan, |_| (Outcome::Measured, SECOND));
    assert_eq!(ending, Ending::TooLittleTime);
    assert_eq!((invoked.len(), kernels.len()), (9, 5));
}

#[test]
fn a_round_after_the_fifth_is_finished_even_if_it_takes_longer_than_it_should() {
    let mut plan = Plan::new(options(1, 18), &singles(&[10, 10]));
    let Trace {
        invoked,
        kernels,
        ending,
        ..
    } = drive(&mut plan, |step| match step {
        Step::Kernels { round: 5, .. } => (Outcome::Measured, SECOND * 60),
        _ => (Outcome::Measured, SECOND),
    });
    assert_eq!(ending, Ending::TimeUsed);
    assert_eq!((invoked.len(), kernels.len()), (12, 6));
}

#[test]
fn the_longest_round_so_far_says_whether_another_fits() {
    // 9 s, then 3 s each: after six rounds it is 24 s, and another one of 9 s would not fit into 30 s.
    let mut plan = Plan::new(options(1, 30), &singles(&[20, 20]));
    let Trace {
        kernels, ending, ..
    } = drive(&mut plan, |step| match step {
        Step::Kernels { round: 0, .. } => (Outcome::Measured, SECOND * 7),
        _ => (Outcome::Measured, SECOND),
    });
    assert_eq!(ending, Ending::TimeUsed);
    assert_eq!(kernels.len(), 6);
}

#[test]
fn time_left_counts_each_unit_at_its_own_cost_and_the_kernels_of_later_rounds() {
    let mut plan = Plan::new(options(1, 1000), &singles(&[3, 3]));
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
    let mut plan = Plan::new(options(1, 20), &singles(&[10, 10]));
    plan.next(Duration::ZERO);
    plan.told(Outcome::Measured, SECOND * 5);
    plan.next(SECOND * 5);
    plan.told(Outcome::Measured, SECOND * 5);
    assert_eq!(plan.time_left(SECOND * 10), Some(SECOND * 10));
    assert_eq!(plan.time_left(SECOND * 25), Some(Duration::ZERO));
}

/// Pairs with one second a side, no cost of kernels.
fn two_pairs(limit: u32) -> World {
    World {
        options: Some(options(1, limit)),
        units: vec![PlannedUnit::pair(40, &LOOKS); 2],
        ..World::default()
    }
}

#[test]
fn fewer_pairs_than_the_first_look_are_too_little_time() {
    // A round takes 4 s: eight are 32.
    let book = two_pairs(31).run();
    assert_eq!(book.ending, Some(Ending::TooLittleTime));
    assert_eq!(book.invoked().len(), 31);
    assert!(book.looks.is_empty());
    let book = two_pairs(32).run();
    assert_eq!(book.ending, Some(Ending::TimeUsed));
    assert_eq!(book.looks, [(7, vec![0, 1])]);
}

#[test]
fn rounds_that_would_not_reach_a_look_are_not_begun() {
    // From 8 pairs to 12 takes 16 s for both, 8 s for one.
    for (limit, pairs) in [(48, [12, 12]), (47, [8, 12]), (40, [8, 12]), (39, [8, 8])] {
        let book = two_pairs(limit).run();
        let mut rounds = [book.rounds_of(0), book.rounds_of(1)];
        rounds.sort_unstable();
        assert_eq!(rounds, pairs, "{limit}");
        assert_eq!(book.ending, Some(Ending::TimeUsed), "{limit}");
    }
}

#[test]
fn what_closes_leaves_its_time_to_the_others() {
    // Both to the first look is 32 s, and one of them alone from there to the end 64 s.
    let mut world = two_pairs(96);
    world.decided_at = vec![8];
    let book = world.run();
    assert_eq!((book.rounds_of(0), book.rounds_of(1)), (8, 40));
    assert_eq!(book.ending, Some(Ending::Complete));
}

#[test]
fn a_pair_that_waited_goes_on_when_singles_are_done() {
    // Singles cost 5 s a round; while they run there is no time for the four rounds to the second look.
    let mut world = two_pairs(8 * 9 + 10 + 16);
    world.units.push(PlannedUnit::single(10));
    world.costs = vec![SECOND, SECOND, SECOND * 5];
    let book = world.run();
    assert_eq!(
        (book.rounds_of(0), book.rounds_of(1), book.rounds_of(2)),
        (12, 12, 10)
    );
    assert_eq!(book.looks, [(7, vec![0, 1]), (13, vec![0, 1])]);
    assert_eq!(book.now, SECOND * 98);
}

#[test]
fn a_disturbance_is_not_reckoned_with_for_every_round_to_come() {
    // One invocation takes a minute. Another minute may come before the next look, but not one in every round.
    let mut plan = two_pairs(200).plan();
    let mut now = Duration::ZERO;
    let mut rounds = 0;
    loop {
        let took = match plan.next(now) {
            Step::Invoke {
                unit: 0,
                round: 3,
                side: Side::Base,
            } => SECOND * 60,
            Step::Invoke { round, .. } => {
                rounds = rounds.max(round + 1);
                SECOND
            }
            Step::Done(_) => break,
            _ => Duration::ZERO,
        };
        now += took;
        plan.told(Outcome::Measured, took);
    }
    assert!(rounds >= 12, "{rounds}");
    assert!(now <= SECOND * 200);
}

#[test]
fn a_disturbance_is_forgotten_after_eight_rounds() {
    // 61 s, then 2 s each. The ninth round still reckons with another minute, and it just fits; later ones do not.
    let mut plan = Plan::new(options(1, 136), &singles(&[100]));
    let trace = drive(&mut plan, |step| match step {
        Step::Kernels { round: 0, .. } => (Outcome::Measured, SECOND * 60),
        _ => (Outcome::Measured, SECOND),
    });
    assert_eq!(trace.ending, Ending::TimeUsed);
    assert_eq!(trace.kernels.len(), 1 + (136 - 61) / 2);
}

#[test]
fn what_passes_between_steps_counts_too() {
    // Every step takes a second, and so does what the session does before it.
    let mut plan = Plan::new(options(1, 40), &singles(&[10, 10]));
    let mut now = Duration::ZERO;
    let mut kernels = 0;
    loop {
        match plan.next(now) {
            Step::Done(ending) => {
                assert_eq!(ending, Ending::TimeUsed);
                break;
            }
            Step::Kernels { .. } => kernels += 1,
            _ => {}
        }
        now += SECOND * 2;
        plan.told(Outcome::Measured, SECOND);
    }
    assert_eq!((kernels, now), (6, SECOND * 36));
}

#[test]
fn kernels_of_a_canary_are_counted_twice_in_the_time_left_and_not_after_it_closed() {
    let mut world = two_pairs(1000);
    world.options = Some(Options {
        canary: true,
        ..options(1, 1000)
    });
    world.kernel_cost = SECOND * 3;
    let mut plan = world.plan();
    let mut book = Book::default();
    world.go_on(&mut plan, &mut book, 8 * 6 + 1);
    assert_eq!(plan.time_left(book.now), Some(SECOND * (32 * 4 + 32 * 6)));
    plan.close_canary();
    assert_eq!(plan.time_left(book.now), Some(SECOND * (32 * 4)));
    plan.close(0);
    assert_eq!(plan.time_left(book.now), Some(SECOND * (32 * 2)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn with_steady_costs_the_limit_holds_and_no_pair_ends_between_looks(
        units in prop::collection::vec((1_u64..3000, 1_u32..50, any::<bool>()), 1..8),
        kernel in 0_u64..500,
        limit in 1_u32..400,
        canary in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let world = World {
            options: Some(Options { canary, ..options(seed, limit) }),
            units: units
                .iter()
                .map(|unit| if unit.2 { PlannedUnit::pair(40, &LOOKS) } else { PlannedUnit::single(12) })
                .collect(),
            decided_at: units.iter().map(|unit| unit.1).collect(),
            costs: units.iter().map(|unit| Duration::from_millis(unit.0)).collect(),
            kernel_cost: Duration::from_millis(kernel),
            ..World::default()
        };
        let book = world.run();
        if book.ending == Some(Ending::TooLittleTime) {
            prop_assert!(book.now >= SECOND * limit);
            return Ok(());
        }
        // Rounds up to the first look, or to five, are begun even where they do not fit. All others keep the limit.
        let forced = if world.units.iter().any(|unit| unit.pair) { LOOKS[0] } else { MIN_ROUNDS };
        let last_round = book.invoked().last().map_or(0, |last| last.0);
        prop_assert!(book.now <= SECOND * limit || last_round < forced, "{:?}", book.now);
        for (index, unit) in world.units.iter().enumerate() {
            let rounds = book.rounds_of(index);
            if unit.pair {
                prop_assert!(LOOKS.contains(&rounds), "{} pairs", rounds);
            } else {
                prop_assert!(rounds >= MIN_ROUNDS);
            }
        }
    }
}
