//! The guard works: prism refuses what GitHub's description refuses, and the fake's answers are as it says.

use crate::fake::{Artifact, Author, Pull, Run, Trouble, on};
use crate::http::{Ask, Reply, ask};
use crate::prism::{Api, Guarded, guarded};
use serde_json::{Value, json};

const HEAD: &str = "6dcb09b5b57875f334f61aebed695e2e4193db5e";

/// Pull request 7 in a repository that nobody else uses, and requests with a token that may do everything.
struct Scene {
    api: Guarded,
    root: String,
    token: String,
}

fn scene(api: Api, name: &str) -> Option<Scene> {
    let name = format!("octocat/{name}");
    let api = guarded(api, &name)?;
    let token = api
        .repository
        .token("pull-requests: write, checks: write, statuses: write, actions: read");
    api.repository.pull(Pull::new(7, HEAD));
    let root = format!("{}/repos/{name}", api.url);
    Some(Scene { api, root, token })
}

impl Scene {
    fn ask(&self, verb: &str, path: &str) -> Ask {
        ask(verb, &format!("{}{path}", self.root)).token(&self.token)
    }

    fn send(&self, verb: &str, path: &str, body: &Value) -> Reply {
        self.ask(verb, path).json(body).send()
    }

    /// prism said no, once, for this reason; nothing of it came to the fake if it was the request.
    #[track_caller]
    fn refused(&self, reply: Reply, status: u16, why: &str) {
        reply.expect(status);
        let objections = self.api.objections();
        assert_eq!(objections.len(), 1, "{objections:?}");
        assert!(
            objections[0].contains(why),
            "{why:?} is not in {}",
            objections[0]
        );
    }
}

fn check(annotations: usize) -> Value {
    let remark = json!({
        "path": "src/lib.rs", "start_line": 3, "end_line": 3, "annotation_level": "failure",
        "title": "parse is slower", "message": "+9 %", "raw_details": "wall time",
    });
    json!({
        "name": "tollgate", "head_sha": HEAD, "status": "completed", "conclusion": "failure",
        "details_url": "https://github.com/octocat/hello-world/actions/runs/1", "external_id": "1",
        "output": {"title": "1 budget is broken", "summary": "parse", "annotations": vec![remark; annotations]},
    })
}

#[test]
fn requests_that_github_does_not_describe_are_refused() {
    let Some(scene) = scene(Api::GitHub, "wrong-requests") else {
        return;
    };
    let id = scene
        .api
        .repository
        .comment(7, Some(Author::actions()), "x");
    let comments = "/issues/7/comments";
    let before = scene.api.repository.requests().len();
    let refused = |verb, path: &str, body: &Value, status, why| {
        scene.refused(scene.send(verb, path, body), status, why);
    };
    refused(
        "POST",
        comments,
        &json!({}),
        422,
        "must have required property 'body'",
    );
    refused(
        "POST",
        comments,
        &json!({"body": {"text": "x"}}),
        422,
        "must be string",
    );
    refused(
        "POST",
        "/issues/seven/comments",
        &json!({"body": "x"}),
        422,
        "issue_number",
    );
    refused(
        "POST",
        &format!("/issues/comments/{id}"),
        &json!({"body": "x"}),
        405,
        "NO_METHOD_MATCHED",
    );
    refused(
        "PATCH",
        &format!("/issues/comments/{id}"),
        &json!({"text": "x"}),
        422,
        "'body'",
    );
    refused(
        "POST",
        "/issues/7/reactions",
        &json!({"content": "heart"}),
        404,
        "NO_PATH_MATCHED",
    );
    refused("POST", "/check-runs", &check(51), 422, "more than 50 items");
    refused(
        "PATCH",
        "/check-runs/1",
        &json!({"output": check(51)["output"]}),
        422,
        "more than 50 items",
    );
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut body = check(1);
        change(&mut body);
        body
    };
    let long = changed(&|body| body["output"]["summary"] = json!("s".repeat(65_536)));
    refused(
        "POST",
        "/check-runs",
        &long,
        422,
        "more than 65535 characters",
    );
    let unknown = changed(&|body| body["conclusion"] = json!("timedout"));
    refused("POST", "/check-runs", &unknown, 422, "conclusion");
    let level =
        changed(&|body| body["output"]["annotations"][0]["annotation_level"] = json!("error"));
    refused("POST", "/check-runs", &level, 422, "annotation_level");
    let status = format!("/statuses/{HEAD}");
    refused("POST", &status, &json!({"state": "failed"}), 422, "state");
    let get = |path: &str, why| scene.refused(scene.ask("GET", path).send(), 422, why);
    get("/issues/7/comments?per_page=many", "per_page");
    get("/pulls?state=merged", "state");
    scene.refused(
        scene.ask("POST", comments).text("body=x").send(),
        422,
        "must be object",
    );
    // Nothing of it came through.
    assert_eq!(scene.api.repository.requests().len(), before);
}

/// Every route, every kind of answer that GitHub describes for it.
fn everything(api: Api, name: &str) {
    let Some(scene) = scene(api, name) else {
        return;
    };
    let repository = &scene.api.repository;
    let get = |path: &str, status: u16| scene.ask("GET", path).send().expect(status);
    let post =
        |path: &str, body: Value, status: u16| scene.send("POST", path, &body).expect(status);
    let patch =
        |path: &str, body: Value, status: u16| scene.send("PATCH", path, &body).expect(status);

    let comments = "/issues/7/comments";
    repository.comment(7, None, "of an account that is gone");
    repository.comment(7, Some(Author::user("mona")), "of a person");
    let made = post(comments, json!({"body": "ours"}), 201).json();
    post(comments, json!({"body": "x".repeat(65_537)}), 422).says("too long");
    post("/issues/8/comments", json!({"body": "x"}), 404);
    let one = format!("/issues/comments/{}", made["id"]);
    patch(&one, json!({"body": "changed"}), 200);
    patch(&one, json!({"body": ""}), 422);
    assert_eq!(get(&one, 200).json()["body"], "changed");
    assert_eq!(get(comments, 200).json().as_array().map(Vec::len), Some(3));
    let page = get("/issues/7/comments?per_page=1&page=2", 200);
    assert!(
        page.header("link")
            .is_some_and(|link| link.contains(&scene.api.url)),
        "{page:?}"
    );
    scene.ask("DELETE", &one).send().expect(204);
    get(&one, 404);
    get("/issues/8/comments", 404);

    let fork = "8".repeat(40);
    repository.pull(Pull::new(8, &fork).in_fork_of("mona", "faster"));
    repository.pull(Pull::new(9, &"9".repeat(40)).closed().locked());
    assert_eq!(
        get("/pulls?state=open&head=mona%3Afaster", 200).json()[0]["number"],
        8
    );
    assert_eq!(
        get("/pulls?state=all", 200).json().as_array().map(Vec::len),
        Some(3)
    );
    for number in 7..=9 {
        get(&format!("/pulls/{number}"), 200);
    }
    get("/pulls/10", 404);

    let made = post("/check-runs", check(50), 201).json();
    let path = format!("/check-runs/{}", made["id"]);
    patch(&path, json!({"output": check(50)["output"]}), 200);
    patch(&path, json!({"status": "in_progress"}), 200);
    assert_eq!(get(&path, 200).json()["output"]["annotations_count"], 100);
    post(
        "/check-runs",
        json!({"name": "other", "head_sha": HEAD}),
        201,
    );
    let query =
        format!("/commits/{HEAD}/check-runs?check_name=tollgate&filter=latest&per_page=100");
    assert_eq!(get(&query, 200).json()["total_count"], 1);
    let status = json!({"state": "success", "context": "tollgate", "description": "all good", "target_url": null});
    post(&format!("/statuses/{HEAD}"), status, 201);
    post(
        &format!("/statuses/{HEAD}"),
        json!({"state": "pending"}),
        201,
    );

    repository.run(Run::new(1, HEAD).attempt(2));
    repository.run(Run::new(2, &fork).in_fork_of("mona", "faster"));
    get("/actions/runs/1", 200);
    get("/actions/runs/2", 200);
    let zip = repository.artifact(Artifact::new(2, "tollgate-run-1", b"PK\xff"));
    let old = repository.artifact(Artifact::new(2, "tollgate-run-0", b"PK").expired());
    assert_eq!(
        get("/actions/runs/2/artifacts?name=tollgate-run-1", 200).json()["total_count"],
        1
    );
    assert_eq!(
        get("/actions/runs/1/artifacts", 200).json()["total_count"],
        0
    );
    get(&format!("/actions/artifacts/{old}/zip"), 410);
    let found = get(&format!("/actions/artifacts/{zip}/zip"), 302);
    let location = found.header("location").expect("a location");
    assert!(location.starts_with(&scene.api.storage_url()), "{location}");
    ask("GET", location).send().expect(200);

    let verdict = scene.api.verdict();
    assert_eq!(verdict.violations, Vec::<String>::new());
    // All but the one to the storage host.
    assert_eq!(verdict.requests, repository.requests().len() - 1);
    let enterprise = repository
        .requests()
        .iter()
        .filter(|one| one.enterprise)
        .count();
    assert_eq!(
        enterprise,
        if api == Api::Enterprise {
            verdict.requests
        } else {
            0
        }
    );
}

#[test]
fn all_that_the_fake_answers_is_as_github_describes_it() {
    everything(Api::GitHub, "every-route");
}

#[test]
fn all_that_the_fake_answers_is_as_enterprise_server_describes_it() {
    everything(Api::Enterprise, "every-route");
}

#[test]
fn answers_that_github_does_not_describe_are_caught() {
    let Some(scene) = scene(Api::GitHub, "wrong-answers") else {
        return;
    };
    let id = scene
        .api
        .repository
        .comment(7, Some(Author::actions()), "x");
    let path = format!("/issues/comments/{id}");
    let good = scene.ask("GET", &path).send().expect(200).json();
    let spoilt = |status: u16, body: &Value| {
        let trouble = Trouble::answer(status, &[], &body.to_string());
        scene.api.repository.fault(on("GET", &path), trouble);
        scene.ask("GET", &path).send()
    };
    for name in ["id", "user", "html_url", "created_at"] {
        let mut body = good.clone();
        body.as_object_mut().unwrap().remove(name);
        let why = format!("must have required property '{name}'");
        scene.refused(spoilt(200, &body), 500, &why);
    }
    let mut body = good.clone();
    body["user"]["id"] = json!("41898282");
    scene.refused(spoilt(200, &body), 500, "must be integer");
    let odd = spoilt(418, &good);
    scene.refused(
        odd,
        418,
        "status code with those defined in the document: 200,404",
    );
    // GitHub may answer these to anything, and its description does not say so each time.
    scene.ask("GET", &path).token("unknown").send().expect(401);
    let reader = scene.api.repository.token("actions: read");
    scene.ask("GET", &path).token(&reader).send().expect(403);
    spoilt(503, &good).expect(503);
    let verdict = scene.api.verdict();
    assert_eq!((verdict.violations.len(), verdict.undescribed), (0, 3));
    scene.ask("GET", &path).send().expect(200);
}

#[test]
fn a_test_in_which_prism_objects_fails_at_its_end() {
    let Some(scene) = scene(Api::GitHub, "failing-test") else {
        return;
    };
    scene
        .send("POST", "/issues/7/comments", &json!({}))
        .expect(422);
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || drop(scene)));
    let message = ended.expect_err("a failed test");
    let message = message.downcast_ref::<String>().expect("a text");
    assert!(
        message.contains("must have required property 'body'"),
        "{message}"
    );
}
