//! `tollgate load`: one run of a workload, seen live and judged by its absolute budgets.

#[cfg(feature = "workload")]
mod drive;
mod listing;
#[cfg(feature = "workload")]
mod live;
mod overrides;
#[cfg(feature = "workload")]
mod written;

use super::terminal::Terminal;
use super::{CliError, config};
use crate::units::{Unit, parse_quantity};
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

/// Said below the options.
pub(super) const AFTER_HELP: &str = "\
Budgets with `max` or `min` are judged as observed in this one run; relative ones are named, and judged by `tollgate check`. \
Load goes to this machine only, unless --allow-remote names the host.

Exit codes: 0 every budget holds in this run, or there is none to judge; 1 a budget is broken; 2 it could not run; 4 what was \
measured is no answer: the generator did not keep up, no data, a budget that could not be told, or a safety stop; 130 Ctrl-C. \
The first Ctrl-C lets calls under way end and reports what there is, the second cuts them, the third ends at once.";

/// Options of `tollgate load`.
#[derive(Debug, Args)]
pub(crate) struct LoadArgs {
    /// Name of a [[workload]] in budgets.toml; without it, all are listed
    name: Option<String>,
    /// The budgets file [default: the nearest budgets.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Users of the closed model; of stages, the most
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    users: Option<u32>,
    /// Length of the whole run, warm-up included, such as "30 s"; stages keep their proportions
    #[arg(long, value_name = "TIME", value_parser = super::check::duration)]
    duration: Option<Duration>,
    /// Arrivals of the open model, such as "200/s"; of stages, the highest
    #[arg(long, value_name = "RATE", value_parser = rate)]
    rate: Option<f64>,
    /// Seed of every random choice [default: from the clock, shown in the report]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Drive what runs there already, such as http://127.0.0.1:8080, in place of starting the target
    #[arg(long, value_name = "ORIGIN")]
    url: Option<String>,
    /// A host other than this machine that may be driven; may be repeated
    #[arg(long, value_name = "HOST")]
    allow_remote: Vec<String>,
    /// Write everything that was measured, histograms included, as JSON; - for stdout
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the report as Markdown
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// No progress on stderr.
    #[arg(long, short)]
    quiet: bool,
}

fn rate(text: &str) -> Result<f64, String> {
    let quantity = parse_quantity(text).map_err(|error| error.to_string())?;
    let is_rate = matches!(quantity.unit, Unit::PerSecond | Unit::Count);
    if is_rate && quantity.value > 0.0 {
        Ok(quantity.value)
    } else {
        Err("expected arrivals per second above 0, such as \"200/s\"".to_owned())
    }
}

/// Runs, and says with which code to exit.
pub(crate) fn run(args: &LoadArgs, terminal: &Terminal) -> Result<u8, CliError> {
    let directory = std::env::current_dir()?;
    let config = config::load(args.config.as_deref(), &directory)?;
    let Some(name) = &args.name else {
        terminal.output(&listing::all(&config)?)?;
        return Ok(0);
    };
    let workload = listing::find(&config, name)?;
    let workload = overrides::apply(&workload, &args.overrides())?;
    #[cfg(feature = "workload")]
    return drive::run(args, &config, workload, terminal);
    #[cfg(not(feature = "workload"))]
    {
        let _ = (
            workload,
            &args.seed,
            &args.allow_remote,
            &args.json,
            &args.markdown,
            args.quiet,
        );
        Err(super::Problem(
            "this tollgate was built without the feature `workload` and cannot drive anything: install it with \
             `cargo install --path path/to/tollgate`, without `--no-default-features`"
                .to_owned(),
        )
        .into())
    }
}

impl LoadArgs {
    fn overrides(&self) -> overrides::Overrides {
        overrides::Overrides {
            users: self.users,
            rate: self.rate,
            duration: self.duration,
            url: self.url.clone(),
        }
    }
}
