//! Artifacts, and the other host where they lie.

use super::{HEAD, Scene};
use crate::fake::{Artifact, Run};
use crate::http::ask;
use serde_json::json;

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
