//! One request, one answer, within bounds of time and size. Nothing is repeated, followed or remembered here.

use http::{HeaderMap, Request};
use http_body_util::BodyExt as _;
use octocrab::Octocrab;
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

/// octocrab's client, used for single requests. It has no token of its own, follows no redirects and repeats nothing:
/// who is sent what is decided by [`Client`](super::Client) alone.
pub(super) struct Transport {
    crab: Octocrab,
    whole: Duration,
}

impl Transport {
    /// Must be called inside of a runtime, which the client's own tasks run on.
    pub(super) fn new(timeouts: Timeouts) -> Result<Self, String> {
        let crab = Octocrab::builder()
            .set_connect_timeout(Some(timeouts.connect))
            .set_read_timeout(Some(timeouts.read))
            .add_header(
                http::header::USER_AGENT,
                concat!("tollgate/", env!("CARGO_PKG_VERSION")).to_owned(),
            )
            .build()
            .map_err(|error| deepest(&error))?;
        Ok(Self {
            crab,
            whole: timeouts.whole,
        })
    }

    /// Sends a request to an absolute address and reads at most `limit` bytes of a success.
    pub(super) async fn send(&self, request: Request<String>, limit: usize) -> Result<Reply, Lost> {
        match tokio::time::timeout(self.whole, self.exchange(request, limit)).await {
            Ok(reply) => reply,
            Err(_) => Err(Lost::TimedOut),
        }
    }

    async fn exchange(&self, request: Request<String>, limit: usize) -> Result<Reply, Lost> {
        let response = self
            .crab
            .execute(request)
            .await
            .map_err(|error| lost(&error))?;
        let (parts, mut body) = response.into_parts();
        let mut reply = Reply {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: Vec::new(),
            cut: false,
        };
        let limit = if reply.succeeded() { limit } else { ERROR_BODY };
        while let Some(frame) = body.frame().await {
            let frame = match frame {
                Ok(frame) => frame,
                // The status says enough.
                Err(_) if !reply.succeeded() => break,
                Err(error) => return Err(lost(&error)),
            };
            let Ok(data) = frame.into_data() else {
                continue;
            };
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
