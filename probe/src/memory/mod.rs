//! Memory: what the process holds, and what the program allocated.
//!
//! [`Sampler`] reads the resident size from the kernel, at most once a second. [`CountingAllocator`] counts what the
//! program asks of its allocator, exactly, for a few plain additions an allocation.

mod counting;
mod proc;
mod sampler;

pub use counting::{Allocations, CountingAllocator, this_thread, whole_process};
pub use sampler::{Memory, Sampler, Unavailable};
