//! `tollgate check`: build, measure, record, judge, report.

mod base;
mod other;
mod prepare;
mod relinked;

use super::place::{self, Place};
use super::report::{Format, print_report, report_of};
use super::rerun::{self, Begun};
use super::terminal::Terminal;
use super::{CliError, Problem, chain, config, progress};
use crate::baseline::{Baseline, MachineClass, store};
use crate::budget::{Budgets, NameGlob};
use crate::build;
use crate::calibration::Calibration;
use crate::collect::process::Interrupt;
use crate::collect::session::{self, Hooks, Open, SessionOptions};
use crate::collect::suite;
use crate::collect::{cpu_for_measuring, criterion, environment};
use crate::files::{self, Existing};
use crate::measurement::{Revision, Run, RunHeader, write_run};
use crate::report::{Report, safe_lines};
use crate::units::parse_duration;
use crate::verdict::{ExitCode, GateInput, canary_open, open_pairs, run_gate};
use base::BaseArgs;
pub(crate) use base::{ANCHOR, Against};
use clap::Args;
use prepare::{Prepared, prepare};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Options of `tollgate check`.
#[derive(Debug, Args, Default)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) base: BaseArgs,
    /// The budgets file [default: the nearest budgets.toml; with --base, that file at the base]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Measure only benchmarks whose suite/name matches this glob; may be repeated.
    #[arg(long, value_name = "GLOB")]
    pub(crate) only: Vec<String>,
    /// Fresh processes a benchmark of any suite, at least 5 [default: from budgets.toml, else 10]; with --base the most pairs
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(5..=10_000))]
    pub(crate) invocations: Option<u32>,
    /// Wall time for measuring, such as "3 min" [default: from budgets.toml, else 8 min]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) time: Option<Duration>,
    /// Seed of the order of invocations [default: from the clock, shown in the report]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Where the run is recorded [default: tollgate/run.json in cargo's target directory]
    #[arg(long, value_name = "FILE")]
    pub(crate) run: Option<PathBuf>,
    /// What to print on stdout.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// Show every check, not only what moved or is unresolved.
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// No progress on stderr.
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// List the benchmarks that would be measured, and end.
    #[arg(long)]
    pub(crate) list: bool,
    /// Directory to look for budgets.toml from; not an option of the command line.
    #[arg(skip)]
    pub(crate) directory: Option<PathBuf>,
}

pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).map_err(|error| error.to_string())
}

/// `judged_as` is told what is said of the run, after it was printed.
pub(crate) fn run(
    args: &CheckArgs,
    terminal: &Terminal,
    judged_as: &mut dyn FnMut(&Report),
) -> Result<ExitCode, CliError> {
    let directory = match &args.directory {
        Some(directory) => directory.clone(),
        None => std::env::current_dir()?,
    };
    let config = config::load(args.config.as_deref(), &directory)?;
    let only = globs(&args.only)?;
    let interrupt = interruptible()?;

    let place = Place::of(&config.root)?;
    if args.list {
        let prepared = prepare(&config, &only, place, &interrupt)?;
        return list(&prepared, &config, &only, &interrupt, terminal);
    }
    let job = Job {
        args,
        config: &config,
        only: &only,
        interrupt: &interrupt,
        terminal,
    };
    let run_file = args.run.clone().unwrap_or_else(|| place.run_file());
    // A run that goes on with a recorded one needs it; what cannot be read is no such run.
    let recorded = args
        .base
        .is_given()
        .then(|| super::report::load_run(&run_file).ok())
        .flatten();
    // Before anything else can fail: what lies there is not the run of this check.
    place::set_aside(&run_file)?;
    let against = base::against(&job)?;
    // A broken baseline must stop the gate before minutes are spent, not after.
    let baselines = store::load_all(&config.baselines())?;
    let calibration = store::load_calibration(&config.baselines())?;
    let judged = Judged {
        budgets: against
            .as_ref()
            .map_or(&config.budgets, |against| &against.budgets),
        baselines: &baselines,
        calibration: &calibration,
        // The budgets that bind stand in the run itself.
        config_hash: if against.is_some() { "" } else { &config.hash },
    };
    let run = measured(&job, place, against.as_ref(), recorded, &judged, &run_file)?;
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

    let gate = run_gate(judged.input(&run));
    if nothing && gate.checks.is_empty() {
        return Err(Problem(format!(
            "no benchmark matches {}; `--list` shows their names",
            run.header.only.join(", ")
        ))
        .into());
    }
    let kept = saved.is_ok() && !nothing;
    let report = report_of(
        &run,
        judged.budgets,
        &gate,
        kept.then_some(run_file.as_path()),
    );
    print_report(&report, args.format, args.verbose, terminal)?;
    judged_as(&report);
    // What was measured is shown in any case; a run that could not be kept is no answer, though.
    saved?;
    Ok(gate.exit)
}

/// Builds, and measures the candidate, beside `against` where there is one.
pub(crate) fn measured(
    job: &Job<'_>,
    place: Place,
    against: Option<&Against>,
    recorded: Option<Run>,
    judged: &Judged<'_>,
    run_file: &Path,
) -> Result<Run, CliError> {
    // Before anything is built or written: that is what will be measured.
    let revision = revision(&job.config.root, job.terminal);
    let mut prepared = prepare(job.config, job.only, place, job.interrupt).inspect_err(|_| {
        if job.interrupt.is_set() && job.terminal.is_interactive() {
            // cargo was killed in the midst of its own progress line.
            job.terminal.error("\n");
        }
    })?;
    let started = jiff::Timestamp::now();
    // The clock is random enough: nobody gains by guessing the order of benchmarks.
    let seed = job
        .args
        .seed
        .unwrap_or_else(|| started.as_nanosecond().unsigned_abs() as u64);
    let mut fresh = Run {
        header: RunHeader {
            started: started.to_string(),
            tool: concat!("tollgate ", env!("CARGO_PKG_VERSION")).to_owned(),
            config_hash: job.config.hash.clone(),
            candidate: revision,
            only: job
                .only
                .iter()
                .map(|glob| glob.as_str().to_owned())
                .collect(),
            ..RunHeader::default()
        },
        environment: environment::observe(prepared.toolchain.clone()),
        ..Run::default()
    };
    if let Some(against) = against {
        against.describe(&mut fresh.header);
        against.add_base(job, &mut prepared, seed)?;
    }
    let begun = rerun::begin(recorded, fresh, &prepared.ready, seed);
    if let Some(told) = &begun.told {
        job.terminal
            .error(&safe_lines(&format!("tollgate: {told}\n")));
    }
    measure(job, &prepared, begun, seed, judged, run_file)
}

/// What all steps of one check need.
pub(crate) struct Job<'a> {
    pub(crate) args: &'a CheckArgs,
    pub(crate) config: &'a config::Config,
    pub(crate) only: &'a [NameGlob],
    pub(crate) interrupt: &'a Interrupt,
    pub(crate) terminal: &'a Terminal,
}

/// What a run is judged by.
pub(crate) struct Judged<'a> {
    pub(crate) budgets: &'a Budgets,
    pub(crate) baselines: &'a [Baseline],
    pub(crate) calibration: &'a Calibration,
    pub(crate) config_hash: &'a str,
}

impl<'a> Judged<'a> {
    pub(crate) fn input(&self, run: &'a Run) -> GateInput<'a> {
        GateInput {
            run,
            budgets: self.budgets,
            baselines: self.baselines,
            config_hash: self.config_hash,
            calibration: self
                .calibration
                .of_class(&MachineClass::of(&run.environment)),
        }
    }
}

/// Ctrl-C and SIGTERM end measuring cleanly.
pub(crate) fn interruptible() -> std::io::Result<Interrupt> {
    let interrupt = Interrupt::default();
    signal_hook::flag::register(signal_hook::consts::SIGINT, interrupt.flag())?;
    signal_hook::flag::register(signal_hook::consts::SIGTERM, interrupt.flag())?;
    Ok(interrupt)
}

pub(crate) fn globs(texts: &[String]) -> Result<Vec<NameGlob>, Problem> {
    texts
        .iter()
        .map(|text| {
            NameGlob::new(text).map_err(|error| Problem(format!("--only {text:?}: {error}")))
        })
        .collect()
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

fn measure(
    job: &Job<'_>,
    prepared: &Prepared<'_>,
    begun: Begun,
    seed: u64,
    judged: &Judged<'_>,
    run_file: &Path,
) -> Result<Run, CliError> {
    let defaults = &judged.budgets.defaults;
    let options = SessionOptions {
        scratch: criterion::scratch_root(&prepared.target_directory),
        self_executable: std::env::current_exe()?,
        seed: begun.seed.unwrap_or(seed),
        time: job.args.time.unwrap_or(defaults.time),
        invocations: defaults.invocations,
        invocations_asked: job.args.invocations,
        timeout: defaults.timeout,
        only: job.only.to_vec(),
        paired: prepared.ready.iter().any(|ready| ready.base.is_some()),
        absolute: judged
            .budgets
            .budgets
            .iter()
            .filter(|budget| budget.max.is_some() || budget.min.is_some())
            .map(|budget| budget.bench.clone())
            .collect(),
        cpu: cpu_for_measuring(),
    };
    let mut progress = progress::new(job.terminal.is_interactive(), job.args.quiet);
    // Said once: the run goes on without, and is written at its end.
    let mut unsaved = false;
    let mut save = |run: &Run| {
        if let Err(error) = save_run(run, run_file)
            && !std::mem::replace(&mut unsaved, true)
        {
            job.terminal
                .error(&error.render(job.terminal.error_style()));
        }
    };
    let mut run = session::measure(
        &prepared.ready,
        &judged.budgets.overheads,
        &options,
        begun.beginning,
        job.interrupt,
        Hooks {
            judge: &|run| Open {
                benchmarks: open_pairs(judged.input(run)),
                canary: canary_open(judged.input(run)),
            },
            save: &mut save,
            progress: progress.as_mut(),
        },
    );
    run.environment.load_after = environment::load();
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
