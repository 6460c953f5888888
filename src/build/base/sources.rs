//! Bringing the sources of a checkout into a wanted state.

use super::super::BuildError;
use super::super::git::{Git, path, paths};
use super::cache::{cache_error, remove_directory, remove_file};
use super::checkout::{BUILT, Checkout};
use crate::collect::process::Interrupt;
use crate::files::{self, Existing};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Beside the sources: what was carried the last time, separated by NUL.
const CARRIED: &str = "carried";

/// Paths given to one call of git.
const CHUNK: usize = 200;

/// What a path in the checkout has to be.
#[derive(Debug)]
pub(super) enum Content {
    /// The same as this file or link of the candidate.
    Of(PathBuf),
    /// This text.
    Text(String),
    /// Not there.
    Absent,
}

/// What paths have to be, relative to the sources.
pub(super) type Wanted = BTreeMap<PathBuf, Content>;

/// The sources of a checkout.
pub(super) struct Sources<'a> {
    pub(super) checkout: &'a Checkout,
    pub(super) interrupt: &'a Interrupt,
}

impl Sources<'_> {
    /// Notes the time of a build.
    pub(super) fn stamp(&self) -> Result<(), BuildError> {
        let path = self.checkout.directory.join(BUILT);
        files::write(&path, Existing::Replace, |_| Ok(()))
            .map_err(|error| cache_error(&path, &error))
    }

    /// Makes the sources the base's tree with `wanted` in it.
    pub(super) fn bring_to(&self, wanted: &Wanted) -> Result<(), BuildError> {
        let marker = self.checkout.directory.join(CARRIED);
        let mut changed = self.undo_others(wanted, &marker)?;
        // Noted before it is done: what a killed process did is undone by the next one.
        files::write(&marker, Existing::Replace, |out| {
            for path in wanted.keys() {
                out.write_all(path.as_os_str().as_encoded_bytes())?;
                out.write_all(&[0])?;
            }
            Ok(())
        })
        .map_err(|error| cache_error(&marker, &error))?;
        // What has to go first: a link or file may stand where a directory has to be.
        for (path, content) in wanted {
            if matches!(content, Content::Absent) {
                self.remove(path)?;
            }
        }
        for (path, content) in wanted {
            if self.put(path, content)? {
                changed.push(path.clone());
            }
        }
        self.make_newer(&changed)
    }

    /// Brings back what is not as in the base's tree and not wanted so.
    fn undo_others(&self, wanted: &Wanted, marker: &Path) -> Result<Vec<PathBuf>, BuildError> {
        let git = Git::new(&self.checkout.sources, self.interrupt);
        let status = git.get(&[
            "status",
            "--porcelain",
            "-z",
            "--no-renames",
            "--untracked-files=all",
            "--ignore-submodules=all",
        ])?;
        let mut others: BTreeSet<PathBuf> = status
            .split(|byte| *byte == 0)
            .filter_map(|line| line.get(3..))
            .map(path)
            .collect();
        match std::fs::read(marker) {
            Ok(carried) => others.extend(paths(&carried)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(cache_error(marker, &error)),
        }
        others.retain(|path| !wanted.contains_key(path));
        if others.is_empty() {
            return Ok(Vec::new());
        }
        let tree: BTreeSet<PathBuf> = git
            .paths(&["ls-tree", "-r", "-z", "--full-tree", "--name-only", "HEAD"])?
            .into_iter()
            .collect();
        let (tracked, foreign): (Vec<PathBuf>, Vec<PathBuf>) =
            others.into_iter().partition(|path| tree.contains(path));
        for path in &foreign {
            self.remove(path)?;
        }
        for chunk in tracked.chunks(CHUNK) {
            let mut arguments = vec!["--literal-pathspecs", "checkout", "--force", "HEAD", "--"];
            for path in chunk {
                arguments.push(path.to_str().ok_or_else(|| BuildError::Cache {
                    path: path.clone(),
                    problem: "its path is not UTF-8".to_owned(),
                })?);
            }
            git.get(&arguments)?;
        }
        Ok(tracked)
    }

    fn remove(&self, relative: &Path) -> Result<(), BuildError> {
        let path = self.checkout.sources.join(relative);
        match path.symlink_metadata() {
            Ok(kind) if kind.is_dir() => remove_directory(&path),
            Ok(_) => remove_file(&path),
            Err(_) => Ok(()),
        }
    }

    /// Whether anything had to be written.
    fn put(&self, relative: &Path, content: &Content) -> Result<bool, BuildError> {
        let to = self.checkout.sources.join(relative);
        let failed = |error: io::Error| cache_error(&to, &error);
        let same = match content {
            Content::Absent => return Ok(false),
            Content::Of(from) => same(from, &to).map_err(failed)?,
            Content::Text(text) => {
                is_file(&to) && std::fs::read(&to).map_err(failed)? == text.as_bytes()
            }
        };
        if same {
            return Ok(false);
        }
        self.remove(relative)?;
        if let Some(parent) = to.parent() {
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        match content {
            Content::Absent => {}
            Content::Text(text) => std::fs::write(&to, text).map_err(failed)?,
            Content::Of(from) => match std::fs::read_link(from) {
                Ok(target) => std::os::unix::fs::symlink(target, &to).map_err(failed)?,
                Err(_) => std::fs::copy(from, &to).map(drop).map_err(failed)?,
            },
        }
        Ok(true)
    }

    /// cargo takes a source for unchanged that is older than what was made of it. A clock that was set back must not
    /// make it so.
    fn make_newer(&self, changed: &[PathBuf]) -> Result<(), BuildError> {
        let stamp = self.checkout.directory.join(BUILT);
        let Ok(built) = std::fs::metadata(&stamp).and_then(|stamp| stamp.modified()) else {
            return Ok(());
        };
        for relative in changed {
            let path = self.checkout.sources.join(relative);
            if is_file(&path) {
                newer_than(built, &path).map_err(|error| cache_error(&path, &error))?;
            }
        }
        Ok(())
    }
}

fn newer_than(time: SystemTime, path: &Path) -> io::Result<()> {
    if std::fs::metadata(path)?.modified()? <= time {
        File::open(path)?.set_modified(time + Duration::from_secs(1))?;
    }
    Ok(())
}

/// A file itself, not what a link points to.
fn is_file(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|kind| kind.is_file())
}

fn same(from: &Path, to: &Path) -> io::Result<bool> {
    if let Ok(target) = std::fs::read_link(from) {
        return Ok(std::fs::read_link(to).is_ok_and(|there| there == target));
    }
    if !is_file(to) {
        return Ok(false);
    }
    let (ours, theirs) = (std::fs::metadata(from)?, std::fs::metadata(to)?);
    Ok(ours.len() == theirs.len()
        && ours.permissions() == theirs.permissions()
        && std::fs::read(from)? == std::fs::read(to)?)
}
