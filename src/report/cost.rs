//! What a pair of each benchmark costs, read off the run itself.

use crate::measurement::{BenchmarkId, Run, Side};
use crate::stats::median;
use std::collections::BTreeMap;
use std::time::Duration;

/// Start of each process, in the order of the run.
pub(super) struct Costs {
    of_pair: BTreeMap<BenchmarkId, Duration>,
}

impl Costs {
    /// The time from the start of a process to that of the next one, the median for each side. Kernels and looks between two
    /// rounds fall to the last process of a round, which is another one in each round.
    pub(super) fn of(run: &Run) -> Self {
        let mut starts: Vec<(u32, f64, usize, Side)> = Vec::new();
        for (index, benchmark) in run.benchmarks.iter().enumerate() {
            // Every metric of a process has the same start.
            for observation in benchmark
                .series
                .iter()
                .take(1)
                .flat_map(|one| &one.observations)
            {
                starts.push((
                    observation.order,
                    observation.at_ms,
                    index,
                    observation.side,
                ));
            }
        }
        starts.sort_by_key(|(order, ..)| *order);
        let mut gaps: BTreeMap<(usize, Side), Vec<f64>> = BTreeMap::new();
        for pair in starts.windows(2) {
            let (_, start, index, side) = pair[0];
            gaps.entry((index, side))
                .or_default()
                .push(pair[1].1 - start);
        }
        let of_pair = (run.benchmarks.iter().enumerate())
            .filter_map(|(index, benchmark)| {
                let side = |side| gaps.get(&(index, side)).and_then(|gaps| median(gaps));
                let both = side(Side::Base)? + side(Side::Candidate)?;
                let cost = Duration::try_from_secs_f64(both / 1e3).ok()?;
                (!cost.is_zero()).then(|| (benchmark.id.clone(), cost))
            })
            .collect();
        Self { of_pair }
    }

    /// `None` where the run does not tell.
    pub(super) fn of_pairs(&self, id: &BenchmarkId, pairs: u32) -> Option<Duration> {
        self.of_pair.get(id)?.checked_mul(pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measurement::{BenchmarkRecord, Evidence, Metric, Observation, Series};

    /// `(order, start, side)` of each process.
    fn benchmark(name: &str, processes: &[(u32, f64, Side)]) -> BenchmarkRecord {
        let observations: Vec<Observation> = processes
            .iter()
            .map(|(order, at_ms, side)| Observation {
                side: *side,
                invocation: order / 2,
                order: *order,
                at_ms: *at_ms,
                layout: None,
                evidence: Evidence::Value(1.0),
            })
            .collect();
        let series = |metric| Series {
            metric,
            observations: observations.clone(),
        };
        BenchmarkRecord {
            id: BenchmarkId::new("s", name),
            series: vec![
                series(Metric::time()),
                series(Metric::lower("cpu-time", crate::units::Unit::Nanoseconds)),
            ],
        }
    }

    #[test]
    fn a_pair_costs_what_both_of_its_processes_take() {
        use Side::{Base, Candidate};
        let run = Run {
            benchmarks: vec![
                benchmark(
                    "a",
                    &[
                        (0, 0.0, Base),
                        (1, 100.0, Candidate),
                        (4, 1000.0, Base),
                        (5, 1100.0, Candidate),
                    ],
                ),
                benchmark("b", &[(2, 300.0, Candidate), (3, 500.0, Base)]),
            ],
            ..Run::default()
        };
        let costs = Costs::of(&run);
        let of = |name: &str| costs.of_pairs(&BenchmarkId::new("s", name), 10);
        assert_eq!(of("a"), Some(Duration::from_millis(3000)));
        assert_eq!(of("b"), Some(Duration::from_millis(7000)));
        assert_eq!(of("c"), None);
    }

    #[test]
    fn a_run_without_starts_tells_no_cost() {
        use Side::{Base, Candidate};
        for starts in [[0.0, 0.0, 0.0], [0.0, f64::NAN, 9.0], [9.0, 5.0, 1.0]] {
            let run = Run {
                benchmarks: vec![benchmark(
                    "a",
                    &[
                        (0, starts[0], Base),
                        (1, starts[1], Candidate),
                        (2, starts[2], Base),
                    ],
                )],
                ..Run::default()
            };
            assert_eq!(
                Costs::of(&run).of_pairs(&BenchmarkId::new("s", "a"), 1),
                None
            );
        }
        assert_eq!(
            Costs::of(&Run::default()).of_pairs(&BenchmarkId::new("s", "a"), 1),
            None
        );
    }
}
