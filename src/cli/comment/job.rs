//! The job of GitHub Actions that this process is part of.

use crate::cli::{CliError, Problem};
use crate::files;
use crate::publish::event::{Event, HeadRepository, Job, PullRequest, TriggeringRun};
use crate::publish::{Commit, RepositoryName};
use serde_json::Value;
use std::path::Path;

/// Largest event that is read. GitHub sends none of more than 25 MB.
const LARGEST: u64 = 32 << 20;

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
    let bytes = files::read(Path::new(&path), LARGEST)
        .map_err(|error| Problem(format!("failed to read the event {path}: {error}")))?;
    Ok(Some(parse(&bytes, variable)?))
}

/// Where people look at this run.
pub(super) fn run_url(job: &Job) -> String {
    url_of(job, job.run)
}

/// Where people look at a run of this repository.
pub(super) fn url_of(job: &Job, run: u64) -> String {
    format!("{}/{}/actions/runs/{run}", job.server_url, job.repository)
}

fn parse(bytes: &[u8], variable: &dyn Fn(&str) -> Option<String>) -> Result<Job, Problem> {
    let payload: Value = serde_json::from_slice(bytes)
        .map_err(|error| Problem(format!("the event cannot be read: {error}")))?;
    let needed = |name: &str| variable(name).ok_or_else(|| Problem(format!("{name} is not set")));
    let number = |name: &str| {
        let text = needed(name)?;
        text.parse::<u64>()
            .map_err(|_| Problem(format!("{name} is no number")))
    };
    let name = needed("GITHUB_EVENT_NAME")?;
    let field = |what: &'static str| Problem(format!("the event lacks {what}, or it is wrong"));
    let event = match name.as_str() {
        "pull_request" => {
            pull_request(&payload["pull_request"]).ok_or_else(|| field("the pull request"))?
        }
        "merge_group" => {
            let group = &payload["merge_group"];
            merge_group(group).ok_or_else(|| field("the merge group"))?
        }
        "workflow_run" => {
            workflow_run(&payload["workflow_run"]).ok_or_else(|| field("the run that ended"))?
        }
        "push" => Event::Push {
            before: commit(&payload["before"]),
            after: commit(&payload["after"]),
        },
        "schedule" => Event::Schedule,
        "workflow_dispatch" => Event::Dispatch,
        _ => Event::Other(name),
    };
    let repository = needed("GITHUB_REPOSITORY")?;
    Ok(Job {
        event,
        repository: RepositoryName::new(&repository)
            .ok_or_else(|| Problem("GITHUB_REPOSITORY is no owner/name".to_owned()))?,
        repository_id: payload["repository"]["id"]
            .as_u64()
            .map_or_else(|| number("GITHUB_REPOSITORY_ID"), Ok)?,
        run: number("GITHUB_RUN_ID")?,
        attempt: u32::try_from(number("GITHUB_RUN_ATTEMPT")?)
            .map_err(|_| Problem("GITHUB_RUN_ATTEMPT is too large".to_owned()))?,
        server_url: needed("GITHUB_SERVER_URL")?
            .trim_end_matches('/')
            .to_owned(),
        api_url: needed("GITHUB_API_URL")?.trim_end_matches('/').to_owned(),
    })
}

fn commit(value: &Value) -> Option<Commit> {
    Commit::new(value.as_str()?)
}

fn pull_request(pull: &Value) -> Option<Event> {
    Some(Event::PullRequest(PullRequest {
        number: pull["number"].as_u64()?,
        head: commit(&pull["head"]["sha"])?,
        head_repository: pull["head"]["repo"]["id"].as_u64(),
        base_branch: pull["base"]["ref"].as_str()?.to_owned(),
        base_repository: pull["base"]["repo"]["id"].as_u64()?,
    }))
}

fn merge_group(group: &Value) -> Option<Event> {
    Some(Event::MergeGroup {
        head: commit(&group["head_sha"])?,
        base: commit(&group["base_sha"])?,
    })
}

fn workflow_run(run: &Value) -> Option<Event> {
    let head = &run["head_repository"];
    let head_repository = match head["id"].as_u64() {
        Some(id) => Some(HeadRepository {
            id,
            owner: head["owner"]["login"].as_str()?.to_owned(),
        }),
        None => None,
    };
    let pulls = run["pull_requests"].as_array()?;
    Some(Event::WorkflowRun(TriggeringRun {
        id: run["id"].as_u64()?,
        attempt: u32::try_from(run["run_attempt"].as_u64()?).ok()?,
        event: run["event"].as_str()?.to_owned(),
        path: run["path"].as_str()?.to_owned(),
        head: commit(&run["head_sha"])?,
        head_branch: run["head_branch"].as_str().map(str::to_owned),
        head_repository,
        repository: run["repository"]["id"].as_u64()?,
        pull_requests: pulls
            .iter()
            .filter_map(|pull| pull["number"].as_u64())
            .collect(),
    }))
}
