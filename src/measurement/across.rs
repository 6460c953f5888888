//! What two jobs that measured one side each can say together.

use super::{BaseSide, BenchmarkId, BenchmarkRecord, Metric, Observation, Run, Series, Side};
use std::collections::{BTreeSet, HashMap};

/// `candidate` with the observations of `base` beside its own, for metrics that repeat exactly (`repeats`): it does not
/// matter in which job they were counted.
///
/// Other metrics stay without a base: nothing pairs the processes of two jobs, and what lies between two jobs is the
/// machine as much as the code. Suites with such metrics say `why`. Benchmarks that only `base` has are listed, so that
/// they are missed, unless `--only` narrowed the candidate's run.
#[must_use]
pub fn across_jobs(
    base: &Run,
    mut candidate: Run,
    why: &str,
    repeats: impl Fn(&Metric) -> bool,
) -> Run {
    candidate.header.base = Some(base.header.candidate.clone());
    let incomparable: BTreeSet<&str> = (candidate.benchmarks.iter())
        .filter(|benchmark| {
            benchmark
                .series
                .iter()
                .any(|series| !repeats(&series.metric))
        })
        .map(|benchmark| benchmark.id.suite.as_str())
        .collect();
    for suite in &mut candidate.suites {
        suite.base = Some(if incomparable.contains(suite.name.as_str()) {
            BaseSide::NotComparable {
                why: why.to_owned(),
            }
        } else {
            BaseSide::Measured
        });
        let twin = base.suites.iter().find(|twin| twin.name == suite.name);
        if let Some(twin) = twin.filter(|_| candidate.header.only.is_empty()) {
            let known: BTreeSet<String> = suite.listed.iter().cloned().collect();
            let gone = twin.listed.iter().filter(|name| !known.contains(*name));
            suite.listed.extend(gone.cloned());
        }
    }
    let of_base: HashMap<&BenchmarkId, &BenchmarkRecord> = (base.benchmarks.iter())
        .map(|benchmark| (&benchmark.id, benchmark))
        .collect();
    for benchmark in &mut candidate.benchmarks {
        let twin = of_base.get(&benchmark.id);
        for series in &mut benchmark.series {
            let twin = twin
                .into_iter()
                .flat_map(|twin| &twin.series)
                .find(|twin| twin.metric == series.metric && repeats(&twin.metric));
            if let Some(twin) = twin {
                series.observations.splice(0..0, as_base(twin));
            }
        }
    }
    candidate
}

/// What was the candidate of its own job.
fn as_base(series: &Series) -> Vec<Observation> {
    (series.observations.iter())
        .filter(|observation| observation.side == Side::Candidate)
        .map(|observation| Observation {
            side: Side::Base,
            ..observation.clone()
        })
        .collect()
}

#[cfg(test)]
mod tests;
