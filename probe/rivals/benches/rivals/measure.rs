//! One launch: all arms in random order, round after round, alone and beside a second thread.

use crate::arm::{Arm, Block, Operation};
use crate::arms::{self, clocks};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;
use tollgate_probe_rivals::interval::median;

/// How long a launch measures.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    pub seed: u64,
    pub rounds: u32,
    /// CPU time of a block, about.
    pub block: Duration,
}

/// What one launch found out about one arm: medians over its rounds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Found {
    /// Nanoseconds of CPU time for an operation, on one thread alone.
    pub one: f64,
    /// The same while a second thread does the same to the same series.
    pub two: Option<f64>,
    /// In proportion to the reference of the operation, paired by round.
    pub ratio_one: Option<f64>,
    pub ratio_two: Option<f64>,
    /// `two` in proportion to `one`, paired by round.
    pub scaling: Option<f64>,
}

/// What one launch found out, in the order of the arms.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Launch {
    pub arms: Vec<Found>,
    /// Nanoseconds of our span beyond two bare readings of the clock, paired by round.
    pub beyond_clock: Option<f64>,
    /// Blocks beside a second thread that were left out, as that thread did not run meanwhile.
    pub alone: u32,
}

/// CPU time of this thread in nanoseconds.
fn cpu_time() -> f64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the pointer is to a local of the right type, which the call fills in.
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    assert_eq!(failed, 0, "the kernel has no CPU clock of threads");
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// What an empty measurement shows.
fn cost_of_clock() -> f64 {
    let reading = || {
        let started = cpu_time();
        cpu_time() - started
    };
    let readings: Vec<f64> = (0..2000).map(|_| reading()).collect();
    median(&readings).unwrap_or(0.0)
}

/// The second thread, and how it is told what to do.
struct Companion {
    shared: Arc<Shared>,
    thread: Option<std::thread::JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    /// Which arm, from 1; 0 is none.
    wanted: AtomicUsize,
    /// Iterations at a time.
    chunk: AtomicUsize,
    /// Iterations done since the arm was named.
    done: AtomicUsize,
    idle: AtomicBool,
    end: AtomicBool,
}

impl Companion {
    fn start(arms: Arc<Vec<Arm>>) -> Self {
        let shared = Arc::new(Shared::default());
        let of_thread = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            let mut blocks: Vec<Block> = arms.iter().map(|arm| (arm.start)()).collect();
            while !of_thread.end.load(SeqCst) {
                let wanted = of_thread.wanted.load(SeqCst);
                if let Some(block) = wanted.checked_sub(1).and_then(|at| blocks.get_mut(at)) {
                    let chunk = of_thread.chunk.load(SeqCst);
                    block(chunk);
                    of_thread.done.fetch_add(chunk, SeqCst);
                } else {
                    // Parked, so that it takes nothing from blocks of one thread.
                    of_thread.idle.store(true, SeqCst);
                    std::thread::park();
                }
            }
        });
        Self {
            shared,
            thread: Some(thread),
        }
    }

    /// Runs `measure` while the other thread works; the iterations that it did meanwhile.
    fn beside<R>(&self, arm: usize, chunk: usize, measure: impl FnOnce() -> R) -> (R, usize) {
        let shared = &self.shared;
        shared.done.store(0, SeqCst);
        shared.chunk.store(chunk.max(1), SeqCst);
        shared.idle.store(false, SeqCst);
        shared.wanted.store(arm + 1, SeqCst);
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
        while shared.done.load(SeqCst) == 0 {
            std::hint::spin_loop();
        }
        let before = shared.done.load(SeqCst);
        let measured = measure();
        let after = shared.done.load(SeqCst);
        shared.wanted.store(0, SeqCst);
        while !shared.idle.load(SeqCst) {
            std::hint::spin_loop();
        }
        (measured, after - before)
    }
}

impl Drop for Companion {
    fn drop(&mut self) {
        self.shared.end.store(true, SeqCst);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            assert!(thread.join().is_ok(), "the second thread panicked");
        }
    }
}

/// Measured of one arm: by round, where it was.
struct Seen {
    count: usize,
    one: Vec<Option<f64>>,
    two: Vec<Option<f64>>,
}

/// Measures every arm.
pub fn launch(settings: Settings) -> Launch {
    let (arms, upkeep) = arms::all(settings.seed);
    let arms = Arc::new(arms);
    let clock = cost_of_clock();
    let companion = Companion::start(Arc::clone(&arms));
    let mut blocks: Vec<Block> = arms.iter().map(|arm| (arm.start)()).collect();
    let time = |block: &mut Block, count: usize| {
        let started = cpu_time();
        block(count);
        (cpu_time() - started - clock).max(0.0) / count as f64
    };
    let mut seen: Vec<Seen> = Vec::with_capacity(arms.len());
    for (index, block) in blocks.iter_mut().enumerate() {
        seen.push(calibrated(settings, |count| time(block, count)));
        // The second thread has a first time of everything, too.
        companion.beside(index, seen[index].count.div_ceil(8), || ());
        upkeep();
    }
    let mut random = SmallRng::seed_from_u64(settings.seed);
    let mut order: Vec<(usize, bool)> = (0..arms.len())
        .flat_map(|arm| [(arm, false), (arm, true)])
        .collect();
    let mut alone = 0;
    for round in 0..settings.rounds as usize {
        order.shuffle(&mut random);
        for &(index, is_pair) in &order {
            let (block, count) = (&mut blocks[index], seen[index].count);
            if is_pair {
                let (nanos, meanwhile) =
                    companion.beside(index, count.div_ceil(8), || time(block, count));
                // A chunk is an eighth: less than two of them was no company.
                if meanwhile >= count / 4 {
                    seen[index].two[round] = Some(nanos);
                } else {
                    alone += 1;
                }
            } else {
                seen[index].one[round] = Some(time(block, count));
            }
        }
        upkeep();
    }
    let beyond_clock = beyond_clock(&arms, &seen);
    let found = (arms.iter().zip(&seen)).map(|(arm, of_arm)| found(arm, of_arm, &arms, &seen));
    Launch {
        arms: found.collect(),
        beyond_clock,
        alone,
    }
}

/// How many iterations make a block.
fn calibrated(settings: Settings, mut time: impl FnMut(usize) -> f64) -> Seen {
    time(5_000);
    let nanos = time(2_000).max(0.1);
    let count = (settings.block.as_nanos() as f64 / nanos) as usize;
    let rounds = settings.rounds as usize;
    Seen {
        count: count.clamp(50, 200_000),
        one: vec![None; rounds],
        two: vec![None; rounds],
    }
}

fn found(arm: &Arm, seen: &Seen, arms: &[Arm], all: &[Seen]) -> Found {
    let reference = arms
        .iter()
        .position(|other| other.is_reference && other.operation == arm.operation);
    let reference = reference.and_then(|at| all.get(at));
    Found {
        one: median_of(&seen.one).unwrap_or(f64::NAN),
        two: median_of(&seen.two),
        ratio_one: reference.and_then(|other| ratio(&seen.one, &other.one)),
        ratio_two: reference.and_then(|other| ratio(&seen.two, &other.two)),
        scaling: ratio(&seen.two, &seen.one),
    }
}

fn median_of(rounds: &[Option<f64>]) -> Option<f64> {
    median(&rounds.iter().flatten().copied().collect::<Vec<_>>())
}

/// Median of what is paired by round.
fn paired(
    first: &[Option<f64>],
    second: &[Option<f64>],
    of: impl Fn(f64, f64) -> f64,
) -> Option<f64> {
    let pairs = first.iter().zip(second);
    let all = pairs.filter_map(|(first, second)| Some(of((*first)?, (*second)?)));
    median(&all.filter(|number| number.is_finite()).collect::<Vec<_>>())
}

fn ratio(first: &[Option<f64>], second: &[Option<f64>]) -> Option<f64> {
    paired(first, second, |first, second| first / second)
}

fn beyond_clock(arms: &[Arm], seen: &[Seen]) -> Option<f64> {
    let spans = |wanted: &dyn Fn(&Arm) -> bool| {
        arms.iter()
            .position(|arm| arm.operation == Operation::Span && wanted(arm))
    };
    let ours = seen.get(spans(&|arm| arm.is_reference)?)?;
    let clocks = seen.get(spans(&|arm| arm.how == clocks::TWO_READINGS)?)?;
    paired(&ours.one, &clocks.one, |ours, clocks| ours - clocks)
}
