//! Locks between tollgate processes: files that the system unlocks when their holder ends, in whatever way.

use super::super::BuildError;
use super::cache::{cache_error, create_directory};
use crate::collect::process::Interrupt;
use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

/// How often a lock that another process has is tried again.
const RETRY: Duration = Duration::from_millis(100);

/// What to do while another process has a lock.
pub(super) struct Waiting<'a> {
    pub(super) interrupt: &'a Interrupt,
    /// Told once, with the file that is waited for.
    pub(super) notice: &'a dyn Fn(&Path),
}

/// An exclusive lock on a file, until it is dropped or the process ends in whatever way.
#[derive(Debug)]
pub(super) struct Lock(
    #[expect(dead_code, reason = "the lock is held while the file is open")] File,
);

impl Lock {
    /// The lock, if nobody has it.
    pub(super) fn attempt(path: &Path) -> Result<Option<Self>, BuildError> {
        loop {
            // Whoever cleaned meanwhile took the directory away too.
            if let Some(directory) = path.parent() {
                create_directory(directory)?;
            }
            let file = File::options()
                .create(true)
                .truncate(false)
                .write(true)
                .open(path)
                .map_err(|error| cache_error(path, &error))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(cache_error(path, &error)),
            }
            // Whoever had it may have removed the file: a lock on a file without a name keeps nobody out.
            if is_still(&file, path) {
                return Ok(Some(Self(file)));
            }
        }
    }

    pub(super) fn wait(path: &Path, waiting: &Waiting<'_>) -> Result<Self, BuildError> {
        let mut told = false;
        loop {
            if let Some(lock) = Self::attempt(path)? {
                return Ok(lock);
            }
            if !std::mem::replace(&mut told, true) {
                (waiting.notice)(path);
            }
            if waiting.interrupt.is_set() {
                return Err(BuildError::Interrupted);
            }
            std::thread::sleep(RETRY);
        }
    }
}

fn is_still(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(held), Ok(named)) => (held.dev(), held.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_had_by_one_at_a_time() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock");
        let first = Lock::attempt(&path).unwrap().unwrap();
        assert!(Lock::attempt(&path).unwrap().is_none());
        drop(first);
        assert!(Lock::attempt(&path).unwrap().is_some());
    }

    #[test]
    fn whoever_waits_is_told_and_can_be_stopped() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock");
        let _held = Lock::attempt(&path).unwrap().unwrap();
        let interrupt = Interrupt::default();
        let flag = interrupt.flag();
        let told = std::cell::RefCell::new(Vec::new());
        let waiting = Waiting {
            interrupt: &interrupt,
            notice: &|path| {
                told.borrow_mut().push(path.to_owned());
                flag.store(true, std::sync::atomic::Ordering::Relaxed);
            },
        };
        let error = Lock::wait(&path, &waiting).unwrap_err();
        assert!(matches!(error, BuildError::Interrupted), "{error}");
        assert_eq!(*told.borrow(), [path]);
    }
}
