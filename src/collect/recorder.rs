//! Puts what invocations said into the [`Run`].

use super::session::Progress;
use super::{Unit, UnitMeasured};
use crate::budget::Suite;
use crate::measurement::{
    BenchmarkId, BenchmarkRecord, Failure, FailureKind, Observation, Run, Series, Side,
};
use crate::plan::Outcome;
use std::collections::HashMap;

/// Puts observations where they belong.
#[derive(Default)]
pub(super) struct Recorder {
    pub(super) run: Run,
    index: HashMap<BenchmarkId, usize>,
    order: u32,
}

impl Recorder {
    pub(super) fn kernels(&mut self, times: impl IntoIterator<Item = (String, f64)>) {
        for (name, time) in times {
            self.run.kernels.entry(name).or_default().push(time);
        }
    }

    pub(super) fn failure(
        &mut self,
        suite: &Suite,
        unit: &Unit,
        round: u32,
        kind: FailureKind,
        detail: &str,
    ) {
        for name in &unit.benchmarks {
            self.run.failures.push(Failure {
                suite: suite.name.clone(),
                benchmark: Some(name.clone()),
                side: Side::Candidate,
                invocation: round,
                kind,
                detail: detail.to_owned(),
            });
        }
        self.order += 1;
    }

    pub(super) fn observations(
        &mut self,
        suite: &Suite,
        unit: &Unit,
        round: u32,
        at_ms: f64,
        measured: UnitMeasured,
        progress: &mut dyn Progress,
    ) -> Outcome {
        let order = self.order;
        let mut outcome = Outcome::Measured;
        let mut silent: Vec<&String> = unit.benchmarks.iter().collect();
        for (name, metrics) in measured {
            // A unit may give more than was asked for: what was not selected is not recorded.
            let Some(position) = silent.iter().position(|wanted| **wanted == name) else {
                continue;
            };
            if metrics.is_empty() {
                continue;
            }
            silent.swap_remove(position);
            let id = BenchmarkId::new(suite.name.clone(), name);
            let record = self.record(id);
            for (metric, evidence) in metrics {
                let observation = Observation {
                    side: Side::Candidate,
                    invocation: round,
                    order,
                    at_ms,
                    layout: None,
                    evidence,
                };
                match record
                    .series
                    .iter_mut()
                    .find(|series| series.metric == metric)
                {
                    Some(series) => series.observations.push(observation),
                    None => record.series.push(Series {
                        metric,
                        observations: vec![observation],
                    }),
                }
            }
        }
        for name in silent {
            let detail = "the process ended well and said nothing about this benchmark";
            progress.failed(
                &format!("{}/{name}", suite.name),
                FailureKind::Silent,
                detail,
            );
            self.run.failures.push(Failure {
                suite: suite.name.clone(),
                benchmark: Some(name.clone()),
                side: Side::Candidate,
                invocation: round,
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
