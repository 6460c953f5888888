//! What one run says of a metric.

use crate::measurement::{Histogram, Metric};
use crate::units::Unit;
use crate::workload::leak::leak;
use crate::workload::record::{EndpointRecord, Outcome, Record, Times};
use crate::workload::{ALL, PROCESS, Workload};

/// Calls that must lie beyond a percentile for it to be told.
const BEYOND: f64 = 20.0;

/// What a run says of a metric.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// In the metric's unit.
    Told(f64),
    /// A percentile of too few calls.
    TooFew {
        /// Calls that it would be of.
        calls: u64,
        /// Calls that it takes.
        needed: u64,
    },
    /// The run does not say, and why.
    Unknown(String),
}

/// Calls that a percentile needs: 20 beyond it. `share` is below 1.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float becomes the nearest integer of its range"
)]
pub fn calls_needed(share: f64) -> u64 {
    // 20 / (1 - 0.95) is 400.00000000000034.
    (BEYOND / (1.0 - share) - 1e-6).ceil() as u64
}

/// Calls of an endpoint that went well.
#[must_use]
pub fn good_calls(endpoint: &EndpointRecord) -> u64 {
    endpoint.outcomes.get(&Outcome::Ok).copied().unwrap_or(0)
}

/// Calls of an endpoint that did not.
#[must_use]
pub fn failed_calls(endpoint: &EndpointRecord) -> u64 {
    (endpoint.outcomes.iter())
        .filter(|(outcome, _)| **outcome != Outcome::Ok)
        .fold(0, |sum, (_, count)| u64::saturating_add(sum, *count))
}

/// The metric of a benchmark of the workload (its name without the workload's); `None` where a run has no such metric.
#[must_use]
pub fn observe(
    workload: &Workload,
    record: &Record,
    benchmark: &str,
    metric: &str,
) -> Option<(Metric, Value)> {
    if benchmark == PROCESS {
        return of_process(workload, record, metric);
    }
    let driven = &record.driven;
    let seconds = driven.window.as_secs_f64();
    if let Some(flow) = benchmark.strip_prefix("flow/") {
        let flow = driven.flows.iter().find(|other| other.name == flow);
        let (good, failed) = flow.map_or((0, 0), |flow| (flow.times.response.len(), flow.failed));
        return counted(metric, good, failed, seconds).or_else(|| {
            let empty = Times::default();
            of_times(metric, flow.map_or(&empty, |flow| &flow.times))
        });
    }
    let endpoints: Vec<&EndpointRecord> = (driven.endpoints.iter())
        .filter(|endpoint| benchmark == ALL || endpoint.name == benchmark)
        .collect();
    if let Some(windowed) = of_window(workload, record, benchmark, metric) {
        return Some(windowed);
    }
    let sum = |count: fn(&EndpointRecord) -> u64| {
        (endpoints.iter()).fold(0, |sum, one| u64::saturating_add(sum, count(one)))
    };
    counted(metric, sum(good_calls), sum(failed_calls), seconds).or_else(|| match &*endpoints {
        [one] => of_times(metric, &one.judged),
        several => {
            let mut all = Times::default();
            for endpoint in several {
                all.response.add(&endpoint.judged.response);
                all.service.add(&endpoint.judged.service);
            }
            of_times(metric, &all)
        }
    })
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of calls are far below 2^53"
)]
fn counted(metric: &str, good: u64, failed: u64, seconds: f64) -> Option<(Metric, Value)> {
    let all = good.saturating_add(failed);
    Some(match metric {
        "requests" => (Metric::higher(metric, Unit::Count), Value::Told(all as f64)),
        "throughput" => (
            Metric::higher(metric, Unit::PerSecond),
            if seconds > 0.0 {
                Value::Told(good as f64 / seconds)
            } else {
                Value::Unknown("nothing was measured".to_owned())
            },
        ),
        "error-rate" => (
            Metric::lower(metric, Unit::Ratio),
            if all > 0 {
                Value::Told(failed as f64 / all as f64)
            } else {
                Value::Unknown("there were no calls".to_owned())
            },
        ),
        _ => return None,
    })
}

/// `p50` .. `max`, and the same behind `service-`.
fn of_times(metric: &str, times: &Times) -> Option<(Metric, Value)> {
    let (histogram, of) = match metric.strip_prefix("service-") {
        Some(of) => (&times.service, of),
        None => (&times.response, metric),
    };
    let value = match of {
        "mean" => told(histogram.mean()),
        "max" => told(histogram.max().map(nanoseconds)),
        _ => quantile(histogram, share(of)?),
    };
    Some((Metric::lower(metric, Unit::Nanoseconds), value))
}

/// The share of a percentile's name: 0.99 of `p99`.
fn share(name: &str) -> Option<f64> {
    Some(match name {
        "p50" => 0.5,
        "p90" => 0.9,
        "p95" => 0.95,
        "p99" => 0.99,
        "p99.9" => 0.999,
        _ => return None,
    })
}

/// A percentile, where there are enough calls for it.
pub(crate) fn quantile(histogram: &Histogram, share: f64) -> Value {
    let (calls, needed) = (histogram.len(), calls_needed(share));
    if calls == 0 {
        return Value::Unknown("no call went well".to_owned());
    }
    if calls < needed {
        return Value::TooFew { calls, needed };
    }
    told(histogram.quantile(share).map(nanoseconds))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "histograms end at 2^42 ns, which a float holds"
)]
const fn nanoseconds(value: u64) -> f64 {
    value as f64
}

fn told(value: Option<f64>) -> Value {
    match value {
        Some(value) => Value::Told(value),
        None => Value::Unknown("no call went well".to_owned()),
    }
}

/// `p99@30s`: the worst window of the workload's own.
fn of_window(
    workload: &Workload,
    record: &Record,
    benchmark: &str,
    metric: &str,
) -> Option<(Metric, Value)> {
    let (percentile, length) = metric.split_once('@')?;
    // Of any percentile: `p75@30s` is one as well.
    let percent: f64 = percentile.strip_prefix('p')?.parse().ok()?;
    let share = percent / 100.0;
    let length: u64 = length.strip_suffix('s')?.parse().ok()?;
    let at = workload.windows.iter().position(|window| {
        let of = window.endpoint.map_or(Some(ALL), |at| {
            workload.endpoints.get(at).map(|one| one.name.as_str())
        });
        of == Some(benchmark)
            && (window.quantile - share).abs() < 1e-9
            && window.length.as_secs() == length
    })?;
    let value = match record.driven.windows.get(at).copied().flatten() {
        Some(value) => Value::Told(value),
        None => Value::Unknown("no window had enough calls".to_owned()),
    };
    Some((Metric::lower(metric, Unit::Nanoseconds), value))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "sizes and times of processes are far below 2^53"
)]
fn of_process(workload: &Workload, record: &Record, metric: &str) -> Option<(Metric, Value)> {
    let unseen = || Value::Unknown("the target's processes could not be seen".to_owned());
    let seen = record.process.as_ref();
    let most = |of: fn(&crate::workload::record::ProcessSample) -> Option<u32>| {
        seen.and_then(|seen| seen.samples.iter().filter_map(of).max())
            .map_or_else(unseen, |value| Value::Told(f64::from(value)))
    };
    Some(match metric {
        "peak-rss" => (
            Metric::lower(metric, Unit::Bytes),
            seen.map_or_else(unseen, |seen| Value::Told(seen.peak_rss as f64)),
        ),
        "cpu-time" => (
            Metric::lower(metric, Unit::Nanoseconds),
            seen.map_or_else(unseen, |seen| Value::Told(seen.cpu.as_nanos() as f64)),
        ),
        "threads" => (
            Metric::lower(metric, Unit::Count),
            most(|sample| Some(sample.threads)),
        ),
        "fds" => (
            Metric::lower(metric, Unit::Count),
            most(|sample| sample.fds),
        ),
        "cold-start" => (
            Metric::lower(metric, Unit::Nanoseconds),
            record.cold_start.map_or_else(
                || Value::Unknown("the run started no target".to_owned()),
                |time| Value::Told(time.as_nanos() as f64),
            ),
        ),
        "leak" => (
            Metric::lower(metric, Unit::from("bytes/min")),
            seen.map_or_else(unseen, |seen| {
                leak(&seen.samples, settled(workload, record))
                    .and_then(|leak| leak.rate())
                    .map_or_else(
                        || Value::Unknown("the run is too short to tell a leak".to_owned()),
                        Value::Told,
                    )
            }),
        ),
        _ => return None,
    })
}

/// Growth until then is start and warm-up, and no leak.
#[must_use]
pub(crate) fn settled(workload: &Workload, record: &Record) -> std::time::Duration {
    workload
        .warm_up
        .saturating_add(record.cold_start.unwrap_or_default())
}
