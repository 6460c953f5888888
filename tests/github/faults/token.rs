//! The token: sent to the API alone, shown nowhere.

use super::*;
use crate::fake::{Artifact, Run, on};

#[test]
fn an_echo_of_the_token_is_not_passed_on() {
    let scene = Scene::new();
    let long = format!("{} {}", "x".repeat(190), scene.token);
    let echoes = [
        Trouble::json(403, &format!("who is {}?", scene.token)),
        Trouble::answer(422, &[], &{
            let token = &scene.token;
            format!(r#"{{"message":"{token}","errors":["{token}",{{"field":"{token}"}}]}}"#)
        }),
        Trouble::answer(400, &[], &format!("authorization: Bearer {}", scene.token)),
        // The token stands where the text is cut.
        Trouble::json(404, &long),
    ];
    for echo in echoes {
        scene.repository.fault(on("POST", COMMENTS), echo);
        let published = scene.publish();
        // `publish` of the scene looks for the token; here for a part of it.
        let shown = format!("{published:?}");
        assert!(shown.contains("***"), "{shown}");
        assert!(!shown.contains("ghs_"), "{shown}");
    }
}

#[test]
fn the_storage_host_is_never_sent_the_token() {
    let scene = Scene::new();
    scene.repository.run(Run::new(50, HEAD));
    scene.repository.artifact(Artifact::new(50, "a", b"zip"));
    let mut client = scene.client();
    let artifact = client.artifacts(50).unwrap().remove(0);
    let flaky = on("GET", "/blobs/*").times(2);
    scene.repository.fault(flaky, Trouble::html(503));
    client.download(&artifact, 100).unwrap();
    let sent = scene.repository.requests();
    let storage: Vec<_> = sent.iter().filter(|one| one.storage).collect();
    assert_eq!(storage.len(), 3);
    for request in storage {
        let names: Vec<&str> = request.headers.iter().map(|(name, _)| &**name).collect();
        assert!(!names.contains(&"authorization"), "{names:?}");
        assert!(!names.contains(&"cookie"), "{names:?}");
    }
    scene.secret_is_kept("");
}

#[test]
fn a_redirect_back_to_the_api_is_followed_without_the_token() {
    let scene = Scene::new();
    scene.repository.run(Run::new(50, HEAD));
    let back = format!("{}/repos/{}/pulls/7", scene.github.url(), scene.name);
    scene
        .repository
        .artifact(Artifact::new(50, "a", b"zip").located_at(&back));
    let mut client = scene.client();
    let artifact = client.artifacts(50).unwrap().remove(0);
    assert!(client.download(&artifact, 100).is_err());
    let sent = scene.repository.requests();
    let last = sent.last().unwrap();
    assert_eq!((last.path.as_str(), last.status), ("/pulls/7", Some(401)));
    assert_eq!(last.header("authorization"), None);
}

#[test]
fn an_api_that_answers_with_redirects_is_not_followed() {
    for status in [301, 302, 307, 308] {
        let scene = Scene::new();
        let elsewhere = format!("{}/blobs/1", scene.github.storage_url());
        let trouble = Trouble::answer(status, &[("location", &elsewhere)], "");
        for (verb, path) in [("GET", COMMENTS), ("POST", CHECK_RUNS)] {
            scene
                .repository
                .fault(on(verb, path).always(), trouble.clone());
        }
        let published = scene.publish();
        assert_eq!(published.failures().len(), 2, "{published:?}");
        let sent = scene.repository.requests();
        assert!(sent.iter().all(|one| !one.storage), "{status}");
        assert_eq!(sent.len(), 2);
    }
}

#[test]
fn nothing_that_a_client_is_made_of_shows_the_token() {
    let scene = Scene::new();
    let settings = scene.settings();
    scene.secret_is_kept(&format!("{:?} {}", settings.token, settings.api));
    // A line that is down: the error is of the connection.
    let mut settings = scene.settings();
    settings.api = ApiUrl::new("http://127.0.0.1:9").unwrap();
    let name = RepositoryName::new(scene.name).unwrap();
    let published = scene.publish_by(&mut Client::new(settings, name).unwrap());
    let lines = published.failures().join("\n");
    assert!(lines.contains("Connection refused"), "{lines}");
    assert!(lines.contains("GITHUB_API_URL"), "{lines}");
}
