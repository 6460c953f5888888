//! tollgate's client without the engine, with it, and hyper as it is mostly used.

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper_util::rt::TokioIo;
use std::error::Error;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::{JoinSet, LocalSet};
use tollgate::load::{Call, Control, HttpSubject, Subject, drive};
use tollgate::workload::scenario::{
    Closed, Endpoint, Flow, Model, Network, Protocol, Safety, Step, Target, UserStage,
};
use tollgate::workload::{Outcome, Workload};

/// What makes the requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum How {
    /// tollgate's client in a loop: what the client itself costs.
    Loop,
    /// tollgate's client driven by tollgate's engine, with all that is recorded.
    Drive,
    /// hyper with a task for each connection, as it is mostly used; no time limit, no checks.
    Hyper,
}

type Failure = Box<dyn Error>;

/// Makes the requests and says how many went well.
pub(crate) fn client(
    origin: &str,
    requests: u64,
    connections: u64,
    how: How,
) -> Result<(), Failure> {
    let each = requests.div_ceil(connections.max(1));
    let good = match how {
        How::Drive => driven(origin, each, connections)?,
        How::Loop | How::Hyper => {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            LocalSet::new().block_on(&runtime, looped(origin, each, connections, how))?
        }
    };
    println!("{good}");
    Ok(())
}

async fn looped(origin: &str, each: u64, connections: u64, how: How) -> Result<u64, Failure> {
    let workload = Arc::new(workload(each, connections));
    let subject = Rc::new(HttpSubject::new(&workload, origin, Path::new("."))?);
    let mut users = JoinSet::new();
    for number in 0..connections {
        let subject = Rc::clone(&subject);
        let address = origin.trim_start_matches("http://").to_owned();
        users.spawn_local(async move {
            match how {
                How::Hyper => plain(&address, each).await.unwrap_or(0),
                How::Loop | How::Drive => user(&subject, number, each).await,
            }
        });
    }
    let mut good = 0;
    while let Some(one) = users.join_next().await {
        good += one?;
    }
    Ok(good)
}

async fn user(subject: &HttpSubject, number: u64, each: u64) -> u64 {
    let mut user = subject.user(number);
    let mut good = 0;
    for iteration in 0..each {
        let call = Call {
            flow: 0,
            step: 0,
            iteration,
            number: iteration,
            random: 0,
        };
        let reply = subject.call(&mut user, call).await;
        good += u64::from(reply.outcome == Outcome::Ok);
    }
    good
}

async fn plain(address: &str, each: u64) -> Result<u64, Failure> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut sender, driver) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::task::spawn_local(driver);
    let mut good = 0;
    for _ in 0..each {
        sender.ready().await?;
        let request = Request::get("/")
            .header("host", address)
            .body(Empty::<Bytes>::new())?;
        let mut answer = sender.send_request(request).await?;
        while let Some(frame) = answer.body_mut().frame().await {
            frame?;
        }
        good += u64::from(answer.status().is_success());
    }
    Ok(good)
}

fn driven(origin: &str, each: u64, connections: u64) -> Result<u64, Failure> {
    let workload = Arc::new(workload(each, connections));
    let subject = Arc::new(HttpSubject::new(&workload, origin, Path::new("."))?);
    let control = Arc::new(Control::default());
    let driven = drive(&subject, &workload, 1, &control)?;
    let good = driven
        .endpoints
        .iter()
        .filter_map(|endpoint| endpoint.outcomes.get(&Outcome::Ok))
        .sum();
    Ok(good)
}

/// Closed, without a delay, for as long as it takes.
fn workload(each: u64, connections: u64) -> Workload {
    let users = u32::try_from(connections).unwrap_or(u32::MAX);
    Workload {
        name: "compare".to_owned(),
        preset: None,
        target: Target::InProcess,
        model: Model::Closed(Closed {
            start: users,
            stages: vec![UserStage {
                users,
                over: Duration::from_secs(3600),
            }],
            calls_per_user: Some(each),
            delay: Duration::ZERO,
        }),
        warm_up: Duration::ZERO,
        endpoints: vec![Endpoint {
            name: "root".to_owned(),
        }],
        flows: vec![Flow {
            name: "root".to_owned(),
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
        body_limit: 1 << 20,
        threads: Some(1),
        safety: Safety::default(),
        observe: Duration::from_secs(1),
        windows: Vec::new(),
    }
}
