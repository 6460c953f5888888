//! Edges of the gate: its levels, its limits to the day and the percent, and everything that was not measured.

use super::*;
use crate::baseline::{BaselineSeries, Job, MachineClass};
use crate::compare::NotComparable;
use crate::measurement::{
    BenchmarkId, BenchmarkRecord, Evidence, Failure, FailureKind, Metric, Observation,
    REFERENCE_KERNELS, Series, Side, SuiteRecord,
};
use crate::units::Unit;
use std::collections::BTreeMap;

const RUSTC: &str = "rustc 1.95.0";
const SUITE: &str = "version = 1\n[[suite]]\nname = \"s\"\ntool = \"criterion\"\nbench = \"s\"\n";
const MAX: &str = "[[budget]]\nbench = \"s/*\"\nmax = \"1 us\"\n";
const SLOWER: &str = "[[budget]]\nbench = \"s/*\"\nslower = \"5%\"\n";

/// Steps between -1 and 1 without pattern or ties, of median zero.
const STEPS: [f64; 9] = [0.1, -0.7, 0.5, -0.2, 1.0, -1.0, 0.0, 0.8, -0.4];

/// Nine values that scatter by `share` around `value`.
fn around(value: f64, share: f64) -> Vec<f64> {
    STEPS
        .iter()
        .map(|step| value * (1.0 + share * step))
        .collect()
}

fn suite(name: &str, listed: &[&str]) -> SuiteRecord {
    SuiteRecord {
        name: name.to_owned(),
        tool: "criterion".to_owned(),
        tool_version: None,
        listed: listed.iter().map(|name| (*name).to_owned()).collect(),
        ..SuiteRecord::default()
    }
}

fn observations(side: Side, values: &[f64]) -> Vec<Observation> {
    (0..)
        .zip(values)
        .map(|(invocation, value)| Observation {
            side,
            invocation,
            order: 0,
            at_ms: 0.0,
            layout: None,
            evidence: Evidence::Value(*value),
        })
        .collect()
}

/// A run of suite `s` with one series a benchmark.
fn run_of(series: &[(&str, Metric, Vec<f64>)]) -> Run {
    let mut run = Run::default();
    run.header.started = "2026-11-21T12:00:00Z".to_owned();
    run.environment.toolchain.rustc = Some(RUSTC.to_owned());
    let names: Vec<&str> = series.iter().map(|(name, ..)| *name).collect();
    run.suites.push(suite("s", &names));
    run.benchmarks = series
        .iter()
        .map(|(name, metric, values)| BenchmarkRecord {
            id: BenchmarkId::new("s", *name),
            series: vec![Series {
                metric: metric.clone(),
                observations: observations(Side::Candidate, values),
            }],
        })
        .collect();
    run
}

fn times(benchmarks: &[(&str, f64)]) -> Run {
    let series: Vec<_> = benchmarks
        .iter()
        .map(|(name, value)| (*name, Metric::time(), around(*value, 0.005)))
        .collect();
    run_of(&series)
}

/// A baseline of suite `s` with as many jobs as `medians` has numbers; each benchmark's value is `value * median`.
fn baseline_of(benchmarks: &[(&str, Metric, f64)], medians: &[f64]) -> Baseline {
    let jobs: Vec<Job> = (1..)
        .zip(medians)
        .map(|(day, _)| Job {
            id: format!("job-{day:02}"),
            started: format!("2026-11-{day:02}T12:00:00Z"),
            commit: String::new(),
            dirty: false,
            rustc: RUSTC.to_owned(),
            steal: None,
            kernels: BTreeMap::new(),
        })
        .collect();
    let series = benchmarks
        .iter()
        .map(|(name, metric, value)| {
            let values = jobs.iter().zip(medians).map(|(job, median)| {
                let scatter = if metric.unit == Unit::Count {
                    0.0
                } else {
                    0.005
                };
                (job.id.clone(), around(value * median, scatter))
            });
            let series = BaselineSeries {
                metric: metric.clone(),
                jobs: values.collect(),
            };
            (((*name).to_owned(), metric.name.clone()), series)
        })
        .collect();
    Baseline {
        suite: "s".to_owned(),
        class: MachineClass::of(&run_of(&[]).environment),
        jobs,
        series,
    }
}

/// Nine jobs that scatter by `share`.
fn nine_jobs(share: f64) -> Vec<f64> {
    around(1.0, share)
}

fn judge(run: &Run, budgets: &str, baselines: &[Baseline]) -> Gate {
    let budgets = Budgets::parse("budgets.toml", &format!("{SUITE}{budgets}")).unwrap();
    run_gate(GateInput {
        run,
        budgets: &budgets,
        baselines,
        config_hash: "",
        calibration: None,
    })
}

fn verdict_of(gate: &Gate, name: &str) -> VerdictKind {
    check(gate, name).verdict
}

fn check<'a>(gate: &'a Gate, name: &str) -> &'a Check {
    let mut of_name = gate
        .checks
        .iter()
        .filter(|check| check.benchmark.name == name);
    let check = of_name
        .next()
        .unwrap_or_else(|| panic!("no check of {name}"));
    assert!(of_name.next().is_none(), "two checks of {name}");
    check
}

fn finding(gate: &Gate, code: Code) -> &Diagnostic {
    let mut of_code = gate.findings.iter().filter(|finding| finding.code == code);
    let finding = of_code.next().unwrap_or_else(|| panic!("no {code:?}"));
    assert!(of_code.next().is_none(), "two {code:?}");
    finding
}

fn has(gate: &Gate, code: Code) -> bool {
    gate.findings.iter().any(|finding| finding.code == code)
}

fn failure(suite: &str, benchmark: Option<&str>, kind: FailureKind, detail: &str) -> Failure {
    Failure {
        suite: suite.to_owned(),
        benchmark: benchmark.map(str::to_owned),
        side: Side::Candidate,
        invocation: 3,
        kind,
        detail: detail.to_owned(),
    }
}

#[test]
fn the_relative_checks_of_a_job_share_one_level_and_a_sure_regression_leaves_its_share_to_the_rest()
{
    let all = [("a", Metric::time(), 500.0), ("b", Metric::time(), 500.0)];
    let baselines = [baseline_of(&all, &nine_jobs(0.02))];
    let budgets = "[[budget]]\nbench = \"s/*\"\nslower = \"1%\"\n";
    let judged = |benchmarks: &[(&str, f64)]| {
        let mut run = times(benchmarks);
        // Only what is measured is in the family; `b` left out on purpose is not missed.
        run.header.only = vec!["s/*".to_owned()];
        judge(&run, budgets, &baselines)
    };
    // Its interval clears the floor at 5 %, and does not at 2.5 %.
    let borderline = 500.0 * 1.0505;
    let alone = judged(&[("a", borderline)]);
    assert_eq!(verdict_of(&alone, "a"), VerdictKind::Regressed);
    let beside_an_unchanged = judged(&[("a", borderline), ("b", 500.0)]);
    assert_eq!(
        verdict_of(&beside_an_unchanged, "a"),
        VerdictKind::Inconclusive
    );
    let beside_a_regression = judged(&[("a", borderline), ("b", 900.0)]);
    assert_eq!(
        verdict_of(&beside_a_regression, "b"),
        VerdictKind::Regressed
    );
    assert_eq!(
        verdict_of(&beside_a_regression, "a"),
        VerdictKind::Regressed
    );
}

#[test]
fn a_comparison_that_would_have_missed_twice_the_tolerance_does_not_say_not_slower() {
    let all = [("a", Metric::time(), 500.0)];
    let gate = |share| {
        judge(
            &times(&[("a", 470.0)]),
            SLOWER,
            &[baseline_of(&all, &nine_jobs(share))],
        )
    };
    let quiet = gate(0.02);
    assert_eq!(verdict_of(&quiet, "a"), VerdictKind::Improved);
    let noisy = gate(0.06);
    let check = check(&noisy, "a");
    // By the interval alone it would be "not slower".
    let comparison = check.comparison.as_ref().unwrap();
    assert!(comparison.pass_interval.high.log() < 0.05_f64.ln_1p());
    assert_eq!(check.verdict, VerdictKind::Inconclusive);
    assert!(
        check.notes[0].starts_with("too noisy for this tolerance: only +1"),
        "{:?}",
        check.notes
    );
    assert_eq!(noisy.exit, ExitCode::NotEnforced);
}

#[test]
fn throughput_that_falls_is_a_regression_and_tenfold_throughput_is_suspicious() {
    let throughput = Metric::higher("throughput", Unit::PerSecond);
    let baselines = [baseline_of(
        &[("a", throughput.clone(), 500.0)],
        &nine_jobs(0.005),
    )];
    let judged = |value| {
        let run = run_of(&[("a", throughput.clone(), around(value, 0.005))]);
        let budgets = "[[budget]]\nbench = \"s/*\"\nmetric = \"throughput\"\nslower = \"5%\"\n";
        judge(&run, budgets, &baselines)
    };
    let fell = judged(400.0);
    assert_eq!(verdict_of(&fell, "a"), VerdictKind::Regressed);
    assert_eq!(fell.exit, ExitCode::Broken);
    let doubled = judged(1000.0);
    assert_eq!(verdict_of(&doubled, "a"), VerdictKind::Improved);
    assert!(check(&doubled, "a").notes.is_empty());
    let tenfold = judged(5500.0);
    assert_eq!(verdict_of(&tenfold, "a"), VerdictKind::Improved);
    assert!(check(&tenfold, "a").notes[0].starts_with("suspicious"));
}

#[test]
fn times_have_a_floor_that_counts_do_not_have() {
    let budgets = "[[budget]]\nbench = \"s/a\"\nslower = \"1%\"\n\
        [[budget]]\nbench = \"s/b\"\nmetric = \"allocations\"\nslower = \"0.5%\"\n";
    let allocations = Metric::lower("allocations", Unit::Count);
    let all = [
        ("a", Metric::time(), 500.0),
        ("b", allocations.clone(), 1000.0),
    ];
    // Both move by little and for sure.
    let run = run_of(&[
        ("a", Metric::time(), around(500.0 * 1.015, 0.0001)),
        ("b", allocations, vec![1010.0; 5]),
    ]);
    let gate = judge(&run, budgets, &[baseline_of(&all, &nine_jobs(0.0))]);
    let time = check(&gate, "a").comparison.as_ref().unwrap();
    assert!(
        time.interval.low.log() > 0.01,
        "sure of more than the tolerance"
    );
    assert_ne!(check(&gate, "a").verdict, VerdictKind::Regressed);
    assert_eq!(verdict_of(&gate, "b"), VerdictKind::Regressed);
}

#[test]
fn a_baseline_of_sixty_days_is_compared_with_and_one_of_sixty_one_is_not() {
    let baselines = [baseline_of(
        &[("a", Metric::time(), 500.0)],
        &nine_jobs(0.005),
    )];
    let at = |started: &str| {
        let mut run = times(&[("a", 500.0)]);
        run.header.started = started.to_owned();
        check(&judge(&run, SLOWER, &baselines), "a").clone()
    };
    // The newest job is of 9 November.
    assert_eq!(at("2027-01-09T11:59:59Z").verdict, VerdictKind::Unchanged);
    assert_eq!(
        at("2027-01-09T12:00:00Z").not_comparable,
        Some(NotComparable::Stale {
            days: 61,
            limit: 60
        })
    );
    // A clock that runs behind is no age.
    assert_eq!(at("2026-11-01T00:00:00Z").verdict, VerdictKind::Unchanged);
}

#[test]
fn stolen_time_at_the_limit_is_borne_and_beyond_it_is_not() {
    let baselines = [baseline_of(
        &[("a", Metric::time(), 500.0)],
        &nine_jobs(0.005),
    )];
    let with = |share| {
        let mut run = times(&[("a", 500.0)]);
        run.environment.steal = Some(share);
        check(&judge(&run, SLOWER, &baselines), "a").clone()
    };
    assert_eq!(with(STEAL_LIMIT).verdict, VerdictKind::Unchanged);
    assert_eq!(
        with(0.051).not_comparable,
        Some(NotComparable::Steal { share: 0.051 })
    );
}

#[test]
fn only_jobs_of_this_compiler_count() {
    let mut baseline = baseline_of(&[("a", Metric::time(), 500.0)], &nine_jobs(0.005));
    let run = times(&[("a", 500.0)]);
    baseline.jobs[0].rustc = "rustc 1.94.0".to_owned();
    let gate = judge(&run, SLOWER, std::slice::from_ref(&baseline));
    assert_eq!(check(&gate, "a").comparison.as_ref().unwrap().base_n, 8);
    baseline.jobs[1].rustc = "rustc 1.94.0".to_owned();
    let gate = judge(&run, SLOWER, &[baseline]);
    assert_eq!(
        check(&gate, "a").not_comparable,
        Some(NotComparable::TooFewJobs { jobs: 7, needed: 8 })
    );
}

#[test]
fn a_benchmark_that_only_jobs_of_another_compiler_have_is_new() {
    let all = [("a", Metric::time(), 500.0), ("b", Metric::time(), 500.0)];
    let mut baseline = baseline_of(&all, &nine_jobs(0.005));
    baseline.jobs[0].rustc = "rustc 1.94.0".to_owned();
    let key = ("b".to_owned(), "time".to_owned());
    baseline
        .series
        .get_mut(&key)
        .unwrap()
        .jobs
        .retain(|id, _| id == "job-01");
    let gate = judge(&times(&[("a", 500.0), ("b", 500.0)]), SLOWER, &[baseline]);
    assert_eq!(verdict_of(&gate, "a"), VerdictKind::Unchanged);
    assert_eq!(verdict_of(&gate, "b"), VerdictKind::New);
}

#[test]
fn a_round_in_which_one_side_failed_has_no_pair() {
    let mut run = times(&[("a", 600.0)]);
    let mut base = observations(Side::Base, &around(500.0, 0.005));
    base.remove(0);
    run.benchmarks[0].series[0].observations.extend(base);
    let paired = |run: &Run| judge(run, SLOWER, &[]);
    assert_eq!(verdict_of(&paired(&run), "a"), VerdictKind::Regressed);
    // Eight pairs are the least; a round less leaves seven.
    run.benchmarks[0].series[0]
        .observations
        .retain(|observation| observation.invocation != 8);
    assert_eq!(
        check(&paired(&run), "a").not_comparable,
        Some(NotComparable::TooFewObservations { got: 7, needed: 8 })
    );
}

#[test]
fn a_budget_in_another_unit_than_the_metric_is_invalid_and_a_bare_number_takes_the_unit() {
    let metric = Metric::lower("latency", Unit::Nanoseconds);
    let run = run_of(&[("a", metric, around(500.0, 0.005))]);
    let judged = |max: &str| {
        let budget = format!("[[budget]]\nbench = \"s/*\"\nmetric = \"latency\"\nmax = {max}\n");
        judge(&run, &budget, &[])
    };
    let bytes = judged("\"1 MiB\"");
    assert_eq!(verdict_of(&bytes, "a"), VerdictKind::Invalid);
    assert_eq!(
        check(&bytes, "a").notes,
        ["the budget is in bytes, the metric in ns"]
    );
    assert_eq!(bytes.exit, ExitCode::NotEnforced);
    assert_eq!(judged("600").exit, ExitCode::Pass);
    assert_eq!(judged("400").exit, ExitCode::Broken);
}

#[test]
fn observations_without_a_usable_number_are_invalid_and_never_within_budget() {
    let run = run_of(&[("a", Metric::time(), vec![f64::NAN; 9])]);
    let gate = judge(&run, MAX, &[]);
    assert_eq!(verdict_of(&gate, "a"), VerdictKind::Invalid);
    assert_eq!(
        check(&gate, "a").notes,
        ["9 of 9 invocations said nothing usable about this metric"]
    );
    assert_eq!(
        (gate.accounting.missing, gate.exit),
        (1, ExitCode::NotEnforced)
    );
}

#[test]
fn four_invocations_leave_a_ceiling_undecided_and_say_so() {
    let judged = |values| judge(&run_of(&[("a", Metric::time(), values)]), MAX, &[]);
    let four = judged(vec![1.0, 2.0, 3.0, 4.0]);
    assert_eq!(verdict_of(&four, "a"), VerdictKind::Inconclusive);
    assert_eq!(
        check(&four, "a").notes,
        ["4 of the 5 invocations that an interval needs"]
    );
    assert_eq!(judged(vec![1.0, 2.0, 3.0, 4.0, 5.0]).exit, ExitCode::Pass);
}

#[test]
fn benchmarks_without_a_budget_are_counted_and_five_of_them_named() {
    let names = ["a", "x1", "x2", "x3", "x4", "x5", "x6"];
    let run = times(&names.map(|name| (name, 500.0)));
    let gate = judge(&run, "[[budget]]\nbench = \"s/a\"\nmax = \"1 us\"\n", &[]);
    let note = finding(&gate, Code::UnbudgetedBenchmark);
    assert_eq!(note.message, "6 benchmarks have no budget");
    assert_eq!(note.notes, ["s/x1", "s/x2", "s/x3", "s/x4", "s/x5"]);
    assert_eq!(gate.exit, ExitCode::Pass);
}

#[test]
fn the_nearest_benchmark_is_only_offered_if_it_is_near() {
    let help = |glob: &str| {
        let budget = format!("{MAX}[[budget]]\nbench = \"{glob}\"\nmax = \"1 s\"\n");
        let gate = judge(&times(&[("parse/small", 500.0)]), &budget, &[]);
        finding(&gate, Code::UnmatchedBudget).help.clone().unwrap()
    };
    assert!(help("s/prase/small").starts_with("the nearest benchmark is `s/parse/small`"));
    assert!(help("zzzzz").starts_with("benchmarks are named suite/name, for example"));
}

#[test]
fn a_suite_that_the_run_does_not_have_fails_closed_at_its_line_unless_left_out_on_purpose() {
    let budgets = format!("[[suite]]\nname = \"t\"\ntool = \"divan\"\nbench = \"t\"\n{MAX}");
    let mut run = times(&[("a", 500.0)]);
    let gate = judge(&run, &budgets, &[]);
    let empty = finding(&gate, Code::EmptySuite);
    assert!(empty.message.contains("`t`"));
    assert_eq!(empty.place.as_ref().unwrap().line_column().0, 7);
    assert_eq!(
        (gate.accounting.missing, gate.exit),
        (1, ExitCode::NotEnforced)
    );
    run.header.only = vec!["s/*".to_owned()];
    let gate = judge(&run, &budgets, &[]);
    assert!(!has(&gate, Code::EmptySuite));
    assert_eq!(gate.exit, ExitCode::Pass);
}

#[test]
fn a_suite_that_lists_nothing_is_empty_unless_left_out_on_purpose() {
    let mut run = times(&[("a", 500.0)]);
    run.suites.push(suite("unknown to budgets.toml", &[]));
    let gate = judge(&run, MAX, &[]);
    assert_eq!(finding(&gate, Code::EmptySuite).place, None);
    assert_eq!(gate.exit, ExitCode::NotEnforced);
    run.header.only = vec!["s/*".to_owned()];
    assert_eq!(judge(&run, MAX, &[]).exit, ExitCode::Pass);
}

#[test]
fn a_suite_that_could_not_be_listed_is_an_error_with_its_output() {
    let mut run = times(&[("a", 500.0)]);
    let says = "exit status 3\nmissing library";
    run.failures
        .push(failure("s", None, FailureKind::NotStarted, says));
    let gate = judge(&run, MAX, &[]);
    let error = finding(&gate, Code::FailedInvocation);
    assert_eq!(
        error.message,
        "suite `s` could not be listed: its executable could not be started"
    );
    assert_eq!(error.notes, ["exit status 3", "missing library"]);
    assert_eq!(gate.accounting.missing, 0);
    assert_eq!(gate.exit, ExitCode::NotEnforced);
}

#[test]
fn reference_kernels_that_failed_are_a_warning_and_no_verdict() {
    let mut run = times(&[("a", 500.0)]);
    for _ in 0..2 {
        let failed = failure(REFERENCE_KERNELS, None, FailureKind::TimedOut, "after 10 s");
        run.failures.push(failed);
    }
    let gate = judge(&run, MAX, &[]);
    let warning = finding(&gate, Code::DisturbedMachine);
    assert_eq!(warning.severity, Severity::Warning);
    assert!(warning.message.contains("failed in 2 rounds"));
    assert_eq!(warning.notes, ["after 10 s"]);
    assert_eq!((gate.checks.len(), gate.exit), (1, ExitCode::Pass));
}

#[test]
fn several_crashes_of_a_benchmark_are_one_check_and_one_finding() {
    let mut run = times(&[("a", 500.0), ("b", 500.0)]);
    for detail in ["signal 11", "signal 6"] {
        let crash = failure("s", Some("b"), FailureKind::Crashed, detail);
        run.failures.push(crash);
    }
    // Nothing of `b` was kept.
    run.benchmarks.pop();
    let gate = judge(&run, MAX, &[]);
    assert_eq!(verdict_of(&gate, "b"), VerdictKind::Invalid);
    assert_eq!(check(&gate, "b").notes, ["crashed in round 3"]);
    let error = finding(&gate, Code::FailedInvocation);
    assert_eq!(error.message, "benchmark `s/b` crashed (2 times)");
    assert_eq!(error.notes, ["signal 11"]);
    assert_eq!(gate.accounting.missing, 1);
}

#[test]
fn a_benchmark_without_observations_was_not_measured() {
    let mut run = times(&[("a", 500.0), ("b", 500.0)]);
    run.benchmarks[1].series[0].observations.clear();
    let budgets = "[[budget]]\nbench = \"s/a\"\nmax = \"1 us\"\n";
    let gate = judge(&run, budgets, &[]);
    assert_eq!(verdict_of(&gate, "b"), VerdictKind::Missing);
    assert_eq!(
        check(&gate, "b").notes,
        ["listed by the tool, and never measured"]
    );
    assert_eq!(gate.exit, ExitCode::NotEnforced);
}

#[test]
fn the_last_budget_that_covers_a_missing_benchmark_says_how_bad_that_is() {
    let mut run = times(&[("a", 500.0)]);
    run.suites[0].listed.push("gone".to_owned());
    let budgets = format!(
        "{MAX}[[budget]]\nbench = \"s/g*\"\nmin = \"1 ns\"\nseverity = \"warn\"\nunresolved = \"fail\"\n"
    );
    run.header.only = vec!["s/*".to_owned()];
    let gate = judge(&run, &budgets, &[]);
    let gone = check(&gate, "gone");
    assert_eq!(
        (gone.budget, gone.severity, gone.unresolved),
        (Some(1), Enforcement::Warn, Unresolved::Fail)
    );
}

#[test]
fn only_the_newest_job_of_a_baseline_is_expected_to_come_back() {
    let all = [
        ("a", Metric::time(), 500.0),
        ("dropped", Metric::time(), 500.0),
    ];
    let mut baseline = baseline_of(&all, &nine_jobs(0.005));
    let key = ("dropped".to_owned(), "time".to_owned());
    baseline.series.get_mut(&key).unwrap().jobs.remove("job-09");
    let gate = judge(&times(&[("a", 500.0)]), MAX, &[baseline]);
    assert_eq!((gate.checks.len(), gate.exit), (1, ExitCode::Pass));
}

#[test]
fn without_a_baseline_of_this_class_the_one_measured_last_says_what_is_expected() {
    let of = |name, jobs: usize, cores| {
        let mut baseline = baseline_of(&[(name, Metric::time(), 500.0)], &nine_jobs(0.005)[..jobs]);
        let mut environment = run_of(&[]).environment;
        environment.cpu.cores = Some(cores);
        baseline.class = MachineClass::of(&environment);
        baseline
    };
    let baselines = [of("older", 3, 4), of("newer", 9, 8), of("oldest", 2, 16)];
    let gate = judge(&times(&[("a", 500.0)]), MAX, &baselines);
    let missing: Vec<&str> = gate
        .checks
        .iter()
        .filter(|check| check.verdict == VerdictKind::Missing)
        .map(|check| check.benchmark.name.as_str())
        .collect();
    assert_eq!(missing, ["newer"]);
}

#[test]
fn a_baseline_of_this_class_comes_before_a_newer_one_of_another() {
    let mut other = baseline_of(&[("theirs", Metric::time(), 500.0)], &nine_jobs(0.005));
    let mut environment = run_of(&[]).environment;
    environment.cpu.cores = Some(64);
    other.class = MachineClass::of(&environment);
    let ours = baseline_of(&[("ours", Metric::time(), 500.0)], &nine_jobs(0.005)[..2]);
    let gate = judge(&times(&[("a", 500.0)]), MAX, &[other, ours]);
    assert_eq!(verdict_of(&gate, "ours"), VerdictKind::Missing);
    assert_eq!(gate.checks.len(), 2);
}

#[test]
fn broken_comes_before_missing_and_missing_before_unresolved() {
    let strict = format!("{MAX}unresolved = \"fail\"\n");
    let with_missing = |benchmarks: &[(&str, f64)]| {
        let mut run = times(benchmarks);
        run.suites[0].listed.push("gone".to_owned());
        judge(&run, &strict, &[]).exit
    };
    assert_eq!(
        with_missing(&[("a", 2000.0), ("b", 1000.0)]),
        ExitCode::Broken
    );
    assert_eq!(
        with_missing(&[("a", 500.0), ("b", 1000.0)]),
        ExitCode::NotEnforced
    );
    let run = times(&[("a", 500.0), ("b", 1000.0)]);
    assert_eq!(judge(&run, &strict, &[]).exit, ExitCode::Unresolved);
}

#[test]
fn a_hash_that_one_side_does_not_know_says_nothing_of_a_change() {
    let budgets = Budgets::parse("budgets.toml", &format!("{SUITE}{MAX}")).unwrap();
    let changed = |recorded: &str, now: &str| {
        let mut run = times(&[("a", 500.0)]);
        run.header.config_hash = recorded.to_owned();
        let gate = run_gate(GateInput {
            run: &run,
            budgets: &budgets,
            baselines: &[],
            config_hash: now,
            calibration: None,
        });
        has(&gate, Code::ConfigChanged)
    };
    assert!(changed("aa", "bb"));
    assert!(!changed("aa", "aa"));
    assert!(!changed("", "bb"));
    assert!(!changed("aa", ""));
}

#[test]
fn findings_come_worst_first() {
    let mut run = times(&[("a", 500.0), ("b", 500.0)]);
    run.header.partial = true;
    run.failures
        .push(failure(REFERENCE_KERNELS, None, FailureKind::Silent, ""));
    let gate = judge(&run, "[[budget]]\nbench = \"s/a\"\nmax = \"1 us\"\n", &[]);
    let severities: Vec<Severity> = gate
        .findings
        .iter()
        .map(|finding| finding.severity)
        .collect();
    assert_eq!(
        severities,
        [Severity::Error, Severity::Warning, Severity::Note]
    );
}
