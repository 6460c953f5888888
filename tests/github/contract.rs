//! The fake does what GitHub says of itself in prose, and what its API is known to answer.

use crate::fake::{Artifact, Author, Fake, Pull, Repository, Run, Trouble, on};
use crate::http::{Ask, ask};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

const HEAD: &str = "6dcb09b5b57875f334f61aebed695e2e4193db5e";

/// A repository with pull request 7, and a token that may do what `tollgate comment` needs.
struct Scene {
    github: Fake,
    repository: Repository,
    token: String,
}

impl Scene {
    fn new() -> Self {
        let github = Fake::start();
        let repository = github.repository("octocat/hello-world");
        let token =
            repository.token("pull-requests: write, checks: write, statuses: write, actions: read");
        repository.pull(Pull::new(7, HEAD));
        Self {
            github,
            repository,
            token,
        }
    }

    /// A request to the repository.
    fn ask(&self, verb: &str, path: &str) -> Ask {
        let url = format!("{}/repos/octocat/hello-world{path}", self.github.url());
        ask(verb, &url).token(&self.token)
    }
}

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

#[test]
fn pull_requests_are_found_by_owner_and_branch_of_their_head() {
    let scene = Scene::new();
    scene
        .repository
        .pull(Pull::new(8, &"8".repeat(40)).in_fork_of("mona", "faster"));
    scene.repository.pull(
        Pull::new(9, &"9".repeat(40))
            .in_fork_of("mona", "faster")
            .closed(),
    );
    scene
        .repository
        .pull(Pull::new(10, &"a".repeat(40)).in_deleted_fork_of("hubot", "gone"));
    let numbers = |query: &str| -> Vec<u64> {
        let found = scene
            .ask("GET", &format!("/pulls?{query}"))
            .send()
            .expect(200)
            .json();
        found
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|pull| pull["number"].as_u64())
            .collect()
    };
    assert_eq!(numbers("state=open&head=mona:faster"), [8]);
    assert_eq!(numbers("state=open&head=mona%3Afaster"), [8]);
    assert_eq!(numbers("state=all&head=mona:faster"), [9, 8]);
    assert_eq!(numbers("state=closed"), [9]);
    assert_eq!(numbers("head=octocat:topic"), [7]);
    assert_eq!(numbers("base=main"), [10, 8, 7]);
    // GitHub ignores what is not `owner:branch`.
    assert_eq!(numbers("head=faster"), [10, 8, 7]);
    let told = scene.ask("GET", "/pulls/8").send().expect(200).json();
    assert_eq!(told["head"]["repo"]["id"], Pull::fork_id("mona"));
    assert_eq!(told["base"]["repo"]["id"], scene.repository.id());
    assert_eq!(
        scene.ask("GET", "/pulls/9").send().expect(200).json()["state"],
        "closed"
    );
    assert_eq!(
        scene.ask("GET", "/pulls/10").send().expect(200).json()["head"]["repo"],
        Value::Null
    );
    scene.ask("GET", "/pulls/11").send().expect(404);
}

#[test]
fn artifacts_lie_on_another_host_that_refuses_tokens() {
    let scene = Scene::new();
    scene.repository.run(Run::new(30_433_642, HEAD).attempt(2));
    let zip = scene
        .repository
        .artifact(Artifact::new(30_433_642, "tollgate-run-2", b"PK..").claiming(9));
    let old = scene
        .repository
        .artifact(Artifact::new(30_433_642, "tollgate-run-1", b"PK").expired());
    let away = Artifact::new(30_433_642, "other", b"").located_at("http://127.0.0.1:1/elsewhere");
    let away = scene.repository.artifact(away);
    let list = scene
        .ask("GET", "/actions/runs/30433642/artifacts")
        .send()
        .expect(200)
        .json();
    assert_eq!(list["total_count"], 3);
    assert_eq!(list["artifacts"][2]["size_in_bytes"], 9);
    let one = scene
        .ask(
            "GET",
            "/actions/runs/30433642/artifacts?name=tollgate-run-2",
        )
        .send()
        .expect(200)
        .json();
    assert_eq!(
        (&one["total_count"], &one["artifacts"][0]["id"]),
        (&json!(1), &json!(zip))
    );
    let archive = |id: u64| {
        scene
            .ask("GET", &format!("/actions/artifacts/{id}/zip"))
            .send()
    };
    archive(old).expect(410);
    archive(99).expect(404);
    assert_eq!(
        archive(away).expect(302).header("location"),
        Some("http://127.0.0.1:1/elsewhere")
    );
    let found = archive(zip).expect(302);
    let location = found.header("location").expect("a location");
    assert!(
        location.starts_with(&scene.github.storage_url()),
        "{location}"
    );
    assert_eq!(ask("GET", location).send().expect(200).body, "PK..");
    ask("GET", location)
        .token(&scene.token)
        .send()
        .expect(400)
        .says("InvalidAuthenticationInfo");
    let leaks = scene
        .repository
        .requests()
        .into_iter()
        .filter(|one| one.storage);
    let leaks: Vec<bool> = leaks
        .map(|one| one.header("authorization").is_some())
        .collect();
    assert_eq!(leaks, [false, true]);
    assert_eq!(
        scene
            .ask("GET", "/actions/runs/30433642")
            .send()
            .expect(200)
            .json()["run_attempt"],
        2
    );
    scene.ask("GET", "/actions/runs/1").send().expect(404);
}

#[test]
fn the_run_of_a_fork_names_no_pull_request() {
    let scene = Scene::new();
    let fork = "8".repeat(40);
    scene
        .repository
        .pull(Pull::new(8, &fork).in_fork_of("mona", "faster"));
    scene.repository.run(Run::new(1, HEAD));
    scene
        .repository
        .run(Run::new(2, &fork).in_fork_of("mona", "faster"));
    let run = |id: u64| {
        scene
            .ask("GET", &format!("/actions/runs/{id}"))
            .send()
            .expect(200)
            .json()
    };
    assert_eq!(run(1)["pull_requests"][0]["number"], 7);
    assert_eq!(run(2)["pull_requests"], json!([]));
    assert_eq!(run(2)["head_repository"]["id"], Pull::fork_id("mona"));
}

fn annotations(n: usize) -> Value {
    let one = json!({
        "path": "src/lib.rs", "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": "slower",
    });
    Value::Array(vec![one; n])
}

#[test]
fn annotations_are_added_fifty_at_a_time() {
    let scene = Scene::new();
    let output = |n| json!({"title": "t", "summary": "s", "annotations": annotations(n)});
    let check = |n| json!({"name": "tollgate", "head_sha": HEAD, "conclusion": "failure", "output": output(n)});
    scene
        .ask("POST", "/check-runs")
        .json(&check(51))
        .send()
        .expect(422)
        .says("50 items");
    let made = scene
        .ask("POST", "/check-runs")
        .json(&check(50))
        .send()
        .expect(201)
        .json();
    assert_eq!(
        (&made["status"], &made["output"]["annotations_count"]),
        (&json!("completed"), &json!(50))
    );
    let path = format!("/check-runs/{}", made["id"]);
    let more = json!({"output": output(1)});
    let changed = scene
        .ask("PATCH", &path)
        .json(&more)
        .send()
        .expect(200)
        .json();
    assert_eq!(changed["output"]["annotations_count"], 51);
    assert_eq!(changed["conclusion"], "failure");
    assert_eq!(scene.ask("GET", &path).send().expect(200).json(), changed);
    let stored = scene.repository.check_runs(HEAD);
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].annotations.len(), 51);
}

#[test]
fn of_check_runs_of_one_name_the_newest_is_listed() {
    let scene = Scene::new();
    for (name, conclusion) in [
        ("tollgate", "failure"),
        ("other", "success"),
        ("tollgate", "success"),
    ] {
        let body = json!({"name": name, "head_sha": HEAD, "status": "completed", "conclusion": conclusion});
        scene
            .ask("POST", "/check-runs")
            .json(&body)
            .send()
            .expect(201);
    }
    let list = |query: &str| {
        scene
            .ask("GET", &format!("/commits/{HEAD}/check-runs{query}"))
            .send()
            .expect(200)
            .json()
    };
    assert_eq!(list("")["total_count"], 2);
    assert_eq!(list("?filter=all")["total_count"], 3);
    let ours = list("?check_name=tollgate");
    assert_eq!(
        (&ours["total_count"], &ours["check_runs"][0]["conclusion"]),
        (&json!(1), &json!("success"))
    );
    scene
        .ask("GET", "/commits/unknown/check-runs")
        .send()
        .expect(422)
        .says("No commit found");
}

#[test]
fn what_the_description_does_not_say_of_check_runs_holds_too() {
    let scene = Scene::new();
    let post = |change: &dyn Fn(&mut Value)| {
        let mut body = json!({
            "name": "tollgate", "head_sha": HEAD, "status": "completed", "conclusion": "success",
            "output": {"title": "t", "summary": "s", "annotations": annotations(1)},
        });
        change(&mut body);
        scene.ask("POST", "/check-runs").json(&body).send()
    };
    let remark = |field: &'static str, value: Value| {
        post(&move |body| body["output"]["annotations"][0][field] = value.clone())
    };
    post(&|_| {}).expect(201);
    post(&|body| _ = body.as_object_mut().map(|all| all.remove("conclusion")))
        .expect(422)
        .says("conclusion");
    post(&|body| body["conclusion"] = json!("timedout")).expect(422);
    post(&|body| body["head_sha"] = json!("c".repeat(40)))
        .expect(422)
        .says("No commit found");
    scene.repository.commit(&"c".repeat(40));
    post(&|body| body["head_sha"] = json!("c".repeat(40))).expect(201);
    post(&|body| body["output"]["summary"] = json!("s".repeat(65_535))).expect(201);
    post(&|body| body["output"]["summary"] = json!("s".repeat(65_536))).expect(422);
    post(&|body| {
        _ = body["output"]
            .as_object_mut()
            .map(|all| all.remove("title"));
    })
    .expect(422);
    remark("title", json!("t".repeat(255))).expect(201);
    remark("title", json!("t".repeat(256)))
        .expect(422)
        .says("255");
    remark("message", json!("m".repeat(64 << 10))).expect(201);
    remark("message", json!("m".repeat((64 << 10) + 1)))
        .expect(422)
        .says("64 KB");
    remark("annotation_level", json!("error")).expect(422);
    remark("start_line", json!(0)).expect(422);
    remark("path", json!("")).expect(422);
    let person = scene.repository.personal_token("mona", "checks: write");
    let body = json!({"name": "tollgate", "head_sha": HEAD});
    scene
        .ask("POST", "/check-runs")
        .token(&person)
        .json(&body)
        .send()
        .expect(403)
        .says("GitHub App");
}

#[test]
fn a_status_has_a_short_description_and_a_known_state() {
    let scene = Scene::new();
    let post = |body: &Value| {
        scene
            .ask("POST", &format!("/statuses/{HEAD}"))
            .json(body)
            .send()
    };
    let said =
        |n: usize| json!({"state": "failure", "context": "tollgate", "description": "d".repeat(n)});
    post(&said(140)).expect(201);
    post(&said(141))
        .expect(422)
        .says("maximum is 140 characters");
    post(&json!({"state": "failed"})).expect(422);
    post(&json!({})).expect(422);
    scene
        .ask("POST", "/statuses/unknown")
        .json(&said(1))
        .send()
        .expect(422)
        .says("No commit found");
    let stored = scene.repository.statuses(HEAD);
    assert_eq!(stored.len(), 1);
    assert_eq!(
        (stored[0].context.as_str(), stored[0].state.as_str()),
        ("tollgate", "failure")
    );
}

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
