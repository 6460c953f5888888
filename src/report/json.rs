//! The report for programs. Fields and their meaning: `docs/report-format.md`.
//!
//! The structs here are the format; the model may change without it. Numbers that are not finite become
//! `null`, because JSON has no other way to write them.

mod row;

use super::headline;
use super::model::{Finding, Report, Row, SkippedGroup, SuiteSides};
use crate::diagnostic::{Code, Severity};
use crate::measurement::{BaseSide, Purpose, Revision};
use crate::verdict::{Accounting, ExitCode, VerdictKind};
use row::{RowView, fraction};
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
    purpose: Purpose,
    attempts: u32,
    sides: Vec<SidesView<'a>>,
    sensitivity: Option<SensitivityView>,
    false_alarms: Option<FalseAlarmsView>,
}

#[derive(Serialize)]
struct SidesView<'a> {
    suite: &'a str,
    base: &'static str,
    why: Option<&'a str>,
    layouts: u32,
    layouts_missing: Option<&'a str>,
}

#[derive(Serialize)]
struct SensitivityView {
    median: Option<f64>,
    worst: Option<f64>,
    comparisons: u32,
}

#[derive(Serialize)]
struct FalseAlarmsView {
    alarms: u32,
    comparisons: u32,
    rate_low: f64,
    rate_high: f64,
    advisory: bool,
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
                purpose: report.purpose,
                attempts: report.attempts,
                sides: report.sides.iter().map(SidesView::of).collect(),
                sensitivity: report.sensitivity.map(|seen| SensitivityView {
                    median: fraction(seen.median),
                    worst: fraction(seen.worst),
                    comparisons: seen.benchmarks,
                }),
                false_alarms: report.false_alarms.map(|rate| FalseAlarmsView {
                    alarms: rate.counted.alarms,
                    comparisons: rate.counted.comparisons,
                    rate_low: rate.low,
                    rate_high: rate.high,
                    advisory: rate.advisory,
                }),
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

impl<'a> SidesView<'a> {
    fn of(sides: &'a SuiteSides) -> Self {
        let (base, why) = match &sides.base {
            BaseSide::Measured => ("measured", None),
            BaseSide::Identical => ("identical", None),
            BaseSide::NotComparable { why } => ("not-comparable", Some(why.as_str())),
        };
        Self {
            suite: &sides.suite,
            base,
            why,
            layouts: sides.layouts,
            layouts_missing: sides.layouts_missing.as_deref(),
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
