//! Hand-made reports for the tests of the renderers.

use super::{Meta, Report};
use crate::budget::{
    Budget, Budgets, Defaults, Enforcement, LayoutSettings, NameGlob, Unresolved, Waiver,
};
use crate::compare::{AbsoluteEstimate, Comparison, Interval, Method, NotComparable};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::measurement::{
    BenchmarkId, BenchmarkRecord, Evidence, Failure, FailureKind, Metric, Observation, Revision,
    Run, Series, Side,
};
use crate::units::{Change, Quantity, Unit};
use crate::verdict::{Accounting, Check, ExitCode, Gate, Limit, Standing, VerdictKind};
use std::sync::Arc;

const BUDGETS: &str = "version = 1\n\n[[budget]]\nbench = \"parse/*\"\nslower = \"5%\"\n";

pub(super) fn percent(percent: f64) -> Change {
    Change::from_fraction(percent / 100.0)
}

pub(super) fn check(suite: &str, name: &str, limit: Limit, verdict: VerdictKind) -> Check {
    Check {
        benchmark: BenchmarkId::new(suite, name),
        metric: Some(Metric::time()),
        limit,
        budget: Some(0),
        verdict,
        comparison: None,
        absolute: None,
        overhead: None,
        waiver: None,
        not_comparable: None,
        notes: Vec::new(),
        severity: Enforcement::Error,
        unresolved: Unresolved::Warn,
    }
}

/// A relative check: change, interval and what could be detected in percent.
pub(super) fn relative(
    name: &str,
    verdict: VerdictKind,
    [effect, low, high, detectable]: [f64; 4],
) -> Check {
    Check {
        comparison: Some(Comparison {
            method: Method::Paired,
            base: 250_000.0,
            candidate: 250_000.0 * (1.0 + effect / 100.0),
            effect: percent(effect),
            interval: Interval {
                low: percent(low),
                high: percent(high),
            },
            pass_interval: Interval {
                low: percent((low + effect) / 2.0),
                high: percent((high + effect) / 2.0),
            },
            fail_level: 0.05,
            detectable: percent(detectable),
            base_n: 10,
            candidate_n: 10,
            more_pairs: None,
        }),
        ..check("parse", name, Limit::Slower(percent(5.0)), verdict)
    }
}

/// An absolute check in nanoseconds: value, low, high, ceiling.
pub(super) fn absolute(
    name: &str,
    verdict: VerdictKind,
    [value, low, high, max]: [f64; 4],
) -> Check {
    let limit = Limit::Max(Quantity {
        value: max,
        unit: Unit::Nanoseconds,
    });
    Check {
        absolute: Some(AbsoluteEstimate {
            value,
            low,
            high,
            n: 10,
        }),
        ..check("parse", name, limit, verdict)
    }
}

pub(super) fn skipped(name: &str, why: NotComparable) -> Check {
    Check {
        overhead: None,
        waiver: None,
        not_comparable: Some(why),
        ..check(
            "parse",
            name,
            Limit::Slower(percent(5.0)),
            VerdictKind::NotComparable,
        )
    }
}

pub(super) fn missing(name: &str) -> Check {
    Check {
        metric: None,
        ..check("parse", name, Limit::None, VerdictKind::Missing)
    }
}

fn run() -> Run {
    let mut run = Run::default();
    run.header.started = "2026-11-20T10:00:00Z".to_owned();
    run.header.took_ms = 183_000.0;
    run.header.seed = "42".to_owned();
    run.header.candidate.commit = "89abcdef0123456789abcdef0123456789abcdef".to_owned();
    run.environment.cpu.name = Some("Intel(R) Xeon(R) Platinum 8370C".to_owned());
    run.environment.cpu.cores = Some(2);
    run.environment.hypervisor = Some("kvm".to_owned());
    run.environment.os = "linux".to_owned();
    run.environment.kernel = Some("6.8.0".to_owned());
    run.environment.toolchain.rustc = Some("rustc 1.95.0".to_owned());
    run.benchmarks = vec![BenchmarkRecord {
        id: BenchmarkId::new("parse", "small"),
        series: vec![Series {
            metric: Metric::time(),
            observations: vec![Observation {
                side: Side::Candidate,
                invocation: 9,
                order: 0,
                at_ms: 0.0,
                layout: None,
                evidence: Evidence::Value(1.0),
            }],
        }],
    }];
    run.failures = vec![Failure {
        suite: "parse".to_owned(),
        benchmark: Some("crashing".to_owned()),
        side: Side::Candidate,
        invocation: 0,
        kind: FailureKind::Crashed,
        detail: "exit status 101".to_owned(),
    }];
    run
}

fn budgets() -> Budgets {
    Budgets {
        defaults: Defaults::default(),
        suites: Vec::new(),
        budgets: vec![Budget {
            bench: NameGlob::new("parse/*").expect("a glob"),
            metric: "time".to_owned(),
            slower: Some(percent(5.0)),
            max: None,
            min: None,
            severity: Enforcement::Error,
            unresolved: Unresolved::Warn,
            place: place(),
        }],
        overheads: Vec::new(),
        waivers: vec![Waiver {
            bench: "parse/large".to_owned(),
            metric: "time".to_owned(),
            slower: Some(percent(12.0)),
            max: None,
            until: jiff::civil::date(2027, 1, 31),
            reason: "correctness fix".to_owned(),
            issue: Some("#123".to_owned()),
            place: place(),
        }],
        anchor: None,
        layout: LayoutSettings::default(),
        github: crate::budget::GithubSettings::default(),
    }
}

fn place() -> Place {
    Place {
        file: "budgets.toml".to_owned(),
        source: Arc::from(BUDGETS),
        span: 32..41,
        label: String::new(),
    }
}

pub(super) fn report_of(checks: Vec<Check>, findings: Vec<Diagnostic>, exit: ExitCode) -> Report {
    report_with(checks, findings, exit, |_| {})
}

pub(super) fn report_with(
    checks: Vec<Check>,
    findings: Vec<Diagnostic>,
    exit: ExitCode,
    change: impl FnOnce(&mut Run),
) -> Report {
    let mut accounting = Accounting::default();
    for check in &checks {
        match check.verdict.standing() {
            Standing::Enforced => accounting.enforced += 1,
            Standing::Unresolved => accounting.unresolved += 1,
            Standing::Skipped => accounting.skipped += 1,
            Standing::Missing => accounting.missing += 1,
        }
    }
    let mut run = run();
    change(&mut run);
    let gate = Gate {
        checks,
        accounting,
        findings,
        false_alarms: None,
        exit,
    };
    let meta = Meta {
        version: "0.1.0".to_owned(),
        run_file: Some("target/tollgate/run.json".to_owned()),
    };
    Report::build(&run, &budgets(), &gate, &meta)
}

pub(super) fn all_green() -> Report {
    use VerdictKind::{NotSlower, Unchanged, WithinBudget};
    let checks = vec![
        relative("small", Unchanged, [0.3, -0.6, 1.2, 3.0]),
        relative("medium", Unchanged, [-0.1, -0.9, 0.8, 3.0]),
        relative("large", NotSlower, [-4.0, -6.5, -1.5, 4.0]),
        absolute(
            "large",
            WithinBudget,
            [275_100.0, 270_000.0, 280_000.0, 1e6],
        ),
    ];
    report_of(checks, Vec::new(), ExitCode::Pass)
}

pub(super) fn two_red() -> Report {
    use VerdictKind::{Improved, Inconclusive, OverBudget, Regressed, Unchanged};
    let mut warned = relative("warned", Regressed, [7.0, 5.5, 8.5, 3.0]);
    warned.severity = Enforcement::Warn;
    let checks = vec![
        relative("large", Regressed, [10.0, 8.1, 12.2, 3.1]),
        warned,
        absolute(
            "large",
            OverBudget,
            [275_000.0, 270_000.0, 280_000.0, 250_000.0],
        ),
        relative(
            "noisy/with a long name",
            Inconclusive,
            [3.0, -2.0, 8.0, 9.0],
        ),
        absolute(
            "close",
            Inconclusive,
            [90_000.0, 70_000.0, 110_000.0, 100_000.0],
        ),
        relative("better", Improved, [-20.0, -22.0, -18.0, 3.0]),
        relative("small", Unchanged, [0.3, -0.6, 1.2, 3.0]),
    ];
    report_with(checks, Vec::new(), ExitCode::Broken, |run| {
        run.header.base = Some(Revision {
            commit: "0123456789abcdef0123456789abcdef01234567".to_owned(),
            dirty: false,
        });
        run.header.candidate.dirty = true;
    })
}

pub(super) fn newcomer() -> Report {
    let other = || NotComparable::OtherMachine {
        difference: "cpu.model 85 -> 106".to_owned(),
    };
    let mut checks: Vec<Check> = (0..3)
        .map(|at| {
            absolute(
                &format!("bench{at}"),
                VerdictKind::WithinBudget,
                [100_000.0, 90_000.0, 110_000.0, 1e6],
            )
        })
        .collect();
    checks.extend((0..14).map(|at| skipped(&format!("bench{at}"), other())));
    report_of(checks, Vec::new(), ExitCode::Pass)
}

pub(super) fn missing_benchmark() -> Report {
    let findings = vec![
        Diagnostic::warning(
            Code::VanishedBenchmark,
            "`parse/gone` is in the baseline and was not measured",
        ),
        Diagnostic::error(
            Code::UnmatchedBudget,
            "no benchmark matches `parse/*` with metric `time`",
        )
        .at(place())
        .with_note("measured were: render/a, render/b")
        .with_help("correct the glob or remove the budget"),
    ];
    let checks = vec![
        missing("crashing"),
        missing("gone"),
        relative("small", VerdictKind::Unchanged, [0.3, -0.6, 1.2, 3.0]),
    ];
    report_of(checks, findings, ExitCode::NotEnforced)
}

/// Names as an attacker would choose them.
pub(super) const HOSTILE: &[&str] = &[
    "a|b",
    "x`y``z",
    "<img src=x onerror=alert(1)>",
    "@octocat #12 GH-12",
    "[l](http://e) ![i](http://t/x.png)",
    "line\n::error::injected\n\ntollgate: PASS",
    "\x1b[2J\x1b[31mred",
    "\u{202e}abc\u{2066}",
    "--> </details><!--",
    "日本語/größe/\u{1f600}",
    "a b 'quoted' \"double\" $(touch x)",
    "*b* _c_ ~~d~~ a\\|b \\",
    "",
    "an/extremely/long/name/with/many/parts/that/cannot/fit/into/any/column/of/a/terminal/however/wide/it/is/because/it/goes/on/and/on",
];

pub(super) fn hostile() -> Report {
    let checks = HOSTILE
        .iter()
        .map(|name| {
            let mut check = relative(name, VerdictKind::Regressed, [10.0, 8.1, 12.2, 3.1]);
            check.notes.push(format!("note about {name}"));
            check
        })
        .collect();
    let findings = HOSTILE
        .iter()
        .map(|name| {
            Diagnostic::warning(Code::UnbudgetedBenchmark, format!("`{name}` has no budget"))
        })
        .collect();
    report_with(checks, findings, ExitCode::Broken, |run| {
        run.header.seed = "1\n; rm".to_owned();
        run.environment.cpu.name = Some("<b>@cpu</b>\n".to_owned());
    })
}

pub(super) fn empty() -> Report {
    report_with(
        Vec::new(),
        vec![Diagnostic::error(
            Code::NothingEnforced,
            "nothing was enforced",
        )],
        ExitCode::NotEnforced,
        |run| *run = Run::default(),
    )
}

pub(super) fn many(count: u32) -> Report {
    let checks = (0..count)
        .map(|at| {
            relative(
                &format!("bench/{at:05}"),
                VerdictKind::Unchanged,
                [0.1, -0.4, 0.6, 3.0],
            )
        })
        .collect();
    report_of(checks, Vec::new(), ExitCode::Pass)
}
