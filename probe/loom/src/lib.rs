//! Those sources of the probe that hand memory from thread to thread, built with loom's atomics.
//!
//! They are the very files of the library, not copies. What loom cannot run (statics, thread-locals) is not among them; the
//! tests of the library and Miri see to that.
#![cfg(test)]
#![expect(dead_code, reason = "parts of modules that are only used elsewhere")]

#[path = "../../src/bucket.rs"]
mod bucket;
#[path = "../../src/sync.rs"]
mod sync;

mod tier;
