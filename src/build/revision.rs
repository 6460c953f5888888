//! Which revision of the project is measured.

use super::BuildError;
use crate::measurement::Revision;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The commit that `directory` is at, and whether files differ from it. Without git or a repository: empty.
///
/// # Errors
/// There is a repository, and git fails on it.
pub fn revision(directory: &Path) -> Result<Revision, BuildError> {
    let Some(head) = git(directory, &["rev-parse", "--verify", "HEAD"])? else {
        return Ok(Revision::default());
    };
    if !head.status.success() {
        // No repository, or one without a commit.
        return Ok(Revision::default());
    }
    let arguments = ["status", "--porcelain", "--untracked-files=normal"];
    let dirty = match git(directory, &arguments)? {
        Some(status) if status.status.success() => !status.stdout.is_empty(),
        Some(failed) => {
            return Err(BuildError::Failed {
                command: format!("git {}", arguments.join(" ")),
                status: failed.status,
                stderr: String::from_utf8_lossy(&failed.stderr).into_owned(),
            });
        }
        None => false,
    };
    Ok(Revision {
        commit: String::from_utf8_lossy(&head.stdout).trim().to_owned(),
        dirty,
    })
}

/// `None` where git is not installed.
fn git(directory: &Path, arguments: &[&str]) -> Result<Option<Output>, BuildError> {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(directory)
        // A status that refreshes the index would write to the user's repository while others use it.
        .env("GIT_OPTIONAL_LOCKS", "0")
        .stdin(Stdio::null())
        .output();
    match output {
        Ok(output) => Ok(Some(output)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(BuildError::NotStarted {
            program: "git".to_owned(),
            source,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(directory: &Path, arguments: &[&str]) {
        let output = git(directory, arguments).unwrap().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    #[test]
    fn outside_a_repository_and_before_the_first_commit_there_is_none() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(revision(directory.path()).unwrap(), Revision::default());
        run(directory.path(), &["init", "-q"]);
        assert_eq!(revision(directory.path()).unwrap(), Revision::default());
    }

    #[test]
    fn a_commit_is_named_and_changed_files_make_it_dirty() {
        let directory = tempfile::tempdir().unwrap();
        run(directory.path(), &["init", "-q"]);
        std::fs::write(directory.path().join("a"), "1").unwrap();
        run(directory.path(), &["add", "a"]);
        run(
            directory.path(),
            &[
                "-c", "user.name=T", "-c", "user.email=t@example.com", "commit", "-q", "-m", "one",
            ],
        );
        let clean = revision(directory.path()).unwrap();
        assert_eq!((clean.commit.len(), clean.dirty), (40, false));
        std::fs::write(directory.path().join("a"), "2").unwrap();
        assert!(revision(directory.path()).unwrap().dirty);
    }
}
