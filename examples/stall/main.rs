//! What a stall of one second looks like in the two kinds of time: drives a function that hangs once, and draws both
//! distributions.
//!
//! `cargo run --release --example stall [FILE]`; without a file, `docs/workloads/stall.svg`.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "an example program: reads its arguments, writes a file, says where"
)]

mod draw;

use std::error::Error;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tollgate::load::{self, Call, Control, Reply, Subject};
use tollgate::workload::record::{Class, Outcome};
use tollgate::workload::scenario::{
    Closed, Endpoint, Flow, Model, Network, Protocol, Safety, Step, Target, UserStage, Workload,
};

const USERS: u32 = 10;
const DELAY: Duration = Duration::from_millis(20);
const LENGTH: Duration = Duration::from_secs(20);
/// From the first call to the stall.
const UNTIL: Duration = Duration::from_secs(8);
const STALL: Duration = Duration::from_secs(1);

/// Takes a millisecond a call, and hangs once.
#[derive(Debug, Default)]
struct Stalling {
    first: OnceLock<Instant>,
}

impl Subject for Stalling {
    type User = ();

    fn user(&self, _number: u64) -> Self::User {}

    async fn call<'a>(&'a self, _user: &'a mut Self::User, _call: Call) -> Reply {
        let sent = Instant::now();
        let begin = *self.first.get_or_init(|| sent) + UNTIL;
        let end = begin + STALL;
        let until = if (begin..end).contains(&sent) {
            end
        } else {
            sent
        };
        tokio::time::sleep_until((until + Duration::from_millis(1)).into()).await;
        Reply {
            sent,
            done: Instant::now(),
            outcome: Outcome::Ok,
            class: Class::Success,
            failed_check: None,
            connect: None,
            tls: None,
            first_byte: None,
            bytes_sent: 0,
            bytes_received: 0,
        }
    }
}

/// Users who call every 20 ms.
fn workload() -> Workload {
    let name = "stall".to_owned();
    Workload {
        name: name.clone(),
        preset: None,
        target: Target::InProcess,
        model: Model::Closed(Closed {
            start: USERS,
            stages: vec![UserStage {
                users: USERS,
                over: LENGTH,
            }],
            calls_per_user: None,
            delay: DELAY,
        }),
        warm_up: Duration::ZERO,
        endpoints: vec![Endpoint { name: name.clone() }],
        flows: vec![Flow {
            name,
            weight: 1,
            once: false,
            steps: vec![Step {
                endpoint: 0,
                method: "GET".to_owned(),
                path: "/".to_owned(),
                headers: Vec::new(),
                body: None,
                payload: 0,
                checks: Vec::new(),
                captures: Vec::new(),
            }],
        }],
        protocol: Protocol::default(),
        network: Network::default(),
        timeout: Duration::from_secs(10),
        body_limit: 0,
        threads: Some(1),
        safety: Safety::default(),
        observe: Duration::from_secs(1),
        windows: Vec::new(),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args_os().nth(1).map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/workloads/stall.svg"),
        PathBuf::from,
    );
    let (subject, control) = (Arc::new(Stalling::default()), Arc::new(Control::default()));
    let driven = load::drive(&subject, &Arc::new(workload()), 1, &control)?;
    let times = &driven
        .endpoints
        .first()
        .ok_or("nothing was recorded")?
        .judged;
    let title = format!(
        "{USERS} users, a call every {} ms each, one stall of {} s: {} calls",
        DELAY.as_millis(),
        STALL.as_secs(),
        times.response.len()
    );
    let picture = draw::picture(&title, &times.response, &times.service)
        .ok_or("no call went well: there is nothing to draw")?;
    if let Some(directory) = file.parent() {
        std::fs::create_dir_all(directory)?;
    }
    std::fs::write(&file, picture)?;
    for (name, share) in [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99)] {
        println!(
            "{name}: response {:?}, service {:?}",
            times.response.quantile(share).map(Duration::from_nanos),
            times.service.quantile(share).map(Duration::from_nanos)
        );
    }
    println!("drawn: {}", file.display());
    Ok(())
}
