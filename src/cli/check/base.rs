//! What a check compares with.

use super::Job;
use super::prepare::Prepared;
use crate::budget::Budgets;
use crate::cli::CliError;
use crate::measurement::RunHeader;
use clap::Args;

/// What to compare with.
#[derive(Debug, Args, Default)]
pub(super) struct BaseArgs {
    /// Judge against the committed baselines (the default, and today the only way).
    #[arg(long)]
    pub(super) baseline: bool,
}

/// The revision to compare with, and what binds.
pub(super) struct Against {
    pub(super) budgets: Budgets,
}

pub(super) fn against(_job: &Job<'_>) -> Result<Option<Against>, CliError> {
    Ok(None)
}

impl Against {
    pub(super) fn describe(&self, _header: &mut RunHeader) {}

    pub(super) fn add_base(
        &self,
        _job: &Job<'_>,
        _prepared: &mut Prepared<'_>,
        _seed: u64,
    ) -> Result<(), CliError> {
        Ok(())
    }
}
