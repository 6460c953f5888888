//! Pull requests, and what runs tell of them.

use super::{HEAD, Scene};
use crate::fake::{Pull, Run};
use serde_json::{Value, json};

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
