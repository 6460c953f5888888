use super::*;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::write::ZlibEncoder;
use hdrhistogram::serialization::{
    Deserializer, Serializer as _, V2DeflateSerializer, V2Serializer,
};
use proptest::prelude::*;
use std::io::Write as _;

type Theirs = hdrhistogram::Histogram<u64>;

fn theirs(values: &[(u64, u64)]) -> Theirs {
    let mut histogram = Theirs::new_with_bounds(1, HIGHEST, DIGITS).unwrap();
    // A count of 0 would move its maximum.
    for (value, count) in values.iter().filter(|(_, count)| *count > 0) {
        histogram
            .record_n((*value).clamp(1, HIGHEST), *count)
            .unwrap();
    }
    histogram
}

fn ours(values: &[(u64, u64)]) -> Histogram {
    let mut histogram = Histogram::new();
    for (value, count) in values {
        histogram.record_n(*value, *count);
    }
    histogram
}

/// Values of all magnitudes, also outside of the range.
fn value() -> impl Strategy<Value = u64> {
    (0..64_u32, any::<u64>()).prop_map(|(shift, bits)| bits >> shift)
}

fn values() -> impl Strategy<Value = Vec<(u64, u64)>> {
    prop::collection::vec((value(), prop_oneof![0..4_u64, 0..1_u64 << 40]), 0..200)
}

proptest! {
    // Each case is hundreds of values.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn statistics_are_those_of_the_crate(values in values(), share in 0.0..=1.0_f64) {
        let (theirs, ours) = (theirs(&values), ours(&values));
        prop_assert_eq!(ours.len(), theirs.len());
        if theirs.is_empty() {
            prop_assert!(ours.is_empty());
            prop_assert_eq!((ours.quantile(share), ours.mean(), ours.max()), (None, None, None));
        } else {
            // They give the lower end of a bucket for a share of exactly 0, and the upper end for all others.
            if share > 0.0 {
                prop_assert_eq!(ours.quantile(share), Some(theirs.value_at_quantile(share)));
            }
            prop_assert_eq!(ours.max(), Some(theirs.max()));
            let (mean, other) = (ours.mean().unwrap(), theirs.mean());
            prop_assert!((mean - other).abs() <= 1e-9 * other, "{} {}", mean, other);
        }
        let buckets: Vec<(u64, u64)> = theirs.iter_recorded()
            .map(|value| (value.value_iterated_to(), value.count_at_value()))
            .collect();
        prop_assert_eq!(ours.buckets().collect::<Vec<_>>(), buckets);
    }

    #[test]
    fn a_quantile_is_never_below_its_value_and_at_most_a_thousandth_above(
        values in prop::collection::vec(1..HIGHEST, 1..200), share in 0.0..=1.0_f64,
    ) {
        let mut sorted = values.clone();
        sorted.sort_unstable();
        let rank = ((share * values.len() as f64).ceil() as usize).clamp(1, values.len());
        let exact = sorted[rank - 1];
        let all: Vec<(u64, u64)> = values.iter().map(|value| (*value, 1)).collect();
        let told = ours(&all).quantile(share).unwrap();
        prop_assert!(exact <= told && told - exact <= exact / 1000, "{} {}", exact, told);
    }

    #[test]
    fn any_parts_in_any_order_are_the_whole(
        values in values(), places in prop::collection::vec(0..5_usize, 200), reverse in any::<bool>(),
    ) {
        let mut parts = vec![Histogram::new(); 5];
        for ((value, count), place) in values.iter().zip(places) {
            parts[place].record_n(*value, *count);
        }
        if reverse {
            parts.reverse();
        }
        let mut sum = Histogram::new();
        for part in &parts {
            sum.add(part);
        }
        prop_assert_eq!(&sum, &ours(&values));
        prop_assert_eq!(sum.to_base64(), ours(&values).to_base64());
        for (value, count) in &values {
            sum.take_away(*value, *count);
        }
        prop_assert_eq!(sum, Histogram::new());
    }

    #[test]
    fn what_is_written_comes_back_here_and_in_the_crate(values in values()) {
        let (theirs, ours) = (theirs(&values), ours(&values));
        let text = ours.to_base64().unwrap();
        prop_assert_eq!(&Histogram::from_base64(&text).unwrap(), &ours);
        let bytes = BASE64_STANDARD.decode(&text).unwrap();
        let back: Theirs = Deserializer::new().deserialize(&mut bytes.as_slice()).unwrap();
        prop_assert!(back == theirs, "the crate reads something else");
        prop_assert_eq!(Histogram::from_base64(&written(&theirs)).unwrap(), ours);
    }

    #[test]
    fn no_bytes_do_harm(bytes in prop::collection::vec(any::<u8>(), 0..300), deep in any::<bool>()) {
        let text = if deep { deflated(&bytes) } else { BASE64_STANDARD.encode(&bytes) };
        prop_assert!(Histogram::from_base64(&text).is_err());
    }

    #[test]
    fn no_counts_do_harm(numbers in prop::collection::vec(any::<u8>(), 0..300)) {
        // Either it is one, and then it can be written again, or an error.
        if let Ok(histogram) = Histogram::from_base64(&deflated(&plain(3, 1, HIGHEST, &numbers))) {
            let text = histogram.to_base64().unwrap();
            prop_assert_eq!(Histogram::from_base64(&text).unwrap(), histogram);
        }
    }
}

fn written(histogram: &Theirs) -> String {
    let mut bytes = Vec::new();
    V2DeflateSerializer::new()
        .serialize(histogram, &mut bytes)
        .unwrap();
    BASE64_STANDARD.encode(bytes)
}

/// What is inside, with any header.
fn plain(digits: u32, lowest: u64, highest: u64, counts: &[u8]) -> Vec<u8> {
    let mut bytes = 0x1c84_9313_u32.to_be_bytes().to_vec();
    bytes.extend((counts.len() as u32).to_be_bytes());
    bytes.extend(0_u32.to_be_bytes());
    bytes.extend(digits.to_be_bytes());
    bytes.extend(lowest.to_be_bytes());
    bytes.extend(highest.to_be_bytes());
    bytes.extend(1.0_f64.to_be_bytes());
    bytes.extend(counts);
    bytes
}

fn deflated(plain: &[u8]) -> String {
    let mut inner = ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    inner.write_all(plain).unwrap();
    let inner = inner.finish().unwrap();
    let mut bytes = 0x1c84_9314_u32.to_be_bytes().to_vec();
    bytes.extend((inner.len() as u32).to_be_bytes());
    bytes.extend(inner);
    BASE64_STANDARD.encode(bytes)
}

fn refusal(text: &str) -> String {
    Histogram::from_base64(text).unwrap_err().to_string()
}

#[test]
fn foreign_and_hostile_texts_are_refused_by_what_is_wrong_with_them() {
    let good = ours(&[(1_000, 3)]).to_base64().unwrap();
    let bomb = deflated(&plain(3, 1, HIGHEST, &vec![0; 8 << 20]));
    let cut = BASE64_STANDARD.encode(&BASE64_STANDARD.decode(&good).unwrap()[..30]);
    let mut plain_bytes = Vec::new();
    V2Serializer::new()
        .serialize(&theirs(&[(5, 1)]), &mut plain_bytes)
        .unwrap();
    let mut short = plain(3, 1, HIGHEST, &[2, 2]);
    short.pop();
    let texts = [
        ("empty", String::new()),
        ("no base64", "HISTF*".to_owned()),
        ("cut", cut),
        ("long", "A".repeat(1 << 20)),
        ("foreign", BASE64_STANDARD.encode("GET / HTTP/1.1\r\n")),
        ("not deflated", BASE64_STANDARD.encode(plain_bytes)),
        ("bomb", bomb),
        ("digits", deflated(&plain(2, 1, HIGHEST, &[2]))),
        ("many digits", deflated(&plain(u32::MAX, 1, u64::MAX, &[2]))),
        ("unit", deflated(&plain(3, 1_000, HIGHEST, &[2]))),
        ("short counts", deflated(&short)),
        ("cut number", deflated(&plain(3, 1, HIGHEST, &[0x80]))),
        (
            "version",
            deflated(b"\x1c\x84\x93\x11 is no version of ours"),
        ),
        // A run of 2^63 zeros, which overflows the crate's negation.
        (
            "zeros",
            deflated(&plain(
                3,
                1,
                HIGHEST,
                &[[0xff; 9].as_slice(), &[2]].concat(),
            )),
        ),
        // Five times 2^62 in five buckets.
        (
            "counts",
            deflated(&plain(
                3,
                1,
                HIGHEST,
                &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80].repeat(5),
            )),
        ),
    ];
    let told: Vec<String> = (texts.iter())
        .map(|(name, text)| format!("{name}: {}", refusal(text)))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    empty: not a histogram: it is cut off
    no base64: not a histogram: Invalid symbol 42, offset 5.
    cut: not a histogram: it has 22 bytes and says 33
    long: not a histogram: its text has 1048576 bytes
    foreign: not a histogram: it begins with 0x47455420
    not deflated: not a histogram: it is not deflated
    bomb: not a histogram: it inflates to more than 304177 bytes
    digits: not a histogram: it has 2 significant digits and not 3
    many digits: not a histogram: it has 4294967295 significant digits and not 3
    unit: not a histogram: it counts in steps of 1000 and not of 1
    short counts: not a histogram: it has 1 bytes of counts and says 2
    cut number: not a histogram: it is cut off
    version: not a histogram: what is inside is of another version than 2
    zeros: not a histogram: it has values above 4398046511104
    counts: not a histogram: it has more values than can be counted
    "#);
}

#[test]
fn a_wider_range_of_another_tool_is_read_as_long_as_its_values_fit() {
    let mut wide = Theirs::new_with_bounds(1, u64::MAX, 3).unwrap();
    wide.record_n(123_456_789, 7).unwrap();
    let mut expected = Histogram::new();
    expected.record_n(123_456_789, 7);
    assert_eq!(Histogram::from_base64(&written(&wide)).unwrap(), expected);
    wide.record(HIGHEST * 4).unwrap();
    let refusal = refusal(&written(&wide));
    assert!(refusal.contains("above 4398046511104"), "{refusal}");
    let mut narrow = Theirs::new_with_bounds(1, 60_000, 3).unwrap();
    narrow.record(59_999).unwrap();
    assert_eq!(Histogram::from_base64(&written(&narrow)).unwrap().len(), 1);
}

#[test]
fn counters_carry_over_their_32_bits_and_totals_over_64_tell_nothing() {
    let mut histogram = Histogram::new();
    histogram.record_n(77, u64::from(u32::MAX));
    histogram.record(77);
    assert_eq!(histogram.buckets().collect::<Vec<_>>(), [(77, 1 << 32)]);
    histogram.record_n(77, (1 << 40) + 5);
    assert_eq!(
        histogram.buckets().collect::<Vec<_>>(),
        [(77, (1 << 32) + (1 << 40) + 5)]
    );
    let mut twice = histogram.clone();
    twice.add(&histogram);
    assert_eq!(twice.len(), 2 * histogram.len());
    assert_eq!(
        twice.buckets().map(|(_, count)| count).sum::<u64>(),
        twice.len()
    );

    histogram.record_n(1_000, u64::MAX - 1);
    assert!(histogram.is_void() && !histogram.is_empty());
    assert_eq!(
        (histogram.quantile(0.5), histogram.mean(), histogram.max()),
        (None, None, None)
    );
    assert!(histogram.to_base64().is_err());
    let mut other = ours(&[(5, 1)]);
    other.add(&histogram);
    assert!(other.is_void());
}

#[test]
fn what_was_never_counted_cannot_be_taken_away() {
    let mut histogram = ours(&[(5, 2)]);
    histogram.take_away(5, 3);
    assert!(histogram.is_void());
}

#[test]
fn the_ends_of_the_range_are_where_they_are_said_to_be() {
    let of = |value| ours(&[(value, 1)]).max().unwrap();
    assert_eq!((of(0), of(1), of(2_047), of(2_048)), (1, 1, 2_047, 2_049));
    assert_eq!(of(HIGHEST - 1), HIGHEST - 1);
    assert_eq!(of(HIGHEST), of(u64::MAX));
    for index in 0..BUCKETS {
        assert_eq!(super::index(upper(index).clamp(1, HIGHEST)), index.max(1));
    }
    assert_eq!(Histogram::new().quantile(f64::NAN), None);
    assert_eq!(ours(&[(9, 1)]).quantile(f64::NAN), None);
    assert_eq!(ours(&[(9, 1)]).quantile(-3.0), Some(9));
    assert_eq!(ours(&[(9, 1)]).quantile(f64::INFINITY), Some(9));
}

#[test]
fn memory_is_that_of_the_quarters_of_octaves_with_values_and_bounded() {
    let mut histogram = Histogram::new();
    assert_eq!(histogram.memory(), 0);
    for value in 1_000_000..1_040_000 {
        histogram.record(value);
    }
    assert_eq!(histogram.memory(), PAGES * 8 + 1024);
    let mut draws = crate::workload::schedule::Draws::new(1, 1);
    for _ in 0..1_000_000 {
        histogram.record(draws.next() >> draws.below(64));
    }
    assert!(histogram.memory() <= 138 << 10, "{}", histogram.memory());
}
