//! Random numbers that follow from a seed and a place: eight bytes of state, so that every user can have its own.

/// `SplitMix64`: G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014; constants of
/// S. Vigna's public domain version. Specified bit by bit, so that a recorded seed reproduces every choice.
#[derive(Debug, Clone)]
pub struct Draws {
    state: u64,
}

/// The odd number next to 2^64 divided by the golden ratio.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl Draws {
    /// A sequence of its own for every seed and stream.
    #[must_use]
    pub const fn new(seed: u64, stream: u64) -> Self {
        Self {
            state: scramble(seed, stream),
        }
    }

    /// The next 64 bits.
    pub const fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(STEP);
        finish(self.state)
    }

    /// Uniform in `0..bound` (0 for 0), without modulo bias: draws that fall into the incomplete last interval are repeated.
    pub const fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        let unbiased = u64::MAX - u64::MAX % bound;
        loop {
            let draw = self.next();
            if draw < unbiased {
                return draw % bound;
            }
        }
    }

    /// Exponential with mean 1, by inversion. The argument of the logarithm is in (0, 1]: 53 random bits and never 0.
    pub fn exponential(&mut self) -> f64 {
        const UNIT: f64 = 1.0 / (1_u64 << 53) as f64;
        let uniform = ((self.next() >> 11) + 1) as f64 * UNIT;
        -uniform.ln()
    }
}

/// A number for a place (a user's flow, an arrival) of a seed: neighbours have nothing in common.
#[must_use]
pub const fn scramble(seed: u64, place: u64) -> u64 {
    finish(finish(seed.wrapping_add(STEP)) ^ place.wrapping_mul(STEP))
}

const fn finish(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_gives_the_published_sequence() {
        // Vigna's splitmix64.c with state 1234567: first three outputs.
        let mut draws = Draws { state: 1_234_567 };
        let first = [draws.next(), draws.next(), draws.next()];
        assert_eq!(
            first,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn bounded_draws_stay_below_their_bound_and_reach_all_of_it() {
        let mut draws = Draws::new(7, 0);
        let mut seen = [0_u32; 5];
        for _ in 0..5_000 {
            seen[draws.below(5) as usize] += 1;
        }
        assert!(
            seen.iter().all(|count| (850..1150).contains(count)),
            "{seen:?}"
        );
        assert_eq!(draws.below(0), 0);
        assert_eq!(draws.below(1), 0);
    }

    #[test]
    fn exponential_draws_have_mean_and_variance_one_and_are_finite() {
        let mut draws = Draws::new(3, 1);
        let values: Vec<f64> = (0..100_000).map(|_| draws.exponential()).collect();
        assert!(
            values
                .iter()
                .all(|value| value.is_finite() && *value >= 0.0)
        );
        let mean = values.iter().sum::<f64>() / 1e5;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 1e5;
        // Standard errors 0.003 and 0.009.
        assert!((mean - 1.0).abs() < 0.015, "{mean}");
        assert!((variance - 1.0).abs() < 0.05, "{variance}");
    }
}
