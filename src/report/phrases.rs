//! Sentences that more than one renderer says. Texts from outside are in them as they are: each renderer escapes.

use super::model::{Finding, Report, SkippedGroup};
use super::text::plural;
use crate::units::format_duration;
use crate::verdict::VerdictKind;

/// `14 checks not compared: the baseline is of another machine class (..)`, and what to do.
pub(super) fn skipped_text(group: &SkippedGroup) -> (String, Option<&'static str>) {
    let what = match group.verdict {
        VerdictKind::New => "new",
        VerdictKind::NotComparable => "not compared",
        other => other.as_str(),
    };
    let similar = match group.similar {
        0 => String::new(),
        more => format!(" (and {more} similar)"),
    };
    (
        format!(
            "{} {what}: {}{similar}",
            plural(group.checks, "check"),
            group.reason
        ),
        group.remedy,
    )
}

/// `warning[unmatched-budget]: budgets.toml:12:1: ..`
pub(super) fn finding_text(finding: &Finding) -> String {
    let place = match (&finding.file, finding.line, finding.column) {
        (Some(file), Some(line), Some(column)) => format!("{file}:{line}:{column}: "),
        (Some(file), _, _) => format!("{file}: "),
        (None, _, _) => String::new(),
    };
    format!(
        "{}[{}]: {place}{}",
        finding.severity, finding.code, finding.message
    )
}

/// `machine; seed 42; 10 rounds; took 3 min`.
pub(super) fn origin_text(report: &Report) -> Vec<String> {
    let mut parts = vec![report.machine.line()];
    if report.rounds > 0 {
        parts.push(plural(report.rounds, "round"));
    }
    if !report.seed.is_empty() {
        parts.push(format!("seed {}", report.seed));
    }
    if !report.started.is_empty() {
        parts.push(format!("started {}", report.started));
    }
    if let Some(took) = report.took {
        parts.push(format!("took {}", format_duration(took)));
    }
    parts
}
