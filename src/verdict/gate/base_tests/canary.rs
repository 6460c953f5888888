//! The reference kernels as A/A benchmarks.

use super::*;

/// A canary of so many pairs, of which the second takes `ratio` of the first.
fn canary(run: &mut Run, name: &str, rounds: u32, ratio: f64, share: f64) {
    let times = (0..rounds)
        .map(|round| {
            [
                1e6 * jitter(round, 3, share),
                1e6 * ratio * jitter(round, 4, share),
            ]
        })
        .collect();
    run.canary.insert(name.to_owned(), times);
}

#[test]
fn a_canary_that_moved_withholds_every_regression() {
    let mut run = run_of(&[("a", 1.2), ("b", 1.0), ("c", 0.8)]);
    canary(&mut run, "alu", 12, 1.0, 0.01);
    let sound = judge(&run, SLOWER);
    assert_eq!(verdict(&sound, "a"), VerdictKind::Regressed);
    assert_eq!(sound.exit, ExitCode::Broken);
    assert!(finding(&sound, Code::DisturbedMachine).is_none());
    for ratio in [1.1, 0.9] {
        canary(&mut run, "wake", 12, ratio, 0.01);
        let disturbed = judge(&run, SLOWER);
        let row = check(&disturbed, "a");
        assert_eq!(row.verdict, VerdictKind::Invalid);
        assert!(
            row.notes[0].starts_with("runner disturbed: the reference kernel wake moved by "),
            "{:?}",
            row.notes
        );
        assert!(row.notes[0].ends_with("although both sides are the same program"));
        assert_eq!(verdict(&disturbed, "b"), VerdictKind::Unchanged);
        assert_eq!(verdict(&disturbed, "c"), VerdictKind::Improved);
        assert_eq!(disturbed.exit, ExitCode::NotEnforced);
        let said = finding(&disturbed, Code::DisturbedMachine).unwrap();
        assert!(
            said.message.contains("one regression is withheld"),
            "{}",
            said.message
        );
    }
}

#[test]
fn a_disturbed_runner_is_no_pass_and_excuses_no_ceiling() {
    let mut run = run_of(&[("a", 1.0)]);
    canary(&mut run, "alu", 12, 1.1, 0.01);
    let gate = judge(&run, SLOWER);
    assert_eq!(verdict(&gate, "a"), VerdictKind::Unchanged);
    assert_eq!(gate.exit, ExitCode::NotEnforced);
    let over = judge(&run, "[[budget]]\nbench = \"s/*\"\nmax = \"1 ns\"\n");
    assert_eq!(verdict(&over, "a"), VerdictKind::OverBudget);
    assert_eq!(over.exit, ExitCode::Broken);
}

#[test]
fn a_canary_within_the_tolerance_or_of_few_pairs_disturbs_nothing() {
    let mut run = run_of(&[("a", 1.2)]);
    canary(&mut run, "alu", 12, 1.04, 0.001);
    assert_eq!(verdict(&judge(&run, SLOWER), "a"), VerdictKind::Regressed);
    // The tolerance is that of [defaults].
    let tight = format!("{SLOWER}[defaults]\ntolerance = \"3%\"\n");
    assert_eq!(verdict(&judge(&run, &tight), "a"), VerdictKind::Invalid);
    canary(&mut run, "alu", 7, 1.5, 0.001);
    assert_eq!(verdict(&judge(&run, SLOWER), "a"), VerdictKind::Regressed);
}

#[test]
fn canaries_share_a_level_of_their_own() {
    // Eight pairs reach 0.31 * 5 % / 3, and not a quarter of it.
    let judged = |canaries: u32| {
        let mut run = run_of(&[("a", 1.2)]);
        canary(&mut run, "moved", 8, 1.5, 0.01);
        for index in 1..canaries {
            canary(&mut run, &format!("still{index}"), 8, 1.0, 0.01);
        }
        verdict(&judge(&run, SLOWER), "a")
    };
    assert_eq!(judged(3), VerdictKind::Invalid);
    assert_eq!(judged(4), VerdictKind::Regressed);
}

#[test]
fn a_canary_is_open_until_it_is_decided_or_at_its_last_look() {
    let open = |rounds: u32, ratio: f64, share: f64| {
        let mut run = run_of(&[]);
        canary(&mut run, "still", 12, 1.0, 0.01);
        canary(&mut run, "alu", rounds, ratio, share);
        canary_open(input(&run, &budgets(SLOWER), &[]))
    };
    let none = run_of(&[("a", 1.2)]);
    assert!(!canary_open(input(&none, &budgets(SLOWER), &[])));
    assert!(open(0, 1.0, 0.01));
    assert!(open(7, 1.0, 0.01));
    assert!(!open(12, 1.0, 0.01));
    assert!(!open(12, 1.3, 0.01));
    assert!(open(12, 1.0, 0.4));
    assert!(open(39, 1.0, 0.6));
    assert!(!open(40, 1.0, 0.6));
}

#[test]
fn a_violated_claim_is_withheld_and_a_proven_one_stays() {
    let mut run = run_of(&[("a", 1.2), ("b", 1.0)]);
    let mut checks = judge(&run, SLOWER).checks;
    canary(&mut run, "alu", 12, 1.1, 0.01);
    let of = |checks: &[Check]| -> Vec<VerdictKind> {
        checks.iter().map(|check| check.verdict).collect()
    };
    checks[0].verdict = VerdictKind::Violated;
    checks[1].verdict = VerdictKind::Proven;
    let budgets = budgets(SLOWER);
    super::super::canary::withhold(input(&run, &budgets, &[]), &mut checks, &mut Vec::new());
    assert_eq!(of(&checks), [VerdictKind::Invalid, VerdictKind::Proven]);
}
