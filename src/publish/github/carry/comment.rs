//! The one comment. Before each try of a change there is a look at what stands there, so that nothing is written twice
//! and no newer word is overwritten, however long the wait before was.

use super::{Commented, Job};
use crate::publish::Posting;
use crate::publish::github::client::{Client, Tried};
use crate::publish::github::failure::Failure;
use crate::publish::github::wire;
use crate::publish::retry::Reason;
use crate::publish::sticky::{self, Action, Author, Why, Wish};

/// Comments of ours that vanish under our hands before we give up: someone deletes them on purpose.
const VANISHED: u32 = 2;

/// Posts it. The second is why another comment of ours may still stand.
pub(super) fn post(client: &mut Client, job: &Job<'_>, pull: u64) -> (Commented, Option<Failure>) {
    if job.posting == Posting::Never {
        return (Commented::Left(Why::Never), None);
    }
    let mut surplus = None;
    let done = converge(client, job, pull, &mut surplus);
    (done.unwrap_or_else(Commented::Failed), surplus)
}

/// What we did to the comments, as far as anyone said so.
#[derive(Default)]
struct Done {
    /// Created one.
    created: bool,
    /// Perhaps created one.
    perhaps: bool,
    /// Perhaps gave this one our text.
    updated: Option<u64>,
}

/// Looks, decides and acts until what stands there is what should.
fn converge(
    client: &mut Client,
    job: &Job<'_>,
    pull: u64,
    surplus: &mut Option<Failure>,
) -> Result<Commented, Failure> {
    let wish = Wish {
        key: job.key,
        origin: &job.target.origin,
        posting: job.posting,
        worth_saying: job.post.worth_saying,
        text: &job.post.comment,
    };
    let ours = |author: &Author| job.is_ours(author);
    let body = wire::comment(&wish);
    let (mut number, mut vanished) = (0, 0);
    let mut done = Done::default();
    loop {
        let comments = match client.comments(pull, &ours) {
            Ok(comments) => comments,
            Err(failure) if done.created => {
                *surplus = Some(failure);
                return Ok(Commented::Created);
            }
            Err(failure) => return Err(failure),
        };
        let plan = sticky::plan(&comments, &ours, &wish);
        number += 1;
        let tried = match plan.action {
            // It is there, and the list may lag behind: a second one would be worse.
            Action::Create if done.created => return Ok(Commented::Created),
            Action::Create => client.create_comment(pull, &body, number),
            Action::Update(id) => client.update_comment(id, &body, number),
            Action::Leave(why) => {
                *surplus = delete(client, &plan.surplus);
                return Ok(match (why, done.updated) {
                    (Why::Unchanged, Some(id)) => Commented::Updated(id),
                    (Why::Unchanged, None) if done.created || done.perhaps => Commented::Created,
                    _ => Commented::Left(why),
                });
            }
        };
        match (tried, plan.action) {
            (Ok(Tried::Done(_)), Action::Update(id)) => {
                *surplus = delete(client, &plan.surplus);
                return Ok(Commented::Updated(id));
            }
            // Another run may have created one at the same time: look again.
            (Ok(Tried::Done(_)), _) => done.created = true,
            (Ok(Tried::Later { wait, perhaps }), action) => {
                client.wait(wait);
                match action {
                    Action::Update(id) if perhaps => done.updated = Some(id),
                    _ => done.perhaps |= perhaps,
                }
            }
            (Err(failure), Action::Update(_))
                if failure.reason == Reason::NotFound && vanished < VANISHED =>
            {
                vanished += 1;
            }
            (Err(failure), _) => return Err(failure),
        }
    }
}

/// Deletes what is too much; the failure of the first that stays.
fn delete(client: &mut Client, surplus: &[u64]) -> Option<Failure> {
    surplus
        .iter()
        .find_map(|id| client.delete_comment(*id).err())
}
