//! The series of a snapshot put together by the value of one label: `route` above all.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use super::{LABEL_BYTES, aggregates, clip, keys, kind_word, number, string, unit_word};
use crate::snapshot::{Distribution, FamilySnapshot, Outcome, SeriesSnapshot, Snapshot, Value};

/// What the series of one family with one value of the label hold together.
#[derive(Default)]
struct Sum<'a> {
    distribution: Option<Distribution>,
    counter: Option<u64>,
    gauge: Option<i64>,
    float: Option<f64>,
    outcomes: [u64; Outcome::ALL.len()],
    /// Position of another label, its value: how much was counted.
    parts: BTreeMap<(usize, &'a str), u64>,
}

impl<'a> Sum<'a> {
    fn add(&mut self, series: &'a SeriesSnapshot, but: usize) {
        let counted = match &series.value {
            Value::Counter(count) => {
                let sum = self.counter.get_or_insert(0);
                *sum = sum.saturating_add(*count);
                *count
            }
            Value::Gauge(value) => {
                let sum = self.gauge.get_or_insert(0);
                *sum = sum.saturating_add(*value);
                return;
            }
            Value::Float(value) => {
                *self.float.get_or_insert(0.0) += value;
                return;
            }
            Value::Distribution(distribution) => {
                match &mut self.distribution {
                    Some(sum) => sum.merge(distribution),
                    None => self.distribution = Some(distribution.clone()),
                }
                let count = distribution.count();
                let outcome = &mut self.outcomes[series.outcome as usize];
                *outcome = outcome.saturating_add(count);
                count
            }
        };
        for (at, value) in series
            .labels
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != but)
        {
            let part = self.parts.entry((at, value)).or_default();
            *part = part.saturating_add(counted);
        }
    }
}

/// By the label's value, then by the position of the family.
type Groups<'a> = BTreeMap<&'a str, BTreeMap<usize, Sum<'a>>>;

fn groups<'a>(snapshot: &'a Snapshot, label: &str) -> Groups<'a> {
    let mut groups = Groups::new();
    for (at, family) in snapshot.families.iter().enumerate() {
        let Some(position) = family.label_names.iter().position(|name| &**name == label) else {
            continue;
        };
        for series in &family.series {
            if let Some(value) = series.labels.get(position) {
                let group = groups.entry(value).or_default();
                group.entry(at).or_default().add(series, position);
            }
        }
    }
    groups
}

/// All families that have a label of this name, by its value, over all their other labels and all outcomes:
///
/// ```json
/// {"unix_ms":1790000000000,"uptime_s":12.5,"by":"route","groups":[
/// {"value":"/users/{id}","families":[
/// {"name":"http_request_seconds","kind":"histogram","unit":"seconds","count":9,"sum":0.5,"mean":0.05,"min":0.01,"max":0.1,
/// "p50":0.04,"p95":0.1,"p99":0.1,"outcomes":{"completed":8,"cancelled":1},"labels":{"status":{"200":8,"500":1}}}]}]}
/// ```
///
/// Groups stand in the order of the label's values, families in that of registration. `outcomes` and `labels` say how
/// much of it was counted with each outcome and with each value of the other labels. Counters and gauges have `value`,
/// the sum over the group. Give it a [window](Snapshot::since) for what happened lately.
///
/// # Errors
/// Those of `out`; writing to a `String` has none.
pub fn by_label(out: &mut impl Write, snapshot: &Snapshot, label: &str) -> fmt::Result {
    let uptime = super::Float(snapshot.uptime.as_secs_f64());
    write!(
        out,
        "{{\"unix_ms\":{},\"uptime_s\":{uptime},\"by\":",
        snapshot.unix_ms
    )?;
    string(out, label)?;
    out.write_str(",\"groups\":[")?;
    let mut comma = "";
    for (value, families) in groups(snapshot, label) {
        write!(out, "{comma}\n{{\"value\":")?;
        comma = ",";
        string(out, &clip(value, LABEL_BYTES))?;
        out.write_str(",\"families\":[")?;
        let mut comma = "";
        for (at, sum) in families {
            writeln!(out, "{comma}")?;
            comma = ",";
            write_sum(out, &snapshot.families[at], &sum)?;
        }
        out.write_str("]}")?;
    }
    out.write_str("]}\n")
}

fn write_sum(out: &mut impl Write, family: &FamilySnapshot, sum: &Sum<'_>) -> fmt::Result {
    out.write_str("{\"name\":")?;
    string(out, &clip(&family.name, LABEL_BYTES))?;
    let (kind, unit) = (kind_word(family.kind), unit_word(family.unit));
    write!(out, ",\"kind\":\"{kind}\",\"unit\":\"{unit}\"")?;
    if let Some(count) = sum.counter {
        write!(out, ",\"value\":{count}")?;
    }
    if let Some(value) = sum.gauge {
        write!(out, ",\"value\":{value}")?;
    }
    if let Some(value) = sum.float {
        out.write_str(",\"value\":")?;
        number(out, Some(value))?;
    }
    if let Some(distribution) = &sum.distribution {
        out.write_char(',')?;
        aggregates(out, distribution)?;
        let counts = Outcome::ALL
            .into_iter()
            .map(|o| (o.word(), sum.outcomes[o as usize]));
        out.write_str(",\"outcomes\":")?;
        object(out, counts.filter(|(_, count)| *count > 0))?;
    }
    if !sum.parts.is_empty() {
        out.write_str(",\"labels\":{")?;
        let mut comma = "";
        for (at, name) in keys(&family.label_names).iter().enumerate() {
            let parts = sum.parts.range((at, "")..(at + 1, ""));
            let mut parts = parts.map(|((_, value), count)| (*value, *count)).peekable();
            if parts.peek().is_some() {
                out.write_str(comma)?;
                comma = ",";
                string(out, name)?;
                out.write_char(':')?;
                object(out, parts)?;
            }
        }
        out.write_char('}')?;
    }
    out.write_char('}')
}

/// `{"key":count,..}`; the keys are different.
fn object<'a>(out: &mut impl Write, counts: impl Iterator<Item = (&'a str, u64)>) -> fmt::Result {
    out.write_char('{')?;
    let mut comma = "";
    for (key, count) in counts {
        out.write_str(comma)?;
        comma = ",";
        string(out, &clip(key, LABEL_BYTES))?;
        write!(out, ":{count}")?;
    }
    out.write_char('}')
}
