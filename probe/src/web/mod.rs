//! Timing the requests of a server: for axum, tower and hyper.
//!
//! | what | for | family | price | measured |
//! |---|---|---|---|---|
//! | [`probed`] | a handler of axum | `http_request_duration_seconds` | two clock readings and one record; no box | 13 to 30 ns |
//! | [`probed_by_path`] | the same, without naming the route | `http_request_duration_seconds` | also the look-up of axum's `MatchedPath` | 40 to 57 ns |
//! | [`ProbeService`], [`probed_fn`] | a whole tower service, a function for hyper | `http_service_duration_seconds` | as `probed` | 10 to 21 ns |
//! | [`ProbeLayer`] | an axum `Router::layer`, for convenience | `http_service_duration_seconds` | as `probed_by_path`, and what axum takes for any layer | 93 to 110 ns, 47 to 67 of them for a layer that does nothing |
//!
//! Measured on 2026-11-21 with 2 busy virtual cores (Cascade Lake, 2.5 GHz) by
//! `cargo run --release -p tollgate-probe --example web_price`: medians of three processes, over 335 to 355 ns for the
//! plain router with a hello-world handler, called in process. In a live server cache misses come on top.
//!
//! Both families have the labels `route`, `method` and `status`. They are two because a request may pass both: a service
//! around the router sees what no route matched, and a handler knows its route. Adding them up would count it twice.
//!
//! # What is measured
//!
//! From the call of the handler or service until the head of the response is ready; a streamed body is not part of it.
//! Every call counts exactly once, by how it ended:
//!
//! - *completed*: a response with a status below 500;
//! - *failed*: a response with a status from 500, or an error of the service (`status` is then [`NO_STATUS`]);
//! - *cancelled*: dropped before it was ready, as servers do when the client has gone (`status` is [`NO_STATUS`]);
//! - *panicked*: it panicked, whether or not somebody catches that further out (`status` is [`NO_STATUS`]).
//!
//! # What becomes a label
//!
//! Nothing that a client can make up. `route` is the template that the application declares, never the path of a
//! request, and [`UNMATCHED`] where none is known. `method` is one of the nine of HTTP, or `other`. `status` is the code;
//! codes that are not registered share the word of their class, such as `5xx`.
//!
//! # What it costs to be set up
//!
//! A route registers itself when its first request ends. Building wrappers, layers and routers, cloning them, and
//! `Layer::layer`, which axum calls once a connection or even once a request, register nothing.

pub mod endpoint;
mod future;
mod request;
mod service;
mod site;

#[cfg(feature = "axum")]
mod handler;

pub use endpoint::Endpoints;
#[cfg(feature = "axum")]
pub use endpoint::probe_router;
pub use future::{Answer, RequestFuture};
#[cfg(feature = "axum")]
pub use handler::{Probed, ProbedByPath, probed, probed_by_path};
pub use service::{ProbeLayer, ProbeService, probed_fn};

pub use crate::tracker::{NO_STATUS, REQUESTS};
/// The family of [`ProbeService`], [`ProbeLayer`] and [`probed_fn`].
pub const SERVICES: &str = "http_service_duration_seconds";
/// The `route` of requests that matched no route, or whose route the wrapper cannot know.
pub const UNMATCHED: &str = "unmatched";
