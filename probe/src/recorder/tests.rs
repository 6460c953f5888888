#![cfg(feature = "record")]

use metrics::{Label, with_local_recorder};

use super::*;
use crate::snapshot::{SeriesSnapshot, Value};

fn series(name: &str) -> Vec<SeriesSnapshot> {
    let snapshot = crate::snapshot();
    let families = snapshot.families.into_iter();
    let series = families.filter(|f| &*f.name == name).flat_map(|f| f.series);
    series
        .filter(|s| !matches!(&s.value, Value::Distribution(d) if d.is_empty()))
        .collect()
}

fn counter(name: &str) -> Vec<u64> {
    let values = series(name).into_iter().map(|s| match s.value {
        Value::Counter(count) => count,
        other => panic!("not a counter: {other:?}"),
    });
    values.collect()
}

fn distribution(name: &str) -> (u64, f64) {
    let [one] = &series(name)[..] else {
        panic!("not one series of {name}");
    };
    match &one.value {
        Value::Distribution(d) => (d.count(), d.sum as f64 * d.scale),
        other => panic!("not a distribution: {other:?}"),
    }
}

fn refusals(why: &str) -> u64 {
    let series = series("probe_metrics_refused_total");
    let found = series.iter().find(|s| &*s.labels[0] == why);
    match found.map(|s| &s.value) {
        Some(Value::Counter(count)) => *count,
        _ => 0,
    }
}

/// Refusals are counted for the whole process.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn counters_add_and_follow_absolute_values_upwards() {
    with_local_recorder(&ProbeRecorder::new(), || {
        metrics::counter!("rec_add").increment(2);
        metrics::counter!("rec_add").increment(3);
        for value in [10, 7, 12, 12] {
            metrics::counter!("rec_absolute").absolute(value);
        }
    });
    assert_eq!(counter("rec_add"), [5]);
    assert_eq!(counter("rec_absolute"), [12]);
}

#[test]
fn absolute_values_survive_the_renewal_of_their_handle() {
    with_local_recorder(&ProbeRecorder::new(), || {
        for value in 0..5000 {
            metrics::counter!("rec_renewed").absolute(value);
        }
    });
    assert_eq!(counter("rec_renewed"), [4999]);
}

#[test]
fn the_order_of_labels_does_not_matter_and_the_last_of_a_name_counts() {
    with_local_recorder(&ProbeRecorder::new(), || {
        metrics::counter!("rec_order", "b" => "2", "a" => "1").increment(1);
        metrics::counter!("rec_order", "a" => "1", "b" => "2").increment(1);
        metrics::counter!("rec_order", "a" => "0", "b" => "2", "a" => "1").increment(1);
    });
    assert_eq!(counter("rec_order"), [3]);
    let [one] = &series("rec_order")[..] else {
        panic!("one series");
    };
    assert_eq!(
        one.labels.iter().map(|l| &**l).collect::<Vec<_>>(),
        ["1", "2"]
    );
}

#[test]
fn gauges_keep_what_they_are_set_to_and_take_only_finite_steps() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let before = refusals("value");
    with_local_recorder(&ProbeRecorder::new(), || {
        metrics::gauge!("rec_gauge").set(1.5);
        metrics::gauge!("rec_gauge").increment(2.0);
        metrics::gauge!("rec_gauge").decrement(0.25);
        metrics::gauge!("rec_gauge").increment(f64::NAN);
        metrics::gauge!("rec_gauge").decrement(f64::INFINITY);
    });
    let [one] = &series("rec_gauge")[..] else {
        panic!("one series");
    };
    assert_eq!(one.value, Value::Float(3.25));
    assert_eq!(refusals("value") - before, 2);
}

#[test]
fn histograms_take_their_scale_from_unit_name_or_factor() {
    let recorder = ProbeRecorder::new().factor("rec_ratio", 1000);
    with_local_recorder(&recorder, || {
        metrics::describe_histogram!("rec_ms", metrics::Unit::Milliseconds, "help of it");
        metrics::describe_histogram!("rec_kib", metrics::Unit::Kibibytes, "");
        metrics::histogram!("rec_ms").record(250.0);
        metrics::histogram!("rec_named_seconds").record(0.5);
        metrics::histogram!("rec_kib").record(1.5);
        metrics::histogram!("rec_ratio").record(0.25);
        metrics::histogram!("rec_plain").record(6.6);
        metrics::histogram!("rec_many").record_many(2.0, 100);
    });
    for (name, count, sum) in [
        ("rec_ms", 1, 0.25),
        ("rec_named_seconds", 1, 0.5),
        ("rec_kib", 1, 1536.0),
        ("rec_ratio_x1000", 1, 250.0),
        ("rec_plain", 1, 7.0),
        ("rec_many", 100, 200.0),
    ] {
        let (counted, summed) = distribution(name);
        assert_eq!(counted, count, "{name}");
        // Durations are kept in ticks, whose length sharpens with time.
        assert!((summed / sum - 1.0).abs() < 0.05, "{name}: {summed}");
    }
    let snapshot = crate::snapshot();
    let family = snapshot.family("rec_ms").expect("recorded");
    assert_eq!(
        (&*family.help, family.unit),
        ("help of it", crate::Unit::Seconds)
    );
    let family = snapshot.family("rec_kib").expect("recorded");
    assert_eq!(family.unit, crate::Unit::Bytes);
}

#[test]
fn values_that_are_none_are_counted_as_refused() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let before = refusals("value");
    with_local_recorder(&ProbeRecorder::new(), || {
        for value in [f64::NAN, -1.0, f64::INFINITY, f64::NEG_INFINITY, 1e300] {
            metrics::histogram!("rec_refused").record(value);
            metrics::histogram!("rec_refused_seconds").record(value);
        }
    });
    assert_eq!(refusals("value") - before, 10);
    assert!(series("rec_refused").is_empty());
    assert!(series("rec_refused_seconds").is_empty());
}

#[test]
fn labels_beyond_eight_are_refused_and_hostile_ones_are_kept() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let before = refusals("labels");
    let hostile = "\"}\n\0\u{202e}".repeat(10);
    with_local_recorder(&ProbeRecorder::new(), || {
        let labels = |n: u32| {
            (0..n)
                .map(|n| Label::new(format!("l{n}"), hostile.clone()))
                .collect::<Vec<_>>()
        };
        metrics::counter!("rec_nine", labels(9)).increment(1);
        metrics::counter!("rec_eight", labels(8)).increment(1);
        metrics::counter!("", "" => "").increment(1);
    });
    assert_eq!(refusals("labels") - before, 1);
    assert!(series("rec_nine").is_empty());
    assert_eq!(counter("rec_eight"), [1]);
    assert_eq!(counter(""), [1]);
}

#[test]
fn a_flood_of_label_values_loses_nothing_and_keeps_to_the_cap() {
    with_local_recorder(&ProbeRecorder::new(), || {
        for n in 0..20_000_u32 {
            metrics::counter!("rec_flood", "user" => n.to_string()).increment(1);
        }
    });
    let counts = counter("rec_flood");
    assert_eq!(counts.iter().sum::<u64>(), 20_000);
    assert!(counts.len() <= 2001, "{}", counts.len());
}

#[test]
fn one_recorder_serves_many_threads() {
    let recorder = ProbeRecorder::new();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                with_local_recorder(&recorder, || {
                    for n in 0..1000_u32 {
                        metrics::counter!("rec_threads", "n" => (n % 10).to_string()).increment(1);
                    }
                });
            });
        }
    });
    assert_eq!(counter("rec_threads"), [800; 10]);
}
