//! The past of one family: what each series held last, and what came on top in each step before.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::GaugeRange;
use super::encoding::{Reader, put_int, put_scaled, put_value, scale};
use crate::snapshot::{
    Distribution, FamilySnapshot, Key, Keyed, Kind, Outcome, SeriesSnapshot, Value, pair,
};

/// One series as it was last observed.
#[derive(Debug)]
struct Entry {
    labels: Arc<[Arc<str>]>,
    outcome: Outcome,
    overflow: bool,
    /// Whether it was in the last snapshot.
    live: bool,
    /// End of the last step in which it changed.
    changed: Duration,
    scale: f64,
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

/// What changed between two observations. Steps in which nothing changed are not kept.
#[derive(Debug)]
struct Step {
    /// When it ended. It began with the observation before.
    to: Duration,
    points: usize,
    /// For each series that changed: its place among the entries, then the point. Of a counter or a distribution a point
    /// is the difference; of a gauge the value that it had before, if it was there before.
    bytes: Box<[u8]>,
}

#[derive(Debug)]
pub(super) struct Track {
    /// The family without series.
    pub(super) family: FamilySnapshot,
    entries: Vec<Entry>,
    steps: VecDeque<Step>,
    /// Nothing is missing after this moment. Before it, steps were dropped to stay within the number of points.
    pub(super) complete_since: Duration,
}

fn is_gauge(kind: Kind) -> bool {
    matches!(kind, Kind::Gauge | Kind::FloatGauge)
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
        self.observe(family, now);
        self.steps.clear();
    }

    /// Keeps what changed since the last observation. A snapshot without the family has `family` without series.
    pub(super) fn observe(&mut self, family: &FamilySnapshot, now: Duration) {
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
                to: now,
                points,
                bytes: step.into(),
            });
        }
    }

    /// Drops what ended at `first` or before, then the oldest steps until at most `most` points are left, then series
    /// that are gone and in no step any more. True while there is something to
    /// remember.
    pub(super) fn trim(&mut self, first: Duration, most: usize) -> bool {
        let mut points: usize = self.steps.iter().map(|step| step.points).sum();
        while let Some(step) = self.steps.front() {
            if step.to > first && points <= most {
                break;
            }
            points -= step.points;
            self.complete_since = self.complete_since.max(step.to);
            self.steps.pop_front();
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
                step.bytes = renumber(&step.bytes, self.family.kind, &renumbered);
            }
        }
        !self.entries.is_empty() || self.complete_since > first
    }

    /// What happened after `from`, up to `now` if the family as it is now is given.
    pub(super) fn after(
        &self,
        from: Duration,
        now: Option<&FamilySnapshot>,
    ) -> (FamilySnapshot, Vec<GaugeRange>) {
        let mut window = Window::new(self, now);
        for step in self.steps.iter().filter(|step| step.to > from) {
            let mut points = Points::new(&step.bytes, self.family.kind);
            while let Some((entry, point)) = points.next() {
                window.add(entry, point);
            }
        }
        window.finish()
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

/// Reads the points of a step.
struct Points<'a> {
    reader: Reader<'a>,
    kind: Kind,
}

impl<'a> Points<'a> {
    fn new(bytes: &'a [u8], kind: Kind) -> Self {
        Self {
            reader: Reader(bytes),
            kind,
        }
    }

    /// Place of the entry, and the encoded point.
    fn next(&mut self) -> Option<(usize, &'a [u8])> {
        let entry = self.reader.int()?.try_into().ok()?;
        let all = self.reader.0;
        if !is_gauge(self.kind) || self.reader.int()? == 1 {
            self.reader.raw(self.kind)?;
        }
        let length = all.len() - self.reader.0.len();
        Some((entry, &all[..length]))
    }
}

fn renumber(bytes: &[u8], kind: Kind, new: &[Option<u128>]) -> Box<[u8]> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut points = Points::new(bytes, kind);
    while let Some((entry, point)) = points.next() {
        // A series that is in a step is kept.
        if let Some(Some(entry)) = new.get(entry) {
            put_int(&mut out, *entry);
            out.extend_from_slice(point);
        }
    }
    out.into()
}

/// A window while its steps are added up.
struct Window<'a> {
    track: &'a Track,
    series: Vec<SeriesSnapshot>,
    /// Where an entry is among the series.
    places: HashMap<usize, usize>,
    /// Of gauges, parallel to `series`.
    ranges: Vec<Option<(f64, f64)>>,
}

impl<'a> Window<'a> {
    fn new(track: &'a Track, now: Option<&FamilySnapshot>) -> Self {
        let mut window = Self {
            track,
            series: Vec::new(),
            places: HashMap::new(),
            ranges: Vec::new(),
        };
        let Some(now) = now else {
            for entry in (0..track.entries.len()).filter(|at| track.entries[*at].live) {
                window.place(entry);
            }
            return window;
        };
        let pairs = pair(&now.series, &track.entries);
        for (series, at) in now.series.iter().zip(pairs) {
            let mut series = series.clone();
            if let Some(at) = at {
                window.places.insert(at, window.series.len());
                if let Some(last) = track.last(at) {
                    series.value = series.value.since(&last);
                }
            }
            window.ranges.push(number(&series.value).map(|x| (x, x)));
            window.series.push(series);
            if let Some(at) = at.filter(|_| is_gauge(track.family.kind)) {
                // What it was at the last observation was also in the window.
                let last = track.last(at).as_ref().and_then(number);
                window.widen(window.series.len() - 1, last);
            }
        }
        window
    }

    /// Where the entry is among the series; one that is gone by now joins them.
    fn place(&mut self, at: usize) -> Option<usize> {
        if let Some(place) = self.places.get(&at) {
            return Some(*place);
        }
        let entry = self.track.entries.get(at)?;
        let value = match self.track.family.kind {
            Kind::Counter => Value::Counter(0),
            Kind::Histogram => Value::Distribution(Distribution::from_steps(entry.scale, [])),
            Kind::Gauge | Kind::FloatGauge => self.track.last(at)?,
        };
        self.places.insert(at, self.series.len());
        self.ranges.push(number(&value).map(|x| (x, x)));
        self.series.push(SeriesSnapshot {
            labels: entry.labels.clone(),
            outcome: entry.outcome,
            overflow: entry.overflow,
            value,
        });
        Some(self.series.len() - 1)
    }

    fn add(&mut self, entry: usize, point: &[u8]) {
        let kind = self.track.family.kind;
        let Some(place) = self.place(entry) else {
            return;
        };
        let mut reader = Reader(point);
        if is_gauge(kind) {
            let was_there = reader.int() == Some(1);
            let before = was_there.then(|| reader.scaled(kind)).flatten();
            self.widen(place, before.as_ref().and_then(number));
        } else if let Some(value) = reader.scaled(kind) {
            self.series[place].value.add(&value);
        }
    }

    fn widen(&mut self, place: usize, by: Option<f64>) {
        if let (Some((min, max)), Some(x)) = (&mut self.ranges[place], by) {
            // NaN, which a gauge may hold, changes neither.
            *min = min.min(x);
            *max = max.max(x);
        }
    }

    fn finish(self) -> (FamilySnapshot, Vec<GaugeRange>) {
        let name = &self.track.family.name;
        let ranges = self.series.iter().zip(&self.ranges);
        let gauges = ranges.filter_map(|(series, range)| {
            let (min, max) = (*range)?;
            Some(GaugeRange {
                family: name.clone(),
                labels: series.labels.clone(),
                min,
                max,
                last: number(&series.value)?,
            })
        });
        let gauges = gauges.collect();
        let family = FamilySnapshot {
            series: self.series,
            ..self.track.family.clone()
        };
        (family, gauges)
    }
}

impl Track {
    /// What the entry held when it was last observed.
    fn last(&self, at: usize) -> Option<Value> {
        let entry = self.entries.get(at)?;
        Reader(&entry.last).value(self.family.kind, entry.scale)
    }
}

/// What a gauge shows.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Gauge(n) => Some(*n as f64),
        Value::Float(x) => Some(*x),
        _ => None,
    }
}
