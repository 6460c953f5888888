//! Who fails, and what that makes of a benchmark.

use super::*;

#[test]
fn a_candidate_that_fails_where_the_base_works_is_broken() {
    let mut run = run_of(&[("a", 1.0), ("b", 1.0)]);
    without(&mut run, Side::Candidate, &[4]);
    run.failures.push(failure("a", Side::Candidate, 4));
    let gate = judge(&run, SLOWER);
    let failed = check(&gate, "a");
    assert_eq!(failed.verdict, VerdictKind::Failed);
    assert_eq!(
        failed.notes,
        ["the candidate fails where the base works: it crashed in round 4"]
    );
    assert_eq!(gate.exit, ExitCode::Broken);
    let said = finding(&gate, Code::FailedInvocation).unwrap();
    assert_eq!(said.notes, ["exit status 101"]);
    // Where the budget only warns, so does this.
    let gate = judge(
        &run,
        &format!("{SLOWER}[[budget]]\nbench = \"s/a\"\nslower = \"5%\"\nseverity = \"warn\"\n"),
    );
    assert_eq!(verdict(&gate, "a"), VerdictKind::Failed);
    assert_eq!(gate.exit, ExitCode::Pass);
}

#[test]
fn a_candidate_that_fails_where_the_base_was_not_run_is_invalid() {
    let mut run = run_of(&[("a", 1.0)]);
    without(&mut run, Side::Candidate, &[4]);
    without(&mut run, Side::Base, &[4]);
    run.failures.push(failure("a", Side::Candidate, 4));
    let gate = judge(&run, SLOWER);
    assert_eq!(gate.checks[0].verdict, VerdictKind::Invalid);
    assert_eq!(gate.exit, ExitCode::NotEnforced);
}

#[test]
fn what_fails_on_both_sides_is_invalid() {
    let mut run = run_of(&[("a", 1.0)]);
    without(&mut run, Side::Candidate, &[4]);
    without(&mut run, Side::Base, &[7]);
    run.failures.push(failure("a", Side::Candidate, 4));
    run.failures.push(failure("a", Side::Base, 7));
    let gate = judge(&run, SLOWER);
    assert_eq!(gate.checks[0].verdict, VerdictKind::Invalid);
    let said = finding(&gate, Code::FailedInvocation).unwrap();
    assert!(said.message.contains("on both sides"), "{}", said.message);
    assert_eq!(gate.exit, ExitCode::NotEnforced);
}

#[test]
fn a_base_that_fails_is_not_comparable_and_no_fault_of_the_candidate() {
    let mut run = run_of(&[("a", 1.0), ("b", 1.0)]);
    let rounds: Vec<u32> = (0..12).collect();
    without(&mut run, Side::Base, &rounds);
    let always: Vec<Failure> = (rounds.iter())
        .map(|round| failure("a", Side::Base, *round))
        .collect();
    run.failures = always;
    let gate = judge(&run, SLOWER);
    let row = check(&gate, "a");
    assert_eq!(row.verdict, VerdictKind::NotComparable);
    assert_eq!(
        row.not_comparable.as_ref().unwrap().describe(),
        "the base fails: it crashed in 12 of 12 rounds"
    );
    assert_eq!(gate.exit, ExitCode::Pass);
    let said = finding(&gate, Code::FailedInvocation).unwrap();
    assert_eq!(said.severity, Severity::Warning);

    let mut twice = run_of(&[("a", 1.0), ("b", 1.0)]);
    without(&mut twice, Side::Base, &[2, 3]);
    twice.failures = [2, 3].map(|round| failure("a", Side::Base, round)).into();
    assert_eq!(
        verdict(&judge(&twice, SLOWER), "a"),
        VerdictKind::NotComparable
    );
}

#[test]
fn one_failure_of_the_base_costs_its_pair_and_is_counted() {
    let mut run = run_of(&[("a", 1.2)]);
    without(&mut run, Side::Base, &[2]);
    run.failures.push(failure("a", Side::Base, 2));
    let gate = judge(&run, SLOWER);
    let row = check(&gate, "a");
    assert_eq!(row.verdict, VerdictKind::Regressed);
    assert_eq!(row.notes, ["1 of 12 rounds gave no pair"]);
    assert!(finding(&gate, Code::FailedInvocation).is_none());
}

#[test]
fn a_tenth_of_the_rounds_may_be_without_a_pair_and_no_more() {
    let judged = |missing: &[u32]| {
        let mut run = run_of(&[("a", 1.0)]);
        run.benchmarks[0].series[0].observations = pairs(20, 1.0, 0.01);
        without(&mut run, Side::Base, missing);
        let gate = judge(&run, SLOWER);
        let check = check(&gate, "a");
        (check.verdict, check.notes.clone())
    };
    assert_eq!(judged(&[]), (VerdictKind::Unchanged, vec![]));
    assert_eq!(judged(&[3, 9]).0, VerdictKind::Unchanged);
    assert_eq!(
        judged(&[3, 9, 11]),
        (
            VerdictKind::Invalid,
            vec!["3 of 20 rounds gave no pair".to_owned()]
        )
    );
}

#[test]
fn without_a_base_any_failure_is_as_it_was() {
    let mut run = run_of(&[("a", 1.0)]);
    run.header.base = None;
    run.suites[0].base = None;
    without(&mut run, Side::Base, &(0..12).collect::<Vec<_>>());
    run.failures.push(failure("a", Side::Candidate, 4));
    let gate = judge(&run, MAX);
    assert!((gate.checks.iter()).any(|check| check.verdict == VerdictKind::Invalid));
    assert_eq!(gate.exit, ExitCode::NotEnforced);
}
