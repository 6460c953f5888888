//! Hand-made workloads and records.

use crate::workload::record::{
    Driven, EndpointRecord, FlowRecord, Generator, ProcessRecord, ProcessSample, Record, Times,
};
use crate::workload::scenario::{
    Closed, Endpoint, Flow, Model, Network, Protocol, Safety, Step, Target, TargetProcess,
    UserStage, Window,
};
use crate::workload::{Outcome, Workload};
use std::collections::BTreeMap;
use std::time::Duration;

pub(crate) const SECOND: Duration = Duration::from_secs(1);

fn step(endpoint: usize) -> Step {
    Step {
        endpoint,
        method: "GET".to_owned(),
        path: "/".to_owned(),
        headers: Vec::new(),
        body: None,
        payload: 0,
        checks: Vec::new(),
        captures: Vec::new(),
    }
}

fn flow(name: &str, steps: &[usize]) -> Flow {
    Flow {
        name: name.to_owned(),
        weight: 1,
        once: false,
        steps: steps.iter().map(|endpoint| step(*endpoint)).collect(),
    }
}

pub(crate) fn workload(windows: Vec<Window>) -> Workload {
    Workload {
        name: "api".to_owned(),
        preset: None,
        target: Target::Start(TargetProcess {
            argv: vec!["server".to_owned()],
            environment: Vec::new(),
            directory: None,
            ready: "http://127.0.0.1:{port}/".to_owned(),
            ready_within: 30 * SECOND,
            stop_within: 5 * SECOND,
        }),
        model: Model::Closed(Closed {
            start: 1,
            stages: vec![UserStage {
                users: 1,
                over: 10 * SECOND,
            }],
            calls_per_user: None,
            delay: Duration::ZERO,
        }),
        warm_up: SECOND,
        endpoints: ["health", "login"]
            .map(|name| Endpoint {
                name: name.to_owned(),
            })
            .to_vec(),
        flows: vec![flow("health", &[0]), flow("session", &[1, 0])],
        protocol: Protocol::default(),
        network: Network::default(),
        timeout: 10 * SECOND,
        body_limit: 1 << 20,
        threads: None,
        safety: Safety::default(),
        observe: SECOND / 4,
        windows,
    }
}

/// `calls` of 1 ms, 2 ms, 3 ms and so on; service times half of that.
pub(crate) fn times(calls: u64) -> Times {
    let mut times = Times::default();
    for i in 1..=calls {
        times.response.record(i * 1_000_000);
        times.service.record(i * 500_000);
    }
    times
}

pub(crate) fn endpoint(name: &str, good: u64, outcomes: &[(Outcome, u64)]) -> EndpointRecord {
    let mut all: BTreeMap<Outcome, u64> = outcomes.iter().copied().collect();
    if good > 0 {
        all.insert(Outcome::Ok, good);
    }
    EndpointRecord {
        name: name.to_owned(),
        judged: times(good),
        outcomes: all,
        ..EndpointRecord::default()
    }
}

pub(crate) fn record(endpoints: Vec<EndpointRecord>) -> Record {
    Record {
        workload: "api".to_owned(),
        driven: Driven {
            window: 9 * SECOND,
            endpoints,
            flows: vec![FlowRecord {
                name: "session".to_owned(),
                times: times(50),
                failed: 50,
            }],
            generator: Generator {
                due: 1_000,
                threads: 2,
                ..Generator::default()
            },
            ..Driven::default()
        },
        cold_start: Some(Duration::from_millis(120)),
        process: Some(ProcessRecord {
            samples: vec![
                ProcessSample {
                    threads: 4,
                    fds: Some(10),
                    rss: 9 << 20,
                    ..ProcessSample::default()
                },
                ProcessSample {
                    threads: 6,
                    fds: Some(9),
                    rss: 10 << 20,
                    ..ProcessSample::default()
                },
            ],
            peak_rss: 12 << 20,
            cpu: 3 * SECOND,
            own_cost: None,
        }),
        ..Record::default()
    }
}

pub(crate) fn usual() -> Record {
    record(vec![
        endpoint("health", 450, &[]),
        endpoint(
            "login",
            50,
            &[(Outcome::Status, 40), (Outcome::Refused, 10)],
        ),
    ])
}
