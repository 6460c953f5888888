//! Which calls of a sampled timer are timed.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Times one call of so many, a power of two. As small as it can be: it travels with every handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sampling {
    shift: u8,
}

impl Sampling {
    /// Every call.
    pub(crate) const ALL: Self = Self { shift: 0 };

    /// One of `n`.
    ///
    /// # Panics
    /// If `n` is not a power of two; in a static, that is an error of the compiler.
    #[expect(
        clippy::panic,
        reason = "evaluated by the compiler, where a panic is an error message"
    )]
    pub(crate) const fn one_in(n: u16) -> Self {
        if !n.is_power_of_two() {
            panic!("one_in takes a power of two: 1, 2, 4 .. 32768");
        }
        #[expect(clippy::cast_possible_truncation, reason = "at most 15")]
        let shift = n.trailing_zeros() as u8;
        Self { shift }
    }

    /// How many calls this one stands for; `None` if it is passed over.
    #[inline]
    pub(crate) fn weight(self) -> Option<u16> {
        if self.shift == 0 {
            return Some(1);
        }
        drawn(self.shift).then_some(1 << self.shift)
    }
}

thread_local! {
    static DRAW: Cell<u64> = const { Cell::new(0) };
}

/// Whether this call is the one of 2^`shift`. By chance, not by counting: calls have rhythms, and every second of them may be
/// of one kind.
#[inline]
fn drawn(shift: u8) -> bool {
    // Without a destructor: it is there as long as the thread is.
    DRAW.with(|draw| {
        let (state, value) = splitmix(if draw.get() == 0 {
            first_state()
        } else {
            draw.get()
        });
        draw.set(state);
        value & ((1 << shift) - 1) == 0
    })
}

/// Where a thread begins: each somewhere else, for the first calls of all threads are calls, too.
#[cold]
fn first_state() -> u64 {
    static THREADS: AtomicU64 = AtomicU64::new(1);
    splitmix(THREADS.fetch_add(0xD134_2543_DE82_EF95, Relaxed)).1
}

/// The next state and its value: `SplitMix64` (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
#[inline]
fn splitmix(state: u64) -> (u64, u64) {
    let state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (state, z ^ (z >> 31))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From one state, so that the numbers are the same each time. Four standard deviations.
    #[test]
    fn sampling_takes_its_share_also_of_calls_that_alternate() {
        DRAW.set(1);
        // Under Miri, which is a thousand times slower, only that it can be done.
        let all = if cfg!(miri) {
            [16; 1].as_slice()
        } else {
            &[2_u16, 16, 256]
        };
        for &one_in in all {
            let sampling = Sampling::one_in(one_in);
            let sampled = if cfg!(miri) { 20 } else { 10_000_u32 };
            let calls = u32::from(one_in) * sampled;
            let mut of_kind = [0_u32; 2];
            for call in 0..calls {
                if let Some(weight) = sampling.weight() {
                    assert_eq!(weight, one_in);
                    of_kind[call as usize % 2] += 1;
                }
            }
            for drawn in of_kind {
                // Of a Poisson number with mean half of them.
                let scatter = 4.0 * f64::from(sampled / 2).sqrt();
                assert!(
                    f64::from(drawn.abs_diff(sampled / 2)) < scatter,
                    "{one_in}: {of_kind:?}"
                );
            }
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "threads are what is tested")]
    fn the_first_call_of_a_thread_is_drawn_like_any_other() {
        let threads = if cfg!(miri) { 20 } else { 400 };
        let first = || {
            std::thread::spawn(|| Sampling::one_in(2).weight().is_some())
                .join()
                .unwrap()
        };
        let drawn = (0..threads).filter(|_| first()).count();
        // Four standard deviations of a binomial, and more.
        assert!(
            drawn.abs_diff(threads / 2) <= threads / 10 + 6,
            "{drawn} of {threads}"
        );
    }

    #[test]
    fn without_sampling_every_call_is_timed() {
        assert_eq!(Sampling::ALL.weight(), Some(1));
        assert_eq!(Sampling::one_in(1), Sampling::ALL);
        assert_eq!(Sampling::one_in(1 << 15).shift, 15);
    }
}
