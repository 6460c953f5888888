//! A machine and a benchmark on it: the noise model of the simulation, on the scale of log time.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use tollgate::compare::Pair;

/// Batches that a process times; its statistic is their 20 % trimmed mean.
const BATCHES: usize = 12;

/// Batches that the trimmed mean leaves out at each end.
const TRIMMED: usize = BATCHES / 5;

/// Correlation of the machine's drift from one process to the next.
const DRIFT: f64 = 0.9;

/// Correlation from one batch of a process to the next.
const WITHIN: f64 = 0.7;

/// What a process of the slow mode takes longer.
const SLOW_MODE: f64 = 0.10;

/// Mean size of a spike, exponential.
const SPIKE: f64 = 0.3;

/// A neighbour may come and go four times in a process, and stays for eight such quarters on average.
const QUARTERS: usize = 4;
const STAY: f64 = 8.0;

/// Parameters of a scenario. Deviations are standard deviations of log time, shares lie in `0..1`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Noise {
    /// Deviation that a process keeps for its whole life.
    pub(crate) process: f64,
    /// Share of processes in the slow mode.
    pub(crate) slow: f64,
    /// Deviation of a batch, first-order autoregressive.
    pub(crate) batch: f64,
    /// Share of batches with a spike.
    pub(crate) spikes: f64,
    /// Deviation of the slope over the whole job.
    pub(crate) slope: f64,
    /// Deviation of the machine's drift, first-order autoregressive over processes.
    pub(crate) drift: f64,
    /// Share of time with a neighbour.
    pub(crate) neighbour: f64,
    /// What everything takes longer meanwhile.
    pub(crate) slowdown: f64,
}

pub(crate) const QUIET: Noise = Noise {
    process: 0.010,
    slow: 0.0,
    batch: 0.015,
    spikes: 0.01,
    slope: 0.005,
    drift: 0.005,
    neighbour: 0.0,
    slowdown: 0.15,
};

pub(crate) const TYPICAL: Noise = Noise {
    process: 0.020,
    slow: 0.1,
    batch: 0.015,
    spikes: 0.01,
    slope: 0.020,
    drift: 0.020,
    neighbour: 0.1,
    slowdown: 0.15,
};

pub(crate) const NOISY: Noise = Noise {
    process: 0.030,
    slow: 0.1,
    batch: 0.030,
    spikes: 0.02,
    slope: 0.040,
    drift: 0.040,
    neighbour: 0.2,
    slowdown: 0.25,
};

/// What link order does.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Layout {
    /// Nothing.
    Alike,
    /// Each side has one layout for the whole job, with this deviation.
    Fixed(f64),
    /// Each side has so many layouts with this deviation; pairs go through them in turn.
    Relinked(u32, f64),
}

/// Seeded random numbers.
pub(crate) struct Random {
    bits: ChaCha8Rng,
    spare: Option<f64>,
}

impl Random {
    /// Streams of one seed are independent of each other.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut bits = ChaCha8Rng::seed_from_u64(seed);
        bits.set_stream(stream);
        Self { bits, spare: None }
    }

    /// Uniform in the open unit interval.
    fn uniform(&mut self) -> f64 {
        ((self.bits.next_u64() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// Standard normal, by Box and Muller (1958); they come in twos.
    pub(crate) fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        let (sine, cosine) = (std::f64::consts::TAU * self.uniform()).sin_cos();
        self.spare = Some(radius * sine);
        radius * cosine
    }

    fn happens(&mut self, share: f64) -> bool {
        self.uniform() < share
    }

    /// One step of a first-order autoregressive sequence with deviation 1.
    fn step(&mut self, last: f64, correlation: f64) -> f64 {
        correlation * last + (1.0 - correlation * correlation).sqrt() * self.normal()
    }
}

/// The machine while it runs one process after another.
struct Machine {
    noise: Noise,
    slope: f64,
    drift: f64,
    busy: bool,
}

impl Machine {
    fn new(random: &mut Random, noise: Noise) -> Self {
        Self {
            noise,
            slope: noise.slope * random.normal(),
            drift: random.normal(),
            busy: random.happens(noise.neighbour),
        }
    }

    /// Log of the trimmed mean of the next process, which runs at `position` (-0.5 to 0.5) of the job.
    fn process(&mut self, random: &mut Random, position: f64) -> f64 {
        let noise = self.noise;
        let mut lasting = noise.drift * self.drift + self.slope * position;
        self.drift = random.step(self.drift, DRIFT);
        lasting += noise.process * random.normal();
        if random.happens(noise.slow) {
            lasting += SLOW_MODE.ln_1p();
        }
        let mut batches = [0.0; BATCHES];
        let mut within = random.normal();
        for (i, batch) in batches.iter_mut().enumerate() {
            if i % (BATCHES / QUARTERS) == 0 {
                self.quarter(random);
            }
            *batch = noise.batch * within;
            within = random.step(within, WITHIN);
            if self.busy {
                *batch += noise.slowdown.ln_1p();
            }
            if random.happens(noise.spikes) {
                *batch -= SPIKE * random.uniform().ln();
            }
        }
        batches.sort_unstable_by(f64::total_cmp);
        let kept = &batches[TRIMMED..BATCHES - TRIMMED];
        lasting + (kept.iter().map(|log| log.exp()).sum::<f64>() / kept.len() as f64).ln()
    }

    fn quarter(&mut self, random: &mut Random) {
        let leaves = 1.0 / STAY;
        let comes = leaves * self.noise.neighbour / (1.0 - self.noise.neighbour);
        let turns = if self.busy { leaves } else { comes };
        self.busy ^= random.happens(turns);
    }
}

/// `count` pairs of a benchmark that takes 1 (of whatever unit) on either side, in the order of a coin.
pub(crate) fn pairs(random: &mut Random, noise: Noise, layout: Layout, count: usize) -> Vec<Pair> {
    let mut machine = Machine::new(random, noise);
    let (layouts, deviation) = match layout {
        Layout::Alike => (1, 0.0),
        Layout::Fixed(deviation) => (1, deviation),
        Layout::Relinked(layouts, deviation) => (layouts, deviation),
    };
    // Base and candidate are linked by themselves: each has its own luck.
    let luck: Vec<(f64, f64)> = (0..layouts)
        .map(|_| (deviation * random.normal(), deviation * random.normal()))
        .collect();
    let last = (2 * count).saturating_sub(1).max(1) as f64;
    (0..count)
        .zip((0..layouts).cycle())
        .map(|(i, number)| {
            let mut next = |slot: usize| machine.process(random, slot as f64 / last - 0.5);
            let (first, second) = (next(2 * i), next(2 * i + 1));
            let (base, candidate) = if random.happens(0.5) {
                (first, second)
            } else {
                (second, first)
            };
            let luck = luck[number as usize];
            Pair {
                layout: matches!(layout, Layout::Relinked(..)).then_some(number),
                ..Pair::plain((base + luck.0).exp(), (candidate + luck.1).exp())
            }
        })
        .collect()
}

/// Pairs whose log ratio is normal with this deviation.
pub(crate) fn normal_pairs(random: &mut Random, deviation: f64, count: usize) -> Vec<Pair> {
    (0..count)
        .map(|_| Pair::plain(1.0, (deviation * random.normal()).exp()))
        .collect()
}
