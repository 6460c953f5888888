//! Runs that never were, from a seed: what the tests of error rates and power measure. Only for tests.

use super::paired::Units;
use super::{Levels, Pair, Zone};
use crate::stats::lower_tail;
use crate::stats::testing::Random;
use crate::units::Change;
use std::io::Write;

/// The usual levels of one check.
pub(super) const LEVELS: Levels = Levels {
    fail: 0.05,
    pass: 0.05,
};

pub(super) fn zone(floor: f64, tolerance: f64) -> Zone {
    Zone {
        floor: Change::from_fraction(floor),
        tolerance: Change::from_fraction(tolerance),
    }
}

/// A machine and a benchmark on it. Shares and standard deviations on the log scale.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noise {
    /// Standard deviation of one process.
    pub(super) process: f64,
    /// Share of processes that are 10 % slower.
    pub(super) slow: f64,
    /// Slow drift of the machine.
    pub(super) drift: f64,
    /// Share of time that a neighbour takes 15 %, for two processes on average.
    pub(super) neighbour: f64,
    /// Standard deviation of the difference that a layout makes between base and candidate.
    pub(super) layout: f64,
}

/// A shared runner with two cores: about what a single pair scatters by there is 5.4 %.
pub(super) const TYPICAL: Noise = Noise {
    process: 0.02,
    slow: 0.1,
    drift: 0.02,
    neighbour: 0.1,
    layout: 0.0,
};

/// Measures pairs, one after another, in the order of a coin.
pub(super) struct Machine<'a> {
    random: &'a mut Random,
    noise: Noise,
    /// What each layout adds to the change.
    layouts: Vec<f64>,
    drift: f64,
    busy: bool,
}

impl<'a> Machine<'a> {
    /// A machine for one comparison with this number of layouts; 0 for none.
    pub(super) fn new(random: &'a mut Random, noise: Noise, layouts: usize) -> Self {
        let layouts = (0..layouts)
            .map(|_| noise.layout * random.normal())
            .collect();
        let drift = noise.drift * random.normal();
        Self {
            random,
            noise,
            layouts,
            drift,
            busy: false,
        }
    }

    fn process(&mut self) -> f64 {
        let noise = self.noise;
        let turns = if self.busy {
            0.5
        } else {
            0.5 * noise.neighbour / (1.0 - noise.neighbour)
        };
        self.busy ^= self.random.uniform() < turns;
        let step = (1.0 - 0.9f64.powi(2)).sqrt();
        self.drift = 0.9 * self.drift + step * noise.drift * self.random.normal();
        let slow = if self.random.uniform() < noise.slow {
            0.1
        } else {
            0.0
        };
        let neighbour = if self.busy { 0.14 } else { 0.0 };
        self.drift + slow + neighbour + noise.process * self.random.normal()
    }

    /// More pairs of a benchmark of a microsecond, `ln(candidate / base)` being `change`.
    pub(super) fn measure(&mut self, pairs: &mut Vec<Pair>, n: usize, attempt: u32, change: f64) {
        for _ in 0..n {
            // The second process of a pair finds things a little worse.
            let (first, second) = (self.process(), self.process() + 0.005);
            let (base, candidate) = if self.random.coin() {
                (first, second)
            } else {
                (second, first)
            };
            let layout = (!self.layouts.is_empty()).then(|| pairs.len() % self.layouts.len());
            let bias = layout.map_or(0.0, |layout| self.layouts[layout]);
            pairs.push(Pair {
                base: 1e3 * base.exp(),
                candidate: 1e3 * (candidate + bias + change).exp(),
                layout: layout.map(|layout| layout as u32),
                attempt,
            });
        }
    }
}

/// The smallest p-value over looks, each divided by the look's share of the level: the sequence errs at a level if this
/// is at most the level. `looks` are numbers of pairs and shares; the pairs go through `layouts` layouts in turn.
///
/// Without layouts the joint law of signed-rank statistics does not depend on the distribution of the differences (as
/// long as the order of their sizes is exchangeable), so normal ones say all.
pub(super) fn smallest_p(
    random: &mut Random,
    looks: &[(usize, f64)],
    layouts: usize,
    layout_sd: f64,
) -> f64 {
    let offsets: Vec<f64> = (0..layouts).map(|_| layout_sd * random.normal()).collect();
    let most = looks.iter().map(|look| look.0).max().unwrap_or(0);
    let mut pairs = Vec::with_capacity(most);
    let mut changes = Vec::with_capacity(most);
    for i in 0..most {
        let layout = (layouts > 0).then(|| i % layouts);
        pairs.push(Pair {
            layout: layout.map(|layout| layout as u32),
            ..Pair::plain(1.0, 1.0)
        });
        changes.push(random.normal() + layout.map_or(0.0, |layout| offsets[layout]));
    }
    let mut units = Units::default();
    let mut order: Vec<f64> = Vec::new();
    looks.iter().fold(1.0, |smallest: f64, &(n, share)| {
        order.clear();
        order.extend_from_slice(units.of(&pairs[..n], &changes[..n]));
        order.sort_unstable_by(|a, b| a.abs().total_cmp(&b.abs()));
        let statistic: usize = order
            .iter()
            .zip(1..)
            .filter(|(change, _)| **change < 0.0)
            .map(|(_, rank)| rank)
            .sum();
        smallest.min(lower_tail(order.len(), statistic) / share)
    })
}

/// Shows a figure to whoever runs the test by hand (`cargo test --release --lib -- --ignored --nocapture compare`): those of
/// `docs/statistics.md` come from there.
#[expect(
    clippy::disallowed_methods,
    reason = "a test that is run by hand for its figures shows them"
)]
pub(super) fn tell(what: &str, count: u64, runs: u64) {
    let share = 100.0 * count as f64 / runs as f64;
    writeln!(std::io::stderr(), "{what}: {count} of {runs}, {share:.3} %").unwrap();
}
