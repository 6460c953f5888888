//! The rounds of one metric of one benchmark, as the run holds them: every value, and what stands in its place.

use crate::compare::{Pair, statistic};
use crate::measurement::{self, Attempt, BenchmarkId, Failure, Metric, Run, Side};
use std::collections::BTreeMap;

/// How the two sides are called: base and candidate, or off and on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names {
    pub(super) base: &'static str,
    pub(super) candidate: &'static str,
    /// The candidate in at most five letters.
    pub(super) short: &'static str,
}

/// What one side gave in one round.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) enum Value<'a> {
    /// The statistic of the process.
    Number(f64),
    /// The process spoke, and what it said is no number (negative, not finite).
    Unusable,
    /// The process told why it does not tell this metric.
    Withheld(&'a str),
    /// The process failed.
    Failed(&'a Failure),
    /// Nothing is recorded.
    #[default]
    Absent,
}

impl Value<'_> {
    pub(super) const fn number(self) -> Option<f64> {
        match self {
            Self::Number(value) => Some(value),
            Self::Unusable | Self::Withheld(_) | Self::Failed(_) | Self::Absent => None,
        }
    }
}

/// One round: a pair, or one process where there is no base.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Round<'a> {
    /// From 0.
    pub(super) round: u32,
    /// From 0.
    pub(super) attempt: u32,
    pub(super) base: Value<'a>,
    pub(super) candidate: Value<'a>,
    /// Position of each process among all of the run.
    order: (Option<u32>, Option<u32>),
    /// Relinked layout; `None` for the one that cargo linked.
    pub(super) layout: Option<u32>,
}

impl Round<'_> {
    /// Whether the base went first; `None` where one of them did not run, or the run does not tell.
    pub(super) fn base_first(&self) -> Option<bool> {
        let (base, candidate) = (self.order.0?, self.order.1?);
        (base != candidate).then_some(base < candidate)
    }

    /// ln(candidate / base), where both have a value above zero.
    pub(super) fn change(&self) -> Option<f64> {
        let (base, candidate) = (self.base.number()?, self.candidate.number()?);
        (base > 0.0 && candidate > 0.0).then(|| candidate.ln() - base.ln())
    }
}

/// Everything that was recorded of one metric of one benchmark.
#[derive(Debug, Clone)]
pub(super) struct Evidence<'a> {
    /// In the order of rounds.
    pub(super) rounds: Vec<Round<'a>>,
    /// Whether the run has a base side for it.
    pub(super) two_sided: bool,
    /// Attempts of the run, oldest first; at least one.
    pub(super) attempts: Vec<Attempt>,
}

impl<'a> Evidence<'a> {
    /// Gathers; a benchmark or metric that the run does not have has no rounds.
    pub(super) fn of(run: &'a Run, id: &BenchmarkId, metric: &Metric) -> Self {
        let attempts = run.attempts();
        let mut rounds: BTreeMap<u32, Round<'a>> = BTreeMap::new();
        let observations = (run.benchmarks.iter())
            .filter(|benchmark| benchmark.id == *id)
            .flat_map(|benchmark| &benchmark.series)
            .flat_map(|series| (series.observations.iter()).map(move |one| (series, one)));
        for (series, observation) in observations {
            // A process that spoke of another metric only makes a round, too.
            let round = rounds.entry(observation.invocation).or_default();
            if series.metric != *metric {
                continue;
            }
            let value = match &observation.evidence {
                measurement::Evidence::Withheld(withheld) => Value::Withheld(&withheld.why),
                evidence => statistic(evidence).map_or(Value::Unusable, Value::Number),
            };
            match observation.side {
                Side::Base => (round.base, round.order.0) = (value, Some(observation.order)),
                Side::Candidate => {
                    (round.candidate, round.order.1) = (value, Some(observation.order));
                }
            }
            round.layout = match observation.side {
                Side::Base => round.layout.or(observation.layout),
                Side::Candidate => observation.layout.or(round.layout),
            };
        }
        for failure in failures_of(run, id) {
            let round = rounds.entry(failure.invocation).or_default();
            let side = match failure.side {
                Side::Base => &mut round.base,
                Side::Candidate => &mut round.candidate,
            };
            if *side == Value::Absent {
                *side = Value::Failed(failure);
            }
        }
        let two_sided = rounds.values().any(|round| round.base != Value::Absent);
        let rounds = rounds
            .into_iter()
            .map(|(number, round)| Round {
                round: number,
                attempt: attempt_of(&attempts, number),
                ..round
            })
            .collect();
        Self {
            rounds,
            two_sided,
            attempts,
        }
    }

    /// The pairs, in the order of rounds. A round in which a side has no value has none.
    pub(super) fn pairs(&self) -> Vec<Pair> {
        self.rounds
            .iter()
            .filter_map(|round| {
                Some(Pair {
                    base: round.base.number()?,
                    candidate: round.candidate.number()?,
                    layout: round.layout,
                    attempt: round.attempt,
                })
            })
            .collect()
    }

    /// The candidate's values, in the order of rounds.
    pub(super) fn candidates(&self) -> Vec<f64> {
        self.rounds
            .iter()
            .filter_map(|round| round.candidate.number())
            .collect()
    }

    /// Why a round counts for nothing.
    pub(super) fn dropped(&self, round: &Round<'_>, names: Names) -> Option<String> {
        let side = |name: &str, value: Value<'_>| match value {
            Value::Number(_) => None,
            Value::Unusable => Some(format!("{name} gave no number")),
            Value::Withheld(why) => Some(format!("{name} does not tell it: {why}")),
            Value::Absent => Some(format!("{name} is missing")),
            Value::Failed(failure) => {
                let detail = failure.detail.lines().next().unwrap_or("").trim();
                let colon = if detail.is_empty() { "" } else { ": " };
                Some(format!("{name} {}{colon}{detail}", failure.kind.describe()))
            }
        };
        let candidate = side(names.candidate, round.candidate);
        if !self.two_sided {
            return candidate;
        }
        let whys: Vec<String> = side(names.base, round.base)
            .into_iter()
            .chain(candidate)
            .collect();
        (!whys.is_empty()).then(|| whys.join(", "))
    }
}

/// Failures of the benchmark itself; those of its whole suite are told apart.
fn failures_of<'a>(run: &'a Run, id: &BenchmarkId) -> impl Iterator<Item = &'a Failure> {
    run.failures.iter().filter(move |failure| {
        failure.suite == id.suite && failure.benchmark.as_deref() == Some(id.name.as_str())
    })
}

fn attempt_of(attempts: &[Attempt], round: u32) -> u32 {
    let begun = attempts.partition_point(|attempt| attempt.first_round <= round);
    u32::try_from(begun.saturating_sub(1)).unwrap_or(u32::MAX)
}
