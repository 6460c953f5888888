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
                findings.extend(finding);
            }
        }
    }
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
        Fate::BaseFails(why) => (None, finding(false, format!("benchmark `{id}`: {why}"))),
        Fate::CandidateFails => {
            let times = of(Side::Candidate).count();
            let where_it_works = if id.suite == OVERHEAD {
                "it fails with, and works without"
            } else {
                "the candidate fails where the base works"
            };
            let message = format!("benchmark `{id}`: {where_it_works}: it {what} ({times} times)");
            let note = format!("{where_it_works}: it {what} in round {}", first.invocation);
            let check = absent(input, id, VerdictKind::Failed, note);
            let severe = check.severity == Enforcement::Error;
            (Some(check), finding(severe, message))
        }
        Fate::Fails => {
            let bases = of(Side::Base).count();
            let message = if is_paired && bases > 0 && bases < failures.len() {
                format!(
                    "benchmark `{id}` fails on both sides: it {what} ({} times)",
                    failures.len()
                )
            } else {
                format!("benchmark `{id}` {what} ({} times)", failures.len())
            };
            let note = format!("{what} in round {}", first.invocation);
            (
                Some(absent(input, id, VerdictKind::Invalid, note)),
                finding(true, message),
            )
        }
    }
}
