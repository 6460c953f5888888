//! Which alerts are on, which were, and who needs to be told: a state machine over plain values, asked with the time.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::limit::{Pace, RateLimit};
use super::threshold::Level;

/// Alerts that are remembered, the newest ones.
pub const HISTORY: usize = 1000;
/// Conditions that are told apart; beyond that those that are not met make room.
pub const CONDITIONS: usize = 1024;
/// Bytes of a text that are kept.
const TEXT: usize = 256;

/// Something that is not as it should be, now.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Tells this condition from others of its source. Texts that only differ after 256 bytes are one.
    pub key: String,
    /// How bad.
    pub level: Level,
    /// For people and routing.
    pub category: String,
    /// What to say.
    pub message: String,
    /// The value that met the condition.
    pub value: f64,
    /// The limit that it was held against.
    pub limit: f64,
    /// Where: names and values. The values are hostile text.
    pub labels: Vec<(String, String)>,
}

/// A condition that is or was met, from then till it ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// Rises by one with each alert.
    pub id: u64,
    /// Who found it: `thresholds`, `application`, or a detector.
    pub source: &'static str,
    /// Which condition, among those of the source.
    pub key: Arc<str>,
    /// How bad; the worst since it was raised.
    pub level: Level,
    /// For people and routing.
    pub category: Arc<str>,
    /// What to say.
    pub message: Arc<str>,
    /// The value that raised it, found at `first_labels`.
    pub value: f64,
    /// The value when the condition was last met, found at `labels`.
    pub latest: f64,
    /// The limit.
    pub limit: f64,
    /// Where the condition was last met, with the value `latest`: names and values. A condition over all routes may be met
    /// by another one each time. The values are hostile text.
    pub labels: Arc<[(Arc<str>, Arc<str>)]>,
    /// Where it was met first, with the value `value`.
    pub first_labels: Arc<[(Arc<str>, Arc<str>)]>,
    /// When it was raised, since the start.
    pub raised: Duration,
    /// When the condition was last met.
    pub last_met: Duration,
    /// How often it was found met.
    pub times: u64,
    /// How and when it ended; `None` as long as it is on.
    pub ended: Option<Ended>,
    /// Whether subscribers were told of it, at this level or a lower one. The [rate limit](RateLimit) may keep an alert
    /// quiet for a while: it is on all the same, and told as soon as the limit allows, if it is still met then.
    pub told: bool,
}

/// The end of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Since the start.
    pub at: Duration,
    /// Whether somebody said so, or the condition was no longer met.
    pub by_hand: bool,
}

/// How an alert ends and how often it tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How long a condition must not have been met for its alert to end. Keeps a value that hovers around its limit from
    /// telling each time.
    pub clear_after: Duration,
    /// How often each alert may tell.
    pub rate: RateLimit,
}

impl Default for Rules {
    /// 30 seconds, and the default [`RateLimit`].
    fn default() -> Self {
        Self {
            clear_after: Duration::from_secs(30),
            rate: RateLimit::default(),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Book {
    rules: Rules,
    states: HashMap<(&'static str, Arc<str>), State>,
    /// In the order of their ids, without gaps.
    history: VecDeque<Alert>,
    next: u64,
    /// Findings for which there was no room.
    refused: u64,
}

#[derive(Debug, Default)]
struct State {
    pace: Pace,
    on: Option<Alert>,
    /// Level at which subscribers were told of the alert that is on.
    told: Option<Level>,
    used: Duration,
}

type Labels = Arc<[(Arc<str>, Arc<str>)]>;

/// Told to the subscribers, in this order.
pub(super) type Notices = Vec<Arc<Alert>>;

impl Book {
    pub(super) fn new(rules: Rules) -> Self {
        Self {
            rules,
            ..Self::default()
        }
    }

    /// The conditions of a source that are met now: its other alerts are on their way to their end, but for those of the
    /// keys in `kept`.
    pub(super) fn settle(
        &mut self,
        now: Duration,
        source: &'static str,
        met: &[Finding],
        kept: &[String],
    ) -> Notices {
        let mut notices: Notices = met
            .iter()
            .filter_map(|f| self.raise(now, source, f).1)
            .collect();
        let still = |key: &str| {
            met.iter()
                .map(|f| &f.key)
                .chain(kept)
                .any(|k| clip(k) == key)
        };
        let mut over = Vec::new();
        let of_source = self
            .states
            .iter_mut()
            .filter(|((from, _), _)| *from == source);
        for alert in of_source.filter_map(|(_, state)| state.on.as_mut()) {
            if still(&alert.key) {
                alert.last_met = now;
                continue;
            }
            // A clock that went back must not keep it on until it has caught up.
            alert.last_met = alert.last_met.min(now);
            if now.saturating_sub(alert.last_met) >= self.rules.clear_after {
                over.push(alert.id);
            }
        }
        over.sort_unstable();
        let ended = Ended {
            at: now,
            by_hand: false,
        };
        notices.extend(
            over.into_iter()
                .filter_map(|id| self.end(id, ended).flatten()),
        );
        notices
    }

    /// One condition that is met. The alert that is on for it, if there was room, and what to tell.
    pub(super) fn raise(
        &mut self,
        now: Duration,
        source: &'static str,
        finding: &Finding,
    ) -> (Option<u64>, Option<Arc<Alert>>) {
        let key: Arc<str> = clip(&finding.key).into();
        let place = (source, Arc::clone(&key));
        if !self.states.contains_key(&place) && !self.make_room() {
            self.refused += 1;
            return (None, None);
        }
        let state = self.states.entry(place).or_default();
        state.used = now;
        match &mut state.on {
            Some(alert) => {
                alert.times += 1;
                alert.latest = finding.value;
                alert.labels = labels(finding, &alert.labels);
                alert.last_met = now;
                if finding.level > alert.level {
                    alert.level = finding.level;
                    alert.message = clip(&finding.message).into();
                    alert.limit = finding.limit;
                }
            }
            none => {
                state.told = None;
                let labels = labels(finding, &Arc::default());
                *none = Some(Alert {
                    id: self.next,
                    source,
                    key,
                    level: finding.level,
                    category: clip(&finding.category).into(),
                    message: clip(&finding.message).into(),
                    value: finding.value,
                    latest: finding.value,
                    limit: finding.limit,
                    first_labels: Arc::clone(&labels),
                    labels,
                    raised: now,
                    last_met: now,
                    times: 1,
                    ended: None,
                    told: false,
                });
                self.next += 1;
            }
        }
        let Some(alert) = &mut state.on else {
            return (None, None);
        };
        // What the limit refused is tried again each time that the condition is found met.
        let tell = state.told < Some(alert.level) && state.pace.allow(now, self.rules.rate);
        if tell {
            state.told = Some(alert.level);
            alert.told = true;
        }
        let (id, copy) = (alert.id, alert.clone());
        let notice = tell.then(|| Arc::new(copy.clone()));
        self.remember(copy);
        (Some(id), notice)
    }

    /// Ends an alert; `None` if it is not on, and inside what to tell: the end of an alert that nobody heard of is not told.
    pub(super) fn end(&mut self, id: u64, ended: Ended) -> Option<Option<Arc<Alert>>> {
        let state = self
            .states
            .values_mut()
            .find(|s| s.on.as_ref().is_some_and(|a| a.id == id))?;
        let mut alert = state.on.take()?;
        alert.ended = Some(ended);
        let notice = alert.told.then(|| Arc::new(alert.clone()));
        self.remember(alert);
        Some(notice)
    }

    /// Whether there is room for one more condition; what is not met and was not for longest goes.
    fn make_room(&mut self) -> bool {
        if self.states.len() < CONDITIONS {
            return true;
        }
        let idle = self
            .states
            .iter()
            .filter(|(_, s)| s.on.is_none())
            .min_by_key(|(_, s)| s.used);
        let Some(place) = idle.map(|(place, _)| place.clone()) else {
            return false;
        };
        self.states.remove(&place).is_some()
    }

    fn remember(&mut self, alert: Alert) {
        if let Some(first) = self.history.front().map(|a| a.id)
            && let Some(at) = alert.id.checked_sub(first)
            && let Some(old) = usize::try_from(at)
                .ok()
                .and_then(|at| self.history.get_mut(at))
        {
            *old = alert;
        } else if self.history.back().is_none_or(|last| last.id < alert.id) {
            self.history.push_back(alert);
            if self.history.len() > HISTORY {
                self.history.pop_front();
            }
        }
    }

    /// Worst first, then the oldest.
    pub(super) fn active(&self) -> Vec<Alert> {
        let mut on: Vec<Alert> = self.states.values().filter_map(|s| s.on.clone()).collect();
        on.sort_by_key(|alert| (std::cmp::Reverse(alert.level), alert.id));
        on
    }

    pub(super) fn history(&self) -> impl Iterator<Item = &Alert> {
        self.history.iter()
    }

    pub(super) fn refused(&self) -> u64 {
        self.refused
    }
}

/// The labels of a finding, clipped; the known ones if they are the same, which they are nearly always.
fn labels(finding: &Finding, known: &Labels) -> Labels {
    let pairs = finding.labels.iter().map(|(n, v)| (clip(n), clip(v)));
    if pairs.clone().eq(known.iter().map(|(n, v)| (&**n, &**v))) {
        return Arc::clone(known);
    }
    pairs.map(|(n, v)| (n.into(), v.into())).collect()
}

/// The start of a text, whole characters.
pub(crate) fn clip(text: &str) -> &str {
    &text[..text.floor_char_boundary(TEXT)]
}

#[cfg(test)]
mod tests;
