//! Watches processes from outside: CPU, memory, threads, file descriptors and I/O of a whole tree, from `/proc`.
//!
//! Linux only; elsewhere [`is_available`] says no, and there is nothing to be seen.

#[cfg(target_os = "linux")]
mod proc;
#[cfg(target_os = "linux")]
mod read;
mod series;
#[cfg(target_os = "linux")]
mod tree;
#[cfg(not(target_os = "linux"))]
#[path = "elsewhere.rs"]
mod tree;
mod watching;

#[cfg(target_os = "linux")]
pub(crate) use read::{environment_has, processes, stat};
pub use series::{Series, cpu_between};
pub use tree::{Look, Root, Tree};
pub use watching::{Seen, Watching, own_cpu};

/// Resident memory of this process, bytes.
#[must_use]
pub fn own_memory() -> Option<u64> {
    #[cfg(target_os = "linux")]
    return read::resident(std::process::id());
    #[cfg(not(target_os = "linux"))]
    None
}

/// Whether processes can be watched on this system.
#[must_use]
pub const fn is_available() -> bool {
    cfg!(target_os = "linux")
}
