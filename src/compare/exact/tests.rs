use super::*;

fn log(base: &[f64], candidate: &[f64]) -> Option<f64> {
    change(base, candidate).map(Change::log)
}

#[test]
fn zero_to_zero_is_no_change() {
    assert_eq!(log(&[0.0], &[0.0]), Some(0.0));
    assert_eq!(log(&[0.0], &[-0.0]), Some(0.0));
}

#[test]
fn from_zero_and_to_zero_is_infinite() {
    assert_eq!(log(&[0.0, 0.0], &[3.0, 3.0]), Some(f64::INFINITY));
    assert_eq!(log(&[0.0, 0.0], &[3.0, 4.0]), Some(f64::INFINITY));
    assert_eq!(log(&[3.0, 4.0], &[0.0, 0.0]), Some(f64::NEG_INFINITY));
    assert_eq!(log(&[0.0, 0.0], &[0.0, 4.0]), None);
}

#[test]
fn extreme_counts_do_not_overflow() {
    let change = log(&[f64::MIN_POSITIVE], &[f64::MAX]).unwrap();
    assert!(change.is_finite() && change > 1400.0);
}

#[test]
fn what_varies_or_is_no_count_is_left_to_statistics() {
    assert_eq!(log(&[1.0, 2.0], &[1.0, 1.0]), None);
    assert_eq!(log(&[], &[1.0]), None);
    for wrong in [-1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(log(&[wrong], &[1.0]), None, "{wrong}");
        assert_eq!(log(&[0.0], &[wrong]), None, "{wrong}");
        assert_eq!(log(&[0.0], &[1.0, wrong]), None, "{wrong}");
    }
}

#[test]
fn counts_repeat_and_times_do_not() {
    assert!(repeats_exactly(&Metric::lower("allocations", Unit::Count)));
    assert!(repeats_exactly(&Metric::lower("binary-size", Unit::Bytes)));
    assert!(!repeats_exactly(&Metric::lower("peak-rss", Unit::Bytes)));
    assert!(!repeats_exactly(&Metric::time()));
}

use crate::compare::compare_pairs;
use crate::compare::simulate::{LEVELS, zone};
use crate::stats::clopper_pearson;
use crate::stats::testing::{Random, assert_near};

fn pairs(base: &[f64], candidate: &[f64]) -> Vec<Pair> {
    base.iter()
        .zip(candidate)
        .map(|(&base, &candidate)| Pair::plain(base, candidate))
        .collect()
}

fn of(base: &[f64], candidate: &[f64]) -> Result<Comparison, NotComparable> {
    compare_pairs(&pairs(base, candidate), LEVELS, zone(0.0, 0.005), true)
}

#[test]
fn complete_separation_is_as_rare_as_counting_says() {
    // All choices of r out of 2r places: one of them has all candidates on top.
    for r in 1..=6u32 {
        let places = 2 * r;
        let choices = (0u32..1 << places)
            .filter(|choice| choice.count_ones() == r)
            .count();
        assert_near(separation_level(r), 1.0 / choices as f64, 1e-12);
    }
    assert_near(separation_level(8), 1.0 / 12_870.0, 1e-15);
    assert!(separation_level(99) < 1e-50);
}

#[derive(serde::Deserialize)]
struct Oracle {
    separation: Vec<Separation>,
}

#[derive(serde::Deserialize)]
struct Separation {
    r: u32,
    level: f64,
}

#[test]
fn complete_separation_has_the_p_value_of_the_rank_sum_test() {
    let oracle: Oracle =
        serde_json::from_str(include_str!("../../../tests/oracle/statistics.json")).unwrap();
    assert!(oracle.separation.len() >= 12);
    for case in oracle.separation {
        assert!(
            (separation_level(case.r) / case.level - 1.0).abs() < 1e-9,
            "{}",
            case.r
        );
    }
}

#[test]
fn counts_that_nearly_repeat_are_separated() {
    let comparison = of(
        &[10_000.0, 10_004.0, 10_001.0],
        &[10_104.0, 10_101.0, 10_107.0],
    )
    .unwrap();
    assert_eq!(comparison.method, Method::NearlyExact);
    assert_near(comparison.fail_level, 0.05, 1e-12);
    assert_near(
        comparison.effect.fraction(),
        10_104.0 / 10_001.0 - 1.0,
        1e-12,
    );
    assert_near(
        comparison.interval.low.fraction(),
        10_101.0 / 10_004.0 - 1.0,
        1e-12,
    );
    assert_near(
        comparison.interval.high.fraction(),
        10_107.0 / 10_000.0 - 1.0,
        1e-12,
    );
    assert_eq!(comparison.pass_interval, comparison.interval);
    assert_eq!(comparison.base_n, 3);
    let overlapping = of(
        &[10_000.0, 10_004.0, 10_001.0],
        &[10_003.0, 10_005.0, 10_002.0],
    )
    .unwrap();
    assert!(overlapping.interval.low.log() < 0.0 && overlapping.interval.high.log() > 0.0);
}

#[test]
fn a_small_level_needs_more_values() {
    let levels = Levels {
        fail: 0.0025,
        pass: 0.05,
    };
    let counts = |n: usize| -> Vec<f64> { (0..n).map(|i| 10_000.0 + (i % 3) as f64).collect() };
    let judged = |n| {
        compare_pairs(
            &pairs(&counts(n), &counts(n)),
            levels,
            zone(0.0, 0.005),
            true,
        )
    };
    assert_eq!(
        judged(5),
        Err(NotComparable::TooFewObservations { got: 5, needed: 6 })
    );
    assert_eq!(judged(6).unwrap().method, Method::NearlyExact);
    // A level that no number reaches is left to the looks.
    let none = Levels {
        fail: 0.0,
        pass: 0.05,
    };
    let looks =
        compare_pairs(&pairs(&counts(8), &counts(8)), none, zone(0.0, 0.005), true).unwrap();
    assert_eq!(
        (looks.method, looks.interval),
        (Method::Paired, Interval::UNBOUNDED)
    );
}

#[test]
fn repeating_a_layout_is_no_further_value() {
    let mut data = pairs(&[1e4, 1.0001e4, 1e4, 1.0001e4], &[1e4; 4]);
    for (pair, layout) in data.iter_mut().zip([0, 1, 0, 1]) {
        pair.layout = Some(layout);
    }
    assert_eq!(
        compare_pairs(&data, LEVELS, zone(0.0, 0.005), true),
        Err(NotComparable::TooFewObservations { got: 2, needed: 3 })
    );
}

#[test]
fn what_spreads_by_more_than_half_a_percent_is_judged_like_times() {
    let spread = [1000.0, 1006.0, 1001.0];
    assert!(matches!(
        of(&spread, &[1000.0; 3]),
        Err(NotComparable::TooFewObservations { got: 3, needed: 8 })
    ));
    let eight: Vec<f64> = (0..8).map(|i| 1000.0 + f64::from(i)).collect();
    assert_eq!(of(&eight, &eight).unwrap().method, Method::Paired);
    assert_eq!(
        of(&[1000.0, 1005.0, 1002.0], &[1000.0; 3]).unwrap().method,
        Method::NearlyExact
    );
}

#[test]
fn times_never_count_as_nearly_exact() {
    let base: Vec<f64> = (0..8).map(|i| 10_000.0 + f64::from(i)).collect();
    let times = compare_pairs(&pairs(&base, &base), LEVELS, zone(0.0, 0.005), false).unwrap();
    assert_eq!(times.method, Method::Paired);
}

#[test]
fn counts_without_a_ratio_are_refused() {
    for wrong in [-1.0, f64::NAN, f64::INFINITY] {
        let mut values = [10_000.0, 10_001.0, 10_002.0, 1e4, 1e4, 1e4, 1e4, 1e4];
        values[1] = wrong;
        assert_eq!(
            of(&values, &[1e4; 8]),
            Err(NotComparable::NoRatio),
            "{wrong}"
        );
    }
}

/// Separated once at the first number of values that may say so, or never: looking again costs nothing.
#[test]
fn counters_are_claimed_no_more_often_than_the_level_says() {
    const RUNS: u64 = 4000;
    let mut random = Random::new(1);
    let mut claims = 0;
    for _ in 0..RUNS {
        let mut values = || -> Vec<f64> {
            (0..8)
                .map(|_| 1e6 + (300.0 * random.normal()).round())
                .collect()
        };
        let (base, candidate) = (values(), values());
        let separated =
            (3..=8).any(|n| of(&base[..n], &candidate[..n]).unwrap().interval.low.log() > 0.0);
        claims += u64::from(separated);
    }
    let (low, high) = clopper_pearson(claims, RUNS, 0.99).unwrap();
    assert!(low <= 0.05 && high >= 0.04, "{claims} of {RUNS}");
}

#[test]
fn every_known_counter_has_a_name_of_its_own_and_a_zone() {
    for (i, rule) in COUNTERS.iter().enumerate() {
        assert!(
            COUNTERS[..i]
                .iter()
                .all(|other| other.metric != rule.metric)
        );
        let zone = rule.zone(1e9, None);
        assert!(zone.tolerance.log() > 0.0 && zone.floor == zone.tolerance);
        assert!(zone.tolerance.fraction() >= rule.tolerance);
    }
    assert_eq!(counter_rule(&Metric::time()), None);
    assert_eq!(
        counter_rule(&Metric::lower("peak-rss", Unit::Bytes)).map(|rule| rule.slack),
        Some(1_048_576.0)
    );
}

/// `regressed` iff the smallest of the candidate is above `max(base) * (1 + tolerance) + slack`.
#[test]
fn tolerance_and_slack_are_both_on_top() {
    let rule = counter_rule(&Metric::lower("instructions", Unit::Count)).unwrap();
    let zone = rule.zone(100_000.0, None);
    let claimed = |candidate: f64| {
        let data = pairs(&[100_000.0; 3], &[candidate; 3]);
        let comparison = compare_pairs(&data, LEVELS, zone, true).unwrap();
        let (low, high) = (comparison.interval.low, comparison.pass_interval.high);
        assert_ne!(
            low > zone.floor,
            high < zone.tolerance,
            "either, and not both: {candidate}"
        );
        low > zone.floor && comparison.effect > zone.tolerance
    };
    assert!(!claimed(100_000.0) && !claimed(101_500.0));
    assert!(claimed(101_501.0));
    let strict = counter_rule(&Metric::lower("allocations", Unit::Count))
        .unwrap()
        .zone(7.0, None);
    assert!(strict.tolerance.log() > 0.0 && strict.tolerance.log() < 1e-9);
    let asked = rule.zone(1e12, Some(Change::from_fraction(0.02)));
    assert_near(asked.tolerance.fraction(), 0.02, 1e-8);
    for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_near(rule.zone(wrong, None).tolerance.fraction(), 0.005, 1e-9);
    }
}
