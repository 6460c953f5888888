use super::*;
use crate::measurement::{Evidence, Observation};
use crate::units::Unit;

fn job(benchmarks: &[(&str, Metric, &[f64])]) -> Run {
    let mut run = Run::default();
    run.header.candidate.commit = "0123456789abcdef".repeat(2);
    for (name, metric, values) in benchmarks {
        let observations = (0..).zip(*values).map(|(round, value)| Observation {
            side: Side::Candidate,
            invocation: round,
            order: round,
            at_ms: 0.0,
            layout: None,
            evidence: Evidence::Value(*value),
        });
        run.benchmarks.push(BenchmarkRecord {
            id: BenchmarkId::new("s", *name),
            series: vec![Series {
                metric: metric.clone(),
                observations: observations.collect(),
            }],
        });
    }
    run
}

#[test]
fn medians_and_ratio_stand_beside_the_reason() {
    let before = job(&[("parse", Metric::time(), &[900.0, 1000.0, 5000.0])]);
    let after = job(&[
        ("parse", Metric::time(), &[1100.0]),
        ("new", Metric::time(), &[1.0]),
    ]);
    insta::assert_snapshot!(across_text(&before, &after, 80, false), @r"
    not-comparable: measured in different jobs; measure both in one: tollgate check
    --base 0123456789ab
      benchmark         A         B   ratio
      s/parse    1.000 µs  1.100 µs  +10.0%
    only in B: s/new
    ");
}

#[test]
fn counts_are_left_to_the_judge_and_the_same_jobs_need_no_word() {
    let counts = Metric::lower("allocations", Unit::Count);
    let run = job(&[("parse", counts, &[3.0])]);
    assert_eq!(across_text(&run, &run, 80, true), "");
}

#[test]
fn zero_and_nothing_have_no_ratio() {
    let before = job(&[("a", Metric::time(), &[0.0]), ("b", Metric::time(), &[])]);
    let text = across_text(&before, &before, 80, false);
    assert!(text.contains("s/a        0 ns  0 ns      -"), "{text}");
    assert!(text.contains("s/b           -     -      -"), "{text}");
}

#[test]
fn hostile_names_stay_on_their_line_and_within_the_page() {
    let name = "x\u{1b}[2J\n::error::".repeat(30);
    let unit = Unit::Other("\u{202e}unit".repeat(40));
    let values: &[f64] = &[1e300];
    let before = job(&[
        (&name, Metric::lower("m", unit.clone()), values),
        (&name, Metric::time(), values),
    ]);
    let mut after = job(&[
        ("y", Metric::time(), values),
        (&name, Metric::lower("m", unit), values),
    ]);
    after.environment.toolchain.rustc = Some("rustc\n::error::".to_owned());
    for columns in [0, 40, 80] {
        let text = across_text(&before, &after, columns, true);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
        for line in text.lines() {
            assert!(text::width(line) <= columns.max(40), "{line}");
            assert!(!line.trim_start().starts_with("::"), "{line}");
        }
    }
}

#[test]
fn many_rows_are_folded_and_counted() {
    let names: Vec<String> = (0..50).map(|at| format!("b{at}")).collect();
    let rows: Vec<(&str, Metric, &[f64])> = names
        .iter()
        .map(|name| (name.as_str(), Metric::time(), [1.0].as_slice()))
        .collect();
    let run = job(&rows);
    assert!(across_text(&run, &run, 80, false).contains("… and 30 more"));
    assert!(!across_text(&run, &run, 80, true).contains("more (--verbose"));
}

#[test]
fn a_commit_that_is_none_is_not_pasted_into_a_command() {
    let mut run = job(&[]);
    for commit in ["", "; rm -rf /", "a b"] {
        run.header.candidate.commit = commit.to_owned();
        assert!(across_why(&run).ends_with("--base REV"));
    }
}
