//! From the file to a record. Whatever the text says, it costs no more than a large file of ours.

use super::raw::{
    RawConnections, RawEnded, RawEndpoint, RawGenerator, RawHistogram, RawLoad, RawProcess,
    RawSample, RawTimes,
};
use super::{Load, MOST_HISTOGRAMS, MOST_SAMPLES};
use crate::measurement::Histogram;
use crate::measurement::format::document::quoted;
use crate::measurement::format::fields::{amount_problem, name_problem};
use crate::measurement::format::started;
use crate::workload::Record;
use crate::workload::record::{
    Connections, Driven, Ended, EndpointRecord, FlowRecord, Generator, ProcessRecord,
    ProcessSample, Second, Stop, Times,
};
use std::collections::HashSet;
use std::time::Duration;

/// What is wrong with the numbers and names.
pub(super) fn check(raw: &RawLoad) -> Result<(), String> {
    let at = |field: &str, problem: Option<String>| match problem {
        Some(problem) => Err(format!("{field}: {problem}")),
        None => Ok(()),
    };
    at("workload", name_problem(&raw.workload))?;
    at("started", started(&raw.started).err())?;
    seed(&raw.seed)?;
    let amount = |field: &str, value: f64| at(field, amount_problem(value));
    match &raw.ended {
        RawEnded::ErrorRate { share, limit } => {
            amount("ended.share", *share)?;
            amount("ended.limit", *limit)?;
        }
        RawEnded::Window { value, limit, .. } => {
            amount("ended.value", *value)?;
            amount("ended.limit", *limit)?;
        }
        _ => {}
    }
    for (place, value) in raw.windows.iter().enumerate() {
        amount(&format!("windows[{place}]"), value.unwrap_or(0.0))?;
    }
    amount("generator.cpu", raw.generator.cpu.unwrap_or(0.0))?;
    let own_cost = raw.process.as_ref().and_then(|process| process.own_cost);
    amount("process.own_cost", own_cost.unwrap_or(0.0))?;
    for (place, budget) in raw
        .judged
        .iter()
        .flat_map(|judged| &judged.budgets)
        .enumerate()
    {
        amount(&format!("judged.budgets[{place}].limit"), budget.limit)?;
        let observed = budget.observed.unwrap_or(0.0);
        amount(&format!("judged.budgets[{place}].observed"), observed)?;
    }
    names("endpoints", raw.endpoints.iter().map(|one| &*one.name))?;
    names("flows", raw.flows.iter().map(|one| &*one.name))?;
    let (calls, failed) = (raw.seconds.calls.len(), raw.seconds.failed.len());
    if calls != failed {
        return Err(format!(
            "seconds: {calls} seconds of `calls` and {failed} of `failed`"
        ));
    }
    let samples = raw
        .process
        .as_ref()
        .map_or(0, |process| process.samples.len());
    for (field, count) in [("seconds", calls), ("process.samples", samples)] {
        if count > MOST_SAMPLES {
            return Err(format!(
                "{field}: {count} are more than the {MOST_SAMPLES} that are read"
            ));
        }
    }
    let histograms = histograms(raw);
    if histograms > MOST_HISTOGRAMS {
        return Err(format!(
            "{histograms} histograms are more than the {MOST_HISTOGRAMS} that a load file may have"
        ));
    }
    Ok(())
}

fn names<'a>(list: &str, names: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let mut seen = HashSet::new();
    for (place, name) in names.enumerate() {
        if let Some(problem) = name_problem(name) {
            return Err(format!("{list}[{place}].name: {problem}"));
        }
        if !seen.insert(name) {
            return Err(format!(
                "{list}[{place}]: {} stands here twice",
                quoted(name)
            ));
        }
    }
    Ok(())
}

/// How many there are, before one of them is unpacked.
fn histograms(raw: &RawLoad) -> usize {
    let of = |times: &RawTimes| {
        usize::from(times.response.is_some()) + usize::from(times.service.is_some())
    };
    let endpoints = raw
        .endpoints
        .iter()
        .map(|endpoint| of(&endpoint.judged) + endpoint.classes.values().map(of).sum::<usize>());
    endpoints.sum::<usize>() + raw.flows.iter().map(|flow| of(&flow.times)).sum::<usize>()
}

fn seed(text: &str) -> Result<u64, String> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    (text.parse().ok().filter(|_| digits))
        .ok_or_else(|| format!("seed: {} is no whole number below 2^64", quoted(text)))
}

pub(super) fn load(raw: RawLoad) -> Result<Load, String> {
    let seconds = (raw.seconds.calls.iter().zip(&raw.seconds.failed))
        .map(|(calls, failed)| Second {
            calls: *calls,
            failed: *failed,
        })
        .collect();
    let driven = Driven {
        window: Duration::from_nanos(raw.window_ns),
        endpoints: raw
            .endpoints
            .into_iter()
            .map(endpoint)
            .collect::<Result<_, _>>()?,
        flows: (raw.flows.into_iter())
            .map(|flow| {
                let times = times(&format!("flow {}", quoted(&flow.name)), &flow.times)?;
                Ok(FlowRecord {
                    times,
                    name: flow.name,
                    failed: flow.failed,
                })
            })
            .collect::<Result<_, String>>()?,
        seconds,
        windows: raw.windows,
        connections: connections(&raw.connections)?,
        generator: generator(&raw.generator)?,
    };
    Ok(Load {
        tollgate: raw.tollgate,
        judged: raw.judged,
        record: Record {
            seed: seed(&raw.seed)?,
            workload: raw.workload,
            model: raw.model,
            started: raw.started,
            target: raw.target,
            ended: ended(raw.ended),
            driven,
            cold_start: raw.cold_start_ns.map(Duration::from_nanos),
            process: raw.process.as_ref().map(process),
            log: raw.log,
        },
    })
}

fn ended(raw: RawEnded) -> Ended {
    Ended::Stopped(match raw {
        RawEnded::Completed {} => return Ended::Completed,
        RawEnded::Interrupted {} => Stop::Interrupted,
        RawEnded::Memory { used, limit } => Stop::Memory { used, limit },
        RawEnded::ErrorRate { share, limit } => Stop::ErrorRate { share, limit },
        RawEnded::Requests { limit } => Stop::Requests { limit },
        RawEnded::Time { limit_ns } => Stop::Time {
            limit: Duration::from_nanos(limit_ns),
        },
        RawEnded::Disk { free, limit } => Stop::Disk { free, limit },
        RawEnded::Window { what, value, limit } => Stop::Window { what, value, limit },
        RawEnded::TargetDied { status } => Stop::TargetDied { status },
    })
}

fn endpoint(raw: RawEndpoint) -> Result<EndpointRecord, String> {
    let of = format!("endpoint {}", quoted(&raw.name));
    Ok(EndpointRecord {
        classes: (raw.classes.iter())
            .map(|(class, found)| {
                let of = format!("{of}, class {}", class.as_ref());
                Ok(((*class).into(), times(&of, found)?))
            })
            .collect::<Result<_, String>>()?,
        judged: times(&format!("{of}, judged"), &raw.judged)?,
        outcomes: (raw.outcomes.into_iter())
            .map(|(outcome, count)| (outcome.into(), count))
            .collect(),
        failed_checks: (raw.failed_checks.iter())
            .map(|(place, count)| {
                let place = place.as_str();
                // `+1` and `01` are numbers to Rust, and would stand beside `1`.
                let parsed = place
                    .parse::<u32>()
                    .ok()
                    .filter(|at| at.to_string() == place);
                let parsed = parsed.ok_or_else(|| {
                    format!(
                        "{of}, failed_checks: {} is no place of a check",
                        quoted(place)
                    )
                })?;
                Ok((parsed, *count))
            })
            .collect::<Result<_, String>>()?,
        bytes_sent: raw.bytes_sent,
        bytes_received: raw.bytes_received,
        name: raw.name,
    })
}

fn times(of: &str, raw: &RawTimes) -> Result<Times, String> {
    Ok(Times {
        response: histogram(&format!("{of}, response"), raw.response.as_ref())?,
        service: histogram(&format!("{of}, service"), raw.service.as_ref())?,
    })
}

fn histogram(of: &str, raw: Option<&RawHistogram>) -> Result<Histogram, String> {
    let Some(raw) = raw else {
        return Ok(Histogram::new());
    };
    let histogram =
        Histogram::from_base64(&raw.histogram).map_err(|error| format!("{of}: {error}"))?;
    if histogram.len() == raw.count {
        Ok(histogram)
    } else {
        Err(format!(
            "{of}: the histogram has {} values, `count` says {}",
            histogram.len(),
            raw.count
        ))
    }
}

fn connections(raw: &RawConnections) -> Result<Connections, String> {
    Ok(Connections {
        opened: raw.opened,
        most: raw.most,
        connect: histogram("connections.connect", raw.connect.as_ref())?,
        tls: histogram("connections.tls", raw.tls.as_ref())?,
        first_byte: histogram("connections.first_byte", raw.first_byte.as_ref())?,
    })
}

fn generator(raw: &RawGenerator) -> Result<Generator, String> {
    Ok(Generator {
        due: raw.due,
        late: raw.late,
        dropped: raw.dropped,
        lateness: histogram("generator.lateness", raw.lateness.as_ref())?,
        cpu: raw.cpu,
        threads: raw.threads,
        rss: raw.rss,
        sockets: raw.sockets,
    })
}

fn process(raw: &RawProcess) -> ProcessRecord {
    ProcessRecord {
        samples: raw.samples.iter().map(sample).collect(),
        peak_rss: raw.peak_rss,
        cpu: Duration::from_nanos(raw.cpu_ns),
        own_cost: raw.own_cost,
    }
}

fn sample(raw: &RawSample) -> ProcessSample {
    ProcessSample {
        at: Duration::from_nanos(raw.at_ns),
        processes: raw.processes,
        cpu: Duration::from_nanos(raw.cpu_ns),
        rss: raw.rss,
        pss: raw.pss,
        threads: raw.threads,
        fds: raw.fds,
        read: raw.read,
        written: raw.written,
    }
}
