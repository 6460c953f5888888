//! The metrics of calls: percentiles that enough calls stand behind, rates and counts.

use super::{Counts, packed};
use crate::measurement::{Evidence, Histogram, HistogramError, Metric};
use crate::units::Unit;
use crate::workload::record::Times;
use crate::workload::scenario::Window;
use std::time::Duration;

/// Calls that have to lie beyond a percentile for it to be told.
pub const CALLS_BEYOND: f64 = 20.0;

/// Percentiles that every benchmark of calls has.
const PERCENTILES: [(&str, f64); 5] = [
    ("p50", 0.5),
    ("p90", 0.9),
    ("p95", 0.95),
    ("p99", 0.99),
    ("p99.9", 0.999),
];

/// Before the name of a percentile, mean or maximum of service times.
const SERVICE: &str = "service-";

/// Metrics that every benchmark of calls has, in their order; windows come after them.
pub const METRICS_OF_CALLS: [&str; 18] = [
    "p50",
    "p90",
    "p95",
    "p99",
    "p99.9",
    "mean",
    "max",
    "service-p50",
    "service-p90",
    "service-p95",
    "service-p99",
    "service-p99.9",
    "service-mean",
    "service-max",
    "error-rate",
    "throughput",
    "requests",
    "response-time",
];

pub(super) const NO_CALLS: &str = "no call went well or was given up at its time limit";

const NOT_CALLED: &str = "it was not called in this run";

/// The share that a metric is the percentile of, between 0 and 1: `p99`, `service-p99.9`, `p95@30s`. `None` for other
/// metrics.
#[must_use]
pub fn quantile_of(metric: &str) -> Option<f64> {
    let name = metric.strip_prefix(SERVICE).unwrap_or(metric);
    let (name, length) = match name.split_once('@') {
        Some((name, length)) => (name, Some(length)),
        None => (name, None),
    };
    let is_length = |text: &str| {
        (text.strip_suffix('s')).is_some_and(|seconds| {
            !seconds.is_empty() && seconds.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    if length.is_some_and(|length| !is_length(length)) {
        return None;
    }
    let digits = name.strip_prefix('p')?;
    if !digits.starts_with(|first: char| first.is_ascii_digit())
        || !digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        return None;
    }
    let percent: f64 = digits.parse().ok()?;
    (percent > 0.0 && percent < 100.0).then_some(percent / 100.0)
}

/// Calls that a percentile needs: 20/(1-p), rounded to the next whole number. `share` is between 0 and 1.
#[must_use]
pub fn calls_needed(share: f64) -> u64 {
    // 0.999 has no exact binary form: what is a hair above a whole number is that number.
    let needed = CALLS_BEYOND / (1.0 - share);
    (needed - 1e-6 * needed).ceil().max(1.0) as u64
}

/// Name of the metric of a sliding window: `p99@30s`.
#[must_use]
pub fn window_metric(window: &Window) -> String {
    // 0.999 * 100 is 99.9 but for the last bits.
    let percent = (window.quantile * 100.0 * 1e9).round() / 1e9;
    format!("p{percent}@{}s", window.length.as_secs())
}

fn time(name: impl Into<String>) -> Metric {
    Metric::lower(name, Unit::Nanoseconds)
}

/// Metrics of calls of which there were some.
pub(super) fn of_calls(
    times: &Times,
    counts: Counts,
    window: Duration,
    windows: Vec<(String, Option<f64>)>,
) -> Result<Vec<(Metric, Evidence)>, HistogramError> {
    let mut metrics = Vec::with_capacity(METRICS_OF_CALLS.len() + windows.len());
    put_times(&mut metrics, "", &times.response);
    put_times(&mut metrics, SERVICE, &times.service);
    let error_rate = if counts.all == 0 {
        Evidence::withheld(NOT_CALLED)
    } else {
        let failed = counts.all.saturating_sub(counts.good);
        Evidence::Value(failed as f64 / counts.all as f64)
    };
    let throughput = if window.is_zero() {
        Evidence::withheld("nothing was measured: the warm-up is as long as the run")
    } else {
        Evidence::Value(counts.good as f64 / window.as_secs_f64())
    };
    metrics.push((Metric::lower("error-rate", Unit::Ratio), error_rate));
    metrics.push((Metric::higher("throughput", Unit::PerSecond), throughput));
    metrics.push((requests(), Evidence::Value(counts.all as f64)));
    metrics.push((time("response-time"), packed(times)?));
    metrics.extend(windows.into_iter().map(|(name, value)| {
        let told = value.filter(|value| value.is_finite() && *value >= 0.0);
        let evidence = told.map_or_else(
            || Evidence::withheld("no window of this length had calls"),
            Evidence::Value,
        );
        (time(name), evidence)
    }));
    Ok(metrics)
}

/// In a closed model a faster target gets more of them; in an open one they are as many as were asked for.
fn requests() -> Metric {
    Metric::higher("requests", Unit::Count)
}

/// The metrics of what was not called: how often, which is never, and why there are no others.
pub(super) fn withheld_calls(windows: Vec<(String, Option<f64>)>) -> Vec<(Metric, Evidence)> {
    let withheld = || Evidence::withheld(NOT_CALLED);
    let of = |name: &str| match name {
        "error-rate" => (Metric::lower(name, Unit::Ratio), withheld()),
        "throughput" => (Metric::higher(name, Unit::PerSecond), withheld()),
        "requests" => (requests(), Evidence::Value(0.0)),
        name => (time(name), withheld()),
    };
    let windows = windows
        .into_iter()
        .map(|(name, _)| (time(name), withheld()));
    METRICS_OF_CALLS
        .into_iter()
        .map(of)
        .chain(windows)
        .collect()
}

fn put_times(metrics: &mut Vec<(Metric, Evidence)>, prefix: &str, times: &Histogram) {
    let calls = times.len();
    for (name, share) in PERCENTILES {
        let needed = calls_needed(share);
        let evidence = match times.quantile(share) {
            None => Evidence::withheld(NO_CALLS),
            Some(_) if calls < needed => Evidence::withheld(format!(
                "{calls} calls, and {name} needs {needed}: let the run last longer or make more calls"
            )),
            Some(value) => Evidence::Value(value as f64),
        };
        metrics.push((time(format!("{prefix}{name}")), evidence));
    }
    let told =
        |value: Option<f64>| value.map_or_else(|| Evidence::withheld(NO_CALLS), Evidence::Value);
    metrics.push((time(format!("{prefix}mean")), told(times.mean())));
    let max = times.max().map(|max| max as f64);
    metrics.push((time(format!("{prefix}max")), told(max)));
}
