//! A reverse proxy that counts: it stands between real clients and a server on this machine, passes everything on, and knows
//! who calls what how often.
//!
//! HTTP/1.1 both ways, read and written by hyper, which refuses what is ambiguous (two lengths, a length beside chunks): no
//! bytes of a client reach the server unparsed. Bodies are streamed. One connection of a client has one connection to the server.
//! Upgrades (WebSocket) and `CONNECT` are refused with 501 and a sentence.

mod forward;
mod headers;

use super::LoadError;
use crate::workload::runaway::{Declared, Finding, Tracker, clipped, collapsed};
use forward::Link;
use http::header::HeaderName;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::cell::RefCell;
use std::net::{IpAddr, SocketAddr, TcpListener, ToSocketAddrs};
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::LocalSet;

/// Connections of clients at once; more wait to be accepted.
const MOST_CONNECTIONS: usize = 512;

/// The head of a request must be there by then, or the connection is closed.
const HEAD_WITHIN: Duration = Duration::from_secs(30);

/// Time between two looks at whether to stop.
const LOOK: Duration = Duration::from_millis(50);

/// What is watched, and how.
#[derive(Debug, Clone)]
pub struct Watched {
    /// The server: `http://127.0.0.1:8080`.
    pub upstream: String,
    /// Where clients are expected; port 0 is any that is free.
    pub listen: String,
    /// The request header that names a client; `None`: its address.
    pub client_header: Option<String>,
    /// Hosts other than loopback that may be called.
    pub remote: Vec<String>,
    /// How often endpoints are meant to be called.
    pub declared: Vec<Declared>,
}

/// What happens while it watches.
#[derive(Debug)]
pub enum Told<'a> {
    /// Clients may come, to this address.
    Listening(SocketAddr),
    /// A pattern that was not there before.
    Found(&'a Finding),
}

/// What was seen.
#[derive(Debug)]
pub struct Watch {
    /// All calls.
    pub tracker: Tracker,
    /// Time of watching.
    pub time: Duration,
    /// Calls that the server did not answer: clients got 502.
    pub unanswered: u64,
    /// Upgrades and `CONNECT`: clients got 501.
    pub refused: u64,
    /// Why the last of the unanswered was not answered.
    pub last_problem: Option<String>,
}

/// Shared by all connections, on one thread.
struct State {
    upstream: SocketAddr,
    client_header: Option<HeaderName>,
    start: Instant,
    seen: RefCell<Seen>,
}

struct Seen {
    tracker: Tracker,
    /// Found and not told yet.
    found: Vec<Finding>,
    unanswered: u64,
    refused: u64,
    last_problem: Option<String>,
}

/// Watches until `stop` says so, which is asked twenty times a second. Blocks, on one thread. Connections are cut at the end.
///
/// # Errors
/// An address that is none, or that is not allowed; a port that cannot be had.
pub fn watch(
    watched: &Watched,
    stop: &dyn Fn() -> bool,
    tell: &mut dyn FnMut(Told<'_>),
) -> Result<Watch, LoadError> {
    let upstream = upstream(&watched.upstream, &watched.remote)?;
    let listen = address(&watched.listen, &watched.listen)?;
    if !listen.ip().is_loopback() {
        return Err(LoadError::Unusable(format!(
            "`--listen {listen}`: clients are expected on this machine only, such as on 127.0.0.1:0"
        )));
    }
    let client_header = watched
        .client_header
        .as_deref()
        .map(|name| {
            HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| LoadError::Unusable(format!("{name:?} is no name of a header")))
        })
        .transpose()?;
    let failed = |what: String| move |source| LoadError::Generator { what, source };
    let listener = TcpListener::bind(listen).map_err(failed(format!("listening on {listen}")))?;
    let own = listener
        .local_addr()
        .map_err(failed("listening".to_owned()))?;
    if own == upstream {
        return Err(LoadError::Unusable(format!(
            "the proxy would call itself: {own} is both where it listens and what it watches"
        )));
    }
    listener
        .set_nonblocking(true)
        .map_err(failed(format!("listening on {own}")))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(failed("starting the proxy".to_owned()))?;
    let state = Rc::new(State {
        upstream,
        client_header,
        start: Instant::now(),
        seen: RefCell::new(Seen {
            tracker: Tracker::new(watched.declared.clone()),
            found: Vec::new(),
            unanswered: 0,
            refused: 0,
            last_problem: None,
        }),
    });
    tell(Told::Listening(own));
    let local = LocalSet::new();
    let served = runtime.block_on(local.run_until(serve(&state, listener, stop, tell)));
    // Its tasks hold the state; they end here, and their connections with them.
    drop(local);
    drop(runtime);
    served.map_err(failed(format!("accepting connections on {own}")))?;
    let time = state.start.elapsed();
    let state = Rc::into_inner(state)
        .ok_or_else(|| LoadError::Unusable("a connection of the proxy did not end".to_owned()))?;
    let seen = state.seen.into_inner();
    for found in &seen.found {
        tell(Told::Found(found));
    }
    Ok(Watch {
        tracker: seen.tracker,
        time,
        unanswered: seen.unanswered,
        refused: seen.refused,
        last_problem: seen.last_problem,
    })
}

async fn serve(
    state: &Rc<State>,
    listener: TcpListener,
    stop: &dyn Fn() -> bool,
    tell: &mut dyn FnMut(Told<'_>),
) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    tokio::task::spawn_local(accept(Rc::clone(state), listener));
    loop {
        let found = std::mem::take(&mut state.seen.borrow_mut().found);
        found.iter().for_each(|found| tell(Told::Found(found)));
        if stop() {
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn accept(state: Rc<State>, listener: tokio::net::TcpListener) {
    let places = Rc::new(Semaphore::new(MOST_CONNECTIONS));
    // Nobody closes the semaphore: this ends with the runtime.
    while let Ok(permit) = places.acquire().await {
        permit.forget();
        let place = Place(Rc::clone(&places));
        match listener.accept().await {
            Ok((stream, peer)) => {
                let state = Rc::clone(&state);
                tokio::task::spawn_local(async move {
                    let _place = place;
                    connection(state, stream, peer.ip()).await;
                });
            }
            // One that was gone before it was accepted, or no file descriptors left: later ones may do.
            Err(_) => tokio::time::sleep(LOOK).await,
        }
    }
}

/// Gives the place of a connection back.
struct Place(Rc<Semaphore>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.add_permits(1);
    }
}

async fn connection(state: Rc<State>, stream: tokio::net::TcpStream, peer: IpAddr) {
    // Small answers are not held back for more of them.
    let _best_effort = stream.set_nodelay(true);
    let link = Rc::new(Link::default());
    let service = service_fn(move |request| {
        let (state, link) = (Rc::clone(&state), Rc::clone(&link));
        async move {
            state.count(&request, peer);
            Ok::<_, std::convert::Infallible>(forward::forward(&state, &link, request).await)
        }
    });
    // How a client's connection ends is the client's business; what it asked for is counted already.
    let _ended = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

impl State {
    fn count<B>(&self, request: &http::Request<B>, peer: IpAddr) {
        let named = self.client_header.as_ref().and_then(|name| {
            let value = request.headers().get(name)?;
            Some(clipped(&String::from_utf8_lossy(value.as_bytes())))
        });
        let client = named.unwrap_or_else(|| peer.to_string());
        let endpoint = collapsed(request.method().as_str(), request.uri().path());
        let seen = &mut *self.seen.borrow_mut();
        if let Some(found) = seen
            .tracker
            .record(self.start.elapsed(), &client, &endpoint)
        {
            seen.found.push(found.clone());
        }
    }

    fn refused(&self) {
        self.seen.borrow_mut().refused += 1;
    }

    fn unanswered(&self, problem: String) {
        let mut seen = self.seen.borrow_mut();
        seen.unanswered += 1;
        seen.last_problem = Some(problem);
    }
}

/// The address of the server, if it may be called.
fn upstream(origin: &str, remote: &[String]) -> Result<SocketAddr, LoadError> {
    let unusable = |problem: &str| LoadError::Unusable(format!("`--proxy {origin}`: {problem}"));
    if origin.starts_with("https://") {
        return Err(unusable(
            "a server that speaks TLS is not watched: give its plain HTTP port",
        ));
    }
    let authority = origin.strip_prefix("http://").unwrap_or(origin);
    let authority = authority.strip_suffix('/').unwrap_or(authority);
    if authority.contains(['/', '?', '#', '@']) || authority.is_empty() {
        return Err(unusable(
            "expected only a host and a port, such as http://127.0.0.1:8080",
        ));
    }
    let with_port = if authority.ends_with(']') || !authority.contains(':') {
        format!("{authority}:80")
    } else {
        authority.to_owned()
    };
    let found = address(&with_port, origin)?;
    let host = with_port
        .rsplit_once(':')
        .map_or(authority, |(host, _)| host);
    let host = host.trim_matches(['[', ']']);
    if !found.ip().is_loopback() && !remote.iter().any(|allowed| allowed == host) {
        return Err(LoadError::NotLoopback {
            host: host.to_owned(),
        });
    }
    Ok(found)
}

fn address(text: &str, given: &str) -> Result<SocketAddr, LoadError> {
    let mut found = text
        .to_socket_addrs()
        .map_err(|source| LoadError::Generator {
            what: format!("looking up `{given}`"),
            source,
        })?;
    found
        .next()
        .ok_or_else(|| LoadError::Unusable(format!("`{given}` has no address")))
}

#[cfg(test)]
mod tests;
