//! Random order from a seed.
//!
//! ChaCha8 is specified, the same on every platform and in every version of tollgate, so that a recorded seed
//! reproduces every order. The seed makes the key ([`SeedableRng::seed_from_u64`]); what is drawn is kept apart by the
//! 64-bit stream number (the nonce), whose ranges do not meet:
//!
//! | stream | what is drawn |
//! |---|---|
//! | round, below 2^32 | the permutation of that round |
//! | 2^63 + unit | the coins of that unit: the lowest bit of the 32-bit word at position *round* |
//! | 2^64 - 1 | the coins of the canary, likewise |

use crate::measurement::Side;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A uniformly random permutation of `0..len` that follows from seed and round alone.
///
/// Fisher-Yates (Knuth, TAOCP vol. 2, 3.4.2, algorithm P).
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

/// First stream of coins.
const COINS: u64 = 1 << 63;

/// The order of the two sides of a pair, by a fair coin that follows from seed, unit and round alone. It depends on
/// no other coin and on no permutation, so that a round may be skipped, repeated or resumed without moving another.
#[must_use]
pub fn pair_order(seed: u64, unit: usize, round: u32) -> [Side; 2] {
    coin(seed, COINS + unit as u64, round)
}

/// The order of the two runs of the reference kernels as canary, by a coin of their own.
#[must_use]
pub fn canary_order(seed: u64, round: u32) -> [Side; 2] {
    coin(seed, u64::MAX, round)
}

fn coin(seed: u64, stream: u64, round: u32) -> [Side; 2] {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    rng.set_word_pos(u128::from(round));
    if rng.next_u32() & 1 == 0 {
        [Side::Base, Side::Candidate]
    } else {
        [Side::Candidate, Side::Base]
    }
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
mod tests;
