//! Ways in which a gate could pass in silence, and does not.

use super::tests::{MAX, SLOWER, baseline_of, has, judge, observations, run_of, verdicts};
use super::*;
use crate::baseline::BaselineSeries;
use crate::compare::NotComparable;
use crate::measurement::{Better, Evidence, Metric, Observation, Series, Side};
use crate::units::Unit;

const STRICT: &str = "[[budget]]\nbench = \"s/*\"\nmin = \"1 ns\"\n[[budget]]\nbench = \"s/*\"\nslower = \"5%\"\nunresolved = \"fail\"\n";

fn relative(gate: &Gate) -> &Check {
    gate.checks
        .iter()
        .find(|check| matches!(check.limit, Limit::Slower(_)))
        .unwrap()
}

fn add_metric(run: &mut Run, benchmark: usize, metric: &Metric, value: f64) {
    run.benchmarks[benchmark].series.push(Series {
        metric: metric.clone(),
        observations: observations(Side::Candidate, 1.0)
            .into_iter()
            .map(|observation| Observation {
                evidence: Evidence::Value(value),
                ..observation
            })
            .collect(),
    });
}

fn allocations() -> Metric {
    Metric::lower("allocations", Unit::Count)
}

#[test]
fn a_run_that_spoils_its_own_comparison_is_unresolved_and_not_skipped() {
    let baselines = [baseline_of(&[("a", 500.0)], 10)];
    // Half of the invocations take twice as long.
    let mut run = run_of(&[("a", 500.0)]);
    for observation in run.benchmarks[0].series[0]
        .observations
        .iter_mut()
        .step_by(2)
    {
        observation.evidence = Evidence::Value(1000.0);
    }
    let gate = judge(&run, STRICT, &baselines);
    assert_eq!(relative(&gate).verdict, VerdictKind::Inconclusive);
    assert_eq!(gate.exit, ExitCode::Unresolved);

    let mut run = run_of(&[("a", 500.0)]);
    run.environment.steal = Some(0.5);
    let gate = judge(&run, STRICT, &baselines);
    assert_eq!(gate.exit, ExitCode::Unresolved);
    assert_eq!(gate.accounting.unresolved, 1);
}

#[test]
fn where_unresolved_fails_a_missing_baseline_does_too_and_a_new_benchmark_does_not() {
    let gate = judge(&run_of(&[("a", 500.0)]), STRICT, &[]);
    assert_eq!(gate.exit, ExitCode::Unresolved);
    let baselines = [baseline_of(&[("a", 500.0)], 10)];
    let gate = judge(&run_of(&[("a", 500.0), ("b", 1.0)]), STRICT, &baselines);
    assert_eq!(gate.exit, ExitCode::Pass);
}

#[test]
fn kernels_that_failed_now_and_worked_before_leave_the_comparison_open() {
    let mut baseline = baseline_of(&[("a", 500.0)], 10);
    for job in &mut baseline.jobs {
        job.kernels.insert("alu".to_owned(), 2.0);
    }
    let gate = judge(&run_of(&[("a", 500.0)]), STRICT, &[baseline]);
    assert_eq!(relative(&gate).verdict, VerdictKind::Inconclusive);
}

#[test]
fn a_metric_with_another_direction_than_in_the_baseline_is_invalid() {
    let baselines = [baseline_of(&[("a", 500.0)], 10)];
    let mut run = run_of(&[("a", 750.0)]);
    run.benchmarks[0].series[0].metric.better = Better::Higher;
    let gate = judge(&run, SLOWER, &baselines);
    assert_eq!(gate.checks[0].verdict, VerdictKind::Invalid);
    assert!(matches!(
        gate.checks[0].not_comparable,
        Some(NotComparable::OtherMetric { .. })
    ));
    assert_eq!(gate.exit, ExitCode::NotEnforced);
}

#[test]
fn a_metric_that_vanished_is_missed_where_a_budget_speaks_of_it() {
    let mut baseline = baseline_of(&[("a", 500.0)], 3);
    let ids: Vec<String> = baseline.jobs.iter().map(|job| job.id.clone()).collect();
    baseline.series.insert(
        ("a".to_owned(), "allocations".to_owned()),
        BaselineSeries {
            metric: allocations(),
            jobs: ids.into_iter().map(|id| (id, vec![3.0; 10])).collect(),
        },
    );
    let run = run_of(&[("a", 500.0)]);
    let budgets = format!("{MAX}[[budget]]\nbench = \"s/*\"\nmetric = \"allocations\"\nmax = 3\n");
    let gate = judge(&run, &budgets, std::slice::from_ref(&baseline));
    assert!(verdicts(&gate).contains(&("s/a".to_owned(), VerdictKind::Missing)));
    assert!(has(&gate, Code::VanishedBenchmark));
    // Nobody speaks of it: then it may go.
    let gate = judge(&run, MAX, &[baseline]);
    assert_eq!(gate.exit, ExitCode::Pass);
}

#[test]
fn benchmarks_without_the_metric_that_their_neighbours_have_are_named() {
    let mut run = run_of(&[("a", 500.0), ("b", 500.0)]);
    add_metric(&mut run, 0, &allocations(), 1.0);
    let budgets = format!("{MAX}[[budget]]\nbench = \"s/*\"\nmetric = \"allocations\"\nmax = 3\n");
    let gate = judge(&run, &budgets, &[]);
    let finding = gate
        .findings
        .iter()
        .find(|finding| finding.code == Code::PartlyMatchedBudget)
        .unwrap();
    assert_eq!(finding.notes, ["s/b"]);
}

#[test]
fn a_series_that_some_invocations_did_not_tell_is_invalid() {
    let mut run = run_of(&[("a", 500.0)]);
    add_metric(
        &mut run,
        0,
        &Metric::lower("cpu-time", Unit::Nanoseconds),
        5.0,
    );
    run.benchmarks[0].series[1].observations.truncate(9);
    let budgets = format!(
        "{MAX}[[budget]]\nbench = \"s/*\"\nmetric = \"cpu-time\"\nmax = \"1 s\"\nslower = \"5%\"\n"
    );
    let gate = judge(&run, &budgets, &[]);
    let invalid: Vec<&Check> = gate
        .checks
        .iter()
        .filter(|check| check.verdict == VerdictKind::Invalid)
        .collect();
    assert_eq!(invalid.len(), 2);
    assert!(invalid[0].notes[0].starts_with("1 of 10 invocations"));
    assert_eq!(gate.exit, ExitCode::NotEnforced);
}

#[test]
fn a_count_that_was_told_once_is_enough_and_says_so() {
    let mut run = run_of(&[("a", 500.0)]);
    add_metric(&mut run, 0, &Metric::lower("size", Unit::Bytes), 5.0);
    run.benchmarks[0].series[1].observations.truncate(1);
    let budgets = format!("{MAX}[[budget]]\nbench = \"s/*\"\nmetric = \"size\"\nmax = \"1 kB\"\n");
    let gate = judge(&run, &budgets, &[]);
    assert_eq!(gate.exit, ExitCode::Pass);
    assert!(gate.checks.iter().any(|check| {
        check
            .notes
            .first()
            .is_some_and(|note| note.starts_with("9 of 10"))
    }));
}

#[test]
fn only_restricts_what_is_expected_and_does_not_switch_it_off() {
    let baselines = [baseline_of(
        &[("a", 500.0), ("gone", 5.0), ("other", 5.0)],
        3,
    )];
    let mut run = run_of(&[("a", 500.0)]);
    run.header.only = vec!["s/a".to_owned(), "s/gone".to_owned()];
    let gate = judge(&run, MAX, &baselines);
    assert_eq!(
        verdicts(&gate),
        [
            ("s/gone".to_owned(), VerdictKind::Missing),
            ("s/a".to_owned(), VerdictKind::WithinBudget)
        ]
    );
    assert!(has(&gate, Code::UnmatchedFilter));
    assert_eq!(gate.exit, ExitCode::NotEnforced);
}

#[test]
fn a_suite_that_left_the_budgets_and_not_the_baselines_is_named() {
    let mut other = baseline_of(&[("a", 500.0)], 3);
    other.suite = "former".to_owned();
    let gate = judge(&run_of(&[("a", 500.0)]), MAX, &[other]);
    let finding = gate
        .findings
        .iter()
        .find(|finding| finding.code == Code::VanishedBenchmark)
        .unwrap();
    assert!(finding.message.contains("`former`"));
    assert_eq!(gate.exit, ExitCode::NotEnforced);
}

#[test]
fn a_budget_that_is_overridden_everywhere_is_named() {
    let strict = "[[budget]]\nbench = \"s/a\"\nmax = \"1 ns\"\n";
    let gate = judge(&run_of(&[("a", 500.0)]), &format!("{strict}{MAX}"), &[]);
    let finding = gate
        .findings
        .iter()
        .find(|finding| finding.code == Code::OverriddenBudget)
        .unwrap();
    assert!(finding.message.contains("`s/a`"));
}

#[test]
fn warnings_alone_enforce_nothing_unless_all_budgets_only_warn() {
    let warns = "[[budget]]\nbench = \"s/*\"\nmax = \"1 ns\"\nseverity = \"warn\"\n";
    let run = run_of(&[("a", 500.0)]);
    assert_eq!(judge(&run, warns, &[]).exit, ExitCode::Pass);
    let gate = judge(&run, &format!("{warns}{SLOWER}"), &[]);
    assert!(has(&gate, Code::NothingEnforced));
    assert_eq!(gate.exit, ExitCode::NotEnforced);
}

#[test]
fn what_was_not_built_by_us_is_compared_without_a_compiler() {
    let mut run = run_of(&[("a", 500.0)]);
    run.environment.toolchain.rustc = None;
    let mut baseline = baseline_of(&[("a", 500.0)], 10);
    for job in &mut baseline.jobs {
        job.rustc.clear();
    }
    assert_eq!(judge(&run, SLOWER, &[baseline]).exit, ExitCode::Pass);
}

#[test]
fn a_tolerance_below_what_link_order_moves_is_called_out() {
    let budgets = "[[budget]]\nbench = \"s/*\"\nslower = \"1%\"\nmax = \"1 s\"\n";
    let gate = judge(&run_of(&[("a", 500.0)]), budgets, &[]);
    assert!(has(&gate, Code::ToleranceBelowFloor));
    assert_eq!(gate.exit, ExitCode::Pass);
}

#[test]
fn fewer_rounds_than_asked_for_are_mentioned() {
    let mut run = run_of(&[("a", 500.0)]);
    assert!(!has(&judge(&run, MAX, &[]), Code::PartialRun));
    run.benchmarks[0].series[0].observations.truncate(6);
    let gate = judge(&run, MAX, &[]);
    let finding = gate
        .findings
        .iter()
        .find(|finding| finding.code == Code::PartialRun)
        .unwrap();
    assert_eq!(finding.notes, ["s: 6 of 10 invocations"]);
    assert_eq!(gate.exit, ExitCode::Pass);
}

#[test]
fn many_pairs_are_enough_for_many_checks() {
    // With twenty checks the level of one is too small for eight pairs; forty can tell.
    let names: Vec<String> = (0..20).map(|index| format!("b{index}")).collect();
    let benchmarks: Vec<(&str, f64)> = names.iter().map(|name| (name.as_str(), 500.0)).collect();
    let mut run = run_of(&benchmarks);
    for benchmark in &mut run.benchmarks {
        benchmark.series[0].observations = (0..40u32)
            .flat_map(|round| {
                [(Side::Base, 0.0), (Side::Candidate, 1.0)].map(|(side, offset)| Observation {
                    side,
                    invocation: round,
                    order: round,
                    at_ms: 0.0,
                    layout: None,
                    evidence: Evidence::Value(
                        500.0 + f64::from((round * 7919 + side as u32 * 31) % 101) / 50.0 + offset,
                    ),
                })
            })
            .collect();
    }
    let gate = judge(&run, SLOWER, &[]);
    assert!(
        gate.checks
            .iter()
            .all(|check| check.verdict == VerdictKind::Unchanged),
        "{:?}",
        verdicts(&gate)
    );
    let detectable = gate.checks[0].comparison.as_ref().unwrap().detectable;
    assert!(detectable.fraction() < 0.10, "{detectable}");
}
