//! The reference kernels as A/A benchmarks: both sides are the same program, so that what moves here is the machine.
//!
//! The canaries are a family of their own: each is judged at the level of the job over the number of canaries, and
//! their claims take nothing from the level of the checks. A false claim among them happens in at most 5 % of jobs, and
//! it can only withhold a red verdict, never make one.

use super::sides::attempt;
use super::{ALPHA, BETA, FLOOR_WITHOUT_LAYOUT, GateInput};
use crate::compare::{Comparison, LOOKS, Levels, NotComparable, Pair, Zone, compare_pairs};
use crate::diagnostic::{Code, Diagnostic};
use crate::measurement::Better;
use crate::units::Change;
use crate::verdict::{Check, VerdictKind, judge_relative};

/// A kernel and what its pairs say.
struct Canary<'a> {
    kernel: &'a str,
    /// Pairs of the newest attempt.
    pairs: usize,
    compared: Result<(VerdictKind, Comparison), NotComparable>,
}

/// Judged like any benchmark: tolerance of [defaults], the floor of what is not relinked.
fn canaries(input: GateInput<'_>) -> impl Iterator<Item = Canary<'_>> {
    let zone = Zone {
        floor: Change::from_fraction(FLOOR_WITHOUT_LAYOUT),
        tolerance: input.budgets.defaults.tolerance,
    };
    let levels = Levels {
        fail: ALPHA / input.run.canary.len().max(1) as f64,
        pass: BETA,
    };
    (input.run.canary.iter()).map(move |(kernel, times)| {
        let pairs: Vec<Pair> = (0..)
            .zip(times)
            .map(|(round, [base, candidate])| Pair {
                base: *base,
                candidate: *candidate,
                layout: None,
                // There is one pair a round.
                attempt: attempt(input.run, round),
            })
            .collect();
        let newest = pairs.last().map(|pair| pair.attempt);
        Canary {
            kernel,
            pairs: (pairs.iter())
                .filter(|pair| Some(pair.attempt) == newest)
                .count(),
            compared: judge(&pairs, levels, zone),
        }
    })
}

fn judge(
    pairs: &[Pair],
    levels: Levels,
    zone: Zone,
) -> Result<(VerdictKind, Comparison), NotComparable> {
    let comparison = compare_pairs(pairs, levels, zone, false)?;
    let verdict = judge_relative(&comparison, zone, Better::Lower);
    Ok((verdict, comparison))
}

/// Where a canary moved, nothing red is believed: regressions and violated claims of the job become invalid.
pub(super) fn withhold(input: GateInput<'_>, checks: &mut [Check], findings: &mut Vec<Diagnostic>) {
    let mut moved = Vec::new();
    for canary in canaries(input) {
        if let Ok((VerdictKind::Regressed | VerdictKind::Improved, comparison)) = canary.compared {
            moved.push(format!(
                "the reference kernel {} moved by {} although both sides are the same program",
                canary.kernel, comparison.effect
            ));
        }
    }
    let Some(first) = moved.first() else {
        return;
    };
    let note = format!("runner disturbed: {first}");
    let mut withheld = 0_usize;
    for check in checks.iter_mut().filter(|check| {
        matches!(
            check.verdict,
            VerdictKind::Regressed | VerdictKind::Violated
        )
    }) {
        check.verdict = VerdictKind::Invalid;
        check.notes.push(note.clone());
        withheld += 1;
    }
    let mut finding = Diagnostic::error(
        Code::DisturbedMachine,
        match withheld {
            0 => "the runner was disturbed while measuring: what this job says cannot be relied on"
                .to_owned(),
            1 => "the runner was disturbed while measuring: one regression is withheld".to_owned(),
            more => {
                format!("the runner was disturbed while measuring: {more} regressions are withheld")
            }
        },
    )
    .with_help("run the job again; `tollgate doctor` says what disturbs this machine");
    finding.notes = moved;
    findings.push(finding);
}

/// Whether a canary is not decided yet, and more rounds could decide it. `false` without canaries.
#[must_use]
pub fn canary_open(input: GateInput<'_>) -> bool {
    let most = LOOKS.last().copied().unwrap_or(0) as usize;
    canaries(input).any(|canary| {
        canary.pairs < most
            && match canary.compared {
                Ok((VerdictKind::Inconclusive | VerdictKind::NotSlower, _)) => true,
                Ok(_) => false,
                Err(reason) => matches!(reason, NotComparable::TooFewObservations { .. }),
            }
    })
}
