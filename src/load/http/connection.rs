//! One connection: how it is opened, and how a request goes over it.

use super::gate::Gate;
use super::origin::Origin;
use super::plan::Sent;
use super::shard::{Open, Shard};
use super::trouble;
use crate::workload::record::Outcome;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use hyper::client::conn::{TrySendError, http1};
use hyper_util::rt::TokioIo;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

/// Bytes of an answer's head, and of what is read at once.
const BUFFER: usize = 64 * 1024;

type Stream = TcpStream;
type Driver = http1::Connection<TokioIo<Stream>, Full<Bytes>>;

/// An open connection.
pub(super) struct Wire {
    sender: http1::SendRequest<Full<Bytes>>,
    /// `None` as soon as the connection is over.
    driver: Option<Driver>,
    /// Whether it carried a call before.
    used: bool,
    _open: Open,
}

/// What opening took.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Phases {
    pub(super) connect: Option<Duration>,
    pub(super) tls: Option<Duration>,
}

/// A whole answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// Empty where it is only counted.
    pub(super) body: Bytes,
}

/// What is known of an answer that may not become whole.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    pub(super) head: Option<Instant>,
    pub(super) bytes: u64,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Lost {
    /// The connection was closed before anything of the request was written: nothing happened.
    Unsent(Sent),
    /// As it says.
    As(Outcome),
}

/// How much of a body is read, and whether it is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub(super) limit: u64,
    pub(super) keep: bool,
}

/// Opens a connection.
pub(super) async fn open(
    origin: &Origin,
    shard: &Rc<Shard>,
    phases: &mut Phases,
) -> Result<Wire, Outcome> {
    let began = Instant::now();
    let mut problem = Outcome::NotConnected;
    let mut stream = None;
    for (number, address) in origin.addresses() {
        match TcpStream::connect(address).await {
            Ok(connected) => {
                origin.answered(number);
                stream = Some(connected);
                break;
            }
            Err(error) => problem = trouble::of_connecting(&error),
        }
    }
    let stream = stream.ok_or(problem)?;
    let open = Open::new(shard);
    // Without it a body that is written in two pieces waits for the acknowledgement of the first.
    stream
        .set_nodelay(true)
        .map_err(|error| trouble::of_connecting(&error))?;
    phases.connect = Some(began.elapsed());
    let (sender, driver) = http1::Builder::new()
        .max_buf_size(BUFFER)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| trouble::of_http(&error))?;
    Ok(Wire {
        sender,
        driver: Some(driver),
        used: false,
        _open: open,
    })
}

impl Wire {
    /// The connection, if a call can go over it: the server has not closed it since the last one. Looks at what has come in,
    /// asks nobody.
    pub(super) fn ready(mut self) -> Option<Self> {
        let driver = self.driver.as_mut()?;
        let mut context = Context::from_waker(Waker::noop());
        let over = Pin::new(driver).poll(&mut context).is_ready();
        (!over && (!self.used || self.sender.is_ready())).then_some(self)
    }

    /// Sends a request and reads its answer. After an error the connection is of no more use.
    pub(super) async fn exchange(
        &mut self,
        gate: &Gate,
        request: Sent,
        reading: Reading,
        seen: &mut Seen,
    ) -> Result<Answer, Lost> {
        self.used = true;
        let sent = self.sender.try_send_request(request);
        let mut work = pin!(async {
            let response = sent.await.map_err(lost)?;
            seen.head = Some(Instant::now());
            receive(response, reading, &mut seen.bytes).await
        });
        poll_fn(|cx| gate.poll(cx, &mut self.driver, work.as_mut())).await
    }
}

fn lost(mut error: TrySendError<Sent>) -> Lost {
    match error.take_message() {
        Some(request) => Lost::Unsent(request),
        None => Lost::As(trouble::of_http(error.error())),
    }
}

/// Reads the body to its end, or to its limit.
async fn receive(
    response: http::Response<Incoming>,
    reading: Reading,
    bytes: &mut u64,
) -> Result<Answer, Lost> {
    let (head, body) = response.into_parts();
    let mut body = pin!(body);
    let mut whole = Bytes::new();
    let mut pieces = BytesMut::new();
    while !body.is_end_stream() {
        let frame = match poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
            None => break,
            Some(Ok(frame)) => frame,
            Some(Err(error)) => return Err(Lost::As(trouble::of_http(&error))),
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        *bytes = bytes.saturating_add(data.len() as u64);
        if *bytes > reading.limit {
            return Err(Lost::As(Outcome::TooLarge));
        }
        if !reading.keep {
            continue;
        }
        if whole.is_empty() && pieces.is_empty() {
            whole = data;
        } else {
            if pieces.is_empty() {
                pieces.extend_from_slice(&std::mem::take(&mut whole));
            }
            pieces.extend_from_slice(&data);
        }
    }
    if !pieces.is_empty() {
        whole = pieces.freeze();
    }
    Ok(Answer {
        status: head.status,
        headers: head.headers,
        body: whole,
    })
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wire")
            .field("used", &self.used)
            .field("over", &self.driver.is_none())
            .finish_non_exhaustive()
    }
}
