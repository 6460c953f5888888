//! Artifacts and pull requests: read in pages, fetched from another host within bounds.

use super::*;
use crate::fake::{Artifact, Run, on};
use tollgate::publish::github::DownloadError;
use tollgate::publish::retry::Reason;

const RUN: u64 = 50;

fn scene() -> (Scene, Client) {
    let scene = Scene::new();
    scene.repository.run(Run::new(RUN, HEAD));
    let client = scene.client();
    (scene, client)
}

/// The only artifact of the run.
fn only(client: &mut Client) -> tollgate::publish::github::Artifact {
    let mut all = client.artifacts(RUN).unwrap();
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

#[test]
fn a_usual_update_is_six_requests() {
    let (scene, mut client) = scene();
    let id = scene.earlier(49, "1 budget is broken.");
    let zip = Artifact::new(RUN, "tollgate-run-1", b"zip");
    scene.repository.artifact(zip);
    let artifact = only(&mut client);
    assert_eq!(artifact.name, "tollgate-run-1");
    assert_eq!(client.download(&artifact, 1000).unwrap(), b"zip");
    assert_eq!(client.pull(PULL).unwrap().head.as_str(), HEAD);
    scene.publish_by(&mut client);
    assert_eq!(client.requests(), 6);
    let sent = scene.repository.requests();
    assert_eq!(sent.iter().filter(|one| !one.storage).count(), 6);
    assert_eq!(sent.iter().filter(|one| one.storage).count(), 1);
    scene.has_one_comment();
    assert_eq!(scene.repository.comments(PULL)[0].id, id);
}

#[test]
fn artifacts_are_listed_to_the_last_page() {
    let (scene, mut client) = scene();
    for number in 0..205 {
        let name = format!("other-{number}");
        scene.repository.artifact(Artifact::new(RUN, &name, b"x"));
    }
    let artifacts = client.artifacts(RUN).unwrap();
    assert_eq!(artifacts.len(), 205);
    assert_eq!(
        scene.repository.count("GET", "/actions/runs/50/artifacts"),
        3
    );
}

#[test]
fn what_is_too_large_is_refused_before_and_while_it_is_read() {
    let (scene, mut client) = scene();
    let honest = Artifact::new(RUN, "a", &[7; 1001]);
    scene.repository.artifact(honest);
    let artifact = only(&mut client);
    let too_large = DownloadError::TooLarge {
        bytes: 1001,
        limit: 1000,
    };
    assert_eq!(client.download(&artifact, 1000), Err(too_large.clone()));
    assert_eq!(scene.repository.count("GET", "/actions/artifacts/*/zip"), 0);
    assert_eq!(client.download(&artifact, 1001), Ok(vec![7; 1001]));
    let lying = tollgate::publish::github::Artifact {
        bytes: 1,
        ..artifact
    };
    assert_eq!(client.download(&lying, 1000), Err(too_large));
    assert_eq!(client.download(&lying, 1001), Ok(vec![7; 1001]));
}

#[test]
fn what_has_expired_is_said_to_have() {
    let (scene, mut client) = scene();
    scene
        .repository
        .artifact(Artifact::new(RUN, "a", b"x").expired());
    let mut artifact = only(&mut client);
    assert!(artifact.expired);
    assert_eq!(client.download(&artifact, 9), Err(DownloadError::Expired));
    // It expires between the list and the download.
    artifact.expired = false;
    assert_eq!(client.download(&artifact, 9), Err(DownloadError::Expired));
}

#[test]
fn a_download_that_breaks_off_is_begun_again() {
    for trouble in doubts() {
        for (verb, path) in [("GET", "/actions/artifacts/*/zip"), ("GET", "/blobs/*")] {
            let (scene, mut client) = scene();
            let zip = [5; 5000];
            scene.repository.artifact(Artifact::new(RUN, "a", &zip));
            let artifact = only(&mut client);
            let after = on(verb, path).times(2).after_commit();
            scene.repository.fault(after, trouble.clone());
            let got = client.download(&artifact, 9000);
            scene.secret_is_kept(&format!("{got:?}"));
            assert_eq!(got.unwrap(), zip, "{trouble:?} {path}");
            assert_eq!(scene.waits(), [1, 2], "{trouble:?} {path}");
        }
    }
}

#[test]
fn redirects_that_lead_astray_are_not_followed() {
    let wrong = [
        "",
        "/relative",
        "http://storage.example/a",
        "ftp://127.0.0.1/a",
        "https://",
        "http://[::1",
    ];
    for location in wrong {
        let (scene, mut client) = scene();
        let artifact = Artifact::new(RUN, "a", b"x").located_at(location);
        scene.repository.artifact(artifact);
        let artifact = only(&mut client);
        let Err(DownloadError::Failed(failure)) = client.download(&artifact, 9) else {
            panic!("{location} was followed");
        };
        assert_eq!(failure.reason, Reason::Unexpected, "{location}");
        assert!(failure.to_string().contains("does not lead"), "{failure}");
    }
}

#[test]
fn storage_that_leads_on_is_not_followed() {
    let (scene, mut client) = scene();
    scene.repository.artifact(Artifact::new(RUN, "a", b"x"));
    let artifact = only(&mut client);
    let astray = Trouble::answer(302, &[("location", "http://127.0.0.1:1/")], "");
    scene.repository.fault(on("GET", "/blobs/*"), astray);
    let error = client.download(&artifact, 9).unwrap_err().to_string();
    assert!(error.contains("leads on and on"), "{error}");
}

#[test]
fn storage_that_refuses_is_named_without_its_signature() {
    let (scene, mut client) = scene();
    scene.repository.artifact(Artifact::new(RUN, "a", b"x"));
    let artifact = only(&mut client);
    let refused = Trouble::answer(403, &[], "<Error>signature c2ln is wrong</Error>");
    scene.repository.fault(on("GET", "/blobs/*"), refused);
    let error = client.download(&artifact, 9).unwrap_err().to_string();
    assert!(error.contains("GET from 127.0.0.1"), "{error}");
    assert!(!error.contains("sig"), "{error}");
}

#[test]
fn pull_requests_of_a_fork_are_found_by_owner_and_branch() {
    let (scene, mut client) = scene();
    let branch = "feat/a&b=c #1+ü";
    scene
        .repository
        .pull(Pull::new(8, OLD_HEAD).in_fork_of("mona", branch));
    scene
        .repository
        .pull(Pull::new(9, OLD_HEAD).in_fork_of("hubot", branch));
    let closed = Pull::new(10, OLD_HEAD).in_fork_of("mona", branch).closed();
    scene.repository.pull(closed);
    let found = client.pulls("mona", branch).unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].number, 8);
    assert_eq!(found[0].head.as_str(), OLD_HEAD);
    assert_eq!(found[0].head_repository, Some(Pull::fork_id("mona")));
    assert_eq!(found[0].base_repository, scene.repository.id());
    assert!(found[0].open);
    assert_eq!(client.pulls("mona", "other").unwrap(), []);
}

#[test]
fn a_deleted_fork_is_no_repository() {
    let (scene, mut client) = scene();
    scene
        .repository
        .pull(Pull::new(8, OLD_HEAD).in_deleted_fork_of("mona", "topic"));
    assert_eq!(client.pull(8).unwrap().head_repository, None);
}

#[test]
fn a_pull_request_that_is_not_there_is_an_error_with_a_next_step() {
    let (_scene, mut client) = scene();
    let failure = client.pull(404).unwrap_err();
    assert_eq!(
        failure.to_string(),
        "GET /repos/octocat/hello-world/pulls/404: it does not exist, or the token may not see it \
         (status 404: Not Found); check GITHUB_REPOSITORY, and that the job has `pull-requests: read` under `permissions:`"
    );
}
