//! One run from several attempts at the same two revisions.
//!
//! Judging again what was measured again must not start afresh: whoever may choose the attempt that counts will find one
//! that pleases. So attempts are one run, in the order of time, each with its rounds behind those before.

mod agree;

use super::format::document::quoted;
use super::{Attempt, BenchmarkRecord, Environment, Observation, Run, RunHeader, Series, Side};
use agree::{differs, same_question, shown};
use jiff::Timestamp;
use std::collections::{BTreeSet, HashMap};

/// Why runs are not attempts at the same thing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// There is nothing to merge.
    #[error("no run to merge")]
    Nothing,
    /// A run has no base side.
    #[error(
        "the run started {started} has no base side; only runs of `tollgate check --base` are attempts"
    )]
    OneSided {
        /// Its start.
        started: String,
    },
    /// Two runs differ where attempts must agree.
    #[error(
        "not attempts at the same two revisions: {what} is {first} in the run started {first_started} and {second} in the one started {second_started}"
    )]
    Differs {
        /// Field or thing.
        what: String,
        /// In the first run.
        first: String,
        /// Its start.
        first_started: String,
        /// In the second run.
        second: String,
        /// Its start.
        second_started: String,
    },
    /// Nothing says that it is the same code.
    #[error(
        "{what}: nothing tells whether both runs measured the same code (no hash of the executables, and {why})"
    )]
    Unknown {
        /// Suite.
        what: String,
        /// Why the revisions do not tell.
        why: &'static str,
    },
    /// One attempt is in both runs; counting it twice would double what it says.
    #[error("the attempt started {started} is in both runs")]
    Twice {
        /// Its start.
        started: String,
    },
    /// Attempts of one file lie between those of another.
    #[error(
        "the attempts of these runs lie between each other; merge the runs as they were measured, all at once"
    )]
    Interleaved,
    /// A start that is no time.
    #[error("header.started: {started} is no time such as \"2026-11-21T06:20:00Z\"")]
    NoTime {
        /// As it stands there.
        started: String,
    },
    /// More rounds or processes than can be numbered.
    #[error("too many rounds to be numbered")]
    TooMany,
}

impl Run {
    /// Whether base and candidate were measured in the same job. Overhead claims alone do not make a base: both of
    /// their sides are the candidate.
    #[must_use]
    pub fn has_base(&self) -> bool {
        self.header.base.is_some()
            || (self.benchmarks.iter())
                .filter(|benchmark| !benchmark.id.is_own())
                .flat_map(|benchmark| &benchmark.series)
                .flat_map(|series| &series.observations)
                .any(|observation| observation.side == Side::Base)
    }

    /// The attempts that the run holds; itself, where it names none.
    #[must_use]
    pub fn attempts(&self) -> Vec<Attempt> {
        if self.header.attempts.is_empty() {
            vec![Attempt {
                started: self.header.started.clone(),
                seed: self.header.seed.clone(),
                first_round: 0,
            }]
        } else {
            self.header.attempts.clone()
        }
    }
}

/// Puts attempts at the same two revisions into one run, in the order of their start, whatever the order given. One run
/// stays as it is.
///
/// Revisions, executables, configuration, purpose and the suites must agree; a run that `--only` narrowed may lack
/// suites and benchmarks. Rounds, positions and times go on behind those of the attempts before. The machine is that of
/// the newest attempt, its load that before the first and after the last, its steal the worst.
///
/// # Errors
/// The first thing in which the runs do not agree. Nothing is left out to make them fit.
pub fn merge_attempts(runs: Vec<Run>) -> Result<Run, MergeError> {
    let mut runs = runs
        .into_iter()
        .map(|run| Ok((instant(&run.header.started)?, run)))
        .collect::<Result<Vec<_>, MergeError>>()?;
    runs.sort_by_key(|(started, _)| *started);
    let mut runs = runs.into_iter();
    let (begin, mut merged) = runs.next().ok_or(MergeError::Nothing)?;
    for (started, run) in runs {
        same_question(&merged, &run)?;
        let after_ms = started.duration_since(begin).as_secs_f64() * 1e3;
        append(&mut merged, run, after_ms)?;
    }
    Ok(merged)
}

fn instant(started: &str) -> Result<Timestamp, MergeError> {
    started.parse().map_err(|_| MergeError::NoTime {
        started: quoted(started),
    })
}

/// How far the numbers of the run that is added move.
#[derive(Debug, Clone, Copy)]
struct Offset {
    round: u32,
    order: u32,
    at_ms: f64,
}

impl Offset {
    fn behind(run: &Run, at_ms: f64) -> Result<Self, MergeError> {
        let last_attempt = run
            .header
            .attempts
            .last()
            .map(|attempt| attempt.first_round);
        let rounds = observations(run)
            .map(|observation| observation.invocation)
            .chain(run.failures.iter().map(|failure| failure.invocation))
            .chain(last_attempt);
        let last = |numbers: &mut dyn Iterator<Item = u32>| {
            numbers
                .max()
                .map_or(Some(0), |last| last.checked_add(1))
                .ok_or(MergeError::TooMany)
        };
        Ok(Self {
            // An attempt in which nothing was measured has a round of its own all the same.
            round: last(&mut rounds.chain(std::iter::once(0)))?,
            order: last(&mut observations(run).map(|observation| observation.order))?,
            at_ms,
        })
    }

    fn round(self, round: u32) -> Result<u32, MergeError> {
        round.checked_add(self.round).ok_or(MergeError::TooMany)
    }

    fn observation(self, observation: Observation) -> Result<Observation, MergeError> {
        Ok(Observation {
            invocation: self.round(observation.invocation)?,
            order: (observation.order)
                .checked_add(self.order)
                .ok_or(MergeError::TooMany)?,
            at_ms: observation.at_ms + self.at_ms,
            ..observation
        })
    }
}

fn observations(run: &Run) -> impl Iterator<Item = &Observation> {
    run.benchmarks
        .iter()
        .flat_map(|benchmark| &benchmark.series)
        .flat_map(|series| &series.observations)
}

fn append(merged: &mut Run, run: Run, after_ms: f64) -> Result<(), MergeError> {
    let offset = Offset::behind(merged, after_ms)?;
    merged.header.attempts = joined_attempts(merged, &run, offset)?;
    benchmarks(merged, &run, offset)?;
    for mut failure in run.failures {
        failure.invocation = offset.round(failure.invocation)?;
        merged.failures.push(failure);
    }
    for suite in run.suites {
        match merged
            .suites
            .iter_mut()
            .find(|twin| twin.name == suite.name)
        {
            Some(twin) => {
                let known: BTreeSet<String> = twin.listed.iter().cloned().collect();
                let new = suite.listed.into_iter();
                twin.listed.extend(new.filter(|name| !known.contains(name)));
            }
            None => merged.suites.push(suite),
        }
    }
    for (kernel, times) in run.kernels {
        merged.kernels.entry(kernel).or_default().extend(times);
    }
    for (kernel, pairs) in run.canary {
        merged.canary.entry(kernel).or_default().extend(pairs);
    }
    header(&mut merged.header, run.header);
    let before = std::mem::replace(&mut merged.environment, run.environment);
    environment(&mut merged.environment, &before);
    Ok(())
}

fn joined_attempts(merged: &Run, run: &Run, offset: Offset) -> Result<Vec<Attempt>, MergeError> {
    let mut attempts = merged.attempts();
    for mut attempt in run.attempts() {
        let same =
            |earlier: &&Attempt| earlier.started == attempt.started && earlier.seed == attempt.seed;
        if let Some(twice) = attempts.iter().find(same) {
            return Err(MergeError::Twice {
                started: quoted(&twice.started),
            });
        }
        if let Some(last) = attempts.last()
            && instant(&attempt.started)? < instant(&last.started)?
        {
            return Err(MergeError::Interleaved);
        }
        attempt.first_round = offset.round(attempt.first_round)?;
        attempts.push(attempt);
    }
    Ok(attempts)
}

fn benchmarks(merged: &mut Run, run: &Run, offset: Offset) -> Result<(), MergeError> {
    let places: HashMap<_, usize> = merged
        .benchmarks
        .iter()
        .enumerate()
        .map(|(at, benchmark)| (benchmark.id.clone(), at))
        .collect();
    for benchmark in &run.benchmarks {
        let at = places.get(&benchmark.id).copied().unwrap_or_else(|| {
            merged.benchmarks.push(BenchmarkRecord {
                id: benchmark.id.clone(),
                series: Vec::new(),
            });
            merged.benchmarks.len() - 1
        });
        for series in &benchmark.series {
            let moved = (series.observations.iter())
                .map(|observation| offset.observation(observation.clone()))
                .collect::<Result<Vec<_>, _>>()?;
            let known = &mut merged.benchmarks[at].series;
            let twin = known
                .iter()
                .position(|twin| twin.metric.name == series.metric.name);
            match twin {
                Some(twin) if known[twin].metric == series.metric => {
                    known[twin].observations.extend(moved);
                }
                Some(twin) => {
                    let what = format!("a metric of {}", quoted(&benchmark.id.to_string()));
                    let (one, other) = (shown(&known[twin].metric), shown(&series.metric));
                    return Err(differs(merged, run, what, one, other));
                }
                None => known.push(Series {
                    metric: series.metric.clone(),
                    observations: moved,
                }),
            }
        }
    }
    Ok(())
}

fn header(merged: &mut RunHeader, added: RunHeader) {
    merged.took_ms += added.took_ms;
    merged.in_processes_ms += added.in_processes_ms;
    merged.tool = added.tool;
    merged.partial |= added.partial;
    // Together they cover what either covers; an empty list covers everything.
    if merged.only.is_empty() || added.only.is_empty() {
        merged.only.clear();
    } else {
        let new: Vec<String> = (added.only.into_iter())
            .filter(|glob| !merged.only.contains(glob))
            .collect();
        merged.only.extend(new);
    }
}

fn environment(newest: &mut Environment, before: &Environment) {
    newest.load_before = before.load_before;
    newest.steal = match (before.steal, newest.steal) {
        (Some(one), Some(other)) => Some(one.max(other)),
        (one, other) => one.or(other),
    };
}

#[cfg(test)]
mod tests;
