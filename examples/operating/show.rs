//! Figures as they stand in the tables.

use tollgate::stats::clopper_pearson;

pub(crate) fn percent(count: u64, all: u64) -> String {
    format!("{:.2} %", 100.0 * count as f64 / all as f64)
}

/// Clopper and Pearson's 95 % interval of a rate.
pub(crate) fn interval(count: u64, all: u64) -> String {
    clopper_pearson(count, all, 0.95).map_or_else(
        || "-".to_owned(),
        |(low, high)| format!("{:.2} to {:.2} %", 100.0 * low, 100.0 * high),
    )
}
