//! Workloads of one call, and a thread that makes calls as the engine does.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tollgate::load::{Call, HttpSubject, Reply, Subject};
use tollgate::workload::Workload;
use tollgate::workload::scenario::{
    Closed, Endpoint, Flow, Model, Network, Protocol, Safety, Step, Target, UserStage,
};

/// Long enough for a machine that is ten times slower; no test waits for it where all is well.
pub(crate) const PATIENT: Duration = Duration::from_secs(60);

/// What calls wait for a server that never answers.
pub(crate) const SHORT: Duration = Duration::from_millis(300);

/// `GET path` with nothing else.
pub(crate) fn step(path: &str) -> Step {
    Step {
        endpoint: 0,
        method: "GET".to_owned(),
        path: path.to_owned(),
        headers: Vec::new(),
        body: None,
        payload: 0,
        checks: Vec::new(),
        captures: Vec::new(),
    }
}

/// A workload with one flow of these steps.
pub(crate) fn workload(steps: Vec<Step>) -> Workload {
    Workload {
        name: "w".to_owned(),
        preset: None,
        target: Target::InProcess,
        model: Model::Closed(Closed {
            start: 1,
            stages: vec![UserStage {
                users: 1,
                over: Duration::from_secs(1),
            }],
            calls_per_user: None,
            delay: Duration::ZERO,
        }),
        warm_up: Duration::ZERO,
        endpoints: vec![Endpoint {
            name: "e".to_owned(),
        }],
        flows: vec![Flow {
            name: "f".to_owned(),
            weight: 1,
            once: false,
            steps,
        }],
        protocol: Protocol::default(),
        network: Network::default(),
        timeout: PATIENT,
        body_limit: 1 << 20,
        threads: None,
        safety: Safety::default(),
        observe: Duration::from_millis(250),
        windows: Vec::new(),
    }
}

/// The client of a workload.
pub(crate) fn subject(workload: Workload, origin: &str) -> HttpSubject {
    HttpSubject::new(&Arc::new(workload), origin, Path::new("."))
        .expect("a workload that can be driven")
}

/// The call of a step.
pub(crate) fn call(step: usize, number: u64) -> Call {
    Call {
        flow: 0,
        step,
        iteration: number,
        number,
        random: 4711,
    }
}

/// Runs `work` on one thread with its own tasks, as a thread of the engine does.
pub(crate) fn on_a_thread<F: Future>(work: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    tokio::task::LocalSet::new().block_on(&runtime, work)
}

/// The first step of a workload called `times` times by one user.
pub(crate) fn calls(subject: &HttpSubject, times: u64) -> Vec<Reply> {
    on_a_thread(async {
        let mut user = subject.user(0);
        let mut replies = Vec::new();
        for number in 0..times {
            replies.push(subject.call(&mut user, call(0, number)).await);
        }
        replies
    })
}
