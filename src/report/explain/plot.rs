//! The rounds as a plot of characters: a line each, or a strip where there are many.

use super::evidence::{Evidence, Names, Round, Value};
use super::lines::{DIM, INDENT, Lines, PLAIN};
use super::scale::Scale;
use super::strip;
use crate::measurement::Metric;
use crate::report::text::{self, plural, safe_name, shorten_end};
use crate::units::{Change, format_value};

/// Rounds that get a line each; more become a strip.
const LINES_MOST: usize = 45;

/// Columns of a value at most; units are texts from outside.
const VALUE_COLUMNS: usize = 12;

/// What is drawn.
pub(super) struct Plot<'a> {
    pub(super) evidence: &'a Evidence<'a>,
    pub(super) metric: &'a Metric,
    pub(super) names: Names,
    /// Log ratios that are marked on both sides of no change.
    pub(super) limits: Vec<(f64, char)>,
    /// What values of one side are shown against.
    pub(super) reference: f64,
    /// Pairs that the verdict was made from, where it used fewer than there are.
    pub(super) used: Option<u32>,
}

/// One round, ready to be drawn.
pub(super) struct Point {
    pub(super) round: u32,
    pub(super) attempt: u32,
    layout: Option<u32>,
    order: &'static str,
    base: String,
    candidate: String,
    pub(super) change: Option<f64>,
    /// It counts for nothing.
    pub(super) dropped: bool,
}

impl Plot<'_> {
    pub(super) fn draw(&self, lines: &mut Lines) {
        let points: Vec<Point> = (self.evidence.rounds.iter())
            .map(|round| self.point(round))
            .collect();
        if points.len() > LINES_MOST {
            strip::draw(self, &points, lines);
        } else {
            self.one_by_one(&points, lines);
        }
    }

    fn point(&self, round: &Round<'_>) -> Point {
        let shown = |value: Value<'_>| {
            value.number().map_or_else(
                || "-".to_owned(),
                |value| {
                    let value = safe_name(&format_value(value, &self.metric.unit));
                    shorten_end(&value, VALUE_COLUMNS)
                },
            )
        };
        let change = if self.evidence.two_sided {
            round.change()
        } else {
            (round.candidate.number())
                .filter(|value| *value > 0.0 && self.reference > 0.0)
                .map(|value| value.ln() - self.reference.ln())
        };
        Point {
            order: match round.base_first() {
                Some(true) => self.names.base,
                Some(false) => self.names.short,
                None => "?",
            },
            base: shown(round.base),
            candidate: shown(round.candidate),
            change,
            dropped: self.evidence.dropped(round, self.names).is_some(),
            round: round.round,
            attempt: round.attempt,
            layout: round.layout,
        }
    }

    pub(super) fn attempt_heading(&self, attempt: u32, lines: &mut Lines) {
        if self.evidence.attempts.len() < 2 {
            return;
        }
        if let Some(known) = self.evidence.attempts.get(attempt as usize) {
            let seed = if known.seed.is_empty() {
                String::new()
            } else {
                format!(", seed {}", known.seed)
            };
            let heading = format!("attempt {}: started {}{seed}", attempt + 1, known.started);
            lines.prose(INDENT, DIM, &heading);
        }
    }

    pub(super) fn scale(&self, points: &[Point], columns: usize) -> Scale {
        let changes: Vec<f64> = points.iter().filter_map(|point| point.change).collect();
        Scale::new(columns, &changes, &self.limits)
    }

    fn one_by_one(&self, points: &[Point], lines: &mut Lines) {
        let table = Table::of(self, points, lines.width);
        let scale = self.scale(points, table.scale);
        table.heading(self, &scale, lines);
        let (mut attempt, mut pairs) = (None, 0);
        for (at, point) in points.iter().enumerate() {
            if attempt != Some(point.attempt) {
                attempt = Some(point.attempt);
                self.attempt_heading(point.attempt, lines);
            }
            lines.line(PLAIN, &table.line(point, &scale));
            pairs += u32::from(!point.dropped);
            if Some(pairs) == self.used && !point.dropped && at + 1 < points.len() {
                let note = format!("-- judged here, at {}", plural(pairs, "pair"));
                lines.line(DIM, &format!("{}{note}", " ".repeat(INDENT)));
            }
        }
    }
}

/// Widths of the columns before the scale; 0 leaves one out.
struct Table {
    order: usize,
    layout: usize,
    base: usize,
    value: usize,
    scale: usize,
}

const GAP: usize = 2;
const ROUND: usize = "round".len();
/// `base` and `cand`: what ran first.
const ORDER: usize = "first".len();
const CHANGE: usize = 8;

/// A scale below this says less than the values beside it.
const SCALE_MIN: usize = 17;

impl Table {
    fn of(plot: &Plot<'_>, points: &[Point], width: usize) -> Self {
        let widest = |cell: fn(&Point) -> &str, heading: &str| {
            (points.iter())
                .map(|point| text::width(cell(point)))
                .max()
                .unwrap_or(0)
                .max(heading.len())
        };
        let two_sided = plot.evidence.two_sided;
        let mut table = Self {
            order: if two_sided { ORDER } else { 0 },
            layout: if points.iter().any(|point| point.layout.is_some()) {
                "layout".len()
            } else {
                0
            },
            base: if two_sided {
                widest(|point| &point.base, plot.names.base)
            } else {
                0
            },
            value: widest(|point| &point.candidate, plot.names.candidate),
            scale: 0,
        };
        let room = |table: &Self| {
            let columns = [
                ROUND,
                table.order,
                table.layout,
                table.base,
                table.value,
                CHANGE,
            ];
            let used: usize = (columns.iter())
                .filter(|column| **column > 0)
                .map(|column| column + GAP)
                .sum();
            width.saturating_sub(INDENT + used)
        };
        if room(&table) < SCALE_MIN {
            (table.base, table.value) = (0, 0);
        }
        table.scale = room(&table).clamp(3, 61);
        table
    }

    fn heading(&self, plot: &Plot<'_>, scale: &Scale, lines: &mut Lines) {
        let cells = [
            "round",
            "first",
            "layout",
            plot.names.base,
            plot.names.candidate,
            "change",
        ];
        let line = self.row(&cells.map(str::to_owned), &scale.heading());
        lines.line(DIM, &line);
    }

    fn line(&self, point: &Point, scale: &Scale) -> String {
        let layout = point
            .layout
            .map_or_else(|| "-".to_owned(), |layout| layout.to_string());
        let change = point.change.map_or_else(
            || "-".to_owned(),
            |change| Change::from_log(change).to_string(),
        );
        let rest = if point.dropped {
            "dropped, see below".to_owned()
        } else {
            scale.draw(point.change)
        };
        let cells = [
            point.round.to_string(),
            point.order.to_owned(),
            layout,
            point.base.clone(),
            point.candidate.clone(),
            change,
        ];
        self.row(&cells, &rest)
    }

    fn row(&self, cells: &[String; 6], rest: &str) -> String {
        let widths = [
            ROUND,
            self.order,
            self.layout,
            self.base,
            self.value,
            CHANGE,
        ];
        let mut line = " ".repeat(INDENT);
        for (at, (cell, width)) in cells.iter().zip(widths).enumerate() {
            if width == 0 {
                continue;
            }
            let padding = " ".repeat(width.saturating_sub(text::width(cell)));
            // Words to the left, numbers to the right.
            if at == 1 {
                line.push_str(cell);
                line.push_str(&padding);
            } else {
                line.push_str(&padding);
                line.push_str(cell);
            }
            line.push_str(&" ".repeat(GAP));
        }
        line + rest
    }
}
