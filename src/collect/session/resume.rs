//! How far a run had come that was cut: read from what it holds.

use super::Session;
use super::slots::Slot;
use crate::measurement::{BenchmarkId, Run, Side};
use crate::plan::{Options, Plan, PlannedUnit, Progress};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

impl Session<'_, '_> {
    /// The plan of the same seed, where the run stopped. What only half of a pair had said is taken out: the pair is
    /// run again.
    pub(super) fn resume(&mut self, options: Options, planned: &[PlannedUnit]) -> Plan {
        let slots: Vec<(Vec<BenchmarkId>, &'static [Side])> = self
            .slots
            .iter()
            .map(|slot| (slot.ids(self.suites), slot.sides()))
            .collect();
        let run = &mut self.recorder.run;
        let first = self.first_round;
        let turns: Vec<Turns> = slots
            .iter()
            .map(|(ids, sides)| Turns::of(run, ids, sides, first))
            .collect();
        let last = turns.iter().filter_map(Turns::last).max().unwrap_or(0);
        let mut progress = Vec::with_capacity(turns.len());
        for (turns, (ids, _)) in turns.iter().zip(&slots) {
            for round in &turns.halves {
                forget(run, ids, first + round);
            }
            progress.push(turns.progress(last));
        }
        for (slot, (ids, sides)) in self.slots.iter_mut().zip(&slots) {
            relearn(slot, &self.recorder.run, ids, sides, first);
        }
        Plan::resume(options, planned, &progress, last, Duration::ZERO)
    }
}

/// What the rounds of one unit came to.
#[derive(Debug, PartialEq, Eq)]
struct Turns {
    complete: BTreeSet<u32>,
    /// Something failed.
    dropped: BTreeSet<u32>,
    /// One side was measured and the other not begun.
    halves: BTreeSet<u32>,
    failures: [u32; 2],
}

impl Turns {
    fn of(run: &Run, ids: &[BenchmarkId], sides: &[Side], first: u32) -> Self {
        let mut measured: BTreeMap<u32, BTreeSet<Side>> = BTreeMap::new();
        for observation in run
            .benchmarks
            .iter()
            .filter(|record| ids.contains(&record.id))
            .flat_map(|record| &record.series)
            .flat_map(|series| &series.observations)
            .filter(|observation| observation.invocation >= first)
        {
            let sides = measured.entry(observation.invocation - first).or_default();
            sides.insert(observation.side);
        }
        let mut failed: BTreeSet<(u32, Side)> = BTreeSet::new();
        for failure in run.failures.iter().filter(|one| one.invocation >= first) {
            let is_ours = failure.benchmark.as_ref().is_some_and(|name| {
                ids.iter()
                    .any(|id| id.suite == failure.suite && id.name == *name)
            });
            if is_ours {
                failed.insert((failure.invocation - first, failure.side));
            }
        }
        // A candidate that failed first has a base as its witness; without one the turn was not over.
        let witnessed = |round: u32| {
            sides == [Side::Candidate]
                || failed.contains(&(round, Side::Base))
                || measured
                    .get(&round)
                    .is_some_and(|seen| seen.contains(&Side::Base))
        };
        let (dropped, mut halves): (BTreeSet<u32>, BTreeSet<u32>) = failed
            .iter()
            .map(|(round, _)| *round)
            .partition(|round| witnessed(*round));
        failed.retain(|(round, _)| dropped.contains(round));
        let mut complete = BTreeSet::new();
        for (round, seen) in measured {
            if dropped.contains(&round) || halves.contains(&round) {
                continue;
            }
            if sides.iter().all(|side| seen.contains(side)) {
                complete.insert(round);
            } else {
                halves.insert(round);
            }
        }
        let of_side = |wanted: Side| {
            let count = failed.iter().filter(|(_, side)| *side == wanted).count();
            u32::try_from(count).unwrap_or(u32::MAX)
        };
        Self {
            complete,
            dropped,
            halves,
            failures: [of_side(Side::Base), of_side(Side::Candidate)],
        }
    }

    fn last(&self) -> Option<u32> {
        self.complete
            .iter()
            .chain(&self.dropped)
            .chain(&self.halves)
            .max()
            .copied()
    }

    fn progress(&self, last: u32) -> Progress {
        let count = |rounds: usize| u32::try_from(rounds).unwrap_or(u32::MAX);
        Progress {
            rounds: count(self.complete.len() + self.dropped.len()),
            complete: count(self.complete.len()),
            base_failures: self.failures[0],
            candidate_failures: self.failures[1],
            // Judged again where it stands at a look.
            closed: false,
            in_round: self.complete.contains(&last) || self.dropped.contains(&last),
        }
    }
}

/// Takes out what a round said about these benchmarks.
fn forget(run: &mut Run, ids: &[BenchmarkId], invocation: u32) {
    run.failures.retain(|failure| {
        let is_theirs = ids
            .iter()
            .any(|id| id.suite == failure.suite && Some(&id.name) == failure.benchmark.as_ref());
        !(is_theirs && failure.invocation == invocation)
    });
    for record in run
        .benchmarks
        .iter_mut()
        .filter(|record| ids.contains(&record.id))
    {
        for series in &mut record.series {
            series
                .observations
                .retain(|observation| observation.invocation != invocation);
        }
        record
            .series
            .retain(|series| !series.observations.is_empty());
    }
}

/// The length of an iteration is decided by the first invocation of a run, also of one that goes on.
fn relearn(slot: &mut Slot, run: &Run, ids: &[BenchmarkId], sides: &[Side], first: u32) {
    let Some(side) = sides.first() else {
        return;
    };
    let told = run
        .benchmarks
        .iter()
        .filter(|record| ids.contains(&record.id))
        .flat_map(|record| &record.series)
        .filter(|series| series.metric == crate::measurement::Metric::time())
        .flat_map(|series| &series.observations)
        .filter(|observation| observation.side == *side && observation.invocation >= first)
        .min_by_key(|observation| observation.invocation);
    if let Some(observation) = told {
        let iteration = crate::compare::statistic(&observation.evidence)
            .and_then(|nanoseconds| Duration::try_from_secs_f64(nanoseconds * 1e-9).ok());
        slot.learn(*side, observation.invocation - first, iteration);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measurement::{
        BenchmarkRecord, Evidence, Failure, FailureKind, Metric, Observation, Series,
    };

    fn run(observed: &[(u32, Side)], failed: &[(u32, Side)]) -> Run {
        Run {
            benchmarks: vec![BenchmarkRecord {
                id: BenchmarkId::new("s", "b"),
                series: vec![Series {
                    metric: Metric::time(),
                    observations: observed
                        .iter()
                        .map(|&(invocation, side)| Observation {
                            side,
                            invocation,
                            order: invocation,
                            at_ms: 0.0,
                            layout: None,
                            evidence: Evidence::Value(5.0),
                        })
                        .collect(),
                }],
            }],
            failures: failed
                .iter()
                .map(|&(invocation, side)| Failure {
                    suite: "s".to_owned(),
                    benchmark: Some("b".to_owned()),
                    side,
                    invocation,
                    kind: FailureKind::Crashed,
                    detail: String::new(),
                })
                .collect(),
            ..Run::default()
        }
    }

    const BOTH: &[Side] = &[Side::Base, Side::Candidate];

    #[test]
    fn pairs_are_complete_dropped_or_half() {
        use Side::{Base, Candidate};
        let run = run(
            &[
                (2, Base),
                (2, Candidate),
                (3, Base),
                (4, Candidate),
                (1, Base),
                (1, Candidate),
            ],
            &[(3, Candidate), (0, Base), (5, Candidate)],
        );
        let ids = [BenchmarkId::new("s", "b")];
        // Round 1 of the run is round 0 of this attempt; round 0 of the run is of the one before.
        let turns = Turns::of(&run, &ids, BOTH, 1);
        assert_eq!(turns.complete, BTreeSet::from([0, 1]));
        assert_eq!(turns.dropped, BTreeSet::from([2]));
        // In round 4 (5 of the run) the candidate failed and the base was not asked any more.
        assert_eq!(turns.halves, BTreeSet::from([3, 4]));
        assert_eq!(turns.failures, [0, 1]);
        assert_eq!(turns.last(), Some(4));
        let progress = turns.progress(3);
        assert_eq!((progress.rounds, progress.complete), (3, 2));
        assert!(!progress.in_round);
        assert!(turns.progress(2).in_round);
        // Of others nothing is known.
        let other = Turns::of(&run, &[BenchmarkId::new("s", "c")], BOTH, 0);
        assert_eq!(other.last(), None);
        // Alone, the candidate is enough.
        let alone = Turns::of(&run, &ids, &[Candidate], 1);
        assert_eq!(alone.complete, BTreeSet::from([0, 1, 3]));
    }

    #[test]
    fn what_is_forgotten_is_gone_from_this_round_only() {
        let mut run = run(
            &[(0, Side::Base), (1, Side::Base)],
            &[(0, Side::Candidate), (1, Side::Candidate)],
        );
        let ids = [BenchmarkId::new("s", "b")];
        forget(&mut run, &ids, 1);
        let left: Vec<u32> = run.benchmarks[0].series[0]
            .observations
            .iter()
            .map(|observation| observation.invocation)
            .collect();
        assert_eq!(left, [0]);
        assert_eq!(run.failures.len(), 1);
        forget(&mut run, &ids, 0);
        assert!(run.benchmarks[0].series.is_empty());
    }
}
