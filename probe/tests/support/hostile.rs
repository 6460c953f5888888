//! Snapshots as an application under attack would have them.

use std::sync::Arc;
use std::time::Duration;

use tollgate_probe::snapshot::{
    Distribution, FamilySnapshot, Kind, Outcome, SeriesSnapshot, Snapshot, Unit, Value,
};

/// Label values that break parsers.
pub(crate) fn texts() -> Vec<String> {
    [
        "",
        "plain",
        "a \"quoted\" word",
        "back\\slash",
        "ends in a backslash\\",
        "\\n is not a newline",
        "line\nfeed",
        "carriage\r\nreturn",
        "nul\0inside",
        "} 1 2",
        "\"} 1\nforged_total 99\n# EOF\n",
        ",le=\"0.5\"",
        "# HELP x y",
        "\u{202e}right to left\u{200f}",
        "\u{feff}mark",
        "next\u{85}line\u{2028}separator\u{2029}",
        "\u{1f600} é 漢字",
        "</script><script>",
        "\u{1b}[31mred",
        "\u{7f}\u{1}\u{1f}",
        " spaces ",
        "tab\there",
    ]
    .map(String::from)
    .into_iter()
    .chain([
        "x".repeat(40_000) + "1",
        "x".repeat(40_000) + "2",
        "\"".repeat(1024),
        "é".repeat(4000),
    ])
    .collect()
}

pub(crate) fn distribution(values: &[u64], scale: f64) -> Distribution {
    Distribution::from_steps(scale, values.iter().copied())
}

pub(crate) fn series(labels: &[&str], outcome: Outcome, value: Value) -> SeriesSnapshot {
    SeriesSnapshot {
        labels: labels.iter().map(|l| Arc::from(*l)).collect(),
        outcome,
        overflow: false,
        value,
    }
}

pub(crate) fn family(
    name: &str,
    kind: Kind,
    unit: Unit,
    labels: &[&str],
    series: Vec<SeriesSnapshot>,
) -> FamilySnapshot {
    FamilySnapshot {
        name: name.into(),
        help: format!("Help of {name:.20}: \"quotes\", back\\slash,\nand a second line").into(),
        kind,
        unit,
        label_names: labels.iter().map(|l| Arc::from(*l)).collect(),
        series,
    }
}

/// Everything that is hard at once.
pub(crate) fn snapshot() -> Snapshot {
    Snapshot {
        unix_ms: 1_795_000_000_123,
        uptime: Duration::from_millis(12_500),
        families: [floods(), numbers(), names()].concat(),
    }
}

const NONE: Outcome = Outcome::Completed;

fn gauge(value: i64) -> Value {
    Value::Gauge(value)
}

/// Labels that break parsers.
fn floods() -> Vec<FamilySnapshot> {
    let texts = texts();
    let times: Vec<u64> = (0..40).map(|power| 3_u64 << power).collect();
    let timer = |n: usize| Value::Distribution(distribution(&times[..n], 6.4e-9));
    let mut overflow = series(&["", ""], NONE, Value::Counter(7));
    overflow.overflow = true;
    let counted = |text: &String| series(&[text, "GET"], NONE, Value::Counter(text.len() as u64));
    let requests = texts.iter().map(counted).chain([overflow]).collect();
    let timed = |text: &String| {
        let n = text.len() % 40;
        let labels = [text.clone(), "0.5".to_owned()];
        Outcome::ALL.map(move |outcome| series(&[&labels[0], &labels[1]], outcome, timer(n)))
    };
    let by_route = texts.iter().flat_map(timed).collect();
    use Kind::{Counter, Histogram};
    vec![
        family(
            "requests_total",
            Counter,
            Unit::None,
            &["route", "method"],
            requests,
        ),
        family(
            "http.request",
            Histogram,
            Unit::Seconds,
            &["route", "le"],
            by_route,
        ),
    ]
}

/// Names that are not valid, or become the same.
fn names() -> Vec<FamilySnapshot> {
    let time = Value::Distribution(distribution(&[1, 50, 6_000], 6.4e-9));
    use Kind::{Counter, Gauge, Histogram};
    let one = |value: Value| vec![series(&[], NONE, value)];
    let x = |value: Value| vec![series(&["x"], NONE, value)];
    let labels = ["a", "a", "__name__"];
    let three = vec![series(&["x", "y", "z"], NONE, gauge(1))];
    let long = "n".repeat(40_000);
    vec![
        family("http-request", Histogram, Unit::Seconds, &[], one(time)),
        family(
            "http_request",
            Counter,
            Unit::Seconds,
            &[],
            one(Value::Counter(1)),
        ),
        family(
            "http_request_seconds_count",
            Gauge,
            Unit::None,
            &[],
            one(gauge(-5)),
        ),
        family("ratio", Counter, Unit::None, &["n"], x(Value::Counter(3))),
        family("ratio", Counter, Unit::None, &["m"], x(Value::Counter(4))),
        family("0\nforged 1\n", Gauge, Unit::Bytes, &["a"], x(gauge(1))),
        family("", Gauge, Unit::None, &labels, three),
        family(&long, Gauge, Unit::None, &[], one(gauge(1))),
        family("nobody", Gauge, Unit::None, &["a"], vec![]),
    ]
}

/// Numbers at the ends of their types.
fn numbers() -> Vec<FamilySnapshot> {
    let sizes = [0, 1, 1023, 1024, 1 << 40, u64::MAX];
    let full = Value::Distribution(distribution(&sizes, 1.0));
    let empty = Value::Distribution(distribution(&[], 1.0));
    let names = ["9 \"odd\" name", "9 'odd' name", ""];
    let floats = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        -0.0,
        1e-300,
        f64::MAX,
        0.1,
    ];
    let float = |value: &f64| series(&[&value.to_string()], NONE, Value::Float(*value));
    let counter = |name, value| series(&[name], NONE, Value::Counter(value));
    use Kind::{Counter, FloatGauge, Gauge, Histogram};
    vec![
        family(
            "sizes",
            Histogram,
            Unit::Bytes,
            &names,
            vec![
                series(&["a", "b", "c"], NONE, full),
                series(&["a", "b", "d"], NONE, empty),
            ],
        ),
        family(
            "huge_total",
            Counter,
            Unit::None,
            &["n"],
            vec![
                counter("2^53 + 1", (1 << 53) + 1),
                counter("most", u64::MAX),
                counter("none", 0),
            ],
        ),
        family(
            "level",
            Gauge,
            Unit::None,
            &["n"],
            vec![
                series(&["least"], NONE, gauge(i64::MIN)),
                series(&["most"], NONE, gauge(i64::MAX)),
            ],
        ),
        family(
            "ratio",
            FloatGauge,
            Unit::None,
            &["n"],
            floats.iter().map(float).collect(),
        ),
    ]
}
