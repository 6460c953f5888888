//! The atomics that the lock-free parts are built on: the standard ones, or under `--cfg loom` the ones of the model
//! checker, which runs a test under every order of events that the memory model allows.

#[cfg(loom)]
pub(crate) use loom::sync::atomic;
#[cfg(not(loom))]
pub(crate) use std::sync::atomic;
