use super::*;
use crate::budget::{Budgets, Enforcement, Unresolved};
use crate::compare::OverheadBounds;
use crate::diagnostic::Code;
use crate::measurement::{Evidence, Failure, FailureKind, Observation, Run, Side};
use crate::units::{Change, Quantity};
use crate::verdict::{ExitCode, Gate, open_pairs, run_gate};

const CLAIM: &str = "version = 1\n[[suite]]\nname = \"s\"\ntool = \"divan\"\nbench = \"s\"\n\
                     [[overhead]]\nname = \"probe\"\non = \"s/on\"\noff = \"s/off\"\n";

fn budgets(more: &str) -> Budgets {
    Budgets::parse("budgets.toml", &format!("{CLAIM}{more}")).unwrap()
}

/// A run with so many pairs of the claim.
fn run_of(pairs: u32) -> Run {
    let mut run = Run::default();
    run.header.started = "2026-11-21T12:00:00Z".to_owned();
    run.header.only = vec!["tollgate/overhead/*".to_owned()];
    run.benchmarks.push(BenchmarkRecord {
        id: BenchmarkId::new(OVERHEAD, "probe"),
        series: vec![Series {
            metric: Metric::time(),
            observations: (0..pairs)
                .flat_map(|round| {
                    [Side::Base, Side::Candidate].map(|side| Observation {
                        side,
                        invocation: round,
                        order: 0,
                        at_ms: 0.0,
                        layout: None,
                        evidence: Evidence::Value(500.0 + f64::from(round)),
                    })
                })
                .collect(),
        }],
    });
    run
}

fn judged(run: &Run, more: &str) -> Gate {
    run_gate(input(run, &budgets(more)))
}

fn input<'a>(run: &'a Run, budgets: &'a Budgets) -> GateInput<'a> {
    GateInput {
        run,
        budgets,
        baselines: &[],
        config_hash: "",
        calibration: None,
    }
}

fn only(gate: &Gate) -> &Check {
    assert_eq!(gate.checks.len(), 1, "{:#?}", gate.checks);
    &gate.checks[0]
}

fn numbers(standing: OverheadStanding, low: f64, estimate: f64, high: f64) -> Overhead {
    Overhead {
        standing,
        off: 500.0,
        on: 500.0 * (1.0 + estimate),
        relative: OverheadBounds {
            estimate: Change::from_fraction(estimate),
            low: Change::from_fraction(low),
            high: Change::from_fraction(high),
        },
        absolute: OverheadBounds {
            estimate: 500.0 * estimate,
            low: 500.0 * low,
            high: 500.0 * high,
        },
        pairs: 24,
        more_pairs: None,
    }
}

#[test]
fn each_standing_has_its_verdict() {
    let claim = &budgets("").overheads[0];
    let of = |standing| of(0, claim, Ok(numbers(standing, -0.05, -0.03, 0.01)));
    assert_eq!(of(OverheadStanding::Proven).verdict, VerdictKind::Proven);
    assert_eq!(
        of(OverheadStanding::NotProven).verdict,
        VerdictKind::NotProven
    );
    assert_eq!(
        of(OverheadStanding::Violated).verdict,
        VerdictKind::Violated
    );
    let invalid = of(OverheadStanding::InvalidDesign);
    assert_eq!(invalid.verdict, VerdictKind::Invalid);
    assert!(
        invalid.notes[0].starts_with("invalid design: with it the program is faster (-3.0%)"),
        "{:?}",
        invalid.notes
    );
    assert!(invalid.overhead.is_some());
}

#[test]
fn a_check_of_a_claim_carries_its_limits_and_what_it_does_to_the_gate() {
    let budgets =
        budgets("severity = \"warn\"\nunresolved = \"warn\"\nmax = { absolute = \"2 ms\" }\n");
    let claim = &budgets.overheads[0];
    let check = of(
        0,
        claim,
        Ok(numbers(OverheadStanding::Proven, 0.0, 0.0, 0.0)),
    );
    assert_eq!(
        check.limit,
        Limit::Overhead {
            claim: 0,
            relative: Change::from_fraction(0.01),
            absolute: Some(Quantity {
                value: 2e6,
                unit: Unit::Nanoseconds
            }),
        }
    );
    assert_eq!(
        (check.severity, check.unresolved),
        (Enforcement::Warn, Unresolved::Warn)
    );
    assert_eq!(check.benchmark, BenchmarkId::new(OVERHEAD, "probe"));
    assert_eq!(limits(claim).absolute, Some(2e6));
}

#[test]
fn what_is_no_proof_is_told_apart_by_whether_more_pairs_would_help() {
    let claim = &budgets("").overheads[0];
    let few = of(
        0,
        claim,
        Err(NotComparable::TooFewObservations { got: 3, needed: 8 }),
    );
    assert_eq!(few.verdict, VerdictKind::NotProven);
    assert_eq!(few.notes, ["3 usable observations, 8 needed"]);
    let zero = of(0, claim, Err(NotComparable::NoRatio));
    assert_eq!(zero.verdict, VerdictKind::Invalid);
}

#[test]
fn too_few_pairs_prove_nothing_and_fail_unless_the_claim_says_otherwise() {
    let gate = judged(&run_of(5), "");
    assert_eq!(only(&gate).verdict, VerdictKind::NotProven);
    assert_eq!(gate.exit, ExitCode::Unresolved);
    // Where it only warns, nothing is enforced.
    assert_eq!(
        judged(&run_of(5), "unresolved = \"warn\"\n").exit,
        ExitCode::NotEnforced
    );
    let mut beside = run_of(5);
    let mut budgeted = beside.benchmarks[0].clone();
    budgeted.id = BenchmarkId::new("s", "x");
    beside.benchmarks.push(budgeted);
    beside.header.only.push("s/x".to_owned());
    beside.suites.push(crate::measurement::SuiteRecord {
        name: "s".to_owned(),
        listed: vec!["x".to_owned()],
        ..Default::default()
    });
    beside.suites.push(crate::measurement::SuiteRecord {
        name: OVERHEAD.to_owned(),
        listed: vec!["probe".to_owned()],
        ..Default::default()
    });
    let ceiling = "[[budget]]\nbench = \"s/x\"\nmax = \"1 s\"\n";
    assert_eq!(judged(&beside, ceiling).exit, ExitCode::Unresolved);
    let warn = format!("unresolved = \"warn\"\n{ceiling}");
    assert_eq!(judged(&beside, &warn).exit, ExitCode::Pass);
}

#[test]
fn a_claim_that_was_not_measured_is_missing_unless_it_was_left_out() {
    let mut run = run_of(12);
    run.benchmarks.clear();
    let gate = judged(&run, "");
    assert_eq!(only(&gate).verdict, VerdictKind::Missing);
    assert_eq!(gate.exit, ExitCode::NotEnforced);
    for (only, asked) in [("s/on", true), ("*/off", true), ("s/other", false)] {
        run.header.only = vec![only.to_owned()];
        assert_eq!(!judged(&run, "").checks.is_empty(), asked, "{only}");
    }
    run.header.only.clear();
    run.header.purpose = Purpose::Calibrate;
    assert!(judged(&run, "").checks.is_empty());
}

#[test]
fn a_metric_that_the_claim_is_not_about_is_missing() {
    let gate = judged(&run_of(12), "metric = \"cpu-time\"\n");
    assert_eq!(only(&gate).verdict, VerdictKind::Missing);
    assert_eq!(
        only(&gate).notes,
        ["the claim is about cpu-time, and only time was measured"]
    );
}

#[test]
fn a_metric_of_which_more_is_better_and_a_limit_in_another_unit_are_invalid() {
    let mut run = run_of(12);
    run.benchmarks[0].series[0].metric = Metric::higher("requests", Unit::PerSecond);
    let gate = judged(&run, "metric = \"requests\"\n");
    assert_eq!(only(&gate).verdict, VerdictKind::Invalid);
    assert!(only(&gate).notes[0].contains("more is better"));
    run.benchmarks[0].series[0].metric = Metric::lower("requests", Unit::PerSecond);
    let gate = judged(
        &run,
        "metric = \"requests\"\nmax = { absolute = \"3 MiB\" }\n",
    );
    assert_eq!(
        only(&gate).notes,
        ["the limit is in bytes, the metric in per-second"]
    );
    assert_eq!(only(&gate).verdict, VerdictKind::Invalid);
}

fn fail(run: &mut Run, side: Side, round: u32) {
    run.failures.push(Failure {
        suite: OVERHEAD.to_owned(),
        benchmark: Some("probe".to_owned()),
        side,
        invocation: round,
        kind: FailureKind::Crashed,
        detail: "exit status 101".to_owned(),
    });
    run.benchmarks[0].series[0]
        .observations
        .retain(|observation| observation.side != side || observation.invocation != round);
}

#[test]
fn what_fails_only_with_it_is_broken_by_the_claim() {
    let mut run = run_of(12);
    fail(&mut run, Side::Candidate, 3);
    let gate = judged(&run, "");
    assert_eq!(only(&gate).verdict, VerdictKind::Failed);
    assert_eq!(
        only(&gate).notes,
        ["it fails with, and works without: it crashed in round 3"]
    );
    assert_eq!(gate.exit, ExitCode::Broken);
    let warned = judged(&run, "severity = \"warn\"\n");
    assert_ne!(warned.exit, ExitCode::Broken);
}

#[test]
fn what_fails_without_it_is_invalid_unless_it_was_once() {
    let mut run = run_of(12);
    fail(&mut run, Side::Base, 3);
    let gate = judged(&run, "");
    assert_ne!(only(&gate).verdict, VerdictKind::Invalid);
    assert!(
        only(&gate)
            .notes
            .contains(&"1 of 12 rounds gave no pair".to_owned())
    );
    fail(&mut run, Side::Base, 4);
    let gate = judged(&run, "");
    assert_eq!(only(&gate).verdict, VerdictKind::Invalid);
    assert_eq!(
        only(&gate).notes,
        ["it fails without: it crashed in 2 of 12 rounds"]
    );
}

#[test]
fn a_claim_is_open_until_it_has_its_pairs() {
    let open = |run: &Run, more: &str| {
        let budgets = budgets(more);
        open_pairs(input(run, &budgets)).len()
    };
    assert_eq!(open(&run_of(5), ""), 1);
    assert_eq!(open(&run_of(8), "pairs = 8\n"), 0);
    assert_eq!(open(&run_of(5), "metric = \"cpu-time\"\n"), 0);
    let mut fails = run_of(5);
    fail(&mut fails, Side::Candidate, 2);
    assert_eq!(open(&fails, ""), 0);
}

#[test]
fn pairs_of_a_claim_are_no_base_of_the_run_and_need_no_budget() {
    let gate = judged(&run_of(12), "");
    assert!(gate.findings.iter().all(|finding| !matches!(
        finding.code,
        Code::UnbudgetedBenchmark
            | Code::LayoutNotRandomised
            | Code::FailedInvocation
            | Code::UnmatchedFilter
    )));
    assert!(!Sides::of(&run_of(12)).is_base_run());
    let mut other = run_of(12);
    other.header.only = vec!["tollgate/overhead/other".to_owned()];
    let gate = judged(&other, "");
    assert!((gate.findings.iter()).any(|finding| finding.code == Code::UnmatchedFilter));
}
