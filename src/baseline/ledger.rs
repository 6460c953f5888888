//! The ledger: who accepted what, when, why, and what it was before.

use super::format::{json, lines};
use crate::measurement::FormatError;
use crate::measurement::format::document::{Document, Versioned, format_error};
use crate::measurement::format::fields::amount_problem;
use serde::{Deserialize, Serialize};

/// The version that this tollgate writes.
pub const LEDGER_VERSION: u32 = 1;

const DOCUMENT: Document = Document {
    format: "tollgate-ledger",
    version: LEDGER_VERSION,
    what: "ledger",
    labels: &[("entries", &["time"])],
    next_step: "docs/baseline-format.md describes it",
};

/// `baselines/ledger.json`, oldest entry first.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// Acceptances.
    pub entries: Vec<LedgerEntry>,
}

/// One acceptance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerEntry {
    /// RFC 3339, UTC.
    pub time: String,
    /// Who, from git's configuration or the environment.
    pub author: String,
    /// Why.
    pub reason: String,
    /// Commit that was measured.
    pub commit: String,
    /// Job ids that were added, by baseline file: `<file>#<job>`.
    pub jobs: Vec<String>,
    /// What the gate had said of the run (`pass`, `broken` ..).
    pub verdict: String,
    /// Typical values before and after, of the series that moved or are new or gone.
    pub changes: Vec<LedgerChange>,
}

/// Before and after of one series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerChange {
    /// `suite/name`.
    pub benchmark: String,
    /// Metric name.
    pub metric: String,
    /// Unit of both.
    pub unit: String,
    /// Median of the newest job before; `None` = new.
    pub before: Option<f64>,
    /// Median of the accepted job; `None` = gone.
    pub after: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLedger {
    format: String,
    version: u32,
    entries: Vec<LedgerEntry>,
}

impl Versioned for RawLedger {
    fn head(&self) -> (&str, u32) {
        (&self.format, self.version)
    }
}

/// Reads a ledger.
///
/// # Errors
/// Names the file and the field or line.
pub fn read_ledger(file: &str, text: &str) -> Result<Ledger, FormatError> {
    let mut raw: RawLedger = DOCUMENT.parse(file, text.as_bytes())?;
    for (i, entry) in raw.entries.iter().enumerate() {
        problem(entry).map_err(|(field, problem)| {
            format_error(file, &format!("entries[{i}].{field}: {problem}"))
        })?;
    }
    // In the file the newest stands on top.
    raw.entries.reverse();
    Ok(Ledger {
        entries: raw.entries,
    })
}

fn problem(entry: &LedgerEntry) -> Result<(), (String, String)> {
    let field = |name: &str| name.to_owned();
    crate::measurement::format::started(&entry.time).map_err(|problem| (field("time"), problem))?;
    if entry.reason.trim().is_empty() {
        return Err((field("reason"), "an acceptance has a reason".to_owned()));
    }
    for (i, change) in entry.changes.iter().enumerate() {
        for (side, value) in [("before", change.before), ("after", change.after)] {
            if let Some(problem) = value.and_then(amount_problem) {
                return Err((format!("changes[{i}].{side}"), problem));
            }
        }
    }
    Ok(())
}

/// The text of a ledger file: newest entry on top, one line a change.
#[must_use]
pub fn write_ledger(ledger: &Ledger) -> String {
    let mut text = format!(
        "{{\n\"format\": {},\n\"version\": {LEDGER_VERSION},\n\"entries\": [\n",
        json(DOCUMENT.format)
    );
    lines(&mut text, ledger.entries.iter().rev().map(entry_lines));
    text.push_str("]\n}\n");
    text
}

fn entry_lines(entry: &LedgerEntry) -> String {
    let mut text = format!(
        "{{\"time\":{},\"author\":{},\n\"reason\":{},\n\"commit\":{},\"verdict\":{},\n\"jobs\":[\n",
        json(&*entry.time),
        json(&*entry.author),
        json(&*entry.reason),
        json(&*entry.commit),
        json(&*entry.verdict)
    );
    lines(&mut text, entry.jobs.iter().map(|job| json(&**job)));
    text.push_str("],\n\"changes\":[\n");
    lines(&mut text, entry.changes.iter().map(change_line));
    text.push_str("]}");
    text
}

fn change_line(change: &LedgerChange) -> String {
    format!(
        "{{\"benchmark\":{},\"metric\":{},\"unit\":{},\"before\":{},\"after\":{}}}",
        json(&*change.benchmark),
        json(&*change.metric),
        json(&*change.unit),
        json(change.before),
        json(change.after)
    )
}
