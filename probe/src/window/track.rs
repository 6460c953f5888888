//! The past of one family: what each series held last, and what came on top in each step before.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::GaugeRange;
use super::encoding::{Reader, put_int, put_scaled, put_value, scale};
use super::step::{Step, is_gauge};
use super::sum::Sum;
use crate::snapshot::{FamilySnapshot, Key, Keyed, Outcome, Value, pair};

/// One series as it was last observed.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) labels: Arc<[Arc<str>]>,
    pub(super) outcome: Outcome,
    pub(super) overflow: bool,
    /// Whether it was in the last snapshot.
    pub(super) live: bool,
    /// End of the last step in which it changed.
    changed: Duration,
    pub(super) scale: f64,
    /// The value, encoded without its scale.
    last: Box<[u8]>,
}

impl Keyed for Entry {
    fn key(&self) -> Key<'_> {
        Key {
            labels: &self.labels,
            outcome: self.outcome,
            overflow: self.overflow,
        }
    }
}

#[derive(Debug)]
pub(super) struct Track {
    /// The family without series.
    pub(super) family: FamilySnapshot,
    pub(super) entries: Vec<Entry>,
    steps: VecDeque<Step>,
    /// Nothing is missing after this moment. Steps before it were dropped.
    pub(super) complete_since: Duration,
}

impl Track {
    pub(super) fn new(family: &FamilySnapshot, complete_since: Duration) -> Self {
        Self {
            family: FamilySnapshot {
                series: Vec::new(),
                ..family.clone()
            },
            entries: Vec::new(),
            steps: VecDeque::new(),
            complete_since,
        }
    }

    /// Whether this is the past of that family: one of the same name and meaning.
    pub(super) fn is_of(&self, family: &FamilySnapshot) -> bool {
        self.family.name == family.name && self.family.disagrees(family).is_none()
    }

    /// Takes what the family holds now as what it held at the last observation, without a step that led there.
    pub(super) fn begin(&mut self, family: &FamilySnapshot, now: Duration) {
        self.observe(family, now, now);
        self.steps.clear();
    }

    /// Keeps what changed since the last observation, at `from`. A snapshot without the family has `family` without
    /// series.
    pub(super) fn observe(&mut self, family: &FamilySnapshot, from: Duration, now: Duration) {
        let pairs = pair(&family.series, &self.entries);
        for entry in &mut self.entries {
            entry.live = false;
        }
        let mut step = Vec::new();
        let mut points = 0;
        let mut encoded = Vec::new();
        let fitting = family.series.iter().zip(pairs);
        for (series, at) in fitting.filter(|(s, _)| s.value.kind() == family.kind) {
            encoded.clear();
            put_value(&mut encoded, &series.value);
            let old = match at {
                Some(at) => {
                    let entry = &mut self.entries[at];
                    entry.live = true;
                    let old_scale = std::mem::replace(&mut entry.scale, scale(&series.value));
                    if *entry.last == *encoded {
                        continue;
                    }
                    let old = Reader(&entry.last).value(family.kind, old_scale);
                    entry.last = encoded.as_slice().into();
                    entry.changed = now;
                    old
                }
                None => {
                    self.entries.push(Entry {
                        labels: series.labels.clone(),
                        outcome: series.outcome,
                        overflow: series.overflow,
                        live: true,
                        changed: now,
                        scale: scale(&series.value),
                        last: encoded.as_slice().into(),
                    });
                    None
                }
            };
            put_int(&mut step, at.unwrap_or(self.entries.len() - 1) as u128);
            if is_gauge(family.kind) {
                put_int(&mut step, u128::from(old.is_some()));
                if let Some(old) = old {
                    put_scaled(&mut step, &old);
                }
            } else {
                let new = old.map_or_else(|| series.value.clone(), |old| series.value.since(&old));
                put_scaled(&mut step, &new);
            }
            points += 1;
        }
        if points > 0 {
            self.steps.push_back(Step {
                from,
                to: now,
                points,
                bytes: step.into(),
            });
        }
    }

    /// Drops what began before `first`, where no window begins any more, makes the rest fit into `most` points, and
    /// forgets series that are gone and in no step any more. True while there is something to remember.
    pub(super) fn trim(&mut self, first: Duration, most: usize) -> bool {
        while self.steps.front().is_some_and(|step| step.from < first) {
            self.drop_oldest();
        }
        while self.points() > most {
            // Coarser steps say more than fewer of them, as long as that saves points.
            if !self.coarsen() {
                self.drop_oldest();
            }
        }
        let known_since = self.complete_since.max(first);
        let gone = |entry: &Entry| !entry.live && entry.changed <= known_since;
        if self.entries.iter().any(gone) {
            let mut kept = 0_u128;
            let renumbered: Vec<Option<u128>> = self
                .entries
                .iter()
                .map(|entry| {
                    (!gone(entry)).then(|| {
                        kept += 1;
                        kept - 1
                    })
                })
                .collect();
            self.entries.retain(|entry| !gone(entry));
            for step in &mut self.steps {
                step.renumber(self.family.kind, &renumbered);
            }
        }
        !self.entries.is_empty() || self.complete_since > first
    }

    fn points(&self) -> usize {
        self.steps.iter().map(|step| step.points).sum()
    }

    fn drop_oldest(&mut self) {
        if let Some(step) = self.steps.pop_front() {
            self.complete_since = self.complete_since.max(step.to);
        }
    }

    /// Makes one of two steps that follow each other, where a window that begins between them is missed least: where what
    /// they cover together is short for how long ago it is. The recent past stays fine, the far past becomes coarse.
    /// False, and nothing done, if that would save no point.
    fn coarsen(&mut self) -> bool {
        let kind = self.family.kind;
        let Some(newest) = self.steps.back().map(|step| step.to) else {
            return false;
        };
        let missed = |at: &usize| {
            let (a, b) = (&self.steps[*at], &self.steps[*at + 1]);
            let ago = newest.saturating_sub(a.to).as_secs_f64();
            (b.to.saturating_sub(a.from)).as_secs_f64() / ago.max(1e-9)
        };
        let pairs = 0..self.steps.len() - 1;
        let Some(at) = pairs.min_by(|a, b| missed(a).total_cmp(&missed(b))) else {
            return false;
        };
        let (a, b) = (&self.steps[at], &self.steps[at + 1]);
        let Some(both) = Step::both(a, b, kind).filter(|c| c.points < a.points + b.points) else {
            return false;
        };
        self.steps[at] = both;
        self.steps.remove(at + 1);
        true
    }

    /// Where a window that should begin at `from` begins: later, where steps were dropped or made into one.
    pub(super) fn known_from(&self, from: Duration) -> Duration {
        let from = from.max(self.complete_since);
        let inside = |step: &&Step| step.from < from && from < step.to;
        self.steps.iter().find(inside).map_or(from, |step| step.to)
    }

    /// What happened after `from`, up to `now` if the family as it is now is given.
    pub(super) fn after(
        &self,
        from: Duration,
        now: Option<&FamilySnapshot>,
    ) -> (FamilySnapshot, Vec<GaugeRange>) {
        let mut sum = Sum::new(self, now);
        for step in self.steps.iter().filter(|step| step.to > from) {
            for (entry, point) in step.points(self.family.kind) {
                sum.add(entry, point);
            }
        }
        sum.finish()
    }

    /// What the entry held when it was last observed.
    pub(super) fn last(&self, at: usize) -> Option<Value> {
        let entry = self.entries.get(at)?;
        Reader(&entry.last).value(self.family.kind, entry.scale)
    }

    /// Bytes on the heap, without the texts, which snapshots share.
    pub(super) fn heap_bytes(&self) -> usize {
        let entries = self.entries.capacity() * size_of::<Entry>();
        let last: usize = self.entries.iter().map(|e| e.last.len()).sum();
        let steps = self.steps.capacity() * size_of::<Step>();
        let bytes: usize = self.steps.iter().map(|s| s.bytes.len()).sum();
        entries + last + steps + bytes
    }
}
