//! Pairs of one series: base and candidate of the same round, and the rounds that gave none.

use super::sides::{Sides, too_many_dropped};
use crate::compare::{Pair, statistic};
use crate::measurement::{BenchmarkRecord, Series, Side};

/// One side of one round.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reading {
    pub(super) round: u32,
    /// Statistic of the invocation, in the metric's unit.
    pub(super) value: f64,
    pub(super) layout: Option<u32>,
}

/// What each side of a series said, in the order of measuring: base, candidate.
pub(super) fn readings(series: &Series) -> (Vec<Reading>, Vec<Reading>) {
    let half = series.observations.len() / 2;
    let (mut base, mut candidate) = (Vec::with_capacity(half), Vec::with_capacity(half));
    for observation in &series.observations {
        if let Some(value) = statistic(&observation.evidence) {
            let side = match observation.side {
                Side::Base => &mut base,
                Side::Candidate => &mut candidate,
            };
            side.push(Reading {
                round: observation.invocation,
                value,
                layout: observation.layout,
            });
        }
    }
    (base, candidate)
}

/// The pairs of a series.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pairs {
    /// In the order of rounds.
    pub(super) usable: Vec<Pair>,
    /// Rounds in which something was run.
    pub(super) rounds: usize,
}

impl Pairs {
    /// Pairs up both sides. `benchmark` is the whole record: an invocation that spoke of another metric only is a round too.
    pub(super) fn of(
        benchmark: &BenchmarkRecord,
        base: &[Reading],
        candidate: &[Reading],
        sides: &Sides<'_>,
    ) -> Self {
        let mut base = base.to_vec();
        let mut candidate = candidate.to_vec();
        base.sort_by_key(|reading| reading.round);
        candidate.sort_by_key(|reading| reading.round);
        let mut usable = Vec::with_capacity(base.len().min(candidate.len()));
        let mut later = candidate.iter().peekable();
        for reading in &base {
            while later.next_if(|other| other.round < reading.round).is_some() {}
            if let Some(other) = later.next_if(|other| other.round == reading.round) {
                usable.push(Pair {
                    base: reading.value,
                    candidate: other.value,
                    // Both sides of a pair run the same one.
                    layout: other.layout.or(reading.layout),
                    attempt: sides.attempt(reading.round),
                });
            }
        }
        Self {
            rounds: rounds(benchmark, sides.failed_rounds(&benchmark.id)),
            usable,
        }
    }

    pub(super) fn dropped(&self) -> usize {
        self.rounds.saturating_sub(self.usable.len())
    }

    /// Whether what is missing may not be left out.
    pub(super) fn are_too_few(&self) -> bool {
        too_many_dropped(self.dropped(), self.rounds)
    }

    /// How many rounds gave no pair, where one did.
    pub(super) fn note(&self) -> Option<String> {
        let dropped = self.dropped();
        (dropped > 0).then(|| format!("{dropped} of {} rounds gave no pair", self.rounds))
    }

    /// Pairs of the newest attempt.
    pub(super) fn of_newest_attempt(&self) -> usize {
        let newest = self.usable.iter().map(|pair| pair.attempt).max();
        (self.usable.iter())
            .filter(|pair| Some(pair.attempt) == newest)
            .count()
    }
}

/// Rounds in which a process of the benchmark was run, on either side.
fn rounds(benchmark: &BenchmarkRecord, failed: &[u32]) -> usize {
    let mut rounds: Vec<u32> = (benchmark.series.iter())
        .flat_map(|series| &series.observations)
        .map(|observation| observation.invocation)
        .chain(failed.iter().copied())
        .collect();
    rounds.sort_unstable();
    rounds.dedup();
    rounds.len()
}
