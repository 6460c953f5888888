//! How far this gate is to be believed here: what the run was made for, whose budgets bind, how often it alarms in vain.

use super::sides::Sides;
use super::{ALPHA, FalseAlarms, GateInput};
use crate::budget::{Budgets, Effect, Enforcement, effects};
use crate::diagnostic::{Code, Diagnostic};
use crate::measurement::Purpose;
use crate::stats::clopper_pearson;
use crate::verdict::{Check, Limit};
use serde::Serialize;

/// Of the interval for the rate of false alarms, both sides together.
const CONFIDENCE: f64 = 0.95;

/// Changes of budgets that are written out.
const CHANGES_SHOWN: usize = 20;

/// How often the gate alarms on machines of this class although nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FalseAlarmRate {
    /// What was counted.
    pub counted: FalseAlarms,
    /// Lower bound of the rate, 0 to 1: two-sided Clopper-Pearson interval of 95 %.
    pub low: f64,
    /// Upper bound of the rate, 0 to 1.
    pub high: f64,
    /// The rate is surely above [`ALPHA`]: relative checks only warn.
    pub advisory: bool,
}

/// The rate behind the counts. `None` for no comparisons, and for counts that contradict each other.
fn rate(counted: FalseAlarms) -> Option<FalseAlarmRate> {
    let (low, high) = clopper_pearson(
        u64::from(counted.alarms),
        u64::from(counted.comparisons),
        CONFIDENCE,
    )?;
    Some(FalseAlarmRate {
        counted,
        low,
        high,
        advisory: low > ALPHA,
    })
}

/// What holds for the pairs of this run: calibration says nothing of baselines, and a run that calibrates is no check.
pub(super) fn false_alarms(input: GateInput<'_>, sides: &Sides<'_>) -> Option<FalseAlarmRate> {
    if !sides.is_base_run() || input.run.header.purpose != Purpose::Check {
        return None;
    }
    input.calibration.and_then(rate)
}

/// A gate that is known to alarm in vain must not block anybody. It still says what it saw.
pub(super) fn degrade(
    rate: Option<FalseAlarmRate>,
    checks: &mut [Check],
    findings: &mut Vec<Diagnostic>,
) {
    let Some(rate) = rate.filter(|rate| rate.advisory) else {
        return;
    };
    for check in checks
        .iter_mut()
        .filter(|check| matches!(check.limit, Limit::Slower(_)))
    {
        check.severity = Enforcement::Warn;
    }
    let FalseAlarms {
        alarms,
        comparisons,
    } = rate.counted;
    findings.push(
        Diagnostic::warning(
            Code::Miscalibrated,
            format!(
                "relative checks only warn: on machines of this class the gate raised {alarms} false alarms in {comparisons} \
                 comparisons of a program with itself, at least {:.1}% where {:.0}% is the level",
                rate.low * 100.0,
                ALPHA * 100.0
            ),
        )
        .with_help("`tollgate doctor` says what disturbs this machine; calibrate again afterwards: `tollgate calibrate`"),
    );
}

/// A run that compares the candidate with itself says nothing about it.
pub(super) fn purpose(input: GateInput<'_>) -> Option<Diagnostic> {
    let message = match input.run.header.purpose {
        Purpose::Check | Purpose::Anchor => return None,
        Purpose::Calibrate => {
            "this run counts false alarms: both sides are the candidate, and no verdict is a statement about it"
        }
        Purpose::Prove => {
            "this run shows whether the gate can fail: both sides are the candidate, one of them slowed down on purpose, and \
             no verdict is a statement about it"
        }
    };
    Some(
        Diagnostic::warning(Code::NotACheck, message)
            .with_help("`tollgate check` judges the candidate"),
    )
}

/// The base's budgets bind; what the candidate asks for instead is shown to whoever approves it.
pub(super) fn changed_budgets(input: GateInput<'_>) -> Option<Diagnostic> {
    let header = &input.run.header;
    let candidate = header.candidate_budgets.as_ref()?;
    if header
        .budgets
        .as_ref()
        .is_some_and(|base| base.text == candidate.text)
    {
        return None;
    }
    let file = &candidate.file;
    let asked = match Budgets::parse(file, &candidate.text) {
        Ok(asked) => asked,
        Err(mistakes) => {
            let mut finding = Diagnostic::warning(
                Code::BudgetsChanged,
                format!("{file} was changed, and cannot be read any more; the base's budgets bind"),
            )
            .with_help("`tollgate check --list` shows every mistake in it");
            finding.notes = (mistakes.iter().take(3))
                .map(|mistake| {
                    let line = mistake.place.as_ref().map(|place| place.line_column().0);
                    let line = line.map_or_else(String::new, |line| format!("line {line}: "));
                    format!("{line}{}", mistake.message)
                })
                .collect();
            return Some(finding);
        }
    };
    // Not those that are judged by: against the anchor they are others.
    let bound = header
        .budgets
        .as_ref()
        .and_then(|base| Budgets::parse(&base.file, &base.text).ok());
    let changes = effects(bound.as_ref().unwrap_or(input.budgets), &asked);
    if changes.is_empty() {
        return Some(Diagnostic::note(
            Code::BudgetsChanged,
            format!("{file} was changed, and asks for the same"),
        ));
    }
    let loosened = (changes.iter())
        .filter(|change| change.effect == Effect::Loosened)
        .count();
    let message = format!(
        "{file} was changed; this run is judged by the base's budgets ({loosened} loosened, {} other changes)",
        changes.len() - loosened
    );
    let mut finding = if loosened > 0 {
        Diagnostic::warning(Code::BudgetsChanged, message)
    } else {
        Diagnostic::note(Code::BudgetsChanged, message)
    };
    let left = changes.len().saturating_sub(CHANGES_SHOWN);
    finding.notes = (changes.iter().take(CHANGES_SHOWN))
        .map(ToString::to_string)
        .collect();
    if left > 0 {
        finding.notes.push(format!("… and {left} more"));
    }
    Some(finding)
}
