//! The report for programs. Fields and their meaning: `docs/report-format.md`.
//!
//! The structs here are the format; the model may change without it. Numbers that are not finite become
//! `null`, because JSON has no other way to write them.

use super::headline;
use super::model::{Finding, Report, Row, SkippedGroup};
use crate::budget::{Enforcement, Unresolved};
use crate::compare::{AbsoluteEstimate, Comparison, Method, NotComparable};
use crate::diagnostic::{Code, Severity};
use crate::measurement::{Metric, Revision};
use crate::units::Change;
use crate::verdict::{Accounting, ExitCode, Limit, Standing, VerdictKind};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// Value of the key `format`.
pub const REPORT_FORMAT: &str = "tollgate-report";
/// Value of the key `version`; a change that a reader can stumble over raises it.
pub const REPORT_VERSION: u32 = 1;

/// Writes the report as one line of JSON with a newline at its end.
///
/// # Errors
/// From the serialiser only. Every key is a text and every number that JSON cannot write is `null`, so that
/// no report is known for which it fails.
pub fn json(report: &Report) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string(&Document::of(report))?;
    text.push('\n');
    Ok(text)
}

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    version: u32,
    tollgate: &'a str,
    exit: Exit,
    headline: Headline<'a>,
    accounting: Accounting,
    verdicts: &'a BTreeMap<VerdictKind, u32>,
    run: RunFacts<'a>,
    machine: Machine<'a>,
    rows: Rows<'a>,
    skipped: Skipped<'a>,
    findings: Findings<'a>,
}

#[derive(Serialize)]
struct Exit {
    code: u8,
    name: ExitCode,
    meaning: &'static str,
}

#[derive(Serialize)]
struct Headline<'a> {
    word: &'a str,
    sentence: &'a str,
}

#[derive(Serialize)]
struct RunFacts<'a> {
    file: Option<&'a str>,
    started: &'a str,
    took_ms: Option<f64>,
    seed: &'a str,
    rounds: u32,
    partial: bool,
    candidate: &'a Revision,
    base: Option<&'a Revision>,
}

#[derive(Serialize)]
struct Machine<'a> {
    cpu: Option<&'a str>,
    cores: Option<u32>,
    hypervisor: Option<&'a str>,
    os: &'a str,
    kernel: Option<&'a str>,
    arch: &'a str,
    rustc: Option<&'a str>,
}

#[derive(Serialize)]
struct RowView<'a> {
    suite: &'a str,
    benchmark: &'a str,
    metric: Option<&'a Metric>,
    verdict: VerdictKind,
    standing: Standing,
    fails: bool,
    severity: Enforcement,
    unresolved: Unresolved,
    limit: Option<LimitView<'a>>,
    budget: Option<BudgetView<'a>>,
    change: Option<ChangeView>,
    value: Option<ValueView>,
    not_comparable: Option<ReasonView<'a>>,
    notes: &'a [String],
    next_step: Option<&'a str>,
    reproduce: Option<&'a str>,
}

#[derive(Serialize)]
struct LimitView<'a> {
    kind: &'static str,
    value: Option<f64>,
    unit: &'a str,
}

#[derive(Serialize)]
struct BudgetView<'a> {
    bench: &'a str,
    file: &'a str,
    line: usize,
}

#[derive(Serialize)]
struct ChangeView {
    method: Method,
    base: Option<f64>,
    candidate: Option<f64>,
    effect: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    level: Option<f64>,
    pass_low: Option<f64>,
    pass_high: Option<f64>,
    detectable: Option<f64>,
    base_n: u32,
    candidate_n: u32,
}

#[derive(Serialize)]
struct ValueView {
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    n: u32,
}

#[derive(Serialize)]
struct ReasonView<'a> {
    #[serde(flatten)]
    why: &'a NotComparable,
    text: String,
    remedy: &'static str,
}

#[derive(Serialize)]
struct SkippedView<'a> {
    verdict: VerdictKind,
    checks: u32,
    reason: &'a str,
    similar: u32,
    remedy: Option<&'a str>,
}

#[derive(Serialize)]
struct FindingView<'a> {
    code: Code,
    severity: Severity,
    message: &'a str,
    file: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    notes: &'a [String],
    help: Option<&'a str>,
}

/// A list that is written item by item, without a copy of all views.
macro_rules! lists {
    ($($name:ident of $item:ident as $view:ident,)*) => {$(
        struct $name<'a>(&'a [$item]);

        impl Serialize for $name<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_seq(self.0.iter().map($view::of))
            }
        }
    )*};
}

lists! {
    Rows of Row as RowView,
    Skipped of SkippedGroup as SkippedView,
    Findings of Finding as FindingView,
}

impl<'a> Document<'a> {
    fn of(report: &'a Report) -> Self {
        Self {
            format: REPORT_FORMAT,
            version: REPORT_VERSION,
            tollgate: &report.version,
            exit: Exit {
                code: report.exit.code(),
                name: report.exit,
                meaning: headline::meaning(report.exit),
            },
            headline: Headline {
                word: report.headline.word,
                sentence: &report.headline.sentence,
            },
            accounting: report.accounting,
            verdicts: &report.counts,
            run: RunFacts {
                file: report.run_file.as_deref(),
                started: &report.started,
                took_ms: report.took.map(|took| took.as_secs_f64() * 1e3),
                seed: &report.seed,
                rounds: report.rounds,
                partial: report.partial,
                candidate: &report.candidate,
                base: report.base.as_ref(),
            },
            machine: Machine {
                cpu: report.machine.cpu.as_deref(),
                cores: report.machine.cores,
                hypervisor: report.machine.hypervisor.as_deref(),
                os: &report.machine.os,
                kernel: report.machine.kernel.as_deref(),
                arch: &report.machine.arch,
                rustc: report.machine.rustc.as_deref(),
            },
            rows: Rows(&report.rows),
            skipped: Skipped(&report.skipped),
            findings: Findings(&report.findings),
        }
    }
}

impl<'a> RowView<'a> {
    fn of(row: &'a Row) -> Self {
        Self {
            suite: &row.benchmark.suite,
            benchmark: &row.benchmark.name,
            metric: row.metric.as_ref(),
            verdict: row.verdict,
            standing: row.standing(),
            fails: row.fails(),
            severity: row.severity,
            unresolved: row.unresolved,
            limit: LimitView::of(&row.limit),
            budget: row.budget.as_ref().map(|budget| BudgetView {
                bench: &budget.bench,
                file: &budget.file,
                line: budget.line,
            }),
            change: row.comparison.as_ref().map(ChangeView::of),
            value: row.absolute.as_ref().map(ValueView::of),
            not_comparable: row.not_comparable.as_ref().map(|why| ReasonView {
                why,
                text: why.describe(),
                remedy: why.remedy(),
            }),
            notes: &row.notes,
            next_step: row.next_step.as_deref(),
            reproduce: row.reproduce.as_deref(),
        }
    }
}

impl<'a> LimitView<'a> {
    fn of(limit: &'a Limit) -> Option<Self> {
        Some(match limit {
            Limit::Slower(tolerance) => Self {
                kind: "slower",
                value: fraction(*tolerance),
                unit: "ratio",
            },
            Limit::Max(quantity) => Self {
                kind: "max",
                value: finite(quantity.value),
                unit: quantity.unit.name(),
            },
            Limit::Min(quantity) => Self {
                kind: "min",
                value: finite(quantity.value),
                unit: quantity.unit.name(),
            },
            Limit::Overhead { relative, .. } => Self {
                kind: "overhead",
                value: fraction(*relative),
                unit: "ratio",
            },
            Limit::None => return None,
        })
    }
}

impl ChangeView {
    fn of(comparison: &Comparison) -> Self {
        Self {
            method: comparison.method,
            base: finite(comparison.base),
            candidate: finite(comparison.candidate),
            effect: fraction(comparison.effect),
            low: fraction(comparison.interval.low),
            high: fraction(comparison.interval.high),
            level: finite(comparison.fail_level),
            pass_low: fraction(comparison.pass_interval.low),
            pass_high: fraction(comparison.pass_interval.high),
            detectable: fraction(comparison.detectable),
            base_n: comparison.base_n,
            candidate_n: comparison.candidate_n,
        }
    }
}

impl ValueView {
    fn of(estimate: &AbsoluteEstimate) -> Self {
        Self {
            value: finite(estimate.value),
            low: finite(estimate.low),
            high: finite(estimate.high),
            n: estimate.n,
        }
    }
}

impl<'a> SkippedView<'a> {
    fn of(group: &'a SkippedGroup) -> Self {
        Self {
            verdict: group.verdict,
            checks: group.checks,
            reason: &group.reason,
            similar: group.similar,
            remedy: group.remedy,
        }
    }
}

impl<'a> FindingView<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self {
            code: finding.code,
            severity: finding.severity,
            message: &finding.message,
            file: finding.file.as_deref(),
            line: finding.line,
            column: finding.column,
            notes: &finding.notes,
            help: finding.help.as_deref(),
        }
    }
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// candidate / base - 1. An unbounded side is `null`, also the lower one, whose fraction would be -1.
fn fraction(change: Change) -> Option<f64> {
    finite(change.log()).and_then(|_| finite(change.fraction()))
}
