//! What was measured: benchmarks, metrics, observations, the machine, and the [`Run`] that holds them all.
//!
//! `Run` is the spine of tollgate. Measuring writes it; judging, reporting and accepting read it. Its file
//! format is documented in `docs/run-format.md`. Pure: reading and writing bytes is here, files are not.

mod across;
mod distribution;
mod environment;
pub(crate) mod format;
mod histogram;
mod merge;
mod run;

pub use across::across_jobs;
pub use distribution::{Distribution, LONGEST_TEXT};
pub use environment::{Cache, Cpu, Environment, Load, Toolchain};
pub use format::{FORMAT_VERSION, FormatError, read_run, write_run};
pub use histogram::{DIGITS, HIGHEST, Histogram, HistogramError};
pub use merge::{MergeError, merge_attempts};
pub use run::{
    Attempt, BaseSide, BenchmarkRecord, BudgetsText, Executables, Failure, FailureKind, OVERHEAD,
    Purpose, REFERENCE_KERNELS, Revision, Run, RunHeader, Series, SuiteRecord,
};

/// Version of the reference kernels' work. Values of different versions cannot be compared: raise it with any change
/// of a kernel, and every baseline is of another machine class.
pub const KERNELS_VERSION: u32 = 1;

use crate::units::Unit;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Name of a benchmark: the suite that it belongs to and its name there.
///
/// Names are data from somebody else's program: any text, spaces, slashes, quotes and newlines included.
/// Budgets match on `suite/name`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BenchmarkId {
    /// `name` of the `[[suite]]`.
    pub suite: String,
    /// As the tool prints it (criterion's full id, divan's path with `/`, a command's name).
    pub name: String,
}

impl BenchmarkId {
    /// Both parts as they are.
    pub fn new(suite: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            suite: suite.into(),
            name: name.into(),
        }
    }
}

impl BenchmarkId {
    /// Whether it is one of tollgate's own entries (overhead pairs), which no `[[budget]]` speaks of.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.suite == OVERHEAD || self.suite == REFERENCE_KERNELS
    }
}

impl fmt::Display for BenchmarkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.suite, self.name)
    }
}

/// Which way is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Better {
    /// Times, sizes, errors.
    Lower,
    /// Throughput, hit rates.
    Higher,
}

/// A quantity that is observed of a benchmark.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Metric {
    /// `time`, `cpu-time`, `peak-rss`, `allocations`, or a name of the user's own.
    pub name: String,
    /// Unit of the observed values.
    pub unit: Unit,
    /// Which way is good.
    pub better: Better,
}

impl Metric {
    /// A metric where less is better.
    pub fn lower(name: impl Into<String>, unit: Unit) -> Self {
        Self {
            name: name.into(),
            unit,
            better: Better::Lower,
        }
    }

    /// A metric where more is better.
    pub fn higher(name: impl Into<String>, unit: Unit) -> Self {
        Self {
            name: name.into(),
            unit,
            better: Better::Higher,
        }
    }

    /// Wall time of one iteration (or of one command), in nanoseconds.
    #[must_use]
    pub fn time() -> Self {
        Self::lower("time", Unit::Nanoseconds)
    }
}

/// Which revision an observation belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Side {
    /// What is compared against, measured in the same job.
    Base,
    /// What is judged. The only side of a run that is judged against baselines.
    Candidate,
}

/// What one invocation said about one metric.
#[derive(Debug, Clone, PartialEq)]
pub enum Evidence {
    /// One number: a count, a size, a duration of the whole process.
    Value(f64),
    /// Every batch of the invocation: value per iteration, in the order of measuring.
    Samples(Box<Samples>),
    /// Only a summary is known (divan prints no more than this).
    Summary(Box<Summary>),
    /// Every call of the invocation, counted by its time.
    Histogram(Box<Distribution>),
    /// The metric was asked for and could not be told: why, in one sentence. A budget on it is not kept, and not broken.
    Withheld(Box<Withheld>),
}

/// Why an invocation does not tell a metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withheld {
    /// One sentence, for people; not empty.
    pub why: String,
}

impl Evidence {
    /// What was asked for and cannot be told.
    pub fn withheld(why: impl Into<String>) -> Self {
        Self::Withheld(Box::new(Withheld { why: why.into() }))
    }
}

/// Raw batches of one invocation.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Samples {
    /// Value per iteration of each batch; not empty.
    pub values: Vec<f64>,
    /// Iterations of each batch, when the tool tells; as long as `values`, or empty.
    pub iterations: Vec<f64>,
}

/// Summary of one invocation by a tool that does not give its samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Summary {
    /// Smallest value per iteration.
    pub fastest: f64,
    /// Largest value per iteration.
    pub slowest: f64,
    /// Median over the samples.
    pub median: f64,
    /// Mean over the samples.
    pub mean: f64,
    /// Number of samples.
    pub samples: u64,
    /// Iterations over all samples.
    pub iterations: u64,
}

/// One number, or set of numbers, from one process invocation.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// Revision that was run.
    pub side: Side,
    /// Round of the plan, from 0. Base and candidate of the same round are a pair.
    pub invocation: u32,
    /// Position of the process among all processes of the run, from 0.
    pub order: u32,
    /// Milliseconds from the start of the run to the start of the process.
    pub at_ms: f64,
    /// Which relinked layout of the executable was run; `None` for the one that cargo linked.
    pub layout: Option<u32>,
    /// What it said.
    pub evidence: Evidence,
}
