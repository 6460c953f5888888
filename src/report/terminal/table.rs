//! One line for each row that needs attention, in columns that line up, and what to do below it.

use super::lines_of;
use super::page::{BOLD, DIM, GREEN, INDENT, PLAIN, Page, RED, YELLOW};
use crate::report::cells;
use crate::report::claims::waived_text;
use crate::report::model::{Report, Row};
use crate::report::reproduce::Command;
use crate::report::text::{self, safe_name};
use crate::verdict::VerdictKind;
use anstyle::Style;
use std::collections::HashMap;

/// Between two columns.
const GAP: usize = 2;
/// A name is not made shorter than this while another column can be left out.
const NAME_MIN: usize = 24;

/// The optional columns, in the order in which they stand.
#[derive(Clone, Copy)]
struct Columns {
    verdict: usize,
    name: usize,
    values: usize,
    result: usize,
    limit: usize,
    detect: usize,
}

pub(super) fn table(report: &Report, page: &mut Page) {
    let rows = in_order(&report.rows, page.options.verbose);
    if rows.is_empty() {
        return;
    }
    let lines: Vec<[String; 5]> = rows.iter().map(|row| cell_texts(row)).collect();
    let verdict = rows
        .iter()
        .map(|row| row.verdict.as_str().len())
        .fold("verdict".len(), usize::max);
    let columns = columns(verdict, &lines, page.options.width);
    page.blank();
    page.line(&table_line(
        columns,
        ("verdict", DIM),
        &[
            "benchmark",
            "base -> now",
            "change",
            "budget",
            "could detect",
        ]
        .map(str::to_owned),
        DIM,
    ));
    for (at, (row, cells)) in rows.iter().zip(&lines).enumerate() {
        let style = verdict_style(row);
        page.line(&table_line(
            columns,
            (row.verdict.as_str(), style),
            cells,
            PLAIN,
        ));
        details(row, cells, columns, page);
        if let Some(waiver) = &row.waiver {
            page.prose(INDENT, YELLOW.bold(), &safe_name(&waived_text(row, waiver)));
        }
        if let Some(statement) = &row.statement {
            page.prose(INDENT, PLAIN, &safe_name(statement));
        }
        reasons(row, at.checked_sub(1).map(|above| rows[above]), page);
        let last_of_benchmark = rows
            .get(at + 1)
            .is_none_or(|next| next.benchmark != row.benchmark);
        if last_of_benchmark
            && rows[..=at]
                .iter()
                .rev()
                .take_while(|earlier| earlier.benchmark == row.benchmark)
                .any(|earlier| earlier.reproduce.is_some())
        {
            reproduce(report, row, page);
        }
    }
}

/// Worst first, all rows of one benchmark together.
fn in_order(rows: &[Row], verbose: bool) -> Vec<&Row> {
    let mut shown: Vec<&Row> = rows
        .iter()
        .filter(|row| verbose || row.is_notable())
        .collect();
    let mut first = HashMap::new();
    for (at, row) in shown.iter().enumerate() {
        first.entry(&row.benchmark).or_insert(at);
    }
    shown.sort_by_key(|row| first.get(&row.benchmark).copied());
    shown
}

fn verdict_style(row: &Row) -> Style {
    match row.verdict {
        verdict if verdict.is_broken() && !row.fails() => YELLOW,
        VerdictKind::Regressed
        | VerdictKind::OverBudget
        | VerdictKind::Violated
        | VerdictKind::Failed
        | VerdictKind::Invalid
        | VerdictKind::Missing => RED.bold(),
        VerdictKind::Inconclusive | VerdictKind::NotProven | VerdictKind::Waived => YELLOW,
        VerdictKind::Improved => GREEN,
        VerdictKind::New | VerdictKind::NotComparable => DIM,
        VerdictKind::NotSlower
        | VerdictKind::Unchanged
        | VerdictKind::WithinBudget
        | VerdictKind::Proven => PLAIN,
    }
}

/// Name, values, result, limit, could detect.
fn cell_texts(row: &Row) -> [String; 5] {
    let relative = cells::is_relative(row);
    let values = if relative {
        format!("{} -> {}", cells::base(row), cells::head(row))
    } else {
        cells::NOTHING.to_owned()
    };
    let result = if relative {
        cells::change_with_interval(row)
    } else {
        cells::head(row)
    };
    [
        cells::name(row),
        values,
        result,
        cells::limit(row),
        cells::detectable(row),
    ]
    .map(|cell| safe_name(&cell))
}

/// Leaves out what does not fit: first what could be detected, then the values, then the budget. They are
/// said below the row instead.
fn columns(verdict: usize, lines: &[[String; 5]], page: usize) -> Columns {
    let natural = |at: usize, heading: &str| {
        let used: Vec<usize> = lines
            .iter()
            .map(|cells| text::width(&cells[at]))
            .filter(|width| *width > 1)
            .collect();
        used.into_iter()
            .max()
            .map_or(0, |widest| widest.max(heading.len()))
    };
    let mut columns = Columns {
        verdict,
        name: natural(0, "benchmark"),
        values: natural(1, "base -> now"),
        result: natural(2, "change"),
        limit: natural(3, "budget"),
        detect: natural(4, "could detect"),
    };
    let room = |columns: &Columns| {
        let others = [
            columns.values,
            columns.result,
            columns.limit,
            columns.detect,
        ]
        .into_iter()
        .filter(|width| *width > 0)
        .map(|width| width + GAP)
        .sum::<usize>();
        page.saturating_sub(verdict + GAP + others)
    };
    let least = columns.name.min(NAME_MIN);
    for leave_out in [
        |columns: &mut Columns| columns.detect = 0,
        |columns: &mut Columns| columns.values = 0,
        |columns: &mut Columns| columns.limit = 0,
        |columns: &mut Columns| columns.result = 0,
    ] {
        if room(&columns) >= least {
            break;
        }
        leave_out(&mut columns);
    }
    columns.name = columns.name.min(room(&columns));
    columns
}

fn table_line(
    columns: Columns,
    (verdict, style): (&str, Style),
    cells: &[String; 5],
    plain: Style,
) -> Vec<(Style, String)> {
    let widths = [
        columns.name,
        columns.values,
        columns.result,
        columns.limit,
        columns.detect,
    ];
    let mut line = vec![
        (style, verdict.to_owned()),
        (PLAIN, pad(verdict, columns.verdict)),
    ];
    for (cell, column) in cells.iter().zip(widths).filter(|(_, column)| *column > 0) {
        let cell = text::shorten_middle(cell, column);
        line.push((PLAIN, " ".repeat(GAP)));
        let padding = pad(&cell, column);
        line.push((plain, cell));
        line.push((PLAIN, padding));
    }
    line
}

fn pad(cell: &str, column: usize) -> String {
    " ".repeat(column.saturating_sub(text::width(cell)))
}

/// Numbers that found no column.
fn details(row: &Row, cells: &[String; 5], columns: Columns, page: &mut Page) {
    let [_, values, result, limit, detect] = cells;
    let mut facts = Vec::new();
    if columns.values == 0 && values != cells::NOTHING {
        facts.push(values.clone());
    }
    if columns.result == 0 && result != cells::NOTHING {
        facts.push(result.clone());
    }
    if let Some(interval) = cells::value_interval(row) {
        facts.push(format!("interval {}", safe_name(&interval)));
    }
    if columns.limit == 0 && limit != cells::NOTHING {
        facts.push(format!("budget {limit}"));
    }
    if columns.detect == 0 && detect != cells::NOTHING {
        facts.push(format!("could detect {detect}"));
    }
    let settled = !row.is_notable() || row.verdict == VerdictKind::Improved;
    if !settled && !facts.is_empty() {
        page.prose(INDENT, PLAIN, &facts.join(", "));
    }
}

/// Why, and the next step. What holds for many rows, such as a disturbed job, is said once, not below each of them.
fn reasons(row: &Row, above: Option<&Row>, page: &mut Page) {
    let said = above.is_some_and(|above| {
        (above.verdict, &above.notes, &above.next_step) == (row.verdict, &row.notes, &row.next_step)
    });
    if said && !row.notes.is_empty() {
        page.prose(INDENT, PLAIN, "note: as above");
        return;
    }
    for note in lines_of(&row.notes) {
        page.prose(INDENT, PLAIN, &format!("note: {}", safe_name(note)));
    }
    if let Some(step) = row.next_step.as_ref().filter(|_| row.is_notable()) {
        page.prose(INDENT, PLAIN, &format!("help: {}", safe_name(step)));
    }
}

fn reproduce(report: &Report, row: &Row, page: &mut Page) {
    const LABEL: &str = "reproduce: ";
    let command = Command::new(&row.benchmark, report.base.as_ref(), &report.seed);
    let room = page.options.width.saturating_sub(INDENT + LABEL.len());
    for (at, line) in command.lines(room).into_iter().enumerate() {
        let label = if at == 0 { LABEL } else { "" };
        let before = format!("{}{label:<room$}", " ".repeat(INDENT), room = LABEL.len());
        page.line(&[(PLAIN, before), (BOLD, line)]);
    }
}
