//! What is shown of workloads.

use super::explain::{ExplainInput, explain};
use super::terminal::{TerminalOptions, terminal};
use super::{Meta, Report, markdown};
use crate::budget::Budgets;
use crate::measurement::{BenchmarkId, Run, Side};
use crate::verdict::workload_tests::{
    FIVE, SUITE, alone, growing, invalid_in, jitter, of_speed, on, paired, pairs, stopped,
};
use crate::verdict::{Gate, GateInput, run_gate};
use crate::workload::Outcome;
use crate::workload::record::Stop;

fn judged(run: &Run, budgets: &str) -> (Budgets, Gate) {
    let budgets = Budgets::parse("budgets.toml", &format!("{SUITE}{budgets}")).unwrap();
    let gate = run_gate(GateInput {
        run,
        budgets: &budgets,
        baselines: &[],
        config_hash: "",
        calibration: None,
    });
    (budgets, gate)
}

fn meta() -> Meta {
    Meta {
        version: "0.1.0".to_owned(),
        run_file: Some("target/tollgate/run.json".to_owned()),
    }
}

const PAGE: TerminalOptions = TerminalOptions {
    width: 110,
    colour: false,
    verbose: true,
};

fn shown(run: &Run, budgets: &str) -> String {
    let (budgets, gate) = judged(run, budgets);
    let report = Report::build(run, &budgets, &gate, &meta());
    format!(
        "{}\n=== Markdown ===\n{}",
        terminal(&report, PAGE),
        markdown(&report)
    )
}

#[test]
fn a_regression_by_pairs() {
    let budgets = [
        on("health", "p95", ""),
        on("health", "error-rate", "max = \"1%\""),
        on("all", "throughput", "slower = \"5%\""),
        on("process", "cold-start", "max = \"1 s\""),
        on("process", "leak", "slower = \"10%\""),
    ];
    insta::assert_snapshot!(shown(&paired(1.2), &budgets.concat()));
}

#[test]
fn absolute_limits_in_every_unit() {
    let budgets = [
        on("health", "p95", "max = \"25 ms\""),
        on("health", "p99", "max = \"25 ms\""),
        on("health", "error-rate", "max = \"1%\""),
        on("health", "throughput", "min = \"1000/s\""),
        on("health", "requests", "min = 100"),
        on("process", "peak-rss", "max = \"10 MiB\""),
        on("process", "threads", "max = 100"),
        on("process", "fds", "max = 5"),
    ];
    let run = alone(FIVE.map(|factor| {
        let mut record = of_speed(factor, 500);
        record.driven.endpoints[0]
            .outcomes
            .insert(Outcome::TimedOut, 2);
        record
    }));
    insta::assert_snapshot!(shown(&run, &budgets.concat()));
}

#[test]
fn an_invalid_measurement_in_one_line_with_its_details_below() {
    let mut run = alone(FIVE.map(|factor| of_speed(factor, 500)));
    let rounds = [0, 1].map(|round| (Side::Candidate, round));
    invalid_in(&mut run, &rounds);
    insta::assert_snapshot!(shown(&run, &on("health", "p95", "max = \"25 ms\"")));
}

#[test]
fn a_safety_stop_of_the_candidate_in_one_line() {
    let run = pairs(8, |side, round| match side {
        Side::Base => of_speed(jitter(round, 3, 0.01), 500),
        Side::Candidate => stopped(Stop::Memory {
            used: 123 << 20,
            limit: 100 << 20,
        }),
    });
    insta::assert_snapshot!(shown(&run, &on("health", "p95", "")));
}

fn explained(run: &Run, text: &str, metric: &str) -> String {
    let (budgets, gate) = judged(run, text);
    let meta = meta();
    let input = ExplainInput {
        run,
        budgets: &budgets,
        baselines: &[],
        gate: &gate,
        meta: &meta,
        benchmark: &BenchmarkId::new("api", "health"),
        metric: Some(metric),
        alpha: None,
        tolerance: None,
    };
    explain(input, PAGE).unwrap()
}

#[test]
fn explain_shows_all_calls_together_and_why_a_metric_is_not_told() {
    let text = on("health", "response-time", "slower = \"5%\"");
    insta::assert_snapshot!(explained(&paired(1.2), &text, "response-time"));
    let run = alone([500, 399, 500].map(|calls| of_speed(1.0, calls)));
    let page = explained(&run, &on("health", "p95", "max = \"25 ms\""), "p95");
    assert!(
        page.contains("round 1 dropped: candidate does not tell it: 399 calls, and p95 needs 400"),
        "{page}"
    );
}

#[test]
fn a_leak_that_cannot_be_told_is_said() {
    let run = alone([growing(20)]);
    let page = shown(&run, &on("process", "leak", "slower = \"10%\""));
    assert!(page.contains("leak"), "{page}");
}
