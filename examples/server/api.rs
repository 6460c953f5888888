//! The endpoints. Whatever a client sends, an answer comes within bounds.

use crate::faults::Faults;
use crate::store::{LONGEST, Store};
use crate::work::{Endpoint, compute};
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tollgate_probe::export::prometheus;
use tollgate_probe::{Counter, Family, Timer};

/// Largest body that is read.
const BODY: usize = 64 * 1024;

static REQUESTS: Family<Timer, 1> =
    Family::new("request_seconds", ["endpoint"]).help("Time in the handler, by endpoint");
static CREATED: Counter = Counter::new("items_created").help("Items that were created");

struct Server {
    faults: Arc<Faults>,
    store: Mutex<Store>,
    start: Instant,
}

type Shared = State<Arc<Server>>;

pub(crate) fn router(faults: Arc<Faults>, start: Instant) -> Router {
    let server = Server {
        faults,
        store: Mutex::new(Store::new(20_261_121)),
        start,
    };
    Router::new()
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .route("/login", post(login))
        .route("/items", get(list).post(create))
        .route("/items/{id}", get(read))
        .layer(DefaultBodyLimit::max(BODY))
        .with_state(Arc::new(server))
}

impl Server {
    /// What one call has made half is still a store.
    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does the endpoint's work, with its faults. `Err` is the answer to a call that was chosen to fail.
    async fn work(&self, endpoint: Endpoint) -> Result<(), Problem> {
        let stalled = self.faults.stalled(self.start.elapsed());
        let start = Instant::now();
        if !stalled.is_zero() {
            tokio::time::sleep(stalled).await;
        }
        compute(self.faults.slowed(endpoint.takes()));
        REQUESTS.get([endpoint.name()]).record(start.elapsed());
        if matches!(endpoint, Endpoint::Health | Endpoint::Metrics) {
            // Whether it is ready does not depend on luck.
            return Ok(());
        }
        self.faults.warm_up();
        if self.faults.fails() {
            return Err(problem(StatusCode::INTERNAL_SERVER_ERROR, "injected"));
        }
        Ok(())
    }

    fn knows(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let token = (headers.get(header::AUTHORIZATION))
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        match token {
            Some(token) if self.store().knows(token) => Ok(()),
            _ => Err(problem(StatusCode::UNAUTHORIZED, "log in first")),
        }
    }
}

/// An answer that says no.
struct Problem {
    status: StatusCode,
    what: String,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "error": self.what }))).into_response()
    }
}

fn problem(status: StatusCode, what: impl Into<String>) -> Problem {
    let what = what.into();
    Problem { status, what }
}

/// A text of a JSON object.
fn field(body: Result<Bytes, BytesRejection>, name: &str) -> Result<String, Problem> {
    let body = body.map_err(|refused| problem(refused.status(), "the body cannot be read"))?;
    let value: Value = serde_json::from_slice(&body)
        .map_err(|_| problem(StatusCode::BAD_REQUEST, "the body is not JSON"))?;
    let text = value.get(name).and_then(Value::as_str);
    text.map(str::to_owned).ok_or_else(|| {
        problem(
            StatusCode::UNPROCESSABLE_ENTITY,
            format!("the body needs a text `{name}`"),
        )
    })
}

fn too_long(name: &str) -> Problem {
    problem(
        StatusCode::UNPROCESSABLE_ENTITY,
        format!("`{name}` must have 1 to {LONGEST} bytes"),
    )
}

async fn health(State(server): Shared) -> Result<Json<Value>, Problem> {
    server.work(Endpoint::Health).await?;
    Ok(Json(json!({ "status": "up" })))
}

async fn metrics(State(server): Shared) -> Result<Response, Problem> {
    server.work(Endpoint::Metrics).await?;
    let text = prometheus::render(&tollgate_probe::snapshot());
    Ok(([(header::CONTENT_TYPE, prometheus::CONTENT_TYPE)], text).into_response())
}

async fn login(
    State(server): Shared,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, Problem> {
    server.work(Endpoint::Login).await?;
    let user = field(body, "user")?;
    let token = server.store().login(&user);
    match token {
        Some(token) => Ok(Json(json!({ "token": token }))),
        None => Err(too_long("user")),
    }
}

async fn list(State(server): Shared, headers: HeaderMap) -> Result<Json<Value>, Problem> {
    server.knows(&headers)?;
    server.work(Endpoint::List).await?;
    let store = server.store();
    let items: Vec<Value> = (store.list().into_iter())
        .map(|(id, name)| json!({ "id": id, "name": name }))
        .collect();
    Ok(Json(json!({ "items": items })))
}

async fn create(
    State(server): Shared,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    server.knows(&headers)?;
    server.work(Endpoint::Create).await?;
    let name = field(body, "name")?;
    let id = server
        .store()
        .create(name)
        .ok_or_else(|| too_long("name"))?;
    CREATED.increment();
    Ok((StatusCode::CREATED, Json(json!({ "id": id }))).into_response())
}

async fn read(
    State(server): Shared,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    server.knows(&headers)?;
    server.work(Endpoint::Read).await?;
    let store = server.store();
    let name = id.parse().ok().and_then(|id| store.read(id));
    match name {
        Some(name) => Ok(Json(json!({ "id": id, "name": name }))),
        None => Err(problem(StatusCode::NOT_FOUND, "no such item")),
    }
}

#[cfg(test)]
mod tests;
