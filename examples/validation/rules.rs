//! Decision rules, ours and those that other tools document, over the same recorded comparison. Pure.
//!
//! Each rule answers what it would have claimed and what it would have measured to get there. Where the recording
//! is not what a tool would have measured, the rule's documentation says what stands in for it; where there was a
//! choice, it was made in favour of the other tool.

mod bencher;
mod benchstat;
mod criterion;
mod github_action_benchmark;
mod minimum;
mod perfgate;
mod tango;
mod tollgate;

pub(crate) use self::tollgate::{Budget, Judged, log_ratios};

use crate::data::{Block, Comparison, Process};

/// What a rule says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// The candidate is slower: what a gate fails for.
    Slower,
    /// The candidate is faster.
    Faster,
    /// Neither.
    Nothing,
}

impl Claim {
    /// A change in the direction of `difference` (candidate minus base), if it counts.
    fn of(counts: bool, difference: f64) -> Self {
        match counts {
            true if difference > 0.0 => Self::Slower,
            true if difference < 0.0 => Self::Faster,
            _ => Self::Nothing,
        }
    }

    /// For rules that only look upwards.
    fn slower_if(slower: bool) -> Self {
        if slower { Self::Slower } else { Self::Nothing }
    }
}

/// A claim and its price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Decision {
    /// What is claimed.
    pub(crate) claim: Claim,
    /// Processes that were started in this job for it.
    pub(crate) processes: usize,
    /// Seconds from their starts to their ends.
    pub(crate) seconds: f64,
}

/// What a rule may look at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case<'a> {
    /// The comparison to judge.
    pub(crate) comparison: &'a Comparison,
    /// Comparisons of the same kernel in the jobs before that were disturbed, or not, like this one; oldest first. Their
    /// base sides are the history of tools that keep one. On a mixed history these would do worse.
    pub(crate) earlier: &'a [&'a Comparison],
    /// For rules that draw random numbers.
    pub(crate) seed: u64,
}

/// A decision rule.
pub(crate) struct Rule {
    /// With version and settings.
    pub(crate) name: &'static str,
    /// `None` where the rule does not judge: not enough history yet.
    pub(crate) decide: fn(&Case<'_>) -> Option<Decision>,
}

/// Every rule, in the order of the table. Ours come last.
pub(crate) const RULES: &[Rule] = &[
    rule("criterion 0.8, one process a side", criterion::decide),
    rule(
        "benchstat, 10 x in one process a side",
        benchstat::one_process,
    ),
    rule(
        "benchstat, 10 processes a side, one side after the other",
        benchstat::sequential,
    ),
    rule(
        "benchstat, 10 processes a side, interleaved",
        benchstat::interleaved,
    ),
    rule(
        "github-action-benchmark, 200 % of the previous job",
        |case| github_action_benchmark::decide(case, 2.0),
    ),
    rule("github-action-benchmark, 120 %", |case| {
        github_action_benchmark::decide(case, 1.2)
    }),
    rule("github-action-benchmark, 110 %", |case| {
        github_action_benchmark::decide(case, 1.1)
    }),
    rule("Bencher, percentage 0.25, base in the same job", |case| {
        bencher::percentage(case, 0.25)
    }),
    rule("Bencher, percentage 0.10, base in the same job", |case| {
        bencher::percentage(case, 0.10)
    }),
    rule("Bencher, t-test 0.99, up to 64 jobs", bencher::t_test),
    rule(
        "perfgate 0.18 check, 20 % of the previous job",
        perfgate::check,
    ),
    rule("perfgate 0.18 paired, 5 pairs, significant", |case| {
        perfgate::paired(case, 0, None)
    }),
    rule("perfgate 0.18 paired, 5 retries, significant", |case| {
        perfgate::paired(case, 5, None)
    }),
    rule(
        "perfgate 0.18 paired, 5 retries, significant and over 5 %",
        |case| perfgate::paired(case, 5, Some(0.05)),
    ),
    rule("minimum of 10 processes a side, 2 %", |case| {
        minimum::decide(case, 0.02)
    }),
    rule("minimum of 10 processes a side, 5 %", |case| {
        minimum::decide(case, 0.05)
    }),
    rule(
        "tango 0.9, defaults (10 samples in lockstep)",
        tango::defaults,
    ),
    rule("tango 0.9, 50 samples, outliers filtered", tango::longer),
    rule(
        "tango's z and 0.5 % over 40 pairs of processes",
        tango::over_pairs,
    ),
    rule("tollgate, +5 %, 1 check in the job", |case| {
        tollgate::decide(case, Budget::new(0.05, 0.02, 1))
    }),
    rule("tollgate, +5 %, 20 checks", |case| {
        tollgate::decide(case, Budget::new(0.05, 0.02, 20))
    }),
    rule("tollgate, +5 %, 100 checks", |case| {
        tollgate::decide(case, Budget::new(0.05, 0.02, 100))
    }),
    rule("tollgate, +3 %, floor 1 %, 1 check", |case| {
        tollgate::decide(case, Budget::new(0.03, 0.01, 1))
    }),
    rule("tollgate, +3 %, floor 1 %, 20 checks", |case| {
        tollgate::decide(case, Budget::new(0.03, 0.01, 20))
    }),
    rule("tollgate, +3 %, floor 1 %, 100 checks", |case| {
        tollgate::decide(case, Budget::new(0.03, 0.01, 100))
    }),
];

const fn rule(name: &'static str, decide: fn(&Case<'_>) -> Option<Decision>) -> Rule {
    Rule { name, decide }
}

/// Seconds of some processes.
fn seconds<'a>(processes: impl IntoIterator<Item = &'a Process>) -> f64 {
    processes
        .into_iter()
        .map(|process| process.us as f64 / 1e6)
        .sum()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The middle value, or the mean of the two middle ones.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let upper = sorted[sorted.len() / 2];
    let lower = sorted[(sorted.len() - 1) / 2];
    0.5 * (lower + upper)
}

/// Nanoseconds a batch, for each sample of a long process.
fn long_samples(block: &Block) -> Vec<f64> {
    let totals = block.long.t.ns();
    totals
        .iter()
        .zip(1..)
        .map(|(total, batches)| total / f64::from(batches))
        .collect()
}

/// Mean batch of each process.
fn means<'a>(processes: impl IntoIterator<Item = &'a Process>) -> Vec<f64> {
    processes
        .into_iter()
        .map(|process| mean(&process.t.ns()))
        .collect()
}
