//! Answers, above all those that say no, in GitHub's words.

use serde_json::{Value, json};

/// What is sent back.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn json(status: u16, body: &Value) -> Self {
        let mut answer = Self::empty(status);
        answer.body = body.to_string().into_bytes();
        answer.with("content-type", "application/json; charset=utf-8")
    }

    pub(super) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: vec![],
            body: vec![],
        }
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// What a test wants to be said.
pub(super) fn scripted(status: u16, headers: Vec<(String, String)>, body: String) -> Answer {
    let typed = headers.iter().any(|(name, _)| name == "content-type");
    let answer = Answer {
        status,
        headers,
        body: body.into_bytes(),
    };
    if typed {
        answer
    } else {
        answer.with("content-type", "application/json; charset=utf-8")
    }
}

fn refusal(status: u16, message: &str, page: &str) -> Answer {
    let body = json!({
        "message": message,
        "documentation_url": format!("https://docs.github.com/rest{page}"),
        "status": status.to_string(),
    });
    Answer::json(status, &body)
}

pub(super) fn bad_credentials() -> Answer {
    refusal(401, "Bad credentials", "")
}

pub(super) fn unauthenticated() -> Answer {
    refusal(401, "Requires authentication", "")
}

pub(super) fn without_user_agent() -> Answer {
    let mut answer = Answer::empty(403).with("content-type", "text/html");
    answer.body = b"Request forbidden by administrative rules. Please make sure your request has a User-Agent header\n"
        .to_vec();
    answer
}

/// `wanted`: what would have been enough, as in the header `x-accepted-github-permissions`.
pub(super) fn forbidden(personal: bool, wanted: &str) -> Answer {
    let what = if personal {
        "personal access token"
    } else {
        "integration"
    };
    refusal(403, &format!("Resource not accessible by {what}"), "")
        .with("x-accepted-github-permissions", wanted)
}

/// Check runs are written by apps only.
pub(super) fn not_an_app() -> Answer {
    refusal(
        403,
        "You must authenticate via a GitHub App.",
        "/checks/runs",
    )
}

/// A comment of somebody else, for people who may not write.
pub(super) fn not_yours() -> Answer {
    refusal(
        403,
        "Must have admin rights to Repository.",
        "/issues/comments",
    )
}

pub(super) fn locked() -> Answer {
    refusal(
        403,
        "Unable to create comment because issue is locked.",
        "/issues/comments",
    )
}

pub(super) fn not_found() -> Answer {
    refusal(404, "Not Found", "")
}

pub(super) fn expired() -> Answer {
    refusal(410, "Artifact has expired", "/actions/artifacts")
}

pub(super) fn no_json() -> Answer {
    refusal(400, "Problems parsing JSON", "")
}

pub(super) fn unknown_commit(sha: &str) -> Answer {
    refusal(422, &format!("No commit found for SHA: {sha}"), "")
}

/// A body that has not the right shape.
pub(super) fn invalid(what: &str) -> Answer {
    refusal(422, &format!("Invalid request.\n\n{what}"), "")
}

/// A body of the right shape with a wrong value.
pub(super) fn failed(resource: &str, code: &str, field: &str, message: &str) -> Answer {
    let body = json!({
        "message": "Validation Failed",
        "errors": [{"resource": resource, "code": code, "field": field, "message": message}],
        "documentation_url": "https://docs.github.com/rest",
        "status": "422",
    });
    Answer::json(422, &body)
}
