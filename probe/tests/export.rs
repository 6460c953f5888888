//! What exporters write is read back by readers that are not theirs.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests"
)]

mod support;

use std::fmt::Write;
use support::exposition::{Family, read};
use support::hostile::{self, distribution, family, series};
use tollgate_probe::export::{Edges, Format, Options, Writer, json, openmetrics, prometheus};
use tollgate_probe::snapshot::{Kind, Outcome, Snapshot, Unit, Value};

const FORMATS: [Format; 2] = [Format::Prometheus, Format::OpenMetrics];

fn text(snapshot: &Snapshot, format: Format, options: Options<'_>, piece: usize) -> String {
    let mut text = String::new();
    let mut writer = Writer::new(snapshot, format, options);
    while writer.write(&mut text, piece).unwrap() {}
    text
}

fn parsed(snapshot: &Snapshot, format: Format, options: Options<'_>) -> Vec<Family> {
    read(
        &text(snapshot, format, options, usize::MAX),
        format == Format::OpenMetrics,
    )
}

fn snapshot(families: Vec<tollgate_probe::snapshot::FamilySnapshot>) -> Snapshot {
    Snapshot {
        families,
        ..Snapshot::default()
    }
}

#[test]
fn the_two_formats_look_as_documented() {
    let mut timer = family(
        "parse",
        Kind::Histogram,
        Unit::Seconds,
        &["lang"],
        vec![series(
            &["rust"],
            Outcome::Failed,
            Value::Distribution(distribution(&[40, 60], 0.001)),
        )],
    );
    timer.help = "Time to parse.".into();
    let mut hits = family(
        "hits_total",
        Kind::Counter,
        Unit::None,
        &[],
        vec![series(&[], Outcome::Completed, Value::Counter(3))],
    );
    hits.help = "".into();
    let snapshot = snapshot(vec![timer, hits]);
    let options = || {
        Options::default()
            .seconds(Edges::new([0.05, 1.0]))
            .created(1_795_000_000_123)
    };
    assert_eq!(
        text(&snapshot, Format::OpenMetrics, options(), 1),
        "\
# HELP parse_seconds Time to parse.
# TYPE parse_seconds histogram
# UNIT parse_seconds seconds
parse_seconds_bucket{lang=\"rust\",outcome=\"failed\",le=\"0.05\"} 1
parse_seconds_bucket{lang=\"rust\",outcome=\"failed\",le=\"1.0\"} 2
parse_seconds_bucket{lang=\"rust\",outcome=\"failed\",le=\"+Inf\"} 2
parse_seconds_count{lang=\"rust\",outcome=\"failed\"} 2
parse_seconds_sum{lang=\"rust\",outcome=\"failed\"} 0.1
parse_seconds_created{lang=\"rust\",outcome=\"failed\"} 1795000000.123
# TYPE hits counter
hits_total 3
hits_created 1795000000.123
# EOF
"
    );
    assert_eq!(
        text(&snapshot, Format::Prometheus, options(), 1),
        "\
# HELP parse_seconds Time to parse.
# TYPE parse_seconds histogram
parse_seconds_bucket{lang=\"rust\",outcome=\"failed\",le=\"0.05\"} 1
parse_seconds_bucket{lang=\"rust\",outcome=\"failed\",le=\"1.0\"} 2
parse_seconds_bucket{lang=\"rust\",outcome=\"failed\",le=\"+Inf\"} 2
parse_seconds_count{lang=\"rust\",outcome=\"failed\"} 2
parse_seconds_sum{lang=\"rust\",outcome=\"failed\"} 0.1
# TYPE hits_total counter
hits_total 3
"
    );
}

#[test]
fn a_hostile_snapshot_is_valid_in_both_formats() {
    let snapshot = hostile::snapshot();
    for format in FORMATS {
        let families = parsed(
            &snapshot,
            format,
            Options::default().created(1_795_000_000_000),
        );
        // All but the one without a series.
        assert_eq!(families.len(), snapshot.families.len() - 1, "{format:?}");
    }
}

#[test]
fn label_values_come_back_as_they_were() {
    let snapshot = hostile::snapshot();
    for format in FORMATS {
        let families = parsed(
            &snapshot,
            format,
            Options::default().label_bytes(usize::MAX),
        );
        let routes: Vec<_> = families[0]
            .samples
            .iter()
            .map(|s| s.label("route").unwrap())
            .collect();
        let mut expected = hostile::texts();
        expected.push(String::new());
        assert_eq!(routes, expected, "{format:?}");
        assert_eq!(
            families[0].samples.last().unwrap().label("overflow"),
            Some("true")
        );
    }
}

#[test]
fn long_label_values_are_cut_and_remain_distinct() {
    for format in FORMATS {
        // The reader panics where two series are the same.
        for limit in [0, 32, 1024] {
            for family in parsed(
                &hostile::snapshot(),
                format,
                Options::default().label_bytes(limit),
            ) {
                for (_, value) in family.samples.iter().flat_map(|s| &s.labels) {
                    assert!(value.len() <= limit.max(32));
                }
            }
        }
    }
}

#[test]
fn counts_beyond_doubles_keep_all_their_digits() {
    for format in FORMATS {
        let families = parsed(&hostile::snapshot(), format, Options::default());
        let find = |name: &str| families.iter().find(|f| f.name.starts_with(name)).unwrap();
        let values = |name: &str| {
            find(name)
                .samples
                .iter()
                .map(|s| s.value.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            values("huge"),
            ["9007199254740993", "18446744073709551615", "0"]
        );
        assert_eq!(
            values("level"),
            ["-9223372036854775808", "9223372036854775807"]
        );
        assert_eq!(
            values("ratio"),
            [
                "NaN",
                "+Inf",
                "-Inf",
                "-0.0",
                "1e-300",
                "1.7976931348623157e+308",
                "0.1"
            ]
        );
    }
}

#[test]
fn pieces_of_any_size_make_up_the_same_text() {
    let snapshot = hostile::snapshot();
    let window = snapshot.clone();
    for format in FORMATS {
        let options = || {
            Options::default()
                .label_bytes(64)
                .window("5m", &window, &[0.5, 0.99])
        };
        let whole = text(&snapshot, format, options(), usize::MAX);
        for piece in [0, 1, 2, 7, 100] {
            assert!(
                text(&snapshot, format, options(), piece) == whole,
                "{format:?} {piece}"
            );
        }
    }
    let whole = json::render(&snapshot);
    for piece in [0, 1, 7] {
        let mut text = String::new();
        let mut writer = json::Writer::new(&snapshot);
        while writer.write(&mut text, piece).unwrap() {}
        assert!(text == whole, "{piece}");
    }
}

#[test]
fn a_piece_is_not_larger_than_asked_for() {
    let many = (0..1_000).map(|n| series(&[&n.to_string()], Outcome::Completed, Value::Counter(n)));
    let snapshot = snapshot(vec![family(
        "n",
        Kind::Counter,
        Unit::None,
        &["n"],
        many.collect(),
    )]);
    let mut writer = Writer::new(&snapshot, Format::Prometheus, Options::default());
    let mut more = true;
    while more {
        let mut piece = String::new();
        more = writer.write(&mut piece, 10).unwrap();
        assert!(piece.lines().filter(|line| !line.starts_with('#')).count() <= 10);
        assert!(piece.is_empty() || piece.ends_with('\n'));
    }
    assert!(!writer.write(&mut String::new(), 10).unwrap());
}

#[test]
fn quantiles_are_written_only_where_asked_for() {
    let times = Value::Distribution(distribution(&[63; 10], 0.001));
    let window = snapshot(vec![family(
        "t",
        Kind::Histogram,
        Unit::Seconds,
        &["r"],
        vec![
            series(&["a"], Outcome::Completed, times.clone()),
            series(
                &["b"],
                Outcome::Completed,
                Value::Distribution(distribution(&[], 0.001)),
            ),
        ],
    )]);
    let plain = prometheus::render(&window);
    assert!(!plain.contains("quantile"), "{plain}");
    for format in FORMATS {
        let options = Options::default()
            .window("5\"m", &window, &[0.5, 1.5, f64::NAN])
            .window("1h", &window, &[0.5, 0.99]);
        let families = parsed(&window, format, options);
        let quantiles = &families[1];
        assert_eq!(
            (quantiles.name.as_str(), quantiles.kind.as_str()),
            ("t_quantile_seconds", "gauge")
        );
        // A series that had nothing in the window has no quantile.
        let rows: Vec<_> = quantiles
            .samples
            .iter()
            .map(|s| {
                (
                    s.label("r").unwrap(),
                    s.label("window").unwrap(),
                    s.label("quantile").unwrap(),
                    s.value.as_str(),
                )
            })
            .collect();
        assert_eq!(
            rows,
            [
                ("a", "5\"m", "0.5", "0.063"),
                ("a", "5\"m", "0.99", "0.063"),
                ("a", "1h", "0.5", "0.063"),
                ("a", "1h", "0.99", "0.063"),
            ]
        );
    }
}

#[test]
fn nothing_is_an_exposition_too() {
    let nothing = Snapshot::default();
    assert_eq!(prometheus::render(&nothing), "");
    assert_eq!(openmetrics::render(&nothing), "# EOF\n");
    assert_eq!(
        json::render(&nothing),
        "{\"unix_ms\":0,\"uptime_s\":0.0,\"families\":[]}\n"
    );
}

struct Full;

impl Write for Full {
    fn write_str(&mut self, _: &str) -> std::fmt::Result {
        Err(std::fmt::Error)
    }
}

#[test]
fn an_error_of_the_output_is_passed_on() {
    let snapshot = hostile::snapshot();
    assert!(
        Writer::new(&snapshot, Format::Prometheus, Options::default())
            .write(&mut Full, 1)
            .is_err()
    );
    assert!(json::Writer::new(&snapshot).write(&mut Full, 1).is_err());
    assert!(json::by_label(&mut Full, &snapshot, "route").is_err());
}
