//! What waivers excuse, and what they do not.

use super::*;

fn waiver(lines: &str) -> String {
    format!("[[waiver]]\nbench = \"s/a\"\nuntil = 2026-11-21\nreason = \"planned\"\n{lines}\n")
}

fn judged(ratio: f64, text: &str) -> Gate {
    judge(&run_of(&[("a", ratio), ("b", 1.0)]), text)
}

#[test]
fn a_waiver_excuses_up_to_its_ceiling_and_no_further() {
    let text = format!("{SLOWER}{}", waiver("slower = \"12%\""));
    let within = judged(1.11, &text);
    let row = check(&within, "a");
    assert_eq!((row.verdict, row.waiver), (VerdictKind::Waived, Some(0)));
    assert_eq!(within.exit, ExitCode::Pass);
    // The estimate counts; its interval reaches beyond.
    assert!(row.comparison.as_ref().unwrap().interval.high.fraction() > 0.11);
    let beyond = judged(1.14, &text);
    let row = check(&beyond, "a");
    assert_eq!((row.verdict, row.waiver), (VerdictKind::Regressed, None));
    assert_eq!(
        row.notes,
        ["beyond its waiver, which ends at +12.0%: not excused"]
    );
    assert_eq!(beyond.exit, ExitCode::Broken);
    for gate in [within, beyond] {
        for code in [
            Code::ExpiredWaiver,
            Code::UnmatchedWaiver,
            Code::UnusedWaiver,
        ] {
            assert!(finding(&gate, code).is_none());
        }
    }
}

#[test]
fn a_waived_check_alone_is_not_nothing() {
    let text = format!("{SLOWER}{}", waiver("slower = \"12%\""));
    let gate = judge(&run_of(&[("a", 1.1)]), &text);
    assert_eq!(verdict(&gate, "a"), VerdictKind::Waived);
    assert_eq!(gate.exit, ExitCode::Pass);
}

#[test]
fn a_waiver_holds_on_its_last_day_and_not_on_the_next() {
    let text = format!("{SLOWER}{}", waiver("slower = \"12%\""));
    let on = |started: &str| {
        let mut run = run_of(&[("a", 1.1)]);
        run.header.started = started.to_owned();
        judge(&run, &text)
    };
    assert_eq!(
        verdict(&on("2026-11-21T23:59:59Z"), "a"),
        VerdictKind::Waived
    );
    // In UTC, whatever the clock of the runner shows.
    assert_eq!(
        verdict(&on("2026-11-22T01:00:00+02:00"), "a"),
        VerdictKind::Waived
    );
    for late in ["2026-11-22T00:00:00Z", "no time"] {
        let gate = on(late);
        assert_eq!(verdict(&gate, "a"), VerdictKind::Regressed);
        assert_eq!(gate.exit, ExitCode::Broken);
        let said = finding(&gate, Code::ExpiredWaiver).unwrap();
        assert_eq!(said.severity, Severity::Warning);
        assert_eq!(said.message, "the waiver of `s/a` ended on 2026-11-21");
        assert!(said.place.is_some());
        assert_eq!(
            check(&gate, "a").notes,
            ["its waiver ended on 2026-11-21 and excuses nothing any more"]
        );
    }
}

#[test]
fn a_waiver_excuses_only_the_benchmark_and_metric_that_it_names() {
    let other = waiver("slower = \"50%\"").replace("s/a", "s/b");
    let gate = judged(1.1, &format!("{SLOWER}{other}"));
    assert_eq!(verdict(&gate, "a"), VerdictKind::Regressed);
    let said = finding(&gate, Code::UnusedWaiver).unwrap();
    assert_eq!(said.message, "`s/b` needs no waiver in this run");
    assert_eq!(said.severity, Severity::Note);

    let metric = waiver("slower = \"50%\"\nmetric = \"cpu-time\"");
    let gate = judged(1.1, &format!("{SLOWER}{metric}"));
    assert_eq!(verdict(&gate, "a"), VerdictKind::Regressed);
    let said = finding(&gate, Code::UnmatchedWaiver).unwrap();
    assert_eq!(
        said.message,
        "the waiver of `s/a` [cpu-time] names nothing that is checked"
    );
    assert_eq!(said.severity, Severity::Warning);
    let mut left_out = run_of(&[("b", 1.0)]);
    left_out.header.only = vec!["s/b".to_owned()];
    let gate = judge(&left_out, &format!("{SLOWER}{metric}"));
    assert!(finding(&gate, Code::UnmatchedWaiver).is_none());
}

#[test]
fn slower_and_max_excuse_each_its_own_limit() {
    use VerdictKind::{OverBudget, Regressed, Waived};
    let ceiling = "[[budget]]\nbench = \"s/a\"\nmax = \"520 ns\"\n";
    let both = |lines: &str| {
        let gate = judge(
            &run_of(&[("a", 1.1)]),
            &format!("{SLOWER}{ceiling}{}", waiver(lines)),
        );
        let of = |is_max: bool| {
            (gate.checks.iter())
                .find(|check| matches!(check.limit, Limit::Max(_)) == is_max)
                .map(|check| check.verdict)
        };
        (of(false).unwrap(), of(true).unwrap(), gate.exit)
    };
    assert_eq!(
        both("slower = \"12%\""),
        (Waived, OverBudget, ExitCode::Broken)
    );
    assert_eq!(
        both("max = \"600 ns\""),
        (Regressed, Waived, ExitCode::Broken)
    );
    assert_eq!(
        both("max = \"540 ns\""),
        (Regressed, OverBudget, ExitCode::Broken)
    );
    assert_eq!(
        both("slower = \"12%\"\nmax = \"600 ns\""),
        (Waived, Waived, ExitCode::Pass)
    );
}

#[test]
fn what_is_undecided_missing_or_below_a_floor_is_not_excused() {
    let floor = "[[budget]]\nbench = \"s/a\"\nmin = \"1 ms\"\n";
    let gate = judged(
        1.0,
        &format!("{floor}{}", waiver("max = \"1 s\"\nslower = \"900%\"")),
    );
    assert_eq!(verdict(&gate, "a"), VerdictKind::OverBudget);
    let mut run = run_of(&[("a", 1.0), ("b", 1.0)]);
    run.benchmarks[0].series[0].observations = pairs(12, 1.06, 0.2);
    let strict = format!(
        "{SLOWER}unresolved = \"fail\"\n{}",
        waiver("slower = \"900%\"")
    );
    let gate = judge(&run, &strict);
    assert_eq!(verdict(&gate, "a"), VerdictKind::Inconclusive);
    assert_eq!(gate.exit, ExitCode::Unresolved);
}

#[test]
fn throughput_that_falls_is_held_against_the_ceiling_too() {
    let with = |ratio: f64| {
        let mut run = run_of(&[("a", ratio)]);
        run.benchmarks[0].series[0].metric = Metric::higher("requests", Unit::PerSecond);
        let text = format!(
            "[[budget]]\nbench = \"s/a\"\nmetric = \"requests\"\nslower = \"5%\"\n{}",
            waiver("metric = \"requests\"\nslower = \"12%\"")
        );
        verdict(&judge(&run, &text), "a")
    };
    assert_eq!(with(1.0 / 1.1), VerdictKind::Waived);
    assert_eq!(with(1.0 / 1.2), VerdictKind::Regressed);
}
