//! The check run with its annotations, and the status in its place where check runs are refused.

use super::{Checked, Job};
use crate::publish::github::client::{Client, Tried};
use crate::publish::github::failure::Failure;
use crate::publish::github::wire::{self, CheckName, CheckRunAnswer};
use crate::publish::post::{ANNOTATIONS_A_REQUEST, CheckRun};
use crate::publish::retry::Reason;

/// Requests for annotations beside the first. They are the most important ones, and whoever has 500 remarks to read does
/// not read more; a job has 1,000 requests an hour for everything.
const MORE_REQUESTS: usize = 9;

/// Posts it.
pub(super) fn post(client: &mut Client, job: &Job<'_>) -> Checked {
    let name = job.key.check_name();
    // The check run of this very attempt, of whatever else has the name.
    let origin = &job.target.origin;
    let external_id = format!("tollgate:{}:{}:{}", job.key, origin.run, origin.attempt);
    let name = CheckName {
        name: &name,
        head: &origin.head,
        external_id: &external_id,
        details_url: job.details_url,
    };
    let check = &job.post.check;
    match create(client, &name, check) {
        Ok(run) => annotate(client, &name, check, run),
        Err(refused) if is_refused(&refused) => match client.set_status(&name, &job.post.status) {
            Ok(()) => Checked::Status { instead: refused },
            Err(failure) => Checked::Failed {
                check: refused,
                status: Some(failure),
            },
        },
        Err(check) => Checked::Failed {
            check,
            status: None,
        },
    }
}

/// The token may not make check runs, but perhaps set statuses.
fn is_refused(failure: &Failure) -> bool {
    matches!(failure.reason, Reason::NotPermitted | Reason::Forbidden)
}

/// A check run that was made.
#[derive(Clone, Copy)]
struct Made {
    /// `None` where the answer was a success that could not be read.
    id: Option<u64>,
    /// Annotations that it has.
    annotations: usize,
}

fn create(client: &mut Client, name: &CheckName<'_>, check: &CheckRun) -> Result<Made, Failure> {
    let body = wire::new_check_run(name, check);
    let first = check.annotations.len().min(ANNOTATIONS_A_REQUEST);
    let mut number = 1;
    loop {
        match client.create_check_run(&body, number)? {
            Tried::Done(reply) => {
                let answer: Option<CheckRunAnswer> = serde_json::from_slice(&reply.body).ok();
                return Ok(Made {
                    id: answer.map(|answer| answer.id),
                    annotations: first,
                });
            }
            Tried::Later { wait, perhaps } => {
                client.wait(wait);
                if perhaps && let Some(found) = client.find_check_run(name)? {
                    return Ok(Made {
                        id: Some(found.id),
                        annotations: found.annotations().max(first),
                    });
                }
            }
        }
        number += 1;
    }
}

/// Adds the annotations that did not fit into the first request.
fn annotate(client: &mut Client, name: &CheckName<'_>, check: &CheckRun, made: Made) -> Checked {
    let all = check.annotations.len();
    let most = ANNOTATIONS_A_REQUEST * (1 + MORE_REQUESTS);
    let mut posted = made.annotations.min(all);
    let mut id = made.id;
    while posted < all.min(most) {
        let added = find(client, name, &mut id).and_then(|id| add(client, name, check, id, posted));
        match added {
            Ok(more) => posted += more,
            Err(failure) => {
                return Checked::Incomplete {
                    annotations: posted,
                    left_out: all - posted,
                    failure,
                };
            }
        }
    }
    Checked::Posted {
        annotations: posted,
        left_out: all - posted,
    }
}

/// The id of the check run, which has to be looked for where the answer to its creation could not be read.
fn find(client: &mut Client, name: &CheckName<'_>, id: &mut Option<u64>) -> Result<u64, Failure> {
    if let Some(id) = *id {
        return Ok(id);
    }
    let found = client.made_check_run(name)?;
    *id = Some(found.id);
    Ok(found.id)
}

/// Adds one batch; how many that are.
fn add(
    client: &mut Client,
    name: &CheckName<'_>,
    check: &CheckRun,
    id: u64,
    posted: usize,
) -> Result<usize, Failure> {
    let end = check.annotations.len().min(posted + ANNOTATIONS_A_REQUEST);
    let batch = &check.annotations[posted..end];
    let body = wire::more_annotations(check, batch);
    let mut number = 1;
    loop {
        match client.add_to_check_run(id, &body, number)? {
            Tried::Done(_) => return Ok(batch.len()),
            Tried::Later { wait, perhaps } => {
                client.wait(wait);
                // Annotations are added to those that are there: a second time they would stand there twice.
                if perhaps
                    && let Some(found) = client.find_check_run(name)?
                    && found.annotations() >= end
                {
                    return Ok(batch.len());
                }
            }
        }
        number += 1;
    }
}
