//! Whether `max` and `min` of a budget make sense for its metric.

use super::mistakes::Mistakes;
use super::raw::Section;
use crate::diagnostic::Code;
use crate::measurement::Better;
use crate::units::Unit;
use crate::workload::calls;

/// The unit of a metric that tollgate measures itself; other names are the user's own.
///
/// Benchmarks of workloads have more of them: [`of_workload`].
pub(crate) fn unit_of(metric: &str) -> Option<Unit> {
    match metric {
        "time" | "cpu-time" | "user-time" | "system-time" => Some(Unit::Nanoseconds),
        "peak-rss"
        | "bytes-allocated"
        | "max-bytes-allocated"
        | "bytes-deallocated"
        | "bytes-grown"
        | "bytes-shrunk" => Some(Unit::Bytes),
        "allocations" | "max-allocations" | "deallocations" | "grows" | "shrinks"
        | "instructions" => Some(Unit::Count),
        _ => None,
    }
}

/// Unit and better side of a metric that tollgate measures of workloads; other names are counters of the target's own.
///
/// Elsewhere some of these names are the user's: `requests` per second of a command, `max` of whatever.
pub(crate) fn of_workload(metric: &str) -> Option<(Unit, Better)> {
    if calls::percentile(metric).is_some() {
        return Some((Unit::Nanoseconds, Better::Lower));
    }
    let unit = match metric {
        "mean" | "max" | "service-mean" | "service-max" | "response-time" | "cold-start" => {
            Unit::Nanoseconds
        }
        "error-rate" => Unit::Ratio,
        "leak" => Unit::BytesPerMinute,
        "threads" | "fds" | "invalid-runs" => Unit::Count,
        "throughput" => return Some((Unit::PerSecond, Better::Higher)),
        // More calls than the base made are more work done.
        "requests" => return Some((Unit::Count, Better::Higher)),
        _ => return unit_of(metric).map(|unit| (unit, Better::Lower)),
    };
    Some((unit, Better::Lower))
}

/// The unit of a metric of benchmarks that are a workload's, or not.
pub(super) fn unit_in(metric: &str, is_workload: bool) -> Option<Unit> {
    if is_workload {
        of_workload(metric).map(|(unit, _)| unit)
    } else {
        unit_of(metric)
    }
}

/// A ceiling of bytes for a time would never be compared.
pub(super) fn fits_metric(
    section: &Section,
    key: &str,
    metric: &str,
    unit: Option<&Unit>,
    mistakes: &mut Mistakes,
) {
    let (Some(limit), Some(unit)) = (section.quantity(key), unit) else {
        return;
    };
    // Averages are counts too: `0.5` allocations a call is a fair limit.
    if limit.unit == *unit {
        return;
    }
    let (name, example) = match unit {
        Unit::Nanoseconds => ("a time", "\"250 us\""),
        Unit::Bytes => ("a size", "\"10 MiB\""),
        Unit::Ratio => ("a share", "\"1%\""),
        Unit::PerSecond => ("a number per second", "\"100/s\""),
        Unit::BytesPerMinute => ("a size per minute", "\"1 MiB/min\""),
        _ => ("a count", "1_000"),
    };
    let found = match limit.unit {
        Unit::Nanoseconds => "a time",
        Unit::Bytes => "a size",
        Unit::Ratio => "a percentage",
        Unit::Count => "a bare number",
        _ => "a rate",
    };
    let message = format!("`{key}` must be {name}, because the metric is `{metric}`");
    let span = section.span_of(key);
    mistakes.push(
        mistakes
            .mistake(
                Code::InvalidValue,
                span,
                message,
                format!("this is {found}"),
            )
            .with_help(format!("write for example `{key} = {example}`")),
    );
}

/// Both limits at once must leave room.
pub(super) fn is_a_range(section: &Section, mistakes: &mut Mistakes) {
    let (Some(max), Some(min)) = (section.quantity("max"), section.quantity("min")) else {
        return;
    };
    let message = if max.unit != min.unit {
        format!(
            "`max` and `min` have different units: {} and {}",
            max.unit, min.unit
        )
    } else if max.value < min.value {
        format!("`max` ({max}) is below `min` ({min}), so that no value can hold both")
    } else {
        return;
    };
    let line = mistakes.line(section.span_of("min").start);
    let span = section.span_of("max");
    mistakes.push(
        mistakes
            .mistake(
                Code::InvalidValue,
                span,
                message,
                format!("`min` is in line {line}"),
            )
            .with_help("`max` is the ceiling, `min` the floor"),
    );
}
