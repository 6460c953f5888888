//! What each way of timing requests costs, in process: one hello-world handler behind axum's router, called without a
//! socket, in the same shape without the probe, and with each wrapper, switched on and off.
//!
//! ```text
//! cargo run --release -p tollgate-probe --example web_price
//! ```
//!
//! All ways take turns in random order in one process; what is printed is the median of the paired differences to the
//! plain router. One process is one layout of code and heap: read differences of a few nanoseconds as none.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a measurement reads the clock and prints"
)]

use std::convert::Infallible;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::get;
use tollgate_probe::web::{ProbeLayer, ProbeService, probed, probed_by_path};
use tower_layer::{Layer, layer_fn};
use tower_service::Service;

const ROUNDS: usize = 400;
const REQUESTS: u32 = 500;

async fn hello() -> &'static str {
    "hello"
}

/// Nanoseconds a request.
fn run<S>(service: &mut S) -> f64
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    let mut context = Context::from_waker(Waker::noop());
    let started = Instant::now();
    for _ in 0..REQUESTS {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = http::Uri::from_static("/hello");
        let mut future = pin!(service.call(request));
        if let Poll::Ready(answer) = future.as_mut().poll(&mut context) {
            std::hint::black_box(answer.is_ok());
        }
    }
    started.elapsed().as_nanos() as f64 / f64::from(REQUESTS)
}

/// A layer that does nothing, in axum's price for layers.
#[derive(Clone)]
struct Nothing<S>(S);

impl<S: Service<Request>> Service<Request> for Nothing<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> S::Future {
        self.0.call(request)
    }
}

fn plain() -> Router {
    Router::new().route("/hello", get(hello)).with_state(())
}

fn layered(
    layer: impl Layer<axum::routing::Route, Service: Probing> + Clone + Send + Sync + 'static,
) -> Router {
    let routes: Router = Router::new().route("/hello", get(hello));
    routes.layer(layer).with_state(())
}

/// What axum asks of the service that a layer makes.
trait Probing:
    Service<Request, Response = Response, Error = Infallible, Future: Send>
    + Clone
    + Send
    + Sync
    + 'static
{
}

impl<S> Probing for S where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static
{
}

type Way = (&'static str, bool, Box<dyn FnMut() -> f64>);

fn way<S>(name: &'static str, on: bool, mut service: S) -> Way
where
    S: Service<Request, Response = Response, Error = Infallible> + 'static,
{
    (name, on, Box::new(move || run(&mut service)))
}

fn routed(handler: axum::routing::MethodRouter) -> Router {
    Router::new().route("/hello", handler).with_state(())
}

fn main() {
    let mut ways = vec![
        way("plain", true, plain()),
        way("plain again (A/A)", true, plain()),
        way("probed", true, routed(get(probed("/hello", hello)))),
        way(
            "probed, switched off",
            false,
            routed(get(probed("/hello", hello))),
        ),
        way("probed_by_path", true, routed(get(probed_by_path(hello)))),
        way(
            "ProbeService around the router",
            true,
            ProbeService::new(plain()),
        ),
        way(
            "a layer that does nothing",
            true,
            layered(layer_fn(Nothing)),
        ),
        way("ProbeLayer", true, layered(ProbeLayer::new())),
        way(
            "ProbeLayer, switched off",
            false,
            layered(ProbeLayer::new()),
        ),
    ];
    let mut times = vec![Vec::with_capacity(ROUNDS); ways.len()];
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    let mut order: Vec<usize> = (0..ways.len()).collect();
    for _ in 0..ROUNDS {
        for at in (1..order.len()).rev() {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            order.swap(at, (random % (at as u64 + 1)) as usize);
        }
        for at in &order {
            let (_, on, run) = &mut ways[*at];
            tollgate_probe::set_enabled(*on);
            times[*at].push(run());
        }
    }
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    println!(
        "{:<32} {:>9} {:>12}",
        "ns a request", "median", "over plain"
    );
    for (at, (name, _, _)) in ways.iter().enumerate() {
        let paired = times[at].iter().zip(&times[0]).map(|(a, b)| a - b);
        let (time, over) = (median(times[at].clone()), median(paired.collect()));
        println!("{name:<32} {time:>9.0} {over:>+12.0}");
    }
}
