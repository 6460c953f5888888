//! What a client sees is what it would see without the probe.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tollgate_probe::web::{ProbeLayer, probed};

use crate::server::Server;

/// Keeps the connection of all but the last of them.
fn three(path: &str) -> String {
    let one = |n: u32, end: &str| format!("GET {path}/{n} HTTP/1.1\r\nHost: test\r\n{end}\r\n");
    [one(1, ""), one(2, ""), one(3, "Connection: close\r\n")].concat()
}

async fn number(Path(n): Path<u32>) -> String {
    format!("number {n};")
}

fn app() -> Router {
    Router::new()
        .route("/plain/{n}", get(number))
        .route("/probed/{n}", get(probed("/wire/{n}", number)))
}

fn without_date(answer: &str) -> Vec<&str> {
    let lines = answer.lines();
    lines.filter(|line| !line.starts_with("date: ")).collect()
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order_on_one_connection() {
    for app in [app(), app().layer(ProbeLayer::new())] {
        let server = Server::start(app).await;
        let plain = server.send(three("/plain").as_bytes()).await;
        let answer = server.send(three("/probed").as_bytes()).await;
        server.stop().await;
        assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 3, "{answer}");
        assert_eq!(without_date(&answer), without_date(&plain));
    }
    #[cfg(feature = "record")]
    assert_eq!(
        crate::server::counts::lines(tollgate_probe::web::REQUESTS, "/wire/{n}"),
        ["GET 200 completed 6"]
    );
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_request() {
    let server =
        Server::start(Router::new().route("/kept/{n}", get(probed("/kept/{n}", number)))).await;
    let mut connection = server.connect().await;
    for n in 0..50 {
        let request = format!("GET /kept/{n} HTTP/1.1\r\nHost: test\r\n\r\n");
        connection
            .write_all(request.as_bytes())
            .await
            .expect("sent");
        let end = format!("number {n};");
        let mut answer = Vec::new();
        while !answer.ends_with(end.as_bytes()) {
            assert_ne!(connection.read_buf(&mut answer).await.expect("read"), 0);
        }
    }
    drop(connection);
    server.stop().await;
    #[cfg(feature = "record")]
    assert_eq!(
        crate::server::counts::lines(tollgate_probe::web::REQUESTS, "/kept/{n}"),
        ["GET 200 completed 50"]
    );
}
