use super::*;
use crate::stats::testing::Random;

const MIB: f64 = 1024.0 * 1024.0;

fn series(points: impl IntoIterator<Item = (f64, f64)>) -> Vec<ProcessSample> {
    points
        .into_iter()
        .map(|(seconds, bytes)| ProcessSample {
            at: Duration::from_secs_f64(seconds),
            processes: 1,
            rss: bytes as u64,
            ..ProcessSample::default()
        })
        .collect()
}

struct Recorded {
    kind: String,
    seed: u32,
    garbage: u32,
    samples: Vec<ProcessSample>,
}

/// tests/fixtures/leak: real processes, see its `record.py`.
fn recorded() -> Vec<Recorded> {
    let text = include_str!("../../../tests/fixtures/leak/series.txt");
    text.lines()
        .map(|line| {
            let mut words = line.split(' ');
            let mut word = || words.next().unwrap();
            let (kind, seed, garbage) = (word().to_owned(), word(), word());
            let (seed, garbage) = (seed.parse().unwrap(), garbage.parse().unwrap());
            let (mut at, mut pages) = (0, 0);
            let points = words.map(|pair| {
                let (step, change) = pair.split_once(':').unwrap();
                at += step.parse::<i64>().unwrap();
                pages += change.parse::<i64>().unwrap();
                (at as f64 / 1000.0, pages as f64 * 4096.0)
            });
            Recorded {
                kind,
                seed,
                garbage,
                samples: series(points),
            }
        })
        .collect()
}

/// Detections and false alarms over all recorded series, by what is looked at.
fn alarms(kind: &str, from: u64, until: u64) -> Vec<(u32, Leak)> {
    let of_kind: Vec<(u32, Leak)> = recorded()
        .into_iter()
        .filter(|series| series.kind == kind)
        .map(|mut series| {
            series
                .samples
                .retain(|sample| sample.at < Duration::from_secs(until));
            (
                series.seed,
                leak(&series.samples, Duration::from_secs(from)).unwrap(),
            )
        })
        .collect();
    assert!(of_kind.len() >= if kind == "steady" { 8 } else { 20 });
    of_kind
}

#[test]
fn every_recorded_leak_of_ten_mib_a_minute_is_found_also_below_garbage() {
    assert_eq!(
        recorded()
            .iter()
            .filter(|series| series.kind == "leaky" && series.garbage > 0)
            .count(),
        10
    );
    for from in [0, 30, 60, 120] {
        for (seed, found) in alarms("leaky", from, 300) {
            assert_eq!(
                found.shape,
                Shape::Rising,
                "seed {seed} from {from} s: {found:?}"
            );
            let rate = found.rate().unwrap() / MIB;
            // A block of Python is a little larger than what was asked for.
            assert!(
                (8.0..11.0).contains(&rate),
                "seed {seed} from {from} s: {rate}"
            );
        }
    }
}

/// Half the time.
#[test]
fn most_recorded_leaks_are_found_within_two_and_a_half_minutes() {
    let found = alarms("leaky", 30, 180);
    let found = found.iter().filter(|(_, leak)| leak.shape == Shape::Rising);
    assert!(found.count() >= 19);
}

#[test]
fn no_recorded_cache_that_levels_off_is_a_leak() {
    for (from, until) in [
        (0, 300),
        (30, 300),
        (60, 300),
        (120, 300),
        (30, 180),
        (60, 180),
    ] {
        for (seed, found) in alarms("levelling", from, until) {
            let name = format!("seed {seed} from {from} to {until} s: {found:?}");
            assert!(
                matches!(found.shape, Shape::Level | Shape::Plateau),
                "{name}"
            );
            assert_eq!(found.rate(), Some(0.0), "{name}");
        }
    }
    let plateaus = alarms("levelling", 0, 300);
    let plateaus = plateaus
        .iter()
        .filter(|(_, leak)| leak.shape == Shape::Plateau);
    assert!(plateaus.count() >= 15);
}

#[test]
fn recorded_garbage_by_itself_is_level() {
    for (from, until) in [(0, 300), (30, 120), (150, 300), (200, 300)] {
        for (seed, found) in alarms("steady", from, until) {
            assert_eq!(
                found.shape,
                Shape::Level,
                "seed {seed} from {from} to {until} s: {found:?}"
            );
        }
    }
}

/// One look a second for so long; `bytes` of the seconds.
fn simulated(seconds: u32, bytes: impl Fn(f64) -> f64) -> Vec<ProcessSample> {
    series((0..seconds).map(|at| (f64::from(at), bytes(f64::from(at)))))
}

fn shapes(seeds: u64, make: impl Fn(&mut Random) -> Vec<ProcessSample>) -> [usize; 3] {
    let mut counts = [0; 3];
    for seed in 0..seeds {
        let samples = make(&mut Random::new(seed));
        let found = leak(&samples, Duration::from_secs(10)).unwrap();
        counts[match found.shape {
            Shape::TooShort => panic!("seed {seed}: {found:?}"),
            Shape::Level => 0,
            Shape::Plateau => 1,
            Shape::Rising => 2,
        }] += 1;
    }
    counts
}

#[test]
fn a_leak_below_teeth_that_are_larger_than_what_leaked_is_found() {
    let [_, _, rising] = shapes(40, |random| {
        let (period, phase) = (4.0 + 12.0 * random.uniform(), random.uniform());
        simulated(310, |at| {
            (200.0 + 10.0 * at / 60.0 + 60.0 * (at / period + phase).fract()) * MIB
        })
    });
    assert!(rising >= 38, "{rising} of 40");
}

#[test]
fn teeth_without_a_leak_are_none_whatever_their_period() {
    let counts = shapes(100, |random| {
        let (period, phase) = (3.0 + 150.0 * random.uniform(), random.uniform());
        let noise = random.uniform();
        simulated(310, |at| {
            (200.0 + 80.0 * (at / period + phase).fract() + noise) * MIB
        })
    });
    assert_eq!(counts[2], 0, "{counts:?}");
}

/// Arenas of 64 MiB that an allocator opens at random times, and never gives back.
#[test]
fn a_few_arenas_of_an_allocator_are_no_leak() {
    let counts = shapes(100, |random| {
        let opened: Vec<f64> = (0..3).map(|_| 300.0 * random.uniform()).collect();
        simulated(310, |at| {
            let arenas = opened.iter().filter(|opened| **opened <= at).count();
            (100.0 + 64.0 * arenas as f64) * MIB
        })
    });
    assert!(counts[2] <= 1, "{counts:?}");
}

/// Memory that wanders: steps up and steps down, by as much as a leak would grow.
#[test]
fn memory_that_wanders_about_a_level_is_hardly_ever_a_leak() {
    let counts = shapes(200, |random| {
        let mut away = 0.0;
        let away: Vec<f64> = (0..310)
            .map(|_| {
                away = 0.95 * away + 5.0 * random.normal();
                away
            })
            .collect();
        simulated(310, |at| (300.0 + away[at as usize]) * MIB)
    });
    assert!(counts[2] <= 4, "{counts:?}");
}

#[test]
fn a_cache_that_fills_slowly_is_a_plateau_even_if_the_warm_up_was_cut_too_short() {
    for fold in [10.0, 30.0, 60.0, 100.0] {
        for size in [20.0, 100.0, 1000.0] {
            let samples = simulated(310, |at| (100.0 + size * (1.0 - (-at / fold).exp())) * MIB);
            let found = leak(&samples, Duration::from_secs(10)).unwrap();
            assert_ne!(
                found.shape,
                Shape::Rising,
                "e-fold {fold} s, {size} MiB: {found:?}"
            );
        }
    }
}

#[test]
fn a_leak_below_a_cache_that_filled_first_is_found_and_told_by_its_end() {
    let samples = simulated(610, |at| {
        (100.0 + 200.0 * (1.0 - (-at / 30.0).exp()) + 10.0 * at / 60.0) * MIB
    });
    let found = leak(&samples, Duration::from_secs(10)).unwrap();
    assert_eq!(found.shape, Shape::Rising, "{found:?}");
    let rate = found.rate().unwrap() / MIB;
    assert!((9.0..11.0).contains(&rate), "{rate}");
}

#[test]
fn growth_that_is_small_or_a_small_share_is_level() {
    let small = simulated(310, |at| 50.0 * MIB + 7.0 * MIB * at / 310.0);
    assert_eq!(leak(&small, Duration::ZERO).unwrap().shape, Shape::Level);
    let share = simulated(310, |at| 4000.0 * MIB + 150.0 * MIB * at / 310.0);
    let found = leak(&share, Duration::ZERO).unwrap();
    assert_eq!((found.shape, found.rate()), (Shape::Level, Some(0.0)));
    // And what a leak would have had to be: 5 % of 4000 MiB in five minutes.
    assert!(
        (38.0..40.0).contains(&(found.resolution / MIB)),
        "{}",
        found.resolution / MIB
    );
}

#[test]
fn memory_that_falls_does_not_leak() {
    let samples = simulated(310, |at| (400.0 - at) * MIB);
    let found = leak(&samples, Duration::ZERO).unwrap();
    assert_eq!(found.shape, Shape::Level);
    assert!(found.high < 0.0 && found.p > 0.99, "{found:?}");
}

#[test]
fn what_is_too_short_is_no_answer() {
    let leaking = |seconds: f64, samples: u32| {
        let step = seconds / f64::from(samples - 1);
        series((0..samples).map(|n| {
            let at = f64::from(n) * step;
            (at, (100.0 + 60.0 * at) * MIB)
        }))
    };
    // A workload of three seconds in a gate, looked at four times a second.
    for (seconds, samples) in [(3.0, 12), (29.0, 1000), (3600.0, 19), (0.001, 2)] {
        let found = leak(&leaking(seconds, samples), Duration::ZERO).unwrap();
        assert_eq!(
            (found.shape, found.rate()),
            (Shape::TooShort, None),
            "{seconds} s, {samples}"
        );
    }
    let found = leak(&leaking(30.1, 20), Duration::ZERO).unwrap();
    assert_eq!(found.shape, Shape::Rising, "{found:?}");
    // The warm-up counts for neither.
    let found = leak(&leaking(40.0, 100), Duration::from_secs(11)).unwrap();
    assert_eq!(found.shape, Shape::TooShort);
}

#[test]
fn nothing_seen_is_nothing_said() {
    assert_eq!(leak(&[], Duration::ZERO), None);
    let samples = simulated(100, |_| MIB);
    assert_eq!(leak(&samples, Duration::from_secs(100)), None);
    assert_eq!(leak(&samples, Duration::MAX), None);
    // Processes that are gone.
    let gone: Vec<_> = samples
        .iter()
        .map(|sample| ProcessSample {
            processes: 0,
            ..*sample
        })
        .collect();
    assert_eq!(leak(&gone, Duration::ZERO), None);
    let empty = simulated(100, |_| 0.0);
    assert_eq!(leak(&empty, Duration::ZERO), None);
}

#[test]
fn hostile_series_are_answered_without_a_panic() {
    let huge = simulated(100, |_| u64::MAX as f64);
    assert_eq!(leak(&huge, Duration::ZERO).unwrap().shape, Shape::Level);
    let mut frozen = simulated(100, |at| at * MIB + MIB);
    frozen
        .iter_mut()
        .for_each(|sample| sample.at = Duration::from_secs(5));
    let found = leak(&frozen, Duration::ZERO).unwrap();
    assert_eq!(
        (found.shape, found.resolution),
        (Shape::TooShort, f64::INFINITY)
    );
    // A clock that goes back: told as too short, not reckoned with a negative time.
    let mut backwards = simulated(100, |at| at * MIB + MIB);
    backwards.reverse();
    assert_eq!(
        leak(&backwards, Duration::ZERO).unwrap().shape,
        Shape::TooShort
    );
    let far = series((0..100).map(|n| (f64::from(n) * 1e14, MIB)));
    assert_eq!(leak(&far, Duration::ZERO).unwrap().shape, Shape::Level);
    let one = series([(1.0, MIB)]);
    assert_eq!(leak(&one, Duration::ZERO).unwrap().shape, Shape::TooShort);
}

#[test]
fn a_slow_leak_needs_a_long_run() {
    assert_eq!(least_time(MIB), Some(Duration::from_secs(480)));
    assert_eq!(least_time(1000.0 * MIB), Some(LEAST_TIME));
    for rate in [0.0, -1.0, f64::NAN, 1e-300] {
        assert_eq!(least_time(rate), None, "{rate}");
    }
}
