//! Where a run is read from: a Run file, an artifact, a directory with one of them.

use crate::cli::Problem;
use crate::files;
use crate::publish::trusted::MAX_BYTES;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What zip files begin with, those without an entry too.
const ZIP: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

/// Why there is no Run file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoRun {
    /// An artifact that is not taken.
    Refused {
        /// In our own words, for everyone.
        reason: &'static str,
        /// With the file and numbers, for the log.
        detail: String,
    },
    /// It could not be read; a sentence.
    Problem(String),
}

impl NoRun {
    pub(super) fn into_problem(self) -> Problem {
        match self {
            Self::Refused { detail, .. } | Self::Problem(detail) => Problem(detail),
        }
    }
}

/// The bytes of the Run file.
///
/// # Errors
/// Nothing there, too much there, too large, an artifact that is refused.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, NoRun> {
    let path = file_of(path).map_err(NoRun::Problem)?;
    let name = path.display().to_string();
    let bytes = files::read(&path, MAX_BYTES as u64).map_err(|error| {
        let hint = if error.kind() == ErrorKind::NotFound {
            "; `tollgate check` records a run"
        } else {
            ""
        };
        NoRun::Problem(format!("failed to read the run {name}: {error}{hint}"))
    })?;
    if ZIP.iter().any(|begin| bytes.starts_with(begin)) {
        unpacked(&name, &bytes)
    } else {
        Ok(bytes)
    }
}

/// The Run file in an artifact.
#[cfg(feature = "github")]
pub(super) fn unpacked(name: &str, bytes: &[u8]) -> Result<Vec<u8>, NoRun> {
    crate::publish::archive::unpack(bytes).map_err(|error| NoRun::Refused {
        reason: error.reason(),
        detail: format!("{name}: {error}"),
    })
}

/// The Run file in an artifact, which this build cannot take out of it.
#[cfg(not(feature = "github"))]
pub(super) fn unpacked(name: &str, _bytes: &[u8]) -> Result<Vec<u8>, NoRun> {
    Err(NoRun::Refused {
        reason: "artifacts cannot be read by a tollgate that was built without the feature `github`",
        detail: format!(
            "{name} is a zip file, which this tollgate cannot read: it was built without the feature `github`; unpack it and \
             give the run.json in it"
        ),
    })
}

/// The file itself, or the only `.json` or `.zip` of a directory.
fn file_of(path: &Path) -> Result<PathBuf, String> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let refuse = |problem: &str| format!("{}: {problem}", path.display());
    let mut found: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(path).map_err(|error| refuse(&error.to_string()))? {
        let file = entry.map_err(|error| refuse(&error.to_string()))?.path();
        let is_one = file
            .extension()
            .is_some_and(|extension| extension == "json" || extension == "zip");
        if is_one && file.is_file() {
            found.push(file);
        }
    }
    match found.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(refuse("there is neither a run.json nor an artifact in it")),
        more => Err(refuse(&format!(
            "there are {} runs and artifacts in it; name one of them",
            more.len()
        ))),
    }
}
