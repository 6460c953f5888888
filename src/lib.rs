//! tollgate: a performance regression gate for CI.
//!
//! ```text
//! budgets.toml -> plan -> collect -> Run -> compare -> verdict -> report -> exit code
//! ```
//!
//! Two ideas carry the design. The middle is pure: no files, processes, environment, clock or terminal, so
//! that a verdict is a function of recorded data. And a regression is a *verdict*, while an *error* means that
//! tollgate could not judge; they never share a type or an exit code.
//!
//! Modules without an `expect` below are the middle. The edges are declared here and nowhere else; what they
//! may do that the middle may not is listed in `clippy.toml`.

pub mod budget;
pub mod calibration;
pub mod compare;
pub mod diagnostic;
pub mod measurement;
pub mod plan;
pub mod publish;
pub mod report;
pub mod stats;
pub mod units;
pub mod verdict;
pub mod workload;

pub mod baseline;

#[expect(
    clippy::disallowed_methods,
    reason = "edge: asks cargo what there is to measure and builds it"
)]
pub mod build;
#[expect(
    clippy::disallowed_methods,
    reason = "edge: arguments, environment, files of the user, clock and terminal"
)]
pub mod cli;
#[expect(
    clippy::disallowed_methods,
    reason = "edge: starts processes, reads their output and the machine's description"
)]
pub mod collect;
#[expect(
    clippy::disallowed_methods,
    reason = "edge: reads files within bounds and writes them whole"
)]
mod files;
#[cfg(feature = "workload")]
#[expect(
    clippy::disallowed_methods,
    reason = "edge: sockets, threads and clocks of the load generator, the target's processes"
)]
pub mod load;
