//! The base revision of a comparison: finding it, checking it out beside the project, and building it with the
//! candidate's bench sources, compiler and flags.
//!
//! A candidate is built in place, as it lies there, by [`build`](super::build). Its base never touches the user's working
//! tree or index: it lives in a cache outside, see [`cache_root`].

pub(super) mod attempt;
mod binaries;
mod build;
mod cache;
mod carry;
mod checked_out;
mod checkout;
mod context;
mod differences;
mod locks;
mod merge;
mod resolve;
mod seed;
mod sources;
mod submodules;

pub use binaries::{BaseBinaries, build_base_binaries, build_binaries, build_programs};
pub use build::{BaseBench, build_base};
pub use cache::{cache_root, clean};
pub use checked_out::CheckedOut;
pub use checkout::{CheckedOutFor, Checkout, checkout};
pub(super) use context::Context;
pub use differences::differences;
pub use resolve::{Base, read_at, resolve};
pub(super) use seed::copy_all;

#[cfg(test)]
pub(super) mod fixture;
#[cfg(test)]
mod tests;
