//! Workloads through the gate: from hand-made records of runs to verdicts and exit codes.

use super::*;
use crate::baseline::Baseline;
use crate::budget::Budgets;
use crate::measurement::{
    BaseSide, BenchmarkId, BenchmarkRecord, Failure, FailureKind, Observation, Revision, Series,
    Side, SuiteRecord,
};
use crate::workload::fixtures::{SECOND, endpoint, record, workload};
use crate::workload::metrics;
use crate::workload::record::{Ended, EndpointRecord, ProcessSample, Stop};
use crate::workload::{Outcome, Record};

pub(crate) const SUITE: &str =
    "version = 1\n[[suite]]\nname = \"api\"\ntool = \"command\"\ncommand = [\"true\"]\n";

/// Within `share` of one, without pattern or ties.
pub(crate) fn jitter(round: u32, salt: u32, share: f64) -> f64 {
    let step = f64::from((round * 7919 + salt * 104_729 + 13) % 1009) / 1009.0 - 0.5;
    1.0 + share * step
}

/// Calls of 10 ms to 19.9 ms, times `factor`.
fn calls(name: &str, calls: u64, factor: f64) -> EndpointRecord {
    let mut endpoint = endpoint(name, 0, &[(Outcome::Ok, calls)]);
    for i in 0..calls {
        let time = (10e6 + 1e5 * (i % 100) as f64) * factor;
        endpoint.judged.response.record(time as u64);
        endpoint.judged.service.record((time * 0.9) as u64);
    }
    endpoint
}

/// A run of `health` with so many calls, all times by this factor.
pub(crate) fn of_speed(factor: f64, health: u64) -> Record {
    record(vec![calls("health", health, factor)])
}

pub(crate) fn stopped(stop: Stop) -> Record {
    let mut record = of_speed(1.0, 500);
    record.ended = Ended::Stopped(stop);
    record
}

fn refused_everywhere() -> Record {
    record(vec![endpoint("health", 0, &[(Outcome::Refused, 43)])])
}

/// A whole run of tollgate as the session would record it.
fn run_of(based: bool, records: impl IntoIterator<Item = (Side, u32, Record)>) -> Run {
    let mut workload = workload(Vec::new());
    workload.endpoints.truncate(1);
    workload.flows.truncate(1);
    let mut run = Run::default();
    run.header.started = "2026-11-21T12:00:00Z".to_owned();
    run.header.base = based.then(Revision::default);
    let names = metrics::benchmarks(&workload);
    run.suites.push(SuiteRecord {
        name: "api".to_owned(),
        tool: "workload".to_owned(),
        listed: names.clone(),
        base: based.then_some(BaseSide::Measured),
        ..SuiteRecord::default()
    });
    for (order, (side, invocation, mut record)) in (0..).zip(records) {
        record.driven.flows.clear();
        match metrics::metrics(&record, &workload) {
            Ok(told) => {
                for benchmark in told {
                    let id = BenchmarkId::new("api", benchmark.name);
                    for (metric, evidence) in benchmark.metrics {
                        put(&mut run, &id, metric).push(Observation {
                            side,
                            invocation,
                            order,
                            at_ms: f64::from(order) * 10_000.0,
                            layout: None,
                            evidence,
                        });
                    }
                }
            }
            Err(problem) => {
                run.failures.extend(names.iter().map(|name| Failure {
                    suite: "api".to_owned(),
                    benchmark: Some(name.clone()),
                    side,
                    invocation,
                    kind: problem.kind().unwrap(),
                    detail: problem.to_string(),
                }));
            }
        }
    }
    run
}

fn put<'a>(
    run: &'a mut Run,
    id: &BenchmarkId,
    metric: crate::measurement::Metric,
) -> &'a mut Vec<Observation> {
    let at = run.benchmarks.iter().position(|known| known.id == *id);
    let at = at.unwrap_or_else(|| {
        run.benchmarks.push(BenchmarkRecord {
            id: id.clone(),
            series: Vec::new(),
        });
        run.benchmarks.len() - 1
    });
    let series = &mut run.benchmarks[at].series;
    let at = series.iter().position(|known| known.metric == metric);
    let at = at.unwrap_or_else(|| {
        series.push(Series {
            metric,
            observations: Vec::new(),
        });
        series.len() - 1
    });
    &mut series[at].observations
}

/// Runs without a base.
pub(crate) fn alone(records: impl IntoIterator<Item = Record>) -> Run {
    run_of(
        false,
        (0..)
            .zip(records)
            .map(|(round, record)| (Side::Candidate, round, record)),
    )
}

/// Pairs of runs: base and candidate of each round.
pub(crate) fn pairs(rounds: u32, of: impl Fn(Side, u32) -> Record) -> Run {
    let sides = [Side::Base, Side::Candidate];
    run_of(
        true,
        (0..rounds).flat_map(|round| sides.map(|side| (side, round, of(side, round)))),
    )
}

/// Eight pairs of which the candidate takes `ratio` of the base's time.
pub(crate) fn paired(ratio: f64) -> Run {
    pairs(8, |side, round| {
        let factor = if side == Side::Base { 1.0 } else { ratio };
        let salt = u32::from(side == Side::Base);
        of_speed(factor * jitter(round, salt, 0.02), 500)
    })
}

fn judge(run: &Run, budgets: &str) -> Gate {
    judge_against(run, budgets, &[])
}

fn judge_against(run: &Run, budgets: &str, baselines: &[Baseline]) -> Gate {
    let text = format!("{SUITE}{budgets}");
    let budgets =
        Budgets::parse("budgets.toml", &text).unwrap_or_else(|found| panic!("{found:#?}"));
    run_gate(GateInput {
        run,
        budgets: &budgets,
        baselines,
        config_hash: "",
        calibration: None,
    })
}

pub(crate) fn on(bench: &str, metric: &str, limit: &str) -> String {
    format!("[[budget]]\nbench = \"api/{bench}\"\nmetric = \"{metric}\"\n{limit}\n")
}

fn only(gate: &Gate) -> &Check {
    assert_eq!(gate.checks.len(), 1, "{:#?}", gate.checks);
    &gate.checks[0]
}

fn notes(gate: &Gate) -> Vec<String> {
    gate.checks
        .iter()
        .flat_map(|check| check.notes.clone())
        .collect()
}

fn said(gate: &Gate) -> String {
    let findings = gate.findings.iter();
    findings
        .map(|finding| format!("{}\n{}\n", finding.message, finding.notes.join("\n")))
        .collect()
}

pub(crate) const FIVE: [f64; 5] = [0.99, 1.0, 1.01, 1.005, 0.995];

#[test]
fn a_percentile_within_its_limit_passes_and_one_beyond_it_is_over_budget() {
    let run = alone(FIVE.map(|factor| of_speed(factor, 500)));
    let gate = judge(&run, &on("health", "p95", "max = \"25 ms\""));
    assert_eq!(only(&gate).verdict, VerdictKind::WithinBudget);
    assert_eq!(gate.exit, ExitCode::Pass);
    let gate = judge(&run, &on("all", "p95", "max = \"18 ms\""));
    assert_eq!(only(&gate).verdict, VerdictKind::OverBudget);
    assert_eq!(gate.exit, ExitCode::Broken);
}

#[test]
fn twenty_percent_more_in_pairs_of_runs_is_a_regression_and_the_same_is_none() {
    let budget = on("health", "p95", "");
    let gate = judge(&paired(1.2), &budget);
    assert_eq!(only(&gate).verdict, VerdictKind::Regressed);
    // Nobody says anything: 10 % of a p95.
    let Limit::Slower(tolerance) = only(&gate).limit else {
        panic!("{:?}", only(&gate).limit);
    };
    assert!((tolerance.fraction() - 0.10).abs() < 1e-9);
    assert_eq!(gate.exit, ExitCode::Broken);
    let gate = judge(&paired(1.0), &budget);
    assert_eq!(
        only(&gate).verdict,
        VerdictKind::Unchanged,
        "{:#?}",
        only(&gate)
    );
    assert_eq!(gate.exit, ExitCode::Pass);
}

#[test]
fn a_tolerance_of_defaults_or_of_the_budget_holds_for_percentiles_too() {
    for (text, percent) in [
        (on("health", "p99", ""), 15.0),
        (on("health", "p99", "slower = \"4%\""), 4.0),
        (
            format!(
                "[defaults]\ntolerance = \"3%\"\n{}",
                on("health", "p99", "")
            ),
            3.0,
        ),
        (on("health", "throughput", ""), 5.0),
    ] {
        let budgets = Budgets::parse("budgets.toml", &format!("{SUITE}{text}")).unwrap();
        let slower = budgets.budgets[0].slower.unwrap();
        assert!((100.0 * slower.fraction() - percent).abs() < 1e-9, "{text}");
    }
}

#[test]
fn a_histogram_is_judged_by_its_median() {
    let gate = judge(
        &paired(1.2),
        &on("health", "response-time", "slower = \"5%\""),
    );
    assert_eq!(only(&gate).verdict, VerdictKind::Regressed);
    let gate = judge(
        &paired(1.0),
        &on("health", "response-time", "max = \"20 ms\""),
    );
    assert_eq!(only(&gate).verdict, VerdictKind::WithinBudget);
}

#[test]
fn throughput_that_falls_is_a_regression() {
    let run = pairs(8, |side, round| {
        let calls = if side == Side::Base { 500 } else { 400 };
        of_speed(1.0, calls + u64::from(round))
    });
    let gate = judge(&run, &on("health", "throughput", "slower = \"5%\""));
    assert_eq!(only(&gate).verdict, VerdictKind::Regressed);
}

#[test]
fn a_withheld_percentile_is_invalid_by_name_and_never_a_pass() {
    // One run of five is a call short.
    let run = alone([500, 500, 500, 399, 500].map(|calls| of_speed(1.0, calls)));
    let gate = judge(&run, &on("health", "p95", "max = \"25 ms\""));
    assert_eq!(only(&gate).verdict, VerdictKind::Invalid);
    assert_eq!(
        notes(&gate),
        [
            "not told in 1 of 5 invocations: 399 calls, and p95 needs 400: let the run last longer or make more calls"
        ]
    );
    assert_eq!(gate.exit, ExitCode::NotEnforced);
    // Never told at all: still a check, and no budget that reached nothing.
    let run = alone(FIVE.map(|factor| of_speed(factor, 500)));
    let gate = judge(&run, &on("health", "p99.9", "max = \"25 ms\""));
    assert_eq!(only(&gate).verdict, VerdictKind::Invalid);
    assert!(
        notes(&gate)[0].contains("500 calls, and p99.9 needs 20000"),
        "{:?}",
        notes(&gate)
    );
    assert_eq!(gate.exit, ExitCode::NotEnforced);
    // What the same runs do tell is judged.
    let gate = judge(&run, &on("health", "p95", "max = \"25 ms\""));
    assert_eq!(gate.exit, ExitCode::Pass);
}

#[test]
fn a_percentile_that_one_side_withholds_is_invalid_and_says_which() {
    for (withholding, name) in [(Side::Base, "base"), (Side::Candidate, "candidate")] {
        let run = pairs(8, |side, round| {
            let calls = if side == withholding { 399 } else { 500 };
            of_speed(jitter(round, 3, 0.01), calls)
        });
        let gate = judge(&run, &on("health", "p95", ""));
        assert_eq!(only(&gate).verdict, VerdictKind::Invalid, "{name}");
        let expected = format!("the {name} does not tell it: 399 calls, and p95 needs 400");
        assert!(notes(&gate)[0].starts_with(&expected), "{:?}", notes(&gate));
        assert_eq!(gate.exit, ExitCode::NotEnforced);
    }
}

#[test]
fn an_endpoint_without_calls_breaks_no_other_check_and_passes_none_of_its_own() {
    let silent = || {
        let mut record = of_speed(1.0, 500);
        record.driven.endpoints[0].name = "all-of-it".to_owned();
        record.driven.endpoints.push(endpoint("health", 0, &[]));
        record
    };
    let run = alone([silent(), silent(), silent(), silent(), silent()]);
    for metric in ["p95", "error-rate", "throughput"] {
        let gate = judge(&run, &on("health", metric, "slower = \"5%\""));
        assert_eq!(only(&gate).verdict, VerdictKind::Invalid, "{metric}");
        assert!(notes(&gate)[0].contains("it was not called in this run"));
        assert_eq!(gate.exit, ExitCode::NotEnforced);
    }
    let gate = judge(&run, &on("all", "p95", "max = \"25 ms\""));
    assert_eq!(gate.exit, ExitCode::Pass, "{}", said(&gate));
}

#[test]
fn a_run_without_data_is_invalid_and_said_once() {
    let run = alone([refused_everywhere(), refused_everywhere()]);
    let gate = judge(&run, &on("*", "p95", "max = \"25 ms\""));
    assert_eq!(gate.exit, ExitCode::NotEnforced);
    assert_eq!(gate.checks.len(), 3);
    for check in &gate.checks {
        assert_eq!(check.verdict, VerdictKind::Invalid);
        assert_eq!(
            check.notes,
            ["gave no data in round 0: none of 43 calls went well: 43 connection refused"]
        );
    }
    let failed: Vec<&Diagnostic> = (gate.findings.iter())
        .filter(|finding| finding.code == Code::FailedInvocation)
        .collect();
    assert_eq!(failed.len(), 1, "{failed:#?}");
    assert_eq!(failed[0].message, "workload `api` gave no data (2 times)");
}

/// As if the generator had been late in the runs of these sides and rounds.
pub(crate) fn invalid_in(run: &mut Run, spoiled: &[(Side, u32)]) {
    for record in &mut run.benchmarks {
        for series in &mut record.series {
            (series.observations).retain(|one| !spoiled.contains(&(one.side, one.invocation)));
        }
    }
    let names = run.suites[0].listed.clone();
    for (side, invocation) in spoiled {
        run.failures.extend(names.iter().map(|name| Failure {
            suite: "api".to_owned(),
            benchmark: Some(name.clone()),
            side: *side,
            invocation: *invocation,
            kind: FailureKind::Invalid,
            detail: "the generator began 3.2 % of calls late (limit 1 %)\nmore".to_owned(),
        }));
    }
}

#[test]
fn an_invalid_measurement_fails_nobody_and_passes_nobody() {
    let mut run = alone(FIVE.map(|factor| of_speed(factor, 500)));
    let rounds = [0, 1, 2, 3, 4].map(|round| (Side::Candidate, round));
    invalid_in(&mut run, &rounds);
    let gate = judge(&run, &on("health", "p95", "max = \"25 ms\""));
    let check = gate
        .checks
        .iter()
        .find(|one| one.benchmark.name == "health")
        .unwrap();
    assert_eq!(check.verdict, VerdictKind::Invalid);
    assert_eq!(
        check.notes,
        [
            "could not be measured as it should in round 0: the generator began 3.2 % of calls late (limit 1 %)"
        ]
    );
    assert_eq!(gate.exit, ExitCode::NotEnforced);
}

#[test]
fn an_invalid_run_of_one_side_costs_its_pair_and_many_cost_the_check() {
    for side in [Side::Base, Side::Candidate] {
        let mut once = pairs(9, |_, round| of_speed(jitter(round, 3, 0.01), 500));
        invalid_in(&mut once, &[(side, 4)]);
        let gate = judge(&once, &on("health", "p95", ""));
        assert_eq!(only(&gate).verdict, VerdictKind::Unchanged, "{side:?}");
        assert!(notes(&gate).contains(&"1 of 9 rounds gave no pair".to_owned()));
        let mut often = once.clone();
        invalid_in(&mut often, &[(side, 5), (side, 6)]);
        let gate = judge(&often, &on("health", "p95", ""));
        assert!(
            gate.checks
                .iter()
                .all(|check| check.verdict == VerdictKind::Invalid),
            "{side:?}: {:#?}",
            gate.checks
        );
        assert_eq!(gate.exit, ExitCode::NotEnforced);
    }
}

#[test]
fn an_invalid_candidate_does_not_hide_that_it_crashes_where_the_base_works() {
    let mut run = pairs(9, |side, round| {
        if side == Side::Candidate && round == 2 {
            stopped(Stop::TargetDied {
                status: "signal 11".to_owned(),
            })
        } else {
            of_speed(jitter(round, 3, 0.01), 500)
        }
    });
    invalid_in(&mut run, &[(Side::Candidate, 4)]);
    let gate = judge(&run, &on("health", "p95", ""));
    assert!(
        gate.checks
            .iter()
            .any(|check| check.verdict == VerdictKind::Failed)
    );
    assert_eq!(gate.exit, ExitCode::Broken);
}

#[test]
fn a_target_that_dies_on_one_side_is_that_sides_fault() {
    let dies_on = |dying: Side| {
        pairs(8, |side, round| {
            if side == dying && round < 2 {
                stopped(Stop::TargetDied {
                    status: "exit status 3".to_owned(),
                })
            } else {
                of_speed(jitter(round, 3, 0.01), 500)
            }
        })
    };
    let gate = judge(&dies_on(Side::Candidate), &on("health", "p95", ""));
    assert_eq!(gate.exit, ExitCode::Broken);
    assert!(
        gate.checks
            .iter()
            .any(|check| check.verdict == VerdictKind::Failed)
    );
    assert!(
        said(&gate).contains(
            "workload `api`: the candidate fails where the base works: it crashed (2 times)"
        ),
        "{}",
        said(&gate)
    );
    assert!(said(&gate).contains("the target ended while it was driven: exit status 3"));
    let gate = judge(&dies_on(Side::Base), &on("health", "p95", ""));
    assert_eq!(only(&gate).verdict, VerdictKind::NotComparable);
    assert_ne!(gate.exit, ExitCode::Broken);
    assert_ne!(gate.exit, ExitCode::Pass);
}

#[test]
fn a_safety_stop_is_named_with_its_numbers() {
    let memory = || {
        stopped(Stop::Memory {
            used: 123 << 20,
            limit: 100 << 20,
        })
    };
    let gate = judge(
        &alone([memory(), memory()]),
        &on("health", "p95", "max = \"25 ms\""),
    );
    assert_eq!(gate.exit, ExitCode::NotEnforced);
    assert!(notes(&gate).iter().all(|note| note
        == "was stopped for safety in round 0: the target's memory was 123.0 MiB (limit 100.0 MiB)"));
    // The base kept to the limit: that is a finding about the candidate.
    let run = pairs(8, |side, round| match side {
        Side::Base => of_speed(jitter(round, 3, 0.01), 500),
        Side::Candidate => memory(),
    });
    let gate = judge(&run, &on("health", "p95", ""));
    assert_eq!(gate.exit, ExitCode::Broken);
}

#[test]
fn no_errors_in_five_runs_are_within_one_percent_and_in_four_cannot_be_told() {
    let budget = on("health", "error-rate", "max = \"1%\"");
    let gate = judge(&alone(FIVE.map(|factor| of_speed(factor, 500))), &budget);
    assert_eq!(only(&gate).verdict, VerdictKind::WithinBudget);
    assert_eq!(gate.exit, ExitCode::Pass);
    let gate = judge(
        &alone([1.0; 4].map(|factor| of_speed(factor, 500))),
        &budget,
    );
    assert_eq!(only(&gate).verdict, VerdictKind::Inconclusive);
    let failing = |_| {
        let mut record = of_speed(1.0, 500);
        record.driven.endpoints[0]
            .outcomes
            .insert(Outcome::Status, 20);
        record
    };
    let gate = judge(&alone([0; 5].map(failing)), &budget);
    assert_eq!(only(&gate).verdict, VerdictKind::OverBudget);
}

/// Runs of 1,000,000 calls of which so many of the candidate's fail.
pub(crate) fn failing(candidate: impl Fn(u32) -> u64) -> Run {
    pairs(8, |side, round| {
        let mut record = of_speed(1.0, 500);
        let outcomes = &mut record.driven.endpoints[0].outcomes;
        outcomes.insert(Outcome::Ok, 1_000_000);
        if side == Side::Candidate && candidate(round) > 0 {
            outcomes.insert(Outcome::Status, candidate(round));
        }
        record
    })
}

#[test]
fn errors_where_there_were_none_are_a_regression_and_one_in_a_million_is_none() {
    let budget = on("health", "error-rate", "slower = \"10%\"");
    let gate = judge(&failing(|_| 0), &budget);
    assert_eq!(only(&gate).verdict, VerdictKind::Unchanged);
    for one in [
        judge(&failing(|_| 1), &budget),
        judge(&failing(|round| u64::from(round == 3)), &budget),
    ] {
        assert_eq!(
            only(&one).verdict,
            VerdictKind::Unchanged,
            "{:#?}",
            only(&one)
        );
    }
    let gate = judge(&failing(|round| 10_000 + u64::from(round)), &budget);
    let check = only(&gate);
    assert_eq!(check.verdict, VerdictKind::Regressed, "{check:#?}");
    let comparison = check.comparison.as_ref().unwrap();
    // The values are told as they are.
    assert!(comparison.base < 1e-12, "{comparison:?}");
    assert!(
        (comparison.candidate - 0.0099).abs() < 1e-4,
        "{comparison:?}"
    );
}

/// A run whose target grows by so many MiB a minute.
pub(crate) fn growing(mib_per_minute: u32) -> Record {
    let mut record = of_speed(1.0, 500);
    record.cold_start = None;
    if let Some(process) = &mut record.process {
        process.samples = (0..600)
            .map(|i| ProcessSample {
                at: i * SECOND / 4,
                processes: 1,
                rss: (100 << 20) + u64::from(mib_per_minute) * (1 << 20) * u64::from(i) / 240,
                threads: 4,
                ..ProcessSample::default()
            })
            .collect();
    }
    record
}

#[test]
fn threads_and_files_vary_and_a_leak_speaks_for_itself() {
    use crate::compare::{repeats_exactly, speaks_for_itself};
    let run = alone([growing(20)]);
    let process = run
        .benchmarks
        .iter()
        .find(|one| one.id.name == "process")
        .unwrap();
    for series in &process.series {
        let name = series.metric.name.as_str();
        assert!(!repeats_exactly(&series.metric), "{name}");
        assert_eq!(speaks_for_itself(&series.metric), name == "leak", "{name}");
    }
    let all = run
        .benchmarks
        .iter()
        .find(|one| one.id.name == "all")
        .unwrap();
    assert!(
        all.series
            .iter()
            .all(|series| !repeats_exactly(&series.metric))
    );
    // A single run of anything else is too few.
    let gate = judge(&run, &on("process", "threads", "max = 100"));
    assert_eq!(only(&gate).verdict, VerdictKind::Inconclusive);
}

#[test]
fn a_workload_benchmark_that_left_since_the_baseline_is_missed() {
    let mut baseline = super::tests::baseline_of(&[("health", 500.0), ("gone", 500.0)], 8);
    baseline.suite = "api".to_owned();
    let run = alone(FIVE.map(|factor| of_speed(factor, 500)));
    let mut run = run;
    run.environment.toolchain.rustc = Some("rustc 1.95.0 (59807616e 2026-04-14)".to_owned());
    let budget = on("health", "p95", "max = \"25 ms\"");
    let gate = judge_against(&run, &budget, &[baseline]);
    let gone = gate
        .checks
        .iter()
        .find(|one| one.benchmark.name == "gone")
        .unwrap();
    assert_eq!(gone.verdict, VerdictKind::Missing);
    assert_eq!(gate.exit, ExitCode::NotEnforced);
    assert!(said(&gate).contains("benchmark `api/gone` of the baseline was not measured"));
}
