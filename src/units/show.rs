//! Showing values to people.
//!
//! Whatever is written here can be read back by `parse`, so that a number of a report can be pasted into
//! budgets.toml. That is why thousands are grouped by `_`.

use super::{Change, Unit};
use std::fmt;
use std::time::Duration;

/// Steps of a scale, smallest first: name and how many base units.
type Scale = &'static [(&'static str, f64)];

const TIME: Scale = &[("ns", 1.0), ("µs", 1e3), ("ms", 1e6), ("s", 1e9)];
const SIZE: Scale = &[
    ("B", 1.0),
    ("KiB", 1024.0),
    ("MiB", 1_048_576.0),
    ("GiB", 1_073_741_824.0),
    ("TiB", 1_099_511_627_776.0),
];

/// Four significant digits in a unit that keeps the number short: `1.234 µs`, `10.00 MiB`, `0.5%`, `12/s`.
///
/// Whole counts and bytes below 1 KiB are exact (`1_234_567`, `512 B`). Infinity is `∞`, not a number `n/a`.
#[must_use]
pub fn format_value(value: f64, unit: &Unit) -> String {
    if value.is_nan() {
        return "n/a".to_owned();
    }
    let sign = if value < 0.0 { "-" } else { "" };
    let value = value.abs();
    if value.is_infinite() {
        return format!("{sign}∞");
    }
    let text = match unit {
        Unit::Nanoseconds => scaled(value, TIME),
        Unit::Bytes => scaled(value, SIZE),
        Unit::BytesPerSecond => format!("{}/s", scaled(value, SIZE)),
        Unit::BytesPerMinute => format!("{}/min", scaled(value, SIZE)),
        Unit::Count => count(value),
        Unit::PerSecond => format!("{}/s", count(value)),
        Unit::Ratio => percent(value),
        Unit::Other(name) => format!("{} {name}", count(value)),
    };
    format!("{sign}{text}")
}

/// `8 min`, `1 h 2 min`, `3.2 s`, `15 ms`: what a person needs, not every digit.
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    if nanos == 0 {
        return "0 s".to_owned();
    }
    for (unit, size) in [
        ("ns", 1_u128),
        ("µs", 1_000),
        ("ms", 1_000_000),
        ("s", 1_000_000_000),
    ] {
        // In tenths, rounded; decimals only where they are not noise.
        let tenths = (nanos * 10 + size / 2) / size;
        let limit = if unit == "s" { 600 } else { 10_000 };
        let whole = (tenths + 5) / 10;
        if tenths < limit && (unit == "s" || whole < limit / 10) {
            let shows_tenths = (tenths < 100 || unit == "s") && !tenths.is_multiple_of(10);
            return if shows_tenths {
                format!("{}.{} {unit}", tenths / 10, tenths % 10)
            } else {
                format!("{whole} {unit}")
            };
        }
    }
    let seconds = (nanos + 500_000_000) / 1_000_000_000;
    let (large, small) = if seconds < 3_600 {
        ((seconds / 60, "min"), (seconds % 60, "s"))
    } else {
        let minutes = (seconds + 30) / 60;
        ((minutes / 60, "h"), (minutes % 60, "min"))
    };
    if small.0 == 0 {
        format!("{} {}", large.0, large.1)
    } else {
        format!("{} {} {} {}", large.0, large.1, small.0, small.1)
    }
}

/// Percent of the base with one decimal, two below 1 %, and the factor from a doubling up.
pub(super) fn write_change(change: Change, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.pad(&change_text(change))
}

fn change_text(change: Change) -> String {
    let log = change.log();
    if log.is_nan() {
        return "n/a".to_owned();
    }
    if log.is_infinite() {
        return if log > 0.0 { "+∞" } else { "-∞" }.to_owned();
    }
    if log == 0.0 {
        return "0.0%".to_owned();
    }
    let percent = change.fraction() * 100.0;
    if percent >= 99.95 {
        return factor(log);
    }
    if percent <= -99.995 {
        // `-100%` would say that nothing is left.
        return "<-99.99%".to_owned();
    }
    if percent.abs() < 0.995 || percent <= -99.95 {
        format!("{percent:+.2}%")
    } else {
        format!("{percent:+.1}%")
    }
}

/// `×2.4`, `×24`, `×1.2e9`; from the logarithm, because the factor itself may not fit a float.
fn factor(log: f64) -> String {
    let ratio = log.exp();
    if ratio < 9.95 {
        format!("×{ratio:.1}")
    } else if ratio < 99_999.5 {
        format!("×{ratio:.0}")
    } else {
        let decimal = log / std::f64::consts::LN_10;
        let mut mantissa = format!("{:.1}", 10_f64.powf(decimal.fract()));
        let mut exponent = decimal.trunc();
        if mantissa == "10.0" {
            mantissa = "1.0".to_owned();
            exponent += 1.0;
        }
        format!("×{mantissa}e{exponent:.0}")
    }
}

/// Four significant digits; what rounds up to the next unit is shown in it.
fn scaled(value: f64, scale: Scale) -> String {
    let mut chosen = ("", 1.0);
    for (index, &step) in scale.iter().enumerate() {
        chosen = step;
        let next = scale.get(index + 1).map_or(f64::INFINITY, |next| next.1);
        if four_digits(value / step.1) * step.1 < next {
            break;
        }
    }
    let (unit, size) = chosen;
    let number = value / size;
    if number == 0.0 {
        return format!("0 {unit}");
    }
    // Bytes do not come in fractions unless they were averaged.
    let whole_bytes = unit == "B" && number.fract() == 0.0;
    if whole_bytes {
        format!("{number:.0} {unit}")
    } else {
        format!("{} {unit}", significant(number))
    }
}

/// Exact where whole, otherwise four significant digits, with `_` between thousands.
fn count(value: f64) -> String {
    // Above this a float no longer holds every whole number, and nobody counts the digits.
    const EXACT: f64 = 1e15;
    if value >= EXACT {
        return format!("{value:.3e}");
    }
    if value.fract() == 0.0 || value >= 1_000.0 {
        return grouped(&format!("{value:.0}"));
    }
    trimmed(&significant(value))
}

fn percent(ratio: f64) -> String {
    let percent = ratio * 100.0;
    if percent == 0.0 {
        return "0%".to_owned();
    }
    if !percent.is_finite() {
        // Only for ratios at the very end of the range; as a plain number it still fits.
        return format!("{ratio:.3e}");
    }
    format!("{}%", trimmed(&significant(percent)))
}

fn four_digits(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}

/// Four significant digits of a positive number, in scientific notation where it would get long.
fn significant(value: f64) -> String {
    let rounded = four_digits(value);
    if !(1e-4..1e6).contains(&rounded) {
        return format!("{value:.3e}");
    }
    if rounded >= 1_000.0 {
        return grouped(&format!("{value:.0}"));
    }
    let decimals = [
        (100.0, 1),
        (10.0, 2),
        (1.0, 3),
        (0.1, 4),
        (0.01, 5),
        (0.001, 6),
    ]
    .iter()
    .find(|(from, _)| rounded >= *from)
    .map_or(7, |(_, decimals)| *decimals);
    format!("{value:.decimals$}")
}

fn trimmed(number: &str) -> String {
    if number.contains('e') || !number.contains('.') {
        return number.to_owned();
    }
    number
        .trim_end_matches('0')
        .trim_end_matches('.')
        .to_owned()
}

fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text
}
