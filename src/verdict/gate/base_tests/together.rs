//! Benchmarks that moved together.

use super::*;

fn said(ratios: &[f64]) -> Option<String> {
    let names: Vec<String> = (0..ratios.len()).map(|index| format!("b{index}")).collect();
    let benchmarks: Vec<(&str, f64)> = (names.iter().map(String::as_str))
        .zip(ratios.iter().copied())
        .collect();
    let gate = judge(&run_of(&benchmarks), SLOWER);
    finding(&gate, Code::MovedTogether).map(|finding| finding.message.clone())
}

#[test]
fn all_benchmarks_that_moved_alike_have_one_cause() {
    let message = said(&[1.10, 1.12, 1.2]).unwrap();
    assert!(
        message.starts_with("all 3 benchmarks moved together by +"),
        "{message}"
    );
    assert!(
        message.ends_with("one cause common to all (runner, compiler flags, an allocator, a dependency) rather than 3 regressions"),
        "{message}"
    );
    let faster = said(&[0.9, 0.88, 0.85]).unwrap();
    assert!(faster.contains("together by -"), "{faster}");
}

#[test]
fn two_are_no_pattern_and_neither_are_other_ways_or_sizes() {
    assert_eq!(said(&[1.1, 1.1]), None);
    assert_eq!(said(&[1.1, 1.1, 0.9]), None);
    assert_eq!(said(&[1.1, 1.1, 1.0]), None);
    assert_eq!(said(&[1.1, 1.1, 1.5]), None);
    assert!(said(&[1.1, 1.1, 1.3]).is_some());
    assert_eq!(said(&[1.0, 1.0, 1.0]), None);
}

#[test]
fn one_of_ten_may_be_an_exception_and_one_of_nine_may_not() {
    let mut ratios = [1.1; 10];
    ratios[4] = 1.0;
    assert!(said(&ratios).unwrap().starts_with("9 of 10 benchmarks"));
    assert_eq!(said(&ratios[..9]), None);
    ratios[4] = 3.0;
    assert!(said(&ratios).unwrap().starts_with("9 of 10 benchmarks"));
}

#[test]
fn verdicts_stay_as_they_are() {
    let gate = judge(&run_of(&[("a", 1.1), ("b", 1.1), ("c", 1.1)]), SLOWER);
    assert!(finding(&gate, Code::MovedTogether).is_some());
    assert!((gate.checks.iter()).all(|check| check.verdict == VerdictKind::Regressed));
    assert_eq!(gate.exit, ExitCode::Broken);
}

#[test]
fn a_suite_that_moved_beside_another_is_named() {
    let mut run = run_of(&[("a", 1.1), ("b", 1.1), ("c", 1.1)]);
    let mut other = run.suites[0].clone();
    other.name = "t".to_owned();
    run.suites.push(other);
    for name in ["a", "b", "c"] {
        let mut still = record(name, pairs(12, 1.0, 0.01));
        still.id.suite = "t".to_owned();
        run.benchmarks.push(still);
    }
    let gate = judge(
        &run,
        "[[suite]]\nname = \"t\"\ntool = \"divan\"\nbench = \"t\"\n[[budget]]\nbench = \"*\"\nslower = \"5%\"\n",
    );
    let said = finding(&gate, Code::MovedTogether).unwrap();
    assert!(
        said.message
            .starts_with("all 3 benchmarks of suite `s` moved"),
        "{}",
        said.message
    );
}

#[test]
fn two_limits_on_one_benchmark_are_one_movement() {
    let two =
        format!("{SLOWER}[[budget]]\nbench = \"s/*\"\nslower = \"3%\"\nseverity = \"warn\"\n");
    let gate = judge(&run_of(&[("a", 1.1), ("b", 1.1)]), &two);
    assert_eq!(gate.checks.len(), 4);
    assert!(finding(&gate, Code::MovedTogether).is_none());
}
