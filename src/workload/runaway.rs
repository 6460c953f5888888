//! Clients that call far too often: a poll every 50 ms instead of every 2 s, stampedes, pollers that multiply, herds.
//!
//! What keeps coming and what grows is judged by [`tollgate_probe::runaway`], which an application can have inside; the words
//! and the thresholds are the same on purpose. Here that is done for every client and endpoint, and two things are added that
//! need more than one place to be seen: bursts that come again and again, and clients that call in step.
//!
//! Pure and bounded: times are given by the caller, at most [`MOST_PAIRS`] pairs of client and endpoint are kept, and those not
//! seen for longest go first, counted.
//!
//! ```
//! use std::time::Duration;
//! use tollgate::workload::runaway::{Class, judge_times};
//!
//! let calls: Vec<Duration> = (0..120).map(|n| Duration::from_millis(50 * n)).collect();
//! let found = judge_times(&calls, Some(Duration::from_secs(2)));
//! assert_eq!(found[0].class, Class::Runaway);
//! ```

mod endpoint;
mod herd;
mod pair;
mod tracker;

pub use endpoint::{clipped, collapsed};
pub use tracker::{Seen, Tracker};

use crate::units::parse_duration;
use std::fmt;
use std::time::Duration;

/// Where no interval is declared, a client may call an endpoint so often; four times as often is a runaway, which is every
/// 100 ms and more often. Nobody clicks so fast for five seconds, and no page loads so long.
pub const ASSUMED_INTERVAL: Duration = Duration::from_millis(400);

/// Pairs of client and endpoint that are kept: each takes about a kilobyte.
pub const MOST_PAIRS: usize = 4096;

/// Findings that are kept; more are counted.
pub const MOST_FINDINGS: usize = 1000;

/// What is wrong with the calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// They keep coming far too often.
    Runaway,
    /// Many at once, then quiet, again and again.
    Burst,
    /// They come steadily more often: pollers that are started and never stopped.
    Growth,
    /// Several clients call at the same moment, again and again.
    Synchronised,
}

impl Class {
    /// The word for it in every output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Runaway => "runaway",
            Self::Burst => "burst",
            Self::Growth => "growth",
            Self::Synchronised => "synchronised",
        }
    }
}

/// What the calls are held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The interval that was declared.
    Declared,
    /// [`ASSUMED_INTERVAL`].
    Assumed,
    /// The interval at the beginning of the growth.
    Before,
}

/// A pattern in the calls of a client to an endpoint, or of several clients to one, at its worst.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What is wrong.
    pub class: Class,
    /// Whose calls; `None` for [`Class::Synchronised`]. Hostile: a client may call itself anything.
    pub client: Option<String>,
    /// What is called. Hostile as well.
    pub endpoint: String,
    /// When it was first found.
    pub from: Duration,
    /// When it was last found.
    pub to: Duration,
    /// Calls that show it; of bursts and herds those of one.
    pub calls: u64,
    /// Time in which they came.
    pub span: Duration,
    /// Mean time between two calls; of bursts and herds between the starts of two.
    pub observed: Duration,
    /// Time between two calls that they are held against.
    pub expected: Duration,
    /// Where that comes from.
    pub basis: Basis,
    /// How often it was seen: bursts, herds; 1 for others.
    pub times: u64,
    /// Clients that show it.
    pub clients: u64,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [span, observed, expected] = [self.span, self.observed, self.expected].map(rounded);
        let (word, calls, times) = (self.class.word(), self.calls, self.times);
        match self.class {
            Class::Runaway | Class::Growth => {
                let basis = match self.basis {
                    Basis::Declared => "as declared",
                    Basis::Assumed => "at most, where nothing is declared",
                    Basis::Before => "as before",
                };
                write!(
                    f,
                    "{word}: {calls} calls in {span:?}, one every {observed:?} instead of every {expected:?} {basis}"
                )
            }
            Class::Burst => write!(
                f,
                "{word}: {calls} calls within {span:?} and then none, {times} times, every {observed:?}"
            ),
            Class::Synchronised => write!(
                f,
                "{word}: {} clients call within {span:?} of each other, {times} times, every {observed:?}",
                self.clients
            ),
        }
    }
}

/// Three digits are enough for people.
fn rounded(time: Duration) -> Duration {
    let nanos = nanos(time);
    let unit = 10_u64.pow(nanos.checked_ilog10().unwrap_or(0).saturating_sub(2));
    Duration::from_nanos((nanos / unit).saturating_mul(unit))
}

pub(crate) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// How often endpoints are meant to be called by one client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// `/api/poll`, `GET /api/poll`, or with a `*` at the end for all that begin so.
    endpoint: String,
    interval: Duration,
}

impl Declared {
    /// Reads `/api/poll = 2 s`.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence without its end.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some((endpoint, interval)) = text.rsplit_once('=') else {
            return Err(
                "expected an endpoint, `=` and a time, such as `/api/poll = 2 s`".to_owned(),
            );
        };
        let endpoint = endpoint.trim();
        if endpoint.is_empty() {
            return Err("there is no endpoint before the `=`: write `/api/poll = 2 s`, or `* = 2 s` for all".to_owned());
        }
        let interval = parse_duration(interval.trim()).map_err(|error| error.to_string())?;
        if interval.is_zero() {
            return Err("the time between two calls must be above zero".to_owned());
        }
        Ok(Self {
            endpoint: endpoint.to_owned(),
            interval,
        })
    }

    /// Whether this speaks of an endpoint, which is a method, a space and a collapsed path.
    fn is_of(&self, endpoint: &str) -> bool {
        let path = endpoint.split_once(' ').map_or(endpoint, |(_, path)| path);
        match self.endpoint.strip_suffix('*') {
            Some(start) => endpoint.starts_with(start) || path.starts_with(start),
            None => endpoint == self.endpoint || path == self.endpoint,
        }
    }
}

/// Judges the call times of one client to one endpoint, such as the events of a probe. In any order; at most `MOST_FINDINGS`.
#[must_use]
pub fn judge_times(times: &[Duration], declared: Option<Duration>) -> Vec<Finding> {
    let declared = declared.map(|interval| Declared {
        endpoint: "*".to_owned(),
        interval: interval.max(Duration::from_nanos(1)),
    });
    let mut tracker = Tracker::new(declared.into_iter().collect());
    let mut times = times.to_vec();
    times.sort_unstable();
    for at in times {
        let _new: Option<&Finding> = tracker.record(at, "", "");
    }
    tracker.into_findings()
}

#[cfg(test)]
mod tests;
