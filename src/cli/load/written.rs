//! What is kept of a run: the file for programs, the page for comments.

use crate::budget::Budgets;
use crate::cli::{CliError, Problem};
use crate::files::{self, Existing};
use crate::report::LoadReport;
use crate::verdict::Limit;
use crate::verdict::observed::{Observed, RunVerdict, Value};
use crate::workload::Record;
use crate::workload::format::{Judged, JudgedBudget, JudgedLimit, Load};
use std::io::Write;
use std::path::Path;

/// The run as it stands in a file.
pub(super) fn load(record: Record, report: &LoadReport, verdict: &RunVerdict) -> Load {
    Load {
        tollgate: env!("CARGO_PKG_VERSION").to_owned(),
        record,
        judged: Some(Judged {
            exit: report.exit,
            word: report.word.to_owned(),
            sentence: report.sentence.clone(),
            notes: report.notes.clone(),
            budgets: (verdict.checks.iter())
                .filter_map(|check| budget(check, verdict))
                .collect(),
        }),
    }
}

fn budget(check: &Observed, verdict: &RunVerdict) -> Option<JudgedBudget> {
    let (kind, limit) = match &check.limit {
        Limit::Max(limit) => (JudgedLimit::Max, limit.value),
        Limit::Min(limit) => (JudgedLimit::Min, limit.value),
        Limit::Slower(_) | Limit::Overhead { .. } | Limit::None => return None,
    };
    Some(JudgedBudget {
        benchmark: check.benchmark.name.clone(),
        metric: check.metric.name.clone(),
        unit: check.metric.unit.name().to_owned(),
        kind,
        limit,
        observed: match check.value {
            Value::Told(value) => Some(value).filter(|value| value.is_finite()),
            Value::TooFew { .. } | Value::Unknown(_) => None,
        },
        holds: check.holds().filter(|_| verdict.standing.is_judged()),
        why_not: check.why_not(),
        severity: check.severity,
    })
}

/// Writes a file whole or not at all.
pub(super) fn file(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> Result<(), CliError> {
    files::write(path, Existing::Replace, content)
        .map_err(|error| Problem(format!("failed to write {}: {error}", path.display())).into())
}

/// The verdict and the report of it.
pub(super) fn judged(
    budgets: &Budgets,
    workload: &crate::workload::Workload,
    record: &Record,
) -> (RunVerdict, LoadReport) {
    let verdict = crate::verdict::observed::judge_run(budgets, workload, record);
    let report = LoadReport::build(workload, record, &verdict, budgets);
    (verdict, report)
}
