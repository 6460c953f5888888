//! One request to the server, and its answer back.

use super::{State, headers};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, Uri, Version, header};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use std::cell::RefCell;
use std::time::Duration;
use tokio::net::TcpStream;

/// A server on this machine takes a connection at once or not at all.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// What a client gets: the server's body as it comes, or a sentence of ours.
pub(super) type Body = Either<Incoming, Full<Bytes>>;

/// The connection to the server that belongs to a client's connection.
#[derive(Default)]
pub(super) struct Link(RefCell<Option<SendRequest<Incoming>>>);

pub(super) async fn forward(
    state: &State,
    link: &Link,
    mut request: Request<Incoming>,
) -> Response<Body> {
    if request.method() == Method::CONNECT || headers::is_upgrade(request.headers()) {
        state.refused();
        return sentence(
            StatusCode::NOT_IMPLEMENTED,
            "tollgate watch --proxy passes HTTP requests on, and neither WebSockets nor other upgrades.\n",
        );
    }
    headers::strip(request.headers_mut());
    let path = request
        .uri()
        .path_and_query()
        .map_or(Uri::from_static("/"), |path| Uri::from(path.clone()));
    *request.uri_mut() = path;
    *request.version_mut() = Version::HTTP_11;
    if !request.headers().contains_key(header::HOST) {
        // HTTP/1.0 has none, HTTP/1.1 must.
        if let Ok(host) = state.upstream.to_string().parse() {
            request.headers_mut().insert(header::HOST, host);
        }
    }
    match send(state, link, request).await {
        Ok(mut response) => {
            headers::strip(response.headers_mut());
            *response.version_mut() = Version::HTTP_11;
            response.map(Either::Left)
        }
        Err(problem) => {
            let text = format!("tollgate watch --proxy: {}: {problem}\n", state.upstream);
            state.unanswered(problem);
            sentence(StatusCode::BAD_GATEWAY, &text)
        }
    }
}

/// On the connection that is there. If the server had closed it, nothing was sent, and a new one is opened, once.
async fn send(
    state: &State,
    link: &Link,
    mut request: Request<Incoming>,
) -> Result<Response<Incoming>, String> {
    let kept = link.0.borrow_mut().take();
    if let Some(mut sender) = kept
        && sender.ready().await.is_ok()
    {
        match sender.try_send_request(request).await {
            Ok(response) => {
                *link.0.borrow_mut() = Some(sender);
                return Ok(response);
            }
            Err(mut error) => match error.take_message() {
                Some(unsent) => request = unsent,
                None => return Err(error.error().to_string()),
            },
        }
    }
    let mut sender = connect(state).await?;
    let response = sender
        .send_request(request)
        .await
        .map_err(|error| error.to_string())?;
    *link.0.borrow_mut() = Some(sender);
    Ok(response)
}

async fn connect(state: &State) -> Result<SendRequest<Incoming>, String> {
    let stream = tokio::time::timeout(CONNECT_WITHIN, TcpStream::connect(state.upstream))
        .await
        .map_err(|_| "no connection within 10 s".to_owned())?
        .map_err(|error| error.to_string())?;
    let _best_effort = stream.set_nodelay(true);
    let (sender, connection) = handshake(TokioIo::new(stream))
        .await
        .map_err(|error| error.to_string())?;
    tokio::task::spawn_local(async move {
        // What goes wrong reaches the request that it goes wrong for.
        let _ended = connection.await;
    });
    Ok(sender)
}

fn sentence(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(Either::Right(Full::new(Bytes::from(text.to_owned()))));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}
