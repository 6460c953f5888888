//! A workload and a record of it as real ones look, for tests.

use super::record::{
    Class, Connections, Driven, Ended, EndpointRecord, FlowRecord, Generator, Outcome,
    ProcessRecord, ProcessSample, Record, Second, Times,
};
use super::scenario::{
    Arrivals, Closed, Endpoint, Flow, Model, Network, Open, Protocol, RateStage, Safety, Step,
    Target, TargetProcess, UserStage, Window, Workload,
};
use crate::measurement::Histogram;
use std::collections::BTreeMap;
use std::time::Duration;

const MILLISECOND: u64 = 1_000_000;

fn step(endpoint: usize, method: &str, path: &str) -> Step {
    Step {
        endpoint,
        method: method.to_owned(),
        path: path.to_owned(),
        headers: Vec::new(),
        body: None,
        payload: 0,
        checks: Vec::new(),
        captures: Vec::new(),
    }
}

/// Open, 200 flows a second; `health`, and a session of `login` and `list`.
pub(crate) fn workload() -> Workload {
    let names = ["health", "login", "list"];
    Workload {
        name: "api".to_owned(),
        preset: None,
        target: Target::Start(TargetProcess {
            argv: vec!["{target-dir}/release/server".to_owned()],
            environment: Vec::new(),
            directory: None,
            ready: "http://127.0.0.1:{port}/health".to_owned(),
            ready_within: Duration::from_secs(30),
            stop_within: Duration::from_secs(5),
        }),
        model: Model::Open(Open {
            arrivals: Arrivals::Constant,
            start: 200.0,
            stages: vec![RateStage {
                rate: 200.0,
                over: Duration::from_secs(30),
            }],
            max_in_flight: 1_000,
        }),
        warm_up: Duration::from_secs(2),
        endpoints: names
            .map(|name| Endpoint {
                name: name.to_owned(),
            })
            .to_vec(),
        flows: vec![
            Flow {
                name: "health".to_owned(),
                weight: 4,
                once: false,
                steps: vec![step(0, "GET", "/health")],
            },
            Flow {
                name: "session".to_owned(),
                weight: 1,
                once: false,
                steps: vec![step(1, "POST", "/login"), step(2, "GET", "/items")],
            },
        ],
        protocol: Protocol::default(),
        network: Network::default(),
        timeout: Duration::from_secs(10),
        body_limit: 16 << 20,
        threads: Some(2),
        safety: Safety::default(),
        observe: Duration::from_millis(250),
        windows: vec![Window {
            endpoint: Some(1),
            quantile: 0.99,
            length: Duration::from_secs(10),
            after: Duration::ZERO,
            abort_above: None,
        }],
    }
}

/// Closed: 50 users at one call each 100 ms.
pub(crate) fn closed() -> Workload {
    Workload {
        model: Model::Closed(Closed {
            start: 50,
            stages: vec![UserStage {
                users: 50,
                over: Duration::from_secs(30),
            }],
            calls_per_user: None,
            delay: Duration::from_millis(100),
        }),
        ..workload()
    }
}

/// `calls` values from `low` on, each a little above the one before, with a tail.
fn spread(calls: u64, low: u64) -> Histogram {
    let mut histogram = Histogram::new();
    for at in 0..calls {
        let tail = if at % 50 == 0 {
            low * (at % 700) / 20
        } else {
            0
        };
        histogram.record(low + low * (at % 97) / 100 + tail);
    }
    histogram
}

fn endpoint(name: &str, calls: u64, low: u64) -> EndpointRecord {
    let times = Times {
        response: spread(calls, low),
        service: spread(calls, low - low / 50),
    };
    EndpointRecord {
        name: name.to_owned(),
        classes: BTreeMap::from([(Class::Success, times.clone())]),
        judged: times,
        outcomes: BTreeMap::from([(Outcome::Ok, calls)]),
        failed_checks: BTreeMap::new(),
        bytes_sent: 0,
        bytes_received: calls * 13,
    }
}

/// Half a minute in which the server stalled once for a second and `login` failed now and then.
pub(crate) fn record() -> Record {
    let mut login = endpoint("login", 1_120, 21 * MILLISECOND);
    // A stall: who came meanwhile waited, up to a second; the server took no longer than ever.
    for at in 0..40 {
        login
            .judged
            .response
            .record(1_000 * MILLISECOND - at * 25 * MILLISECOND);
        login.judged.service.record(24 * MILLISECOND);
    }
    login.outcomes = BTreeMap::from([
        (Outcome::Ok, 1_157),
        (Outcome::TimedOut, 3),
        (Outcome::Status, 9),
        (Outcome::Check, 2),
    ]);
    login.failed_checks = BTreeMap::from([(0, 2)]);
    let mut refused = Times::default();
    refused.response.record_n(2 * MILLISECOND, 9);
    refused.service.record_n(2 * MILLISECOND, 9);
    login.classes.insert(Class::ServerError, refused);
    Record {
        workload: "api".to_owned(),
        model: "open: 200/s constant".to_owned(),
        started: "2026-11-21T21:04:05Z".to_owned(),
        seed: 9_007_199_254_740_993,
        target: "http://127.0.0.1:41234".to_owned(),
        ended: Ended::Completed,
        driven: Driven {
            window: Duration::from_secs(28),
            endpoints: vec![
                endpoint("health", 4_480, MILLISECOND / 2),
                login,
                endpoint("list", 1_157, 8 * MILLISECOND),
            ],
            flows: vec![FlowRecord {
                name: "session".to_owned(),
                times: Times {
                    response: spread(1_150, 30 * MILLISECOND),
                    service: spread(1_150, 30 * MILLISECOND),
                },
                failed: 21,
            }],
            seconds: vec![
                Second {
                    calls: 243,
                    failed: 1
                };
                28
            ],
            windows: vec![Some(982e6)],
            connections: Connections {
                opened: 63,
                most: 61,
                connect: spread(63, 90_000),
                tls: Histogram::new(),
                first_byte: spread(6_800, 400_000),
            },
            generator: Generator {
                due: 5_600,
                late: 3,
                dropped: 0,
                lateness: spread(5_600, 40_000),
                cpu: Some(0.23),
                threads: 2,
                rss: Some(22 << 20),
                sockets: 61,
            },
        },
        cold_start: Some(Duration::from_millis(113)),
        process: Some(ProcessRecord {
            samples: (0..120)
                .map(|at| ProcessSample {
                    at: Duration::from_millis(250 * at),
                    processes: 1,
                    cpu: Duration::from_millis(100 * at),
                    rss: (34 << 20) + at * 1_000,
                    pss: at.is_multiple_of(10).then_some(33 << 20),
                    threads: 9,
                    fds: Some(72),
                    read: Some(0),
                    written: Some(4_096 * at),
                })
                .collect(),
            peak_rss: 35 << 20,
            cpu: Duration::from_millis(11_900),
            own_cost: Some(0.0012),
        }),
        log: None,
    }
}
