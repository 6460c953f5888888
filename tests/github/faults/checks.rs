//! The check run: made once, each annotation once; a status where check runs are refused.

use super::*;
use crate::fake::on;
use tollgate::publish::github::{Checked, Commented};
use tollgate::publish::retry::Reason;

fn posted(annotations: usize) -> Checked {
    Checked::Posted {
        annotations,
        left_out: 0,
    }
}

#[test]
fn annotations_are_sent_in_batches_of_fifty() {
    for (count, batches) in [(0, 0), (1, 0), (50, 0), (51, 1), (150, 2), (151, 3)] {
        let mut scene = Scene::new();
        scene.post.check.annotations = annotations(count);
        assert_eq!(scene.publish().check, posted(count));
        scene.has_one_check_run();
        assert_eq!(scene.repository.count("PATCH", CHECK_RUN), batches);
    }
}

#[test]
fn more_annotations_than_anyone_reads_are_counted_and_left_out() {
    let mut scene = Scene::new();
    scene.post.check.annotations = annotations(10_000);
    let published = scene.publish();
    let left_out = Checked::Posted {
        annotations: 500,
        left_out: 9_500,
    };
    assert_eq!(published.check, left_out);
    let run = &scene.repository.check_runs(HEAD)[0];
    assert_eq!(run.annotations.len(), 500);
    assert_eq!(run.annotations[499]["message"], "benchmark 500 is slower");
    let said = published.check.to_string();
    assert!(said.contains("9500 left out"), "{said}");
}

#[test]
fn a_check_run_is_made_once_whatever_the_answer_was() {
    for trouble in doubts() {
        for committed in [false, true] {
            let mut scene = Scene::new();
            scene.post.check.annotations = annotations(51);
            let mut when = on("POST", CHECK_RUNS);
            if committed {
                when = when.after_commit();
            }
            scene.repository.fault(when, trouble.clone());
            let published = scene.publish();
            scene.has_one_check_run();
            scene.has_one_comment();
            assert_eq!(published.check, posted(51), "{trouble:?} {committed}");
            let posts = if committed { 1 } else { 2 };
            assert_eq!(scene.repository.count("POST", CHECK_RUNS), posts);
        }
    }
}

#[test]
fn annotations_are_added_once_whatever_the_answer_was() {
    for trouble in doubts() {
        for committed in [false, true] {
            let mut scene = Scene::new();
            scene.post.check.annotations = annotations(120);
            let mut when = on("PATCH", CHECK_RUN);
            if committed {
                when = when.after_commit();
            }
            scene.repository.fault(when, trouble.clone());
            assert_eq!(scene.publish().check, posted(120), "{trouble:?}");
            scene.has_one_check_run();
            let batches = if committed { 2 } else { 3 };
            assert_eq!(scene.repository.count("PATCH", CHECK_RUN), batches);
        }
    }
}

#[test]
fn the_check_run_of_another_attempt_is_not_taken_for_ours() {
    let mut scene = Scene::new();
    scene.target.origin = origin(50, 2);
    scene.publish();
    scene.target.origin = origin(50, 3);
    scene.post.comment = "again".to_owned();
    scene
        .repository
        .fault(on("POST", CHECK_RUNS), Trouble::html(502));
    assert_eq!(scene.publish().check, posted(0));
    let runs = scene.repository.check_runs(HEAD);
    let ids: Vec<Option<&str>> = runs.iter().map(|run| run.external_id.as_deref()).collect();
    let expected = [Some("tollgate:default:50:2"), Some("tollgate:default:50:3")];
    assert_eq!(ids, expected);
}

#[test]
fn an_answer_that_cannot_be_read_does_not_make_a_second_check_run() {
    let mut scene = Scene::new();
    scene.post.check.annotations = annotations(51);
    let when = on("POST", CHECK_RUNS).after_commit();
    let trouble = Trouble::answer(201, &[], "<html>ok</html>");
    scene.repository.fault(when, trouble);
    assert_eq!(scene.publish().check, posted(51));
    scene.has_one_check_run();
}

#[test]
fn annotations_that_do_not_arrive_are_counted() {
    let mut scene = Scene::new();
    scene.post.check.annotations = annotations(101);
    let always = on("PATCH", CHECK_RUN).always();
    scene.repository.fault(always, Trouble::html(503));
    let published = scene.publish();
    let Checked::Incomplete {
        annotations,
        left_out,
        failure,
    } = &published.check
    else {
        panic!("{published:?}");
    };
    assert_eq!((*annotations, *left_out, failure.tries), (50, 51, 4));
    assert_eq!(scene.repository.check_runs(HEAD)[0].annotations.len(), 50);
    scene.has_one_comment();
    assert_eq!(published.failures().len(), 1);
}

#[test]
fn a_status_stands_where_check_runs_are_refused() {
    let scene = Scene::with("pull-requests: write, statuses: write");
    let published = scene.publish();
    let Checked::Status { instead } = &published.check else {
        panic!("{published:?}");
    };
    assert_eq!(instead.reason, Reason::NotPermitted);
    assert!(
        instead
            .to_string()
            .ends_with("add `checks: write` to `permissions:` of the job"),
        "{instead}"
    );
    let statuses = scene.repository.statuses(HEAD);
    assert_eq!(statuses.len(), 1);
    assert_eq!(statuses[0].state, "failure");
    assert_eq!(statuses[0].context, "tollgate");
    assert_eq!(
        statuses[0].description.as_deref(),
        Some("2 of 3 budgets are broken")
    );
    assert!(statuses[0].target_url.is_some());
    assert_eq!(scene.repository.count("POST", CHECK_RUNS), 1);
    assert_eq!(scene.repository.check_runs(HEAD), []);
    scene.has_one_comment();
    assert_eq!(published.failures(), [""; 0]);
}

#[test]
fn a_token_of_a_person_sets_a_status_too() {
    let scene = Scene::with("pull-requests: write, statuses: write");
    let trouble = Trouble::json(403, "You must authenticate via a GitHub App.");
    scene.repository.fault(on("POST", CHECK_RUNS), trouble);
    assert!(matches!(scene.publish().check, Checked::Status { .. }));
    assert_eq!(scene.repository.statuses(HEAD).len(), 1);
}

#[test]
fn without_either_permission_both_are_named_and_the_comment_is_posted() {
    let scene = Scene::with("pull-requests: write");
    let published = scene.publish();
    assert_eq!(published.comment, Commented::Created);
    scene.has_one_comment();
    let said = published.check.to_string();
    assert!(said.contains("`checks: write`"), "{said}");
    assert!(said.contains("`statuses: write`"), "{said}");
    assert_eq!(scene.repository.count("POST", CHECK_RUNS), 1);
    assert_eq!(scene.repository.count("POST", "/statuses/*"), 1);
    assert_eq!(scene.waits(), [0; 0]);
}

#[test]
fn a_server_that_is_broken_is_no_reason_for_a_status() {
    let scene = Scene::with("pull-requests: write, checks: write, statuses: write");
    let always = on("POST", CHECK_RUNS).always();
    scene.repository.fault(always, Trouble::html(500));
    let published = scene.publish();
    assert!(matches!(
        published.check,
        Checked::Failed { status: None, .. }
    ));
    assert_eq!(scene.repository.statuses(HEAD), []);
    scene.has_one_comment();
}

#[test]
fn a_commit_that_github_does_not_know_is_told_with_its_words() {
    let mut scene = Scene::new();
    scene.target.origin.head = Commit::new(&"3".repeat(40)).unwrap();
    let published = scene.publish();
    let said = published.check.to_string();
    assert!(said.contains("No commit found for SHA"), "{said}");
    assert_eq!(published.comment, Commented::Created);
}
