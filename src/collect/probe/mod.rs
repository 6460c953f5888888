//! What an application that links `tollgate-probe` recorded of itself.
//!
//! A command is told in `TOLLGATE_PROBE_RECORD` where to leave its record; `docs/probe-record.md` has the format. Each series
//! of it becomes metrics of the command's benchmark. A command that leaves none has only its own metrics: whether one was
//! expected, budgets know, and a budget on a metric that nobody measured is reported by name.

mod check;
mod metrics;
mod raw;
#[cfg(test)]
mod tests;

pub use metrics::{SeriesMeasured, read_record};

use super::tool::unreadable;
use super::{CollectError, Measured};
use crate::files;
use crate::measurement::{FailureKind, FormatError, Metric};
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use tempfile::TempDir;
use tollgate_probe::record::VARIABLE;

/// Largest record that is read, in bytes. 10,000 series have some 10 MB.
const MAX_BYTES: u64 = 64 << 20;

/// The place for the record of one invocation, removed with all that is in it.
pub(super) struct Place {
    directory: TempDir,
}

impl Place {
    pub(super) fn new() -> Result<Self, CollectError> {
        // Not beside the project: a record must not reach a disk that the command is measured on.
        let directory = tempfile::Builder::new().prefix("tollgate-probe-").tempdir();
        match directory {
            Ok(directory) => Ok(Self { directory }),
            Err(error) => Err(CollectError::Failed {
                kind: FailureKind::NotStarted,
                detail: format!("failed to make a directory for the record of a probe: {error}"),
            }),
        }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("record.json")
    }

    /// What the command must be told.
    pub(super) fn variable(&self) -> (OsString, OsString) {
        (VARIABLE.into(), self.path().into())
    }

    /// What the command left, as metrics `SERIES/METRIC`; nothing if it left nothing.
    pub(super) fn read(&self) -> Result<Measured, CollectError> {
        let bytes = match files::read(&self.path(), MAX_BYTES) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => {
                return Err(unreadable(format!(
                    "failed to read the record of its probe: {error}"
                )));
            }
        };
        let all = read_record("record of its probe", &bytes)
            .map_err(|error: FormatError| unreadable(error.to_string()))?;
        let flat = all
            .into_iter()
            .flat_map(|SeriesMeasured { name, measured }| {
                measured.into_iter().map(move |(metric, evidence)| {
                    let name = format!("{name}/{}", metric.name);
                    (Metric { name, ..metric }, evidence)
                })
            });
        Ok(flat.collect())
    }
}
