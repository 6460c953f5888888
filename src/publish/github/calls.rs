//! One function an operation of GitHub's API.

use super::address::encoded;
use super::client::{Ask, Client, Tried};
use super::failure::{Failure, Permission};
use super::wire::{
    ArtifactAnswer, ArtifactsAnswer, CheckName, CheckRunAnswer, CheckRunsAnswer, CommentAnswer,
    PullAnswer,
};
use crate::publish::post::Status;
use crate::publish::retry::{Effect, Reason};
use crate::publish::sticky::{Author, Comment};
use crate::publish::target::Pull;
use http::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Bytes of an answer that are read, where it is not a page of comments.
const ANSWER: usize = 8 * 1024 * 1024;
/// A page of comments has 100 of at most 65,536 characters, which the author of a pull request may fill; a page that
/// is not read would leave an old verdict standing.
const COMMENTS: usize = 64 * 1024 * 1024;
/// Items of a page, GitHub's greatest number.
const PAGE: usize = 100;
/// Pages of a list. GitHub ends a conversation at 2,500 comments.
const PAGES: usize = 30;

/// A file that a run uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Its id.
    pub id: u64,
    /// Its name: chosen by the workflow that uploaded it, so by the pull request's author.
    pub name: String,
    /// Size of its zip in bytes.
    pub bytes: u64,
    /// It was deleted after its time.
    pub expired: bool,
}

/// Why an artifact was not fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DownloadError {
    /// It is larger than it may be.
    #[error("the artifact has {bytes} bytes or more; at most {limit} are read")]
    TooLarge {
        /// What is known of its size.
        bytes: u64,
        /// The bound.
        limit: usize,
    },
    /// It is not kept any more.
    #[error("the artifact has expired; run the measuring workflow again")]
    Expired,
    /// GitHub, or its storage, did not give it.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl Client {
    /// The comments of an issue or a pull request that `by` wrote, oldest first.
    ///
    /// # Errors
    /// Also when there are more than GitHub lets a conversation have.
    pub fn comments(
        &mut self,
        issue: u64,
        by: &dyn Fn(&Author) -> bool,
    ) -> Result<Vec<Comment>, Failure> {
        let mut ask = ask(
            Method::GET,
            format!("/issues/{issue}/comments"),
            Permission::PullRequestsWrite,
        );
        ask.limit = COMMENTS;
        let mut kept = Vec::new();
        self.pages(&ask, |page: Vec<CommentAnswer>| {
            let size = page.len();
            // Those of others may be many and long.
            let comments = page.into_iter().map(Comment::from);
            kept.extend(comments.filter(|comment| comment.author.as_ref().is_some_and(by)));
            size
        })?;
        Ok(kept)
    }

    /// Writes a comment. May take effect although it fails.
    pub(super) fn create_comment(
        &mut self,
        issue: u64,
        body: &Value,
        number: u32,
    ) -> Result<Tried, Failure> {
        let route = format!("/issues/{issue}/comments");
        let ask = ask(Method::POST, route, Permission::PullRequestsWrite).with(body.clone());
        self.try_once(&ask, Effect::Once, number)
    }

    /// Gives a comment another text. It could be repeated, but whoever waited must look whether a newer run spoke.
    pub(super) fn update_comment(
        &mut self,
        id: u64,
        body: &Value,
        number: u32,
    ) -> Result<Tried, Failure> {
        let route = format!("/issues/comments/{id}");
        let ask = ask(Method::PATCH, route, Permission::PullRequestsWrite).with(body.clone());
        self.try_once(&ask, Effect::Once, number)
    }

    /// Deletes a comment. One that is not there any more is deleted.
    pub(super) fn delete_comment(&mut self, id: u64) -> Result<(), Failure> {
        let route = format!("/issues/comments/{id}");
        match self.send(&ask(Method::DELETE, route, Permission::PullRequestsWrite)) {
            Ok(_) => Ok(()),
            Err(failure) if failure.reason == Reason::NotFound => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    /// A pull request.
    ///
    /// # Errors
    /// Also when there is none of this number.
    pub fn pull(&mut self, number: u64) -> Result<Pull, Failure> {
        let route = format!("/pulls/{number}");
        let ask = ask(Method::GET, route, Permission::PullRequestsRead);
        let reply = self.send(&ask)?;
        let pull: PullAnswer = self.read(&ask, &reply)?;
        pull.pull()
            .ok_or_else(|| self.odd(&ask, Some(&reply), "its head is no id of a commit"))
    }

    /// Open pull requests of a branch of `owner`, who may own a fork.
    ///
    /// # Errors
    /// From GitHub, or on the way there.
    pub fn pulls(&mut self, owner: &str, branch: &str) -> Result<Vec<Pull>, Failure> {
        let mut ask = ask(
            Method::GET,
            "/pulls".to_owned(),
            Permission::PullRequestsRead,
        );
        let head = encoded(&format!("{owner}:{branch}"));
        ask.query = format!("state=open&head={head}");
        let mut pulls = Vec::new();
        self.pages(&ask, |page: Vec<PullAnswer>| {
            let size = page.len();
            // What has no commit cannot be the one that is looked for.
            pulls.extend(page.into_iter().filter_map(PullAnswer::pull));
            size
        })?;
        Ok(pulls)
    }

    /// What a run uploaded, over all of its attempts.
    ///
    /// # Errors
    /// From GitHub, or on the way there.
    pub fn artifacts(&mut self, run: u64) -> Result<Vec<Artifact>, Failure> {
        let ask = ask(
            Method::GET,
            format!("/actions/runs/{run}/artifacts"),
            Permission::ActionsRead,
        );
        let mut artifacts = Vec::new();
        self.pages(&ask, |page: ArtifactsAnswer| {
            let size = page.artifacts.len();
            artifacts.extend(page.artifacts.into_iter().map(Artifact::from));
            size
        })?;
        Ok(artifacts)
    }

    /// The zip of an artifact, of at most `limit` bytes. It is fetched from where GitHub says, without the token.
    ///
    /// # Errors
    /// Larger than `limit`, by GitHub's word or while it is read; expired; not given.
    pub fn download(
        &mut self,
        artifact: &Artifact,
        limit: usize,
    ) -> Result<Vec<u8>, DownloadError> {
        if artifact.expired {
            return Err(DownloadError::Expired);
        }
        let too_large = |bytes| DownloadError::TooLarge { bytes, limit };
        if artifact.bytes > limit as u64 {
            return Err(too_large(artifact.bytes));
        }
        let mut ask = ask(
            Method::GET,
            format!("/actions/artifacts/{}/zip", artifact.id),
            Permission::ActionsRead,
        );
        ask.download = true;
        ask.limit = limit;
        let mut reply = match self.send(&ask) {
            Ok(reply) => reply,
            Err(failure) if failure.status == Some(410) => return Err(DownloadError::Expired),
            Err(failure) => return Err(DownloadError::Failed(failure)),
        };
        if reply.status == 302 {
            reply = self.fetch(&ask, &reply)?;
        }
        if reply.cut {
            return Err(too_large((limit as u64).saturating_add(1)));
        }
        Ok(reply.body)
    }

    /// Starts a check run that has ended. May take effect although it fails.
    pub(super) fn create_check_run(&mut self, body: &Value, number: u32) -> Result<Tried, Failure> {
        let route = "/check-runs".to_owned();
        let ask = ask(Method::POST, route, Permission::ChecksWrite).with(body.clone());
        self.try_once(&ask, Effect::Once, number)
    }

    /// Adds annotations to a check run. May take effect although it fails, and would then add them again.
    pub(super) fn add_to_check_run(
        &mut self,
        id: u64,
        body: &Value,
        number: u32,
    ) -> Result<Tried, Failure> {
        let route = format!("/check-runs/{id}");
        let ask = ask(Method::PATCH, route, Permission::ChecksWrite).with(body.clone());
        self.try_once(&ask, Effect::Once, number)
    }

    /// The newest check run that this very attempt of ours made, if there is one.
    pub(super) fn find_check_run(
        &mut self,
        name: &CheckName<'_>,
    ) -> Result<Option<CheckRunAnswer>, Failure> {
        let mut found: Option<CheckRunAnswer> = None;
        self.pages(&check_runs(name), |page: CheckRunsAnswer| {
            let size = page.check_runs.len();
            for run in page.check_runs {
                let ours = run.external_id.as_deref() == Some(name.external_id);
                if ours && found.as_ref().is_none_or(|found| found.id < run.id) {
                    found = Some(run);
                }
            }
            size
        })?;
        Ok(found)
    }

    /// The check run that this very attempt of ours made for certain.
    pub(super) fn made_check_run(
        &mut self,
        name: &CheckName<'_>,
    ) -> Result<CheckRunAnswer, Failure> {
        self.find_check_run(name)?.ok_or_else(|| {
            let said = "the check run that was made is not in the answer";
            self.odd(&check_runs(name), None, said)
        })
    }

    /// Sets a status of a commit. Setting it again changes nothing for those who look.
    pub(super) fn set_status(
        &mut self,
        name: &CheckName<'_>,
        status: &Status,
    ) -> Result<(), Failure> {
        let mut body = json!({
            "state": if status.passes { "success" } else { "failure" },
            "context": name.name,
            "description": status.description,
        });
        if let Some(url) = name.details_url {
            body["target_url"] = json!(url);
        }
        let route = format!("/statuses/{}", name.head);
        self.send(&ask(Method::POST, route, Permission::StatusesWrite).with(body))?;
        Ok(())
    }

    /// Reads a list page by page. `take` says how many items a page had; one that is not full is the last.
    fn pages<T: DeserializeOwned>(
        &mut self,
        ask: &Ask,
        mut take: impl FnMut(T) -> usize,
    ) -> Result<(), Failure> {
        for number in 1..=PAGES {
            let mut page = ask.clone();
            let more = if ask.query.is_empty() { "" } else { "&" };
            page.query = format!("{}{more}per_page={PAGE}&page={number}", ask.query);
            let reply = self.send(&page)?;
            if take(self.read(&page, &reply)?) < PAGE {
                return Ok(());
            }
            if number == PAGES {
                let said = format!("the list has more than {PAGES} pages of {PAGE}");
                return Err(self.odd(ask, Some(&reply), &said));
            }
        }
        Ok(())
    }
}

impl From<ArtifactAnswer> for Artifact {
    fn from(answer: ArtifactAnswer) -> Self {
        Self {
            id: answer.id,
            name: answer.name,
            bytes: answer.size_in_bytes,
            expired: answer.expired,
        }
    }
}

/// Check runs of a name on a commit, of all attempts.
fn check_runs(name: &CheckName<'_>) -> Ask {
    let route = format!("/commits/{}/check-runs", name.head);
    let mut ask = ask(Method::GET, route, Permission::ChecksWrite);
    ask.query = format!("check_name={}&filter=all", encoded(name.name));
    ask
}

fn ask(method: Method, route: String, needs: Permission) -> Ask {
    Ask {
        method,
        route,
        query: String::new(),
        body: None,
        download: false,
        limit: ANSWER,
        needs,
    }
}

impl Ask {
    fn with(self, body: Value) -> Self {
        Self {
            body: Some(body),
            ..self
        }
    }
}
