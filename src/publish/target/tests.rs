//! Whom a verdict is told, and every reason to tell nobody.

use super::*;
use crate::publish::event::HeadRepository;

const HERE: u64 = 100;
const FORK: u64 = 200;
const GATE: &str = ".github/workflows/gate.yml";

fn commit(digit: &str) -> Commit {
    Commit::new(&digit.repeat(40)).unwrap()
}

fn run_of(event: &str, from: u64) -> TriggeringRun {
    TriggeringRun {
        id: 7,
        attempt: 2,
        event: event.to_owned(),
        path: GATE.to_owned(),
        head: commit("a"),
        head_branch: Some("topic".to_owned()),
        head_repository: Some(HeadRepository {
            id: from,
            owner: "octocat".to_owned(),
        }),
        repository: HERE,
        pull_requests: Vec::new(),
    }
}

fn pull(number: u64, from: u64) -> Pull {
    Pull {
        number,
        open: true,
        head: commit("a"),
        head_repository: Some(from),
        base_repository: HERE,
    }
}

fn found(run: &TriggeringRun, candidates: &[Pull]) -> Result<Target, NoTarget> {
    target(run, HERE, GATE, candidates)
}

#[test]
fn a_pull_request_of_the_repository_is_found() {
    let target = found(&run_of("pull_request", HERE), &[pull(12, HERE)]).unwrap();
    assert_eq!(
        target,
        Target {
            pull: Some(12),
            origin: Origin {
                run: 7,
                attempt: 2,
                head: commit("a"),
            },
            from_fork: false,
        }
    );
}

#[test]
fn a_pull_request_of_a_fork_is_found_among_those_of_the_same_branch_name() {
    let mut old_head = pull(3, FORK);
    old_head.head = commit("b");
    let mut closed = pull(4, FORK);
    closed.open = false;
    let mut deleted = pull(5, FORK);
    deleted.head_repository = None;
    // The owner's name was taken over by another account with the same commit.
    let other_fork = pull(6, 300);
    let mut elsewhere = pull(7, FORK);
    elsewhere.base_repository = FORK;
    let own = pull(8, HERE);
    let candidates = [
        old_head,
        closed,
        deleted,
        other_fork,
        elsewhere,
        own,
        pull(9, FORK),
    ];
    let target = found(&run_of("pull_request", FORK), &candidates).unwrap();
    assert_eq!((target.pull, target.from_fork), (Some(9), true));
    assert_eq!(
        found(&run_of("pull_request", FORK), &candidates[..6]),
        Err(NoTarget::Superseded(commit("a")))
    );
}

#[test]
fn a_pull_request_that_was_listed_twice_is_one() {
    let target = found(
        &run_of("pull_request", FORK),
        &[pull(9, FORK), pull(9, FORK)],
    );
    assert_eq!(target.unwrap().pull, Some(9));
}

#[test]
fn two_pull_requests_of_one_commit_cannot_be_told_apart() {
    assert_eq!(
        found(
            &run_of("pull_request", HERE),
            &[pull(1, HERE), pull(2, HERE)]
        ),
        Err(NoTarget::Ambiguous(2))
    );
}

#[test]
fn without_an_answer_nobody_is_told() {
    for from in [HERE, FORK] {
        assert_eq!(
            found(&run_of("pull_request", from), &[]),
            Err(NoTarget::Superseded(commit("a")))
        );
    }
}

#[test]
fn a_merge_queue_gets_a_check_run_and_no_comment() {
    let run = run_of("merge_group", HERE);
    // Whatever pull requests are around.
    for candidates in [vec![], vec![pull(1, HERE)], vec![pull(1, FORK)]] {
        let target = found(&run, &candidates).unwrap();
        assert_eq!((target.pull, target.from_fork), (None, false));
        assert_eq!(target.origin.head, commit("a"));
    }
    assert_eq!(
        found(&run_of("merge_group", FORK), &[]),
        Err(NoTarget::OtherRepository {
            found: FORK,
            here: HERE
        })
    );
}

#[test]
fn a_deleted_fork_is_nobody() {
    let mut run = run_of("pull_request", FORK);
    run.head_repository = None;
    let mut pull = pull(1, FORK);
    pull.head_repository = None;
    assert_eq!(
        found(&run, &[pull]),
        Err(NoTarget::HeadDeleted(commit("a")))
    );
}

#[test]
fn runs_of_other_events_have_nobody() {
    for event in [
        "push",
        "schedule",
        "workflow_dispatch",
        "pull_request_target",
        "workflow_run",
        "PULL_REQUEST",
        "",
    ] {
        assert_eq!(
            found(&run_of(event, HERE), &[pull(1, HERE)]),
            Err(NoTarget::NoPullRequest(event.to_owned()))
        );
    }
}

#[test]
fn runs_of_other_repositories_are_refused() {
    let mut run = run_of("pull_request", HERE);
    run.repository = FORK;
    assert_eq!(
        found(&run, &[pull(1, HERE)]),
        Err(NoTarget::OtherRepository {
            found: FORK,
            here: HERE
        })
    );
}

#[test]
fn the_path_of_the_workflow_may_carry_a_reference() {
    for path in [
        GATE.to_owned(),
        format!("{GATE}@main"),
        format!("{GATE}@refs/pull/12/merge"),
        format!("{GATE}@refs/heads/a@b"),
    ] {
        let mut run = run_of("pull_request", HERE);
        run.path = path;
        assert_eq!(found(&run, &[pull(1, HERE)]).unwrap().pull, Some(1));
    }
}

#[test]
fn workflows_of_other_files_are_refused() {
    for path in [
        "",
        ".github/workflows/gate.yaml",
        ".github/workflows/gate.yml2",
        ".github/workflows/gate.yml.yml",
        ".github/workflows/gate.yml@",
        ".github/workflows/gate.yml@other.yml",
        ".github/workflows/gate.yml@other.yml@refs/heads/main",
        ".github/workflows/gate.yml@other.yaml@main",
        ".github/workflows/gate.yml@other.YML@main",
        "./.github/workflows/gate.yml",
        ".github/workflows/../workflows/gate.yml",
        "x/.github/workflows/gate.yml",
        ".github/workflows/GATE.yml",
        "gate.yml",
        "@.github/workflows/gate.yml",
    ] {
        let mut run = run_of("pull_request", HERE);
        run.path = path.to_owned();
        assert_eq!(
            found(&run, &[pull(1, HERE)]),
            Err(NoTarget::OtherWorkflow {
                found: path.to_owned(),
                expected: GATE.to_owned()
            }),
            "{path:?}"
        );
    }
    let mut run = run_of("pull_request", HERE);
    run.path = String::new();
    assert!(matches!(
        target(&run, HERE, "", &[pull(1, HERE)]),
        Err(NoTarget::OtherWorkflow { .. })
    ));
}
