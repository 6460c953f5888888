//! The HTTP client of workloads against real sockets: servers that behave, and servers that do everything else.
#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "helpers of tests: servers, files and threads of the test"
)]

mod driver;
mod server;
mod web;

mod checks;
mod crowd;
mod nasty;
mod plain;
mod secure;
