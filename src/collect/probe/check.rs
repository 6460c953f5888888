//! What a series says, once it has been found to make sense.

use super::raw::{RawFamily, RawKind, RawSeries};
use tollgate_probe::snapshot::Distribution;

/// The value of one series.
#[derive(Debug, PartialEq)]
pub(super) enum Value {
    Count(u64),
    Level(f64),
    Distribution(Distribution),
}

/// Reads one series of a family.
///
/// # Errors
/// What is wrong with it, to be read after its place.
pub(super) fn value(family: &RawFamily, series: &RawSeries) -> Result<Value, String> {
    let (expected, found) = (family.labels.len(), series.labels.len());
    if expected != found {
        return Err(format!(
            "it has {found} label values, and its family {expected} labels"
        ));
    }
    let given = [
        ("count", series.count.is_some(), RawKind::Counter),
        ("level", series.level.is_some(), RawKind::Gauge),
        ("value", series.value.is_some(), RawKind::FloatGauge),
        ("scale", series.scale.is_some(), RawKind::Histogram),
        ("sum", series.sum.is_some(), RawKind::Histogram),
        ("buckets", series.buckets.is_some(), RawKind::Histogram),
    ];
    for (field, given, kind) in given {
        let word = family.kind.word();
        if given && kind != family.kind {
            return Err(format!("`{field}` does not belong to a {word}"));
        }
        if !given && kind == family.kind {
            return Err(format!("`{field}` of a {word} is missing"));
        }
    }
    if family.kind != RawKind::Histogram && series.outcome != Default::default() {
        return Err(format!(
            "`outcome` does not belong to a {}",
            family.kind.word()
        ));
    }
    if let Some(count) = series.count {
        return Ok(Value::Count(count));
    }
    if let Some(level) = series.level {
        return Ok(Value::Level(level as f64));
    }
    if let Some(value) = series.value {
        return Ok(Value::Level(value.0));
    }
    distribution(series).map(Value::Distribution)
}

fn distribution(series: &RawSeries) -> Result<Distribution, String> {
    let sum = series.sum.as_deref().unwrap_or_default();
    // `parse` takes a plus sign, the format does not.
    let digits = !sum.is_empty() && sum.bytes().all(|byte| byte.is_ascii_digit());
    let sum = sum.parse().ok().filter(|_| digits);
    let sum = sum.ok_or("`sum` is no whole number of at most 128 bits")?;
    let scale = series.scale.unwrap_or_default();
    let buckets = series.buckets.clone().unwrap_or_default();
    Distribution::new(scale, sum, buckets).map_err(|problem| problem.to_string())
}
