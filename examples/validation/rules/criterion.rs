//! criterion's "Performance has regressed".

use super::{Case, Claim, Decision, long_samples, mean, seconds};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// `Criterion::default().significance_level`.
const SIGNIFICANCE: f64 = 0.05;

/// `Criterion::default().noise_threshold`.
const NOISE: f64 = 0.01;

/// `Criterion::default().confidence_level`.
const CONFIDENCE: f64 = 0.95;

/// Criterion takes 100,000. A tenth moves a p-value of 0.05 by 0.002.
const RESAMPLES: usize = 10_000;

/// Bootstrap t-test of the average times of one process a side, p < 0.05, and the 95 % bootstrap interval of the
/// change of the mean beyond 1 % on one side.
///
/// Source: criterion 0.8.2, `src/analysis/compare.rs` (both bootstraps), `src/stats/mod.rs` (p-value, two tails),
/// `src/report.rs` (`compare_to_threshold`), defaults in `src/lib.rs`.
///
/// The recorded process has 100 samples in linear mode, as criterion takes them, over one second instead of five.
pub(super) fn decide(case: &Case<'_>) -> Option<Decision> {
    let (base, candidate) = (&case.comparison.base, &case.comparison.candidate);
    let claim = claim(&long_samples(base), &long_samples(candidate), case.seed);
    Some(Decision {
        claim,
        processes: 2,
        seconds: seconds([&base.long, &candidate.long]),
    })
}

fn claim(base: &[f64], candidate: &[f64], seed: u64) -> Claim {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    if p_value(base, candidate, &mut rng) >= SIGNIFICANCE {
        return Claim::Nothing;
    }
    let (low, high) = change_of_mean(base, candidate, &mut rng);
    if low > NOISE && high > NOISE {
        Claim::Slower
    } else if low < -NOISE && high < -NOISE {
        Claim::Faster
    } else {
        Claim::Nothing
    }
}

/// Twice the smaller tail of the t statistics of samples drawn from both sides together.
fn p_value(base: &[f64], candidate: &[f64], rng: &mut ChaCha8Rng) -> f64 {
    let observed = t_statistic(candidate, base);
    let pool: Vec<f64> = candidate.iter().chain(base).copied().collect();
    let mut drawn = vec![0.0; pool.len()];
    let (mut below, mut all) = (0_usize, 0_usize);
    for _ in 0..RESAMPLES {
        draw(&pool, &mut drawn, rng);
        let (first, second) = drawn.split_at(candidate.len());
        let t = t_statistic(first, second);
        if t.is_finite() {
            all += 1;
            below += usize::from(t < observed);
        }
    }
    2.0 * below.min(all - below) as f64 / all as f64
}

/// The 95 % percentile interval of mean(candidate) / mean(base) - 1.
fn change_of_mean(base: &[f64], candidate: &[f64], rng: &mut ChaCha8Rng) -> (f64, f64) {
    let (mut from_base, mut from_candidate) = (base.to_vec(), candidate.to_vec());
    let mut changes: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            draw(candidate, &mut from_candidate, rng);
            draw(base, &mut from_base, rng);
            mean(&from_candidate) / mean(&from_base) - 1.0
        })
        .collect();
    changes.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| changes[(share * (changes.len() - 1) as f64).round() as usize];
    (at(0.5 * (1.0 - CONFIDENCE)), at(0.5 * (1.0 + CONFIDENCE)))
}

/// Welch's t.
fn t_statistic(one: &[f64], other: &[f64]) -> f64 {
    let part = |values: &[f64]| {
        let centre = mean(values);
        let squares: f64 = values.iter().map(|value| (value - centre).powi(2)).sum();
        let n = values.len() as f64;
        (centre, squares / (n - 1.0) / n)
    };
    let ((one, one_error), (other, other_error)) = (part(one), part(other));
    (one - other) / (one_error + other_error).sqrt()
}

/// Fills `drawn` from `values`, with replacement.
fn draw(values: &[f64], drawn: &mut [f64], rng: &mut ChaCha8Rng) {
    let n = values.len() as u64;
    for slot in drawn {
        // Multiply and shift: the bias is below n / 2^32.
        *slot = values[((u64::from(rng.next_u32()) * n) >> 32) as usize];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 100 values around 1000 with a spread of 30.
    fn sample(seed: u64, factor: f64) -> Vec<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..100)
            .map(|_| factor * (985.0 + f64::from(rng.next_u32() % 31)))
            .collect()
    }

    #[test]
    fn a_clear_change_is_claimed_in_its_direction_and_a_small_one_is_noise() {
        let base = sample(1, 1.0);
        for (factor, due) in [
            (1.05, Claim::Slower),
            (0.95, Claim::Faster),
            (1.008, Claim::Nothing),
        ] {
            assert_eq!(claim(&base, &sample(2, factor), 3), due, "{factor}");
        }
        // What is significant can be within the noise threshold.
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        assert!(p_value(&base, &sample(2, 1.008), &mut rng) < 0.05);
    }

    #[test]
    fn equal_samples_are_as_likely_as_it_gets() {
        let base = sample(1, 1.0);
        let p = p_value(&base, &base, &mut ChaCha8Rng::seed_from_u64(5));
        assert!(p > 0.95, "{p}");
    }

    #[test]
    fn the_p_value_is_about_that_of_students_t() {
        // t = 2.08 at 198 degrees of freedom: p = 0.039.
        let base = sample(1, 1.0);
        let wanted = 2.08;
        let error = t_statistic(
            &base.iter().map(|value| value + 1.0).collect::<Vec<_>>(),
            &base,
        )
        .recip();
        let shifted: Vec<f64> = base.iter().map(|value| value + wanted * error).collect();
        let p = p_value(&base, &shifted, &mut ChaCha8Rng::seed_from_u64(6));
        assert!((0.032..0.046).contains(&p), "{p}");
    }
}
