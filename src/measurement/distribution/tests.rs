use super::*;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use proptest::prelude::*;
use std::io::Write as _;

fn histogram() -> Histogram {
    let mut histogram = Histogram::new();
    for i in 1..=1_000 {
        histogram.record(i * 1_000_000);
    }
    histogram
}

fn refused(text: String) -> String {
    Distribution::from_base64(text).unwrap_err().to_string()
}

/// The bytes of an encoding by its parts, deflated.
fn encoded(digits: u32, low: u64, high: u64, announced: u32, counts: &[u8]) -> String {
    let mut plain = Vec::new();
    plain.extend(PLAIN.to_be_bytes());
    plain.extend(announced.to_be_bytes());
    plain.extend(0_u32.to_be_bytes());
    plain.extend(digits.to_be_bytes());
    plain.extend(low.to_be_bytes());
    plain.extend(high.to_be_bytes());
    plain.extend(1.0_f64.to_be_bytes());
    plain.extend(counts);
    deflated(&plain)
}

fn deflated(plain: &[u8]) -> String {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).unwrap();
    let body = encoder.finish().unwrap();
    let mut bytes = COMPRESSED.to_be_bytes().to_vec();
    bytes.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
    bytes.extend(body);
    BASE64_STANDARD.encode(bytes)
}

#[test]
fn a_histogram_comes_back_and_its_median_is_known() {
    let histogram = histogram();
    let packed = Distribution::of(&histogram).unwrap().unwrap();
    assert_eq!(packed.values(), 1_000);
    assert_eq!(Some(packed.median()), histogram.quantile(0.5));
    let text = packed.as_base64().to_owned();
    assert!(text.len() < 8_000, "{}", text.len());
    let again = Distribution::from_base64(text).unwrap();
    assert_eq!(again, packed);
    assert_eq!(again.histogram().unwrap(), histogram);
}

#[test]
fn a_histogram_without_values_is_none() {
    assert_eq!(Distribution::of(&Histogram::new()).unwrap(), None);
    let empty = Histogram::new().to_base64().unwrap();
    assert!(refused(empty).contains("holds no value"));
}

#[test]
fn the_largest_histogram_is_within_the_bounds() {
    let mut full = Histogram::new();
    let mut value = 1_u64;
    let mut noise = 1_u64;
    while value < HIGHEST {
        noise = noise
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        full.record_n(value, noise >> 22);
        value += (value / 2_048).max(1);
    }
    let packed = Distribution::of(&full).unwrap().unwrap();
    let text = packed.as_base64().to_owned();
    assert!(text.len() > 100_000, "{}", text.len());
    Distribution::from_base64(text).unwrap();
}

#[test]
fn what_is_foreign_is_refused_by_what_it_is() {
    for (text, why) in [
        ("", "cut off"),
        ("not base64!", "no base64"),
        ("AAAAAAAAAAAA", "first bytes"),
        ("HIST", "cut off"),
    ] {
        let said = refused(text.to_owned());
        assert!(said.contains(why), "{text}: {said}");
    }
    assert!(refused("A".repeat(LONGEST_TEXT + 4)).contains("more than one can have"));
    let other = encoded(3, 1, 3_600_000_000, 2, &[2, 2]);
    assert_eq!(
        refused(other),
        "not a histogram: it is of 3 digits from 1 to 3600000000, and those of a Run file are of 3 digits from 1 to 4398046511104 (nanoseconds)"
    );
    let plain = deflated(b"something else altogether, but long enough to have a head");
    assert!(refused(plain).contains("not the encoding V2"));
}

#[test]
fn what_asks_for_gigabytes_is_refused_before_it_gets_them() {
    let wide = encoded(5, 1, u64::MAX, 2, &[2, 2]);
    assert!(refused(wide).contains("5 digits"));
    let announced = encoded(3, 1, HIGHEST, u32::MAX, &[2, 2]);
    assert!(refused(announced).contains("4294967295 are announced"));
    // A thousand times as much as its text.
    let bomb = encoded(3, 1, HIGHEST, 8 << 20, &vec![0; 8 << 20]);
    assert!(bomb.len() < 16_000, "{}", bomb.len());
    assert!(refused(bomb).contains("inflates to more"));
}

#[test]
fn counts_beyond_the_last_bucket_and_counts_that_overflow_are_no_crash() {
    let beyond = encoded(3, 1, HIGHEST, 40_000, &[2; 40_000]);
    assert!(Distribution::from_base64(beyond).is_err());
    // The largest counts that the encoding has, twice.
    let mut counts = vec![0xfe];
    counts.extend([0xff; 8]);
    let twice = [counts.clone(), counts].concat();
    let length = u32::try_from(twice.len()).unwrap();
    if let Ok(huge) = Distribution::from_base64(encoded(3, 1, HIGHEST, length, &twice)) {
        assert!(huge.values() > 0);
    }
}

#[test]
fn every_cut_is_refused() {
    let text = Distribution::of(&histogram()).unwrap().unwrap().text;
    for end in 0..text.len() {
        refused(text[..end].to_owned());
    }
}

#[test]
fn scaling_moves_every_value() {
    let packed = Distribution::of(&histogram()).unwrap().unwrap();
    let slower = packed.scaled(1.2).unwrap();
    assert_eq!(slower.values(), 1_000);
    let ratio = slower.median() as f64 / packed.median() as f64;
    assert!((ratio - 1.2).abs() < 0.002, "{ratio}");
}

proptest! {
    #[test]
    fn any_counts_are_answered(counts in proptest::collection::vec(any::<u8>(), 0..200)) {
        let length = u32::try_from(counts.len()).unwrap();
        let read = Distribution::from_base64(encoded(3, 1, HIGHEST, length, &counts));
        prop_assert!(read.is_err() || read.unwrap().values() > 0);
    }

    #[test]
    fn any_text_is_answered(text in "[A-Za-z0-9+/=]{0,200}") {
        prop_assert!(Distribution::from_base64(text).is_err());
    }
}
