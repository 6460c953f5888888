use super::*;
use std::collections::HashSet;

fn family(name: &str, kind: Kind, unit: Unit, labels: &[&str]) -> FamilySnapshot {
    FamilySnapshot {
        name: name.into(),
        help: "".into(),
        kind,
        unit,
        label_names: labels.iter().map(|l| (*l).into()).collect(),
        series: Vec::new(),
    }
}

fn named(families: Vec<FamilySnapshot>) -> Vec<String> {
    let snapshot = Snapshot {
        families,
        ..Snapshot::default()
    };
    of(&snapshot).into_iter().map(|names| names.base).collect()
}

fn one(name: &str, kind: Kind, unit: Unit) -> String {
    named(vec![family(name, kind, unit, &[])]).remove(0)
}

#[test]
fn a_name_becomes_valid_and_carries_its_unit() {
    assert_eq!(one("hits_total", Kind::Counter, Unit::None), "hits");
    assert_eq!(one("sent_total", Kind::Counter, Unit::Bytes), "sent_bytes");
    assert_eq!(
        one("sent_bytes_total", Kind::Counter, Unit::Bytes),
        "sent_bytes"
    );
    assert_eq!(
        one("http.request-duration", Kind::Histogram, Unit::Seconds),
        "http_request_duration_seconds"
    );
    assert_eq!(
        one("parse_seconds", Kind::Histogram, Unit::Seconds),
        "parse_seconds"
    );
    assert_eq!(one("9 lives\n", Kind::Gauge, Unit::None), "_9_lives_");
    assert_eq!(one("", Kind::Gauge, Unit::None), "_");
    assert_eq!(one("_total", Kind::Counter, Unit::None), "_");
    assert_eq!(one("_seconds", Kind::Histogram, Unit::Seconds), "__seconds");
    assert_eq!(one("größe:é", Kind::Gauge, Unit::None), "gr__e:_");
}

#[test]
fn families_of_different_kind_that_share_a_name_are_told_apart_by_their_kind() {
    let names = named(vec![
        family("request", Kind::Counter, Unit::None, &[]),
        family("request", Kind::Histogram, Unit::Seconds, &[]),
        family("request", Kind::Gauge, Unit::None, &[]),
    ]);
    // The unit keeps the second apart already.
    assert_eq!(names, ["request", "request_seconds", "request_gauge"]);
}

#[test]
fn families_of_the_same_kind_are_told_apart_by_their_labels() {
    let names = named(vec![
        family("errors_total", Kind::Counter, Unit::None, &[]),
        family(
            "errors_total",
            Kind::Counter,
            Unit::None,
            &["kind", "where"],
        ),
        family(
            "errors-total",
            Kind::Counter,
            Unit::None,
            &["kind", "where"],
        ),
        family("errors.total", Kind::Counter, Unit::None, &[]),
    ]);
    assert_eq!(names[..2], ["errors", "errors_by_kind_where"]);
    assert!(
        names[2].starts_with("errors_") && names[2].len() == "errors_".len() + 8
            || names[2] == "errors_by_kind_where",
        "{names:?}"
    );
    assert_eq!(names.iter().collect::<HashSet<_>>().len(), 4, "{names:?}");
}

#[test]
fn suffixes_of_one_family_do_not_clash_with_the_name_of_another() {
    let names = named(vec![
        family("a", Kind::Histogram, Unit::None, &[]),
        family("a_count", Kind::Gauge, Unit::None, &[]),
        family("a_bucket", Kind::Counter, Unit::None, &[]),
        family("b_total", Kind::Gauge, Unit::None, &[]),
        family("b", Kind::Counter, Unit::None, &[]),
        family("c_quantile", Kind::Gauge, Unit::None, &[]),
        family("c", Kind::Histogram, Unit::None, &[]),
    ]);
    assert_eq!(
        names,
        [
            "a",
            "a_count_gauge",
            "a_bucket_counter",
            "b_total",
            "b_counter",
            "c_quantile",
            "c_histogram"
        ]
    );
}

#[test]
fn names_do_not_depend_on_what_is_registered_later() {
    let all: Vec<_> = ["x", "x", "x-y", "x.y", "x_y"]
        .iter()
        .map(|name| family(name, Kind::Gauge, Unit::None, &["l"]))
        .collect();
    let whole = named(all.clone());
    for end in 1..=all.len() {
        assert_eq!(named(all[..end].to_vec()), whole[..end]);
    }
    assert_eq!(whole.iter().collect::<HashSet<_>>().len(), 5, "{whole:?}");
}

#[test]
fn a_thousand_families_of_one_name_have_a_thousand_names() {
    let names = named(
        (0..1_000)
            .map(|_| family("same", Kind::Gauge, Unit::None, &["l"]))
            .collect(),
    );
    assert_eq!(names.iter().collect::<HashSet<_>>().len(), 1_000);
}

#[test]
fn long_names_are_cut_and_remain_two() {
    let long = |end: &str| one(&("n".repeat(100_000) + end), Kind::Gauge, Unit::None);
    assert!(long("a").len() <= LONGEST);
    assert_ne!(long("a"), long("b"));
    assert!(
        long("a")
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_')
    );
}

#[test]
fn labels_are_valid_distinct_and_leave_the_exporters_own_alone() {
    let labels = |kind, names: &[&str]| label_names(&family("f", kind, Unit::None, names));
    assert_eq!(
        labels(Kind::Counter, &["a-b", "a_b", "a.b", "1", "", "a:b"]),
        ["a_b", "a_b_2", "a_b_3", "_1", "_", "a_b_4"]
    );
    assert_eq!(
        labels(Kind::Counter, &["le", "outcome", "__name__"]),
        ["le", "outcome", "label__name__"]
    );
    assert_eq!(
        labels(
            Kind::Histogram,
            &["le", "outcome", "outcome_", "overflow", "window"]
        ),
        ["le_", "outcome_", "outcome__2", "overflow_", "window_"]
    );
}
