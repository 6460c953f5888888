//! Claims of low overhead: how often one is proven that is not true, and what proving a true one takes.

use crate::noise::{Layout, QUIET, Random, TYPICAL, normal_pairs, pairs};
use crate::show::{interval, percent};
use std::error::Error;
use std::io::Write;
use tollgate::compare::{OVERHEAD_LOOKS, OverheadLimits, OverheadStanding, Pair, overhead};
use tollgate::units::Change;
use tollgate::verdict::BETA;

/// The usual limits; times are in nanoseconds.
const RELATIVE: f64 = 0.01;
const ABSOLUTE: f64 = 5e6;

/// Where pairs come from.
const DESIGNS: [(&str, Design); 4] = [
    ("pairs scatter by 0.3 %", Design::Normal(0.003)),
    ("pairs scatter by 0.6 %", Design::Normal(0.006)),
    ("processes, quiet", Design::Quiet),
    ("processes, typical", Design::Typical),
];

#[derive(Debug, Clone, Copy)]
enum Design {
    Normal(f64),
    Quiet,
    Typical,
}

/// What is true: the time without, and how much longer it takes with.
#[derive(Debug, Clone, Copy)]
struct Truth {
    name: &'static str,
    off: f64,
    cost: Cost,
    is_within: bool,
}

#[derive(Debug, Clone, Copy)]
enum Cost {
    /// In proportion, whatever the machine does.
    Relative(f64),
    /// Nanoseconds, whatever the machine does.
    Absolute(f64),
}

const TRUTHS: [Truth; 5] = [
    Truth {
        name: "exactly 1.00 % of 100 ms",
        off: 1e8,
        cost: Cost::Relative(RELATIVE),
        is_within: false,
    },
    Truth {
        name: "exactly 5.00 ms of 2 s",
        off: 2e9,
        cost: Cost::Absolute(ABSOLUTE),
        is_within: false,
    },
    Truth {
        name: "0 % of 100 ms",
        off: 1e8,
        cost: Cost::Relative(0.0),
        is_within: true,
    },
    Truth {
        name: "0.3 % of 100 ms",
        off: 1e8,
        cost: Cost::Relative(0.003),
        is_within: true,
    },
    Truth {
        name: "0.5 % of 100 ms",
        off: 1e8,
        cost: Cost::Relative(0.005),
        is_within: true,
    },
];

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    proven: u64,
    violated: u64,
    invalid: u64,
    pairs: u64,
}

/// Writes the table: `runs` claims for each row.
pub(crate) fn table(out: &mut impl Write, seed: u64, runs: u32) -> Result<(), Box<dyn Error>> {
    writeln!(
        out,
        "\n## Claims of low overhead: below 1 % and below 5 ms\n"
    )?;
    writeln!(
        out,
        "| pairs | true overhead | claims | proven | 95 % interval | violated | invalid design | mean pairs |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|---|")?;
    for (stream, (name, design)) in (100..).zip(DESIGNS) {
        let counts = simulate(Random::new(seed, stream), design, runs)?;
        for (truth, count) in TRUTHS.iter().zip(counts) {
            let runs = u64::from(runs);
            let proven = percent(count.proven, runs);
            let proven = if truth.is_within {
                proven
            } else {
                format!("*{proven}* (false)")
            };
            writeln!(
                out,
                "| {name} | {} | {runs} | {proven} | {} | {} | {} | {:.1} |",
                truth.name,
                interval(count.proven, runs),
                percent(count.violated, runs),
                percent(count.invalid, runs),
                count.pairs as f64 / runs as f64,
            )?;
        }
    }
    Ok(())
}

fn simulate(
    mut random: Random,
    design: Design,
    runs: u32,
) -> Result<[Count; TRUTHS.len()], Box<dyn Error>> {
    let most = OVERHEAD_LOOKS[OVERHEAD_LOOKS.len() - 1] as usize;
    let limits = OverheadLimits {
        relative: Change::from_fraction(RELATIVE),
        absolute: Some(ABSOLUTE),
    };
    let mut counts = [Count::default(); TRUTHS.len()];
    for _ in 0..runs {
        let alike = match design {
            Design::Normal(deviation) => normal_pairs(&mut random, deviation, most),
            Design::Quiet => pairs(&mut random, QUIET, Layout::Alike, most),
            Design::Typical => pairs(&mut random, TYPICAL, Layout::Alike, most),
        };
        for (truth, count) in TRUTHS.iter().zip(&mut counts) {
            let seen =
                overhead(&truth.of(&alike), limits, BETA).map_err(|reason| reason.describe())?;
            count.pairs += u64::from(seen.pairs);
            match seen.standing {
                OverheadStanding::Proven => count.proven += 1,
                OverheadStanding::Violated => count.violated += 1,
                OverheadStanding::InvalidDesign => count.invalid += 1,
                OverheadStanding::NotProven => {}
            }
        }
    }
    Ok(counts)
}

impl Truth {
    fn of(&self, alike: &[Pair]) -> Vec<Pair> {
        alike
            .iter()
            .map(|pair| {
                let (off, on) = (self.off * pair.base, self.off * pair.candidate);
                let on = match self.cost {
                    Cost::Relative(share) => on * (1.0 + share),
                    Cost::Absolute(time) => on + time,
                };
                Pair::plain(off, on)
            })
            .collect()
    }
}
