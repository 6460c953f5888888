//! The few fields of a payload that are read. Everything else in it is passed over.

use super::{Event, HeadRepository, PullRequest, TriggeringRun};
use crate::publish::Commit;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error};

/// A number that GitHub gives once: of a repository, a run, a pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Id(pub(super) u64);

impl Id {
    pub(super) const EXPECTED: &'static str = "a whole number from 1 to 9223372036854775807";

    pub(super) fn new(number: u64) -> Option<Self> {
        // GitHub keeps them in 64 bits with a sign.
        (1..=i64::MAX.unsigned_abs())
            .contains(&number)
            .then_some(Self(number))
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u64::deserialize(deserializer)?;
        Self::new(number).ok_or_else(|| D::Error::custom(format!("expected {}", Self::EXPECTED)))
    }
}

/// An attempt at a run.
#[derive(Debug, Clone, Copy)]
struct Attempt(u32);

impl<'de> Deserialize<'de> for Attempt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            0 => Err(D::Error::custom("expected a whole number from 1")),
            number => Ok(Self(number)),
        }
    }
}

fn checked<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    expected: &str,
    check: impl Fn(&str) -> Option<T>,
) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    check(&text).ok_or_else(|| D::Error::custom(format!("expected {expected}")))
}

/// A commit id in full.
#[derive(Debug, Clone)]
struct Whole(Commit);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        checked(deserializer, "a whole commit id", Commit::new).map(Self)
    }
}

/// A commit id in full, or the zeros that git writes for "none".
#[derive(Debug, Clone)]
struct Perhaps(Option<Commit>);

impl<'de> Deserialize<'de> for Perhaps {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let zeros =
            |text: &str| matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte == b'0');
        checked(deserializer, "a whole commit id, or zeros", |text| {
            if zeros(text) {
                Some(None)
            } else {
                Commit::new(text).map(Some)
            }
        })
        .map(Self)
    }
}

/// A branch or tag as git allows it: nothing that could be an option, a pattern or another line.
#[derive(Debug, Clone)]
struct RefName(String);

impl<'de> Deserialize<'de> for RefName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "the name of a branch as git allows it";
        checked(deserializer, expected, |text| {
            is_ref_name(text).then(|| Self(text.to_owned()))
        })
    }
}

/// `git check-ref-format --branch`.
fn is_ref_name(text: &str) -> bool {
    let part = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
    !text.starts_with('-')
        && text != "@"
        && text.len() <= 1024
        && text.split('/').all(part)
        && !text.ends_with('.')
        && !text.contains("..")
        && !text.contains("@{")
        && !text.contains(|c: char| c.is_control() || " ~^:?*[\\".contains(c))
}

/// Who owns a repository.
#[derive(Debug, Clone)]
struct Login(String);

impl<'de> Deserialize<'de> for Login {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "a login: letters, digits, `-`, `_` and `.`";
        checked(deserializer, expected, |text| {
            // The same letters as in `owner/name`.
            crate::publish::RepositoryName::new(&format!("{text}/x")).map(|_| Self(text.to_owned()))
        })
    }
}

/// A path in a repository, perhaps with `@ref`.
#[derive(Debug, Clone)]
struct WorkflowPath(String);

impl<'de> Deserialize<'de> for WorkflowPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let plain =
            |text: &str| !text.is_empty() && text.len() <= 2048 && !text.contains(char::is_control);
        checked(deserializer, "the path of a workflow", |text| {
            plain(text).then(|| Self(text.to_owned()))
        })
    }
}

/// The name of an event.
#[derive(Debug, Clone)]
pub(super) struct EventName(pub(super) String);

impl EventName {
    pub(super) const EXPECTED: &'static str =
        "the name of an event: small letters and underscores, such as pull_request";

    pub(super) fn new(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        (!text.is_empty() && text.len() <= 64 && text.bytes().all(plain))
            .then(|| Self(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for EventName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        checked(deserializer, Self::EXPECTED, Self::new)
    }
}

#[derive(serde::Deserialize)]
struct WithId {
    id: Id,
}

/// What every payload may hold.
#[derive(serde::Deserialize)]
pub(super) struct Common {
    repository: Option<WithId>,
}

impl Common {
    pub(super) fn repository(&self) -> Option<Id> {
        self.repository.as_ref().map(|repository| repository.id)
    }
}

/// A payload of one kind of event.
pub(super) trait Payload: DeserializeOwned {
    fn event(self) -> Event;
}

#[derive(serde::Deserialize)]
pub(super) struct OfPullRequest {
    pull_request: PullRequestPart,
}

#[derive(serde::Deserialize)]
struct PullRequestPart {
    number: Id,
    head: HeadPart,
    base: BasePart,
}

#[derive(serde::Deserialize)]
struct HeadPart {
    sha: Whole,
    // Missing is not the same as null, but both mean that nothing is known of it.
    repo: Option<WithId>,
}

/// Without `sha`: it is where the branch was when the pull request was pushed, and nothing may be compared with it.
#[derive(serde::Deserialize)]
struct BasePart {
    #[serde(rename = "ref")]
    branch: RefName,
    repo: WithId,
}

impl Payload for OfPullRequest {
    fn event(self) -> Event {
        let PullRequestPart { number, head, base } = self.pull_request;
        Event::PullRequest(PullRequest {
            number: number.0,
            head: head.sha.0,
            head_repository: head.repo.map(|repository| repository.id.0),
            base_branch: base.branch.0,
            base_repository: base.repo.id.0,
        })
    }
}

#[derive(serde::Deserialize)]
pub(super) struct OfMergeGroup {
    merge_group: MergeGroupPart,
}

#[derive(serde::Deserialize)]
struct MergeGroupPart {
    head_sha: Whole,
    base_sha: Whole,
}

impl Payload for OfMergeGroup {
    fn event(self) -> Event {
        Event::MergeGroup {
            head: self.merge_group.head_sha.0,
            base: self.merge_group.base_sha.0,
        }
    }
}

#[derive(serde::Deserialize)]
pub(super) struct OfPush {
    before: Perhaps,
    after: Perhaps,
}

impl Payload for OfPush {
    fn event(self) -> Event {
        Event::Push {
            before: self.before.0,
            after: self.after.0,
        }
    }
}

#[derive(serde::Deserialize)]
pub(super) struct OfWorkflowRun {
    workflow_run: RunPart,
}

#[derive(serde::Deserialize)]
struct RunPart {
    id: Id,
    run_attempt: Attempt,
    event: EventName,
    path: WorkflowPath,
    head_sha: Whole,
    head_branch: Option<RefName>,
    head_repository: Option<OwnedRepository>,
    repository: WithId,
    pull_requests: Option<Vec<Listed>>,
}

#[derive(serde::Deserialize)]
struct OwnedRepository {
    id: Id,
    owner: Owner,
}

#[derive(serde::Deserialize)]
struct Owner {
    login: Login,
}

#[derive(serde::Deserialize)]
struct Listed {
    number: Id,
    base: ListedBase,
}

#[derive(serde::Deserialize)]
struct ListedBase {
    repo: WithId,
}

impl Payload for OfWorkflowRun {
    fn event(self) -> Event {
        let run = self.workflow_run;
        let here = run.repository.id;
        Event::WorkflowRun(TriggeringRun {
            id: run.id.0,
            attempt: run.run_attempt.0,
            event: run.event.0,
            path: run.path.0,
            head: run.head_sha.0,
            head_branch: run.head_branch.map(|branch| branch.0),
            head_repository: run.head_repository.map(|repository| HeadRepository {
                id: repository.id.0,
                owner: repository.owner.login.0,
            }),
            repository: here.0,
            // A fork that pulls from here has pull requests with the same head, and GitHub lists them as well.
            pull_requests: run
                .pull_requests
                .unwrap_or_default()
                .into_iter()
                .filter(|listed| listed.base.repo.id == here)
                .map(|listed| listed.number.0)
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::is_ref_name;

    #[test]
    fn names_of_branches_are_those_of_git() {
        for right in ["main", "feature/x-1", "größe", "a@b", "v1.2", "a{b}"] {
            assert!(is_ref_name(right), "{right}");
        }
        for wrong in [
            "", "-x", "@", "a..b", "a b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b", "/a", "a/",
            "a//b", ".a", "a/.b", "a.lock", "a.lock/b", "a.", "a@{1}", "a\nb", "a\u{7f}",
        ] {
            assert!(!is_ref_name(wrong), "{wrong:?}");
        }
        assert!(!is_ref_name(&"a".repeat(2000)));
    }
}
