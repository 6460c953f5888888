//! benchstat: Mann-Whitney over ten results a side.

use super::{Case, Claim, Decision, means, median, seconds};
use crate::data::{Block, Process};

/// `-alpha`, default.
const ALPHA: f64 = 0.05;

/// "Each benchmark should be run at least 10 times."
const COUNT: usize = 10;

/// `go test -count=10`, then the same for the candidate: ten results from each of two processes. Here they are ten
/// parts of the long process with about as many batches each, a tenth of a second instead of one.
///
/// Source: golang.org/x/perf, `cmd/benchstat/main.go` (usage, `-alpha`) and `benchmath/anone.go` (U test).
pub(super) fn one_process(case: &Case<'_>) -> Option<Decision> {
    let (base, candidate) = (&case.comparison.base, &case.comparison.candidate);
    Some(Decision {
        claim: claim(&parts(base), &parts(candidate)),
        processes: 2,
        seconds: seconds([&base.long, &candidate.long]),
    })
}

/// Ten processes of the base, then ten of the candidate.
pub(super) fn sequential(case: &Case<'_>) -> Option<Decision> {
    let first = |block: &'_ Block| means(block.short.iter().take(COUNT));
    let (base, candidate) = (&case.comparison.base, &case.comparison.candidate);
    let used = base
        .short
        .iter()
        .take(COUNT)
        .chain(candidate.short.iter().take(COUNT));
    Some(Decision {
        claim: claim(&first(base), &first(candidate)),
        processes: used.clone().count(),
        seconds: seconds(used),
    })
}

/// Ten processes of each side, by turns, as its documentation advises. The turns here are in random order.
pub(super) fn interleaved(case: &Case<'_>) -> Option<Decision> {
    let pairs = &case.comparison.pairs[..COUNT.min(case.comparison.pairs.len())];
    let base = || pairs.iter().map(|pair| &pair.base);
    let candidate = || pairs.iter().map(|pair| &pair.candidate);
    let used: Vec<&Process> = base().chain(candidate()).collect();
    Some(Decision {
        claim: claim(&means(base()), &means(candidate())),
        processes: used.len(),
        seconds: seconds(used),
    })
}

fn claim(base: &[f64], candidate: &[f64]) -> Claim {
    let counts = mann_whitney(base, candidate) <= ALPHA;
    Claim::of(counts, median(candidate) - median(base))
}

/// Mean batch of ten consecutive parts of a long process, cut where a tenth of its batches is over.
fn parts(block: &Block) -> Vec<f64> {
    let samples = block.long.t.ns();
    let all = samples.len() * (samples.len() + 1) / 2;
    let mut sums = [(0.0, 0_usize); COUNT];
    let mut done = 0;
    for (time, batches) in samples.iter().zip(1..) {
        let part = &mut sums[(done * COUNT / all).min(COUNT - 1)];
        part.0 += time;
        part.1 += batches;
        done += batches;
    }
    sums.iter()
        .filter(|(_, batches)| *batches > 0)
        .map(|(time, batches)| time / *batches as f64)
        .collect()
}

/// Exact two-sided p-value of the Mann-Whitney U test, with or without ties: twice the smaller tail of the rank sum over all
/// ways to deal the (mid)ranks.
///
/// Source: H. Mann and D. Whitney, Annals of Mathematical Statistics 18 (1947), 50-60; ties as in J. Klotz, JASA 61
/// (1966), 772-787, as benchstat has it for samples of this size.
fn mann_whitney(one: &[f64], other: &[f64]) -> f64 {
    let mut all: Vec<(f64, bool)> = one.iter().map(|&value| (value, true)).collect();
    all.extend(other.iter().map(|&value| (value, false)));
    all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    // Twice the midrank, so that it is a whole number.
    let mut ranks = Vec::with_capacity(all.len());
    for group in all.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let first = ranks.len();
        ranks.extend(
            group
                .iter()
                .map(|(_, own)| (2 * first + group.len() + 1, *own)),
        );
    }
    let observed: usize = ranks
        .iter()
        .filter(|(_, own)| *own)
        .map(|(rank, _)| rank)
        .sum();
    // ways[k][s]: ways to choose k of the ranks so far with sum s.
    let total: usize = ranks.iter().map(|(rank, _)| rank).sum();
    let mut ways = vec![vec![0.0_f64; total + 1]; one.len() + 1];
    ways[0][0] = 1.0;
    for (rank, _) in &ranks {
        for k in (1..=one.len()).rev() {
            let (fewer, more) = ways.split_at_mut(k);
            for sum in *rank..=total {
                more[0][sum] += fewer[k - 1][sum - rank];
            }
        }
    }
    let ways = &ways[one.len()];
    let all: f64 = ways.iter().sum();
    let lower: f64 = ways[..=observed].iter().sum();
    let upper: f64 = ways[observed..].iter().sum();
    (2.0 * lower.min(upper) / all).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12
    }

    #[test]
    fn separated_samples_have_the_smallest_p_value() {
        // benchmath/anone.go lists these.
        for (n, due) in [
            (4, 0.028_571_428_571_428_57),
            (5, 0.007_936_507_936_507_936),
        ] {
            let low: Vec<f64> = (0..n).map(f64::from).collect();
            let high: Vec<f64> = low.iter().map(|value| value + 100.0).collect();
            assert!(near(mann_whitney(&low, &high), due), "{n}");
            assert!(near(mann_whitney(&high, &low), due), "{n}");
        }
    }

    #[test]
    fn the_p_value_is_that_of_scipy() {
        // scipy.stats.mannwhitneyu's own example: U = 17, exact p = 0.1111.
        let (males, females) = ([19.0, 22.0, 16.0, 29.0, 24.0], [20.0, 11.0, 17.0, 12.0]);
        assert!(near(mann_whitney(&males, &females), 1.0 / 9.0));
    }

    #[test]
    fn the_critical_value_for_ten_and_ten_is_that_of_the_tables() {
        // Two-sided 5 %: U = 23 is significant, U = 24 is not.
        let sample_with = |u: usize| {
            // Ten low values, one of which for each high value below it counts one.
            let mut low: Vec<f64> = (0..10).map(|i| f64::from(i) * 10.0).collect();
            let high: Vec<f64> = (0..10).map(|i| 200.0 + f64::from(i) * 10.0).collect();
            for value in low.iter_mut().rev().take(u / 10) {
                *value += 1000.0;
            }
            let rest = u % 10;
            if rest > 0 {
                low[0] = high[rest - 1] + 5.0;
            }
            (low, high)
        };
        let p = |u| {
            let (low, high) = sample_with(u);
            mann_whitney(&low, &high)
        };
        assert!(p(23) <= 0.05, "{}", p(23));
        assert!(p(24) > 0.05, "{}", p(24));
    }

    #[test]
    fn equal_samples_differ_in_nothing() {
        assert!(near(mann_whitney(&[1.0; 10], &[1.0; 10]), 1.0));
        assert_eq!(claim(&[1.0; 10], &[1.0; 10]), Claim::Nothing);
    }
}
