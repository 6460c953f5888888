//! `tollgate baseline`: accept a recorded run as a baseline, list what there is, show what is in it.

mod listing;
#[cfg(test)]
mod tests;

use super::place::Place;
use super::terminal::Terminal;
use super::{CliError, Problem, config, report};
use crate::baseline::{AcceptInput, Acceptance, LedgerChange, LedgerEntry, accept, store};
use crate::collect::environment;
use crate::measurement::{Environment, Run, Toolchain};
use crate::report::safe_name;
use crate::units::{Change, Unit, format_value};
use crate::verdict::{ExitCode, GateInput, run_gate};
use clap::{Args, Subcommand};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Lines of changes that are printed; the ledger has them all.
const SHOWN_CHANGES: usize = 20;

/// Options of `tollgate baseline`.
#[derive(Debug, Args)]
pub(crate) struct BaselineArgs {
    #[command(subcommand)]
    command: BaselineCommand,
    /// The budgets file [default: the nearest budgets.toml]
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Directory of the baselines [default: baselines beside budgets.toml]
    #[arg(long, value_name = "DIR", global = true)]
    baselines: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum BaselineCommand {
    /// Make the recorded run a job of the baselines, and say why in the ledger.
    Accept(AcceptArgs),
    /// Every baseline, by suite and machine class.
    List(ListArgs),
    /// The values of a suite or benchmark, job by job.
    Show(ShowArgs),
}

/// Refused before anything is locked or created.
fn not_blank(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() {
        Err("a reason must say something")
    } else {
        Ok(text.to_owned())
    }
}

#[derive(Debug, Args)]
struct AcceptArgs {
    /// Why the baseline may move; kept in the ledger.
    #[arg(long, value_name = "TEXT", value_parser = not_blank)]
    reason: String,
    /// The run [default: tollgate/run.json in the target directory]
    #[arg(long, value_name = "FILE")]
    run: Option<PathBuf>,
    /// Who accepts [default: user.name and user.email of git, else USER]
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
}

#[derive(Debug, Args)]
struct ListArgs {
    /// What to print on stdout.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// A suite, a benchmark as `suite/name`, or a glob over those.
    #[arg(value_name = "SUITE_OR_BENCH")]
    what: String,
    /// Only this machine class, by its name in `tollgate baseline list`.
    #[arg(long, value_name = "CLASS")]
    class: Option<String>,
    /// What to print on stdout.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// What the command is told about where and when it runs.
struct Surroundings<'a> {
    directory: &'a Path,
    now: jiff::Timestamp,
    /// This machine.
    machine: &'a dyn Fn() -> Environment,
    /// The name of the user, when git knows none.
    user: Option<String>,
}

pub(crate) fn run(args: &BaselineArgs, terminal: &Terminal) -> Result<ExitCode, CliError> {
    let text = execute(
        args,
        &Surroundings {
            directory: &std::env::current_dir()?,
            now: jiff::Timestamp::now(),
            machine: &|| environment::observe(Toolchain::default()),
            user: std::env::var("USER").ok(),
        },
    )?;
    match args.command {
        BaselineCommand::List(ListArgs { format, .. })
        | BaselineCommand::Show(ShowArgs { format, .. })
            if format == Format::Json =>
        {
            terminal.output_exact(&text)?;
        }
        _ => terminal.output(&text)?,
    }
    Ok(ExitCode::Pass)
}

fn execute(args: &BaselineArgs, around: &Surroundings<'_>) -> Result<String, CliError> {
    // With a directory given, baselines can be looked at without a budgets.toml.
    let config = match (&args.config, &args.baselines) {
        (None, Some(_)) if config::find(around.directory).is_err() => None,
        (path, _) => Some(config::load(path.as_deref(), around.directory)?),
    };
    let directory = match (&args.baselines, &config) {
        (Some(directory), _) => around.directory.join(directory),
        (None, Some(config)) => config.baselines(),
        (None, None) => around.directory.join(store::DIRECTORY),
    };
    match &args.command {
        BaselineCommand::Accept(accept) => accept_run(accept, config.as_ref(), &directory, around),
        BaselineCommand::List(list) => {
            let baselines = store::load_all(&directory)?;
            let ledger = store::load_ledger(&directory)?;
            let machine = (around.machine)();
            let listing = listing::Listing::new(&baselines, &ledger, &machine);
            Ok(match list.format {
                Format::Text => listing.text(&directory),
                Format::Json => listing.json()?,
            })
        }
        BaselineCommand::Show(show) => {
            let baselines = store::load_all(&directory)?;
            let shown = listing::select(&baselines, &show.what, show.class.as_deref())?;
            Ok(match show.format {
                Format::Text => listing::show_text(&shown),
                Format::Json => listing::show_json(&shown)?,
            })
        }
    }
}

fn accept_run(
    args: &AcceptArgs,
    config: Option<&config::Config>,
    directory: &Path,
    around: &Surroundings<'_>,
) -> Result<String, CliError> {
    let root = config.map_or(around.directory, |config| &config.root);
    let path = match &args.run {
        Some(path) => around.directory.join(path),
        None => Place::of(root)?.run_file(),
    };
    let run = report::load_run(&path)?;
    let author = author(args.author.as_deref(), root, around.user.as_deref())?;
    // From here to the last file nobody else may accept.
    let lock = store::lock(directory)?;
    let existing = store::load_all(directory)?;
    let ledger = store::load_ledger(directory)?;
    let verdict = config.map_or("not judged", |config| said_of(&run, config, &existing));
    let acceptance = accept(AcceptInput {
        run: &run,
        existing: &existing,
        ledger: &ledger,
        time: &around.now.to_string(),
        author: &author,
        reason: &args.reason,
        verdict,
    })?;
    lock.commit(&acceptance)?;
    Ok(told(&acceptance, directory))
}

/// What the gate says of the run before it becomes a baseline.
fn said_of(
    run: &Run,
    config: &config::Config,
    baselines: &[crate::baseline::Baseline],
) -> &'static str {
    let gate = run_gate(GateInput {
        run,
        budgets: &config.budgets,
        baselines,
        config_hash: &config.hash,
        calibration: None,
    });
    match gate.exit {
        ExitCode::Pass => "pass",
        ExitCode::Broken => "broken",
        ExitCode::Error => "error",
        ExitCode::Unresolved => "unresolved",
        ExitCode::NotEnforced => "not-enforced",
    }
}

fn author(given: Option<&str>, root: &Path, user: Option<&str>) -> Result<String, CliError> {
    let git = |key: &str| {
        let output = Command::new("git")
            .args(["config", "--get", key])
            .current_dir(root)
            .output()
            .ok()
            .filter(|output| output.status.success())?;
        let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
        (!text.is_empty()).then_some(text)
    };
    let known = |name: &str| Some(name.trim().to_owned()).filter(|name| !name.is_empty());
    if let Some(given) = given {
        return known(given).ok_or_else(|| Problem("--author is blank".to_owned()).into());
    }
    let from_git = git("user.name").map(|name| match git("user.email") {
        Some(email) => format!("{name} <{email}>"),
        None => name,
    });
    from_git.or_else(|| user.and_then(known)).ok_or_else(|| {
        Problem("nobody knows who accepts: git has no user.name, and USER is not set; say it with --author NAME".to_owned())
            .into()
    })
}

fn told(acceptance: &Acceptance, directory: &Path) -> String {
    let Some(entry) = &acceptance.entry else {
        return "this run is already a job of the baselines, and the ledger has it; nothing to do\n"
            .to_owned();
    };
    let mut text = String::new();
    for baseline in &acceptance.baselines {
        let path = directory.join(baseline.file_name());
        let _ = writeln!(
            text,
            "accepted into {}: {} series, job {} of at most {}",
            safe_name(&path.display().to_string()),
            baseline.series.len(),
            baseline.jobs.len(),
            crate::baseline::JOBS_KEPT
        );
    }
    changes(&mut text, &entry.changes);
    let _ = writeln!(text, "{}", recorded(entry, directory));
    text
}

fn changes(text: &mut String, changes: &[LedgerChange]) {
    for change in changes.iter().take(SHOWN_CHANGES) {
        let unit = Unit::from(change.unit.as_str());
        let value = |value: f64| format_value(value, &unit);
        let what = match (change.before, change.after) {
            (Some(before), Some(after)) if before > 0.0 && after > 0.0 => {
                let moved = Change::from_log((after / before).ln());
                format!("{} -> {} ({moved})", value(before), value(after))
            }
            (Some(before), Some(after)) => format!("{} -> {}", value(before), value(after)),
            (None, Some(after)) => format!("new, {}", value(after)),
            (Some(before), None) => format!("gone, was {}", value(before)),
            (None, None) => "no value".to_owned(),
        };
        let (benchmark, metric) = (safe_name(&change.benchmark), safe_name(&change.metric));
        let _ = writeln!(text, "  {benchmark} {metric}: {what}");
    }
    if let Some(more @ 1..) = changes.len().checked_sub(SHOWN_CHANGES) {
        let _ = writeln!(text, "  and {more} more, all in the ledger");
    }
}

fn recorded(entry: &LedgerEntry, directory: &Path) -> String {
    let ledger = directory.join(crate::baseline::LEDGER_FILE);
    format!(
        "recorded in {} for {} (the gate had said: {}); commit {} to make it count",
        safe_name(&ledger.display().to_string()),
        safe_name(&entry.author),
        entry.verdict,
        safe_name(&directory.display().to_string())
    )
}
