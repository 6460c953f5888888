//! Bencher's thresholds.

use super::{Case, Claim, Decision, mean, seconds};
use crate::data::Block;
use statrs::distribution::{ContinuousCDF as _, StudentsT};

/// `--threshold-max-sample-size` of the documentation's examples.
const HISTORY: usize = 64;

/// We judge from so many earlier jobs on. Bencher itself would begin with two.
const HISTORY_NEEDED: usize = 10;

/// `--threshold-upper-boundary` of the documentation's examples with `t_test`.
const BOUNDARY: f64 = 0.99;

/// Percentage test: alerts when the metric is above (1 + boundary) times the mean of the base, which is a
/// single run in the same job ("relative continuous benchmarking").
///
/// Source: bencher.dev/docs/how-to/track-benchmarks and /docs/explanation/thresholds; `lib/bencher_boundary` of
/// bencherdev/bencher (`new_percentage`). 0.25 is used in examples of relative benchmarking, 0.10 is a common setting.
pub(super) fn percentage(case: &Case<'_>, boundary: f64) -> Option<Decision> {
    let (base, candidate) = (&case.comparison.base, &case.comparison.candidate);
    Some(Decision {
        claim: Claim::slower_if(slope(candidate) > slope(base) * (1.0 + boundary)),
        processes: 2,
        seconds: seconds([&base.long, &candidate.long]),
    })
}

/// Student's t: alerts when the metric is above the 0.99 quantile of a t distribution with the history's mean and standard
/// deviation and n - 1 degrees of freedom.
///
/// Source: as above (`t_test`, up to 64 results, upper boundary 0.99); `new_normal` and `mean.rs`: the standard
/// deviation divides by n.
///
/// The history is the base of the jobs before, at least ten.
pub(super) fn t_test(case: &Case<'_>) -> Option<Decision> {
    let from = case.earlier.len().saturating_sub(HISTORY);
    let history: Vec<f64> = case.earlier[from..]
        .iter()
        .map(|earlier| slope(&earlier.base))
        .collect();
    let limit = upper_limit(&history)?;
    let candidate = &case.comparison.candidate;
    Some(Decision {
        claim: Claim::slower_if(slope(candidate) > limit),
        processes: 1,
        seconds: seconds([&candidate.long]),
    })
}

fn upper_limit(history: &[f64]) -> Option<f64> {
    if history.len() < HISTORY_NEEDED {
        return None;
    }
    let centre = mean(history);
    let squares: f64 = history.iter().map(|value| (value - centre).powi(2)).sum();
    let sd = (squares / history.len() as f64).sqrt();
    let law = StudentsT::new(centre, sd, history.len() as f64 - 1.0).ok()?;
    Some(law.inverse_cdf(BOUNDARY))
}

/// What Bencher's adapter reads from criterion: the "typical" time, which in linear mode is the slope of time over
/// iterations through the origin.
fn slope(block: &Block) -> f64 {
    let (mut products, mut squares) = (0.0, 0.0);
    for (time, batches) in block.long.t.ns().iter().zip(1..) {
        let batches = f64::from(batches);
        products += time * batches;
        squares += batches * batches;
    }
    products / squares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_the_scaled_t_quantile() {
        // Mean 10, sd (divided by n) 1; t(9) at 0.99 is 2.8214.
        let history: Vec<f64> = [9.0, 11.0].repeat(5);
        let limit = upper_limit(&history).unwrap();
        assert!((limit - 12.821_437_9).abs() < 1e-6, "{limit}");
    }

    #[test]
    fn too_short_or_constant_a_history_has_no_limit() {
        assert_eq!(upper_limit(&[10.0; 9]), None);
        assert_eq!(upper_limit(&[10.0; 20]), None);
    }
}
