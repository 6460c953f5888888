//! The report for a terminal or a job's log: what needs attention a line each, the rest as counts.

use super::model::{Finding, Report, Row};
use super::reproduce::Command;
use super::text::{self, plural, safe_name};
use super::{cells, headline};
use crate::diagnostic::Severity;
use crate::units::format_duration;
use crate::verdict::{ExitCode, Standing, VerdictKind};
use anstyle::{AnsiColor, Style};
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

const PLAIN: Style = Style::new();
const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();
const RED: Style = AnsiColor::Red.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const GREEN: Style = AnsiColor::Green.on_default();

/// Findings of one code that are written out unless everything is asked for.
const FINDINGS_A_CODE: u32 = 5;
/// Between two columns.
const GAP: usize = 2;
/// A name is not made shorter than this while another column can be left out.
const NAME_MIN: usize = 24;
/// Before the details of a row.
const INDENT: usize = 4;

/// Draws the report; ends with the one line that says it all.
#[must_use]
pub fn terminal(report: &Report, options: TerminalOptions) -> String {
    let mut page = Page::new(options);
    title(report, &mut page);
    table(report, &mut page);
    folded(report, &mut page);
    findings(report, &mut page);
    origin(report, &mut page);
    last_lines(report, &mut page);
    page.out
}

fn title(report: &Report, page: &mut Page) {
    let revision = |revision: &crate::measurement::Revision| {
        let commit: String = revision.commit.chars().take(12).collect();
        format!("{commit}{}", if revision.dirty { " (changed)" } else { "" })
    };
    let mut title = format!("tollgate {}", report.version);
    if !report.candidate.commit.is_empty() {
        title.push_str(&format!(": {}", revision(&report.candidate)));
    }
    if let Some(base) = &report.base {
        title.push_str(&format!(" against {}", revision(base)));
    }
    page.prose(0, BOLD, &safe_name(&title));
}

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

fn table(report: &Report, page: &mut Page) {
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
        VerdictKind::Regressed | VerdictKind::OverBudget if !row.fails() => YELLOW,
        VerdictKind::Regressed
        | VerdictKind::OverBudget
        | VerdictKind::Invalid
        | VerdictKind::Missing => RED.bold(),
        VerdictKind::Inconclusive | VerdictKind::Waived => YELLOW,
        VerdictKind::Improved => GREEN,
        VerdictKind::New | VerdictKind::NotComparable => DIM,
        VerdictKind::NotSlower | VerdictKind::Unchanged | VerdictKind::WithinBudget => PLAIN,
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

/// What a person needs beside the line: numbers that found no column, why, and the next step.
fn details(row: &Row, cells: &[String; 5], columns: Columns, page: &mut Page) {
    let folded = !row.is_notable();
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
    let settled = folded || row.verdict == VerdictKind::Improved;
    if !settled && !facts.is_empty() {
        page.prose(INDENT, PLAIN, &facts.join(", "));
    }
    for note in lines_of(&row.notes) {
        page.prose(INDENT, PLAIN, &format!("note: {}", safe_name(note)));
    }
    if let Some(step) = row.next_step.as_ref().filter(|_| !folded) {
        page.prose(INDENT, PLAIN, &format!("help: {}", safe_name(step)));
    }
}

fn lines_of(notes: &[String]) -> impl Iterator<Item = &str> {
    notes
        .iter()
        .flat_map(|note| note.lines())
        .filter(|line| !line.trim().is_empty())
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
    if !holding.is_empty() || !report.skipped.is_empty() {
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
    for group in &report.skipped {
        let (first, rest) = skipped_text(group);
        page.prose(0, PLAIN, &safe_name(&first));
        if let Some(remedy) = rest {
            page.prose(INDENT, DIM, &format!("help: {remedy}"));
        }
    }
}

/// `14 checks not compared: the baseline is of another machine class (..)`, and what to do.
pub(super) fn skipped_text(group: &super::SkippedGroup) -> (String, Option<&'static str>) {
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

fn origin(report: &Report, page: &mut Page) {
    page.blank();
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

/// Lines that fit, coloured or not.
struct Page {
    options: TerminalOptions,
    out: String,
}

impl Page {
    fn new(options: TerminalOptions) -> Self {
        Self {
            options: TerminalOptions {
                width: options.width.max(40),
                ..options
            },
            out: String::new(),
        }
    }

    fn blank(&mut self) {
        self.out.push('\n');
    }

    /// One line of spans; cut at the page's edge, without spaces at its end.
    fn line(&mut self, spans: &[(Style, String)]) {
        let whole: String = spans.iter().map(|(_, text)| text.as_str()).collect();
        let whole = text::shorten_end(whole.trim_end(), self.options.width);
        if !self.options.colour {
            self.out.push_str(&whole);
            self.out.push('\n');
            return;
        }
        let mut rest = whole.as_str();
        for (style, span) in spans {
            // A cut line differs from its spans only behind the cut, where `…` stands.
            let shared = common_prefix(rest, span);
            let (now, later) = rest.split_at(shared);
            self.styled(*style, now);
            rest = later;
            if shared < span.len() {
                break;
            }
        }
        self.out.push_str(rest);
        self.out.push('\n');
    }

    /// A paragraph, wrapped, with everything after its first line indented further.
    fn prose(&mut self, indent: usize, style: Style, text: &str) {
        const HANGING: usize = 2;
        let room = self.options.width - indent - HANGING;
        for (at, line) in text::wrap(text, room).into_iter().enumerate() {
            let indent = if at == 0 { indent } else { indent + HANGING };
            self.line(&[(PLAIN, " ".repeat(indent)), (style, line)]);
        }
    }

    fn styled(&mut self, style: Style, text: &str) {
        if text.is_empty() || style == PLAIN {
            self.out.push_str(text);
        } else {
            self.out.push_str(&format!("{style}{text}{style:#}"));
        }
    }
}

/// Bytes that both start with, at a character boundary.
fn common_prefix(one: &str, other: &str) -> usize {
    one.char_indices()
        .zip(other.chars())
        .find(|((_, a), b)| a != b)
        .map_or(one.len().min(other.len()), |((at, _), _)| at)
}
