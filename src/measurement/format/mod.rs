//! The Run file: versioned JSON. See `docs/run-format.md`.
//!
//! Others write this file from scripts, so it asks for little, refuses what it does not know, and says of every
//! mistake where it is. Pure: bytes in, [`Run`] out.
//!
//! A file may hold a million observations. It is read once, straight into the final types; only if that fails is
//! it read again, by slower code that keeps track of where it is.

mod check;
pub(crate) use check::started;
pub(crate) mod document;
pub(crate) mod fields;
mod locate;
mod raw;
#[cfg(test)]
mod tests;
mod write;

pub use write::write_run;

use super::Run;
use document::Document;

/// The version that this tollgate writes; it reads this one and, once there is one, the one before.
pub const FORMAT_VERSION: u32 = 1;

/// Value of the field `format`.
const FORMAT: &str = "tollgate-run";

/// Longest name of a suite, benchmark, metric, unit or kernel, in bytes.
pub(crate) const MAX_NAME_BYTES: usize = 4096;

const DOCUMENT: Document = Document {
    format: FORMAT,
    version: FORMAT_VERSION,
    what: "Run file",
    labels: &[("benchmarks", &["suite", "name"])],
    next_step: "docs/run-format.md describes it",
};

/// Why a text is no Run file, baseline or ledger, with the file and the field or line.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct FormatError {
    /// As the user named it.
    pub file: String,
    /// What is wrong and where, and what to do.
    pub problem: String,
}

/// Reads and validates a Run file. `file` is only named in errors.
///
/// # Errors
/// Not JSON, not a Run file, a version that is unknown, a field that is missing, unknown, negative or not finite,
/// a benchmark, metric or invocation twice.
pub fn read_run(file: &str, bytes: &[u8]) -> Result<Run, FormatError> {
    let raw: raw::RawRun = DOCUMENT.parse(file, bytes)?;
    let run = raw.into_run();
    check::check(&run).map_err(|problem| document::format_error(file, &problem))?;
    Ok(run)
}
