//! Check runs and statuses, above all what GitHub says of them only in prose.

use super::{HEAD, Scene};
use serde_json::{Value, json};

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
