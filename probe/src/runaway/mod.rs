//! Calls that come far too often: a poll every 50 ms instead of every 2 s, a stampede, pollers that multiply.
//!
//! [`Intervals`] keeps the call times of one endpoint in half a kilobyte, and [`judge`] says what is wrong with them.
//! Neither has a clock: times are given by the caller.
//!
//! ```
//! use std::time::Duration;
//! use tollgate_probe::runaway::{Intervals, Limits, Pattern, judge};
//!
//! let limits = Limits { interval: Some(Duration::from_secs(2)), ..Limits::default() };
//! let mut polls = Intervals::new(&limits);
//! let mut now = Duration::ZERO;
//! let finding = loop {
//!     polls.record(now);
//!     match judge(&polls, &limits, now) {
//!         Some(finding) if finding.pattern == Pattern::Runaway => break finding,
//!         _ => now += Duration::from_millis(50),
//!     }
//! };
//! assert!(polls.calls() <= 121);
//! assert_eq!(
//!     finding.to_string(),
//!     "runaway: 100 calls in 5s, one every 50ms instead of every 2s as declared"
//! );
//! ```

mod episodes;
mod intervals;

use std::fmt;
use std::time::Duration;

pub use episodes::{Episode, judge_all};
pub use intervals::Intervals;
use intervals::{PARTS, RING, SLOTS, nanos};

/// What is called too often. The widths of time are fixed when an [`Intervals`] is made; the rest may change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Time between two calls that the endpoint is meant for; of several clients, what they come to together. Without
    /// it the usual interval of the last while is learned, and a runaway that was there from the start is not found.
    pub interval: Option<Duration>,
    /// How many times as often as meant, or as usual, is too often, 1 or more; 4 unless told.
    pub factor: f64,
    /// How long calls must come too often to be a runaway; 5 s unless told.
    pub sustained: Duration,
    /// Calls that make a burst, from 2 to 32; 20 unless told.
    pub burst_calls: u8,
    /// Time in which they make one; 1 s unless told.
    pub burst_within: Duration,
    /// How many times as often at the end as at the beginning of 16 slots is growth, 1 or more; 2 unless told.
    pub growth: f64,
    /// Width of a slot; 15 s unless told, which makes growth a matter of the last four minutes.
    pub slot: Duration,
    /// Time over which the usual interval is learned; 10 minutes unless told. Nothing is usual before a fifth of it.
    pub learn: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            interval: None,
            factor: 4.0,
            sustained: Duration::from_secs(5),
            burst_calls: 20,
            burst_within: Duration::from_secs(1),
            growth: 2.0,
            slot: Duration::from_secs(15),
            learn: Duration::from_secs(600),
        }
    }
}

/// What is wrong with the calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pattern {
    /// They keep coming far too often.
    Runaway,
    /// Many came at once.
    Burst,
    /// They come steadily more often.
    Growth,
}

impl Pattern {
    /// The word for it in every output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Pattern::Runaway => "runaway",
            Pattern::Burst => "burst",
            Pattern::Growth => "growth",
        }
    }
}

/// What the calls are held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Basis {
    /// The interval of the limits.
    Declared,
    /// The usual interval of the last while.
    Learned,
    /// The interval at the beginning of the growth.
    Before,
}

/// A pattern in the calls of an endpoint, with the numbers behind it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finding {
    /// What is wrong.
    pub pattern: Pattern,
    /// Number of calls that show it.
    pub calls: u64,
    /// Time in which they came.
    pub span: Duration,
    /// Mean time between them; of growth that of the last quarter.
    pub observed: Duration,
    /// Time between calls that they are held against.
    pub expected: Duration,
    /// Where that comes from.
    pub basis: Basis,
}

impl Finding {
    /// How many times as often as expected.
    #[must_use]
    pub fn times(&self) -> f64 {
        self.expected.as_secs_f64() / self.observed.as_secs_f64().max(1e-9)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let basis = match self.basis {
            Basis::Declared => "as declared",
            Basis::Learned => "as usual",
            Basis::Before => "as before",
        };
        let (pattern, calls) = (self.pattern.word(), self.calls);
        let [span, observed, expected] = [self.span, self.observed, self.expected].map(rounded);
        write!(
            f,
            "{pattern}: {calls} calls in {span:?}, one every {observed:?} instead of every {expected:?} {basis}"
        )
    }
}

/// Three digits are enough for people.
fn rounded(time: Duration) -> Duration {
    let nanos = nanos(time);
    let unit = 10_u64.pow(nanos.checked_ilog10().unwrap_or(0).saturating_sub(2));
    Duration::from_nanos((nanos / unit).saturating_mul(unit))
}

/// What is wrong with the calls of an endpoint at the moment `now`, the worst of it; `None` if nothing is, or if there
/// is too little to say. To be asked with `limits` of the same widths that the intervals were made with.
///
/// - **Runaway**: each fifth of a time had more calls than `factor` times the expected number. Times looked at are those
///   of the last 20 and of the last 31 intervals, if they took `sustained` or longer; and the last `sustained` itself,
///   in five full slots of the clock, if there were 20 calls in it.
/// - **Burst**: the last `burst_calls` calls came within `burst_within`, were on average closer than the expected interval
///   divided by `factor`, and the last of them is not longer ago than `sustained`.
/// - **Growth**: over the last 16 full slots (at least 10 since the first call, with 32 calls or more) the number of calls
///   rises by the trend test of H. Mann, "Nonparametric tests against trend", Econometrica 13 (1945), 245-259, with the
///   variance corrected for ties (M. Kendall, "Rank Correlation Methods", 4th edition (1975), 4.9), at a level of 1e-4,
///   and the last quarter has `growth` times the calls of the first or more.
///
/// # False alarms
///
/// When calls come at random at the expected rate (Poisson), 20 intervals have the length of 5 in 1 of 3 million cases:
/// that is the tail of the Erlang law. Of 24 million such calls at 0.1 to 100 a second, judged at every one of them with
/// the interval declared or learned, 7 raised anything (all bursts); the tests hold it below one in 100,000. Regular
/// polls with jitter and traffic that follows the day raised nothing. A poller of 50 ms instead of 2 s or more is a burst
/// at the 32nd call at the latest and a runaway at the 121st (20 and 101 without jitter, plus a slot). Users who come in
/// crowds are not Poisson: a crowd that is four times as large as usual for five seconds is reported, as it should be.
#[must_use]
pub fn judge(intervals: &Intervals, limits: &Limits, now: Duration) -> Option<Finding> {
    let now = nanos(now).max(intervals.last());
    let expected = match limits.interval {
        Some(declared) => Some((nanos(declared) as f64, Basis::Declared)),
        None => intervals.usual(now).map(|usual| (usual, Basis::Learned)),
    };
    let case = Case {
        intervals,
        limits,
        now,
    };
    let too_often = expected.and_then(|(interval, basis)| {
        // Less than as often as expected is never too often; nor is that of a factor that is no number.
        let most = interval / limits.factor.max(1.0);
        let runaway = case.runaway(most).or_else(|| case.fast_runaway(most));
        let found = runaway.map(|found| (Pattern::Runaway, found));
        let found = found.or_else(|| Some((Pattern::Burst, case.burst(most)?)));
        let (pattern, (calls, span)) = found?;
        Some(Finding {
            pattern,
            calls,
            span: Duration::from_nanos(span),
            observed: Duration::from_nanos(span / calls.max(1)),
            expected: Duration::from_nanos(interval as u64),
            basis,
        })
    });
    too_often.or_else(|| case.growth())
}

struct Case<'a> {
    intervals: &'a Intervals,
    limits: &'a Limits,
    now: u64,
}

impl Case<'_> {
    /// Number of intervals and their length, if in each part of that time calls were on average closer than `most`. In
    /// each part, because a burst and the silence around it, or the polls before it, are no runaway on average.
    fn runaway(&self, most: f64) -> Option<(u64, u64)> {
        [RING as u64 - 1, 20].into_iter().find_map(|n| {
            let start = self.intervals.back(n)?;
            let span = self.now - start;
            let part = (span / PARTS).max(1);
            let mut calls = [0_u32; PARTS as usize];
            for call in (0..n).map_while(|back| self.intervals.back(back)) {
                // The last part also has what the division left over.
                let at = (call.saturating_sub(start + 1) / part).min(PARTS - 1);
                calls[at as usize] += 1;
            }
            let each = part as f64 / most;
            let often = calls.iter().all(|calls| f64::from(*calls) > each);
            (often && span >= nanos(self.limits.sustained)).then_some((n, span))
        })
    }

    /// The same for calls so close that the last 31 of them take less than the time asked for.
    fn fast_runaway(&self, most: f64) -> Option<(u64, u64)> {
        const LEAST_CALLS: u64 = 20;
        let slots = &self.intervals.short;
        let this = slots.number(self.now);
        let each = slots.width as f64 / most;
        let mut calls = 0;
        for slot in this.checked_sub(PARTS)?..this {
            let count = slots.count(slot);
            let many = f64::from(count) > each;
            calls += many.then(|| u64::from(count))?;
        }
        (calls >= LEAST_CALLS).then(|| (calls, slots.width * PARTS))
    }

    fn burst(&self, most: f64) -> Option<(u64, u64)> {
        let calls = u64::from(self.limits.burst_calls).clamp(2, RING as u64);
        let last = self.intervals.last();
        let span = last - self.intervals.back(calls - 1)?;
        let close = span <= nanos(self.limits.burst_within) && (span as f64) < most * calls as f64;
        let fresh = self.now - last <= nanos(self.limits.sustained);
        (close && fresh).then_some((calls, span))
    }

    fn growth(&self) -> Option<Finding> {
        const LEAST_SLOTS: u64 = 10;
        const LEAST_CALLS: u64 = 32;
        let slots = &self.intervals.long;
        let end = slots.number(self.now);
        // The slot of the first call is not a full one.
        let full = end
            .checked_sub(slots.number(self.intervals.first()) + 1)?
            .min(SLOTS);
        if full < LEAST_SLOTS {
            return None;
        }
        let counts: Vec<u32> = (end - full..end).map(|slot| slots.count(slot)).collect();
        let calls: u64 = counts.iter().map(|n| u64::from(*n)).sum();
        let quarter = counts.len() / 4;
        let sum = |counts: &[u32]| counts.iter().map(|n| u64::from(*n)).sum::<u64>();
        let (before, after) = (
            sum(&counts[..quarter]),
            sum(&counts[counts.len() - quarter..]),
        );
        // One call more makes a ratio of an endpoint that was silent before.
        let least = self.limits.growth.max(1.0) * before.max(1) as f64;
        if calls < LEAST_CALLS || (after as f64) < least {
            return None;
        }
        if !rises(&counts) {
            return None;
        }
        let interval =
            |calls: u64| Duration::from_nanos(slots.width * quarter as u64 / calls.max(1));
        Some(Finding {
            pattern: Pattern::Growth,
            calls,
            span: Duration::from_nanos(slots.width.saturating_mul(full)),
            observed: interval(after),
            expected: interval(before),
            basis: Basis::Before,
        })
    }
}

/// Mann's test against trend, one-sided, at a level of 1e-4.
fn rises(counts: &[u32]) -> bool {
    /// Of a normal distribution, one in ten thousand is above.
    const Z: f64 = 3.719;
    let n = counts.len() as f64;
    let mut s = 0.0;
    for (at, earlier) in counts.iter().enumerate() {
        for later in &counts[at + 1..] {
            s += f64::from(later.cmp(earlier) as i8);
        }
    }
    let mut sorted = counts.to_vec();
    sorted.sort_unstable();
    let term = |t: f64| t * (t - 1.0) * (2.0 * t + 5.0);
    let ties: f64 = sorted
        .chunk_by(|a, b| a == b)
        .map(|same| term(same.len() as f64))
        .sum();
    let variance = (term(n) - ties) / 18.0;
    // One less for the step to the next possible value.
    variance > 0.0 && s - 1.0 > Z * variance.sqrt()
}

#[cfg(test)]
mod tests;
