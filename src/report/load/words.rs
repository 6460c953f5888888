//! The answer of a run: one word, one sentence, and the next step.

use crate::budget::{Budget, Budgets, Enforcement};
use crate::units::{Unit, format_duration, format_value};
use crate::verdict::observed::{RunStanding, RunVerdict, failed_calls, totals};
use crate::workload::record::{Outcome, Record, Stop};
use crate::workload::{Model, Workload};
use std::collections::BTreeMap;

pub(super) struct Answer {
    pub(super) word: &'static str,
    pub(super) sentence: String,
    pub(super) is_own: bool,
    pub(super) notes: Vec<String>,
    pub(super) help: Option<String>,
}

pub(super) fn answer(workload: &Workload, record: &Record, verdict: &RunVerdict) -> Answer {
    let of = |word, sentence: String, notes: Vec<String>, help: &str| Answer {
        word,
        sentence,
        is_own: !matches!(
            verdict.standing,
            RunStanding::Stopped(Stop::TargetDied { .. } | Stop::Window { .. })
        ),
        notes,
        help: (!help.is_empty()).then(|| help.to_owned()),
    };
    let measured = format_duration(record.driven.window);
    match &verdict.standing {
        RunStanding::Holds => of("PASS", counted(verdict), Vec::new(), ""),
        RunStanding::Broken => of("FAIL", counted(verdict), Vec::new(), ""),
        RunStanding::NotTold => of(
            "NOT TOLD",
            counted(verdict),
            Vec::new(),
            "a percentile is told from 20 calls beyond it: run longer, with more calls, or budget a lower one",
        ),
        RunStanding::NothingToJudge => of(
            "NOT JUDGED",
            "no budget of this workload has a `max` or `min`, so nothing was judged".to_owned(),
            Vec::new(),
            "add a [[budget]] to budgets.toml with for example `metric = \"p95\"` and `max = \"200 ms\"`, and for `bench` the name of the workload and `/all`",
        ),
        RunStanding::Invalid(problems) => of(
            "INVALID",
            "the generator did not keep up: these numbers are not the target's alone".to_owned(),
            problems.clone(),
            match &workload.model {
                Model::Closed(_) => {
                    "give the generator more of the machine (`threads`, fewer other processes), or use fewer users or a longer delay"
                }
                Model::Open(_) => {
                    "give the generator more of the machine (`threads`, fewer other processes), lower the rate, or raise `max-in-flight` where arrivals were dropped"
                }
            },
        ),
        RunStanding::NoData => of(
            "NO DATA",
            format!("no call ended in the measured {measured}"),
            Vec::new(),
            "look at the warm-up, which is not measured, at `timeout`, and at the target's log: no data is never a pass",
        ),
        RunStanding::AllFailed => {
            let (_, failed) = totals(&record.driven);
            of(
                "FAILED CALLS",
                format!(
                    "not one of {} went well: {}",
                    calls(failed),
                    outcomes(record)
                ),
                Vec::new(),
                "call the target by hand with the same path, and look at its log; budget `error-rate` to make this a verdict",
            )
        }
        RunStanding::Interrupted => of(
            "INTERRUPTED",
            format!("Ctrl-C after {measured} of measuring: all below is partial and not judged"),
            Vec::new(),
            "",
        ),
        RunStanding::Stopped(stop) => {
            let (why, help) = stopped(stop);
            of(
                "STOPPED",
                format!("{why}; all below is partial and not judged"),
                Vec::new(),
                &help,
            )
        }
    }
}

/// How many budgets hold, are broken, or were not told.
fn counted(verdict: &RunVerdict) -> String {
    let count = |severity: Enforcement, holds: Option<bool>| {
        (verdict.checks.iter())
            .filter(|check| check.severity == severity && check.holds() == holds)
            .count()
    };
    let misspelt = |severity: Enforcement| {
        (verdict.unreached.iter())
            .filter(|budget| budget.is_misspelt && budget.severity == severity)
            .count()
    };
    let all = verdict.checks.len() + misspelt(Enforcement::Error) + misspelt(Enforcement::Warn);
    let broken = count(Enforcement::Error, Some(false));
    let not_told = count(Enforcement::Error, None) + misspelt(Enforcement::Error);
    let warned = count(Enforcement::Warn, Some(false))
        + count(Enforcement::Warn, None)
        + misspelt(Enforcement::Warn);
    let mut sentence = match (broken, not_told) {
        (0, 0) => match (all, all - warned) {
            (1, 1) => "the one budget holds in this run".to_owned(),
            (all, holding) if all == holding => format!("all {all} budgets hold in this run"),
            (all, holding) => format!("{holding} of {} hold in this run", budgets_of(all)),
        },
        (0, _) => format!(
            "{not_told} of {} could not be told: no pass",
            budgets_of(all)
        ),
        (1, _) => format!("1 of {} is broken in this run", budgets_of(all)),
        (_, _) => format!("{broken} of {} are broken in this run", budgets_of(all)),
    };
    if broken > 0 && not_told > 0 {
        sentence.push_str(&format!(", {not_told} could not be told"));
    }
    if broken == 0 && warned > 0 {
        sentence.push_str(&format!(", {warned} only warned of"));
    }
    sentence
}

fn budgets_of(all: usize) -> String {
    format!("{all} budget{}", if all == 1 { "" } else { "s" })
}

/// `1 call`, `6_757 calls`.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of calls are far below 2^53"
)]
pub(super) fn number(count: u64) -> String {
    format_value(count as f64, &Unit::Count)
}

fn calls(count: u64) -> String {
    format!(
        "{} call{}",
        number(count),
        if count == 1 { "" } else { "s" }
    )
}

/// How calls failed, most first: `12 connection refused, 3 timed out`.
fn outcomes(record: &Record) -> String {
    let mut all: BTreeMap<Outcome, u64> = BTreeMap::new();
    for endpoint in &record.driven.endpoints {
        for (outcome, count) in &endpoint.outcomes {
            *all.entry(*outcome).or_default() += count;
        }
    }
    failures(&all)
}

/// Everything but the good ones, most first.
pub(super) fn failures(outcomes: &BTreeMap<Outcome, u64>) -> String {
    let mut found: Vec<(Outcome, u64)> = (outcomes.iter())
        .filter(|(outcome, count)| **outcome != Outcome::Ok && **count > 0)
        .map(|(outcome, count)| (*outcome, *count))
        .collect();
    found.sort_by_key(|(outcome, count)| (std::cmp::Reverse(*count), *outcome));
    let parts: Vec<String> = (found.iter())
        .map(|(outcome, count)| format!("{} {}", number(*count), outcome.name()))
        .collect();
    parts.join(", ")
}

#[expect(
    clippy::cast_precision_loss,
    reason = "sizes of memory and disks are shown in four digits"
)]
fn bytes(count: u64) -> String {
    format_value(count as f64, &Unit::Bytes)
}

/// What stopped the run, and what to do.
fn stopped(stop: &Stop) -> (String, String) {
    let ratio = |value: f64| format_value(value, &Unit::Ratio);
    let time = |value: f64| format_value(value, &Unit::Nanoseconds);
    match stop {
        Stop::Interrupted => ("Ctrl-C".to_owned(), String::new()),
        Stop::Memory { used, limit } => (
            format!(
                "the target used {} of memory, and `safety.memory` allows {}",
                bytes(*used),
                bytes(*limit)
            ),
            "raise `safety.memory` if the target needs that much; otherwise find what it keeps".to_owned(),
        ),
        Stop::ErrorRate { share, limit } => (
            format!(
                "{} of the calls failed, and `safety.error-rate` allows {}",
                ratio(*share),
                ratio(*limit)
            ),
            "the errors below say how they failed; the target's log says why".to_owned(),
        ),
        Stop::Requests { limit } => (
            format!("`safety.requests` allows {}, and they are made", calls(*limit)),
            "raise `safety.requests`, or make the run shorter".to_owned(),
        ),
        Stop::Time { limit } => (
            format!("`safety.time` allows {}, and they are over", format_duration(*limit)),
            "raise `safety.time`, or shorten the run; it counts from the start of the target".to_owned(),
        ),
        Stop::Disk { free, limit } => (
            format!(
                "{} of disk are free, and `safety.disk` keeps {}",
                bytes(*free),
                bytes(*limit)
            ),
            "make room, and look at what the target writes".to_owned(),
        ),
        Stop::Window { what, value, limit } => (
            format!(
                "{what} came to {}, and `abort-above` is {}",
                time(*value),
                time(*limit)
            ),
            "the target was slower than the workload goes on with; raise `abort-above` to see how it ends".to_owned(),
        ),
        Stop::TargetDied { status } => (
            format!("the target ended by itself ({status})"),
            "its log says why".to_owned(),
        ),
    }
}

/// Budgets that were not judged, by name, and what does judge them.
pub(super) fn skipped(verdict: &RunVerdict, budgets: &Budgets) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    if !verdict.relative.is_empty() {
        let names: Vec<String> = (verdict.relative.iter())
            .map(|(id, metric)| format!("{} {metric}", id.name))
            .collect();
        lines.push((
            "relative budgets, which `tollgate check --base REF` judges",
            names.join(", "),
        ));
    }
    for budget in verdict.unreached.iter().filter(|one| !one.is_misspelt) {
        let place = place(budgets.budgets.get(budget.budget));
        lines.push((
            "a metric that one run of `load` does not tell",
            format!("{} {}{place}", budget.bench, budget.metric),
        ));
    }
    lines
}

/// ` (budgets.toml:12)`
pub(super) fn place(budget: Option<&Budget>) -> String {
    budget.map_or_else(String::new, |budget| {
        let place = &budget.place;
        format!(" ({}:{})", place.file, place.line_column().0)
    })
}

/// Calls of the whole run that failed.
pub(super) fn failed(record: &Record) -> u64 {
    (record.driven.endpoints.iter())
        .map(failed_calls)
        .fold(0, u64::saturating_add)
}
