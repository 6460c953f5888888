//! What is said of a claim of low cost, and of what a waiver excuses.

use super::cells::size;
use super::model::{Row, WaiverLine};
use super::text::plural;
use crate::compare::{Overhead, OverheadStanding};
use crate::measurement::Metric;
use crate::units::{Change, Quantity, Unit, format_value};
use crate::verdict::{Limit, VerdictKind};

/// `PROVEN overhead <= 1.0% and <= 5.000 ms: upper 95% bound 0.62% / 400.0 µs (estimate 0.21%), 24 processes a side`.
///
/// Never "no significant overhead": a bound below the limit is a proof, and its absence is none of the contrary.
pub(super) fn statement(
    overhead: &Overhead,
    limit: &Limit,
    metric: Option<&Metric>,
) -> Option<String> {
    let Limit::Overhead {
        relative, absolute, ..
    } = limit
    else {
        return None;
    };
    let unit = metric.map_or(&Unit::Count, |metric| &metric.unit);
    let both = |relative: Change, of_absolute: f64| match absolute {
        Some(_) => format!("{} / {}", signed(relative), format_value(of_absolute, unit)),
        None => signed(relative),
    };
    let upper = format!(
        "upper 95% bound {} (estimate {})",
        both(overhead.relative.high, overhead.absolute.high),
        signed(overhead.relative.estimate)
    );
    let claim = claim(*relative, absolute.as_ref());
    let processes = format!("{} processes a side", overhead.pairs);
    Some(match overhead.standing {
        OverheadStanding::Proven => format!("PROVEN {claim}: {upper}, {processes}"),
        OverheadStanding::NotProven => {
            let more = overhead.more_pairs.map_or_else(
                || "more pairs are not likely to prove it".to_owned(),
                |more| format!("needs ~{}", plural(more, "more pair")),
            );
            format!("NOT PROVEN {claim}: {upper}, {processes}, {more}")
        }
        OverheadStanding::Violated => format!(
            "VIOLATED {claim}: lower bound {} (estimate {}), {processes}",
            both(overhead.relative.low, overhead.absolute.low),
            signed(overhead.relative.estimate)
        ),
        OverheadStanding::InvalidDesign => format!(
            "INVALID DESIGN of {claim}: {upper}, lower bound {}, {processes}",
            signed(overhead.relative.low)
        ),
    })
}

fn claim(relative: Change, absolute: Option<&Quantity>) -> String {
    let relative = size(relative);
    match absolute {
        Some(absolute) => format!("overhead <= {relative} and <= {absolute}"),
        None => format!("overhead <= {relative}"),
    }
}

/// Without a plus; a bound below zero keeps its minus.
fn signed(change: Change) -> String {
    change.to_string().trim_start_matches('+').to_owned()
}

/// `excused up to +12.0% until 2027-01-31: correctness fix (#123; budgets.toml:40)`.
pub(super) fn waived_text(row: &Row, waiver: &WaiverLine) -> String {
    let up_to = match (&row.limit, waiver.slower, &waiver.max) {
        (Limit::Max(_), _, Some(max)) => max.to_string(),
        (_, Some(slower), _) => slower.to_string(),
        (_, None, Some(max)) => max.to_string(),
        (_, None, None) => String::new(),
    };
    let place = format!("{}:{}", waiver.file, waiver.line);
    let follow = match &waiver.issue {
        Some(issue) => format!("{issue}; {place}"),
        None => place,
    };
    format!(
        "WAIVED: excused up to {up_to} until {}: {} ({follow})",
        waiver.until, waiver.reason
    )
}

/// Rows that a waiver excuses.
pub(super) fn waived(rows: &[Row]) -> impl Iterator<Item = (&Row, &WaiverLine)> {
    rows.iter()
        .filter(|row| row.verdict == VerdictKind::Waived)
        .filter_map(|row| Some((row, row.waiver.as_ref()?)))
}
