//! Sockets: what arrives is looked up, perhaps spoilt, answered and written down.

use super::faults::{Effects, Trouble};
use super::log::Exchange;
use super::refusals::{self, Answer};
use super::request::Request;
use super::routes;
use super::state::Hub;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, State};
use axum::http::Response;
use axum::serve::{IncomingStream, Listener};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// The API and the storage host; they end with this value.
pub(super) struct Servers {
    pub(super) api: SocketAddr,
    pub(super) storage: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What a handler knows beside the request.
#[derive(Clone)]
struct Place {
    hub: Arc<Mutex<Hub>>,
    /// This is the storage host.
    storage: bool,
    /// Where the storage host is.
    storage_at: SocketAddr,
}

impl Servers {
    pub(super) fn start(hub: &Arc<Mutex<Hub>>) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = mpsc::channel();
        let hub = Arc::clone(hub);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let api = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let storage = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let storage_at = storage.local_addr().unwrap();
                tell.send((api.local_addr().unwrap(), storage_at)).unwrap();
                let place = |storage| Place {
                    hub: Arc::clone(&hub),
                    storage,
                    storage_at,
                };
                let both =
                    async { tokio::join!(serve(api, place(false)), serve(storage, place(true))) };
                tokio::select! { _ = both => {}, _ = stopped => {} }
            });
            // Requests that hang are dropped, not waited for.
            runtime.shutdown_background();
        });
        let (api, storage) = told.recv().expect("a server that listens");
        Self {
            api,
            storage,
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            assert!(
                thread.join().is_ok() || std::thread::panicking(),
                "the server panicked"
            );
        }
    }
}

async fn serve(listener: TcpListener, place: Place) {
    let app = Router::new().fallback(handle).with_state(place);
    let service = app.into_make_service_with_connect_info::<Line>();
    axum::serve(Lines(listener), service).await.unwrap();
}

async fn handle(
    State(place): State<Place>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: axum::http::Request<Body>,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 64 << 20).await.unwrap_or_default();
    let mut request = Request::new(&parts, &body, place.storage, place.storage_at);
    let (number, effects) = arrive(&place.hub, &mut request);
    for race in effects.races {
        // It may take its time, or send requests itself.
        tokio::task::spawn_blocking(race).await.unwrap();
    }
    if let Some(trouble) = effects.before {
        return spoil(&place.hub, number, &line, trouble, Answer::empty(200)).await;
    }
    let answer = routes::answer(&mut super::lock(&place.hub), &request);
    if let Some(trouble) = effects.after {
        return spoil(&place.hub, number, &line, trouble, answer).await;
    }
    finish(&place.hub, number, &answer);
    answer.into_response()
}

/// Writes the request down, and asks the faults about it.
fn arrive(hub: &Mutex<Hub>, request: &mut Request) -> (usize, Effects) {
    let mut hub = super::lock(hub);
    if let Some(name) = request.by_id.and_then(|id| hub.name_of(id)) {
        request.repository = name;
    }
    let arrived = hub.moment();
    hub.log.push(Exchange {
        repository: request.repository.clone(),
        storage: request.storage,
        verb: request.verb.clone(),
        path: request.path_and_query(),
        enterprise: request.enterprise,
        headers: request.headers.clone(),
        body: String::from_utf8_lossy(&request.body).into_owned(),
        status: None,
        answer: String::new(),
        arrived,
        answered: None,
    });
    let mut effects = Effects::default();
    for fault in &mut hub.faults {
        fault.meet(
            &request.repository,
            &request.verb,
            &request.path,
            &mut effects,
        );
    }
    (hub.log.len() - 1, effects)
}

fn finish(hub: &Mutex<Hub>, number: usize, answer: &Answer) {
    let mut hub = super::lock(hub);
    let moment = hub.moment();
    let one = &mut hub.log[number];
    one.answered = Some(moment);
    one.status = Some(answer.status);
    one.answer = String::from_utf8_lossy(&answer.body).into_owned();
}

/// `good` is what the client would have got.
async fn spoil(
    hub: &Mutex<Hub>,
    number: usize,
    line: &Line,
    trouble: Trouble,
    good: Answer,
) -> Response<Body> {
    match trouble {
        Trouble::Answer {
            status,
            headers,
            body,
        } => {
            let answer = refusals::scripted(status, headers, body);
            finish(hub, number, &answer);
            answer.into_response()
        }
        Trouble::Hang => std::future::pending().await,
        Trouble::Reset => {
            line.set(Ending::Reset);
            Response::new(Body::empty())
        }
        Trouble::Truncated => {
            let body = if good.body.is_empty() {
                Answer::json(200, &serde_json::json!({"id": 1}))
            } else {
                good
            };
            line.set(Ending::HalfABody(body.body.len()));
            body.into_response()
        }
    }
}

impl Answer {
    fn into_response(self) -> Response<Body> {
        let mut response = Response::builder().status(self.status);
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        response.body(Body::from(self.body)).unwrap()
    }
}

/// Connections that can be broken by what answers on them.
struct Lines(TcpListener);

/// How a connection ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// When both sides are done.
    Orderly,
    /// By RST instead of the next byte.
    Reset,
    /// By FIN after the head and half of a body of so many bytes.
    HalfABody(usize),
    /// By FIN after so many bytes.
    After(usize),
}

/// The hand that a handler has on its connection.
#[derive(Clone)]
struct Line(Arc<Mutex<Ending>>);

impl Line {
    fn set(&self, ending: Ending) {
        *self.0.lock().unwrap() = ending;
    }
}

struct Wire {
    stream: TcpStream,
    line: Line,
}

impl Listener for Lines {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        let (stream, from) = Listener::accept(&mut self.0).await;
        let line = Line(Arc::new(Mutex::new(Ending::Orderly)));
        (Wire { stream, line }, from)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Lines>> for Line {
    fn connect_info(stream: IncomingStream<'_, Lines>) -> Self {
        stream.io().line.clone()
    }
}

impl Wire {
    /// How much of `bytes` may still be written.
    fn allowed(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut ending = self.line.0.lock().unwrap();
        if let Ending::HalfABody(body) = *ending {
            // hyper writes the head at once.
            let head = bytes.windows(4).position(|four| four == b"\r\n\r\n");
            *ending = Ending::After(head.map_or(0, |at| at + 4) + body / 2);
        }
        match *ending {
            Ending::Orderly | Ending::HalfABody(_) => Ok(bytes.len()),
            Ending::After(0) => Err(io::ErrorKind::BrokenPipe.into()),
            Ending::After(left) => Ok(left.min(bytes.len())),
            Ending::Reset => {
                // What is unsent is thrown away on close, and the peer gets RST instead of FIN.
                self.stream.set_zero_linger()?;
                Err(io::ErrorKind::ConnectionReset.into())
            }
        }
    }

    fn written(&self, n: usize) {
        let mut ending = self.line.0.lock().unwrap();
        if let Ending::After(left) = *ending {
            *ending = Ending::After(left - n);
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let allowed = self.allowed(bytes)?;
        let written = Pin::new(&mut self.stream).poll_write(cx, &bytes[..allowed]);
        if let Poll::Ready(Ok(n)) = written {
            self.written(n);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
