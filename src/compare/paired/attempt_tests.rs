//! The same two revisions measured again.

use super::*;
use crate::compare::simulate::{LEVELS, Machine, Noise, TYPICAL, smallest_p, tell, zone};
use crate::compare::{compare_pairs, pair_looks};
use crate::stats::testing::Random;
use crate::stats::{clopper_pearson, normal_quantile};
use parts::look_share;

/// Pairs with these log ratios, the first `n` of attempt 0 and so on.
fn attempts(of: &[&[f64]]) -> Vec<Pair> {
    of.iter()
        .zip(0..)
        .flat_map(|(changes, attempt)| {
            changes.iter().map(move |change| Pair {
                attempt,
                ..Pair::plain(1.0, change.exp())
            })
        })
        .collect()
}

fn changes(seed: u64, n: usize, centre: f64, sd: f64) -> Vec<f64> {
    let mut random = Random::new(seed);
    (0..n).map(|_| centre + sd * random.normal()).collect()
}

fn judged(pairs: &[Pair]) -> Comparison {
    compare_pairs(pairs, LEVELS, zone(0.02, 0.05), false).unwrap()
}

#[test]
fn one_attempt_is_a_plain_comparison_whatever_its_number() {
    let mut pairs = attempts(&[&changes(1, 40, 0.03, 0.1)]);
    let plain = judged(&pairs);
    assert_eq!(plain.method, Method::Paired);
    pairs.iter_mut().for_each(|pair| pair.attempt = 7);
    assert_eq!(judged(&pairs), plain);
}

#[test]
fn looks_go_on_over_all_pairs_at_a_lower_level() {
    let pairs = attempts(&[&changes(2, 21, 0.03, 0.1), &changes(3, 13, 0.03, 0.1)]);
    let looks = pair_looks(&pairs, LEVELS, zone(0.02, 0.05)).unwrap();
    let seen: Vec<_> = looks.iter().map(|look| (look.n, look.method)).collect();
    assert_eq!(
        seen,
        [
            (8, Method::Paired),
            (12, Method::Paired),
            (18, Method::Paired),
            (29, Method::Pooled),
            (33, Method::Pooled),
        ]
    );
    assert!(looks[3].fail_level < 0.1 * looks[2].fail_level);
    let comparison = judged(&pairs);
    assert_eq!((comparison.method, comparison.base_n), (Method::Pooled, 33));
}

#[test]
fn an_attempt_that_was_cut_off_early_is_continued_by_the_next() {
    let all = changes(4, 20, 0.0, 0.01);
    let whole = judged(&attempts(&[&all]));
    let cut = judged(&attempts(&[&all[..5], &all[5..7], &all[7..]]));
    assert_eq!(cut.method, Method::Pooled);
    assert_eq!(
        Comparison {
            method: Method::Paired,
            ..cut
        },
        whole
    );
    assert!(matches!(
        compare_pairs(
            &attempts(&[&all[..5], &all[5..7]]),
            LEVELS,
            zone(0.02, 0.05),
            false
        ),
        Err(NotComparable::TooFewObservations { got: 7, needed: 8 })
    ));
}

#[test]
fn seven_pairs_of_a_further_attempt_wait_for_the_eighth() {
    let (first, second) = (changes(5, 40, 0.03, 0.1), changes(6, 15, 0.03, 0.1));
    let before = judged(&attempts(&[&first]));
    assert_eq!(judged(&attempts(&[&first, &second[..7]])), before);
    let after = judged(&attempts(&[&first, &second[..7], &second[7..8]]));
    assert_eq!((after.method, after.base_n), (Method::Pooled, 48));
}

#[test]
fn a_short_rerun_cannot_turn_red_into_cannot_tell() {
    let first = changes(7, 40, 0.09, 0.08);
    let red = judged(&attempts(&[&first]));
    assert!(red.interval.low.log() > 0.02 && red.effect.log() > 0.05);
    for seed in 0..50 {
        let again = judged(&attempts(&[&first, &changes(100 + seed, 8, 0.09, 0.3)]));
        assert!(again.interval.low >= red.interval.low, "{again:?}");
    }
}

#[test]
fn much_evidence_clears_a_red_that_was_bad_luck() {
    let unlucky = changes(8, 8, 0.09, 0.01);
    let red = judged(&attempts(&[&unlucky]));
    assert!(red.interval.low.log() > 0.02 && red.effect.log() > 0.05);
    let cleared = judged(&attempts(&[&unlucky, &changes(9, 40, 0.0, 0.01)]));
    assert!(cleared.effect.log() < 0.01, "{cleared:?}");
    assert!(cleared.pass_interval.high.log() < 0.05);
}

#[test]
fn the_estimate_lies_in_its_interval_also_where_attempts_contradict_each_other() {
    for seed in 0..200 {
        let shift = 0.02 * (seed % 7) as f64;
        let pairs = attempts(&[
            &changes(seed, 8 + seed as usize % 30, shift, 0.02),
            &changes(1000 + seed, 8 + seed as usize % 23, -shift, 0.02),
            &changes(2000 + seed, 9, 2.0 * shift, 0.02),
        ]);
        for look in pair_looks(&pairs, LEVELS, zone(0.02, 0.05)).unwrap() {
            for interval in [look.interval, look.pass_interval] {
                assert!(
                    interval.low <= look.effect && look.effect <= interval.high,
                    "{look:?}"
                );
            }
        }
    }
}

#[test]
fn layouts_that_attempts_have_in_common_stay_one_unit_each() {
    let mut random = Random::new(10);
    let mut pairs = Vec::new();
    let noise = Noise {
        layout: 0.03,
        ..TYPICAL
    };
    let mut machine = Machine::new(&mut random, noise, 16);
    for attempt in 0..3 {
        machine.measure(&mut pairs, 40, attempt, 0.03);
    }
    let looks = pair_looks(&pairs, LEVELS, zone(0.01, 0.05)).unwrap();
    assert_eq!(
        looks.last().map(|look| (look.n, look.units)),
        Some((120, 16))
    );
}

/// Every look of four attempts of 40 pairs, whether anything was decided before or not.
fn spent(seed: u64, runs: u64, layouts: usize) -> [u64; 2] {
    let looks: Vec<(usize, f64)> = (0..4u32)
        .flat_map(|rank| {
            LOOKS.map(|look| {
                let n = 40 * rank + look;
                (
                    n as usize,
                    look_share(rank, layouts > 0 && n as usize > layouts),
                )
            })
        })
        .collect();
    let mut random = Random::new(seed);
    let mut errors = [0; 2];
    for _ in 0..runs {
        let smallest = smallest_p(&mut random, &looks, layouts, 0.0);
        for (count, level) in errors.iter_mut().zip([0.05, 0.0025]) {
            *count += u64::from(smallest <= level);
        }
    }
    errors
}

fn assert_spent(runs: u64) {
    for layouts in [0, 16] {
        let errors = spent(11, runs, layouts);
        for (errors, level) in errors.into_iter().zip([0.05, 0.0025]) {
            tell(
                &format!("four attempts, {layouts} layouts, at {level}"),
                errors,
                runs,
            );
            let (low, _) = clopper_pearson(errors, runs, 0.99).unwrap();
            assert!(
                low <= level,
                "{layouts} layouts: {errors} of {runs} at {level}"
            );
        }
    }
}

#[test]
fn all_looks_of_four_attempts_together_stay_within_the_level() {
    assert_spent(800);
}

#[test]
#[ignore = "some minutes; the quick version runs always"]
fn all_looks_of_four_attempts_together_stay_within_the_level_at_length() {
    assert_spent(200_000);
}

/// Measures up to four attempts as the gate would: each ends at its first decision.
fn rerun(random: &mut Random, change: f64, zone: Zone, mut stop: impl FnMut(&Comparison) -> bool) {
    let mut machine = Machine::new(random, TYPICAL, 0);
    let mut pairs = Vec::new();
    for attempt in 0..4 {
        machine.measure(&mut pairs, 40, attempt, change);
        let comparison = compare_pairs(&pairs, LEVELS, zone, false).unwrap();
        pairs.truncate(comparison.base_n as usize);
        if stop(&comparison) {
            return;
        }
    }
}

fn red(comparison: &Comparison, zone: Zone) -> bool {
    let decision = Decision::of(
        comparison.effect.log(),
        comparison.interval,
        comparison.pass_interval,
        zone,
    );
    decision == Some(Decision::More)
}

fn green(comparison: &Comparison, zone: Zone) -> bool {
    !red(comparison, zone) && comparison.pass_interval.high < zone.tolerance
}

/// How many of `runs` come out so at one of their attempts, and at the first.
fn until(
    seed: u64,
    runs: u64,
    change: f64,
    zone: Zone,
    wanted: fn(&Comparison, Zone) -> bool,
) -> (u64, u64) {
    let mut random = Random::new(seed);
    let (mut ever, mut at_first) = (0, 0);
    for _ in 0..runs {
        let mut attempt = 0;
        rerun(&mut random, change, zone, |comparison| {
            let so = wanted(comparison, zone);
            ever += u64::from(so);
            at_first += u64::from(so && attempt == 0);
            attempt += 1;
            so
        });
    }
    (ever, at_first)
}

fn assert_until_red(runs: u64) {
    let (ever, first) = until(12, runs, 0.0, zone(0.0, 1e-9), red);
    tell(
        "red at last, nothing changed, no floor and tolerance",
        ever,
        runs,
    );
    tell(
        "red at first, nothing changed, no floor and tolerance",
        first,
        runs,
    );
    let (low, high) = clopper_pearson(ever, runs, 0.99).unwrap();
    assert!(
        low <= 0.05,
        "{ever} of {runs}, {first} at the first attempt"
    );
    assert!(
        high >= 0.03,
        "{ever} of {runs}: would not notice a gate that never claims"
    );
    // With floor and tolerance, at the floor.
    let usual = zone(0.01, 0.05);
    let (ever, first) = until(13, runs, usual.floor.log(), usual, red);
    tell("red at last, at the floor", ever, runs);
    tell("red at first, at the floor", first, runs);
    let (low, _) = clopper_pearson(ever, runs, 0.99).unwrap();
    assert!(low <= 0.01, "{ever} of {runs}");
}

fn assert_until_green(runs: u64) {
    let usual = zone(0.01, 0.05);
    let (ever, first) = until(14, runs, usual.tolerance.log(), usual, green);
    tell("green at last, at the tolerance", ever, runs);
    tell("green at first, at the tolerance", first, runs);
    let (low, _) = clopper_pearson(ever, runs, 0.99).unwrap();
    assert!(
        low <= 0.05,
        "{ever} of {runs}, {first} at the first attempt"
    );
}

/// "Until it is not red": at +8 % four attempts together are as red as one.
fn assert_detection(runs: u64) {
    let usual = zone(0.01, 0.05);
    let not_red = |comparison: &Comparison, zone: Zone| !red(comparison, zone);
    let (ever, first) = until(15, runs, 1.08f64.ln(), usual, not_red);
    tell("not red at some attempt, +8 %", ever, runs);
    tell("not red at the first attempt, +8 %", first, runs);
    assert!(first * 100 <= 2 * runs, "{first} of {runs} missed at once");
    assert!(
        (ever - first) * 100 <= runs,
        "{ever} of {runs} were not red at some attempt, {first} at the first"
    );
}

#[test]
fn rerunning_buys_neither_red_nor_green_and_loses_no_regression() {
    assert_until_red(60);
    assert_until_green(60);
    assert_detection(100);
}

#[test]
#[ignore = "some minutes; the quick version runs always"]
fn rerunning_buys_neither_red_nor_green_and_loses_no_regression_at_length() {
    assert_until_red(10_000);
    assert_until_green(10_000);
    assert_detection(10_000);
}

/// What adding up z-values would find, at levels that spend as much: each attempt pays for its own looks, so four of them do
/// not reach what their pairs together say.
fn assert_pooling(runs: u64) {
    let bare = zone(0.0, 1e-9);
    let (mut by_pairs, mut by_sum) = (0, 0);
    let mut random = Random::new(16);
    for _ in 0..runs {
        let mut machine = Machine::new(
            &mut random,
            Noise {
                slow: 0.0,
                neighbour: 0.0,
                ..TYPICAL
            },
            0,
        );
        let (mut pairs, mut sum) = (Vec::new(), 0.0);
        for attempt in 0..4 {
            let start = pairs.len();
            machine.measure(&mut pairs, 40, attempt, 0.006);
            let looks = pair_looks(&pairs[start..], LEVELS, bare).unwrap();
            let p = looks
                .iter()
                .fold(1.0, |p: f64, look| p.min(look.p_more / LOOK_LEVEL));
            // Kinder than the rule: an attempt without any sign of a change adds nothing, and does not spoil the sum.
            sum += -normal_quantile(p.min(0.5)).unwrap();
        }
        let looks = pair_looks(&pairs, LEVELS, bare).unwrap();
        by_pairs += u64::from(looks.last().unwrap().p_more <= look_share(3, false) * 0.05);
        // Stouffer's sum of four, at the level that all looks of the fourth attempt may spend together.
        let level = look_share(3, false) / LOOK_LEVEL * 0.05;
        by_sum += u64::from(sum / 2.0 >= -normal_quantile(level).unwrap());
    }
    tell("found by all pairs", by_pairs, runs);
    tell("found by adding up z-values", by_sum, runs);
    assert!(by_pairs > by_sum, "{by_pairs} and {by_sum} of {runs}");
}

#[test]
fn pooling_pairs_finds_more_than_adding_up_z_values() {
    assert_pooling(60);
}

#[test]
#[ignore = "some minutes; the quick version runs always"]
fn pooling_pairs_finds_more_than_adding_up_z_values_at_length() {
    assert_pooling(4000);
}
