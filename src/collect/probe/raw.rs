//! The record as it is written.

use crate::measurement::format::document::Versioned;
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use std::fmt;

/// Everything that one process recorded.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(title = "tollgate-probe record, version 1"))]
pub(super) struct RawRecord {
    /// What kind of file this is.
    #[cfg_attr(test, schemars(extend("const" = "tollgate-probe")))]
    format: String,
    /// Version of the format.
    #[cfg_attr(test, schemars(extend("const" = 1)))]
    version: u32,
    /// Which process it was.
    #[expect(
        dead_code,
        reason = "for readers that follow a process; it must be there and well-formed"
    )]
    process: RawProcess,
    /// When the record was made, milliseconds since 1970-01-01 UTC.
    #[expect(dead_code, reason = "for people")]
    unix_ms: u64,
    /// How long the process had run, in seconds.
    #[expect(dead_code, reason = "for people")]
    uptime_s: f64,
    /// In the order of first use.
    pub(super) families: Vec<RawFamily>,
}

impl Versioned for RawRecord {
    fn head(&self) -> (&str, u32) {
        (&self.format, self.version)
    }
}

/// One start of a process.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a process")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[expect(dead_code, reason = "for readers that follow a process")]
struct RawProcess {
    /// Random, 16 hex digits: two records with the same id are of one process, and the later one holds what the earlier one
    /// held and more.
    id: String,
    /// As the operating system counts.
    pid: u32,
    /// When it started, milliseconds since 1970-01-01 UTC.
    started_unix_ms: u64,
}

/// A name and all its series.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a family")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct RawFamily {
    /// As the application gave it.
    pub(super) name: String,
    /// What it counts, for people.
    #[serde(default)]
    #[expect(dead_code, reason = "for people")]
    help: String,
    /// What its series hold.
    pub(super) kind: RawKind,
    /// Unit of the values.
    pub(super) unit: RawUnit,
    /// Names of the labels.
    pub(super) labels: Vec<String>,
    /// Its series.
    pub(super) series: Vec<RawSeries>,
}

/// What the series of a family hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) enum RawKind {
    /// `count`.
    Counter,
    /// `level`.
    Gauge,
    /// `value`.
    FloatGauge,
    /// `scale`, `sum` and `buckets`.
    Histogram,
}

impl RawKind {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::FloatGauge => "float-gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// Unit of the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) enum RawUnit {
    /// A plain number.
    None,
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
}

/// How timed calls ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) enum RawOutcome {
    /// They returned.
    #[default]
    Completed,
    /// They returned an error.
    Failed,
    /// They were dropped before they were done.
    Cancelled,
    /// They panicked.
    Panicked,
}

impl RawOutcome {
    pub(super) const ALL: [(Self, &'static str); 4] = [
        (Self::Completed, "completed"),
        (Self::Failed, "failed"),
        (Self::Cancelled, "cancelled"),
        (Self::Panicked, "panicked"),
    ];
}

/// One set of label values and what was recorded for it. Which of the values stand there, the kind of the family says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a series")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct RawSeries {
    /// One value for each label of the family.
    pub(super) labels: Vec<String>,
    /// How the timed calls ended; of histograms only.
    #[serde(default)]
    pub(super) outcome: RawOutcome,
    /// Whether it stands for all label sets that found no place.
    #[serde(default)]
    pub(super) overflow: bool,
    /// Of a counter.
    #[serde(default)]
    pub(super) count: Option<u64>,
    /// Of a gauge.
    #[serde(default)]
    pub(super) level: Option<i64>,
    /// Of a float gauge: a number, or one of "NaN", "+Inf", "-Inf".
    #[serde(default)]
    pub(super) value: Option<RawFloat>,
    /// One step of the buckets in the unit of the family: finite, above 0.
    #[serde(default)]
    pub(super) scale: Option<f64>,
    /// Sum of all values in steps, as text: it has up to 128 bits.
    #[serde(default)]
    pub(super) sum: Option<String>,
    /// Number of each bucket that has any values, rising, and how many.
    #[serde(default)]
    pub(super) buckets: Option<Vec<(u16, u64)>>,
}

/// A float that JSON has a form for, or the name of one that it has none for.
#[derive(Clone, Copy)]
pub(super) struct RawFloat(pub(super) f64);

#[cfg(test)]
impl schemars::JsonSchema for RawFloat {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RawFloat".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "anyOf": [{ "type": "number" }, { "enum": ["NaN", "+Inf", "-Inf"] }] })
    }
}

impl<'de> Deserialize<'de> for RawFloat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = RawFloat;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, \"NaN\", \"+Inf\" or \"-Inf\"")
            }
            fn visit_f64<E: Error>(self, value: f64) -> Result<RawFloat, E> {
                Ok(RawFloat(value))
            }
            fn visit_u64<E: Error>(self, value: u64) -> Result<RawFloat, E> {
                Ok(RawFloat(value as f64))
            }
            fn visit_i64<E: Error>(self, value: i64) -> Result<RawFloat, E> {
                Ok(RawFloat(value as f64))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<RawFloat, E> {
                match text {
                    "NaN" => Ok(RawFloat(f64::NAN)),
                    "+Inf" => Ok(RawFloat(f64::INFINITY)),
                    "-Inf" => Ok(RawFloat(f64::NEG_INFINITY)),
                    other => Err(E::invalid_value(serde::de::Unexpected::Str(other), &self)),
                }
            }
        }
        deserializer.deserialize_any(Number)
    }
}
