//! A strict reader of both text formats, written from their specifications, that panics at the first deviation.
//! `tests/oracle/check_export.py` asks the official parsers the same.

use std::collections::{BTreeMap, HashSet};

#[derive(Debug, Default)]
pub(crate) struct Family {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) unit: String,
    pub(crate) help: String,
    pub(crate) samples: Vec<Sample>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) labels: Vec<(String, String)>,
    pub(crate) value: String,
}

impl Sample {
    pub(crate) fn label(&self, name: &str) -> Option<&str> {
        self.labels
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    }
}

/// Reads a whole exposition.
pub(crate) fn read(text: &str, openmetrics: bool) -> Vec<Family> {
    let mut text = text;
    if openmetrics {
        text = text.strip_suffix("# EOF\n").expect("ends with # EOF");
    }
    assert!(
        text.is_empty() || text.ends_with('\n'),
        "the last line ends"
    );
    let mut families: Vec<Family> = Vec::new();
    let mut open = false;
    for line in text.split_terminator('\n') {
        if let Some(meta) = line.strip_prefix("# ") {
            let mut words = meta.splitn(3, ' ');
            let (what, name, rest) = (
                words.next().unwrap(),
                words.next().unwrap(),
                words.next().unwrap(),
            );
            assert!(is_name(name, true), "{line}");
            if !open {
                families.push(Family {
                    name: name.into(),
                    ..Family::default()
                });
                open = true;
            }
            let family = families.last_mut().unwrap();
            assert_eq!(family.name, name, "metadata of one family stand together");
            let field = match what {
                "TYPE" => &mut family.kind,
                "UNIT" if openmetrics => &mut family.unit,
                "HELP" => &mut family.help,
                other => panic!("unknown metadata {other}: {line}"),
            };
            assert!(field.is_empty(), "metadata twice: {line}");
            *field = if what == "HELP" {
                unescape(rest, openmetrics)
            } else {
                rest.into()
            };
        } else {
            open = false;
            families
                .last_mut()
                .expect("metadata come first")
                .samples
                .push(sample(line));
        }
    }
    check(&families, openmetrics);
    families
}

fn is_name(name: &str, colon: bool) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || colon && c == ':')
}

fn unescape(text: &str, quotes: bool) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.push(match chars.next() {
                Some('\\') => '\\',
                Some('n') => '\n',
                Some('"') if quotes => '"',
                other => panic!("unknown escape {other:?} in {text:.80}"),
            }),
            '"' if quotes => panic!("a bare quote in {text:.80}"),
            c => out.push(c),
        }
    }
    out
}

fn sample(line: &str) -> Sample {
    let end = line.find(['{', ' ']).expect("a sample has a value");
    let (name, mut rest) = line.split_at(end);
    assert!(is_name(name, true), "{line:.80}");
    let mut labels = Vec::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            let (label, after) = rest.split_once("=\"").expect("label=\"");
            assert!(is_name(label, false), "label {label:.80}");
            let mut escaped = false;
            let end = after
                .char_indices()
                .find(|(_, c)| {
                    let quote = *c == '"' && !escaped;
                    escaped = *c == '\\' && !escaped;
                    quote
                })
                .expect("a closing quote")
                .0;
            labels.push((label.to_owned(), unescape(&after[..end], true)));
            rest = &after[end + 1..];
            match rest.strip_prefix(',') {
                Some(more) => rest = more,
                None => break,
            }
        }
        rest = rest.strip_prefix('}').expect("a closing brace");
    }
    let value = rest.strip_prefix(' ').expect("a space before the value");
    assert!(is_number(value), "{line:.200}");
    let distinct: HashSet<_> = labels.iter().map(|(name, _)| name).collect();
    assert_eq!(distinct.len(), labels.len(), "a label twice: {line:.200}");
    Sample {
        name: name.into(),
        labels,
        value: value.into(),
    }
}

fn is_number(text: &str) -> bool {
    matches!(text, "NaN" | "+Inf" | "-Inf")
        || text.starts_with(|c: char| c == '-' || c.is_ascii_digit())
            && text.parse::<f64>().is_ok_and(f64::is_finite)
}

fn check(families: &[Family], openmetrics: bool) {
    let mut names = HashSet::new();
    let mut points = HashSet::new();
    for family in families {
        let base = family.name.as_str();
        assert!(!family.samples.is_empty(), "{base} has samples");
        if !family.unit.is_empty() {
            assert!(
                base.ends_with(&format!("_{}", family.unit)),
                "{base} ends with its unit"
            );
        }
        let suffixes: &[&str] = match (family.kind.as_str(), openmetrics) {
            ("counter", true) => &["_total", "_created"],
            ("counter", false) => {
                assert!(base.ends_with("_total"), "{base}");
                &[""]
            }
            ("gauge", _) => &[""],
            ("histogram", true) => &["_bucket", "_sum", "_count", "_created"],
            ("histogram", false) => &["_bucket", "_sum", "_count"],
            (kind, _) => panic!("unknown type {kind}"),
        };
        for suffix in suffixes.iter().chain(&[""]).collect::<HashSet<_>>() {
            assert!(
                names.insert(format!("{base}{suffix}")),
                "{base}{suffix} belongs to two families"
            );
        }
        for sample in &family.samples {
            let suffix = sample
                .name
                .strip_prefix(base)
                .expect("samples carry the family's name");
            assert!(
                suffixes.contains(&suffix),
                "{} in {}",
                sample.name,
                family.kind
            );
            let mut labels = sample.labels.clone();
            labels.sort();
            assert!(
                points.insert((sample.name.clone(), labels)),
                "twice: {sample:?}"
            );
            if family.kind == "counter" {
                assert!(
                    sample.value.parse::<f64>().is_ok_and(|v| v >= 0.0),
                    "{sample:?}"
                );
            }
        }
        if family.kind == "histogram" {
            check_histogram(family);
        }
    }
}

type Group<'a> = BTreeMap<Vec<(String, String)>, Vec<&'a Sample>>;

fn check_histogram(family: &Family) {
    let mut groups = Group::new();
    for sample in &family.samples {
        let mut labels = sample.labels.clone();
        labels.retain(|(name, _)| name != "le");
        groups.entry(labels).or_default().push(sample);
    }
    for (labels, samples) in groups {
        let of = |suffix: &str| {
            samples
                .iter()
                .filter(|s| s.name == format!("{}{suffix}", family.name))
                .collect::<Vec<_>>()
        };
        let (buckets, sum, count) = (of("_bucket"), of("_sum"), of("_count"));
        assert_eq!((sum.len(), count.len()), (1, 1), "{labels:?}");
        let points: Vec<(f64, u64)> = buckets
            .iter()
            .map(|s| {
                (
                    s.label("le").expect("le").parse().unwrap(),
                    s.value.parse().unwrap(),
                )
            })
            .collect();
        assert!(
            points.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1),
            "{points:?}"
        );
        let last = points.last().unwrap();
        assert!(last.0.is_infinite());
        assert_eq!(last.1.to_string(), count[0].value);
        if last.1 == 0 {
            assert_eq!(sum[0].value, "0.0");
        }
    }
}
