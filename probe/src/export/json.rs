//! A snapshot as JSON (RFC 8259), for pages and scripts; the record that tollgate reads is [`record`](crate::record).
//!
//! ```json
//! {"unix_ms":1790000000000,"uptime_s":12.5,"families":[
//! {"name":"db_query_seconds","help":"","kind":"histogram","unit":"seconds","series":[
//! {"labels":{"table":"users"},"outcome":"completed","count":3,"sum":0.012,"mean":0.004,"min":0.001,"max":0.009,"p50":0.002,"p95":0.009,"p99":0.009}]}]}
//! ```
//!
//! - Names stand as the application gave them; label names that repeat get `_2`, `_3` .. so that no key stands twice.
//! - Counts are written with all their digits. A reader that knows only doubles (JavaScript) rounds those beyond 2^53.
//! - JSON has no NaN and no infinity: such a value is `null`, and `"special"` beside it says `"NaN"`, `"+Inf"` or `"-Inf"`.
//! - Of a histogram that nothing was recorded in, all but `count` and `sum` is `null`.

mod grouped;

pub use grouped::by_label;

use std::fmt::{self, Write};

use super::clip::clip;
use super::names::{kind_word, unit_word};
use super::number::Float;
use super::{LABEL_BYTES, text};
use crate::snapshot::{Distribution, FamilySnapshot, SeriesSnapshot, Snapshot, Value};

/// What an HTTP answer says that it is.
pub const CONTENT_TYPE: &str = "application/json";

/// The whole snapshot.
#[must_use]
pub fn render(snapshot: &Snapshot) -> String {
    let mut text = String::new();
    let mut writer = Writer::new(snapshot);
    // Writing to a string cannot fail, and the writer has no error of its own.
    while matches!(writer.write(&mut text, usize::MAX), Ok(true)) {}
    text
}

/// Renders a snapshot piece by piece.
#[expect(
    missing_debug_implementations,
    reason = "it would print the whole snapshot"
)]
pub struct Writer<'a> {
    snapshot: &'a Snapshot,
    at: At,
    names: Vec<String>,
}

#[derive(Clone, Copy)]
enum At {
    Start,
    Family(usize),
    Series(usize, usize),
    Done,
}

impl<'a> Writer<'a> {
    /// A writer at the beginning.
    #[must_use]
    pub const fn new(snapshot: &'a Snapshot) -> Self {
        Self {
            snapshot,
            at: At::Start,
            names: Vec::new(),
        }
    }

    /// Writes the next `series` series (at least one), and returns whether there is more.
    ///
    /// # Errors
    /// Those of `out`; writing to a `String` has none.
    pub fn write(&mut self, out: &mut impl Write, series: usize) -> Result<bool, fmt::Error> {
        for _ in 0..series.max(1) {
            match self.at {
                At::Start => {
                    let (ms, uptime) = (self.snapshot.unix_ms, self.snapshot.uptime.as_secs_f64());
                    write!(
                        out,
                        "{{\"unix_ms\":{ms},\"uptime_s\":{},\"families\":[",
                        Float(uptime)
                    )?;
                    self.at = At::Family(0);
                }
                At::Family(at) => match self.snapshot.families.get(at) {
                    Some(family) => {
                        out.write_str(if at == 0 { "\n" } else { ",\n" })?;
                        self.head(out, family)?;
                        self.at = At::Series(at, 0);
                    }
                    None => {
                        out.write_str("]}\n")?;
                        self.at = At::Done;
                    }
                },
                At::Series(family, at) => match self.snapshot.families[family].series.get(at) {
                    Some(series) => {
                        out.write_str(if at == 0 { "\n" } else { ",\n" })?;
                        self.series(out, series)?;
                        self.at = At::Series(family, at + 1);
                    }
                    None => {
                        out.write_str("]}")?;
                        self.at = At::Family(family + 1);
                    }
                },
                At::Done => return Ok(false),
            }
        }
        Ok(!matches!(self.at, At::Done))
    }

    fn head(&mut self, out: &mut impl Write, family: &FamilySnapshot) -> fmt::Result {
        out.write_str("{\"name\":")?;
        string(out, &clip(&family.name, LABEL_BYTES))?;
        out.write_str(",\"help\":")?;
        string(out, &clip(&family.help, LABEL_BYTES))?;
        let (kind, unit) = (kind_word(family.kind), unit_word(family.unit));
        self.names = keys(&family.label_names);
        write!(out, ",\"kind\":\"{kind}\",\"unit\":\"{unit}\",\"series\":[")
    }

    fn series(&self, out: &mut impl Write, series: &SeriesSnapshot) -> fmt::Result {
        out.write_str("{\"labels\":{")?;
        let mut comma = "";
        for (name, value) in self.names.iter().zip(series.labels.iter()) {
            out.write_str(comma)?;
            string(out, name)?;
            out.write_char(':')?;
            string(out, &clip(value, LABEL_BYTES))?;
            comma = ",";
        }
        write!(out, "}},\"outcome\":\"{}\"", series.outcome.word())?;
        if series.overflow {
            out.write_str(",\"overflow\":true")?;
        }
        match &series.value {
            Value::Counter(count) => write!(out, ",\"value\":{count}")?,
            Value::Gauge(value) => write!(out, ",\"value\":{value}")?,
            Value::Float(value) => {
                out.write_str(",\"value\":")?;
                number(out, Some(*value))?;
                if !value.is_finite() {
                    write!(out, ",\"special\":\"{}\"", Float(*value))?;
                }
            }
            Value::Distribution(distribution) => {
                out.write_char(',')?;
                aggregates(out, distribution)?;
            }
        }
        out.write_char('}')
    }
}

/// `"count":..,"sum":..` and so on.
fn aggregates(out: &mut impl Write, distribution: &Distribution) -> fmt::Result {
    let count = distribution.count();
    write!(out, "\"count\":{count},\"sum\":")?;
    number(out, Some(text::sum(distribution, count)))?;
    for (name, value) in [
        ("mean", distribution.mean()),
        ("min", distribution.min()),
        ("max", distribution.max()),
        ("p50", distribution.quantile(0.5)),
        ("p95", distribution.quantile(0.95)),
        ("p99", distribution.quantile(0.99)),
    ] {
        write!(out, ",\"{name}\":")?;
        number(out, value)?;
    }
    Ok(())
}

/// A number, or `null` for what JSON has no number for.
pub(crate) fn number(out: &mut impl Write, value: Option<f64>) -> fmt::Result {
    match value.filter(|value| value.is_finite()) {
        Some(value) => write!(out, "{}", Float(value)),
        None => out.write_str("null"),
    }
}

/// Label names as keys of an object: each once.
pub(crate) fn keys(names: &[std::sync::Arc<str>]) -> Vec<String> {
    let mut keys: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        let name = clip(name, LABEL_BYTES);
        let mut key = name.to_string();
        let mut number = 2_u32;
        while keys.contains(&key) {
            key = format!("{name}_{number}");
            number += 1;
        }
        keys.push(key);
    }
    keys
}

/// A JSON string with its quotes. Besides what must be escaped (`"`, `\`, U+0000 to U+001F), DEL, U+2028 and U+2029, which old
/// JavaScript takes for ends of lines, and `<`, so that the text can stand in a `<script>`.
pub(crate) fn string(out: &mut impl Write, text: &str) -> fmt::Result {
    out.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' => out.write_str("\\\"")?,
            '\\' => out.write_str("\\\\")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            '\0'..='\x1f' | '\x7f' | '<' | '\u{2028}' | '\u{2029}' => {
                write!(out, "\\u{:04x}", u32::from(c))?;
            }
            c => out.write_char(c)?,
        }
    }
    out.write_char('"')
}
