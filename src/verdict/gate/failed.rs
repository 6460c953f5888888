//! Invocations that failed: whose fault that is, and what they printed.

use super::GateInput;
use super::expect::absent;
use super::sides::{Base, Fate, Sides};
use crate::budget::Enforcement;
use crate::diagnostic::{Code, Diagnostic};
use crate::measurement::{BenchmarkId, Failure, OVERHEAD, REFERENCE_KERNELS, Side};
use crate::verdict::{Check, VerdictKind};
use std::collections::BTreeMap;

/// One check and one finding for each benchmark with failed invocations: a benchmark that sometimes crashes is
/// not a benchmark whose other invocations can be trusted.
pub(super) fn failed(
    input: GateInput<'_>,
    sides: &Sides<'_>,
    findings: &mut Vec<Diagnostic>,
) -> Vec<Check> {
    let mut by_benchmark: BTreeMap<(&str, Option<&str>), Vec<&Failure>> = BTreeMap::new();
    for failure in &input.run.failures {
        by_benchmark
            .entry((&failure.suite, failure.benchmark.as_deref()))
            .or_default()
            .push(failure);
    }
    let mut checks = Vec::new();
    let mut found: Vec<Diagnostic> = Vec::new();
    for ((suite, benchmark), failures) in by_benchmark {
        let Some(first) = failures.first() else {
            continue;
        };
        match benchmark {
            None => findings.push(failed_suite(suite, first, failures.len())),
            Some(name) => {
                let id = BenchmarkId::new(suite, name);
                let (check, finding) = failed_benchmark(input, sides, id, &failures);
                checks.extend(check);
                // A run of a workload fails as a whole, which need not be said of each of its benchmarks.
                found.extend(finding.filter(|finding| {
                    let same = |known: &Diagnostic| {
                        (&known.message, &known.notes) == (&finding.message, &finding.notes)
                    };
                    !found.iter().any(same)
                }));
            }
        }
    }
    findings.extend(found);
    checks
}

fn failed_suite(suite: &str, first: &Failure, times: usize) -> Diagnostic {
    let what = first.kind.describe();
    let mut finding = if suite == REFERENCE_KERNELS {
        Diagnostic::warning(
            Code::DisturbedMachine,
            format!(
                "the reference kernels failed in {times} rounds; a comparison with a baseline is less sure without them"
            ),
        )
    } else if first.side == Side::Base {
        Diagnostic::warning(
            Code::BaseNotMeasured,
            format!("the base of suite `{suite}` could not be listed: its executable {what}"),
        )
    } else {
        Diagnostic::error(
            Code::FailedInvocation,
            format!("suite `{suite}` could not be listed: its executable {what}"),
        )
    };
    finding
        .notes
        .extend(first.detail.lines().map(str::to_owned));
    finding
}

/// What is said to have failed: of a workload, which is run as a whole, all of it.
fn subject(input: GateInput<'_>, id: &BenchmarkId) -> String {
    let is_workload = |tool: &str| tool == "workload";
    let suite = input.run.suites.iter().find(|suite| suite.name == id.suite);
    if suite.is_some_and(|suite| is_workload(&suite.tool)) {
        format!("workload `{}`", id.suite)
    } else {
        format!("benchmark `{id}`")
    }
}

/// What failures make of a benchmark: a check, and the finding that shows what it printed.
fn failed_benchmark(
    input: GateInput<'_>,
    sides: &Sides<'_>,
    id: BenchmarkId,
    failures: &[&Failure],
) -> (Option<Check>, Option<Diagnostic>) {
    let fate = sides.fate(&id);
    let of = |side: Side| failures.iter().filter(move |failure| failure.side == side);
    // What the candidate printed tells more than what the base did.
    let Some(first) = of(Side::Candidate).next().or_else(|| failures.first()) else {
        return (None, None);
    };
    let what = first.kind.describe();
    let line = first.detail.lines().next().unwrap_or("").trim();
    let in_round = if first.kind.tells_in_one_line() && !line.is_empty() {
        format!("{what} in round {}: {line}", first.invocation)
    } else {
        format!("{what} in round {}", first.invocation)
    };
    let subject = subject(input, &id);
    let is_paired = sides.base(&id.suite) == Base::Measured;
    let finding = |severe: bool, message: String| {
        let mut finding = if severe {
            Diagnostic::error(Code::FailedInvocation, message)
        } else {
            Diagnostic::warning(Code::FailedInvocation, message)
        };
        finding
            .notes
            .extend(first.detail.lines().map(str::to_owned));
        Some(finding)
    };
    match fate {
        // It cost a pair, and the row says so.
        Fate::Works => (None, None),
        Fate::BaseFails(why) => (None, finding(false, format!("{subject}: {why}"))),
        Fate::CandidateFails => {
            let times = of(Side::Candidate).count();
            let where_it_works = if id.suite == OVERHEAD {
                "it fails with, and works without"
            } else {
                "the candidate fails where the base works"
            };
            let message = format!("{subject}: {where_it_works}: it {what} ({times} times)");
            let note = format!("{where_it_works}: it {in_round}");
            let check = absent(input, id, VerdictKind::Failed, note);
            let severe = check.severity == Enforcement::Error;
            (Some(check), finding(severe, message))
        }
        Fate::Fails => {
            let bases = of(Side::Base).count();
            let message = if is_paired && bases > 0 && bases < failures.len() {
                format!(
                    "{subject} fails on both sides: it {what} ({} times)",
                    failures.len()
                )
            } else {
                format!("{subject} {what} ({} times)", failures.len())
            };
            (
                Some(absent(input, id, VerdictKind::Invalid, in_round)),
                finding(true, message),
            )
        }
    }
}
