//! What base and candidate of each suite and benchmark came to: whether there is a base, how it was linked, who failed.

use super::{FLOOR, FLOOR_WITHOUT_LAYOUT};
use crate::measurement::{
    BaseSide, BenchmarkId, BenchmarkRecord, Failure, OVERHEAD, Run, Side, SuiteRecord,
};
use crate::units::Change;
use std::collections::{BTreeMap, BTreeSet};

/// Layouts from which on link order counts as randomised: with fewer, no change could be claimed with layouts as units.
const LAYOUTS_NEEDED: u32 = 12;

/// What a suite is compared with in its own run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base<'a> {
    /// Nothing: the run has no base for it.
    None,
    /// Pairs.
    Measured,
    /// The same machine code.
    Identical,
    /// A base that could not be measured, and why.
    Unusable(&'a str),
}

/// What failures of its processes make of a benchmark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// Both sides work; a failure that happened once costs its pair.
    Works,
    /// The candidate fails where the base works.
    CandidateFails,
    /// The base fails and the candidate does not; why, as a sentence.
    BaseFails(String),
    /// Fails, and not on the candidate's side alone, or without a base to say so.
    Fails,
}

/// Rounds that may be without a pair, as a share of all rounds; a single one always may.
const DROPPED_SHARE: f64 = 0.1;

/// Whether too many rounds are without a pair for the others to speak for them.
pub(super) fn too_many_dropped(dropped: usize, rounds: usize) -> bool {
    dropped > 1 && dropped as f64 > DROPPED_SHARE * rounds as f64
}

/// Everything that the checks need to know of the two sides, found once.
pub(super) struct Sides<'a> {
    run: &'a Run,
    suites: BTreeMap<&'a str, &'a SuiteRecord>,
    /// Suites with observations of the base.
    observed: BTreeSet<&'a str>,
    /// Suites whose base could not be listed.
    unlisted: BTreeMap<&'a str, &'a Failure>,
    /// Benchmarks with failures: what these make of it, and their rounds, ascending.
    failed: BTreeMap<BenchmarkId, (Fate, Vec<u32>)>,
}

impl<'a> Sides<'a> {
    pub(super) fn of(run: &'a Run) -> Self {
        let observed = run
            .benchmarks
            .iter()
            .filter(|benchmark| has_base(benchmark))
            .map(|benchmark| benchmark.id.suite.as_str())
            .collect();
        let unlisted = run
            .failures
            .iter()
            .filter(|failure| failure.benchmark.is_none() && failure.side == Side::Base)
            .map(|failure| (failure.suite.as_str(), failure))
            .collect();
        let mut sides = Self {
            run,
            suites: (run.suites.iter())
                .map(|suite| (suite.name.as_str(), suite))
                .collect(),
            observed,
            unlisted,
            failed: BTreeMap::new(),
        };
        sides.find_fates();
        sides
    }

    /// Whether two revisions were measured in this run.
    pub(super) fn is_base_run(&self) -> bool {
        self.run.header.base.is_some()
            || (self.suites.values()).any(|suite| suite.base.is_some() && suite.name != OVERHEAD)
            || self.observed.iter().any(|suite| *suite != OVERHEAD)
    }

    pub(super) fn base(&self, suite: &str) -> Base<'a> {
        match self.suites.get(suite).and_then(|suite| suite.base.as_ref()) {
            Some(BaseSide::Measured) => Base::Measured,
            Some(BaseSide::Identical) => Base::Identical,
            Some(BaseSide::NotComparable { why }) => Base::Unusable(why),
            None if self.observed.contains(suite) => Base::Measured,
            None => Base::None,
        }
    }

    /// Why the base of a whole suite gave nothing, where it was to be measured.
    pub(super) fn base_unlisted(&self, suite: &str) -> Option<&'a Failure> {
        self.unlisted.get(suite).copied()
    }

    /// kappa for what depends on where code lies.
    pub(super) fn floor(&self, suite: &str) -> Change {
        let is_randomised = self.base(suite) == Base::Measured
            && (self.suites.get(suite)).is_some_and(|suite| suite.layouts >= LAYOUTS_NEEDED);
        Change::from_fraction(if is_randomised {
            FLOOR
        } else {
            FLOOR_WITHOUT_LAYOUT
        })
    }

    pub(super) fn fate(&self, id: &BenchmarkId) -> &Fate {
        self.failed.get(id).map_or(&Fate::Works, |(fate, _)| fate)
    }

    /// Rounds in which a process of the benchmark failed, on either side; ascending.
    pub(super) fn failed_rounds(&self, id: &BenchmarkId) -> &[u32] {
        self.failed.get(id).map_or(&[], |(_, rounds)| rounds)
    }

    /// Attempt of a round, from 0.
    pub(super) fn attempt(&self, round: u32) -> u32 {
        attempt(self.run, round)
    }

    fn find_fates(&mut self) {
        let mut failures: BTreeMap<(&str, &str), Vec<&Failure>> = BTreeMap::new();
        for failure in &self.run.failures {
            if let Some(benchmark) = &failure.benchmark {
                let key = (failure.suite.as_str(), benchmark.as_str());
                failures.entry(key).or_default().push(failure);
            }
        }
        if failures.is_empty() {
            return;
        }
        let records: BTreeMap<(&str, &str), &BenchmarkRecord> = (self.run.benchmarks.iter())
            .map(|record| ((record.id.suite.as_str(), record.id.name.as_str()), record))
            .collect();
        for (key, failures) in failures {
            let fate = if self.base(key.0) == Base::Measured {
                fate(&failures, records.get(&key).copied())
            } else {
                Fate::Fails
            };
            let mut rounds: Vec<u32> = (failures.iter())
                .map(|failure| failure.invocation)
                .collect();
            rounds.sort_unstable();
            rounds.dedup();
            let id = BenchmarkId::new(key.0, key.1);
            self.failed.insert(id, (fate, rounds));
        }
    }
}

/// Attempt of a round, from 0.
pub(super) fn attempt(run: &Run, round: u32) -> u32 {
    let attempts = &run.header.attempts;
    let begun = attempts.partition_point(|attempt| attempt.first_round <= round);
    u32::try_from(begun.saturating_sub(1)).unwrap_or(u32::MAX)
}

fn has_base(benchmark: &BenchmarkRecord) -> bool {
    observations_of(benchmark, Side::Base).next().is_some()
}

/// Rounds in which a side said anything, once for each metric.
fn observations_of(benchmark: &BenchmarkRecord, side: Side) -> impl Iterator<Item = u32> {
    (benchmark.series.iter())
        .flat_map(|series| &series.observations)
        .filter(move |observation| observation.side == side)
        .map(|observation| observation.invocation)
}

fn fate(failures: &[&Failure], record: Option<&BenchmarkRecord>) -> Fate {
    let (of_measurement, failures): (Vec<&Failure>, Vec<&Failure>) =
        (failures.iter().copied()).partition(|failure| failure.kind.is_of_the_measurement());
    let of = |side: Side| failures.iter().filter(move |failure| failure.side == side);
    let base_works: BTreeSet<u32> = record
        .into_iter()
        .flat_map(|record| observations_of(record, Side::Base))
        .collect();
    let base_failed: BTreeSet<u32> = of(Side::Base).map(|failure| failure.invocation).collect();
    if of(Side::Candidate).next().is_some() {
        let is_alone = base_failed.is_empty()
            && of(Side::Candidate).any(|failure| base_works.contains(&failure.invocation));
        return if is_alone {
            Fate::CandidateFails
        } else {
            Fate::Fails
        };
    }
    let rounds = base_works.union(&base_failed).count();
    let Some(first) = of(Side::Base).next() else {
        return fate_by_measurement(&of_measurement, record);
    };
    if base_works.is_empty() || too_many_dropped(base_failed.len(), rounds) {
        Fate::BaseFails(format!(
            "the base fails: it {} in {} of {rounds} rounds",
            first.kind.describe(),
            base_failed.len()
        ))
    } else {
        fate_by_measurement(&of_measurement, record)
    }
}

/// A round whose measurement was invalid, on whichever side, has no pair. That is nobody's failure; only, a benchmark that
/// is hardly ever measured as it should be is not measured.
fn fate_by_measurement(failures: &[&Failure], record: Option<&BenchmarkRecord>) -> Fate {
    let spoiled: BTreeSet<u32> = failures.iter().map(|failure| failure.invocation).collect();
    let sides = [Side::Base, Side::Candidate].into_iter();
    let told: BTreeSet<u32> = sides
        .flat_map(|side| {
            record
                .into_iter()
                .flat_map(move |record| observations_of(record, side))
        })
        .collect();
    let rounds = told.union(&spoiled).count();
    if spoiled.is_empty() || !(told.is_subset(&spoiled) || too_many_dropped(spoiled.len(), rounds))
    {
        Fate::Works
    } else {
        Fate::Fails
    }
}
