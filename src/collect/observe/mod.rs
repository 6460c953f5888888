//! Watches processes from outside: CPU, memory, threads, file descriptors and I/O of a whole tree, from `/proc`.
//!
//! Linux only; elsewhere [`is_available`] says no.

#[cfg(target_os = "linux")]
mod proc;
#[cfg(target_os = "linux")]
mod read;

#[cfg(target_os = "linux")]
pub(crate) use read::{environment_has, processes, stat};

/// Whether processes can be watched on this system.
#[must_use]
pub const fn is_available() -> bool {
    cfg!(target_os = "linux")
}
