use super::*;
use crate::measurement::{Evidence, SuiteRecord, read_run, write_run};
use crate::units::Unit;

const WHY: &str = "measured in different jobs";

/// A job with one side: each metric of benchmark `s/NAME` with three values.
fn job(benchmarks: &[(&str, &Metric, f64)]) -> Run {
    let mut run = Run::default();
    run.header.started = "2026-11-21T12:00:00Z".to_owned();
    run.header.tool = "test".to_owned();
    run.header.candidate.commit = "a".repeat(40);
    let mut suite = SuiteRecord {
        name: "s".to_owned(),
        tool: "import".to_owned(),
        ..SuiteRecord::default()
    };
    for (name, metric, value) in benchmarks {
        let observation = |round: u32| Observation {
            side: Side::Candidate,
            invocation: round,
            order: round,
            at_ms: 0.0,
            layout: None,
            evidence: Evidence::Value(*value),
        };
        suite.listed.push((*name).to_owned());
        run.benchmarks.push(BenchmarkRecord {
            id: BenchmarkId::new("s", *name),
            series: vec![Series {
                metric: (*metric).clone(),
                observations: (0..3).map(observation).collect(),
            }],
        });
    }
    run.suites.push(suite);
    run
}

fn counts(metric: &Metric) -> bool {
    metric.unit == Unit::Count
}

fn sides(run: &Run, benchmark: usize) -> Vec<(Side, f64)> {
    (run.benchmarks[benchmark].series[0].observations.iter())
        .map(|observation| match observation.evidence {
            Evidence::Value(value) => (observation.side, value),
            _ => unreachable!("tests have values"),
        })
        .collect()
}

#[test]
fn counts_get_both_sides_and_times_do_not() {
    let allocations = Metric::lower("allocations", Unit::Count);
    let before = job(&[("a", &allocations, 3.0), ("b", &Metric::time(), 100.0)]);
    let after = job(&[("a", &allocations, 4.0), ("b", &Metric::time(), 120.0)]);
    let run = across_jobs(&before, after, WHY, counts);
    let base = [(Side::Base, 3.0); 3];
    let candidate = [(Side::Candidate, 4.0); 3];
    assert_eq!(sides(&run, 0), [base, candidate].concat());
    assert_eq!(sides(&run, 1), [(Side::Candidate, 120.0); 3]);
    assert_eq!(run.header.base, Some(before.header.candidate));
    assert_eq!(
        run.suites[0].base,
        Some(BaseSide::NotComparable {
            why: WHY.to_owned()
        })
    );
    let mut bytes = Vec::new();
    write_run(&run, &mut bytes).unwrap();
    assert_eq!(read_run("run.json", &bytes).unwrap(), run);
}

#[test]
fn a_suite_of_counts_alone_is_measured() {
    let allocations = Metric::lower("allocations", Unit::Count);
    let before = job(&[("a", &allocations, 3.0)]);
    let run = across_jobs(&before, before.clone(), WHY, counts);
    assert_eq!(run.suites[0].base, Some(BaseSide::Measured));
}

#[test]
fn another_unit_is_another_metric() {
    let before = job(&[("a", &Metric::lower("x", Unit::Bytes), 3.0)]);
    let after = job(&[("a", &Metric::lower("x", Unit::Count), 3.0)]);
    let run = across_jobs(&before, after, WHY, |_| true);
    assert_eq!(sides(&run, 0), [(Side::Candidate, 3.0); 3]);
}

#[test]
fn what_only_the_base_has_is_listed_unless_the_run_was_narrowed() {
    let before = job(&[("a", &Metric::time(), 1.0), ("gone", &Metric::time(), 1.0)]);
    let after = job(&[("a", &Metric::time(), 1.0)]);
    let run = across_jobs(&before, after.clone(), WHY, counts);
    assert_eq!(run.suites[0].listed, ["a", "gone"]);
    let mut narrowed = after;
    narrowed.header.only = vec!["s/a".to_owned()];
    let run = across_jobs(&before, narrowed, WHY, counts);
    assert_eq!(run.suites[0].listed, ["a"]);
}

#[test]
fn the_base_side_of_a_job_is_not_taken_for_its_candidate() {
    let allocations = Metric::lower("allocations", Unit::Count);
    let mut before = job(&[("a", &allocations, 3.0)]);
    before.benchmarks[0].series[0].observations[0].side = Side::Base;
    let run = across_jobs(&before, job(&[("a", &allocations, 3.0)]), WHY, counts);
    assert_eq!(sides(&run, 0).len(), 2 + 3);
}
