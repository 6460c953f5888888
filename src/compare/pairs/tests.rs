//! What clocks, machines and crashes can do to pairs.

use super::*;
use crate::compare::simulate::{LEVELS, zone};
use crate::compare::{Decision, Interval, Method};
use crate::stats::clopper_pearson;
use crate::stats::testing::Random;

fn of(changes: impl IntoIterator<Item = f64>) -> Vec<Pair> {
    changes
        .into_iter()
        .map(|change| Pair::plain(1.0, change.exp()))
        .collect()
}

fn judged(pairs: &[Pair]) -> Comparison {
    compare_pairs(pairs, LEVELS, zone(0.01, 0.05), false).unwrap()
}

#[test]
fn one_pair_says_nothing_and_no_pair_neither() {
    for (n, exact) in [(0, false), (0, true), (1, false), (1, true)] {
        let pairs = vec![Pair::plain(100.0, 200.0); n];
        assert_eq!(
            compare_pairs(&pairs, LEVELS, zone(0.01, 0.05), exact),
            Err(NotComparable::TooFewObservations {
                got: n as u32,
                needed: 8
            })
        );
    }
}

#[test]
fn values_without_a_ratio_are_refused_whatever_layout_and_attempt() {
    for wrong in [0.0, -0.0, -1.0, f64::NAN, f64::INFINITY] {
        for at in [0, 20, 39] {
            let mut pairs = of((0..40).map(|i| 0.001 * f64::from(i)));
            for (i, pair) in pairs.iter_mut().enumerate() {
                pair.layout = Some(i as u32 % 16);
                pair.attempt = i as u32 / 20;
            }
            pairs[at].base = wrong;
            let judged = compare_pairs(&pairs, LEVELS, zone(0.01, 0.05), false);
            assert_eq!(judged, Err(NotComparable::NoRatio), "{wrong} at {at}");
            let looks = pair_looks(&pairs, LEVELS, zone(0.01, 0.05));
            assert_eq!(looks, Err(NotComparable::NoRatio), "{wrong} at {at}");
        }
    }
}

/// A clock that steps, a process that was suspended: one pair is anything.
#[test]
fn one_wild_pair_moves_nothing_far() {
    let mut random = Random::new(1);
    let tame: Vec<f64> = (0..40).map(|_| 0.01 * random.normal()).collect();
    let usual = judged(&of(tame.clone()));
    for wild in [1e-9f64, 1e9] {
        for at in [0, 7, 25, 39] {
            let mut pairs = of(tame.clone());
            pairs[at].candidate = wild;
            let judged = judged(&pairs);
            assert!(
                (judged.effect.log() - usual.effect.log()).abs() < 0.01,
                "{wild} at {at}: {judged:?}"
            );
            assert_ne!(judged.method, Method::Exact);
            assert!(judged.interval.low.log() <= 0.01 && judged.interval.high.log() >= -0.01);
        }
    }
}

#[test]
fn ties_at_zero_never_claim() {
    // No change at all in 32 of 40 pairs, the rest all upwards.
    let pairs = of((0..40).map(|i| {
        if i % 5 == 0 {
            0.06 + 0.001 * f64::from(i)
        } else {
            0.0
        }
    }));
    let looks = pair_looks(&pairs, LEVELS, zone(0.0, 1e-9)).unwrap();
    assert!(
        looks
            .iter()
            .all(|look| look.decision != Some(Decision::More)),
        "{looks:?}"
    );
    assert!(looks.iter().all(|look| look.interval.low.log() <= 0.0));
}

/// A clock that ticks in steps of the size of the noise. Claims stay at least as rare as with a fine one.
#[test]
fn a_quantised_clock_makes_no_false_claims() {
    const RUNS: u64 = 600;
    let mut random = Random::new(2);
    for step in [0.5, 1.0, 3.0] {
        let mut claims = 0;
        for _ in 0..RUNS {
            let mut process = || (100.0 + 1.5 * random.normal() / step).round().max(1.0) * step;
            let pairs: Vec<Pair> = (0..40).map(|_| Pair::plain(process(), process())).collect();
            let judged = compare_pairs(&pairs, LEVELS, zone(0.0, 1e-9), false).unwrap();
            claims +=
                u64::from(judged.interval.low.log() > 0.0 || judged.interval.high.log() < 0.0);
        }
        let (low, _) = clopper_pearson(claims, RUNS, 0.99).unwrap();
        assert!(
            low <= 0.10,
            "steps of {step}: {claims} of {RUNS}, both directions"
        );
    }
}

#[test]
fn a_clock_whose_steps_are_the_noise_is_told() {
    let ticks = |n: u32| -> Vec<Pair> {
        (0..n)
            .map(|i| Pair::plain(f64::from(10 + i % 2), f64::from(10 + i % 3 % 2)))
            .collect()
    };
    assert!(coarse_clock(&ticks(8)));
    assert!(coarse_clock(&vec![Pair::plain(10.0, 11.0); 40]));
    assert!(!coarse_clock(&ticks(7)), "too few to tell");
    assert!(!coarse_clock(&[]));
    let mut random = Random::new(3);
    let fine: Vec<Pair> = (0..40)
        .map(|_| Pair::plain(100.0 + random.uniform(), 100.0 + random.uniform()))
        .collect();
    assert!(!coarse_clock(&fine));
    // Whole nanoseconds are fine where the noise is hundreds of them.
    let whole: Vec<Pair> = (0..40)
        .map(|_| {
            Pair::plain(
                (1e4 + 300.0 * random.normal()).round(),
                (1e4 + 300.0 * random.normal()).round(),
            )
        })
        .collect();
    assert!(!coarse_clock(&whole));
}

#[test]
fn a_repeating_time_is_compared_exactly_from_eight_pairs_on_in_any_attempt() {
    let mut pairs = vec![Pair::plain(10.0, 11.0); 16];
    pairs[8..].iter_mut().for_each(|pair| pair.attempt = 1);
    assert_eq!(judged(&pairs).method, Method::Exact);
    assert_eq!(judged(&pairs).base_n, 16);
}

#[test]
fn a_tuple_is_a_pair_of_one_layout_and_attempt() {
    let mut random = Random::new(4);
    let tuples: Vec<(f64, f64)> = (0..20)
        .map(|_| (1.0 + random.uniform(), 1.0 + random.uniform()))
        .collect();
    let pairs: Vec<Pair> = tuples
        .iter()
        .map(|&(base, candidate)| Pair::plain(base, candidate))
        .collect();
    let usual = zone(0.01, 0.05);
    assert_eq!(
        paired(&tuples, LEVELS, usual, false),
        compare_pairs(&pairs, LEVELS, usual, false)
    );
    assert_eq!(
        paired_looks(&tuples, LEVELS, usual),
        pair_looks(&pairs, LEVELS, usual)
    );
}

#[test]
fn huge_and_tiny_values_keep_their_ratio() {
    let pairs: Vec<Pair> = (0..8)
        .map(|i| {
            let slot = 1.0 + 0.01 * f64::from(i);
            Pair::plain(f64::MIN_POSITIVE * slot, f64::MAX / 2.0 / slot)
        })
        .collect();
    let judged = judged(&pairs);
    assert!(judged.effect.log() > 1400.0 && judged.effect.log().is_finite());
    assert_ne!(judged.interval, Interval::UNBOUNDED);
}
