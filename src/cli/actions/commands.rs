//! Commands to GitHub's runner, which shows them as annotations of the run. Pure.

use crate::budget::Unresolved;
use crate::report::{Report, Row, safe_name};
use crate::verdict::Standing;

/// The runner shows no more of each kind for a step.
const SHOWN: usize = 10;

/// Longest message, in characters; longer ones are cut.
const LONGEST: usize = 4000;

/// How bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Error,
    Warning,
}

/// One command on one line. Whatever the texts hold, it is neither two commands nor another one.
pub(super) fn command(level: Level, title: &str, message: &str) -> String {
    let level = match level {
        Level::Error => "error",
        Level::Warning => "warning",
    };
    let message: String = message.chars().take(LONGEST).collect();
    format!(
        "::{level} title={}::{}\n",
        property(title),
        data(message.trim())
    )
}

/// Escapes as the runner reads it back. `##[` starts a command anywhere in a line, also inside of another one.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
        .replace("##[", "##\\[")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// What of a report is an annotation: checks that fail the gate, and broken ones that only warn. Worst first, and no more
/// than the runner shows.
pub(super) fn annotations(report: &Report) -> String {
    let of = |wanted: Level| {
        report
            .rows
            .iter()
            .filter(move |row| level(row) == Some(wanted))
    };
    let mut text = String::new();
    for wanted in [Level::Error, Level::Warning] {
        let all = of(wanted).count();
        // The last place says how many there is no place for.
        let shown = if all > SHOWN { SHOWN - 1 } else { all };
        text.extend(of(wanted).take(shown).map(|row| annotation(wanted, row)));
        if all > shown {
            let more = format!("{} more in the summary of the job", all - shown);
            text.push_str(&command(wanted, "tollgate", &more));
        }
    }
    text
}

fn level(row: &Row) -> Option<Level> {
    let fails = row.fails()
        || row.standing() == Standing::Missing
        || (row.standing() == Standing::Unresolved && row.unresolved == Unresolved::Fail);
    if fails {
        Some(Level::Error)
    } else {
        row.verdict.is_broken().then_some(Level::Warning)
    }
}

fn annotation(level: Level, row: &Row) -> String {
    let metric = row.metric.as_ref().map_or("", |metric| &metric.name);
    let mut message = format!("{} {}", safe_name(metric), row.verdict.as_str());
    if let Some(comparison) = &row.comparison {
        message.push_str(&format!(
            ": {} [{}, {}]",
            comparison.effect, comparison.interval.low, comparison.interval.high
        ));
    }
    if let Some(budget) = &row.budget {
        message.push_str(&format!(
            "\nbudget: {}:{}",
            safe_name(&budget.file),
            budget.line
        ));
    }
    if let Some(reproduce) = &row.reproduce {
        message.push_str(&format!("\nmeasure it again: {}", safe_name(reproduce)));
    }
    let title = format!("tollgate: {}", safe_name(&row.benchmark.to_string()));
    command(level, &title, &message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_one_line_whatever_it_says() {
        let hostile = "a\r\n::add-mask::x 100%, ##[error]y";
        assert_eq!(
            command(Level::Error, hostile, hostile),
            "::error title=a%0D%0A%3A%3Aadd-mask%3A%3Ax 100%25%2C ##\\[error]y::a%0D%0A::add-mask::x 100%25, ##\\[error]y\n"
        );
        let long = command(Level::Warning, "t", &"é\n".repeat(100_000));
        assert!(long.chars().count() < 3 * LONGEST && long.lines().count() == 1);
    }
}
