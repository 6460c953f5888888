//! Hand-made reports of runs with two sides.

use super::samples::{check, percent, relative, report_with, skipped};
use super::{Report, samples};
use crate::compare::{NotComparable, Overhead, OverheadBounds, OverheadStanding};
use crate::diagnostic::{Code, Diagnostic};
use crate::measurement::{
    BaseSide, BenchmarkId, BenchmarkRecord, Evidence, Metric, OVERHEAD, Observation, Revision, Run,
    Series, Side, SuiteRecord,
};
use crate::units::{Change, Quantity, Unit};
use crate::verdict::{Check, ExitCode, FalseAlarmRate, FalseAlarms, Limit, VerdictKind};

/// A suite that was measured over 16 layouts, and a base revision. Each process took 400 ms.
pub(super) fn with_base(run: &mut Run) {
    run.header.base = Some(Revision {
        commit: "0123456789abcdef0123456789abcdef01234567".to_owned(),
        dirty: false,
    });
    run.suites = vec![SuiteRecord {
        name: "parse".to_owned(),
        tool: "criterion".to_owned(),
        base: Some(BaseSide::Measured),
        layouts: 16,
        ..SuiteRecord::default()
    }];
    run.benchmarks = vec![BenchmarkRecord {
        id: BenchmarkId::new("parse", "noisy"),
        series: vec![Series {
            metric: Metric::time(),
            observations: (0..24)
                .map(|order| Observation {
                    side: if order % 2 == 0 {
                        Side::Base
                    } else {
                        Side::Candidate
                    },
                    invocation: order / 2,
                    order,
                    at_ms: f64::from(order) * 400.0,
                    layout: Some(order / 2 % 16),
                    evidence: Evidence::Value(1.0),
                })
                .collect(),
        }],
    }];
    run.failures.clear();
}

pub(super) fn noisy(more_pairs: Option<u32>) -> Check {
    let mut noisy = relative("noisy", VerdictKind::Inconclusive, [3.0, -2.0, 8.0, 9.0]);
    let comparison = noisy.comparison.as_mut().expect("a comparison");
    comparison.more_pairs = more_pairs;
    noisy
}

fn identical() -> Check {
    let mut identical = check(
        "same",
        "small",
        Limit::Slower(percent(5.0)),
        VerdictKind::Unchanged,
    );
    identical.notes =
        vec!["the machine code is the same on both sides: unchanged without timing".to_owned()];
    identical
}

/// One regressed, one inconclusive, one unchanged, one identical.
pub(super) fn base_run() -> Report {
    let checks = vec![
        relative("large", VerdictKind::Regressed, [10.0, 8.1, 12.2, 3.7]),
        noisy(Some(25)),
        relative("small", VerdictKind::Unchanged, [0.3, -0.6, 1.2, 3.0]),
        identical(),
    ];
    report_with(checks, Vec::new(), ExitCode::Broken, |run| {
        with_base(run);
        run.suites.push(SuiteRecord {
            name: "same".to_owned(),
            tool: "criterion".to_owned(),
            base: Some(BaseSide::Identical),
            ..SuiteRecord::default()
        });
    })
}

fn bounds(low: f64, estimate: f64, high: f64) -> OverheadBounds<Change> {
    OverheadBounds {
        estimate: percent(estimate),
        low: percent(low),
        high: percent(high),
    }
}

/// A claim on 40 ms: bounds and estimate in percent.
pub(super) fn claim(
    name: &str,
    verdict: VerdictKind,
    standing: OverheadStanding,
    [low, estimate, high]: [f64; 3],
    more_pairs: Option<u32>,
) -> Check {
    let of = |percent: f64| 40e6 * percent / 100.0;
    let limit = Limit::Overhead {
        claim: 0,
        relative: percent(1.0),
        absolute: Some(Quantity {
            value: 5e6,
            unit: Unit::Nanoseconds,
        }),
    };
    Check {
        budget: None,
        overhead: Some(Overhead {
            standing,
            off: 40e6,
            on: 40e6 + of(estimate),
            relative: bounds(low, estimate, high),
            absolute: OverheadBounds {
                estimate: of(estimate),
                low: of(low),
                high: of(high),
            },
            pairs: 24,
            more_pairs,
        }),
        ..check(OVERHEAD, name, limit, verdict)
    }
}

pub(super) fn claims() -> Report {
    let mut invalid = claim(
        "other link order",
        VerdictKind::Invalid,
        OverheadStanding::InvalidDesign,
        [-6.0, -4.5, -3.0],
        None,
    );
    invalid.notes = vec!["invalid design: with it the program is faster (-4.5%)".to_owned()];
    let checks = vec![
        claim(
            "tracing",
            VerdictKind::Violated,
            OverheadStanding::Violated,
            [1.2, 1.9, 2.6],
            None,
        ),
        invalid,
        claim(
            "metrics",
            VerdictKind::NotProven,
            OverheadStanding::NotProven,
            [-0.4, 0.7, 1.8],
            Some(90),
        ),
        claim(
            "probe on a request",
            VerdictKind::Proven,
            OverheadStanding::Proven,
            [-0.2, 0.21, 0.62],
            None,
        ),
    ];
    report_with(checks, Vec::new(), ExitCode::Broken, |run| {
        run.header.base = None;
    })
}

pub(super) fn waived() -> Report {
    let mut excused = relative("large", VerdictKind::Waived, [10.2, 8.1, 12.4, 3.7]);
    excused.waiver = Some(0);
    let mut beyond = relative("medium", VerdictKind::Regressed, [14.0, 12.1, 16.2, 3.7]);
    beyond.notes = vec!["beyond its waiver, which ends at +12.0%: not excused".to_owned()];
    let mut findings = vec![
        Diagnostic::warning(
            Code::ExpiredWaiver,
            "the waiver of `parse/old` ended on 2026-10-31",
        )
        .with_help("remove it, or agree on another date"),
    ];
    findings.push(
        Diagnostic::note(
            Code::UnusedWaiver,
            "`parse/small` needs no waiver in this run",
        )
        .with_help("remove it once what it excuses is repaired or accepted"),
    );
    let checks = vec![
        beyond,
        excused,
        relative("small", VerdictKind::Unchanged, [0.3, -0.6, 1.2, 3.0]),
    ];
    report_with(checks, findings, ExitCode::Broken, with_base)
}

pub(super) fn disturbed() -> Report {
    let note = "runner disturbed: the reference kernel alu moved by +9.1% although both sides are the same program";
    let mut withheld = relative("large", VerdictKind::Invalid, [10.0, 8.1, 12.2, 3.7]);
    withheld.notes = vec![note.to_owned()];
    let finding = Diagnostic::error(
        Code::DisturbedMachine,
        "the runner was disturbed while measuring: one regression is withheld",
    )
    .with_note("the reference kernel alu moved by +9.1% although both sides are the same program")
    .with_help("run the job again; `tollgate doctor` says what disturbs this machine");
    let checks = vec![
        withheld,
        relative("small", VerdictKind::Unchanged, [0.3, -0.6, 1.2, 3.0]),
    ];
    report_with(checks, vec![finding], ExitCode::NotEnforced, with_base)
}

pub(super) fn rate(alarms: u32, low: f64, high: f64) -> FalseAlarmRate {
    FalseAlarmRate {
        counted: FalseAlarms {
            alarms,
            comparisons: 300,
        },
        low,
        high,
        advisory: low > 0.05,
    }
}

/// With everything that a report can have.
pub(super) fn everything() -> Report {
    let mut report = base_run();
    report.rows.extend(claims().rows);
    report.rows.extend(waived().rows);
    report.false_alarms = Some(rate(1, 0.0001, 0.0184));
    report
}

/// What has no partner on the base side, in a run with a base.
pub(super) fn newcomers() -> Report {
    let mut new = skipped("new", NotComparable::New);
    new.verdict = VerdictKind::New;
    let checks = vec![
        relative("small", VerdictKind::Unchanged, [0.3, -0.6, 1.2, 3.0]),
        new,
        skipped(
            "broken",
            NotComparable::BaseUnusable {
                why: "error[E0425]: cannot find function `x`\nmore".to_owned(),
            },
        ),
        samples::missing("gone"),
    ];
    report_with(checks, Vec::new(), ExitCode::NotEnforced, with_base)
}
