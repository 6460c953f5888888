//! The published schema is that of the code, and the probe's records follow it.

use super::super::raw::RawRecord;
use super::*;

const PATH: &str = "docs/probe-record.schema.json";

fn committed() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PATH);
    std::fs::read_to_string(path).unwrap_or_default()
}

/// Set UPDATE_SCHEMAS=1 to write the file anew.
#[test]
fn the_published_schema_is_that_of_the_code() {
    let schema = schemars::schema_for!(RawRecord);
    let mut text = serde_json::to_string_pretty(&schema).unwrap();
    text.push('\n');
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(PATH), &text).unwrap();
    }
    assert!(
        committed() == text,
        "{PATH} is out of date; run the tests once with UPDATE_SCHEMAS=1"
    );
}

#[test]
fn records_of_the_probe_follow_the_published_schema() {
    let schema = serde_json::from_str(&committed()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let float = |value| vec![series(&[], DONE, Value::Float(value))];
    let record = record(vec![
        family(
            "t",
            Kind::Histogram,
            Unit::Seconds,
            &["a"],
            vec![series(&["x"], Outcome::Failed, timer(&[1, 500]))],
        ),
        family(
            "c",
            Kind::Counter,
            Unit::Bytes,
            &[],
            vec![series(&[], DONE, Value::Counter(u64::MAX))],
        ),
        family(
            "g",
            Kind::Gauge,
            Unit::None,
            &[],
            vec![series(&[], DONE, Value::Gauge(i64::MIN))],
        ),
        family("f", Kind::FloatGauge, Unit::None, &[], float(f64::NAN)),
        family("h", Kind::FloatGauge, Unit::None, &[], float(-1e-300)),
    ]);
    let instance = serde_json::from_str(&record).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(&instance)
        .map(|e| e.to_string())
        .collect();
    assert_eq!(errors, Vec::<String>::new());
    let foreign = serde_json::json!({"format": "tollgate-probe", "version": 2});
    assert!(!validator.is_valid(&foreign));
}

#[test]
fn the_example_of_the_documentation_can_be_read() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/probe-record.md");
    let page = std::fs::read_to_string(path).unwrap();
    let example = page
        .split("```json\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let read = read_record("docs/probe-record.md", example.as_bytes()).unwrap();
    assert!(page.contains(&read[0].name), "{}", read[0].name);
}
