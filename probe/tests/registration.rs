//! What a server does over and over registers nothing: axum makes layers once a connection, and without state once a
//! request. A file of its own, so that nothing else runs in the process that counts all series.
#![cfg(all(feature = "axum", feature = "record"))]
#![expect(
    clippy::expect_used,
    reason = "a test fails where its request is not valid"
)]

use axum::body::Body;
use axum::extract::Request;
use axum::routing::get;
use axum::{Router, http::StatusCode};
use tollgate_probe::web::{ProbeLayer, ProbeService, probed, probed_by_path};
use tower_layer::Layer;
use tower_service::Service;

fn series() -> usize {
    let families = tollgate_probe::snapshot().families;
    // What the probe says of itself is there without being registered.
    let of_the_application = families
        .iter()
        .filter(|family| !family.name.starts_with("probe_"));
    of_the_application.map(|family| family.series.len()).sum()
}

fn app() -> Router {
    Router::new()
        .route("/a/{id}", get(probed("/a/{id}", async || "a")))
        .route("/b/{id}", get(probed_by_path(async || "b")))
        .layer(ProbeLayer::new())
}

async fn call(service: &mut impl Service<Request, Response = axum::response::Response>, n: u32) {
    let path = ["/a/1", "/b/2", "/c"][n as usize % 3];
    let request = Request::builder().uri(path).body(Body::empty());
    let answer = service.call(request.expect("valid")).await;
    let status = answer.map(|answer| answer.status()).ok();
    let expected = [StatusCode::OK, StatusCode::OK, StatusCode::NOT_FOUND][n as usize % 3];
    assert_eq!(status, Some(expected));
}

#[tokio::test]
async fn ten_thousand_layers_routers_and_wrappers_register_no_series() {
    let mut first = app();
    assert_eq!(series(), 0, "nothing registers before the first request");
    for n in 0..3 {
        call(&mut first, n).await;
    }
    // Two handlers under their routes, and the layer under both and under none.
    assert_eq!(series(), 5);

    for n in 0..10_000 {
        // A connection: `axum::serve` does this. A request without state: `layer()` runs again in `call`.
        call(&mut first.clone().with_state(()), n).await;
        call(&mut first, n).await;
    }
    for n in 0..1_000 {
        // An application that builds its router for each request.
        call(&mut app(), n).await;
        call(&mut ProbeService::new(app()), n).await;
    }
    let layer = ProbeLayer::new();
    for _ in 0..10_000 {
        drop(layer.layer(first.clone()));
    }
    // `ProbeService` outside of the router saw 200 and 404 under `unmatched`; only 200 is new there.
    assert_eq!(series(), 6);
}
