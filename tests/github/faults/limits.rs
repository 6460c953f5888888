//! Limits are waited for within a budget, and a missing permission is asked for once.

use super::*;
use crate::fake::on;
use tollgate::publish::github::{Checked, Commented};
use tollgate::publish::retry::Reason;

/// GitHub's clock, ten seconds behind ours.
const THEIR_NOW: &str = "Fri, 15 Jan 2027 07:59:50 GMT";

/// Nothing is left of the hour's requests, for 29 seconds by GitHub's clock.
fn used_up(status: u16) -> Trouble {
    let reset = (NOW + 19).to_string();
    let headers = [
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", reset.as_str()),
        ("date", THEIR_NOW),
    ];
    let body = r#"{"message":"API rate limit exceeded for installation ID 1."}"#;
    Trouble::answer(status, &headers, body)
}

#[test]
fn a_limit_is_waited_for_as_long_as_github_asks() {
    let table = [
        (Trouble::secondary_limit(403, Some(17)), 17),
        (Trouble::secondary_limit(429, Some(17)), 17),
        (Trouble::secondary_limit(403, None), 60),
        (Trouble::secondary_limit(429, None), 60),
        (used_up(403), 30),
        (used_up(429), 30),
        (
            Trouble::answer(
                429,
                &[
                    ("retry-after", "Fri, 15 Jan 2027 08:00:20 GMT"),
                    ("date", THEIR_NOW),
                ],
                "<html>slow down</html>",
            ),
            30,
        ),
        (
            Trouble::answer(429, &[("retry-after", "-1")], "slow down"),
            60,
        ),
    ];
    for (trouble, seconds) in table {
        for (verb, path) in [("POST", COMMENTS), ("POST", CHECK_RUNS), ("GET", COMMENTS)] {
            let scene = Scene::new();
            scene.repository.fault(on(verb, path), trouble.clone());
            assert_eq!(scene.publish().failures(), [""; 0], "{trouble:?} {path}");
            scene.has_one_comment();
            scene.has_one_check_run();
            assert_eq!(scene.waits(), [seconds], "{trouble:?} {path}");
        }
        let scene = Scene::new();
        let id = scene.earlier(49, "1 budget is broken.");
        scene.repository.fault(on("PATCH", COMMENT), trouble);
        assert_eq!(scene.publish().comment, Commented::Updated(id));
        scene.has_one_comment();
        assert_eq!(scene.waits(), [seconds]);
    }
}

#[test]
fn waiting_in_all_stays_within_the_budget() {
    let scene = Scene::new();
    let always = on("POST", COMMENTS).always();
    let trouble = Trouble::secondary_limit(429, Some(50));
    scene.repository.fault(always, trouble.clone());
    scene.repository.fault(on("POST", CHECK_RUNS), trouble);
    let published = scene.publish();
    // Twice 50 of 120 seconds; for a third time there is not enough left, nor for the check run.
    assert_eq!(scene.waits(), [50, 50]);
    let Commented::Failed(failure) = &published.comment else {
        panic!("{published:?}");
    };
    let asked = Duration::from_secs(50);
    assert_eq!(failure.reason, Reason::RateLimited(asked));
    assert!(failure.to_string().contains("50 s"), "{failure}");
    assert!(matches!(published.check, Checked::Failed { .. }));
    assert_eq!(scene.bodies(), [""; 0]);
    assert_eq!(scene.repository.check_runs(HEAD), []);
}

#[test]
fn an_absurd_wait_is_not_begun() {
    for asked in [
        "3600",
        "18446744073709551616",
        "Fri, 01 Jan 2999 00:00:00 GMT",
    ] {
        let scene = Scene::new();
        let trouble = Trouble::answer(429, &[("retry-after", asked)], "{}");
        scene.repository.fault(on("POST", COMMENTS), trouble);
        let published = scene.publish();
        assert!(matches!(published.comment, Commented::Failed(_)), "{asked}");
        assert_eq!(scene.waits(), [0; 0], "{asked}");
        assert_eq!(scene.comment_requests(), [1, 1, 0]);
        scene.has_one_check_run();
    }
}

#[test]
fn a_missing_permission_is_one_request_and_a_line_to_add() {
    let scene = Scene::with("pull-requests: read, checks: write");
    let published = scene.publish();
    let Commented::Failed(failure) = &published.comment else {
        panic!("{published:?}");
    };
    assert_eq!(
        failure.to_string(),
        "POST /repos/octocat/hello-world/issues/7/comments: the token lacks a permission \
         (status 403: Resource not accessible by integration); \
         add `pull-requests: write` to `permissions:` of the job"
    );
    assert_eq!(scene.comment_requests(), [1, 1, 0]);
    assert_eq!(scene.waits(), [0; 0]);
    assert_eq!(scene.bodies(), [""; 0]);
    scene.has_one_check_run();
}

#[test]
fn a_token_of_a_fork_is_told_from_a_missing_line() {
    let scene = Scene::with("pull-requests: read, checks: read, statuses: read");
    let name = RepositoryName::new(scene.name).unwrap();
    let mut settings = scene.settings();
    settings.token_of_fork = true;
    let published = scene.publish_by(&mut Client::new(settings, name).unwrap());
    let lines = published.failures();
    assert_eq!(lines.len(), 2, "{lines:?}");
    for line in lines {
        assert!(line.contains("can only read"), "{line}");
        assert!(line.contains("`workflow_run`"), "{line}");
    }
}

#[test]
fn a_bad_token_is_told_at_once() {
    let mut scene = Scene::new();
    scene.token = "ghs_expired".to_owned();
    let published = scene.publish();
    for line in published.failures() {
        assert!(line.contains("not valid, or has expired"), "{line}");
        assert!(line.contains("github.token"), "{line}");
    }
    assert_eq!(published.failures().len(), 2);
    assert_eq!(published.requests, 2);
}

#[test]
fn changes_keep_their_distance_only_when_they_are_many() {
    let mut scene = Scene::new();
    scene.pause = Duration::from_secs(1);
    scene.post.check.annotations = annotations(250);
    scene.publish();
    scene.has_one_check_run();
    // Comment, check run and the first batch at once; then three more batches.
    assert_eq!(scene.waits(), [1, 1, 1]);
}
