//! What goes wrong goes wrong as a test wants it.

use super::Scene;
use crate::fake::{Author, Trouble, on};
use crate::http::ask;
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

#[test]
fn scripted_answers_come_before_or_after_the_commit() {
    let scene = Scene::new();
    let post = || {
        scene
            .ask("POST", "/issues/7/comments")
            .json(&json!({"body": "x"}))
            .send()
    };
    let kind = || on("POST", "/issues/*/comments");
    scene.repository.fault(kind(), Trouble::html(502));
    scene.repository.fault(
        kind().nth(2).after_commit(),
        Trouble::json(500, "Server Error"),
    );
    scene
        .repository
        .fault(kind().nth(3), Trouble::secondary_limit(429, Some(2)));
    scene
        .repository
        .fault(kind().nth(4), Trouble::secondary_limit(403, None));
    scene
        .repository
        .fault(kind().nth(5), Trouble::primary_limit(403, 1_767_225_600));
    let html = post().expect(502).says("<html>");
    assert!(
        html.header("content-type")
            .is_some_and(|kind| kind.starts_with("text/html"))
    );
    assert_eq!(scene.repository.comments(7).len(), 0);
    post().expect(500).says("Server Error");
    assert_eq!(scene.repository.comments(7).len(), 1);
    assert_eq!(
        post()
            .expect(429)
            .says("secondary rate limit")
            .header("retry-after"),
        Some("2")
    );
    assert_eq!(post().expect(403).header("retry-after"), None);
    let exhausted = post().expect(403);
    assert_eq!(exhausted.header("x-ratelimit-remaining"), Some("0"));
    assert_eq!(exhausted.header("x-ratelimit-reset"), Some("1767225600"));
    post().expect(201);
    assert_eq!(scene.repository.comments(7).len(), 2);
    assert_eq!(scene.repository.count("POST", "/issues/7/comments"), 6);
    let bodies = scene
        .repository
        .requests()
        .into_iter()
        .map(|one| one.json());
    assert!(bodies.eq(vec![json!({"body": "x"}); 6]));
}

#[test]
fn silence_has_three_kinds() {
    let scene = Scene::new();
    let kind = || on("POST", "/issues/7/comments").after_commit();
    let post = |wait| {
        let sent = scene
            .ask("POST", "/issues/7/comments")
            .json(&json!({"body": "x"}));
        let error = sent.try_send(wait).expect_err("no answer");
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            text += &format!(": {error}");
            source = error.source();
        }
        text
    };
    let long = Duration::from_secs(60);
    scene.repository.fault(kind(), Trouble::Reset);
    let mut line = TcpStream::connect(scene.github.url().replace("http://", "")).unwrap();
    let head = format!(
        "content-length: 12\r\nhost: x\r\nuser-agent: x\r\nauthorization: Bearer {}",
        scene.token
    );
    let request = format!(
        "POST /repos/octocat/hello-world/issues/7/comments HTTP/1.1\r\n{head}\r\n\r\n{{\"body\":\"x\"}}"
    );
    line.write_all(request.as_bytes()).unwrap();
    let error = line.read_to_end(&mut Vec::new()).expect_err("no answer");
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    scene.repository.fault(kind(), Trouble::Truncated);
    let said = post(long);
    assert!(
        said.contains("end of file before message length reached"),
        "{said}"
    );
    scene.repository.fault(kind(), Trouble::Hang);
    let said = post(Duration::from_millis(100));
    assert!(said.contains("deadline"), "{said}");
    assert_eq!(scene.repository.comments(7).len(), 3);
    let unanswered = scene
        .repository
        .requests()
        .into_iter()
        .filter(|one| one.status.is_none());
    assert_eq!(unanswered.count(), 3);
}

#[test]
fn somebody_else_can_be_faster() {
    let scene = Scene::new();
    let id = scene.repository.comment(7, Some(Author::actions()), "old");
    let list = on("GET", "/issues/7/comments");
    scene
        .repository
        .race(list, move |repository| repository.edit(id, "edited"));
    let list = scene.ask("GET", "/issues/7/comments").send().expect(200);
    assert_eq!(list.json()[0]["body"], "edited");
    scene
        .repository
        .race(on("PATCH", "/issues/comments/*"), move |repository| {
            repository.delete(id);
            repository.comment(7, Some(Author::actions()), "of another run");
        });
    let path = format!("/issues/comments/{id}");
    scene
        .ask("PATCH", &path)
        .json(&json!({"body": "new"}))
        .send()
        .expect(404);
    let left: Vec<String> = scene
        .repository
        .comments(7)
        .into_iter()
        .map(|one| one.body)
        .collect();
    assert_eq!(left, ["of another run"]);
    scene
        .ask("PATCH", &path)
        .json(&json!({"body": "new"}))
        .send()
        .expect(404);
    assert_eq!(scene.repository.comments(7).len(), 1);
}

#[test]
fn the_transcript_can_be_read_and_holds_no_token() {
    let scene = Scene::new();
    let root = format!(
        "{}/repos/octocat/hello-world",
        scene.github.enterprise_url()
    );
    ask("POST", &format!("{root}/issues/7/comments"))
        .token(&scene.token)
        .json(&json!({"body": format!("two lines,\none {}", scene.token)}))
        .send()
        .expect(201);
    scene
        .ask("GET", "/issues/7/comments?per_page=100&page=1")
        .send()
        .expect(200);
    scene.ask("DELETE", "/issues/comments/1").send().expect(404);
    scene.repository.fault(
        on("GET", "/pulls").always(),
        Trouble::answer(503, &[], "[]"),
    );
    scene.ask("GET", "/pulls").send().expect(503);
    insta::assert_snapshot!(scene.repository.transcript(), @r#"
    [1] POST /api/v3/repos/octocat/hello-world/issues/7/comments
          authorization: Bearer <token>
          body: |
            two lines,
            one <token>
    [1] -> 201, id: 1001

    [2] GET /repos/octocat/hello-world/issues/7/comments
          ?per_page=100&page=1
          authorization: Bearer <token>
    [2] -> 200, a list of 1

    [3] DELETE /repos/octocat/hello-world/issues/comments/1
          authorization: Bearer <token>
    [3] -> 404, message: "Not Found"

    [4] GET /repos/octocat/hello-world/pulls
          authorization: Bearer <token>
    [4] -> 503, a list of 0
    "#);
}
