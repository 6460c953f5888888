//! Calibration, purpose, and whose budgets bind.

use super::*;
use crate::measurement::{BudgetsText, Purpose};

fn calibrated(run: &Run, text: &str, alarms: u32, comparisons: u32) -> Gate {
    run_gate(GateInput {
        calibration: Some(FalseAlarms {
            alarms,
            comparisons,
        }),
        ..input(run, &budgets(text), &[])
    })
}

#[test]
fn the_rate_of_false_alarms_has_its_exact_interval() {
    let gate = calibrated(&run_of(&[("a", 1.2)]), SLOWER, 0, 300);
    let rate = gate.false_alarms.unwrap();
    // 1 - 0.025^(1/300)
    assert!((rate.high - 0.012_221).abs() < 1e-6, "{}", rate.high);
    assert!(rate.low.abs() < 1e-12 && !rate.advisory);
    assert_eq!(gate.exit, ExitCode::Broken);
    assert!(finding(&gate, Code::Miscalibrated).is_none());
}

#[test]
fn a_gate_that_alarms_too_often_only_warns_of_relative_checks() {
    let run = run_of(&[("a", 1.2)]);
    // 10 of 100 may still be 4.9 %; 11 of 100 is surely above 5 %.
    assert_eq!(calibrated(&run, SLOWER, 10, 100).exit, ExitCode::Broken);
    let gate = calibrated(&run, SLOWER, 11, 100);
    assert_eq!(verdict(&gate, "a"), VerdictKind::Regressed);
    assert_eq!(gate.exit, ExitCode::Pass);
    let said = finding(&gate, Code::Miscalibrated).unwrap();
    assert_eq!(said.severity, Severity::Warning);
    assert!(
        said.message.contains("11 false alarms in 100"),
        "{}",
        said.message
    );
    // Ceilings are not a matter of pairs.
    let ceiling = calibrated(
        &run,
        "[[budget]]\nbench = \"s/*\"\nmax = \"1 ns\"\n",
        50,
        100,
    );
    assert_eq!(ceiling.exit, ExitCode::Broken);
}

#[test]
fn counts_that_cannot_be_and_runs_without_a_base_have_no_rate() {
    let run = run_of(&[("a", 1.2)]);
    for (alarms, comparisons) in [(0, 0), (3, 2)] {
        let gate = calibrated(&run, SLOWER, alarms, comparisons);
        assert_eq!(gate.false_alarms, None);
        assert_eq!(gate.exit, ExitCode::Broken);
    }
    let mut alone = run_of(&[("a", 1.0)]);
    alone.header.base = None;
    alone.suites[0].base = None;
    without(&mut alone, Side::Base, &(0..12).collect::<Vec<_>>());
    assert_eq!(calibrated(&alone, MAX, 50, 100).false_alarms, None);
}

#[test]
fn a_run_of_the_candidate_against_itself_says_so() {
    let said = |purpose| {
        let mut run = run_of(&[("a", 1.2)]);
        run.header.purpose = purpose;
        let gate = calibrated(&run, SLOWER, 50, 100);
        finding(&gate, Code::NotACheck).map(|finding| finding.message.clone())
    };
    assert_eq!(said(Purpose::Check), None);
    assert!(
        said(Purpose::Calibrate)
            .unwrap()
            .contains("counts false alarms")
    );
    assert!(
        said(Purpose::Prove)
            .unwrap()
            .contains("slowed down on purpose")
    );
}

fn with_budgets(base: Option<&str>, candidate: Option<&str>) -> Gate {
    let text = |text: &str| BudgetsText {
        file: "budgets.toml".to_owned(),
        text: text.to_owned(),
    };
    let mut run = run_of(&[("a", 1.0)]);
    run.header.budgets = base.map(text);
    run.header.candidate_budgets = candidate.map(text);
    judge(&run, SLOWER)
}

#[test]
fn a_change_of_budgets_is_shown_and_what_it_loosens_is_a_warning() {
    let base = format!("{SUITE}{SLOWER}");
    let looser = base.replace("slower = \"5%\"", "slower = \"50%\"");
    let gate = with_budgets(Some(&base), Some(&looser));
    let said = finding(&gate, Code::BudgetsChanged).unwrap();
    assert_eq!(said.severity, Severity::Warning);
    assert_eq!(
        said.message,
        "budgets.toml was changed; this run is judged by the base's budgets (1 loosened, 0 other changes)"
    );
    assert_eq!(said.notes, ["loosened: `s/*` slower 5.0% -> 50.0%"]);
    let tighter = base.replace("slower = \"5%\"", "slower = \"4%\"");
    let gate = with_budgets(Some(&base), Some(&tighter));
    assert_eq!(
        finding(&gate, Code::BudgetsChanged).unwrap().severity,
        Severity::Note
    );
    // Without the text of the base, what is judged by is what it is compared with.
    let gate = with_budgets(None, Some(&looser));
    assert_eq!(finding(&gate, Code::BudgetsChanged).unwrap().notes.len(), 1);
}

#[test]
fn the_same_budgets_are_no_change_and_other_words_are_said_to_be_the_same() {
    let base = format!("{SUITE}{SLOWER}");
    for candidate in [None, Some(base.as_str())] {
        let gate = with_budgets(Some(&base), candidate);
        assert!(finding(&gate, Code::BudgetsChanged).is_none());
    }
    let gate = with_budgets(Some(&base), Some(&format!("# reviewed\n{base}")));
    let said = finding(&gate, Code::BudgetsChanged).unwrap();
    assert_eq!(
        said.message,
        "budgets.toml was changed, and asks for the same"
    );
}

#[test]
fn budgets_that_cannot_be_read_any_more_are_named() {
    let base = format!("{SUITE}{SLOWER}");
    let gate = with_budgets(Some(&base), Some(&base.replace("slower", "slowr")));
    let said = finding(&gate, Code::BudgetsChanged).unwrap();
    assert!(
        said.message.contains("cannot be read any more"),
        "{}",
        said.message
    );
    assert_eq!(said.notes, ["line 8: unknown key `slowr` in [[budget]]"]);
    assert_eq!(gate.exit, ExitCode::Pass);
}

#[test]
fn many_changes_of_budgets_are_counted() {
    let base = format!("{SUITE}{SLOWER}");
    let more: String = (0..30)
        .map(|index| format!("[[budget]]\nbench = \"t{index}\"\nslower = \"5%\"\n"))
        .collect();
    let gate = with_budgets(Some(&base), Some(&format!("{base}{more}")));
    let said = finding(&gate, Code::BudgetsChanged).unwrap();
    assert_eq!(said.notes.len(), 21);
    assert_eq!(said.notes[20], "… and 10 more");
}
