//! From the record of a run to the metrics of its benchmarks, or to why there are none.

mod evidence;
#[cfg(test)]
mod tests;
mod unusable;

pub use evidence::{CALLS_BEYOND, METRICS_OF_CALLS, calls_needed, quantile_of, window_metric};
pub use unusable::{Unusable, describe, unusable};

use super::record::{Driven, EndpointRecord, ProcessRecord, Times};
use super::{ALL, PROCESS, Record, Workload, leak};
use crate::measurement::{Distribution, Evidence, HistogramError, Metric};
use crate::units::Unit;
use evidence::{NO_CALLS, of_calls, withheld_calls};
use std::time::Duration;

/// Runs of an invocation that were thrown away before the one that counts, as the generator did not keep up.
pub const INVALID_RUNS: &str = "invalid-runs";

/// What one run says of one benchmark: metrics and evidence, in the order in which they are shown. What was asked for and
/// cannot be told is [`Evidence::Withheld`].
#[derive(Debug, Clone, PartialEq)]
pub struct Benchmark {
    /// Its name within the suite: `all`, an endpoint, `flow/NAME`, `process`.
    pub name: String,
    /// Metrics, each once.
    pub metrics: Vec<(Metric, Evidence)>,
}

/// Name of the benchmark of a flow.
#[must_use]
pub fn flow_benchmark(flow: &str) -> String {
    format!("flow/{flow}")
}

/// Names of all benchmarks of a workload, in the order of [`metrics`]: all calls, each endpoint, flows of more than one step,
/// and the target's process where the run starts one.
#[must_use]
pub fn benchmarks(workload: &Workload) -> Vec<String> {
    let endpoints = workload.endpoints.iter().map(|one| one.name.clone());
    let flows = workload.flows.iter().filter(|flow| flow.steps.len() > 1);
    let process = matches!(workload.target, super::scenario::Target::Start(_));
    std::iter::once(ALL.to_owned())
        .chain(endpoints)
        .chain(flows.map(|flow| flow_benchmark(&flow.name)))
        .chain(process.then(|| PROCESS.to_owned()))
        .collect()
}

/// The metrics of every benchmark of a run that can be used.
///
/// # Errors
/// The run cannot be used.
pub fn metrics(record: &Record, workload: &Workload) -> Result<Vec<Benchmark>, Unusable> {
    if let Some(problem) = unusable(record, workload) {
        return Err(problem);
    }
    benchmarks_of(record, workload).map_err(|error| Unusable::Unpackable(error.to_string()))
}

/// As [`metrics`], of any run: for who shows what there is of one that cannot be judged.
///
/// # Errors
/// The encoder of histograms fails, which memory suffices to avoid.
pub fn benchmarks_of(
    record: &Record,
    workload: &Workload,
) -> Result<Vec<Benchmark>, HistogramError> {
    let driven = &record.driven;
    let mut all = vec![Benchmark {
        name: ALL.to_owned(),
        metrics: of_all(driven, workload)?,
    }];
    for (index, endpoint) in driven.endpoints.iter().enumerate() {
        let windows = windows(driven, workload, Some(index));
        all.push(Benchmark {
            name: endpoint.name.clone(),
            metrics: of_endpoint(endpoint, driven.window, windows)?,
        });
    }
    for flow in &driven.flows {
        let counts = Counts {
            good: flow.times.response.len(),
            all: flow.times.response.len().saturating_add(flow.failed),
        };
        all.push(Benchmark {
            name: flow_benchmark(&flow.name),
            metrics: of_calls(&flow.times, counts, driven.window, Vec::new())?,
        });
    }
    if matches!(workload.target, super::scenario::Target::Start(_)) {
        all.push(Benchmark {
            name: PROCESS.to_owned(),
            metrics: of_process(record, workload.warm_up),
        });
    }
    Ok(all)
}

/// Calls that went well, and all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Counts {
    good: u64,
    all: u64,
}

fn counts(endpoint: &EndpointRecord) -> Counts {
    let good = super::Outcome::Ok;
    Counts {
        good: endpoint.outcomes.get(&good).copied().unwrap_or(0),
        all: (endpoint.outcomes.values()).fold(0, |sum: u64, count| sum.saturating_add(*count)),
    }
}

fn of_all(driven: &Driven, workload: &Workload) -> Result<Vec<(Metric, Evidence)>, HistogramError> {
    let mut times = Times::default();
    let mut sum = Counts::default();
    for endpoint in &driven.endpoints {
        times.response.add(&endpoint.judged.response);
        times.service.add(&endpoint.judged.service);
        let counts = counts(endpoint);
        sum.good = sum.good.saturating_add(counts.good);
        sum.all = sum.all.saturating_add(counts.all);
    }
    of_calls(&times, sum, driven.window, windows(driven, workload, None))
}

fn of_endpoint(
    endpoint: &EndpointRecord,
    window: Duration,
    windows: Vec<(String, Option<f64>)>,
) -> Result<Vec<(Metric, Evidence)>, HistogramError> {
    let counts = counts(endpoint);
    if counts.all == 0 {
        return Ok(withheld_calls(windows));
    }
    of_calls(&endpoint.judged, counts, window, windows)
}

/// Name and value of the sliding windows of an endpoint, or of all calls.
fn windows(
    driven: &Driven,
    workload: &Workload,
    endpoint: Option<usize>,
) -> Vec<(String, Option<f64>)> {
    let values = driven
        .windows
        .iter()
        .copied()
        .chain(std::iter::repeat(None));
    let mut found: Vec<(String, Option<f64>)> = Vec::new();
    for (window, value) in workload.windows.iter().zip(values) {
        let name = window_metric(window);
        // Two windows that differ in what they leave out or in what they abort at share a name: the worse one counts.
        if window.endpoint != endpoint {
            continue;
        }
        match found.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => {
                *known = match (*known, value) {
                    (Some(one), Some(other)) => Some(one.max(other)),
                    (one, other) => one.or(other),
                };
            }
            None => found.push((name, value)),
        }
    }
    found
}

/// Endpoints that nothing was called of, by name.
#[must_use]
pub fn without_calls(driven: &Driven) -> Vec<&str> {
    (driven.endpoints.iter())
        .filter(|endpoint| counts(endpoint).all == 0)
        .map(|endpoint| endpoint.name.as_str())
        .collect()
}

fn of_process(record: &Record, warm_up: Duration) -> Vec<(Metric, Evidence)> {
    let unseen = || Evidence::withheld("the target's processes cannot be seen on this system");
    let seen = record.process.as_ref();
    let told = |value: Option<f64>| value.map_or_else(unseen, Evidence::Value);
    let cold_start = match record.cold_start {
        Some(duration) => Evidence::Value(duration.as_nanos() as f64),
        None => Evidence::withheld("it is not known when the target was ready"),
    };
    let most = |of: fn(&super::record::ProcessSample) -> Option<u32>| {
        seen.and_then(|process| process.samples.iter().filter_map(of).max())
            .map(f64::from)
    };
    vec![
        (Metric::lower("cold-start", Unit::Nanoseconds), cold_start),
        (
            Metric::lower("peak-rss", Unit::Bytes),
            told(seen.map(|process| process.peak_rss as f64)),
        ),
        (
            Metric::lower("leak", Unit::from("bytes/min")),
            seen.map_or_else(unseen, |process| of_leak(record, process, warm_up)),
        ),
        (
            Metric::lower("cpu-time", Unit::Nanoseconds),
            told(seen.map(|process| process.cpu.as_nanos() as f64)),
        ),
        (
            Metric::lower("threads", Unit::Count),
            told(most(|sample| Some(sample.threads))),
        ),
        (
            Metric::lower("fds", Unit::Count),
            told(most(|sample| sample.fds)),
        ),
    ]
}

/// Observing begins with the process: what it takes to be ready is no part of the schedule.
fn of_leak(record: &Record, process: &ProcessRecord, warm_up: Duration) -> Evidence {
    let from = warm_up.saturating_add(record.cold_start.unwrap_or_default());
    match leak::leak(&process.samples, from) {
        None => Evidence::withheld("the target's memory was not seen after the warm-up"),
        Some(leak) => match leak.rate() {
            Some(rate) => Evidence::Value(rate),
            None => Evidence::withheld(
                "the run is too short to tell a leak from growth that ends: let it last longer",
            ),
        },
    }
}

/// Packs the response times; without any, why there are none.
fn packed(times: &Times) -> Result<Evidence, HistogramError> {
    Ok(Distribution::of(&times.response)?.map_or_else(
        || Evidence::withheld(NO_CALLS),
        |distribution| Evidence::Histogram(Box::new(distribution)),
    ))
}
