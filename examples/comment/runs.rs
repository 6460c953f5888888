//! Three simulated runs: of a small project where nothing moved, of the same where two things did, and of a large one.

use std::error::Error;
use tollgate::budget::Budgets;
use tollgate::measurement::{
    BaseSide, BenchmarkId, BenchmarkRecord, BudgetsText, Evidence, Metric, Observation, Revision,
    Run, Series, Side, SuiteRecord,
};
use tollgate::units::Unit;

/// Newest commit of the pull request; what was measured is its merge.
pub(crate) const HEAD: &str = "6c1f0e8a3b7d5942c0e8f1a6b4d2957381fa0c3e";
const MERGE: &str = "9f2b61d07c4e8a53b1d6f09e2a7c4853d0b9e617";
const BASE: &str = "3e7a90c5d1b8f24660a9c3e5718bd42f9a06c7d1";

const PAIRS: u32 = 40;
const LAYOUTS: u32 = 16;

const BUDGETS: &str = r#"version = 1

[[suite]]
name = "json"
tool = "criterion"
bench = "json"

[[suite]]
name = "render"
tool = "divan"
bench = "render"

# Nothing may become slower unseen.
[[budget]]
bench = "*"
slower = "5%"

[[budget]]
bench = "json/parse/*"
slower = "3%"
max = "2 ms"

[[budget]]
bench = "render/*"
metric = "allocations"
max = 1_200
"#;

type Case = Result<(Run, Budgets), Box<dyn Error>>;

/// A benchmark: name, typical time in nanoseconds, change, scatter of one process.
type Timed<'a> = (&'a str, &'a str, f64, f64, f64);

const SMALL: [Timed<'static>; 9] = [
    ("json", "parse/citm-catalog", 1_310_000.0, 1.0, 0.008),
    ("json", "parse/twitter", 482_000.0, 1.0, 0.006),
    ("json", "parse/canada", 1_720_000.0, 1.0, 0.007),
    ("json", "serialize/citm-catalog", 402_000.0, 1.0, 0.009),
    ("json", "serialize/twitter", 171_000.0, 1.0, 0.007),
    ("json", "pointer/deep", 212.0, 1.0, 0.012),
    ("render", "page/plain", 38_400.0, 1.0, 0.008),
    ("render", "page/with-images", 91_700.0, 1.0, 0.010),
    ("render", "table/1000-rows", 640_000.0, 1.0, 0.006),
];

pub(crate) fn green() -> Case {
    let mut run = run();
    let mut noise = Noise(7);
    for timed in SMALL {
        add_time(&mut run, timed, &mut noise);
    }
    add_allocations(&mut run, "page/plain", 412.0, 412.0);
    add_allocations(&mut run, "page/with-images", 733.0, 733.0);
    add_allocations(&mut run, "table/1000-rows", 1_041.0, 1_041.0);
    judged_by(run, BUDGETS, None)
}

/// One regression, one ceiling that is exceeded, one that got better, one that nobody can tell; and the pull request asks
/// for other budgets.
pub(crate) fn red() -> Case {
    let mut run = run();
    let mut noise = Noise(11);
    for (suite, name, typical, change, scatter) in SMALL {
        let (change, scatter) = match name {
            "parse/twitter" => (1.118, scatter),
            "serialize/citm-catalog" => (0.87, scatter),
            "page/with-images" => (1.035, 0.11),
            _ => (change, scatter),
        };
        add_time(
            &mut run,
            (suite, name, typical, change, scatter),
            &mut noise,
        );
    }
    add_allocations(&mut run, "page/plain", 412.0, 412.0);
    add_allocations(&mut run, "page/with-images", 733.0, 733.0);
    add_allocations(&mut run, "table/1000-rows", 1_041.0, 2_043.0);
    let asked = BUDGETS.replace("slower = \"3%\"", "slower = \"15%\"");
    judged_by(run, BUDGETS, Some(&asked))
}

/// Five hundred benchmarks, as a library of kernels has them.
pub(crate) fn many() -> Case {
    let mut run = run();
    let mut noise = Noise(23);
    let kinds = [
        "dot", "axpy", "gemv", "gemm", "norm", "sum", "scale", "copy", "fft", "sort",
    ];
    let types = ["f32", "f64", "i32", "i64", "c64"];
    let sizes = [8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16384];
    let mut index = 0;
    for kind in kinds {
        for element in types {
            for size in sizes {
                let typical = 12.0 * f64::from(size) * (1.0 + noise.uniform());
                let (change, scatter) = match index % 125 {
                    17 => (1.0 + 0.08 + 0.2 * noise.uniform(), 0.008),
                    44 | 90 => (0.84, 0.008),
                    3 | 29 | 61 | 77 | 102 => (1.02, 0.16),
                    _ => (1.0, 0.006 + 0.004 * noise.uniform()),
                };
                let name = format!("{kind}/{element}/{size}");
                add_time(
                    &mut run,
                    ("kernels", &name, typical, change, scatter),
                    &mut noise,
                );
                index += 1;
            }
        }
    }
    let budgets = "version = 1\n\n[[suite]]\nname = \"kernels\"\ntool = \"criterion\"\nbench = \"kernels\"\n\n\
                   [[budget]]\nbench = \"kernels/*\"\nslower = \"5%\"\n";
    run.header.took_ms = 2_712_000.0;
    judged_by(run, budgets, None)
}

fn judged_by(mut run: Run, base: &str, candidate: Option<&str>) -> Case {
    let text = |text: &str| BudgetsText {
        file: "budgets.toml".to_owned(),
        text: text.to_owned(),
    };
    run.header.budgets = Some(text(base));
    run.header.candidate_budgets = candidate.map(text);
    let budgets = Budgets::parse("budgets.toml", base)
        .map_err(|mistakes| format!("{} mistakes in the budgets", mistakes.len()))?;
    Ok((run, budgets))
}

fn run() -> Run {
    let mut run = Run::default();
    run.header.started = "2026-11-21T12:00:00Z".to_owned();
    run.header.tool = "tollgate 0.1.0".to_owned();
    run.header.took_ms = 412_000.0;
    run.header.seed = "1763726400".to_owned();
    let revision = |commit: &str| Revision {
        commit: commit.to_owned(),
        dirty: false,
    };
    run.header.candidate = revision(MERGE);
    run.header.base = Some(revision(BASE));
    run.environment.cpu.name = Some("AMD EPYC 7763 64-Core Processor".to_owned());
    run.environment.cpu.cores = Some(4);
    run.environment.hypervisor = Some("microsoft".to_owned());
    run.environment.os = "linux".to_owned();
    run.environment.kernel = Some("6.11.0".to_owned());
    run.environment.toolchain.rustc = Some("rustc 1.95.0".to_owned());
    run
}

fn suite<'a>(run: &'a mut Run, name: &str) -> &'a mut SuiteRecord {
    let at = (run.suites.iter().position(|suite| suite.name == name)).unwrap_or_else(|| {
        run.suites.push(SuiteRecord {
            name: name.to_owned(),
            tool: if name == "render" {
                "divan"
            } else {
                "criterion"
            }
            .to_owned(),
            base: Some(BaseSide::Measured),
            layouts: LAYOUTS,
            ..SuiteRecord::default()
        });
        run.suites.len() - 1
    });
    &mut run.suites[at]
}

fn add_time(
    run: &mut Run,
    (suite_name, name, typical, change, scatter): Timed<'_>,
    noise: &mut Noise,
) {
    suite(run, suite_name).listed.push(name.to_owned());
    let observations = observations(|is_candidate| {
        let moved = if is_candidate { change } else { 1.0 };
        typical * moved * (scatter * noise.normal()).exp()
    });
    run.benchmarks.push(BenchmarkRecord {
        id: BenchmarkId::new(suite_name, name),
        series: vec![Series {
            metric: Metric::time(),
            observations,
        }],
    });
}

/// Counts that repeat exactly, beside the times of a benchmark that is there.
fn add_allocations(run: &mut Run, name: &str, base: f64, candidate: f64) {
    let series = Series {
        metric: Metric::lower("allocations", Unit::Count),
        observations: observations(|is_candidate| if is_candidate { candidate } else { base }),
    };
    for benchmark in &mut run.benchmarks {
        if benchmark.id.name == name {
            benchmark.series.push(series.clone());
        }
    }
}

fn observations(mut value: impl FnMut(bool) -> f64) -> Vec<Observation> {
    let mut found = Vec::new();
    for pair in 0..PAIRS {
        for (at, side) in [Side::Base, Side::Candidate].into_iter().enumerate() {
            let order = 2 * pair + u32::from(at == 1);
            found.push(Observation {
                side,
                invocation: pair,
                order,
                at_ms: f64::from(order) * 260.0,
                layout: Some(pair % LAYOUTS),
                evidence: Evidence::Value(value(side == Side::Candidate)),
            });
        }
    }
    found
}

/// A fixed pseudo-random sequence (Lehmer, Park and Miller 1988).
struct Noise(u64);

impl Noise {
    /// In 0..1.
    fn uniform(&mut self) -> f64 {
        self.0 = self.0 * 48_271 % 2_147_483_647;
        self.0 as f64 / 2_147_483_647.0
    }

    /// About normal: a sum of twelve (Irwin-Hall).
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}
