//! The tiers, as far as loom can run them.
#![expect(unsafe_code, reason = "as in the library")]

#[path = "../../../src/tier/histogram.rs"]
pub(crate) mod histogram;
#[path = "../../../src/tier/shared.rs"]
pub(crate) mod shared;

mod tests;
