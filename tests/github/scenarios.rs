//! What happens on a pull request when its gate has ended, from the artifact to the comment, with GitHub's description
//! between the client and the fake.
//!
//! `cargo test --test github transcript -- --nocapture` shows what is sent.

pub(crate) mod scene;

use crate::fake::{Author, Pull, on};
use crate::prism::Api;
use scene::{HEAD, PULL, Scenario, green, green_but_telling, red};
use tollgate::publish::github::{Checked, Commented};
use tollgate::publish::sticky::Why;

/// The first gate is red: there is a comment now.
fn first_post(name: &str) -> Option<Scenario> {
    let scene = Scenario::new(Api::GitHub, name)?;
    let (published, requests) = scene.gate_ended(30, 1).comments(&red(1));
    // One more than an update: after creating a comment, whether another run did so too.
    assert_eq!((published.comment, requests), (Commented::Created, 7));
    scene.comment_says(30, "1 budget is broken");
    Some(scene)
}

/// There was a comment; the next gate is green.
fn update(name: &str) -> Option<Scenario> {
    let scene = Scenario::new(Api::GitHub, name)?;
    let id = scene
        .api
        .repository
        .comment(PULL, Some(Author::actions()), &body_of_run(29));
    let (published, requests) = scene.gate_ended(31, 1).comments(&green());
    assert_eq!((published.comment, requests), (Commented::Updated(id), 6));
    scene.comment_says(31, "All 12 budgets hold");
    Some(scene)
}

fn body_of_run(run: u64) -> String {
    format!(
        "<!-- tollgate:v1:key=default -->\n<!-- tollgate-data run={run} attempt=1 head={HEAD} -->\n\n\
         **1 budget is broken.**\n"
    )
}

/// The event names no pull request: it is asked for by the branch of the fork.
fn fork(name: &str) -> Option<Scenario> {
    let scene = Scenario::of(Api::GitHub, name, Some("mona"))?;
    // Another fork has a branch of that name, with the same commit.
    scene
        .api
        .repository
        .pull(Pull::new(8, HEAD).in_fork_of("hubot", "faster"));
    let (published, requests) = scene.gate_ended(32, 1).comments(&red(1));
    // One more than an update: after creating a comment, whether another run did so too.
    assert_eq!((published.comment, requests), (Commented::Created, 7));
    scene.comment_says(32, "1 budget is broken");
    assert_eq!(scene.api.repository.comments(8), []);
    Some(scene)
}

/// Two runs see no comment. The older one is about to write, when the newer one does all that it does.
fn race(name: &str) -> Option<Scenario> {
    let scene = Scenario::new(Api::GitHub, name)?;
    let older = scene.gate_ended(40, 1);
    let newer = scene.gate_ended(41, 1);
    scene
        .api
        .repository
        .race(on("POST", "/issues/7/comments"), move |_| {
            let (published, _) = newer.comments(&red(1));
            assert_eq!(published.comment, Commented::Created);
        });
    let (published, _) = older.comments(&green_but_telling());
    scene.comment_says(41, "1 budget is broken");
    assert_eq!(published.comment, Commented::Left(Why::Older));
    assert_eq!(published.check, Checked::Older);
    Some(scene)
}

#[test]
fn the_first_red_gate_starts_a_comment_and_fails_a_check() {
    let Some(scene) = first_post("first-post") else {
        return;
    };
    let checks = scene.api.repository.check_runs(HEAD);
    assert_eq!(checks.len(), 1);
    assert_eq!(
        (checks[0].name.as_str(), checks[0].conclusion.as_deref()),
        ("tollgate", Some("failure"))
    );
    scene.prism_is_content();
}

#[test]
fn the_next_gate_changes_the_comment_that_is_there() {
    let Some(scene) = update("update") else {
        return;
    };
    assert_eq!(scene.api.repository.count("POST", "/issues/*/comments"), 0);
    scene.prism_is_content();
}

#[test]
fn the_pull_request_of_a_fork_is_found_by_branch_and_commit() {
    let Some(scene) = fork("fork") else { return };
    scene.prism_is_content();
}

#[test]
fn of_two_runs_at_a_time_the_newer_ones_word_stands() {
    let Some(scene) = race("race") else { return };
    scene.prism_is_content();
}

#[test]
fn the_newer_ones_word_stands_too_if_it_comes_second() {
    let Some(scene) = Scenario::new(Api::GitHub, "race-of-the-other-order") else {
        return;
    };
    let older = scene.gate_ended(40, 1);
    let newer = scene.gate_ended(41, 1);
    let create = on("POST", "/issues/7/comments");
    scene.api.repository.race(create, move |_| {
        let (published, _) = older.comments(&green_but_telling());
        assert_eq!(published.comment, Commented::Created);
    });
    newer.comments(&red(1));
    scene.comment_says(41, "1 budget is broken");
    // The last check run of a name is the one that counts.
    let checks = scene.api.repository.check_runs(HEAD);
    let conclusions: Vec<_> = checks.iter().map(|one| one.conclusion.as_deref()).collect();
    assert_eq!(conclusions, [Some("success"), Some("failure")]);
    scene.prism_is_content();
}

#[test]
fn more_than_fifty_annotations_are_sent_in_batches_that_github_takes() {
    let Some(scene) = Scenario::new(Api::GitHub, "annotations") else {
        return;
    };
    scene.gate_ended(33, 1).comments(&red(120));
    let checks = scene.api.repository.check_runs(HEAD);
    assert_eq!((checks.len(), checks[0].annotations.len()), (1, 120));
    scene.prism_is_content();
}

#[test]
fn enterprise_server_has_the_same_below_its_own_path() {
    let Some(scene) = Scenario::new(Api::Enterprise, "enterprise") else {
        return;
    };
    let (published, _) = scene.gate_ended(34, 1).comments(&red(51));
    assert_eq!(published.comment, Commented::Created);
    let (published, _) = scene.gate_ended(35, 1).comments(&green());
    assert!(
        matches!(published.comment, Commented::Updated(_)),
        "{published:?}"
    );
    assert!(
        !matches!(published.check, Checked::Failed { .. }),
        "{published:?}"
    );
    scene.comment_says(35, "All 12 budgets hold");
    let requests = scene.api.repository.requests();
    assert!(requests.iter().all(|one| one.enterprise != one.storage));
    scene.prism_is_content();
}

#[test]
fn the_transcript_of_the_four() {
    let scenes = [
        ("A first post", first_post("transcript-first-post")),
        ("An update", update("transcript-update")),
        ("A fork's pull request", fork("transcript-fork")),
        ("A race of two runs", race("transcript-race")),
    ];
    for (title, scene) in scenes {
        let Some(scene) = scene else { return };
        if std::env::args().any(|argument| argument == "--nocapture") {
            scene.show(title);
        }
        scene.prism_is_content();
    }
}
