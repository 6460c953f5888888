//! What is said at lines of files: budgets that are broken, and findings.

use super::{Annotation, Level, TITLE, shortened};
use crate::diagnostic::{Code, Severity};
use crate::report::{Finding, Report, Row, row_line, safe_name, short_name};
use std::collections::HashMap;

/// Annotations of one check run: more are no help, and each fifty are a request.
const MOST: usize = 100;
/// Rows that one annotation lists.
const LISTED: usize = 20;
/// Characters of one text within a message.
const TEXT: usize = 1_000;

/// Something to be said, perhaps at a line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Remark {
    /// A path within the repository, and a line from 1.
    pub(super) place: Option<(String, u32)>,
    pub(super) level: Level,
    pub(super) title: String,
    pub(super) message: String,
}

/// What has a place, most important first.
pub(super) fn annotations(report: &Report, directory: &str) -> Vec<Annotation> {
    (remarks(report, directory).into_iter())
        .filter_map(|remark| {
            let (path, line) = remark.place?;
            Some(Annotation {
                path,
                line,
                level: remark.level,
                title: remark.title,
                message: remark.message,
            })
        })
        .take(MOST)
        .collect()
}

/// Broken budgets first, one remark a budget however many benchmarks break it; then findings, worst first.
/// Files lie below `directory` of the repository.
pub(super) fn remarks(report: &Report, directory: &str) -> Vec<Remark> {
    let moved = (report.findings.iter()).any(|finding| finding.code == Code::BudgetsChanged);
    let place = |file: &str, line| place(directory, file, line, moved);
    let mut remarks = broken(report, &place);
    let said_elsewhere = |finding: &&Finding| finding.code != Code::BudgetsChanged;
    remarks.extend(
        (report.findings.iter().filter(said_elsewhere)).map(|finding| Remark {
            place: finding
                .file
                .as_deref()
                .zip(finding.line)
                .and_then(|(file, line)| place(file, line)),
            level: match finding.severity {
                Severity::Error => Level::Failure,
                Severity::Warning => Level::Warning,
                Severity::Note => Level::Notice,
            },
            title: format!("tollgate: {}", finding.code),
            message: message(
                std::iter::once(finding.message.as_str())
                    .chain(finding.notes.iter().map(String::as_str))
                    .chain(finding.help.as_deref()),
            ),
        }),
    );
    remarks
}

/// The place of a line of a file.
type PlaceOf<'a> = dyn Fn(&str, usize) -> Option<(String, u32)> + 'a;

/// Broken rows by their budget.
fn broken(report: &Report, place: &PlaceOf<'_>) -> Vec<Remark> {
    /// File and line of a budget, and whether it fails the gate.
    type Key<'a> = (Option<(&'a str, usize)>, bool);
    let mut index: HashMap<Key<'_>, usize> = HashMap::new();
    let mut groups: Vec<Vec<&Row>> = Vec::new();
    // Rows that fail before those that warn, whatever their verdict.
    let by_weight = |fails: bool| {
        (report.rows.iter()).filter(move |row| row.verdict.is_broken() && row.fails() == fails)
    };
    for row in by_weight(true).chain(by_weight(false)) {
        let place = (row.budget.as_ref()).map(|budget| (budget.file.as_str(), budget.line));
        let at = *index.entry((place, row.fails())).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[at].push(row);
    }
    (groups.iter())
        .filter_map(|rows| {
            let first = *rows.first()?;
            let mut lines: Vec<String> =
                rows.iter().take(LISTED).map(|row| row_line(row)).collect();
            let more = rows.len().saturating_sub(LISTED);
            if more > 0 {
                lines.push(format!("and {more} more"));
            }
            let title = match rows.len() {
                1 => format!("{}: {}", first.verdict.as_str(), short_name(first, 120)),
                many => format!("{many} checks of this budget are broken"),
            };
            Some(Remark {
                place: (first.budget.as_ref()).and_then(|budget| place(&budget.file, budget.line)),
                level: if first.fails() {
                    Level::Failure
                } else {
                    Level::Warning
                },
                title: shortened(&title, TITLE),
                message: lines.join("\n"),
            })
        })
        .collect()
}

/// Lines of texts from outside; line breaks within one are shown as escapes.
fn message<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let lines: Vec<String> = texts
        .take(LISTED)
        .map(|text| {
            let end = text
                .char_indices()
                .nth(TEXT)
                .map_or(text.len(), |(at, _)| at);
            shortened(&safe_name(&text[..end]), TEXT)
        })
        .collect();
    lines.join("\n")
}

/// Where GitHub may show it. Lines of the base's budgets are those of the head's while both are the same text.
fn place(directory: &str, file: &str, line: usize, moved: bool) -> Option<(String, u32)> {
    let file = match file.strip_suffix(crate::budget::OF_THE_BASE) {
        Some(_) if moved => return None,
        Some(file) => file,
        None => file,
    };
    let line = u32::try_from(line).ok().filter(|line| *line > 0)?;
    let path = match directory {
        "" => file.to_owned(),
        _ => format!("{directory}/{file}"),
    };
    (is_within_repository(file) && is_within_repository(&path)).then_some((path, line))
}

/// A relative path in the form that git writes, that leads nowhere else.
fn is_within_repository(path: &str) -> bool {
    !path.is_empty()
        && path.len() <= 1_000
        && safe_name(path) == path
        && !path.contains(['\\', ':'])
        && path
            .split('/')
            .all(|part| !part.is_empty() && part != "." && part != ".." && part != ".git")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_within_the_repository_are_places() {
        for right in ["budgets.toml", "crates/a b/budgets.toml", "größe/b.toml"] {
            assert_eq!(place("", right, 3, false), Some((right.to_owned(), 3)));
        }
        for wrong in [
            "",
            "/etc/passwd",
            "../budgets.toml",
            "a/../b",
            "./b",
            "a//b",
            "a/",
            "C:/b",
            "a\\b",
            "a\nb",
            "\u{202e}b",
            ".git/config",
        ] {
            assert_eq!(place("", wrong, 3, false), None, "{wrong:?}");
        }
        assert_eq!(place("", "budgets.toml", 0, false), None);
        assert_eq!(place("", "budgets.toml", usize::MAX, false), None);
        assert_eq!(place("", &"a".repeat(5_000), 1, false), None);
    }

    #[test]
    fn a_place_is_below_the_directory_of_the_project() {
        let there = Some(("rust/crate/budgets.toml".to_owned(), 3));
        assert_eq!(place("rust/crate", "budgets.toml", 3, false), there);
        assert_eq!(place("rust/crate", "/budgets.toml", 3, false), None);
        assert_eq!(place("..", "budgets.toml", 3, false), None);
    }

    #[test]
    fn lines_of_the_base_are_those_of_the_head_unless_the_file_was_changed() {
        let of_base = "budgets.toml of the base";
        let there = Some(("budgets.toml".to_owned(), 7));
        assert_eq!(place("", of_base, 7, false), there);
        assert_eq!(place("", of_base, 7, true), None);
        assert_eq!(place("", "budgets.toml", 7, true), there);
    }
}
