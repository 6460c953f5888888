//! A job of several benchmarks, judged as the gate judges it.

use tollgate::compare::{Levels, Pair, Zone, compare_pairs};
use tollgate::measurement::Better;
use tollgate::verdict::{ALPHA, BETA, VerdictKind, judge_relative};

/// What became of a benchmark.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judged {
    pub(crate) verdict: VerdictKind,
    /// Pairs at the look that decided, else all.
    pub(crate) pairs: u32,
}

/// One benchmark, in a family of so many.
pub(crate) fn judge(pairs: &[Pair], family: usize, zone: Zone) -> Result<Judged, String> {
    let levels = Levels {
        fail: ALPHA / family as f64,
        pass: BETA,
    };
    let comparison =
        compare_pairs(pairs, levels, zone, false).map_err(|reason| reason.describe())?;
    Ok(Judged {
        verdict: judge_relative(&comparison, zone, Better::Lower),
        pairs: comparison.candidate_n,
    })
}

/// Holm's step-down over benchmarks that were judged in the whole family, with the rule of the gate: for each one that is
/// rejected the family is smaller, and what is inconclusive is judged again. `pairs` gives those of a benchmark.
pub(crate) fn step_down<'a>(
    job: &mut [Judged],
    pairs: impl Fn(usize) -> &'a [Pair],
    zone: Zone,
) -> Result<(), String> {
    let mut family = job.len();
    let mut rejected = job.iter().filter(|judged| is_red(judged)).count();
    while rejected > 0 && rejected < family {
        family -= rejected;
        rejected = 0;
        for (i, judged) in job.iter_mut().enumerate() {
            if judged.verdict == VerdictKind::Inconclusive {
                judged.verdict = judge(pairs(i), family, zone)?.verdict;
                rejected += usize::from(is_red(judged));
            }
        }
    }
    Ok(())
}

pub(crate) fn is_red(judged: &Judged) -> bool {
    judged.verdict == VerdictKind::Regressed
}

/// Verdicts, counted.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) all: u64,
    pub(crate) red: u64,
    pub(crate) improved: u64,
    pub(crate) passed: u64,
    pub(crate) undecided: u64,
    pub(crate) pairs: u64,
}

impl Tally {
    pub(crate) fn count(&mut self, judged: &Judged) {
        self.all += 1;
        self.pairs += u64::from(judged.pairs);
        match judged.verdict {
            VerdictKind::Regressed => self.red += 1,
            VerdictKind::Improved => self.improved += 1,
            VerdictKind::Unchanged | VerdictKind::NotSlower => self.passed += 1,
            _ => self.undecided += 1,
        }
    }

    pub(crate) fn mean_pairs(&self) -> f64 {
        self.pairs as f64 / self.all as f64
    }
}
