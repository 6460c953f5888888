//! `X-Response-Time`: in development only.

use axum::Router;
use axum::routing::get;
use tollgate_probe::web::{ProbeLayer, probed, probed_by_path};

use crate::server::{Server, UNMATCHED_SERIES};

fn header(answer: &str) -> Option<&str> {
    let mut lines = answer.lines();
    lines.find_map(|line| line.strip_prefix("x-response-time: "))
}

#[tokio::test]
async fn it_is_sent_only_where_the_application_asks_for_it() {
    async fn handler() {}
    let app = Router::new()
        .route("/default", get(probed("/header/default", handler)))
        .route(
            "/on",
            get(probed("/header/on", handler).response_time_header(true)),
        )
        .route(
            "/off",
            get(probed("/header/off", handler)
                .response_time_header(true)
                .response_time_header(false)),
        )
        .route(
            "/path",
            get(probed_by_path(handler).response_time_header(true)),
        );
    let server = Server::start(app).await;
    for (path, expected) in [
        ("/default", false),
        ("/on", true),
        ("/off", false),
        ("/path", true),
    ] {
        let answer = server.get(path).await;
        assert_eq!(header(&answer).is_some(), expected, "{path}: {answer}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_layer_sends_it_for_every_route_when_asked() {
    let _alone = UNMATCHED_SERIES.lock().await;
    let routes = || Router::new().route("/", get("hello"));
    let quiet = Server::start(routes().layer(ProbeLayer::new())).await;
    assert_eq!(header(&quiet.get("/").await), None);
    quiet.stop().await;
    let open = Server::start(routes().layer(ProbeLayer::new().response_time_header(true))).await;
    assert!(header(&open.get("/").await).is_some());
    assert!(header(&open.get("/nowhere").await).is_some());
    open.stop().await;
}

#[tokio::test]
async fn it_is_a_number_of_milliseconds_with_three_places() {
    let handler = probed("/header/format", "hello").response_time_header(true);
    let server = Server::start(Router::new().route("/", get(handler))).await;
    let answer = server.get("/").await;
    server.stop().await;
    let number = header(&answer).and_then(|value| value.strip_suffix("ms"));
    let number = number.expect("milliseconds");
    assert_eq!(
        number.split_once('.').map(|(_, places)| places.len()),
        Some(3)
    );
    assert!(number.parse::<f64>().is_ok_and(|ms| ms >= 0.0), "{number}");
}

#[tokio::test]
async fn one_that_the_application_sets_itself_stays() {
    let handler = probed("/header/own", [("x-response-time", "mine")]).response_time_header(true);
    let server = Server::start(Router::new().route("/", get(handler))).await;
    let answer = server.get("/").await;
    server.stop().await;
    assert_eq!(header(&answer), Some("mine"));
    assert_eq!(answer.matches("x-response-time").count(), 1);
}
