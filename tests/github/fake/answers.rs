//! What GitHub tells of things, with every field that its published schemas require.

mod pulls;

pub(super) use pulls::{label, pull, run};

use super::state::Data;
use super::things::{Artifact, Author, CheckRun, Comment, Pull, Run, Status, Time};
use serde_json::{Value, json};

/// Where things are.
pub(super) struct Urls {
    /// Of the API.
    root: String,
    /// Of the repository in the API.
    api: String,
    /// Of the repository for people.
    html: String,
}

impl Urls {
    pub(super) fn new(root: &str, data: &Data) -> Self {
        let name = format!("{}/{}", data.owner, data.name);
        Self {
            root: root.to_owned(),
            api: format!("{root}/repos/{name}"),
            html: format!("https://github.com/{name}"),
        }
    }
}

/// Adds `{name}_url` for each of `names`.
fn with_urls(mut object: Value, base: &str, names: &[&str]) -> Value {
    if let Value::Object(fields) = &mut object {
        let urls = names
            .iter()
            .map(|name| (format!("{name}_url"), json!(format!("{base}/{name}"))));
        fields.extend(urls);
    }
    object
}

/// Both objects in one.
fn and(mut object: Value, more: Value) -> Value {
    if let (Value::Object(fields), Value::Object(more)) = (&mut object, more) {
        fields.extend(more);
    }
    object
}

fn account(urls: &Urls, author: &Author) -> Value {
    let api = format!(
        "{}/users/{}",
        urls.root,
        author.login.replace(['[', ']'], "")
    );
    let object = json!({
        "login": author.login,
        "id": author.id,
        "node_id": format!("U_{}", author.id),
        "gravatar_id": "",
        "type": author.kind,
        "site_admin": false,
        "url": api,
        "html_url": format!("https://github.com/{}", author.login.replace("[bot]", "")),
        "avatar_url": format!("https://avatars.githubusercontent.com/u/{}", author.id),
    });
    let names = [
        "events",
        "followers",
        "following",
        "gists",
        "organizations",
        "received_events",
        "repos",
        "starred",
        "subscriptions",
    ];
    with_urls(object, &api, &names)
}

pub(super) fn comment(urls: &Urls, comment: &Comment) -> Value {
    let Comment { id, pull, .. } = comment;
    json!({
        "id": id,
        "node_id": format!("IC_{id}"),
        "url": format!("{}/issues/comments/{id}", urls.api),
        "html_url": format!("{}/pull/{pull}#issuecomment-{id}", urls.html),
        "issue_url": format!("{}/issues/{pull}", urls.api),
        "body": comment.body,
        "user": comment.author.as_ref().map(|author| account(urls, author)),
        "created_at": comment.created.text(),
        "updated_at": comment.updated.text(),
        "author_association": "NONE",
        "performed_via_github_app": null,
    })
}

pub(super) fn artifact(
    urls: &Urls,
    data: &Data,
    run: &Run,
    id: u64,
    artifact: &Artifact,
    at: Time,
) -> Value {
    let api = format!("{}/actions/artifacts/{id}", urls.api);
    json!({
        "id": id,
        "node_id": format!("A_{id}"),
        "name": artifact.name,
        "size_in_bytes": artifact.claimed,
        "url": api,
        "archive_download_url": format!("{api}/zip"),
        "expired": artifact.expired,
        "created_at": at.text(),
        "updated_at": at.text(),
        "expires_at": "2026-04-01T00:00:00Z",
        "workflow_run": {
            "id": run.id,
            "repository_id": data.id,
            "head_repository_id": run.fork.as_ref().map_or(data.id, |owner| Pull::fork_id(owner)),
            "head_branch": run.branch,
            "head_sha": run.head,
        },
    })
}

pub(super) fn check(urls: &Urls, check: &CheckRun) -> Value {
    let id = check.id;
    let api = format!("{}/check-runs/{id}", urls.api);
    json!({
        "id": id,
        "node_id": format!("CR_{id}"),
        "name": check.name,
        "head_sha": check.head,
        "external_id": check.external_id.as_deref().unwrap_or_default(),
        "status": check.status,
        "conclusion": check.conclusion,
        "started_at": check.started.text(),
        "completed_at": check.completed.map(Time::text),
        "url": api,
        "html_url": format!("{}/runs/{id}", urls.html),
        "details_url": check.details_url,
        "output": {
            "title": check.title,
            "summary": check.summary,
            "text": check.text,
            "annotations_count": check.annotations.len(),
            "annotations_url": format!("{api}/annotations"),
        },
        "check_suite": {"id": 1},
        "app": app(urls),
        "pull_requests": [],
    })
}

/// The app that a `GITHUB_TOKEN` speaks for.
fn app(urls: &Urls) -> Value {
    json!({
        "id": 15368,
        "node_id": "A_15368",
        "slug": "github-actions",
        "client_id": "Iv1.0000000000000000",
        "name": "GitHub Actions",
        "description": "Automate your workflow from idea to production",
        "owner": account(urls, &Author::user("github")),
        "external_url": "https://help.github.com/en/actions",
        "html_url": "https://github.com/apps/github-actions",
        "created_at": "2018-07-30T09:30:17Z",
        "updated_at": "2024-04-10T20:33:16Z",
        "permissions": {"checks": "write", "pull_requests": "write"},
        "events": ["check_run", "pull_request"],
    })
}

pub(super) fn status(urls: &Urls, status: &Status) -> Value {
    json!({
        "id": status.id,
        "node_id": format!("SC_{}", status.id),
        "url": format!("{}/statuses/{}", urls.api, status.sha),
        "avatar_url": format!("https://avatars.githubusercontent.com/u/{}", status.creator.id),
        "state": status.state,
        "description": status.description,
        "target_url": status.target_url,
        "context": status.context,
        "created_at": status.created.text(),
        "updated_at": status.created.text(),
        "creator": account(urls, &status.creator),
    })
}
