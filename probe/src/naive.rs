//! Placeholder core: correct and slow. Replaced by shards (`tier`) and `registry`.
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, RwLock};

use crate::snapshot::{Distribution, FamilySnapshot, Kind, Outcome, SeriesSnapshot, Unit, Value};

struct Cells {
    value: AtomicU64,
    histogram: Mutex<(u128, HashMap<u16, u64>)>,
}

struct Meta {
    labels: Arc<[Arc<str>]>,
    outcome: Outcome,
}

struct Family {
    name: Arc<str>,
    help: Arc<str>,
    kind: Kind,
    unit: Unit,
    label_names: Arc<[Arc<str>]>,
    series: Vec<(Meta, u32)>,
}

static CELLS: RwLock<Vec<Arc<Cells>>> = RwLock::new(Vec::new());
static FAMILIES: Mutex<Vec<Family>> = Mutex::new(Vec::new());

fn cells(id: u32) -> Arc<Cells> {
    CELLS
        .read()
        .unwrap_or_else(std::sync::PoisonError::into_inner)[id as usize]
        .clone()
}

pub(crate) fn series(
    name: &str,
    help: &str,
    kind: Kind,
    unit: Unit,
    names: &[&str],
    labels: &[&str],
    outcome: Outcome,
) -> u32 {
    let mut families = FAMILIES
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let at = families
        .iter()
        .position(|f| &*f.name == name)
        .unwrap_or_else(|| {
            families.push(Family {
                name: name.into(),
                help: help.into(),
                kind,
                unit,
                label_names: names.iter().map(|n| Arc::from(*n)).collect(),
                series: Vec::new(),
            });
            families.len() - 1
        });
    let family = &mut families[at];
    if let Some((_, id)) = family.series.iter().find(|(m, _)| {
        m.outcome == outcome && m.labels.iter().map(|l| &**l).eq(labels.iter().copied())
    }) {
        return *id;
    }
    let mut cells = CELLS
        .write()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let id = u32::try_from(cells.len()).unwrap_or(u32::MAX);
    cells.push(Arc::new(Cells {
        value: AtomicU64::new(0),
        histogram: Mutex::default(),
    }));
    family.series.push((
        Meta {
            labels: labels.iter().map(|l| Arc::from(*l)).collect(),
            outcome,
        },
        id,
    ));
    id
}

pub(crate) fn counter_add(id: u32, n: u64) {
    cells(id).value.fetch_add(n, Relaxed);
}

pub(crate) fn gauge_set(id: u32, value: i64) {
    cells(id).value.store(value.cast_unsigned(), Relaxed);
}

pub(crate) fn float_set(id: u32, value: f64) {
    cells(id).value.store(value.to_bits(), Relaxed);
}

pub(crate) fn float_add(id: u32, value: f64) {
    let cell = cells(id);
    let done = cell.value.fetch_update(Relaxed, Relaxed, |bits| {
        Some((f64::from_bits(bits) + value).to_bits())
    });
    debug_assert!(done.is_ok());
}

pub(crate) fn record(id: u32, value: u64, weight: u16) {
    let cell = cells(id);
    let mut h = cell
        .histogram
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    h.0 += u128::from(value) * u128::from(weight);
    *h.1.entry(crate::bucket::index(value) as u16).or_default() += u64::from(weight);
}

/// The series of the same family and labels for another outcome.
pub(crate) fn sibling(of: u32, outcome: Outcome) -> Option<u32> {
    let (name, help, kind, unit, names, labels) = {
        let families = FAMILIES
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        families.iter().find_map(|f| {
            let mut series = f.series.iter();
            let (meta, _) = series.find(|(_, id)| f.kind == Kind::Histogram && *id == of)?;
            let (names, labels) = (f.label_names.clone(), meta.labels.clone());
            Some((
                f.name.clone(),
                f.help.clone(),
                f.kind,
                f.unit,
                names,
                labels,
            ))
        })?
    };
    let names: Vec<&str> = names.iter().map(|n| &**n).collect();
    let labels: Vec<&str> = labels.iter().map(|l| &**l).collect();
    Some(series(&name, &help, kind, unit, &names, &labels, outcome))
}

pub(crate) fn families() -> Vec<FamilySnapshot> {
    let families = FAMILIES
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    families
        .iter()
        .map(|f| FamilySnapshot {
            name: f.name.clone(),
            help: f.help.clone(),
            kind: f.kind,
            unit: f.unit,
            label_names: f.label_names.clone(),
            series: f
                .series
                .iter()
                .map(|(m, id)| {
                    let cell = cells(*id);
                    let raw = cell.value.load(Relaxed);
                    SeriesSnapshot {
                        labels: m.labels.clone(),
                        outcome: m.outcome,
                        overflow: false,
                        value: match f.kind {
                            Kind::Counter => Value::Counter(raw),
                            Kind::Gauge => Value::Gauge(raw.cast_signed()),
                            Kind::FloatGauge => Value::Float(f64::from_bits(raw)),
                            Kind::Histogram => {
                                let h = cell
                                    .histogram
                                    .lock()
                                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                                let mut buckets: Vec<_> =
                                    h.1.iter().map(|(b, n)| (*b, *n)).collect();
                                buckets.sort_unstable();
                                let scale = if f.unit == Unit::Seconds { 1e-9 } else { 1.0 };
                                Value::Distribution(Distribution {
                                    scale,
                                    sum: h.0,
                                    buckets,
                                })
                            }
                        },
                    }
                })
                .collect(),
        })
        .collect()
}
