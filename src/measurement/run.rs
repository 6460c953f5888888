//! The record of one job: every observation, raw.

use super::{BenchmarkId, Environment, Metric, Observation, Side};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything that one job measured.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Run {
    /// Who, when, where, with what configuration.
    pub header: RunHeader,
    /// Machine and toolchain.
    pub environment: Environment,
    /// Every suite that was planned, also those that gave nothing.
    pub suites: Vec<SuiteRecord>,
    /// Benchmarks in the order of suites and of the tool's listing.
    pub benchmarks: Vec<BenchmarkRecord>,
    /// Reference kernels: name -> one time in nanoseconds a round (candidate's job).
    pub kernels: BTreeMap<String, Vec<f64>>,
    /// Reference kernels as A/A benchmarks: name -> `[base, candidate]` times in nanoseconds, a pair a round. Both are
    /// the same program; what moves here is the machine.
    pub canary: BTreeMap<String, Vec<[f64; 2]>>,
    /// Invocations that gave no usable observation.
    pub failures: Vec<Failure>,
}

/// Head of a Run file.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RunHeader {
    /// Start of the run, RFC 3339 in UTC.
    pub started: String,
    /// Wall time of the whole run in milliseconds.
    #[serde(default)]
    pub took_ms: f64,
    /// Part of `took_ms` that was spent in the processes of benchmarks and reference kernels.
    #[serde(default)]
    pub in_processes_ms: f64,
    /// Tool that wrote the file, such as `tollgate 0.1.0`.
    pub tool: String,
    /// Candidate revision.
    #[serde(default)]
    pub candidate: Revision,
    /// Base revision, where it was measured in the same job.
    #[serde(default)]
    pub base: Option<Revision>,
    /// SHA-256 of the effective configuration, 64 hex digits; empty when there was none.
    #[serde(default)]
    pub config_hash: String,
    /// Seed of every random choice of the plan, as text: 64 bits do not fit a JSON number.
    #[serde(default)]
    pub seed: String,
    /// The run ended before its plan did (Ctrl-C, time limit).
    #[serde(default)]
    pub partial: bool,
    /// Globs of `--only`; empty when everything was measured.
    #[serde(default)]
    pub only: Vec<String>,
    /// What the run was made for.
    #[serde(default, skip_serializing_if = "Purpose::is_check")]
    pub purpose: Purpose,
    /// Attempts at the same pair of revisions that this run holds, oldest first. Empty: one, from round 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<Attempt>,
    /// The budgets that bind, as text: those of the base revision. Absent: those beside the project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budgets: Option<BudgetsText>,
    /// The candidate's budgets, where they differ from those that bind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate_budgets: Option<BudgetsText>,
}

/// What a run was made for. Only a check is a statement about the candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Purpose {
    /// To judge the candidate.
    #[default]
    Check,
    /// To judge how much the candidate drifted from a fixed revision.
    Anchor,
    /// To count false alarms: both sides are the candidate.
    Calibrate,
    /// To see the gate fail: both sides are the candidate, and one of them is slowed down.
    Prove,
}

impl Purpose {
    const fn is_check(&self) -> bool {
        matches!(self, Self::Check)
    }
}

/// One of several measurements of the same two revisions, which are judged together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Attempt {
    /// Its start, RFC 3339 in UTC.
    pub started: String,
    /// Its seed.
    pub seed: String,
    /// Its first round: invocations from this one to the next attempt's belong to it.
    pub first_round: u32,
}

/// A budgets file as it was when the run was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BudgetsText {
    /// The file, as the user would name it.
    pub file: String,
    /// Its whole text.
    pub text: String,
}

/// A revision of the measured project.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Revision {
    /// Commit, 40 hex digits; empty when not under version control.
    pub commit: String,
    /// Files differ from the commit.
    pub dirty: bool,
}

/// A suite of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SuiteRecord {
    /// `name` of the `[[suite]]`.
    pub name: String,
    /// `criterion`, `divan`, `command` ..
    pub tool: String,
    /// Version of the tool, where it can be known.
    #[serde(default)]
    pub tool_version: Option<String>,
    /// Names of the benchmarks that the tool listed.
    #[serde(default)]
    pub listed: Vec<String>,
    /// What became of the base side; `None` where none was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<BaseSide>,
    /// Relinked layouts that pairs go through in turn: the pair of round r has layout r mod this. 0: link order was not randomised.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub layouts: u32,
    /// Why link order was not randomised, where that was wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layouts_missing: Option<String>,
    /// SHA-256 of the executables before relinking, 64 hex digits each: reruns of the same pair are known by them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executables: Option<Executables>,
}

const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// What became of the base side of a suite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum BaseSide {
    /// Measured in pairs.
    Measured,
    /// The machine code of both sides is the same: unchanged without timing.
    Identical,
    /// Cannot be compared.
    NotComparable {
        /// Why, such as what the compiler said.
        why: String,
    },
}

/// Hashes of the two executables of a suite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Executables {
    /// Of the base.
    pub base: String,
    /// Of the candidate.
    pub candidate: String,
}

/// All series of one benchmark.
#[derive(Debug, Clone, PartialEq)]
pub struct BenchmarkRecord {
    /// Suite and name.
    pub id: BenchmarkId,
    /// One a metric, in the tool's order.
    pub series: Vec<Series>,
}

/// The observations of one metric of one benchmark.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What was observed.
    pub metric: Metric,
    /// In the order of measuring.
    pub observations: Vec<Observation>,
}

/// Suite of overhead pairs: a benchmark for each `[[overhead]]`, base = off, candidate = on. A suite cannot have this
/// name: it has a slash.
pub const OVERHEAD: &str = "tollgate/overhead";

/// What stands as the suite in failures of the reference kernels. A suite cannot have this name: it has a slash.
pub const REFERENCE_KERNELS: &str = "tollgate/kernels";

/// An invocation that gave nothing usable, or a suite that could not be listed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Failure {
    /// Suite.
    pub suite: String,
    /// Benchmark, unless the suite as a whole failed.
    #[serde(default)]
    pub benchmark: Option<String>,
    /// Side that was run.
    pub side: Side,
    /// Round, from 0.
    pub invocation: u32,
    /// What happened.
    pub kind: FailureKind,
    /// One or a few lines for people: exit status, last lines of stderr.
    pub detail: String,
}

/// How an invocation failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum FailureKind {
    /// Could not be started.
    NotStarted,
    /// Ended by a signal or with an exit status other than expected.
    Crashed,
    /// Killed at its time limit.
    TimedOut,
    /// Ended well and said nothing about the benchmark.
    Silent,
    /// Said something that could not be understood.
    Unreadable,
    /// Measured, and the numbers cannot be used: the generator of the load did not do what it should.
    Invalid,
    /// Went to its end, and gave nothing to judge: no call was answered as it should.
    NoData,
    /// Stopped before its end, at a limit that was set for safety.
    Stopped,
}

impl FailureKind {
    /// For sentences: "the benchmark {..}".
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::NotStarted => "could not be started",
            Self::Crashed => "crashed",
            Self::TimedOut => "ran into its time limit",
            Self::Silent => "printed no result",
            Self::Unreadable => "printed a result that could not be read",
            Self::Invalid => "could not be measured as it should",
            Self::NoData => "gave no data",
            Self::Stopped => "was stopped for safety",
        }
    }

    /// Whether the measurement is to blame, and not what was measured.
    #[must_use]
    pub const fn is_of_the_measurement(self) -> bool {
        matches!(self, Self::Invalid)
    }

    /// Whether the first line of the detail says in a few words what happened, so that it can stand in a row.
    #[must_use]
    pub const fn tells_in_one_line(self) -> bool {
        matches!(self, Self::Invalid | Self::NoData | Self::Stopped)
    }
}
