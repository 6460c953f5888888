//! `tollgate report`: judge a recorded run again and print it.

use super::place;
use super::rules::Recorded;
use super::terminal::Terminal;
use super::{CliError, Problem};
use crate::budget::Budgets;
use crate::files;
use crate::measurement::format::document::MAX_BYTES;
use crate::measurement::{Run, read_run};
use crate::report::{Meta, Report, TerminalOptions, json, markdown, terminal as to_terminal};
use crate::verdict::{ExitCode, Gate};
use clap::Args;
use std::io::ErrorKind;
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
    /// The recorded run [default: tollgate/run.json in cargo's target directory, else in target beside budgets.toml]
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
    let Recorded { path, run, rules } =
        Recorded::load(args.run.as_deref(), args.config.as_deref())?;
    let gate = rules.judge(&run);
    let report = report_of(&run, &rules.budgets, &gate, Some(&path));
    print_report(&report, args.format, args.verbose, terminal)?;
    Ok(gate.exit)
}

/// Reads a recorded run.
///
/// # Errors
/// Names the file and, where it is missing, what makes one.
pub(crate) fn load_run(path: &Path) -> Result<Run, CliError> {
    let bytes = files::read(path, MAX_BYTES as u64).map_err(|error| {
        let missing = error.kind() == ErrorKind::NotFound;
        let mut problem = format!("failed to read the run {}: {error}", path.display());
        if missing {
            problem.push_str("; `tollgate check` records one");
            let previous = place::previous(path);
            if previous.is_file() {
                problem.push_str(&format!(
                    "; the last check did not get that far, and the run before it is {}",
                    previous.display()
                ));
            }
        }
        Problem(problem)
    })?;
    Ok(read_run(&path.display().to_string(), &bytes)?)
}

/// What is said of a judged run.
pub(crate) fn report_of(
    run: &Run,
    budgets: &Budgets,
    gate: &Gate,
    run_file: Option<&Path>,
) -> Report {
    let meta = Meta {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        run_file: run_file.map(|path| path.display().to_string()),
    };
    Report::build(run, budgets, gate, &meta)
}

/// Prints a judged run. A reader that goes away (`| head`) takes nothing from the verdict.
pub(crate) fn print_report(
    report: &Report,
    format: Format,
    verbose: bool,
    terminal: &Terminal,
) -> Result<(), CliError> {
    let for_people = |colour| {
        to_terminal(
            report,
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
            // The same text to whoever reads JSON, and no command to a log that it ends up in.
            let text = json(report)?.replace("##[", "#\\u0023[");
            let written = terminal.output_exact(&text);
            terminal.error(&for_people(terminal.error_colour()));
            written
        }
        Format::Markdown => terminal.output_exact(&markdown(report)),
    };
    match written {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
