//! Why a run cannot be judged.

use super::super::record::{Ended, Record, Stop};
use super::super::{Outcome, Workload, honesty};
use super::counts;
use crate::measurement::FailureKind;
use crate::units::{Unit, format_duration, format_value};
use std::collections::BTreeMap;
use std::fmt;

/// Why a run cannot be judged.
#[derive(Debug, Clone, PartialEq)]
pub enum Unusable {
    /// Ctrl-C.
    Interrupted,
    /// The target process ended while it was driven.
    TargetDied {
        /// Its exit status or signal.
        status: String,
    },
    /// A limit that was set for safety was reached. A run that was cut short covers another part of its schedule than was
    /// planned, and which part depends on how fast the target is: two such runs were not under the same load. This goes for
    /// the limits of requests and of time too: they are there for what nobody planned. Who plans an end gives `duration`,
    /// `stages` or `calls-per-user`.
    Stopped(Stop),
    /// The generator did not do what it should: the numbers are its own and not the target's.
    Invalid {
        /// Sentences with numbers; not empty.
        problems: Vec<String>,
    },
    /// No call went well, and none was given up at its time limit.
    NoData {
        /// How calls ended, most frequent first: what they came to, and how many.
        outcomes: Vec<(Outcome, u64)>,
    },
    /// A histogram could not be packed.
    Unpackable(String),
}

/// Why this run cannot be judged; `None` where it can.
///
/// What ended the run comes first: of one that was stopped nobody asks whether the generator kept its pace.
#[must_use]
pub fn unusable(record: &Record, _workload: &Workload) -> Option<Unusable> {
    match &record.ended {
        Ended::Completed => {}
        Ended::Stopped(Stop::Interrupted) => return Some(Unusable::Interrupted),
        Ended::Stopped(Stop::TargetDied { status }) => {
            return Some(Unusable::TargetDied {
                status: status.clone(),
            });
        }
        Ended::Stopped(stop) => return Some(Unusable::Stopped(stop.clone())),
    }
    let problems = honesty::problems(&record.driven);
    if !problems.is_empty() {
        return Some(Unusable::Invalid { problems });
    }
    let endpoints = &record.driven.endpoints;
    let is_judged = |endpoint: &super::EndpointRecord| {
        counts(endpoint).good > 0 || !endpoint.judged.response.is_empty()
    };
    if endpoints.iter().any(is_judged) {
        return None;
    }
    let mut sums: BTreeMap<Outcome, u64> = BTreeMap::new();
    for (outcome, count) in endpoints.iter().flat_map(|endpoint| &endpoint.outcomes) {
        let sum = sums.entry(*outcome).or_default();
        *sum = sum.saturating_add(*count);
    }
    let mut outcomes: Vec<(Outcome, u64)> = sums.into_iter().filter(|(_, n)| *n > 0).collect();
    outcomes.sort_by_key(|(outcome, count)| (std::cmp::Reverse(*count), *outcome));
    Some(Unusable::NoData { outcomes })
}

impl Unusable {
    /// What it is recorded as; `None` for Ctrl-C, which is nobody's failure.
    #[must_use]
    pub const fn kind(&self) -> Option<FailureKind> {
        match self {
            Self::Interrupted => None,
            Self::TargetDied { .. } => Some(FailureKind::Crashed),
            Self::Stopped(_) => Some(FailureKind::Stopped),
            Self::Invalid { .. } => Some(FailureKind::Invalid),
            Self::NoData { .. } => Some(FailureKind::NoData),
            Self::Unpackable(_) => Some(FailureKind::Unreadable),
        }
    }
}

/// One line each; the first says it all.
impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interrupted => f.write_str("interrupted"),
            Self::TargetDied { status } => {
                write!(f, "the target ended while it was driven: {status}")
            }
            Self::Stopped(stop) => f.write_str(&describe(stop)),
            Self::Invalid { problems } => f.write_str(&problems.join("\n")),
            Self::NoData { outcomes } if outcomes.is_empty() => {
                f.write_str("no call was made in the measured part of the run")
            }
            Self::NoData { outcomes } => {
                let all: u64 = outcomes
                    .iter()
                    .fold(0, |sum, (_, n)| sum.saturating_add(*n));
                let parts: Vec<String> = (outcomes.iter())
                    .map(|(outcome, count)| format!("{count} {}", outcome.name()))
                    .collect();
                write!(f, "none of {all} calls went well: {}", parts.join(", "))
            }
            Self::Unpackable(problem) => f.write_str(problem),
        }
    }
}

/// What stopped a run, in words and with numbers.
#[must_use]
pub fn describe(stop: &Stop) -> String {
    let bytes = |bytes: u64| format_value(bytes as f64, &Unit::Bytes);
    let share = |share: f64| format_value(share, &Unit::Ratio);
    let time = |nanoseconds: f64| format_value(nanoseconds, &Unit::Nanoseconds);
    match stop {
        Stop::Interrupted => "interrupted".to_owned(),
        Stop::Memory { used, limit } => format!(
            "the target's memory was {} (limit {})",
            bytes(*used),
            bytes(*limit)
        ),
        Stop::ErrorRate { share: of, limit } => format!(
            "{} of the calls failed (limit {})",
            share(*of),
            share(*limit)
        ),
        Stop::Requests { limit } => format!(
            "its limit of {} requests was reached before its schedule ended",
            format_value(*limit as f64, &Unit::Count)
        ),
        Stop::Time { limit } => format!(
            "its time limit of {} was reached before its schedule ended",
            format_duration(*limit)
        ),
        Stop::Disk { free, limit } => format!(
            "{} were free on the disk (limit {})",
            bytes(*free),
            bytes(*limit)
        ),
        Stop::Window { what, value, limit } => {
            format!("{what} was {} (limit {})", time(*value), time(*limit))
        }
        Stop::TargetDied { status } => format!("the target ended while it was driven: {status}"),
    }
}
