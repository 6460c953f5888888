//! What of a run is believed that somebody else's code wrote.
//!
//! Everything in it is chosen by whoever wrote the pull request. Numbers and names cannot be checked and are taken as they
//! are, within bounds; what would change *how* they are judged is replaced by what the trusted side knows: the budgets
//! are those of the default branch, all of them are asked for, dates are those of today, known metrics have their own
//! direction. What is left for a liar are false numbers, which no check of a file can find.
//!
//! Texts stay as hostile as they were; whoever shows them escapes them.

mod bounds;
#[cfg(test)]
mod tests;

use super::Commit;
use crate::budget::{Budgets, Source, of_workload, unit_of};
use crate::diagnostic::{Code, Diagnostic};
use crate::measurement::{
    Better, BudgetsText, FormatError, Metric, Purpose, Revision, Run, read_run,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// Largest file that is read, in bytes.
pub const MAX_BYTES: usize = 256 << 20;

/// How far the start of a run may lie back: the longest job, and the queue before whoever judges it.
const MOST_HOURS_AGO: i64 = 24;

/// How far it may lie ahead: clocks differ.
const MOST_MINUTES_AHEAD: i64 = 10;

/// The budgets file that binds: that of the default branch.
#[derive(Debug, Clone, Copy)]
pub struct Binding<'a> {
    /// The file, as the user would name it.
    pub file: &'a str,
    /// Its whole text.
    pub text: &'a str,
}

/// A run with everything replaced that is not believed.
#[derive(Debug, Clone)]
pub struct Trusted {
    /// To be judged by the binding budgets.
    pub run: Run,
    /// What had to be put right, for the reader: belongs to the findings of the gate.
    pub said: Vec<Diagnostic>,
}

/// Why a run is not judged at all. In our own words: nothing of the run stands in them but numbers; the source of
/// [`Unreadable`](Self::Unreadable) quotes it, and is for logs.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// No Run file of this version.
    #[error("the artifact holds no run that this version of tollgate reads")]
    Unreadable(#[source] FormatError),
    /// More than is ever measured.
    #[error("the run in the artifact has {found} {what}, at most {most} are judged")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there are at least.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// Made for something else than a check.
    #[error(
        "the run in the artifact is no check of a change (it calibrates, proves, or compares with the anchor)"
    )]
    NotACheck,
    /// A revision that is none.
    #[error("the {0} of the run in the artifact is no whole commit id")]
    NoCommit(&'static str),
    /// A comparison with itself.
    #[error(
        "the run in the artifact compares a commit with itself, which says nothing about the change"
    )]
    Itself,
    /// A known metric in another unit or direction.
    #[error(
        "the run in the artifact gives a metric that tollgate knows another unit or direction than it has"
    )]
    TurnedMetric,
}

impl Refused {
    /// Why, for everyone to read: lower case, without final period, nothing of the run in it.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "the artifact holds no run that this version of tollgate reads",
            Self::TooMany { .. } => "the run in the artifact holds more than is ever measured",
            Self::NotACheck => "the run in the artifact is no check of a change",
            Self::NoCommit(_) => {
                "the run in the artifact names a commit by something else than its id"
            }
            Self::Itself => "the run in the artifact compares a commit with itself",
            Self::TurnedMetric => {
                "the run in the artifact gives a known metric another unit or direction than it has"
            }
        }
    }
}

/// Takes from a foreign run what can be taken. `now` is the trusted side's clock.
///
/// # Errors
/// What makes the run as a whole no statement about the change.
pub fn believe(bytes: &[u8], binding: Binding<'_>, now: Timestamp) -> Result<Trusted, Refused> {
    bounds::before_reading(bytes)?;
    let mut run = read_run(FILE, bytes).map_err(Refused::Unreadable)?;
    bounds::of_run(&run)?;
    if run.header.purpose != Purpose::Check {
        return Err(Refused::NotACheck);
    }
    revisions(&run)?;
    metrics(&run, binding)?;
    bounds::shorten(&mut run);
    let mut said = Vec::new();
    said.extend(date(&mut run, now));
    said.extend(everything(&mut run));
    budgets(&mut run, binding);
    Ok(Trusted { run, said })
}

/// The name of the file inside an artifact.
const FILE: &str = "run.json";

fn revisions(run: &Run) -> Result<(), Refused> {
    let is_whole =
        |revision: &Revision| revision.commit.is_empty() || Commit::new(&revision.commit).is_some();
    let candidate = &run.header.candidate;
    if !is_whole(candidate) {
        return Err(Refused::NoCommit("candidate"));
    }
    if let Some(base) = &run.header.base {
        if !is_whole(base) {
            return Err(Refused::NoCommit("base"));
        }
        if !base.commit.is_empty() && base.commit == candidate.commit {
            return Err(Refused::Itself);
        }
    }
    Ok(())
}

/// Slower must not become better by turning the metric around. Which suites are workloads, whose metrics are more, is said by
/// the budgets that bind; a file that is wrong is refused later, and until then nothing is a workload.
fn metrics(run: &Run, binding: Binding<'_>) -> Result<(), Refused> {
    let suites = Budgets::parse(binding.file, binding.text).map_or_else(|_| vec![], |b| b.suites);
    let workloads: BTreeSet<&str> = (suites.iter())
        .filter(|suite| matches!(suite.source, Source::Workload(_)))
        .map(|suite| suite.name.as_str())
        .collect();
    let is_turned = |suite: &str, metric: &Metric| {
        let known = if workloads.contains(suite) {
            of_workload(&metric.name)
        } else {
            unit_of(&metric.name).map(|unit| (unit, Better::Lower))
        };
        known.is_some_and(|(unit, better)| metric.unit != unit || metric.better != better)
    };
    let turned = (run.benchmarks.iter()).any(|benchmark| {
        (benchmark.series.iter()).any(|series| is_turned(&benchmark.id.suite, &series.metric))
    });
    if turned {
        Err(Refused::TurnedMetric)
    } else {
        Ok(())
    }
}

/// Waivers end and baselines age by the date of the run. One that lies far back would bring ended waivers to life.
fn date(run: &mut Run, now: Timestamp) -> Option<Diagnostic> {
    let started: Option<Timestamp> = run.header.started.parse().ok();
    let is_plausible = started.is_some_and(|started| {
        let ago = now.duration_since(started);
        ago <= SignedDuration::from_hours(MOST_HOURS_AGO)
            && ago >= SignedDuration::from_mins(-MOST_MINUTES_AHEAD)
    });
    if is_plausible {
        return None;
    }
    run.header.started = now.to_string();
    Some(
        Diagnostic::warning(
            Code::NotBelieved,
            "the run says that it was started more than a day ago, or in the future; waivers and baselines are held \
             against today",
        )
        .with_help("where the verdict is posted late, measure again"),
    )
}

/// What is asked of the run is what the budgets name, whatever it was restricted to.
fn everything(run: &mut Run) -> Option<Diagnostic> {
    if run.header.only.is_empty() {
        return None;
    }
    run.header.only.clear();
    Some(
        Diagnostic::warning(
            Code::NotBelieved,
            "the run was restricted with `--only`; it is judged by everything that the budgets name",
        )
        .with_help("what the gate measures is said in budgets.toml: `only` of a [[suite]]"),
    )
}

/// What the run says of budgets binds nobody; it is compared with what binds, and the difference is shown.
fn budgets(run: &mut Run, binding: Binding<'_>) {
    let header = &mut run.header;
    let asked = header
        .candidate_budgets
        .take()
        .or_else(|| header.budgets.take())
        .filter(|asked| asked.text != binding.text);
    let text = |text: &str| BudgetsText {
        file: binding.file.to_owned(),
        text: text.to_owned(),
    };
    header.budgets = Some(text(binding.text));
    header.candidate_budgets = asked.map(|asked| text(&asked.text));
}
