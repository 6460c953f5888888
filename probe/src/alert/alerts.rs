//! Thresholds, the book and the subscribers together, for several threads.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::book::{Alert, Book, Ended, Finding, Rules, clip};
use super::callback::{Subscribers, Subscription, lock};
use super::statistic::{Reading, View, read, selects};
use super::threshold::{BadThreshold, Threshold};
use crate::Counter;

/// Single events that wait for the next evaluation; beyond that the oldest is dropped.
const EVENTS: usize = 128;

/// The source of alerts that thresholds raise.
const THRESHOLDS: &str = "thresholds";
/// The source of alerts that the application raises.
const APPLICATION: &str = "application";

static DROPPED: Counter = Counter::new("probe_events_dropped_total")
    .help("Single events over a threshold that were dropped because nobody evaluated them in time");

/// Watches thresholds, remembers alerts, tells subscribers. A handle: clones are the same alerts.
///
/// A callback may use all of it, also subscribe, raise, resolve and deliver: no lock is held while it runs. A callback
/// that holds a clone keeps the alerts alive; end its subscription, or keep both as long as the program runs.
#[derive(Clone, Debug)]
pub struct Alerts {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    thresholds: Vec<Threshold>,
    /// Taken before the locks of subscribers, and never while a callback runs.
    book: Mutex<Book>,
    unmet: Mutex<Vec<Unmet>>,
    events: Mutex<VecDeque<Event>>,
    subscribers: Subscribers<Alert>,
}

/// One thing that happened, measured: for thresholds that are [immediate](Threshold::immediate).
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The family that it is recorded in.
    pub family: &'static str,
    /// The family's labels, names and values.
    pub labels: Vec<(&'static str, String)>,
    /// In the family's unit.
    pub value: f64,
}

/// A threshold that could not be evaluated. It is not known to hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Unmet {
    /// Which.
    pub threshold: Threshold,
    /// Why.
    pub why: Why,
}

/// Why a threshold could not be evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The family does not exist (yet), or has no label of that name.
    NoSuchFamily,
    /// The family exists, and its kind has no such statistic: a gauge has no percentile.
    NoSuchStatistic,
    /// Nothing was recorded in the window.
    NothingRecorded,
}

impl Why {
    /// In words.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoSuchFamily => "no family of that name and labels",
            Self::NoSuchStatistic => "the family has no such statistic",
            Self::NothingRecorded => "nothing was recorded",
        }
    }
}

impl Alerts {
    /// Watches these thresholds.
    ///
    /// # Errors
    /// One of them could never be met.
    pub fn new(thresholds: Vec<Threshold>, rules: Rules) -> Result<Self, BadThreshold> {
        thresholds.iter().try_for_each(Threshold::check)?;
        Ok(Self::unchecked(thresholds, rules))
    }

    /// Of thresholds that are known to be right.
    pub(crate) fn unchecked(thresholds: Vec<Threshold>, rules: Rules) -> Self {
        let shared = Shared {
            thresholds,
            book: Mutex::new(Book::new(rules)),
            unmet: Mutex::default(),
            events: Mutex::default(),
            subscribers: Subscribers::default(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// What is watched.
    #[must_use]
    pub fn thresholds(&self) -> &[Threshold] {
        &self.shared.thresholds
    }

    /// From when on a single event of this family is worth a [`note`](Self::note): the lowest upper limit of its immediate
    /// thresholds.
    #[must_use]
    pub fn immediate_limit(&self, family: &str) -> Option<f64> {
        let immediate = self
            .shared
            .thresholds
            .iter()
            .filter(|t| t.immediate && t.comparison.upper());
        immediate
            .filter(|t| t.selector.family == family)
            .map(|t| t.limit)
            .reduce(f64::min)
    }

    /// Keeps one event for the next evaluation: cheap, runs no callback, and may be called inside a request. Of more than
    /// 128 that wait, the oldest are dropped and counted in `probe_events_dropped_total`.
    pub fn note(&self, mut event: Event) {
        for (_, value) in &mut event.labels {
            // A copy, so that a text of megabytes is not kept for its start.
            *value = clip(value).to_owned();
        }
        let mut events = lock(&self.shared.events);
        let late = (events.len() >= EVENTS).then(|| events.pop_front());
        events.push_back(event);
        drop(events);
        if late.is_some() {
            DROPPED.increment();
        }
    }

    /// Raises and ends alerts by what is in the view and by the events since the last time. Runs no callback.
    /// `now` is the time since any fixed moment.
    pub fn evaluate(&self, now: Duration, view: View<'_>) {
        let events = std::mem::take(&mut *lock(&self.shared.events));
        let single: Vec<_> = events
            .iter()
            .flat_map(|event| self.by_event(event).worst)
            .collect();
        let (steps, unmet) = self.by_window(view);
        *lock(&self.shared.unmet) = unmet;
        let mut book = lock(&self.shared.book);
        for finding in &single {
            let notice = book.raise(now, THRESHOLDS, finding).1;
            self.publish(notice);
        }
        let notices = book.settle(now, THRESHOLDS, &steps.worst, &steps.less);
        self.publish(notices);
    }

    /// Says which conditions of a source (a detector, named as in the alerts) are met now. Its other alerts end in time.
    pub fn settle(&self, now: Duration, source: &'static str, met: &[Finding]) {
        let mut book = lock(&self.shared.book);
        let notices = book.settle(now, source, met, &[]);
        self.publish(notices);
    }

    /// Raises an alert of the application itself, or finds its condition met again. It stays on until somebody resolves
    /// it. Gives its id; `None` if 1024 other conditions are met already.
    pub fn raise(&self, now: Duration, finding: &Finding) -> Option<u64> {
        let mut book = lock(&self.shared.book);
        let (id, notice) = book.raise(now, APPLICATION, finding);
        self.publish(notice);
        id
    }

    /// Ends an alert by hand; whether it was on. If its condition is met at the next evaluation, it is raised again.
    pub fn resolve(&self, now: Duration, id: u64) -> bool {
        let mut book = lock(&self.shared.book);
        let Some(notice) = book.end(
            id,
            Ended {
                at: now,
                by_hand: true,
            },
        ) else {
            return false;
        };
        self.publish(notice);
        true
    }

    /// Has this called with each alert that is raised, gets worse or ends, from [`deliver`](Self::deliver).
    pub fn subscribe(&self, callback: impl FnMut(&Alert) + Send + 'static) -> Subscription {
        self.shared.subscribers.subscribe(callback)
    }

    /// Runs the callbacks for everything since the last time, on this thread. A callback that another thread is still
    /// running is left to that thread. Panics are caught and counted in `probe_callback_panics_total`.
    pub fn deliver(&self) {
        self.shared.subscribers.deliver();
    }

    /// What is on, the worst first.
    #[must_use]
    pub fn active(&self) -> Vec<Alert> {
        lock(&self.shared.book).active()
    }

    /// The last 1000 alerts, the oldest first, those that are on among them.
    #[must_use]
    pub fn history(&self) -> Vec<Alert> {
        lock(&self.shared.book).history().cloned().collect()
    }

    /// Thresholds that the last evaluation could not evaluate.
    #[must_use]
    pub fn unmet(&self) -> Vec<Unmet> {
        lock(&self.shared.unmet).clone()
    }

    /// Conditions that were met and found no room beside 1024 others.
    #[must_use]
    pub fn refused(&self) -> u64 {
        lock(&self.shared.book).refused()
    }

    /// Under the lock of the book, so that nobody hears of an end before the beginning.
    fn publish(&self, notices: impl IntoIterator<Item = Arc<Alert>>) {
        for notice in notices {
            self.shared.subscribers.publish(&notice);
        }
    }

    fn by_window(&self, view: View<'_>) -> (Steps, Vec<Unmet>) {
        let mut met = Vec::new();
        let mut unmet = Vec::new();
        for (at, threshold) in self.shared.thresholds.iter().enumerate() {
            let why = match read(threshold, view) {
                Reading::Value(value, series) => {
                    if threshold.comparison.holds(value, threshold.limit) {
                        let labels = series.map(|(family, series)| {
                            let pairs = family.label_names.iter().zip(series.labels.iter());
                            pairs
                                .map(|(n, v)| (clip(n).to_owned(), clip(v).to_owned()))
                                .collect()
                        });
                        met.push(Met {
                            at,
                            value,
                            labels: labels.unwrap_or_default(),
                        });
                    }
                    continue;
                }
                Reading::Nothing => Why::NothingRecorded,
                Reading::Unknown => Why::NoSuchFamily,
                Reading::Unfit => Why::NoSuchStatistic,
            };
            unmet.push(Unmet {
                threshold: threshold.clone(),
                why,
            });
        }
        (self.steps(met), unmet)
    }

    fn by_event(&self, event: &Event) -> Steps {
        let met = self.shared.thresholds.iter().enumerate().filter(|(_, t)| {
            t.immediate
                && selects(&t.selector, event.family, &event.labels)
                && t.comparison.holds(event.value, t.limit)
        });
        let labels: Vec<_> = event
            .labels
            .iter()
            .map(|(n, v)| ((*n).to_owned(), v.clone()))
            .collect();
        self.steps(
            met.map(|(at, _)| Met {
                at,
                value: event.value,
                labels: labels.clone(),
            })
            .collect(),
        )
    }

    fn steps(&self, met: Vec<Met>) -> Steps {
        let thresholds = &self.shared.thresholds;
        let found: Vec<usize> = met.iter().map(|met| met.at).collect();
        let is_worst = |one: &Threshold| {
            let mut others = found.iter().map(|at| &thresholds[*at]);
            !others.any(|other| other.level > one.level && one.is_step_of(other))
        };
        let mut steps = Steps::default();
        for Met { at, value, labels } in met {
            let finding = finding(at, &thresholds[at], value, labels);
            if is_worst(&thresholds[at]) {
                steps.worst.push(finding);
            } else {
                steps.less.push(finding.key);
            }
        }
        steps
    }
}

/// A threshold that is met, by its place, and where.
struct Met {
    at: usize,
    value: f64,
    labels: Vec<(String, String)>,
}

/// Several thresholds over one thing are steps of a ladder.
#[derive(Default)]
struct Steps {
    /// Met, and no worse step is.
    worst: Vec<Finding>,
    /// Keys of those that are met below a worse one: they raise nothing new, and what they raised is not over.
    less: Vec<String>,
}

fn finding(at: usize, threshold: &Threshold, value: f64, labels: Vec<(String, String)>) -> Finding {
    let message = if threshold.message.is_empty() {
        threshold.to_string()
    } else {
        threshold.message.clone()
    };
    Finding {
        key: format!("{at}: {threshold}"),
        level: threshold.level,
        category: threshold.category.clone(),
        message,
        value,
        limit: threshold.limit,
        labels,
    }
}

#[cfg(test)]
mod tests;
