//! What series hold, as far as the registry must know: to fold what was reclaimed into the overflow series.

use super::id::Space;
use crate::snapshot::{Distribution, Kind, Unit, Value};

/// Where the values are kept: the shards, or a stand-in under test.
pub(crate) trait Values: Sync {
    /// The total of a cell as the bits of its kind (`u64`, `i64` or `f64`).
    fn cell(&self, id: u32, kind: Kind) -> u64;
    /// All buckets of a histogram that are not empty, by rising bucket, and the sum of its values.
    fn histogram(&self, id: u32) -> Buckets;
    /// Something that rises by one or more with each record; for a histogram its count. May be an estimate from
    /// below: it tells rarely used series from others.
    fn uses(&self, space: Space, id: u32) -> u64;
    /// Seconds of one step of a timer's values.
    fn seconds_per_tick(&self) -> f64;
    /// Whether a gauge has been added to: then somebody may hold a part of it, even if the sum is zero.
    fn has_parts(&self, _: u32) -> bool {
        false
    }
    /// How many readings were not of one moment. Where it has risen, a total is not to be taken for good.
    fn torn(&self) -> u64 {
        0
    }
    /// What there is to say about the keeping itself: name, help, kind, unit, value. Names are in
    /// [`VALUES_NAMES`](super::walk::VALUES_NAMES).
    fn diagnostics(&self) -> Vec<(&'static str, &'static str, Kind, Unit, u64)> {
        Vec::new()
    }
}

/// Buckets of a histogram, without a unit.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Buckets {
    pub(crate) sum: u128,
    pub(crate) counts: Vec<(u16, u64)>,
}

/// What one series holds in all.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Totals {
    /// Bits of a cell.
    Cell(u64),
    Buckets(Buckets),
}

impl Totals {
    pub(crate) fn read(values: &dyn Values, kind: Kind, id: u32) -> Self {
        match Space::of(kind) {
            Space::Cells => Totals::Cell(values.cell(id, kind)),
            Space::Histograms => Totals::Buckets(values.histogram(id)),
        }
    }

    fn none(kind: Kind) -> Self {
        match Space::of(kind) {
            Space::Cells => Totals::Cell(0),
            Space::Histograms => Totals::Buckets(Buckets::default()),
        }
    }

    fn is_none(&self) -> bool {
        match self {
            Totals::Cell(bits) => *bits == 0,
            Totals::Buckets(buckets) => buckets.counts.is_empty() && buckets.sum == 0,
        }
    }

    /// Only counters and histograms are ever folded (a gauge waits until it is zero), so cells are whole numbers.
    fn plus(&mut self, other: &Self) {
        match (self, other) {
            (Totals::Cell(a), Totals::Cell(b)) => *a = a.wrapping_add(*b),
            (Totals::Buckets(a), Totals::Buckets(b)) => {
                a.sum = a.sum.wrapping_add(b.sum);
                a.counts = combined(&a.counts, &b.counts, u64::wrapping_add);
            }
            _ => {}
        }
    }

    fn minus(&mut self, other: &Self) {
        match (self, other) {
            (Totals::Cell(a), Totals::Cell(b)) => *a = a.wrapping_sub(*b),
            (Totals::Buckets(a), Totals::Buckets(b)) => {
                a.sum = a.sum.saturating_sub(b.sum);
                a.counts = combined(&a.counts, &b.counts, u64::saturating_sub);
            }
            _ => {}
        }
    }
}

fn combined(a: &[(u16, u64)], b: &[(u16, u64)], of: fn(u64, u64) -> u64) -> Vec<(u16, u64)> {
    let mut sums: std::collections::BTreeMap<u16, u64> = a.iter().copied().collect();
    for (bucket, count) in b {
        let sum = sums.entry(*bucket).or_default();
        *sum = of(*sum, *count);
    }
    sums.into_iter().filter(|(_, count)| *count > 0).collect()
}

/// What must be added to and taken from the raw total of a number to have the total of the series that has it now.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Correction {
    /// Of series that were folded into this one.
    pub(crate) plus: Totals,
    /// Of those that had the number before.
    pub(crate) minus: Totals,
}

impl Correction {
    pub(crate) fn none(kind: Kind) -> Self {
        Self {
            plus: Totals::none(kind),
            minus: Totals::none(kind),
        }
    }

    pub(crate) fn add(&mut self, totals: &Totals) {
        self.plus.plus(totals);
    }

    pub(crate) fn take(&mut self, totals: &Totals) {
        self.minus.plus(totals);
    }

    pub(crate) fn apply(&self, totals: &mut Totals) {
        totals.plus(&self.plus);
        totals.minus(&self.minus);
    }
}

/// What the series of this number holds, corrected.
pub(crate) fn corrected(
    values: &dyn Values,
    kind: Kind,
    id: u32,
    correction: Option<&Correction>,
) -> Totals {
    let mut totals = Totals::read(values, kind, id);
    if let Some(correction) = correction {
        correction.apply(&mut totals);
    }
    totals
}

/// As a snapshot has it.
pub(crate) fn value(totals: Totals, kind: Kind, unit: Unit, seconds_per_tick: f64) -> Value {
    match totals {
        Totals::Cell(bits) => match kind {
            Kind::Gauge => Value::Gauge(bits.cast_signed()),
            Kind::FloatGauge => Value::Float(f64::from_bits(bits)),
            Kind::Counter | Kind::Histogram => Value::Counter(bits),
        },
        Totals::Buckets(buckets) => Value::Distribution(Distribution {
            scale: if unit == Unit::Seconds {
                seconds_per_tick
            } else {
                1.0
            },
            sum: buckets.sum,
            buckets: buckets.counts,
        }),
    }
}

/// Whether there is nothing to fold; what a gauge must be to be reclaimed.
pub(crate) fn is_zero(totals: &Totals, kind: Kind) -> bool {
    match (totals, kind) {
        (Totals::Cell(bits), Kind::FloatGauge) => f64::from_bits(*bits) == 0.0,
        _ => totals.is_none(),
    }
}
