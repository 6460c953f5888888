//! The report for a terminal or a job's log: what needs attention a line each, the rest as counts.

pub(super) mod page;
mod table;

use super::headline;
use super::model::{Finding, Report};
use super::phrases::{
    false_alarm_text, finding_text, identical_text, origin_text, revision_text, sensitivity_text,
    skipped_text,
};
use super::text::{self, plural, safe_name};
use crate::diagnostic::Severity;
use crate::verdict::{ExitCode, Standing, VerdictKind};
use page::{BOLD, DIM, GREEN, INDENT, PLAIN, Page, RED, YELLOW};
use std::collections::HashMap;

/// How to draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TerminalOptions {
    /// Columns; fewer than 40 are taken as 40.
    pub width: usize,
    /// Whether to write ANSI colours.
    pub colour: bool,
    /// Every row and every finding instead of counts.
    pub verbose: bool,
}

/// Findings of one code that are written out unless everything is asked for.
const FINDINGS_A_CODE: u32 = 5;

/// Claims that are written out although they hold, unless everything is asked for.
const PROOFS: usize = 10;

/// Draws the report; ends with the one line that says it all.
#[must_use]
pub fn terminal(report: &Report, options: TerminalOptions) -> String {
    let mut page = Page::new(options);
    title(report, &mut page);
    table::table(report, &mut page);
    folded(report, &mut page);
    findings(report, &mut page);
    origin(report, &mut page);
    last_lines(report, &mut page);
    page.out
}

fn title(report: &Report, page: &mut Page) {
    let mut title = format!("tollgate {}", report.version);
    if let Some(candidate) = revision_text(&report.candidate) {
        title.push_str(&format!(": {candidate}"));
    }
    if let Some(base) = report.base.as_ref().and_then(revision_text) {
        title.push_str(&format!(" against {base}"));
    }
    page.prose(0, BOLD, &safe_name(&title));
}

/// What the table leaves out, as counts.
fn folded(report: &Report, page: &mut Page) {
    let holding: Vec<(VerdictKind, u32)> = report
        .counts
        .iter()
        .map(|(kind, count)| (*kind, *count))
        .filter(|(kind, _)| {
            kind.standing() == Standing::Enforced
                && !kind.is_broken()
                && *kind != VerdictKind::Improved
        })
        .collect();
    let identical = identical_text(report);
    if !holding.is_empty() || !report.skipped.is_empty() || identical.is_some() {
        page.blank();
    }
    if !holding.is_empty() {
        let total = holding.iter().map(|(_, count)| count).sum();
        let kinds: Vec<String> = holding
            .iter()
            .map(|(kind, count)| format!("{count} {}", kind.as_str()))
            .collect();
        let verb = if total == 1 { "holds" } else { "hold" };
        page.prose(
            0,
            PLAIN,
            &format!("{} {verb}: {}", plural(total, "check"), kinds.join(", ")),
        );
    }
    if let Some(identical) = identical {
        page.prose(0, PLAIN, &safe_name(&identical));
    }
    // A proof is worth its numbers; what is not proven stands in the table.
    let mut proven = 0_usize;
    for row in &report.rows {
        if let (VerdictKind::Proven, Some(statement)) = (row.verdict, &row.statement) {
            proven += 1;
            if proven <= PROOFS || page.options.verbose {
                let text = format!("{}: {statement}", row.benchmark.name);
                page.prose(0, GREEN, &safe_name(&text));
            }
        }
    }
    if proven > PROOFS && !page.options.verbose {
        let text = format!("… and {} more [proven]", proven - PROOFS);
        page.prose(0, DIM, &text);
    }
    for group in &report.skipped {
        let (first, rest) = skipped_text(group);
        page.prose(0, PLAIN, &safe_name(&first));
        if let Some(remedy) = rest {
            page.prose(INDENT, DIM, &format!("help: {remedy}"));
        }
    }
}

fn findings(report: &Report, page: &mut Page) {
    if report.findings.is_empty() {
        return;
    }
    page.blank();
    let mut written: HashMap<_, u32> = HashMap::new();
    for finding in &report.findings {
        let already = written.entry(finding.code).or_insert(0);
        *already += 1;
        if page.options.verbose || *already <= FINDINGS_A_CODE {
            one_finding(finding, page);
        }
    }
    let mut folded: Vec<_> = written
        .into_iter()
        .filter(|(_, count)| !page.options.verbose && *count > FINDINGS_A_CODE)
        .collect();
    folded.sort_unstable_by_key(|(code, _)| code.as_str());
    for (code, count) in folded {
        page.prose(
            0,
            DIM,
            &format!("… and {} more [{code}]", count - FINDINGS_A_CODE),
        );
    }
}

fn one_finding(finding: &Finding, page: &mut Page) {
    let style = match finding.severity {
        Severity::Error => RED,
        Severity::Warning => YELLOW,
        Severity::Note => PLAIN,
    };
    page.prose(0, style, &safe_name(&finding_text(finding)));
    for note in lines_of(&finding.notes) {
        page.prose(INDENT, PLAIN, &format!("note: {}", safe_name(note)));
    }
    if let Some(help) = &finding.help {
        page.prose(INDENT, PLAIN, &format!("help: {}", safe_name(help)));
    }
}

fn origin(report: &Report, page: &mut Page) {
    page.blank();
    for line in [sensitivity_text(report), false_alarm_text(report)]
        .into_iter()
        .flatten()
    {
        page.prose(0, PLAIN, &line);
    }
    page.prose(0, DIM, &safe_name(&origin_text(report).join("; ")));
    if let Some(file) = &report.run_file {
        page.prose(0, DIM, &safe_name(&format!("every observation: {file}")));
    }
}

fn last_lines(report: &Report, page: &mut Page) {
    let style = match report.exit {
        ExitCode::Pass => GREEN,
        ExitCode::Unresolved => YELLOW,
        ExitCode::Broken | ExitCode::Error | ExitCode::NotEnforced => RED,
    };
    page.prose(0, PLAIN, &report.headline.sentence);
    let counts = headline::counts(report.accounting);
    let exit = format!("(exit {})", report.exit.code());
    let long = format!("tollgate: {}  {counts} {exit}", report.headline.word);
    // The answer and the exit code stay on the last line; large counts may need one of their own.
    let rest = if text::width(&long) <= page.options.width {
        format!("  {counts} {exit}")
    } else {
        page.prose(0, PLAIN, &counts);
        format!("  {exit}")
    };
    page.line(&[
        (PLAIN, "tollgate: ".to_owned()),
        (style.bold(), report.headline.word.to_owned()),
        (PLAIN, rest),
    ]);
}

fn lines_of(notes: &[String]) -> impl Iterator<Item = &str> {
    notes
        .iter()
        .flat_map(|note| note.lines())
        .filter(|line| !line.trim().is_empty())
}
