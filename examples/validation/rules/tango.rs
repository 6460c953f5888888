//! tango: z of paired differences.

use super::{Case, Claim, Decision, mean, seconds};
use crate::data::Lockstep;

/// "z_score = 2.6 corresponds to 99% significance level".
const Z: f64 = 2.6;

/// tango 0.9 with its defaults: two processes run the benchmark at the same time, sample by sample; 0.1 s in samples
/// of about 10 ms. Significant if |z| >= 2.6 and the mean difference is above the noise threshold of 1 %.
///
/// Source: tango-bench 0.9.0, `src/cli.rs` (`TIME_SLICE`, `create_loop_mode`, `--noise-threshold`), `src/worker.rs`
/// (lockstep), `src/lib.rs` (`DiffEstimate::build`).
///
/// The recorder lets both processes wait in a pipe where tango's spin on shared memory.
pub(super) fn defaults(case: &Case<'_>) -> Option<Decision> {
    Some(in_lockstep(&case.comparison.lockstep, 10, false))
}

/// The same over all recorded samples (`--samples 50 --filter-outliers`).
pub(super) fn longer(case: &Case<'_>) -> Option<Decision> {
    Some(in_lockstep(&case.comparison.lockstep, usize::MAX, true))
}

/// The rule of earlier versions (tango 0.6: 0.5 %, outliers filtered) over differences of pairs of whole processes: the
/// same arithmetic with processes as the unit, which no version of tango does.
pub(super) fn over_pairs(case: &Case<'_>) -> Option<Decision> {
    let pairs = &case.comparison.pairs;
    let samples: Vec<(f64, f64)> = pairs
        .iter()
        .map(|pair| (mean(&pair.base.t.ns()), mean(&pair.candidate.t.ns())))
        .collect();
    Some(Decision {
        claim: claim(&samples, 0.005, true),
        processes: 2 * pairs.len(),
        seconds: seconds(pairs.iter().flat_map(|pair| [&pair.base, &pair.candidate])),
    })
}

fn in_lockstep(lockstep: &Lockstep, most: usize, filter: bool) -> Decision {
    let samples: Vec<(f64, f64)> = lockstep
        .base
        .ns()
        .into_iter()
        .zip(lockstep.candidate.ns())
        .take(most)
        .collect();
    let share = samples.len() as f64 / lockstep.base.len() as f64;
    Decision {
        claim: claim(&samples, 0.01, filter),
        processes: 2,
        seconds: share * lockstep.us as f64 / 1e6,
    }
}

/// Of (base, candidate) samples.
fn claim(samples: &[(f64, f64)], noise: f64, filter: bool) -> Claim {
    let all: Vec<f64> = samples
        .iter()
        .map(|(base, candidate)| candidate - base)
        .collect();
    let everything = (f64::NEG_INFINITY, f64::INFINITY);
    let (low, high) = filter
        .then(|| outside(&all))
        .flatten()
        .unwrap_or(everything);
    let kept = samples
        .iter()
        .filter(|(base, candidate)| (low..=high).contains(&(candidate - base)));
    let (base, differences): (Vec<f64>, Vec<f64>) = kept
        .map(|(base, candidate)| (*base, candidate - base))
        .unzip();
    let n = differences.len() as f64;
    let centre = mean(&differences);
    let squares: f64 = differences
        .iter()
        .map(|value| (value - centre).powi(2))
        .sum();
    let error = (squares / (n - 1.0)).sqrt() / n.sqrt();
    let significant = (centre / error).abs() >= Z && (centre / mean(&base)).abs() > noise;
    Claim::of(significant, centre)
}

/// The range of differences to keep: at each end as many are cut off as lie more than 1.5 interquartile ranges below the
/// first quartile. `None` where none do.
///
/// Source: `iqr_variance_thresholds` of tango-bench 0.9.0, which means to count at both ends, but searches the upper part with
/// indices of the part and compares them with those of the whole, so that the lower count decides.
fn outside(differences: &[f64]) -> Option<(f64, f64)> {
    let mut sorted = differences.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len();
    let (first, third) = (n / 4, (3 * n / 4).checked_sub(1)?);
    if first >= third {
        return None;
    }
    // At least a nanosecond, as there.
    let range = (sorted[third] - sorted[first]).max(1.0);
    let low = sorted[first] - 1.5 * range;
    let cut = sorted.iter().filter(|&&value| value < low).count();
    (cut > 0).then(|| (sorted[cut], sorted[n - cut - 1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(differences: &[f64]) -> Vec<(f64, f64)> {
        differences.iter().map(|d| (1000.0, 1000.0 + d)).collect()
    }

    #[test]
    fn both_z_and_the_noise_threshold_are_needed() {
        let around = |centre: f64| samples(&[centre - 1.0, centre + 1.0].repeat(10));
        assert_eq!(claim(&around(20.0), 0.01, false), Claim::Slower);
        assert_eq!(claim(&around(-20.0), 0.01, false), Claim::Faster);
        assert_eq!(claim(&around(9.0), 0.01, false), Claim::Nothing);
        let wild = samples(&[-200.0, 240.0].repeat(10));
        assert_eq!(claim(&wild, 0.01, false), Claim::Nothing);
    }

    #[test]
    fn outliers_are_cut_at_both_ends_alike() {
        let mut differences: Vec<f64> = (0..40).map(f64::from).collect();
        assert_eq!(outside(&differences), None);
        differences.extend([-500.0, 900.0, 1000.0]);
        assert_eq!(outside(&differences), Some((0.0, 900.0)));
        differences.push(-400.0);
        assert_eq!(outside(&differences), Some((0.0, 39.0)));
    }
}
