//! Where base revisions are checked out and built: a cache outside of the project, one directory a repository.
//!
//! ```text
//! <cache>/<project>-<hash of the repository>/lock
//!                                            <key>.lock
//!                                            <key>/base-<key>   the git worktree
//!                                            <key>/target       where it is built
//!                                            <key>/complete     written last
//! ```

use super::super::BuildError;
use super::super::git::Git;
use super::locks::{Lock, Waiting};
use crate::collect::process::Interrupt;
use sha2::{Digest, Sha256};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Base checkouts that are kept for a repository.
pub(super) const KEPT: usize = 3;

/// Where base checkouts are kept: `$TOLLGATE_CACHE`, else `$XDG_CACHE_HOME/tollgate`, else `$HOME/.cache/tollgate`, else
/// below the system's directory for temporary files.
#[must_use]
pub fn cache_root() -> PathBuf {
    cache_root_from(
        |name| std::env::var_os(name).map(PathBuf::from),
        &std::env::temp_dir(),
    )
}

fn cache_root_from(variable: impl Fn(&str) -> Option<PathBuf>, temporary: &Path) -> PathBuf {
    let set = |name: &str| variable(name).filter(|path| !path.as_os_str().is_empty());
    // The XDG specification has relative paths ignored.
    let absolute = |name: &str| set(name).filter(|path| path.is_absolute());
    set("TOLLGATE_CACHE")
        .or_else(|| absolute("XDG_CACHE_HOME").map(|path| path.join("tollgate")))
        .or_else(|| absolute("HOME").map(|path| path.join(".cache").join("tollgate")))
        .unwrap_or_else(|| temporary.join("tollgate-cache"))
}

/// A repository and its place in the cache.
#[derive(Debug, Clone)]
pub(super) struct Repository {
    /// Root of the working tree that the candidate is in.
    pub(super) toplevel: PathBuf,
    /// What all its working trees share.
    pub(super) common: PathBuf,
    /// Its directory in the cache.
    pub(super) cache: PathBuf,
}

impl Repository {
    /// The repository that `root` is in.
    pub(super) fn find(
        root: &Path,
        cache_root: &Path,
        interrupt: &Interrupt,
    ) -> Result<Self, BuildError> {
        let printed = Git::new(root, interrupt).line(&[
            "rev-parse",
            "--path-format=absolute",
            "--show-toplevel",
            "--git-common-dir",
        ])?;
        let lines: Vec<&str> = printed.lines().collect();
        let [toplevel, common] = lines[..] else {
            return Err(BuildError::Cache {
                path: root.to_owned(),
                problem: "its repository has no working tree, or a line break in its path"
                    .to_owned(),
            });
        };
        let common = canonical(Path::new(common))?;
        let mut name: String = Path::new(toplevel)
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c))
            .take(40)
            .collect();
        name.push('-');
        name.push_str(&hash([common.as_os_str().as_encoded_bytes()]));
        Ok(Self {
            toplevel: canonical(Path::new(toplevel))?,
            common,
            cache: absolute(cache_root)?.join(name),
        })
    }

    /// Makes the directory in the cache.
    ///
    /// Fails inside of the project, where cargo would find the candidate's configuration and workspace above the base.
    pub(super) fn make_cache(&self) -> Result<(), BuildError> {
        create_directory(&self.cache)?;
        let place = canonical(&self.cache)?;
        if place.starts_with(&self.toplevel) {
            return Err(BuildError::Cache {
                path: place,
                problem: "it is inside of the project, where cargo would mix the two revisions; set TOLLGATE_CACHE to a directory outside".to_owned(),
            });
        }
        owned_if_shared(&place)
    }

    /// Held while checkouts are added or removed: git has one list of them.
    pub(super) fn lock(&self, waiting: &Waiting<'_>) -> Result<Lock, BuildError> {
        Lock::wait(&self.cache.join("lock"), waiting)
    }

    pub(super) fn key_lock(&self, key: &str) -> PathBuf {
        self.cache.join(format!("{key}.lock"))
    }

    /// The keys that are there, latest used first.
    pub(super) fn keys(&self) -> Result<Vec<String>, BuildError> {
        let entries = match std::fs::read_dir(&self.cache) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(cache_error(&self.cache, &error)),
        };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| cache_error(&self.cache, &error))?;
            let path = entry.path();
            if let Some(name) = entry.file_name().to_str()
                && path.is_dir()
            {
                let used = std::fs::metadata(path.join(COMPLETE))
                    .and_then(|marker| marker.modified())
                    .unwrap_or(SystemTime::UNIX_EPOCH);
                found.push((used, name.to_owned()));
            }
        }
        found.sort_unstable_by(|a, b| b.cmp(a));
        Ok(found.into_iter().map(|(_, name)| name).collect())
    }

    /// Takes one checkout away, from git's list too. Only with both locks.
    pub(super) fn remove(&self, key: &str, interrupt: &Interrupt) -> Result<(), BuildError> {
        let directory = self.cache.join(key);
        // The marker first: killed from here on, what is left is not taken for whole.
        remove_file(&directory.join(COMPLETE))?;
        self.remove_worktree(&worktree(&directory, key), interrupt)?;
        remove_directory(&directory)
    }

    /// Takes a working tree away and git's entry of it, in whatever state both are.
    pub(super) fn remove_worktree(
        &self,
        worktree: &Path,
        interrupt: &Interrupt,
    ) -> Result<(), BuildError> {
        remove_directory(worktree)?;
        let git = Git::new(&self.common, interrupt);
        let listed = git.get(&["worktree", "list", "--porcelain"])?;
        let line = [b"worktree ", worktree.as_os_str().as_encoded_bytes()].concat();
        if listed
            .split(|byte| *byte == b'\n')
            .any(|entry| entry == line)
        {
            let Some(path) = worktree.to_str() else {
                return Err(BuildError::Cache {
                    path: worktree.to_owned(),
                    problem: "its path is not UTF-8".to_owned(),
                });
            };
            // Twice: also where it is locked. Its files are gone already.
            git.get(&["worktree", "remove", "--force", "--force", path])?;
        }
        Ok(())
    }
}

/// The marker of a whole checkout.
pub(super) const COMPLETE: &str = "complete";

/// The working tree of a key. git names its entry after the last part.
pub(super) fn worktree(directory: &Path, key: &str) -> PathBuf {
    directory.join(format!("base-{key}"))
}

/// Removes every base checkout of the repository that `root` is in, builds included, and git's entries of them. Says how
/// many there were.
///
/// # Errors
/// One of them is in use by another tollgate (the others are removed all the same); git or the file system refuse.
pub fn clean(root: &Path, cache_root: &Path, interrupt: &Interrupt) -> Result<usize, BuildError> {
    let repository = Repository::find(root, cache_root, interrupt)?;
    if !repository.cache.is_dir() {
        return Ok(0);
    }
    let waiting = Waiting {
        interrupt,
        notice: &|_| {},
    };
    let lock = repository.lock(&waiting)?;
    let mut removed = 0;
    let mut used = None;
    for key in repository.keys()? {
        let path = repository.key_lock(&key);
        match Lock::attempt(&path)? {
            Some(held) => {
                repository.remove(&key, interrupt)?;
                remove_file(&path)?;
                drop(held);
                removed += 1;
            }
            None => used = Some(repository.cache.join(key)),
        }
    }
    match used {
        Some(path) => Err(BuildError::Cache {
            path,
            problem: "another tollgate uses it; clean again when that has ended".to_owned(),
        }),
        None => {
            remove_directory(&repository.cache)?;
            drop(lock);
            Ok(removed)
        }
    }
}

/// First 16 hex digits of SHA-256; lengths keep neighbours apart.
pub(super) fn hash<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let mut hex = crate::baseline::hex(&hasher.finalize());
    hex.truncate(16);
    hex
}

pub(super) fn cache_error(path: &Path, error: &io::Error) -> BuildError {
    BuildError::Cache {
        path: path.to_owned(),
        problem: error.to_string(),
    }
}

fn absolute(path: &Path) -> Result<PathBuf, BuildError> {
    std::path::absolute(path).map_err(|error| cache_error(path, &error))
}

pub(super) fn canonical(path: &Path) -> Result<PathBuf, BuildError> {
    path.canonicalize()
        .map_err(|error| cache_error(path, &error))
}

/// What is built there is executed, so nobody else may write to it.
pub(super) fn create_directory(path: &Path) -> Result<(), BuildError> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| cache_error(path, &error))
}

/// In a directory that everybody may write to, somebody else can have made ours before us.
fn owned_if_shared(place: &Path) -> Result<(), BuildError> {
    use std::os::unix::fs::MetadataExt as _;
    let error = |error| cache_error(place, &error);
    if !place.starts_with(canonical(&std::env::temp_dir())?) {
        return Ok(());
    }
    let ours = tempfile::NamedTempFile::new_in(place).map_err(error)?;
    let ours = ours.as_file().metadata().map_err(error)?.uid();
    let owner = std::fs::metadata(place).map_err(error)?.uid();
    if owner == ours {
        return Ok(());
    }
    Err(BuildError::Cache {
        path: place.to_owned(),
        problem: "it belongs to another user; set TOLLGATE_CACHE to a directory of yours"
            .to_owned(),
    })
}

pub(super) fn remove_file(path: &Path) -> Result<(), BuildError> {
    absent_is_fine(path, std::fs::remove_file(path))
}

pub(super) fn remove_directory(path: &Path) -> Result<(), BuildError> {
    absent_is_fine(path, std::fs::remove_dir_all(path))
}

fn absent_is_fine(path: &Path, result: io::Result<()>) -> Result<(), BuildError> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(cache_error(path, &error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_is_where_the_environment_says() {
        let root = |set: &[(&str, &str)]| {
            let set: Vec<(String, PathBuf)> = set
                .iter()
                .map(|(name, value)| ((*name).to_owned(), PathBuf::from(value)))
                .collect();
            cache_root_from(
                |name| {
                    set.iter()
                        .find(|(known, _)| known == name)
                        .map(|(_, path)| path.clone())
                },
                Path::new("/tmp"),
            )
        };
        let home = ("HOME", "/home/u");
        assert_eq!(root(&[home]), Path::new("/home/u/.cache/tollgate"));
        assert_eq!(
            root(&[home, ("XDG_CACHE_HOME", "/x")]),
            Path::new("/x/tollgate")
        );
        assert_eq!(
            root(&[home, ("XDG_CACHE_HOME", "x")]),
            Path::new("/home/u/.cache/tollgate")
        );
        assert_eq!(
            root(&[home, ("XDG_CACHE_HOME", "/x"), ("TOLLGATE_CACHE", "/t")]),
            Path::new("/t")
        );
        assert_eq!(
            root(&[("HOME", ""), ("TOLLGATE_CACHE", "")]),
            Path::new("/tmp/tollgate-cache")
        );
    }
}
