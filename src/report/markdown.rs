//! The report for a pull request: the answer first, then a table of what moved, the rest folded away.
//!
//! A comment is read by people who trust it, and names in it were chosen by the author of the change. So
//! every text from outside stands in a code span ([`escape_cell`]) or in a fenced block, where neither HTML
//! nor links, images, mentions, issue references nor emphasis mean anything.

use super::claims::{waived, waived_text};
use super::model::{Report, Row};
use super::phrases::{
    false_alarm_text, finding_text, identical_text, origin_text, revision_text, sensitivity_text,
    skipped_text,
};
use super::text::{plural, safe_name, shorten_middle};
use super::{cells, headline};
use crate::units::Unit;
use crate::verdict::Limit;

/// Bytes that a rendering stays below; GitHub takes 65,536 characters in a comment.
pub const MARKDOWN_LIMIT: usize = 65_000;

/// Columns of a name in a table; the middle of longer ones gives way.
const NAME_COLUMNS: usize = 100;
/// Bytes of each fenced block of texts from outside.
const BLOCK_LIMIT: usize = 6_000;
/// Bytes of one line in a fenced block.
const LINE_LIMIT: usize = 600;
/// Kept free for the line that says how much was left out.
const MORE_LINE: usize = 120;

const HEAD: &str = "| benchmark | base | head | change [interval] | budget | could detect | verdict |\n\
                    |:--|--:|--:|:--|:--|--:|:--|\n";

/// A text from outside as a code span that is safe in a table cell and anywhere in a line.
///
/// Nothing in a code span is markup; what could end the span or the cell is dealt with: the fence is longer
/// than any run of backticks inside, pipes are escaped, line breaks, control and bidirectional characters
/// shown as escapes. GitHub's filters for mentions and issue numbers pass code by.
#[must_use]
pub fn escape_cell(text: &str) -> String {
    let text = safe_name(text);
    if text.trim().is_empty() {
        return "`(empty)`".to_owned();
    }
    let fence = "`".repeat(longest_run(&text, '`') + 1);
    // A space on both sides is taken off again by the renderer; it keeps a backtick from joining the fence.
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{}{pad}{fence}", text.replace('|', "\\|"))
}

fn longest_run(text: &str, wanted: char) -> usize {
    let mut longest = 0;
    let mut current = 0;
    for c in text.chars() {
        current = if c == wanted { current + 1 } else { 0 };
        longest = longest.max(current);
    }
    longest
}

/// Draws the report, below [`MARKDOWN_LIMIT`] bytes whatever it holds: rows are left out from the end, where
/// the least important ones stand, and the number of those left out is said.
#[must_use]
pub fn markdown(report: &Report) -> String {
    let (notable, quiet): (Vec<&Row>, Vec<&Row>) =
        report.rows.iter().partition(|row| row.is_notable());
    let mut page = top(report);
    let bottom = bottom(report, &notable);
    let mut room = MARKDOWN_LIMIT.saturating_sub(page.len() + bottom.len() + 2 * MORE_LINE);

    if !notable.is_empty() {
        let table = table(&notable, room);
        room -= table.len().min(room);
        page.push_str(&table);
        page.push('\n');
    }
    if !quiet.is_empty() {
        let count = u32::try_from(quiet.len()).unwrap_or(u32::MAX);
        let head = format!(
            "<details><summary>{} within budget, unchanged or not compared</summary>\n\n",
            plural(count, "more check")
        );
        let tail = "\n</details>\n\n";
        let table = table(&quiet, room.saturating_sub(head.len() + tail.len()));
        page.push_str(&head);
        page.push_str(&table);
        page.push_str(tail);
    }
    page.push_str(&bottom);
    page
}

fn top(report: &Report) -> String {
    let mut top = format!(
        "**tollgate: {}** ({}). {} (exit {}).\n\n",
        report.headline.word,
        report.headline.sentence,
        headline::counts(report.accounting),
        report.exit.code()
    );
    if let Some(base) = report.base.as_ref().and_then(revision_text) {
        let candidate = revision_text(&report.candidate).map_or_else(
            || "The candidate".to_owned(),
            |candidate| escape_cell(&safe_name(&candidate)),
        );
        top.push_str(&format!("{candidate} against {}.\n\n", escape_cell(&base)));
    }
    top
}

/// What is excused, and what is claimed of overheads: never folded away. Bounded, as everything is.
fn said_aloud(report: &Report) -> String {
    let waived = waived(&report.rows).map(|(row, waiver)| (row, waived_text(row, waiver)));
    let claimed = (report.rows.iter()).filter_map(|row| Some((row, row.statement.clone()?)));
    let cell = |text: &str| escape_cell(&shorten_middle(&safe_name(text), 300));
    let mut out = String::new();
    let mut left = 0_u32;
    for (row, text) in waived.chain(claimed) {
        let line = format!("- {}: {}\n", cell(&cells::name(row)), cell(&text));
        if left > 0 || out.len() + line.len() > BLOCK_LIMIT {
            left += 1;
        } else {
            out.push_str(&line);
        }
    }
    if left > 0 {
        out.push_str(&format!("- … and {left} more in the JSON report.\n"));
    }
    if let Some(identical) = identical_text(report) {
        out.push_str(&format!("- {}\n", cell(&identical)));
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// As many rows as fit into `room` bytes, and how many did not.
fn table(rows: &[&Row], room: usize) -> String {
    let mut table = String::from(HEAD);
    let mut shown = 0;
    for row in rows {
        let line = table_line(row);
        if table.len() + line.len() > room {
            break;
        }
        table.push_str(&line);
        shown += 1;
    }
    match rows.len() - shown {
        0 => table,
        left if shown == 0 => format!("… {left} more in the JSON report.\n"),
        left => format!("{table}\n… and {left} more in the JSON report.\n"),
    }
}

fn table_line(row: &Row) -> String {
    let own_unit = [
        row.metric.as_ref().map(|metric| &metric.unit),
        match &row.limit {
            Limit::Max(quantity) | Limit::Min(quantity) => Some(&quantity.unit),
            Limit::Slower(_) | Limit::Overhead { .. } | Limit::None => None,
        },
    ]
    .into_iter()
    .flatten()
    .any(|unit| matches!(unit, Unit::Other(_)));
    // Numbers in units that tollgate knows are its own words; a unit of somebody else is their text.
    let number = |text: String| {
        if own_unit && text != cells::NOTHING {
            escape_cell(&shorten_middle(&safe_name(&text), NAME_COLUMNS))
        } else {
            text
        }
    };
    let change = match (cells::is_relative(row), cells::value_interval(row)) {
        (false, Some(interval)) => number(interval),
        _ => cells::change_with_interval(row),
    };
    let verdict = row.verdict.as_str();
    format!(
        "| {} | {} | {} | {change} | {} | {} | {} |\n",
        escape_cell(&shorten_middle(&safe_name(&cells::name(row)), NAME_COLUMNS)),
        number(cells::base(row)),
        number(cells::head(row)),
        number(cells::limit(row)),
        cells::detectable(row),
        if row.fails() {
            format!("**{verdict}**")
        } else {
            verdict.to_owned()
        }
    )
}

/// What was not enforced, findings, how to reproduce, where it was measured.
fn bottom(report: &Report, notable: &[&Row]) -> String {
    let mut out = said_aloud(report);
    if !report.skipped.is_empty() {
        let lines = report.skipped.iter().flat_map(|group| {
            let (text, remedy) = skipped_text(group);
            std::iter::once(text).chain(remedy.map(|remedy| format!("  help: {remedy}")))
        });
        out.push_str(&folded_block("Not enforced", "text", lines));
    }
    let hints = notable.iter().flat_map(|row| {
        let name = cells::name(row);
        row.notes
            .iter()
            .chain(&row.next_step)
            .map(move |text| format!("{}: {text}", shorten_middle(&safe_name(&name), 60)))
    });
    out.push_str(&folded_block("What to do", "text", hints));
    let findings = report.findings.iter().flat_map(|finding| {
        let further = finding
            .notes
            .iter()
            .map(|note| format!("  note: {note}"))
            .chain(finding.help.iter().map(|help| format!("  help: {help}")));
        std::iter::once(finding_text(finding)).chain(further)
    });
    out.push_str(&folded_block("Findings", "text", findings));
    if let Some(command) = notable.iter().find_map(|row| row.reproduce.as_ref()) {
        out.push_str("Reproduce the first one:\n\n");
        out.push_str(&block("sh", std::iter::once(command.clone())));
    }
    for line in [sensitivity_text(report), false_alarm_text(report)]
        .into_iter()
        .flatten()
    {
        out.push_str(&format!(
            "<sub>{}</sub><br>\n",
            line.replace('<', "&lt;").replace('>', "&gt;")
        ));
    }
    let origin: Vec<String> = origin_text(report)
        .iter()
        .map(|fact| escape_cell(&shorten_middle(&safe_name(fact), 200)))
        .collect();
    out.push_str(&format!("<sub>{}</sub>\n", origin.join(" · ")));
    out
}

/// A fenced block inside `<details>`; nothing for no lines.
fn folded_block(summary: &str, language: &str, lines: impl Iterator<Item = String>) -> String {
    let mut lines = lines.peekable();
    if lines.peek().is_none() {
        return String::new();
    }
    format!(
        "<details><summary>{summary}</summary>\n\n{}</details>\n\n",
        block(language, lines)
    )
}

/// A fenced block of bounded size.
fn block(language: &str, lines: impl Iterator<Item = String>) -> String {
    let mut body = String::new();
    let mut left_out = 0_u32;
    for line in lines {
        let line = shorten_bytes(&safe_name(&line));
        if left_out > 0 || body.len() + line.len() > BLOCK_LIMIT {
            left_out += 1;
        } else {
            body.push_str(&line);
            body.push('\n');
        }
    }
    if left_out > 0 {
        body.push_str(&format!("… and {} more\n", plural(left_out, "line")));
    }
    let fence = "`".repeat(longest_run(&body, '`').max(2) + 1);
    format!("{fence}{language}\n{body}{fence}\n\n")
}

fn shorten_bytes(line: &str) -> String {
    if line.len() <= LINE_LIMIT {
        return line.to_owned();
    }
    let head = line.floor_char_boundary(LINE_LIMIT - '…'.len_utf8());
    format!("{}…", &line[..head])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn markup_in_a_name_stays_text() {
        for (name, cell) in [
            ("plain/name", "`plain/name`"),
            ("a|b", "`a\\|b`"),
            ("x`y``z", "```x`y``z```"),
            ("`", "`` ` ``"),
            ("<img src=x onerror=1>", "`<img src=x onerror=1>`"),
            ("@octocat #12", "`@octocat #12`"),
            ("![i](http://e)", "`![i](http://e)`"),
            ("a\nb\r\n", r"`a\nb\r\n`"),
            ("--> **x** _y_", "`--> **x** _y_`"),
            ("\u{202e}abc", r"`\u{202e}abc`"),
            (" ", "`(empty)`"),
            ("", "`(empty)`"),
            (" lead", "`  lead `"),
        ] {
            assert_eq!(escape_cell(name), cell);
        }
    }

    proptest! {
        #[test]
        fn a_cell_is_one_span_on_one_line(name in any::<String>()) {
            let cell = escape_cell(&name);
            prop_assert!(!cell.contains(['\n', '\r']));
            let fence = cell.chars().take_while(|c| *c == '`').count();
            let inner = &cell[fence..cell.len() - fence];
            prop_assert!(longest_run(inner, '`') != fence);
            // Every pipe has a backslash before it.
            let bytes = inner.as_bytes();
            for (at, byte) in bytes.iter().enumerate() {
                prop_assert!(*byte != b'|' || (at > 0 && bytes[at - 1] == b'\\'));
            }
        }
    }
}
