//! What is said of one check: its verdict with the rule that gave it, and what it could have seen.

use super::Judged;
use super::judged::{self, Setting};
use super::lines::{DIM, INDENT, Lines, PLAIN};
use super::rule;
use crate::compare::Comparison;
use crate::report::cells;
use crate::report::model::Row;
use crate::units::format_value;
use crate::verdict::{Check, VerdictKind};

/// The verdict as in the report, and the rule that gave it.
pub(super) fn verdict((check, row): &Judged<'_>, setting: Option<&Setting>, lines: &mut Lines) {
    let mut parts = vec![format!("{}: {}", row.verdict.as_str(), cells::name(row))];
    if cells::is_relative(row) {
        parts.push(format!("{} -> {}", cells::base(row), cells::head(row)));
        parts.push(cells::change_with_interval(row));
    } else {
        parts.push(cells::head(row));
        parts.extend(cells::value_interval(row));
    }
    if let (Some(numbers), Some(metric)) = (&check.overhead, &check.metric) {
        let value = |value: f64| format_value(value, &metric.unit);
        let bounds = numbers.relative;
        parts.push(format!("{} -> {}", value(numbers.off), value(numbers.on)));
        parts.push(format!(
            "{} [{}, {}]",
            bounds.estimate, bounds.low, bounds.high
        ));
    }
    parts.push(cells::limit(row));
    parts.retain(|part| part != cells::NOTHING);
    lines.heading(&parts.join(", "));
    if let Some(budget) = &row.budget {
        let place = format!(
            "budget `{}` in {}:{}",
            budget.bench, budget.file, budget.line
        );
        lines.prose(INDENT, DIM, &place);
    }
    match (&check.comparison, setting, &check.metric) {
        (Some(comparison), Some(setting), Some(metric)) => {
            let zone = setting.zone;
            let said = judged::verdict(comparison, zone, metric.better);
            let why = rule::relative(said, comparison, zone, metric.better);
            if said == check.verdict {
                lines.prose(INDENT, PLAIN, &format!("{} because {why}.", said.as_str()));
            } else {
                let alone = format!("the numbers alone say {}, because {why}.", said.as_str());
                lines.prose(INDENT, PLAIN, &alone);
                let gate = format!("The gate says {}:", check.verdict.as_str());
                lines.prose(INDENT, PLAIN, &gate);
            }
        }
        (Some(_), None, _) => {
            let doubt = "the rounds below do not give this comparison by themselves; the gate knew more than they hold";
            lines.prose(INDENT, PLAIN, doubt);
        }
        _ => {
            if let Some(why) = rule::other(check) {
                let verdict = check.verdict.as_str();
                lines.prose(INDENT, PLAIN, &format!("{verdict} because {why}."));
            }
        }
    }
    for note in check.notes.iter().flat_map(|note| note.lines()) {
        if !note.trim().is_empty() {
            lines.prose(INDENT, PLAIN, &format!("note: {note}"));
        }
    }
}

/// What could have been seen, and what it would take to decide.
pub(super) fn sensitivity(check: &Check, row: &Row, lines: &mut Lines) {
    let mut facts = Vec::new();
    if let Some(comparison) = &check.comparison {
        facts.push(could_detect(comparison));
    }
    let more = (check
        .comparison
        .as_ref()
        .and_then(|comparison| comparison.more_pairs))
    .or_else(|| {
        check
            .overhead
            .as_ref()
            .and_then(|numbers| numbers.more_pairs)
    });
    let open = matches!(
        check.verdict,
        VerdictKind::Inconclusive | VerdictKind::NotProven
    );
    if let Some(more) = more.filter(|_| open) {
        facts.push(format!("about {more} more pairs would probably decide"));
    } else if let Some(step) = &row.next_step {
        facts.push(step.clone());
    }
    if !facts.is_empty() {
        lines.heading(&format!("Sensitivity ({})", cells::limit(row)));
        for fact in facts {
            lines.prose(INDENT, PLAIN, &fact);
        }
    }
}

fn could_detect(comparison: &Comparison) -> String {
    if comparison.detectable.log().is_finite() {
        let smallest = rule::size(comparison.detectable);
        format!("could detect a change of {smallest} in four of five such measurements")
    } else {
        "could not have detected a change of any size: too few observations for this level"
            .to_owned()
    }
}
