use super::{Change, Quantity, Unit, format_duration, format_value};
use super::{parse_duration, parse_percent, parse_quantity};
use proptest::prelude::*;
use std::time::Duration;

fn quantity(text: &str) -> Quantity {
    parse_quantity(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn close(left: f64, right: f64, relative: f64) -> bool {
    (left - right).abs() <= relative * left.abs().max(right.abs())
}

#[test]
fn units_have_their_factor() {
    let cases: &[(&str, f64, Unit)] = &[
        ("1500 ps", 1.5, Unit::Nanoseconds),
        ("12ns", 12.0, Unit::Nanoseconds),
        ("250 us", 250e3, Unit::Nanoseconds),
        ("250 \u{b5}s", 250e3, Unit::Nanoseconds),
        ("250 \u{3bc}s", 250e3, Unit::Nanoseconds),
        ("1.5 ms", 1.5e6, Unit::Nanoseconds),
        ("2 s", 2e9, Unit::Nanoseconds),
        ("2 min", 120e9, Unit::Nanoseconds),
        ("1 h", 3_600e9, Unit::Nanoseconds),
        ("7 B", 7.0, Unit::Bytes),
        ("7 kB", 7e3, Unit::Bytes),
        ("7 KB", 7e3, Unit::Bytes),
        ("7MB", 7e6, Unit::Bytes),
        ("7 GB", 7e9, Unit::Bytes),
        ("7 KiB", 7.0 * 1024.0, Unit::Bytes),
        ("10 MiB", 10.0 * 1_048_576.0, Unit::Bytes),
        ("1 GiB", 1_073_741_824.0, Unit::Bytes),
        ("1_000_000", 1e6, Unit::Count),
        ("1e3", 1e3, Unit::Count),
        ("1.5e-3 s", 1.5e6, Unit::Nanoseconds),
        ("  12  ", 12.0, Unit::Count),
        ("0", 0.0, Unit::Count),
        ("0.5%", 0.005, Unit::Ratio),
        ("0.5 %", 0.005, Unit::Ratio),
        ("5/s", 5.0, Unit::PerSecond),
        ("5 /s", 5.0, Unit::PerSecond),
        ("10 MiB/s", 10.0 * 1_048_576.0, Unit::BytesPerSecond),
    ];
    for (text, value, unit) in cases {
        let parsed = quantity(text);
        assert!(close(parsed.value, *value, 1e-12), "{text}: {parsed:?}");
        assert_eq!(parsed.unit, *unit, "{text}");
    }
}

#[test]
fn refusals_say_what_was_meant() {
    let refused: Vec<String> = [
        "",
        "   ",
        "NaN",
        "inf",
        "-inf",
        "-5 us",
        "\u{2212}5 us",
        "1e400",
        "1e300 h",
        "us",
        "5 parsecs",
        "5 MS",
        "5 sec",
        "1,000",
        "1.2.3",
        "_1",
        "1_",
        "1__0",
        "5 ms/s",
        "0x10",
        "- 3",
        ".5 s",
        "5 KIB",
    ]
    .iter()
    .map(|text| match parse_quantity(text) {
        Ok(parsed) => panic!("{text} was read as {parsed:?}"),
        Err(error) => format!("{text:?}: {error}"),
    })
    .collect();
    insta::assert_snapshot!(refused.join("\n"));
}

#[test]
fn percent_needs_its_sign() {
    assert_eq!(parse_percent("3%"), Ok(0.03));
    assert_eq!(parse_percent(" 3 % "), Ok(0.03));
    assert_eq!(parse_percent("0%"), Ok(0.0));
    let refused: Vec<String> = ["", "3", "%", "-3%", "nan%", "inf%", "1e400%", "3 us", "3%%"]
        .iter()
        .map(|text| match parse_percent(text) {
            Ok(parsed) => panic!("{text} was read as {parsed}"),
            Err(error) => format!("{text:?}: {error}"),
        })
        .collect();
    insta::assert_snapshot!(refused.join("\n"));
}

#[test]
fn durations_have_one_or_more_parts() {
    let cases = [
        ("8 min", Duration::from_secs(480)),
        ("8min", Duration::from_secs(480)),
        ("90 s", Duration::from_secs(90)),
        ("1 h 30 min", Duration::from_secs(5_400)),
        ("1h30min", Duration::from_secs(5_400)),
        ("1 min 0.5 s", Duration::from_millis(60_500)),
        ("0 s", Duration::ZERO),
        ("250 \u{b5}s", Duration::from_micros(250)),
        ("0.1 s", Duration::from_millis(100)),
    ];
    for (text, expected) in cases {
        assert_eq!(parse_duration(text), Ok(expected), "{text}");
    }
    let refused: Vec<String> = [
        "",
        "8",
        "min",
        "-8 min",
        "1 h -3 min",
        "NaN s",
        "inf s",
        "1e400 s",
        "1e30 h",
        "30 min 1 h",
        "1 s 1 s",
        "5 MiB",
        "5 minutes",
        "1 h and a bit",
        "3%",
    ]
    .iter()
    .map(|text| match parse_duration(text) {
        Ok(parsed) => panic!("{text} was read as {parsed:?}"),
        Err(error) => format!("{text:?}: {error}"),
    })
    .collect();
    insta::assert_snapshot!(refused.join("\n"));
}

#[test]
fn values_have_four_digits_in_a_fitting_unit() {
    let cases: &[(f64, Unit, &str)] = &[
        (0.0, Unit::Nanoseconds, "0 ns"),
        (-0.0, Unit::Nanoseconds, "0 ns"),
        (0.25, Unit::Nanoseconds, "0.2500 ns"),
        (12.345_6, Unit::Nanoseconds, "12.35 ns"),
        (999.94, Unit::Nanoseconds, "999.9 ns"),
        (999.96, Unit::Nanoseconds, "1.000 µs"),
        (1_234.4, Unit::Nanoseconds, "1.234 µs"),
        (-1_234.4, Unit::Nanoseconds, "-1.234 µs"),
        (250e3, Unit::Nanoseconds, "250.0 µs"),
        (1.5e9, Unit::Nanoseconds, "1.500 s"),
        (1_234e9, Unit::Nanoseconds, "1_234 s"),
        (1e300, Unit::Nanoseconds, "1.000e291 s"),
        (f64::MAX, Unit::Nanoseconds, "1.798e299 s"),
        (5e-324, Unit::Nanoseconds, "4.941e-324 ns"),
        (f64::NAN, Unit::Nanoseconds, "n/a"),
        (f64::INFINITY, Unit::Nanoseconds, "∞"),
        (f64::NEG_INFINITY, Unit::Bytes, "-∞"),
        (512.0, Unit::Bytes, "512 B"),
        (512.5, Unit::Bytes, "512.5 B"),
        (1_023.0, Unit::Bytes, "1023 B"),
        (1_023.96, Unit::Bytes, "1.000 KiB"),
        (1_024.0, Unit::Bytes, "1.000 KiB"),
        (10.0 * 1_048_576.0, Unit::Bytes, "10.00 MiB"),
        (1_023.99 * 1_048_576.0, Unit::Bytes, "1.000 GiB"),
        (10.0 * 1_048_576.0, Unit::BytesPerSecond, "10.00 MiB/s"),
        (12.0, Unit::Count, "12"),
        (1_234_567.0, Unit::Count, "1_234_567"),
        (1_234.6, Unit::Count, "1_235"),
        (12.345_6, Unit::Count, "12.35"),
        (12.5, Unit::Count, "12.5"),
        (1e18, Unit::Count, "1.000e18"),
        (0.000_012_345, Unit::Count, "1.234e-5"),
        (0.005, Unit::Ratio, "0.5%"),
        (0.031_21, Unit::Ratio, "3.121%"),
        (1.0, Unit::Ratio, "100%"),
        (0.0, Unit::Ratio, "0%"),
        (f64::MAX, Unit::Ratio, "1.798e308"),
        (5.0, Unit::PerSecond, "5/s"),
        (12.0, Unit::Other("widgets".to_owned()), "12 widgets"),
        (12.0, Unit::Other(String::new()), "12 "),
    ];
    for (value, unit, expected) in cases {
        assert_eq!(format_value(*value, unit), *expected, "{value:e} {unit:?}");
    }
}

#[test]
fn durations_are_shown_to_people() {
    let cases = [
        (Duration::ZERO, "0 s"),
        (Duration::from_nanos(12), "12 ns"),
        (Duration::from_nanos(1_500), "1.5 µs"),
        (Duration::from_micros(999), "999 µs"),
        (Duration::from_nanos(999_600), "1 ms"),
        (Duration::from_millis(15), "15 ms"),
        (Duration::from_micros(15_400), "15 ms"),
        (Duration::from_millis(200), "200 ms"),
        (Duration::from_micros(999_700), "1 s"),
        (Duration::from_millis(3_200), "3.2 s"),
        (Duration::from_secs(59), "59 s"),
        (Duration::from_millis(59_960), "1 min"),
        (Duration::from_secs(60), "1 min"),
        (Duration::from_secs(90), "1 min 30 s"),
        (Duration::from_secs(480), "8 min"),
        (Duration::from_millis(3_599_700), "1 h"),
        (Duration::from_secs(3_720), "1 h 2 min"),
        (Duration::from_secs(360_000), "100 h"),
    ];
    for (duration, expected) in cases {
        assert_eq!(format_duration(duration), expected, "{duration:?}");
    }
    assert_eq!(format_duration(Duration::MAX), "5124095576030431 h");
}

#[test]
fn changes_are_percent_until_they_double() {
    let cases = [
        (0.0, "0.0%"),
        (-0.0, "0.0%"),
        (0.031_f64.ln_1p(), "+3.1%"),
        ((-0.004_f64).ln_1p(), "-0.40%"),
        (0.009_96_f64.ln_1p(), "+1.0%"),
        (0.999_f64.ln_1p(), "+99.9%"),
        (0.999_6_f64.ln_1p(), "×2.0"),
        (2.4_f64.ln(), "×2.4"),
        (9.96_f64.ln(), "×10"),
        (24.2_f64.ln(), "×24"),
        (1.24e9_f64.ln(), "×1.2e9"),
        (1_000.0, "×2.0e434"),
        (0.5_f64.ln(), "-50.0%"),
        (0.000_3_f64.ln(), "-99.97%"),
        (-1_000.0, "<-99.99%"),
        (1e-300, "+0.00%"),
        (f64::INFINITY, "+∞"),
        (f64::NEG_INFINITY, "-∞"),
        (f64::NAN, "n/a"),
    ];
    for (log, expected) in cases {
        assert_eq!(Change::from_log(log).to_string(), expected, "{log}");
    }
    let padded = format!("[{:>7}]", Change::from_fraction(0.031));
    assert_eq!(padded, "[  +3.1%]");
}

#[test]
fn a_quantity_shows_itself() {
    assert_eq!(quantity("250 us").to_string(), "250.0 µs");
}

fn any_known_unit() -> impl Strategy<Value = Unit> {
    prop::sample::select(vec![
        Unit::Nanoseconds,
        Unit::Bytes,
        Unit::Count,
        Unit::Ratio,
        Unit::PerSecond,
        Unit::BytesPerSecond,
    ])
}

proptest! {
    #[test]
    fn what_is_shown_can_be_read_back(mantissa in 1.0..10.0_f64, exponent in -200..200_i32, unit in any_known_unit()) {
        let value = mantissa * 10_f64.powi(exponent);
        let text = format_value(value, &unit);
        let read = quantity(&text);
        prop_assert_eq!(&read.unit, &unit, "{}", text);
        prop_assert!(close(read.value, value, 0.000_51), "{} -> {} -> {}", value, text, read.value);
    }

    #[test]
    fn a_shown_duration_can_be_read_back(nanos in 1_u64..1_000_000_000_000_000) {
        let duration = Duration::from_nanos(nanos);
        let text = format_duration(duration);
        let read = parse_duration(&text).unwrap();
        prop_assert!(close(read.as_secs_f64(), duration.as_secs_f64(), 0.051), "{:?} -> {}", duration, text);
    }

    #[test]
    fn showing_never_panics(bits in any::<u64>(), unit in any_known_unit()) {
        let value = f64::from_bits(bits);
        let _ = format_value(value, &unit);
        let _ = Change::from_log(value).to_string();
    }

    #[test]
    fn reading_never_panics(text in any::<String>()) {
        let _ = parse_quantity(&text);
        let _ = parse_percent(&text);
        let _ = parse_duration(&text);
    }

    #[test]
    fn near_misses_never_panic_and_values_are_sound(text in "[-+0-9._eE%/ nusmhkKMGiB\u{b5}]{0,12}") {
        if let Ok(read) = parse_quantity(&text) {
            prop_assert!(read.value.is_finite() && read.value >= 0.0, "{}", text);
        }
        if let Ok(read) = parse_percent(&text) {
            prop_assert!(read.is_finite() && read >= 0.0, "{}", text);
        }
        let _ = parse_duration(&text);
    }

    #[test]
    fn a_change_reads_as_the_same_size(fraction in -0.99..0.99_f64) {
        let text = Change::from_fraction(fraction).to_string();
        let shown: f64 = text.trim_end_matches('%').parse().unwrap();
        prop_assert!((shown / 100.0 - fraction).abs() <= 0.000_51, "{} -> {}", fraction, text);
    }
}
