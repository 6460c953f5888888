use super::*;
use crate::random::Random;
use crate::snapshot::{Distribution, Kind, Outcome, SeriesSnapshot, Unit, Value};

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn series(label: &str, value: Value) -> SeriesSnapshot {
    SeriesSnapshot {
        labels: [Arc::from(label)].into(),
        outcome: Outcome::Completed,
        overflow: false,
        value,
    }
}

fn family(name: &str, kind: Kind, series: Vec<SeriesSnapshot>) -> FamilySnapshot {
    FamilySnapshot {
        name: name.into(),
        help: "".into(),
        kind,
        unit: Unit::None,
        label_names: [Arc::from("route")].into(),
        series,
    }
}

fn at(uptime: u64, families: Vec<FamilySnapshot>) -> Snapshot {
    Snapshot {
        unix_ms: 0,
        uptime: seconds(uptime),
        families,
    }
}

fn calls(uptime: u64, n: u64) -> Snapshot {
    let series = vec![series("/a", Value::Counter(n))];
    at(uptime, vec![family("calls", Kind::Counter, series)])
}

fn open(uptime: u64, n: i64) -> Snapshot {
    let series = vec![series("/a", Value::Gauge(n))];
    at(uptime, vec![family("open", Kind::Gauge, series)])
}

fn count(window: &WindowedSnapshot) -> u64 {
    match window.snapshot.families[0].series[0].value {
        Value::Counter(n) => n,
        _ => panic!("no counter"),
    }
}

/// Observed every minute from 0 on, one call a second.
fn minutes(n: u64) -> Windows {
    let mut windows = Windows::new(Retention::default());
    for minute in 0..=n {
        assert!(windows.observe(seconds(minute * 60), &calls(minute * 60, minute * 60)));
    }
    windows
}

#[test]
fn a_window_is_now_minus_then() {
    let windows = minutes(30);
    let now = 30 * 60 + 20;
    for (span, covered) in [(300, 320), (60, 80), (600, 620), (20, 20), (0, 20)] {
        let window = windows
            .over(seconds(span), seconds(now), &calls(now, now))
            .unwrap();
        assert_eq!(
            (window.requested, window.covered),
            (seconds(span), seconds(covered))
        );
        assert_eq!(count(&window), covered);
    }
}

#[test]
fn of_two_observations_equally_near_the_earlier_one_begins_the_window() {
    let window = minutes(9)
        .over(seconds(330), seconds(540), &calls(540, 540))
        .unwrap();
    assert_eq!(window.covered, seconds(360));
}

#[test]
fn a_young_process_covers_what_there_was() {
    let never = Windows::new(Retention::default());
    let window = never
        .over(seconds(300), seconds(70), &calls(70, 7))
        .unwrap();
    assert_eq!((window.covered, count(&window)), (seconds(70), 7));
    // First observed when it had run for a minute: what it did in that minute counts.
    let mut windows = Windows::new(Retention::default());
    windows.observe(seconds(60), &calls(60, 6));
    let window = windows
        .over(seconds(300), seconds(70), &calls(70, 7))
        .unwrap();
    assert_eq!((window.covered, count(&window)), (seconds(70), 7));
}

#[test]
fn a_clock_that_is_younger_than_the_process_loses_nothing_of_it() {
    for first in [0, 1, 59, 60, 61, 1_000_000] {
        let mut windows = Windows::new(Retention::default());
        assert!(windows.observe(seconds(first), &calls(60, 6)));
        let window = windows
            .over(seconds(300), seconds(first), &calls(60, 6))
            .unwrap();
        assert_eq!(
            (window.covered, count(&window)),
            (seconds(60), 6),
            "{first}"
        );
        assert!(windows.observe(seconds(first + 60), &calls(120, 8)));
        let over = |span| {
            let now = seconds(first + 70);
            let window = windows.over(seconds(span), now, &calls(130, 9)).unwrap();
            (window.covered, count(&window))
        };
        assert_eq!(over(300), (seconds(130), 9), "{first}");
        assert_eq!(over(70), (seconds(70), 3), "{first}");
        assert_eq!(windows.restarts(), 0);
    }
}

#[test]
fn a_process_as_old_as_the_span_is_whole_and_an_older_one_begins_now() {
    for (uptime, covered) in [(3600, 3600), (3601, 0)] {
        let mut windows = Windows::new(Retention::default());
        windows.observe(seconds(uptime), &calls(uptime, uptime));
        let window = windows
            .over(seconds(3600), seconds(uptime), &calls(uptime, uptime))
            .unwrap();
        assert_eq!(window.covered, seconds(covered));
    }
}

#[test]
fn a_gap_longer_than_the_span_is_covered_as_what_it_is() {
    let mut windows = minutes(10);
    let now = 600 + 3 * 3600;
    windows.observe(seconds(now), &calls(now, 700));
    let over = |span| {
        let window = windows
            .over(seconds(span), seconds(now + 10), &calls(now + 10, 705))
            .unwrap();
        (window.covered, count(&window))
    };
    assert_eq!(over(3 * 3600), (seconds(3 * 3600 + 10), 105));
    assert_eq!(over(300), (seconds(10), 5));
}

#[test]
fn what_was_recorded_long_before_the_first_observation_is_in_no_window() {
    let mut windows = Windows::new(Retention::default());
    windows.observe(seconds(9000), &calls(9000, 900));
    let window = windows
        .over(seconds(300), seconds(9010), &calls(9010, 905))
        .unwrap();
    assert_eq!((window.covered, count(&window)), (seconds(10), 5));
}

#[test]
fn a_gap_is_told_and_not_covered_up() {
    let mut windows = minutes(10);
    // Nobody observed for 20 minutes.
    assert!(windows.observe(seconds(1800), &calls(1800, 1800)));
    let over = |span| {
        let window = windows
            .over(seconds(span), seconds(1830), &calls(1830, 1830))
            .unwrap();
        assert_eq!(window.covered, seconds(count(&window)));
        window.covered
    };
    // Of the five minutes asked for it knows half a minute or 20 and a half.
    assert_eq!(over(300), seconds(30));
    assert_eq!(over(900), seconds(1230));
    assert_eq!(over(1290), seconds(1290));
}

#[test]
fn observations_sooner_than_the_resolution_are_not_kept() {
    let mut windows = minutes(1);
    assert!(!windows.observe(seconds(60), &calls(60, 60)));
    assert!(!windows.observe(seconds(119), &calls(119, 119)));
    assert!(windows.observe(seconds(120), &calls(120, 120)));
    let mut every_time = Windows::new(Retention {
        resolution: Duration::ZERO,
        ..Retention::default()
    });
    assert!(every_time.observe(seconds(1), &calls(1, 1)));
    assert!(!every_time.observe(seconds(1), &calls(1, 1)));
    assert!(every_time.observe(seconds(2), &calls(2, 1)));
}

#[test]
fn nothing_older_than_the_retention_is_kept() {
    let mut windows = Windows::new(Retention::default());
    let mut largest = 0;
    for minute in 0..1000 {
        windows.observe(seconds(minute * 60), &calls(minute * 60, minute * minute));
        if minute == 100 {
            largest = windows.heap_bytes();
        }
    }
    assert!(windows.heap_bytes() <= largest * 11 / 10);
    let now = 999 * 60;
    let window = windows
        .over(seconds(86_400), seconds(now), &calls(now, 999 * 999))
        .unwrap();
    assert_eq!(window.covered, seconds(61 * 60));
    let window = windows
        .over(seconds(3600), seconds(now), &calls(now, 999 * 999))
        .unwrap();
    assert_eq!(window.covered, seconds(3600));
    assert_eq!(count(&window), 999 * 999 - 939 * 939);
}

#[test]
fn a_clock_that_jumps_ahead_leaves_a_short_window() {
    let mut windows = minutes(10);
    let day = 600 + 86_400;
    // Before the observation the last known moment is a day ago, and the window says so.
    let window = windows
        .over(seconds(300), seconds(day), &calls(day, 1000))
        .unwrap();
    assert_eq!((window.covered, count(&window)), (seconds(86_400), 400));
    assert!(windows.observe(seconds(day), &calls(day, 1000)));
    let window = windows
        .over(seconds(300), seconds(day + 5), &calls(day + 5, 1002))
        .unwrap();
    assert_eq!((window.covered, count(&window)), (seconds(5), 2));
    assert_eq!(windows.restarts(), 0);
}

#[test]
fn a_clock_that_goes_back_begins_again_and_is_counted() {
    let mut windows = minutes(10);
    assert_eq!(
        windows.over(seconds(300), seconds(100), &calls(700, 700)),
        None
    );
    assert!(windows.observe(seconds(100), &calls(700, 700)));
    assert_eq!(windows.restarts(), 1);
    let window = windows
        .over(seconds(300), seconds(130), &calls(730, 730))
        .unwrap();
    assert_eq!((window.covered, count(&window)), (seconds(30), 30));
}

#[test]
fn another_process_begins_again() {
    let mut windows = minutes(10);
    // As many calls as the old one had, in half a minute.
    assert!(windows.observe(seconds(660), &calls(30, 9000)));
    assert_eq!(windows.restarts(), 1);
    let window = windows
        .over(seconds(300), seconds(670), &calls(40, 9010))
        .unwrap();
    assert_eq!((window.covered, count(&window)), (seconds(40), 9010));
}

#[test]
fn threads_that_overtake_each_other_do_not_count_twice() {
    let windows = minutes(10);
    // `now` was read before another thread's observation; so was the snapshot.
    for (now, uptime) in [(598, 599), (601, 599), (598, 601)] {
        let window = windows
            .over(seconds(60), seconds(now), &calls(uptime, 598))
            .unwrap();
        assert_eq!(
            (window.covered, count(&window)),
            (seconds(60), 60),
            "{now} {uptime}"
        );
    }
    let mut windows = windows;
    assert!(!windows.observe(seconds(599), &calls(599, 599)));
    assert_eq!(windows.restarts(), 0);
}

#[test]
fn gauges_have_a_range_over_the_window() {
    let mut windows = Windows::new(Retention::default());
    for (minute, value) in [5, 5, -3, 9, 9, 4].into_iter().enumerate() {
        windows.observe(
            seconds(minute as u64 * 60),
            &open(minute as u64 * 60, value),
        );
    }
    let range = |span, value| {
        let window = windows
            .over(seconds(span), seconds(310), &open(310, value))
            .unwrap();
        assert_eq!(
            window.snapshot.families[0].series[0].value,
            Value::Gauge(value)
        );
        let gauge = window.gauge("open", &["/a"]).unwrap().clone();
        (gauge.min, gauge.max, gauge.last)
    };
    // Begins when it showed 9, at minute 4.
    assert_eq!(range(70, 6), (4.0, 9.0, 6.0));
    assert_eq!(range(190, 6), (-3.0, 9.0, 6.0));
    assert_eq!(range(250, 10), (-3.0, 10.0, 10.0));
    assert_eq!(range(10, 6), (4.0, 6.0, 6.0));
}

#[test]
fn a_gauge_that_is_no_number_spoils_no_range() {
    let load = |minute: u64, x| {
        let series = vec![series("/a", Value::Float(x))];
        at(minute * 60, vec![family("load", Kind::FloatGauge, series)])
    };
    let mut windows = Windows::new(Retention::default());
    for (minute, x) in [(0, 0.5), (1, f64::NAN), (2, 2.0)] {
        windows.observe(seconds(minute * 60), &load(minute, x));
    }
    let window = windows
        .over(seconds(600), seconds(120), &load(2, 2.0))
        .unwrap();
    let gauge = window.gauge("load", &["/a"]).unwrap();
    assert_eq!((gauge.min, gauge.max, gauge.last), (0.5, 2.0, 2.0));
}

/// A hundred series that all change every minute, beside one.
fn busy(minute: u64) -> Snapshot {
    let many = (0..100).map(|i| series(&format!("/{i}"), Value::Counter(minute + i)));
    at(
        minute * 60,
        vec![
            family("busy", Kind::Counter, many.collect()),
            calls(0, minute).families.remove(0),
        ],
    )
}

fn busy_hour(points: usize) -> Windows {
    let mut windows = Windows::new(Retention {
        points,
        ..Retention::default()
    });
    for minute in 0..=60 {
        windows.observe(seconds(minute * 60), &busy(minute));
    }
    windows
}

#[test]
fn too_many_changes_make_one_family_coarse_and_it_is_named() {
    // Ten steps for an hour.
    let windows = busy_hour(1000);
    for (minutes, least) in [(1, 1), (2, 2), (5, 3), (20, 12), (60, 60)] {
        let window = windows
            .over(seconds(minutes * 60), seconds(3600), &busy(60))
            .unwrap();
        assert_eq!(window.covered, seconds(minutes * 60));
        assert_eq!(window.covered_by("calls"), window.covered);
        let covered = window.covered_by("busy").as_secs() / 60;
        assert!((least..=minutes).contains(&covered), "{minutes}: {covered}");
        assert_eq!(window.shortened.is_empty(), covered == minutes);
        let [busy, calls] = &window.snapshot.families[..] else {
            panic!()
        };
        let all = busy.series.iter().map(|s| &s.value);
        assert!(all.clone().all(|v| *v == Value::Counter(covered)));
        assert_eq!(
            (all.count(), &calls.series[0].value),
            (100, &Value::Counter(minutes))
        );
    }
}

#[test]
fn a_family_with_more_series_than_points_covers_what_came_since_the_last_observation() {
    let windows = busy_hour(99);
    let window = windows
        .over(seconds(300), seconds(3630), &busy(61))
        .unwrap();
    assert_eq!(window.covered_by("busy"), seconds(30));
    assert_eq!(window.covered_by("calls"), seconds(330));
    let all = &window.snapshot.families[0].series;
    assert!(all.len() == 100 && all.iter().all(|s| s.value == Value::Counter(1)));
}

#[test]
fn gauges_with_too_many_changes_lose_the_oldest_and_no_extreme() {
    let mut windows = Windows::new(Retention {
        points: 10,
        ..Retention::default()
    });
    for minute in 0..=40_u64 {
        let value = if minute == 32 {
            1000
        } else {
            minute.cast_signed()
        };
        windows.observe(seconds(minute * 60), &open(minute * 60, value));
    }
    let window = windows
        .over(seconds(1800), seconds(2400), &open(2400, 40))
        .unwrap();
    assert_eq!(window.covered_by("open"), seconds(600));
    let gauge = window.gauge("open", &["/a"]).unwrap();
    assert_eq!((gauge.min, gauge.max, gauge.last), (30.0, 1000.0, 40.0));
}

#[test]
fn coarse_steps_keep_series_that_went_away() {
    let mut windows = busy_hour(500);
    for minute in 61..=70 {
        windows.observe(seconds(minute * 60), &at(minute * 60, vec![]));
    }
    let window = windows
        .over(seconds(3600), seconds(4200), &at(4200, vec![]))
        .unwrap();
    let busy = &window.snapshot.families[0];
    let covered = window.covered_by("busy").as_secs() / 60;
    assert!(covered > 30, "{covered}");
    assert_eq!(busy.series.len(), 100);
    assert!(
        busy.series
            .iter()
            .all(|s| s.value == Value::Counter(covered - 10))
    );
}

#[test]
fn a_family_of_the_same_name_with_another_meaning_has_its_own_past() {
    let mut windows = minutes(3);
    let mut changed = calls(240, 5);
    changed.families[0].unit = Unit::Bytes;
    windows.observe(seconds(240), &changed);
    let window = windows.over(seconds(600), seconds(240), &changed).unwrap();
    let both: Vec<_> = window
        .snapshot
        .families
        .iter()
        .map(|f| (f.unit, &f.series[0].value))
        .collect();
    assert_eq!(
        both,
        [
            (Unit::None, &Value::Counter(180)),
            (Unit::Bytes, &Value::Counter(5))
        ]
    );
}

#[test]
fn a_series_that_went_away_stays_for_as_long_as_it_matters() {
    let mut windows = minutes(10);
    for minute in 11..100 {
        windows.observe(seconds(minute * 60), &at(minute * 60, vec![]));
        let now = at(minute * 60, vec![]);
        let window = windows
            .over(seconds(3600), seconds(minute * 60), &now)
            .unwrap();
        // Its last calls were counted at minute 10, and are in every window that begins before.
        let series = window.snapshot.families.iter().flat_map(|f| &f.series);
        let calls: u64 = series
            .map(|s| {
                if let Value::Counter(n) = s.value {
                    n
                } else {
                    0
                }
            })
            .sum();
        let expected = 600_u64.saturating_sub((minute * 60).saturating_sub(3600));
        assert_eq!(calls, expected, "minute {minute}");
    }
    assert!(windows.tracks.is_empty());
}

/// A process with counters and distributions in which series appear, change and stand still, in changing order.
fn random_process(random: &mut Random, steps: u64) -> Vec<Snapshot> {
    let mut counters: Vec<SeriesSnapshot> = Vec::new();
    let mut sizes: Vec<SeriesSnapshot> = Vec::new();
    let families = [("calls", Kind::Counter), ("sizes", Kind::Histogram)];
    let nothing = families.map(|(name, kind)| family(name, kind, Vec::new()));
    let mut all = vec![at(0, nothing.to_vec())];
    for step in 1..steps {
        if random.below(3) == 0 {
            let label = format!("/{}", counters.len());
            counters.push(series(&label, Value::Counter(0)));
            sizes.push(series(
                &label,
                Value::Distribution(Distribution::from_steps(1.0, [])),
            ));
        }
        for series in counters.iter_mut().chain(&mut sizes) {
            match &mut series.value {
                _ if random.below(3) > 0 => {}
                Value::Counter(n) => *n += random.below(1000),
                Value::Distribution(d) => {
                    let values: Vec<u64> = (0..random.below(5))
                        .map(|_| random.below(1 << 20))
                        .collect();
                    d.merge(&Distribution::from_steps(1.0, values));
                }
                _ => {}
            }
        }
        if random.below(4) == 0 {
            counters.reverse();
        }
        all.push(at(
            step * 60,
            vec![
                family("calls", Kind::Counter, counters.clone()),
                family("sizes", Kind::Histogram, sizes.clone()),
            ],
        ));
    }
    all
}

/// Whether the windows over a random process are the differences of the very snapshots that they say they are.
fn equals_differences(seed: u64, points: usize) -> bool {
    let mut random = Random::new(seed);
    let process = random_process(&mut random, 90);
    let mut windows = Windows::new(Retention {
        points,
        ..Retention::default()
    });
    let mut shortened = false;
    for (minute, snapshot) in process.iter().enumerate().skip(1) {
        let now = snapshot.uptime;
        let span = seconds(60 * random.below(70));
        // First asked with the new snapshot not observed yet, then observed.
        for observed in [false, true] {
            if observed {
                windows.observe(now, snapshot);
            }
            let window = windows.over(span, now, snapshot).unwrap();
            for family in &window.snapshot.families {
                let covered = window.covered_by(&family.name).as_secs() / 60;
                let difference = snapshot.since(&process[minute - covered as usize]);
                assert_eq!(
                    Some(family),
                    difference.family(&family.name),
                    "{seed} {minute}"
                );
            }
            assert_eq!(window.snapshot.families.len(), snapshot.families.len());
            let exact = (span.as_secs() / 60).min(minute as u64).min(60);
            if observed && span <= seconds(3600) && minute > 1 {
                assert!(window.covered.as_secs() / 60 == exact || window.covered == now);
            }
            shortened |= !window.shortened.is_empty();
        }
    }
    shortened
}

#[test]
fn every_window_equals_the_difference_of_the_snapshots_that_were_observed() {
    for seed in 1..8 {
        assert!(!equals_differences(seed, 5000));
    }
}

#[test]
fn so_do_windows_of_coarse_steps() {
    for seed in 1..8 {
        assert!(equals_differences(seed, 40));
    }
}
