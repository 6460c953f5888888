//! `tollgate report`: judge a recorded run again and print it.

use super::terminal::Terminal;
use super::{CliError, Problem, config};
use crate::baseline::store;
use crate::budget::Budgets;
use crate::measurement::{Run, read_run};
use crate::report::{Meta, Report, TerminalOptions, json, markdown, terminal as to_terminal};
use crate::verdict::{ExitCode, Gate, GateInput, run_gate};
use clap::Args;
use std::path::{Path, PathBuf};

/// What to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people, at the width of the terminal.
    #[default]
    Terminal,
    /// For programs; everything for people goes to stderr.
    Json,
    /// For comments and summaries.
    Markdown,
}

/// Options of `tollgate report`.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// The recorded run [default: tollgate/run.json in the target directory beside budgets.toml]
    #[arg(value_name = "RUN")]
    run: Option<PathBuf>,
    /// The budgets file [default: the nearest budgets.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// What to print on stdout.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Show every check, not only what moved or is unresolved.
    #[arg(long, short)]
    verbose: bool,
}

pub(crate) fn run(args: &ReportArgs, terminal: &Terminal) -> Result<ExitCode, CliError> {
    let directory = std::env::current_dir()?;
    let config = config::load(args.config.as_deref(), &directory)?;
    let path = match &args.run {
        Some(path) => path.clone(),
        None => default_run_file(&config.root),
    };
    let run = load_run(&path)?;
    let baselines = store::load_all(&config.baselines())?;
    let gate = run_gate(GateInput {
        run: &run,
        budgets: &config.budgets,
        baselines: &baselines,
        config_hash: &config.hash,
    });
    print_report(
        &run,
        &config.budgets,
        &gate,
        Some(&path),
        args.format,
        args.verbose,
        terminal,
    )?;
    Ok(gate.exit)
}

/// Where `check` records when it is not told otherwise.
pub(crate) fn default_run_file(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root.join("target"), |target| root.join(target))
        .join("tollgate/run.json")
}

pub(crate) fn load_run(path: &Path) -> Result<Run, CliError> {
    let bytes = std::fs::read(path).map_err(|error| {
        Problem(format!(
            "failed to read the run {}: {error}; `tollgate check` records one",
            path.display()
        ))
    })?;
    Ok(read_run(&path.display().to_string(), &bytes)?)
}

/// Prints a judged run. A reader that goes away (`| head`) takes nothing from the verdict.
pub(crate) fn print_report(
    run: &Run,
    budgets: &Budgets,
    gate: &Gate,
    run_file: Option<&Path>,
    format: Format,
    verbose: bool,
    terminal: &Terminal,
) -> Result<(), CliError> {
    let meta = Meta {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        run_file: run_file.map(|path| path.display().to_string()),
    };
    let report = Report::build(run, budgets, gate, &meta);
    let for_people = |colour| {
        to_terminal(
            &report,
            TerminalOptions {
                width: terminal.width(),
                colour,
                verbose,
            },
        )
    };
    let written = match format {
        Format::Terminal => terminal.output(&for_people(terminal.output_colour())),
        Format::Json => {
            let written = terminal.output(&json(&report)?);
            terminal.error(&for_people(terminal.error_colour()));
            written
        }
        Format::Markdown => terminal.output(&markdown(&report)),
    };
    match written {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
