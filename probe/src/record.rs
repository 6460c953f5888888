//! Everything at one moment as the JSON record that `tollgate` reads; `docs/probe-record.md` has the format.
//!
//! A program that tollgate measures as a command writes one when it ends, and each of its series becomes a metric that a
//! budget can speak of:
//!
//! ```
//! fn main() -> Result<(), tollgate_probe::record::WriteError> {
//!     // .. the work ..
//!     tollgate_probe::record::write_where_asked()?;
//!     Ok(())
//! }
//! ```
//!
//! Unlike the JSON of [`export`](crate::export::json), which is for people and pages, a record is complete: raw buckets, exact
//! sums, and a version.

use std::ffi::OsString;
use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use crate::export::clip::clip;
use crate::export::json::string;
use crate::export::number::Float;
use crate::process::Start;
use crate::snapshot::{FamilySnapshot, Kind, Outcome, SeriesSnapshot, Snapshot, Unit, Value};

/// Value of the field `format`.
pub const FORMAT: &str = "tollgate-probe";

/// Version of the format that is written.
pub const VERSION: u32 = 1;

/// The environment variable in which tollgate says where it wants the record.
pub const VARIABLE: &str = "TOLLGATE_PROBE_RECORD";

/// Longest name, help text, label name and label value that is written whole, bytes. Longer text ends with `~` and a
/// fingerprint of the whole. Label values that were recorded in this process are shorter: all of a set have at most
/// 256 bytes together from their registration on.
pub const TEXT_BYTES: usize = 1024;

/// A record that could not be written. What was at that path before is still there.
#[derive(Debug)]
pub struct WriteError {
    /// Where it should have been written.
    pub path: PathBuf,
    /// What the operating system said.
    pub source: io::Error,
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        write!(f, "cannot write the probe record {path}: {}", self.source)
    }
}

impl std::error::Error for WriteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// A snapshot of this process as a record.
#[must_use]
pub fn to_json(snapshot: &Snapshot) -> String {
    render(snapshot, crate::process::start())
}

/// A snapshot of the process that started so as a record. Pure.
#[must_use]
pub fn render(snapshot: &Snapshot, start: Start) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let written = document(&mut out, snapshot, start);
    debug_assert!(written.is_ok());
    out
}

/// Writes a record of everything recorded so far: beside its place, synced, renamed into it. Killed at any moment,
/// the old file or the new one is there, and perhaps a file `.NAME.PID-N.tmp` beside it.
///
/// # Errors
/// What the operating system refuses; the error names the path.
pub fn write_file(path: impl AsRef<Path>) -> Result<(), WriteError> {
    let path = path.as_ref();
    write(path, to_json(&crate::snapshot()).as_bytes()).map_err(|source| WriteError {
        path: path.to_owned(),
        source,
    })
}

/// Writes a record where the environment variable [`VARIABLE`] says, and returns whether it says anything. Call it when the
/// work is done; without tollgate it does nothing.
///
/// # Errors
/// As [`write_file`].
pub fn write_where_asked() -> Result<bool, WriteError> {
    match std::env::var_os(VARIABLE) {
        Some(path) if !path.is_empty() => write_file(PathBuf::from(path)).map(|()| true),
        _ => Ok(false),
    }
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let Some(name) = path.file_name() else {
        let problem = "it does not name a file";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
    };
    // Renaming would put a file in the place of a pipe or a device.
    match std::fs::metadata(path) {
        Ok(old) if !old.is_file() => {
            let problem = "it is not a regular file";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut beside = OsString::from(".");
    beside.push(name);
    let number = NUMBER.fetch_add(1, Relaxed);
    beside.push(format!(".{}-{number}.tmp", std::process::id()));
    let beside = path.with_file_name(beside);
    let mut file = File::options().write(true).create_new(true).open(&beside)?;
    let written = file
        .write_all(content)
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::rename(&beside, path));
    if let Err(error) = written {
        // The first error is the one to tell. What cannot be removed stays under its own name.
        drop(std::fs::remove_file(&beside));
        return Err(error);
    }
    sync_directory(path)
}

/// A rename is on disk only when its directory is.
#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

fn document(out: &mut String, snapshot: &Snapshot, start: Start) -> fmt::Result {
    let Start { id, pid, unix_ms } = start;
    let uptime = Float(snapshot.uptime.as_secs_f64());
    writeln!(out, "{{\"format\":\"{FORMAT}\",\"version\":{VERSION},")?;
    writeln!(
        out,
        "\"process\":{{\"id\":\"{id:016x}\",\"pid\":{pid},\"started_unix_ms\":{unix_ms}}},"
    )?;
    write!(
        out,
        "\"unix_ms\":{},\"uptime_s\":{uptime},\"families\":[",
        snapshot.unix_ms
    )?;
    for (at, one) in snapshot.families.iter().enumerate() {
        out.push_str(if at == 0 { "\n" } else { ",\n" });
        family(out, one)?;
    }
    out.push_str("]}\n");
    Ok(())
}

fn family(out: &mut String, family: &FamilySnapshot) -> fmt::Result {
    let kind = match family.kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::FloatGauge => "float-gauge",
        Kind::Histogram => "histogram",
    };
    let unit = match family.unit {
        Unit::None => "none",
        Unit::Seconds => "seconds",
        Unit::Bytes => "bytes",
    };
    out.push_str("{\"name\":");
    string(out, &clip(&family.name, TEXT_BYTES))?;
    out.push_str(",\"help\":");
    string(out, &clip(&family.help, TEXT_BYTES))?;
    write!(out, ",\"kind\":\"{kind}\",\"unit\":\"{unit}\",\"labels\":")?;
    strings(out, &family.label_names)?;
    out.push_str(",\"series\":[");
    // A series that does not hold what its family says cannot come out of the probe; a reader would refuse the whole record.
    let fitting = family.series.iter().filter(|series| {
        series.value.kind() == family.kind && series.labels.len() == family.label_names.len()
    });
    for (at, one) in fitting.enumerate() {
        out.push_str(if at == 0 { "\n" } else { ",\n" });
        series(out, one)?;
    }
    out.push_str("]}");
    Ok(())
}

fn series(out: &mut String, series: &SeriesSnapshot) -> fmt::Result {
    out.push_str("{\"labels\":");
    strings(out, &series.labels)?;
    if series.outcome != Outcome::Completed {
        write!(out, ",\"outcome\":\"{}\"", series.outcome.word())?;
    }
    if series.overflow {
        out.push_str(",\"overflow\":true");
    }
    match &series.value {
        Value::Counter(value) => write!(out, ",\"count\":{value}")?,
        Value::Gauge(value) => write!(out, ",\"level\":{value}")?,
        // JSON has no NaN and no infinity: as text, these have their names.
        Value::Float(value) if value.is_finite() => write!(out, ",\"value\":{}", Float(*value))?,
        Value::Float(value) => write!(out, ",\"value\":\"{}\"", Float(*value))?,
        Value::Distribution(distribution) => {
            // A scale that makes no sense is 0 here, which no reader takes for one.
            let scale = if distribution.scale.is_finite() {
                distribution.scale
            } else {
                0.0
            };
            let sum = distribution.sum;
            write!(
                out,
                ",\"scale\":{},\"sum\":\"{sum}\",\"buckets\":[",
                Float(scale)
            )?;
            for (at, (bucket, count)) in distribution.ordered().iter().enumerate() {
                let comma = if at == 0 { "" } else { "," };
                write!(out, "{comma}[{bucket},{count}]")?;
            }
            out.push(']');
        }
    }
    out.push('}');
    Ok(())
}

fn strings(out: &mut String, texts: &[std::sync::Arc<str>]) -> fmt::Result {
    out.push('[');
    for (at, text) in texts.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        string(out, &clip(text, TEXT_BYTES))?;
    }
    out.push(']');
    Ok(())
}
