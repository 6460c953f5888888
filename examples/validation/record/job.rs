//! One job: edge.

use super::processes::{Disturber, Sides, run_in_lockstep, run_to_end};
use super::{DESIGN, Record, RecordError};
use crate::data::{Block, Comparison, Job, Pair, Side};
use crate::kernels::Kernel;
use crate::measure::Mode;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng as _;
use std::time::Instant;
use tollgate::collect::environment;
use tollgate::plan::permutation;

/// What one job needs.
pub(super) struct JobRecorder<'a> {
    /// Copies of its own.
    sides: Sides,
    /// Of the whole recording.
    rng: &'a mut ChaCha8Rng,
    options: &'a Record,
}

impl<'a> JobRecorder<'a> {
    /// Makes the copies.
    pub(super) fn new(rng: &'a mut ChaCha8Rng, options: &'a Record) -> Result<Self, RecordError> {
        let sides = Sides::new(coin(rng))?;
        Ok(Self {
            sides,
            rng,
            options,
        })
    }

    /// Measures each kernel with its slowdown, `at_s` seconds after the start of the recording.
    pub(super) fn job(
        &mut self,
        index: u32,
        at_s: f64,
        slowdowns: &[u32],
        neighbours: u32,
    ) -> Result<Job, RecordError> {
        let start = Instant::now();
        let cpu_before = environment::CpuTimes::now();
        let disturbers: Vec<Disturber> = (0..neighbours)
            .map(|_| Disturber::spawn(&self.sides, self.rng.next_u64()))
            .collect::<Result<_, _>>()?;
        let units: Vec<(Kernel, u32)> = Kernel::ALL
            .into_iter()
            .zip(slowdowns.iter().copied())
            .collect();
        // As CI does it: the whole suite of the base, then that of the candidate.
        let bases = self.blocks(Side::Base, &units)?;
        let candidates = self.blocks(Side::Candidate, &units)?;
        let pairs = self.pairs(index, &units)?;
        let mut comparisons = Vec::new();
        for ((((kernel, slowdown), base), candidate), pairs) in
            units.into_iter().zip(bases).zip(candidates).zip(pairs)
        {
            comparisons.push(Comparison {
                kernel: kernel.name().to_owned(),
                slowdown,
                base,
                candidate,
                pairs,
                lockstep: run_in_lockstep(&self.sides, kernel, slowdown)?,
            });
        }
        drop(disturbers);
        let steal = cpu_before
            .zip(environment::CpuTimes::now())
            .and_then(|(before, after)| environment::steal_between(before, after));
        Ok(Job {
            job: index,
            at_s: rounded(at_s),
            seconds: rounded(start.elapsed().as_secs_f64()),
            neighbours,
            load: environment::load().map(|load| load.one_minute),
            steal: steal.map(rounded),
            comparisons,
        })
    }

    fn blocks(&self, side: Side, units: &[(Kernel, u32)]) -> Result<Vec<Block>, RecordError> {
        let block = |&(kernel, slowdown): &(Kernel, u32)| {
            let process = |mode| {
                let command = self.sides.command(side, kernel, slowdown, mode);
                run_to_end(kernel, command)
            };
            Ok(Block {
                short: (0..DESIGN.sequential)
                    .map(|_| process(Mode::Short))
                    .collect::<Result<_, _>>()?,
                long: process(Mode::Long)?,
            })
        };
        units.iter().map(block).collect()
    }

    /// Rounds of one pair of each kernel, in random order; who is first in a pair is a fair coin. Each process has an
    /// environment of random size, which moves its stack.
    fn pairs(&mut self, job: u32, units: &[(Kernel, u32)]) -> Result<Vec<Vec<Pair>>, RecordError> {
        let mut pairs: Vec<Vec<Pair>> = vec![Vec::new(); units.len()];
        for round in 0..DESIGN.pairs as u32 {
            for at in permutation(
                self.options.seed,
                job * DESIGN.pairs as u32 + round,
                units.len(),
            ) {
                let (kernel, slowdown) = units[at];
                if self.options.fresh_copies {
                    self.sides = Sides::new(coin(self.rng))?;
                }
                let first = coin(self.rng);
                let mut process = |side| {
                    let padding = self.rng.next_u64() % 4096;
                    let mut command = self.sides.command(side, kernel, slowdown, Mode::Short);
                    command.env("PADDING", "x".repeat(padding as usize));
                    run_to_end(kernel, command)
                };
                let (base, candidate) = match first {
                    Side::Base => {
                        let base = process(Side::Base)?;
                        (base, process(Side::Candidate)?)
                    }
                    Side::Candidate => {
                        let candidate = process(Side::Candidate)?;
                        (process(Side::Base)?, candidate)
                    }
                };
                pairs[at].push(Pair {
                    first,
                    base,
                    candidate,
                });
            }
        }
        Ok(pairs)
    }
}

fn coin(rng: &mut ChaCha8Rng) -> Side {
    if rng.next_u64().is_multiple_of(2) {
        Side::Base
    } else {
        Side::Candidate
    }
}

/// To thousandths.
fn rounded(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}
