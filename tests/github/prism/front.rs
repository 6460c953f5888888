//! What a client talks to: hands everything on to prism, and keeps what prism says of it.

use super::{Verdicts, lock};
use crate::http::client;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use serde_json::Value;
use std::sync::{Arc, mpsc};

#[derive(Clone)]
struct Front {
    prism: String,
    verdicts: Verdicts,
}

/// Where it listens.
pub(super) fn start(prism: &str, verdicts: &Verdicts) -> String {
    let front = Front {
        prism: prism.to_owned(),
        verdicts: Arc::clone(verdicts),
    };
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            tell.send(listener.local_addr().unwrap()).unwrap();
            let app = Router::new().fallback(pass_on).with_state(front);
            axum::serve(listener, app).await.unwrap();
        });
    });
    told.recv().expect("a server that listens").to_string()
}

async fn pass_on(State(front): State<Front>, request: Request<Body>) -> Response<Body> {
    let (mut parts, body) = request.into_parts();
    let what = format!("{} {}", parts.method, parts.uri);
    let path = parts.uri.path().replacen("/api/v3/", "/", 1);
    let repository: Vec<&str> = path.split('/').skip(2).take(2).collect();
    let body = to_bytes(body, 64 << 20).await.unwrap();
    parts.uri = format!("http://{}{}", front.prism, parts.uri)
        .parse()
        .unwrap();
    if let Some(host) = parts.headers.remove("host") {
        parts.headers.insert("x-forwarded-host", host);
    }
    parts.headers.remove("content-length");
    let answer = client()
        .request(Request::from_parts(parts, Full::from(body)))
        .await
        .expect("an answer of prism");
    let (mut parts, body) = answer.into_parts();
    let body = body.collect().await.expect("a whole answer").to_bytes();
    {
        let mut verdicts = lock(&front.verdicts);
        let verdict = verdicts.entry(repository.join("/")).or_default();
        verdict.requests += 1;
        match objection(parts.status.as_u16(), &parts.headers, &body) {
            Objection::None => {}
            Objection::Undescribed => verdict.undescribed += 1,
            Objection::Violation(text) => verdict.violations.push(format!("{what}: {text}")),
        }
    }
    for name in [
        "connection",
        "keep-alive",
        "transfer-encoding",
        "content-length",
    ] {
        parts.headers.remove(name);
    }
    Response::from_parts(parts, Body::from(body))
}

/// What prism has against an exchange.
enum Objection {
    None,
    Undescribed,
    Violation(String),
}

/// It says so in a header, or by an answer of its own instead of the fake's.
fn objection(status: u16, headers: &HeaderMap, body: &Bytes) -> Objection {
    let general = matches!(status, 401 | 403 | 429 | 500..);
    if let Some(said) = headers.get("sl-violations") {
        let said = String::from_utf8_lossy(said.as_bytes()).into_owned();
        let unlisted = said.contains("Unable to match the returned status code");
        return if unlisted && general {
            Objection::Undescribed
        } else {
            Objection::Violation(said)
        };
    }
    let own = |body: &Value| {
        let kind = body["type"].as_str().unwrap_or_default();
        kind.starts_with("https://stoplight.io/prism/")
    };
    match serde_json::from_slice::<Value>(body) {
        Ok(body) if own(&body) => Objection::Violation(body.to_string()),
        _ => Objection::None,
    }
}
