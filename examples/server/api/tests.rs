//! Over real connections: what clients send, and what they should not.

use super::*;
use crate::faults::Switches;
use axum::body::Body;
use axum::http::Request;
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;

struct Running {
    origin: String,
    client: Client<HttpConnector, Body>,
}

impl Running {
    async fn with(variables: &'static [(&'static str, &'static str)]) -> Self {
        let faults = Faults::new(Switches::default(), |name| {
            let known = variables.iter().find(|(known, _)| *known == name);
            known.map(|(_, value)| (*value).to_owned())
        });
        let router = router(Arc::new(faults.unwrap()), Instant::now());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            origin,
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    async fn call(&self, method: &str, path: &str, token: &str, body: &[u8]) -> (u16, String) {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.origin))
            .header("authorization", token)
            .body(Body::from(body.to_vec()))
            .unwrap();
        let response = self.client.request(request).await.unwrap();
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(Body::new(response.into_body()), 1 << 20)
            .await
            .unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn login(&self) -> String {
        let (status, body) = self.call("POST", "/login", "", br#"{"user":"ada"}"#).await;
        assert_eq!(status, 200, "{body}");
        let body: Value = serde_json::from_str(&body).unwrap();
        format!("Bearer {}", body["token"].as_str().unwrap())
    }
}

#[tokio::test]
async fn who_logs_in_creates_reads_and_lists() {
    let server = Running::with(&[]).await;
    assert_eq!(
        server.call("GET", "/health", "", b"").await,
        (200, r#"{"status":"up"}"#.to_owned())
    );
    let token = server.login().await;
    let (status, body) = server
        .call("POST", "/items", &token, br#"{"name":"tea"}"#)
        .await;
    assert_eq!(status, 201);
    let created: Value = serde_json::from_str(&body).unwrap();
    let path = format!("/items/{}", created["id"]);
    let (status, body) = server.call("GET", &path, &token, b"").await;
    assert_eq!(status, 200);
    assert!(body.contains(r#""name":"tea""#), "{body}");
    let (status, body) = server.call("GET", "/items", &token, b"").await;
    let list: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(status, 200);
    assert_eq!(list["items"][0]["name"], "tea");
    let (status, text) = server.call("GET", "/metrics", "", b"").await;
    assert_eq!(status, 200);
    assert!(
        text.contains(r#"request_seconds_count{endpoint="list""#),
        "{text}"
    );
    assert!(text.contains("items_created_total"), "{text}");
}

#[tokio::test]
async fn without_a_good_token_nothing_is_told() {
    let server = Running::with(&[]).await;
    for token in [
        "",
        "Bearer ",
        "Bearer 0123456789abcdef",
        "Basic eDp5",
        "bearer x",
    ] {
        for (method, path) in [("GET", "/items"), ("POST", "/items"), ("GET", "/items/1")] {
            let (status, _) = server.call(method, path, token, b"{}").await;
            assert_eq!(status, 401, "{token} {method} {path}");
        }
    }
}

#[tokio::test]
async fn hostile_input_is_answered_within_bounds() {
    let server = Running::with(&[]).await;
    let token = server.login().await;
    let long = format!(r#"{{"name":"{}"}}"#, "x".repeat(LONGEST + 1));
    let deep = "[".repeat(50_000);
    let huge = vec![b'x'; BODY + 1];
    for (body, expected) in [
        (&b""[..], 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (deep.as_bytes(), 400),
        (&huge, 413),
        (b"[]", 422),
        (br#"{"name":1}"#, 422),
        (br#"{"name":""}"#, 422),
        (long.as_bytes(), 422),
    ] {
        let (status, answer) = server.call("POST", "/items", &token, body).await;
        assert_eq!(status, expected, "{answer}");
        assert!(answer.len() < 200, "{answer}");
    }
    for id in [
        "0",
        "-1",
        "x",
        "99999999999999999999999",
        "%00",
        "%E2%82%AC",
    ] {
        let (status, _) = server
            .call("GET", &format!("/items/{id}"), &token, b"")
            .await;
        assert_eq!(status, 404, "{id}");
    }
    assert_eq!(server.call("DELETE", "/items", &token, b"").await.0, 405);
    assert_eq!(server.call("GET", "/nowhere", &token, b"").await.0, 404);
    assert_eq!(server.call("GET", "/health", "", b"").await.0, 200);
}

#[tokio::test]
async fn every_call_fails_where_that_was_asked_for_and_health_does_not() {
    let server = Running::with(&[("SERVER_ERRORS", "100%")]).await;
    let (status, _) = server
        .call("POST", "/login", "", br#"{"user":"ada"}"#)
        .await;
    assert_eq!(status, 500);
    assert_eq!(server.call("GET", "/health", "", b"").await.0, 200);
    assert_eq!(server.call("GET", "/metrics", "", b"").await.0, 200);
}

#[tokio::test]
async fn a_stall_holds_every_answer_back() {
    let server = Running::with(&[("SERVER_STALL", "1 h"), ("SERVER_STALL_AT", "1 ns")]).await;
    let call = server.call("GET", "/health", "", b"");
    let waited = tokio::time::timeout(std::time::Duration::from_millis(200), call).await;
    assert!(waited.is_err(), "an hour is not over yet");
}
