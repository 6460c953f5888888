//! Recordings for tests, made without measuring.

use crate::data::{
    Block, Comparison, Design, FORMAT, Header, Job, KernelInfo, Lockstep, Machine, Pair, Process,
    Recording, Side, TICK_NS, Times, VERSION,
};

const DESIGN: Design = Design {
    sequential: 10,
    pairs: 40,
    warmup: 0,
    batches: 12,
    long_samples: 20,
    lockstep_samples: 10,
    lockstep_batches: 1,
};

/// A machine that scatters a little and never drifts: every value is about 100 µs, times 1 + slowdown / 1000 for the
/// candidate. One kernel; a job for each slowdown, every second one with a neighbour.
pub(crate) fn recording(slowdowns: &[u32]) -> Recording {
    let mut noise = Noise(1);
    let jobs = slowdowns
        .iter()
        .zip(0..)
        .map(|(&slowdown, job)| Job {
            job,
            at_s: f64::from(job),
            seconds: 30.0,
            neighbours: job % 2,
            load: Some(1.5),
            steal: None,
            comparisons: vec![comparison(slowdown, &mut noise)],
        })
        .collect();
    Recording {
        header: header(slowdowns.len() as u32),
        jobs,
    }
}

/// As the recorder writes it, before compression.
pub(crate) fn lines(recording: &Recording) -> String {
    let header = serde_json::to_string(&recording.header).unwrap();
    let jobs = recording
        .jobs
        .iter()
        .map(|job| serde_json::to_string(job).unwrap());
    std::iter::once(header)
        .chain(jobs)
        .map(|line| line + "\n")
        .collect()
}

fn header(jobs: u32) -> Header {
    Header {
        format: FORMAT.to_owned(),
        version: VERSION,
        tick_ns: TICK_NS,
        date: "2026-11-21".to_owned(),
        seed: 1,
        fresh_copies: false,
        jobs,
        design: DESIGN,
        kernels: vec![KernelInfo {
            name: "none".to_owned(),
            what: "nothing".to_owned(),
        }],
        machine: Machine {
            cpu: "a processor".to_owned(),
            cores: 2,
            kernel: "linux 6".to_owned(),
            hypervisor: None,
        },
    }
}

/// 0 to 499, in an order without meaning.
struct Noise(u64);

impl Noise {
    fn draw(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % 500
    }
}

fn comparison(slowdown: u32, noise: &mut Noise) -> Comparison {
    let mut batch = |side: Side| match side {
        Side::Base => 100_000 + noise.draw(),
        Side::Candidate => (100_000 + noise.draw()) * (1000 + u64::from(slowdown)) / 1000,
    };
    let mut times = |side, each: &dyn Fn(u64, u64) -> u64, samples: usize| {
        let ns: Vec<u64> = (1..=samples as u64).map(|i| each(batch(side), i)).collect();
        Times::from_ns(&ns).unwrap()
    };
    let mut process = |side, samples, each: &dyn Fn(u64, u64) -> u64| {
        let t = times(side, each, samples);
        Process {
            us: 10_000,
            // Never interrupted.
            cpu: (t.ns().iter().sum::<f64>() / f64::from(TICK_NS)) as u64,
            t,
        }
    };
    let once = |batch: u64, _: u64| batch;
    let linear = |batch: u64, i: u64| batch * i;
    let mut block = |side| Block {
        short: (0..DESIGN.sequential)
            .map(|_| process(side, DESIGN.batches, &once))
            .collect(),
        long: process(side, DESIGN.long_samples, &linear),
    };
    let (base, candidate) = (block(Side::Base), block(Side::Candidate));
    let pairs = (0..DESIGN.pairs)
        .map(|_| Pair {
            first: Side::Base,
            base: process(Side::Base, DESIGN.batches, &once),
            candidate: process(Side::Candidate, DESIGN.batches, &once),
        })
        .collect();
    Comparison {
        kernel: "none".to_owned(),
        slowdown,
        base,
        candidate,
        pairs,
        lockstep: Lockstep {
            us: 20_000,
            base: times(Side::Base, &once, DESIGN.lockstep_samples),
            candidate: times(Side::Candidate, &once, DESIGN.lockstep_samples),
        },
    }
}
