//! A measurement made slower by arithmetic: to see the gate turn red where it must.

use crate::measurement::{BenchmarkId, Better, Evidence, Run, Series, Side};
use crate::verdict::{Check, Limit};
use std::collections::BTreeMap;

/// How much worse each benchmark and metric has to become for the gate to have to see it: the tolerance of its budget and
/// what the comparison could detect on top, as a factor above 1. Checks that could detect nothing have none.
#[must_use]
pub fn must_be_seen(checks: &[Check]) -> BTreeMap<(BenchmarkId, String), f64> {
    let mut factors: BTreeMap<(BenchmarkId, String), f64> = BTreeMap::new();
    for check in checks {
        if let (Some(comparison), Limit::Slower(tolerance), Some(metric)) =
            (&check.comparison, &check.limit, &check.metric)
        {
            let factor = (tolerance.log() + comparison.detectable.log()).exp();
            if factor.is_finite() && factor > 1.0 {
                let known = factors
                    .entry((check.benchmark.clone(), metric.name.clone()))
                    .or_insert(factor);
                *known = known.max(factor);
            }
        }
    }
    factors
}

/// The run with its candidate's values worse by these factors: multiplied where less is better, divided where more is.
#[must_use]
pub fn slowed(run: &Run, factors: &BTreeMap<(BenchmarkId, String), f64>) -> Run {
    let mut slowed = run.clone();
    for record in &mut slowed.benchmarks {
        for series in &mut record.series {
            let key = (record.id.clone(), series.metric.name.clone());
            if let Some(factor) = factors.get(&key) {
                slow(series, *factor);
            }
        }
    }
    slowed
}

fn slow(series: &mut Series, factor: f64) {
    let factor = match series.metric.better {
        Better::Lower => factor,
        Better::Higher => factor.recip(),
    };
    let of_candidate = series
        .observations
        .iter_mut()
        .filter(|observation| observation.side == Side::Candidate);
    for observation in of_candidate {
        match &mut observation.evidence {
            Evidence::Histogram(histogram) => {
                // What was read before can be read again; were it not so, it would stay as it is and not be seen as slow.
                if let Ok(slow) = histogram.scaled(factor) {
                    **histogram = slow;
                }
            }
            Evidence::Withheld(_) => {}
            Evidence::Value(value) => *value *= factor,
            Evidence::Samples(samples) => {
                for value in &mut samples.values {
                    *value *= factor;
                }
            }
            Evidence::Summary(summary) => {
                for value in [
                    &mut summary.fastest,
                    &mut summary.slowest,
                    &mut summary.median,
                    &mut summary.mean,
                ] {
                    *value *= factor;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measurement::{BenchmarkRecord, Metric, Observation, Samples, Summary};
    use crate::units::Unit;

    fn observation(side: Side, evidence: Evidence) -> Observation {
        Observation {
            side,
            invocation: 0,
            order: 0,
            at_ms: 0.0,
            layout: None,
            evidence,
        }
    }

    fn evidence() -> [Evidence; 3] {
        [
            Evidence::Value(10.0),
            Evidence::Samples(Box::new(Samples {
                values: vec![10.0, 20.0],
                iterations: vec![1.0, 2.0],
            })),
            Evidence::Summary(Box::new(Summary {
                fastest: 10.0,
                slowest: 40.0,
                median: 20.0,
                mean: 30.0,
                samples: 5,
                iterations: 5,
            })),
        ]
    }

    #[test]
    fn only_the_candidate_of_named_series_becomes_worse() {
        for (metric, factor) in [
            (Metric::time(), 2.0),
            (Metric::higher("rate", Unit::Count), 0.5),
        ] {
            for side in [Side::Base, Side::Candidate] {
                for what in evidence() {
                    let id = BenchmarkId::new("s", "b");
                    let run = Run {
                        benchmarks: vec![BenchmarkRecord {
                            id: id.clone(),
                            series: vec![Series {
                                metric: metric.clone(),
                                observations: vec![observation(side, what.clone())],
                            }],
                        }],
                        ..Run::default()
                    };
                    let named = BTreeMap::from([((id.clone(), metric.name.clone()), 2.0)]);
                    let other = BTreeMap::from([((id, "else".to_owned()), 2.0)]);
                    assert_eq!(slowed(&run, &other), run);
                    let after = slowed(&run, &named);
                    let value = |run: &Run| {
                        crate::compare::statistic(
                            &run.benchmarks[0].series[0].observations[0].evidence,
                        )
                        .unwrap()
                    };
                    let expected = if side == Side::Candidate { factor } else { 1.0 };
                    let ratio = value(&after) / value(&run);
                    assert!((ratio - expected).abs() < 1e-12, "{ratio} {expected}");
                }
            }
        }
    }
}
