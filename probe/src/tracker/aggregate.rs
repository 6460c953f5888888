//! A snapshot by routes, queries and events.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::families::{EVENT_BYTES, EVENT_SECONDS, EVENTS, QUERIES, REQUESTS};
use crate::snapshot::{
    Aggregates, Distribution, FamilySnapshot, Outcome, SeriesSnapshot, Snapshot, Value,
};

/// How timed calls ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All, however they ended.
    pub total: u64,
    /// Failed or panicked: errors.
    pub errors: u64,
    /// Of the errors, those that panicked.
    pub panicked: u64,
    /// Dropped before they ended.
    pub cancelled: u64,
}

impl Counts {
    fn add(&mut self, outcome: Outcome, n: u64) {
        let errors = matches!(outcome, Outcome::Failed | Outcome::Panicked);
        for (count, applies) in [
            (&mut self.total, true),
            (&mut self.errors, errors),
            (&mut self.panicked, outcome == Outcome::Panicked),
            (&mut self.cancelled, outcome == Outcome::Cancelled),
        ] {
            *count = count.saturating_add(if applies { n } else { 0 });
        }
    }

    /// Share of errors among what was not cancelled, from 0 to 1; `None` without any.
    #[must_use]
    pub fn error_rate(&self) -> Option<f64> {
        let ended = self.total.saturating_sub(self.cancelled);
        (ended > 0).then(|| self.errors as f64 / ended as f64)
    }
}

/// One route and method.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteAggregates {
    /// The template; text of the application. Empty where `overflow` says that it is of all that found no room.
    pub route: Arc<str>,
    /// The method, or `other`.
    pub method: Arc<str>,
    /// Whether it stands for all routes that found no room.
    pub overflow: bool,
    /// How the requests ended. A status from 500 on is an error.
    pub counts: Counts,
    /// Requests by status code, by class for codes that are not registered, `none` for those without a response.
    pub statuses: BTreeMap<Arc<str>, u64>,
    /// Count, sum, mean, extremes and percentiles of the requests that were answered, in seconds; `None` if none was.
    pub seconds: Option<Aggregates>,
    /// Their durations by bucket.
    pub buckets: Distribution,
}

impl RouteAggregates {
    /// Requests by the class of their status, 1xx to 5xx.
    #[must_use]
    pub fn classes(&self) -> [u64; 5] {
        let mut classes = [0_u64; 5];
        for (status, count) in &self.statuses {
            let class = status
                .bytes()
                .next()
                .filter(|_| status.len() == 3)
                .map(|digit| usize::from(digit.wrapping_sub(b'1')));
            if let Some(sum) = class.and_then(|class| classes.get_mut(class)) {
                *sum = sum.saturating_add(*count);
            }
        }
        classes
    }
}

/// One query.
#[derive(Clone, Debug, PartialEq)]
pub struct QueryAggregates {
    /// Its sanitised name; hostile text.
    pub query: Arc<str>,
    /// Whether it stands for all queries that found no room.
    pub overflow: bool,
    /// How they ended.
    pub counts: Counts,
    /// Of those that came back, with success or without, in seconds.
    pub seconds: Option<Aggregates>,
    /// Their durations by bucket.
    pub buckets: Distribution,
}

/// One kind of event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventAggregates {
    /// Such as `persistence` or `cache`.
    pub category: Arc<str>,
    /// Its name.
    pub event: Arc<str>,
    /// Whether it stands for all events that found no room.
    pub overflow: bool,
    /// How many were successful: saved, restored, hits.
    pub successes: u64,
    /// How many were not.
    pub failures: u64,
    /// Of those with a size.
    pub bytes: Option<Aggregates>,
    /// Of those with a duration.
    pub seconds: Option<Aggregates>,
}

impl EventAggregates {
    /// Share of successes, from 0 to 1: of look-ups in a cache the hit rate. `None` without events.
    #[must_use]
    pub fn success_rate(&self) -> Option<f64> {
        let all = self.successes.saturating_add(self.failures);
        (all > 0).then(|| self.successes as f64 / all as f64)
    }
}

/// The requests of a snapshot, the busiest route first.
#[must_use]
pub fn routes(snapshot: &Snapshot) -> Vec<RouteAggregates> {
    let mut groups: BTreeMap<_, Group> = BTreeMap::new();
    let mut statuses: BTreeMap<_, BTreeMap<Arc<str>, u64>> = BTreeMap::new();
    for (family, series, distribution) in timed(snapshot, REQUESTS) {
        let key = (
            series.overflow,
            label(family, series, "route"),
            label(family, series, "method"),
        );
        groups
            .entry(key.clone())
            .or_default()
            .add(series.outcome, distribution);
        let of_status = statuses
            .entry(key)
            .or_default()
            .entry(label(family, series, "status"))
            .or_default();
        *of_status = of_status.saturating_add(distribution.count());
    }
    let mut routes: Vec<_> = groups
        .into_iter()
        .filter(|(_, group)| group.counts.total > 0)
        .map(|(key, group)| RouteAggregates {
            statuses: statuses
                .remove(&key)
                .unwrap_or_default()
                .into_iter()
                .filter(|(_, n)| *n > 0)
                .collect(),
            overflow: key.0,
            route: key.1,
            method: key.2,
            counts: group.counts,
            seconds: group.answered.aggregates(),
            buckets: group.answered,
        })
        .collect();
    routes.sort_by_key(|route| std::cmp::Reverse(route.counts.total));
    routes
}

/// The queries of a snapshot, the most frequent first.
#[must_use]
pub fn queries(snapshot: &Snapshot) -> Vec<QueryAggregates> {
    let mut groups: BTreeMap<_, Group> = BTreeMap::new();
    for (family, series, distribution) in timed(snapshot, QUERIES) {
        let key = (series.overflow, label(family, series, "query"));
        groups
            .entry(key)
            .or_default()
            .add(series.outcome, distribution);
    }
    let mut queries: Vec<_> = groups
        .into_iter()
        .filter(|(_, group)| group.counts.total > 0)
        .map(|((overflow, query), group)| QueryAggregates {
            query,
            overflow,
            counts: group.counts,
            seconds: group.answered.aggregates(),
            buckets: group.answered,
        })
        .collect();
    queries.sort_by_key(|query| std::cmp::Reverse(query.counts.total));
    queries
}

/// The events of a snapshot, by category and name.
#[must_use]
pub fn events(snapshot: &Snapshot) -> Vec<EventAggregates> {
    let mut events: BTreeMap<_, EventAggregates> = BTreeMap::new();
    let key = |family: &FamilySnapshot, series: &SeriesSnapshot| {
        (
            series.overflow,
            label(family, series, "category"),
            label(family, series, "event"),
        )
    };
    let counted = snapshot
        .family(EVENTS)
        .into_iter()
        .flat_map(|f| f.series.iter().map(move |s| (f, s)));
    for (family, series) in counted {
        let Value::Counter(n) = series.value else {
            continue;
        };
        let event = events.entry(key(family, series)).or_default();
        let count = if &*label(family, series, "result") == "success" {
            &mut event.successes
        } else {
            &mut event.failures
        };
        *count = count.saturating_add(n);
    }
    for (family, series, distribution) in timed(snapshot, EVENT_BYTES) {
        events.entry(key(family, series)).or_default().bytes = distribution.aggregates();
    }
    let mut took: BTreeMap<_, Group> = BTreeMap::new();
    for (family, series, distribution) in timed(snapshot, EVENT_SECONDS) {
        took.entry(key(family, series))
            .or_default()
            .add(series.outcome, distribution);
    }
    for (key, group) in took {
        events.entry(key).or_default().seconds = group.answered.aggregates();
    }
    let named = events
        .into_iter()
        .map(|((overflow, category, event), rest)| EventAggregates {
            category,
            event,
            overflow,
            ..rest
        });
    named
        .filter(|e| e.success_rate().is_some() || e.bytes.is_some() || e.seconds.is_some())
        .collect()
}

/// Series of one route, query or event.
#[derive(Default)]
struct Group {
    counts: Counts,
    answered: Distribution,
}

impl Group {
    fn add(&mut self, outcome: Outcome, distribution: &Distribution) {
        self.counts.add(outcome, distribution.count());
        // How long something took that was not finished says little.
        if matches!(outcome, Outcome::Completed | Outcome::Failed) {
            if self.answered.is_empty() {
                self.answered = distribution.clone();
            } else {
                self.answered.merge(distribution);
            }
        }
    }
}

fn timed<'a>(
    snapshot: &'a Snapshot,
    family: &str,
) -> impl Iterator<Item = (&'a FamilySnapshot, &'a SeriesSnapshot, &'a Distribution)> {
    let family = snapshot.family(family).into_iter();
    family
        .flat_map(|f| f.series.iter().map(move |s| (f, s)))
        .filter_map(|(f, s)| match &s.value {
            Value::Distribution(distribution) => Some((f, s, distribution)),
            _ => None,
        })
}

/// The value of one label; empty where the series has none.
fn label(family: &FamilySnapshot, series: &SeriesSnapshot, name: &str) -> Arc<str> {
    let at = family.label_names.iter().position(|own| **own == *name);
    at.and_then(|at| series.labels.get(at))
        .map_or_else(|| "".into(), Arc::clone)
}

#[cfg(test)]
mod tests;
