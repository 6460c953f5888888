//! `tollgate explain`: every number behind the verdicts of one benchmark.

use super::rules::Recorded;
use super::terminal::Terminal;
use super::{CliError, Problem};
use crate::report::{ExplainInput, Meta, TerminalOptions, explain, find_benchmark};
use crate::units::{Change, parse_percent};
use crate::verdict::ExitCode;
use clap::Args;
use std::path::PathBuf;

/// Options of `tollgate explain`.
#[derive(Debug, Args)]
#[command(after_help = "\
Judges the recorded run again and measures nothing. What it shows of other levels and tolerances is what the same rules say of \
the same numbers; it is no verdict. The exit code is that of the whole run, as `check` and `report` give it.")]
pub(crate) struct ExplainArgs {
    /// suite/name, the name of an [[overhead]], or a glob or part of a name that fits one benchmark only
    #[arg(value_name = "BENCH")]
    benchmark: String,
    /// The recorded run [default: tollgate/run.json in cargo's target directory, else in target beside budgets.toml]
    #[arg(value_name = "RUN")]
    run: Option<PathBuf>,
    /// The budgets file [default: the nearest budgets.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Only this metric, also where no budget speaks of it [default: those with a check]
    #[arg(long, value_name = "NAME")]
    metric: Option<String>,
    /// Try this level as well, such as 0.001 or "0.1%"
    #[arg(long, value_name = "P", value_parser = level)]
    alpha: Option<f64>,
    /// Try this tolerance as well, such as "7%"
    #[arg(long, value_name = "P%", value_parser = tolerance)]
    tolerance: Option<Change>,
    /// Columns of the page, 40 or more [default: those of the terminal, else 80]
    #[arg(long, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..=1000))]
    width: Option<u16>,
}

fn level(text: &str) -> Result<f64, String> {
    let level = match text.parse::<f64>() {
        Ok(level) => level,
        Err(_) => parse_percent(text).map_err(|error| error.to_string())?,
    };
    if level > 0.0 && level < 0.5 {
        Ok(level)
    } else {
        Err("a level lies above 0 and below 0.5".to_owned())
    }
}

fn tolerance(text: &str) -> Result<Change, String> {
    let fraction = parse_percent(text).map_err(|error| error.to_string())?;
    if fraction > 0.0 {
        Ok(Change::from_fraction(fraction))
    } else {
        Err("a tolerance lies above 0%".to_owned())
    }
}

pub(crate) fn run(args: &ExplainArgs, terminal: &Terminal) -> Result<ExitCode, CliError> {
    let Recorded { path, run, rules } =
        Recorded::load(args.run.as_deref(), args.config.as_deref())?;
    let gate = rules.judge(&run);
    let benchmark = find_benchmark(&run, &gate, &args.benchmark).map_err(Problem)?;
    let meta = Meta {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        run_file: Some(path.display().to_string()),
    };
    let input = ExplainInput {
        run: &run,
        budgets: &rules.budgets,
        baselines: &rules.baselines,
        gate: &gate,
        meta: &meta,
        benchmark: &benchmark,
        metric: args.metric.as_deref(),
        alpha: args.alpha,
        tolerance: args.tolerance,
    };
    let options = TerminalOptions {
        width: args.width.map_or_else(|| terminal.width(), usize::from),
        colour: terminal.output_colour(),
        verbose: true,
    };
    terminal.output(&explain(input, options).map_err(Problem)?)?;
    Ok(gate.exit)
}
