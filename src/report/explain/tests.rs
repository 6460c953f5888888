//! Whole explanations of runs that are made here, and what they must never do.

mod hostile;
mod pages;
mod settings;

use super::*;
use crate::baseline::{BaselineSeries, Job, MachineClass};
use crate::budget::Budgets;
use crate::measurement::{BenchmarkRecord, Evidence, Observation, Series, Side, SuiteRecord};
use crate::verdict::{GateInput, run_gate};

pub(super) const SLOWER: &str = "[[suite]]\nname = \"s\"\ntool = \"command\"\ncommand = [\"true\"]\n\
                                 [[budget]]\nbench = \"s/*\"\nslower = \"5%\"\n";

pub(super) fn budgets(text: &str) -> Budgets {
    Budgets::parse("budgets.toml", &format!("version = 1\n{text}")).expect("budgets")
}

pub(super) fn page(width: usize) -> TerminalOptions {
    TerminalOptions {
        width,
        colour: false,
        verbose: true,
    }
}

/// Numbers from 0 to 1, the same on every machine (Lehmer; Park and Miller 1988).
pub(super) struct Noise(u64);

impl Noise {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed * 7919 % 2_147_483_646 + 1)
    }

    pub(super) fn next(&mut self) -> f64 {
        self.0 = self.0 * 48_271 % 2_147_483_647;
        self.0 as f64 / 2_147_483_647.0
    }

    /// Pairs around 1 µs; each value with up to half of this much noise.
    pub(super) fn pairs(&mut self, pairs: u32, factor: f64, noise: f64) -> Vec<(f64, f64)> {
        let mut value = |typical: f64| typical * (1.0 + noise * (self.next() - 0.5));
        (0..pairs)
            .map(|_| (value(1000.0), value(1000.0 * factor)))
            .collect()
    }
}

pub(super) fn empty_run() -> Run {
    let mut run = Run::default();
    run.header.started = "2026-11-21T12:00:00Z".to_owned();
    run.header.seed = "42".to_owned();
    run.header.candidate.commit = "c".repeat(40);
    run.suites.push(SuiteRecord {
        name: "s".to_owned(),
        tool: "command".to_owned(),
        ..SuiteRecord::default()
    });
    run
}

pub(super) fn observation(side: Side, round: u32, value: f64) -> Observation {
    Observation {
        side,
        invocation: round,
        // The candidate goes first in every third round.
        order: 2 * round + u32::from((side == Side::Candidate) == (round % 3 != 1)),
        at_ms: 0.0,
        layout: None,
        evidence: Evidence::Value(value),
    }
}

/// Adds a benchmark `s/NAME` with these pairs.
pub(super) fn add(run: &mut Run, name: &str, metric: Metric, pairs: &[(f64, f64)]) {
    let observations = (0..).zip(pairs).flat_map(|(round, (base, candidate))| {
        [
            observation(Side::Base, round, *base),
            observation(Side::Candidate, round, *candidate),
        ]
    });
    let series = Series {
        metric,
        observations: observations.collect(),
    };
    let id = BenchmarkId::new("s", name);
    run.suites[0].listed.push(name.to_owned());
    match run.benchmarks.iter_mut().find(|known| known.id == id) {
        Some(known) => known.series.push(series),
        None => run.benchmarks.push(BenchmarkRecord {
            id,
            series: vec![series],
        }),
    }
}

pub(super) fn gate(run: &Run, budgets: &Budgets, baselines: &[Baseline]) -> Gate {
    run_gate(GateInput {
        run,
        budgets,
        baselines,
        config_hash: "",
        calibration: None,
    })
}

/// Ten jobs of the machine of `run` that measured the same benchmarks around 1 µs; jobs differ by up to `between`.
pub(super) fn baseline_of(run: &Run, between: f64) -> Baseline {
    let ids: Vec<String> = (1..=10).map(|day| format!("2026-11-{day:02}")).collect();
    let series = run.benchmarks.iter().map(|benchmark| {
        let jobs = (0..).zip(&ids).map(|(job, id)| {
            let mut noise = Noise::new(job + 17);
            let centre = 1000.0 * (1.0 + between * (noise.next() - 0.5));
            let values = (0..10).map(|_| centre * (1.0 + 0.01 * (noise.next() - 0.5)));
            (id.clone(), values.collect())
        });
        let series = BaselineSeries {
            metric: Metric::time(),
            jobs: jobs.collect(),
        };
        ((benchmark.id.name.clone(), "time".to_owned()), series)
    });
    Baseline {
        suite: "s".to_owned(),
        class: MachineClass::of(&run.environment),
        series: series.collect(),
        jobs: (ids.iter())
            .map(|id| Job {
                id: id.clone(),
                started: format!("{id}T12:00:00Z"),
                commit: "d".repeat(40),
                dirty: false,
                rustc: String::new(),
                steal: None,
                kernels: std::collections::BTreeMap::new(),
            })
            .collect(),
    }
}

/// Without its base side.
pub(super) fn one_sided(mut run: Run) -> Run {
    for series in run.benchmarks.iter_mut().flat_map(|one| &mut one.series) {
        series
            .observations
            .retain(|one| one.side == Side::Candidate);
    }
    run
}

/// The whole page for one benchmark.
pub(super) fn explained(
    run: &Run,
    budgets: &Budgets,
    id: &BenchmarkId,
    options: TerminalOptions,
) -> String {
    let gate = gate(run, budgets, &[]);
    explained_as(run, budgets, &[], &gate, id, options)
}

pub(super) fn explained_as(
    run: &Run,
    budgets: &Budgets,
    baselines: &[Baseline],
    gate: &Gate,
    id: &BenchmarkId,
    options: TerminalOptions,
) -> String {
    let meta = Meta {
        version: "0.1.0".to_owned(),
        run_file: Some("target/tollgate/run.json".to_owned()),
    };
    let input = ExplainInput {
        run,
        budgets,
        baselines,
        gate,
        meta: &meta,
        benchmark: id,
        metric: None,
        alpha: None,
        tolerance: None,
    };
    explain(input, options).expect("an explanation")
}
