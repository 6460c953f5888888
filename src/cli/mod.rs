//! Edge: the command line. Arguments in, text and exit code out; what to say is decided elsewhere.

mod actions;
mod baseline;
mod bench;
mod calibrate;
mod check;
mod clean;
mod comment;
mod compare;
mod config;
pub mod doctor;
mod explain;
pub mod init;
mod load;
mod place;
mod progress;
mod prove;
mod report;
mod rerun;
mod rules;
mod terminal;
mod watch;
#[cfg(feature = "workload")]
mod watch_proxy;

pub use bench::{bench_main, smoke_only};

use crate::collect::{kernels, system};
use crate::diagnostic::{Diagnostic, Style, render_all};
use crate::report::{guard_lines, safe_lines};
use clap::{Args, Parser, Subcommand};
use std::ffi::OsString;
use std::process::ExitCode;
use terminal::Terminal;

/// Performance regression gate: measures benchmarks, judges them against budgets.toml, and says how sure it is.
#[derive(Debug, Parser)]
#[command(
    name = "tollgate",
    version,
    about,
    after_help = "Exit codes: 0 every enforced budget holds; 1 a budget is broken; 2 could not judge; \
3 unresolved where that fails; 4 nothing enforced, or something expected was not measured; 130 Ctrl-C in `load` and `watch`."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// When to use colour.
    #[arg(long, global = true, value_enum, default_value = "auto")]
    color: terminal::When,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build, measure and judge: the gate.
    #[command(after_help = "\
In GitHub Actions, without --base and --baseline: a pull request is measured against what it is merged into, an entry of a merge \
queue against what it is put onto, a scheduled run against the [anchor] of budgets.toml; everything else is judged by the committed \
baselines. What is checked out must be what the event is about, or that is an error. The report is appended to the step summary, and \
the verdict to the outputs of the step.")]
    Check(check::CheckArgs),
    /// Compare every benchmark with itself, and count how often this gate claims a change.
    Calibrate(calibrate::CalibrateArgs),
    /// Show the gate something slower and something equal: red and green must come out.
    Prove(prove::ProveArgs),
    /// Watch a process and all that it started: CPU, memory, leaks. Or, with --proxy, who calls a server far too often.
    #[command(after_help = "\
Exit codes: 0 watched, and every limit holds; 1 a limit is broken, or a client calls far too often; 2 it could not be watched, or the \
command failed; 4 too little was seen to tell what was asked; 130 Ctrl-C, after the summary.")]
    Watch(watch::WatchArgs),
    /// Remove the checkouts and builds of other revisions that `check --base` keeps.
    Clean,
    /// Run one workload of budgets.toml, with live figures, and judge it by its absolute budgets.
    #[command(after_help = load::AFTER_HELP)]
    Load(load::LoadArgs),
    /// Judge a recorded run again and print its report.
    Report(report::ReportArgs),
    /// Judge recorded runs again: one, several attempts together, or two of different jobs.
    Compare(compare::CompareArgs),
    /// Show every number behind the verdicts of one benchmark.
    Explain(explain::ExplainArgs),
    /// Tell a pull request on GitHub what was measured: one comment that stays true, and a check run.
    Comment(comment::CommentArgs),
    /// Accept, list and show committed baselines.
    Baseline(baseline::BaselineArgs),
    /// Write a first budgets.toml for the benches of this project, and the workflows of GitHub Actions.
    Init(InitArgs),
    /// Say what of this machine and project would spoil a verdict, each with its remedy.
    Doctor(doctor::DoctorArgs),
}

/// Options of `tollgate init`.
#[derive(Debug, Args)]
struct InitArgs {
    /// Replace an existing budgets.toml; with --ci, existing workflows and nothing else.
    #[arg(long)]
    force: bool,
    /// Show the proposal and write nothing.
    #[arg(long)]
    print: bool,
    /// Also write the workflows that measure and comment; a budgets.toml that is there stays as it is.
    #[arg(long, value_enum, value_name = "SYSTEM")]
    ci: Option<CiSystem>,
    /// The action that the workflows use: OWNER/REPO@COMMIT with 40 hex digits, or a directory of this repository such as ./
    #[arg(long, requires = "ci", value_name = "ACTION")]
    action: Option<String>,
}

/// Systems that workflows can be written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum CiSystem {
    /// GitHub Actions.
    Github,
}

/// Why a command could not do its work. Never a verdict.
#[derive(Debug)]
pub(crate) enum CliError {
    /// Findings with places, such as all mistakes of budgets.toml.
    Findings(Vec<Diagnostic>),
    /// One error with its causes.
    Other(Box<dyn std::error::Error + Send + Sync>),
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for CliError {
    fn from(error: E) -> Self {
        Self::Other(Box::new(error))
    }
}

/// An error that is only a sentence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Problem(pub(crate) String);

/// Entry of the `tollgate` and `cargo-tollgate` binaries.
#[must_use]
pub fn main() -> ExitCode {
    let mut arguments: Vec<OsString> = std::env::args_os().collect();
    if let Some(code) = hidden(&arguments) {
        return code;
    }
    // `cargo tollgate check` starts `cargo-tollgate tollgate check`.
    if arguments.get(1).is_some_and(|first| first == "tollgate") {
        arguments.splice(..2, [OsString::from("cargo tollgate")]);
    }
    run(arguments)
}

/// Parses and runs; 2 on anything that is not a verdict.
fn run(arguments: Vec<OsString>) -> ExitCode {
    let checks = arguments.get(1).is_some_and(|command| command == "check");
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            if checks && error.use_stderr() {
                actions::usage(&error);
            }
            return usage(&error);
        }
    };
    let terminal = Terminal::new(arguments.color);
    let result = match arguments.command {
        Command::Check(args) => actions::check(args, &terminal),
        Command::Calibrate(args) => calibrate::run(&args, &terminal),
        Command::Prove(args) => prove::run(&args, &terminal),
        Command::Clean => clean::run(&terminal),
        // Its codes are its own: what is watched is no check.
        Command::Watch(args) => {
            return watch::run(&args, &terminal)
                .unwrap_or_else(|error| finish(Err(error), &terminal));
        }
        Command::Load(args) => match load::run(&args, &terminal) {
            Ok(code) => return ExitCode::from(code),
            Err(error) => Err(error),
        },
        Command::Report(args) => report::run(&args, &terminal),
        Command::Compare(args) => compare::run(&args, &terminal),
        Command::Explain(args) => explain::run(&args, &terminal),
        Command::Comment(args) => comment::run(&args, &terminal),
        Command::Baseline(args) => baseline::run(&args, &terminal),
        Command::Init(args) => run_init(&args, &terminal),
        Command::Doctor(args) => doctor::run(&args, &terminal),
    };
    finish(result, &terminal)
}

/// Prints what clap has to say. Help and version are no errors, and neither is a closed pipe.
fn usage(error: &clap::Error) -> ExitCode {
    let code = if error.use_stderr() { 2 } else { 0 };
    match error.print() {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => ExitCode::from(2),
        _ => ExitCode::from(code),
    }
}

fn finish(result: Result<crate::verdict::ExitCode, CliError>, terminal: &Terminal) -> ExitCode {
    match result {
        Ok(code) => ExitCode::from(code.code()),
        Err(error) => {
            terminal.error(&error.render(terminal.error_style()));
            ExitCode::from(2)
        }
    }
}

impl CliError {
    /// For people: safe to print whatever the names and messages in it hold.
    fn render(&self, style: Style) -> String {
        match self {
            Self::Findings(findings) => guard_lines(&render_all(findings, style)),
            Self::Other(error) => {
                safe_lines(&format!("tollgate: error: {}\n", chain(error.as_ref())))
            }
        }
    }
}

/// An error and its causes, a line each; messages of git and cargo may have more.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!("\n  caused by: {cause}"));
        source = cause.source();
    }
    text
}

fn run_init(args: &InitArgs, terminal: &Terminal) -> Result<crate::verdict::ExitCode, CliError> {
    let options = init::Options {
        directory: std::env::current_dir()?,
        force: args.force,
        print: args.print,
        ci: args
            .ci
            .map(|CiSystem::Github| init::Ci::Github(args.action.clone())),
    };
    let mut out = Vec::new();
    let result = init::run(&options, &mut out);
    let text = String::from_utf8_lossy(&out);
    if args.print {
        terminal.output_exact(&text)?;
    } else {
        terminal.output(&text)?;
    }
    result?;
    Ok(crate::verdict::ExitCode::Pass)
}

/// What tollgate starts itself for: kernels, benchmarks of the machine, and work of a known length.
fn hidden(arguments: &[OsString]) -> Option<ExitCode> {
    let first = arguments.get(1)?;
    let rest = arguments.get(2..).unwrap_or_default();
    if first == kernels::HIDDEN_ARGUMENT {
        return Some(print_kernels(rest));
    }
    if first == system::HIDDEN_ARGUMENT {
        let name = rest
            .first()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        return Some(system::print(name).map_or_else(
            |error| {
                terminal::write_stderr(&safe_lines(&format!("tollgate: {error}\n")));
                ExitCode::from(2)
            },
            |()| ExitCode::SUCCESS,
        ));
    }
    (first == kernels::SPIN_ARGUMENT).then(|| {
        let steps = rest.first().and_then(|steps| steps.to_str()?.parse().ok());
        steps.map_or(ExitCode::from(2), |steps| {
            kernels::spin(steps);
            ExitCode::SUCCESS
        })
    })
}

/// Prints the reference kernels that the arguments name.
fn print_kernels(names: &[OsString]) -> ExitCode {
    let names: Vec<String> = names
        .iter()
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    match kernels::print(&names) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(2),
    }
}
