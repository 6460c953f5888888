//! The same benchmark in many layouts: linked again and again, with the functions in another order each time.
//!
//! Where a linker happens to put functions changes the speed of tight loops by several percent: for identical code, link
//! order alone moved one of three small kernels over a range of 7.7 %. Measured with a single layout a side, that luck is
//! part of every difference, and more runs only make it more significant. With layouts drawn at random on both sides it is
//! noise like any other (Curtsinger and Berger, Stabilizer, ASPLOS 2013, who move code while it runs).
//!
//! Only the link is repeated, with `--shuffle-sections`, which lld (the default linker of Rust on x86-64 Linux) and mold
//! offer. Code generation and its result stay as they are. Before anything is used, the captured link is repeated without
//! shuffling and must give the executable that cargo built.

mod capture;
mod line;
mod link;

use super::base::{Checkout, Context};
use super::cargo::cargo;
use super::machine_code::{MachineCode, machine_code};
use super::sides::{Side, failed, name};
use super::{BuildError, BuiltBench, Project};
use crate::collect::process::Interrupt;
use capture::Capture;
use link::{Link, Reason};
use sha2::{Digest as _, Sha256};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What to link again.
#[derive(Debug, Clone, Copy)]
pub struct RelinkInput<'a> {
    /// The candidate's project.
    pub project: &'a Project,
    /// The candidate's executable, where cargo built it.
    pub candidate: &'a BuiltBench,
    /// The base and its executable, where cargo built it; `None` where a copy of the candidate is the base.
    pub base: Option<(&'a Checkout, &'a BuiltBench)>,
    /// A directory that is ours alone.
    pub directory: &'a Path,
    /// The run's seed. Base, layout and bench target make other seeds of it.
    pub seed: u64,
}

/// Whether there are layouts.
#[derive(Debug)]
pub enum Relinking {
    /// There are.
    Available(Box<Relinker>),
    /// There are none, for this reason.
    Unavailable(String),
}

impl Relinking {
    /// Captures how both sides are linked and makes sure that linking them again works.
    ///
    /// Compiles the bench target itself (not what it depends on) once more a side, unless an earlier run did, and links
    /// two or three times a side.
    ///
    /// # Errors
    /// Files cannot be written; no cargo; Ctrl-C. A linker that does not shuffle is no error.
    pub fn new(input: &RelinkInput<'_>, interrupt: &Interrupt) -> Result<Self, BuildError> {
        if cfg!(target_vendor = "apple") {
            return Ok(Self::Unavailable(
                "the linker of this system cannot shuffle functions".to_owned(),
            ));
        }
        let directory = input.directory.join("layouts");
        clear(&directory)?;
        let captured = Relinker::capture(input, Removed(directory), interrupt)?;
        Ok(match captured {
            Ok(relinker) => Self::Available(Box::new(relinker)),
            Err(reason) => Self::Unavailable(reason),
        })
    }
}

/// Makes layouts of one bench target. Dropped, it takes all it made with it.
#[derive(Debug)]
pub struct Relinker {
    base: Link,
    candidate: Link,
    shuffle: Shuffle,
    seed: u64,
    name: String,
    directory: Removed,
}

impl Relinker {
    fn capture(
        input: &RelinkInput<'_>,
        directory: Removed,
        interrupt: &Interrupt,
    ) -> Result<Result<Self, Reason>, BuildError> {
        let root = &input.project.root;
        let of = |side: Side| directory.0.join("links").join(side.directory());
        let no_directory = || Ok(Err("the executable has no directory".to_owned()));
        let into = of(Side::Candidate);
        let Some(capture) = Capture::new(input.candidate, root, &into) else {
            return no_directory();
        };
        let candidate = match capture.run(|| cargo(root), interrupt)? {
            Ok(link) => link,
            Err(reason) => return Ok(Err(reason)),
        };
        let base = match input.base {
            None => candidate.clone(),
            Some((checkout, built)) => {
                let context = Context::new(input.project, checkout)?;
                let into = of(Side::Base);
                let Some(capture) = Capture::new(built, &context.root, &into) else {
                    return no_directory();
                };
                match capture.run(|| context.command(), interrupt)? {
                    Ok(link) => link,
                    Err(reason) => return Ok(Err(format!("of the base, {reason}"))),
                }
            }
        };
        let shuffle = match Shuffle::of(&candidate, &directory.0.join("tried"), interrupt)? {
            Ok(shuffle) => shuffle,
            Err(reason) => return Ok(Err(reason)),
        };
        let relinker = Self {
            base,
            candidate,
            shuffle,
            seed: input.seed,
            name: name(input.candidate),
            directory,
        };
        let base = input.base.map_or(input.candidate, |(_, built)| built);
        for (side, built) in [(Side::Base, base), (Side::Candidate, input.candidate)] {
            if let Err(reason) = relinker.verify(side, &built.executable, interrupt)? {
                return Ok(Err(reason));
            }
        }
        Ok(Ok(relinker))
    }

    /// Linked as cargo had it linked, it must be the same program; shuffled, another.
    fn verify(
        &self,
        side: Side,
        original: &Path,
        interrupt: &Interrupt,
    ) -> Result<Result<(), Reason>, BuildError> {
        let again = self.directory.0.join("tried");
        if let Err(reason) = self.link(side).run(&again, &[], interrupt)? {
            return Ok(Err(format!("linking it again fails: {reason}")));
        }
        let code = |path: &Path| machine_code(original, path).map_err(|error| failed(path, &error));
        if code(&again)? != MachineCode::Same {
            return Ok(Err(
                "linking it again does not give the executable that cargo built; did a source change meanwhile?"
                    .to_owned(),
            ));
        }
        std::fs::remove_file(&again).map_err(|error| failed(&again, &error))?;
        let first = self.executable(side, 0, interrupt)?;
        Ok(match code(&first)? {
            MachineCode::Different => Ok(()),
            _ => Err(format!(
                "the linker {} shuffles nothing",
                self.link(side).linker()
            )),
        })
    }

    fn link(&self, side: Side) -> &Link {
        match side {
            Side::Base => &self.base,
            Side::Candidate => &self.candidate,
        }
    }

    /// The executable of a side in a layout, linked now if it is not there. Paths of all sides and layouts are of equal
    /// length. The same seed gives the same layouts.
    ///
    /// # Errors
    /// The link fails, though it did not before; Ctrl-C.
    pub fn executable(
        &self,
        side: Side,
        layout: u16,
        interrupt: &Interrupt,
    ) -> Result<PathBuf, BuildError> {
        let path = self.path(side, layout);
        if path.is_file() {
            return Ok(path);
        }
        let arguments = [self.shuffle.argument(self.layout_seed(side, layout))];
        match self.link(side).run(&path, &arguments, interrupt)? {
            Ok(()) => Ok(path),
            Err(problem) => Err(BuildError::Executable { path, problem }),
        }
    }

    /// Removes what there is of a layout, on both sides; asked for again, it is linked again.
    ///
    /// # Errors
    /// The file system refuses.
    pub fn discard(&self, layout: u16) -> Result<(), BuildError> {
        for side in [Side::Base, Side::Candidate] {
            if let Some(directory) = self.path(side, layout).parent() {
                clear(directory)?;
            }
        }
        Ok(())
    }

    fn path(&self, side: Side, layout: u16) -> PathBuf {
        self.directory
            .0
            .join(side.directory())
            .join(format!("{layout:05}"))
            .join(&self.name)
    }

    /// The linkers take 32 bits. 0 and the largest mean something else than a seed to lld.
    fn layout_seed(&self, side: Side, layout: u16) -> u32 {
        let mut hasher = Sha256::new();
        hasher.update(b"tollgate layout\0");
        hasher.update(self.seed.to_le_bytes());
        hasher.update(layout.to_le_bytes());
        hasher.update(side.directory());
        hasher.update(&self.name);
        let [a, b, c, d, ..] = <[u8; 32]>::from(hasher.finalize());
        (u32::from_le_bytes([a, b, c, d]) >> 1).max(1)
    }
}

/// A directory that goes when it is dropped.
#[derive(Debug)]
struct Removed(PathBuf);

impl Drop for Removed {
    fn drop(&mut self) {
        // What stays lies in a directory that our caller gave us and removes itself.
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn clear(directory: &Path) -> Result<(), BuildError> {
    match std::fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(failed(directory, &error))
        }
        _ => Ok(()),
    }
}

/// How a linker is told to shuffle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shuffle {
    /// `--shuffle-sections=GLOB=SEED`, of lld.
    Lld { direct: bool },
    /// `--shuffle-sections=SEED`, of mold.
    Mold { direct: bool },
}

impl Shuffle {
    /// The first form that the linker takes.
    fn of(
        link: &Link,
        tried: &Path,
        interrupt: &Interrupt,
    ) -> Result<Result<Self, Reason>, BuildError> {
        let mut refusal = String::new();
        for form in [
            Self::Lld { direct: false },
            Self::Mold { direct: false },
            Self::Lld { direct: true },
            Self::Mold { direct: true },
        ] {
            match link.run(tried, &[form.argument(1)], interrupt)? {
                Ok(()) => return Ok(Ok(form)),
                Err(reason) if refusal.is_empty() => refusal = reason,
                Err(_) => {}
            }
        }
        Ok(Err(format!(
            "the linker {} cannot shuffle functions, lld and mold can (`-C link-arg=-fuse-ld=lld` in RUSTFLAGS): {refusal}",
            link.linker()
        )))
    }

    fn argument(self, seed: u32) -> OsString {
        let (direct, argument) = match self {
            Self::Lld { direct } => (direct, format!("--shuffle-sections=.text*={seed}")),
            Self::Mold { direct } => (direct, format!("--shuffle-sections={seed}")),
        };
        // Compilers pass on to the linker what follows `-Wl,`; a linker that is called directly takes it as it is.
        match direct {
            true => argument.into(),
            false => format!("-Wl,{argument}").into(),
        }
    }
}

// Where Rust links with lld unless told otherwise.
#[cfg(test)]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod tests;
