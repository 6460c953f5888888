//! Synthetic workloads as values: what is to be driven ([`scenario`]), when ([`Model`]), and what came of it ([`Record`]).
//!
//! Pure. Sockets, processes, clocks and threads are the business of `load`, which carries a [`Workload`] out and gives a
//! [`Record`]; everything that is decided about a record (was the generator honest, is there a leak, which metrics does it
//! tell) is decided here.

pub mod calls;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod format;
pub mod honesty;
pub mod leak;
pub mod metrics;
pub mod record;
pub mod runaway;
pub mod safety;
#[cfg(test)]
pub(crate) mod samples;
pub mod scenario;
pub mod schedule;
pub mod template;
pub mod window;

pub use record::{Ended, Outcome, Record, Stop};
pub use scenario::{Model, Workload};

/// The benchmark of a workload that stands for all of its calls together.
pub const ALL: &str = "all";

/// The benchmark of a workload that stands for its target process: memory, CPU, leak, cold start.
pub const PROCESS: &str = "process";
