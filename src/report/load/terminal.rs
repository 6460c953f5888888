//! The end-of-run block.

use super::table::{Cell, Line, SHARES};
use super::words::number;
use super::{CheckLine, LoadReport, Mark};
use crate::report::TerminalOptions;
use crate::report::terminal::page::{BOLD, DIM, GREEN, INDENT, PLAIN, Page, RED, YELLOW};
use crate::report::text::{self, safe_name};
use anstyle::Style;

/// Between two columns.
const GAP: usize = 2;
/// A name is not made shorter than this while a column can be left out.
const NAME_MIN: usize = 12;
/// Columns of the labels of details.
const LABEL: usize = 13;

/// Draws the report; first the answer, last the line that says it all.
#[must_use]
pub fn load_terminal(report: &LoadReport, options: TerminalOptions) -> String {
    let mut page = Page::new(options);
    page.line(&[
        (BOLD, format!("tollgate load {}: ", safe_name(&report.name))),
        (style(report).bold(), report.word.to_owned()),
    ]);
    page.prose(2, PLAIN, &safe_name(&report.sentence));
    for note in &report.notes {
        page.prose(INDENT, PLAIN, &format!("note: {}", safe_name(note)));
    }
    if let Some(help) = &report.help {
        page.prose(INDENT, PLAIN, &format!("help: {}", safe_name(help)));
    }
    checks(report, &mut page);
    times(report, &mut page);
    if !report.facts.is_empty() {
        page.blank();
    }
    for (label, fact) in &report.facts {
        labelled(label, &safe_name(fact), &mut page);
    }
    page.blank();
    page.line(&[
        (PLAIN, "tollgate: ".to_owned()),
        (style(report).bold(), report.word.to_owned()),
        (PLAIN, format!("  {}", last(report))),
    ]);
    page.out
}

fn style(report: &LoadReport) -> Style {
    match report.exit {
        0 if report.word == "PASS" => GREEN,
        0 | 130 => YELLOW,
        _ => RED,
    }
}

/// `1 broken, 3 hold (exit 1)`.
fn last(report: &LoadReport) -> String {
    let count = |mark| {
        report
            .checks
            .iter()
            .filter(|check| check.mark == mark)
            .count()
    };
    let parts: Vec<String> = [
        (Mark::Broken, "broken"),
        (Mark::NotTold, "not told"),
        (Mark::Warned, "warned"),
        (Mark::NotJudged, "not judged"),
        (Mark::Holds, "hold"),
    ]
    .into_iter()
    .map(|(mark, word)| (count(mark), word))
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| match (count, word) {
        (1, "hold") => "1 holds".to_owned(),
        _ => format!("{count} {word}"),
    })
    .collect();
    let budgets = if parts.is_empty() {
        "no budget".to_owned()
    } else {
        parts.join(", ")
    };
    format!("{budgets} in this run (exit {})", report.exit)
}

fn checks(report: &LoadReport, page: &mut Page) {
    if report.checks.is_empty() && report.skipped.is_empty() {
        return;
    }
    page.blank();
    let widest = |of: fn(&CheckLine) -> &str| {
        (report.checks.iter())
            .map(|check| text::width(&safe_name(of(check))))
            .max()
            .unwrap_or(0)
    };
    let (observed, limit) = (
        widest(|check| &check.observed),
        widest(|check| &check.limit),
    );
    let room = page
        .options
        .width
        .saturating_sub(4 + observed + limit + 2 * GAP);
    let name = widest(|check| &check.what).min(room.max(NAME_MIN));
    for check in &report.checks {
        let style = match check.mark {
            Mark::Broken => RED.bold(),
            Mark::NotTold | Mark::NotJudged | Mark::Warned => YELLOW,
            Mark::Holds => GREEN,
        };
        let what = text::shorten_middle(&safe_name(&check.what), name);
        page.line(&[
            (PLAIN, "  ".to_owned()),
            (style, check.mark.sign().to_owned()),
            (PLAIN, format!(" {}", left(&what, name + GAP))),
            (
                if check.mark == Mark::Broken {
                    style
                } else {
                    PLAIN
                },
                right(&check.observed, observed),
            ),
            (PLAIN, format!("{}{}", " ".repeat(GAP), check.limit)),
        ]);
        if let Some(note) = &check.note {
            page.prose(INDENT + 2, DIM, &safe_name(note));
        }
    }
    for (why, names) in &report.skipped {
        page.prose(
            2,
            DIM,
            &format!("- not judged: {why}: {}", safe_name(names)),
        );
    }
}

/// Columns behind the name, in the order of the page.
const HEAD: [&str; 7] = ["calls", "rate", "p50", "p90", "p95", "p99", "max"];

/// What is left out first where there is no room: p90, the rate, p50.
const LEAVE_OUT: [usize; 3] = [3, 1, 2];

fn times(report: &LoadReport, page: &mut Page) {
    if report.lines.is_empty() {
        return;
    }
    debug_assert_eq!(HEAD[2..6], SHARES.map(|(name, _)| name));
    let mut rows: Vec<(String, [String; 7], Style)> = Vec::new();
    for line in &report.lines {
        rows.push((
            safe_name(&line.name),
            row(number(line.calls), line.rate.clone(), &line.response),
            PLAIN,
        ));
        if let Line {
            service: Some(service),
            ..
        } = line
        {
            let row = row(String::new(), String::new(), service);
            rows.push(("  its service time".to_owned(), row, DIM));
        }
    }
    let mut widths: [usize; 7] = std::array::from_fn(|at| {
        let cells = rows.iter().map(|(_, cells, _)| text::width(&cells[at]));
        cells.max().unwrap_or(0).max(HEAD[at].len())
    });
    let natural = (rows.iter())
        .map(|(name, ..)| text::width(name))
        .max()
        .unwrap_or(0)
        .max("response time".len());
    let room = |widths: &[usize; 7]| {
        let used: usize = (widths.iter().filter(|width| **width > 0))
            .map(|width| width + GAP)
            .sum();
        page.options.width.saturating_sub(used)
    };
    for at in LEAVE_OUT {
        if room(&widths) >= natural.min(NAME_MIN + 6) {
            break;
        }
        widths[at] = 0;
    }
    let name = natural.min(room(&widths)).max(4);
    page.blank();
    let head = HEAD.map(str::to_owned);
    page.line(&table_line("response time", &head, name, &widths, DIM));
    for (title, cells, style) in &rows {
        page.line(&table_line(title, cells, name, &widths, *style));
    }
    if let Some(waited) = &report.waited {
        page.blank();
        page.prose(0, PLAIN, &safe_name(&waited.text(&waited.name)));
    }
}

fn row(calls: String, rate: String, times: &[Cell; 5]) -> [String; 7] {
    let [p50, p90, p95, p99, max] = times.each_ref().map(|cell| cell.text().to_owned());
    [calls, rate, p50, p90, p95, p99, max]
}

fn table_line(
    title: &str,
    cells: &[String; 7],
    name: usize,
    widths: &[usize; 7],
    style: Style,
) -> Vec<(Style, String)> {
    let mut line = left(&text::shorten_middle(title, name), name);
    for (cell, width) in cells.iter().zip(widths).filter(|(_, width)| **width > 0) {
        line.push_str(&" ".repeat(GAP));
        line.push_str(&right(cell, *width));
    }
    vec![(style, line)]
}

/// A label, and a text that is wrapped beside it.
fn labelled(label: &str, fact: &str, page: &mut Page) {
    let room = page.options.width.saturating_sub(LABEL);
    for (at, line) in text::wrap(fact, room).into_iter().enumerate() {
        let label = if at == 0 { label } else { "" };
        page.line(&[(DIM, left(label, LABEL)), (PLAIN, line)]);
    }
}

fn left(text: &str, columns: usize) -> String {
    format!(
        "{text}{}",
        " ".repeat(columns.saturating_sub(text::width(text)))
    )
}

fn right(text: &str, columns: usize) -> String {
    format!(
        "{}{text}",
        " ".repeat(columns.saturating_sub(text::width(text)))
    )
}
