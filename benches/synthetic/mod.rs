//! Data of any size that looks like real measurements, the same on every machine.

use tollgate::measurement::{
    BenchmarkId, BenchmarkRecord, Evidence, Metric, Observation, Run, Series, Side, SuiteRecord,
    write_run,
};

/// A fixed pseudo-random sequence in 0..1 (Lehmer, Park and Miller 1988).
pub(crate) struct Noise(u64);

impl Noise {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed % 2_147_483_646 + 1)
    }

    pub(crate) fn next(&mut self) -> f64 {
        self.0 = self.0 * 48_271 % 2_147_483_647;
        self.0 as f64 / 2_147_483_647.0
    }
}

/// Base and candidate of as many benchmarks, `rounds` observations a side, two percent of noise.
pub(crate) fn paired_run(benchmarks: usize, rounds: u32) -> Run {
    let mut noise = Noise::new(7);
    let mut run = Run::default();
    run.header.started = "2026-11-21T12:00:00Z".to_owned();
    run.header.tool = "synthetic".to_owned();
    run.suites.push(SuiteRecord {
        name: "synthetic".to_owned(),
        tool: "import".to_owned(),
        tool_version: None,
        listed: (0..benchmarks).map(name).collect(),
        ..SuiteRecord::default()
    });
    for index in 0..benchmarks {
        let typical = 50.0 * 1.001f64.powi((index % 5000) as i32);
        let mut observations = Vec::with_capacity(2 * rounds as usize);
        for round in 0..rounds {
            for side in [Side::Base, Side::Candidate] {
                observations.push(Observation {
                    side,
                    invocation: round,
                    order: round * 2,
                    at_ms: f64::from(round) * 125.5,
                    layout: None,
                    evidence: Evidence::Value(typical * (1.0 + 0.02 * noise.next())),
                });
            }
        }
        run.benchmarks.push(BenchmarkRecord {
            id: BenchmarkId::new("synthetic", name(index)),
            series: vec![Series {
                metric: Metric::time(),
                observations,
            }],
        });
    }
    run
}

fn name(index: usize) -> String {
    format!("group_{}/case_{index}", index % 40)
}

/// The bytes of a Run file.
pub(crate) fn run_file(run: &Run) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_run(run, &mut bytes).expect("writing to memory does not fail");
    bytes
}
