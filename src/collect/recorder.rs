//! Puts what invocations said into the [`Run`].

use super::UnitMeasured;
use super::session::Progress;
use crate::measurement::{
    BenchmarkId, BenchmarkRecord, Failure, FailureKind, Observation, Run, Series, Side,
};
use crate::plan::Outcome;
use std::collections::{BTreeMap, HashMap};

/// Whose observations they are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin<'a> {
    /// Suite in the run.
    pub(super) suite: &'a str,
    /// Names that the invocation was to measure.
    pub(super) benchmarks: &'a [String],
    pub(super) side: Side,
    /// Round in the run.
    pub(super) invocation: u32,
    pub(super) layout: Option<u32>,
    pub(super) at_ms: f64,
}

/// Puts observations where they belong.
#[derive(Default)]
pub(super) struct Recorder {
    pub(super) run: Run,
    index: HashMap<BenchmarkId, usize>,
    order: u32,
    /// Half of a pair of kernels: the side that ran first.
    canary: Option<(Side, BTreeMap<String, f64>)>,
}

impl Recorder {
    /// Goes on with a run.
    pub(super) fn new(run: Run) -> Self {
        let index = run.benchmarks.iter().enumerate();
        let orders = run
            .benchmarks
            .iter()
            .flat_map(|record| &record.series)
            .flat_map(|series| &series.observations)
            .map(|observation| observation.order.saturating_add(1));
        Self {
            index: index.map(|(at, record)| (record.id.clone(), at)).collect(),
            order: orders.max().unwrap_or(0),
            canary: None,
            run,
        }
    }

    /// Times of all kernels in a round of a run without a base.
    pub(super) fn kernels(&mut self, times: impl IntoIterator<Item = (String, f64)>) {
        for (name, time) in times {
            self.run.kernels.entry(name).or_default().push(time);
        }
    }

    /// One side of a pair of kernels. A pair is kept when its second side has come.
    pub(super) fn canary(&mut self, side: Side, times: BTreeMap<String, f64>) {
        match self.canary.take() {
            Some((first, other)) if first != side => {
                let (base, candidate) = if side == Side::Base {
                    (times, other)
                } else {
                    (other, times)
                };
                for (name, base) in base {
                    if let Some(candidate) = candidate.get(&name) {
                        let pairs = self.run.canary.entry(name).or_default();
                        pairs.push([base, *candidate]);
                    }
                }
            }
            _ => self.canary = Some((side, times)),
        }
    }

    /// A side of the kernels gave nothing: its pair is dropped.
    pub(super) fn canary_failed(&mut self) {
        self.canary = None;
    }

    pub(super) fn failure(&mut self, origin: Origin<'_>, kind: FailureKind, detail: &str) {
        for name in origin.benchmarks {
            self.run.failures.push(Failure {
                suite: origin.suite.to_owned(),
                benchmark: Some(name.clone()),
                side: origin.side,
                invocation: origin.invocation,
                kind,
                detail: detail.to_owned(),
            });
        }
        self.order += 1;
    }

    pub(super) fn observations(
        &mut self,
        origin: Origin<'_>,
        measured: UnitMeasured,
        progress: &mut dyn Progress,
    ) -> Outcome {
        let Origin {
            suite,
            side,
            invocation,
            layout,
            at_ms,
            ..
        } = origin;
        let order = self.order;
        let mut outcome = Outcome::Measured;
        let mut silent: Vec<&String> = origin.benchmarks.iter().collect();
        for (name, metrics) in measured {
            // A unit may give more than was asked for: what was not selected is not recorded.
            let Some(position) = silent.iter().position(|wanted| **wanted == name) else {
                continue;
            };
            if metrics.is_empty() {
                continue;
            }
            silent.swap_remove(position);
            let id = BenchmarkId::new(suite.to_owned(), name);
            let record = self.record(id);
            for (at, (metric, evidence)) in metrics.into_iter().enumerate() {
                let observation = Observation {
                    side,
                    invocation,
                    order,
                    at_ms,
                    layout,
                    evidence,
                };
                // Every invocation tells its metrics in the same order, mostly; probes tell thousands.
                let series = &mut record.series;
                let known = match series.get(at) {
                    Some(here) if here.metric == metric => Some(at),
                    _ => series.iter().position(|known| known.metric == metric),
                };
                match known {
                    Some(at) => series[at].observations.push(observation),
                    None => series.push(Series {
                        metric,
                        observations: vec![observation],
                    }),
                }
            }
        }
        for name in silent {
            let detail = "the process ended well and said nothing about this benchmark";
            progress.failed(&format!("{suite}/{name}"), FailureKind::Silent, detail);
            self.run.failures.push(Failure {
                suite: suite.to_owned(),
                benchmark: Some(name.clone()),
                side,
                invocation,
                kind: FailureKind::Silent,
                detail: detail.to_owned(),
            });
            outcome = Outcome::Failed;
        }
        self.order += 1;
        outcome
    }

    pub(super) fn record(&mut self, id: BenchmarkId) -> &mut BenchmarkRecord {
        let benchmarks = &mut self.run.benchmarks;
        let index = *self.index.entry(id.clone()).or_insert_with(|| {
            benchmarks.push(BenchmarkRecord {
                id,
                series: Vec::new(),
            });
            benchmarks.len() - 1
        });
        &mut benchmarks[index]
    }
}
