//! Nothing that a client sends becomes a label.

use axum::Router;
use axum::routing::any;
use tollgate_probe::web::{ProbeLayer, REQUESTS, SERVICES, UNMATCHED, probed, probed_by_path};

use crate::server::counts::counts;
use crate::server::{Server, UNMATCHED_SERIES, request};

const ROUTE: &str = "/hostile/{*rest}";

fn paths() -> Vec<String> {
    let mut paths = vec![
        "/hostile/\"quotes\"".into(),
        "/hostile/%00%0a%0d".into(),
        "/hostile/%e2%80%ae".into(),
        "/hostile/../../etc/passwd".into(),
        "/hostile/{*rest}".into(),
        "//".into(),
        "*".into(),
        "http://elsewhere/hostile/x".into(),
        format!("/hostile/{}", "a".repeat(30_000)),
        format!("/hostile/?{}", "q=%22&".repeat(1000)),
    ];
    paths.extend((0..200).map(|n| format!("/flood/{n}")));
    paths
}

#[tokio::test]
async fn paths_methods_and_hosts_of_clients_are_never_labels() {
    let _alone = UNMATCHED_SERIES.lock().await;
    let app = Router::new()
        .route(ROUTE, any(probed(ROUTE, async || "hello")))
        .fallback(probed_by_path(async || axum::http::StatusCode::NOT_FOUND))
        .layer(ProbeLayer::new());
    let server = Server::start(app).await;
    let before = [total(REQUESTS), total(SERVICES)];
    let mut answered = 0;
    for path in paths() {
        for method in ["GET", "POST", "M-SEARCH", "get", "\"{}"] {
            let answer = server.send(request(method, &path).as_bytes()).await;
            // What hyper itself refuses (an invalid method or target) never reaches the router.
            answered += u64::from(answer.contains(" 200 ") || answer.contains(" 404 "));
        }
    }
    // Bytes that are no request at all.
    for garbage in [
        &b""[..],
        b"\0\0\0\0",
        b"GET",
        b"GET / HTTP/9.9\r\n\r\n",
        &[0xff; 100_000],
    ] {
        let mut garbage = garbage.to_vec();
        garbage.extend_from_slice(b"\r\n\r\n");
        server.send_all(&garbage).await;
    }
    server.stop().await;

    assert!(answered > 800, "{answered}");
    assert_eq!(total(REQUESTS) - before[0], answered);
    assert_eq!(total(SERVICES) - before[1], answered);
    for family in [REQUESTS, SERVICES] {
        // Of this test and of others that ran in the same process.
        let methods = ["GET", "POST", "OPTIONS", "PATCH", "other"];
        for count in counts(family, ours) {
            assert!(methods.contains(&&*count.labels[1]), "{count:?}");
        }
    }
}

fn ours(route: &str) -> bool {
    [ROUTE, UNMATCHED].contains(&route)
}

fn total(family: &str) -> u64 {
    counts(family, ours).iter().map(|count| count.count).sum()
}
