//! A window of one family: its steps added up, on top of what came since the last observation.

use std::collections::HashMap;

use super::GaugeRange;
use super::encoding::Reader;
use super::step::is_gauge;
use super::track::Track;
use crate::snapshot::{Distribution, FamilySnapshot, Kind, SeriesSnapshot, Value, pair};

/// A window while its steps are added up.
pub(super) struct Sum<'a> {
    track: &'a Track,
    series: Vec<SeriesSnapshot>,
    /// Where an entry is among the series.
    places: HashMap<usize, usize>,
    /// Of gauges, parallel to `series`.
    ranges: Vec<Option<(f64, f64)>>,
}

impl<'a> Sum<'a> {
    pub(super) fn new(track: &'a Track, now: Option<&FamilySnapshot>) -> Self {
        let mut sum = Self {
            track,
            series: Vec::new(),
            places: HashMap::new(),
            ranges: Vec::new(),
        };
        let Some(now) = now else {
            for entry in (0..track.entries.len()).filter(|at| track.entries[*at].live) {
                sum.place(entry);
            }
            return sum;
        };
        let pairs = pair(&now.series, &track.entries);
        for (series, at) in now.series.iter().zip(pairs) {
            let mut series = series.clone();
            if let Some(at) = at {
                sum.places.insert(at, sum.series.len());
                if let Some(last) = track.last(at) {
                    series.value = series.value.since(&last);
                }
            }
            sum.ranges.push(number(&series.value).map(|x| (x, x)));
            sum.series.push(series);
            if let Some(at) = at.filter(|_| is_gauge(track.family.kind)) {
                // What it was at the last observation was also in the window.
                let last = track.last(at).as_ref().and_then(number);
                sum.widen(sum.series.len() - 1, last);
            }
        }
        sum
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

    pub(super) fn add(&mut self, entry: usize, point: &[u8]) {
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

    pub(super) fn finish(self) -> (FamilySnapshot, Vec<GaugeRange>) {
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

/// What a gauge shows.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Gauge(n) => Some(*n as f64),
        Value::Float(x) => Some(*x),
        _ => None,
    }
}
