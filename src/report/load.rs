//! What people see of one run of a workload: the answer, budgets with what was observed, then details.
//!
//! [`LoadReport::build`] gathers it once; the renderers draw it for a terminal or as Markdown. Names come from budgets.toml and
//! texts from servers: they stand in the model as they are, and each renderer escapes. What a program wants is in the file
//! that [`write_record`](crate::workload::write_record) writes.

mod facts;
mod markdown;
mod table;
mod terminal;
#[cfg(test)]
mod tests;
mod words;

pub use markdown::load_markdown;
pub use table::{Cell, Line};
pub use terminal::load_terminal;

use crate::budget::{Budgets, Enforcement};
use crate::units::format_value;
use crate::verdict::Limit;
use crate::verdict::observed::{Observed, RunStanding, RunVerdict, Unreached, Value};
use crate::workload::{Record, Workload};

/// What is worth saying of one run of a workload.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadReport {
    /// Name of the workload.
    pub name: String,
    /// `PASS`, `FAIL`, `NOT JUDGED`, `NOT TOLD`, `INVALID`, `NO DATA`, `STOPPED`, `INTERRUPTED`.
    pub word: &'static str,
    /// The exit code of `tollgate load`.
    pub exit: u8,
    /// Why, in one sentence without a full stop.
    pub sentence: String,
    /// The sentence has no text from outside in it.
    pub is_own: bool,
    /// More on that, and the next step, each a sentence.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
    /// Budgets, worst first.
    pub checks: Vec<CheckLine>,
    /// What was not judged: why, and which by name.
    pub skipped: Vec<(&'static str, String)>,
    /// All calls, each endpoint, flows: their times.
    pub lines: Vec<Line>,
    /// Where the two kinds of time differ most.
    pub waited: Option<Waited>,
    /// Details: a label and what there is to say.
    pub facts: Vec<(&'static str, String)>,
}

/// Calls that waited before they could be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waited {
    /// Of which benchmark.
    pub name: String,
    /// `p99`, or the highest one that is told.
    pub percentile: &'static str,
    /// From when calls were due.
    pub response: String,
    /// From when they were sent.
    pub service: String,
}

impl Waited {
    /// What that means; `name` as it may be shown.
    #[must_use]
    pub fn text(&self, name: &str) -> String {
        let percentile = self.percentile;
        format!(
            "Response time counts from when a call was due, service time from when it was sent. The {percentile} of {name} \
             is {} by the first and {} by the second: calls waited their turn behind others that the target had not \
             finished. Users feel the first, and budgets are on it; `service-{percentile}` is the second",
            self.response, self.service
        )
    }
}

/// One budget.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckLine {
    /// How it stands.
    pub mark: Mark,
    /// `login p95`.
    pub what: String,
    /// What was observed; `-` where nothing was told.
    pub observed: String,
    /// `max 200.0 ms`.
    pub limit: String,
    /// What else there is to say.
    pub note: Option<String>,
}

/// How a budget stands in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// It does not hold, and that fails.
    Broken,
    /// It could not be told, and that is no pass.
    NotTold,
    /// It does not hold, or could not be told, and only warns.
    Warned,
    /// The run cannot be judged.
    NotJudged,
    /// It holds.
    Holds,
}

impl Mark {
    /// One column, for people.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Broken => "✗",
            Self::NotTold | Self::NotJudged => "?",
            Self::Warned => "!",
            Self::Holds => "✓",
        }
    }
}

impl LoadReport {
    /// Gathers what is worth saying.
    #[must_use]
    pub fn build(
        workload: &Workload,
        record: &Record,
        verdict: &RunVerdict,
        budgets: &Budgets,
    ) -> Self {
        let answer = words::answer(workload, record, verdict);
        let mut checks: Vec<CheckLine> = (verdict.checks.iter())
            .map(|check| check_line(check, verdict))
            .collect();
        let misspelt = verdict.unreached.iter().filter(|one| one.is_misspelt);
        checks.extend(misspelt.map(|budget| misspelt_line(budget, verdict, budgets)));
        // Stable: within one mark they stay in the order of benchmarks.
        checks.sort_by_key(|check| check.mark);
        let lines = table::lines(workload, record);
        Self {
            name: record.workload.clone(),
            word: answer.word,
            exit: verdict.standing.exit(),
            sentence: answer.sentence,
            is_own: answer.is_own,
            notes: answer.notes,
            help: answer.help,
            checks,
            skipped: words::skipped(verdict, budgets),
            waited: table::waited(&lines),
            facts: facts::facts(workload, record, &lines),
            lines,
        }
    }
}

fn check_line(check: &Observed, verdict: &RunVerdict) -> CheckLine {
    let holds = check.holds();
    let warns = check.severity == Enforcement::Warn;
    let mark = match holds {
        _ if !verdict.standing.is_judged() => Mark::NotJudged,
        Some(true) => Mark::Holds,
        Some(false) | None if warns => Mark::Warned,
        Some(false) => Mark::Broken,
        None => Mark::NotTold,
    };
    let unit = &check.metric.unit;
    let observed = match check.value {
        Value::Told(value) => format_value(value, unit),
        Value::TooFew { .. } | Value::Unknown(_) => "-".to_owned(),
    };
    let limit = match &check.limit {
        Limit::Max(limit) => format!("max {}", format_value(limit.value, unit)),
        Limit::Min(limit) => format!("min {}", format_value(limit.value, unit)),
        Limit::Slower(_) | Limit::Overhead { .. } | Limit::None => String::new(),
    };
    let mut notes: Vec<String> = check.why_not().into_iter().collect();
    if mark == Mark::Warned {
        notes.push("a warning".to_owned());
    }
    if verdict.standing == RunStanding::NoData {
        // The headline says it.
        notes.clear();
    } else if mark == Mark::NotJudged && holds == Some(false) {
        notes.push("beyond its limit".to_owned());
    }
    CheckLine {
        mark,
        what: format!("{} {}", check.benchmark.name, check.metric.name),
        observed,
        limit,
        note: (!notes.is_empty()).then(|| notes.join("; ")),
    }
}

/// A budget that guards nothing, which somebody believes to guard something.
fn misspelt_line(budget: &Unreached, verdict: &RunVerdict, budgets: &Budgets) -> CheckLine {
    let written = budgets.budgets.get(budget.budget);
    let warns = written.is_some_and(|written| written.severity == Enforcement::Warn);
    let mark = match verdict.standing.is_judged() {
        false => Mark::NotJudged,
        true if warns => Mark::Warned,
        true => Mark::NotTold,
    };
    CheckLine {
        mark,
        what: format!("{} {}", budget.bench, budget.metric),
        observed: "-".to_owned(),
        limit: String::new(),
        note: Some(format!(
            "no benchmark of this workload{}",
            words::place(written)
        )),
    }
}
