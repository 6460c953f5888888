//! Random order from a seed.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A uniformly random permutation of `0..len` that follows from seed and round alone.
///
/// ChaCha8 with the round as stream: specified, the same on every platform and in every version of tollgate, so
/// that a recorded seed reproduces the order. Fisher-Yates (Knuth, TAOCP vol. 2, 3.4.2, algorithm P).
#[must_use]
pub fn permutation(seed: u64, round: u32, len: usize) -> Vec<usize> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(u64::from(round));
    let mut order: Vec<usize> = (0..len).collect();
    for last in (1..len).rev() {
        order.swap(last, below(&mut rng, last as u64 + 1) as usize);
    }
    order
}

/// Uniform in `0..bound`, without modulo bias: draws that fall into the incomplete last interval are repeated.
fn below(rng: &mut ChaCha8Rng, bound: u64) -> u64 {
    let unbiased = u64::MAX - u64::MAX % bound;
    loop {
        let draw = rng.next_u64();
        if draw < unbiased {
            return draw % bound;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::permutation;
    use std::collections::BTreeMap;

    #[test]
    fn is_a_permutation_of_any_length() {
        for len in [0, 1, 2, 3, 17, 1000] {
            let mut order = permutation(42, 3, len);
            order.sort_unstable();
            assert_eq!(order, (0..len).collect::<Vec<_>>());
        }
    }

    #[test]
    fn recorded_seeds_keep_their_order_in_later_versions() {
        assert_eq!(permutation(2026, 0, 10), [3, 2, 0, 5, 8, 7, 9, 4, 6, 1]);
        assert_eq!(permutation(2026, 1, 10), [5, 9, 3, 7, 0, 2, 6, 4, 8, 1]);
    }

    #[test]
    fn all_orders_are_equally_likely() {
        // Chi-square over the 24 orders of four: 23 degrees of freedom, 99.9 % quantile 49.7.
        let mut counts: BTreeMap<Vec<usize>, f64> = BTreeMap::new();
        let draws = 24_000;
        for round in 0..draws {
            *counts.entry(permutation(9, round, 4)).or_default() += 1.0;
        }
        assert_eq!(counts.len(), 24);
        let expected = f64::from(draws) / 24.0;
        let chi2: f64 = counts
            .values()
            .map(|n| (n - expected).powi(2) / expected)
            .sum();
        assert!(chi2 < 49.7, "{chi2}");
    }
}
