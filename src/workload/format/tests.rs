use super::*;
use crate::budget::Enforcement;
use crate::workload::record::{Ended, Stop};
use crate::workload::samples;
use proptest::prelude::*;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

fn full() -> Load {
    Load {
        tollgate: "0.1.0".to_owned(),
        record: samples::record(),
        judged: Some(Judged {
            exit: 1,
            word: "FAIL".to_owned(),
            sentence: "1 of 2 budgets is broken in this run".to_owned(),
            notes: vec!["a note".to_owned()],
            budgets: vec![
                JudgedBudget {
                    benchmark: "login".to_owned(),
                    metric: "p95".to_owned(),
                    unit: "ns".to_owned(),
                    kind: JudgedLimit::Max,
                    limit: 200e6,
                    observed: Some(233.4e6),
                    holds: Some(false),
                    why_not: None,
                    severity: Enforcement::Error,
                },
                JudgedBudget {
                    benchmark: "login".to_owned(),
                    metric: "p99".to_owned(),
                    unit: "ns".to_owned(),
                    kind: JudgedLimit::Max,
                    limit: 300e6,
                    observed: None,
                    holds: None,
                    why_not: Some("1_160 calls, and p99 needs 2_000 to be told".to_owned()),
                    severity: Enforcement::Warn,
                },
            ],
        }),
    }
}

fn written(load: &Load) -> String {
    let mut bytes = Vec::new();
    write_load(load, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn problem(text: &str) -> String {
    read_load("run.json", text.as_bytes())
        .unwrap_err()
        .to_string()
}

#[test]
fn what_was_written_is_read_again() {
    let text = written(&full());
    assert!(text.ends_with("}\n") && text.lines().count() == 1);
    assert_eq!(read_load("run.json", text.as_bytes()).unwrap(), full());
    assert_eq!(
        read_record("run.json", text.as_bytes()).unwrap(),
        samples::record()
    );
    let empty = Load {
        record: Record {
            started: "2026-11-21T21:04:05Z".to_owned(),
            workload: "w".to_owned(),
            ..Record::default()
        },
        judged: None,
        ..full()
    };
    assert_eq!(
        read_load("run.json", written(&empty).as_bytes()).unwrap(),
        empty
    );
}

#[test]
fn every_end_of_a_run_comes_back() {
    for stop in [
        Stop::Interrupted,
        Stop::Memory {
            used: u64::MAX,
            limit: 0,
        },
        Stop::ErrorRate {
            share: 1.0,
            limit: 0.05,
        },
        Stop::Requests { limit: 7 },
        Stop::Time {
            limit: Duration::from_secs(120),
        },
        Stop::Disk { free: 1, limit: 2 },
        Stop::Window {
            what: "p99@30s of a\nb".to_owned(),
            value: 3.5,
            limit: 0.25,
        },
        Stop::TargetDied {
            status: "signal 9".to_owned(),
        },
    ] {
        let mut load = full();
        load.record.ended = Ended::Stopped(stop);
        assert_eq!(read_load("f", written(&load).as_bytes()).unwrap(), load);
    }
}

#[test]
fn a_record_that_cannot_be_read_again_is_not_written() {
    type Spoil = fn(&mut Record);
    let spoil: [(&str, Spoil); 7] = [
        ("generator.cpu", |record| {
            record.driven.generator.cpu = Some(f64::NAN);
        }),
        ("windows[0]", |record| {
            record.driven.windows = vec![Some(f64::INFINITY)];
        }),
        ("process.own_cost", |record| {
            record.process.as_mut().unwrap().own_cost = Some(-1.0);
        }),
        ("endpoints[2]", |record| {
            "login".clone_into(&mut record.driven.endpoints[2].name);
        }),
        ("started", |record| record.started.clear()),
        ("workload", |record| record.workload.clear()),
        ("window_ns", |record| record.driven.window = Duration::MAX),
    ];
    for (field, spoil) in spoil {
        let mut load = full();
        spoil(&mut load.record);
        let mut out = Vec::new();
        let error = write_load(&load, &mut out).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{field}");
        assert!(error.to_string().starts_with(field), "{error}");
        assert!(out.is_empty(), "{field}");
    }
}

#[test]
fn foreign_and_broken_texts_are_told_apart() {
    for (text, says) in [
        ("", "empty"),
        (" \n", "empty"),
        ("{", "cut short"),
        ("[]", "no load file"),
        (
            "{\"format\":\"tollgate-run\",\"version\":1}",
            "tollgate-run",
        ),
        ("{\"format\":\"tollgate-load\",\"version\":2}", "newer"),
        (
            "{\"format\":\"tollgate-load\",\"version\":0}",
            "not one that tollgate ever wrote",
        ),
        ("\u{feff}\u{0}", "run.json"),
    ] {
        let said = problem(text);
        assert!(said.contains(says), "{text:?}: {said}");
    }
}

#[test]
fn hostile_fields_are_refused_by_name() {
    let text = written(&full());
    let histogram = text
        .split("\"histogram\":\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    for (from, to, says) in [
        ("\"seed\":\"9007199254740993\"", "\"seed\":\"-1\"", "seed"),
        (
            "\"seed\":\"9007199254740993\"",
            "\"seed\":9007199254740993",
            "seed",
        ),
        ("\"opened\":63", "\"opened\":-63", "connections.opened"),
        ("\"opened\":63", "\"opened\":1e999", "connections.opened"),
        ("\"opened\":63", "\"opened\":null", "connections.opened"),
        ("\"cpu\":0.23", "\"cpu\":-0.23", "generator.cpu"),
        ("\"cpu\":0.23", "\"cpu\":null", "generator.cpu"),
        ("\"calls\":[243,", "\"calls\":[", "seconds"),
        (
            "\"timed-out\":3",
            "\"timed-out\":3,\"timed-out\":4",
            "duplicate",
        ),
        ("\"timed-out\":3", "\"timed_out\":3", "timed_out"),
        (
            "\"failed_checks\":{\"0\":2}",
            "\"failed_checks\":{\"+0\":2}",
            "place of a check",
        ),
        ("\"name\":\"login\"", "\"name\":\"health\"", "twice"),
        ("\"name\":\"login\"", "\"name\":\"\"", "empty"),
        ("\"how\":\"completed\"", "\"how\":\"exploded\"", "ended"),
        ("\"count\":4480", "\"count\":4481", "`count` says 4481"),
        ("\"started\":\"2026", "\"started\":\"last 2026", "started"),
        ("\"windows\":[982", "\"windows\":[-982", "windows[0]"),
        ("\"windows\":", "\"widnows\":1,\"windows\":", "widnows"),
        (histogram, "AAAA", "not a histogram"),
        (histogram, "", "not a histogram"),
        (
            histogram,
            &histogram[..histogram.len() / 2],
            "not a histogram",
        ),
    ] {
        assert!(text.contains(from), "{from}");
        let said = problem(&text.replacen(from, to, 1));
        assert!(said.contains(says), "{from} -> {to}: {said}");
        assert!(said.starts_with("run.json: "), "{said}");
    }
}

#[test]
fn a_file_that_would_fill_the_memory_is_refused() {
    let mut load = full();
    let one = load.record.driven.endpoints[0].clone();
    load.record.driven.endpoints = (0..MOST_HISTOGRAMS / 4 + 1)
        .map(|at| crate::workload::record::EndpointRecord {
            name: at.to_string(),
            ..one.clone()
        })
        .collect();
    let error = write_load(&load, &mut Vec::new()).unwrap_err();
    assert!(error.to_string().contains("histograms"), "{error}");
}

/// A file that is read fast: the properties are those of its syntax.
static SMALL: LazyLock<String> = LazyLock::new(|| {
    let mut load = full();
    let record = &mut load.record;
    record.driven.endpoints.truncate(1);
    record.driven.endpoints[0].classes.clear();
    record.driven.flows.clear();
    record.driven.connections = crate::workload::record::Connections::default();
    record.driven.generator.lateness = crate::measurement::Histogram::new();
    record.process.as_mut().unwrap().samples.truncate(2);
    written(&load)
});

proptest! {
    #[test]
    fn a_cut_or_changed_file_never_panics(at in 0.0..1.0_f64, byte in any::<u8>(), cut in any::<bool>()) {
        let mut bytes = SMALL.clone().into_bytes();
        let place = (at * (bytes.len() - 1) as f64) as usize;
        if cut {
            bytes.truncate(place);
            prop_assert!(read_load("f", &bytes).is_err());
        } else {
            bytes[place] = byte;
            // Either it is refused, or what was read can be written again.
            if let Ok(load) = read_load("f", &bytes) {
                let mut again = Vec::new();
                prop_assert!(write_load(&load, &mut again).is_ok());
            }
        }
    }
}

fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[expect(
    clippy::disallowed_methods,
    reason = "compares committed files with what the code says"
)]
fn committed(path: &str) -> String {
    std::fs::read_to_string(repository(path)).unwrap_or_default()
}

/// Left out is not the same as `null`.
fn without_null_defaults(schema: &mut schemars::Schema) {
    if schema
        .get("default")
        .is_some_and(serde_json::Value::is_null)
    {
        schema.remove("default");
    }
    schemars::transform::transform_subschemas(&mut without_null_defaults, schema);
}

/// Set UPDATE_SCHEMAS=1 to write the file anew.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "writes a committed file when told to"
)]
fn the_published_schema_is_that_of_the_code() {
    let mut schema = schemars::schema_for!(raw::RawLoad);
    schemars::transform::transform_subschemas(&mut without_null_defaults, &mut schema);
    let mut text = serde_json::to_string_pretty(&schema).unwrap();
    text.push('\n');
    let path = "docs/load.schema.json";
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::write(repository(path), &text).unwrap();
    }
    assert!(
        committed(path) == text,
        "{path} is out of date; run the tests once with UPDATE_SCHEMAS=1"
    );
}

#[test]
fn written_files_follow_the_published_schema() {
    let schema = serde_json::from_str(&committed("docs/load.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let text = written(&full());
    let instance = serde_json::from_str(&text).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(&instance)
        .map(|e| e.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    // And the schema is no empty promise.
    for (from, to) in [
        ("\"opened\":63", "\"opened\":-63"),
        ("\"version\":1", "\"version\":2"),
        ("\"how\":\"completed\"", "\"how\":\"exploded\""),
        ("\"window_ns\"", "\"window\""),
    ] {
        let instance = serde_json::from_str(&text.replacen(from, to, 1)).unwrap();
        assert!(!validator.is_valid(&instance), "{to}");
    }
}

#[test]
fn the_documented_file_is_read() {
    let page = committed("docs/load-format.md");
    let example = page
        .split("```json\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let load = read_load("docs/load-format.md", example.as_bytes()).unwrap();
    assert!(!load.record.driven.endpoints.is_empty());
    assert!(page.contains(&format!("version {LOAD_VERSION}")));
    for word in ["redirect-outside", "timed-out", "not-made", "target-died"] {
        assert!(page.contains(word), "{word}");
    }
}
