//! Snapshots as an application under attack would have them.

use std::sync::Arc;
use std::time::Duration;

use tollgate_probe::bucket;
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
    let mut counts = std::collections::BTreeMap::new();
    for value in values {
        *counts.entry(bucket::index(*value) as u16).or_insert(0_u64) += 1;
    }
    Distribution {
        scale,
        sum: values.iter().map(|v| u128::from(*v)).sum(),
        buckets: counts.into_iter().collect(),
    }
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
    let texts = texts();
    let times: Vec<u64> = (0..40).map(|power| 3_u64 << power).collect();
    let timer = |n: usize| Value::Distribution(distribution(&times[..n], 6.4e-9));
    let mut overflow = series(&["", ""], Outcome::Completed, Value::Counter(7));
    overflow.overflow = true;
    let none = Outcome::Completed;
    let mut floods: Vec<_> = texts
        .iter()
        .map(|text| series(&[text, "GET"], none, Value::Counter(text.len() as u64)))
        .collect();
    floods.push(overflow);
    let by_route: Vec<_> = texts
        .iter()
        .flat_map(|text| {
            Outcome::ALL.map(|outcome| series(&[text, "0.5"], outcome, timer(text.len() % 40)))
        })
        .collect();
    let families = vec![
        family(
            "requests_total",
            Kind::Counter,
            Unit::None,
            &["route", "method"],
            floods,
        ),
        family(
            "http.request",
            Kind::Histogram,
            Unit::Seconds,
            &["route", "le"],
            by_route,
        ),
        family(
            "http-request",
            Kind::Histogram,
            Unit::Seconds,
            &[],
            vec![series(&[], none, timer(3))],
        ),
        family(
            "http_request",
            Kind::Counter,
            Unit::Seconds,
            &[],
            vec![series(&[], none, Value::Counter(1))],
        ),
        family(
            "http_request_seconds_count",
            Kind::Gauge,
            Unit::None,
            &[],
            vec![series(&[], none, Value::Gauge(-5))],
        ),
        family(
            "sizes",
            Kind::Histogram,
            Unit::Bytes,
            &["9 \"odd\" name", "9 'odd' name", ""],
            vec![
                series(
                    &["a", "b", "c"],
                    none,
                    Value::Distribution(distribution(&[0, 1, 1023, 1024, 1 << 40, u64::MAX], 1.0)),
                ),
                series(
                    &["a", "b", "d"],
                    none,
                    Value::Distribution(Distribution {
                        scale: 1.0,
                        ..Distribution::default()
                    }),
                ),
            ],
        ),
        family(
            "huge_total",
            Kind::Counter,
            Unit::None,
            &["n"],
            vec![
                series(&["2^53 + 1"], none, Value::Counter((1 << 53) + 1)),
                series(&["most"], none, Value::Counter(u64::MAX)),
                series(&["none"], none, Value::Counter(0)),
            ],
        ),
        family(
            "level",
            Kind::Gauge,
            Unit::None,
            &["n"],
            vec![
                series(&["least"], none, Value::Gauge(i64::MIN)),
                series(&["most"], none, Value::Gauge(i64::MAX)),
            ],
        ),
        family(
            "ratio",
            Kind::FloatGauge,
            Unit::None,
            &["n"],
            [
                f64::NAN,
                f64::INFINITY,
                f64::NEG_INFINITY,
                -0.0,
                1e-300,
                f64::MAX,
                0.1,
            ]
            .iter()
            .map(|v| series(&[&v.to_string()], none, Value::Float(*v)))
            .collect(),
        ),
        family(
            "ratio",
            Kind::Counter,
            Unit::None,
            &["n"],
            vec![series(&["x"], none, Value::Counter(3))],
        ),
        family(
            "ratio",
            Kind::Counter,
            Unit::None,
            &["m"],
            vec![series(&["x"], none, Value::Counter(4))],
        ),
        family(
            "0\nforged 1\n",
            Kind::Gauge,
            Unit::Bytes,
            &["a"],
            vec![series(&["x"], none, Value::Gauge(1))],
        ),
        family(
            "",
            Kind::Gauge,
            Unit::None,
            &["a", "a", "__name__"],
            vec![series(&["x", "y", "z"], none, Value::Gauge(1))],
        ),
        family(
            &"n".repeat(40_000),
            Kind::Gauge,
            Unit::None,
            &[],
            vec![series(&[], none, Value::Gauge(1))],
        ),
        family("nobody", Kind::Gauge, Unit::None, &["a"], vec![]),
    ];
    Snapshot {
        unix_ms: 1_795_000_000_123,
        uptime: Duration::from_millis(12_500),
        families,
    }
}
