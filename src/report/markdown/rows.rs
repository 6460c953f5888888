//! Rows as lines of a table: most important first, written once, counted out into pages of any size.

use super::safe::cell;
use super::size::Size;
use crate::budget::Unresolved;
use crate::report::cells;
use crate::report::model::{Report, Row};
use crate::units::{Change, Unit};
use crate::verdict::{Limit, VerdictKind};

/// Head of every table. Seven columns.
pub(super) const HEAD: &str = "| benchmark | base | head | change [interval] | budget | could detect | verdict |\n\
                               |:--|--:|--:|:--|:--|--:|:--|\n";

/// Rows of the table that is not folded.
const OPEN_ROWS: usize = 10;
/// The same where all of them fail the gate. More would be a wall.
pub(super) const MOST_OPEN_ROWS: usize = 25;
/// Columns of a name.
const NAME_COLUMNS: usize = 100;
/// Columns of a number in a unit of somebody else.
const NUMBER_COLUMNS: usize = 60;

/// Lines of some rows, as far as any page has room for.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    pub(super) rows: Vec<&'a Row>,
    text: String,
    /// After each line that was written: bytes, and characters as [`Size`] counts them.
    ends: Vec<(usize, usize)>,
}

impl<'a> Lines<'a> {
    /// Rows that a reader must see, and the others.
    pub(super) fn of(report: &'a Report, largest: usize) -> (Self, Self) {
        let mut ranked: Vec<(Rank, f64, &Row)> = (report.rows.iter())
            .map(|row| {
                let rank = rank(row);
                let weight = if rank < Rank::Decided {
                    weight(row)
                } else {
                    0.0
                };
                (rank, weight, row)
            })
            .collect();
        // Stable: equal rows stay in the gate's order, which is that of their names.
        ranked.sort_by(|a, b| (a.0.cmp(&b.0)).then(b.1.total_cmp(&a.1)));
        let quiet = ranked.partition_point(|(rank, ..)| *rank < Rank::Decided);
        let rows = |ranked: &[(Rank, f64, &'a Row)]| ranked.iter().map(|(.., row)| *row).collect();
        (
            Self::write(rows(&ranked[..quiet]), largest),
            Self::write(rows(&ranked[quiet..]), largest),
        )
    }

    fn write(rows: Vec<&'a Row>, largest: usize) -> Self {
        let mut text = String::with_capacity(largest.min(rows.len() * 120));
        let mut ends = Vec::with_capacity(rows.len());
        let mut characters = 0;
        for row in &rows {
            let start = text.len();
            line(row, &mut text);
            characters += Size::Characters(0).of(&text[start..]);
            ends.push((text.len(), characters));
            if text.len() > largest && characters > largest {
                break;
            }
        }
        Self { rows, text, ends }
    }

    /// How many lines from `first` on fit into `room`, at most `most`.
    pub(super) fn fitting(&self, first: usize, most: usize, room: usize, size: Size) -> usize {
        let used = |(bytes, characters): (usize, usize)| match size {
            Size::Bytes(_) => bytes,
            Size::Characters(_) => characters,
        };
        let before = first.checked_sub(1).map_or(0, |last| used(self.ends[last]));
        let last = self.ends.len().min(first.saturating_add(most));
        self.ends[first..last].partition_point(|end| used(*end) - before <= room)
    }

    /// How many rows stand in the table that is not folded: some, and more only where they fail the gate or may.
    pub(super) fn open(&self) -> usize {
        let pressing = (self.rows.iter()).take_while(|row| rank(row) < Rank::Undecided);
        pressing.count().clamp(OPEN_ROWS, MOST_OPEN_ROWS)
    }

    /// Lines `first..first + count`.
    pub(super) fn lines(&self, first: usize, count: usize) -> &str {
        let end = |lines: usize| match lines {
            0 => 0,
            lines => self.ends[lines - 1].0,
        };
        &self.text[end(first)..end(first + count)]
    }
}

/// What matters more comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Fails,
    Warns,
    Unusable,
    MustBeDecided,
    Undecided,
    Waived,
    Improved,
    /// From here on rows are quiet.
    Decided,
    New,
    NotComparable,
}

fn rank(row: &Row) -> Rank {
    match row.verdict {
        VerdictKind::Regressed
        | VerdictKind::OverBudget
        | VerdictKind::Violated
        | VerdictKind::Failed => {
            if row.fails() {
                Rank::Fails
            } else {
                Rank::Warns
            }
        }
        VerdictKind::Invalid | VerdictKind::Missing => Rank::Unusable,
        VerdictKind::Inconclusive | VerdictKind::NotProven => match row.unresolved {
            Unresolved::Fail => Rank::MustBeDecided,
            Unresolved::Warn => Rank::Undecided,
        },
        VerdictKind::Waived => Rank::Waived,
        VerdictKind::Improved => Rank::Improved,
        VerdictKind::NotSlower
        | VerdictKind::Unchanged
        | VerdictKind::WithinBudget
        | VerdictKind::Proven => Rank::Decided,
        VerdictKind::New => Rank::New,
        VerdictKind::NotComparable => Rank::NotComparable,
    }
}

/// How far it moved, or is from its limit, as a log ratio; 0 where that is not known.
fn weight(row: &Row) -> f64 {
    let change = if let Some(overhead) = &row.overhead {
        overhead.relative.estimate
    } else if let (Some(comparison), true) = (&row.comparison, cells::is_relative(row)) {
        comparison.effect
    } else if let (Some(estimate), Limit::Max(limit) | Limit::Min(limit)) =
        (&row.absolute, &row.limit)
    {
        Change::from_log((estimate.value / limit.value).ln())
    } else {
        return 0.0;
    };
    let size = change.log().abs();
    if size.is_nan() { 0.0 } else { size }
}

/// Whether a number of the row is shown in a unit that tollgate only carries.
fn has_own_unit(row: &Row) -> bool {
    let of_limit = match &row.limit {
        Limit::Max(quantity) | Limit::Min(quantity) => Some(&quantity.unit),
        Limit::Overhead { absolute, .. } => absolute.as_ref().map(|quantity| &quantity.unit),
        Limit::Slower(_) | Limit::None => None,
    };
    let of_metric = row.metric.as_ref().map(|metric| &metric.unit);
    [of_metric, of_limit]
        .into_iter()
        .flatten()
        .any(|unit| matches!(unit, Unit::Other(_)))
}

fn line(row: &Row, out: &mut String) {
    let own_unit = has_own_unit(row);
    // Numbers in units that tollgate knows are its own words; a unit of somebody else is their text.
    let number = |text: String| {
        if own_unit && text != cells::NOTHING {
            cell(&text, NUMBER_COLUMNS)
        } else {
            unbroken(&text)
        }
    };
    let change = match (cells::is_relative(row), cells::value_interval(row)) {
        (false, Some(interval)) => number(interval),
        _ => match cells::change_with_interval(row).split_once(' ') {
            Some((change, interval)) => format!("{change} {}", unbroken(interval)),
            None => cells::NOTHING.to_owned(),
        },
    };
    let strong = if row.fails() { "**" } else { "" };
    out.push_str(&format!(
        "| {} | {} | {} | {change} | {} | {} | {strong}{}{strong} |\n",
        cell(&cells::name(row), NAME_COLUMNS),
        number(cells::base(row)),
        number(cells::head(row)),
        number(cells::limit(row)),
        cells::detectable(row),
        row.verdict.as_str(),
    ));
}

/// A number and its unit stay on one line, however narrow the column.
fn unbroken(text: &str) -> String {
    text.replace(' ', "\u{a0}")
}
