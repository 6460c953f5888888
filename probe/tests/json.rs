//! JSON exports, read back by serde_json.
#![expect(clippy::panic, reason = "helpers of tests")]

#[path = "support/hostile.rs"]
mod hostile;

use hostile::{distribution, family, series};
use tollgate_probe::export::json;
use tollgate_probe::snapshot::{FamilySnapshot, Kind, Outcome, Snapshot, Unit, Value};

fn snapshot(families: Vec<FamilySnapshot>) -> Snapshot {
    Snapshot {
        families,
        ..Snapshot::default()
    }
}

fn value(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn json_is_read_back_with_every_text_and_number() {
    let read = value(&json::render(&hostile::snapshot()));
    let families = read["families"].as_array().unwrap();
    let by_name = |name: &str| {
        families.iter().find(|f| f["name"] == name).unwrap()["series"]
            .as_array()
            .unwrap()
    };
    let expected = hostile::texts();
    for (series, text) in by_name("requests_total").iter().zip(&expected) {
        if text.len() <= 1024 {
            assert_eq!(series["labels"]["route"], *text);
        }
    }
    let values: Vec<_> = by_name("huge_total")
        .iter()
        .map(|s| s["value"].as_u64().unwrap())
        .collect();
    assert_eq!(values, [(1 << 53) + 1, u64::MAX, 0]);
    let specials: Vec<_> = by_name("ratio")
        .iter()
        .map(|s| (s["value"].as_f64(), s["special"].as_str()))
        .collect();
    assert_eq!(
        specials[..4],
        [
            (None, Some("NaN")),
            (None, Some("+Inf")),
            (None, Some("-Inf")),
            (Some(-0.0), None)
        ]
    );
    // Of nothing there is no mean.
    assert_eq!(by_name("sizes")[1]["count"], 0);
    assert!(by_name("sizes")[1]["mean"].is_null() && by_name("sizes")[1]["p99"].is_null());
    assert_eq!(
        by_name("")[0]["labels"],
        serde_json::json!({"a": "x", "a_2": "y", "__name__": "z"})
    );
    assert_eq!(by_name("requests_total").last().unwrap()["overflow"], true);
}

#[test]
fn json_can_stand_in_a_page() {
    let text = json::render(&hostile::snapshot());
    assert!(!text.contains("</"), "it would end a script");
    assert!(
        text.chars()
            .all(|c| c == '\n' || !c.is_control() || c == '\u{85}')
    );
}

#[test]
fn series_are_put_together_by_route() {
    let timer = |n: usize| Value::Distribution(distribution(&vec![63; n], 0.001));
    let snapshot = snapshot(vec![
        family(
            "http",
            Kind::Histogram,
            Unit::Seconds,
            &["method", "route"],
            vec![
                series(&["GET", "/b"], Outcome::Completed, timer(3)),
                series(&["GET", "/a"], Outcome::Completed, timer(4)),
                series(&["PUT", "/a"], Outcome::Failed, timer(1)),
            ],
        ),
        family(
            "size",
            Kind::Counter,
            Unit::Bytes,
            &["route"],
            vec![series(&["/a"], Outcome::Completed, Value::Counter(9))],
        ),
        family(
            "other",
            Kind::Gauge,
            Unit::None,
            &["x"],
            vec![series(&["/a"], Outcome::Completed, Value::Gauge(9))],
        ),
    ]);
    let mut text = String::new();
    json::by_label(&mut text, &snapshot, "route").unwrap();
    let read = value(&text);
    assert_eq!(read["by"], "route");
    let groups = read["groups"].as_array().unwrap();
    assert_eq!(
        groups
            .iter()
            .map(|g| g["value"].as_str().unwrap())
            .collect::<Vec<_>>(),
        ["/a", "/b"]
    );
    let http = &groups[0]["families"][0];
    assert_eq!((&http["name"], &http["count"]), (&"http".into(), &5.into()));
    assert_eq!(http["p95"].as_f64(), Some(0.063));
    assert_eq!(
        http["outcomes"],
        serde_json::json!({"completed": 4, "failed": 1})
    );
    assert_eq!(
        http["labels"],
        serde_json::json!({"method": {"GET": 4, "PUT": 1}})
    );
    assert_eq!(groups[0]["families"][1]["value"], 9);
    assert_eq!(groups[0]["families"].as_array().unwrap().len(), 2);
}

#[test]
fn a_hostile_snapshot_can_be_put_together_by_any_label() {
    let snapshot = hostile::snapshot();
    for label in ["route", "n", "le", "a", "", "no such label", "\"\n"] {
        let mut text = String::new();
        json::by_label(&mut text, &snapshot, label).unwrap();
        assert_eq!(value(&text)["by"], label);
    }
}
