//! `tollgate doctor`: what of this machine and project would spoil a verdict, each with its remedy.
//!
//! [`examine`] is pure: facts in, findings out. [`observe_machine`] gathers the facts about the machine; those
//! about the project and its baselines come from whoever has read them.

mod command;
mod machine;
mod profile;
mod project;

#[cfg(test)]
mod tests;

pub(crate) use command::{DoctorArgs, run};
pub use profile::ProfileFacts;

use crate::collect::environment::{self, CpuTimes};
use crate::collect::process;
use crate::diagnostic::Diagnostic;
use crate::measurement::{Environment, Toolchain};
use std::time::{Duration, Instant};

/// Everything that doctor judges.
#[derive(Debug, Clone, Default)]
pub struct DoctorFacts {
    /// The machine.
    pub machine: MachineFacts,
    /// The workspace, unless there is none.
    pub manifest: Option<ManifestFacts>,
    /// What is checked out.
    pub repository: RepositoryFacts,
    /// One a suite of budgets.toml.
    pub baselines: Vec<BaselineFacts>,
    /// What the comparison with a baseline asks for.
    pub baseline_rules: BaselineRules,
}

/// Facts about the machine. What is unknown gives no finding.
#[derive(Debug, Clone, Default)]
pub struct MachineFacts {
    /// With `load_before` as the load of now and `steal` as measured while busy.
    pub environment: Environment,
    /// Swap space in use, in bytes.
    pub swap_used: Option<u64>,
    /// Whether stacks, heaps and libraries of new processes are placed at random.
    pub address_randomisation: Option<bool>,
    /// The smallest peak RSS that a command can show, in bytes; `None` also where no command is measured.
    pub peak_rss_floor: Option<u64>,
}

/// Facts about the workspace.
#[derive(Debug, Clone, Default)]
pub struct ManifestFacts {
    /// The workspace's `Cargo.toml`, as the user would name it.
    pub path: String,
    /// What benches are built with.
    pub bench_profile: ProfileFacts,
    /// Members of the workspace that have benches.
    pub packages: Vec<PackageFacts>,
}

/// Facts about one member of the workspace.
#[derive(Debug, Clone, Default)]
pub struct PackageFacts {
    /// Name.
    pub name: String,
    /// Its `Cargo.toml`, as the user would name it.
    pub manifest: String,
    /// Plain `cargo bench` starts the unit tests of the library.
    pub lib_bench: bool,
    /// Binaries of which plain `cargo bench` starts the unit tests.
    pub bin_benches: Vec<String>,
    /// Benchmark libraries among its dependencies that bring their own `main`: `criterion`, `divan`.
    pub tools: Vec<String>,
    /// Bench targets to which libtest gives their `main`: `harness = false` is missing.
    pub libtest_benches: Vec<String>,
}

/// Facts about what is checked out.
#[derive(Debug, Clone, Default)]
pub struct RepositoryFacts {
    /// History was cut off when it was fetched; `None` where there is no repository.
    pub shallow: Option<bool>,
    /// In a job of GitHub Actions: why `tollgate check` would find nothing to compare with, and what to do.
    pub obstacle: Option<String>,
}

/// Facts about the baselines of one suite.
#[derive(Debug, Clone, Default)]
pub struct BaselineFacts {
    /// Name of the suite.
    pub suite: String,
    /// Of this machine's class, if there is one.
    pub this_class: Option<ClassFacts>,
    /// How many other machine classes have one.
    pub other_classes: usize,
}

/// Facts about a baseline file.
#[derive(Debug, Clone, Default)]
pub struct ClassFacts {
    /// Jobs in it.
    pub jobs: usize,
    /// Jobs that were built by the rustc of now.
    pub jobs_of_this_rustc: usize,
    /// Days since the newest job, if its time can be read.
    pub newest_age_days: Option<f64>,
}

/// When a baseline can be used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BaselineRules {
    /// Jobs that a prediction interval needs.
    pub jobs_needed: usize,
    /// Age of the newest job from which on nothing is compared with it.
    pub stale_after_days: f64,
}

impl Default for BaselineRules {
    fn default() -> Self {
        Self {
            jobs_needed: 8,
            stale_after_days: 60.0,
        }
    }
}

/// All findings: the machine's, the project's, the baselines'.
#[must_use]
pub fn examine(facts: &DoctorFacts) -> Vec<Diagnostic> {
    let mut findings = machine::examine(&facts.machine);
    if let Some(manifest) = &facts.manifest {
        findings.extend(project::examine_manifest(manifest));
    }
    findings.extend(project::examine_repository(&facts.repository));
    findings.extend(project::examine_baselines(
        &facts.baselines,
        facts.baseline_rules,
    ));
    findings
}

/// Gathers the facts about this machine; takes half a second, in which all cores are busy. `commands` tells
/// whether budgets.toml has suites that measure commands.
#[must_use]
pub fn observe_machine(toolchain: Toolchain, commands: bool) -> MachineFacts {
    // The load before our own.
    let mut environment = environment::observe(toolchain);
    environment.steal = steal_while_busy(environment.cpu.cores);
    MachineFacts {
        environment,
        swap_used: environment::swap_used(),
        address_randomisation: environment::address_randomisation(),
        peak_rss_floor: commands.then(process::peak_rss_floor).flatten(),
    }
}

/// Time can only be stolen from who wants to run. The kernel counts in ticks of 10 ms: with two cores, half a
/// second tells one percent.
fn steal_while_busy(cores: Option<u32>) -> Option<f64> {
    const BUSY: Duration = Duration::from_millis(500);
    let before = CpuTimes::now()?;
    std::thread::scope(|scope| {
        for _ in 0..cores.unwrap_or(1) {
            scope.spawn(|| {
                let start = Instant::now();
                while start.elapsed() < BUSY {
                    std::hint::spin_loop();
                }
            });
        }
    });
    environment::steal_between(before, CpuTimes::now()?)
}
