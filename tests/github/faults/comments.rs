//! The comment: created once, updated in place, whatever the answer to a request was.

use super::*;
use crate::fake::on;
use tollgate::publish::github::{Checked, Commented};
use tollgate::publish::retry::Reason;
use tollgate::publish::sticky::Why;

const POSTED: Checked = Checked::Posted {
    annotations: 0,
    left_out: 0,
};

#[test]
fn a_first_post_is_one_comment_and_one_check_run() {
    let scene = Scene::new();
    let published = scene.publish();
    assert_eq!(published.comment, Commented::Created);
    assert_eq!(published.check, POSTED);
    assert_eq!(published.surplus, None);
    scene.has_one_comment();
    scene.has_one_check_run();
    // List, create, list again, check run.
    assert_eq!(published.requests, 4);
    assert_eq!(scene.waits(), [0; 0]);
}

#[test]
fn an_update_is_three_requests_with_the_verb_that_github_documents() {
    let scene = Scene::new();
    let id = scene.earlier(49, "1 budget is broken.");
    let published = scene.publish();
    assert_eq!(published.comment, Commented::Updated(id));
    scene.has_one_comment();
    scene.has_one_check_run();
    let sent = scene.repository.requests();
    let sent: Vec<(&str, &str)> = sent
        .iter()
        .map(|one| (one.verb.as_str(), one.path.split('?').next().unwrap()))
        .collect();
    let patched = format!("/issues/comments/{id}");
    let expected = [("GET", COMMENTS), ("PATCH", &patched), ("POST", CHECK_RUNS)];
    assert_eq!(sent, expected);
    assert_eq!(published.requests, 3);
}

#[test]
fn every_request_says_who_sends_it_and_which_api_it_means() {
    let scene = Scene::new();
    scene.publish();
    for request in scene.repository.requests() {
        let version = format!("tollgate/{}", env!("CARGO_PKG_VERSION"));
        let header = |name| -> Vec<&str> {
            let all = request.headers.iter().filter(|(own, _)| own == name);
            all.map(|(_, value)| value.as_str()).collect()
        };
        assert_eq!(header("user-agent"), [version.as_str()]);
        assert_eq!(header("accept"), ["application/vnd.github+json"]);
        assert_eq!(header("x-github-api-version"), ["2022-11-28"]);
        assert_eq!(header("authorization").len(), 1);
        let json = !request.body.is_empty();
        assert_eq!(header("content-type").len(), usize::from(json));
    }
}

#[test]
fn github_enterprise_is_asked_below_its_own_path() {
    let scene = Scene::new().on_enterprise();
    scene.publish();
    scene.has_one_comment();
    assert!(scene.repository.requests().iter().all(|one| one.enterprise));
}

#[test]
fn a_comment_is_created_once_whatever_the_answer_was() {
    for trouble in doubts() {
        for committed in [false, true] {
            let scene = Scene::new();
            let mut when = on("POST", COMMENTS);
            if committed {
                when = when.after_commit();
            }
            scene.repository.fault(when, trouble.clone());
            let published = scene.publish();
            scene.has_one_comment();
            scene.has_one_check_run();
            let what = format!("{trouble:?} {committed}\n{}", scene.repository.transcript());
            assert_eq!(published.comment, Commented::Created, "{what}");
            assert_eq!(scene.waits(), [1], "{what}");
            // Looked before the second time, and after it.
            let requests = if committed { [2, 1, 0] } else { [3, 2, 0] };
            assert_eq!(scene.comment_requests(), requests, "{what}");
        }
    }
}

#[test]
fn an_update_arrives_whatever_the_answer_was() {
    for trouble in doubts() {
        for committed in [false, true] {
            let scene = Scene::new();
            let id = scene.earlier(49, "1 budget is broken.");
            let mut when = on("PATCH", COMMENT);
            if committed {
                when = when.after_commit();
            }
            scene.repository.fault(when, trouble.clone());
            let published = scene.publish();
            scene.has_one_comment();
            scene.has_one_check_run();
            assert_eq!(published.comment, Commented::Updated(id), "{trouble:?}");
            let requests = if committed { [2, 0, 1] } else { [2, 0, 2] };
            assert_eq!(scene.comment_requests(), requests, "{trouble:?}");
        }
    }
}

#[test]
fn a_server_that_hangs_is_asked_again() {
    for committed in [false, true] {
        let scene = Scene::new().impatient();
        let mut when = on("POST", COMMENTS);
        if committed {
            when = when.after_commit();
        }
        scene.repository.fault(when, Trouble::Hang);
        assert_eq!(scene.publish().comment, Commented::Created);
        scene.has_one_comment();
        scene.has_one_check_run();
    }
}

#[test]
fn a_server_that_stays_broken_is_left_after_four_tries_and_the_check_run_is_posted() {
    let scene = Scene::new();
    let always = on("POST", COMMENTS).always();
    scene.repository.fault(always, Trouble::html(502));
    let published = scene.publish();
    let Commented::Failed(failure) = &published.comment else {
        panic!("{published:?}");
    };
    assert_eq!(
        failure.to_string(),
        "POST /repos/octocat/hello-world/issues/7/comments: GitHub has an error of its own \
         (status 502: an HTML page), 4 times; see https://www.githubstatus.com, and run this job again"
    );
    assert_eq!(scene.bodies(), [""; 0]);
    assert_eq!(scene.comment_requests(), [4, 4, 0]);
    assert_eq!(scene.waits(), [1, 2, 4]);
    assert_eq!(published.check, POSTED);
    scene.has_one_check_run();
    assert_eq!(published.failures().len(), 1);
}

#[test]
fn a_list_that_fails_is_read_again_and_no_comment_is_made_without_it() {
    for trouble in doubts() {
        let scene = Scene::new();
        let id = scene.earlier(49, "1 budget is broken.");
        scene
            .repository
            .fault(on("GET", COMMENTS).times(2), trouble);
        assert_eq!(scene.publish().comment, Commented::Updated(id));
        scene.has_one_comment();
        assert_eq!(scene.comment_requests(), [3, 0, 1]);
    }
    let foreign = [
        "",
        "{}",
        "[",
        "null",
        r#"[{"id": "1"}]"#,
        r#"[{"id": -1, "user": null}]"#,
        "<html>hotel network, please sign in</html>",
    ];
    for text in foreign {
        let scene = Scene::new();
        let id = scene.earlier(49, "1 budget is broken.");
        let always = on("GET", COMMENTS).always();
        let trouble = Trouble::answer(200, &[], text);
        scene.repository.fault(always, trouble);
        let published = scene.publish();
        let Commented::Failed(failure) = &published.comment else {
            panic!("{text}: {published:?}");
        };
        assert_eq!(failure.reason, Reason::Unexpected, "{text}");
        assert!(
            failure.to_string().contains("JSON cannot be read"),
            "{failure}"
        );
        assert_eq!(scene.comment_requests(), [1, 0, 0], "{text}");
        let left = scene.repository.comments(PULL);
        assert_eq!((left.len(), left[0].id), (1, id));
        scene.has_one_check_run();
    }
}

#[test]
fn our_comment_is_found_among_many_and_beside_deleted_accounts() {
    let scene = Scene::new();
    let foreign = Some(Author::user("mona"));
    for number in 0..230 {
        let author = if number % 7 == 0 {
            None
        } else {
            foreign.clone()
        };
        let text = format!("{number}: looks good");
        scene.repository.comment(PULL, author, &text);
    }
    // Written by someone else, and by an account that is gone: not ours.
    let marked = body(&origin(60, 1), "All budgets hold, says mona.");
    scene.repository.comment(PULL, foreign, &marked);
    scene.repository.comment(PULL, None, &marked);
    let id = scene.earlier(49, "1 budget is broken.");
    for _ in 0..17 {
        scene.repository.comment(PULL, None, "+1");
    }
    assert_eq!(scene.repository.comments(PULL).len(), 250);
    assert_eq!(scene.publish().comment, Commented::Updated(id));
    let comments = scene.repository.comments(PULL);
    assert_eq!(comments.len(), 250);
    let ours = comments.iter().find(|comment| comment.id == id).unwrap();
    assert_eq!(ours.body, scene.body());
    let others = comments.iter().filter(|one| one.body == marked).count();
    assert_eq!(others, 2);
    // Three pages, one change.
    assert_eq!(scene.comment_requests(), [3, 0, 1]);
}

#[test]
fn a_full_last_page_is_not_the_end() {
    let scene = Scene::new();
    for number in 0..100 {
        let author = Some(Author::user("mona"));
        scene.repository.comment(PULL, author, &number.to_string());
    }
    assert_eq!(scene.publish().comment, Commented::Created);
    assert_eq!(scene.bodies()[100..], [scene.body()]);
}

#[test]
fn a_list_without_end_is_not_read_for_ever() {
    let scene = Scene::new();
    let one = r#"{"id":1,"user":{"login":"mona","type":"User"},"body":"x"}"#;
    let page = format!("[{}]", vec![one; 100].join(","));
    let always = on("GET", COMMENTS).always();
    let trouble = Trouble::answer(200, &[], &page);
    scene.repository.fault(always, trouble);
    let published = scene.publish();
    assert!(matches!(published.comment, Commented::Failed(_)));
    assert_eq!(scene.comment_requests(), [30, 0, 0]);
    scene.has_one_check_run();
}

#[test]
fn nothing_is_written_where_nothing_shall_be() {
    let mut scene = Scene::new();
    scene.post.worth_saying = false;
    let nothing = Commented::Left(Why::NothingToSay);
    assert_eq!(scene.publish().comment, nothing);
    scene.posting = Posting::Never;
    scene.post.worth_saying = true;
    let published = scene.publish();
    assert_eq!(published.comment, Commented::Left(Why::Never));
    assert_eq!(published.requests, 1, "the check run alone");
    scene.target.pull = None;
    scene.posting = Posting::Always;
    assert_eq!(scene.publish().comment, Commented::NoPullRequest);
    assert_eq!(scene.bodies(), [""; 0]);
    assert_eq!(scene.repository.check_runs(HEAD).len(), 3);
}

#[test]
fn a_comment_that_says_the_same_is_not_touched() {
    let scene = Scene::new();
    scene.earlier(49, &scene.post.comment);
    let published = scene.publish();
    assert_eq!(published.comment, Commented::Left(Why::Unchanged));
    assert_eq!(scene.comment_requests(), [1, 0, 0]);
    assert_eq!(scene.bodies(), [body(&origin(49, 1), &scene.post.comment)]);
}

#[test]
fn a_conversation_that_is_locked_says_so() {
    let scene = Scene::with("pull-requests: write, checks: write");
    let trouble = Trouble::json(403, "Unable to create comment because issue is locked.");
    scene.repository.fault(on("POST", COMMENTS), trouble);
    let published = scene.publish();
    let Commented::Failed(failure) = &published.comment else {
        panic!("{published:?}");
    };
    assert_eq!(failure.reason, Reason::Forbidden);
    assert!(failure.to_string().contains("issue is locked"), "{failure}");
    assert_eq!(scene.comment_requests(), [1, 1, 0]);
    scene.has_one_check_run();
}
