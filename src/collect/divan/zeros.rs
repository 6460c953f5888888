//! Allocations that divan does not print because there were none.

use super::blocks::is_allocation;
use crate::measurement::{BenchmarkRecord, Evidence, Metric, Observation, Series};
use std::collections::{BTreeMap, BTreeSet};

/// Writes zeros where divan was silent.
///
/// divan prints an allocation line only when something was allocated. If one benchmark of an executable has such
/// lines, the profiler is installed for all of them, and silence means zero. Without this, going from no
/// allocation to one would look like a new metric instead of a regression. If nothing in the executable ever allocates,
/// nothing tells whether the profiler is there, and nothing is written.
///
/// `benchmarks` are those of one executable.
pub fn complete_allocations(benchmarks: &mut [&mut BenchmarkRecord]) {
    let metrics: BTreeSet<Metric> = benchmarks
        .iter()
        .flat_map(|benchmark| &benchmark.series)
        .filter(|series| is_allocation(&series.metric.name))
        .map(|series| series.metric.clone())
        .collect();
    for benchmark in benchmarks {
        // Every invocation that measured the benchmark has a time.
        let measured: BTreeMap<u32, Observation> = benchmark
            .series
            .iter()
            .filter(|series| series.metric == Metric::time())
            .flat_map(|series| &series.observations)
            .map(|observation| (observation.order, observation.clone()))
            .collect();
        for metric in &metrics {
            let series = match benchmark.series.iter().position(|s| s.metric == *metric) {
                Some(known) => &mut benchmark.series[known],
                None => {
                    benchmark.series.push(Series {
                        metric: metric.clone(),
                        observations: Vec::new(),
                    });
                    let last = benchmark.series.len() - 1;
                    &mut benchmark.series[last]
                }
            };
            let known: BTreeSet<u32> = series.observations.iter().map(|o| o.order).collect();
            for (order, of_time) in &measured {
                if !known.contains(order) {
                    series.observations.push(Observation {
                        evidence: Evidence::Value(0.0),
                        ..of_time.clone()
                    });
                }
            }
            series
                .observations
                .sort_by_key(|observation| observation.order);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measurement::{BenchmarkId, Side};
    use crate::units::Unit;

    fn series(metric: Metric, rounds: &[u32]) -> Series {
        Series {
            metric,
            observations: rounds
                .iter()
                .map(|&round| Observation {
                    side: Side::Candidate,
                    invocation: round,
                    order: round,
                    at_ms: 0.0,
                    layout: None,
                    evidence: Evidence::Value(7.0),
                })
                .collect(),
        }
    }

    fn record(series: Vec<Series>) -> BenchmarkRecord {
        BenchmarkRecord {
            id: BenchmarkId::new("s", "b"),
            series,
        }
    }

    fn allocations() -> Metric {
        Metric::lower("allocations", Unit::Count)
    }

    fn values(record: &BenchmarkRecord) -> Vec<f64> {
        record.series[1]
            .observations
            .iter()
            .map(|observation| match observation.evidence {
                Evidence::Value(value) => value,
                _ => f64::NAN,
            })
            .collect()
    }

    #[test]
    fn silence_is_zero_where_another_benchmark_shows_that_allocations_are_counted() {
        let mut loud = record(vec![
            series(Metric::time(), &[0, 1, 2]),
            series(allocations(), &[0, 2]),
        ]);
        let mut quiet = record(vec![series(Metric::time(), &[0, 1])]);
        complete_allocations(&mut [&mut loud, &mut quiet]);
        assert_eq!(values(&loud), [7.0, 0.0, 7.0]);
        assert_eq!(values(&quiet), [0.0, 0.0]);
    }

    #[test]
    fn without_any_allocation_nothing_is_claimed() {
        let mut quiet = record(vec![series(Metric::time(), &[0, 1])]);
        complete_allocations(&mut [&mut quiet]);
        assert_eq!(quiet.series.len(), 1);
    }

    #[test]
    fn throughput_is_never_made_up() {
        let throughput = Metric::higher("items-per-second", Unit::PerSecond);
        let mut one = record(vec![series(Metric::time(), &[0]), series(throughput, &[0])]);
        let mut other = record(vec![series(Metric::time(), &[0])]);
        complete_allocations(&mut [&mut one, &mut other]);
        assert_eq!(other.series.len(), 1);
    }
}
