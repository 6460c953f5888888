//! Reports in which every text from outside is the one that a test chose.

use std::collections::BTreeMap;
use std::time::Duration;
use tollgate::budget::{Enforcement, Unresolved};
use tollgate::compare::{
    AbsoluteEstimate, Comparison, Interval, Method, Overhead, OverheadBounds, OverheadStanding,
};
use tollgate::diagnostic::{Code, Severity};
use tollgate::measurement::{BaseSide, BenchmarkId, Metric, Purpose, Revision};
use tollgate::publish::post::Context;
use tollgate::publish::{Commit, RepositoryName};
use tollgate::report::{
    BudgetLine, Finding, Headline, Machine, Reason, Report, Row, SkippedGroup, SuiteSides,
    WaiverLine,
};
use tollgate::units::{Change, Quantity, Unit};
use tollgate::verdict::{Accounting, ExitCode, FalseAlarmRate, FalseAlarms, Limit, VerdictKind};

pub(crate) const RUN_URL: &str = "https://github.com/octo-org/octo-repo/actions/runs/7";

pub(crate) fn context() -> Context {
    Context {
        run_url: Some(RUN_URL.to_owned()),
        head: Commit::new(&"a".repeat(40)),
        repository: RepositoryName::new("octo-org/octo-repo"),
        from_fork: true,
        directory: String::new(),
    }
}

fn percent(percent: f64) -> Change {
    Change::from_fraction(percent / 100.0)
}

/// A row about a ratio, with an ordinary name and unit.
pub(crate) fn relative(name: &str, verdict: VerdictKind) -> Row {
    Row {
        benchmark: BenchmarkId::new("parse", name),
        metric: Some(Metric::time()),
        limit: Limit::Slower(percent(5.0)),
        budget: Some(BudgetLine {
            bench: "parse/*".to_owned(),
            file: "budgets.toml".to_owned(),
            line: 12,
        }),
        verdict,
        severity: Enforcement::Error,
        unresolved: Unresolved::Warn,
        comparison: Some(Comparison {
            method: Method::Paired,
            base: 250_000.0,
            candidate: 275_000.0,
            effect: percent(10.0),
            interval: Interval {
                low: percent(8.1),
                high: percent(12.2),
            },
            pass_interval: Interval::UNBOUNDED,
            fail_level: 0.05,
            detectable: percent(3.1),
            base_n: 10,
            candidate_n: 10,
            more_pairs: None,
        }),
        absolute: None,
        overhead: None,
        statement: None,
        waiver: None,
        not_comparable: None,
        reason: None,
        notes: Vec::new(),
        next_step: None,
        reproduce: None,
    }
}

/// One about a value in a unit of somebody else.
fn absolute(text: &str) -> Row {
    let unit = Unit::Other(text.to_owned());
    Row {
        metric: Some(Metric::lower("time", unit.clone())),
        limit: Limit::Max(Quantity { value: 5.0, unit }),
        comparison: None,
        absolute: Some(AbsoluteEstimate {
            value: 9.0,
            low: 8.0,
            high: f64::INFINITY,
            n: 10,
        }),
        ..relative("unit", VerdictKind::OverBudget)
    }
}

fn overhead(text: &str) -> Row {
    let bounds = |low, estimate, high| OverheadBounds {
        estimate: percent(estimate),
        low: percent(low),
        high: percent(high),
    };
    let unit = Unit::Other(text.to_owned());
    Row {
        benchmark: BenchmarkId::new(tollgate::measurement::OVERHEAD, text),
        metric: Some(Metric::lower("time", unit.clone())),
        limit: Limit::Overhead {
            claim: 0,
            relative: percent(1.0),
            absolute: Some(Quantity { value: 5.0, unit }),
        },
        comparison: None,
        overhead: Some(Overhead {
            standing: OverheadStanding::Violated,
            off: 40.0,
            on: 41.0,
            relative: bounds(1.2, 1.9, 2.6),
            absolute: OverheadBounds {
                estimate: 0.8,
                low: 0.5,
                high: 1.0,
            },
            pairs: 24,
            more_pairs: None,
        }),
        statement: Some(text.to_owned()),
        ..relative("overhead", VerdictKind::Violated)
    }
}

/// Three rows a text, and the text in every other place where a run, a budgets file or a tool could put it.
pub(crate) fn full_of(texts: &[&str]) -> Report {
    let mut rows = Vec::new();
    for text in texts {
        rows.push(Row {
            benchmark: BenchmarkId::new(*text, *text),
            metric: Some(Metric::lower(*text, Unit::Nanoseconds)),
            budget: Some(BudgetLine {
                bench: (*text).to_owned(),
                file: (*text).to_owned(),
                line: 7,
            }),
            notes: vec![(*text).to_owned()],
            next_step: Some(format!("{text}{text}")),
            reproduce: Some((*text).to_owned()),
            ..relative("", VerdictKind::Regressed)
        });
        rows.push(absolute(text));
        rows.push(overhead(text));
        rows.push(Row {
            waiver: Some(WaiverLine {
                slower: Some(percent(12.0)),
                max: None,
                until: (*text).to_owned(),
                reason: (*text).to_owned(),
                issue: Some((*text).to_owned()),
                file: (*text).to_owned(),
                line: 3,
            }),
            reason: Some(Reason {
                text: (*text).to_owned(),
                remedy: None,
            }),
            ..relative(text, VerdictKind::Waived)
        });
    }
    let all = texts.concat();
    let one = *texts.first().unwrap_or(&"");
    let mut report = of(rows);
    report.run_file = Some(all.clone());
    report.version = one.to_owned();
    report.seed.clone_from(&all);
    report.started = one.to_owned();
    report.candidate = Revision {
        commit: all.clone(),
        dirty: true,
    };
    report.base = Some(Revision {
        commit: all.clone(),
        dirty: false,
    });
    report.machine = Machine {
        cpu: Some(all.clone()),
        cores: Some(2),
        hypervisor: Some(one.to_owned()),
        os: one.to_owned(),
        kernel: Some(one.to_owned()),
        arch: one.to_owned(),
        rustc: Some(one.to_owned()),
    };
    for text in texts {
        let finding = |code, severity| Finding {
            code,
            severity,
            message: (*text).to_owned(),
            file: Some((*text).to_owned()),
            line: Some(3),
            column: Some(9),
            notes: vec![(*text).to_owned()],
            help: Some((*text).to_owned()),
        };
        report.findings.extend([
            finding(Code::BudgetsChanged, Severity::Warning),
            finding(Code::UnmatchedBudget, Severity::Error),
            finding(Code::UnusedWaiver, Severity::Note),
        ]);
        report.sides.push(SuiteSides {
            suite: (*text).to_owned(),
            base: BaseSide::Identical,
            layouts: 0,
            layouts_missing: Some((*text).to_owned()),
        });
        report.skipped.push(SkippedGroup {
            verdict: VerdictKind::NotComparable,
            checks: 1,
            reason: (*text).to_owned(),
            similar: 2,
            remedy: Some("record jobs of this machine class"),
        });
    }
    report
}

pub(crate) fn of(rows: Vec<Row>) -> Report {
    let mut counts = BTreeMap::new();
    for row in &rows {
        *counts.entry(row.verdict).or_insert(0) += 1;
    }
    let broken = rows.iter().any(Row::fails);
    Report {
        version: "0.1.0".to_owned(),
        run_file: None,
        headline: Headline {
            word: if broken { "FAIL" } else { "PASS" },
            sentence: "2 checks broken: 2 regressed; 1 unresolved".to_owned(),
        },
        exit: if broken {
            ExitCode::Broken
        } else {
            ExitCode::Pass
        },
        accounting: Accounting::default(),
        counts,
        rows,
        skipped: Vec::new(),
        findings: Vec::new(),
        machine: Machine::default(),
        candidate: Revision::default(),
        base: None,
        sides: Vec::new(),
        purpose: Purpose::Check,
        attempts: 2,
        false_alarms: Some(FalseAlarmRate {
            counted: FalseAlarms {
                alarms: 1,
                comparisons: 300,
            },
            low: 0.0,
            high: 0.0184,
            advisory: false,
        }),
        sensitivity: None,
        seed: "42".to_owned(),
        started: "2026-11-20T10:00:00Z".to_owned(),
        took: Some(Duration::from_secs(183)),
        rounds: 10,
        partial: false,
    }
}
