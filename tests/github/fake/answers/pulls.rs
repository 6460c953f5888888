//! Pull requests and runs, with the repositories that they mention.

use super::{Urls, account, and, with_urls};
use crate::fake::state::Data;
use crate::fake::things::{Author, From, Pull, Run};
use serde_json::{Map, Value, json};

/// What is told of a repository wherever it is mentioned.
fn minimal_repository(urls: &Urls, id: u64, owner: &str, name: &str, fork: bool) -> Value {
    let full = format!("{owner}/{name}");
    let api = format!("{}/repos/{full}", urls.root);
    let object = json!({
        "id": id,
        "node_id": format!("R_{id}"),
        "name": name,
        "full_name": full,
        "owner": account(urls, &Author::user(owner)),
        "private": false,
        "description": null,
        "fork": fork,
        "url": api,
        "html_url": format!("https://github.com/{full}"),
    });
    let names = [
        "archive",
        "assignees",
        "blobs",
        "branches",
        "collaborators",
        "comments",
        "commits",
        "compare",
        "contents",
        "contributors",
        "deployments",
        "downloads",
        "events",
        "forks",
        "git_commits",
        "git_refs",
        "git_tags",
        "hooks",
        "issue_comment",
        "issue_events",
        "issues",
        "keys",
        "labels",
        "languages",
        "merges",
        "milestones",
        "notifications",
        "pulls",
        "releases",
        "stargazers",
        "statuses",
        "subscribers",
        "subscription",
        "tags",
        "teams",
        "trees",
    ];
    with_urls(object, &api, &names)
}

/// What is told of a repository at either end of a pull request.
fn whole_repository(urls: &Urls, id: u64, owner: &str, name: &str, fork: bool) -> Value {
    let git = format!("github.com/{owner}/{name}.git");
    let numbers = [
        "forks",
        "forks_count",
        "open_issues",
        "open_issues_count",
        "size",
        "stargazers_count",
        "watchers",
        "watchers_count",
    ];
    let switches = [
        "has_downloads",
        "has_issues",
        "has_projects",
        "has_wiki",
        "has_pages",
        "archived",
        "disabled",
    ];
    let counts: Map<String, Value> = numbers
        .iter()
        .map(|name| ((*name).to_owned(), json!(0)))
        .collect();
    let flags: Map<String, Value> = switches
        .iter()
        .map(|name| ((*name).to_owned(), json!(false)))
        .collect();
    let rest = json!({
        "default_branch": "main",
        "homepage": null,
        "language": "Rust",
        "license": null,
        "pushed_at": "2026-01-01T00:00:00Z",
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        "clone_url": format!("https://{git}"),
        "git_url": format!("git:{git}"),
        "ssh_url": format!("git@{git}"),
        "svn_url": format!("https://github.com/{owner}/{name}"),
        "mirror_url": null,
    });
    let repository = minimal_repository(urls, id, owner, name, fork);
    and(and(and(repository, rest), counts.into()), flags.into())
}

/// `owner:branch` of a pull request's head.
pub(in crate::fake) fn label(data: &Data, pull: &Pull) -> String {
    format!("{}:{}", head_owner(data, pull), pull.branch)
}

fn head_owner<'a>(data: &'a Data, pull: &'a Pull) -> &'a str {
    match &pull.from {
        From::Here => &data.owner,
        From::Fork { owner, .. } | From::Gone(owner) => owner,
    }
}

/// `whole`: with what is told only of a single one.
pub(in crate::fake) fn pull(urls: &Urls, data: &Data, pull: &Pull, whole: bool) -> Value {
    let number = pull.number;
    let author = Author::user(head_owner(data, pull));
    let here = || whole_repository(urls, data.id, &data.owner, &data.name, false);
    let head_repository = match &pull.from {
        From::Here => here(),
        From::Fork { owner, id } => whole_repository(urls, *id, owner, &data.name, true),
        From::Gone(_) => Value::Null,
    };
    let ends = json!({
        "head": {
            "label": label(data, pull),
            "ref": pull.branch,
            "sha": pull.head,
            "user": account(urls, &author),
            "repo": head_repository,
        },
        "base": {
            "label": format!("{}:{}", data.owner, pull.base_branch),
            "ref": pull.base_branch,
            // Where the branch was when the pull request was last pushed to: stale, as GitHub's is.
            "sha": "b".repeat(40),
            "user": account(urls, &Author::user(&data.owner)),
            "repo": here(),
        },
    });
    let object = json!({
        "id": 700_000 + number,
        "node_id": format!("PR_{number}"),
        "number": number,
        "state": if pull.open { "open" } else { "closed" },
        "locked": pull.locked,
        "title": "Make it faster",
        "body": null,
        "user": account(urls, &author),
        "labels": [],
        "assignee": null,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "milestone": null,
        "auto_merge": null,
        "draft": false,
        "author_association": "NONE",
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        "closed_at": if pull.open { Value::Null } else { json!("2026-01-01T00:00:00Z") },
        "merged_at": null,
        "merge_commit_sha": null,
    });
    let object = and(object, ends);
    let links = pull_links(urls, pull);
    let object = and(object, links);
    if !whole {
        return object;
    }
    let comments = data
        .comments
        .values()
        .filter(|one| one.pull == number)
        .count();
    let rest = json!({
        "merged": false,
        "mergeable": true,
        "mergeable_state": "clean",
        "merged_by": null,
        "maintainer_can_modify": false,
        "comments": comments,
        "review_comments": 0,
        "commits": 1,
        "additions": 1,
        "deletions": 1,
        "changed_files": 1,
    });
    and(object, rest)
}

fn pull_links(urls: &Urls, pull: &Pull) -> Value {
    let number = pull.number;
    let api = format!("{}/pulls/{number}", urls.api);
    let issue = format!("{}/issues/{number}", urls.api);
    let html = format!("{}/pull/{number}", urls.html);
    let one_comment = format!("{}/pulls/comments{{/number}}", urls.api);
    let statuses = format!("{}/statuses/{}", urls.api, pull.head);
    let href = |url: &str| json!({ "href": url });
    json!({
        "url": api,
        "html_url": html,
        "diff_url": format!("{html}.diff"),
        "patch_url": format!("{html}.patch"),
        "issue_url": issue,
        "commits_url": format!("{api}/commits"),
        "review_comments_url": format!("{api}/comments"),
        "review_comment_url": one_comment,
        "comments_url": format!("{issue}/comments"),
        "statuses_url": statuses,
        "_links": {
            "self": href(&api),
            "html": href(&html),
            "issue": href(&issue),
            "comments": href(&format!("{issue}/comments")),
            "review_comments": href(&format!("{api}/comments")),
            "review_comment": href(&one_comment),
            "commits": href(&format!("{api}/commits")),
            "statuses": href(&statuses),
        },
    })
}

pub(in crate::fake) fn run(urls: &Urls, data: &Data, run: &Run) -> Value {
    let api = format!("{}/actions/runs/{}", urls.api, run.id);
    let here = || minimal_repository(urls, data.id, &data.owner, &data.name, false);
    let head_repository = run.fork.as_ref().map_or_else(here, |owner| {
        minimal_repository(urls, Pull::fork_id(owner), owner, &data.name, true)
    });
    let matching =
        |pull: &&Pull| run.fork.is_none() && pull.head == run.head && pull.from == From::Here;
    let pulls: Vec<Value> = data
        .pulls
        .values()
        .filter(matching)
        .map(|pull| pull_of_run(urls, data, pull))
        .collect();
    let object = json!({
        "id": run.id,
        "node_id": format!("WFR_{}", run.id),
        "name": "gate",
        "display_title": "Make it faster",
        "path": run.path,
        "event": run.event,
        "run_number": 1,
        "run_attempt": run.attempt,
        "status": "completed",
        "conclusion": run.conclusion,
        "head_branch": run.branch,
        "head_sha": run.head,
        "head_commit": null,
        "workflow_id": 1,
        "check_suite_id": 1,
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        "repository": here(),
        "head_repository": head_repository,
        // Those of forks are left out.
        "pull_requests": pulls,
        "url": api,
        "html_url": format!("{}/actions/runs/{}", urls.html, run.id),
        "check_suite_url": format!("{}/check-suites/1", urls.api),
        "workflow_url": format!("{}/actions/workflows/1", urls.api),
    });
    with_urls(
        object,
        &api,
        &["jobs", "logs", "cancel", "rerun", "artifacts"],
    )
}

fn pull_of_run(urls: &Urls, data: &Data, pull: &Pull) -> Value {
    let repository = json!({"id": data.id, "name": data.name, "url": urls.api});
    json!({
        "id": 700_000 + pull.number,
        "number": pull.number,
        "url": format!("{}/pulls/{}", urls.api, pull.number),
        "head": {"ref": pull.branch, "sha": pull.head, "repo": repository},
        "base": {"ref": pull.base_branch, "sha": "b".repeat(40), "repo": repository},
    })
}
