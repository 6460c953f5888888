//! From a record to the file.

use super::raw::{
    RawConnections, RawEnded, RawEndpoint, RawFlow, RawGenerator, RawHistogram, RawLoad,
    RawProcess, RawSample, RawSeconds, RawTimes,
};
use super::{LOAD_FORMAT, LOAD_VERSION, Load};
use crate::measurement::Histogram;
use crate::verdict::observed::calls_needed;
use crate::workload::record::{
    Connections, Ended, EndpointRecord, FlowRecord, Generator, ProcessRecord, ProcessSample, Stop,
    Times,
};
use std::time::Duration;

/// Percentiles that are written beside a histogram.
const PERCENTILES: [(&str, f64); 5] = [
    ("p50", 0.5),
    ("p90", 0.9),
    ("p95", 0.95),
    ("p99", 0.99),
    ("p99.9", 0.999),
];

pub(super) fn raw(load: &Load) -> Result<RawLoad, String> {
    let record = &load.record;
    let driven = &record.driven;
    Ok(RawLoad {
        format: LOAD_FORMAT.to_owned(),
        version: LOAD_VERSION,
        tollgate: load.tollgate.clone(),
        workload: record.workload.clone(),
        model: record.model.clone(),
        started: record.started.clone(),
        seed: record.seed.to_string(),
        target: record.target.clone(),
        ended: ended(&record.ended)?,
        judged: load.judged.clone(),
        window_ns: nanoseconds("window_ns", driven.window)?,
        cold_start_ns: (record.cold_start)
            .map(|time| nanoseconds("cold_start_ns", time))
            .transpose()?,
        endpoints: driven
            .endpoints
            .iter()
            .map(endpoint)
            .collect::<Result<_, _>>()?,
        flows: driven.flows.iter().map(flow).collect::<Result<_, _>>()?,
        seconds: RawSeconds {
            calls: driven.seconds.iter().map(|second| second.calls).collect(),
            failed: driven.seconds.iter().map(|second| second.failed).collect(),
        },
        windows: driven.windows.clone(),
        connections: connections(&driven.connections)?,
        generator: generator(&driven.generator)?,
        process: record.process.as_ref().map(process).transpose()?,
        log: record.log.clone(),
    })
}

fn nanoseconds(field: &str, time: Duration) -> Result<u64, String> {
    u64::try_from(time.as_nanos()).map_err(|_| format!("{field}: {time:?} is more than 2^64 ns"))
}

fn ended(ended: &Ended) -> Result<RawEnded, String> {
    let Ended::Stopped(stop) = ended else {
        return Ok(RawEnded::Completed {});
    };
    Ok(match stop {
        Stop::Interrupted => RawEnded::Interrupted {},
        Stop::Memory { used, limit } => RawEnded::Memory {
            used: *used,
            limit: *limit,
        },
        Stop::ErrorRate { share, limit } => RawEnded::ErrorRate {
            share: *share,
            limit: *limit,
        },
        Stop::Requests { limit } => RawEnded::Requests { limit: *limit },
        Stop::Time { limit } => RawEnded::Time {
            limit_ns: nanoseconds("ended.limit_ns", *limit)?,
        },
        Stop::Disk { free, limit } => RawEnded::Disk {
            free: *free,
            limit: *limit,
        },
        Stop::Window { what, value, limit } => RawEnded::Window {
            what: what.clone(),
            value: *value,
            limit: *limit,
        },
        Stop::TargetDied { status } => RawEnded::TargetDied {
            status: status.clone(),
        },
    })
}

fn endpoint(endpoint: &EndpointRecord) -> Result<RawEndpoint, String> {
    Ok(RawEndpoint {
        name: endpoint.name.clone(),
        outcomes: (endpoint.outcomes.iter())
            .map(|(outcome, count)| ((*outcome).into(), *count))
            .collect(),
        failed_checks: (endpoint.failed_checks.iter())
            .map(|(place, count)| (place.to_string(), *count))
            .collect(),
        bytes_sent: endpoint.bytes_sent,
        bytes_received: endpoint.bytes_received,
        judged: times(&endpoint.judged)?,
        classes: (endpoint.classes.iter())
            .map(|(class, found)| Ok(((*class).into(), times(found)?)))
            .collect::<Result<_, String>>()?,
    })
}

fn flow(flow: &FlowRecord) -> Result<RawFlow, String> {
    Ok(RawFlow {
        name: flow.name.clone(),
        failed: flow.failed,
        times: times(&flow.times)?,
    })
}

fn times(times: &Times) -> Result<RawTimes, String> {
    Ok(RawTimes {
        response: histogram(&times.response)?,
        service: histogram(&times.service)?,
    })
}

fn histogram(histogram: &Histogram) -> Result<Option<RawHistogram>, String> {
    if histogram.is_empty() {
        return Ok(None);
    }
    let count = histogram.len();
    Ok(Some(RawHistogram {
        count,
        mean: histogram.mean(),
        percentiles: (PERCENTILES.iter())
            .filter(|(_, share)| count >= calls_needed(*share))
            .filter_map(|(name, share)| Some(((*name).to_owned(), histogram.quantile(*share)?)))
            .collect(),
        max: histogram.max(),
        histogram: histogram.to_base64().map_err(|error| error.to_string())?,
    }))
}

fn connections(seen: &Connections) -> Result<RawConnections, String> {
    Ok(RawConnections {
        opened: seen.opened,
        most: seen.most,
        connect: histogram(&seen.connect)?,
        tls: histogram(&seen.tls)?,
        first_byte: histogram(&seen.first_byte)?,
    })
}

fn generator(seen: &Generator) -> Result<RawGenerator, String> {
    Ok(RawGenerator {
        due: seen.due,
        late: seen.late,
        dropped: seen.dropped,
        lateness: histogram(&seen.lateness)?,
        cpu: seen.cpu,
        threads: seen.threads,
        rss: seen.rss,
        sockets: seen.sockets,
    })
}

fn process(seen: &ProcessRecord) -> Result<RawProcess, String> {
    Ok(RawProcess {
        peak_rss: seen.peak_rss,
        cpu_ns: nanoseconds("process.cpu_ns", seen.cpu)?,
        own_cost: seen.own_cost,
        samples: seen.samples.iter().map(sample).collect::<Result<_, _>>()?,
    })
}

fn sample(seen: &ProcessSample) -> Result<RawSample, String> {
    Ok(RawSample {
        at_ns: nanoseconds("process.samples.at_ns", seen.at)?,
        processes: seen.processes,
        cpu_ns: nanoseconds("process.samples.cpu_ns", seen.cpu)?,
        rss: seen.rss,
        pss: seen.pss,
        threads: seen.threads,
        fds: seen.fds,
        read: seen.read,
        written: seen.written,
    })
}
