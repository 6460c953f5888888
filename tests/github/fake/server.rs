//! Sockets: what arrives is looked up, perhaps spoilt, answered and written down.

use super::faults::{Effects, Trouble};
use super::log::Exchange;
use super::refusals::{self, Answer};
use super::request::Request;
use super::routes;
use super::state::Hub;
use super::wire::{Ending, Line, Lines};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::Response;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use tokio::net::TcpListener;
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
