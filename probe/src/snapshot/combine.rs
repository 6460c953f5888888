//! Two snapshots: what one has more than the other, and both together. And how to find a series in one.

use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::{FamilySnapshot, Kind, Outcome, SeriesSnapshot, Snapshot, Unit, Value};

/// Something that could not be merged, and was left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// Name of the family, as it was recorded: any text.
    pub family: Arc<str>,
    /// What does not fit.
    pub reason: MismatchReason,
}

/// Why two things of the same name are not the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MismatchReason {
    /// The families hold values of different kinds.
    Kind {
        /// In the snapshot that was merged into.
        here: Kind,
        /// In the other.
        there: Kind,
    },
    /// The families have different units.
    Unit {
        /// In the snapshot that was merged into.
        here: Unit,
        /// In the other.
        there: Unit,
    },
    /// The families have different label names.
    LabelNames,
    /// A series does not hold what its family says.
    SeriesKind,
    /// A series has more or fewer labels than its family.
    SeriesLabels,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} was left out: ", self.family)?;
        match self.reason {
            MismatchReason::Kind { here, there } => write!(f, "it is a {here:?} and a {there:?}"),
            MismatchReason::Unit { here, there } => {
                write!(f, "its unit is {here:?} and {there:?}")
            }
            MismatchReason::LabelNames => f.write_str("its labels have different names"),
            MismatchReason::SeriesKind => {
                f.write_str("one of its series holds a value of another kind")
            }
            MismatchReason::SeriesLabels => {
                f.write_str("one of its series has another number of labels")
            }
        }
    }
}

impl Snapshot {
    /// The family of that name.
    #[must_use]
    pub fn family(&self, name: &str) -> Option<&FamilySnapshot> {
        self.families.iter().find(|family| *family.name == *name)
    }

    /// What was recorded between `earlier` and this snapshot of the same process: counters and distributions are the
    /// differences, gauges stay as they are now, and so do the times.
    ///
    /// A series that went back is taken whole, as one that is new: it started again. So is everything when this
    /// process has run for a shorter time than the earlier one. Series that are only in `earlier` are gone.
    #[must_use]
    pub fn since(&self, earlier: &Snapshot) -> Snapshot {
        let mut difference = self.clone();
        if earlier.uptime > self.uptime {
            return difference;
        }
        for (at, family) in difference.families.iter_mut().enumerate() {
            // Registered once and never removed, so usually at the same place.
            let same = earlier.families.get(at).filter(|e| e.name == family.name);
            let Some(old) = same.or_else(|| earlier.family(&family.name)) else {
                continue;
            };
            if old.disagrees(family).is_some() {
                continue;
            }
            let pairs = pair(&family.series, &old.series);
            for (series, old_at) in family.series.iter_mut().zip(pairs) {
                if let Some(old_at) = old_at {
                    series.value = series.value.since(&old.series[old_at].value);
                }
            }
        }
        difference
    }

    /// Adds what another process recorded: counters and distributions add up, and so do gauges, which fits whatever is
    /// counted in each process (connections, bytes, things in flight). Both times become the later ones.
    ///
    /// What does not fit is left out and returned: the caller must show it.
    ///
    /// ```
    /// use tollgate_probe::Snapshot;
    ///
    /// let mut all = Snapshot::default();
    /// for process in [Snapshot::default(), Snapshot::default()] {
    ///     for mismatch in all.merge(&process) {
    ///         eprintln!("{mismatch}");
    ///     }
    /// }
    /// ```
    #[must_use = "what was left out must be shown"]
    pub fn merge(&mut self, other: &Snapshot) -> Vec<Mismatch> {
        self.unix_ms = self.unix_ms.max(other.unix_ms);
        self.uptime = self.uptime.max(other.uptime);
        let mut mismatches = Vec::new();
        for theirs in &other.families {
            let at = self.families.iter().position(|f| f.name == theirs.name);
            let at = at.unwrap_or_else(|| {
                self.families.push(FamilySnapshot {
                    series: Vec::new(),
                    ..theirs.clone()
                });
                self.families.len() - 1
            });
            let reasons = self.families[at].merge(theirs);
            mismatches.extend(reasons.into_iter().map(|reason| Mismatch {
                family: theirs.name.clone(),
                reason,
            }));
        }
        mismatches
    }
}

impl FamilySnapshot {
    /// The series with these label values whose calls completed; every series that is not of a timer is one.
    #[must_use]
    pub fn find(&self, labels: &[&str]) -> Option<&SeriesSnapshot> {
        self.find_ended(labels, Outcome::Completed)
    }

    /// The series with these label values whose calls ended so. Never the overflow series, whatever its labels are.
    #[must_use]
    pub fn find_ended(&self, labels: &[&str], outcome: Outcome) -> Option<&SeriesSnapshot> {
        self.series.iter().find(|series| {
            series.outcome == outcome
                && !series.overflow
                && series
                    .labels
                    .iter()
                    .map(|l| &**l)
                    .eq(labels.iter().copied())
        })
    }

    /// What keeps two families from being one.
    pub(crate) fn disagrees(&self, other: &FamilySnapshot) -> Option<MismatchReason> {
        let (here, there) = (self.kind, other.kind);
        if here != there {
            return Some(MismatchReason::Kind { here, there });
        }
        let (here, there) = (self.unit, other.unit);
        if here != there {
            return Some(MismatchReason::Unit { here, there });
        }
        (self.label_names != other.label_names).then_some(MismatchReason::LabelNames)
    }

    fn merge(&mut self, other: &FamilySnapshot) -> Vec<MismatchReason> {
        if let Some(reason) = self.disagrees(other) {
            return vec![reason];
        }
        let mut reasons = Vec::new();
        let pairs = pair(&other.series, &self.series);
        for (theirs, at) in other.series.iter().zip(pairs) {
            if theirs.value.kind() != self.kind {
                reasons.push(MismatchReason::SeriesKind);
            } else if theirs.labels.len() != self.label_names.len() {
                reasons.push(MismatchReason::SeriesLabels);
            } else if let Some(at) = at {
                if !self.series[at].value.add(&theirs.value) {
                    reasons.push(MismatchReason::SeriesKind);
                }
            } else {
                self.series.push(theirs.clone());
            }
        }
        reasons
    }
}

impl Value {
    /// What kind of family it belongs into.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Value::Counter(_) => Kind::Counter,
            Value::Gauge(_) => Kind::Gauge,
            Value::Float(_) => Kind::FloatGauge,
            Value::Distribution(_) => Kind::Histogram,
        }
    }

    /// What came on top of an earlier value; the whole if it started again.
    pub(crate) fn since(&self, earlier: &Value) -> Value {
        match (self, earlier) {
            (Value::Counter(now), Value::Counter(then)) => {
                Value::Counter(now.checked_sub(*then).unwrap_or(*now))
            }
            (Value::Distribution(now), Value::Distribution(then)) => {
                Value::Distribution(now.since(then))
            }
            _ => self.clone(),
        }
    }

    /// Adds another value of the same kind; false, and nothing done, for one of another kind.
    pub(crate) fn add(&mut self, other: &Value) -> bool {
        match (self, other) {
            (Value::Counter(a), Value::Counter(b)) => *a = a.saturating_add(*b),
            (Value::Gauge(a), Value::Gauge(b)) => *a = a.saturating_add(*b),
            (Value::Float(a), Value::Float(b)) => *a += b,
            (Value::Distribution(a), Value::Distribution(b)) => a.merge(b),
            _ => return false,
        }
        true
    }
}

/// What makes a series the same one in another snapshot.
#[derive(Clone, Copy)]
pub(crate) struct Key<'a> {
    pub(crate) labels: &'a Arc<[Arc<str>]>,
    pub(crate) outcome: Outcome,
    pub(crate) overflow: bool,
}

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.outcome == other.outcome
            && self.overflow == other.overflow
            // Snapshots of one process share their texts.
            && (Arc::ptr_eq(self.labels, other.labels) || self.labels == other.labels)
    }
}

impl Eq for Key<'_> {}

impl Hash for Key<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.labels, self.outcome, self.overflow).hash(state);
    }
}

pub(crate) trait Keyed {
    fn key(&self) -> Key<'_>;
}

impl Keyed for SeriesSnapshot {
    fn key(&self) -> Key<'_> {
        Key {
            labels: &self.labels,
            outcome: self.outcome,
            overflow: self.overflow,
        }
    }
}

/// Where each of `wanted` is among `present`. Both are usually in the same order, perhaps with some missing; only when
/// they are not is an index built, with the standard library's hash, which label text cannot be chosen against.
pub(crate) fn pair<A: Keyed, B: Keyed>(wanted: &[A], present: &[B]) -> Vec<Option<usize>> {
    let mut index: Option<HashMap<Key<'_>, usize>> = None;
    let mut next = 0;
    wanted
        .iter()
        .map(|want| {
            let key = want.key();
            let at = if present.get(next).is_some_and(|p| p.key() == key) {
                Some(next)
            } else {
                let index = index.get_or_insert_with(|| {
                    // Backwards, so that the first of two with the same key stays.
                    let all = present.iter().enumerate().rev();
                    all.map(|(at, p)| (p.key(), at)).collect()
                });
                index.get(&key).copied()
            };
            if let Some(at) = at {
                next = at + 1;
            }
            at
        })
        .collect()
}

#[cfg(test)]
mod tests;
