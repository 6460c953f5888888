//! Many rounds: left to right in the order of measuring, upwards what is more.

use super::lines::{DIM, INDENT, Lines, PLAIN};
use super::plot::{Plot, Point};
use crate::units::Change;

/// Rows: the middle one is no change.
const STRIP_ROWS: usize = 11;

/// Columns of the labels before the rows.
const LABEL: usize = 9;

/// One strip an attempt, on the same scale.
pub(super) fn draw(plot: &Plot<'_>, points: &[Point], lines: &mut Lines) {
    let room = lines.width.saturating_sub(INDENT + LABEL + 1).max(1);
    let range = plot.scale(points, STRIP_ROWS).range;
    for attempt in points.chunk_by(|a, b| a.attempt == b.attempt) {
        if let Some(first) = attempt.first() {
            plot.attempt_heading(first.attempt, lines);
        }
        let each = attempt.len().div_ceil(room);
        strip(attempt, each, range, lines);
        let processes = if plot.evidence.two_sided {
            "pairs"
        } else {
            "processes"
        };
        let legend = format!(
            "{} {processes} from left to right, {each} a column; * is one, a digit counts those that share a place, # is ten or more",
            attempt.len()
        );
        lines.prose(INDENT, DIM, &legend);
    }
}

fn strip(points: &[Point], each: usize, range: f64, lines: &mut Lines) {
    let columns = points.len().div_ceil(each);
    let mut counts = vec![vec![0usize; columns]; STRIP_ROWS];
    let mut dropped = vec![' '; columns];
    for (at, point) in points.iter().enumerate() {
        let column = at / each;
        match point.change {
            Some(change) => counts[row_of(change, range)][column] += 1,
            None => dropped[column] = 'x',
        }
    }
    let mut line = |label: &str, cells: String| {
        let indent = " ".repeat(INDENT);
        lines.line(PLAIN, &format!("{indent}{label:>LABEL$} {cells}"));
    };
    for (row, counts) in counts.iter().enumerate() {
        let background = if row == STRIP_ROWS / 2 { '-' } else { ' ' };
        let cells = counts.iter().map(|count| cell(*count, background));
        line(&label_of(row, range), cells.collect());
    }
    if dropped.contains(&'x') {
        line("dropped", dropped.into_iter().collect());
    }
}

/// The top row is the largest change; what lies beyond the range stands in the outermost rows.
fn row_of(change: f64, range: f64) -> usize {
    let middle = (STRIP_ROWS / 2) as f64;
    let row = (middle - change / range * middle).round();
    if row.is_nan() {
        return STRIP_ROWS / 2;
    }
    row.clamp(0.0, (STRIP_ROWS - 1) as f64) as usize
}

/// The ends and no change.
fn label_of(row: usize, range: f64) -> String {
    if row == 0 {
        Change::from_log(range).to_string()
    } else if row == STRIP_ROWS - 1 {
        Change::from_log(-range).to_string()
    } else if row == STRIP_ROWS / 2 {
        "0".to_owned()
    } else {
        String::new()
    }
}

fn cell(count: usize, background: char) -> char {
    match u32::try_from(count) {
        Ok(0) => background,
        Ok(1) => '*',
        Ok(count @ 2..=9) => char::from_digit(count, 10).unwrap_or('#'),
        _ => '#',
    }
}
