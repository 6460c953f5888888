//! What a job of GitHub Actions is told beside its log: the step summary, annotations, and outputs for later steps.

use super::{runner_file::append, variable};
use crate::cli::CliError;
use crate::cli::terminal::Terminal;
use crate::diagnostic::Style;
use crate::publish::post::{self, Context, Level};
use crate::report::{Report, markdown, safe_lines};
use crate::verdict::ExitCode;
use std::io::ErrorKind;
use std::path::Path;

/// GitHub shows no summary of a step that is larger.
const SUMMARY_LIMIT: u64 = 1024 * 1024;

/// Outputs are a few lines; what other steps may put into the file is theirs to know.
const OUTPUT_LIMIT: u64 = 64 * 1024 * 1024;

/// Longest error in a summary, in characters.
const LONGEST: usize = 8000;

/// Who is told.
pub(super) struct Told<'a> {
    terminal: &'a Terminal,
    verdict: Option<ExitCode>,
}

impl<'a> Told<'a> {
    pub(super) const fn new(terminal: &'a Terminal) -> Self {
        Self {
            terminal,
            verdict: None,
        }
    }

    /// Of a judged run.
    pub(super) fn verdict(&mut self, report: &Report, context: &Context) {
        self.verdict = Some(report.exit);
        self.terminal
            .commands(&post::workflow_commands(report, &context.directory));
        let page = post::step_summary(report, context);
        let shorter = markdown(report);
        let line = format!(
            "**tollgate: {}**, and there is no room left in this summary to say more.\n",
            report.headline.word
        );
        self.summary(&[&page, &shorter, &line]);
        self.outputs(&outputs(report));
    }

    /// Of what came in the way of a verdict, or of one that is not kept.
    pub(super) fn no_answer(&self, error: &CliError) {
        let text = error.render(Style::Plain);
        let (title, page) = match self.verdict {
            None => (
                "tollgate could not judge",
                no_answer("tollgate could not judge.", &text),
            ),
            Some(_) => (
                "tollgate could not keep the run",
                no_answer("tollgate judged, as above, and then failed.", &text),
            ),
        };
        self.terminal
            .commands(&post::command(Level::Failure, title, &text));
        self.summary(&[&page, "**tollgate could not judge.**\n"]);
        self.outputs("verdict=error\nexit-code=2\n");
    }

    fn summary(&self, pages: &[&str]) {
        if let Err(problem) = summarise(pages, &variable) {
            self.warn(&problem);
        }
    }

    fn outputs(&self, lines: &str) {
        // A variable that is not set names no file: other systems have jobs without them.
        let Some(file) = variable("GITHUB_OUTPUT") else {
            return;
        };
        if let Err(error) = append(Path::new(&file), lines, OUTPUT_LIMIT) {
            self.warn(&not_appended("GITHUB_OUTPUT", &file, &error));
        }
    }

    fn warn(&self, problem: &str) {
        self.terminal.error(&safe_lines(&format!(
            "tollgate: warning: {problem}; the verdict stands as it is\n"
        )));
    }
}

/// Appends the first of `pages`, longest first, that there is room for to the summary of the step, where there is one.
///
/// # Errors
/// A sentence: which file was not written, and why.
pub(in crate::cli) fn summarise(
    pages: &[&str],
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<(), String> {
    const NAME: &str = "GITHUB_STEP_SUMMARY";
    let Some(file) = variable(NAME) else {
        return Ok(());
    };
    let mut written = Ok(());
    for page in pages {
        let page = format!("{}\n\n", page.trim_end());
        written = append(Path::new(&file), &page, SUMMARY_LIMIT);
        match &written {
            Err(error) if error.kind() == ErrorKind::FileTooLarge => {}
            _ => break,
        }
    }
    written.map_err(|error| not_appended(NAME, &file, &error))
}

fn not_appended(name: &str, file: &str, error: &std::io::Error) -> String {
    format!("failed to append to {file} ({name}): {error}")
}

/// Our own words, and what failed in a block of code, where nothing is markup.
fn no_answer(sentence: &str, error: &str) -> String {
    let mut characters = error.trim().chars();
    let mut cut: String = characters.by_ref().take(LONGEST).collect();
    if characters.next().is_some() {
        cut.push_str("..");
    }
    let text = safe_lines(&cut);
    let fence = "`".repeat(longest_run(&text).max(2) + 1);
    format!("**{sentence}** The log of this step says more.\n\n{fence}text\n{text}\n{fence}\n")
}

/// Of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// Words of ours and numbers, and nothing that anybody else chose.
fn outputs(report: &Report) -> String {
    let broken = report.rows.iter().filter(|row| row.fails()).count();
    let verdict = match report.exit {
        ExitCode::Pass => "pass",
        ExitCode::Broken => "fail",
        ExitCode::Error => "error",
        ExitCode::Unresolved => "unresolved",
        ExitCode::NotEnforced => "not-enforced",
    };
    format!(
        "verdict={verdict}\nexit-code={}\nbroken={broken}\nunresolved={}\nmissing={}\n",
        report.exit.code(),
        report.accounting.unresolved,
        report.accounting.missing,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_stays_inside_of_its_block() {
        let hostile =
            "x\n````\n![](http://example.com)\n::error::y\n\u{202e}\x1b[31m<img src=x> @all";
        let page = no_answer("tollgate could not judge.", hostile);
        assert_eq!(
            page,
            "**tollgate could not judge.** The log of this step says more.\n\n`````text\nx\n````\n![](http://example.com)\n\\::error::y\n\\u{202e}\\u{1b}[31m<img src=x> @all\n`````\n"
        );
        let long = no_answer("No.", &"é`".repeat(LONGEST));
        assert!(
            long.chars().count() < LONGEST + 100 && long.ends_with("..\n```\n"),
            "{}",
            &long[long.len() - 40..]
        );
    }
}
