//! Whether runs are attempts at the same thing.

use super::MergeError;
use crate::measurement::format::document::quoted;
use crate::measurement::{BudgetsText, Run, SuiteRecord};
use std::collections::BTreeSet;

/// Whether the second run asks what the first one asked.
pub(super) fn same_question(first: &Run, second: &Run) -> Result<(), MergeError> {
    for run in [first, second] {
        if !run.has_base() {
            return Err(MergeError::OneSided {
                started: quoted(&run.header.started),
            });
        }
    }
    let (a, b) = (&first.header, &second.header);
    let fields = [
        ("header.candidate", shown(&a.candidate), shown(&b.candidate)),
        ("header.base", shown(&a.base), shown(&b.base)),
        (
            "header.config_hash",
            quoted(&a.config_hash),
            quoted(&b.config_hash),
        ),
        ("header.purpose", shown(&a.purpose), shown(&b.purpose)),
        (
            "environment.toolchain",
            shown(&first.environment.toolchain),
            shown(&second.environment.toolchain),
        ),
    ];
    for (what, one, other) in fields {
        if one != other {
            return Err(differs(first, second, what.to_owned(), one, other));
        }
    }
    for (what, one, other) in [
        ("header.budgets", &a.budgets, &b.budgets),
        (
            "header.candidate_budgets",
            &a.candidate_budgets,
            &b.candidate_budgets,
        ),
    ] {
        if one.as_ref().map(|budgets| &budgets.text) != other.as_ref().map(|budgets| &budgets.text)
        {
            let (one, other) = (size_of(one.as_ref()), size_of(other.as_ref()));
            return Err(differs(first, second, what.to_owned(), one, other));
        }
    }
    suites_agree(first, second)
}

/// Enough to see which file is meant; the text itself is too long.
fn size_of(budgets: Option<&BudgetsText>) -> String {
    budgets.map_or_else(
        || "absent".to_owned(),
        |budgets| format!("{} ({} bytes)", quoted(&budgets.file), budgets.text.len()),
    )
}

pub(super) fn shown(value: &impl std::fmt::Debug) -> String {
    format!("{value:?}")
}

pub(super) fn differs(
    first: &Run,
    second: &Run,
    what: String,
    one: String,
    other: String,
) -> MergeError {
    const SHOWN: usize = 200;
    let cut = |text: String| {
        if text.chars().count() > SHOWN {
            text.chars().take(SHOWN).chain("..".chars()).collect()
        } else {
            text
        }
    };
    MergeError::Differs {
        what,
        first: cut(one),
        first_started: quoted(&first.header.started),
        second: cut(other),
        second_started: quoted(&second.header.started),
    }
}

fn suites_agree(first: &Run, second: &Run) -> Result<(), MergeError> {
    for (one, other) in [(first, second), (second, first)] {
        for suite in &one.suites {
            let Some(twin) = other.suites.iter().find(|twin| twin.name == suite.name) else {
                if other.header.only.is_empty() {
                    let what = format!("suite {}", quoted(&suite.name));
                    let (here, there) = ("there".to_owned(), "missing".to_owned());
                    return Err(differs(one, other, what, here, there));
                }
                continue;
            };
            suite_agrees(one, other, suite, twin)?;
        }
    }
    Ok(())
}

fn suite_agrees(
    first: &Run,
    second: &Run,
    suite: &SuiteRecord,
    twin: &SuiteRecord,
) -> Result<(), MergeError> {
    let name = quoted(&suite.name);
    let fields = [
        ("tool", shown(&suite.tool), shown(&twin.tool)),
        (
            "tool_version",
            shown(&suite.tool_version),
            shown(&twin.tool_version),
        ),
        ("base", shown(&suite.base), shown(&twin.base)),
        ("layouts", shown(&suite.layouts), shown(&twin.layouts)),
        (
            "executables",
            shown(&suite.executables),
            shown(&twin.executables),
        ),
    ];
    for (field, one, other) in fields {
        if one != other {
            let what = format!("{field} of suite {name}");
            return Err(differs(first, second, what, one, other));
        }
    }
    let complete = |run: &Run| run.header.only.is_empty();
    let listed = |suite: &SuiteRecord| suite.listed.iter().cloned().collect::<BTreeSet<_>>();
    if complete(first) && complete(second) && listed(suite) != listed(twin) {
        let what = format!("listed of suite {name}");
        let (one, other) = (shown(&listed(suite)), shown(&listed(twin)));
        return Err(differs(first, second, what, one, other));
    }
    if suite.executables.is_some() {
        return Ok(());
    }
    // Without hashes only commits can tell, and only where nothing was changed since.
    let revisions = std::iter::once(&first.header.candidate).chain(&first.header.base);
    for revision in revisions {
        let why = if revision.commit.is_empty() {
            "no commit is recorded"
        } else if revision.dirty {
            "there were uncommitted changes"
        } else {
            continue;
        };
        let what = format!("suite {name}");
        return Err(MergeError::Unknown { what, why });
    }
    Ok(())
}
