//! The same judgement over call times that were recorded.

use std::borrow::Cow;
use std::time::Duration;

use super::{Finding, Intervals, Limits, judge};

/// A stretch of time in which every call showed the same pattern.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Episode {
    /// When it was first found; what it was found in began [`Finding::span`] earlier.
    pub from: Duration,
    /// The last call that showed it.
    pub to: Duration,
    /// How it was at its worst.
    pub worst: Finding,
}

/// Judges recorded call times of one endpoint, as [`judge`] would have at every call. Times in any order; they are put
/// in order first.
///
/// ```
/// use std::time::Duration;
/// use tollgate_probe::runaway::{Limits, Pattern, judge_all};
///
/// let limits = Limits { interval: Some(Duration::from_secs(2)), ..Limits::default() };
/// let mut calls: Vec<Duration> = (0..100).map(|n| Duration::from_secs(2 * n)).collect();
/// assert_eq!(judge_all(&calls, &limits), []);
///
/// calls.extend((0..600).map(|n| Duration::from_millis(200_000 + 50 * n)));
/// let patterns: Vec<_> = judge_all(&calls, &limits).iter().map(|e| e.worst.pattern).collect();
/// assert_eq!(patterns, [Pattern::Burst, Pattern::Runaway]);
/// ```
#[must_use]
pub fn judge_all(calls: &[Duration], limits: &Limits) -> Vec<Episode> {
    let mut calls = Cow::Borrowed(calls);
    if !calls.is_sorted() {
        calls.to_mut().sort_unstable();
    }
    let mut intervals = Intervals::new(limits);
    let mut episodes: Vec<Episode> = Vec::new();
    let mut open = false;
    for &now in calls.iter() {
        intervals.record(now);
        let Some(finding) = judge(&intervals, limits, now) else {
            open = false;
            continue;
        };
        match episodes.last_mut() {
            Some(last) if open && last.worst.pattern == finding.pattern => {
                last.to = now;
                if finding.times() > last.worst.times() {
                    last.worst = finding;
                }
            }
            _ => episodes.push(Episode {
                from: now,
                to: now,
                worst: finding,
            }),
        }
        open = true;
    }
    episodes
}
