//! Which flow is next.

use super::Draws;
use crate::workload::scenario::Flow;

/// Longest cycle; where weights need more, flows are drawn independently.
const CYCLE: u64 = 1024;

/// Flows by weight, in a random order that follows from the seed.
///
/// Weights are met exactly over every cycle (of as many flows as the weights add up to, divided by what they have in common),
/// and the order within each cycle is a new random one: shares do not differ between two runs by chance, and no pattern
/// repeats. Weights whose cycle would be longer than 1024 are met on average only.
#[derive(Debug, Clone)]
pub struct Mix {
    /// Flows with the ends of their shares of `total`.
    ends: Vec<(usize, u64)>,
    total: u64,
    cycle: Vec<u16>,
    /// Shuffles, or draws where there is no cycle, until now.
    passed: u64,
    draws: Draws,
}

impl Mix {
    /// Of flows; those that are done once are none of its business. Streams of a seed are independent.
    #[must_use]
    pub fn new(flows: &[Flow], seed: u64, stream: u64) -> Self {
        let regular =
            || (flows.iter().enumerate()).filter(|(_, flow)| !flow.once && flow.weight > 0);
        let common = regular()
            .fold(0, |common, (_, flow)| divisor(common, flow.weight))
            .max(1);
        let mut total = 0;
        let ends: Vec<(usize, u64)> = regular()
            .map(|(index, flow)| {
                total += u64::from(flow.weight / common);
                (index, total)
            })
            .collect();
        let fits = total <= CYCLE && ends.len() <= usize::from(u16::MAX);
        let cycle = (ends.iter().enumerate())
            .filter(|_| fits)
            .flat_map(|(place, (_, end))| {
                let begin = if place == 0 { 0 } else { ends[place - 1].1 };
                (begin..*end).map(move |_| place as u16)
            })
            .collect();
        Self {
            ends,
            total,
            cycle,
            passed: 0,
            draws: Draws::new(seed, stream),
        }
    }

    /// The flow at a position; positions must rise. `None`: there are no flows to choose from.
    pub fn choose(&mut self, position: u64) -> Option<usize> {
        if self.total == 0 {
            return None;
        }
        if self.cycle.is_empty() {
            let mut drawn = 0;
            for _ in self.passed..=position {
                drawn = self.draws.below(self.total);
            }
            self.passed = position + 1;
            let place = self.ends.partition_point(|(_, end)| *end <= drawn);
            return self.ends.get(place).map(|(flow, _)| *flow);
        }
        // One shuffle a cycle (Fisher-Yates; Knuth, TAOCP vol. 2, 3.4.2, algorithm P), also of those that others take from.
        while self.passed <= position / self.total {
            for last in (1..self.cycle.len()).rev() {
                let other = self.draws.below(last as u64 + 1) as usize;
                self.cycle.swap(last, other);
            }
            self.passed += 1;
        }
        let place = self.cycle[(position % self.total) as usize];
        self.ends.get(usize::from(place)).map(|(flow, _)| *flow)
    }
}

fn divisor(a: u32, b: u32) -> u32 {
    if a == 0 { b } else { divisor(b % a, a) }
}
