//! Those sources of the probe that hand memory from thread to thread, built with loom's atomics.
//!
//! They are the very files of the library, not copies. What loom cannot run (statics, thread-locals) is not among them; the
//! tests of the library and Miri see to that.
#![cfg(test)]
#![allow(dead_code, reason = "parts of modules that are only used elsewhere")]

#[path = "../../src/bucket.rs"]
mod bucket;
mod registry;
#[path = "../../src/sync.rs"]
mod sync;
mod tier;

/// What keys know of snapshots.
mod snapshot {
    /// How a timed call ended.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub(crate) enum Outcome {
        Completed,
        Failed,
        Cancelled,
        Panicked,
    }
}
