//! Every request counts exactly once, however it ends.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use axum::extract::{Path, Request};
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{any, get};
use axum::{Router, body::Body};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{Semaphore, mpsc, watch};
use tollgate_probe::web::{
    NO_STATUS, ProbeLayer, ProbeService, REQUESTS, SERVICES, UNMATCHED, probed, probed_by_path,
    probed_fn,
};
use tower_http::catch_panic::CatchPanicLayer;

use crate::server::{Server, UNMATCHED_SERIES, counts::lines, request};

const ON_PURPOSE: &str = "on purpose";

/// Panics that a test asks for print nothing; all others do.
fn quiet() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if info.payload().downcast_ref::<&str>() != Some(&ON_PURPOSE) {
                hook(info);
            }
        }));
    });
}

/// Tells on a channel that it was dropped.
struct Gone(mpsc::UnboundedSender<()>);

impl Drop for Gone {
    fn drop(&mut self) {
        // The test may have ended already.
        self.0.send(()).ok();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_requests_at_once_with_cancellations_and_panics_count_once_each() {
    const ALL: usize = 1000;
    const ROUTE: &str = "/thousand/{n}";
    quiet();
    allow_descriptors(3 * ALL as u64);

    let arrived = Arc::new(Semaphore::new(0));
    let (open, gate) = watch::channel(false);
    let (gone, mut went) = mpsc::unbounded_channel();
    let handler = {
        let arrived = arrived.clone();
        move |Path(n): Path<usize>| {
            let (arrived, mut gate, gone) = (arrived.clone(), gate.clone(), gone.clone());
            async move {
                let gone = Gone(gone);
                arrived.add_permits(1);
                gate.wait_for(|open| *open).await.expect("the gate opens");
                std::mem::forget(gone);
                match n % 4 {
                    1 => panic!("{ON_PURPOSE}"),
                    2 => StatusCode::SERVICE_UNAVAILABLE,
                    _ => StatusCode::OK,
                }
            }
        }
    };
    let server = Server::start(Router::new().route(ROUTE, get(probed(ROUTE, handler)))).await;

    let mut connections = Vec::new();
    for n in 0..ALL {
        let mut connection = server.connect().await;
        let text = request("GET", &format!("/thousand/{n}"));
        connection.write_all(text.as_bytes()).await.expect("sent");
        connections.push((n, connection));
    }
    // All of them are inside their handler.
    let all = u32::try_from(ALL).expect("small");
    arrived.acquire_many(all).await.expect("open").forget();
    assert_eq!(lines(REQUESTS, ROUTE), Vec::<String>::new());

    // A quarter of the clients go away, and the server notices before anything is answered.
    connections.retain(|(n, _)| n % 4 != 3);
    for _ in 0..ALL / 4 {
        went.recv().await.expect("a cancelled handler");
    }
    open.send(true).expect("handlers wait");
    let mut answered = 0;
    for (n, mut connection) in connections {
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.expect("read");
        answered += usize::from(!answer.is_empty());
        assert_eq!(answer.is_empty(), n % 4 == 1, "{n}: {answer}");
    }
    server.stop().await;

    assert_eq!(answered, ALL / 2);
    assert_eq!(
        lines(REQUESTS, ROUTE),
        [
            "GET 200 completed 250",
            "GET 503 failed 250",
            "GET none cancelled 250",
            "GET none panicked 250",
        ]
    );
}

/// The soft limit of 1024 that many systems start with is not enough for both ends of a thousand connections.
fn allow_descriptors(count: u64) {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|current| current < count) {
        limit.current = Some(limit.maximum.map_or(count, |maximum| maximum.min(count)));
        setrlimit(Resource::Nofile, limit).expect("enough descriptors for a thousand connections");
    }
}

#[tokio::test]
async fn a_panic_that_a_layer_catches_is_a_panic() {
    quiet();
    async fn handler() {
        // Not at the first poll: the future has been stored by then.
        tokio::task::yield_now().await;
        panic!("{ON_PURPOSE}");
    }
    let app = Router::new()
        .route("/caught", get(probed("/caught", handler)))
        .layer(CatchPanicLayer::new())
        .layer(ProbeLayer::new());
    let server = Server::start(app).await;
    let answer = server.get("/caught").await;
    server.stop().await;
    assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
    assert_eq!(lines(REQUESTS, "/caught"), ["GET none panicked 1"]);
    // Outside of the layer it was an ordinary response.
    assert_eq!(lines(SERVICES, "/caught"), ["GET 500 failed 1"]);
}

#[tokio::test]
async fn a_panic_before_the_first_poll_is_a_panic() {
    quiet();
    let timed = probed_fn("/early", |_: http::Request<()>| {
        if true {
            panic!("{ON_PURPOSE}");
        }
        std::future::ready(Response::new(()))
    });
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        drop(timed(http::Request::new(())));
    }));
    assert!(caught.is_err());
    assert_eq!(lines(SERVICES, "/early"), ["GET none panicked 1"]);
}

#[test]
fn a_future_dropped_because_another_one_panicked_was_cancelled() {
    quiet();
    let timed = probed_fn("/neighbour", |_: http::Request<()>| {
        pending::<Response<()>>()
    });
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _waiting = timed(http::Request::new(()));
        panic!("{ON_PURPOSE}");
    }));
    assert!(caught.is_err());
    assert_eq!(lines(SERVICES, "/neighbour"), ["GET none cancelled 1"]);
}

#[test]
fn a_future_that_is_never_polled_counts_as_cancelled() {
    let timed = probed_fn("/unpolled", |_: http::Request<()>| {
        std::future::ready(Response::new(()))
    });
    drop(timed(http::Request::new(())));
    assert_eq!(lines(SERVICES, "/unpolled"), ["GET none cancelled 1"]);
}

#[tokio::test]
async fn an_error_of_a_service_is_a_failure_without_a_status() {
    let timed = probed_fn("/error", |_: http::Request<()>| {
        std::future::ready(Err::<Response<()>, _>("no"))
    });
    assert_eq!(timed(http::Request::new(())).await.err(), Some("no"));
    assert_eq!(
        lines(SERVICES, "/error"),
        [format!("GET {NO_STATUS} failed 1")]
    );
}

#[tokio::test]
async fn statuses_and_methods_are_kept_apart_and_only_server_errors_fail() {
    async fn handler(request: Request) -> StatusCode {
        let query = request.uri().query().and_then(|q| q.parse().ok());
        StatusCode::from_u16(query.unwrap_or(200)).expect("asked for a valid one")
    }
    let route = "/statuses";
    let server = Server::start(Router::new().route(route, any(probed(route, handler)))).await;
    for (method, status, times) in [
        ("GET", 200, 3),
        ("POST", 201, 2),
        ("GET", 404, 1),
        ("DELETE", 409, 1),
        ("GET", 500, 1),
        ("GET", 599, 2),
        ("BREW", 418, 1),
    ] {
        for _ in 0..times {
            let text = request(method, &format!("{route}?{status}"));
            server.send(text.as_bytes()).await;
        }
    }
    server.stop().await;
    assert_eq!(
        lines(REQUESTS, route),
        [
            "DELETE 409 completed 1",
            "GET 200 completed 3",
            "GET 404 completed 1",
            "GET 500 failed 1",
            "GET 5xx failed 2",
            "POST 201 completed 2",
            "other 418 completed 1",
        ]
    );
}

#[tokio::test]
async fn rejections_of_extractors_count_under_their_route() {
    async fn handler(Path(_): Path<u32>) {}
    let route = "/numbers/{n}";
    let server = Server::start(Router::new().route(route, get(probed_by_path(handler)))).await;
    server.get("/numbers/7").await;
    server.get("/numbers/seven").await;
    server.stop().await;
    assert_eq!(
        lines(REQUESTS, route),
        ["GET 200 completed 1", "GET 400 completed 1"]
    );
}

#[tokio::test]
async fn a_handler_by_path_knows_each_of_its_routes_also_when_nested() {
    async fn handler() {}
    let inner = Router::new().route("/{id}", get(probed_by_path(handler)));
    let app = Router::new()
        .route("/by-path/a", get(probed_by_path(handler)))
        .nest("/by-path/nested", inner);
    let server = Server::start(app).await;
    server.get("/by-path/a").await;
    server.get("/by-path/nested/1").await;
    server.get("/by-path/nested/2").await;
    server.stop().await;
    assert_eq!(lines(REQUESTS, "/by-path/a"), ["GET 200 completed 1"]);
    assert_eq!(
        lines(REQUESTS, "/by-path/nested/{id}"),
        ["GET 200 completed 2"]
    );
}

#[tokio::test]
async fn handlers_with_state_and_handlers_that_are_values_can_be_probed() {
    use axum::extract::State;
    async fn handler(State(name): State<&'static str>) -> &'static str {
        name
    }
    let app = Router::new()
        .route("/state", get(probed("/state", handler)))
        .route("/value", get(probed("/value", "a fixed answer")))
        .with_state("somebody");
    let server = Server::start(app).await;
    assert!(server.get("/state").await.ends_with("somebody"));
    assert!(server.get("/value").await.ends_with("a fixed answer"));
    server.stop().await;
    assert_eq!(lines(REQUESTS, "/state"), ["GET 200 completed 1"]);
    assert_eq!(lines(REQUESTS, "/value"), ["GET 200 completed 1"]);
}

#[tokio::test]
async fn a_layer_sees_routes_and_what_no_route_matched() {
    let _alone = UNMATCHED_SERIES.lock().await;
    let app = Router::new()
        .route("/layered/{id}", get(async || "hello"))
        .fallback(async || StatusCode::IM_A_TEAPOT)
        .layer(ProbeLayer::new());
    let server = Server::start(app).await;
    server.get("/layered/1").await;
    server.get("/layered/2").await;
    server.send(request("POST", "/layered/3").as_bytes()).await;
    server.get("/elsewhere").await;
    server.stop().await;
    assert_eq!(
        lines(SERVICES, "/layered/{id}"),
        ["GET 200 completed 2", "POST 405 completed 1"]
    );
    let unmatched = lines(SERVICES, UNMATCHED);
    assert!(
        unmatched.contains(&"GET 418 completed 1".into()),
        "{unmatched:?}"
    );
}

#[tokio::test]
async fn a_service_around_a_router_counts_everything_that_comes_in() {
    let _alone = UNMATCHED_SERIES.lock().await;
    use tower_service::Service;
    let calls = Arc::new(AtomicUsize::new(0));
    let router = {
        let calls = calls.clone();
        Router::new().route(
            "/",
            get(async move || {
                calls.fetch_add(1, SeqCst);
                StatusCode::ACCEPTED
            }),
        )
    };
    let mut service = ProbeService::new(router);
    for path in ["/", "/no", "/"] {
        let request = Request::builder().method("OPTIONS").uri(path);
        let request = request.body(Body::empty()).expect("valid");
        let answer: Result<_, Infallible> = service.call(request).await;
        assert!(answer.into_response().status().is_client_error());
    }
    let request = Request::builder().method("PATCH").uri("/");
    let request = request.body(Body::empty()).expect("valid");
    let answer = service.call(request).await;
    assert_eq!(answer.into_response().status(), 405);
    assert_eq!(calls.load(SeqCst), 0);
    let lines = lines(SERVICES, UNMATCHED);
    for expected in [
        "OPTIONS 404 completed 1",
        "OPTIONS 405 completed 2",
        "PATCH 405 completed 1",
    ] {
        assert!(lines.contains(&expected.into()), "{lines:?}");
    }
}
