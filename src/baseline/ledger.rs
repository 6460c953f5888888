//! The ledger: who accepted what, when, why, and what it was before.

use crate::measurement::FormatError;
use serde::{Deserialize, Serialize};

/// The version that this tollgate writes.
pub const LEDGER_VERSION: u32 = 1;

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
    /// Job ids that were added, by baseline file.
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

/// Reads a ledger.
///
/// # Errors
/// Names the file and the field or line.
pub fn read_ledger(_file: &str, _text: &str) -> Result<Ledger, FormatError> {
    unimplemented!()
}

/// The text of a ledger file.
#[must_use]
pub fn write_ledger(_ledger: &Ledger) -> String {
    unimplemented!()
}
