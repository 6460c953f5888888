use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use http::header::{CONTENT_TYPE, VARY};
use serde_json::{Value as Json, json};

use super::*;
use crate::alert::Level;
use crate::snapshot::{Distribution, FamilySnapshot, Kind, Outcome, SeriesSnapshot, Unit, Value};

fn arcs<const N: usize>(texts: [&str; N]) -> Arc<[Arc<str>]> {
    texts.into_iter().map(Arc::from).collect()
}

fn snapshot(route: &str, values: &[u64]) -> Snapshot {
    Snapshot {
        unix_ms: 1_790_000_000_000,
        uptime: Duration::from_secs(60),
        families: vec![FamilySnapshot {
            name: "http_request_duration_seconds".into(),
            help: "".into(),
            kind: Kind::Histogram,
            unit: Unit::Seconds,
            label_names: arcs(["route", "method", "status"]),
            series: vec![SeriesSnapshot {
                labels: arcs([route, "GET", "200"]),
                outcome: Outcome::Completed,
                overflow: false,
                value: Value::Distribution(Distribution::from_steps(0.001, values.iter().copied())),
            }],
        }],
    }
}

const HOSTILE: &str = "\"}\n{\u{202e}\0</script>";

fn window(snapshot: Snapshot) -> WindowedSnapshot {
    WindowedSnapshot {
        requested: Duration::from_secs(300),
        covered: Duration::from_millis(45_500),
        snapshot,
        gauges: Vec::new(),
        shortened: Vec::new(),
    }
}

fn page() -> Page {
    Page {
        snapshot: snapshot("/users/{id}", &[10, 20, 30]),
        windows: vec![
            Window {
                name: "5m".into(),
                taken: Some(window(snapshot("/users/{id}", &[30]))),
            },
            Window {
                name: "1h".into(),
                taken: None,
            },
        ],
        alerts: vec![Alert {
            id: 7,
            source: "thresholds",
            key: "k".into(),
            level: Level::Warning,
            category: "request".into(),
            message: HOSTILE.into(),
            value: 1.5,
            latest: f64::INFINITY,
            limit: 1.0,
            labels: [(Arc::from("route"), Arc::from(HOSTILE))].into(),
            first_labels: [(Arc::from("route"), Arc::from("/first"))].into(),
            raised: Duration::from_millis(1500),
            last_met: Duration::from_secs(3),
            times: 2,
            ended: None,
            told: true,
        }],
    }
}

fn parsed(response: &Response<String>) -> Json {
    assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
    serde_json::from_str(response.body()).expect("JSON")
}

fn count(answer: &Json) -> &Json {
    &answer["metrics"]["groups"][0]["families"][0]["count"]
}

#[test]
fn text_is_in_the_format_that_was_asked_for() {
    let plain = text(&page(), None);
    assert_eq!(plain.headers()[CONTENT_TYPE], prometheus::CONTENT_TYPE);
    assert_eq!(plain.headers()[VARY], "accept");
    assert!(!plain.body().contains("# EOF"));
    let open = text(&page(), Some("application/openmetrics-text"));
    assert_eq!(open.headers()[CONTENT_TYPE], openmetrics::CONTENT_TYPE);
    assert!(open.body().ends_with("# EOF\n"));
    for answer in [plain, open] {
        assert_eq!(answer.status(), StatusCode::OK);
        let body = answer.body();
        assert!(body.contains("route=\"/users/{id}\",method=\"GET\",status=\"200\""));
        assert!(body.contains("quantile=\"0.99\",window=\"5m\"}"), "{body}");
    }
}

#[test]
fn json_is_by_route_with_windows_and_alerts() {
    let answer = json(&page(), None);
    assert_eq!(answer.status(), StatusCode::OK);
    let answer = parsed(&answer);
    assert_eq!(answer["window"], Json::Null);
    assert_eq!(answer["windows"], json!(["5m", "1h"]));
    assert_eq!(answer["covered_s"], 60.0);
    assert_eq!(answer["metrics"]["groups"][0]["value"], "/users/{id}");
    assert_eq!(count(&answer), 3);
    assert_eq!(
        answer["alerts"],
        json!([{
            "id": 7, "level": "warning", "source": "thresholds", "category": "request", "message": HOSTILE,
            "value": 1.5, "latest": null, "limit": 1.0, "raised_s": 1.5, "last_met_s": 3.0, "times": 2,
            "labels": [["route", HOSTILE]], "first_labels": [["route", "/first"]]
        }])
    );
}

#[test]
fn json_of_a_window_holds_what_was_recorded_in_it() {
    let answer = parsed(&json(&page(), Some("window=5m")));
    assert_eq!(answer["window"], "5m");
    assert_eq!(answer["covered_s"], 45.5);
    assert_eq!(count(&answer), 1);
}

#[test]
fn json_groups_by_any_label_or_by_none() {
    let answer = parsed(&json(&page(), Some("by=status")));
    assert_eq!(answer["metrics"]["groups"][0]["value"], "200");
    let answer = parsed(&json(&page(), Some("by=")));
    assert_eq!(answer["metrics"]["families"][0]["series"][0]["count"], 3);
    let answer = parsed(&json(&page(), Some("by=%22%7D")));
    assert_eq!(answer["metrics"]["by"], "\"}");
    assert_eq!(answer["metrics"]["groups"], json!([]));
}

#[test]
fn a_window_or_key_that_is_not_known_is_refused_with_what_is() {
    let answer = json(&page(), Some("window=%22%3Cb%3E"));
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert_eq!(
        parsed(&answer),
        json!({"error": "unknown window", "window": "\"<b>", "windows": ["5m", "1h"]})
    );
    let answer = json(&page(), Some("windw=5m"));
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert_eq!(
        parsed(&answer),
        json!({"error": "unknown key in the query", "key": "windw", "keys": ["by", "window"]})
    );
    let long = json(&page(), Some(&"x".repeat(1_000_000)));
    assert!(long.body().len() < 1000);
}

#[test]
fn nothing_recorded_is_an_answer_too() {
    let empty = Page::default();
    assert_eq!(text(&empty, None).body(), "");
    assert_eq!(
        text(&empty, Some("application/openmetrics-text")).body(),
        "# EOF\n"
    );
    let answer = parsed(&json(&empty, None));
    assert_eq!(answer["metrics"]["groups"], json!([]));
}

#[test]
fn a_window_that_cannot_be_had_is_unavailable_and_left_out_of_the_text() {
    let answer = json(&page(), Some("window=1h"));
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(parsed(&answer)["window"], "1h");
    assert!(!text(&page(), None).body().contains("window=\"1h\""));
}

#[test]
fn endpoints_ask_the_application_for_what_an_answer_needs() {
    use std::sync::Mutex;
    let asked = Arc::new(Mutex::new(Vec::new()));
    let note = |what: &'static str| {
        let asked = asked.clone();
        move || asked.lock().expect("no panic").push(what)
    };
    let (short, long, alerts) = (note("5m"), note("1h"), note("alerts"));
    let endpoints = Endpoints::new()
        .before(note("before"))
        .window("5m", move || {
            short();
            Some(window(Snapshot::default()))
        })
        .window("1h", move || {
            long();
            None
        })
        .alerts(move || {
            alerts();
            page().alerts
        });
    let taken = || std::mem::take(&mut *asked.lock().expect("no panic"));

    let answer = parsed(&endpoints.json(None));
    assert_eq!(answer["windows"], json!(["5m", "1h"]));
    assert_eq!(answer["alerts"][0]["id"], 7);
    assert_eq!(taken(), ["before", "alerts"]);

    let answer = parsed(&endpoints.clone().json(Some("window=5m")));
    assert_eq!(answer["window"], "5m");
    assert_eq!(taken(), ["before", "5m", "alerts"]);

    assert_eq!(endpoints.metrics(None).status(), StatusCode::OK);
    assert_eq!(taken(), ["before", "5m", "1h"]);
}
