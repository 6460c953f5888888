//! Labels of strangers on one side, bytes of strangers on the other.

use super::*;

fn any_batch() -> Batch {
    let mut families = vec![
        family(
            "t",
            Kind::Histogram,
            &["route"],
            vec![series(&["/a"], timer([1, 5, 900, 900]))],
        ),
        family(
            "g",
            Kind::Gauge,
            &["route"],
            vec![
                series(&["/a"], Value::Gauge(i64::MIN)),
                series(&["/b"], Value::Gauge(-1)),
            ],
        ),
        family(
            "f",
            Kind::FloatGauge,
            &[],
            vec![series(&[], Value::Float(f64::INFINITY))],
        ),
        family(
            "c",
            Kind::Counter,
            &["x"],
            vec![series(&["\0\n\"é"], Value::Counter(u64::MAX))],
        ),
    ];
    families[0].series[0].outcome = Outcome::Panicked;
    families[3].series[0].overflow = true;
    let all = snapshot(5, families);
    let mut batcher = Batcher::of(
        u64::MAX,
        Config {
            max_age: Duration::ZERO,
            ..Config::default()
        },
    );
    let batch = batcher.offer(seconds(5), &all).unwrap();
    let decoded = decode(batch.bytes()).unwrap();
    assert_eq!((decoded.process, decoded.continued), (u64::MAX, 0));
    assert_eq!(decoded.new, all);
    batch
}

#[test]
fn whatever_is_measured_comes_back_as_it_was() {
    any_batch();
}

#[test]
fn a_batch_that_was_cut_anywhere_is_refused() {
    let batch = any_batch();
    for end in 0..batch.bytes().len() {
        let error = decode(&batch.bytes()[..end]).unwrap_err();
        let expected = if end == 0 {
            DecodeError::Foreign
        } else {
            DecodeError::Damaged
        };
        assert_eq!(error, expected, "{end}");
    }
    assert_eq!(
        decode(&[batch.bytes(), &[0]].concat()),
        Err(DecodeError::Damaged)
    );
}

#[test]
fn a_batch_with_any_bit_turned_is_refused() {
    let batch = any_batch();
    for bit in 0..batch.bytes().len() * 8 {
        let mut bytes = batch.bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(decode(&bytes).is_err(), "{bit}");
    }
}

#[test]
fn foreign_bytes_and_other_versions_are_told_apart() {
    for foreign in [b"".as_slice(), b"GET / HTTP/1.1", b"{\"json\":1}", b"TG0"] {
        assert_eq!(decode(foreign), Err(DecodeError::Foreign));
    }
    let mut newer = any_batch().bytes().to_vec();
    newer[3] = 2;
    let error = decode(&newer).unwrap_err();
    assert_eq!(error, DecodeError::Version { version: 2 });
    assert!(error.to_string().contains("update the receiver"), "{error}");
    newer[3] = 0;
    let error = decode(&newer).unwrap_err().to_string();
    assert!(error.contains("versions begin with 1"), "{error}");
    let large = vec![b'T'; MOST_BYTES + 1];
    assert_eq!(
        decode(&large),
        Err(DecodeError::TooLarge {
            bytes: MOST_BYTES + 1
        })
    );
}

/// As a forger would: with a right checksum.
fn forged(content: &[u8]) -> Result<Decoded, DecodeError> {
    let mut bytes = b"TGB\x01".to_vec();
    bytes.extend(content);
    let sum = wire::checksum(&bytes);
    bytes.extend(sum);
    decode(&bytes)
}

#[test]
fn fields_that_make_no_sense_are_named() {
    let head = [1, 1, 1, 1];
    let field = |rest: &[u8]| match forged(&[&head, rest].concat()) {
        Err(DecodeError::Invalid { field, .. }) => field,
        other => panic!("{other:?}"),
    };
    assert!(forged(&[&head[..], &[0]].concat()).is_ok());
    assert_eq!(field(&[]), "the number of series");
    assert_eq!(field(&[0xff, 0xff, 0x7f]), "the number of series");
    assert_eq!(field(&[0, 9]), "something after the last series");
    assert_eq!(field(&[1]), "the flags");
    assert_eq!(field(&[1, 0b1100, 0]), "the unit");
    // A reference to a text that was not written out, a text that is too long, one that is not UTF-8.
    assert_eq!(field(&[1, 0, 1]), "the name of a family");
    assert_eq!(field(&[1, 0, 0, 0xff, 0xff, 0x7f]), "the name of a family");
    assert_eq!(field(&[1, 0, 0, 1, 0xff]), "the name of a family");
    assert_eq!(
        field(&[1, 0, 0, 1, b'a', 0xff, 0xff, 0xff, 0xff, 0x7f]),
        "the name of a label"
    );
    // 2^64 and more.
    let mut huge = vec![1, 0, 0, 1, b'a', 0];
    huge.extend([0xff; 9]);
    assert_eq!(field(&[&huge[..], &[0x7f]].concat()), "a counter");
    huge.extend([0xff; 20]);
    assert_eq!(field(&huge), "a counter");
    let histogram = |scale: f64, rest: &[u8]| {
        let mut series = vec![1, 3, 0, 1, b'a', 0];
        series.extend(scale.to_le_bytes());
        series.extend(rest);
        field(&series)
    };
    assert_eq!(histogram(f64::NAN, &[0, 0]), "a histogram");
    assert_eq!(histogram(0.0, &[0, 0]), "a histogram");
    assert_eq!(histogram(1.0, &[1, 2, 5, 1, 0, 1]), "a histogram");
    assert_eq!(histogram(1.0, &[1, 1, 0x80, 0x10, 1]), "a histogram");
    assert_eq!(histogram(1.0, &[1, 1, 0xff, 0xff, 0xff, 1, 1]), "a bucket");
    assert_eq!(
        histogram(1.0, &[1, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
        "a bucket"
    );
    assert_eq!(
        forged(&[1, 0, 1, 1, 0]).unwrap_err(),
        DecodeError::Invalid {
            at: 9,
            field: "sequence number 0"
        }
    );
}

#[test]
fn any_bytes_are_answered() {
    let mut random = 1_u64;
    for round in 0..20_000 {
        let bytes: Vec<u8> = (0..round % 64)
            .map(|_| {
                random = random
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                // Small numbers get further into the format.
                (random >> 60) as u8
            })
            .collect();
        let _: Result<_, _> = decode(&bytes);
        if let Ok(batch) = forged(&bytes) {
            Total::new(1).add(batch);
        }
    }
}

#[test]
fn megabytes_of_labels_stay_within_the_bytes() {
    let mut pair = Pair::new(small());
    let texts = [
        "\"".repeat(1 << 20),
        "é".repeat(1 << 19),
        "\0".repeat(1 << 20),
        "x".repeat(1 << 20) + "1",
        "x".repeat(1 << 20) + "2",
    ];
    let all = texts
        .iter()
        .map(|t| series(&[t, t], Value::Counter(1)))
        .collect();
    let snapshot = snapshot(1, vec![family(&texts[0], Kind::Counter, &["a", "b"], all)]);
    let before = pair.batcher.left_out();
    pair.settle(&snapshot);
    assert_eq!((before, pair.batcher.left_out()), (0, 0));
    let total = pair.total.snapshot();
    assert_eq!(total.families[0].series.len(), 5);
    let longest = total.families[0]
        .series
        .iter()
        .map(|s| s.labels[0].len())
        .max();
    assert!(longest <= Some(TEXT_BYTES), "{longest:?}");
}

#[test]
fn a_series_that_can_never_fit_is_counted_and_stops_nobody() {
    let mut pair = Pair::new(small());
    let names: Vec<String> = (0..30).map(|n| format!("{n}{}", "x".repeat(200))).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let snapshot = snapshot(
        1,
        vec![
            family(
                "wide",
                Kind::Counter,
                &names,
                vec![series(&names, Value::Counter(1))],
            ),
            family(
                "c",
                Kind::Counter,
                &[],
                vec![series(&[], Value::Counter(2))],
            ),
        ],
    );
    pair.settle(&snapshot);
    assert_eq!(pair.batcher.left_out(), 1);
    assert_eq!(facts(pair.total.snapshot()).len(), 1);
}

#[test]
fn a_receiver_keeps_no_more_series_than_it_said() {
    let mut batcher = Batcher::of(
        7,
        Config {
            max_metrics: 50,
            ..Config::default()
        },
    );
    let mut total = Total::new(20);
    let batch = batcher.offer(seconds(0), &counters(50, 1)).unwrap();
    assert_eq!(
        total.receive(batch.bytes()),
        Ok(Received::New { sequence: 1 })
    );
    assert_eq!((facts(total.snapshot()).len(), total.left_out()), (20, 30));
}
