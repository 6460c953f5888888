//! One connection: how it is opened, and how a request goes over it.

use super::gate::Gate;
use super::origin::Origin;
use super::plan::Sent;
use super::shard::{Open, Shard};
use super::slow::{Link, Slow};
use super::stream::{Socket, Stream};
use super::tls::Tls;
use super::trouble;
use crate::workload::record::Outcome;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use hyper::client::conn::{TrySendError, http1, http2};
use hyper::rt::Executor;
use hyper_util::rt::TokioIo;
use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::{Rc, Weak};
use std::task::{Context, Waker};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Bytes of an answer's head, and of what is read at once.
const BUFFER: usize = 64 * 1024;

/// The same where HTTP/2 asks.
const HEAD: u32 = 64 * 1024;

type Driver = http1::Connection<TokioIo<Stream>, Full<Bytes>>;

/// An open connection.
pub(super) struct Wire {
    kind: Kind,
    /// Whether it carried a call before.
    used: bool,
    _open: Open,
}

enum Kind {
    /// HTTP/1.1, driven by whoever calls.
    One(Box<One>),
    /// HTTP/2, driven by tasks: it must answer the server also between calls.
    Two {
        sender: http2::SendRequest<Full<Bytes>>,
        _tasks: Rc<RefCell<JoinSet<()>>>,
    },
}

struct One {
    sender: http1::SendRequest<Full<Bytes>>,
    /// `None` as soon as the connection is over.
    driver: Option<Driver>,
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
    Unsent(Box<Sent>),
    /// As it says.
    As(Outcome),
}

/// How much of a body is read, and whether it is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub(super) limit: u64,
    pub(super) keep: bool,
}

/// How connections are opened.
#[derive(Debug)]
pub(super) struct Road {
    pub(super) origin: Origin,
    pub(super) tls: Option<Tls>,
    pub(super) link: Option<Link>,
    pub(super) http2: bool,
}

impl Road {
    /// Opens a connection.
    pub(super) async fn open(
        &self,
        shard: &Rc<Shard>,
        phases: &mut Phases,
    ) -> Result<Wire, Outcome> {
        let began = Instant::now();
        let socket = self.connect().await?;
        let open = Open::new(shard);
        // Without it a body that is written in two pieces waits for the acknowledgement of the first.
        socket
            .set_nodelay(true)
            .map_err(|error| trouble::of_connecting(&error))?;
        let socket = match self.link {
            None => Socket::Fast(socket),
            Some(link) => {
                tokio::time::sleep(link.delay).await;
                Socket::Slow(Box::new(Slow::new(socket, link)))
            }
        };
        let connected = Instant::now();
        phases.connect = Some(connected.duration_since(began));
        let stream = match &self.tls {
            None => Stream::Clear(socket),
            Some(tls) => {
                let stream = tls.over(socket).await.map_err(|_| Outcome::Tls)?;
                phases.tls = Some(connected.elapsed());
                Stream::Tls(Box::new(stream))
            }
        };
        let kind = if self.http2 {
            Kind::two(stream).await
        } else {
            Kind::one(stream).await
        };
        Ok(Wire {
            kind: kind.map_err(|error| trouble::of_http(&error))?,
            used: false,
            _open: open,
        })
    }

    async fn connect(&self) -> Result<TcpStream, Outcome> {
        let mut problem = Outcome::NotConnected;
        for (number, address) in self.origin.addresses() {
            match TcpStream::connect(address).await {
                Ok(connected) => {
                    self.origin.answered(number);
                    return Ok(connected);
                }
                Err(error) => problem = trouble::of_connecting(&error),
            }
        }
        Err(problem)
    }
}

impl Kind {
    async fn one(stream: Stream) -> hyper::Result<Self> {
        let (sender, driver) = http1::Builder::new()
            .max_buf_size(BUFFER)
            .handshake(TokioIo::new(stream))
            .await?;
        Ok(Self::One(Box::new(One {
            sender,
            driver: Some(driver),
        })))
    }

    async fn two(stream: Stream) -> hyper::Result<Self> {
        let tasks = Rc::new(RefCell::new(JoinSet::new()));
        let spawner = Spawner(Rc::downgrade(&tasks));
        let (sender, driver) = http2::Builder::new(spawner.clone())
            .max_header_list_size(HEAD)
            .handshake(TokioIo::new(stream))
            .await?;
        spawner.execute(async move {
            // Its error is told to the calls that it carries; without any it is a close between calls.
            drop(driver.await);
        });
        Ok(Self::Two {
            sender,
            _tasks: tasks,
        })
    }
}

/// Starts the tasks of an HTTP/2 connection on this thread. They end with it: a task that held what holds it would not.
#[derive(Clone)]
struct Spawner(Weak<RefCell<JoinSet<()>>>);

impl<F: Future<Output = ()> + 'static> Executor<F> for Spawner {
    fn execute(&self, task: F) {
        if let Some(tasks) = self.0.upgrade() {
            let mut tasks = tasks.borrow_mut();
            while tasks.try_join_next().is_some() {}
            tasks.spawn_local(task);
        }
    }
}

impl Wire {
    /// The connection, if a call can go over it: the server has not closed it since the last one. Looks at what has come in,
    /// asks nobody.
    pub(super) fn ready(mut self) -> Option<Self> {
        let ready = match &mut self.kind {
            Kind::One(one) => {
                let mut context = Context::from_waker(Waker::noop());
                let driver = one.driver.as_mut()?;
                let over = Pin::new(driver).poll(&mut context).is_ready();
                !over && (!self.used || one.sender.is_ready())
            }
            Kind::Two { sender, .. } => sender.is_ready(),
        };
        ready.then_some(self)
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
        match &mut self.kind {
            Kind::One(one) => {
                let sent = one.sender.try_send_request(request);
                let mut work = pin!(finish(sent, reading, seen));
                poll_fn(|cx| gate.poll(cx, &mut one.driver, work.as_mut())).await
            }
            Kind::Two { sender, .. } => {
                finish(sender.try_send_request(request), reading, seen).await
            }
        }
    }
}

/// Waits for the head of an answer, and reads the rest.
async fn finish(
    sent: impl Future<Output = Result<Response<Incoming>, TrySendError<Sent>>>,
    reading: Reading,
    seen: &mut Seen,
) -> Result<Answer, Lost> {
    let response = sent.await.map_err(lost)?;
    seen.head = Some(Instant::now());
    receive(response, reading, &mut seen.bytes).await
}

fn lost(mut error: TrySendError<Sent>) -> Lost {
    match error.take_message() {
        Some(request) => Lost::Unsent(Box::new(request)),
        None => Lost::As(trouble::of_http(error.error())),
    }
}

/// Reads the body to its end, or to its limit.
async fn receive(
    response: Response<Incoming>,
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
            .finish_non_exhaustive()
    }
}
