//! The report as Markdown, for step summaries and comments.

use super::table::Cell;
use super::words::number;
use super::{LoadReport, Mark};
use crate::report::markdown::Size;
use crate::report::markdown::safe::{cell, own, quote};
use crate::report::markdown::size::Room;

/// Columns of a name.
const NAME: usize = 60;
/// Columns of a sentence that may hold names.
const SENTENCE: usize = 900;
/// For the line that says what had no room.
const LEFT_OUT: usize = 120;

/// Draws the report, never longer than `limit`: by importance, tables row by row; what has no room is counted. Empty where
/// not even the heading fits.
#[must_use]
pub fn load_markdown(report: &LoadReport, limit: Size) -> String {
    let mut room = Room::new(limit);
    let heading = format!(
        "### tollgate load {}: {}\n\n",
        quote(&report.name, NAME),
        report.word
    );
    let Some(mut page) = room.take(heading) else {
        return String::new();
    };
    room.set_aside(LEFT_OUT);
    let mut dropped = 0_u32;
    let mut add = |text: String| match room.take(text) {
        Some(text) => page.push_str(&text),
        None => dropped = dropped.saturating_add(1),
    };
    let sentence = if report.is_own {
        own(&report.sentence)
    } else {
        quote(&report.sentence, SENTENCE)
    };
    add(format!("{sentence}\n\n"));
    for note in &report.notes {
        add(format!("- {}\n", quote(note, SENTENCE)));
    }
    if let Some(help) = &report.help {
        add(format!("\nNext: {}\n", own(help)));
    }
    if !report.checks.is_empty() {
        add(
            "\n| | budget | observed in this run | limit | |\n|---|---|---:|---:|---|\n".to_owned(),
        );
        for check in &report.checks {
            let note = check
                .note
                .as_ref()
                .map_or_else(String::new, |note| cell(note, SENTENCE));
            add(format!(
                "| {} | {} | {} | {} | {note} |\n",
                sign(check.mark),
                cell(&check.what, NAME),
                own(&check.observed),
                own(&check.limit),
            ));
        }
    }
    for (why, names) in &report.skipped {
        add(format!("\nNot judged: {why}: {}\n", quote(names, SENTENCE)));
    }
    if !report.lines.is_empty() {
        add(
            "\n| response time | calls | rate | p50 | p90 | p95 | p99 | max |\n|---|---:|---:|---:|---:|---:|---:|---:|\n"
                .to_owned(),
        );
        for line in &report.lines {
            let rate = &line.rate;
            add(format!(
                "| {} | {} | {rate} |{}\n",
                cell(&line.name, NAME),
                number(line.calls),
                times(&line.response)
            ));
            if let Some(service) = &line.service {
                add(format!("| its service time | | |{}\n", times(service)));
            }
        }
    }
    if let Some(waited) = &report.waited {
        add(format!("\n{}.\n", waited.text(&quote(&waited.name, NAME))));
    }
    if !report.facts.is_empty() {
        add("\n| | |\n|---|---|\n".to_owned());
        for (label, fact) in &report.facts {
            add(format!("| {label} | {} |\n", cell(fact, SENTENCE)));
        }
    }
    if dropped > 0 {
        page.push_str(&format!(
            "\n{dropped} more lines had no room here; `--json FILE` has everything.\n"
        ));
    }
    page
}

/// Words that can be searched for, and read aloud.
const fn sign(mark: Mark) -> &'static str {
    match mark {
        Mark::Broken => "✗ broken",
        Mark::NotTold => "? not told",
        Mark::Warned => "! warns",
        Mark::NotJudged => "? not judged",
        Mark::Holds => "✓ holds",
    }
}

fn times(cells: &[Cell; 5]) -> String {
    cells
        .iter()
        .map(|cell| format!(" {} |", cell.text()))
        .collect()
}
