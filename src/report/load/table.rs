//! Times of all calls, of each endpoint and of flows, as cells.

use super::Waited;
use super::words::number;
use crate::measurement::Histogram;
use crate::units::{Unit, format_value};
use crate::verdict::observed::{Value, calls_needed, failed_calls, good_calls, quantile};
use crate::workload::record::{EndpointRecord, Record, Times};
use crate::workload::{ALL, Workload};
use std::time::Duration;

/// Percentiles that are shown.
pub(super) const SHARES: [(&str, f64); 4] =
    [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99)];

/// How much the two kinds of time differ before both are shown.
const DIFFERENT: f64 = 1.1;

/// One line of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Name of the benchmark.
    pub name: String,
    /// Calls that ended, or runs of a flow.
    pub calls: u64,
    /// As shown.
    pub rate: String,
    /// Response times: p50, p90, p95, p99, max.
    pub response: [Cell; 5],
    /// Service times, where they differ.
    pub service: Option<[Cell; 5]>,
    /// The highest percentile that is told, of both (nanoseconds), where they differ.
    pub apart: Option<(&'static str, f64, f64)>,
}

/// A time of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// As shown.
    Time(String),
    /// A percentile of too few calls: how many it would be of, and how many it takes.
    TooFew(u64, u64),
    /// No call went well.
    Nothing,
}

impl Cell {
    /// As shown; `-` for what is not told.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Time(text) => text,
            Self::TooFew(..) | Self::Nothing => "-",
        }
    }
}

pub(super) fn lines(workload: &Workload, record: &Record) -> Vec<Line> {
    let window = record.driven.window;
    let endpoints = &record.driven.endpoints;
    let mut lines = Vec::new();
    if endpoints.len() > 1 {
        let mut all = Times::default();
        let mut calls = 0_u64;
        for endpoint in endpoints {
            all.response.add(&endpoint.judged.response);
            all.service.add(&endpoint.judged.service);
            calls = calls.saturating_add(ended(endpoint));
        }
        lines.push(line(ALL, calls, window, &all));
    }
    for endpoint in endpoints {
        lines.push(line(
            &endpoint.name,
            ended(endpoint),
            window,
            &endpoint.judged,
        ));
    }
    for flow in &record.driven.flows {
        let several =
            (workload.flows.iter()).any(|other| other.name == flow.name && other.steps.len() > 1);
        if several {
            let runs = flow.times.response.len().saturating_add(flow.failed);
            let name = format!("flow/{}", flow.name);
            lines.push(line(&name, runs, window, &flow.times));
        }
    }
    lines
}

fn ended(endpoint: &EndpointRecord) -> u64 {
    good_calls(endpoint).saturating_add(failed_calls(endpoint))
}

fn line(name: &str, calls: u64, window: Duration, times: &Times) -> Line {
    let response = cells(&times.response);
    let told = |share| match (
        quantile(&times.response, share),
        quantile(&times.service, share),
    ) {
        (Value::Told(response), Value::Told(service)) => Some((response, service)),
        _ => None,
    };
    let apart = (SHARES.iter().rev())
        .find_map(|(name, share)| {
            told(*share).map(|(response, service)| (*name, response, service))
        })
        .filter(|(_, response, service)| *response > *service * DIFFERENT);
    Line {
        name: name.to_owned(),
        calls,
        rate: rate(calls, window),
        service: apart.map(|_| cells(&times.service)),
        response,
        apart,
    }
}

/// Calls per second, three digits.
pub(super) fn rate(calls: u64, window: Duration) -> String {
    let seconds = window.as_secs_f64();
    if seconds <= 0.0 {
        return "-".to_owned();
    }
    let rate = float(calls) / seconds;
    let digits = match rate {
        rate if rate >= 99.95 => 0,
        rate if rate >= 9.995 => 1,
        _ => 2,
    };
    if digits == 0 {
        format!("{}/s", format_value(rate.round(), &Unit::Count))
    } else {
        format!("{rate:.digits$}/s")
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts and nanoseconds of histograms are far below 2^53"
)]
const fn float(value: u64) -> f64 {
    value as f64
}

fn cells(histogram: &Histogram) -> [Cell; 5] {
    let of = |share| match quantile(histogram, share) {
        Value::Told(value) => Cell::Time(time(value)),
        Value::TooFew { calls, needed } => Cell::TooFew(calls, needed),
        Value::Unknown(_) => Cell::Nothing,
    };
    let max = (histogram.max()).map_or(Cell::Nothing, |value| Cell::Time(time(float(value))));
    [of(0.5), of(0.9), of(0.95), of(0.99), max]
}

/// Three digits, which is what the histograms hold: `512 µs`, `1.23 ms`, `10.0 s`.
pub(super) fn time(nanoseconds: f64) -> String {
    if !nanoseconds.is_finite() {
        return "-".to_owned();
    }
    let mut chosen = ("ns", 1.0);
    for unit in [("ns", 1.0), ("µs", 1e3), ("ms", 1e6), ("s", 1e9)] {
        chosen = unit;
        if nanoseconds / unit.1 < 999.5 {
            break;
        }
    }
    let (unit, size) = chosen;
    let value = nanoseconds / size;
    let digits = match value {
        _ if unit == "ns" => 0,
        value if value >= 99.95 => 0,
        value if value >= 9.995 => 1,
        _ => 2,
    };
    format!("{value:.digits$} {unit}")
}

/// Where the two kinds of time differ most; of single endpoints and flows, where these are told.
pub(super) fn waited(lines: &[Line]) -> Option<Waited> {
    let worst = (lines.iter())
        .filter_map(|line| line.apart.map(|apart| (line, apart)))
        .max_by(|(one, a), (other, b)| {
            let single = |line: &Line| line.name != ALL;
            (single(one).cmp(&single(other))).then((a.1 / a.2).total_cmp(&(b.1 / b.2)))
        });
    let (line, (percentile, response, service)) = worst?;
    Some(Waited {
        name: line.name.clone(),
        percentile,
        response: time(response),
        service: time(service),
    })
}

/// Which percentiles are not shown, of what, and what they would take.
pub(super) fn left_out(lines: &[Line]) -> Option<String> {
    let mut parts = Vec::new();
    for (at, (name, share)) in SHARES.iter().enumerate() {
        let short: Vec<String> = (lines.iter())
            .filter_map(|line| match line.response[at] {
                Cell::TooFew(calls, _) => Some(format!("{} ({})", line.name, number(calls))),
                Cell::Time(_) | Cell::Nothing => None,
            })
            .collect();
        if !short.is_empty() {
            parts.push(format!(
                "{name} takes {} calls that went well: {}",
                number(calls_needed(*share)),
                short.join(", ")
            ));
        }
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}
