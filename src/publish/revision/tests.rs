use super::*;
use crate::publish::event::TriggeringRun;

/// Parents in pull requests made by GitHub: `BASE` and `HEAD` under `MERGE`.
const BASE: char = 'b';
const HEAD: char = 'a';
const MERGE: char = 'c';

fn commit(digit: char) -> Commit {
    Commit::new(&digit.to_string().repeat(40)).unwrap()
}

/// What is checked out, said in advance.
struct Told {
    head: char,
    parents: Vec<char>,
    here: Vec<char>,
    contained: Vec<char>,
    branches: Vec<&'static str>,
    origin: Option<&'static str>,
    shallow: bool,
}

impl Default for Told {
    fn default() -> Self {
        Self {
            head: MERGE,
            parents: vec![BASE, HEAD],
            here: vec![BASE, HEAD, MERGE],
            contained: vec![BASE, HEAD, MERGE],
            branches: vec!["main"],
            origin: Some("octo-org/octo-repo"),
            shallow: false,
        }
    }
}

impl Repository for Told {
    fn head(&self) -> Result<Commit, Unknown> {
        Ok(commit(self.head))
    }
    fn parents(&self) -> Result<Vec<Commit>, Unknown> {
        Ok(self.parents.iter().copied().map(commit).collect())
    }
    fn has(&self, wanted: &Commit) -> Result<bool, Unknown> {
        Ok(self.here.iter().any(|digit| commit(*digit) == *wanted))
    }
    fn contains(&self, wanted: &Commit) -> Result<bool, Unknown> {
        Ok(self.contained.iter().any(|digit| commit(*digit) == *wanted))
    }
    fn has_branch_of_origin(&self, branch: &str) -> Result<bool, Unknown> {
        Ok(self.branches.contains(&branch))
    }
    fn origin(&self) -> Result<Option<RepositoryName>, Unknown> {
        Ok(self.origin.and_then(RepositoryName::new))
    }
    fn is_shallow(&self) -> Result<bool, Unknown> {
        Ok(self.shallow)
    }
}

/// A repository that fails on everything.
struct Broken;

impl Repository for Broken {
    fn head(&self) -> Result<Commit, Unknown> {
        Err("git is gone".into())
    }
    fn parents(&self) -> Result<Vec<Commit>, Unknown> {
        Err("git is gone".into())
    }
    fn has(&self, _: &Commit) -> Result<bool, Unknown> {
        Err("git is gone".into())
    }
    fn contains(&self, _: &Commit) -> Result<bool, Unknown> {
        Err("git is gone".into())
    }
    fn has_branch_of_origin(&self, _: &str) -> Result<bool, Unknown> {
        Err("git is gone".into())
    }
    fn origin(&self) -> Result<Option<RepositoryName>, Unknown> {
        Err("git is gone".into())
    }
    fn is_shallow(&self) -> Result<bool, Unknown> {
        Err("git is gone".into())
    }
}

fn job(event: Event) -> Job {
    Job {
        event,
        repository: RepositoryName::new("octo-org/octo-repo").unwrap(),
        repository_id: 1,
        run: 7,
        attempt: 1,
        server_url: "https://github.com".to_owned(),
        api_url: "https://api.github.com".to_owned(),
    }
}

fn pull_request() -> Event {
    Event::PullRequest(PullRequest {
        number: 2,
        head: commit(HEAD),
        head_repository: Some(1),
        base_branch: "main".to_owned(),
        base_repository: 1,
    })
}

fn group() -> Event {
    Event::MergeGroup {
        head: commit(MERGE),
        base: commit(BASE),
    }
}

fn chosen(event: Event, repository: &Told) -> Result<Against, String> {
    against(&job(event), false, repository).map_err(|error| error.to_string())
}

#[track_caller]
fn base(event: Event, repository: &Told) -> String {
    match chosen(event, repository).unwrap() {
        Against::Base { reference, .. } => reference,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn refused(event: Event, repository: &Told, parts: &[&str]) {
    let error = chosen(event, repository).unwrap_err();
    for part in parts {
        assert!(error.contains(part), "{part:?} is not in {error:?}");
    }
}

#[test]
fn a_merge_made_by_github_is_compared_with_what_it_merges_into() {
    assert_eq!(base(pull_request(), &Told::default()), "HEAD^1");
    // Parents stand in their order: the other way round it is the base branch merged into the pull request.
    let turned = Told {
        parents: vec![HEAD, BASE],
        ..Told::default()
    };
    refused(
        pull_request(),
        &turned,
        &[
            "is a merge of bbbbbbbbbbbb",
            "newest commit is aaaaaaaaaaaa",
            "fetch-depth: 2",
        ],
    );
}

#[test]
fn the_newest_commit_alone_is_compared_with_where_it_left_the_branch() {
    let alone = Told {
        head: HEAD,
        parents: vec![BASE],
        ..Told::default()
    };
    let expected = "merge-base:refs/remotes/origin/main";
    assert_eq!(base(pull_request(), &alone), expected);
    // Its own parents say nothing: it may be a merge of the base branch.
    let merge = Told {
        head: HEAD,
        ..Told::default()
    };
    assert_eq!(base(pull_request(), &merge), expected);
    let unfetched = Told {
        head: HEAD,
        branches: vec!["feature"],
        ..Told::default()
    };
    refused(
        pull_request(),
        &unfetched,
        &["`origin/main` was not fetched", "fetch-depth: 0"],
    );
}

#[test]
fn a_checkout_of_the_fork_does_not_know_the_branch_that_is_merged_into() {
    let from = |origin| Told {
        head: HEAD,
        origin,
        ..Told::default()
    };
    refused(
        pull_request(),
        &from(Some("octocat/octo-repo")),
        &["`origin` is octocat/octo-repo, not octo-org/octo-repo"],
    );
    assert!(chosen(pull_request(), &from(Some("Octo-Org/octo-repo"))).is_ok());
    assert!(chosen(pull_request(), &from(None)).is_ok());
}

#[test]
fn other_commits_than_the_event_is_about_are_refused() {
    let head = |head, parents: &[char]| Told {
        head,
        parents: parents.to_vec(),
        ..Told::default()
    };
    refused(
        pull_request(),
        &head('d', &[BASE]),
        &[
            "dddddddddddd is checked out",
            "nor its merge",
            "fetch-depth: 2",
            "--base",
        ],
    );
    refused(
        pull_request(),
        &head('d', &[]),
        &["dddddddddddd is checked out"],
    );
    refused(
        pull_request(),
        &head('d', &[BASE, HEAD, 'e']),
        &["dddddddddddd is checked out"],
    );
    refused(
        pull_request(),
        &head(MERGE, &[BASE, 'd']),
        &["is a merge of dddddddddddd"],
    );
    refused(
        group(),
        &head('d', &[BASE]),
        &["the merge queue asks about cccccccccccc"],
    );
}

#[test]
fn a_base_that_was_not_fetched_is_named_with_the_depth_that_fetches_it() {
    let without = Told {
        here: vec![MERGE],
        shallow: true,
        ..Told::default()
    };
    refused(
        pull_request(),
        &without,
        &["bbbbbbbbbbbb, was not fetched", "`fetch-depth: 2`"],
    );
    refused(
        group(),
        &without,
        &["bbbbbbbbbbbb, was not fetched", "`fetch-depth: 0`"],
    );
}

#[test]
fn a_merge_queue_is_believed_when_what_it_merges_contains_what_it_merges_onto() {
    assert_eq!(base(group(), &Told::default()), "b".repeat(40));
    let elsewhere = |shallow| Told {
        contained: vec![MERGE],
        shallow,
        ..Told::default()
    };
    refused(
        group(),
        &elsewhere(false),
        &["does not contain bbbbbbbbbbbb"],
    );
    refused(
        group(),
        &elsewhere(true),
        &["does not contain bbbbbbbbbbbb", "fetch-depth: 0"],
    );
    let nothing = Event::MergeGroup {
        head: commit(MERGE),
        base: commit(MERGE),
    };
    assert!(
        chosen(nothing, &Told::default()).is_err(),
        "a commit against itself is always green"
    );
}

#[test]
fn what_has_no_base_is_judged_by_baselines_and_never_asks_git() {
    let push = |before: Option<char>, after: Option<char>| Event::Push {
        before: before.map(commit),
        after: after.map(commit),
    };
    let baseline = [
        push(Some(BASE), Some(HEAD)),
        push(None, Some(HEAD)),
        Event::Schedule,
        Event::Dispatch,
        Event::Other("release".to_owned()),
    ];
    for event in baseline {
        let chosen = against(&job(event.clone()), false, &Broken);
        assert!(matches!(chosen, Ok(Against::Baseline { .. })), "{event:?}");
    }
    let deleted = against(&job(push(Some(BASE), None)), false, &Broken).unwrap_err();
    assert!(deleted.to_string().contains("deleted"), "{deleted}");
}

#[test]
fn only_a_time_table_measures_against_the_anchor() {
    let anchored = |event| against(&job(event), true, &Told::default()).unwrap();
    assert!(matches!(anchored(Event::Schedule), Against::Anchor { .. }));
    assert!(matches!(
        anchored(Event::Dispatch),
        Against::Baseline { .. }
    ));
    assert!(matches!(anchored(pull_request()), Against::Base { .. }));
}

#[test]
fn events_that_check_out_something_else_than_they_are_about_are_refused() {
    let run = Event::WorkflowRun(TriggeringRun {
        id: 1,
        attempt: 1,
        event: "pull_request".to_owned(),
        path: ".github/workflows/gate.yml".to_owned(),
        head: commit(HEAD),
        head_branch: None,
        head_repository: None,
        repository: 1,
        pull_requests: Vec::new(),
    });
    refused(run, &Told::default(), &["`workflow_run`", "default branch"]);
    let target = Event::Other("pull_request_target".to_owned());
    refused(
        target,
        &Told::default(),
        &[
            "`pull_request_target`",
            "run `tollgate check` on `pull_request`",
        ],
    );
}

#[test]
fn a_rerun_gets_the_same_answer() {
    let first = job(pull_request());
    let again = Job {
        attempt: 2,
        ..first.clone()
    };
    let told = Told::default();
    assert_eq!(
        against(&first, false, &told).unwrap(),
        against(&again, false, &told).unwrap()
    );
}

#[test]
fn a_repository_that_cannot_be_asked_is_no_answer() {
    for event in [pull_request(), group()] {
        let error = against(&job(event), false, &Broken).unwrap_err();
        assert!(matches!(error, RevisionError::Repository(_)), "{error}");
    }
}
