use super::*;
use crate::baseline::{BaselineSeries, Job, MachineClass};
use crate::measurement::{
    BenchmarkId, BenchmarkRecord, Evidence, Failure, FailureKind, Metric, Observation, Series,
    Side, SuiteRecord,
};
use crate::units::Unit;
use std::collections::BTreeMap;

const RUSTC: &str = "rustc 1.95.0 (59807616e 2026-04-14)";

/// A run of one suite `s`; every benchmark gets ten values around its own, a percent apart.
pub(super) fn run_of(benchmarks: &[(&str, f64)]) -> Run {
    let mut run = Run::default();
    run.header.started = "2026-11-21T12:00:00Z".to_owned();
    run.environment.toolchain.rustc = Some(RUSTC.to_owned());
    run.suites.push(SuiteRecord {
        name: "s".to_owned(),
        tool: "criterion".to_owned(),
        tool_version: None,
        listed: benchmarks
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .collect(),
        ..SuiteRecord::default()
    });
    for (name, value) in benchmarks {
        run.benchmarks.push(BenchmarkRecord {
            id: BenchmarkId::new("s", *name),
            series: vec![Series {
                metric: Metric::time(),
                observations: observations(Side::Candidate, *value),
            }],
        });
    }
    run
}

pub(super) fn observations(side: Side, value: f64) -> Vec<Observation> {
    (0..10)
        .map(|round| Observation {
            side,
            invocation: round,
            order: round,
            at_ms: f64::from(round),
            layout: None,
            evidence: Evidence::Value(value * jitter(round)),
        })
        .collect()
}

/// Within a percent of one, without pattern or ties.
fn jitter(round: u32) -> f64 {
    1.0 + 0.01 * (f64::from(round * 7919 % 101) / 101.0 - 0.5)
}

/// A baseline of as many jobs, a day apart, the newest a day before the run.
pub(super) fn baseline_of(benchmarks: &[(&str, f64)], jobs: u32) -> Baseline {
    let ids: Vec<String> = (0..jobs).map(|job| format!("job-{job:03}")).collect();
    Baseline {
        suite: "s".to_owned(),
        class: MachineClass::of(&run_of(&[]).environment),
        jobs: ids
            .iter()
            .enumerate()
            .map(|(index, id)| Job {
                id: id.clone(),
                started: format!("2026-11-{:02}T12:00:00Z", 21 - jobs as usize + index),
                commit: String::new(),
                dirty: false,
                rustc: RUSTC.to_owned(),
                steal: None,
                kernels: BTreeMap::new(),
            })
            .collect(),
        series: benchmarks
            .iter()
            .map(|(name, value)| {
                let series = BaselineSeries {
                    metric: Metric::time(),
                    jobs: ids
                        .iter()
                        .zip(0u32..)
                        .map(|(id, job)| {
                            let values = (0..10)
                                .map(|round| value * jitter(job) * jitter(round))
                                .collect();
                            (id.clone(), values)
                        })
                        .collect(),
                };
                (((*name).to_owned(), "time".to_owned()), series)
            })
            .collect(),
    }
}

pub(super) fn judge(run: &Run, budgets: &str, baselines: &[Baseline]) -> Gate {
    let text = format!(
        "version = 1\n[[suite]]\nname = \"s\"\ntool = \"criterion\"\nbench = \"s\"\n{budgets}"
    );
    let budgets = Budgets::parse("budgets.toml", &text).unwrap();
    run_gate(GateInput {
        run,
        budgets: &budgets,
        baselines,
        config_hash: "",
        calibration: None,
    })
}

pub(super) fn verdicts(gate: &Gate) -> Vec<(String, VerdictKind)> {
    gate.checks
        .iter()
        .map(|check| (check.benchmark.to_string(), check.verdict))
        .collect()
}

pub(super) fn has(gate: &Gate, code: Code) -> bool {
    gate.findings.iter().any(|finding| finding.code == code)
}

pub(super) const MAX: &str = "[[budget]]\nbench = \"s/*\"\nmax = \"1 us\"\n";
pub(super) const SLOWER: &str = "[[budget]]\nbench = \"s/*\"\nslower = \"5%\"\n";

#[test]
fn an_absolute_budget_that_holds_passes_without_any_baseline() {
    let gate = judge(&run_of(&[("a", 500.0)]), MAX, &[]);
    assert_eq!(
        verdicts(&gate),
        [("s/a".to_owned(), VerdictKind::WithinBudget)]
    );
    assert_eq!(gate.exit, ExitCode::Pass);
    assert_eq!(gate.accounting.enforced, 1);
}

#[test]
fn a_broken_absolute_budget_is_exit_code_one() {
    let gate = judge(&run_of(&[("a", 2000.0), ("b", 1.0)]), MAX, &[]);
    assert_eq!(gate.checks[0].verdict, VerdictKind::OverBudget);
    assert_eq!(gate.exit, ExitCode::Broken);
}

#[test]
fn a_broken_budget_of_severity_warn_is_shown_and_passes() {
    let gate = judge(
        &run_of(&[("a", 2000.0)]),
        "[[budget]]\nbench = \"s/*\"\nmax = \"1 us\"\nseverity = \"warn\"\n",
        &[],
    );
    assert_eq!(gate.checks[0].verdict, VerdictKind::OverBudget);
    assert_eq!(gate.exit, ExitCode::Pass);
}

#[test]
fn a_value_at_the_limit_is_inconclusive_and_fails_only_where_asked() {
    let run = run_of(&[("a", 1000.0)]);
    let gate = judge(
        &run,
        &format!("{MAX}[[budget]]\nbench=\"s/*\"\nmin=\"1 ns\"\n"),
        &[],
    );
    assert!(verdicts(&gate).contains(&("s/a".to_owned(), VerdictKind::Inconclusive)));
    assert_eq!(gate.exit, ExitCode::Pass);
    let strict = format!("[[budget]]\nbench=\"s/*\"\nmin=\"1 ns\"\n{MAX}unresolved = \"fail\"\n");
    assert_eq!(judge(&run, &strict, &[]).exit, ExitCode::Unresolved);
}

#[test]
fn only_relative_budgets_without_a_baseline_enforce_nothing_and_are_not_green() {
    let gate = judge(&run_of(&[("a", 500.0)]), SLOWER, &[]);
    assert_eq!(gate.checks[0].verdict, VerdictKind::NotComparable);
    assert_eq!(
        gate.checks[0].not_comparable,
        Some(crate::compare::NotComparable::NoBaseline)
    );
    assert_eq!(gate.exit, ExitCode::NotEnforced);
    // And it says what a first ceiling could be.
    let finding = &gate.findings[0];
    assert_eq!(finding.code, Code::NothingEnforced);
    assert!(
        finding.notes[0].ends_with("max = \"1.500 µs\""),
        "{}",
        finding.notes[0]
    );
}

#[test]
fn a_regression_against_a_baseline_of_ten_jobs_is_found_and_an_unchanged_one_passes() {
    let baselines = [baseline_of(&[("a", 500.0), ("b", 500.0)], 10)];
    let gate = judge(&run_of(&[("a", 600.0), ("b", 500.0)]), SLOWER, &baselines);
    assert_eq!(
        verdicts(&gate),
        [
            ("s/a".to_owned(), VerdictKind::Regressed),
            ("s/b".to_owned(), VerdictKind::Unchanged)
        ]
    );
    assert_eq!(gate.exit, ExitCode::Broken);
}

#[test]
fn a_speed_up_is_improved_and_one_of_nine_tenths_is_called_suspicious() {
    let baselines = [baseline_of(&[("a", 500.0), ("b", 500.0)], 10)];
    let gate = judge(&run_of(&[("a", 10.0), ("b", 400.0)]), SLOWER, &baselines);
    assert!(
        gate.checks
            .iter()
            .all(|check| check.verdict == VerdictKind::Improved)
    );
    assert!(gate.checks[0].notes[0].starts_with("suspicious"));
    assert!(gate.checks[1].notes.is_empty());
    assert_eq!(gate.exit, ExitCode::Pass);
}

#[test]
fn seven_jobs_are_too_few() {
    let gate = judge(
        &run_of(&[("a", 600.0)]),
        &format!("{SLOWER}max = \"1 ms\"\n"),
        &[baseline_of(&[("a", 500.0)], 7)],
    );
    let relative = gate
        .checks
        .iter()
        .find(|check| matches!(check.limit, Limit::Slower(_)))
        .unwrap();
    assert_eq!(relative.verdict, VerdictKind::NotComparable);
    assert_eq!(gate.exit, ExitCode::Pass);
}

#[test]
fn another_machine_another_compiler_and_an_old_baseline_are_refused_by_name() {
    let mut run = run_of(&[("a", 500.0)]);
    let baseline = baseline_of(&[("a", 500.0)], 10);
    let reason = |run: &Run, baseline: &Baseline| {
        judge(run, SLOWER, std::slice::from_ref(baseline)).checks[0]
            .not_comparable
            .clone()
            .unwrap()
            .describe()
    };
    run.environment.toolchain.rustc = Some("rustc 1.96.0".to_owned());
    assert!(reason(&run, &baseline).contains("1.96.0"));
    let mut run = run_of(&[("a", 500.0)]);
    run.environment.cpu.model = Some(106);
    assert!(reason(&run, &baseline).contains("cpu.model"));
    let mut run = run_of(&[("a", 500.0)]);
    run.header.started = "2027-02-01T00:00:00Z".to_owned();
    assert!(reason(&run, &baseline).contains("days old"));
    let mut run = run_of(&[("a", 500.0)]);
    run.environment.steal = Some(0.2);
    assert!(reason(&run, &baseline).contains("20.0%"));
}

#[test]
fn a_benchmark_that_vanished_since_the_baseline_is_named_and_fails_closed() {
    let gate = judge(
        &run_of(&[("a", 500.0)]),
        MAX,
        &[baseline_of(&[("a", 500.0), ("gone", 500.0)], 3)],
    );
    assert!(verdicts(&gate).contains(&("s/gone".to_owned(), VerdictKind::Missing)));
    assert!(has(&gate, Code::VanishedBenchmark));
    assert_eq!(gate.exit, ExitCode::NotEnforced);
}

#[test]
fn a_new_benchmark_is_new_and_does_not_fail() {
    let gate = judge(
        &run_of(&[("a", 500.0), ("b", 500.0)]),
        SLOWER,
        &[baseline_of(&[("a", 500.0)], 10)],
    );
    assert!(verdicts(&gate).contains(&("s/b".to_owned(), VerdictKind::New)));
    assert_eq!(gate.exit, ExitCode::Pass);
}

#[test]
fn a_budget_without_benchmark_and_an_empty_suite_fail_closed_by_name() {
    let gate = judge(
        &run_of(&[("parse/small", 500.0)]),
        &format!("{MAX}[[budget]]\nbench = \"s/prase/*\"\nmax = \"1 s\"\n"),
        &[],
    );
    let finding = gate
        .findings
        .iter()
        .find(|finding| finding.code == Code::UnmatchedBudget)
        .unwrap();
    assert!(finding.message.contains("s/prase/*"));
    assert!(finding.help.as_ref().unwrap().contains("s/parse/small"));
    assert_eq!(
        (gate.accounting.missing, gate.exit),
        (1, ExitCode::NotEnforced)
    );

    let gate = judge(&run_of(&[]), MAX, &[]);
    assert!(has(&gate, Code::EmptySuite) && has(&gate, Code::NothingEnforced));
    assert_eq!(gate.exit, ExitCode::NotEnforced);
}

#[test]
fn a_budget_on_a_metric_that_nobody_has_names_those_that_exist() {
    let gate = judge(
        &run_of(&[("a", 500.0)]),
        &format!("{MAX}[[budget]]\nbench = \"s/*\"\nmetric = \"allocations\"\nmax = 0\n"),
        &[],
    );
    let finding = gate
        .findings
        .iter()
        .find(|finding| finding.code == Code::UnmatchedBudget)
        .unwrap();
    assert_eq!(finding.help.as_deref(), Some("they have time"));
}

#[test]
fn a_crash_is_an_invalid_check_and_never_silently_absent() {
    let mut run = run_of(&[("a", 500.0)]);
    run.suites[0].listed.push("b".to_owned());
    run.failures.push(Failure {
        suite: "s".to_owned(),
        benchmark: Some("b".to_owned()),
        side: Side::Candidate,
        invocation: 0,
        kind: FailureKind::Crashed,
        detail: "signal 11".to_owned(),
    });
    let gate = judge(&run, MAX, &[]);
    assert!(verdicts(&gate).contains(&("s/b".to_owned(), VerdictKind::Invalid)));
    assert!(gate.findings[0].message.contains("crashed"));
    assert_eq!(gate.exit, ExitCode::NotEnforced);
}

#[test]
fn a_listed_benchmark_that_was_never_reached_is_missing() {
    let mut run = run_of(&[("a", 500.0)]);
    run.suites[0].listed.push("later".to_owned());
    run.header.partial = true;
    let gate = judge(&run, MAX, &[]);
    assert!(verdicts(&gate).contains(&("s/later".to_owned(), VerdictKind::Missing)));
    assert!(has(&gate, Code::PartialRun));
    assert_eq!(gate.exit, ExitCode::NotEnforced);
}

#[test]
fn with_only_what_was_left_out_is_not_missed() {
    let mut run = run_of(&[("a", 500.0)]);
    run.header.only = vec!["s/a".to_owned()];
    let gate = judge(
        &run,
        &format!("{MAX}[[budget]]\nbench = \"s/zzz\"\nmax = \"1 s\"\n"),
        &[baseline_of(&[("a", 500.0), ("b", 1.0)], 3)],
    );
    assert_eq!((gate.checks.len(), gate.exit), (1, ExitCode::Pass));
}

#[test]
fn later_budgets_override_earlier_ones_for_the_same_kind_of_limit() {
    let gate = judge(
        &run_of(&[("a", 2000.0)]),
        &format!("{MAX}[[budget]]\nbench = \"s/a\"\nmax = \"1 ms\"\n"),
        &[],
    );
    assert_eq!(gate.checks.len(), 1);
    assert_eq!(gate.checks[0].budget, Some(1));
    assert_eq!(gate.exit, ExitCode::Pass);
}

#[test]
fn a_warning_at_three_percent_stands_beside_an_error_at_ten() {
    let baselines = [baseline_of(&[("a", 500.0)], 10)];
    let budgets = "[[budget]]\nbench=\"s/*\"\nslower=\"3%\"\nseverity=\"warn\"\n[[budget]]\nbench=\"s/*\"\nslower=\"10%\"\n";
    let gate = judge(&run_of(&[("a", 530.0)]), budgets, &baselines);
    assert_eq!(gate.checks.len(), 2);
    assert_eq!(gate.checks[0].verdict, VerdictKind::Regressed);
    assert_eq!(gate.exit, ExitCode::Pass);
    let gate = judge(&run_of(&[("a", 600.0)]), budgets, &baselines);
    assert_eq!(gate.exit, ExitCode::Broken);
}

#[test]
fn base_in_the_same_run_is_compared_in_pairs() {
    let mut run = run_of(&[("a", 600.0)]);
    let base = observations(Side::Base, 500.0);
    run.benchmarks[0].series[0].observations.extend(base);
    let gate = judge(&run, SLOWER, &[]);
    assert_eq!(gate.checks[0].verdict, VerdictKind::Regressed);
    let comparison = gate.checks[0].comparison.as_ref().unwrap();
    assert_eq!(comparison.base_n, 8);
}

#[test]
fn counts_are_judged_exactly() {
    let mut run = run_of(&[("a", 500.0)]);
    run.benchmarks[0].series.push(Series {
        metric: Metric::lower("allocations", Unit::Count),
        observations: vec![Observation {
            side: Side::Candidate,
            invocation: 0,
            order: 0,
            at_ms: 0.0,
            layout: None,
            evidence: Evidence::Value(3.0),
        }],
    });
    let budget = |max: u32| {
        format!("{MAX}[[budget]]\nbench = \"s/*\"\nmetric = \"allocations\"\nmax = {max}\n")
    };
    assert_eq!(judge(&run, &budget(3), &[]).exit, ExitCode::Pass);
    assert_eq!(judge(&run, &budget(2), &[]).exit, ExitCode::Broken);
}

#[test]
fn a_changed_budgets_file_is_said() {
    let mut run = run_of(&[("a", 500.0)]);
    run.header.config_hash = "aaaa".to_owned();
    let budgets = Budgets::parse(
        "budgets.toml",
        &format!("version = 1\n[[suite]]\nname=\"s\"\ntool=\"criterion\"\nbench=\"s\"\n{MAX}"),
    )
    .unwrap();
    let gate = run_gate(GateInput {
        run: &run,
        budgets: &budgets,
        baselines: &[],
        config_hash: "bbbb",
        calibration: None,
    });
    assert!(has(&gate, Code::ConfigChanged));
}

#[test]
fn the_order_of_benchmarks_in_the_run_does_not_matter() {
    let baselines = [baseline_of(&[("a", 500.0), ("b", 500.0), ("c", 1.0)], 10)];
    let mut run = run_of(&[("a", 600.0), ("b", 500.0), ("c", 1.0)]);
    let one = verdicts(&judge(&run, SLOWER, &baselines));
    run.benchmarks.reverse();
    assert_eq!(one, verdicts(&judge(&run, SLOWER, &baselines)));
}
