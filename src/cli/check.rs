//! `tollgate check`: build, measure, record, judge, report.

use super::place::{Place, TARGET_DIR};
use super::report::{Format, print_report};
use super::terminal::Terminal;
use super::{CliError, Problem, chain, config, place, progress};
use crate::baseline::store;
use crate::budget::{BenchTarget, NameGlob, Source, Suite};
use crate::build::{self, BuiltBench, Project};
use crate::collect::process::Interrupt;
use crate::collect::session::{self, SessionOptions};
use crate::collect::suite::{self, Ready, Runner};
use crate::collect::{criterion, environment};
use crate::diagnostic::{Code, Diagnostic};
use crate::files::{self, Existing};
use crate::measurement::{Revision, Run, Toolchain, write_run};
use crate::report::safe_lines;
use crate::units::parse_duration;
use crate::verdict::{ExitCode, GateInput, run_gate};
use clap::Args;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Options of `tollgate check`.
#[derive(Debug, Args, Default)]
pub(crate) struct CheckArgs {
    /// Judge against the committed baselines (the default, and today the only way).
    #[arg(long)]
    baseline: bool,
    /// The budgets file [default: the nearest budgets.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Measure only benchmarks whose suite/name matches this glob; may be repeated.
    #[arg(long, value_name = "GLOB")]
    pub(crate) only: Vec<String>,
    /// Fresh processes a benchmark of any suite, at least 5 [default: from budgets.toml, else 10]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(5..=10_000))]
    invocations: Option<u32>,
    /// Wall time for measuring, such as "3 min" [default: from budgets.toml, else 8 min]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    time: Option<Duration>,
    /// Seed of the order of invocations [default: from the clock, shown in the report]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Where the run is recorded [default: tollgate/run.json in cargo's target directory]
    #[arg(long, value_name = "FILE")]
    run: Option<PathBuf>,
    /// What to print on stdout.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Show every check, not only what moved or is unresolved.
    #[arg(long, short)]
    verbose: bool,
    /// No progress on stderr.
    #[arg(long, short)]
    quiet: bool,
    /// List the benchmarks that would be measured, and end.
    #[arg(long)]
    list: bool,
    /// Directory to look for budgets.toml from; not an option of the command line.
    #[arg(skip)]
    pub(crate) directory: Option<PathBuf>,
}

fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).map_err(|error| error.to_string())
}

pub(crate) fn run(args: &CheckArgs, terminal: &Terminal) -> Result<ExitCode, CliError> {
    let directory = match &args.directory {
        Some(directory) => directory.clone(),
        None => std::env::current_dir()?,
    };
    let config = config::load(args.config.as_deref(), &directory)?;
    let only = args
        .only
        .iter()
        .map(|text| {
            NameGlob::new(text).map_err(|error| Problem(format!("--only {text:?}: {error}")))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let interrupt = Interrupt::default();
    signal_hook::flag::register(signal_hook::consts::SIGINT, interrupt.flag())?;
    signal_hook::flag::register(signal_hook::consts::SIGTERM, interrupt.flag())?;

    let place = Place::of(&config.root)?;
    if args.list {
        let prepared = prepare(&config, &only, place, &interrupt)?;
        return list(&prepared, &config, &only, &interrupt, terminal);
    }
    // Before anything is built or written: that is what will be measured.
    let revision = revision(&config.root, terminal);
    let run_file = args.run.clone().unwrap_or_else(|| place.run_file());
    place::set_aside(&run_file)?;
    // A broken baseline must stop the gate before minutes are spent, not after.
    let baselines = store::load_all(&config.baselines())?;
    let prepared = prepare(&config, &only, place, &interrupt).inspect_err(|_| {
        if interrupt.is_set() && terminal.is_interactive() {
            // cargo was killed in the midst of its own progress line.
            terminal.error("\n");
        }
    })?;
    let mut run = measure(args, &config, &prepared, only, &interrupt, terminal)?;
    run.header.candidate = revision;
    // Where `--only` matches nothing there is no run to keep.
    let nothing = !args.only.is_empty()
        && run.failures.is_empty()
        && run.suites.iter().all(|suite| suite.listed.is_empty());
    // A full disk must not take the report with it.
    let saved = if nothing {
        place::put_back(&run_file)
    } else {
        save_run(&run, &run_file)
    };

    let gate = run_gate(GateInput {
        run: &run,
        budgets: &config.budgets,
        baselines: &baselines,
        config_hash: &config.hash,
        calibration: None,
    });
    if nothing && gate.checks.is_empty() {
        return Err(Problem(format!(
            "no benchmark matches {}; `--list` shows their names",
            run.header.only.join(", ")
        ))
        .into());
    }
    let kept = saved.is_ok() && !nothing;
    print_report(
        &run,
        &config.budgets,
        &gate,
        kept.then_some(run_file.as_path()),
        args.format,
        args.verbose,
        terminal,
    )?;
    // What was measured is shown in any case; a run that could not be kept is no answer, though.
    saved?;
    Ok(gate.exit)
}

/// The revision; empty where git fails on it, which is said and stops nothing: a verdict does not need it.
fn revision(root: &Path, terminal: &Terminal) -> Revision {
    build::revision(root, config::BASELINES).unwrap_or_else(|error| {
        terminal.error(&safe_lines(&format!(
            "tollgate: warning: the run will not name its commit: {}\n",
            chain(&error)
        )));
        Revision::default()
    })
}

/// Everything that is known before the first process starts.
struct Prepared<'a> {
    ready: Vec<Ready<'a>>,
    target_directory: PathBuf,
    toolchain: Toolchain,
}

/// Finds and builds what the suites need. Suites that `--only` excludes as a whole are not built.
fn prepare<'a>(
    config: &'a config::Config,
    only: &[NameGlob],
    place: Place,
    interrupt: &Interrupt,
) -> Result<Prepared<'a>, CliError> {
    let wanted: Vec<_> = config
        .budgets
        .suites
        .iter()
        .filter(|suite| only.is_empty() || only.iter().any(|glob| may_reach(glob, &suite.name)))
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
                let mut source = source.clone();
                if let (Some(project), false) = (&project, source.shell) {
                    let directory = project.target_directory.display().to_string();
                    for argument in &mut source.argv {
                        *argument = argument.replace(TARGET_DIR, &directory);
                    }
                }
                (Runner::Command(source), None)
            }
        };
        ready.push(Ready {
            suite,
            runner,
            tool_version,
        });
    }
    Ok(Prepared {
        ready,
        target_directory: place.target_directory,
        toolchain,
    })
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

fn measure(
    args: &CheckArgs,
    config: &config::Config,
    prepared: &Prepared<'_>,
    only: Vec<NameGlob>,
    interrupt: &Interrupt,
    terminal: &Terminal,
) -> Result<Run, CliError> {
    let started = jiff::Timestamp::now();
    let defaults = &config.budgets.defaults;
    let options = SessionOptions {
        root: config.root.clone(),
        scratch: criterion::scratch_root(&prepared.target_directory),
        self_executable: std::env::current_exe()?,
        // The clock is random enough: nobody gains by guessing the order of benchmarks.
        seed: args
            .seed
            .unwrap_or_else(|| started.as_nanosecond().unsigned_abs() as u64),
        time: args.time.unwrap_or(defaults.time),
        invocations: defaults.invocations,
        invocations_asked: args.invocations,
        timeout: defaults.timeout,
        only,
    };
    let before = environment::observe(prepared.toolchain.clone());
    let mut progress = progress::new(terminal.is_interactive(), args.quiet);
    let mut run = session::measure(&prepared.ready, &options, interrupt, progress.as_mut());
    let steal = run.environment.steal;
    run.environment = before;
    run.environment.steal = steal;
    run.environment.load_after = environment::load();
    run.header.started = started.to_string();
    run.header.tool = concat!("tollgate ", env!("CARGO_PKG_VERSION")).to_owned();
    run.header.config_hash.clone_from(&config.hash);
    Ok(run)
}

fn list(
    prepared: &Prepared<'_>,
    config: &config::Config,
    only: &[NameGlob],
    interrupt: &Interrupt,
    terminal: &Terminal,
) -> Result<ExitCode, CliError> {
    let mut text = String::new();
    for ready in &prepared.ready {
        for name in suite::list(
            ready,
            &criterion::scratch_root(&prepared.target_directory),
            only,
            config.budgets.defaults.timeout,
            interrupt,
        )? {
            text.push_str(&crate::report::safe_name(&format!(
                "{}/{name}",
                ready.suite.name
            )));
            text.push('\n');
        }
    }
    terminal.output(&text)?;
    Ok(ExitCode::Pass)
}

pub(crate) fn save_run(run: &Run, path: &Path) -> Result<(), CliError> {
    let write = || {
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)?;
        }
        files::write(path, Existing::Replace, |out| write_run(run, out))
    };
    write().map_err(|error| {
        let path = path.display();
        Problem(format!("failed to write {path}: {error}")).into()
    })
}
