//! `tollgate compare`: judge recorded runs again: one, several attempts together, or two of different jobs.

use super::check::save_run;
use super::config::{self, Config};
use super::report::{Format, load_run, print_report, report_of};
use super::rules::Rules;
use super::terminal::Terminal;
use super::{CliError, Problem};
use crate::budget::Budgets;
use crate::compare::repeats_exactly;
use crate::measurement::{Run, across_jobs, merge_attempts};
use crate::report::{across_text, across_why};
use crate::verdict::{ExitCode, Gate};
use clap::Args;
use std::path::{Path, PathBuf};

/// Options of `tollgate compare`.
#[derive(Debug, Args)]
#[command(after_help = "\
One run is judged as `tollgate report` judges it: same engine, same verdict, same exit code.

Several runs of the same two revisions (`check --base`, measured again) are attempts: they are merged in the order of time \
and judged as one. Measuring again does not start afresh.

Two runs with one side each, A before and B after, come from two jobs. Counts and sizes that repeat exactly are compared. Times \
are not: between two jobs lies the machine as much as the code. Their medians and ratio are shown, and nothing is \
claimed; `tollgate check --base REV` measures both in one job.")]
pub(crate) struct CompareArgs {
    /// The recorded run, or the one before.
    #[arg(value_name = "A")]
    first: PathBuf,
    /// Further attempts, or the one run after.
    #[arg(value_name = "B")]
    further: Vec<PathBuf>,
    /// The budgets file [default: the nearest budgets.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Write the run that was judged: attempts merged, or both sides.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// What to print on stdout.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Show every check, not only what moved or is unresolved.
    #[arg(long, short)]
    verbose: bool,
}

pub(crate) fn run(args: &CompareArgs, terminal: &Terminal) -> Result<ExitCode, CliError> {
    let directory = std::env::current_dir()?;
    let config = config::load(args.config.as_deref(), &directory)?;
    let first = load_run(&args.first)?;
    let further = args
        .further
        .iter()
        .map(|path| load_run(path))
        .collect::<Result<Vec<Run>, CliError>>()?;
    let compared = compare(args, &config, first, further, terminal)?;
    if let Some(out) = &args.out {
        save_run(&compared.run, out)?;
    }
    if !compared.aside.is_empty() {
        match args.format {
            Format::Terminal => terminal.output(&compared.aside)?,
            Format::Json | Format::Markdown => terminal.error(&compared.aside),
        }
    }
    let report = report_of(
        &compared.run,
        &compared.budgets,
        &compared.gate,
        compared.file.as_deref(),
    );
    print_report(&report, args.format, args.verbose, terminal)?;
    Ok(compared.gate.exit)
}

/// What was judged.
struct Compared {
    /// By what.
    budgets: Budgets,
    run: Run,
    gate: Gate,
    /// Where the run can be found.
    file: Option<PathBuf>,
    /// What the report does not say.
    aside: String,
}

fn compare(
    args: &CompareArgs,
    config: &Config,
    first: Run,
    further: Vec<Run>,
    terminal: &Terminal,
) -> Result<Compared, CliError> {
    let explicit = args.config.is_some();
    if further.is_empty() {
        let rules = Rules::of(&first, config, explicit)?;
        let gate = rules.judge(&first);
        return Ok(Compared {
            budgets: rules.budgets,
            run: first,
            gate,
            file: Some(args.first.clone()),
            aside: String::new(),
        });
    }
    let two_sided = 1 + further.iter().filter(|run| run.has_base()).count();
    match (first.has_base(), further.as_slice()) {
        (true, others) if two_sided == 1 + others.len() => {
            let run = merge_attempts(std::iter::once(first).chain(further).collect())?;
            let rules = Rules::of(&run, config, explicit)?;
            let gate = rules.judge(&run);
            Ok(Compared {
                budgets: rules.budgets,
                run,
                gate,
                file: args.out.clone(),
                aside: String::new(),
            })
        }
        (false, [second]) if !second.has_base() => {
            let aside = across_text(&first, second, terminal.width(), args.verbose);
            let why = across_why(&first);
            let run = across_jobs(&first, second.clone(), &why, repeats_exactly);
            // Committed baselines would answer another question than the one asked.
            let rules = Rules::of(&run, config, explicit)?.without_baselines();
            let gate = rules.judge(&run);
            Ok(Compared {
                budgets: rules.budgets,
                run,
                gate,
                file: args.out.clone(),
                aside,
            })
        }
        (false, others) if others.iter().all(|run| !run.has_base()) => Err(Problem(
            "more than two runs with one side each: give A (before) and B (after)".to_owned(),
        )
        .into()),
        _ => Err(mixed(args, &first, &further).into()),
    }
}

/// Runs with one side and runs with two do not go together.
fn mixed(args: &CompareArgs, first: &Run, further: &[Run]) -> Problem {
    let files: Vec<String> = std::iter::once((&args.first, first))
        .chain(args.further.iter().zip(further))
        .map(|(path, run): (&PathBuf, &Run)| sides(path, run))
        .collect();
    Problem(format!(
        "{}: attempts have both sides (`tollgate check --base`), and two jobs one each; judge them one by one",
        files.join(", ")
    ))
}

fn sides(path: &Path, run: &Run) -> String {
    let sides = if run.has_base() {
        "base and candidate"
    } else {
        "one side"
    };
    format!("{} has {sides}", path.display())
}
