//! A small server whose routes and one slow query are timed, with its metrics on a port of their own.
//!
//! ```text
//! cargo run --release -p tollgate-probe --example server
//!
//! curl -i localhost:3000/                      # hello
//! curl -i localhost:3000/users/7               # a path with a parameter: one series for all users
//! curl -i localhost:3000/users/x               # 400, counted under the same route
//! curl -i localhost:3000/report                # waits for a slow query
//! curl -m 0.01 localhost:3000/report           # the client gives up: counted as cancelled
//!
//! curl localhost:3001/metrics                  # Prometheus text; -H 'Accept: application/openmetrics-text' for the other
//! curl localhost:3001/metrics.json             # by route, with alerts
//! curl 'localhost:3001/metrics.json?window=5m' # what came in the last five minutes
//! curl 'localhost:3001/metrics.json?by='       # every series
//!
//! curl -X POST localhost:3001/probe/off        # nothing is recorded from here on, at the price of one load
//! curl -X POST localhost:3001/probe/on
//! ```
//!
//! `PROBE=off` starts it switched off. `DEVELOPMENT=1` adds `X-Response-Time` to the answers. Built with
//! `--no-default-features --features axum` the same code records nothing and costs nothing.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a program reads its environment and prints where it listens"
)]

use std::error::Error;
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tollgate_probe::alert::{Comparison, Statistic, Threshold};
use tollgate_probe::tracker::{self, Tracker};
use tollgate_probe::web::{Endpoints, REQUESTS, probed};
use tollgate_probe::{Family, Timer};

/// A family: its label is known only when the query runs.
static QUERIES: Family<Timer, 1> =
    Family::new("db_query_seconds", ["table"]).help("Time of a query, by table");

async fn hello() -> &'static str {
    "hello\n"
}

async fn user(Path(id): Path<u32>) -> String {
    format!("user {id}\n")
}

/// Takes 200 ms, nearly all of them in one query.
async fn report() -> String {
    let query = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        42
    };
    // Dropped before it is ready, it counts as cancelled.
    let rows = QUERIES.get(["orders"]).timed(query).await;
    format!("{rows} orders\n")
}

fn application(development: bool) -> Router {
    Router::new()
        .route("/", get(probed("/", hello)))
        .route(
            "/users/{id}",
            get(probed("/users/{id}", user).response_time_header(development)),
        )
        .route(
            "/report",
            get(probed("/report", report).response_time_header(development)),
        )
}

/// Metrics, windows, alerts and the switch: on another port, which strangers do not reach.
fn administration() -> Result<Router, Box<dyn Error>> {
    let slow = Threshold::new(REQUESTS, Statistic::P99, Comparison::Gt, 0.1)
        .message("requests take more than 100 ms");
    let tracker = tracker::install(Tracker::builder().threshold(slow).build()?)
        .map_err(|_| "there is a tracker already")?;
    // The probe has no timer of its own: each scrape calls the tracker's upkeep.
    let endpoints = Endpoints::new().tracker(tracker);
    Ok(endpoints.router().route("/probe/{state}", post(switch)))
}

async fn switch(Path(state): Path<String>) -> StatusCode {
    match &*state {
        "on" => tollgate_probe::set_enabled(true),
        "off" => tollgate_probe::set_enabled(false),
        _ => return StatusCode::NOT_FOUND,
    }
    StatusCode::NO_CONTENT
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tollgate_probe::set_enabled(std::env::var("PROBE").as_deref() != Ok("off"));
    let development = std::env::var_os("DEVELOPMENT").is_some();

    let public = TcpListener::bind("127.0.0.1:3000").await?;
    let internal = TcpListener::bind("127.0.0.1:3001").await?;
    println!(
        "application on http://{}, metrics on http://{}/metrics",
        public.local_addr()?,
        internal.local_addr()?
    );
    let public = axum::serve(public, application(development));
    let internal = axum::serve(internal, administration()?);
    tokio::try_join!(
        std::future::IntoFuture::into_future(public),
        std::future::IntoFuture::into_future(internal)
    )?;
    Ok(())
}
