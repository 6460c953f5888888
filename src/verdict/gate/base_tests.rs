//! Runs with a base side: pairs, what cannot be paired, and what their verdicts are worth.

mod canary;
mod failures;
mod open;
mod together;
mod trust;
mod waivers;

use super::tests::baseline_of;
use super::*;
use crate::baseline::Baseline;
use crate::budget::Budgets;
use crate::diagnostic::Diagnostic;
use crate::measurement::{
    BaseSide, BenchmarkId, BenchmarkRecord, Evidence, Failure, FailureKind, Metric, Observation,
    Series, Side, SuiteRecord,
};
use crate::units::Unit;

const SUITE: &str = "version = 1\n[[suite]]\nname = \"s\"\ntool = \"criterion\"\nbench = \"s\"\n";
const SLOWER: &str = "[[budget]]\nbench = \"s/*\"\nslower = \"5%\"\n";
const MAX: &str = "[[budget]]\nbench = \"s/*\"\nmax = \"1 ms\"\n";

/// Within `share` of one, without pattern or ties.
fn jitter(round: u32, salt: u32, share: f64) -> f64 {
    let step = f64::from((round * 7919 + salt * 104_729 + 13) % 1009) / 1009.0 - 0.5;
    1.0 + share * step
}

fn observation(side: Side, round: u32, value: f64) -> Observation {
    Observation {
        side,
        invocation: round,
        order: 2 * round + u32::from(side == Side::Candidate),
        at_ms: f64::from(round) * 500.0,
        layout: Some(round % 16),
        evidence: Evidence::Value(value),
    }
}

/// So many pairs of which the candidate takes `ratio` of what the base takes, and each side scatters by `share`.
fn pairs(rounds: u32, ratio: f64, share: f64) -> Vec<Observation> {
    (0..rounds)
        .flat_map(|round| {
            [
                observation(Side::Base, round, 500.0 * jitter(round, 1, share)),
                observation(
                    Side::Candidate,
                    round,
                    500.0 * ratio * jitter(round, 2, share),
                ),
            ]
        })
        .collect()
}

fn record(name: &str, observations: Vec<Observation>) -> BenchmarkRecord {
    BenchmarkRecord {
        id: BenchmarkId::new("s", name),
        series: vec![Series {
            metric: Metric::time(),
            observations,
        }],
    }
}

/// A run of suite `s` with a measured base of 16 layouts: twelve quiet pairs a benchmark.
fn run_of(benchmarks: &[(&str, f64)]) -> Run {
    let mut run = Run::default();
    run.header.started = "2026-11-21T12:00:00Z".to_owned();
    run.environment.toolchain.rustc = Some("rustc 1.95.0 (59807616e 2026-04-14)".to_owned());
    run.header.base = Some(crate::measurement::Revision::default());
    run.suites.push(SuiteRecord {
        name: "s".to_owned(),
        tool: "criterion".to_owned(),
        listed: (benchmarks.iter())
            .map(|(name, _)| (*name).to_owned())
            .collect(),
        base: Some(BaseSide::Measured),
        layouts: 16,
        ..SuiteRecord::default()
    });
    run.benchmarks = (benchmarks.iter())
        .map(|(name, ratio)| record(name, pairs(12, *ratio, 0.01)))
        .collect();
    run
}

fn budgets(text: &str) -> Budgets {
    let text = format!("{SUITE}{text}");
    Budgets::parse("budgets.toml", &text).unwrap_or_else(|found| panic!("{found:#?}"))
}

fn input<'a>(run: &'a Run, budgets: &'a Budgets, baselines: &'a [Baseline]) -> GateInput<'a> {
    GateInput {
        run,
        budgets,
        baselines,
        config_hash: "",
        calibration: None,
    }
}

fn judge(run: &Run, text: &str) -> Gate {
    run_gate(input(run, &budgets(text), &[]))
}

fn check<'a>(gate: &'a Gate, name: &str) -> &'a Check {
    let mut of_name = (gate.checks.iter()).filter(|check| check.benchmark.name == name);
    let check = of_name
        .next()
        .unwrap_or_else(|| panic!("no check of {name}: {:#?}", gate.findings));
    assert!(of_name.next().is_none(), "two checks of {name}");
    check
}

fn verdict(gate: &Gate, name: &str) -> VerdictKind {
    check(gate, name).verdict
}

fn finding(gate: &Gate, code: Code) -> Option<&Diagnostic> {
    let mut of_code = (gate.findings.iter()).filter(|finding| finding.code == code);
    let finding = of_code.next();
    assert!(of_code.next().is_none(), "two {code:?}");
    finding
}

fn failure(name: &str, side: Side, round: u32) -> Failure {
    Failure {
        suite: "s".to_owned(),
        benchmark: Some(name.to_owned()),
        side,
        invocation: round,
        kind: FailureKind::Crashed,
        detail: "exit status 101".to_owned(),
    }
}

/// Takes a side of a round away, as a failure does.
fn without(run: &mut Run, side: Side, rounds: &[u32]) {
    run.benchmarks[0].series[0]
        .observations
        .retain(|observation| {
            observation.side != side || !rounds.contains(&observation.invocation)
        });
}

#[test]
fn pairs_of_one_run_are_judged_without_any_baseline() {
    let gate = judge(&run_of(&[("a", 1.2), ("b", 1.0), ("c", 0.8)]), SLOWER);
    assert_eq!(verdict(&gate, "a"), VerdictKind::Regressed);
    assert_eq!(verdict(&gate, "b"), VerdictKind::Unchanged);
    assert_eq!(verdict(&gate, "c"), VerdictKind::Improved);
    assert_eq!(gate.exit, ExitCode::Broken);
    let only_b = judge(&run_of(&[("b", 1.0)]), SLOWER);
    assert_eq!(only_b.exit, ExitCode::Pass);
}

#[test]
fn twelve_layouts_lower_the_floor_and_eleven_do_not() {
    let tight = "[[budget]]\nbench = \"s/*\"\nslower = \"1.2%\"\n";
    let judged = |layouts: u32| {
        let mut run = run_of(&[("a", 1.02)]);
        run.suites[0].layouts = layouts;
        judge(&run, tight)
    };
    // +2 %, surely above 1 % and not above 2 %.
    assert_eq!(verdict(&judged(12), "a"), VerdictKind::Regressed);
    assert_eq!(verdict(&judged(11), "a"), VerdictKind::Inconclusive);
    assert!(finding(&judged(12), Code::LayoutNotRandomised).is_none());
    let said = judged(11);
    let said = finding(&said, Code::LayoutNotRandomised).unwrap();
    assert_eq!(
        said.message,
        "link order is not excluded: where code lies moves times, so changes of less than 2.0% are not claimed"
    );
    assert_eq!(said.notes, ["s: 11 layouts are too few"]);
    assert_eq!(said.severity, Severity::Note);
}

#[test]
fn why_link_order_was_not_randomised_is_said_once_for_the_job() {
    let mut run = run_of(&[("a", 1.0), ("b", 1.0)]);
    run.suites[0].layouts = 0;
    run.suites[0].layouts_missing = Some("the linker is ld.bfd".to_owned());
    let gate = judge(&run, SLOWER);
    let said = finding(&gate, Code::LayoutNotRandomised).unwrap();
    assert_eq!(said.notes, ["s: the linker is ld.bfd"]);
    let asked = judge(&run, &format!("{SLOWER}[layout]\nrelinks = 16\n"));
    let said = finding(&asked, Code::LayoutNotRandomised).unwrap();
    assert_eq!(said.severity, Severity::Warning);
    assert_eq!(asked.exit, ExitCode::Pass);
}

#[test]
fn counts_have_no_floor_whatever_the_layout() {
    let mut run = run_of(&[("a", 1.0)]);
    run.suites[0].layouts = 0;
    run.benchmarks[0].series[0].metric = Metric::lower("allocations", Unit::Count);
    for observation in &mut run.benchmarks[0].series[0].observations {
        let more = f64::from(u8::from(observation.side == Side::Candidate));
        observation.evidence = Evidence::Value(1000.0 + 6.0 * more);
    }
    let budget = "[[budget]]\nbench = \"s/*\"\nmetric = \"allocations\"\nslower = \"0.5%\"\n";
    assert_eq!(verdict(&judge(&run, budget), "a"), VerdictKind::Regressed);
}

#[test]
fn the_floor_that_a_tolerance_is_held_against_is_that_of_its_suite() {
    let warned = |layouts: u32, slower: &str| {
        let mut run = run_of(&[("a", 1.0)]);
        run.suites[0].layouts = layouts;
        let budget = format!("[[budget]]\nbench = \"s/*\"\nslower = \"{slower}\"\n");
        finding(&judge(&run, &budget), Code::ToleranceBelowFloor)
            .map(|finding| finding.message.clone())
    };
    assert_eq!(warned(16, "1.5%"), None);
    assert_eq!(warned(16, "2%"), None);
    assert!(warned(16, "0.9%").unwrap().contains("by +1.0% and more"));
    assert!(warned(0, "1.5%").unwrap().contains("by +2.0% and more"));
    assert_eq!(warned(0, "2%"), None);
}

#[test]
fn identical_machine_code_is_unchanged_without_timing() {
    let mut run = run_of(&[("a", 1.0), ("b", 1.0)]);
    run.suites[0].base = Some(BaseSide::Identical);
    run.benchmarks.clear();
    let baselines = [baseline_of(&[("a", 500.0), ("b", 500.0)], 10)];
    let budgets = budgets(&format!("{SLOWER}{MAX}"));
    let gate = run_gate(input(&run, &budgets, &baselines));
    assert_eq!(gate.checks.len(), 4);
    for check in &gate.checks {
        assert_eq!(check.verdict, VerdictKind::Unchanged);
        assert_eq!(
            check.notes[0],
            "the machine code is the same on both sides: unchanged without timing"
        );
        assert!(check.comparison.is_none());
        let is_ceiling = matches!(check.limit, Limit::Max(_));
        assert_eq!(check.notes.len(), 1 + usize::from(is_ceiling));
    }
    assert!(gate.findings.is_empty(), "{:#?}", gate.findings);
    assert_eq!(gate.exit, ExitCode::Pass);
    // Not so where the base was to be measured.
    run.suites[0].base = Some(BaseSide::Measured);
    let gate = run_gate(input(&run, &budgets, &baselines));
    assert!(
        (gate.checks.iter()).all(|check| check.verdict == VerdictKind::Missing),
        "{:#?}",
        gate.checks
    );
    assert_eq!(gate.exit, ExitCode::NotEnforced);
}

#[test]
fn what_was_timed_of_identical_code_is_judged_by_its_ceiling_only() {
    let mut run = run_of(&[("a", 1.2)]);
    run.suites[0].base = Some(BaseSide::Identical);
    let gate = judge(&run, &format!("{SLOWER}{MAX}"));
    let kinds: Vec<_> = gate.checks.iter().map(|check| check.verdict).collect();
    assert_eq!(kinds, [VerdictKind::Unchanged, VerdictKind::WithinBudget]);
}

#[test]
fn a_base_that_does_not_build_is_not_comparable_by_name() {
    let mut run = run_of(&[("a", 1.0)]);
    run.suites[0].base = Some(BaseSide::NotComparable {
        why: "\nerror[E0425]: cannot find function `x`\n --> src".to_owned(),
    });
    let timed = run.clone();
    run.benchmarks.clear();
    // A baseline that would fit does not step in.
    let baselines = [baseline_of(&[("a", 500.0)], 10)];
    let slower = budgets(SLOWER);
    for run in [&run, &timed] {
        let gate = run_gate(input(run, &slower, &baselines));
        let check = check(&gate, "a");
        assert_eq!(check.verdict, VerdictKind::NotComparable);
        let why = check.not_comparable.as_ref().unwrap();
        assert_eq!(why.describe(), "error[E0425]: cannot find function `x`");
        let said = finding(&gate, Code::BaseNotMeasured).unwrap();
        assert!(said.message.contains("suite `s`"), "{}", said.message);
        assert_eq!(said.notes.len(), 3);
    }
    let strict = judge(&timed, &format!("{MAX}{SLOWER}unresolved = \"fail\"\n"));
    assert_eq!(strict.exit, ExitCode::Unresolved);
    // A ceiling needs a value, and nothing was run.
    let ceiling = judge(&run, MAX);
    assert_eq!(verdict(&ceiling, "a"), VerdictKind::Missing);
    assert_eq!(ceiling.exit, ExitCode::NotEnforced);
}

#[test]
fn a_benchmark_that_the_base_has_not_is_new_also_beside_a_baseline() {
    let mut run = run_of(&[("old", 1.0), ("a", 1.0)]);
    run.benchmarks.reverse();
    without(&mut run, Side::Base, &(0..12).collect::<Vec<_>>());
    let baselines = [baseline_of(&[("a", 500.0)], 10)];
    let gate = run_gate(input(&run, &budgets(SLOWER), &baselines));
    assert_eq!(verdict(&gate, "a"), VerdictKind::New);
    assert_eq!(verdict(&gate, "old"), VerdictKind::Unchanged);
    assert_eq!(gate.exit, ExitCode::Pass);
    // Unless the base could not even be asked.
    run.failures.push(Failure {
        benchmark: None,
        ..failure("", Side::Base, 0)
    });
    let gate = run_gate(input(&run, &budgets(SLOWER), &baselines));
    assert_eq!(verdict(&gate, "a"), VerdictKind::NotComparable);
}

#[test]
fn a_benchmark_that_only_the_base_gave_is_missing() {
    let mut run = run_of(&[("a", 1.0)]);
    without(&mut run, Side::Candidate, &(0..12).collect::<Vec<_>>());
    let gate = judge(&run, SLOWER);
    assert_eq!(verdict(&gate, "a"), VerdictKind::Missing);
    assert_eq!(gate.exit, ExitCode::NotEnforced);
}

#[test]
fn baselines_and_wanted_invocations_are_not_held_against_a_run_with_a_base() {
    let mut run = run_of(&[("a", 1.0)]);
    let baselines = [baseline_of(&[("a", 500.0), ("gone", 500.0)], 10)];
    let wanted = budgets(&format!("{SLOWER}[defaults]\ninvocations = 40\n"));
    let gate = run_gate(input(&run, &wanted, &baselines));
    assert_eq!(gate.checks.len(), 1);
    assert_eq!(gate.exit, ExitCode::Pass);
    let said = finding(&gate, Code::VanishedBenchmark).unwrap();
    assert_eq!(said.severity, Severity::Warning);
    assert_eq!(said.notes, ["s/gone"]);
    assert!(finding(&gate, Code::PartialRun).is_none());
    // Without the base both hold.
    run.header.base = None;
    run.suites[0].base = None;
    without(&mut run, Side::Base, &(0..12).collect::<Vec<_>>());
    let gate = run_gate(input(&run, &wanted, &baselines));
    assert!(finding(&gate, Code::PartialRun).is_some());
    let vanished = finding(&gate, Code::VanishedBenchmark).unwrap();
    assert_eq!(vanished.severity, Severity::Error);
}

#[test]
fn pairs_know_their_layout_and_their_attempt() {
    let mut run = run_of(&[("a", 1.0)]);
    run.header.attempts = [0, 8]
        .map(|first_round| crate::measurement::Attempt {
            started: String::new(),
            seed: String::new(),
            first_round,
        })
        .into();
    // The order of measuring is not that of rounds.
    run.benchmarks[0].series[0].observations.reverse();
    let sides = Sides::of(&run);
    let record = &run.benchmarks[0];
    let (base, candidate) = super::pairs::readings(&record.series[0]);
    let pairs = super::pairs::Pairs::of(record, &base, &candidate, &sides);
    let facts: Vec<_> = (pairs.usable.iter())
        .map(|pair| (pair.layout, pair.attempt))
        .collect();
    let expected: Vec<_> = (0..12)
        .map(|round| (Some(round), u32::from(round >= 8)))
        .collect();
    assert_eq!(facts, expected);
    assert_eq!((pairs.rounds, pairs.of_newest_attempt()), (12, 4));
}

#[test]
fn every_relative_check_of_the_job_has_its_share_of_the_level() {
    // Twelve pairs reach 0.31 * 5 % / 60 and not much less.
    let names: Vec<String> = (0..60).map(|index| format!("b{index}")).collect();
    let mut benchmarks: Vec<(&str, f64)> =
        (names.iter()).map(|name| (name.as_str(), 1.0)).collect();
    benchmarks[0].1 = 1.2;
    let gate = judge(&run_of(&benchmarks), SLOWER);
    assert_eq!(verdict(&gate, "b0"), VerdictKind::Regressed);
    let level = check(&gate, "b0").comparison.as_ref().unwrap().fail_level;
    assert!((level / crate::compare::LOOK_LEVEL - ALPHA / 60.0).abs() < 1e-12);
    // What is not compared takes no share.
    let mut run = run_of(&benchmarks);
    for record in &mut run.benchmarks[1..] {
        record.series[0]
            .observations
            .retain(|observation| observation.side == Side::Candidate);
    }
    let gate = judge(&run, SLOWER);
    let level = check(&gate, "b0").comparison.as_ref().unwrap().fail_level;
    assert!((level / crate::compare::LOOK_LEVEL - ALPHA).abs() < 1e-12);
}
