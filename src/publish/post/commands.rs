//! Log commands of GitHub's runner.

use super::remarks::{Remark, remarks};
use super::{Level, answer};
use crate::report::Report;
use crate::verdict::ExitCode;

/// The runner shows no more of one level a step.
const OF_A_LEVEL: usize = 10;

/// `::error file=budgets.toml,line=12,title=..::..` for what is broken and for findings: at most ten errors and ten warnings,
/// the last of which says how many more there are. A line each; printed as it is.
///
/// Notes are left to the summary. Empty for a gate that passes without a warning.
#[must_use]
pub fn workflow_commands(report: &Report) -> String {
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
    for remark in remarks(report) {
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
            out.push_str(&command(remark));
        }
        let more = remarks.len() - shown;
        if more > 0 {
            let name = level.command();
            out.push_str(&format!(
                "::{name} title=tollgate::and {more} more in the summary of this step\n"
            ));
        }
    }
    out
}

fn command(remark: &Remark) -> String {
    let place = (remark.place.as_ref()).map_or_else(String::new, |(path, line)| {
        format!("file={},line={line},", property(path))
    });
    format!(
        "::{} {place}title={}::{}\n",
        remark.level.command(),
        property(&remark.title),
        data(&remark.message)
    )
}

/// What stands behind the second `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A value between `=` and `,`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_end_a_property_or_the_line_is_escaped() {
        assert_eq!(data("100%\r\n::error::x"), "100%25%0D%0A::error::x");
        assert_eq!(property("a:b,c%2C\n"), "a%3Ab%2Cc%252C%0A");
    }
}
