//! Lines below a measured row: throughputs of counters, and what `AllocProfiler` counted. Pure.

use super::cells::{Kind, Quantity, quantity};
use super::shortened;
use crate::collect::Measured;
use crate::measurement::{Evidence, Metric, Summary};
use crate::units::Unit;

/// Four cells of one kind.
pub(super) struct Four {
    pub(super) values: [f64; 4],
    kind: Kind,
}

/// Four cells of one kind: fastest, slowest, median, mean.
pub(super) fn four(cells: [&str; 4], allowed: &[Kind]) -> Result<Four, String> {
    let columns = ["fastest", "slowest", "median", "mean"];
    let mut values = [0.0; 4];
    let mut found = None;
    for ((cell, column), slot) in cells.iter().zip(columns).zip(&mut values) {
        let Quantity { value, kind } =
            quantity(cell).map_err(|problem| format!("{column} {problem}"))?;
        if !allowed.contains(&kind) || found.is_some_and(|found| found != kind) {
            return Err(format!(
                "{column} `{}` has another unit than expected",
                shortened(cell.trim())
            ));
        }
        found = Some(kind);
        *slot = value;
    }
    let kind = found.unwrap_or(Kind::Count);
    Ok(Four { values, kind })
}

/// Counters and allocations below a measured row.
pub(super) struct Blocks {
    /// The row's own, for its numbers of samples and iterations.
    pub(super) summary: Summary,
    /// The block that is being read.
    pub(super) label: Option<Label>,
}

pub(super) struct Label {
    pub(super) text: &'static str,
    count: &'static str,
    size: &'static str,
    pub(super) line: usize,
    counted: bool,
}

/// Labels of AllocProfiler's blocks, and the metrics of their two lines.
const LABELS: [(&str, &str, &str); 5] = [
    ("max alloc:", "max-allocations", "max-bytes-allocated"),
    ("alloc:", "allocations", "bytes-allocated"),
    ("dealloc:", "deallocations", "bytes-deallocated"),
    ("grow:", "grows", "bytes-grown"),
    ("shrink:", "shrinks", "bytes-shrunk"),
];

/// Whether a metric of this name comes from an allocation block.
pub(super) fn is_allocation(metric: &str) -> bool {
    LABELS
        .iter()
        .any(|(_, count, size)| *count == metric || *size == metric)
}

impl Blocks {
    pub(super) fn line(
        &mut self,
        cells: [&str; 6],
        line: usize,
        measured: &mut Measured,
    ) -> Result<(), String> {
        let [first, rest @ ..] = cells;
        let first = first.trim_start_matches(['│', ' ']).trim_end();
        if rest.iter().all(|cell| cell.trim().is_empty()) {
            let known = LABELS.iter().find(|(text, ..)| *text == first);
            let Some(&(text, count, size)) = known else {
                return Err("is no block of divan's".to_owned());
            };
            if self.label.is_some() {
                return Err("begins before the block above is complete".to_owned());
            }
            self.label = Some(Label {
                text,
                count,
                size,
                line,
                counted: false,
            });
            return Ok(());
        }
        let [slowest, median, mean, samples, iterations] = rest;
        if !samples.trim().is_empty() || !iterations.trim().is_empty() {
            return Err("has samples and no name".to_owned());
        }
        let time = [first, slowest, median, mean];
        let metric = match &mut self.label {
            Some(label) if !label.counted => {
                label.counted = true;
                let four = four(time, &[Kind::Count])?;
                (Metric::lower(label.count, Unit::Count), four)
            }
            Some(label) => {
                let four = four(time, &[Kind::Bytes])?;
                let metric = Metric::lower(label.size, Unit::Bytes);
                self.label = None;
                (metric, four)
            }
            None => {
                use Kind::{BytesPerSecond, CharsPerSecond, CyclesPerSecond, ItemsPerSecond};
                let rates = [
                    BytesPerSecond,
                    CharsPerSecond,
                    CyclesPerSecond,
                    ItemsPerSecond,
                ];
                let four = four(time, &rates)?;
                let (name, unit) = four.kind.throughput().ok_or("is no throughput")?;
                (Metric::higher(name, unit), four)
            }
        };
        let (metric, four) = metric;
        if measured.iter().any(|(known, _)| *known == metric) {
            return Err(format!("gives {} a second time", metric.name));
        }
        measured.push((metric, Evidence::Summary(Box::new(self.of(four.values)))));
        Ok(())
    }

    /// divan sorts by time: the first column is what the fastest *sample* allocated or processed, not the least. A
    /// summary holds the extremes.
    fn of(&self, [fastest, slowest, median, mean]: [f64; 4]) -> Summary {
        let all = [fastest, slowest, median, mean];
        Summary {
            fastest: all.into_iter().fold(f64::INFINITY, f64::min),
            slowest: all.into_iter().fold(0.0, f64::max),
            median,
            mean,
            ..self.summary
        }
    }
}
