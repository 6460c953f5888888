//! The command line as a user meets it: real processes in temporary projects.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests start processes and read files"
)]

mod actions;
mod base;
mod baseline;
mod cargo_projects;
mod check;
mod comment;
mod compare;
mod explain;
mod help;
mod interrupt;
mod load;
mod probe;
mod project;
mod proof;
mod recorded;
mod report;
mod setup;
mod system;
#[cfg(target_os = "linux")]
mod watch;
#[cfg(feature = "workload")]
mod watch_proxy;
