//! Which request asks for what, and with which token it may.

use super::answers::Urls;
use super::desk::{Desk, id};
use super::refusals::{self, Answer};
use super::request::Request;
use super::state::{Data, Hub};

/// What is asked for, and the scopes of which one is needed.
enum Operation<'a> {
    ListComments(&'a str),
    CreateComment(&'a str),
    GetComment(&'a str),
    UpdateComment(&'a str),
    DeleteComment(&'a str),
    ListPulls,
    GetPull(&'a str),
    GetRun(&'a str),
    ListArtifacts(&'a str),
    DownloadArtifact(&'a str, &'a str),
    CreateCheck,
    GetCheck(&'a str),
    UpdateCheck(&'a str),
    ListChecks(&'a str),
    CreateStatus(&'a str),
}

impl<'a> Operation<'a> {
    fn of(verb: &str, path: &'a str) -> Option<Self> {
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        Some(match (verb, segments.as_slice()) {
            ("GET", ["issues", "comments", id]) => Self::GetComment(id),
            ("PATCH", ["issues", "comments", id]) => Self::UpdateComment(id),
            ("DELETE", ["issues", "comments", id]) => Self::DeleteComment(id),
            ("GET", ["issues", number, "comments"]) => Self::ListComments(number),
            ("POST", ["issues", number, "comments"]) => Self::CreateComment(number),
            ("GET", ["pulls"]) => Self::ListPulls,
            ("GET", ["pulls", number]) => Self::GetPull(number),
            ("GET", ["actions", "runs", id]) => Self::GetRun(id),
            ("GET", ["actions", "runs", id, "artifacts"]) => Self::ListArtifacts(id),
            ("GET", ["actions", "artifacts", id, format]) => Self::DownloadArtifact(id, format),
            ("POST", ["check-runs"]) => Self::CreateCheck,
            ("GET", ["check-runs", id]) => Self::GetCheck(id),
            ("PATCH", ["check-runs", id]) => Self::UpdateCheck(id),
            ("GET", ["commits", sha, "check-runs"]) => Self::ListChecks(sha),
            ("POST", ["statuses", sha]) => Self::CreateStatus(sha),
            _ => return None,
        })
    }

    /// Any of these scopes is enough, for writing or for reading.
    fn scopes(&self) -> (&'static [&'static str], bool) {
        match self {
            Self::ListComments(_) | Self::GetComment(_) => (&["issues", "pull-requests"], false),
            Self::CreateComment(_) | Self::UpdateComment(_) | Self::DeleteComment(_) => {
                (&["issues", "pull-requests"], true)
            }
            Self::ListPulls | Self::GetPull(_) => (&["pull-requests"], false),
            Self::GetRun(_) | Self::ListArtifacts(_) | Self::DownloadArtifact(..) => {
                (&["actions"], false)
            }
            Self::GetCheck(_) | Self::ListChecks(_) => (&["checks"], false),
            Self::CreateCheck | Self::UpdateCheck(_) => (&["checks"], true),
            Self::CreateStatus(_) => (&["statuses"], true),
        }
    }

    fn carry_out(&self, desk: &mut Desk<'_>) -> Result<Answer, Answer> {
        match self {
            Self::ListComments(number) => desk.list_comments(id(number)?),
            Self::CreateComment(number) => desk.create_comment(id(number)?),
            Self::GetComment(comment) => desk.comment(id(comment)?, 200),
            Self::UpdateComment(comment) => desk.update_comment(id(comment)?),
            Self::DeleteComment(comment) => desk.delete_comment(id(comment)?),
            Self::ListPulls => Ok(desk.list_pulls()),
            Self::GetPull(number) => desk.pull(id(number)?),
            Self::GetRun(run) => desk.run(id(run)?),
            Self::ListArtifacts(run) => desk.list_artifacts(id(run)?),
            Self::DownloadArtifact(artifact, format) => desk.download(id(artifact)?, format),
            Self::CreateCheck => desk.create_check(),
            Self::GetCheck(check) => desk.check(id(check)?, 200),
            Self::UpdateCheck(check) => desk.update_check(id(check)?),
            Self::ListChecks(sha) => desk.list_checks(sha),
            Self::CreateStatus(sha) => desk.create_status(sha),
        }
    }
}

/// Does what is asked for.
pub(super) fn answer(hub: &mut Hub, request: &Request) -> Answer {
    let answer = if request.storage {
        blob(hub, request)
    } else {
        operate(hub, request).unwrap_or_else(|refusal| refusal)
    };
    answer
        .with("x-github-request-id", "0000:0000:0000000:0000000:00000000")
        .with("x-ratelimit-limit", "1000")
        .with("x-ratelimit-remaining", "900")
}

fn operate(hub: &mut Hub, request: &Request) -> Result<Answer, Answer> {
    if request.header("user-agent").is_none_or(str::is_empty) {
        return Err(refusals::without_user_agent());
    }
    let authorization = request
        .header("authorization")
        .ok_or_else(refusals::unauthenticated)?;
    let token = ["Bearer ", "bearer ", "token "]
        .iter()
        .find_map(|kind| authorization.strip_prefix(kind));
    let token = token
        .and_then(|token| hub.tokens.get(token))
        .ok_or_else(refusals::bad_credentials)?;
    if token.repository != request.repository {
        return Err(refusals::not_found());
    }
    let operation = Operation::of(&request.verb, &request.path).ok_or_else(refusals::not_found)?;
    let actor = token.actor.clone();
    let person = actor.kind == "User";
    let (scopes, write) = operation.scopes();
    let allowed = |write| {
        scopes
            .iter()
            .any(|scope| token.permissions.allow(scope, write))
    };
    let (may_read, may_write) = (allowed(false), allowed(true));
    // People may comment where they can read, and change what is theirs.
    let enough = if write {
        may_write || (person && scopes.contains(&"issues") && may_read)
    } else {
        may_read
    };
    if person && write && scopes.contains(&"checks") {
        return Err(refusals::not_an_app());
    }
    if !enough {
        let level = if write { "write" } else { "read" };
        let wanted: Vec<String> = scopes
            .iter()
            .map(|scope| format!("{}={level}", scope.replace('-', "_")))
            .collect();
        return Err(refusals::forbidden(person, &wanted.join("; ")));
    }
    let data = hub
        .find(&request.repository)
        .ok_or_else(refusals::not_found)?;
    let mut desk = Desk {
        urls: Urls::new(&request.root(), data),
        data,
        request,
        actor,
        may_write,
    };
    operation.carry_out(&mut desk)
}

/// The storage host. Its links are signed; it refuses other credentials, as the real one does.
fn blob(hub: &mut Hub, request: &Request) -> Answer {
    if request.header("authorization").is_some() {
        let mut answer = Answer::empty(400).with("content-type", "application/xml");
        answer.body =
            b"<?xml version=\"1.0\"?><Error><Code>InvalidAuthenticationInfo</Code></Error>"
                .to_vec();
        return answer;
    }
    let id = request
        .path
        .strip_prefix("/blobs/")
        .and_then(|id| id.parse().ok());
    let found = hub.find(&request.repository).zip(id);
    let found = found.and_then(|(data, id): (&mut Data, u64)| data.artifacts.get(&id));
    match found {
        Some((artifact, _)) if request.verb == "GET" => Answer {
            status: 200,
            headers: vec![("content-type".to_owned(), "application/zip".to_owned())],
            body: artifact.zip.clone(),
        },
        _ => Answer::empty(404),
    }
}
