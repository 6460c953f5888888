//! Counts what each rule claims over a whole recording. Pure.

use crate::data::{Comparison, Recording};
use crate::rules::{Budget, Case, Claim, Decision, Judged, Rule, log_ratios};
use std::collections::BTreeMap;
use tollgate::stats::{MAD_TO_SD, WalshAverages, median, normal_quantile, quantile};
use tollgate::verdict::VerdictKind;

/// One-sided level of the intervals around estimates: 95 % on both sides together.
const INTERVAL_LEVEL: f64 = 0.025;

/// How often.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// Comparisons that the rule judged.
    pub(crate) judged: u64,
    /// "Slower".
    pub(crate) slower: u64,
    /// "Faster".
    pub(crate) faster: u64,
}

impl Count {
    fn add(&mut self, claim: Claim) {
        self.judged += 1;
        self.slower += u64::from(claim == Claim::Slower);
        self.faster += u64::from(claim == Claim::Faster);
    }
}

/// What one rule did.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct RuleScore {
    /// Nothing injected, no neighbour of the recorder's.
    pub(crate) quiet: Count,
    /// Nothing injected, disturbed by neighbours.
    pub(crate) disturbed: Count,
    /// By what was injected, in thousandths.
    pub(crate) injected: BTreeMap<u32, Count>,
    /// Over comparisons in which nothing was injected.
    processes: usize,
    seconds: f64,
}

impl RuleScore {
    /// Over the whole recording.
    pub(crate) fn of(rule: &Rule, recording: &Recording) -> Self {
        let mut score = Self::default();
        for_each(recording, |neighbours, case| {
            if let Some(decision) = (rule.decide)(case) {
                score.add(neighbours, case.comparison.slowdown, decision);
            }
        });
        score
    }

    fn add(&mut self, neighbours: u32, slowdown: u32, decision: Decision) {
        if slowdown > 0 {
            self.injected
                .entry(slowdown)
                .or_default()
                .add(decision.claim);
            return;
        }
        let count = match neighbours {
            0 => &mut self.quiet,
            _ => &mut self.disturbed,
        };
        count.add(decision.claim);
        self.processes += decision.processes;
        self.seconds += decision.seconds;
    }

    /// Nothing injected.
    pub(crate) fn unchanged(&self) -> Count {
        Count {
            judged: self.quiet.judged + self.disturbed.judged,
            slower: self.quiet.slower + self.disturbed.slower,
            faster: self.quiet.faster + self.disturbed.faster,
        }
    }

    /// Processes for one comparison in which nothing was injected, on average.
    pub(crate) fn processes(&self) -> Option<f64> {
        self.for_each_unchanged(self.processes as f64)
    }

    /// Seconds for one comparison in which nothing was injected, on average.
    pub(crate) fn seconds(&self) -> Option<f64> {
        self.for_each_unchanged(self.seconds)
    }

    fn for_each_unchanged(&self, sum: f64) -> Option<f64> {
        let judged = self.unchanged().judged;
        (judged > 0).then(|| sum / judged as f64)
    }
}

/// Verdicts of tollgate for one budget and one injected slowdown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Verdicts {
    /// Comparisons.
    pub(crate) judged: u64,
    /// Red.
    pub(crate) regressed: u64,
    /// Claimed to be faster.
    pub(crate) improved: u64,
    /// Within the tolerance on both sides.
    pub(crate) unchanged: u64,
    /// Within the tolerance upwards.
    pub(crate) not_slower: u64,
    /// Cannot tell.
    pub(crate) inconclusive: u64,
    /// Pairs of all comparisons.
    pub(crate) pairs: u64,
}

/// By what was injected, in thousandths; nothing is 0.
pub(crate) fn verdicts(recording: &Recording, budget: Budget) -> BTreeMap<u32, Verdicts> {
    let mut all: BTreeMap<u32, Verdicts> = BTreeMap::new();
    for_each(recording, |_, case| {
        let Some(judged) = Judged::of(&case.comparison.pairs, budget) else {
            return;
        };
        let verdicts = all.entry(case.comparison.slowdown).or_default();
        verdicts.judged += 1;
        verdicts.pairs += judged.pairs as u64;
        match judged.verdict {
            VerdictKind::Regressed => verdicts.regressed += 1,
            VerdictKind::Improved => verdicts.improved += 1,
            VerdictKind::Unchanged => verdicts.unchanged += 1,
            VerdictKind::NotSlower => verdicts.not_slower += 1,
            _ => verdicts.inconclusive += 1,
        }
    });
    all
}

/// Estimates of one kernel for one injected slowdown, over all recorded pairs.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Estimates {
    /// Hodges-Lehmann estimates of the change, as fractions.
    estimates: Vec<f64>,
    /// How far each is from what was injected, in standard errors as its own interval tells them.
    errors: Vec<f64>,
    /// How many intervals of 95 % hold what was injected.
    pub(crate) covered: u64,
}

impl Estimates {
    /// How many.
    pub(crate) fn len(&self) -> u64 {
        self.estimates.len() as u64
    }

    /// Takes in those of another slowdown.
    pub(crate) fn add(&mut self, other: &Self) {
        self.estimates.extend(&other.estimates);
        self.errors.extend(&other.errors);
        self.covered += other.covered;
    }

    /// Median distance from what was injected, in standard errors, over what it is for normal errors: 1 where intervals are as wide
    /// as they must be. NaN if there are none.
    pub(crate) fn scatter(&self) -> f64 {
        let sizes: Vec<f64> = self.errors.iter().map(|error| error.abs()).collect();
        MAD_TO_SD * median(&sizes).unwrap_or(f64::NAN)
    }

    /// A quantile of the estimates; NaN if there are none.
    pub(crate) fn quantile(&self, p: f64) -> f64 {
        quantile(&self.estimates, p).unwrap_or(f64::NAN)
    }
}

/// By position of the kernel in the header, then by what was injected.
pub(crate) fn estimates(recording: &Recording) -> BTreeMap<(usize, u32), Estimates> {
    let mut all: BTreeMap<(usize, u32), Estimates> = BTreeMap::new();
    for job in &recording.jobs {
        for (kernel, comparison) in job.comparisons.iter().enumerate() {
            let Some(mut walsh) = log_ratios(&comparison.pairs).and_then(|d| WalshAverages::of(&d))
            else {
                continue;
            };
            let truth = (f64::from(comparison.slowdown) / 1000.0).ln_1p();
            let bounds = walsh.bounds(INTERVAL_LEVEL);
            let Some(quantile) = normal_quantile(1.0 - INTERVAL_LEVEL) else {
                continue;
            };
            let error = (bounds.high - bounds.low) / (2.0 * quantile);
            let centre = walsh.centre();
            let entry = all.entry((kernel, comparison.slowdown)).or_default();
            entry.estimates.push(centre.exp_m1());
            entry.errors.push((centre - truth) / error);
            entry.covered += u64::from((bounds.low..=bounds.high).contains(&truth));
        }
    }
    all
}

/// Every comparison, each kernel's in the order of the jobs, with the number of neighbours.
fn for_each(recording: &Recording, mut judge: impl FnMut(u32, &Case<'_>)) {
    for kernel in 0..recording.header.kernels.len() {
        let mut histories: BTreeMap<u32, Vec<&Comparison>> = BTreeMap::new();
        for job in &recording.jobs {
            let Some(comparison) = job.comparisons.get(kernel) else {
                continue;
            };
            let earlier = histories.entry(job.neighbours).or_default();
            let case = Case {
                comparison,
                earlier,
                seed: (u64::from(job.job) << 8) | kernel as u64,
            };
            judge(job.neighbours, &case);
            earlier.push(comparison);
        }
    }
}

#[cfg(test)]
mod tests;
