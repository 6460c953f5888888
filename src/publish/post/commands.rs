//! Log commands of GitHub's runner.

use super::remarks::{Remark, remarks};
use super::{Level, answer};
use crate::report::Report;
use crate::verdict::ExitCode;

/// The runner shows no more of one level a step.
const OF_A_LEVEL: usize = 10;

/// Longest message, in characters.
const LONGEST: usize = 4000;

/// `::error file=budgets.toml,line=12,title=..::..` for what is broken and for findings: at most ten errors and ten warnings,
/// the last of which says how many more there are. A line each; printed as it is.
///
/// `directory` is where budgets.toml is, relative to the root of the repository, and empty for the root itself. Notes are
/// left to the summary. Empty for a gate that passes without a warning.
#[must_use]
pub fn workflow_commands(report: &Report, directory: &str) -> String {
    let mut errors = Vec::new();
    if report.exit != ExitCode::Pass {
        errors.push(Remark {
            place: None,
            level: Level::Failure,
            title: "tollgate".to_owned(),
            message: answer(report),
        });
    }
    let mut warnings = Vec::new();
    for remark in remarks(report, directory) {
        match remark.level {
            Level::Failure => errors.push(remark),
            Level::Warning => warnings.push(remark),
            Level::Notice => {}
        }
    }
    let mut out = String::new();
    for (level, remarks) in [(Level::Failure, errors), (Level::Warning, warnings)] {
        let shown = match remarks.len() {
            few if few <= OF_A_LEVEL => few,
            _ => OF_A_LEVEL - 1,
        };
        for remark in &remarks[..shown] {
            out.push_str(&of_remark(remark));
        }
        let more = remarks.len() - shown;
        if more > 0 {
            let more = format!("and {more} more in the summary of this step");
            out.push_str(&command(level, "tollgate", &more));
        }
    }
    out
}

fn of_remark(remark: &Remark) -> String {
    let place = (remark.place.as_ref()).map_or_else(String::new, |(path, line)| {
        format!("file={},line={line},", property(path))
    });
    line(remark.level, &place, &remark.title, &remark.message)
}

/// One command on one line, whatever the texts hold: neither two commands nor another one. Long messages are cut.
#[must_use]
pub fn command(level: Level, title: &str, message: &str) -> String {
    line(level, "", title, message)
}

fn line(level: Level, place: &str, title: &str, message: &str) -> String {
    let message: String = message.trim().chars().take(LONGEST).collect();
    format!(
        "::{} {place}title={}::{}\n",
        level.command(),
        property(title),
        data(&message)
    )
}

/// What stands behind the second `::`. `##[` starts a command anywhere in a line, also inside of another one.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
        .replace("##[", "##\\[")
}

/// A value between `=` and `,`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_one_line_whatever_it_says() {
        let hostile = "a\r\n::add-mask::x 100%, ##[error]y";
        assert_eq!(
            command(Level::Failure, hostile, hostile),
            "::error title=a%0D%0A%3A%3Aadd-mask%3A%3Ax 100%25%2C ##\\[error]y::a%0D%0A::add-mask::x 100%25, ##\\[error]y\n"
        );
        let long = command(Level::Warning, "t", &"é\n".repeat(100_000));
        assert!(long.chars().count() < 3 * LONGEST && long.lines().count() == 1);
    }

    #[test]
    fn what_could_end_a_property_or_the_line_is_escaped() {
        assert_eq!(data("100%\r\n::error::x"), "100%25%0D%0A::error::x");
        assert_eq!(property("a:b,c%2C\n"), "a%3Ab%2Cc%252C%0A");
    }
}
