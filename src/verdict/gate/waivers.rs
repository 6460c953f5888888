//! Waivers: they excuse exactly what they name, up to their ceiling, until their date.
//!
//! The ceiling is held against the *estimate*. The upper bound of an interval moves with the noise of the day, and a change
//! that stays the same would be excused in one job and not in the next; and what must be above the ceiling to be red
//! again is the change, not the doubt about it.

use super::GateInput;
use crate::budget::{NameGlob, Waiver};
use crate::diagnostic::{Code, Diagnostic};
use crate::measurement::Better;
use crate::verdict::{Check, Limit, VerdictKind};
use jiff::civil::Date;

/// Applies every waiver, and reports those that excuse nothing.
pub(super) fn apply(input: GateInput<'_>, checks: &mut [Check], findings: &mut Vec<Diagnostic>) {
    let today = day_of(&input.run.header.started);
    for (index, waiver) in input.budgets.waivers.iter().enumerate() {
        let mut named = 0_usize;
        let mut broken = 0_usize;
        for check in checks.iter_mut().filter(|check| names(waiver, check)) {
            named += 1;
            let Some(within) = is_within(waiver, check) else {
                continue;
            };
            broken += 1;
            match today {
                Some(today) if today <= waiver.until => {
                    excuse(index, waiver, check, within);
                }
                _ => check.notes.push(format!(
                    "its waiver ended on {} and excuses nothing any more",
                    waiver.until
                )),
            }
        }
        findings.extend(in_vain(input, waiver, today, named, broken));
    }
}

/// The day of the run in UTC. The verdict of a recorded run does not depend on when somebody looks at it.
fn day_of(started: &str) -> Option<Date> {
    let started: jiff::Timestamp = started.parse().ok()?;
    Some(started.to_zoned(jiff::tz::TimeZone::UTC).date())
}

fn names(waiver: &Waiver, check: &Check) -> bool {
    !check.benchmark.is_own()
        && check.benchmark.to_string() == waiver.bench
        && (check.metric.as_ref()).is_some_and(|metric| metric.name == waiver.metric)
}

/// Whether a broken check is within the ceiling; `None` where there is nothing that this waiver could excuse.
fn is_within(waiver: &Waiver, check: &Check) -> Option<bool> {
    match (check.verdict, &check.limit) {
        (VerdictKind::Regressed, Limit::Slower(_)) => {
            let ceiling = waiver.slower?;
            let metric = check.metric.as_ref()?;
            let effect = check.comparison.as_ref()?.effect;
            let worse = match metric.better {
                Better::Lower => effect,
                Better::Higher => effect.reversed(),
            };
            Some(worse <= ceiling)
        }
        (VerdictKind::OverBudget, Limit::Max(limit)) => {
            let ceiling = waiver.max.as_ref()?;
            let value = check.absolute.as_ref()?.value;
            // Both are in the unit of the metric, or bare numbers of something else.
            Some(ceiling.unit == limit.unit && value <= ceiling.value)
        }
        _ => None,
    }
}

fn excuse(index: usize, waiver: &Waiver, check: &mut Check, within: bool) {
    if within {
        check.verdict = VerdictKind::Waived;
        check.waiver = Some(index);
        return;
    }
    let ceiling = match check.limit {
        Limit::Max(_) => waiver.max.as_ref().map(ToString::to_string),
        _ => (waiver.slower).map(|slower| slower.to_string()),
    };
    check.notes.push(format!(
        "beyond its waiver, which ends at {}: not excused",
        ceiling.unwrap_or_default()
    ));
}

/// What to tell of a waiver that does nothing here.
fn in_vain(
    input: GateInput<'_>,
    waiver: &Waiver,
    today: Option<Date>,
    named: usize,
    broken: usize,
) -> Option<Diagnostic> {
    let what = if waiver.metric == "time" {
        format!("`{}`", waiver.bench)
    } else {
        format!("`{}` [{}]", waiver.bench, waiver.metric)
    };
    let finding = if today.is_none_or(|today| today > waiver.until) {
        Diagnostic::warning(
            Code::ExpiredWaiver,
            format!("the waiver of {what} ended on {}", waiver.until),
        )
        .with_help("remove it, or agree on another date")
    } else if named == 0 {
        let only = &input.run.header.only;
        let is_left_out = !only.is_empty()
            && !(only.iter())
                .filter_map(|text| NameGlob::new(text).ok())
                .any(|glob| glob.matches(&waiver.bench));
        if is_left_out {
            return None;
        }
        Diagnostic::warning(
            Code::UnmatchedWaiver,
            format!("the waiver of {what} names nothing that is checked"),
        )
        .with_help(
            "`tollgate check --list` shows the names; a waiver excuses what a [[budget]] speaks of",
        )
    } else if broken == 0 {
        Diagnostic::note(
            Code::UnusedWaiver,
            format!("{what} needs no waiver in this run"),
        )
        .with_help("remove it once what it excuses is repaired or accepted")
    } else {
        return None;
    };
    Some(finding.at(waiver.place.clone()))
}
