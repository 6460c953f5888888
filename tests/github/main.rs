//! GitHub as `tollgate comment` meets it: a server with a memory, on a real socket.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests start servers and processes, and fail by panicking"
)]

mod contract;
mod fake;
mod faults;
mod guard;
mod http;
mod prism;
mod scenarios;
