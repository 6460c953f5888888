//! Amounts that only workloads have: sizes, rates, shares, large counts, whole seconds.

use super::{Refusal, integer_text, string, time};
use crate::budget::keys::MOST_RATE;
use crate::units::{self, Unit, format_value};
use std::time::Duration;
use toml::de::DeValue;

/// Windows are no longer than what is driven.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) fn large(found: &DeValue<'_>, least: u64, most: u64) -> Result<u64, Box<Refusal>> {
    let expected = format!("a whole number from {least} to {most}");
    let DeValue::Integer(number) = found else {
        return Err(Refusal::wrong_type(&expected, found));
    };
    integer_text(number)
        .parse::<u64>()
        .ok()
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| Refusal::new(format!("must be {expected}"), "out of range"))
}

/// Whole bytes, rounded.
pub(super) fn size(found: &DeValue<'_>, least: u64, most: u64) -> Result<u64, Box<Refusal>> {
    bytes(found, "a size in quotes", &Unit::Bytes, least, most)
}

/// Whole bytes per second, rounded.
pub(super) fn bandwidth(found: &DeValue<'_>, least: u64, most: u64) -> Result<u64, Box<Refusal>> {
    let expected = "bytes per second in quotes";
    bytes(found, expected, &Unit::BytesPerSecond, least, most)
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "bounds are far below 2^53, and the value is between them"
)]
fn bytes(
    found: &DeValue<'_>,
    expected: &str,
    unit: &Unit,
    least: u64,
    most: u64,
) -> Result<u64, Box<Refusal>> {
    let value = of_unit(found, expected, unit)?.round();
    if value < least as f64 || value > most as f64 {
        let (least, most) = (
            format_value(least as f64, unit),
            format_value(most as f64, unit),
        );
        return Err(Refusal::new(
            format!("must be from {least} to {most}"),
            "out of range",
        ));
    }
    Ok(value as u64)
}

/// Events per second; 0 is none.
pub(super) fn rate(found: &DeValue<'_>) -> Result<f64, Box<Refusal>> {
    let rate = of_unit(found, "a rate in quotes", &Unit::PerSecond)?;
    if rate > MOST_RATE {
        let most = format_value(MOST_RATE, &Unit::PerSecond);
        return Err(Refusal::new(
            format!("must be from 0/s to {most}"),
            "out of range",
        ));
    }
    Ok(rate)
}

fn of_unit(found: &DeValue<'_>, expected: &str, unit: &Unit) -> Result<f64, Box<Refusal>> {
    let text = string(found, expected)?;
    let quantity = units::parse_quantity(text)
        .map_err(|error| Refusal::new(format!("is wrong: {error}"), format!("not {expected}")))?;
    if quantity.unit != *unit {
        return Err(Refusal::new(
            format!("must be {expected}"),
            format!("this is in {}", quantity.unit),
        ));
    }
    Ok(quantity.value)
}

/// A share of a whole.
pub(super) fn share(found: &DeValue<'_>) -> Result<f64, Box<Refusal>> {
    let text = string(found, "a percentage in quotes")?;
    let share = units::parse_percent(text)
        .map_err(|error| Refusal::new(format!("is wrong: {error}"), "not a percentage"))?;
    if share <= 0.0 || share > 1.0 {
        let message = "must be above 0% and at most 100%: it is a share of all";
        return Err(Refusal::new(message, "not a share"));
    }
    Ok(share)
}

pub(super) fn seconds(found: &DeValue<'_>, least: u64) -> Result<Duration, Box<Refusal>> {
    let length = time(found, Duration::from_secs(least), DAY)?;
    if length.subsec_nanos() != 0 {
        return Err(
            Refusal::new("must be whole seconds", "has a part of a second")
                .note("windows are made of the histograms of whole seconds"),
        );
    }
    Ok(length)
}

/// `p99.9` is 0.999.
pub(super) fn percentile(found: &DeValue<'_>) -> Result<f64, Box<Refusal>> {
    let expected = "a percentile such as \"p99\"";
    let text = string(found, expected)?;
    crate::workload::calls::quantile(text).ok_or_else(|| {
        Refusal::new(
            format!("must be {expected}, above p0 and below p100"),
            "not a percentile",
        )
    })
}
