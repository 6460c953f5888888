//! The summary of a step of GitHub Actions, and what its log understands as commands.

use super::Said;
use super::judged::Told;
use std::fs::OpenOptions;
use std::io::Write as _;

/// GitHub shows at most 1 MiB of a step; others may have written some of it.
const LARGEST: usize = 900 * 1024;

/// Appends the Markdown to the file that `GITHUB_STEP_SUMMARY` names, where it does.
pub(super) fn append(told: &Told, variable: &dyn Fn(&str) -> Option<String>, said: &Said<'_>) {
    let Some(path) = variable("GITHUB_STEP_SUMMARY") else {
        return;
    };
    if told.summary.len() > LARGEST {
        said.warning("the summary of the step is too long for GitHub, and was not written");
        return;
    }
    let written = OpenOptions::new()
        .append(true)
        .create(true)
        .open(&path)
        .and_then(|mut file| file.write_all(format!("{}\n", told.summary).as_bytes()));
    if let Err(error) = written {
        said.warning(&format!(
            "the summary of the step was not written: {path}: {error}"
        ));
    }
}

/// As the data of a workflow command: on one line, with nothing that ends it.
pub(super) fn escaped(text: &str) -> String {
    crate::report::safe_lines(text)
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}
