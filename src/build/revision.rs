//! Which revision of the project is measured.

use super::BuildError;
use crate::measurement::Revision;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The commit that `directory` is at, and whether files differ from it, those in its `besides` left aside: what
/// is not measured, such as the baselines that the run before was accepted into. Without git or a repository: empty.
///
/// # Errors
/// There is a repository, and git fails on it.
pub fn revision(directory: &Path, besides: &str) -> Result<Revision, BuildError> {
    let arguments = ["rev-parse", "--verify", "--quiet", "HEAD"];
    let Some(head) = git(directory, &arguments)? else {
        return Ok(Revision::default());
    };
    if !head.status.success() {
        return match absent(&head) {
            true => Ok(Revision::default()),
            false => Err(failed(&arguments, &head)),
        };
    }
    let besides = format!(":(exclude){besides}");
    let arguments = [
        "status",
        "--porcelain",
        "--untracked-files=normal",
        "--",
        ":/",
        &besides,
    ];
    let dirty = match git(directory, &arguments)? {
        Some(status) if status.status.success() => !status.stdout.is_empty(),
        Some(failure) => {
            return Err(failed(&arguments, &failure));
        }
        None => false,
    };
    Ok(Revision {
        commit: String::from_utf8_lossy(&head.stdout).trim().to_owned(),
        dirty,
    })
}

/// No repository, or one without a commit. git ends with the same code for a repository that it must not touch (dubious
/// ownership) or cannot read, so the message has to tell.
fn absent(rev_parse: &Output) -> bool {
    let said = String::from_utf8_lossy(&rev_parse.stderr);
    match rev_parse.status.code() {
        // `--quiet` says nothing of a HEAD without a commit.
        Some(1) => said.trim().is_empty(),
        _ => said.contains("not a git repository (or any"),
    }
}

fn failed(arguments: &[&str], output: &Output) -> BuildError {
    BuildError::Failed {
        command: format!("git {}", arguments.join(" ")),
        status: output.status,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// `None` where git is not installed.
fn git(directory: &Path, arguments: &[&str]) -> Result<Option<Output>, BuildError> {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(directory)
        // A status that refreshes the index would write to the user's repository while others use it.
        .env("GIT_OPTIONAL_LOCKS", "0")
        // Messages are looked at, and they are translated.
        .env("LC_ALL", "C")
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

    fn commit(directory: &Path) {
        let who = ["-c", "user.name=T", "-c", "user.email=t@example.com"];
        run(
            directory,
            &[&who[..], &["commit", "-q", "-m", "one"]].concat(),
        );
    }

    #[test]
    fn outside_a_repository_and_before_the_first_commit_there_is_none() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(
            revision(directory.path(), "kept").unwrap(),
            Revision::default()
        );
        run(directory.path(), &["init", "-q"]);
        assert_eq!(
            revision(directory.path(), "kept").unwrap(),
            Revision::default()
        );
    }

    #[test]
    fn a_repository_that_git_cannot_use_is_not_taken_for_none() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        // A worktree whose repository is gone.
        std::fs::write(path.join(".git"), "gitdir: /nowhere/at/all\n").unwrap();
        let error = revision(path, "kept").unwrap_err().to_string();
        assert!(
            error.contains("rev-parse") && error.contains("fatal: "),
            "{error}"
        );
        // git refuses a repository of a newer kind.
        std::fs::remove_file(path.join(".git")).unwrap();
        run(path, &["init", "-q"]);
        run(path, &["config", "core.repositoryformatversion", "99"]);
        assert!(revision(path, "kept").is_err());
    }

    #[test]
    fn dubious_ownership_is_told_from_no_repository() {
        use std::os::unix::process::ExitStatusExt as _;
        let answer = |code: i32, stderr: &str| Output {
            status: std::process::ExitStatus::from_raw(code << 8),
            stdout: Vec::new(),
            stderr: stderr.into(),
        };
        let outside = "fatal: not a git repository (or any of the parent directories): .git\n";
        let mount = "fatal: not a git repository (or any parent up to mount point /)\nStopping at filesystem boundary (GIT_DISCOVERY_ACROSS_FILESYSTEM not set).\n";
        let dubious = "fatal: detected dubious ownership in repository at '/x'\nTo add an exception for this directory, call:\n\n\tgit config --global --add safe.directory /x\n";
        assert!(absent(&answer(128, outside)));
        assert!(absent(&answer(128, mount)));
        assert!(absent(&answer(1, "")));
        assert!(!absent(&answer(128, dubious)));
        assert!(!absent(&answer(1, "error: x")));
        assert!(!absent(&answer(128, "")));
    }

    #[test]
    fn a_commit_is_named_and_changed_files_make_it_dirty() {
        let directory = tempfile::tempdir().unwrap();
        run(directory.path(), &["init", "-q"]);
        std::fs::write(directory.path().join("a"), "1").unwrap();
        run(directory.path(), &["add", "a"]);
        commit(directory.path());
        let clean = revision(directory.path(), "kept").unwrap();
        assert_eq!((clean.commit.len(), clean.dirty), (40, false));
        std::fs::write(directory.path().join("a"), "2").unwrap();
        assert!(revision(directory.path(), "kept").unwrap().dirty);
    }

    #[test]
    fn files_that_are_not_measured_make_nothing_dirty() {
        let directory = tempfile::tempdir().unwrap();
        let project = directory.path().join("pro ject");
        std::fs::create_dir_all(project.join("kept")).unwrap();
        std::fs::write(directory.path().join("a"), "1").unwrap();
        std::fs::write(project.join("kept/old"), "1").unwrap();
        run(directory.path(), &["init", "-q"]);
        run(directory.path(), &["add", "."]);
        commit(directory.path());
        std::fs::write(project.join("kept/old"), "2").unwrap();
        std::fs::write(project.join("kept/new"), "2").unwrap();
        assert!(!revision(&project, "kept").unwrap().dirty);
        assert!(revision(&project, "other").unwrap().dirty);
        std::fs::write(directory.path().join("a"), "2").unwrap();
        assert!(revision(&project, "kept").unwrap().dirty);
    }
}
