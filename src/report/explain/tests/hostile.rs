//! Texts and numbers that want to do harm.

use super::*;
use crate::measurement::{Failure, FailureKind};
use crate::report::text;
use crate::units::Unit;

const NASTY: &str = "x\u{1b}[2J\r\n::error::\u{202e}##[group]";

/// Every line fits, and nothing of it is a command or moves the cursor.
fn assert_harmless(page: &str, width: usize) {
    for line in page.lines() {
        assert!(
            text::width(line) <= width,
            "{} > {width}: {line}",
            text::width(line)
        );
        assert!(!line.contains("##["), "{line}");
        assert!(!line.chars().any(text::deceives), "{line:?}");
        let guarded = crate::report::guard_line(line);
        assert!(!guarded.trim_start().starts_with("::"), "{line}");
    }
}

fn nasty_run() -> (Run, BenchmarkId) {
    let mut run = empty_run();
    let name = NASTY.repeat(20);
    let unit = Unit::Other(NASTY.repeat(5));
    add(
        &mut run,
        &name,
        Metric::time(),
        &Noise::new(1).pairs(14, 1.2, 0.1),
    );
    add(
        &mut run,
        &name,
        Metric::lower(NASTY.repeat(3), unit),
        &Noise::new(1).pairs(9, 1.0, 0.1),
    );
    run.header.seed = NASTY.to_owned();
    run.header.candidate.commit = NASTY.to_owned();
    run.failures.push(Failure {
        suite: "s".to_owned(),
        benchmark: Some(name.clone()),
        side: Side::Candidate,
        invocation: 20,
        kind: FailureKind::Crashed,
        detail: NASTY.repeat(50),
    });
    run.suites[0].layouts_missing = Some(NASTY.repeat(9));
    (run, BenchmarkId::new("s", name))
}

#[test]
fn hostile_texts_stay_on_their_lines_and_within_the_page() {
    let (run, id) = nasty_run();
    for width in [0, 40, 60, 80, 200] {
        assert_harmless(
            &explained(&run, &budgets(SLOWER), &id, page(width)),
            width.max(40),
        );
        // Without a budget all metrics are shown.
        let other = SLOWER.replace("s/*", "other/*");
        assert_harmless(
            &explained(&run, &budgets(&other), &id, page(width)),
            width.max(40),
        );
    }
}

#[test]
fn a_run_of_one_side_is_as_harmless() {
    let (run, id) = nasty_run();
    let run = one_sided(run);
    let budgets = budgets(SLOWER);
    let baselines = [baseline_of(&run, 0.01)];
    let gate = gate(&run, &budgets, &baselines);
    for width in [40, 80] {
        let text = explained_as(&run, &budgets, &baselines, &gate, &id, page(width));
        assert_harmless(&text, width);
    }
}

#[test]
fn colours_are_the_only_escapes() {
    let (run, id) = nasty_run();
    let options = TerminalOptions {
        colour: true,
        ..page(80)
    };
    let text = explained(&run, &budgets(SLOWER), &id, options);
    let plain = explained(&run, &budgets(SLOWER), &id, page(80));
    assert_ne!(text, plain);
    assert_eq!(anstream::adapter::strip_str(&text).to_string(), plain);
}

#[test]
fn zero_and_extreme_values_are_drawn() {
    let tiny = f64::MIN_POSITIVE;
    for pairs in [
        vec![(0.0, 0.0); 9],
        vec![(0.0, 5.0); 9],
        vec![(tiny, 1e300); 9],
        vec![(1e300, tiny); 9],
        vec![(1.0, 1.0)],
        vec![(f64::NAN, f64::INFINITY); 9],
        vec![],
    ] {
        for metric in [Metric::time(), Metric::lower("n", Unit::Count)] {
            let mut run = empty_run();
            add(&mut run, "a", metric, &pairs);
            let rules = format!(
                "{SLOWER}[[budget]]\nbench = \"s/*\"\nmetric = \"n\"\nslower = \"1%\"\nmax = 9\n"
            );
            let id = BenchmarkId::new("s", "a");
            for run in [run.clone(), one_sided(run)] {
                assert_harmless(&explained(&run, &budgets(&rules), &id, page(80)), 80);
            }
        }
    }
}

#[test]
fn thousands_of_rounds_become_a_strip() {
    let mut run = empty_run();
    let mut pairs = Noise::new(9).pairs(5000, 1.0, 0.1);
    for pair in pairs.iter_mut().step_by(100) {
        pair.1 = f64::NAN;
    }
    add(&mut run, "a", Metric::time(), &pairs);
    let id = BenchmarkId::new("s", "a");
    let text = explained(&run, &budgets(SLOWER), &id, page(80));
    assert_harmless(&text, 80);
    assert!(
        text.contains("5000 pairs from left to right, 74 a column"),
        "{text}"
    );
    assert!(text.contains("… and 40 more dropped"), "{text}");
    assert!(text.lines().count() < 80, "{text}");
}

#[test]
fn names_are_found_exactly_by_claim_by_glob_and_by_part() {
    let mut run = empty_run();
    for name in ["parse/large", "parse/small", "print", "a*b", "aXb"] {
        add(&mut run, name, Metric::time(), &[(1.0, 1.0)]);
    }
    add(&mut run, "probe", Metric::time(), &[(1.0, 1.0)]);
    run.benchmarks[5].id.suite = crate::measurement::OVERHEAD.to_owned();
    let gate = gate(&empty_run(), &budgets(SLOWER), &[]);
    let find = |text: &str| find_benchmark(&run, &gate, text).map(|id| id.to_string());
    assert_eq!(find("s/print").unwrap(), "s/print");
    assert_eq!(find("print").unwrap(), "s/print");
    assert_eq!(find("probe").unwrap(), "tollgate/overhead/probe");
    assert_eq!(find("*/large").unwrap(), "s/parse/large");
    assert_eq!(find("small").unwrap(), "s/parse/small");
    // A name that is a glob, too, means itself.
    assert_eq!(find("s/a*b").unwrap(), "s/a*b");
    let several = find("parse/*").unwrap_err();
    assert!(several.contains("`parse/*` fits 2 benchmarks"), "{several}");
    assert!(
        several.contains("\n  s/parse/large\n  s/parse/small"),
        "{several}"
    );
    let none = find("s/prase/large").unwrap_err();
    assert!(none.contains("the nearest is `s/parse/large`"), "{none}");
    for nothing in ["", "["] {
        assert!(find(nothing).is_err());
    }
    assert!(!find(NASTY).unwrap_err().contains('\u{1b}'));
    let empty = find_benchmark(&empty_run(), &gate, "x").unwrap_err();
    assert_eq!(empty, "nothing is called `x`: the run has no benchmark");
}
