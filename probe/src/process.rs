//! Edge: which process this is, so that readers can tell what was counted before a restart from what came after.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// One start of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// Random, drawn once for each process; a child after `fork` has its own. Not a secret.
    pub id: u64,
    /// As the operating system counts.
    pub pid: u32,
    /// When it was first asked for, milliseconds since 1970-01-01 UTC. Never changes, so that it can be written as
    /// `_created`.
    pub unix_ms: u64,
}

static START: Mutex<Option<Start>> = Mutex::new(None);

/// This process. The first call draws the id and reads the wall clock; ask for it when the application starts.
#[must_use]
pub fn start() -> Start {
    let pid = std::process::id();
    let mut start = START.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(start) = *start
        && start.pid == pid
    {
        return start;
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let unix_ms = now.map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX));
    // The keys of `RandomState` come from the operating system, but not anew after `fork`: pid and time are mixed in.
    let mut id = RandomState::new().build_hasher();
    id.write_u32(pid);
    id.write_u64(unix_ms);
    let new = Start {
        id: id.finish(),
        pid,
        unix_ms,
    };
    *start = Some(new);
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_one_start() {
        let first = start();
        assert_eq!(start(), first);
        assert_eq!(first.pid, std::process::id());
        assert_ne!(first.id, 0);
    }
}
