//! A process that disturbs: edge.
//!
//! It is busy and idle by turns, each for 20 to 400 ms, in arithmetic over a buffer that does not fit into the
//! nearer caches: about what a compiler next door does. A quiet machine thus becomes a loaded one that anyone
//! can have.

use clap::Args;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use std::hint::black_box;
use std::io::{self, Read as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Words of the buffer: 8 MiB.
const WORDS: usize = 1024 * 1024;

/// Arguments of a neighbour.
#[derive(Debug, Args)]
pub(crate) struct Neighbour {
    seed: u64,
}

/// Disturbs until standard input ends: when the recorder dies, so do its neighbours.
pub(crate) fn run(neighbour: &Neighbour) -> io::Result<()> {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| disturb(neighbour.seed, &over));
        let ended = io::stdin().lock().read_to_end(&mut Vec::new());
        over.store(true, Ordering::Relaxed);
        ended.map(|_| ())
    })
}

fn disturb(seed: u64, over: &AtomicBool) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut buffer = vec![seed; WORDS];
    let mut period = || Duration::from_millis(20 + rng.next_u64() % 381);
    while !over.load(Ordering::Relaxed) {
        let (busy, idle, start) = (period(), period(), Instant::now());
        while start.elapsed() < busy {
            stir(&mut buffer);
        }
        thread::sleep(idle);
    }
}

/// A pass over the buffer: each word depends on the one before and on one far away.
fn stir(buffer: &mut [u64]) {
    let mut last: u64 = 1;
    for at in 0..buffer.len() {
        let far = (last >> 20) as usize % buffer.len();
        last = last
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(buffer[far] ^ at as u64);
        buffer[at] = last;
    }
    black_box(&buffer);
}
