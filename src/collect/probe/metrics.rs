//! The series of a record as benchmarks with metrics.

use super::check::{Value, value};
use super::raw::{RawFamily, RawKind, RawOutcome, RawRecord, RawSeries, RawUnit};
use crate::collect::Measured;
use crate::measurement::format::document::{Document, format_error, quoted};
use crate::measurement::{Evidence, FormatError, Metric};
use crate::units::Unit;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use tollgate_probe::record::{FORMAT, VERSION};
use tollgate_probe::snapshot::Distribution;

const DOCUMENT: Document = Document {
    format: FORMAT,
    version: VERSION,
    what: "probe record",
    labels: &[("families", &["name"])],
    next_step: "docs/probe-record.md describes it",
};

/// Most series of a record, outcomes counted as one.
const MAX_SERIES: usize = 1_000;

/// Longest name of a series, bytes: with a metric behind it, it is still a name that a run can hold.
const NAME_BYTES: usize = 1_024;

/// What one series says.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesMeasured {
    /// `family{label="value",..}`.
    pub name: String,
    /// Never empty.
    pub measured: Measured,
}

/// Reads the record of a probe. `file` is only named in errors. Pure.
///
/// - A timer has `time` (the mean), `p50`, `p95`, `p99` and `max` of its completed calls, in nanoseconds, and the counts
///   `count`, `completed`, `failed`, `cancelled` and `panicked`. Without completed calls it has only counts.
/// - A histogram of sizes or whole numbers has `mean`, `p50`, `p95`, `p99`, `max` and `count`.
/// - A counter has `count`, a gauge `value`; a gauge that is negative, NaN or infinite gives nothing.
///
/// # Errors
/// Not JSON, no record, a version that is not read, a field that is missing, unknown or makes no sense, a series
/// twice, more than 1,000 series.
pub fn read_record(file: &str, bytes: &[u8]) -> Result<Vec<SeriesMeasured>, FormatError> {
    let record: RawRecord = DOCUMENT.parse(file, bytes)?;
    measured(&record).map_err(|problem| format_error(file, &problem))
}

fn measured(record: &RawRecord) -> Result<Vec<SeriesMeasured>, String> {
    let mut kinds: BTreeMap<&str, BTreeSet<RawKind>> = BTreeMap::new();
    for family in &record.families {
        kinds.entry(&family.name).or_default().insert(family.kind);
    }
    let mut all = Series::default();
    for (at, family) in record.families.iter().enumerate() {
        // In a name of its own, whichever of them was used first.
        let shared = kinds
            .get(&*family.name)
            .is_some_and(|kinds| kinds.len() > 1);
        let family_name = if shared {
            format!("{}#{}", family.name, family.kind.word())
        } else {
            family.name.clone()
        };
        for (series_at, series) in family.series.iter().enumerate() {
            let name = name(&family_name, family, series);
            let known =
                value(family, series).and_then(|value| all.add(&name, family, series, value));
            known.map_err(|problem| {
                let of = quoted(&family.name);
                format!("families[{at}].series[{series_at}] of {of}: {problem}")
            })?;
        }
    }
    let named = all.order.into_iter().zip(all.parts);
    let measured = named.filter_map(|(name, parts)| {
        let measured = parts.measured();
        (!measured.is_empty()).then_some(SeriesMeasured { name, measured })
    });
    Ok(measured.collect())
}

/// Series by name, in the order of the record.
#[derive(Default)]
struct Series {
    index: BTreeMap<String, usize>,
    order: Vec<String>,
    parts: Vec<Parts>,
}

/// What is known of one name: the same labels with every outcome.
struct Parts {
    kind: RawKind,
    unit: RawUnit,
    values: BTreeMap<RawOutcome, Value>,
}

impl Series {
    fn add(
        &mut self,
        name: &str,
        family: &RawFamily,
        series: &RawSeries,
        value: Value,
    ) -> Result<(), String> {
        let at = *self.index.entry(name.to_owned()).or_insert_with(|| {
            self.order.push(name.to_owned());
            self.parts.push(Parts {
                kind: family.kind,
                unit: family.unit,
                values: BTreeMap::new(),
            });
            self.parts.len() - 1
        });
        if self.parts.len() > MAX_SERIES {
            return Err(format!(
                "the record has more than {MAX_SERIES} series: record fewer label values, or none of labels with many"
            ));
        }
        let parts = &mut self.parts[at];
        let same = parts.kind == family.kind && parts.unit == family.unit;
        if !same || parts.values.insert(series.outcome, value).is_some() {
            return Err(format!("{} stands there twice", quoted(name)));
        }
        Ok(())
    }
}

impl Parts {
    fn measured(&self) -> Measured {
        let unit = match self.unit {
            RawUnit::None => Unit::Count,
            RawUnit::Seconds => Unit::Nanoseconds,
            RawUnit::Bytes => Unit::Bytes,
        };
        let factor = if unit == Unit::Nanoseconds { 1e9 } else { 1.0 };
        let mut measured = Vec::new();
        let mut put = |name: &str, unit: &Unit, value: f64| {
            // A run holds no other numbers.
            if value.is_finite() && value >= 0.0 {
                measured.push((Metric::lower(name, unit.clone()), Evidence::Value(value)));
            }
        };
        let mut counts = BTreeMap::new();
        for (outcome, value) in &self.values {
            match value {
                Value::Count(count) => put("count", &unit, *count as f64 * factor),
                Value::Level(level) => put("value", &unit, level * factor),
                Value::Distribution(distribution) => {
                    counts.insert(*outcome, distribution.count());
                    if *outcome == RawOutcome::Completed {
                        let mean = if factor > 1.0 { "time" } else { "mean" };
                        for (name, value) in figures(distribution, mean) {
                            put(name, &unit, value * factor);
                        }
                    }
                }
            }
        }
        if self.kind == RawKind::Histogram {
            let all = counts.values().fold(0_u64, |sum, n| sum.saturating_add(*n));
            put("count", &Unit::Count, all as f64);
            if self.unit == RawUnit::Seconds {
                for (outcome, word) in RawOutcome::ALL {
                    let count = counts.get(&outcome).copied().unwrap_or(0);
                    put(word, &Unit::Count, count as f64);
                }
            }
        }
        measured
    }
}

fn figures(of: &Distribution, mean: &'static str) -> impl Iterator<Item = (&'static str, f64)> {
    let figures = of.aggregates().map(|all| {
        [
            (mean, all.mean),
            ("p50", all.p50),
            ("p95", all.p95),
            ("p99", all.p99),
            ("max", all.max),
        ]
    });
    figures.into_iter().flatten()
}

/// `family{label="value",..}`, in which every quote, backslash and character that does not print is escaped. A name that is too
/// long ends with the beginning of its SHA-256.
fn name(family_name: &str, family: &RawFamily, series: &RawSeries) -> String {
    let mut name = family_name.escape_debug().to_string();
    let mut labels: Vec<String> = family
        .labels
        .iter()
        .zip(&series.labels)
        .map(|(label, value)| format!("{}={value:?}", label.escape_debug()))
        .collect();
    if series.overflow {
        labels = vec!["overflow=true".to_owned()];
    }
    if !labels.is_empty() {
        name.push_str(&format!("{{{}}}", labels.join(",")));
    }
    if name.is_empty() {
        // A benchmark must have a name, and so must a metric.
        name.push('_');
    }
    if name.len() <= NAME_BYTES {
        return name;
    }
    let hash: String = Sha256::digest(&name)
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let kept = name.floor_char_boundary(NAME_BYTES - 1 - hash.len());
    format!("{}~{hash}", &name[..kept])
}
