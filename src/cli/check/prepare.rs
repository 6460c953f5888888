//! Finding and building what the suites need.

use crate::budget::{BenchTarget, Budgets, CommandSource, NameGlob, Source, Suite};
use crate::build::{self, BuiltBench, Project};
use crate::cli::place::{self, Place, TARGET_DIR};
use crate::cli::{CliError, Problem, config};
use crate::collect::command::Program;
use crate::collect::process::Interrupt;
use crate::collect::suite::{Ready, Runner};
use crate::collect::workload::Driver;
use crate::diagnostic::{Code, Diagnostic};
use crate::measurement::{BenchmarkId, OVERHEAD, Toolchain};
use crate::workload::Workload;
use crate::workload::scenario::Target;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Everything that is known before the first process starts.
pub(super) struct Prepared<'a> {
    pub(super) ready: Vec<Ready<'a>>,
    pub(super) project: Option<Project>,
    pub(super) target_directory: PathBuf,
    pub(super) toolchain: Toolchain,
}

/// Finds and builds what the suites need. Suites that `--only` excludes as a whole are not built.
pub(super) fn prepare<'a>(
    config: &'a config::Config,
    only: &[NameGlob],
    place: Place,
    interrupt: &Interrupt,
) -> Result<Prepared<'a>, CliError> {
    let wanted: Vec<_> = config
        .budgets
        .suites
        .iter()
        .filter(|suite| {
            only.is_empty()
                || only.iter().any(|glob| may_reach(glob, &suite.name))
                || is_claimed(&config.budgets, suite, only)
        })
        .collect();
    let targets: Vec<BenchTarget> = wanted
        .iter()
        .filter_map(|suite| place::target(suite).cloned())
        .collect();
    let toolchain = place.toolchain(&config.budgets)?;
    let project = match place.project {
        // cargo says best what is missing.
        None if wanted.iter().any(|suite| place::needs_cargo(suite)) => {
            Some(Project::load(&config.root)?)
        }
        project => project,
    };
    if let Some(project) = &project {
        known_targets(project, &wanted)?;
    }
    let built = match &project {
        Some(project) => build::build(project, &targets, interrupt)?,
        None => Vec::new(),
    };
    let logs = logs_of_targets(&place.target_directory);
    // Binaries for commands come along with bench targets, or with those of the base.
    let mut programs = place::programs(wanted.iter().copied());
    programs.binaries = place::programs(
        (wanted.iter().copied()).filter(|suite| matches!(suite.source, Source::Workload(_))),
    )
    .binaries;
    if let (Some(project), false) = (&project, programs.is_empty()) {
        build::build_binaries(project, &programs, interrupt)?;
    }
    let mut ready = Vec::new();
    for suite in wanted {
        let find = |target: &BenchTarget| -> Result<BuiltBench, Problem> {
            built
                .iter()
                .find(|built| built.target == *target)
                .cloned()
                .ok_or_else(|| {
                    Problem(format!(
                        "cargo built no executable for bench target `{}`",
                        target.bench
                    ))
                })
        };
        let (runner, tool_version) = match &suite.source {
            Source::Criterion(target) => {
                let built = find(target)?;
                let version = version_of(project.as_ref(), &built, "criterion")?;
                (Runner::Criterion(built), version)
            }
            Source::Divan(target) => {
                let built = find(target)?;
                let version = version_of(project.as_ref(), &built, "divan")?;
                (Runner::Divan(built), version)
            }
            Source::Command(source) => {
                let directory = project.as_ref().map(|project| &*project.target_directory);
                (
                    Runner::Command(program(source, &config.root, directory)),
                    None,
                )
            }
            Source::Workload(workload) => {
                let directory = project.as_ref().map(|project| &*project.target_directory);
                (
                    Runner::Workload(driver(workload, &config.root, directory, &logs)),
                    None,
                )
            }
            Source::System => (Runner::System, None),
        };
        ready.push(Ready::alone(suite, runner, tool_version));
    }
    Ok(Prepared {
        ready,
        project,
        target_directory: place.target_directory,
        toolchain,
    })
}

/// A command as it is run in the checkout whose budgets.toml is in `root`.
pub(super) fn program(
    source: &CommandSource,
    root: &Path,
    target_directory: Option<&Path>,
) -> Program {
    let mut source = source.clone();
    if let (Some(directory), false) = (target_directory, source.shell) {
        let directory = directory.display().to_string();
        for argument in &mut source.argv {
            *argument = argument.replace(TARGET_DIR, &directory);
        }
    }
    Program {
        source,
        root: root.to_owned(),
        environment: Vec::new(),
    }
}

/// Where logs of targets are kept after a failure, of both sides.
pub(super) fn logs_of_targets(target_directory: &Path) -> PathBuf {
    target_directory.join("tollgate").join("logs")
}

/// A workload as it is run in the checkout whose budgets.toml is in `root`.
pub(super) fn driver(
    workload: &Arc<Workload>,
    root: &Path,
    target_directory: Option<&Path>,
    logs: &Path,
) -> Driver {
    let mut workload = Arc::clone(workload);
    if let Some(directory) = target_directory
        && let Target::Start(process) = &mut Arc::make_mut(&mut workload).target
    {
        let directory = directory.display().to_string();
        for argument in &mut process.argv {
            *argument = argument.replace(TARGET_DIR, &directory);
        }
    }
    Driver::new(workload, root.to_owned(), logs.to_owned())
}

/// Names every suite whose bench target is not there, with its place in budgets.toml.
fn known_targets(project: &Project, suites: &[&Suite]) -> Result<(), CliError> {
    let mistakes: Vec<Diagnostic> = suites
        .iter()
        .filter_map(|suite| {
            let problem = project.find_bench(place::target(suite)?).err()?;
            let message = format!("suite `{}`: {problem}", suite.name);
            Some(Diagnostic::error(Code::InvalidValue, message).at(suite.place.clone()))
        })
        .collect();
    if mistakes.is_empty() {
        Ok(())
    } else {
        Err(CliError::Findings(mistakes))
    }
}

fn version_of(
    project: Option<&Project>,
    built: &BuiltBench,
    tool: &str,
) -> Result<Option<String>, build::BuildError> {
    let Some(project) = project else {
        return Ok(None);
    };
    build::locked_version(project, project.package(&built.package)?, tool)
}

/// Whether a claim that was asked for by name runs benchmarks of the suite.
fn is_claimed(budgets: &Budgets, suite: &Suite, only: &[NameGlob]) -> bool {
    budgets.overheads.iter().any(|claim| {
        let id = BenchmarkId::new(OVERHEAD, claim.name.clone()).to_string();
        let sides = [&claim.on, &claim.off];
        only.iter().any(|glob| glob.matches(&id))
            && sides.iter().any(|side| side.bench.suite == suite.name)
    })
}

/// Whether a glob on `suite/name` can match anything in the suite: its literal beginning must agree.
fn may_reach(glob: &NameGlob, suite: &str) -> bool {
    let literal: String = glob
        .as_str()
        .chars()
        .take_while(|c| !"*?[{\\".contains(*c))
        .collect();
    let prefix = format!("{suite}/");
    prefix.starts_with(&literal) || literal.starts_with(&prefix)
}
