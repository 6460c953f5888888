use super::*;

fn of(values: impl IntoIterator<Item = u64>) -> Distribution {
    Distribution::from_steps(1.0, values)
}

/// Put together by hand, against every rule at once.
fn hostile() -> Vec<Distribution> {
    let scales = [
        1.0,
        0.0,
        -1.0,
        f64::NAN,
        f64::INFINITY,
        f64::MAX,
        f64::MIN_POSITIVE,
    ];
    let buckets = [
        vec![],
        vec![(5, 0)],
        vec![(7, 2), (3, 1), (7, u64::MAX)],
        vec![(u16::MAX, 3), (1919, 4), (1920, 5)],
        vec![(1919, u64::MAX), (0, u64::MAX)],
    ];
    let mut all = Vec::new();
    for scale in scales {
        for buckets in &buckets {
            for sum in [0, 1, u128::MAX] {
                all.push(Distribution {
                    scale,
                    sum,
                    buckets: buckets.clone(),
                });
            }
        }
    }
    all
}

#[test]
fn nothing_recorded_has_a_count_and_no_figures() {
    for nothing in [of([]), Distribution::default()] {
        assert_eq!(nothing.count(), 0);
        assert!(nothing.is_empty());
        assert_eq!(nothing.min().or(nothing.max()).or(nothing.mean()), None);
        assert_eq!(nothing.quantile(0.5), None);
        assert_eq!(nothing.fraction_below(1.0), None);
        assert_eq!(nothing.aggregates(), None);
        assert_eq!(nothing.fold(&[1.0, f64::INFINITY]), [0, 0]);
    }
}

#[test]
fn a_share_outside_of_zero_to_one_has_no_quantile() {
    let some = of([1, 2, 3]);
    for q in [
        -f64::MIN_POSITIVE,
        1.0 + f64::EPSILON,
        50.0,
        f64::NAN,
        f64::INFINITY,
    ] {
        assert_eq!(some.quantile(q), None, "{q}");
    }
    assert_eq!(some.quantile(-0.0), Some(1.0));
}

#[test]
fn a_rank_is_not_moved_by_the_rounding_of_the_share() {
    // 0.07 * 100 is 7.000000000000001 as a float, 0.55 * 20 is 11.000000000000002.
    assert_eq!(of(0..100).quantile(0.07), Some(6.0));
    assert_eq!(of(1..=20).quantile(0.55), Some(11.0));
    assert_eq!(of(1..=20).quantile(0.551), Some(12.0));
}

#[test]
fn the_mean_stays_between_the_edges_of_the_buckets_whatever_the_sum() {
    for sum in [0, u128::MAX] {
        let torn = Distribution {
            sum,
            ..of([40, 50])
        };
        let mean = torn.mean().unwrap();
        assert!((40.0..=50.0).contains(&mean), "{mean}");
    }
    // Exact inside a wide bucket, where the extremes only know its middle.
    assert_eq!(of([1_000_000]).mean(), Some(1_000_000.0));
}

#[test]
fn shares_and_counts_take_the_side_of_the_middle_of_the_bucket() {
    let some = of([10, 20, 30, 40]);
    assert_eq!(some.fraction_below(30.0), Some(0.5));
    assert_eq!(some.fraction_below(f64::INFINITY), Some(1.0));
    assert_eq!(some.fraction_below(f64::NAN), None);
    assert_eq!(some.count_above(30.0), 1);
    assert_eq!(some.count_above(-1.0), 4);
    assert_eq!(some.count_above(f64::NAN), 0);
    assert_eq!(some.fold(&[40.0, 10.0, f64::NAN, 9.9]), [4, 1, 0, 0]);
}

#[test]
fn merging_the_parts_gives_the_whole() {
    let (a, b) = (
        (0..500).map(|i| i * i * 977),
        (0..300).map(|i| i * 31 + 5_000_000),
    );
    let mut merged = of(a.clone());
    merged.merge(&of(b.clone()));
    assert_eq!(merged, of(a.chain(b)));
    merged.merge(&of([]));
    assert_eq!(merged.count(), 800);
}

#[test]
fn merging_a_longer_calibrated_clock_keeps_the_buckets() {
    let mut later = Distribution::from_steps(1e-9 * (1.0 + 4e-7), [100, 200]);
    let earlier = Distribution::from_steps(1e-9, [300]);
    let scale = later.scale;
    later.merge(&earlier);
    assert_eq!(later, Distribution::from_steps(scale, [100, 200, 300]));
    // Nor does an empty one take over the older scale.
    let mut empty = Distribution::from_steps(scale, []);
    empty.merge(&earlier);
    assert_eq!(empty.scale.to_bits(), scale.to_bits());
}

#[test]
fn merging_a_different_clock_keeps_the_values() {
    let mut nanoseconds = Distribution::from_steps(1e-9, [1_000_000]);
    // 16 cycles at 3 GHz a tick.
    nanoseconds.merge(&Distribution::from_steps(16.0 / 3e9, [187_500, 375_000]));
    assert_eq!(nanoseconds.count(), 3);
    assert!((nanoseconds.max().unwrap() / 0.002 - 1.0).abs() < 1.0 / 32.0);
    assert!((nanoseconds.mean().unwrap() / (0.004 / 3.0) - 1.0).abs() < 1e-6);
    let mut empty = Distribution::default();
    empty.merge(&nanoseconds);
    assert_eq!(empty, nanoseconds);
}

#[test]
fn merging_a_scale_without_sense_leaves_only_the_count() {
    for scale in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let broken = Distribution::from_steps(scale, [5]);
        for (mut into, from) in [(of([1, 2]), broken.clone()), (broken, of([1, 2]))] {
            into.merge(&from);
            assert_eq!(
                (into.count(), into.max(), into.aggregates()),
                (3, None, None)
            );
        }
    }
}

#[test]
fn since_undoes_merge() {
    let earlier = of([1, 70, 70, 1_000_000]);
    let new = of([2, 70, 900]);
    let mut later = earlier.clone();
    later.merge(&new);
    assert_eq!(later.since(&earlier), new);
    assert_eq!(later.since(&of([])), later);
    assert_eq!(later.since(&Distribution::default()), later);
    assert!(later.since(&later).is_empty());
}

#[test]
fn since_of_another_process_is_everything_it_recorded() {
    let old = of([1, 70, 70]);
    for restarted in [of([70, 900]), of([1, 70]), of([1, 2, 3]), of([])] {
        assert_eq!(restarted.since(&old), restarted);
    }
    // As many values in the same buckets, of a clock of another speed.
    let other_clock = Distribution {
        scale: 1e-9,
        ..of([1, 70, 70, 80])
    };
    assert_eq!(other_clock.since(&old), other_clock);
}

#[test]
fn since_keeps_the_sum_out_of_a_torn_moment() {
    // The earlier snapshot saw one sum that its buckets did not hold yet.
    let earlier = Distribution {
        sum: 1_000,
        ..of([5])
    };
    assert_eq!(of([5, 9]).since(&earlier).sum, 0);
    assert_eq!(of([5, 9]).since(&earlier).mean(), Some(9.0));
}

#[test]
fn a_checked_distribution_names_what_is_wrong() {
    let check = |scale, sum, buckets| {
        let error = Distribution::new(scale, sum, buckets).err();
        error.map(|e| e.to_string()).unwrap_or_default()
    };
    assert_eq!(check(1.0, 13, vec![(3, 1), (5, 2)]), "");
    assert_eq!(check(1.0, 0, vec![]), "");
    for scale in [0.0, -1.0, f64::NAN, f64::NEG_INFINITY] {
        assert!(check(scale, 0, vec![]).contains("is not a finite number above zero"));
    }
    assert_eq!(
        check(1.0, 1, vec![(1920, 1)]),
        "bucket 1920 does not exist, the last one is 1919"
    );
    for buckets in [vec![(5, 1), (3, 1)], vec![(5, 1), (5, 1)]] {
        assert!(check(1.0, 1, buckets).contains("does not come after"));
    }
    assert_eq!(
        check(1.0, 1, vec![(5, 0)]),
        "bucket 5 is listed with no value"
    );
    assert_eq!(
        check(1.0, 7, vec![]),
        "the sum is 7 but no bucket has a value"
    );
}

#[test]
fn nothing_panics_on_what_was_put_together_by_hand() {
    let all = hostile();
    for one in &all {
        let figures = [
            one.min(),
            one.max(),
            one.mean(),
            one.quantile(0.5),
            one.fraction_below(1e9),
        ];
        assert!(figures.iter().flatten().all(|f| f.is_finite()));
        assert!(one.fold(&[f64::NAN, 0.0, f64::INFINITY]).len() == 3);
        assert_eq!(
            one.aggregates().is_some(),
            one.max().is_some() && {
                let sum = one.sum as f64 * one.scale;
                sum.is_finite()
            }
        );
        for other in &all {
            let mut merged = one.clone();
            merged.merge(other);
            assert_eq!(merged.count(), one.count().saturating_add(other.count()));
            assert!(one.since(other).count() <= one.count());
        }
    }
}

#[test]
fn buckets_in_any_order_answer_as_if_in_order() {
    let shuffled = Distribution {
        buckets: vec![(9, 1), (3, 1), (9, 1), (4, 0)],
        ..of([3, 9, 9])
    };
    assert_eq!(shuffled.aggregates(), of([3, 9, 9]).aggregates());
    assert_eq!(
        shuffled.fold(&[3.0, 8.0, 9.0]),
        of([3, 9, 9]).fold(&[3.0, 8.0, 9.0])
    );
    assert_eq!(shuffled.since(&of([9])), of([3, 9]));
}

#[test]
fn counts_saturate_instead_of_wrapping() {
    let mut full = Distribution {
        buckets: vec![(3, u64::MAX)],
        ..of([])
    };
    full.merge(&full.clone());
    full.merge(&of([60]));
    assert_eq!((full.count(), full.quantile(0.5)), (u64::MAX, Some(3.0)));
    assert_eq!(full.max(), Some(60.0));
}
