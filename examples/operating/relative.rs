//! Jobs with nothing or one benchmark changed: false reds, power, and what they cost.

use crate::job::{Judged, Tally, is_red, judge, step_down};
use crate::noise::{Layout, NOISY, Noise, QUIET, Random, TYPICAL, pairs};
use crate::show::{interval, percent};
use std::error::Error;
use std::io::Write;
use tollgate::compare::{LOOKS, Pair, Zone};
use tollgate::stats::{WalshAverages, sd};
use tollgate::units::Change;

/// Benchmarks in a job, and how many such jobs are made of the benchmarks of one run.
const JOBS: [(usize, usize); 3] = [(1, 3), (20, 2), (100, 1)];

/// True changes of the one benchmark that changes.
const CHANGES: [f64; 3] = [0.02, 0.05, 0.10];

/// Floor and tolerance.
const ZONES: [(f64, f64); 4] = [(0.01, 0.03), (0.01, 0.05), (0.02, 0.03), (0.02, 0.05)];

/// Relinked layouts, and what one moves: one standard deviation.
const LAYOUTS: u32 = 16;
const LAYOUT_DEVIATION: f64 = 0.01;

const SCENARIOS: [(&str, Noise, Layout); 5] = [
    ("quiet", QUIET, Layout::Alike),
    ("typical", TYPICAL, Layout::Alike),
    ("noisy", NOISY, Layout::Alike),
    ("layout, fixed", TYPICAL, Layout::Fixed(LAYOUT_DEVIATION)),
    (
        "layout, relinked",
        TYPICAL,
        Layout::Relinked(LAYOUTS, LAYOUT_DEVIATION),
    ),
];

/// Counts for one scenario, zone and size of job.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    jobs: u64,
    /// Jobs in which nothing changed and something is red.
    false_reds: u64,
    /// All benchmarks of these jobs.
    unchanged: Tally,
    /// The benchmark that changed, for each change.
    changed: [Tally; CHANGES.len()],
    /// Jobs in which one benchmark changed by the largest change, and another is red.
    others: u64,
}

/// One scenario simulated.
struct Simulated {
    cells: [[Cell; JOBS.len()]; ZONES.len()],
    scatter: f64,
}

/// Writes the tables.
pub(crate) fn tables(out: &mut impl Write, seed: u64, runs: u32) -> Result<(), Box<dyn Error>> {
    let mut all = Vec::new();
    for (stream, (name, noise, layout)) in (0..).zip(SCENARIOS) {
        let random = Random::new(seed, stream);
        all.push((name, simulate(random, noise, layout, runs)?));
    }
    writeln!(out, "## What a pair scatters by\n")?;
    writeln!(
        out,
        "| scenario | sqrt(20) x deviation of the estimate from 20 pairs |\n|---|---|"
    )?;
    for (name, simulated) in &all {
        writeln!(out, "| {name} | {:.1} % |", 100.0 * simulated.scatter)?;
    }
    writeln!(out, "\n## Nothing changed\n")?;
    writeln!(
        out,
        "| scenario | floor | tolerance | B | jobs | with a false red | 95 % interval | benchmarks passed | undecided | \"improved\" | mean pairs |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|---|---|---|---|")?;
    each(&all, |start, cell| {
        let tally = cell.unchanged;
        writeln!(
            out,
            "{start} {} | {} | {} | {} | {} | {} | {:.1} |",
            cell.jobs,
            percent(cell.false_reds, cell.jobs),
            interval(cell.false_reds, cell.jobs),
            percent(tally.passed, tally.all),
            percent(tally.undecided, tally.all),
            percent(tally.improved, tally.all),
            tally.mean_pairs(),
        )
    })?;
    writeln!(out, "\n## One benchmark of B changed\n")?;
    writeln!(
        out,
        "Red / passed / undecided in %, and mean pairs, of the benchmark that changed; jobs as above.\n"
    )?;
    writeln!(
        out,
        "| scenario | floor | tolerance | B | +2 % | +5 % | +10 % | another one red as well, at +10 % |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|---|")?;
    each(&all, |start, cell| {
        write!(out, "{start}")?;
        for tally in cell.changed {
            let share = |count: u64| 100.0 * count as f64 / tally.all as f64;
            write!(
                out,
                " **{:.1}** / {:.1} / {:.1}, n {:.0} |",
                share(tally.red),
                share(tally.passed),
                share(tally.undecided),
                tally.mean_pairs()
            )?;
        }
        writeln!(out, " {} |", percent(cell.others, cell.jobs))
    })?;
    Ok(())
}

/// Calls `row` with the start of each row and its cell.
fn each(
    all: &[(&str, Simulated)],
    mut row: impl FnMut(&str, &Cell) -> std::io::Result<()>,
) -> std::io::Result<()> {
    for (name, simulated) in all {
        for ((floor, tolerance), cells) in ZONES.iter().zip(&simulated.cells) {
            for ((family, _), cell) in JOBS.iter().zip(cells) {
                let (floor, tolerance) = (100.0 * floor, 100.0 * tolerance);
                let start = format!("| {name} | {floor:.0} % | {tolerance:.0} % | {family} |");
                row(&start, cell)?;
            }
        }
    }
    Ok(())
}

fn simulate(
    mut random: Random,
    noise: Noise,
    layout: Layout,
    runs: u32,
) -> Result<Simulated, Box<dyn Error>> {
    let most = JOBS.iter().map(|(family, jobs)| family * jobs).max();
    let count = LOOKS[LOOKS.len() - 1] as usize;
    let mut cells = [[Cell::default(); JOBS.len()]; ZONES.len()];
    let mut estimates = Vec::new();
    for _ in 0..runs {
        let benchmarks: Vec<Vec<Pair>> = (0..most.unwrap_or(0))
            .map(|_| pairs(&mut random, noise, layout, count))
            .collect();
        estimates.extend(benchmarks.first().and_then(|pairs| estimate(&pairs[..20])));
        for ((floor, tolerance), cells) in ZONES.iter().zip(&mut cells) {
            let zone = Zone {
                floor: Change::from_fraction(*floor),
                tolerance: Change::from_fraction(*tolerance),
            };
            for ((family, jobs), cell) in JOBS.iter().zip(cells) {
                for job in benchmarks.chunks_exact(*family).take(*jobs) {
                    cell.add(job, zone)?;
                }
            }
        }
    }
    Ok(Simulated {
        cells,
        scatter: 20f64.sqrt() * sd(&estimates).unwrap_or(f64::NAN),
    })
}

fn estimate(pairs: &[Pair]) -> Option<f64> {
    let changes: Vec<f64> = pairs
        .iter()
        .map(|pair| (pair.candidate / pair.base).ln())
        .collect();
    Some(WalshAverages::default().refill(&changes)?.centre())
}

impl Cell {
    /// One job with nothing changed, and the same with its first benchmark changed.
    fn add(&mut self, job: &[Vec<Pair>], zone: Zone) -> Result<(), Box<dyn Error>> {
        self.jobs += 1;
        let first: Vec<Judged> = job
            .iter()
            .map(|pairs| judge(pairs, job.len(), zone))
            .collect::<Result<_, _>>()?;
        let mut judged = first.clone();
        step_down(&mut judged, |i| &job[i], zone)?;
        judged.iter().for_each(|one| self.unchanged.count(one));
        self.false_reds += u64::from(judged.iter().any(is_red));
        for (change, tally) in CHANGES.iter().zip(&mut self.changed) {
            let slower: Vec<Pair> = job[0]
                .iter()
                .map(|pair| Pair {
                    candidate: pair.candidate * (1.0 + change),
                    ..*pair
                })
                .collect();
            let mut judged = first.clone();
            judged[0] = judge(&slower, job.len(), zone)?;
            step_down(
                &mut judged,
                |i| if i == 0 { &slower } else { &job[i] },
                zone,
            )?;
            tally.count(&judged[0]);
            if *change >= CHANGES[CHANGES.len() - 1] {
                self.others += u64::from(judged[1..].iter().any(is_red));
            }
        }
        Ok(())
    }
}
