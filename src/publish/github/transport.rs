//! One request, one answer, within bounds of time and size. Nothing is repeated, followed or remembered here.

use http::header::USER_AGENT;
use http::{HeaderMap, HeaderValue, Request};
use http_body_util::BodyExt as _;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use octocrab::{AuthState, OctoBody, Octocrab, OctocrabBuilder};
use std::error::Error;
use std::io;
use std::time::Duration;

/// How long one request may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Until there is a connection.
    pub connect: Duration,
    /// Until the next bytes come.
    pub read: Duration,
    /// In whole.
    pub whole: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            read: Duration::from_secs(30),
            whole: Duration::from_secs(60),
        }
    }
}

/// An answer, success or not.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    /// Of a success as much as was asked for; of anything else at most its first 64 KiB.
    pub(super) body: Vec<u8>,
    /// There is more of it.
    pub(super) cut: bool,
}

impl Reply {
    /// A header as text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(super) fn succeeded(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Why there is no answer.
pub(super) enum Lost {
    TimedOut,
    /// What the layer says that it broke in.
    Broken(String),
}

/// As much of an answer that is no success as is worth reading.
const ERROR_BODY: usize = 64 * 1024;

/// octocrab, used for single requests. It has no token of its own, follows no redirects and repeats nothing:
/// who is sent what is decided by [`Client`](super::client::Client) alone.
pub(super) struct Transport {
    crab: Octocrab,
    timeouts: Timeouts,
}

impl Transport {
    /// Must be called inside of a runtime, which the client's own tasks run on.
    ///
    /// octocrab's default client would do, but for its `user-agent: octocrab`, which it sends beside any other: two of
    /// them are no request that every server takes. So the connections are made here.
    pub(super) fn new(timeouts: Timeouts) -> Result<Self, String> {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(timeouts.connect));
        // Addresses are checked by `ApiUrl`; encryption is put around this.
        connector.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::ring::default_provider())
            .map_err(|error| deepest(&error))?
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let crab = OctocrabBuilder::new_empty()
            .with_service(Client::builder(TokioExecutor::new()).build::<_, OctoBody>(connector))
            .with_auth(AuthState::None)
            .build();
        match crab {
            Ok(crab) => Ok(Self { crab, timeouts }),
            Err(never) => match never {},
        }
    }

    /// Sends a request to an absolute address and reads at most `limit` bytes of a success.
    pub(super) async fn send(&self, request: Request<String>, limit: usize) -> Result<Reply, Lost> {
        within(self.timeouts.whole, self.exchange(request, limit)).await
    }

    async fn exchange(&self, mut request: Request<String>, limit: usize) -> Result<Reply, Lost> {
        let ours = HeaderValue::from_static(concat!("tollgate/", env!("CARGO_PKG_VERSION")));
        request.headers_mut().insert(USER_AGENT, ours);
        // The first bytes may have to wait for a connection.
        let first = self.timeouts.connect.saturating_add(self.timeouts.read);
        let response = async {
            let sent = self.crab.execute(request).await;
            sent.map_err(|error| lost(&error))
        };
        let (parts, mut body) = within(first, response).await?.into_parts();
        let mut reply = Reply {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: Vec::new(),
            cut: false,
        };
        let limit = if reply.succeeded() { limit } else { ERROR_BODY };
        loop {
            let frame = async { body.frame().await.transpose().map_err(|error| lost(&error)) };
            let data = match within(self.timeouts.read, frame).await {
                Ok(Some(frame)) => frame.into_data(),
                Ok(None) => break,
                // The status says enough.
                Err(_) if !reply.succeeded() => break,
                Err(lost) => return Err(lost),
            };
            // Anything else is a trailer.
            let Ok(data) = data else { continue };
            let room = limit - reply.body.len();
            if data.len() > room {
                reply.body.extend_from_slice(&data[..room]);
                reply.cut = true;
                break;
            }
            reply.body.extend_from_slice(&data);
        }
        Ok(reply)
    }
}

async fn within<T>(time: Duration, work: impl Future<Output = Result<T, Lost>>) -> Result<T, Lost> {
    let done = tokio::time::timeout(time, work).await;
    done.unwrap_or(Err(Lost::TimedOut))
}

fn lost(error: &octocrab::Error) -> Lost {
    let mut layer: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = layer {
        let io = error.downcast_ref::<io::Error>();
        if io.is_some_and(|error| error.kind() == io::ErrorKind::TimedOut) {
            return Lost::TimedOut;
        }
        layer = error.source();
    }
    Lost::Broken(deepest(error))
}

/// What the innermost error says: those around it say "client error" and the like.
fn deepest(error: &(dyn Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
