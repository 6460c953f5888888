//! The answer in one word and one sentence, made of tollgate's own words and numbers only.

use super::Headline;
use super::model::Row;
use super::text::plural;
use crate::budget::{Enforcement, Unresolved};
use crate::verdict::{Accounting, ExitCode, VerdictKind};

/// The word of the last line.
pub(super) const fn word(exit: ExitCode) -> &'static str {
    match exit {
        ExitCode::Pass => "PASS",
        ExitCode::Broken => "FAIL",
        ExitCode::Error => "ERROR",
        ExitCode::Unresolved => "UNRESOLVED",
        ExitCode::NotEnforced => "NOT ENFORCED",
    }
}

/// What an exit code means; the same in the JSON report and in `docs/report-format.md`.
pub(super) const fn meaning(exit: ExitCode) -> &'static str {
    match exit {
        ExitCode::Pass => "every enforced budget holds",
        ExitCode::Broken => "a budget is broken",
        ExitCode::Error => "tollgate could not judge",
        ExitCode::Unresolved => "unresolved, where the budget says that unresolved fails",
        ExitCode::NotEnforced => {
            "nothing was enforced, something expected was not measured, or the measurement is invalid"
        }
    }
}

/// `12 enforced, 1 unresolved, 3 skipped, 0 missing`.
pub(super) fn counts(accounting: Accounting) -> String {
    format!(
        "{} enforced, {} unresolved, {} skipped, {} missing",
        accounting.enforced, accounting.unresolved, accounting.skipped, accounting.missing
    )
}

pub(super) fn headline(
    exit: ExitCode,
    accounting: Accounting,
    rows: &[Row],
    partial: bool,
) -> Headline {
    let count = |wanted: &dyn Fn(&Row) -> bool| {
        u32::try_from(rows.iter().filter(|row| wanted(row)).count()).unwrap_or(u32::MAX)
    };
    let broken_as_warning =
        count(&|row| row.verdict.is_broken() && row.severity == Enforcement::Warn);
    let main = match exit {
        ExitCode::Pass => match accounting.enforced.saturating_sub(broken_as_warning) {
            0 => "nothing fails".to_owned(),
            1 => "the one enforced check holds".to_owned(),
            holding => format!("all {holding} enforced checks hold"),
        },
        ExitCode::Broken => {
            let kinds: Vec<String> = [
                VerdictKind::Regressed,
                VerdictKind::OverBudget,
                VerdictKind::Violated,
                VerdictKind::Failed,
            ]
            .into_iter()
            .map(|kind| (kind, count(&|row| row.fails() && row.verdict == kind)))
            .filter(|(_, number)| *number > 0)
            .map(|(kind, number)| format!("{number} {}", kind.as_str()))
            .collect();
            match count(&Row::fails) {
                0 => "a budget is broken".to_owned(),
                broken => format!("{} broken: {}", plural(broken, "check"), kinds.join(", ")),
            }
        }
        ExitCode::Error => meaning(exit).to_owned(),
        ExitCode::Unresolved => {
            let failing = count(&|row| {
                matches!(
                    row.verdict,
                    VerdictKind::Inconclusive | VerdictKind::NotProven
                ) && row.unresolved == Unresolved::Fail
            });
            match failing {
                0 => meaning(exit).to_owned(),
                failing => format!(
                    "{} could not be decided, and must be",
                    plural(failing, "check")
                ),
            }
        }
        ExitCode::NotEnforced if accounting.enforced == 0 => "nothing was enforced".to_owned(),
        ExitCode::NotEnforced if accounting.missing == 0 => {
            "what was measured does not make a pass".to_owned()
        }
        ExitCode::NotEnforced => format!("{} expected and not usably measured", accounting.missing),
    };
    let mut parts = vec![main];
    if broken_as_warning > 0 {
        parts.push(format!("{broken_as_warning} broken as a warning"));
    }
    let waived = count(&|row| row.verdict == VerdictKind::Waived);
    let aside = [
        (waived, "waived", true),
        (accounting.missing, "missing", exit != ExitCode::NotEnforced),
        (
            accounting.unresolved,
            "unresolved",
            exit != ExitCode::Unresolved,
        ),
        (accounting.skipped.saturating_sub(waived), "skipped", true),
    ];
    for (number, what, worth_saying) in aside {
        if number > 0 && worth_saying {
            parts.push(format!("{number} {what}"));
        }
    }
    if partial {
        parts.push("the run was cut short".to_owned());
    }
    Headline {
        word: word(exit),
        sentence: parts.join("; "),
    }
}
