//! Sentences that more than one renderer says. Texts from outside are in them as they are: each renderer escapes.

use super::cells::size;
use super::model::{Finding, Report, SkippedGroup};
use super::text::plural;
use crate::measurement::{BaseSide, Purpose, Revision};
use crate::units::{Change, format_duration};
use crate::verdict::VerdictKind;

/// `14 checks not compared: the baseline is of another machine class (..)`, and what to do.
pub(super) fn skipped_text(group: &SkippedGroup) -> (String, Option<&'static str>) {
    let what = match group.verdict {
        VerdictKind::New => "new",
        VerdictKind::NotComparable => "not compared",
        other => other.as_str(),
    };
    let similar = match group.similar {
        0 => String::new(),
        more => format!(" (and {more} similar)"),
    };
    (
        format!(
            "{} {what}: {}{similar}",
            plural(group.checks, "check"),
            group.reason
        ),
        group.remedy,
    )
}

/// `warning[unmatched-budget]: budgets.toml:12:1: ..`
pub(super) fn finding_text(finding: &Finding) -> String {
    let place = match (&finding.file, finding.line, finding.column) {
        (Some(file), Some(line), Some(column)) => format!("{file}:{line}:{column}: "),
        (Some(file), _, _) => format!("{file}: "),
        (None, _, _) => String::new(),
    };
    format!(
        "{}[{}]: {place}{}",
        finding.severity, finding.code, finding.message
    )
}

/// `1b2c3d4e5f60 with uncommitted changes`; nothing for what is not under version control.
pub(super) fn revision_text(revision: &Revision) -> Option<String> {
    if revision.commit.is_empty() {
        return None;
    }
    let commit: String = revision.commit.chars().take(12).collect();
    let dirty = if revision.dirty {
        " with uncommitted changes"
    } else {
        ""
    };
    Some(format!("{commit}{dirty}"))
}

/// The suites that were not timed because there was nothing to time.
pub(super) fn identical_text(report: &Report) -> Option<String> {
    let names: Vec<&str> = (report.sides.iter())
        .filter(|side| side.base == BaseSide::Identical)
        .map(|side| side.suite.as_str())
        .collect();
    (!names.is_empty()).then(|| {
        format!(
            "unchanged without timing, for the machine code is the same on both sides: {}",
            names.join(", ")
        )
    })
}

/// How often this gate alarms in vain; nothing for a run without a base, which calibration says nothing of.
pub(super) fn false_alarm_text(report: &Report) -> Option<String> {
    if !report.is_paired() || report.purpose != Purpose::Check {
        return None;
    }
    Some(match &report.false_alarms {
        Some(rate) => format!(
            "this gate false-alarms on at most {:.1}% of comparisons here ({} of {}; 95%){}",
            // Rounded up, or it would be more.
            (rate.high * 1000.0).ceil() / 10.0,
            rate.counted.alarms,
            rate.counted.comparisons,
            if rate.advisory {
                ", surely more than its level: relative checks only warn"
            } else {
                ""
            }
        ),
        None => "how often this gate false-alarms here is unknown until calibrated: run `tollgate calibrate`"
            .to_owned(),
    })
}

/// `this job could see >= 3.7% in 80% of cases (median of 12 comparisons), 9.0% (worst)`.
pub(super) fn sensitivity_text(report: &Report) -> Option<String> {
    let seen = report.sensitivity?;
    let of = |change: Change| {
        if change.log().is_finite() {
            size(change)
        } else {
            "no change".to_owned()
        }
    };
    let median = of(seen.median);
    let at_least = if seen.median.log().is_finite() {
        ">= "
    } else {
        ""
    };
    Some(match seen.benchmarks {
        1 => format!("this job could see {at_least}{median} in 80% of cases"),
        more => format!(
            "this job could see {at_least}{median} in 80% of cases (median of {more} comparisons), {} (worst)",
            of(seen.worst)
        ),
    })
}

/// `16 layouts a side`, or that link order was not randomised; nothing where no pairs were measured.
pub(super) fn layouts_text(report: &Report) -> Option<String> {
    let mut layouts: Vec<u32> = (report.sides.iter())
        .filter(|side| side.base == BaseSide::Measured)
        .map(|side| side.layouts)
        .collect();
    layouts.sort_unstable();
    layouts.dedup();
    Some(match layouts.as_slice() {
        [] => return None,
        [0] => "link order not randomised".to_owned(),
        [one] => format!("{one} layouts a side"),
        [0, ..] => "link order not randomised everywhere".to_owned(),
        [least, .., most] => format!("{least} to {most} layouts a side"),
    })
}

/// `machine; seed 42; 10 rounds; took 3 min`.
pub(super) fn origin_text(report: &Report) -> Vec<String> {
    let mut parts = vec![report.machine.line()];
    if report.rounds > 0 {
        parts.push(plural(report.rounds, "round"));
    }
    if report.attempts > 1 {
        parts.push(format!("{} attempts, judged together", report.attempts));
    }
    parts.extend(layouts_text(report));
    if !report.seed.is_empty() {
        parts.push(format!("seed {}", report.seed));
    }
    if !report.started.is_empty() {
        parts.push(format!("started {}", report.started));
    }
    if let Some(took) = report.took {
        parts.push(format!("took {}", format_duration(took)));
    }
    parts
}
