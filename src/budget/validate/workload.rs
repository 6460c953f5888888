//! `[[workload]]`: presets filled in, and what its parts mean together.

mod calls;
mod percentiles;
mod schedule;
mod target;

pub(super) use percentiles::{has_calls_enough, is_one, is_spoken_of};

use crate::budget::mistakes::Mistakes;
use crate::budget::presets::{self, Filling};
use crate::budget::raw::Section;
use crate::budget::{Source, Suite};
use crate::diagnostic::Code;
use crate::units::format_duration;
use crate::workload::Workload;
use crate::workload::scenario::{Endpoint, Network, Protocol, Safety, Window};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Whole runs that a check makes where the file does not say.
const INVOCATIONS: u32 = 5;
const TIMEOUT: Duration = Duration::from_secs(10);
const BODY_LIMIT: u64 = 16 * 1024 * 1024;
const OBSERVE: Duration = Duration::from_millis(250);
const ERROR_WINDOW: Duration = Duration::from_secs(10);

/// A workload is a suite of its own.
pub(super) fn suite(section: &Section, mistakes: &mut Mistakes) -> Option<Suite> {
    let filling = section
        .word("preset")
        .and_then(|name| presets::preset(name));
    let target = target::target(section, mistakes);
    let model = schedule::model(section, filling, mistakes);
    let payload = section
        .large("payload")
        .copied()
        .or(filling.map(|filling| filling.payload))
        .unwrap_or(0);
    let called = calls::called(section, payload, mistakes);
    if let Some(called) = &called
        && payload > 0
        && !section.has("payload")
        && called
            .flows
            .iter()
            .flat_map(|flow| &flow.steps)
            .all(|step| step.payload == 0)
    {
        no_payload(section, mistakes);
    }
    let safety = safety(section.table("safety").map(Box::as_ref));
    let model = model?;
    let mut workload = Workload {
        name: section.text("name")?.clone(),
        preset: filling.map(|filling| filling.preset),
        target: target?,
        model,
        warm_up: Duration::ZERO,
        endpoints: Vec::new(),
        flows: Vec::new(),
        protocol: Protocol {
            http2: section.flag("http2").copied().unwrap_or(false),
            cold: section.flag("cold").copied().unwrap_or(false),
            certificates: section.text("certificates").cloned(),
        },
        network: network(section, filling),
        timeout: section.time("timeout").copied().unwrap_or(TIMEOUT),
        body_limit: section.large("body-limit").copied().unwrap_or(BODY_LIMIT),
        threads: section.whole("threads").copied(),
        safety,
        observe: section.time("observe").copied().unwrap_or(OBSERVE),
        windows: Vec::new(),
    };
    workload.warm_up = schedule::warm_up(section, filling, workload.duration(), mistakes);
    let called = called?;
    workload.windows = windows(section, &called.endpoints, workload.window(), mistakes);
    workload.endpoints = called.endpoints;
    workload.flows = called.flows;
    Some(Suite {
        name: workload.name.clone(),
        source: Source::Workload(Arc::new(workload)),
        only: Vec::new(),
        invocations: Some(section.whole("invocations").copied().unwrap_or(INVOCATIONS)),
        timeout: None,
        place: mistakes.place(section.span_of("name"), ""),
    })
}

fn no_payload(section: &Section, mistakes: &mut Mistakes) {
    mistakes.push(
        mistakes
            .mistake(
                Code::InvalidValue,
                section.span_of("preset"),
                "the preset sends payloads, and nothing here takes one",
                "would put no pressure on memory",
            )
            .with_help("add an endpoint with `method = \"POST\"` and no `body`, or one whose body holds `{payload}`"),
    );
}

fn network(section: &Section, filling: Option<&Filling>) -> Network {
    let given = section.table("network");
    let delay = given.and_then(|given| given.time("delay")).copied();
    let bandwidth = given.and_then(|given| given.large("bandwidth")).copied();
    Network {
        delay: delay
            .or(filling.map(|filling| filling.network_delay))
            .unwrap_or_default(),
        bandwidth: bandwidth.or(filling.and_then(|filling| filling.bandwidth)),
    }
}

fn safety(given: Option<&Section>) -> Safety {
    let large = |key| given.and_then(|given| given.large(key)).copied();
    let time = |key| given.and_then(|given| given.time(key)).copied();
    Safety {
        memory: large("memory"),
        error_rate: given.and_then(|given| given.percent("error-rate")).copied(),
        error_window: time("error-window").unwrap_or(ERROR_WINDOW),
        requests: large("requests"),
        time: time("time"),
        disk: large("disk"),
    }
}

fn windows(
    section: &Section,
    endpoints: &[Endpoint],
    measured: Duration,
    mistakes: &mut Mistakes,
) -> Vec<Window> {
    let mut windows = Vec::new();
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for given in section.tables("window").into_iter().flatten() {
        let endpoint = match given.text("endpoint") {
            None => None,
            Some(name) => {
                let found = endpoints.iter().position(|endpoint| endpoint.name == *name);
                if found.is_none() {
                    calls::no_endpoint(given, name, endpoints, mistakes);
                    continue;
                }
                found
            }
        };
        let (Some(quantile), Some(length)) = (given.number("metric"), given.time("length")) else {
            continue;
        };
        let after = given.time("after").copied().unwrap_or_default();
        fits(given, *length, after, measured, mistakes);
        let key = format!("{endpoint:?} {quantile} {length:?}");
        if let Some(first) = taken.get(&key) {
            let line = mistakes.line(*first);
            mistakes.push(
                mistakes
                    .mistake(
                        Code::DuplicateName,
                        given.span_of("metric"),
                        "the same window of the same calls is there already",
                        format!("as in line {line}"),
                    )
                    .with_help("remove one of them"),
            );
            continue;
        }
        taken.insert(key, given.span_of("metric").start);
        windows.push(Window {
            endpoint,
            quantile: *quantile,
            length: *length,
            after,
            abort_above: given
                .time("abort-above")
                .map(|limit| limit.as_secs_f64() * 1e9),
        });
    }
    windows
}

/// A window that never fits would have no value.
fn fits(
    given: &Section,
    length: Duration,
    after: Duration,
    measured: Duration,
    mistakes: &mut Mistakes,
) {
    if length.saturating_add(after) <= measured {
        return;
    }
    let begin = if after.is_zero() {
        String::new()
    } else {
        format!(" after {}", format_duration(after))
    };
    let message = format!(
        "a window of {}{begin} does not fit into the {} that are measured",
        format_duration(length),
        format_duration(measured)
    );
    mistakes.push(
        mistakes
            .mistake(
                Code::InvalidValue,
                given.span_of("length"),
                message,
                "longer than what is measured",
            )
            .with_note("measured is the duration without the warm-up")
            .with_help("make the window shorter, or the duration longer"),
    );
}
