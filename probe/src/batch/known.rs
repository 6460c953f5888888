//! What the other side knows of each series.

use std::sync::Arc;

use super::wire::{self, Encoder, Pushed};
use crate::snapshot::combine::{Key, Keyed, pair};
use crate::snapshot::{
    Distribution, FamilySnapshot, Kind, Outcome, SeriesSnapshot, Snapshot, Unit, Value,
};

/// Everything acknowledged, in the order of the snapshot that was followed last.
#[derive(Debug, Default)]
pub(super) struct Known {
    families: Vec<Family>,
    /// Where the next batch begins to look, counted over all series: none waits behind busier ones.
    next: usize,
    beyond: usize,
    too_large: usize,
}

#[derive(Debug)]
struct Family {
    name: Arc<str>,
    kind: Kind,
    unit: Unit,
    label_names: Arc<[Arc<str>]>,
    series: Vec<Series>,
}

#[derive(Debug)]
struct Series {
    labels: Arc<[Arc<str>]>,
    outcome: Outcome,
    overflow: bool,
    arrived: Option<Arrived>,
}

impl Keyed for Series {
    fn key(&self) -> Key<'_> {
        Key {
            labels: &self.labels,
            outcome: self.outcome,
            overflow: self.overflow,
        }
    }
}

/// A value that has arrived. Buckets are kept encoded, at a fifth of their size.
#[derive(Debug)]
enum Arrived {
    Plain(Value),
    Buckets { sum: u128, bytes: Box<[u8]> },
}

/// What is known of one series when a batch has arrived.
#[derive(Debug)]
pub(super) struct Update {
    family: usize,
    series: usize,
    arrived: Arrived,
}

impl Arrived {
    fn of(value: Value) -> Self {
        match value {
            Value::Distribution(distribution) => {
                let mut bytes = Vec::new();
                wire::buckets(&mut bytes, &distribution.buckets);
                Self::Buckets {
                    sum: distribution.sum,
                    bytes: bytes.into(),
                }
            }
            plain => Self::Plain(plain),
        }
    }

    /// As a value of the same kind as `now`.
    fn value(&self, now: &Value) -> Option<Value> {
        match (self, now) {
            (Self::Plain(value), _) => Some(value.clone()),
            (Self::Buckets { sum, bytes }, Value::Distribution(now)) => {
                Some(Value::Distribution(Distribution {
                    scale: now.scale,
                    sum: *sum,
                    buckets: wire::stored(bytes)?,
                }))
            }
            (Self::Buckets { .. }, _) => None,
        }
    }
}

impl Known {
    pub(super) fn left_out(&self) -> usize {
        self.beyond + self.too_large
    }

    /// Puts what is known into the order of this snapshot, forgets series that are gone, and makes room for new ones.
    pub(super) fn follow(&mut self, snapshot: &Snapshot, most: usize) {
        let mut old = std::mem::take(&mut self.families);
        let mut room = most;
        self.beyond = 0;
        for (at, family) in snapshot.families.iter().enumerate() {
            let same = |known: &Family| known.is(family);
            let found = if old.get(at).is_some_and(same) {
                Some(at)
            } else {
                old.iter().position(same)
            };
            let mut before = found.map_or_else(Vec::new, |at| std::mem::take(&mut old[at].series));
            let followed = family.series.len().min(room);
            room -= followed;
            self.beyond += family.series.len() - followed;
            let wanted = &family.series[..followed];
            let aligned = before.len() == wanted.len()
                && before.iter().zip(wanted).all(|(a, b)| a.key() == b.key());
            let series = if aligned {
                before
            } else {
                let places = pair(wanted, &before);
                let fresh = |(series, place): (&SeriesSnapshot, Option<usize>)| Series {
                    labels: series.labels.clone(),
                    outcome: series.outcome,
                    overflow: series.overflow,
                    arrived: place.and_then(|at| before[at].arrived.take()),
                };
                let mut known: Vec<Series> = wanted.iter().zip(places).map(fresh).collect();
                for gone in before {
                    taken_over(&mut known, wanted, gone);
                }
                known
            };
            self.families.push(Family {
                name: family.name.clone(),
                kind: family.kind,
                unit: family.unit,
                label_names: family.label_names.clone(),
                series,
            });
        }
    }

    /// Encodes what is new of at most `most` series, or nothing if fewer than `least` have anything new. The snapshot is the one
    /// that was followed last.
    pub(super) fn changes(
        &mut self,
        snapshot: &Snapshot,
        out: &mut Encoder,
        least: usize,
        most: usize,
    ) -> Vec<Update> {
        self.too_large = 0;
        let places: Vec<(usize, usize)> = self
            .families
            .iter()
            .enumerate()
            .flat_map(|(family, known)| (0..known.series.len()).map(move |series| (family, series)))
            .collect();
        if places.is_empty() {
            return Vec::new();
        }
        let start = self.next % places.len();
        let order = || (start..places.len()).chain(0..start);
        let new_at = |place: usize| {
            let (family, series) = places[place];
            let now = &snapshot.families[family].series[series].value;
            new(self.families[family].series[series].arrived.as_ref(), now)
        };
        if order().filter_map(new_at).take(least).count() < least {
            return Vec::new();
        }
        let mut updates = Vec::new();
        let mut next = start;
        for place in order() {
            if updates.len() == most {
                break;
            }
            let Some(new) = new_at(place) else { continue };
            let (family, series) = places[place];
            let of = &snapshot.families[family];
            let one = &of.series[series];
            let arrived = match out.push(of, one, &new) {
                Pushed::Whole => Arrived::of(one.value.clone()),
                Pushed::Part(part) => {
                    let before = self.families[family].series[series].arrived.as_ref();
                    Arrived::of(continued(before, &one.value, part))
                }
                Pushed::Later => break,
                Pushed::Never => {
                    self.too_large += 1;
                    continue;
                }
            };
            next = place + 1;
            updates.push(Update {
                family,
                series,
                arrived,
            });
        }
        self.next = next;
        updates
    }

    /// A batch has arrived. It was made of the snapshot that was followed last.
    pub(super) fn learn(&mut self, updates: Vec<Update>) {
        for update in updates {
            let family = self.families.get_mut(update.family);
            if let Some(series) = family.and_then(|f| f.series.get_mut(update.series)) {
                series.arrived = Some(update.arrived);
            }
        }
    }
}

impl Family {
    fn is(&self, family: &FamilySnapshot) -> bool {
        self.kind == family.kind
            && self.unit == family.unit
            && self.name == family.name
            && self.label_names == family.label_names
    }
}

/// A label set that was reclaimed left its totals to the overflow series of its family. What had arrived of them must not
/// arrive again under that name. Only where the overflow series does hold that much: else it is not what happened.
fn taken_over(known: &mut [Series], now: &[SeriesSnapshot], gone: Series) {
    let Some(arrived) = gone.arrived.filter(|_| !gone.overflow) else {
        return;
    };
    let overflow_of = |outcome| {
        let mut all = known.iter();
        all.position(|series| series.overflow && series.outcome == outcome)
    };
    let heir = overflow_of(gone.outcome).or_else(|| overflow_of(Outcome::Completed));
    let Some(heir) = heir else { return };
    let now = &now[heir].value;
    let before = known[heir].arrived.as_ref().and_then(|a| a.value(now));
    let sum = match (arrived.value(now), before, now) {
        (Some(Value::Counter(a)), before, Value::Counter(now)) => {
            let before = match before {
                Some(Value::Counter(n)) => n,
                _ => 0,
            };
            a.checked_add(before)
                .filter(|sum| sum <= now)
                .map(Value::Counter)
        }
        (Some(Value::Distribution(mut a)), before, Value::Distribution(now)) => {
            if let Some(Value::Distribution(before)) = before {
                a.merge(&before);
            }
            let held = a.sum <= now.sum && (a.is_empty() || now.since(&a) != *now);
            held.then_some(Value::Distribution(a))
        }
        // A gauge is a state and leaves nothing.
        _ => None,
    };
    if let Some(sum) = sum {
        known[heir].arrived = Some(Arrived::of(sum));
    }
}

/// What the other side does not know yet; `None` if there is nothing.
fn new(arrived: Option<&Arrived>, now: &Value) -> Option<Value> {
    let before = arrived.and_then(|arrived| arrived.value(now));
    let new = match &before {
        Some(before) => now.since(before),
        None => now.clone(),
    };
    let changed = match (&new, &before) {
        (Value::Counter(n), _) => *n > 0,
        (Value::Distribution(new), _) => !new.is_empty(),
        (Value::Gauge(now), Some(Value::Gauge(before))) => now != before,
        (Value::Float(now), Some(Value::Float(before))) => now.to_bits() != before.to_bits(),
        (Value::Gauge(_) | Value::Float(_), _) => true,
    };
    changed.then_some(new)
}

/// What is known after a part of what is new has arrived.
fn continued(arrived: Option<&Arrived>, now: &Value, mut part: Distribution) -> Value {
    if let Some(Value::Distribution(before)) = arrived.and_then(|arrived| arrived.value(now))
        && let Value::Distribution(now) = now
        // Started again: what was known before is of no use.
        && now.since(&before) != *now
    {
        part.merge(&before);
    }
    Value::Distribution(part)
}
