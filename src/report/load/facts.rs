//! Details of a run, one label each.

use super::table::{self, Line, time};
use super::words::{failed, failures, number};
use crate::measurement::Histogram;
use crate::units::{Unit, format_duration, format_value};
use crate::verdict::observed::{settled, totals};
use crate::workload::leak::{Leak, Shape, leak};
use crate::workload::record::{EndpointRecord, ProcessRecord, Record};
use crate::workload::scenario::{Check, Target};
use crate::workload::{Model, Workload};

pub(super) fn facts(
    workload: &Workload,
    record: &Record,
    lines: &[Line],
) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("model", model(workload, record)),
        ("target", target(workload, record)),
        ("measured", measured(workload, record)),
        ("errors", errors(workload, record)),
        ("connections", connections(workload, record)),
        ("generator", generator(record)),
    ];
    if let Some(process) = &record.process {
        facts.push(("process", process_text(process, record)));
        let seen = leak(&process.samples, settled(workload, record));
        facts.push(("leak", leak_text(seen.as_ref())));
    }
    if let Some(left_out) = table::left_out(lines) {
        facts.push(("not told", left_out));
    }
    if let Some(log) = &record.log {
        facts.push(("log", log.clone()));
    }
    facts.push((
        "again",
        format!(
            "tollgate load {} --seed {} (one run is one sample; `tollgate check` judges several)",
            record.workload, record.seed
        ),
    ));
    facts
}

/// The model in words, and what of the way to the target is not the ordinary.
fn model(workload: &Workload, record: &Record) -> String {
    let mut parts = vec![record.model.clone()];
    if let Model::Closed(closed) = &workload.model
        && closed.delay.is_zero()
    {
        parts.push(
            "without a delay every user waits for the target, so a slow target is called less"
                .to_owned(),
        );
    }
    if workload.protocol.http2 {
        parts.push("HTTP/2".to_owned());
    }
    let network = workload.network;
    if !network.delay.is_zero() {
        parts.push(format!("network delay {}", format_duration(network.delay)));
    }
    if let Some(bandwidth) = network.bandwidth {
        let rate = format_value(float(bandwidth), &Unit::BytesPerSecond);
        parts.push(format!("network {rate} a connection"));
    }
    parts.join("; ")
}

fn target(workload: &Workload, record: &Record) -> String {
    let mut text = record.target.clone();
    match (&workload.target, record.cold_start) {
        (Target::Start(_), Some(ready)) => {
            text.push_str(&format!(
                ", started by this run, ready after {}",
                format_duration(ready)
            ));
        }
        (Target::Start(_), None) => text.push_str(", started by this run"),
        (Target::Running { .. }, _) => text.push_str(", was running already"),
        (Target::InProcess, _) => {}
    }
    text
}

fn measured(workload: &Workload, record: &Record) -> String {
    let (good, failed) = totals(&record.driven);
    let calls = good.saturating_add(failed);
    let mut text = format!(
        "{} calls in {} ({})",
        number(calls),
        format_duration(record.driven.window),
        table::rate(calls, record.driven.window)
    );
    if !workload.warm_up.is_zero() {
        text.push_str(&format!(
            " after {} of warm-up",
            format_duration(workload.warm_up)
        ));
    }
    text.push_str(&format!(", begun {}", record.started));
    text
}

fn errors(workload: &Workload, record: &Record) -> String {
    let all = failed(record);
    if all == 0 {
        return "none".to_owned();
    }
    let (good, _) = totals(&record.driven);
    let share = float(all) / float(good.saturating_add(all));
    let mut parts = Vec::new();
    for (at, endpoint) in record.driven.endpoints.iter().enumerate() {
        let failures = failures(&endpoint.outcomes);
        if !failures.is_empty() {
            parts.push(format!("{} {failures}", endpoint.name));
            parts.extend(failed_checks(workload, at, endpoint));
        }
    }
    format!("{} of calls: {}", percent(share), parts.join("; "))
}

/// Which checks failed, in the words of budgets.toml.
fn failed_checks(workload: &Workload, at: usize, endpoint: &EndpointRecord) -> Option<String> {
    let checks: Vec<&Check> = (workload.flows.iter())
        .flat_map(|flow| &flow.steps)
        .filter(|step| step.endpoint == at)
        .flat_map(|step| &step.checks)
        .collect();
    let parts: Vec<String> = (endpoint.failed_checks.iter())
        .map(|(place, count)| {
            let check = usize::try_from(*place).ok().and_then(|at| checks.get(at));
            let name = check.map_or_else(
                || format!("check {}", place.saturating_add(1)),
                |check| check_text(check),
            );
            format!("{name} failed {} times", number(*count))
        })
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn check_text(check: &Check) -> String {
    match check {
        Check::Status(of) => {
            let of: Vec<String> = of.iter().map(u16::to_string).collect();
            format!("expect.status {}", of.join(" or "))
        }
        Check::BodyContains(text) => format!("expect.body {text:?}"),
        Check::Json { pointer, value } => match value {
            Some(value) => format!("expect.json {pointer} = {value}"),
            None => format!("expect.json-has {pointer}"),
        },
    }
}

fn connections(workload: &Workload, record: &Record) -> String {
    let seen = &record.driven.connections;
    if seen.opened == 0 && seen.connect.is_empty() && seen.first_byte.is_empty() {
        return "none".to_owned();
    }
    let kind = if workload.protocol.cold {
        "a new one for every call (cold)"
    } else {
        "kept between calls (warm)"
    };
    let mut parts = vec![format!(
        "{} opened, at most {} at once, {kind}",
        number(seen.opened),
        number(seen.most)
    )];
    for (name, histogram) in [
        ("connect", &seen.connect),
        ("TLS", &seen.tls),
        ("first byte", &seen.first_byte),
    ] {
        parts.extend(phase(name, histogram));
    }
    parts.join("; ")
}

fn phase(name: &str, histogram: &Histogram) -> Option<String> {
    let (middle, most) = histogram.quantile(0.5).zip(histogram.max())?;
    Some(format!(
        "{name} p50 {}, max {}",
        time(float(middle)),
        time(float(most))
    ))
}

fn generator(record: &Record) -> String {
    let seen = &record.driven.generator;
    let part = |part: u64| match part {
        0 => "none".to_owned(),
        part => format!(
            "{} ({})",
            number(part),
            percent(float(part) / float(seen.due))
        ),
    };
    let mut parts = vec![format!(
        "{} flows were due, began late: {}, dropped: {}",
        number(seen.due),
        part(seen.late),
        part(seen.dropped),
    )];
    if let Some(lateness) = seen.lateness.quantile(0.99) {
        parts.push(format!("send lateness p99 {}", time(float(lateness))));
    }
    let threads = match seen.threads {
        1 => "1 thread".to_owned(),
        more => format!("{more} threads"),
    };
    parts.push(match seen.cpu {
        Some(cpu) => format!("CPU {:.0}% of {threads}", cpu * 100.0),
        None => threads,
    });
    parts.push(format!("{} sockets at most", number(seen.sockets)));
    if let Some(rss) = seen.rss {
        parts.push(format!("RSS {}", size(rss)));
    }
    parts.join("; ")
}

fn process_text(process: &ProcessRecord, record: &Record) -> String {
    let mut parts = vec![format!("peak RSS {}", size(process.peak_rss))];
    let seconds = record.driven.window.as_secs_f64();
    let cores = process.cpu.as_secs_f64() / seconds;
    let share = if cores.is_finite() {
        format!(" ({cores:.2} cores)")
    } else {
        String::new()
    };
    parts.push(format!("CPU {}{share}", format_duration(process.cpu)));
    let most = |values: &mut dyn Iterator<Item = u32>| values.max();
    if let Some(threads) = most(&mut process.samples.iter().map(|sample| sample.threads)) {
        parts.push(format!("threads {threads}"));
    }
    if let Some(fds) = most(&mut process.samples.iter().filter_map(|sample| sample.fds)) {
        parts.push(format!("file descriptors {fds}"));
    }
    if let Some(processes) = most(&mut process.samples.iter().map(|sample| sample.processes))
        && processes > 1
    {
        parts.push(format!("processes {processes}"));
    }
    if let Some(cost) = process.own_cost.filter(|cost| cost.is_finite()) {
        parts.push(format!(
            "observing took {} of a core",
            percent(cost.max(0.0))
        ));
    }
    parts.join("; ")
}

/// The verdict on memory over time.
fn leak_text(seen: Option<&Leak>) -> String {
    let Some(leak) = seen else {
        return "not told: too few looks at the target's memory".to_owned();
    };
    let rate = |value: f64| {
        let sign = if value < 0.0 { "-" } else { "" };
        format!("{sign}{}/min", format_value(value.abs(), &Unit::Bytes))
    };
    let slope = format!(
        "{} [{}, {}]",
        rate(leak.slope),
        rate(leak.low),
        rate(leak.high)
    );
    match leak.shape {
        Shape::TooShort => "not told: the run is too short to tell growth from settling".to_owned(),
        Shape::Level => format!("none: memory is level, {slope}"),
        Shape::Plateau => format!(
            "none: memory grew by {} and stopped",
            format_value(leak.growth.max(0.0), &Unit::Bytes)
        ),
        Shape::Rising => format!("memory rises to the end, by {slope}"),
    }
}

/// Two digits: this is for people, limits are beside exact values.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        percent if !percent.is_finite() => "n/a".to_owned(),
        percent if percent >= 9.95 => format!("{percent:.0}%"),
        percent if percent >= 0.995 => format!("{percent:.1}%"),
        percent if percent >= 0.0995 => format!("{percent:.2}%"),
        0.0 => "0%".to_owned(),
        percent => format!("{percent:.3}%"),
    }
}

fn size(bytes: u64) -> String {
    format_value(float(bytes), &Unit::Bytes)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts, sizes and nanoseconds are shown in four digits"
)]
const fn float(value: u64) -> f64 {
    value as f64
}
