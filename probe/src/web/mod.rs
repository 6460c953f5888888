//! Timing the requests of a server: for axum, tower and hyper.
//!
//! | what | for | family | price |
//! |---|---|---|---|
//! | [`probed`] | a handler of axum | `http_request_duration_seconds` | two clock readings and one record; no box |
//! | [`ProbeService`], [`probed_fn`] | a whole tower service, a function for hyper | `http_service_duration_seconds` | the same |
//! | [`ProbeLayer`] | an axum `Router::layer`, for convenience | `http_service_duration_seconds` | the same, and what axum takes for any layer |
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

/// The family of [`probed`] handlers.
pub const REQUESTS: &str = "http_request_duration_seconds";
/// The family of [`ProbeService`], [`ProbeLayer`] and [`probed_fn`].
pub const SERVICES: &str = "http_service_duration_seconds";
/// The `route` of requests that matched no route, or whose route the wrapper cannot know.
pub const UNMATCHED: &str = "unmatched";
/// The `status` of requests that ended without a response.
pub const NO_STATUS: &str = "none";
