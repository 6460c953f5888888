//! The cells of a row as text, the same in terminal and Markdown. Names are as they are: each renderer escapes.

use super::model::Row;
use crate::budget::Enforcement;
use crate::compare::OverheadBounds;
use crate::measurement::{Metric, OVERHEAD};
use crate::units::{Change, Unit, format_value};
use crate::verdict::Limit;

/// Stands where there is nothing to say.
pub(super) const NOTHING: &str = "-";

/// `250.0 µs`, or `-` for what is no number.
fn value(value: f64, metric: Option<&Metric>) -> String {
    if value.is_nan() {
        return NOTHING.to_owned();
    }
    format_value(value, metric.map_or(&Unit::Count, |metric| &metric.unit))
}

fn change(change: Change) -> String {
    if change.log().is_nan() {
        NOTHING.to_owned()
    } else {
        change.to_string()
    }
}

/// A size without its sign.
pub(super) fn size(size: Change) -> String {
    let magnitude = Change::from_log(size.log().abs());
    change(magnitude).trim_start_matches(['+', '±']).to_owned()
}

/// Whether the row is about a ratio; other rows are about one side's value.
pub(super) fn is_relative(row: &Row) -> bool {
    row.overhead.is_some()
        || (row.comparison.is_some() && !matches!(row.limit, Limit::Max(_) | Limit::Min(_)))
}

/// `suite/name`, and the metric where it is not the ordinary one.
pub(super) fn name(row: &Row) -> String {
    if row.benchmark.suite == OVERHEAD {
        return format!("overhead of {}", row.benchmark.name);
    }
    match &row.metric {
        Some(metric) if metric.name != "time" => format!("{} [{}]", row.benchmark, metric.name),
        _ => row.benchmark.to_string(),
    }
}

/// Typical value of the base side; of a claim, without what it is about.
pub(super) fn base(row: &Row) -> String {
    if let Some(overhead) = &row.overhead {
        return value(overhead.off, row.metric.as_ref());
    }
    row.comparison
        .as_ref()
        .filter(|_| is_relative(row))
        .map_or_else(
            || NOTHING.to_owned(),
            |comparison| value(comparison.base, row.metric.as_ref()),
        )
}

/// Typical value of the candidate; of a claim, with what it is about.
pub(super) fn head(row: &Row) -> String {
    if let Some(overhead) = &row.overhead {
        return value(overhead.on, row.metric.as_ref());
    }
    match (&row.comparison, &row.absolute) {
        (Some(comparison), _) if is_relative(row) => {
            value(comparison.candidate, row.metric.as_ref())
        }
        (_, Some(estimate)) => value(estimate.value, row.metric.as_ref()),
        _ => NOTHING.to_owned(),
    }
}

/// `+10.0% [+8.1%, +12.2%]`; `-` for rows that are not relative.
pub(super) fn change_with_interval(row: &Row) -> String {
    if let Some(OverheadBounds {
        estimate,
        low,
        high,
    }) = row.overhead.as_ref().map(|overhead| overhead.relative)
    {
        return format!("{} [{}, {}]", change(estimate), change(low), change(high));
    }
    match &row.comparison {
        Some(comparison) if is_relative(row) => format!(
            "{} [{}, {}]",
            change(comparison.effect),
            change(comparison.interval.low),
            change(comparison.interval.high)
        ),
        _ => NOTHING.to_owned(),
    }
}

/// `[270.2 µs, 280.3 µs]` around the value of a row that is not relative.
pub(super) fn value_interval(row: &Row) -> Option<String> {
    let estimate = row.absolute.as_ref().filter(|_| !is_relative(row))?;
    let bound = |bound: f64| {
        if bound.is_infinite() {
            if bound > 0.0 { "∞" } else { "-∞" }.to_owned()
        } else {
            value(bound, row.metric.as_ref())
        }
    };
    Some(format!(
        "[{}, {}]",
        bound(estimate.low),
        bound(estimate.high)
    ))
}

/// `slower 5.0%`, `max 250 µs, warn`.
pub(super) fn limit(row: &Row) -> String {
    let limit = match &row.limit {
        Limit::Slower(tolerance) => format!("slower {}", size(*tolerance)),
        Limit::Max(quantity) => format!("max {quantity}"),
        Limit::Min(quantity) => format!("min {quantity}"),
        Limit::Overhead {
            relative, absolute, ..
        } => match absolute {
            Some(absolute) => format!("overhead {}, {absolute}", size(*relative)),
            None => format!("overhead {}", size(*relative)),
        },
        Limit::None => return NOTHING.to_owned(),
    };
    match row.severity {
        Enforcement::Error => limit,
        Enforcement::Warn => format!("{limit}, warn"),
    }
}

/// Smallest change that this check would have found in 80 % of cases.
pub(super) fn detectable(row: &Row) -> String {
    match &row.comparison {
        Some(comparison) if is_relative(row) => size(comparison.detectable),
        _ => NOTHING.to_owned(),
    }
}

/// Name of a row as tables show it, in at most `columns` columns, safe wherever plain text is shown.
#[must_use]
pub fn short_name(row: &Row, columns: usize) -> String {
    super::markdown::short(&name(row), columns)
}

/// `parse/large: regressed, +10.0% [+8.1%, +12.2%], base 250.0 µs, head 275.0 µs, budget slower 5.0%`: one row as one line of
/// plain text, safe and short whatever its names are.
#[must_use]
pub fn row_line(row: &Row) -> String {
    let mut parts = vec![row.verdict.as_str().to_owned()];
    match (is_relative(row), value_interval(row)) {
        (false, Some(interval)) => parts.push(interval),
        _ => parts.push(change_with_interval(row)),
    }
    for (what, text) in [
        ("base", base(row)),
        ("head", head(row)),
        ("budget", limit(row)),
    ] {
        parts.push(format!("{what} {text}"));
    }
    parts.retain(|part| part != NOTHING && !part.ends_with(" -"));
    let facts = super::markdown::short(&parts.join(", "), 200);
    format!("{}: {facts}", short_name(row, 100))
}
