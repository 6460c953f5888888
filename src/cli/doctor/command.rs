//! Gathers the facts, prints the findings.

use super::{
    BaselineFacts, BaselineRules, ClassFacts, DoctorFacts, ManifestFacts, PackageFacts,
    ProfileFacts, RepositoryFacts, examine, observe_machine,
};
use crate::baseline::{Baseline, MachineClass, store};
use crate::budget::Source;
use crate::build::{self, CheckedOut, Project};
use crate::cli::config::Config;
use crate::cli::place::Place;
use crate::cli::terminal::Terminal;
use crate::cli::{CliError, Problem, actions, check, config};
use crate::compare::JOBS_NEEDED;
use crate::diagnostic::{Severity, render_all};
use crate::measurement::{Environment, Toolchain};
use crate::publish::revision::Repository as _;
use crate::verdict::{ExitCode, STALE_AFTER_DAYS};
use clap::Args;
use std::path::Path;

/// Options of `tollgate doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// The budgets file [default: the nearest budgets.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<std::path::PathBuf>,
}

/// Prints what would spoil a verdict. Findings are advice, not verdicts: the exit code is 0 unless doctor
/// itself could not look.
pub(crate) fn run(args: &DoctorArgs, terminal: &Terminal) -> Result<ExitCode, CliError> {
    let directory = std::env::current_dir()?;
    let config = match (&args.config, config::find(&directory)) {
        (Some(path), _) => Some(config::load(Some(path), &directory)?),
        (None, Ok(path)) => Some(config::load(Some(&path), &directory)?),
        (None, Err(_)) => None,
    };
    let root = config
        .as_ref()
        .map_or(directory.as_path(), |config| &config.root);
    let place = Place::of(root)?;
    let project = &place.project;
    let toolchain = match (&config, project) {
        (Some(config), _) => place.toolchain(&config.budgets)?,
        (None, Some(project)) => build::toolchain(project, &[])?,
        (None, None) => Toolchain::default(),
    };
    let commands = config.as_ref().is_some_and(|config| {
        let suites = &config.budgets.suites;
        suites
            .iter()
            .any(|suite| matches!(suite.source, Source::Command(_)))
    });
    let machine = observe_machine(toolchain, commands);
    let baselines = match &config {
        Some(config) => {
            let baselines = store::load_all(&config.baselines())?;
            config
                .budgets
                .suites
                .iter()
                .map(|suite| baseline_facts(&suite.name, &baselines, &machine.environment))
                .collect()
        }
        None => Vec::new(),
    };
    let manifest = match project {
        Some(project) => Some(manifest_facts(project, &directory)?),
        None => None,
    };
    let findings = examine(&DoctorFacts {
        machine,
        manifest,
        repository: repository_facts(root, config.as_ref())?,
        baselines,
        baseline_rules: BaselineRules {
            jobs_needed: JOBS_NEEDED as usize,
            stale_after_days: f64::from(STALE_AFTER_DAYS),
        },
    });
    let mut text = render_all(&findings, terminal.output_style());
    let count = |severity, one| {
        let number = findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count();
        format!("{number} {one}{}", if number == 1 { "" } else { "s" })
    };
    if findings.is_empty() {
        text.push_str("nothing found that would spoil a verdict\n");
    } else {
        text.push_str(&format!(
            "\n{}, {}, {}\n",
            count(Severity::Error, "error"),
            count(Severity::Warning, "warning"),
            count(Severity::Note, "note")
        ));
    }
    if config.is_none() {
        text.push_str("no budgets.toml here: `tollgate init` writes one\n");
    }
    terminal.output(&text)?;
    Ok(ExitCode::Pass)
}

fn repository_facts(root: &Path, config: Option<&Config>) -> Result<RepositoryFacts, CliError> {
    let interrupt = check::interruptible()?;
    let obstacle = config.and_then(actions::obstacle);
    Ok(RepositoryFacts {
        // Without a repository there is nothing to find, and in a job that finds its base nothing to add.
        shallow: match actions::is_job() {
            true => None,
            false => CheckedOut::new(root, &interrupt).is_shallow().ok(),
        },
        obstacle,
    })
}

fn manifest_facts(project: &Project, directory: &Path) -> Result<ManifestFacts, CliError> {
    let path = project.root.join("Cargo.toml");
    let shown = |path: &Path| {
        path.strip_prefix(directory)
            .unwrap_or(path)
            .display()
            .to_string()
    };
    let text = std::fs::read_to_string(&path)
        .map_err(|error| Problem(format!("failed to read {}: {error}", path.display())))?;
    let bench_profile = ProfileFacts::from_manifest(&text)
        .map_err(|problem| Problem(format!("{}: {problem}", path.display())))?;
    let packages = project
        .packages
        .iter()
        .filter(|package| !package.benches.is_empty())
        .map(|package| PackageFacts {
            name: package.name.clone(),
            manifest: shown(&package.manifest),
            lib_bench: package.lib_bench.unwrap_or(false),
            bin_benches: package.bin_benches.clone(),
            tools: package
                .tools
                .iter()
                .map(|dependency| dependency.tool.clone())
                .filter(|tool| tool == "criterion" || tool == "divan")
                .collect(),
            libtest_benches: package
                .benches
                .iter()
                .filter(|bench| bench.harness)
                .map(|bench| bench.name.clone())
                .collect(),
        })
        .collect();
    Ok(ManifestFacts {
        path: shown(&path),
        bench_profile,
        packages,
    })
}

fn baseline_facts(suite: &str, baselines: &[Baseline], environment: &Environment) -> BaselineFacts {
    let class = MachineClass::of(environment);
    let (ours, others): (Vec<&Baseline>, Vec<&Baseline>) = baselines
        .iter()
        .filter(|baseline| baseline.suite == suite)
        .partition(|baseline| baseline.class.difference(&class).is_empty());
    // Commands are not built by us: their jobs have no compiler, and neither have we.
    let rustc = environment.toolchain.rustc.as_deref().unwrap_or_default();
    let now = jiff::Timestamp::now();
    BaselineFacts {
        suite: suite.to_owned(),
        this_class: ours.first().map(|baseline| ClassFacts {
            jobs: baseline.jobs.len(),
            jobs_of_this_rustc: baseline
                .jobs
                .iter()
                .filter(|job| job.rustc == rustc)
                .count(),
            newest_age_days: baseline
                .jobs
                .last()
                .and_then(|job| job.started.parse::<jiff::Timestamp>().ok())
                .map(|newest| now.duration_since(newest).as_secs_f64() / 86_400.0),
        }),
        other_classes: others.len(),
    }
}
