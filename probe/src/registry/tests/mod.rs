//! The registry with values of its own, so that tests do not meet.

mod concurrent;
mod floods;
mod hostile;
mod muting;
mod names;
mod reclaim;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use super::core::{CAP, Core, Identity};
use super::id::{SeriesId, Space};
use super::store::{Limits, Registry};
use super::values::{Buckets, Values};
use crate::bucket;
use crate::snapshot::{FamilySnapshot, Kind, Outcome, SeriesSnapshot, Unit, Value};

/// Fewer of everything under Miri, which is slow.
const fn size(usual: usize, miri: usize) -> usize {
    if cfg!(miri) { miri } else { usual }
}

/// Values by number, behind a lock.
#[derive(Default)]
struct Held {
    cells: Mutex<BTreeMap<u32, u64>>,
    histograms: Mutex<BTreeMap<u32, Buckets>>,
}

impl Values for Held {
    fn cell(&self, id: u32, _: Kind) -> u64 {
        self.cells.lock().unwrap().get(&id).copied().unwrap_or(0)
    }

    fn histogram(&self, id: u32) -> Buckets {
        let histograms = self.histograms.lock().unwrap();
        histograms.get(&id).cloned().unwrap_or_default()
    }

    fn uses(&self, space: Space, id: u32) -> u64 {
        match space {
            Space::Cells => self.cell(id, Kind::Counter),
            Space::Histograms => self.histogram(id).counts.iter().map(|(_, n)| n).sum(),
        }
    }

    fn seconds_per_tick(&self) -> f64 {
        1e-9
    }
}

struct World {
    registry: &'static Registry,
    held: &'static Held,
}

fn world() -> World {
    world_of(Limits::ALL)
}

fn world_of(limits: Limits) -> World {
    let held: &'static Held = Box::leak(Box::default());
    let registry = Box::leak(Box::new(Registry::new(held, limits)));
    World { registry, held }
}

impl World {
    fn family(&self, name: &str, kind: Kind, names: &[&str], cap: u32) -> &'static Core {
        let unit = Unit::None;
        let identity = Identity {
            name,
            help: "",
            kind,
            unit,
            names,
            cap,
        };
        self.registry.family(&identity).unwrap()
    }

    fn counter(&self, name: &str, names: &[&str]) -> &'static Core {
        self.family(name, Kind::Counter, names, CAP)
    }

    fn timer(&self, name: &str, names: &[&str], cap: u32) -> &'static Core {
        let identity = Identity {
            name,
            help: "",
            kind: Kind::Histogram,
            unit: Unit::Seconds,
            names,
            cap,
        };
        self.registry.family(&identity).unwrap()
    }

    /// Adds one through a handle; whether it was recorded.
    fn add(&self, series: SeriesId) -> bool {
        self.add_n(series, 1)
    }

    fn add_n(&self, series: SeriesId, n: u64) -> bool {
        let id = self.registry.live(Space::Cells, series);
        if let Some(id) = id {
            let mut cells = self.held.cells.lock().unwrap();
            let cell = cells.entry(id).or_default();
            *cell = cell.wrapping_add(n);
        }
        id.is_some()
    }

    /// Looks up, and adds one.
    fn hit(&self, family: &'static Core, labels: &[&str]) {
        assert!(self.add(self.registry.find(family, labels)));
    }

    /// Looks up, and records a value with an outcome.
    fn time(&self, family: &'static Core, labels: &[&str], value: u64, outcome: Outcome) {
        let series = self.registry.find(family, labels);
        let id = self.registry.live_as(Space::Histograms, series, outcome);
        let mut histograms = self.held.histograms.lock().unwrap();
        let buckets = histograms.entry(id.unwrap()).or_default();
        buckets.sum += u128::from(value);
        let bucket = bucket::index(value) as u16;
        match buckets.counts.binary_search_by_key(&bucket, |(b, _)| *b) {
            Ok(at) => buckets.counts[at].1 += 1,
            Err(at) => buckets.counts.insert(at, (bucket, 1)),
        }
    }

    fn shown(&self, name: &str) -> FamilySnapshot {
        let families = self.registry.families();
        let found = families.into_iter().find(|f| &*f.name == name);
        found.unwrap_or_else(|| panic!("no family {name}"))
    }

    /// Labels and values of a family of counters.
    fn counts(&self, name: &str) -> Vec<(Vec<String>, u64)> {
        let family = self.shown(name);
        let series = family.series.iter();
        series.map(|s| (labels(s), number(&s.value))).collect()
    }

    fn sum(&self, name: &str) -> u64 {
        let family = self.shown(name);
        family.series.iter().map(|s| number(&s.value)).sum()
    }

    fn own(&self, name: &str) -> u64 {
        self.sum(name)
    }

    /// Upkeep after `minutes`.
    fn epoch(&self, minutes: u64) {
        self.registry.upkeep(Duration::from_secs(60 * minutes));
    }
}

fn labels(series: &SeriesSnapshot) -> Vec<String> {
    series.labels.iter().map(ToString::to_string).collect()
}

/// The number of a cell, or the count of a histogram.
fn number(value: &Value) -> u64 {
    match value {
        Value::Counter(n) => *n,
        Value::Gauge(n) => n.cast_unsigned(),
        Value::Float(f) => f.to_bits(),
        Value::Distribution(d) => d.buckets.iter().map(|(_, n)| n).sum(),
    }
}
