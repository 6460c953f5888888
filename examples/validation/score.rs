//! Scores the recording and keeps the document in step: edge.

use crate::data::{DataError, Recording};
use crate::rules::RULES;
use crate::table;
use clap::Args;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Bytes of the largest file that is read.
const FILE_LIMIT: u64 = 64 * 1024 * 1024;

/// The scorer's part of the document lies between these lines.
const BEGIN: &str = "<!-- begin: what `validation score` writes -->\n";
const END: &str = "<!-- end: what `validation score` writes -->\n";

/// What is committed.
const RECORDINGS: [&str; 2] = [
    "docs/validation/data.jsonl.gz",
    "docs/validation/fresh-copies.jsonl.gz",
];

/// Arguments of the scorer.
#[derive(Debug, Args)]
pub(crate) struct Score {
    /// Recordings. All rules are scored on the first; of others, our verdicts and estimates are shown.
    #[arg(default_values = RECORDINGS)]
    recordings: Vec<PathBuf>,
    /// The document that shows the scores.
    #[arg(long, default_value = "docs/validation/README.md")]
    document: PathBuf,
    /// Fail if the document shows anything else; write nothing.
    #[arg(long, conflicts_with = "write")]
    check: bool,
    /// Put the scores into the document.
    #[arg(long)]
    write: bool,
}

/// Why there is no score, or not the one that is shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScoreError {
    /// A file.
    #[error("cannot read or write {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The recording.
    #[error("{} is no recording", path.display())]
    Data {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: DataError,
    },
    /// The document.
    #[error("{} has no place for the scores: the lines {BEGIN:?} and {END:?} must be in it once, in this order", .0.display())]
    NoPlace(PathBuf),
    /// The document shows other scores.
    #[error(
        "{} does not show what the recording gives; `cargo run --release --example validation -- score --write` puts it right",
        .0.display()
    )]
    Differs(PathBuf),
}

/// Prints the scores, or compares or writes the document.
pub(crate) fn run(score: &Score) -> Result<(), ScoreError> {
    let mut tables = String::new();
    for (at, path) in score.recordings.iter().enumerate() {
        let recording = read_recording(path)?;
        tables.push_str(&match at {
            0 => table::tables(&recording, RULES),
            _ => table::more_estimates(&recording),
        });
    }
    let file_error = |path: &Path, source| ScoreError::File {
        path: path.to_owned(),
        source,
    };
    if !score.check && !score.write {
        let written = io::stdout().write_all(tables.as_bytes());
        return written.map_err(|source| file_error(Path::new("standard output"), source));
    }
    let document = &score.document;
    let text = fs::read_to_string(document).map_err(|source| file_error(document, source))?;
    let (before, shown, after) =
        shown(&text).ok_or_else(|| ScoreError::NoPlace(document.clone()))?;
    let due = format!("{tables}\n");
    if shown == due {
        return Ok(());
    }
    if score.check {
        return Err(ScoreError::Differs(document.clone()));
    }
    let replaced = [before, BEGIN, &due, END, after].concat();
    replace(document, &replaced).map_err(|source| file_error(document, source))
}

/// Reads and checks a recording.
pub(crate) fn read_recording(path: &Path) -> Result<Recording, ScoreError> {
    let read = || -> io::Result<Vec<u8>> {
        let length = fs::metadata(path)?.len();
        if length > FILE_LIMIT {
            let problem = format!("it has {length} bytes; at most {FILE_LIMIT} are read");
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, problem));
        }
        fs::read(path)
    };
    let bytes = read().map_err(|source| ScoreError::File {
        path: path.to_owned(),
        source,
    })?;
    Recording::unpack(&bytes).map_err(|source| ScoreError::Data {
        path: path.to_owned(),
        source,
    })
}

/// What is before, between and after the two lines.
pub(crate) fn shown(document: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = document.split_once(BEGIN)?;
    let (shown, after) = rest.split_once(END)?;
    (!after.contains(BEGIN) && !after.contains(END) && !shown.contains(BEGIN))
        .then_some((before, shown, after))
}

/// Whole or not at all.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let mut file = NamedTempFile::new_in(directory.unwrap_or(Path::new(".")))?;
    file.as_file()
        .set_permissions(fs::metadata(path)?.permissions())?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests;
