//! What is read first: the answer, the counts, what was compared, and what must not be overlooked.

use super::Frame;
use super::safe::{own, quote};
use crate::budget::Enforcement;
use crate::diagnostic::{Code, Severity};
use crate::measurement::Revision;
use crate::report::headline;
use crate::report::model::{Finding, Report};
use crate::report::text::plural;
use crate::verdict::VerdictKind;

/// Findings that are not folded away; more would be a wall.
const OPEN_FINDINGS: usize = 4;
/// Changes of budgets that are listed.
const CHANGES: usize = 8;
/// Columns of a text in a list.
const TEXT_COLUMNS: usize = 240;

/// `### tollgate: FAIL · 2 checks broken: 1 regressed, 1 over-budget`. All words and numbers are tollgate's own.
pub(super) fn heading(report: &Report) -> String {
    let sentence = &report.headline.sentence;
    let main = sentence.split("; ").next().unwrap_or(sentence);
    format!(
        "### tollgate: {} · {}\n\n",
        own(report.headline.word),
        own(main)
    )
}

/// Counts, and what was measured against what.
pub(super) fn about(report: &Report, frame: &Frame<'_>) -> String {
    let count = |kind| report.counts.get(&kind).copied().unwrap_or(0);
    let warned = (report.rows.iter())
        .filter(|row| row.verdict.is_broken() && row.severity == Enforcement::Warn)
        .count();
    let mut asides: Vec<String> = [
        (warned, "broken as a warning"),
        (count(VerdictKind::Waived) as usize, "waived"),
        (count(VerdictKind::Improved) as usize, "improved"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, what)| format!("{number} {what}"))
    .collect();
    if report.partial {
        asides.push("the run was cut short".to_owned());
    }
    let asides = if asides.is_empty() {
        String::new()
    } else {
        format!(" ({})", asides.join(", "))
    };
    format!(
        "**{}**{asides}. {}\n\n",
        headline::counts(report.accounting),
        compared(report, frame)
    )
}

fn compared(report: &Report, frame: &Frame<'_>) -> String {
    let (mut text, comma) = match (frame.head, revision(&report.candidate)) {
        // Of a pull request the merge into its base is measured, which is a commit of its own.
        (Some(head), Some(merged))
            if !report.candidate.dirty && head != report.candidate.commit =>
        {
            let head = quote(&digits(head), 64);
            (format!("Head {head}, merged as {merged}"), ",")
        }
        (Some(head), _) => (format!("Head {}", quote(&digits(head), 64)), ""),
        (None, Some(candidate)) => (format!("Head {candidate}"), ""),
        (None, None) => ("The head".to_owned(), ""),
    };
    if let Some(base) = report.base.as_ref().and_then(revision) {
        text.push_str(&format!("{comma} against base {base}"));
    }
    text.push_str(match frame.from_fork {
        true => ", measured by the pull request's own workflow, which its author may have changed",
        false => "",
    });
    match frame.link() {
        Some(url) => format!("{text} ([run]({url}))."),
        None => format!("{text}."),
    }
}

/// `` `1b2c3d4e5f60` with uncommitted changes``; nothing for what is not under version control.
fn revision(revision: &Revision) -> Option<String> {
    if revision.commit.is_empty() {
        return None;
    }
    let dirty = if revision.dirty {
        " with uncommitted changes"
    } else {
        ""
    };
    Some(format!("{}{dirty}", quote(&digits(&revision.commit), 64)))
}

/// Twelve digits name a commit in any repository of today.
fn digits(commit: &str) -> String {
    commit.chars().take(12).collect()
}

/// What the pull request asks for instead of the budgets that it was judged by, where a reviewer cannot miss it.
pub(super) fn changed_budgets(report: &Report) -> Option<String> {
    let finding = (report.findings.iter()).find(|finding| is_change_of_budgets(finding))?;
    let kind = if finding.severity == Severity::Note {
        "NOTE"
    } else {
        "WARNING"
    };
    let mut text = format!(
        "> [!{kind}]\n> **This change touches the budgets.** {}\n",
        quote(&finding.message, TEXT_COLUMNS)
    );
    if !finding.notes.is_empty() {
        text.push_str(">\n");
    }
    for note in finding.notes.iter().take(CHANGES) {
        text.push_str(&format!("> - {}\n", quote(note, TEXT_COLUMNS)));
    }
    let more = finding.notes.len().saturating_sub(CHANGES);
    if more > 0 {
        text.push_str(&format!(
            "> - and {} among the findings\n",
            plural_of(more, "more line")
        ));
    }
    text.push('\n');
    Some(text)
}

pub(super) fn is_change_of_budgets(finding: &Finding) -> bool {
    finding.code == Code::BudgetsChanged
}

/// Whether a finding explains the answer so much that it is not folded away.
fn speaks_up(finding: &Finding) -> bool {
    !is_change_of_budgets(finding)
        && (finding.severity == Severity::Error
            || matches!(
                finding.code,
                Code::NotACheck | Code::Miscalibrated | Code::BaseNotMeasured | Code::PartialRun
            ))
}

/// The findings that explain the answer, a line each; all of them are among the folded findings, with what to do.
pub(super) fn open_findings(report: &Report) -> Option<String> {
    let mut lines = String::new();
    let mut open = report.findings.iter().filter(|finding| speaks_up(finding));
    for finding in open.by_ref().take(OPEN_FINDINGS) {
        lines.push_str(&format!(
            "- **{}** {}\n",
            finding.code,
            quote(&finding.message, TEXT_COLUMNS)
        ));
    }
    let more = open.count();
    if more > 0 {
        lines.push_str(&format!(
            "- and {} below\n",
            plural_of(more, "more finding")
        ));
    }
    (!lines.is_empty()).then(|| lines + "\n")
}

pub(super) fn plural_of(count: usize, one: &str) -> String {
    plural(u32::try_from(count).unwrap_or(u32::MAX), one)
}
