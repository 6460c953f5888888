//! Atomics of the standard library, or loom's where its model checker runs (see `probe/loom`).

#[cfg(loom)]
pub(crate) use loom::sync::atomic;
#[cfg(not(loom))]
pub(crate) use std::sync::atomic;
