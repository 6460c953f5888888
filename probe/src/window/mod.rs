//! "The last five minutes": what was recorded lately, out of instruments that only ever count up.
//!
//! A window is the snapshot of now minus the snapshot of then. [`Windows`] keeps the snapshots of then as differences
//! between observations: of a series that did not change nothing is kept, of one that did only the buckets that grew.
//! It is fed by whoever looks after the probe from time to time; it has no clock. What it keeps is bounded by time and
//! by count, and a window always says which time it really covers.
//!
//! ```
//! use std::time::Duration;
//! use tollgate_probe::window::{Retention, Windows};
//! # fn snapshot_at(minute: u64) -> tollgate_probe::Snapshot {
//! #     tollgate_probe::Snapshot { uptime: Duration::from_secs(60 * minute), ..Default::default() }
//! # }
//!
//! let minutes = |n| Duration::from_secs(60 * n);
//! let mut windows = Windows::new(Retention::default());
//! for minute in 0..10 {
//!     windows.observe(minutes(minute), &snapshot_at(minute));
//! }
//! let now = minutes(9) + Duration::from_secs(20);
//! let window = windows.over(minutes(5), now, &snapshot_at(9)).ok_or("the clock went back")?;
//! assert_eq!(window.covered, Duration::from_secs(5 * 60 + 20));
//! # Ok::<(), &str>(())
//! ```

mod encoding;
mod step;
mod sum;
mod track;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::snapshot::{FamilySnapshot, Snapshot};
use track::Track;

/// How much of the past is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// At most one observation is kept in such a time; the precision of where a window begins.
    pub resolution: Duration,
    /// The longest window that can be asked for.
    pub span: Duration,
    /// Changes kept for one family at most; one series that changed in one step is one. Of a family with more, steps are
    /// made into longer ones, the far past before the recent, and where that saves nothing the oldest go. Windows of
    /// that family then begin later than asked for, [and say so](WindowedSnapshot::shortened).
    pub points: usize,
}

impl Default for Retention {
    /// One hour of minutes, 5000 changes a family.
    fn default() -> Self {
        Self {
            resolution: Duration::from_secs(60),
            span: Duration::from_secs(3600),
            points: 5000,
        }
    }
}

/// What was recorded lately.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowedSnapshot {
    /// What was asked for.
    pub requested: Duration,
    /// What the window really covers: from the observation nearest to the moment asked for, up to now. Shorter while
    /// there is no older one, longer where nobody observed in between.
    pub covered: Duration,
    /// Counters and distributions hold what came within the window; gauges are as they are now. Series that went away
    /// within the window are there with what they did in it.
    pub snapshot: Snapshot,
    /// Range of every gauge over the window.
    pub gauges: Vec<GaugeRange>,
    /// Families that changed so much that steps had to be made into one or to go: they cover only this time.
    pub shortened: Vec<(Arc<str>, Duration)>,
}

/// What a gauge showed at the observations within a window, and at the moment where the window begins. What it showed
/// between them is not known.
#[derive(Clone, Debug, PartialEq)]
pub struct GaugeRange {
    /// Name of the family.
    pub family: Arc<str>,
    /// Values of the labels.
    pub labels: Arc<[Arc<str>]>,
    /// Smallest of the values. Whole numbers beyond 2^53 are rounded, here and below.
    pub min: f64,
    /// Largest of the values.
    pub max: f64,
    /// The latest value.
    pub last: f64,
}

impl WindowedSnapshot {
    /// Which time the family of that name covers.
    #[must_use]
    pub fn covered_by(&self, family: &str) -> Duration {
        let shortened = self.shortened.iter().find(|(name, _)| **name == *family);
        shortened.map_or(self.covered, |(_, covered)| *covered)
    }

    /// The range of one gauge.
    #[must_use]
    pub fn gauge(&self, family: &str, labels: &[&str]) -> Option<&GaugeRange> {
        self.gauges.iter().find(|gauge| {
            *gauge.family == *family && gauge.labels.iter().map(|l| &**l).eq(labels.iter().copied())
        })
    }
}

/// The past of one process, as far as it is kept.
#[derive(Debug)]
pub struct Windows {
    retention: Retention,
    /// When observations were kept, rising; windows begin at one of them.
    times: VecDeque<Duration>,
    /// Uptime of the last snapshot that was kept.
    uptime: Duration,
    tracks: Vec<Track>,
    /// Added to every time that is given: the process may be older than the clock that it is observed by.
    ahead: Duration,
    restarts: u64,
}

impl Windows {
    /// Nothing observed yet.
    #[must_use]
    pub fn new(retention: Retention) -> Self {
        Self {
            retention,
            times: VecDeque::new(),
            uptime: Duration::ZERO,
            tracks: Vec::new(),
            ahead: Duration::ZERO,
            restarts: 0,
        }
    }

    /// Keeps a snapshot, taken at `now` by a clock that does not go back. Says whether it was kept: one that comes
    /// sooner than the resolution after the one before is not.
    ///
    /// The snapshots must be of one process. When `now` goes back by more than the resolution, or the process has run
    /// for a shorter time than the one before, the past is of no use: it is dropped, [counted](Self::restarts), and
    /// windows are short again. When `now` is far ahead (the machine slept, nobody observed), what is too old is
    /// dropped but for the last observation before the gap, and what came in the gap is one step that no window can
    /// begin in.
    ///
    /// The first observation of a process that has run for no longer than the [span](Retention::span) counts from the
    /// start of the process, whatever `now` is.
    pub fn observe(&mut self, now: Duration, snapshot: &Snapshot) -> bool {
        let given = now;
        let now = self.shifted(given);
        let Some(&last) = self.times.back() else {
            self.begin(given, snapshot, true);
            return true;
        };
        if now < last && last - now <= self.retention.resolution {
            return false;
        }
        if now < last || snapshot.uptime < self.uptime {
            self.restarts = self.restarts.saturating_add(1);
            self.times.clear();
            self.tracks.clear();
            // A clock that went back says nothing about a process that is no longer new.
            self.begin(given, snapshot, snapshot.uptime < self.uptime);
            return true;
        }
        if now - last < self.retention.resolution || now == last {
            return false;
        }
        self.keep(now, snapshot);
        true
    }

    fn shifted(&self, given: Duration) -> Duration {
        given.saturating_add(self.ahead)
    }

    /// The first snapshot. All of it was recorded since the process began; if that is not too long ago and the process is
    /// a new one, it is the first step, and windows may begin there.
    fn begin(&mut self, given: Duration, snapshot: &Snapshot, new: bool) {
        let whole = new && !snapshot.uptime.is_zero() && snapshot.uptime <= self.retention.span;
        self.ahead = if whole {
            snapshot.uptime.saturating_sub(given)
        } else {
            Duration::ZERO
        };
        let now = self.shifted(given);
        if whole {
            self.times.push_back(now.saturating_sub(snapshot.uptime));
            self.keep(now, snapshot);
            return;
        }
        self.times.push_back(now);
        self.uptime = snapshot.uptime;
        for family in &snapshot.families {
            let mut track = Track::new(family, now);
            track.begin(family, now);
            self.tracks.push(track);
        }
    }

    fn keep(&mut self, now: Duration, snapshot: &Snapshot) {
        // A family that is not known had nothing before.
        let first = self.times.front().copied().unwrap_or(now);
        let last = self.times.back().copied().unwrap_or(now);
        for (at, family) in snapshot.families.iter().enumerate() {
            let at = self.position(at, family).unwrap_or_else(|| {
                self.tracks.push(Track::new(family, first));
                self.tracks.len() - 1
            });
            self.tracks[at].observe(family, last, now);
        }
        for track in &mut self.tracks {
            if !snapshot.families.iter().any(|family| track.is_of(family)) {
                let nothing = track.family.clone();
                track.observe(&nothing, last, now);
            }
        }
        self.times.push_back(now);
        self.uptime = snapshot.uptime;
        self.forget(now);
    }

    fn forget(&mut self, now: Duration) {
        let kept = self
            .retention
            .span
            .saturating_add(self.retention.resolution);
        let oldest = now.saturating_sub(kept);
        // The last of those that are too old stays: what came since reaches into the time that is kept.
        while self.times.get(1).is_some_and(|second| *second <= oldest) {
            self.times.pop_front();
        }
        let first = self.times.front().copied().unwrap_or(now);
        let points = self.retention.points;
        self.tracks.retain_mut(|track| track.trim(first, points));
    }

    /// Where a family is among the tracks: usually at the same place as in the snapshot.
    fn position(&self, at: usize, family: &FamilySnapshot) -> Option<usize> {
        if self.tracks.get(at).is_some_and(|track| track.is_of(family)) {
            return Some(at);
        }
        self.tracks.iter().position(|track| track.is_of(family))
    }

    /// What was recorded in the `span` before `now`, with `current` as the snapshot of now.
    ///
    /// The window begins at the kept observation nearest to the moment asked for, the earlier one of two, and says so.
    /// Without any observation it is all that the process recorded. A `now` that is a little before the last
    /// observation, which two threads can bring about, is answered as of that observation; so is a snapshot that is
    /// older than the one observed. `None` when `now` is further back.
    #[must_use]
    pub fn over(
        &self,
        span: Duration,
        now: Duration,
        current: &Snapshot,
    ) -> Option<WindowedSnapshot> {
        let Some(&last) = self.times.back() else {
            return Some(WindowedSnapshot {
                requested: span,
                covered: current.uptime,
                gauges: whole_gauges(&current.families),
                snapshot: current.clone(),
                shortened: Vec::new(),
            });
        };
        let now = self.shifted(now);
        if now < last && last - now > self.retention.resolution {
            return None;
        }
        let stale = now < last || current.uptime < self.uptime;
        let now = if stale { last } else { now };
        let target = now.saturating_sub(span);
        let distance = |time: &&Duration| time.abs_diff(target);
        let from = *self.times.iter().min_by_key(distance)?;

        let mut window = WindowedSnapshot {
            requested: span,
            covered: now - from,
            snapshot: Snapshot {
                families: Vec::new(),
                ..current.clone()
            },
            gauges: Vec::new(),
            shortened: Vec::new(),
        };
        for track in &self.tracks {
            let name = &track.family.name;
            let mut families = current.families.iter().filter(|_| !stale);
            let family = families.find(|family| track.is_of(family));
            let known_from = track.known_from(from);
            if known_from > from {
                window.shortened.push((name.clone(), now - known_from));
            }
            let (family, gauges) = track.after(known_from, family);
            window.snapshot.families.push(family);
            window.gauges.extend(gauges);
        }
        let unknown = |family: &&FamilySnapshot| self.tracks.iter().all(|t| !t.is_of(family));
        let new: Vec<FamilySnapshot> = current
            .families
            .iter()
            .filter(|family| !stale && unknown(family))
            .cloned()
            .collect();
        window.gauges.extend(whole_gauges(&new));
        window.snapshot.families.extend(new);
        Some(window)
    }

    /// How often the past was dropped because the clock or the process began again.
    #[must_use]
    pub fn restarts(&self) -> u64 {
        self.restarts
    }

    /// Bytes that the past takes on the heap, without names and labels, which it shares with the snapshots.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let tracks: usize = self.tracks.iter().map(Track::heap_bytes).sum();
        self.times.capacity() * size_of::<Duration>()
            + self.tracks.capacity() * size_of::<Track>()
            + tracks
    }
}

/// Gauges of which only the present is known.
fn whole_gauges(families: &[FamilySnapshot]) -> Vec<GaugeRange> {
    let all = families.iter().flat_map(|family| {
        let ranges = family.series.iter();
        ranges.filter_map(|series| {
            let value = sum::number(&series.value)?;
            Some(GaugeRange {
                family: family.name.clone(),
                labels: series.labels.clone(),
                min: value,
                max: value,
                last: value,
            })
        })
    });
    all.collect()
}

#[cfg(test)]
mod tests;
