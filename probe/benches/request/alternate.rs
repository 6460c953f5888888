//! Two benchmarks that share one measurement: a batch of the one and a batch of the other, in the order of a coin.
//!
//! criterion runs one benchmark after the other. Seconds lie between them, and on most machines seconds differ by more than
//! what is to be shown here. So whichever comes first measures both, and keeps for the other what it will ask for.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// The two sides of one measurement.
pub(crate) struct Alternation<R> {
    /// Runs so many iterations of one side, 0 or 1, and says how long they took.
    run: R,
    /// Seconds an iteration of each side that its benchmark has not asked for yet, in the order of measuring.
    kept: [VecDeque<f64>; 2],
    random: u64,
}

impl<R: FnMut(usize, u64) -> Duration> Alternation<R> {
    pub(crate) fn new(run: R) -> Self {
        Self {
            run,
            kept: [VecDeque::new(), VecDeque::new()],
            random: seed(),
        }
    }

    /// One batch of a side, for `Bencher::iter_custom`.
    pub(crate) fn batch(&mut self, side: usize, iterations: u64) -> Duration {
        let seconds = match self.kept[side].pop_front() {
            Some(seconds) => seconds,
            None => {
                let seconds = self.both(iterations);
                self.kept[1 - side].push_back(seconds[1 - side]);
                seconds[side]
            }
        };
        Duration::from_secs_f64(seconds * iterations as f64)
    }

    /// Seconds an iteration of each side.
    fn both(&mut self, iterations: u64) -> [f64; 2] {
        let first = usize::from(self.coin());
        let mut seconds = [0.0; 2];
        for side in [first, 1 - first] {
            let took = (self.run)(side, iterations);
            seconds[side] = took.as_secs_f64() / iterations as f64;
        }
        seconds
    }

    /// Fair, from xorshift64* (S. Vigna, ACM Transactions on Mathematical Software 42 (2016), article 30).
    fn coin(&mut self) -> bool {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        self.random.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 63 == 1
    }
}

/// The seed that tollgate gives to each process; by hand another one each time. Not zero, where the generator would stay.
fn seed() -> u64 {
    let given = std::env::var("TOLLGATE_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    given
        .unwrap_or_else(|| RandomState::new().hash_one(0))
        .max(1)
}
