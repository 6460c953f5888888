//! Comments: who may write what, and how they are listed.

use super::{HEAD, Scene};
use crate::fake::{Author, Pull};
use crate::http::ask;
use serde_json::{Value, json};

#[test]
fn a_comment_is_written_read_changed_and_deleted() {
    let scene = Scene::new();
    let made = scene
        .ask("POST", "/issues/7/comments")
        .json(&json!({"body": "one"}))
        .send()
        .expect(201)
        .json();
    assert_eq!(made["user"]["login"], "github-actions[bot]");
    assert_eq!(made["user"]["type"], "Bot");
    let path = format!("/issues/comments/{}", made["id"]);
    let changed = scene
        .ask("PATCH", &path)
        .json(&json!({"body": "two"}))
        .send()
        .expect(200)
        .json();
    assert_eq!(
        (&changed["id"], &changed["body"]),
        (&made["id"], &json!("two"))
    );
    assert!(changed["updated_at"].as_str() > changed["created_at"].as_str());
    assert_eq!(scene.ask("GET", &path).send().expect(200).json(), changed);
    assert_eq!(
        scene
            .ask("GET", "/issues/7/comments")
            .send()
            .expect(200)
            .json(),
        json!([changed])
    );
    assert!(
        scene
            .ask("DELETE", &path)
            .send()
            .expect(204)
            .body
            .is_empty()
    );
    scene.ask("GET", &path).send().expect(404).says("Not Found");
    assert!(scene.repository.comments(7).is_empty());
}

#[test]
fn pages_are_of_the_size_that_was_asked_for_and_name_each_other() {
    let scene = Scene::new();
    for n in 0..250 {
        scene
            .repository
            .comment(7, Some(Author::user("mona")), &n.to_string());
    }
    let page = |query: &str| {
        scene
            .ask("GET", &format!("/issues/7/comments{query}"))
            .send()
            .expect(200)
    };
    let count = |query: &str| page(query).json().as_array().map(Vec::len);
    assert_eq!(count(""), Some(30));
    assert_eq!(count("?per_page=100&page=3"), Some(50));
    assert_eq!(count("?per_page=1000"), Some(100));
    assert_eq!(count("?per_page=100&page=4"), Some(0));
    assert_eq!(page("?per_page=100&page=3").json()[0]["body"], "200");
    let first = page("?per_page=100");
    let link = first.header("link").expect("a header link");
    let id = scene.repository.id();
    let next = format!(
        "<{}/repositories/{id}/issues/7/comments?per_page=100&page=2>; rel=\"next\"",
        scene.github.url()
    );
    assert!(link.starts_with(&next), "{link}");
    let url = link[1..].split('>').next().expect("an address");
    let second = ask("GET", url).token(&scene.token).send().expect(200);
    assert_eq!(second.json()[0]["body"], "100");
    assert!(
        page("?per_page=100&page=3")
            .header("link")
            .is_some_and(|link| !link.contains("next"))
    );
}

#[test]
fn a_body_beyond_the_limit_is_refused_and_one_at_it_is_not() {
    let scene = Scene::new();
    let post = |body: &str| {
        scene
            .ask("POST", "/issues/7/comments")
            .json(&json!({ "body": body }))
            .send()
    };
    let limit = "\u{e9}".repeat(65_536);
    post(&limit).expect(201);
    post(&format!("{limit}x"))
        .expect(422)
        .says("Body is too long (maximum is 65536 characters)");
    post("  ").expect(422);
    scene
        .ask("POST", "/issues/7/comments")
        .json(&json!({"body": 1}))
        .send()
        .expect(422);
    scene
        .ask("POST", "/issues/7/comments")
        .json(&json!({}))
        .send()
        .expect(422)
        .says("wasn't supplied");
    scene
        .ask("POST", "/issues/7/comments")
        .text("{")
        .send()
        .expect(400)
        .says("Problems parsing JSON");
    assert_eq!(scene.repository.comments(7).len(), 1);
}

#[test]
fn who_may_not_is_refused_in_githubs_words() {
    let scene = Scene::new();
    let post = |token: &str| {
        scene
            .ask("POST", "/issues/7/comments")
            .token(token)
            .json(&json!({"body": "x"}))
            .send()
    };
    let reader = scene.repository.token("pull-requests: read");
    let refused = post(&reader)
        .expect(403)
        .says("Resource not accessible by integration");
    assert_eq!(
        refused.header("x-accepted-github-permissions"),
        Some("issues=write; pull_requests=write")
    );
    scene
        .ask("GET", "/issues/7/comments")
        .token(&reader)
        .send()
        .expect(200);
    scene
        .ask("GET", "/pulls/7")
        .token(&scene.repository.token("checks: write"))
        .send()
        .expect(403);
    post("ghs_unknown").expect(401).says("Bad credentials");
    scene
        .ask("GET", "/pulls/7")
        .without("authorization")
        .send()
        .expect(401)
        .says("Requires authentication");
    scene
        .ask("GET", "/pulls/7")
        .without("user-agent")
        .send()
        .expect(403)
        .says("User-Agent");
    let other = scene
        .github
        .repository("octocat/spoon-knife")
        .token("pull-requests: write");
    post(&other).expect(404).says("Not Found");
    assert!(scene.repository.comments(7).is_empty());
}

#[test]
fn with_write_permission_comments_of_others_can_be_changed_and_without_only_ones_own() {
    let scene = Scene::new();
    let theirs = scene
        .repository
        .comment(7, Some(Author::user("mona")), "mine");
    let path = format!("/issues/comments/{theirs}");
    let edit = |token: &str| {
        scene
            .ask("PATCH", &path)
            .token(token)
            .json(&json!({"body": "changed"}))
            .send()
    };
    let visitor = scene
        .repository
        .personal_token("hubot", "pull-requests: read");
    edit(&visitor)
        .expect(403)
        .says("Must have admin rights to Repository.");
    scene
        .ask("DELETE", &path)
        .token(&visitor)
        .send()
        .expect(403);
    edit(
        &scene
            .repository
            .personal_token("mona", "pull-requests: read"),
    )
    .expect(200);
    edit(&scene.token).expect(200);
    scene.ask("DELETE", &path).send().expect(204);
    scene.ask("DELETE", &path).send().expect(404);
}

#[test]
fn a_wrong_verb_and_a_wrong_place_are_not_found() {
    let scene = Scene::new();
    let id = scene.repository.comment(7, Some(Author::actions()), "x");
    let body = json!({"body": "x"});
    scene
        .ask("POST", &format!("/issues/comments/{id}"))
        .json(&body)
        .send()
        .expect(404);
    scene
        .ask("POST", "/issues/8/comments")
        .json(&body)
        .send()
        .expect(404);
    scene
        .ask("GET", "/issues/seven/comments")
        .send()
        .expect(404);
    scene.ask("GET", "/commits/main/pulls").send().expect(404);
    assert_eq!(scene.repository.comments(7).len(), 1);
}

#[test]
fn a_locked_conversation_takes_comments_of_members_only() {
    let scene = Scene::new();
    scene.repository.pull(Pull::new(7, HEAD).locked());
    let visitor = scene
        .repository
        .personal_token("hubot", "pull-requests: read");
    let post = |token: &str| {
        scene
            .ask("POST", "/issues/7/comments")
            .token(token)
            .json(&json!({"body": "x"}))
            .send()
    };
    post(&visitor).expect(403).says("locked");
    post(&scene.token).expect(201);
}

#[test]
fn accounts_that_are_gone_are_null() {
    let scene = Scene::new();
    let id = scene.repository.comment(7, None, "x");
    let told = scene
        .ask("GET", &format!("/issues/comments/{id}"))
        .send()
        .expect(200)
        .json();
    assert_eq!(told["user"], Value::Null);
}
