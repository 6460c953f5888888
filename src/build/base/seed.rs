//! Dependencies that the candidate's build has compiled already, so that the base's build does not compile them again.
//!
//! Only packages from registries and git are taken, whose sources cannot differ between the two sides. They are copied
//! with their times and with cargo's fingerprints, and cargo decides by those whether they are fresh: another compiler,
//! other flags or features make other fingerprints, and are compiled as if nothing had been copied.

use super::super::{BuildError, Project, read};
use super::cache::{cache_error, create_directory, remove_directory};
use crate::files::{self, Existing};
use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// Written when everything is copied.
const SEEDED: &str = ".tollgate-seeded";

/// Fills a target directory that is new, or was left by a killed process. Without anything to take, it stays empty.
///
/// # Errors
/// It cannot be written, or the candidate's lock file cannot be read.
pub(super) fn seed(candidate: &Project, target: &Path) -> Result<(), BuildError> {
    let marker = target.join(SEEDED);
    if marker.is_file() {
        return Ok(());
    }
    remove_directory(target)?;
    create_directory(target)?;
    let lock = candidate.root.join("Cargo.lock");
    if lock.is_file() {
        let packages = foreign(&read(&lock)?).map_err(|problem| BuildError::Toml {
            path: lock,
            problem,
        })?;
        // What is copied is only time saved; without it, cargo compiles.
        if copy_target(&candidate.target_directory, target, &packages).is_err() {
            remove_directory(target)?;
            create_directory(target)?;
        }
    }
    files::write(&marker, Existing::Replace, |_| Ok(()))
        .map_err(|error| cache_error(&marker, &error))
}

/// Names of the packages in a lock file that have a source. A name that also stands for a package of the workspace, or
/// for any other that lies in a directory, is left out.
fn foreign(lock: &str) -> Result<HashSet<String>, String> {
    let lock: Table = toml::from_str(lock).map_err(|error| error.to_string().trim().to_owned())?;
    let packages = lock.get("package").and_then(Value::as_array);
    let named: Vec<(&str, bool)> = packages
        .into_iter()
        .flatten()
        .filter_map(|package| {
            let name = package.get("name")?.as_str()?;
            Some((name, package.get("source").is_some()))
        })
        .collect();
    let local: HashSet<&str> = named
        .iter()
        .filter(|(_, foreign)| !foreign)
        .map(|(name, _)| *name)
        .collect();
    Ok(named
        .iter()
        .filter(|(name, _)| !local.contains(name))
        .map(|(name, _)| (*name).to_owned())
        .collect())
}

/// `NAME-HASH`, as cargo names directories, if NAME is one of `packages`.
fn unit<'a>(directory: &'a str, packages: &HashSet<String>) -> Option<&'a str> {
    let (name, hash) = directory.rsplit_once('-')?;
    packages.contains(name).then_some(hash)
}

/// The hash in `libNAME-HASH.rlib`, `NAME-HASH.d` or `NAME-HASH`.
fn hash_of(file: &str) -> Option<&str> {
    let stem = file.split_once('.').map_or(file, |(stem, _)| stem);
    Some(stem.rsplit_once('-')?.1)
}

/// `release`, and `TRIPLE/release` of every target that was built for.
fn copy_target(from: &Path, to: &Path, packages: &HashSet<String>) -> io::Result<()> {
    copy_release(&from.join("release"), &to.join("release"), packages)?;
    for triple in names(from)?.iter().filter(|name| name.contains('-')) {
        let release = Path::new(triple).join("release");
        copy_release(&from.join(&release), &to.join(&release), packages)?;
    }
    Ok(())
}

fn copy_release(from: &Path, to: &Path, packages: &HashSet<String>) -> io::Result<()> {
    let fingerprints = from.join(".fingerprint");
    if !fingerprints.is_dir() {
        return Ok(());
    }
    // cargo holds this lock while it builds; what it is writing is not to be copied, nor to be waited for.
    let lock = File::open(from.join(".cargo-lock"))?;
    lock.try_lock_shared()?;
    let units = names(&fingerprints)?;
    let wanted: Vec<&str> = units
        .iter()
        .map(String::as_str)
        .filter(|directory| unit(directory, packages).is_some())
        .collect();
    let hashes: HashSet<&str> = wanted
        .iter()
        .filter_map(|directory| unit(directory, packages))
        .collect();
    let deps = from.join("deps");
    std::fs::create_dir_all(to.join("deps"))?;
    for file in names(&deps)? {
        if hash_of(&file).is_some_and(|hash| hashes.contains(hash)) {
            copy_all(&deps.join(&file), &to.join("deps").join(&file))?;
        }
    }
    for (place, directories) in [
        ("build", names(&from.join("build"))?),
        (".fingerprint", units.clone()),
    ] {
        for directory in directories {
            if unit(&directory, packages).is_some() {
                copy_all(
                    &from.join(place).join(&directory),
                    &to.join(place).join(&directory),
                )?;
            }
        }
    }
    Ok(())
}

fn names(directory: &Path) -> io::Result<Vec<String>> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut names = Vec::new();
    for entry in entries {
        if let Ok(name) = entry?.file_name().into_string() {
            names.push(name);
        }
    }
    Ok(names)
}

/// A file or a directory with all that is in it; files keep their times, by which cargo knows what is fresh.
pub(in crate::build) fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    let mut open: Vec<(PathBuf, PathBuf)> = vec![(from.to_owned(), to.to_owned())];
    while let Some((from, to)) = open.pop() {
        let kind = std::fs::symlink_metadata(&from)?;
        if kind.is_dir() {
            std::fs::create_dir_all(&to)?;
            for name in names(&from)? {
                open.push((from.join(&name), to.join(&name)));
            }
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(std::fs::read_link(&from)?, &to)?;
        } else {
            std::fs::copy(&from, &to)?;
            // Opened for reading: a build script may have written read-only files, and times are the owner's to set.
            File::open(&to)?.set_modified(kind.modified()?)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_packages_with_a_source_are_taken() {
        let lock = r#"
            version = 4
            [[package]]
            name = "mine"
            version = "0.1.0"
            [[package]]
            name = "serde"
            version = "1.0.0"
            source = "registry+https://example.org/index"
            [[package]]
            name = "twice"
            version = "1.0.0"
            source = "git+https://example.org/twice"
            [[package]]
            name = "twice"
            version = "2.0.0"
        "#;
        assert_eq!(foreign(lock).unwrap(), HashSet::from(["serde".to_owned()]));
        assert!(foreign("").unwrap().is_empty());
        assert!(foreign("[[package").is_err());
    }

    #[test]
    fn files_belong_to_a_unit_by_their_hash() {
        let packages = HashSet::from(["proc-macro2".to_owned()]);
        assert_eq!(unit("proc-macro2-0123", &packages), Some("0123"));
        assert_eq!(unit("proc-0123", &packages), None);
        assert_eq!(unit("proc-macro2", &packages), None);
        assert_eq!(hash_of("libproc_macro2-0123.rlib"), Some("0123"));
        assert_eq!(hash_of("proc_macro2-0123"), Some("0123"));
        assert_eq!(hash_of("proc_macro2-0123.cgu.0.rcgu.o"), Some("0123"));
        assert_eq!(hash_of("readme"), None);
    }
}
