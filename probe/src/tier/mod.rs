//! Where values are kept: a shard for each thread, and a shared tier for what found no room there.
//!
//! This file is the hot path. Recording reads a thread-local pointer, follows it to the count, and adds: no lock, no
//! locked instruction, no allocation after the first touch. Everything else, a new thread, a new series, a new
//! octave, a full count, leaves through one cold function.
#![expect(
    unsafe_code,
    reason = "single-writer cells behind published pointers; every block has its argument"
)]

pub(crate) mod histogram;
mod hot;
pub(crate) mod read;
pub(crate) mod shard;
pub(crate) mod shared;
#[cfg(test)]
mod tests;
mod values;

pub(crate) use hot::*;
pub(crate) use values::VALUES;
