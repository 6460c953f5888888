//! A client that adds nothing and follows nothing: what it sends is what a test says.

use axum::body::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use std::error::Error;
use std::time::Duration;

/// hyper's client; each request has a connection of its own.
pub(crate) fn client() -> Client<HttpConnector, Full<Bytes>> {
    Client::builder(TokioExecutor::new())
        .pool_max_idle_per_host(0)
        .build_http()
}

/// A request of a test.
pub(crate) struct Ask {
    request: Request<Full<Bytes>>,
}

/// `GET`, `POST` .. to `url`, with a name for the client, and nothing else.
pub(crate) fn ask(verb: &str, url: &str) -> Ask {
    let request = Request::builder().method(verb).uri(url);
    let request = request.header("user-agent", "tollgate-tests");
    Ask {
        request: request.body(Full::default()).expect("a request"),
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Ask {
    pub(crate) fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        let value = value.parse().expect("a header");
        self.request.headers_mut().insert(name, value);
        self
    }

    pub(crate) fn without(mut self, name: &'static str) -> Self {
        self.request.headers_mut().remove(name);
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.text(&body.to_string())
            .header("content-type", "application/json")
    }

    pub(crate) fn text(mut self, body: &str) -> Self {
        *self.request.body_mut() = Full::from(body.to_owned());
        self
    }

    /// Waits for the whole answer.
    #[track_caller]
    pub(crate) fn send(self) -> Reply {
        let wait = Duration::from_secs(60);
        self.try_send(wait).expect("an answer")
    }

    /// Waits so long for the whole answer.
    pub(crate) fn try_send(self, wait: Duration) -> Result<Reply, Box<dyn Error + Send + Sync>> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let exchange = async {
            let (parts, body) = client().request(self.request).await?.into_parts();
            let body = body.collect().await?.to_bytes();
            Ok(Reply {
                status: parts.status.as_u16(),
                headers: parts.headers,
                body: String::from_utf8_lossy(&body).into_owned(),
            })
        };
        runtime.block_on(async { tokio::time::timeout(wait, exchange).await? })
    }
}

impl Reply {
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{:?}\n{}", self.headers, self.body);
        self
    }

    /// The body must hold this text.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.body.contains(text), "{text:?} is not in {}", self.body);
        self
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("a body of JSON")
    }
}
