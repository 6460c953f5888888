//! Records, written by real processes and read by code that is not the probe's.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests start processes and read files"
)]

#[path = "support/hostile.rs"]
mod hostile;

use hostile::{family, series};
use serde_json::{Value as Json, json};
use std::path::PathBuf;
use std::process::Command;
use tollgate_probe::process::Start;
use tollgate_probe::record::{self, render};
use tollgate_probe::snapshot::{Distribution, Kind, Outcome, Snapshot, Unit, Value};
use tollgate_probe::{Counter, Timer};

const START: Start = Start {
    id: 0xab,
    pid: 42,
    unix_ms: 1_795_000_000_000,
};

fn read(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}"))
}

/// An own empty directory, gone with the value.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let name = format!("tollgate-probe-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        entries
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

#[test]
fn a_record_looks_as_documented() {
    let time = Value::Distribution(Distribution::from_steps(6.4e-9, [40, 40, 70]));
    let mut timer = family(
        "parse",
        Kind::Histogram,
        Unit::Seconds,
        &["lang"],
        vec![series(&["rust"], Outcome::Failed, time)],
    );
    timer.help = "Time to parse.".into();
    let nan = series(&[], Outcome::Completed, Value::Float(f64::NAN));
    let mut ratio = family("ratio", Kind::FloatGauge, Unit::None, &[], vec![nan]);
    ratio.help = "".into();
    let snapshot = Snapshot {
        unix_ms: 1_795_000_001_500,
        uptime: std::time::Duration::from_millis(1_500),
        families: vec![timer, ratio],
    };
    assert_eq!(
        render(&snapshot, START),
        r#"{"format":"tollgate-probe","version":1,
"process":{"id":"00000000000000ab","pid":42,"started_unix_ms":1795000000000},
"unix_ms":1795000001500,"uptime_s":1.5,"families":[
{"name":"parse","help":"Time to parse.","kind":"histogram","unit":"seconds","labels":["lang"],"series":[
{"labels":["rust"],"outcome":"failed","scale":6.4e-09,"sum":"150","buckets":[[40,2],[67,1]]}]},
{"name":"ratio","help":"","kind":"float-gauge","unit":"none","labels":[],"series":[
{"labels":[],"value":"NaN"}]}]}
"#
    );
}

#[test]
fn a_hostile_record_is_read_back_whole() {
    let snapshot = hostile::snapshot();
    let read = read(&render(&snapshot, START));
    let families = read["families"].as_array().unwrap();
    assert_eq!(families.len(), snapshot.families.len());
    for (json, family) in families.iter().zip(&snapshot.families) {
        let all = json["series"].as_array().unwrap();
        assert_eq!(all.len(), family.series.len());
        for (json, series) in all.iter().zip(&family.series) {
            for (text, label) in json["labels"]
                .as_array()
                .unwrap()
                .iter()
                .zip(series.labels.iter())
            {
                let text = text.as_str().unwrap();
                assert!(text == &**label || label.len() > 1024 && text.len() <= 1024);
            }
            match &series.value {
                Value::Counter(n) => assert_eq!(json["count"].as_u64(), Some(*n)),
                Value::Gauge(n) => assert_eq!(json["level"].as_i64(), Some(*n)),
                Value::Float(n) if n.is_finite() => {
                    assert_eq!(json["value"].as_f64().map(f64::to_bits), Some(n.to_bits()));
                }
                Value::Float(_) => assert!(json["value"].is_string()),
                Value::Distribution(d) => {
                    let buckets: Vec<_> = json["buckets"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|b| (b[0].as_u64().unwrap() as u16, b[1].as_u64().unwrap()))
                        .collect();
                    assert_eq!(buckets, d.buckets);
                    assert_eq!(json["sum"], json!(d.sum.to_string()));
                }
            }
        }
    }
}

#[test]
fn a_file_is_written_whole_and_replaced() {
    let directory = Directory::new("whole");
    let path = directory.0.join("record.json");
    std::fs::write(&path, "old").unwrap();
    record::write_file(&path).unwrap();
    assert_eq!(read(&std::fs::read_to_string(&path).unwrap())["version"], 1);
    assert_eq!(directory.names(), ["record.json"]);
}

#[test]
fn an_error_names_the_path_and_leaves_nothing() {
    let directory = Directory::new("error");
    for path in [
        directory.0.join("missing/record.json"),
        directory.0.clone(),
        PathBuf::from("/"),
        PathBuf::new(),
    ] {
        let error = record::write_file(&path).unwrap_err().to_string();
        assert!(error.contains(&path.display().to_string()), "{error}");
        assert!(
            error.starts_with("cannot write the probe record"),
            "{error}"
        );
    }
    assert!(directory.names().is_empty());
}

/// Not a test of its own: what the child of the next test does.
#[test]
fn child() {
    static WORK: Timer = Timer::new("work_seconds");
    static DONE: Counter = Counter::new("done_total");
    for _ in 0..5 {
        WORK.time(|| DONE.increment());
    }
    record::write_where_asked().unwrap();
}

#[test]
fn a_process_writes_its_record_where_it_is_asked_to() {
    let directory = Directory::new("child");
    let path = directory.0.join("record.json");
    let child = |asked: &str| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let output = command
            .args(["--exact", "child"])
            .env(record::VARIABLE, asked)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    child("");
    assert!(directory.names().is_empty());
    child(path.to_str().unwrap());
    let first = read(&std::fs::read_to_string(&path).unwrap());
    if !cfg!(feature = "record") {
        assert_eq!(first["families"], json!([]));
        return;
    }
    let by_name = |name: &str| {
        first["families"]
            .as_array()
            .unwrap()
            .iter()
            .find(|f| f["name"] == name)
            .unwrap()["series"][0]
            .clone()
    };
    assert_eq!(by_name("done_total")["count"], 5);
    let timed: u64 = by_name("work_seconds")["buckets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|b| b[1].as_u64().unwrap())
        .sum();
    assert_eq!(timed, 5);
    child(path.to_str().unwrap());
    let second = read(&std::fs::read_to_string(&path).unwrap());
    assert_ne!(first["process"]["id"], second["process"]["id"]);
}
