//! What is random about the start of one process, beside its layout.

use crate::measurement::Side;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Bytes that are added to a process's environment, from 0 up to but not including this.
///
/// The environment lies at the top of the stack, so its size moves every stack address by as much, and with it
/// what shares a cache line: T. Mytkowicz et al., "Producing Wrong Data Without Doing Anything Obviously Wrong!"
/// (ASPLOS 2009) saw up to a third of difference. Drawn anew for every process of both sides, that is noise and not bias.
pub const PADDING_BELOW: usize = 4096;

/// Keeps these draws apart from those of the order and of the coins, which have the same seed.
const DOMAIN: u64 = 0x70_61_64_64_69_6e_67;

/// Bytes to add to the environment of one process: uniform in `0..`[`PADDING_BELOW`], from seed, unit, round and side.
#[must_use]
pub fn padding(seed: u64, unit: usize, round: u32, side: Side) -> usize {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ DOMAIN);
    rng.set_stream(u64::from(round) << 1 | u64::from(side == Side::Candidate));
    // One block of 16 words a unit; 4096 divides 2^64, so the remainder has no bias.
    rng.set_word_pos((unit as u128) << 4);
    (rng.next_u64() % PADDING_BELOW as u64) as usize
}

/// Keeps these draws apart from all others.
const ALTERNATION: u64 = 0x61_6c_74_65_72_6e;

/// Seed for what a process draws by itself: the order in which a benchmark alternates between two sides.
#[must_use]
pub fn process_seed(seed: u64, unit: usize, round: u32) -> u64 {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ ALTERNATION);
    rng.set_stream(u64::from(round));
    rng.set_word_pos((unit as u128) << 4);
    rng.next_u64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_process_has_its_own_and_a_seed_repeats_them() {
        let all = |seed| -> Vec<usize> {
            (0..8)
                .flat_map(|unit| (0..8).map(move |round| (unit, round)))
                .flat_map(|(unit, round)| {
                    [Side::Base, Side::Candidate].map(|side| padding(seed, unit, round, side))
                })
                .collect()
        };
        assert_eq!(all(1), all(1));
        assert_ne!(all(1), all(2));
        let distinct: BTreeSet<usize> = all(1).into_iter().collect();
        // 128 draws of 4096: about two collisions are expected.
        assert!(distinct.len() > 115, "{}", distinct.len());
        assert!(distinct.iter().all(|&bytes| bytes < PADDING_BELOW));
    }

    #[test]
    fn every_process_alternates_by_a_seed_of_its_own() {
        let all: BTreeSet<u64> = (0..8)
            .flat_map(|unit| (0..8).map(move |round| process_seed(1, unit, round)))
            .collect();
        assert_eq!(all.len(), 64);
        assert_ne!(process_seed(1, 0, 0), process_seed(2, 0, 0));
        assert_eq!(process_seed(2026, 3, 5), process_seed(2026, 3, 5));
    }

    #[test]
    fn draws_are_uniform() {
        let draws = 4000;
        let mean = (0..draws)
            .map(|round| padding(9, 3, round, Side::Base) as f64)
            .sum::<f64>()
            / f64::from(draws);
        // The standard error of the mean is 4096 / sqrt(12 * 4000) = 18.7.
        assert!((mean - 2047.5).abs() < 5.0 * 18.7, "{mean}");
    }

    #[test]
    fn recorded_seeds_keep_their_padding_in_later_versions() {
        let some = [
            padding(2026, 0, 0, Side::Base),
            padding(2026, 0, 0, Side::Candidate),
            padding(2026, 1, 7, Side::Base),
        ];
        assert_eq!(some, [1997, 1327, 369]);
    }
}
