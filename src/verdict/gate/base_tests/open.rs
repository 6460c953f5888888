//! What is worth measuring on.

use super::*;

fn open(run: &Run, text: &str) -> Vec<String> {
    (open_pairs(input(run, &budgets(text), &[])).into_iter())
        .map(|id| id.to_string())
        .collect()
}

fn one(rounds: u32, ratio: f64, share: f64) -> Run {
    let mut run = run_of(&[("a", 1.0)]);
    run.benchmarks[0].series[0].observations = pairs(rounds, ratio, share);
    run
}

#[test]
fn decided_benchmarks_are_closed_and_undecided_ones_open() {
    let mut run = run_of(&[("slow", 1.2), ("same", 1.0), ("fast", 0.8), ("noisy", 1.0)]);
    run.benchmarks[3].series[0].observations = pairs(12, 1.04, 0.3);
    assert_eq!(open(&run, SLOWER), ["s/noisy"]);
    assert_eq!(open(&one(5, 1.2, 0.01), SLOWER), ["s/a"]);
}

#[test]
fn the_last_look_of_an_attempt_closes() {
    assert_eq!(open(&one(39, 1.04, 0.5), SLOWER), ["s/a"]);
    let mut run = one(40, 1.04, 0.5);
    assert!(open(&run, SLOWER).is_empty());
    // Measured again, it is open again.
    run.header.attempts = [0, 30]
        .map(|first_round| crate::measurement::Attempt {
            started: String::new(),
            seed: String::new(),
            first_round,
        })
        .into();
    assert_eq!(open(&run, SLOWER), ["s/a"]);
}

#[test]
fn what_more_pairs_cannot_help_is_closed() {
    let all: Vec<u32> = (0..12).collect();
    let noisy = || one(12, 1.04, 0.3);
    assert_eq!(open(&noisy(), SLOWER), ["s/a"]);

    let mut new = noisy();
    without(&mut new, Side::Base, &all);
    assert!(open(&new, SLOWER).is_empty());

    let mut identical = noisy();
    identical.suites[0].base = Some(BaseSide::Identical);
    assert!(open(&identical, SLOWER).is_empty());

    let mut fails = noisy();
    without(&mut fails, Side::Candidate, &[3]);
    fails.failures.push(failure("a", Side::Candidate, 3));
    assert!(open(&fails, SLOWER).is_empty());

    let mut base_fails = noisy();
    without(&mut base_fails, Side::Base, &[3, 4]);
    base_fails.failures = [3, 4].map(|round| failure("a", Side::Base, round)).into();
    assert!(open(&base_fails, SLOWER).is_empty());
    base_fails.failures.truncate(1);
    let mut once = noisy();
    without(&mut once, Side::Base, &[3]);
    once.failures.push(failure("a", Side::Base, 3));
    assert_eq!(open(&once, SLOWER), ["s/a"]);

    let mut zero = noisy();
    zero.benchmarks[0].series[0].observations[0].evidence = Evidence::Value(0.0);
    assert!(open(&zero, SLOWER).is_empty());

    // No budget, or one that asks for a ceiling only.
    assert!(open(&noisy(), MAX).is_empty());
}

#[test]
fn a_pass_that_would_have_missed_twice_the_tolerance_is_open() {
    let run = one(8, 1.0, 0.01);
    assert!(open(&run, SLOWER).is_empty());
    // Beside a hundred others eight pairs cannot claim anything, and "unchanged" says little.
    let names: Vec<String> = (0..100).map(|index| format!("b{index}")).collect();
    let all: Vec<(&str, f64)> = (names.iter()).map(|name| (name.as_str(), 1.0)).collect();
    let mut many = run_of(&all);
    for benchmark in &mut many.benchmarks {
        benchmark.series[0].observations = pairs(8, 1.0, 0.01);
    }
    let gate = judge(&many, SLOWER);
    assert!((gate.checks.iter()).all(|check| check.verdict == VerdictKind::Unchanged));
    assert_eq!(open(&many, SLOWER).len(), 100);
}

#[test]
fn what_only_holm_would_decide_is_open() {
    // Eight pairs reach 0.31 * 5 % / 3 and no quarter of it: of four the gate decides none.
    let names = ["a", "b", "c", "d"];
    let mut run = run_of(&names.map(|name| (name, 1.2)));
    for benchmark in &mut run.benchmarks {
        benchmark.series[0].observations = pairs(8, 1.2, 0.01);
    }
    assert_eq!(open(&run, SLOWER).len(), 4);
    // One that is found with twelve pairs leaves the level of three to the others: at the end, and not before.
    run.benchmarks[0].series[0].observations = pairs(12, 1.2, 0.01);
    let gate = judge(&run, SLOWER);
    assert!((gate.checks.iter()).all(|check| check.verdict == VerdictKind::Regressed));
    assert_eq!(open(&run, SLOWER).len(), 3);
}

#[test]
fn the_order_of_benchmarks_does_not_matter() {
    let mut run = run_of(&[("a", 1.0), ("b", 1.0), ("c", 1.2)]);
    run.benchmarks[0].series[0].observations = pairs(12, 1.04, 0.3);
    let one = open(&run, SLOWER);
    run.benchmarks.reverse();
    assert_eq!(one, open(&run, SLOWER));
}
