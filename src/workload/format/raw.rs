//! The load file as it is written.

use super::keys::{ClassKey, OutcomeKey};
use crate::budget::Enforcement;
use crate::measurement::format::document::Versioned;
use crate::measurement::format::fields::{given, unique_map};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One run of a workload.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(title = "tollgate load file, version 1"))]
pub(super) struct RawLoad {
    /// What kind of file this is.
    #[cfg_attr(test, schemars(extend("const" = "tollgate-load")))]
    pub(super) format: String,
    /// Version of the format.
    #[cfg_attr(test, schemars(extend("const" = 1)))]
    pub(super) version: u32,
    /// The tollgate that wrote it.
    pub(super) tollgate: String,
    /// Name of the workload.
    pub(super) workload: String,
    /// The model in words: `closed: 50 users, delay 100 ms`, `open: 200/s constant`.
    pub(super) model: String,
    /// Start of the run, RFC 3339.
    pub(super) started: String,
    /// Seed of every random choice: a whole number below 2^64 as text, since many programs read numbers as doubles.
    pub(super) seed: String,
    /// What was called.
    pub(super) target: String,
    /// How the run ended.
    pub(super) ended: RawEnded,
    /// What was said of it.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub(super) judged: Option<Judged>,
    /// Length of the measured part, nanoseconds. Rates are counts over this.
    pub(super) window_ns: u64,
    /// From the start of the target process to its first good answer, nanoseconds.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub(super) cold_start_ns: Option<u64>,
    /// In the order of the workload, each name once.
    pub(super) endpoints: Vec<RawEndpoint>,
    /// Flows of more than one step.
    pub(super) flows: Vec<RawFlow>,
    /// Calls by second of their end.
    pub(super) seconds: RawSeconds,
    /// Worst value of each sliding window of the workload in its order, nanoseconds; `null` where no window had enough calls.
    pub(super) windows: Vec<Option<f64>>,
    /// Connections of the whole run.
    pub(super) connections: RawConnections,
    /// What the generator did.
    pub(super) generator: RawGenerator,
    /// The target's processes over time.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub(super) process: Option<RawProcess>,
    /// Where the target's log was kept.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub(super) log: Option<String>,
}

impl Versioned for RawLoad {
    fn head(&self) -> (&str, u32) {
        (&self.format, self.version)
    }
}

/// How a run ended: as planned, or what stopped it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Ended"))]
pub(super) enum RawEnded {
    /// As planned.
    Completed {},
    /// Ctrl-C.
    Interrupted {},
    /// The target's memory, bytes.
    Memory { used: u64, limit: u64 },
    /// Share of failed calls.
    ErrorRate { share: f64, limit: f64 },
    /// Calls.
    Requests { limit: u64 },
    /// Nanoseconds.
    Time { limit_ns: u64 },
    /// Free bytes.
    Disk { free: u64, limit: u64 },
    /// A sliding window, nanoseconds.
    Window {
        what: String,
        value: f64,
        limit: f64,
    },
    /// The target ended by itself.
    TargetDied { status: String },
}

/// What was said of a run, and of each absolute budget. For readers of the file; nothing is judged by it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Judged {
    /// Exit code of `tollgate load`.
    pub exit: u8,
    /// `PASS`, `FAIL`, `NOT JUDGED`, `NOT TOLD`, `INVALID`, `NO DATA`, `FAILED CALLS`, `STOPPED`, `INTERRUPTED`.
    pub word: String,
    /// Why, in one sentence.
    pub sentence: String,
    /// More on that.
    pub notes: Vec<String>,
    /// Every absolute limit on the workload.
    pub budgets: Vec<JudgedBudget>,
}

/// One absolute limit, and what was observed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct JudgedBudget {
    /// `all`, an endpoint, `flow/NAME`, `process`.
    pub benchmark: String,
    /// Such as `p95`.
    pub metric: String,
    /// Unit of both numbers.
    pub unit: String,
    /// Which limit.
    pub kind: JudgedLimit,
    /// The limit.
    pub limit: f64,
    /// What was observed; left out where the run does not tell.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub observed: Option<f64>,
    /// Whether the limit holds in this run; left out where that cannot be told, and where the run is not judged.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub holds: Option<bool>,
    /// Why that cannot be told.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub why_not: Option<String>,
    /// Whether it fails the run.
    pub severity: Enforcement,
}

/// Which side of a limit is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum JudgedLimit {
    /// At most the limit.
    Max,
    /// At least the limit.
    Min,
}

/// The calls of one endpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an endpoint")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Endpoint"))]
pub(super) struct RawEndpoint {
    /// Its name.
    pub(super) name: String,
    /// How its calls ended, with their number; only `ok` is good.
    #[serde(deserialize_with = "unique_map")]
    #[cfg_attr(test, schemars(with = "BTreeMap<OutcomeKey, u64>"))]
    pub(super) outcomes: BTreeMap<OutcomeKey, u64>,
    /// Checks that failed, by their place among the endpoint's checks, from 0.
    #[serde(deserialize_with = "unique_map")]
    #[cfg_attr(test, schemars(with = "BTreeMap<String, u64>"))]
    pub(super) failed_checks: BTreeMap<String, u64>,
    /// Bytes of bodies.
    pub(super) bytes_sent: u64,
    /// Bytes of bodies.
    pub(super) bytes_received: u64,
    /// Calls that went well, and those that were given up at the time limit: what percentiles are of.
    pub(super) judged: RawTimes,
    /// All calls by class of the answer.
    #[serde(deserialize_with = "unique_map")]
    #[cfg_attr(test, schemars(with = "BTreeMap<ClassKey, RawTimes>"))]
    pub(super) classes: BTreeMap<ClassKey, RawTimes>,
}

/// The runs of a flow.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a flow")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Flow"))]
pub(super) struct RawFlow {
    /// Its name.
    pub(super) name: String,
    /// Runs that did not go well to their end.
    pub(super) failed: u64,
    /// Runs that did.
    pub(super) times: RawTimes,
}

/// Two views of the same calls; left out where there are none.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Times"))]
pub(super) struct RawTimes {
    /// From the intended start.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub(super) response: Option<RawHistogram>,
    /// From the actual sending.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub(super) service: Option<RawHistogram>,
}

/// A distribution of times in nanoseconds. The histogram is the data; the numbers beside it are for scripts that cannot read one,
/// and nobody else looks at them. A percentile of fewer than 20 / (1 - p) values is left out.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Histogram"))]
pub(super) struct RawHistogram {
    /// Values.
    pub(super) count: u64,
    /// Mean of the buckets' middles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) mean: Option<f64>,
    /// Percentiles that are told.
    #[serde(default)]
    pub(super) percentiles: BTreeMap<String, u64>,
    /// Upper end of the highest bucket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) max: Option<u64>,
    /// `HdrHistogram`, encoding V2, deflated, in base64.
    pub(super) histogram: String,
}

/// Calls by second of their end, from the start of the measured part. Lists of equal length.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Seconds"))]
pub(super) struct RawSeconds {
    /// Calls that ended.
    pub(super) calls: Vec<u64>,
    /// Those of them that failed.
    pub(super) failed: Vec<u64>,
}

/// Connections of the whole run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Connections"))]
pub(super) struct RawConnections {
    /// Opened.
    pub(super) opened: u64,
    /// Open at once at most.
    pub(super) most: u64,
    /// TCP connects.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub(super) connect: Option<RawHistogram>,
    /// TLS handshakes.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub(super) tls: Option<RawHistogram>,
    /// From sending to the first byte of the answer.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub(super) first_byte: Option<RawHistogram>,
}

/// Whether the generator did what it should.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Generator"))]
pub(super) struct RawGenerator {
    /// Flows that were due.
    pub(super) due: u64,
    /// Begun later than 1 ms by its own fault.
    pub(super) late: u64,
    /// Arrivals that were dropped.
    pub(super) dropped: u64,
    /// How late flows began by its own fault.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub(super) lateness: Option<RawHistogram>,
    /// CPU time over (time x threads).
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub(super) cpu: Option<f64>,
    /// Threads.
    pub(super) threads: u32,
    /// Resident memory at the end, bytes.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub(super) rss: Option<u64>,
    /// Open sockets at most.
    pub(super) sockets: u64,
}

/// The target's processes over time.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Process"))]
pub(super) struct RawProcess {
    /// Largest resident set of the tree that was seen, bytes.
    pub(super) peak_rss: u64,
    /// CPU time in the measured part, nanoseconds.
    pub(super) cpu_ns: u64,
    /// CPU time over wall time of observing.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub(super) own_cost: Option<f64>,
    /// In the order of time.
    pub(super) samples: Vec<RawSample>,
}

/// The sum over a process tree at one moment.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a sample")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Sample"))]
pub(super) struct RawSample {
    /// From the start of observing, nanoseconds.
    pub(super) at_ns: u64,
    /// Processes.
    pub(super) processes: u32,
    /// CPU time until then, nanoseconds.
    pub(super) cpu_ns: u64,
    /// Resident set, bytes.
    pub(super) rss: u64,
    /// Proportional set, bytes.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub(super) pss: Option<u64>,
    /// Threads.
    pub(super) threads: u32,
    /// Open file descriptors.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub(super) fds: Option<u32>,
    /// Bytes read from storage.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub(super) read: Option<u64>,
    /// Bytes written to storage.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub(super) written: Option<u64>,
}
