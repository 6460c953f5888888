//! A base revision as a directory of sources, outside of the project.

use super::super::git::{Git, failed};
use super::super::{BuildError, toolchain};
use super::cache::{
    COMPLETE, KEPT, Repository, cache_error, canonical, create_directory, hash, remove_directory,
    remove_file, worktree,
};
use super::locks::{Lock, Waiting};
use super::resolve::Base;
use super::submodules;
use crate::collect::process::Interrupt;
use crate::files::{self, Existing};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Beside the sources: its time is that of the last build.
pub(super) const BUILT: &str = "built";

/// The sources of a base revision. They stay as they are, and other tollgate processes wait for them, until this is
/// dropped: keep it until the executables are copied and the link lines captured.
#[derive(Debug)]
pub struct Checkout {
    /// What is checked out.
    pub base: Base,
    /// The sources were there from an earlier run.
    pub reused: bool,
    pub(super) repository: Repository,
    /// Directory of this revision in the cache.
    pub(super) directory: PathBuf,
    /// Root of the sources.
    pub(super) sources: PathBuf,
    /// The candidate's toolchain, as rustup names it or as a path; `None` where nothing is built.
    pub(super) toolchain: Option<String>,
    #[expect(dead_code, reason = "held until it is dropped")]
    lock: Lock,
}

impl Checkout {
    /// The base's counterpart of a path in the candidate's working tree; `None` outside of it.
    #[must_use]
    pub fn counterpart(&self, candidate: &Path) -> Option<PathBuf> {
        let canonical = candidate.canonicalize();
        let path = canonical.as_deref().unwrap_or(candidate);
        let relative = path.strip_prefix(&self.repository.toplevel).ok()?;
        Some(self.sources.join(relative))
    }

    /// Where the base is built.
    #[must_use]
    pub fn target_directory(&self) -> PathBuf {
        self.directory.join("target")
    }
}

/// What is done with a checkout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckedOutFor {
    /// cargo builds there, with the candidate's compiler.
    Building,
    /// Its files are read and started as they are: no compiler is asked for, and there may be none.
    Files,
}

/// Checks `base` out in the cache, or finds it there, and removes what is more than the last three of this repository.
///
/// `root` is a directory of the candidate; neither its working tree nor its index are touched, but git lists the
/// checkout as a worktree of the repository until [`clean`](super::clean). `waiting` is told, once, when another
/// tollgate uses the same base and has to end first.
///
/// # Errors
/// The cache is inside of the project, or cannot be written; what is to be built has no compiler; submodules that the candidate has not initialised; git
/// fails; Ctrl-C.
pub fn checkout(
    root: &Path,
    base: &Base,
    cache_root: &Path,
    purpose: CheckedOutFor,
    interrupt: &Interrupt,
    waiting: &dyn Fn(&Path),
) -> Result<Checkout, BuildError> {
    let repository = Repository::find(root, cache_root, interrupt)?;
    repository.make_cache()?;
    let compiler = match purpose {
        CheckedOutFor::Building => Some(toolchain::compiler(root)?),
        CheckedOutFor::Files => None,
    };
    // Flags, features and carried sources are not in the key: cargo tells them apart below one target directory, and
    // rebuilds what they change and no more.
    let version = compiler.as_ref().map_or("", |compiler| &compiler.version);
    let key = hash([base.tree.as_bytes(), version.as_bytes()]);
    let waiting = Waiting {
        interrupt,
        notice: waiting,
    };
    let lock = Lock::wait(&repository.key_lock(&key), &waiting)?;
    let directory = repository.cache.join(&key);
    create_directory(&directory)?;
    let directory = canonical(&directory)?;
    let sources = worktree(&directory, &key);
    let marker = directory.join(COMPLETE);
    let reused = marker.is_file() && is_whole(&repository, &sources, base, interrupt)?;
    if !reused {
        remove_file(&marker)?;
        let held = repository.lock(&waiting)?;
        repository.remove_worktree(&sources, interrupt)?;
        forget_the_future(&directory)?;
        let Some(path) = sources.to_str() else {
            return Err(BuildError::Cache {
                path: sources,
                problem: "its path is not UTF-8".to_owned(),
            });
        };
        Git::new(&repository.toplevel, interrupt).get(&[
            "worktree",
            "add",
            "--detach",
            "--force",
            path,
            &base.commit,
        ])?;
        submodules::initialise(&repository.toplevel, &sources, base, interrupt)?;
        drop(held);
    }
    // Also when it was there: its time says when it was last used.
    files::write(&marker, Existing::Replace, |out| {
        writeln!(out, "{} {}", base.commit, base.tree)
    })
    .map_err(|error| cache_error(&marker, &error))?;
    let made = Checkout {
        base: base.clone(),
        reused,
        repository,
        directory,
        sources,
        toolchain: compiler.map(|compiler| compiler.toolchain),
        lock,
    };
    made.retire_others(&key, &waiting)?;
    Ok(made)
}

/// New sources are as old as the clock says, and cargo takes them for built if what it built is younger. So what was built
/// by a clock that was set back since has to go.
fn forget_the_future(directory: &Path) -> Result<(), BuildError> {
    let built = std::fs::metadata(directory.join(BUILT)).and_then(|stamp| stamp.modified());
    match built {
        Ok(built) if built >= SystemTime::now() => remove_directory(&directory.join("target")),
        _ => Ok(()),
    }
}

/// Whether git still has it, and at this tree. A cache that was carried to another machine has files without entry.
fn is_whole(
    repository: &Repository,
    sources: &Path,
    base: &Base,
    interrupt: &Interrupt,
) -> Result<bool, BuildError> {
    if !sources.join(".git").is_file() {
        return Ok(false);
    }
    let git = Git::new(sources, interrupt);
    let arguments = [
        "rev-parse",
        "--path-format=absolute",
        "--git-common-dir",
        "HEAD^{tree}",
    ];
    let answer = git.ask(&arguments)?;
    if !answer.status.success() {
        return match answer.status.code() {
            Some(_) => Ok(false),
            None => Err(failed(&arguments, &answer)),
        };
    }
    let printed = String::from_utf8_lossy(&answer.stdout);
    let mut lines = printed.lines();
    let common = lines
        .next()
        .and_then(|line| Path::new(line).canonicalize().ok());
    Ok(common.as_deref() == Some(&repository.common) && lines.next() == Some(base.tree.as_str()))
}

impl Checkout {
    /// Removes the checkouts that were used longest ago and that nobody uses now.
    fn retire_others(&self, key: &str, waiting: &Waiting<'_>) -> Result<(), BuildError> {
        let others: Vec<String> = self
            .repository
            .keys()?
            .into_iter()
            .filter(|other| other != key)
            .skip(KEPT - 1)
            .collect();
        if others.is_empty() {
            return Ok(());
        }
        let held = self.repository.lock(waiting)?;
        for other in others {
            let path = self.repository.key_lock(&other);
            if let Some(lock) = Lock::attempt(&path)? {
                self.repository.remove(&other, waiting.interrupt)?;
                remove_file(&path)?;
                drop(lock);
            }
        }
        drop(held);
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod tests;
