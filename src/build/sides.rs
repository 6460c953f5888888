//! Two builds of a bench made alike in everything but their code: where they lie, what they are called, where they run
//! and what they find in their environment.

use super::BuildError;
use super::cargo::{BuiltBench, Libraries};
use sha2::{Digest as _, Sha256};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

/// A side of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// What there was.
    Base,
    /// What is proposed.
    Candidate,
}

impl Side {
    /// Directories of equal length: the path of a program is on its stack, and moves what lies below.
    pub(super) fn directory(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Candidate => "head",
        }
    }
}

/// The executables of one bench target, ready to be measured against each other.
#[derive(Debug, Clone)]
pub struct Sides {
    /// The base's.
    pub base: BuiltBench,
    /// The candidate's.
    pub candidate: BuiltBench,
    /// SHA-256 of the base's executable, 64 hex digits.
    pub base_sha256: String,
    /// SHA-256 of the candidate's executable, 64 hex digits.
    pub candidate_sha256: String,
}

impl Sides {
    /// Copies both executables below `directory`, to paths of equal length.
    ///
    /// Both run in the candidate's package directory and see the candidate's `CARGO_*` variables, so a benchmark that reads
    /// files there reads the same ones on both sides. The search path of libraries is each side's own, made equally long.
    ///
    /// # Errors
    /// An executable cannot be read or copied.
    pub fn new(
        candidate: &BuiltBench,
        base: &BuiltBench,
        directory: &Path,
    ) -> Result<Self, BuildError> {
        let (base_environment, candidate_environment) =
            environments(&base.environment, &candidate.environment);
        let name = name(candidate);
        let make = |side: Side, built: &BuiltBench, environment| {
            let executable = directory.join(side.directory()).join(&name);
            copy(&built.executable, &executable)?;
            Ok::<_, BuildError>(BuiltBench {
                executable,
                environment,
                ..candidate.clone()
            })
        };
        let base_sha256 = sha256(&base.executable)?;
        let candidate_sha256 = sha256(&candidate.executable)?;
        Ok(Self {
            base: make(Side::Base, base, base_environment)?,
            candidate: make(Side::Candidate, candidate, candidate_environment)?,
            base_sha256,
            candidate_sha256,
        })
    }

    /// One side.
    #[must_use]
    pub fn side(&self, side: Side) -> &BuiltBench {
        match side {
            Side::Base => &self.base,
            Side::Candidate => &self.candidate,
        }
    }
}

/// Both sides from one build, byte for byte: whatever is found between them is a false alarm.
///
/// # Errors
/// As [`Sides::new`].
pub fn copy_as_base(candidate: &BuiltBench, directory: &Path) -> Result<Sides, BuildError> {
    Sides::new(candidate, candidate, directory)
}

/// Links `directory/base/target` and `directory/head/target` to the sides' target directories, for commands that start
/// programs there: paths of equal length, base first.
///
/// # Errors
/// The links cannot be made.
pub fn link_targets(
    candidate: &Path,
    base: &Path,
    directory: &Path,
) -> Result<(PathBuf, PathBuf), BuildError> {
    let link = |side: Side, to: &Path| {
        let path = directory.join(side.directory()).join("target");
        let made = make_parent(&path).and_then(|()| {
            absent_is_fine(std::fs::remove_file(&path))?;
            std::os::unix::fs::symlink(to, &path)
        });
        made.map_err(|error| failed(&path, &error)).map(|()| path)
    };
    Ok((link(Side::Base, base)?, link(Side::Candidate, candidate)?))
}

/// SHA-256 of a file, 64 hex digits.
///
/// # Errors
/// It cannot be read.
pub fn sha256(path: &Path) -> Result<String, BuildError> {
    let read = || {
        let mut hasher = Sha256::new();
        let mut file = File::open(path)?;
        let mut chunk = vec![0; 1 << 16];
        loop {
            match file.read(&mut chunk)? {
                0 => return io::Result::Ok(crate::baseline::hex(&hasher.finalize())),
                length => hasher.update(&chunk[..length]),
            }
        }
    };
    read().map_err(|error| failed(path, &error))
}

/// A file name for the executable: the target's, with its package, since two packages may have benches of one name.
pub(super) fn name(built: &BuiltBench) -> String {
    format!("{}-{}", built.package, built.target.bench)
}

/// A copy of its own: the original may be built again meanwhile, and a link would share the pages of two equal sides.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), BuildError> {
    make_parent(to)
        .and_then(|()| {
            // It may be running: writing into it fails then, another file in its place does not.
            absent_is_fine(std::fs::remove_file(to))?;
            std::fs::copy(from, to).map(drop)
        })
        .map_err(|error| failed(from, &error))
}

fn make_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), std::fs::create_dir_all)
}

fn absent_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

pub(super) fn failed(path: &Path, error: &io::Error) -> BuildError {
    BuildError::Executable {
        path: path.to_owned(),
        problem: error.to_string(),
    }
}

type Environment = Vec<(OsString, OsString)>;

/// The candidate's environment twice, with each side's own libraries in values of one length.
fn environments(base: &Environment, candidate: &Environment) -> (Environment, Environment) {
    let variable = OsStr::new(Libraries::VARIABLE);
    let of = |environment: &Environment| {
        let found = environment.iter().find(|(name, _)| name == variable);
        found.map(|(_, value)| value.clone())
    };
    let common = candidate
        .iter()
        .filter(|(name, _)| name != variable)
        .cloned();
    let mut sides = [common.clone().collect::<Environment>(), common.collect()];
    let values = [of(base), of(candidate)];
    let longest = values.iter().flatten().map(|value| value.len()).max();
    for (side, value) in sides.iter_mut().zip(values) {
        if let (Some(value), Some(longest)) = (value, longest) {
            side.push((variable.to_owned(), pad(value, longest)));
        }
    }
    let [base, candidate] = sides;
    (base, candidate)
}

/// A list of paths made longer without a change of meaning: slashes after its first path.
fn pad(list: OsString, length: usize) -> OsString {
    let mut bytes = list.into_vec();
    let end = bytes
        .iter()
        .position(|byte| *byte == b':')
        .unwrap_or(bytes.len());
    // An empty path means the working directory, which slashes would make the root.
    if end > 0 {
        let missing = length.saturating_sub(bytes.len());
        bytes.splice(end..end, std::iter::repeat_n(b'/', missing));
    }
    OsStr::from_bytes(&bytes).to_owned()
}

#[cfg(test)]
mod tests;
