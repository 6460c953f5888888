//! `tollgate init --ci github`: two workflows, written beside what is there.
//!
//! Deciding what to write is pure ([`Action`], [`workflows`], [`next_steps`]); `run` finds the repository and writes.

mod action;

#[cfg(test)]
mod tests;

pub use action::{Action, ActionError};

use super::{BUDGETS_FILE, InitError, Options, write_file};
use crate::report::safe_name;
use action::is_plain_path;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Where GitHub looks for workflows.
const DIRECTORY: &str = ".github/workflows";

/// Measures; its token can only read.
const MEASURE: (&str, &str) = ("tollgate.yml", include_str!("ci/tollgate.yml"));

/// Comments; runs from the default branch.
const COMMENT: (&str, &str) = (
    "tollgate-comment.yml",
    include_str!("ci/tollgate-comment.yml"),
);

/// An inline remark for zizmor, which would have local actions written in a way that not every GitHub knows.
const LOCAL_REMARK: &str =
    " # zizmor: ignore[self-repository] GitHub Enterprise Server does not know `$/`";

/// The two files: path below the root of the repository, and text. `directory` is where budgets.toml is, relative to
/// that root and empty for the root itself; it must be plain.
#[must_use]
pub fn workflows(action: &Action, directory: &str) -> [(String, String); 2] {
    let uses = match action {
        Action::Pinned { .. } => action.to_string(),
        Action::Local(path) => format!("{path}{LOCAL_REMARK}"),
    };
    let input = if directory.is_empty() {
        String::new()
    } else {
        format!("\n          working-directory: \"{directory}\"")
    };
    [MEASURE, COMMENT].map(|(name, template)| {
        (
            format!("{DIRECTORY}/{name}"),
            template
                .replace("@ACTION@", &uses)
                .replace("@WORKING_DIRECTORY@", &input),
        )
    })
}

/// What is left to a maintainer.
#[must_use]
pub fn next_steps(action: &Action) -> String {
    let source = match action {
        Action::Pinned { repository, .. } => format!(
            "The action is {repository} at the commit that you gave; look at its code there once. Dependabot moves\n   \
             such pins, with `package-ecosystem: github-actions` in .github/dependabot.yml."
        ),
        Action::Local(path) => format!(
            "The action is this repository's own: {path} must hold tollgate with its action.yml. In pull requests it\n   \
             measures as the pull request has it; comments are posted by that of the default branch."
        ),
    };
    format!(
        "Next:\n\n\
         1. Read both files: each choice is explained beside it. Add to the job `measure` what your benches need.\n\
         2. {source}\n\
         3. Merge both into the default branch. GitHub starts tollgate-comment.yml only from there, so pull requests,\n   \
            this one too, get no comment before.\n\
         4. Settings > Actions > General: allow the actions that are used (actions/checkout, actions/upload-artifact),\n   \
            and require approval for outside contributors: a pull request's code runs when you approve it. The default\n   \
            permissions of the token may stay at reading; the files say what they need.\n\
         5. Settings > Rules: require the check `tollgate`, which is judged by the budgets of the default branch; the\n   \
            check `measure` is judged by those that the run itself found. docs/github.md of tollgate says what neither\n   \
            can exclude.\n\n\
         The job `measure` can read the repository, and nothing else. The job `post` can write comments, checks and\n\
         statuses (pull-requests, checks, statuses), read the artifact (actions) and the budgets (contents); it runs\n\
         no code of the pull request.\n"
    )
}

/// Writes the workflows, and a budgets.toml where there is none. One that is there stays as it is, also with `force`.
pub(super) fn run(
    options: &Options,
    action: Option<&str>,
    out: &mut dyn Write,
) -> Result<(), InitError> {
    let action: Action = action.ok_or(ActionError::Missing)?.parse()?;
    let repository = options
        .directory
        .ancestors()
        .find(|directory| directory.join(".git").symlink_metadata().is_ok());
    let budgets = options
        .directory
        .ancestors()
        .filter(|directory| repository.is_none_or(|root| directory.starts_with(root)))
        .find(|directory| directory.join(BUDGETS_FILE).is_file());
    let proposed = match budgets {
        Some(_) => None,
        None => Some(super::proposed(&options.directory)?),
    };
    let project = match (budgets, &proposed) {
        (Some(directory), _) => directory,
        (None, Some(proposed)) => &proposed.root,
        (None, None) => &options.directory,
    };
    let root = repository.unwrap_or(project);
    let files = workflows(&action, &relative(project, root)?);
    let mut said = String::new();
    if options.print {
        if let Some(proposed) = &proposed {
            said.push_str(&format!("# {BUDGETS_FILE}\n{}", proposed.text));
        }
        for (name, text) in &files {
            said.push_str(&format!("# {name}\n{text}"));
        }
        return out.write_all(said.as_bytes()).map_err(InitError::Output);
    }
    // All or nothing, as far as can be seen before.
    let existing = files
        .iter()
        .map(|(name, _)| root.join(name))
        .find(|path| path.symlink_metadata().is_ok());
    if let Some(path) = existing.filter(|_| !options.force) {
        return Err(InitError::Exists { path });
    }
    match &proposed {
        Some(proposed) => {
            said.push_str(&proposed.write(false)?);
            said.push('\n');
        }
        None => said.push_str(&format!("{BUDGETS_FILE} is there, and stays as it is\n")),
    }
    let directory = root.join(DIRECTORY);
    std::fs::create_dir_all(&directory).map_err(|source| InitError::Write {
        path: directory,
        source,
    })?;
    for (name, text) in &files {
        write_file(&root.join(name), text, options.force)?;
        said.push_str(&format!("wrote {}\n", shown(&root.join(name))));
    }
    if repository.is_none() {
        said.push_str(&format!(
            "There is no git repository here or above; GitHub reads {DIRECTORY} at the root of one.\n"
        ));
    }
    said.push_str(&format!("\n{}", next_steps(&action)));
    out.write_all(said.as_bytes()).map_err(InitError::Output)
}

fn shown(path: &Path) -> String {
    safe_name(&path.display().to_string())
}

/// Where the project is in the repository, with `/`; empty at its root.
fn relative(project: &Path, root: &Path) -> Result<String, InitError> {
    let below = project.strip_prefix(root).unwrap_or(Path::new(""));
    let parts: Option<Vec<&str>> = below.iter().map(|part| part.to_str()).collect();
    let text = parts.map(|parts| parts.join("/"));
    match text {
        Some(text) if text.is_empty() || is_plain_path(&text) => Ok(text),
        _ => Err(InitError::Place {
            path: PathBuf::from(below),
        }),
    }
}
