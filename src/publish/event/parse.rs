//! From the text of a payload and the variables of a job to what is known of it.

use super::payload::{
    Common, EventName, Id, OfMergeGroup, OfPullRequest, OfPush, OfWorkflowRun, Payload,
};
use super::url::{self, base_url};
use super::{Event, Job};
use crate::publish::RepositoryName;
use crate::report::safe_name;
use serde::de::DeserializeOwned;

/// Largest payload that is read. GitHub sends none of more than 25 MB.
pub const MAX_BYTES: u64 = 32 * 1024 * 1024;

/// Longest excerpt of a payload in an error, in characters.
const EXCERPT: usize = 200;

/// Asks for a variable of the environment; `None` where it is not set or not UTF-8.
pub type Variable<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Why an event says nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// A variable of the job is missing or wrong.
    #[error("{name} {found}; expected {expected}")]
    Variable {
        /// Which.
        name: &'static str,
        /// How it is: `is not set`, or its value. Safe to print.
        found: String,
        /// What it should be.
        expected: &'static str,
    },
    /// The payload has more than [`MAX_BYTES`].
    #[error("the event has {0} bytes; at most {MAX_BYTES} are read")]
    TooLarge(usize),
    /// The payload is no JSON, or a field is not what it should be.
    #[error("the event `{event}` cannot be read: {}{problem}", if field.is_empty() { String::new() } else { format!("{field}: ") })]
    Payload {
        /// `GITHUB_EVENT_NAME`.
        event: String,
        /// The field, such as `pull_request.head.sha`; empty for the whole.
        field: String,
        /// What is wrong, and where. Safe to print.
        problem: String,
    },
    /// The payload is one of another repository.
    #[error(
        "the event is of the repository with the id {event}, but GITHUB_REPOSITORY_ID is {here}"
    )]
    OtherRepository {
        /// In the payload.
        event: u64,
        /// In the variable.
        here: u64,
    },
}

/// Reads the payload of `GITHUB_EVENT_PATH` and the variables `GITHUB_EVENT_NAME`, `GITHUB_REPOSITORY`,
/// `GITHUB_REPOSITORY_ID`, `GITHUB_RUN_ID`, `GITHUB_RUN_ATTEMPT`, `GITHUB_SERVER_URL` and `GITHUB_API_URL`.
///
/// # Errors
/// Names the variable or the field, and what it should be.
pub fn parse(payload: &[u8], variable: Variable<'_>) -> Result<Job, EventError> {
    if payload.len() as u64 > MAX_BYTES {
        return Err(EventError::TooLarge(payload.len()));
    }
    let variables = Variables(variable);
    let EventName(name) =
        variables.get("GITHUB_EVENT_NAME", EventName::EXPECTED, EventName::new)?;
    let repository = variables.get(
        "GITHUB_REPOSITORY",
        "owner/name of a repository",
        RepositoryName::new,
    )?;
    let run = variables.get("GITHUB_RUN_ID", Id::EXPECTED, id)?.0;
    let attempt = variables.get("GITHUB_RUN_ATTEMPT", "a whole number from 1", |text| {
        id(text).and_then(|id| u32::try_from(id.0).ok())
    })?;
    let server_url = variables.get("GITHUB_SERVER_URL", url::EXPECTED, base_url)?;
    let api_url = variables.get("GITHUB_API_URL", url::EXPECTED, base_url)?;

    let event = match name.as_str() {
        // Those of reviews carry the pull request and run on its merge as well.
        "pull_request" | "pull_request_review" | "pull_request_review_comment" => {
            read::<OfPullRequest>(&name, payload)?.event()
        }
        "merge_group" => read::<OfMergeGroup>(&name, payload)?.event(),
        "push" => read::<OfPush>(&name, payload)?.event(),
        "schedule" => Event::Schedule,
        "workflow_dispatch" => Event::Dispatch,
        "workflow_run" => read::<OfWorkflowRun>(&name, payload)?.event(),
        _ => Event::Other(name),
    };
    let common: Common = read(event.name(), payload)?;
    let repository_id = match (common.repository(), variable("GITHUB_REPOSITORY_ID")) {
        // What a time table starts may come without a repository.
        (None, _) => variables.get("GITHUB_REPOSITORY_ID", Id::EXPECTED, id)?,
        // Not every server sets the variable.
        (Some(theirs), None) => theirs,
        (Some(theirs), Some(_)) => {
            let here = variables.get("GITHUB_REPOSITORY_ID", Id::EXPECTED, id)?;
            if here != theirs {
                return Err(EventError::OtherRepository {
                    event: theirs.0,
                    here: here.0,
                });
            }
            theirs
        }
    };
    Ok(Job {
        event,
        repository,
        repository_id: repository_id.0,
        run,
        attempt,
        server_url,
        api_url,
    })
}

struct Variables<'a>(Variable<'a>);

impl Variables<'_> {
    fn get<T>(
        &self,
        name: &'static str,
        expected: &'static str,
        check: impl Fn(&str) -> Option<T>,
    ) -> Result<T, EventError> {
        let found = (self.0)(name);
        found
            .as_deref()
            .and_then(check)
            .ok_or_else(|| EventError::Variable {
                name,
                found: match &found {
                    None => "is not set".to_owned(),
                    // Who sets it wrongly may have put a secret into it.
                    Some(_) if name.ends_with("_URL") => "is no address of a GitHub".to_owned(),
                    Some(found) => format!("is \"{}\"", excerpt(found)),
                },
                expected,
            })
    }
}

/// An id written in digits alone.
fn id(text: &str) -> Option<Id> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits).and_then(Id::new)
}

fn read<T: DeserializeOwned>(event: &str, payload: &[u8]) -> Result<T, EventError> {
    let mut deserializer = serde_json::Deserializer::from_slice(payload);
    let error = |field: String, error: &serde_json::Error| EventError::Payload {
        event: event.to_owned(),
        field: if field == "." {
            String::new()
        } else {
            excerpt(&field)
        },
        problem: excerpt(&error.to_string()),
    };
    let value = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|found| error(found.path().to_string(), found.inner()))?;
    deserializer
        .end()
        .map_err(|found| error(String::new(), &found))?;
    Ok(value)
}

/// The beginning of a text from outside, on one line.
fn excerpt(text: &str) -> String {
    let mut characters = text.chars();
    let mut cut: String = characters.by_ref().take(EXCERPT).collect();
    if characters.next().is_some() {
        cut.push('…');
    }
    safe_name(&cut)
}
