//! Edge: baselines and ledger as files.
//!
//! A file is written whole or not at all. Killed at any moment, the old or the new file is there, whole. An acceptance writes its baselines first and the ledger last: cut
//! off in between, there are jobs without a ledger entry, and repeating the acceptance completes it (the jobs are
//! known by their ids and not added twice). The other way round the ledger would tell of what never happened.
#![expect(clippy::disallowed_methods, reason = "edge: reads and writes files")]

use super::accept::Acceptance;
use super::name::LEDGER_FILE;
use super::{Baseline, Ledger, read_baseline, read_ledger, write_baseline, write_ledger};
use crate::calibration::{
    CALIBRATION_FILE, Calibration, CalibrationJob, read_calibration, write_calibration,
};
use crate::files::{self, Existing, TEMPORARY};
use crate::measurement::FormatError;
use crate::measurement::format::document::MAX_BYTES;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// Name of the directory of baselines, beside budgets.toml.
pub const DIRECTORY: &str = "baselines";

/// Why the baselines cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The operating system refuses.
    #[error("{}: cannot be {action}", path.display())]
    Io {
        /// Which file or directory.
        path: PathBuf,
        /// What was tried, as in "cannot be read".
        action: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file that is broken.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// A file under a name that does not follow from its content: the next acceptance would write a second one.
    #[error("{}: the baseline in it belongs into `{expected}`; rename the file", path.display())]
    WrongName {
        /// The file.
        path: PathBuf,
        /// The name that follows from suite and class.
        expected: String,
    },
    /// Someone else is writing.
    #[error("{}: another `tollgate baseline accept` is at work here; try again when it is done", path.display())]
    Locked {
        /// The directory.
        path: PathBuf,
    },
}

fn failed(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Io {
        path,
        action,
        source,
    }
}

/// Reads every baseline of a directory, in the order of file names. No directory, no baselines.
///
/// Everything but `*.json` is left alone, and so are the ledger and names that begin with a dot.
///
/// # Errors
/// Names the file that cannot be read, is broken or stands under a wrong name.
pub fn load_all(directory: &Path) -> Result<Vec<Baseline>, StoreError> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed(directory, "read"))?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed(directory, "read"))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".json")
            && !name.starts_with('.')
            && name != LEDGER_FILE
            && name != CALIBRATION_FILE
        {
            paths.push(path);
        }
    }
    paths.sort();
    let mut baselines = Vec::with_capacity(paths.len());
    for path in paths {
        let baseline = read_baseline(&path.display().to_string(), &read(&path)?)?;
        let expected = baseline.file_name();
        if path
            .file_name()
            .is_none_or(|name| name != expected.as_str())
        {
            return Err(StoreError::WrongName { path, expected });
        }
        baselines.push(baseline);
    }
    Ok(baselines)
}

/// Reads the ledger of a directory. No file, no entries.
///
/// # Errors
/// Names the file that cannot be read or is broken.
pub fn load_ledger(directory: &Path) -> Result<Ledger, StoreError> {
    let path = directory.join(LEDGER_FILE);
    match read(&path) {
        Ok(text) => Ok(read_ledger(&path.display().to_string(), &text)?),
        Err(StoreError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            Ok(Ledger::default())
        }
        Err(error) => Err(error),
    }
}

/// Reads what was calibrated. No file, no jobs.
///
/// # Errors
/// Names the file that cannot be read or is broken.
pub fn load_calibration(directory: &Path) -> Result<Calibration, StoreError> {
    let path = directory.join(CALIBRATION_FILE);
    match read(&path) {
        Ok(text) => Ok(read_calibration(&path.display().to_string(), &text)?),
        Err(StoreError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            Ok(Calibration::default())
        }
        Err(error) => Err(error),
    }
}

fn read(path: &Path) -> Result<String, StoreError> {
    let text = files::read(path, MAX_BYTES as u64).and_then(|bytes| {
        String::from_utf8(bytes).map_err(|error| {
            let problem = format!(
                "it is not UTF-8 (byte {})",
                error.utf8_error().valid_up_to()
            );
            io::Error::new(io::ErrorKind::InvalidData, problem)
        })
    });
    text.map_err(failed(path, "read"))
}

/// The right to write into a directory of baselines, held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    directory: PathBuf,
    /// The directory itself is locked, so nothing is left behind, and the kernel lets go when the process dies.
    handle: File,
}

/// Locks a directory against other acceptances; makes it where there is none.
///
/// # Errors
/// Another process holds it, or the operating system refuses.
pub fn lock(directory: &Path) -> Result<Lock, StoreError> {
    fs::create_dir_all(directory).map_err(failed(directory, "created"))?;
    let handle = File::open(directory).map_err(failed(directory, "opened"))?;
    match handle.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(StoreError::Locked {
                path: directory.to_owned(),
            });
        }
        Err(TryLockError::Error(source)) => return Err(failed(directory, "locked")(source)),
    }
    let lock = Lock {
        directory: directory.to_owned(),
        handle,
    };
    lock.clear_up()?;
    Ok(lock)
}

impl Lock {
    /// Writes what was accepted: baselines first, the ledger last.
    ///
    /// # Errors
    /// Names the file; those before it are written.
    pub fn commit(&self, acceptance: &Acceptance) -> Result<(), StoreError> {
        for baseline in &acceptance.baselines {
            self.save(&baseline.file_name(), &write_baseline(baseline))?;
        }
        if let Some(entry) = &acceptance.entry {
            let mut ledger = load_ledger(&self.directory)?;
            ledger.entries.push(entry.clone());
            self.save(LEDGER_FILE, &write_ledger(&ledger))?;
        }
        Ok(())
    }

    /// Adds a job of `tollgate calibrate`.
    ///
    /// # Errors
    /// Names the file that cannot be read or written, or is broken.
    pub fn add_calibration(&self, job: CalibrationJob) -> Result<Calibration, StoreError> {
        let mut calibration = load_calibration(&self.directory)?;
        calibration.jobs.push(job);
        self.save(CALIBRATION_FILE, &write_calibration(&calibration))?;
        Ok(calibration)
    }

    /// Removes what a killed process left half-written. Nobody else is writing: we hold the lock.
    fn clear_up(&self) -> Result<(), StoreError> {
        let directory = &self.directory;
        for entry in fs::read_dir(directory).map_err(failed(directory, "read"))? {
            let entry = entry.map_err(failed(directory, "read"))?;
            if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
                fs::remove_file(entry.path()).map_err(failed(&entry.path(), "removed"))?;
            }
        }
        Ok(())
    }

    fn save(&self, name: &str, text: &str) -> Result<(), StoreError> {
        let path = self.directory.join(name);
        files::write(&path, Existing::Replace, |out| {
            out.write_all(text.as_bytes())
        })
        .map_err(failed(&path, "written"))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing alone is not enough: a child that another thread is just starting holds a copy of the handle
        // until it executes its program. If this fails, the lock goes with the last copy.
        let _ = self.handle.unlock();
    }
}

#[cfg(test)]
mod tests;
