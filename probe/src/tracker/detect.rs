//! Detectors whose findings become alerts: degradation against a baseline, and calls that come far too often.

use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use super::Tracker;
use super::upkeep::Kept;
use crate::alert::callback::lock;
use crate::alert::{Finding, Level};
use crate::clock;
use crate::degradation::{Baseline, Degradation, Degradations, degraded};
use crate::runaway::{self, Intervals, Limits, Pattern};
use crate::snapshot::{Snapshot, Unit};

/// Findings of one detector that become alerts, the worst ones.
const MOST: usize = 50;

/// How it was, and when it was last held against how it is.
#[derive(Debug)]
pub(super) struct Reference {
    baseline: Baseline,
    /// Beginning of what was not compared yet.
    since: Duration,
    found: Option<Degradations>,
}

/// Watches the calls of one endpoint, as long as it lives. Clones are the same endpoint.
#[derive(Clone, Debug)]
pub struct Calls {
    watch: Arc<Watch>,
}

#[derive(Debug)]
pub(super) struct Watch {
    endpoint: String,
    limits: Limits,
    intervals: Mutex<Intervals>,
}

impl Calls {
    /// One call, now. Takes a lock of this endpoint for some nanoseconds: for endpoints that are polled, not for every
    /// route. The time is that of [`Tracker::now`]: where upkeep is called with another clock, use
    /// [`call_at`](Self::call_at).
    pub fn call(&self) {
        if crate::enabled() {
            self.call_at(clock::uptime());
        }
    }

    /// One call at a time of the scale that [`Tracker::upkeep`] is called with.
    pub fn call_at(&self, now: Duration) {
        if crate::enabled() {
            lock(&self.watch.intervals).record(now);
        }
    }

    /// What is wrong with the calls at this moment, if anything is.
    #[must_use]
    pub fn judge(&self, now: Duration) -> Option<runaway::Finding> {
        self.watch.judge(now)
    }
}

impl Watch {
    fn judge(&self, now: Duration) -> Option<runaway::Finding> {
        runaway::judge(&lock(&self.intervals), &self.limits, now)
    }

    fn finding(&self, now: Duration) -> Option<Finding> {
        let found = self.judge(now)?;
        Some(Finding {
            key: self.endpoint.clone(),
            level: if found.pattern == Pattern::Runaway {
                Level::Error
            } else {
                Level::Warning
            },
            category: "calls".into(),
            message: found.to_string(),
            value: found.times(),
            limit: 1.0,
            labels: vec![("endpoint".into(), self.endpoint.clone())],
        })
    }
}

impl Tracker {
    /// Watches how often an endpoint is called: a poll every 50 ms instead of every 2 s becomes an alert of the source
    /// `runaway`, in which value and limit are how many times as often as expected. It is watched as long as the
    /// returned handle or a clone of it lives.
    ///
    /// Calls are judged at [`upkeep`](Self::upkeep), as they are then: what began and ended between two of them is not
    /// seen. A burst is found if its last call was at most [`sustained`](Limits::sustained) before, a runaway if it is still
    /// on, or is made up of the last calls. For short ones shorten the [`interval`](super::Builder::interval) of upkeep, or
    /// ask [`Calls::judge`] in the handler.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use tollgate_probe::tracker::Tracker;
    /// use tollgate_probe::runaway::Limits;
    /// # let tracker = Tracker::builder().build()?;
    /// let limits = Limits { interval: Some(Duration::from_secs(2)), ..Limits::default() };
    /// let polls = tracker.watch_calls("GET /status", limits);
    /// polls.call(); // in the handler
    /// # Ok::<(), tollgate_probe::tracker::BadSettings>(())
    /// ```
    #[must_use = "it is watched as long as this lives"]
    pub fn watch_calls(&self, endpoint: &str, limits: Limits) -> Calls {
        let watch = Arc::new(Watch {
            endpoint: crate::alert::clip(endpoint).to_owned(),
            limits,
            intervals: Mutex::new(Intervals::new(&limits)),
        });
        let mut watches = lock(&self.watches);
        watches.retain(|watch| watch.strong_count() > 0);
        watches.push(Arc::downgrade(&watch));
        Calls { watch }
    }

    pub(super) fn look_for_runaways(&self, now: Duration) {
        let watches: Vec<Arc<Watch>> = lock(&self.watches)
            .iter()
            .filter_map(Weak::upgrade)
            .collect();
        let mut found: Vec<Finding> = watches
            .iter()
            .filter_map(|watch| watch.finding(now))
            .collect();
        found.sort_by(|a, b| b.value.total_cmp(&a.value));
        found.truncate(MOST);
        self.alerts().settle(now, "runaway", &found);
    }

    /// Takes what was recorded in the last so many seconds as how durations should be: from now on, upkeep holds what
    /// comes against it, once for each [`degradation_window`](super::Builder::degradation_window), and a mean or 95th
    /// percentile that rose by more than the [tolerance](super::Builder::tolerance) becomes an alert of the source
    /// `degradation`. Gives the number of series in the baseline: with 0 there is nothing to compare with.
    pub fn capture_baseline(&self, span: Duration) -> usize {
        let Some(window) = self.window(span) else {
            return 0;
        };
        self.use_baseline(Baseline::capture(&durations(window.snapshot)))
    }

    /// As [`capture_baseline`](Self::capture_baseline), with one that was captured elsewhere.
    pub fn use_baseline(&self, baseline: Baseline) -> usize {
        let snapshot = crate::snapshot();
        let series = baseline.len();
        let mut kept = self.kept();
        let since = kept.time_of(&snapshot);
        kept.reference = Some(Reference {
            baseline,
            since,
            found: None,
        });
        series
    }

    /// What the last comparison with the baseline found, also what it could not judge; `None` before the first one.
    #[must_use]
    pub fn degradations(&self) -> Option<Degradations> {
        self.kept().reference.as_ref()?.found.clone()
    }

    /// Compares what came since the last comparison, so that no value is looked at twice.
    pub(super) fn look_for_degradation(&self, now: Duration, snapshot: &Snapshot, kept: &mut Kept) {
        let Kept {
            windows,
            reference: Some(reference),
            ..
        } = kept
        else {
            return;
        };
        // A clock that went back must not stop the comparisons.
        reference.since = reference.since.min(now);
        let span = now.saturating_sub(reference.since);
        if span < self.degradation_window {
            return;
        }
        let Some(window) = windows.over(span, now, snapshot) else {
            return;
        };
        reference.since = now;
        let found = degraded(
            &reference.baseline,
            &durations(window.snapshot),
            &self.tolerance,
        );
        let worst: Vec<_> = found
            .degraded
            .iter()
            .take(MOST)
            .map(|one| finding(one, snapshot))
            .collect();
        reference.found = Some(found);
        self.alerts().settle(now, "degradation", &worst);
    }
}

/// Durations of the application: that something became larger is no degradation, and the probe's own are not its.
fn durations(mut snapshot: Snapshot) -> Snapshot {
    snapshot
        .families
        .retain(|family| family.unit == Unit::Seconds && !family.name.starts_with("probe_"));
    snapshot
}

fn finding(one: &Degradation, snapshot: &Snapshot) -> Finding {
    let series = &one.series;
    let names = snapshot
        .family(&series.family)
        .map(|family| family.label_names.iter());
    let pairs = names.into_iter().flatten().zip(series.labels.iter());
    let (metric, outcome) = (one.metric.word(), series.outcome.word());
    Finding {
        key: format!("{metric} {outcome} {} {:?}", series.family, series.labels),
        level: Level::Warning,
        category: "degradation".into(),
        message: format!(
            "{} {metric} rose by {:.0} % against the baseline",
            series.family,
            one.change * 100.0
        ),
        value: one.now,
        limit: one.before,
        labels: pairs
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect(),
    }
}

#[cfg(test)]
mod tests;
