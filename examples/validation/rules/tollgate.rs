//! tollgate itself: the product's own code judges.

use super::{Case, Claim, Decision, seconds};
use crate::data::{Pair, Process};
use tollgate::compare::{Levels, Zone, paired, statistic};
use tollgate::measurement::{Better, Evidence, Samples};
use tollgate::units::Change;
use tollgate::verdict::{VerdictKind, judge_relative};

/// Error level of a whole job.
const ALPHA: f64 = 0.05;

/// Error level of a pass.
const BETA: f64 = 0.05;

/// What a budget says, and in what company.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Budget {
    /// Fraction by which a candidate may be slower.
    pub(crate) tolerance: f64,
    /// Fraction below which no change is claimed.
    pub(crate) floor: f64,
    /// Relative checks of the job, which share the error level.
    pub(crate) checks: u32,
}

impl Budget {
    pub(crate) const fn new(tolerance: f64, floor: f64, checks: u32) -> Self {
        Self {
            tolerance,
            floor,
            checks,
        }
    }
}

/// A verdict and the pairs that it took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Judged {
    /// As the gate would say it.
    pub(crate) verdict: VerdictKind,
    /// Of those recorded.
    pub(crate) pairs: usize,
}

impl Judged {
    /// Judges the recorded pairs as `check --base` does: 20 % trimmed mean of each process, signed-rank interval of
    /// the log ratios at 8, 12, 18, 27 and 40 pairs, until it is decided.
    ///
    /// The level is that of a job with `checks` relative checks before Holm's step-down: the recorded comparisons are of
    /// different jobs.
    ///
    /// Source: `docs/statistics.md`. `None` for pairs that cannot be compared.
    pub(crate) fn of(pairs: &[Pair], budget: Budget) -> Option<Self> {
        let values: Vec<(f64, f64)> = pairs
            .iter()
            .map(|pair| Some((typical(&pair.base)?, typical(&pair.candidate)?)))
            .collect::<Option<_>>()?;
        let levels = Levels {
            fail: ALPHA / f64::from(budget.checks),
            pass: BETA,
        };
        let zone = Zone {
            floor: Change::from_fraction(budget.floor),
            tolerance: Change::from_fraction(budget.tolerance),
        };
        let comparison = paired(&values, levels, zone, false).ok()?;
        Some(Self {
            verdict: judge_relative(&comparison, zone, Better::Lower),
            pairs: comparison.base_n as usize,
        })
    }
}

pub(super) fn decide(case: &Case<'_>, budget: Budget) -> Option<Decision> {
    let judged = Judged::of(&case.comparison.pairs, budget)?;
    let used = &case.comparison.pairs[..judged.pairs];
    Some(Decision {
        claim: match judged.verdict {
            VerdictKind::Regressed => Claim::Slower,
            VerdictKind::Improved => Claim::Faster,
            _ => Claim::Nothing,
        },
        processes: 2 * used.len(),
        seconds: seconds(used.iter().flat_map(|pair| [&pair.base, &pair.candidate])),
    })
}

/// ln(candidate / base) of each pair.
pub(crate) fn log_ratios(pairs: &[Pair]) -> Option<Vec<f64>> {
    pairs
        .iter()
        .map(|pair| Some((typical(&pair.candidate)? / typical(&pair.base)?).ln()))
        .collect()
}

/// The number of a process that has batches: `time` of criterion and divan.
fn typical(process: &Process) -> Option<f64> {
    statistic(&Evidence::Samples(Box::new(Samples {
        values: process.t.ns(),
        iterations: Vec::new(),
    })))
}
