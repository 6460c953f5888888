//! The file of one run of a workload: versioned JSON with everything of the [`Record`], histograms included. See
//! `docs/load-format.md`.
//!
//! Histograms, not percentiles: those of several files add up to the whole without loss. Pure: bytes in, record out.

mod keys;
mod raw;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use raw::{Judged, JudgedBudget, JudgedLimit};

use super::Record;
use crate::measurement::FormatError;
use crate::measurement::format::document::{Document, format_error};
use std::io::{self, Write};

/// The version that this tollgate writes and reads.
pub const LOAD_VERSION: u32 = 1;

/// Value of the key `format`.
pub const LOAD_FORMAT: &str = "tollgate-load";

/// Largest file that is read, in bytes.
pub const LARGEST: u64 = 256 << 20;

/// Histograms of a file: a text of a hundred bytes becomes up to a quarter of a MiB.
const MOST_HISTOGRAMS: usize = 2_048;

/// Looks at the target's processes, and seconds, of a file.
const MOST_SAMPLES: usize = 1_000_000;

const DOCUMENT: Document = Document {
    format: LOAD_FORMAT,
    version: LOAD_VERSION,
    what: "load file",
    labels: &[("endpoints", &["name"]), ("flows", &["name"])],
    next_step: "`tollgate load NAME --json FILE` writes one, docs/load-format.md describes it",
};

/// A run of a workload as it stands in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    /// The version of tollgate that wrote it.
    pub tollgate: String,
    /// What was measured.
    pub record: Record,
    /// What was said of it then.
    pub judged: Option<Judged>,
}

/// Writes a load file: one line of JSON.
///
/// # Errors
/// From the writer, and [`io::ErrorKind::InvalidData`] naming the field for a record that could not be read again: a number that
/// is not finite, a name twice. Nothing is written in that case.
pub fn write_load(load: &Load, out: &mut dyn Write) -> io::Result<()> {
    let invalid = |problem: String| io::Error::new(io::ErrorKind::InvalidData, problem);
    let raw = write::raw(load).map_err(invalid)?;
    // What could not be read again must not be found out later.
    read::check(&raw).map_err(invalid)?;
    let mut text = serde_json::to_string(&raw)?;
    text.push('\n');
    out.write_all(text.as_bytes())
}

/// Reads a load file. `file` is only named in errors.
///
/// # Errors
/// Not JSON, not a load file, an unknown version, an unknown, missing or impossible field, a histogram that is none or that
/// has another number of values than `count` says.
pub fn read_load(file: &str, bytes: &[u8]) -> Result<Load, FormatError> {
    if bytes.len() as u64 > LARGEST {
        let problem = format!(
            "{} bytes are more than a load file may have ({LARGEST})",
            bytes.len()
        );
        return Err(format_error(file, &problem));
    }
    let raw: raw::RawLoad = DOCUMENT.parse(file, bytes)?;
    read::check(&raw)
        .and_then(|()| read::load(raw))
        .map_err(|problem| format_error(file, &problem))
}

/// Reads the record of a load file.
///
/// # Errors
/// As [`read_load`].
pub fn read_record(file: &str, bytes: &[u8]) -> Result<Record, FormatError> {
    read_load(file, bytes).map(|load| load.record)
}
