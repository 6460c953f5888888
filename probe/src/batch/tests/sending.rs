//! When batches are ready, what is in them, and that nothing is lost or counted twice.

use super::*;

#[test]
fn a_batch_is_ready_when_it_is_full() {
    let mut batcher = Batcher::of(7, Config::default());
    assert_eq!(batcher.offer(seconds(1), &counters(9, 1)), None);
    let batch = batcher.offer(seconds(2), &counters(10, 1)).unwrap();
    let decoded = decode(batch.bytes()).unwrap();
    assert_eq!(
        (decoded.process, decoded.sequence, batch.sequence()),
        (7, 1, 1)
    );
    assert_eq!(decoded.new.families[0].series.len(), 10);
}

#[test]
fn a_batch_that_is_not_full_is_ready_after_30_seconds() {
    let mut batcher = Batcher::of(7, Config::default());
    let one = counters(1, 1);
    assert_eq!(batcher.offer(seconds(100), &one), None);
    assert_eq!(batcher.offer(Duration::from_millis(129_999), &one), None);
    assert!(batcher.offer(seconds(130), &one).is_some());
}

#[test]
fn where_nothing_changed_nothing_is_sent() {
    let mut pair = Pair::new(Config::default());
    let snapshot = counters(10, 1);
    assert_eq!(pair.settle(&snapshot), 1);
    assert_eq!(pair.settle(&snapshot), 0);
    assert_eq!(pair.settle(&Snapshot::default()), 0);
}

#[test]
fn series_that_never_counted_anything_are_not_sent() {
    let mut batcher = Batcher::of(7, Config::default());
    let nothing = snapshot(
        1,
        vec![
            family(
                "c",
                Kind::Counter,
                &[],
                vec![series(&[], Value::Counter(0))],
            ),
            family("t", Kind::Histogram, &[], vec![series(&[], timer([]))]),
        ],
    );
    assert_eq!(batcher.offer(seconds(0), &nothing), None);
    assert_eq!(batcher.offer(seconds(60), &nothing), None);
}

#[test]
fn a_batch_holds_what_came_since_the_last_acknowledged_one() {
    let mut batcher = Batcher::of(7, Config::default());
    let first = batcher.offer(seconds(0), &counters(10, 5)).unwrap();
    assert!(batcher.acknowledge(first.sequence()));
    let second = batcher.offer(seconds(1), &counters(10, 7)).unwrap();
    let new = decode(second.bytes()).unwrap().new;
    assert!(
        new.families[0]
            .series
            .iter()
            .all(|s| s.value == Value::Counter(2))
    );
}

#[test]
fn until_it_is_acknowledged_the_same_batch_comes_again() {
    let mut batcher = Batcher::of(7, Config::default());
    let first = batcher.offer(seconds(0), &counters(10, 5)).unwrap();
    // It may still arrive.
    assert_eq!(batcher.offer(seconds(29), &counters(10, 9)), None);
    assert!(!batcher.wants(seconds(29)) && batcher.wants(seconds(30)));
    assert_eq!(
        batcher.offer(seconds(30), &counters(10, 9)).as_ref(),
        Some(&first)
    );
    assert_eq!(batcher.offer(seconds(31), &counters(10, 9)), None);
    assert!(batcher.lost(1) && batcher.wants(seconds(31)));
    assert_eq!(
        batcher.offer(seconds(31), &counters(10, 9)).as_ref(),
        Some(&first)
    );
    // Not one that was never sent, nor one twice.
    assert!(!batcher.acknowledge(2) && !batcher.lost(2));
    assert!(batcher.acknowledge(1) && !batcher.acknowledge(1) && !batcher.lost(1));
    let second = batcher.offer(seconds(32), &counters(10, 9)).unwrap();
    let new = decode(second.bytes()).unwrap().new;
    assert!(
        new.families[0]
            .series
            .iter()
            .all(|s| s.value == Value::Counter(4))
    );
}

#[test]
fn a_clock_that_goes_back_delays_and_doubles_nothing() {
    let mut batcher = Batcher::of(7, Config::default());
    assert_eq!(batcher.offer(seconds(1_000), &counters(1, 1)), None);
    assert_eq!(batcher.offer(seconds(10), &counters(1, 1)), None);
    let batch = batcher.offer(seconds(1_030), &counters(1, 1)).unwrap();
    assert_eq!(batcher.offer(Duration::ZERO, &counters(1, 1)), None);
    assert!(batcher.acknowledge(batch.sequence()));
    assert_eq!(batcher.offer(Duration::MAX, &counters(1, 1)), None);
}

#[test]
fn a_snapshot_is_asked_for_only_now_and_then() {
    let mut batcher = Batcher::of(7, Config::default());
    assert!(batcher.wants(seconds(0)));
    assert_eq!(batcher.offer(seconds(0), &counters(1, 1)), None);
    assert!(!batcher.wants(seconds(2)) && batcher.wants(seconds(3)));
}

#[test]
fn no_series_waits_behind_busier_ones() {
    let mut batcher = Batcher::of(7, small());
    let mut seen = std::collections::BTreeSet::new();
    for round in 1..=4 {
        // Every counter moves in every round.
        let batch = batcher.offer(seconds(round), &counters(12, round)).unwrap();
        for series in &decode(batch.bytes()).unwrap().new.families[0].series {
            seen.insert(series.labels[0].to_string());
        }
        assert!(batcher.acknowledge(batch.sequence()));
    }
    assert_eq!(seen.len(), 12);
}

#[test]
fn a_distribution_that_does_not_fit_is_continued() {
    let mut pair = Pair::new(small());
    // 1920 buckets with large counts do not fit into 1 KiB.
    let buckets = (0..crate::bucket::BUCKETS as u16)
        .map(|b| (b, u64::from(b) << 40 | 1))
        .collect();
    let wide = Distribution::new(1e-9, u128::MAX >> 1, buckets).unwrap();
    let snapshot = snapshot(
        1,
        vec![
            family(
                "t",
                Kind::Histogram,
                &[],
                vec![series(&[], Value::Distribution(wide))],
            ),
            family(
                "c",
                Kind::Counter,
                &[],
                vec![series(&[], Value::Counter(3))],
            ),
        ],
    );
    assert!(pair.settle(&snapshot) > 10);
    assert_eq!(facts(pair.total.snapshot()), facts(&snapshot));
}

#[test]
fn everything_arrives_exactly_once_over_a_bad_line() {
    let mut random = 1_u64;
    let mut next = |below: u64| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below
    };
    let mut pair = Pair::new(Config {
        max_bytes: 1024,
        ..Config::default()
    });
    let mut counts = [0_u64; 30];
    let mut times: Vec<Vec<u64>> = vec![Vec::new(); 5];
    let mut now = snapshot(0, Vec::new());
    for round in 1..400 {
        counts[next(30) as usize] += next(1_000);
        times[next(5) as usize].extend((0..next(50)).map(|_| next(1 << 30)));
        let level = next(100).cast_signed() - 50;
        // A series more every ten rounds.
        let of = |at: usize| series(&[&at.to_string()], Value::Counter(counts[at]));
        let shown = (round / 10 + 1).min(30) as usize;
        let timers = times.iter().enumerate();
        now = snapshot(
            round,
            vec![
                family("c", Kind::Counter, &["n"], (0..shown).map(of).collect()),
                family(
                    "t",
                    Kind::Histogram,
                    &["n"],
                    timers
                        .map(|(at, t)| series(&[&at.to_string()], timer(t.iter().copied())))
                        .collect(),
                ),
                family(
                    "g",
                    Kind::Gauge,
                    &[],
                    vec![series(&[], Value::Gauge(level))],
                ),
                family(
                    "f",
                    Kind::FloatGauge,
                    &[],
                    vec![series(&[], Value::Float(level as f64 / 3.0))],
                ),
            ],
        );
        pair.now += seconds(next(20));
        let Some(batch) = pair.batcher.offer(pair.now, &now) else {
            continue;
        };
        assert!(batch.bytes().len() <= 1024);
        match next(4) {
            // The batch is lost, or its acknowledgement.
            0 => {
                if next(2) == 0 {
                    assert!(pair.batcher.lost(batch.sequence()));
                }
            }
            1 => drop(pair.total.receive(batch.bytes()).unwrap()),
            _ => {
                pair.total.receive(batch.bytes()).unwrap();
                assert!(pair.batcher.acknowledge(batch.sequence()));
            }
        }
    }
    pair.settle(&now);
    assert_eq!(facts(pair.total.snapshot()), facts(&now));
    assert_eq!(pair.total.snapshot().uptime, now.uptime);
}

#[test]
fn series_that_were_reclaimed_make_room() {
    let config = Config {
        max_series: 10,
        ..Config::default()
    };
    let mut pair = Pair::new(config);
    pair.settle(&counters(15, 1));
    assert_eq!(pair.batcher.left_out(), 5);
    assert_eq!(facts(pair.total.snapshot()).len(), 10);
    // Half of them go, others come.
    let mut fewer = counters(15, 1);
    fewer.families[0].series.drain(0..5);
    pair.settle(&fewer);
    assert_eq!(pair.batcher.left_out(), 0);
    assert_eq!(facts(pair.total.snapshot()).len(), 15);
}

#[test]
fn a_counter_that_started_again_is_new_as_a_whole() {
    let mut pair = Pair::new(Config::default());
    pair.settle(&counters(1, 100));
    pair.settle(&counters(1, 3));
    assert_eq!(
        facts(pair.total.snapshot()).into_values().next(),
        Some(Value::Counter(103))
    );
}

#[test]
fn a_receiver_tells_repetitions_gaps_and_strangers() {
    let mut batcher = Batcher::of(7, Config::default());
    let mut total = Total::default();
    let mut batches = Vec::new();
    for value in 1..=3 {
        let batch = batcher.offer(seconds(value), &counters(10, value)).unwrap();
        assert!(batcher.acknowledge(batch.sequence()));
        batches.push(batch);
    }
    assert_eq!(
        total.receive(batches[0].bytes()),
        Ok(Received::New { sequence: 1 })
    );
    assert_eq!(
        total.receive(batches[0].bytes()),
        Ok(Received::Again { sequence: 1 })
    );
    assert_eq!(
        total.receive(batches[2].bytes()),
        Ok(Received::AfterGap {
            sequence: 3,
            missing: 1
        })
    );
    let stranger = Batcher::of(8, Config::default())
        .offer(seconds(0), &counters(10, 1))
        .unwrap();
    assert_eq!(
        total.receive(stranger.bytes()),
        Ok(Received::OtherProcess { process: 8 })
    );
    assert!(
        facts(total.snapshot())
            .into_values()
            .all(|v| v == Value::Counter(2))
    );
}

/// `n` counters and timers that have a value of their own, and those that hold what became of the others.
fn reclaiming(own: &[&str], count: u64, times: &[u64], other: (u64, &[u64])) -> Snapshot {
    let both = |value: fn(u64, &[u64]) -> Value| {
        let mut all: Vec<_> = own
            .iter()
            .map(|label| series(&[label], value(count, times)))
            .collect();
        all.push(series(&["(other)"], value(other.0, other.1)));
        if let Some(last) = all.last_mut() {
            last.overflow = true;
        }
        all
    };
    snapshot(
        1,
        vec![
            family("c", Kind::Counter, &["n"], both(|n, _| Value::Counter(n))),
            family(
                "t",
                Kind::Histogram,
                &["n"],
                both(|_, t| timer(t.iter().copied())),
            ),
        ],
    )
}

#[test]
fn what_a_reclaimed_series_left_to_the_overflow_does_not_arrive_twice() {
    let mut pair = Pair::new(Config::default());
    pair.settle(&reclaiming(&["a", "b"], 5, &[10, 20], (1, &[7])));
    // `b` counted two more and took another 30 before it was reclaimed.
    pair.settle(&reclaiming(&["a"], 5, &[10, 20], (1 + 7, &[7, 10, 20, 30])));
    let total = pair.total.snapshot();
    let counters = total.families[0].series.iter().map(|s| match s.value {
        Value::Counter(n) => n,
        _ => 0,
    });
    assert_eq!(counters.sum::<u64>(), 5 + 7 + 1);
    let mut times = Distribution::from_steps(1e-6, []);
    for series in &total.families[1].series {
        if let Value::Distribution(one) = &series.value {
            times.merge(one);
        }
    }
    let expected = Distribution::from_steps(1e-6, [10, 20, 10, 20, 30, 7]);
    assert_eq!(times, expected);
}

#[test]
fn a_series_that_left_nothing_behind_takes_nothing_from_the_overflow() {
    let mut pair = Pair::new(Config::default());
    pair.settle(&reclaiming(&["a", "b"], 5, &[10, 20], (1, &[7])));
    pair.settle(&reclaiming(&["a"], 5, &[10, 20], (2, &[7, 8])));
    let total = pair.total.snapshot();
    let overflow = total.families[0].series.iter().find(|s| s.overflow);
    assert_eq!(overflow.map(|s| &s.value), Some(&Value::Counter(2)));
}
