//! What GitHub does when it is asked, and allowed to do it.

use super::answers::{self, Urls};
use super::checks::{self, Object};
use super::refusals::{self, Answer};
use super::request::Request;
use super::state::Data;
use super::things::{Author, CheckRun, Status};
use serde_json::{Value, json};

/// Everything that carrying out needs.
pub(super) struct Desk<'a> {
    pub(super) data: &'a mut Data,
    pub(super) request: &'a Request,
    pub(super) urls: Urls,
    pub(super) actor: Author,
    pub(super) may_write: bool,
}

impl Desk<'_> {
    fn pull_exists(&self, number: u64) -> Result<(), Answer> {
        let known = self.data.pulls.contains_key(&number);
        known.then_some(()).ok_or_else(refusals::not_found)
    }

    fn commit_exists(&self, sha: &str) -> Result<(), Answer> {
        let known = self.data.commits.contains(sha);
        known
            .then_some(())
            .ok_or_else(|| refusals::unknown_commit(sha))
    }

    pub(super) fn list_comments(&self, number: u64) -> Result<Answer, Answer> {
        self.pull_exists(number)?;
        let all = self.data.comments.values().filter(|one| one.pull == number);
        Ok(
            self.pages(all.map(|one| answers::comment(&self.urls, one)), |page| {
                Value::Array(page)
            }),
        )
    }

    pub(super) fn create_comment(&mut self, number: u64) -> Result<Answer, Answer> {
        self.pull_exists(number)?;
        if self.data.pulls[&number].locked && !self.may_write {
            return Err(refusals::locked());
        }
        let body = checks::comment(&self.request.json()?)?;
        let id = self.data.write(number, Some(self.actor.clone()), &body);
        self.comment(id, 201)
    }

    pub(super) fn comment(&self, id: u64, status: u16) -> Result<Answer, Answer> {
        let comment = self
            .data
            .comments
            .get(&id)
            .ok_or_else(refusals::not_found)?;
        Ok(Answer::json(status, &answers::comment(&self.urls, comment)))
    }

    /// That may be changed with this token.
    fn may_change(&self, id: u64) -> Result<(), Answer> {
        let comment = self
            .data
            .comments
            .get(&id)
            .ok_or_else(refusals::not_found)?;
        let own = comment.author.as_ref() == Some(&self.actor);
        (own || self.may_write)
            .then_some(())
            .ok_or_else(refusals::not_yours)
    }

    pub(super) fn update_comment(&mut self, id: u64) -> Result<Answer, Answer> {
        self.may_change(id)?;
        let body = checks::comment(&self.request.json()?)?;
        self.data.edit(id, &body);
        self.comment(id, 200)
    }

    pub(super) fn delete_comment(&mut self, id: u64) -> Result<Answer, Answer> {
        self.may_change(id)?;
        self.data.comments.remove(&id);
        Ok(Answer::empty(204))
    }

    pub(super) fn list_pulls(&self) -> Answer {
        let state = self
            .request
            .parameter("state")
            .unwrap_or_else(|| "open".to_owned());
        // A head without a colon is ignored, not refused.
        let head = self
            .request
            .parameter("head")
            .filter(|head| head.contains(':'));
        let base = self.request.parameter("base");
        let newest_first = self.data.pulls.values().rev();
        let matching = newest_first
            .filter(|pull| state == "all" || pull.open == (state == "open"))
            .filter(|pull| {
                head.as_ref()
                    .is_none_or(|head| *head == answers::label(self.data, pull))
            })
            .filter(|pull| base.as_ref().is_none_or(|base| *base == pull.base_branch));
        let shown = matching.map(|pull| answers::pull(&self.urls, self.data, pull, false));
        self.pages(shown, Value::Array)
    }

    pub(super) fn pull(&self, number: u64) -> Result<Answer, Answer> {
        let pull = self
            .data
            .pulls
            .get(&number)
            .ok_or_else(refusals::not_found)?;
        Ok(Answer::json(
            200,
            &answers::pull(&self.urls, self.data, pull, true),
        ))
    }

    pub(super) fn run(&self, id: u64) -> Result<Answer, Answer> {
        let run = self.data.runs.get(&id).ok_or_else(refusals::not_found)?;
        Ok(Answer::json(200, &answers::run(&self.urls, self.data, run)))
    }

    pub(super) fn list_artifacts(&self, run: u64) -> Result<Answer, Answer> {
        let found = self.data.runs.get(&run).ok_or_else(refusals::not_found)?;
        let name = self.request.parameter("name");
        let of_run = self
            .data
            .artifacts
            .iter()
            .rev()
            .filter(|(_, (one, _))| one.run == run);
        let all: Vec<Value> = of_run
            .filter(|(_, (one, _))| name.as_ref().is_none_or(|name| *name == one.name))
            .map(|(id, (one, at))| answers::artifact(&self.urls, self.data, found, *id, one, *at))
            .collect();
        let total = all.len();
        Ok(self.pages(
            all.into_iter(),
            |page| json!({"total_count": total, "artifacts": page}),
        ))
    }

    pub(super) fn download(&self, id: u64, format: &str) -> Result<Answer, Answer> {
        let (artifact, _) = self
            .data
            .artifacts
            .get(&id)
            .ok_or_else(refusals::not_found)?;
        if format != "zip" {
            return Err(refusals::not_found());
        }
        if artifact.expired {
            return Err(refusals::expired());
        }
        let own = format!(
            "http://{}/blobs/{}/{id}?sig=c2lnbmF0dXJl",
            self.request.storage_at, self.request.repository
        );
        let location = artifact.location.as_ref().unwrap_or(&own);
        Ok(Answer::empty(302).with("location", location))
    }

    pub(super) fn create_check(&mut self) -> Result<Answer, Answer> {
        let body = self.request.json()?;
        let name = checks::text(&body, "name")?;
        let head = checks::text(&body, "head_sha")?;
        let words = Words::of(&body)?;
        let output = checks::output(&body, true)?.unwrap_or_default();
        self.commit_exists(&head)?;
        let (id, at) = self.data.next();
        let status = words.status.unwrap_or_else(|| "queued".to_owned());
        let check = CheckRun {
            id,
            head,
            name,
            completed: (status == "completed").then_some(at),
            status,
            conclusion: words.conclusion,
            details_url: checks::optional_text(&body, "details_url")?,
            external_id: checks::optional_text(&body, "external_id")?,
            title: output.title,
            summary: output.summary,
            text: output.text,
            annotations: output.annotations,
            started: at,
        };
        self.data.check_runs.insert(id, check);
        self.check(id, 201)
    }

    pub(super) fn check(&self, id: u64, status: u16) -> Result<Answer, Answer> {
        let check = self
            .data
            .check_runs
            .get(&id)
            .ok_or_else(refusals::not_found)?;
        Ok(Answer::json(status, &answers::check(&self.urls, check)))
    }

    /// Annotations are added to those that are there; everything else takes the place of what was.
    pub(super) fn update_check(&mut self, id: u64) -> Result<Answer, Answer> {
        let body = self.request.json()?;
        let words = Words::of(&body)?;
        let output = checks::output(&body, false)?;
        let (name, details) = (
            checks::optional_text(&body, "name")?,
            checks::optional_text(&body, "details_url")?,
        );
        let external = checks::optional_text(&body, "external_id")?;
        let at = self.data.tick();
        let check = self
            .data
            .check_runs
            .get_mut(&id)
            .ok_or_else(refusals::not_found)?;
        check.name = name.unwrap_or_else(|| check.name.clone());
        check.details_url = details.or_else(|| check.details_url.take());
        check.external_id = external.or_else(|| check.external_id.take());
        if let Some(status) = words.status {
            check.completed = (status == "completed").then_some(at);
            check.status = status;
            check.conclusion = words.conclusion;
        }
        if let Some(output) = output {
            check.title = output.title.or_else(|| check.title.take());
            check.summary = output.summary;
            check.text = output.text.or_else(|| check.text.take());
            check.annotations.extend(output.annotations);
        }
        self.check(id, 200)
    }

    /// Without `filter=all` only the newest of each name.
    pub(super) fn list_checks(&self, sha: &str) -> Result<Answer, Answer> {
        self.commit_exists(sha)?;
        let name = self.request.parameter("check_name");
        let everything = self.request.parameter("filter").as_deref() == Some("all");
        let of_commit: Vec<&CheckRun> = self
            .data
            .check_runs
            .values()
            .rev()
            .filter(|one| one.head == sha)
            .collect();
        let newest =
            |at: usize, one: &CheckRun| of_commit[..at].iter().all(|newer| newer.name != one.name);
        let all: Vec<Value> = of_commit
            .iter()
            .enumerate()
            .filter(|(at, one)| everything || newest(*at, one))
            .filter(|(_, one)| name.as_ref().is_none_or(|name| *name == one.name))
            .map(|(_, one)| answers::check(&self.urls, one))
            .collect();
        let total = all.len();
        Ok(self.pages(
            all.into_iter(),
            |page| json!({"total_count": total, "check_runs": page}),
        ))
    }

    pub(super) fn create_status(&mut self, sha: &str) -> Result<Answer, Answer> {
        let body = self.request.json()?;
        let state =
            checks::optional_word(&body, "state", &["error", "failure", "pending", "success"])?;
        let state = state.ok_or_else(|| refusals::invalid("\"state\" wasn't supplied."))?;
        let description = checks::status_description(&body)?;
        let context = checks::optional_text(&body, "context")?;
        let target_url = checks::optional_text(&body, "target_url")?;
        self.commit_exists(sha)?;
        let (id, created) = self.data.next();
        let status = Status {
            id,
            sha: sha.to_owned(),
            state,
            context: context.unwrap_or_else(|| "default".to_owned()),
            description,
            target_url,
            creator: self.actor.clone(),
            created,
        };
        let shown = answers::status(&self.urls, &status);
        self.data.statuses.push(status);
        Ok(Answer::json(201, &shown))
    }

    /// One page of `all`, with links to others as GitHub gives them: by the id of the repository.
    fn pages(
        &self,
        all: impl Iterator<Item = Value>,
        shape: impl FnOnce(Vec<Value>) -> Value,
    ) -> Answer {
        let (size, page) = self.request.page();
        let all: Vec<Value> = all.collect();
        let last = all.len().div_ceil(size).max(1);
        let shown: Vec<Value> = all.into_iter().skip((page - 1) * size).take(size).collect();
        let (root, id, path) = (self.request.root(), self.data.id, &self.request.path);
        let others = self
            .request
            .query
            .split('&')
            .filter(|pair| !pair.starts_with("page=") && !pair.is_empty());
        let query: String = others.flat_map(|pair| [pair, "&"]).collect();
        let link = |page: usize, rel: &str| {
            format!("<{root}/repositories/{id}{path}?{query}page={page}>; rel=\"{rel}\"")
        };
        let mut links = Vec::new();
        if page > 1 {
            links.extend([link(page - 1, "prev"), link(1, "first")]);
        }
        if page < last {
            links.extend([link(page + 1, "next"), link(last, "last")]);
        }
        let answer = Answer::json(200, &shape(shown));
        if links.is_empty() {
            answer
        } else {
            answer.with("link", &links.join(", "))
        }
    }
}

/// Status and conclusion of a check run, that belong together.
struct Words {
    status: Option<String>,
    conclusion: Option<String>,
}

impl Words {
    fn of(body: &Object) -> Result<Self, Answer> {
        let status =
            checks::optional_word(body, "status", &["queued", "in_progress", "completed"])?;
        let conclusions = [
            "action_required",
            "cancelled",
            "failure",
            "neutral",
            "success",
            "skipped",
            "timed_out",
        ];
        let conclusion = checks::optional_word(body, "conclusion", &conclusions)?;
        match (status.as_deref(), &conclusion) {
            (Some("completed"), None) => {
                let message = "a completed check run needs a conclusion";
                Err(refusals::failed(
                    "CheckRun",
                    "missing_field",
                    "conclusion",
                    message,
                ))
            }
            // A conclusion completes.
            (None, Some(_)) => Ok(Self {
                status: Some("completed".to_owned()),
                conclusion,
            }),
            _ => Ok(Self { status, conclusion }),
        }
    }
}

/// Ids are numbers; what is none is not found.
pub(super) fn id(text: &str) -> Result<u64, Answer> {
    text.parse().map_err(|_| refusals::not_found())
}
