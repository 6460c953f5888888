use super::super::testing::{Random, assert_near};
use super::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Oracle {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    x: Vec<f64>,
    y: Vec<f64>,
    s: f64,
    variance: f64,
    tau_b: f64,
    p_rising: f64,
    slopes: Vec<SlopeCase>,
}

#[derive(Deserialize)]
struct SlopeCase {
    confidence: f64,
    slope: f64,
    low: f64,
    high: f64,
}

fn cases() -> Vec<Case> {
    let text = include_str!("../../../tests/oracle/trend.json");
    let oracle: Oracle = serde_json::from_str(text).unwrap();
    assert_eq!(oracle.cases.len(), 8);
    oracle.cases
}

#[test]
fn slopes_and_intervals_are_those_of_scipy() {
    for case in cases() {
        for expected in &case.slopes {
            let ours = theil_sen(&case.x, &case.y, expected.confidence, 1.0).unwrap();
            assert_near(ours.slope, expected.slope, 1e-12);
            assert_near(ours.low, expected.low, 1e-12);
            assert_near(ours.high, expected.high, 1e-12);
        }
    }
}

#[test]
fn trend_tests_are_those_of_scipy_and_pymannkendall() {
    for case in cases() {
        let ours = mann_kendall(&case.y).unwrap();
        assert_near(ours.s, case.s, 0.0);
        assert_near(ours.variance, case.variance, 1e-12);
        assert!(
            (ours.p_rising(1.0) - case.p_rising).abs() < 1e-9,
            "{}",
            case.name
        );
        // tau-b is S over the root of the pairs that are not tied, in time (all of them) and in value.
        let pairs = |n: f64| n * (n - 1.0) / 2.0;
        let mut sorted = case.y.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let tied: f64 = sorted
            .chunk_by(|a, b| same(*a, *b))
            .map(|alike| pairs(alike.len() as f64))
            .sum();
        let all = pairs(case.y.len() as f64);
        assert_near(ours.s / (all * (all - tied)).sqrt(), case.tau_b, 1e-12);
    }
}

/// First-order process: each value is `hold` times the one before, and noise.
fn first_order(random: &mut Random, n: usize, hold: f64) -> Vec<f64> {
    let mut value = random.normal() / (1.0 - hold * hold).sqrt();
    (0..n)
        .map(|_| {
            value = hold * value + random.normal();
            value
        })
        .collect()
}

/// Levels that last a random time and have nothing to do with one another.
fn steps(random: &mut Random, n: usize, hold: f64) -> Vec<f64> {
    let mut value = random.normal();
    (0..n)
        .map(|_| {
            if random.uniform() > hold {
                value = random.normal();
            }
            value
        })
        .collect()
}

fn teeth(random: &mut Random, n: usize, period: f64) -> Vec<f64> {
    let phase = random.uniform();
    (0..n)
        .map(|at| (at as f64 / period + phase).fract() + 0.05 * random.normal())
        .collect()
}

/// Share of series in which a rise is claimed at 2.5 %, with and without regard to serial correlation.
fn claims(runs: u64, n: usize, series: impl Fn(&mut Random, usize) -> Vec<f64>) -> (f64, f64) {
    let x: Vec<f64> = (0..n).map(|at| at as f64).collect();
    let (mut with, mut without) = (0, 0);
    for seed in 0..runs {
        let y = series(&mut Random::new(seed), n);
        let test = mann_kendall(&y).unwrap();
        let line = theil_sen(&x, &y, 0.95, 1.0).unwrap();
        let factor = inflation(&without_line(&x, &y, line.slope)).unwrap();
        with += u32::from(test.p_rising(factor) <= 0.025);
        without += u32::from(test.p_rising(1.0) <= 0.025);
    }
    (
        f64::from(with) / runs as f64,
        f64::from(without) / runs as f64,
    )
}

/// With 200 series, 6 % are three standard errors above 2.5 %.
#[test]
fn the_level_holds_for_series_whose_values_hang_together() {
    for hold in [0.0, 0.5, 0.8] {
        let (with, _) = claims(200, 100, |random, n| first_order(random, n, hold));
        assert!(with <= 0.06, "first order {hold}: {with}");
    }
    for hold in [0.9, 0.97] {
        let (with, without) = claims(200, 100, |random, n| steps(random, n, hold));
        assert!(with <= 0.06, "steps {hold}: {with}");
        assert!(
            without > 0.2,
            "steps {hold}: {without}, so this shows nothing"
        );
    }
    for period in [7.0, 27.0, 54.0] {
        let (with, _) = claims(200, 100, |random, n| teeth(random, n, period));
        assert!(with <= 0.06, "teeth {period}: {with}");
    }
}

/// What it cannot do: five effective values are too few to tell wandering from a trend.
#[test]
fn a_series_that_wanders_slower_than_it_is_long_alarms_three_times_too_often_and_not_more() {
    let (with, without) = claims(400, 60, |random, n| first_order(random, n, 0.97));
    assert!(with <= 0.10, "{with}");
    assert!(without > 3.0 * with, "{without}");
}

/// The interval holds the true slope as often as it says, and a real slope is found.
#[test]
fn the_interval_covers_the_slope_of_a_series_whose_values_hang_together() {
    let x: Vec<f64> = (0..100).map(f64::from).collect();
    let (mut covered, mut found) = (0, 0);
    for seed in 0..150 {
        let noise = first_order(&mut Random::new(seed), 100, 0.7);
        let y: Vec<f64> = x
            .iter()
            .zip(noise)
            .map(|(x, noise)| 0.1 * x + noise)
            .collect();
        let line = theil_sen(&x, &y, 0.95, 1.0).unwrap();
        let factor = inflation(&without_line(&x, &y, line.slope)).unwrap();
        let line = theil_sen(&x, &y, 0.95, factor).unwrap();
        covered += i32::from(line.low <= 0.1 && 0.1 <= line.high);
        found += i32::from(line.low > 0.0);
    }
    assert!(covered >= 136, "{covered} of 150");
    assert!(found >= 145, "{found} of 150");
}

#[test]
fn what_is_no_series_has_no_trend() {
    assert_eq!(mann_kendall(&[]), None);
    assert_eq!(mann_kendall(&[1.0]), None);
    assert_eq!(inflation(&[1.0, 2.0, 3.0]), None);
    assert_eq!(theil_sen(&[0.0, 1.0], &[0.0, 1.0], 0.95, 1.0), None);
    assert_eq!(theil_sen(&[0.0, 1.0, 2.0], &[0.0, 1.0], 0.95, 1.0), None);
    assert_eq!(
        theil_sen(&[1.0; 5], &[0.0, 1.0, 2.0, 3.0, 4.0], 0.95, 1.0),
        None
    );
    let x = [0.0, 1.0, 2.0, 3.0, 4.0];
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let y = [0.0, 1.0, bad, 3.0, 4.0];
        assert_eq!(mann_kendall(&y), None);
        assert_eq!(inflation(&y), None);
        assert_eq!(theil_sen(&x, &y, 0.95, 1.0), None);
        assert_eq!(theil_sen(&y, &x, 0.95, 1.0), None);
    }
    for confidence in [0.0, 1.0, -1.0, f64::NAN] {
        assert_eq!(theil_sen(&x, &x, confidence, 1.0), None);
    }
    assert_eq!(theil_sen(&x, &x, 0.95, f64::NAN), None);
    let long = vec![1.0; MOST_POINTS + 1];
    assert_eq!(mann_kendall(&long), None);
    assert_eq!(inflation(&long), None);
}

#[test]
fn huge_numbers_are_refused_where_they_overflow_and_otherwise_reckoned_with() {
    let x = [0.0, 1.0, 2.0, 3.0];
    assert_eq!(
        theil_sen(&x, &[-f64::MAX, f64::MAX, 0.0, 1.0], 0.95, 1.0),
        None
    );
    assert_eq!(
        theil_sen(
            &[0.0, 1e-300, 2e-300, 3e-300],
            &[0.0, 1e300, 0.0, 1.0],
            0.95,
            1.0
        ),
        None
    );
    let line = theil_sen(&x, &[0.0, 1e300, 2e300, 3e300], 0.95, 1.0).unwrap();
    assert_near(line.slope / 1e300, 1.0, 1e-12);
    // An interval wider than all slopes ends at the outermost.
    let line = theil_sen(&x, &[0.0, 1.0, 4.0, 9.0], 0.95, f64::INFINITY).unwrap();
    assert_eq!((line.low, line.high), (1.0, 5.0));
}

#[test]
fn a_constant_series_does_not_rise() {
    let x: Vec<f64> = (0..50).map(f64::from).collect();
    let y = [7.0; 50];
    let test = mann_kendall(&y).unwrap();
    assert_eq!((test.s, test.variance, test.p_rising(1.0)), (0.0, 0.0, 1.0));
    assert_eq!(inflation(&y), Some(1.0));
    let line = theil_sen(&x, &y, 0.95, 1.0).unwrap();
    assert_eq!((line.slope, line.low, line.high), (0.0, 0.0, 0.0));
    let rising = mann_kendall(&[1.0, 2.0, 3.0]).unwrap();
    assert_near(rising.p_rising(f64::NAN), 1.0, 0.0);
}

#[test]
fn a_series_and_its_mirror_image_have_opposite_trends() {
    for case in cases() {
        let mirrored: Vec<f64> = case.y.iter().map(|y| -y).collect();
        let (up, down) = (
            mann_kendall(&case.y).unwrap(),
            mann_kendall(&mirrored).unwrap(),
        );
        assert_near(up.s, -down.s, 0.0);
        let line = theil_sen(&case.x, &case.y, 0.95, 1.0).unwrap();
        let other = theil_sen(&case.x, &mirrored, 0.95, 1.0).unwrap();
        assert_near(line.slope, -other.slope, 1e-12);
        assert!(up.p_rising(2.0) >= up.p_rising(1.0) || up.s < 0.0);
    }
}
