//! How many calls a workload can make at most, and how many a percentile needs.
//!
//! The p-quantile of n calls rests on the n (1 - p) slowest ones. With fewer than 20 of them a single call more or less moves it
//! by a tenth and more, so that a percentile needs 20 / (1 - p) calls.

use super::scenario::{Arrivals, Flow, Model, Open, Workload};
use std::time::Duration;

/// Calls that must lie beyond a percentile.
pub const BEYOND: f64 = 20.0;

/// A metric that is a percentile of times.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Percentile {
    /// Between 0 and 1: 0.99.
    pub quantile: f64,
    /// Of the service time; else of the response time.
    pub service: bool,
    /// The worst in any window of this length; `None`: of the whole measured part.
    pub window: Option<Duration>,
}

/// Reads `p99`, `service-p99.9`, `p99@30s`; `None` for any other metric.
#[must_use]
pub fn percentile(metric: &str) -> Option<Percentile> {
    let (text, service) = match metric.strip_prefix("service-") {
        Some(rest) => (rest, true),
        None => (metric, false),
    };
    let (text, window) = match text.split_once('@') {
        Some((text, length)) => {
            let seconds = length.strip_suffix('s')?;
            let is_plain = seconds.chars().all(|c| c.is_ascii_digit()) && !seconds.starts_with('0');
            let seconds = seconds.parse().ok().filter(|_| is_plain)?;
            (text, Some(Duration::from_secs(seconds)))
        }
        None => (text, None),
    };
    Some(Percentile {
        quantile: quantile(text)?,
        service,
        window,
    })
}

/// Reads `p99.9` as 0.999: one or two digits, and up to three decimals; above 0.
#[must_use]
pub fn quantile(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('p')?;
    let (whole, decimals) = match digits.split_once('.') {
        Some((whole, decimals)) if !decimals.is_empty() => (whole, decimals),
        Some(_) => return None,
        None => (digits, ""),
    };
    let is_number = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    if !(1..=2).contains(&whole.len())
        || decimals.len() > 3
        || !is_number(whole)
        || !is_number(decimals)
    {
        return None;
    }
    // Read as one decimal number: 99.9 / 100 is not the number that 0.999 is.
    let share: f64 = format!("0.{whole:0>2}{decimals}").parse().ok()?;
    (share > 0.0).then_some(share)
}

/// Calls that a quantile (between 0 and 1) needs to be told.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a positive number; what is beyond the range is saturated"
)]
pub fn needed(quantile: f64) -> u64 {
    // 20 / (1 - 0.999) is a little above 20,000 in binary, and means 20,000.
    (BEYOND / (1.0 - quantile) * (1.0 - 1e-9)).ceil() as u64
}

/// What a benchmark of a workload counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// All calls.
    All,
    /// Those of an endpoint, by its index.
    Endpoint(usize),
    /// Whole runs of a flow, by its index.
    Flow(usize),
}

/// More of these than this cannot end well in the measured part of one run, or in any window of `within`; `None` where nothing
/// limits their number.
///
/// Every choice among flows is taken to fall on the one that calls most, so that a number below what is needed is certain and
/// not bad luck.
#[must_use]
pub fn most(workload: &Workload, of: Of, within: Option<Duration>) -> Option<f64> {
    let span = within.map_or(workload.window(), |within| within.min(workload.window()));
    let in_flow = |index: usize, flow: &Flow| -> f64 {
        match of {
            Of::All => count(flow.steps.len()),
            Of::Endpoint(endpoint) => count(
                (flow.steps.iter())
                    .filter(|step| step.endpoint == endpoint)
                    .count(),
            ),
            Of::Flow(wanted) => f64::from(u8::from(index == wanted)),
        }
    };
    let flows = || workload.flows.iter().enumerate();
    let most_in_one = flows()
        .filter(|(_, flow)| !flow.once)
        .map(|(index, flow)| in_flow(index, flow))
        .fold(0.0, f64::max);
    let once: f64 = flows()
        .filter(|(_, flow)| flow.once)
        .map(|(index, flow)| in_flow(index, flow))
        .sum();
    let (users, begun) = match &workload.model {
        Model::Closed(closed) => {
            let users = (closed.stages.iter())
                .map(|stage| stage.users)
                .fold(closed.start, u32::max);
            let users = f64::from(users);
            let each = [
                closed.calls_per_user.map(whole),
                (!closed.delay.is_zero())
                    .then(|| (span.as_secs_f64() / closed.delay.as_secs_f64()).floor() + 1.0),
            ];
            let each = each.into_iter().flatten().reduce(f64::min);
            (users, each.map(|each| users * each))
        }
        Model::Open(open) => {
            let arrivals = match within {
                None => arrivals(open, workload.warm_up),
                Some(_) => highest_rate(open) * span.as_secs_f64(),
            };
            let chance = match open.arrivals {
                Arrivals::Constant => 1.0,
                // Five standard deviations of a Poisson count.
                Arrivals::Poisson => 1.0 + 5.0 * arrivals.sqrt(),
            };
            (f64::from(open.max_in_flight), Some(arrivals + chance))
        }
    };
    // Without any call in a flow it does not matter how often that is done.
    let repeated = if most_in_one > 0.0 {
        begun.map(|begun| begun * most_in_one)
    } else {
        Some(0.0)
    };
    let by_schedule = repeated.map(|repeated| repeated + once * users);
    let by_safety = workload.safety.requests.map(whole);
    [by_schedule, by_safety]
        .into_iter()
        .flatten()
        .reduce(f64::min)
}

/// Arrivals that are due after the warm-up: the area below the rate.
fn arrivals(open: &Open, warm_up: Duration) -> f64 {
    let warm_up = warm_up.as_secs_f64();
    let (mut begin, mut from, mut sum) = (0.0, open.start, 0.0);
    for stage in &open.stages {
        let over = stage.over.as_secs_f64();
        let end = begin + over;
        if end > warm_up && over > 0.0 {
            let skipped = (warm_up - begin).max(0.0);
            let at_start = from + (stage.rate - from) * (skipped / over);
            sum += (at_start + stage.rate) / 2.0 * (over - skipped);
        }
        (begin, from) = (end, stage.rate);
    }
    sum
}

fn highest_rate(open: &Open) -> f64 {
    (open.stages.iter())
        .map(|stage| stage.rate)
        .fold(open.start, f64::max)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "far below 2^53, and only compared"
)]
fn whole(number: u64) -> f64 {
    number as f64
}

#[expect(clippy::cast_precision_loss, reason = "a number of steps")]
fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests;
