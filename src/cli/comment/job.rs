//! The job of GitHub Actions that this process is part of.

use crate::cli::{CliError, Problem};
use crate::files;
use crate::publish::event::{self, Job};
use std::path::Path;

/// The job, from the environment; `None` outside of GitHub Actions.
///
/// # Errors
/// What is missing or wrong.
pub(super) fn of_environment(
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<Job>, CliError> {
    if variable("GITHUB_ACTIONS").as_deref() != Some("true") {
        return Ok(None);
    }
    let path = variable("GITHUB_EVENT_PATH")
        .ok_or_else(|| Problem("GITHUB_EVENT_PATH is not set".to_owned()))?;
    let bytes = files::read(Path::new(&path), event::MAX_BYTES)
        .map_err(|error| Problem(format!("failed to read the event {path}: {error}")))?;
    Ok(Some(event::parse(&bytes, variable)?))
}

/// Where people look at this run.
pub(super) fn run_url(job: &Job) -> String {
    url_of(job, job.run)
}

/// Where people look at a run of this repository.
pub(super) fn url_of(job: &Job, run: u64) -> String {
    format!("{}/{}/actions/runs/{run}", job.server_url, job.repository)
}
