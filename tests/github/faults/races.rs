//! Two runs at once: one comment is left, and it says what the newer run says.

use super::*;
use crate::fake::on;
use tollgate::publish::github::{Checked, Commented};
use tollgate::publish::sticky::Why;

#[test]
fn an_older_run_says_nothing_any_more() {
    let scene = Scene::new();
    scene.earlier(51, "the newer word");
    let published = scene.publish();
    assert_eq!(published.comment, Commented::Left(Why::Older));
    // It may be of the same commit, where the latest check run counts.
    assert_eq!(published.check, Checked::Older);
    assert_eq!(scene.bodies(), [body(&origin(51, 1), "the newer word")]);
    assert_eq!(scene.repository.check_runs(HEAD), []);
    assert_eq!(published.requests, 1);
}

#[test]
fn of_two_that_create_at_once_the_older_run_withdraws() {
    let scene = Scene::new();
    let newer = body(&origin(51, 1), "the newer word");
    let theirs = newer.clone();
    scene
        .repository
        .race(on("POST", COMMENTS), move |repository| {
            repository.comment(PULL, Some(Author::actions()), &theirs);
        });
    let published = scene.publish();
    assert_eq!(published.comment, Commented::Left(Why::Older));
    assert_eq!(published.check, Checked::Older);
    assert_eq!(scene.bodies(), [newer]);
}

#[test]
fn of_two_that_create_at_once_the_newer_run_takes_the_comment_over() {
    let scene = Scene::new();
    let older = body(&origin(49, 1), "the older word");
    scene
        .repository
        .race(on("POST", COMMENTS), move |repository| {
            repository.comment(PULL, Some(Author::actions()), &older);
        });
    let first = {
        let published = scene.publish();
        let Commented::Updated(id) = published.comment else {
            panic!("{published:?}");
        };
        id
    };
    scene.has_one_comment();
    assert_eq!(scene.repository.comments(PULL)[0].id, first);
    scene.has_one_check_run();
}

#[test]
fn a_newer_word_that_came_while_we_waited_is_not_overwritten() {
    let waits = [
        Trouble::html(502),
        Trouble::secondary_limit(403, Some(30)),
        Trouble::Reset,
    ];
    for trouble in waits {
        let scene = Scene::new();
        let id = scene.earlier(49, "1 budget is broken.");
        let newer = body(&origin(51, 1), "the newer word");
        let theirs = newer.clone();
        scene
            .repository
            .fault(on("PATCH", COMMENT), trouble.clone());
        let second_look = on("GET", COMMENTS).nth(2);
        scene
            .repository
            .race(second_look, move |repository| repository.edit(id, &theirs));
        let published = scene.publish();
        assert_eq!(
            published.comment,
            Commented::Left(Why::Older),
            "{trouble:?}"
        );
        assert_eq!(scene.bodies(), [newer], "{trouble:?}");
    }
}

#[test]
fn a_comment_that_vanishes_is_created_again() {
    let scene = Scene::new();
    let id = scene.earlier(49, "1 budget is broken.");
    scene
        .repository
        .race(on("PATCH", COMMENT), move |repository| {
            repository.delete(id);
        });
    assert_eq!(scene.publish().comment, Commented::Created);
    scene.has_one_comment();
}

#[test]
fn comments_of_ours_that_are_too_many_are_deleted_and_the_oldest_kept() {
    let scene = Scene::new();
    let kept = scene.earlier(47, "a");
    for run in [48, 49] {
        scene.earlier(run, "b");
    }
    let foreign =
        scene
            .repository
            .comment(PULL, Some(Author::user("mona")), &body(&origin(1, 1), "c"));
    let gone = on("DELETE", COMMENT).nth(1);
    scene
        .repository
        .fault(gone, Trouble::json(404, "Not Found"));
    let broken = on("DELETE", COMMENT).nth(2).after_commit();
    scene.repository.fault(broken, Trouble::html(502));
    let published = scene.publish();
    assert_eq!(published.comment, Commented::Updated(kept));
    assert_eq!(published.surplus, None);
    let left = scene.repository.comments(PULL);
    let left: Vec<u64> = left.iter().map(|comment| comment.id).collect();
    // The first was said to be gone; nothing deletes what is not ours.
    assert_eq!(left, [kept, kept + 1, foreign]);
}

#[test]
fn what_could_not_be_deleted_is_told_and_the_comment_stands() {
    let scene = Scene::new();
    let kept = scene.earlier(47, "a");
    scene.earlier(48, "b");
    let always = on("DELETE", COMMENT).always();
    scene.repository.fault(always, Trouble::json(403, "No."));
    let published = scene.publish();
    assert_eq!(published.comment, Commented::Updated(kept));
    assert_eq!(published.failures().len(), 1, "{published:?}");
    assert_eq!(scene.bodies()[0], scene.body());
}
