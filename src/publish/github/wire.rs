//! What is read of GitHub's answers: the few fields that matter, and nothing else can spoil them. And what is sent.

use crate::publish::post::{ANNOTATIONS_A_REQUEST, Annotation, CheckRun};
use crate::publish::sticky::{Author, Comment};
use crate::publish::target::Pull;
use crate::publish::{Commit, sticky};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
pub(super) struct CommentAnswer {
    id: u64,
    // Deleted accounts are `null`.
    user: Option<UserAnswer>,
    body: Option<String>,
}

#[derive(Deserialize)]
struct UserAnswer {
    login: String,
    #[serde(rename = "type")]
    kind: Option<String>,
}

impl From<CommentAnswer> for Comment {
    fn from(answer: CommentAnswer) -> Self {
        Self {
            id: answer.id,
            author: answer.user.map(|user| Author {
                is_bot: user.kind.as_deref() == Some("Bot"),
                login: user.login,
            }),
            body: answer.body.unwrap_or_default(),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct PullAnswer {
    number: u64,
    state: String,
    head: HeadAnswer,
    base: BaseAnswer,
}

#[derive(Deserialize)]
struct HeadAnswer {
    sha: String,
    // Deleted forks are `null`.
    repo: Option<RepositoryAnswer>,
}

#[derive(Deserialize)]
struct BaseAnswer {
    repo: RepositoryAnswer,
}

#[derive(Deserialize)]
struct RepositoryAnswer {
    id: u64,
}

impl PullAnswer {
    /// `None` where its newest commit has no id of a commit.
    pub(super) fn pull(self) -> Option<Pull> {
        Some(Pull {
            number: self.number,
            open: self.state == "open",
            head: Commit::new(&self.head.sha)?,
            head_repository: self.head.repo.map(|repo| repo.id),
            base_repository: self.base.repo.id,
        })
    }
}

#[derive(Deserialize)]
pub(super) struct ArtifactsAnswer {
    pub(super) artifacts: Vec<ArtifactAnswer>,
}

#[derive(Deserialize)]
pub(super) struct ArtifactAnswer {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) size_in_bytes: u64,
    #[serde(default)]
    pub(super) expired: bool,
}

#[derive(Deserialize)]
pub(super) struct CheckRunsAnswer {
    pub(super) check_runs: Vec<CheckRunAnswer>,
}

#[derive(Deserialize)]
pub(super) struct CheckRunAnswer {
    pub(super) id: u64,
    pub(super) external_id: Option<String>,
    pub(super) output: Option<OutputAnswer>,
}

#[derive(Deserialize)]
pub(super) struct OutputAnswer {
    pub(super) annotations_count: Option<usize>,
}

impl CheckRunAnswer {
    /// Annotations that it has.
    pub(super) fn annotations(&self) -> usize {
        let output = self.output.as_ref();
        output
            .and_then(|output| output.annotations_count)
            .unwrap_or(0)
    }
}

/// What identifies a check run beside its text.
#[derive(Debug, Clone, Copy)]
pub(super) struct CheckName<'a> {
    pub(super) name: &'a str,
    pub(super) head: &'a Commit,
    /// Ours, to find it again.
    pub(super) external_id: &'a str,
    pub(super) details_url: Option<&'a str>,
}

/// A new check run with its first annotations.
pub(super) fn new_check_run(name: &CheckName<'_>, check: &CheckRun) -> Value {
    let first = check.annotations.len().min(ANNOTATIONS_A_REQUEST);
    let mut body = json!({
        "name": name.name,
        "head_sha": name.head.as_str(),
        "external_id": name.external_id,
        "status": "completed",
        "conclusion": check.conclusion.as_str(),
        "output": output(check, &check.annotations[..first]),
    });
    if let Some(url) = name.details_url {
        body["details_url"] = json!(url);
    }
    body
}

/// Annotations that are added to those of a check run.
pub(super) fn more_annotations(check: &CheckRun, annotations: &[Annotation]) -> Value {
    json!({ "output": output(check, annotations) })
}

fn output(check: &CheckRun, annotations: &[Annotation]) -> Value {
    let annotations: Vec<Value> = annotations.iter().map(annotation).collect();
    json!({
        "title": check.title,
        "summary": check.summary,
        "annotations": annotations,
    })
}

fn annotation(annotation: &Annotation) -> Value {
    json!({
        "path": annotation.path,
        "start_line": annotation.line,
        "end_line": annotation.line,
        "annotation_level": annotation.level.as_str(),
        "title": annotation.title,
        "message": annotation.message,
    })
}

/// The whole body of a comment, as a request carries it.
pub(super) fn comment(wish: &sticky::Wish<'_>) -> Value {
    json!({ "body": sticky::body(wish) })
}
