//! budgets.toml: as written (`raw`), and as validated ([`Budgets`]).
//!
//! [`Budgets::parse`] gives either a validated value or *every* mistake of the file at once. Pure.

mod anchor;
mod binding;
mod changes;
mod glob;
mod keys;
mod limits;
mod mistakes;
mod presets;
mod raw;
#[cfg(test)]
mod schema;
mod syntax;
#[cfg(test)]
mod tests;
mod validate;
mod value;

pub use changes::changes;
pub(crate) use changes::{Effect, effects};
pub use glob::NameGlob;
pub(crate) use limits::{of_workload, unit_of};
pub(crate) use syntax::LARGEST as LARGEST_FILE;

use crate::diagnostic::{Diagnostic, Place};
use crate::measurement::BenchmarkId;
use crate::publish::{Key, Posting};
use crate::units::{Change, Quantity};
use crate::workload::Workload;
use std::sync::Arc;
use std::time::Duration;

/// The version of budgets.toml that this tollgate reads.
pub const BUDGETS_VERSION: u32 = 1;

/// A validated budgets.toml.
#[derive(Debug, Clone)]
pub struct Budgets {
    /// What holds where a budget or suite says nothing.
    pub defaults: Defaults,
    /// What to measure.
    pub suites: Vec<Suite>,
    /// What must hold.
    pub budgets: Vec<Budget>,
    /// What instrumentation may cost at most.
    pub overheads: Vec<Overhead>,
    /// What is excused until a date.
    pub waivers: Vec<Waiver>,
    /// The fixed revision that slow drift is measured from.
    pub anchor: Option<Anchor>,
    /// How the layout of executables is randomised.
    pub layout: LayoutSettings,
    /// When and under which name verdicts are posted to GitHub.
    pub github: GithubSettings,
}

impl Budgets {
    /// Parses and validates the text of a budgets.toml.
    ///
    /// # Errors
    /// All mistakes, in the order of their place, each with file, span and what was meant where that can be guessed.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        syntax::parse(file, text)
    }

    /// The suite of this name.
    #[must_use]
    pub fn suite(&self, name: &str) -> Option<&Suite> {
        self.suites.iter().find(|suite| suite.name == name)
    }
}

/// `[defaults]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Defaults {
    /// Smallest slowdown that fails, where a budget gives no `slower` of its own. Default 5 %.
    pub tolerance: Change,
    /// Default error.
    pub severity: Enforcement,
    /// Default warn.
    pub unresolved: Unresolved,
    /// Wall time for measuring, builds not counted. Default 8 minutes.
    pub time: Duration,
    /// Fresh processes a benchmark. Default 10, at least 5.
    pub invocations: u32,
    /// Wall time of one invocation before it is killed. Default 60 s.
    pub timeout: Duration,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            tolerance: Change::from_fraction(0.05),
            severity: Enforcement::Error,
            unresolved: Unresolved::Warn,
            time: Duration::from_secs(8 * 60),
            invocations: 10,
            timeout: Duration::from_secs(60),
        }
    }
}

/// Said behind the name of a budgets file that is not the candidate's: `budgets.toml of the base`.
pub(crate) const OF_THE_BASE: &str = " of the base";

/// Whether a broken budget fails the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Enforcement {
    /// A broken budget is exit code 1.
    Error,
    /// A broken budget is shown, and does not fail.
    Warn,
}

/// What an unresolved check does to the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Unresolved {
    /// Shown, does not fail.
    Warn,
    /// Exit code 3.
    Fail,
}

/// `[[suite]]`: benchmarks that one tool measures.
#[derive(Debug, Clone)]
pub struct Suite {
    /// First part of the benchmark ids.
    pub name: String,
    /// How it is measured.
    pub source: Source,
    /// Globs on the names within the suite (not on `suite/name`); only matching benchmarks are run. Empty = all.
    pub only: Vec<NameGlob>,
    /// Overrides `defaults.invocations`.
    pub invocations: Option<u32>,
    /// Overrides `defaults.timeout`.
    pub timeout: Option<Duration>,
    /// Where it stands in budgets.toml.
    pub place: Place,
}

/// Where the numbers of a suite come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// A cargo bench target that uses criterion 0.5 to 0.8.
    Criterion(BenchTarget),
    /// A cargo bench target that uses divan 0.1.
    Divan(BenchTarget),
    /// A program that is run as a whole.
    Command(CommandSource),
    /// A `[[workload]]`: one run of it is an invocation.
    Workload(Arc<Workload>),
    /// The bundled benchmarks of the machine: scheduler, timer, allocation, CPU, memory, JSON.
    System,
}

impl Source {
    /// `criterion`, `divan`, `command`, `workload`, `system`.
    #[must_use]
    pub const fn tool(&self) -> &'static str {
        match self {
            Self::Criterion(_) => "criterion",
            Self::Divan(_) => "divan",
            Self::Command(_) => "command",
            Self::Workload(_) => "workload",
            Self::System => "system",
        }
    }
}

/// A cargo bench target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BenchTarget {
    /// `name` of the `[[bench]]`.
    pub bench: String,
    /// Package, where the name alone is ambiguous in the workspace.
    pub package: Option<String>,
    /// Cargo features to build it with.
    pub features: Vec<String>,
    /// Target time of measuring in one invocation. Default 200 ms.
    pub measure: Duration,
    /// Warm-up in one invocation. Default 50 ms.
    pub warm_up: Duration,
}

/// A command suite: one benchmark, named like the suite's `benchmark` key (default `run`).
#[derive(Debug, Clone, PartialEq)]
pub struct CommandSource {
    /// Program and arguments; no shell.
    pub argv: Vec<String>,
    /// The command was given as one string with `shell = true`: run by `sh -c`.
    pub shell: bool,
    /// Name of the benchmark in the suite.
    pub benchmark: String,
    /// Unmeasured invocations before the first. Default 1.
    pub warm_up: u32,
    /// Exit status that means success. Default 0.
    pub exit_status: i32,
    /// Working directory relative to budgets.toml.
    pub directory: Option<String>,
}

/// `[[budget]]`: what must hold for matching benchmarks.
#[derive(Debug, Clone)]
pub struct Budget {
    /// On `suite/name`. `*` also matches `/`.
    pub bench: NameGlob,
    /// Name of the metric, default `time`.
    pub metric: String,
    /// Relative limit against base or baseline: `slower`, or the default tolerance where neither `slower`, `max` nor `min` is given.
    pub slower: Option<Change>,
    /// Absolute ceiling.
    pub max: Option<Quantity>,
    /// Absolute floor.
    pub min: Option<Quantity>,
    /// Whether it fails the gate.
    pub severity: Enforcement,
    /// Whether unresolved fails the gate.
    pub unresolved: Unresolved,
    /// Where it stands in budgets.toml.
    pub place: Place,
}

impl Budget {
    /// Whether this budget speaks of the benchmark (whatever the metric).
    #[must_use]
    pub fn covers(&self, id: &BenchmarkId) -> bool {
        !id.is_own() && self.bench.matches(&id.to_string())
    }
}

/// `[[overhead]]`: a claim that something costs little, proven by pairs of one revision.
///
/// Two benchmarks, two commands, or one benchmark with a switch at run time.
#[derive(Debug, Clone, PartialEq)]
pub struct Overhead {
    /// Unique name of the claim.
    pub name: String,
    /// With what is to cost little.
    pub on: Variant,
    /// Without it.
    pub off: Variant,
    /// Metric that is compared; default `time`.
    pub metric: String,
    /// Relative limit, default 1 %.
    pub relative: Change,
    /// Absolute limit in the metric's unit, default 5 ms; `None` where the metric is no time and none was given.
    pub absolute: Option<Quantity>,
    /// Pairs at most. Default 90, at least 8.
    pub pairs: u32,
    /// One process measures both sides, and alternates between them by itself: benchmarks of one criterion suite.
    pub alternating: bool,
    /// Whether a broken claim fails the gate.
    pub severity: Enforcement,
    /// Whether a claim that could not be proven fails the gate. Default [`Unresolved::Fail`], whatever `[defaults]` says: unproven is not cheap.
    pub unresolved: Unresolved,
    /// Where it stands in budgets.toml.
    pub place: Place,
}

/// One side of an overhead claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// Exact `suite/benchmark`.
    pub bench: BenchmarkId,
    /// Set for the process.
    pub environment: Vec<(String, String)>,
    /// Added to the arguments of a command.
    pub arguments: Vec<String>,
}

/// `[[waiver]]`: excuses exactly one benchmark and metric, up to a ceiling, until a date.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiver {
    /// Exact `suite/benchmark`, no glob.
    pub bench: String,
    /// Metric that is excused.
    pub metric: String,
    /// Slowdown that is excused at most; `None` where only `max` is given.
    pub slower: Option<Change>,
    /// Absolute value that is excused at most.
    pub max: Option<Quantity>,
    /// Last day on which it holds.
    pub until: jiff::civil::Date,
    /// Why.
    pub reason: String,
    /// Where it is followed up.
    pub issue: Option<String>,
    /// Where it stands in budgets.toml.
    pub place: Place,
}

/// `[anchor]`: `check --base anchor` compares with this revision.
#[derive(Debug, Clone, PartialEq)]
pub struct Anchor {
    /// A tag, branch or commit.
    pub revision: String,
    /// Slowdown since then that is allowed in total, in place of every `slower`. Default 5 %.
    pub slower: Change,
    /// Where it stands in budgets.toml.
    pub place: Place,
}

/// `[layout]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LayoutSettings {
    /// Relinked layouts a side: 0 (off) or at least 12. Default 16 where the linker can do it.
    pub relinks: u32,
    /// The file asks for it: then a linker that cannot is a finding.
    pub asked: bool,
}

/// Layouts a side where budgets.toml does not say.
pub const RELINKS: u32 = 16;

impl Default for LayoutSettings {
    fn default() -> Self {
        Self {
            relinks: RELINKS,
            asked: false,
        }
    }
}

/// `[github]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GithubSettings {
    /// When a comment is started. Default: when there is something to say.
    pub comment: Posting,
    /// Which comment and check run. Default `default`.
    pub key: Key,
}
