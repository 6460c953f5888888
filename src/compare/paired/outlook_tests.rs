//! How many more pairs would decide.

use super::*;
use crate::compare::compare_pairs;
use crate::compare::simulate::{LEVELS, zone};
use crate::stats::testing::Random;

/// Pairs whose ratios lie exactly as normal ones should: estimate and scatter are what they say.
fn pairs(n: usize, centre: f64, sd: f64) -> Vec<Pair> {
    (0..n)
        .map(|i| {
            // A permutation, so that every look has all sizes.
            let rank = (i * 17 + 5) % 41;
            let quantile = crate::stats::normal_quantile((rank as f64 + 0.5) / 41.0).unwrap();
            Pair::plain(1.0, (centre + sd * quantile).exp())
        })
        .collect()
}

fn more(n: usize, centre: f64, sd: f64) -> Option<u32> {
    compare_pairs(&pairs(n, centre, sd), LEVELS, zone(0.01, 0.05), false)
        .unwrap()
        .more_pairs
}

#[test]
fn what_is_decided_needs_no_more_pairs() {
    assert_eq!(more(40, 0.0, 0.01), None);
    assert_eq!(more(40, 0.2, 0.01), None);
    assert_eq!(more(40, -0.2, 0.01), None);
}

#[test]
fn more_pairs_end_at_a_look_also_beyond_the_fortieth() {
    for (n, sd) in [
        (8, 0.06),
        (12, 0.08),
        (18, 0.1),
        (40, 0.15),
        (40, 0.3),
        (40, 0.6),
    ] {
        let more = more(n, 0.0, sd).unwrap() as usize;
        let own = (n + more - 1) % 40 + 1;
        assert!(
            LOOKS.contains(&(own as u32)),
            "{n} and {more} more, of {sd}"
        );
        assert!(n < 40 || more >= 8);
    }
    let far = more(40, 0.0, 0.6).unwrap();
    assert!((2000..10_000).contains(&far), "{far}");
}

#[test]
fn four_times_the_scatter_needs_about_sixteen_times_the_pairs() {
    let (near, far) = (
        more(40, 0.0, 0.15).unwrap() + 40,
        more(40, 0.0, 0.6).unwrap() + 40,
    );
    let factor = f64::from(far) / f64::from(near);
    // More, because later attempts have less of the level.
    assert!((14.0..40.0).contains(&factor), "{near} and {far}");
}

#[test]
fn what_lies_at_the_limit_is_not_decided_by_more() {
    assert_eq!(more(40, 1.05f64.ln(), 0.2), None);
    assert_eq!(more(40, 1.0499f64.ln(), 0.2), None);
    assert!(more(40, 1.02f64.ln(), 0.2).is_some());
    assert!(more(40, 1.10f64.ln(), 0.3).is_some());
    assert_eq!(more(40, 1.10f64.ln(), 0.3), more(40, -1.10f64.ln(), 0.3));
}

#[test]
fn scatter_beyond_reason_is_no_matter_of_pairs() {
    assert_eq!(more(40, 0.0, 5.0), None);
    assert_eq!(more(40, 0.04, 5.0), None);
}

#[test]
fn levels_that_are_none_promise_nothing() {
    for wrong in [0.0, 0.5, 1.0, -1.0, f64::NAN] {
        let levels = Levels {
            fail: wrong,
            pass: wrong,
        };
        let comparison = compare_pairs(&pairs(40, 0.0, 0.2), levels, zone(0.01, 0.05), false);
        assert_eq!(comparison.unwrap().more_pairs, None, "{wrong}");
    }
}

/// If the estimate of the first 40 pairs is right, so many fresh pairs decide in most cases.
#[test]
fn the_promised_pairs_decide_in_most_cases() {
    const RUNS: usize = 15;
    for (centre, sd) in [(0.0, 0.15), (0.1, 0.3)] {
        let total = 40 + more(40, centre, sd).unwrap() as usize;
        let mut random = Random::new(7);
        let mut decided = 0;
        for _ in 0..RUNS {
            let pairs: Vec<Pair> = (0..total)
                .map(|i| Pair {
                    attempt: (i / 40) as u32,
                    ..Pair::plain(1.0, (centre + sd * random.normal()).exp())
                })
                .collect();
            let looks = crate::compare::pair_looks(&pairs, LEVELS, zone(0.01, 0.05)).unwrap();
            decided += usize::from(looks.iter().any(|look| look.decision.is_some()));
        }
        assert!(
            decided * 10 >= RUNS * 7,
            "{centre}, {sd}: {decided} of {RUNS} by {total} pairs"
        );
    }
}
