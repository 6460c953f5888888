//! Reading what people write.
//!
//! The grammar is small on purpose: a decimal number, a space or none, a unit. Every refusal repeats the text
//! and shows what would have been understood, because these messages are read in the middle of a broken build.

use super::{Quantity, Unit};
use std::time::Duration;

/// Why a text is no quantity; `Display` says what was meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ParseQuantityError(pub String);

fn fail<T>(message: String) -> Result<T, ParseQuantityError> {
    Err(ParseQuantityError(message))
}

const QUANTITY_EXAMPLE: &str = "\"250 us\", \"10 MiB\", \"1_000\" or \"0.5%\"";
const DURATION_EXAMPLE: &str = "\"90 s\" or \"1 h 30 min\"";

/// Largest to smallest; `(name, nanoseconds)`. The first name of a size is the one to suggest.
const TIMES: &[(&str, f64)] = &[
    ("h", 3_600e9),
    ("min", 60e9),
    ("s", 1e9),
    ("ms", 1e6),
    ("us", 1e3),
    ("\u{b5}s", 1e3),  // micro sign, what most keyboards give
    ("\u{3bc}s", 1e3), // Greek mu, what Unicode prefers
    ("ns", 1.0),
    ("ps", 1e-3),
];

const SIZES: &[(&str, f64)] = &[
    ("B", 1.0),
    ("kB", 1e3),
    ("KB", 1e3),
    ("MB", 1e6),
    ("GB", 1e9),
    ("TB", 1e12),
    ("KiB", 1024.0),
    ("MiB", 1_048_576.0),
    ("GiB", 1_073_741_824.0),
    ("TiB", 1_099_511_627_776.0),
];

/// `"250 us"`, `"10 MiB"`, `"1_000"`, `"0.5%"`, `"5/s"`, `"10 MiB/s"`, `"1 MiB/min"`.
///
/// Times come back in nanoseconds, sizes in bytes, percentages as ratios (0.01 is one percent), a bare number
/// as a count. The value is finite and at least zero.
///
/// # Errors
/// Not a number, negative, not finite, unknown unit.
pub fn parse_quantity(text: &str) -> Result<Quantity, ParseQuantityError> {
    let (number, unit) = number_and_rest(text, QUANTITY_EXAMPLE)?;
    let (factor, unit) = unit_of(text, unit)?;
    let value = number * factor;
    if !value.is_finite() {
        return fail(too_large(text, QUANTITY_EXAMPLE));
    }
    Ok(Quantity { value, unit })
}

/// `"3%"` to 0.03. Percent sign required.
///
/// # Errors
/// Not a percentage, negative, not finite.
pub fn parse_percent(text: &str) -> Result<f64, ParseQuantityError> {
    let (number, unit) = number_and_rest(text, "\"3%\"")?;
    match unit {
        "%" => Ok(number / 100.0),
        "" => fail(format!(
            "`{0}` has no percent sign; write \"{0}%\"",
            shown(text)
        )),
        _ => fail(format!(
            "`{}` is not a percentage; write one like \"3%\"",
            shown(text)
        )),
    }
}

/// `"8 min"`, `"90 s"`, `"1 h 30 min"`: one or more parts, each unit at most once, the larger first.
///
/// # Errors
/// Not a duration, negative, not finite, unknown unit.
pub fn parse_duration(text: &str) -> Result<Duration, ParseQuantityError> {
    let mut rest = text.trim();
    let mut total = Duration::ZERO;
    let mut previous = f64::INFINITY;
    loop {
        let (number, after) = number_and_rest(rest, DURATION_EXAMPLE)?;
        let end = after
            .find(|c: char| c.is_whitespace() || c.is_ascii_digit())
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        if unit.is_empty() {
            return fail(format!(
                "`{}` has no unit; write a duration like {DURATION_EXAMPLE}",
                shown(text)
            ));
        }
        let Some(&(_, nanos)) = TIMES.iter().find(|(name, _)| *name == unit) else {
            let known = "h, min, s, ms, us, ns";
            return fail(unknown_unit(text, unit, TIMES.iter(), known));
        };
        if nanos >= previous {
            return fail(format!(
                "`{}` must name each unit once, the larger first, like \"1 h 30 min\"",
                shown(text)
            ));
        }
        previous = nanos;
        let part = Duration::try_from_secs_f64(number * (nanos / 1e9));
        let Some(sum) = part.ok().and_then(|part| total.checked_add(part)) else {
            return fail(too_large(text, DURATION_EXAMPLE));
        };
        total = sum;
        rest = after.trim_start();
        if rest.is_empty() {
            return Ok(total);
        }
    }
}

/// The unit and its factor to the base unit.
fn unit_of(text: &str, unit: &str) -> Result<(f64, Unit), ParseQuantityError> {
    let size = |name: &str| SIZES.iter().find(|(known, _)| *known == name);
    if let Some(per) = unit.strip_suffix("/s") {
        let per = per.trim_end();
        if per.is_empty() {
            return Ok((1.0, Unit::PerSecond));
        }
        if let Some(&(_, factor)) = size(per) {
            return Ok((factor, Unit::BytesPerSecond));
        }
        return fail(format!(
            "`{}` is not a rate; write one like \"500/s\" or \"10 MiB/s\"",
            shown(text)
        ));
    }
    if let Some(per) = unit.strip_suffix("/min") {
        if let Some(&(_, factor)) = size(per.trim_end()) {
            return Ok((factor, Unit::BytesPerMinute));
        }
        return fail(format!(
            "`{}` is not a rate; only sizes are counted by the minute, like \"1 MiB/min\"",
            shown(text)
        ));
    }
    match unit {
        "" => Ok((1.0, Unit::Count)),
        "%" => Ok((0.01, Unit::Ratio)),
        _ => {
            if let Some(&(_, factor)) = TIMES.iter().find(|(name, _)| *name == unit) {
                return Ok((factor, Unit::Nanoseconds));
            }
            if let Some(&(_, factor)) = size(unit) {
                return Ok((factor, Unit::Bytes));
            }
            fail(unknown_unit(
                text,
                unit,
                TIMES.iter().chain(SIZES),
                "ns, us, ms, s, min, h; B, kB, MB, GB, KiB, MiB, GiB; %; /s; /min after a size; or none for a count",
            ))
        }
    }
}

fn unknown_unit(
    text: &str,
    unit: &str,
    mut candidates: impl Iterator<Item = &'static (&'static str, f64)> + Clone,
    known: &str,
) -> String {
    // `KIB`, `Ms`, `sec`: either the case is wrong or the word is longer than the symbol.
    let same_but_case = candidates
        .clone()
        .map(|(name, _)| *name)
        .find(|name| name.eq_ignore_ascii_case(unit));
    let word = match unit.to_lowercase().trim_end_matches('s') {
        "sec" | "second" => Some("s"),
        "minute" | "m" => Some("min"),
        "hour" | "hr" => Some("h"),
        "msec" | "milli" | "millisecond" => Some("ms"),
        "usec" | "micro" | "microsecond" => Some("us"),
        "nsec" | "nano" | "nanosecond" => Some("ns"),
        "byte" => Some("B"),
        _ => None,
    };
    let word = word.filter(|word| candidates.any(|(name, _)| name == word));
    let hint = same_but_case
        .or(word)
        .map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
    format!(
        "`{}` has the unknown unit `{}`{hint} (known: {known})",
        shown(text),
        shown(unit)
    )
}

/// Splits off the leading number, which is finite and not negative, and trims what follows.
fn number_and_rest<'t>(text: &'t str, example: &str) -> Result<(f64, &'t str), ParseQuantityError> {
    let text = text.trim();
    if text.is_empty() {
        return fail(format!("the text is empty; write something like {example}"));
    }
    if let Some(after) = text.strip_prefix(['-', '\u{2212}']) {
        let kind = if after.trim_start().starts_with(|c: char| c.is_ascii_digit()) {
            "is negative"
        } else {
            "does not begin with a number"
        };
        return fail(format!(
            "`{}` {kind}; write something like {example}",
            shown(text)
        ));
    }
    let (digits, rest) = text.split_at(number_length(text));
    if digits.is_empty() {
        return fail(format!(
            "`{}` does not begin with a number; write something like {example}",
            shown(text)
        ));
    }
    if rest.starts_with(',') {
        return fail(format!(
            "`{}` has a comma; write `.` before decimals and `_` between thousands",
            shown(text)
        ));
    }
    let grouped = digits
        .split('_')
        .all(|group| group.starts_with(is_digit) && group.ends_with(is_digit));
    let plain = if digits.contains('_') {
        digits.replace('_', "")
    } else {
        digits.to_owned()
    };
    // The scan above lets only digits, `_`, `.` and an exponent through, so `nan` and `inf` cannot come here.
    match plain.parse::<f64>() {
        Ok(value) if grouped && value.is_finite() => Ok((value, rest.trim())),
        Ok(value) if grouped && value.is_infinite() => fail(too_large(text, example)),
        _ => fail(format!(
            "`{}` does not begin with a plain number; write something like {example}",
            shown(text)
        )),
    }
}

fn too_large(text: &str, example: &str) -> String {
    format!(
        "`{}` is too large; write something like {example}",
        shown(text)
    )
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

/// Bytes of the leading `123_456.78e-9`.
fn number_length(text: &str) -> usize {
    let mantissa = text
        .find(|c: char| !(c.is_ascii_digit() || c == '_' || c == '.'))
        .unwrap_or(text.len());
    if mantissa == 0 {
        return 0;
    }
    let Some(exponent) = text[mantissa..].strip_prefix(['e', 'E']) else {
        return mantissa;
    };
    let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let digits = unsigned.find(|c| !is_digit(c)).unwrap_or(unsigned.len());
    if digits == 0 {
        return mantissa;
    }
    text.len() - unsigned.len() + digits
}

/// The text as it may stand in a message: a hostile or endless one is cut.
fn shown(text: &str) -> String {
    const LONGEST: usize = 40;
    let text = text.trim();
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST).chain(['…']).collect()
}
