//! Placeholder core: correct and slow. Replaced by shards (`tier`) and `registry`.
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use crate::snapshot::{Distribution, FamilySnapshot, Kind, Outcome, SeriesSnapshot, Unit, Value};

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

static NEXT: [AtomicU32; 2] = [AtomicU32::new(0), AtomicU32::new(0)];
static FAMILIES: Mutex<Vec<Family>> = Mutex::new(Vec::new());

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
    let id = NEXT[usize::from(kind == Kind::Histogram)].fetch_add(1, Relaxed);
    family.series.push((
        Meta {
            labels: labels.iter().map(|l| Arc::from(*l)).collect(),
            outcome,
        },
        id,
    ));
    id
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
    let tick = crate::clock::calibrate();
    let mut reader = crate::tier::read::Reader::new();
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
                .map(|(m, id)| SeriesSnapshot {
                    labels: m.labels.clone(),
                    outcome: m.outcome,
                    overflow: false,
                    value: value(f.kind, f.unit, *id, tick, &mut reader),
                })
                .collect(),
        })
        .collect()
}

fn value(
    kind: Kind,
    unit: Unit,
    id: u32,
    tick: f64,
    reader: &mut crate::tier::read::Reader,
) -> Value {
    match kind {
        Kind::Counter => Value::Counter(crate::tier::read::cell(id)),
        Kind::Gauge => Value::Gauge(crate::tier::read::cell(id).cast_signed()),
        Kind::FloatGauge => Value::Float(f64::from_bits(crate::tier::read::cell(id))),
        Kind::Histogram => {
            let (sum, buckets) = reader.histogram(id);
            let scale = if unit == Unit::Seconds { tick } else { 1.0 };
            Value::Distribution(Distribution {
                scale,
                sum,
                buckets,
            })
        }
    }
}
