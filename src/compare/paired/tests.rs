#![expect(clippy::float_cmp, reason = "bounds are order statistics, exact")]

use super::*;
use crate::compare::simulate::{LEVELS, smallest_p, zone};
use crate::compare::{Interval, paired, paired_looks};
use crate::stats::testing::{Random, assert_near};
use crate::stats::{Bounds, clopper_pearson};
use proptest::prelude::*;

/// Pairs of a benchmark of a microsecond: a machine that drifts, rare slow processes, the order thrown by a coin,
/// and the second of a pair a little slower than the first.
fn measure(random: &mut Random, n: usize, noise: f64, change: f64) -> Vec<(f64, f64)> {
    let mut machine = 0.0;
    (0..n)
        .map(|_| {
            machine = 0.9 * machine + 0.02 * random.normal();
            let mut process = |position: f64| {
                let slow = if random.uniform() < 0.1 { 0.1 } else { 0.0 };
                machine + slow + position + noise * random.normal()
            };
            let (first, second) = (process(0.0), process(0.01));
            let (base, candidate) = if random.coin() {
                (first, second)
            } else {
                (second, first)
            };
            (1e3 * base.exp(), 1e3 * (candidate + change).exp())
        })
        .collect()
}

/// Pairs with these log ratios.
fn pairs(changes: &[f64]) -> Vec<(f64, f64)> {
    changes.iter().map(|change| (1.0, change.exp())).collect()
}

#[test]
fn seven_pairs_are_too_few() {
    let error = paired(
        &pairs(&[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]),
        LEVELS,
        zone(0.02, 0.05),
        false,
    );
    assert_eq!(
        error,
        Err(NotComparable::TooFewObservations { got: 7, needed: 8 })
    );
    assert!(matches!(
        paired(&[], LEVELS, zone(0.02, 0.05), true),
        Err(NotComparable::TooFewObservations { got: 0, .. })
    ));
}

#[test]
fn what_has_no_ratio_is_refused_by_name() {
    for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let mut data = pairs(&[0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]);
        data[3].0 = wrong;
        assert_eq!(
            paired(&data, LEVELS, zone(0.0, 0.05), true),
            Err(NotComparable::NoRatio)
        );
        data[3] = (1.0, wrong);
        assert_eq!(
            paired(&data, LEVELS, zone(0.0, 0.05), false),
            Err(NotComparable::NoRatio)
        );
    }
}

#[test]
fn a_clear_slowdown_is_decided_at_the_first_look() {
    let mut random = Random::new(1);
    let data = measure(&mut random, 40, 0.005, 0.4);
    let comparison = paired(&data, LEVELS, zone(0.02, 0.05), false).unwrap();
    assert_eq!((comparison.base_n, comparison.candidate_n), (8, 8));
    assert_eq!(comparison.method, Method::Paired);
    assert!(comparison.interval.low.log() > 0.02);
    assert_near(comparison.fail_level, 0.0155, 1e-15);
}

#[test]
fn without_a_decision_the_last_completed_look_speaks() {
    let mut random = Random::new(2);
    let data = measure(&mut random, 26, 0.2, 0.04);
    let comparison = paired(&data, LEVELS, zone(0.02, 0.05), false).unwrap();
    assert_eq!(comparison.base_n, 18);
    let looks = paired_looks(&data, LEVELS, zone(0.02, 0.05)).unwrap();
    assert_eq!(
        looks.iter().map(|look| look.n).collect::<Vec<_>>(),
        [8, 12, 18]
    );
    assert!(looks.iter().all(|look| look.decision.is_none()));
    assert_eq!(looks[2].effect, comparison.effect);
    assert_eq!(looks[2].interval, comparison.interval);
}

#[test]
fn looks_end_at_forty_pairs() {
    let mut random = Random::new(3);
    let data = measure(&mut random, 300, 0.3, 0.04);
    let all = paired(&data, LEVELS, zone(0.02, 0.05), false).unwrap();
    assert_eq!(all.base_n, 40);
    assert_eq!(
        Ok(all),
        paired(&data[..40], LEVELS, zone(0.02, 0.05), false)
    );
}

#[test]
fn a_decision_stands_whatever_comes_later() {
    let mut data = pairs(&[0.2, 0.21, 0.19, 0.22, 0.18, 0.205, 0.195, 0.2]);
    let early = paired(&data, LEVELS, zone(0.02, 0.05), false).unwrap();
    data.extend(pairs(&[-0.5; 32]));
    assert_eq!(
        paired(&data, LEVELS, zone(0.02, 0.05), false).unwrap(),
        early
    );
}

#[test]
fn an_unattainable_level_leaves_no_bounds_and_detects_nothing() {
    let strict = Levels {
        fail: 0.05 / 100.0,
        pass: 0.05,
    };
    let data = pairs(&[0.2, 0.21, 0.19, 0.22, 0.18, 0.205, 0.195, 0.2, 0.2]);
    let comparison = paired(&data, strict, zone(0.02, 0.05), false).unwrap();
    assert_eq!(comparison.interval, Interval::UNBOUNDED);
    assert_eq!(comparison.detectable.log(), f64::INFINITY);
    for wrong in [0.0, -0.1, 0.5, 1.0, f64::NAN] {
        let levels = Levels {
            fail: wrong,
            pass: wrong,
        };
        let comparison = paired(&data, levels, zone(0.02, 0.05), false).unwrap();
        assert_eq!(comparison.interval, Interval::UNBOUNDED);
        assert_eq!(comparison.pass_interval, Interval::UNBOUNDED);
    }
}

#[test]
fn counts_that_repeat_are_compared_exactly() {
    let comparison = paired(&[(100.0, 101.0); 3], LEVELS, zone(0.0, 0.005), true).unwrap();
    assert_eq!(comparison.method, Method::Exact);
    assert_near(comparison.effect.fraction(), 0.01, 1e-12);
    assert_eq!(comparison.interval.low, comparison.interval.high);
    assert_near(comparison.detectable.fraction(), 0.005, 1e-12);
    assert_eq!((comparison.base, comparison.candidate), (100.0, 101.0));
    assert!(paired(&[(100.0, 101.0); 2], LEVELS, zone(0.0, 0.005), true).is_err());
}

#[test]
fn zero_stays_zero_and_from_zero_is_infinitely_more() {
    let same = paired(&[(0.0, 0.0); 3], LEVELS, zone(0.0, 0.05), true).unwrap();
    assert_eq!((same.method, same.effect), (Method::Exact, Change::ZERO));
    let more = paired(&[(0.0, 3.0); 3], LEVELS, zone(0.0, 0.05), true).unwrap();
    assert_eq!(more.interval.low.log(), f64::INFINITY);
    let sometimes = paired(
        &[(0.0, 3.0), (0.0, 4.0), (0.0, 3.0)],
        LEVELS,
        zone(0.0, 0.05),
        true,
    )
    .unwrap();
    assert_eq!(sometimes.effect.log(), f64::INFINITY);
}

#[test]
fn times_are_exact_only_from_the_first_look_and_never_from_zero() {
    assert!(paired(&[(10.0, 11.0); 7], LEVELS, zone(0.02, 0.05), false).is_err());
    let coarse = paired(&[(10.0, 11.0); 8], LEVELS, zone(0.02, 0.05), false).unwrap();
    assert_eq!(coarse.method, Method::Exact);
    assert_eq!(
        paired(&[(0.0, 11.0); 8], LEVELS, zone(0.02, 0.05), false),
        Err(NotComparable::NoRatio)
    );
}

/// The joint law of signed-rank statistics at the looks does not depend on the distribution of the differences, as
/// long as the order of their sizes is exchangeable; so the overall level of "reject when p <= 0.31 a at any look"
/// can be simulated once and for all.
#[test]
fn all_looks_together_stay_within_the_level() {
    const RUNS: usize = 12_000;
    let levels = [0.05, 0.025, 0.01, 0.005];
    let looks = LOOKS.map(|n| (n as usize, LOOK_LEVEL));
    let mut random = Random::new(20_260_711);
    let mut rejected = [0u64; 4];
    for _ in 0..RUNS {
        let smallest = smallest_p(&mut random, &looks, 0, 0.0);
        for (count, level) in rejected.iter_mut().zip(levels) {
            *count += u64::from(smallest <= level);
        }
    }
    for (count, level) in rejected.into_iter().zip(levels) {
        let (low, high) = clopper_pearson(count, RUNS as u64, 0.99).unwrap();
        assert!(
            low <= level,
            "level {level}: {count} of {RUNS}, at least {low}"
        );
        // Not wastefully below either: a factor that is much too small would show here.
        assert!(
            high >= 0.8 * level,
            "level {level}: {count} of {RUNS}, at most {high}"
        );
    }
}

/// How often a claim is made, and in which direction.
fn claims(seed: u64, runs: u64, noise: f64, change: f64, zone: Zone) -> (u64, u64) {
    let mut random = Random::new(seed);
    let (mut more, mut less) = (0, 0);
    for _ in 0..runs {
        let data = measure(&mut random, 40, noise, change);
        let comparison = paired(&data, LEVELS, zone, false).unwrap();
        let effect = comparison.effect.log();
        more += u64::from(
            comparison.interval.low.log() > zone.floor.log() && effect > zone.tolerance.log(),
        );
        less += u64::from(
            comparison.interval.high.log() < -zone.floor.log() && effect < -zone.tolerance.log(),
        );
    }
    (more, less)
}

/// With no floor and next to no tolerance every look may claim: the false-alarm rate of the bare procedure, on a
/// machine that drifts and where the second process of a pair is slower.
#[test]
fn false_claims_stay_within_the_level_on_a_drifting_machine() {
    const RUNS: u64 = 1500;
    let bare = zone(0.0, 1e-9);
    let (more, less) = claims(4, RUNS, 0.02, 0.0, bare);
    for claimed in [more, less] {
        let (low, high) = clopper_pearson(claimed, RUNS, 0.99).unwrap();
        assert!(low <= 0.05, "{claimed} of {RUNS}");
        assert!(
            high >= 0.03,
            "{claimed} of {RUNS}: the test would not notice a gate that never claims"
        );
    }
}

#[test]
fn at_the_floor_a_claim_is_rare_and_at_a_tenth_it_is_sure() {
    const RUNS: u64 = 400;
    let usual = zone(0.02, 0.05);
    let (more, less) = claims(5, RUNS, 0.02, 0.0, usual);
    assert!(more + less <= 4, "{more} and {less} of {RUNS}");
    let (more, _) = claims(6, RUNS, 0.02, 1.10f64.ln(), usual);
    assert!(more >= 396, "{more} of {RUNS}");
    let (_, less) = claims(7, RUNS, 0.02, -(1.10f64.ln()), usual);
    assert!(less >= 396, "{less} of {RUNS}");
}

/// The detectable change of comparisons that went to the last look, against how often such a change is claimed.
#[test]
fn the_detectable_change_is_found_in_four_of_five_cases() {
    const RUNS: u64 = 400;
    let usual = zone(0.02, 0.05);
    for noise in [0.08, 0.15] {
        let mut random = Random::new(8);
        let mut detectable = Vec::new();
        for _ in 0..100 {
            let data = measure(&mut random, 40, noise, 0.0);
            detectable.push(last_detectable(&data, usual));
        }
        let promised = median(&detectable).unwrap();
        let (found, _) = claims(9, RUNS, noise, promised, usual);
        let share = found as f64 / RUNS as f64;
        assert!(
            (0.75..0.97).contains(&share),
            "noise {noise}: {promised} found in {share}"
        );
    }
}

/// The detectable change at the last look, whatever was decided before.
fn last_detectable(data: &[(f64, f64)], zone: Zone) -> f64 {
    let pairs: Vec<Pair> = data
        .iter()
        .map(|&(base, candidate)| Pair::plain(base, candidate))
        .collect();
    let mut looks = Looking::new(&pairs, LEVELS, zone).unwrap();
    let last = std::iter::from_fn(|| looks.look()).last().unwrap();
    detectable_at(&last, zone).log()
}

fn ratios() -> impl Strategy<Value = Vec<f64>> {
    proptest::collection::vec(-0.3..0.3f64, 8..45)
}

proptest! {
    #[test]
    fn swapping_sides_turns_everything_round(changes in ratios(), seed in 0u64..1000) {
        let mut random = Random::new(seed);
        let here: Vec<(f64, f64)> = changes.iter().map(|change| { let base = 1.0 + random.uniform(); (base, base * change.exp()) }).collect();
        let there: Vec<(f64, f64)> = here.iter().map(|&(base, candidate)| (candidate, base)).collect();
        let usual = zone(0.02, 0.05);
        let (a, b) = (paired(&here, LEVELS, usual, false).unwrap(), paired(&there, LEVELS, usual, false).unwrap());
        prop_assert_eq!(a.effect, b.effect.reversed());
        prop_assert_eq!(a.interval, b.interval.reversed());
        prop_assert_eq!(a.pass_interval, b.pass_interval.reversed());
        prop_assert_eq!((a.base, a.base_n), (b.candidate, b.candidate_n));
        prop_assert_eq!(a.detectable, b.detectable);
    }

    #[test]
    fn the_unit_of_time_does_not_matter(changes in ratios(), scale in 1e-6..1e9f64) {
        let here = pairs(&changes);
        let there: Vec<(f64, f64)> = here.iter().map(|&(base, candidate)| (base * scale, candidate * scale)).collect();
        let usual = zone(0.02, 0.05);
        let (a, b) = (paired(&here, LEVELS, usual, false).unwrap(), paired(&there, LEVELS, usual, false).unwrap());
        assert_near(a.effect.log(), b.effect.log(), 1e-9);
        prop_assert_eq!(a.base_n, b.base_n);
        assert_near(b.base / scale, a.base, 1e-9);
    }

    #[test]
    fn order_within_a_look_does_not_matter(changes in proptest::collection::vec(-0.3..0.3f64, 8), turn in 0usize..8) {
        let mut turned = changes.clone();
        turned.rotate_left(turn);
        let usual = zone(0.02, 0.05);
        prop_assert_eq!(paired(&pairs(&changes), LEVELS, usual, false), paired(&pairs(&turned), LEVELS, usual, false));
    }

    #[test]
    fn the_estimate_lies_in_its_interval(changes in ratios()) {
        let comparison = paired(&pairs(&changes), LEVELS, zone(0.02, 0.05), false).unwrap();
        prop_assert!(comparison.interval.low <= comparison.effect && comparison.effect <= comparison.interval.high);
        prop_assert!(comparison.interval.low <= comparison.pass_interval.low);
        prop_assert!(comparison.detectable.log() >= zone(0.02, 0.05).tolerance.log());
    }
}

#[test]
fn a_decision_needs_the_interval_beyond_the_floor_and_the_estimate_beyond_the_tolerance() {
    let zone = Zone {
        floor: Change::from_log(0.02),
        tolerance: Change::from_log(0.05),
    };
    let decided = |effect, fail: (f64, f64), pass: (f64, f64)| {
        let bounds = |(low, high)| Interval::from(Bounds { low, high });
        Decision::of(effect, bounds(fail), bounds(pass), zone)
    };
    let wide = (-0.2, 0.2);
    for (effect, fail, decision, why) in [
        (0.06, (0.03, 0.2), Some(Decision::More), "both hold"),
        (0.06, (0.02, 0.2), None, "at the floor"),
        (0.05, (0.03, 0.2), None, "at the tolerance"),
        (0.03, (0.025, 0.2), None, "sure, and too small to matter"),
        (-0.06, (-0.2, -0.03), Some(Decision::Less), "both hold"),
        (-0.06, (-0.2, -0.02), None, "at minus the floor"),
        (-0.05, (-0.2, -0.03), None, "at minus the tolerance"),
        (-0.03, (-0.2, -0.025), None, "sure, and too small to matter"),
    ] {
        assert_eq!(decided(effect, fail, wide), decision, "{effect}: {why}");
    }
    for (pass, decision) in [
        ((-0.049, 0.049), Some(Decision::Same)),
        ((-0.05, 0.049), None),
        ((-0.049, 0.05), None),
    ] {
        assert_eq!(decided(0.0, wide, pass), decision, "{pass:?}");
    }
}
