//! The metrics endpoints of a running server.

use axum::Router;
use axum::routing::get;
use tollgate_probe::web::{probe_router, probed};

use crate::server::{Server, request};

#[tokio::test]
async fn a_router_answers_with_what_was_recorded() {
    let route = "/endpoint/{id}";
    let app = Router::new()
        .route(route, get(probed(route, async || "hello")))
        .merge(probe_router());
    let server = Server::start(app).await;
    server.get("/endpoint/1").await;

    let text = server.get("/metrics").await;
    assert!(text.contains("content-type: text/plain; version=0.0.4; charset=utf-8"));
    let expected = "http_request_duration_seconds_count{route=\"/endpoint/{id}\",method=\"GET\",status=\"200\"} 1\n";
    assert!(text.contains(expected), "{text}");

    let open = "GET /metrics HTTP/1.1\r\nHost: test\r\nAccept: text/plain;q=0.5\r\nAccept: application/openmetrics-text\r\n\
        Connection: close\r\n\r\n";
    let text = server.send(open.as_bytes()).await;
    assert!(
        text.contains("content-type: application/openmetrics-text"),
        "{text}"
    );
    assert!(text.ends_with("# EOF\n"));

    let json = server.get("/metrics.json?by=route").await;
    assert!(json.contains("{\"value\":\"/endpoint/{id}\""), "{json}");
    let refused = server.get("/metrics.json?window=1y").await;
    assert!(refused.starts_with("HTTP/1.1 400 "), "{refused}");
    let wrong = server.send(request("DELETE", "/metrics").as_bytes()).await;
    assert!(wrong.starts_with("HTTP/1.1 405 "), "{wrong}");
    server.stop().await;
}

#[tokio::test]
async fn answers_in_many_pieces_are_whole() {
    let route = "/many";
    let app = Router::new().route(
        route,
        axum::routing::any(probed(route, async |request: axum::extract::Request| {
            let status = request.uri().query().and_then(|q| q.parse().ok());
            axum::http::StatusCode::from_u16(status.unwrap_or(200)).expect("a valid one")
        })),
    );
    let server = Server::start(app.merge(probe_router())).await;
    for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"] {
        for status in 200..600 {
            server
                .send(request(method, &format!("{route}?{status}")).as_bytes())
                .await;
        }
    }
    let text = server.get("/metrics").await;
    server.stop().await;
    // All series, each with its count, each once.
    let counts: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with("http_request_duration_seconds_count{route=\"/many\""))
        .collect();
    assert!(counts.len() > 300, "{}", counts.len());
    let total: u64 = counts
        .iter()
        .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
        .sum();
    assert_eq!(total, 7 * 400);
}
