use super::*;
use crate::random::Random;

fn seconds(s: f64) -> Duration {
    Duration::from_secs_f64(s)
}

fn declared(s: f64) -> Limits {
    Limits {
        interval: Some(seconds(s)),
        ..Limits::default()
    }
}

/// Call times from intervals in seconds.
fn times(intervals: impl IntoIterator<Item = f64>) -> Vec<Duration> {
    let mut at = 0.0;
    let add = |interval: f64| {
        at += interval;
        seconds(at)
    };
    intervals.into_iter().map(add).collect()
}

fn poisson(seed: u64, rate: f64, calls: usize) -> Vec<Duration> {
    let mut random = Random::new(seed);
    times((0..calls).map(|_| random.exponential() / rate))
}

/// Polls every `every` seconds, each up to a fifth early or late.
fn polls(seed: u64, every: f64, calls: usize) -> Vec<Duration> {
    let mut random = Random::new(seed);
    times((0..calls).map(|_| every * (0.8 + 0.4 * random.uniform())))
}

fn patterns(calls: &[Duration], limits: &Limits) -> Vec<Pattern> {
    judge_all(calls, limits)
        .iter()
        .map(|e| e.worst.pattern)
        .collect()
}

/// Number of the call at which the pattern was found, the first being 1.
fn found_at(calls: &[Duration], limits: &Limits, pattern: Pattern) -> Option<usize> {
    let episodes = judge_all(calls, limits);
    let from = episodes.iter().find(|e| e.worst.pattern == pattern)?.from;
    Some(calls.partition_point(|call| *call < from) + 1)
}

#[test]
fn a_50_ms_poller_is_a_burst_within_32_calls_and_a_runaway_within_121() {
    for (seed, every) in [(1, 2.0), (2, 3.0), (3, 5.0), (4, 30.0)] {
        let calls = polls(seed, 0.05, 1000);
        let limits = declared(every);
        let burst = found_at(&calls, &limits, Pattern::Burst).unwrap();
        assert!((20..=32).contains(&burst), "every {every}: {burst}");
        let runaway = found_at(&calls, &limits, Pattern::Runaway).unwrap();
        assert!(runaway <= 121, "every {every}: {runaway}");
        let last = judge_all(&calls, &limits).pop().unwrap();
        assert_eq!(
            (last.worst.pattern, Some(&last.to)),
            (Pattern::Runaway, calls.last())
        );
        assert!(last.worst.times() > every / 0.05 * 0.9);
        assert_eq!(last.worst.basis, Basis::Declared);
    }
    let steady = times([0.05; 1000]);
    assert!(found_at(&steady, &declared(2.0), Pattern::Runaway).unwrap() <= 121);
}

#[test]
fn runaways_of_every_speed_are_found() {
    // Within six seconds, or a few calls more than the 31 intervals that are looked at.
    for every in [0.001, 0.01, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.45] {
        let calls = polls(7, every, (60.0 / every) as usize);
        let at = found_at(&calls, &declared(2.0), Pattern::Runaway).unwrap();
        let most = ((6.2 / every) as usize).max(40);
        assert!(at <= most, "every {every}: {at}, not {most}");
    }
}

#[test]
fn a_poller_that_went_wrong_is_found_against_what_was_usual() {
    let mut calls = polls(1, 2.0, 300);
    let start = calls[299].as_secs_f64();
    calls.extend((1..200).map(|n| seconds(start + 0.05 * f64::from(n))));
    let episodes = judge_all(&calls, &Limits::default());
    let runaway = episodes
        .iter()
        .find(|e| e.worst.pattern == Pattern::Runaway)
        .unwrap();
    assert_eq!(runaway.worst.basis, Basis::Learned);
    assert!(runaway.from.as_secs_f64() < start + 6.1);
    let usual = runaway.worst.expected.as_secs_f64();
    assert!((1.2..2.1).contains(&usual), "{usual}");
    // When it has stopped, nothing is wrong any more.
    let mut intervals = Intervals::new(&Limits::default());
    calls.iter().for_each(|at| intervals.record(*at));
    let last = *calls.last().unwrap();
    let after = |s| judge(&intervals, &Limits::default(), last + seconds(s)).map(|f| f.pattern);
    assert_eq!(after(0.0), Some(Pattern::Runaway));
    assert_eq!(after(20.0), None);
}

#[test]
fn what_is_not_known_yet_is_not_judged() {
    // A runaway from the very beginning, with nothing declared: there is nothing to hold it against.
    assert_eq!(patterns(&times([0.05; 200]), &Limits::default()), []);
    let limits = declared(2.0);
    let mut intervals = Intervals::new(&limits);
    assert_eq!(judge(&intervals, &limits, seconds(5.0)), None);
    for _ in 0..19 {
        intervals.record(seconds(1.0));
        assert_eq!(judge(&intervals, &limits, seconds(1.0)), None);
    }
}

#[test]
fn many_at_once_are_a_burst_while_it_is_fresh() {
    let limits = declared(2.0);
    let mut intervals = Intervals::new(&limits);
    for n in 0..25 {
        intervals.record(seconds(100.0 + 0.01 * f64::from(n)));
    }
    let finding = judge(&intervals, &limits, seconds(100.5)).unwrap();
    assert_eq!((finding.pattern, finding.calls), (Pattern::Burst, 20));
    assert_eq!(finding.span, Duration::from_millis(190));
    assert_eq!(
        finding.to_string(),
        "burst: 20 calls in 190ms, one every 9.5ms instead of every 2s as declared"
    );
    // Silence after it does not make it a runaway at any time.
    for tenths in 55..500 {
        let later = seconds(100.24 + 0.1 * f64::from(tenths));
        for interval in [2.0, 30.0] {
            assert_eq!(judge(&intervals, &declared(interval), later), None);
        }
    }
    // All in the same instant.
    let at_once = vec![seconds(9.0); 25];
    assert!(judge_all(&at_once, &limits)[0].worst.times() > 1e9);
}

#[test]
fn legitimate_bursts_raise_nothing() {
    // A page that asks for 12 things at once every 30 to 90 seconds, beside a poll every 2 seconds.
    for seed in 0..20 {
        let mut random = Random::new(seed);
        let mut calls = polls(seed, 2.0, 600);
        let mut at = 0.0;
        while at < 1200.0 {
            at += 30.0 + 60.0 * random.uniform();
            calls.extend((0..12).map(|_| seconds(at + 0.4 * random.uniform())));
        }
        assert_eq!(patterns(&calls, &declared(2.0)), [], "seed {seed}");
        assert_eq!(patterns(&calls, &Limits::default()), [], "seed {seed}");
    }
}

#[test]
fn regular_polls_with_jitter_raise_nothing() {
    for seed in 0..20 {
        for every in [0.05, 2.0, 5.0, 60.0] {
            let calls = polls(seed, every, 1000);
            assert_eq!(patterns(&calls, &declared(every)), [], "{seed} {every}");
            assert_eq!(patterns(&calls, &Limits::default()), [], "{seed} {every}");
        }
    }
}

#[test]
fn calls_at_random_raise_less_than_one_alarm_in_100_000() {
    let mut alarms = Vec::new();
    let mut calls = 0;
    for rate in [0.1, 1.0, 10.0, 100.0] {
        for seed in 0..12 {
            let traffic = poisson(seed, rate, 3000);
            calls += 2 * traffic.len();
            alarms.extend(patterns(&traffic, &declared(1.0 / rate)));
            alarms.extend(patterns(&traffic, &Limits::default()));
        }
    }
    assert!(alarms.len() * 100_000 <= calls, "{calls} calls: {alarms:?}");
}

#[test]
fn traffic_of_day_and_night_raises_nothing() {
    // Five times as much at noon as at midnight, around a call every 2 seconds.
    for seed in 0..3 {
        let mut random = Random::new(seed);
        let mut at = 0.0_f64;
        let mut calls = Vec::new();
        while at < 86_400.0 {
            let rate = 0.5 * (1.0 - 0.67 * (at / 86_400.0 * std::f64::consts::TAU).cos());
            at += random.exponential() / rate;
            calls.push(seconds(at));
        }
        assert_eq!(patterns(&calls, &Limits::default()), [], "seed {seed}");
    }
}

/// Every `each` seconds one more poller with a period of 5 seconds, for `long` seconds.
fn leaking(each: f64, long: f64) -> Vec<Duration> {
    let mut calls = Vec::new();
    let mut start = 0.0;
    while start < long {
        let mut at = start;
        while at < long {
            calls.push(seconds(at));
            at += 5.0;
        }
        start += each;
    }
    calls.sort_unstable();
    calls
}

#[test]
fn pollers_that_multiply_are_growth() {
    for each in [15.0, 20.0, 30.0, 40.0] {
        let episodes = judge_all(&leaking(each, 400.0), &Limits::default());
        let growth = episodes.iter().find(|e| e.worst.pattern == Pattern::Growth);
        let growth = growth.unwrap_or_else(|| panic!("each {each}: {episodes:?}"));
        assert!(
            growth.from < seconds(255.0),
            "each {each}: {:?}",
            growth.from
        );
        assert_eq!(growth.worst.basis, Basis::Before);
        assert!(growth.worst.times() >= 2.0);
    }
    // It looks back over 16 slots of 15 seconds.
    let mut intervals = Intervals::new(&Limits::default());
    leaking(20.0, 300.0)
        .into_iter()
        .for_each(|at| intervals.record(at));
    let at_300 = judge(&intervals, &Limits::default(), seconds(300.0));
    assert_eq!(
        at_300.map(|f| (f.pattern, f.span)),
        Some((Pattern::Growth, seconds(240.0)))
    );
    // With the interval declared it is a runaway as soon as there are five times as many.
    let both = patterns(&leaking(20.0, 400.0), &declared(5.0));
    assert!(
        both.contains(&Pattern::Growth) && both.contains(&Pattern::Runaway),
        "{both:?}"
    );
}

#[test]
fn one_step_up_is_no_growth() {
    let mut intervals = vec![3.0; 100];
    intervals.extend([1.2; 400]);
    assert_eq!(patterns(&times(intervals), &Limits::default()), []);
}

#[test]
fn the_trend_test_knows_published_values() {
    // n = 10, all in order: S = 45, variance 125, z = 3.94; exchanging one pair takes 2 from S: z = 3.76; two: 3.58.
    assert!(rises(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
    assert!(rises(&[2, 1, 3, 4, 5, 6, 7, 8, 9, 10]));
    assert!(!rises(&[2, 1, 4, 3, 5, 6, 7, 8, 9, 10]));
    assert!(!rises(&[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]));
    assert!(!rises(&[7; 16]));
    assert!(!rises(&[]));
}

#[test]
fn limits_without_sense_raise_nothing_by_themselves() {
    let calls = polls(3, 2.0, 300);
    for factor in [0.0, -4.0, f64::NAN, f64::INFINITY] {
        let limits = Limits {
            factor,
            growth: factor,
            ..declared(1.0)
        };
        assert_eq!(patterns(&calls, &limits), [], "{factor}");
    }
    for time in [Duration::ZERO, Duration::from_nanos(1), Duration::MAX] {
        let limits = Limits {
            interval: Some(time),
            sustained: time,
            burst_within: time,
            slot: time,
            learn: time,
            burst_calls: 255,
            ..Limits::default()
        };
        let learned = Limits {
            interval: None,
            ..limits
        };
        // Whatever they find, they come back.
        assert!(judge_all(&calls, &limits).len() + judge_all(&calls, &learned).len() < 600);
    }
}

#[test]
fn times_out_of_order_and_at_the_end_of_time_are_judged() {
    let mut calls = polls(1, 0.05, 500);
    calls.reverse();
    assert!(patterns(&calls, &declared(2.0)).contains(&Pattern::Runaway));
    assert_eq!(patterns(&[], &declared(2.0)), []);
    assert_eq!(patterns(&[Duration::MAX; 10], &declared(2.0)), []);
    // `now` before the last call is the moment of the last call.
    let limits = declared(2.0);
    let mut intervals = Intervals::new(&limits);
    calls.iter().rev().for_each(|at| intervals.record(*at));
    assert!(judge(&intervals, &limits, Duration::ZERO).is_some());
    assert_eq!(judge(&intervals, &limits, Duration::MAX), None);
}
