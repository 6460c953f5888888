//! Walking over all series: what snapshots are made of.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::core::Meta;
use super::id::{RESORTS, Space, last_resort};
use super::state::{Life, State};
use super::store::Registry;
use super::values::{Correction, Totals, corrected, value};
use crate::snapshot::{FamilySnapshot, Kind, Outcome, SeriesSnapshot, Unit, Value};

/// Series that are copied while the lock is held once.
const BATCH: usize = 256;

/// A family, as a walk meets it.
#[derive(Clone, Debug)]
pub(crate) struct FamilyView {
    pub(crate) name: Arc<str>,
    pub(crate) help: Arc<str>,
    pub(crate) kind: Kind,
    pub(crate) unit: Unit,
    pub(crate) label_names: Arc<[Arc<str>]>,
}

/// A series, as a walk meets it.
#[derive(Clone, Debug)]
pub(crate) struct SeriesView {
    pub(crate) labels: Arc<[Arc<str>]>,
    pub(crate) outcome: Outcome,
    pub(crate) overflow: bool,
    pub(crate) source: Source,
}

/// Where the value of a series is.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// Of this number, with a correction.
    Number {
        id: u32,
        correction: Option<Arc<Correction>>,
    },
    /// Here: the registry's own.
    Own(u64),
}

/// Families that the registry reports about itself. An application's family of such a name gets a suffix.
const OWN: [(&str, &str, Kind, Option<&str>); 7] = [
    (
        "probe_registry_bytes",
        "Memory that holds names, labels and tables of all series.",
        Kind::Gauge,
        None,
    ),
    (
        "probe_series",
        "Series that have a number.",
        Kind::Gauge,
        Some("space"),
    ),
    (
        "probe_overflow_total",
        "Lookups of label sets that found no room in their family.",
        Kind::Counter,
        Some("family"),
    ),
    (
        "probe_reclaimed_total",
        "Label sets that were seen rarely and gave up their place; their totals went to the overflow series.",
        Kind::Counter,
        None,
    ),
    (
        "probe_conflicts_total",
        "Families that had the name of another one with another kind, unit or labels.",
        Kind::Counter,
        None,
    ),
    (
        "probe_truncated_labels_total",
        "Label sets with more than 256 bytes, whose text was cut.",
        Kind::Counter,
        None,
    ),
    (
        "probe_reentrant_registrations_total",
        "Registrations from within a registration, as by an allocator that records.",
        Kind::Counter,
        None,
    ),
];

/// Names of the families of last resort, in their order.
const RESORT_NAMES: [&str; 5] = [
    "probe_unplaced_counters",
    "probe_unplaced_gauges",
    "probe_unplaced_float_gauges",
    "probe_unplaced_histograms",
    "probe_unplaced_timers",
];

/// Names of what those that keep the values report about themselves.
pub(crate) const VALUES_NAMES: [&str; 4] = [
    "probe_memory_bytes",
    "probe_lost_total",
    "probe_torn_reads_total",
    "probe_clock_changes_total",
];

pub(super) fn is_own_name(name: &str) -> bool {
    OWN.iter().any(|own| own.0 == name)
        || RESORT_NAMES.contains(&name)
        || VALUES_NAMES.contains(&name)
}

/// As long as it lives nothing is folded: a series that was seen is not added to one that will be.
struct Walk<'a> {
    registry: &'a Registry,
}

impl Drop for Walk<'_> {
    fn drop(&mut self) {
        self.registry.locked(|state| state.walks -= 1);
    }
}

impl Registry {
    /// Visits every series, family by family in the order of registration. The lock is not held during a visit, so a
    /// visit may read values, record and register; what is registered meanwhile may or may not be visited.
    pub(crate) fn for_each(&self, visit: &mut dyn FnMut(&FamilyView, &SeriesView)) {
        if self.locked(|state| state.walks += 1).is_none() {
            // From within a registration there is nothing to be seen without waiting for ourselves.
            return;
        }
        let walk = Walk { registry: self };
        let mut batch = Vec::with_capacity(BATCH);
        for number in 0.. {
            let mut from = 0;
            let mut family = None;
            loop {
                batch.clear();
                let found = self.locked(|state| copy(state, number, from, &mut batch));
                let Some(view) = found.flatten() else { break };
                let family = family.get_or_insert(view);
                for series in &batch {
                    visit(family, series);
                }
                from += batch.len();
                if batch.len() < BATCH {
                    break;
                }
            }
            if family.is_none() {
                break;
            }
        }
        drop(walk);
        self.visit_resorts(visit);
        self.visit_own(visit);
    }

    fn visit_resorts(&self, visit: &mut dyn FnMut(&FamilyView, &SeriesView)) {
        for (at, (kind, unit)) in RESORTS.into_iter().enumerate() {
            if self.counts.resorts[at].load(Relaxed) == 0 {
                continue;
            }
            let family = FamilyView {
                name: RESORT_NAMES[at].into(),
                help: "Everything of this kind that found no room at all.".into(),
                kind,
                unit,
                label_names: Arc::from([]),
            };
            let id = last_resort(kind, unit).id;
            let source = Source::Number {
                id,
                correction: None,
            };
            visit(&family, &own_series(&[], true, source));
        }
    }

    fn visit_own(&self, visit: &mut dyn FnMut(&FamilyView, &SeriesView)) {
        let refusals = self.locked(|state| {
            let refusals = state.families.iter().map(|family| {
                let refused = family.core.refused.load(Relaxed);
                (Arc::clone(&family.core.meta.name), refused)
            });
            let refusals: Vec<_> = refusals.filter(|(_, refused)| *refused > 0).collect();
            (!state.families.is_empty()).then(|| (refusals, in_use(state)))
        });
        // Without a family there is nothing to report on.
        let Some((refusals, in_use)) = refusals.flatten() else {
            return;
        };
        for (name, help, kind, label) in OWN {
            let family = FamilyView {
                name: name.into(),
                help: help.into(),
                kind,
                unit: match name {
                    "probe_registry_bytes" => Unit::Bytes,
                    _ => Unit::None,
                },
                label_names: label.iter().map(|l| Arc::from(*l)).collect(),
            };
            let mut own = |labels: &[Arc<str>], number: u64| {
                visit(&family, &own_series(labels, false, Source::Own(number)));
            };
            match name {
                "probe_series" => {
                    for (space, count) in Space::ALL.into_iter().zip(in_use) {
                        own(&[space.word().into()], count);
                    }
                }
                "probe_overflow_total" => {
                    for (family, refused) in &refusals {
                        own(&[Arc::clone(family)], *refused);
                    }
                }
                "probe_registry_bytes" => own(&[], self.bytes() as u64),
                "probe_reclaimed_total" => own(&[], self.counts.reclaimed.load(Relaxed)),
                "probe_conflicts_total" => own(&[], self.counts.conflicts.load(Relaxed)),
                "probe_truncated_labels_total" => own(&[], self.counts.truncated.load(Relaxed)),
                _ => own(&[], self.counts.reentrant.load(Relaxed)),
            }
        }
        for (name, help, kind, unit, number) in self.values.diagnostics() {
            let family = FamilyView {
                name: name.into(),
                help: help.into(),
                kind,
                unit,
                label_names: Arc::from([]),
            };
            visit(&family, &own_series(&[], false, Source::Own(number)));
        }
    }

    /// The value of a series that a walk met; `tick`: seconds of one step of a timer's values.
    pub(crate) fn value_of(&self, family: &FamilyView, series: &SeriesView, tick: f64) -> Value {
        let totals = match &series.source {
            Source::Number { id, correction } => {
                corrected(self.values, family.kind, *id, correction.as_deref())
            }
            Source::Own(number) => Totals::Cell(*number),
        };
        value(totals, family.kind, family.unit, tick)
    }

    /// All families with the values of all series.
    pub(crate) fn families(&self) -> Vec<FamilySnapshot> {
        let mut families: Vec<FamilySnapshot> = Vec::new();
        // One for all, so that series can be added up.
        let tick = self.values.seconds_per_tick();
        self.for_each(&mut |family, series| {
            let is_next = families.last().is_none_or(|last| last.name != family.name);
            if is_next {
                families.push(FamilySnapshot {
                    name: Arc::clone(&family.name),
                    help: Arc::clone(&family.help),
                    kind: family.kind,
                    unit: family.unit,
                    label_names: Arc::clone(&family.label_names),
                    series: Vec::new(),
                });
            }
            if let Some(last) = families.last_mut() {
                last.series.push(SeriesSnapshot {
                    labels: Arc::clone(&series.labels),
                    outcome: series.outcome,
                    overflow: series.overflow,
                    value: self.value_of(family, series, tick),
                });
            }
        });
        families
    }
}

/// Copies the next series of a family that are shown; the family, if there is one of this number.
fn copy(
    state: &State,
    number: usize,
    from: usize,
    batch: &mut Vec<SeriesView>,
) -> Option<FamilyView> {
    let family = state.families.get(number)?;
    let meta: &Meta = &family.core.meta;
    for id in family.ids.iter().skip(from).take(BATCH) {
        if let Some(record) = state.record(family.core.space, *id) {
            batch.push(SeriesView {
                labels: Arc::clone(&record.labels),
                outcome: record.outcome,
                overflow: record.overflow,
                source: Source::Number {
                    id: *id,
                    correction: record.correction.clone(),
                },
            });
        }
    }
    Some(FamilyView {
        name: Arc::clone(&meta.name),
        help: Arc::clone(&family.help),
        kind: meta.kind,
        unit: meta.unit,
        label_names: Arc::clone(&meta.label_names),
    })
}

fn own_series(labels: &[Arc<str>], overflow: bool, source: Source) -> SeriesView {
    SeriesView {
        labels: labels.into(),
        outcome: Outcome::Completed,
        overflow,
        source,
    }
}

fn in_use(state: &State) -> [u64; 2] {
    Space::ALL.map(|space| {
        let used = state.records(space).iter().filter(|r| r.life != Life::Free);
        used.count() as u64
    })
}
