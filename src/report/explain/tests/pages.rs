//! Pages as a reader meets them.

use super::*;
use crate::compare::{Overhead, OverheadBounds, OverheadStanding};
use crate::measurement::{Attempt, BaseSide, Failure, FailureKind, OVERHEAD};
use crate::report::samples;
use crate::units::{Quantity, Unit};
use crate::verdict::{Accounting, ExitCode, Limit, VerdictKind};

fn id(name: &str) -> BenchmarkId {
    BenchmarkId::new("s", name)
}

#[test]
fn a_regression_from_the_first_line_to_the_last() {
    let mut run = empty_run();
    add(
        &mut run,
        "parse",
        Metric::time(),
        &Noise::new(2).pairs(13, 1.1, 0.05),
    );
    add(
        &mut run,
        "other",
        Metric::time(),
        &Noise::new(3).pairs(12, 1.0, 0.02),
    );
    run.header.base = Some(crate::measurement::Revision {
        commit: "b".repeat(40),
        dirty: false,
    });
    insta::assert_snapshot!(explained(&run, &budgets(SLOWER), &id("parse"), page(80)));
}

#[test]
fn an_excused_regression_shows_what_the_numbers_say_and_why_it_is_excused() {
    let mut run = empty_run();
    add(
        &mut run,
        "parse",
        Metric::time(),
        &Noise::new(2).pairs(13, 1.1, 0.05),
    );
    let budgets = budgets(SLOWER);
    let mut gate = gate(&run, &budgets, &[]);
    gate.checks[0].verdict = VerdictKind::Waived;
    gate.checks[0]
        .notes
        .push("excused until 2027-01-31".to_owned());
    let text = explained_as(&run, &budgets, &[], &gate, &id("parse"), page(80));
    assert!(
        text.contains("the numbers alone say regressed, because"),
        "{text}"
    );
    assert!(text.contains("The gate says waived:"), "{text}");
    assert!(text.contains("note: excused until 2027-01-31"), "{text}");
}

#[test]
fn a_dropped_pair_is_named_with_its_reason_and_layouts_have_a_column() {
    let mut run = empty_run();
    add(
        &mut run,
        "parse",
        Metric::time(),
        &Noise::new(2).pairs(14, 1.1, 0.05),
    );
    let observations = &mut run.benchmarks[0].series[0].observations;
    for (observation, at) in observations.iter_mut().zip(0u32..) {
        observation.layout = Some(at / 2);
    }
    observations.retain(|one| one.invocation != 3 || one.side == Side::Base);
    observations[10].evidence = Evidence::Value(-1.0);
    run.failures.push(Failure {
        suite: "s".to_owned(),
        benchmark: Some("parse".to_owned()),
        side: Side::Candidate,
        invocation: 3,
        kind: FailureKind::Crashed,
        detail: "signal 11\nstack overflow".to_owned(),
    });
    let text = explained(&run, &budgets(SLOWER), &id("parse"), page(80));
    for words in [
        "round  first  layout      base  candidate",
        "    3  ?           3",
        "dropped, see below",
        "round 3 dropped: candidate crashed: signal 11\n",
        "round 5 dropped: candidate gave no number\n",
    ] {
        assert!(text.contains(words), "{words:?} is not in\n{text}");
    }
}

#[test]
fn attempts_stand_apart() {
    let mut run = empty_run();
    add(
        &mut run,
        "parse",
        Metric::time(),
        &Noise::new(4).pairs(20, 1.0, 0.02),
    );
    run.header.attempts = [(0, "1"), (12, "2")]
        .map(|(first_round, seed)| Attempt {
            started: format!("2026-11-21T1{seed}:00:00Z"),
            seed: seed.to_owned(),
            first_round,
        })
        .to_vec();
    let text = explained(&run, &budgets(SLOWER), &id("parse"), page(80));
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let at = |line: &str| lines.iter().position(|found| *found == line);
    let first = at("attempt 1: started 2026-11-21T11:00:00Z, seed 1").expect("first");
    let second = at("attempt 2: started 2026-11-21T12:00:00Z, seed 2").expect("second");
    // Twelve rounds, and perhaps the line that tells where the verdict was made.
    assert!((13..=14).contains(&(second - first)), "{text}");
}

#[test]
fn counts_are_shown_by_value_and_not_as_rounds() {
    let mut run = empty_run();
    let allocations = Metric::lower("allocations", Unit::Count);
    add(&mut run, "parse", allocations, &[(100.0, 104.0); 5]);
    let rule = SLOWER.replace(
        "slower = \"5%\"",
        "metric = \"allocations\"\nslower = \"1%\"",
    );
    insta::assert_snapshot!(explained(&run, &budgets(&rule), &id("parse"), page(80)));
}

#[test]
fn a_run_against_a_baseline_shows_its_jobs() {
    let mut run = empty_run();
    add(
        &mut run,
        "parse",
        Metric::time(),
        &Noise::new(5).pairs(10, 1.2, 0.02),
    );
    let run = one_sided(run);
    let budgets = budgets(SLOWER);
    let baselines = [baseline_of(&run, 0.02)];
    let gate = gate(&run, &budgets, &baselines);
    let text = explained_as(&run, &budgets, &baselines, &gate, &id("parse"), page(80));
    insta::assert_snapshot!(text);
}

#[test]
fn an_overhead_claim_is_called_off_and_on() {
    let mut run = empty_run();
    run.suites[0].name = OVERHEAD.to_owned();
    add(
        &mut run,
        "probe",
        Metric::time(),
        &Noise::new(6).pairs(8, 1.002, 0.002),
    );
    run.benchmarks[0].id.suite = OVERHEAD.to_owned();
    let limit = Limit::Overhead {
        claim: 0,
        relative: samples::percent(1.0),
        absolute: Some(Quantity {
            value: 5e6,
            unit: Unit::Nanoseconds,
        }),
    };
    let mut check = samples::check(OVERHEAD, "probe", limit, VerdictKind::NotProven);
    check.overhead = Some(Overhead {
        standing: OverheadStanding::NotProven,
        off: 1000.0,
        on: 1002.0,
        relative: OverheadBounds {
            estimate: samples::percent(0.2),
            low: samples::percent(-0.3),
            high: samples::percent(1.4),
        },
        absolute: OverheadBounds {
            estimate: 2.0,
            low: -3.0,
            high: 14.0,
        },
        pairs: 8,
        more_pairs: Some(19),
    });
    check.budget = None;
    let mut gate = gate(&run, &budgets(SLOWER), &[]);
    gate.checks = vec![check];
    gate.accounting = Accounting::default();
    gate.exit = ExitCode::Unresolved;
    let id = BenchmarkId::new(OVERHEAD, "probe");
    let text = explained_as(&run, &budgets(SLOWER), &[], &gate, &id, page(80));
    for words in [
        "round  first       off        on    change",
        "probe, 1.000 µs -> 1.002 µs, +0.20% [-0.30%,",
        "the upper bound +1.4% does not lie below the limit 1.0%,",
        ": the limit 1.0%",
        "about 19 more pairs would probably decide",
        "change = on over off",
        "What if (overhead 1.0%, 5.000 ms)",
    ] {
        assert!(text.contains(words), "{words:?} is not in\n{text}");
    }
}

#[test]
fn what_no_budget_speaks_of_is_explained_as_if_it_stood_alone() {
    let mut run = empty_run();
    add(
        &mut run,
        "parse",
        Metric::time(),
        &Noise::new(7).pairs(12, 1.3, 0.02),
    );
    let other = SLOWER.replace("s/*", "other/*");
    let text = explained(&run, &budgets(&other), &id("parse"), page(80));
    assert!(text.contains("[time] no budget speaks of it"), "{text}");
    assert!(text.contains("for a check that"), "{text}");
    assert!(
        text.contains("regressed\n") && !text.contains("regressed <"),
        "{text}"
    );
}

#[test]
fn a_benchmark_that_was_never_measured_says_so() {
    let mut run = empty_run();
    run.suites[0].listed.push("gone".to_owned());
    run.suites[0].base = Some(BaseSide::NotComparable {
        why: "error[E0425]: no such function".to_owned(),
    });
    run.failures.push(Failure {
        suite: "s".to_owned(),
        benchmark: None,
        side: Side::Base,
        invocation: 0,
        kind: FailureKind::NotStarted,
        detail: "no such file".to_owned(),
    });
    let text = explained(&run, &budgets(SLOWER), &id("gone"), page(80));
    assert!(text.contains(": s/gone"), "{text}");
    assert!(text.contains("cannot be compared: error[E0425]"), "{text}");
    assert!(
        text.contains("the suite as a whole could not be started: no such file"),
        "{text}"
    );
}

#[test]
fn further_levels_and_tolerances_add_rows() {
    let mut run = empty_run();
    add(
        &mut run,
        "parse",
        Metric::time(),
        &Noise::new(2).pairs(40, 1.08, 0.02),
    );
    let (budgets, id) = (budgets(SLOWER), id("parse"));
    let gate = gate(&run, &budgets, &[]);
    let meta = Meta::default();
    let input = ExplainInput {
        run: &run,
        budgets: &budgets,
        baselines: &[],
        gate: &gate,
        meta: &meta,
        benchmark: &id,
        metric: Some("time"),
        alpha: Some(0.001),
        tolerance: Some(samples::percent(7.0)),
    };
    let text = explain(input, page(80)).expect("an explanation");
    let rows: Vec<Vec<&str>> = text
        .lines()
        .skip_while(|line| !line.starts_with("What if"))
        .skip(2)
        .take_while(|line| !line.contains("<  is"))
        .map(|line| line.split_whitespace().take(2).collect())
        .take(7)
        .collect();
    let expected = [
        ["0.001", "5.0%"],
        ["0.01", "5.0%"],
        ["0.05", "5.0%"],
        ["0.1", "5.0%"],
        ["0.05", "3.0%"],
        ["0.05", "7.0%"],
        ["0.05", "10.0%"],
    ];
    assert_eq!(rows, expected);
    let wrong = explain(
        ExplainInput {
            metric: Some("tiem"),
            ..input
        },
        page(80),
    );
    assert_eq!(
        wrong.unwrap_err(),
        "s/parse has no metric `tiem`; it has time"
    );
}
