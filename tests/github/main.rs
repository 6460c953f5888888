//! GitHub as `tollgate comment` meets it: a server with a memory, on a real socket.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests start servers and processes, and fail by panicking"
)]

mod binary;
mod contract;
mod fake;
mod faults;
mod guard;
mod http;
mod prism;
#[path = "../cli/recorded.rs"]
#[expect(dead_code, reason = "other tests need more of it")]
mod recorded;
mod scenarios;
