use super::*;
use crate::random::Random;
use crate::snapshot::Unit;

fn family(name: &str, series: &[(&str, Distribution)]) -> FamilySnapshot {
    let series = series.iter().map(|(label, distribution)| SeriesSnapshot {
        labels: [Arc::from(*label)].into(),
        outcome: Outcome::Completed,
        overflow: false,
        value: Value::Distribution(distribution.clone()),
    });
    FamilySnapshot {
        name: name.into(),
        help: "".into(),
        kind: Kind::Histogram,
        unit: Unit::Seconds,
        label_names: [Arc::from("route")].into(),
        series: series.collect(),
    }
}

fn snapshot(families: Vec<FamilySnapshot>) -> Snapshot {
    Snapshot {
        families,
        ..Snapshot::default()
    }
}

fn one(distribution: &Distribution) -> Snapshot {
    snapshot(vec![family(
        "request_seconds",
        &[("/a", distribution.clone())],
    )])
}

fn judge(before: &Distribution, now: &Distribution, tolerance: &Tolerance) -> Degradations {
    degraded(&Baseline::capture(&one(before)), &one(now), tolerance)
}

/// Latencies around a median in nanoseconds.
fn lognormal(random: &mut Random, n: usize, median: f64, sigma: f64) -> Distribution {
    let values = (0..n).map(|_| (median * (sigma * random.normal()).exp()) as u64);
    Distribution::from_steps(1e-9, values)
}

fn flat(n: u64, from: u64) -> Distribution {
    Distribution::from_steps(1e-9, (0..n).map(|i| from + i % 1000))
}

#[test]
fn series_without_a_value_are_no_part_of_a_baseline() {
    let empty = Distribution::default();
    let nothing = Baseline::capture(&one(&empty));
    assert_eq!((nothing.len(), nothing.is_empty()), (0, true));
    let calls = flat(5000, 100_000);
    let some = family("request_seconds", &[("/a", empty), ("/b", calls)]);
    let baseline = Baseline::capture(&snapshot(vec![some.clone()]));
    assert_eq!(baseline.len(), 1);
    let judged = degraded(&baseline, &snapshot(vec![some]), &Tolerance::default());
    assert_eq!(judged.steady, 2);
    assert_eq!(judged.not_judged.len(), 1);
    assert_eq!(&*judged.not_judged[0].0.labels[0], "/a");
    assert_eq!(judged.not_judged[0].2, NotJudged::New);
}

#[test]
fn a_rise_is_found_with_its_numbers() {
    let judged = judge(
        &flat(5000, 100_000),
        &flat(3000, 150_000),
        &Tolerance::default(),
    );
    assert_eq!((judged.steady, judged.not_judged.len()), (0, 0));
    for (found, metric) in judged.degraded.iter().zip([Metric::Mean, Metric::P95]) {
        assert_eq!(found.metric, metric);
        assert_eq!((found.count_before, found.count_now), (5000, 3000));
        assert!((0.45..0.55).contains(&found.change), "{found:?}");
        assert!(
            (0.40..found.change + 1e-9).contains(&found.at_least),
            "{found:?}"
        );
        assert!((9.9e-5..1.03e-4).contains(&found.before) && found.now > 1.4e-4);
        assert_eq!(&*found.series.labels[0], "/a");
    }
    assert_eq!(judged.degraded.len(), 2);
}

#[test]
fn the_other_way_round_and_within_the_threshold_nothing_is_degraded() {
    let (fast, slow) = (flat(5000, 100_000), flat(5000, 115_000));
    for (before, now) in [(&slow, &fast), (&fast, &slow), (&fast, &fast)] {
        let judged = judge(before, now, &Tolerance::default());
        assert_eq!((judged.degraded.len(), judged.steady), (0, 2));
    }
    let strict = Tolerance::new(0.1, 100, 0.01).unwrap();
    assert_eq!(judge(&fast, &slow, &strict).degraded.len(), 2);
}

#[test]
fn only_the_tail_is_named_when_only_the_tail_rose() {
    let tail = |slow: u64| {
        Distribution::from_steps(
            1e-9,
            (0..10_000).map(|i| if i % 12 == 0 { slow } else { 100_000 }),
        )
    };
    let judged = judge(&tail(110_000), &tail(180_000), &Tolerance::default());
    let metrics: Vec<_> = judged.degraded.iter().map(|d| d.metric).collect();
    assert_eq!((metrics, judged.steady), (vec![Metric::P95], 1));
}

#[test]
fn few_values_are_never_a_verdict() {
    for (before, now) in [(99, 10_000), (10_000, 99), (0, 10_000), (10_000, 0)] {
        let judged = judge(
            &flat(before, 1000),
            &flat(now, 900_000),
            &Tolerance::default(),
        );
        assert_eq!((judged.degraded.len(), judged.steady), (0, 0));
        let why = match before {
            0 => NotJudged::New,
            _ => NotJudged::NotEnough {
                before,
                now,
                needed: 100,
            },
        };
        assert_eq!(judged.not_judged[0].1, None);
        assert_eq!(judged.not_judged[0].2, why);
    }
    // Enough for a mean, but 110 values say nothing of how far out a 95th percentile may be.
    let judged = judge(&flat(110, 1000), &flat(110, 900_000), &Tolerance::default());
    assert_eq!(judged.degraded.len(), 1);
    assert!(matches!(
        judged.not_judged[..],
        [(
            _,
            Some(Metric::P95),
            NotJudged::NotEnough {
                before: 110,
                now: 110,
                needed: 118
            }
        )]
    ));
    // Asking for none at all does not make two values enough.
    let careless = Tolerance::new(0.2, 0, 0.01).unwrap();
    let judged = judge(&flat(2, 1000), &flat(2, 900_000), &careless);
    assert_eq!((judged.degraded.len(), judged.not_judged.len()), (0, 2));
}

#[test]
fn every_series_is_accounted_for() {
    let d = flat(1000, 1000);
    let series = |names: &[&'static str]| names.iter().map(|n| (*n, d.clone())).collect::<Vec<_>>();
    let mut changed = family("changed", &series(&["/a"]));
    let before = Baseline::capture(&snapshot(vec![
        family("kept", &series(&["/a", "/gone"])),
        changed.clone(),
        family("lost", &series(&["/a"])),
    ]));
    assert_eq!((before.len(), before.is_empty()), (4, false));
    changed.unit = Unit::Bytes;
    let now = snapshot(vec![
        changed,
        family("kept", &series(&["/new", "/a"])),
        family("fresh", &series(&["/a"])),
    ]);
    let judged = degraded(&before, &now, &Tolerance::default());
    let left_out: Vec<_> = judged
        .not_judged
        .iter()
        .map(|(name, _, why)| (&*name.family, &*name.labels[0], *why))
        .collect();
    assert_eq!(
        left_out,
        [
            ("kept", "/gone", NotJudged::Gone),
            ("kept", "/new", NotJudged::New),
            ("changed", "/a", NotJudged::NotComparable),
            ("lost", "/a", NotJudged::Gone),
            ("fresh", "/a", NotJudged::New),
        ]
    );
    assert_eq!((judged.steady, judged.degraded.len()), (2, 0));
}

#[test]
fn rounding_to_buckets_is_not_taken_for_a_rise() {
    // Neighbouring values on either side of an edge, which stand 3 % apart.
    let edge = crate::bucket::low(crate::bucket::index(1 << 20));
    let of = |value| Distribution::from_steps(1e-9, [value; 1000]);
    let any = Tolerance::new(0.0, 100, 0.01).unwrap();
    let judged = judge(&of(edge - 1), &of(edge), &any);
    let p95 = judged
        .degraded
        .iter()
        .find(|d| d.metric == Metric::P95)
        .unwrap();
    assert!(p95.change > 0.02, "{p95:?}");
    assert!((0.0..1e-5).contains(&p95.at_least), "{p95:?}");
}

#[test]
fn the_more_series_are_judged_the_less_is_certain_of_each() {
    let mut random = Random::new(5);
    let before = lognormal(&mut random, 2000, 1e6, 0.5);
    let now = lognormal(&mut random, 2000, 1.5e6, 0.5);
    let among = |others: usize| {
        let labels: Vec<String> = (0..=others).map(|i| format!("/{i}")).collect();
        let side = |d: &Distribution| {
            let series: Vec<_> = labels.iter().map(|l| (l.as_str(), d.clone())).collect();
            snapshot(vec![family("request_seconds", &series)])
        };
        let judged = degraded(
            &Baseline::capture(&side(&before)),
            &side(&now),
            &Tolerance::default(),
        );
        assert_eq!(judged.degraded.len(), 2 * (others + 1));
        let of = |metric| judged.degraded.iter().find(|d| d.metric == metric).unwrap();
        (of(Metric::Mean).at_least, of(Metric::P95).at_least)
    };
    let (alone, among) = (among(0), among(100));
    assert!(
        alone.0 > among.0 && alone.1 > among.1,
        "{alone:?} {among:?}"
    );
}

#[test]
fn a_rise_from_zero_is_infinite_and_none_from_zero_to_zero() {
    let zeros = Distribution::from_steps(1e-9, [0; 1000]);
    let judged = judge(&zeros, &flat(1000, 1000), &Tolerance::default());
    assert!(judged.degraded.iter().all(|d| d.change == f64::INFINITY));
    assert_eq!(judged.degraded.len(), 2);
    assert_eq!(judge(&zeros, &zeros, &Tolerance::default()).steady, 2);
    assert_eq!(
        judge(&flat(1000, 1000), &zeros, &Tolerance::default()).steady,
        2
    );
}

#[test]
fn distributions_without_sense_are_not_judged() {
    let fine = flat(1000, 1000);
    for scale in [0.0, f64::NAN, -1.0, f64::MAX] {
        let broken = Distribution {
            scale,
            ..fine.clone()
        };
        for (before, now) in [(&fine, &broken), (&broken, &fine), (&broken, &broken)] {
            let judged = judge(before, now, &Tolerance::default());
            assert_eq!((judged.degraded.len(), judged.steady), (0, 0));
            assert!(
                judged
                    .not_judged
                    .iter()
                    .all(|n| n.2 == NotJudged::NotComparable)
            );
        }
    }
    let mut mixed = one(&fine);
    mixed.families[0].series[0].value = Value::Counter(5);
    let judged = degraded(&Baseline::capture(&mixed), &mixed, &Tolerance::default());
    assert_eq!(judged.not_judged[0].2, NotJudged::NotComparable);
    let nothing = degraded(
        &Baseline::capture(&snapshot(vec![])),
        &snapshot(vec![]),
        &Tolerance::default(),
    );
    assert_eq!(nothing, Degradations::default());
}

#[test]
fn a_tolerance_without_sense_is_refused() {
    for threshold in [-0.1, f64::NAN, f64::INFINITY] {
        assert!(Tolerance::new(threshold, 100, 0.01).is_err());
    }
    for rate in [0.0, 1.0, -0.1, f64::NAN] {
        let error = Tolerance::new(0.2, 100, rate).unwrap_err();
        assert!(error.to_string().contains("is not between 0 and 1"));
    }
    assert!(Tolerance::new(0.0, 0, 0.5).is_ok());
}

/// Share of comparisons of two samples of the same distribution that report anything.
fn false_alarms(tolerance: &Tolerance, sigma: f64, sizes: (usize, usize), rounds: u64) -> f64 {
    let alarms = (0..rounds).filter(|seed| {
        let mut random = Random::new(*seed);
        let before = lognormal(&mut random, sizes.0, 1e6, sigma);
        let now = lognormal(&mut random, sizes.1, 1e6, sigma);
        !judge(&before, &now, tolerance).degraded.is_empty()
    });
    alarms.count() as f64 / rounds as f64
}

#[test]
fn without_a_change_alarms_are_as_rare_as_promised() {
    // Without a threshold, only what chance can do is left to decide.
    let one_in_twenty = Tolerance::new(0.0, 100, 0.05).unwrap();
    for sigma in [0.5, 1.5] {
        for (sizes, rounds) in [((120, 120), 500), ((1000, 150), 200), ((120, 1000), 300)] {
            let rate = false_alarms(&one_in_twenty, sigma, sizes, rounds);
            assert!(rate <= 0.05, "sigma {sigma}, {sizes:?}: {rate}");
        }
    }
}

#[test]
fn a_rise_of_a_third_over_two_thousand_calls_is_found() {
    let found = (0..100).filter(|seed| {
        let mut random = Random::new(*seed);
        let before = lognormal(&mut random, 2000, 1e6, 0.5);
        let now = lognormal(&mut random, 2000, 1.33e6, 0.5);
        let judged = judge(&before, &now, &Tolerance::default());
        judged.degraded.iter().any(|d| d.metric == Metric::Mean)
            && judged.degraded.iter().any(|d| d.metric == Metric::P95)
    });
    let found = found.count();
    assert!(found >= 95, "{found} of 100");
}

#[test]
fn more_series_do_not_make_more_false_alarms() {
    let strict = Tolerance::new(0.0, 100, 0.05).unwrap();
    let alarms = (0..50).filter(|seed| {
        let mut random = Random::new(1000 + seed);
        let mut side = || {
            let labels: Vec<String> = (0..20).map(|i| format!("/{i}")).collect();
            let series: Vec<_> = labels
                .iter()
                .map(|l| (l.as_str(), lognormal(&mut random, 200, 1e6, 0.7)))
                .collect();
            snapshot(vec![family("request_seconds", &series)])
        };
        let (before, now) = (side(), side());
        !degraded(&Baseline::capture(&before), &now, &strict)
            .degraded
            .is_empty()
    });
    assert!(alarms.count() <= 4);
}
