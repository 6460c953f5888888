//! Lines that fit the page, whatever the texts in them hold.

use crate::compare::Interval;
use crate::report::TerminalOptions;
use crate::report::text::{self, safe_name};
use anstyle::Style;

pub(super) const PLAIN: Style = Style::new();
pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();

/// Before everything below a heading.
pub(super) const INDENT: usize = 2;

/// What is written so far. Every text passes [`safe_name`] here, once more where it has before.
pub(super) struct Lines {
    pub(super) width: usize,
    colour: bool,
    pub(super) out: String,
}

impl Lines {
    pub(super) fn new(options: TerminalOptions) -> Self {
        Self {
            width: options.width.max(40),
            colour: options.colour,
            out: String::new(),
        }
    }

    /// A heading, with a blank line before it.
    pub(super) fn heading(&mut self, heading: &str) {
        self.out.push('\n');
        self.prose(0, BOLD, heading);
    }

    /// One line, cut at the edge of the page.
    pub(super) fn line(&mut self, style: Style, line: &str) {
        let line = text::shorten_end(safe_name(line).trim_end(), self.width);
        if self.colour && style != PLAIN && !line.is_empty() {
            self.out.push_str(&format!("{style}{line}{style:#}\n"));
        } else {
            self.out.push_str(&line);
            self.out.push('\n');
        }
    }

    /// A paragraph; what follows its first line stands further in.
    pub(super) fn prose(&mut self, indent: usize, style: Style, paragraph: &str) {
        const HANGING: usize = 2;
        let room = self.width - indent - HANGING;
        for (at, line) in (text::wrap(&safe_name(paragraph), room).iter()).enumerate() {
            let indent = if at == 0 { indent } else { indent + HANGING };
            self.line(style, &format!("{}{line}", " ".repeat(indent)));
        }
    }

    /// Columns that line up below a heading; `right` says which of them stand to the right. The widest gives way where
    /// they do not fit.
    pub(super) fn table(&mut self, right: &[bool], rows: &[Vec<String>]) {
        const GAP: usize = 2;
        let columns = right.len();
        let mut widths: Vec<usize> = (0..columns)
            .map(|at| {
                (rows.iter())
                    .filter_map(|row| row.get(at))
                    .map(|cell| text::width(&safe_name(cell)))
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        let room = self
            .width
            .saturating_sub(INDENT + GAP * columns.saturating_sub(1));
        let over = widths.iter().sum::<usize>().saturating_sub(room);
        if let Some(widest) = widths.iter_mut().max() {
            *widest = widest.saturating_sub(over).max(1);
        }
        for (at, row) in rows.iter().enumerate() {
            let mut line = " ".repeat(INDENT);
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let cell = text::shorten_middle(&safe_name(cell), *width);
                let padding = " ".repeat(width - text::width(&cell));
                if column > 0 {
                    line.push_str(&" ".repeat(GAP));
                }
                if right[column] {
                    line.push_str(&padding);
                }
                line.push_str(&cell);
                if !right[column] {
                    line.push_str(&padding);
                }
            }
            self.line(if at == 0 { DIM } else { PLAIN }, &line);
        }
    }
}

/// A row of a table.
pub(super) fn cells<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

/// `[+6.1%, +9.9%]`.
pub(super) fn interval(interval: Interval) -> String {
    format!("[{}, {}]", interval.low, interval.high)
}
