use super::*;
use crate::stats::testing::Random;
use std::fmt::Write as _;

fn seconds(at: f64) -> Duration {
    Duration::from_secs_f64(at)
}

fn declared(text: &str) -> Vec<Declared> {
    vec![Declared::parse(text).unwrap()]
}

/// Calls of several clients, put in order.
fn judged(rules: Vec<Declared>, mut calls: Vec<(f64, String)>) -> Vec<Finding> {
    calls.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut tracker = Tracker::new(rules);
    for (at, client) in calls {
        tracker.record(seconds(at), &client, "GET /api/poll");
    }
    tracker.into_findings()
}

fn classes(findings: &[Finding]) -> Vec<Class> {
    findings.iter().map(|found| found.class).collect()
}

#[test]
fn a_poll_every_50_ms_instead_of_every_2_s_is_a_runaway() {
    let calls: Vec<Duration> = (0..200).map(|n| Duration::from_millis(50 * n)).collect();
    for interval in [Some(Duration::from_secs(2)), None] {
        let found = judge_times(&calls, interval);
        assert_eq!(classes(&found), [Class::Runaway], "{found:?}");
        assert_eq!(found[0].observed, Duration::from_millis(50));
        assert!(found[0].from <= Duration::from_secs(6), "{found:?}");
        assert_eq!(found[0].to, Duration::from_millis(50 * 199));
    }
    let text = judge_times(&calls, Some(Duration::from_secs(2)))[0].to_string();
    assert_eq!(
        text,
        "runaway: 100 calls in 5s, one every 50ms instead of every 2s as declared"
    );
    let text = judge_times(&calls, None)[0].to_string();
    assert!(
        text.ends_with("instead of every 400ms at most, where nothing is declared"),
        "{text}"
    );
}

/// 24 requests in 25 s from timers that nothing held back, of a page that was meant to ask every 10 s.
#[test]
fn two_dozen_calls_in_as_many_seconds_are_a_runaway_where_ten_seconds_were_declared() {
    let calls: Vec<Duration> = (0..24)
        .map(|n| seconds(f64::from(n) * 25.0 / 24.0))
        .collect();
    assert_eq!(
        classes(&judge_times(&calls, Some(Duration::from_secs(10)))),
        [Class::Runaway]
    );
    // Nobody said so: once a second is what many do.
    assert_eq!(judge_times(&calls, None), []);
}

#[test]
fn a_stampede_that_comes_again_is_a_burst_and_one_alone_is_a_page_that_loads() {
    let stampedes = |times: u32| {
        let calls = (0..times).flat_map(|time| {
            (0..24).map(move |n| seconds(f64::from(time) * 20.0 + f64::from(n) * 0.01))
        });
        judge_times(&calls.collect::<Vec<_>>(), Some(Duration::from_secs(2)))
    };
    assert_eq!(stampedes(1), []);
    assert_eq!(stampedes(2), []);
    let found = stampedes(5);
    assert_eq!(classes(&found), [Class::Burst]);
    assert_eq!(
        (found[0].times, found[0].observed),
        (5, Duration::from_secs(20))
    );
    assert_eq!(
        found[0].to_string(),
        "burst: 10 calls within 90ms and then none, 5 times, every 20s"
    );
}

/// Every request to a server started a poller that nothing stopped.
#[test]
fn pollers_that_multiply_are_growth() {
    let mut calls = Vec::new();
    for poller in 0..14 {
        let start = f64::from(poller) * 16.0 + 0.37 * f64::from(poller);
        let mut at = start;
        while at < 240.0 {
            calls.push((at, "10.0.0.7".to_owned()));
            at += 10.0;
        }
    }
    let found = judged(Vec::new(), calls);
    assert_eq!(classes(&found), [Class::Growth], "{found:?}");
    assert_eq!(found[0].basis, Basis::Before);
}

#[test]
fn clients_in_step_are_synchronised_and_clients_that_are_not_are_fine() {
    let poll = |random: &mut Random, in_step: bool| {
        let mut calls = Vec::new();
        for client in 0..20 {
            let phase = if in_step {
                0.0
            } else {
                10.0 * random.uniform()
            };
            for round in 0..12 {
                let at = 1.0 + f64::from(round) * 10.0 + phase + 0.05 * random.uniform();
                calls.push((at, format!("client {client}")));
            }
        }
        calls
    };
    for seed in 0..20 {
        let random = &mut Random::new(seed);
        let found = judged(declared("/api/poll = 10 s"), poll(random, true));
        assert_eq!(classes(&found), [Class::Synchronised], "seed {seed}");
        assert_eq!((found[0].clients, found[0].client.as_ref()), (20, None));
        let found = judged(declared("/api/poll = 10 s"), poll(random, false));
        assert_eq!(found, [], "seed {seed}");
    }
    let text = judged(Vec::new(), poll(&mut Random::new(1), true))[0].to_string();
    assert!(
        text.starts_with("synchronised: 20 clients call within "),
        "{text}"
    );
}

#[test]
fn harmless_patterns_raise_nothing() {
    for seed in 0..40 {
        let random = &mut Random::new(seed);
        let mut calls: Vec<(f64, String)> = Vec::new();
        // Polls every 2 s with a fifth of jitter, for ten minutes.
        calls.extend((0..300).map(|n| {
            (
                2.0 * f64::from(n) + 0.4 * random.uniform(),
                "poller".to_owned(),
            )
        }));
        // A page that loads twenty things at once, once.
        calls.extend((0..20).map(|_| (10.0 + 0.3 * random.uniform(), "page".to_owned())));
        // Somebody who clicks as fast as they can for four seconds.
        calls.extend((0..28).map(|n| {
            (
                30.0 + 0.14 * f64::from(n) + 0.02 * random.uniform(),
                "clicks".to_owned(),
            )
        }));
        // A person at work: seldom, at random.
        let mut at = 0.0;
        calls.extend((0..60).map(|_| {
            at += -9.0 * random.uniform().ln();
            (at, "person".to_owned())
        }));
        let found = judged(
            declared("/api/poll = 2 s"),
            calls
                .iter()
                .filter(|(_, who)| who == "poller")
                .cloned()
                .collect(),
        );
        assert_eq!(found, [], "seed {seed}");
        let found = judged(Vec::new(), calls);
        assert_eq!(found, [], "seed {seed}");
    }
}

#[test]
fn a_finding_is_new_once_and_then_becomes_worse() {
    let mut tracker = Tracker::new(declared("* = 2 s"));
    let (mut at, mut new) = (0.0, 0);
    for n in 0..2000 {
        at += if n < 200 { 0.1 } else { 0.01 };
        new += u32::from(tracker.record(seconds(at), "a", "GET /x").is_some());
    }
    assert_eq!(new, 1);
    assert_eq!(tracker.findings().len(), 1);
    assert!(tracker.findings()[0].observed <= Duration::from_millis(11));
    let seen = tracker.seen();
    assert_eq!((seen[0].calls, seen[0].client.as_str()), (2000, "a"));
    assert!(seen[0].median.unwrap().abs_diff(Duration::from_millis(10)) < Duration::from_micros(1));
}

#[test]
fn memory_is_bounded_whoever_calls_and_who_goes_is_counted() {
    let mut tracker = Tracker::new(Vec::new());
    for n in 0..20_000_u64 {
        tracker.record(
            Duration::from_millis(n),
            &format!("client {n}"),
            &format!("GET /{n}x"),
        );
        tracker.record(Duration::from_millis(n), "steady", "GET /steady");
    }
    assert!(tracker.seen().len() <= MOST_PAIRS);
    assert_eq!(tracker.calls(), 40_000);
    assert_eq!(tracker.evicted() + tracker.seen().len() as u64, 20_001);
    // Who keeps coming is not let go.
    assert_eq!(tracker.seen()[0].calls, 20_000);
    let long = "x".repeat(1_000_000);
    tracker.record(Duration::MAX, &long, &long);
    tracker.record(Duration::ZERO, "after", "the end");
    assert!(tracker.seen().iter().all(|seen| seen.client.len() < 200));
    let mut tracker = Tracker::new(Vec::new());
    for client in 0..1100 {
        for n in 0..160 {
            tracker.record(
                Duration::from_millis(client * 100_000 + n * 50),
                &client.to_string(),
                "GET /x",
            );
        }
    }
    assert_eq!(tracker.findings().len(), MOST_FINDINGS);
    assert!(tracker.untold() > 0);
}

#[test]
fn times_in_any_order_and_no_times_at_all() {
    assert_eq!(judge_times(&[], None), []);
    assert_eq!(
        judge_times(&[Duration::MAX, Duration::ZERO, Duration::MAX], None),
        []
    );
    let mut calls: Vec<Duration> = (0..200).map(|n| Duration::from_millis(50 * n)).collect();
    calls.reverse();
    assert_eq!(classes(&judge_times(&calls, Some(Duration::ZERO))), []);
    assert_eq!(
        classes(&judge_times(&calls, Some(Duration::from_secs(2)))),
        [Class::Runaway]
    );
}

#[test]
fn names_of_endpoints_have_no_numbers() {
    let mut out = String::new();
    for (method, path) in [
        ("GET", "/items/17/parts/0042?x=1"),
        ("DELETE", "/u/0af76519-16cd-43dd-8448-eb211c80319c/"),
        ("GET", "/blob/0af7651916cd43dd8448eb211c80319c#top"),
        ("GET", "/cafe/v1/face"),
        ("OPTIONS", "*"),
        ("GET", ""),
        ("GET", "//"),
    ] {
        writeln!(out, "{}", collapsed(method, path)).unwrap();
    }
    assert_eq!(
        out,
        "GET /items/{}/parts/{}\nDELETE /u/{}/\nGET /blob/{}\nGET /cafe/v1/face\nOPTIONS *\nGET \nGET //\n"
    );
    assert!(collapsed("GET", &"/1".repeat(1_000_000)).len() < 200);
    assert!(collapsed("GET", &"/é".repeat(1000)).len() < 200);
}

#[test]
fn declarations_are_read_and_refused_by_what_is_wrong() {
    let of = |text: &str, endpoint: &str| declared(text)[0].is_of(endpoint);
    assert!(of("/api/poll = 2 s", "GET /api/poll"));
    assert!(of("GET /api/poll=2s", "GET /api/poll"));
    assert!(!of("GET /api/poll=2s", "POST /api/poll"));
    assert!(!of("/api = 2 s", "GET /api/poll"));
    assert!(of("/api* = 2 s", "GET /api/poll"));
    assert!(of("* = 2 s", ""));
    for text in [
        "",
        "/x",
        "= 2 s",
        "/x =",
        "/x = 2",
        "/x = 0 s",
        "/x = -1 s",
        "/x = NaN s",
        "/x = two",
    ] {
        assert!(Declared::parse(text).is_err(), "{text:?}");
    }
    // The first that fits holds.
    let rules = [declared("/api/poll = 1 ms"), declared("* = 10 s")].concat();
    let calls = (0..200)
        .map(|n| (f64::from(n) * 0.05, "a".to_owned()))
        .collect();
    assert_eq!(judged(rules, calls), []);
}
