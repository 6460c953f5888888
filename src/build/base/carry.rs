//! Carrying the candidate's benches onto the checkout of a base.
//!
//! A checkout is used again and again, by candidates with other benches. Each time it is brought to exactly this: the
//! tree of the base, with what this candidate carries in the place of the base's own. Files that are right already keep
//! their times, so that cargo finds fresh what is; the others get a time after the last build, so that it finds no
//! more than that.

use super::super::git::Git;
use super::super::{BuildError, Package, Project, read};
use super::checkout::Checkout;
use super::sources::{Content, Sources, Wanted};
use super::{merge, resolve};
use crate::collect::process::Interrupt;
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use toml::Table;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Carried {
    /// Dependencies were carried, or a lock file made for another revision.
    pub(super) lock_may_change: bool,
}

pub(super) struct Carrier<'a> {
    pub(super) candidate: &'a Project,
    pub(super) checkout: &'a Checkout,
    pub(super) interrupt: &'a Interrupt,
}

impl Carrier<'_> {
    /// Carries the benches of these packages, as far as the base has the packages.
    pub(super) fn carry(
        &self,
        base: &Project,
        packages: &BTreeSet<&str>,
    ) -> Result<Carried, BuildError> {
        let mut wanted = Wanted::new();
        let mut dependencies = false;
        for name in packages {
            let ours = self.candidate.package(name)?;
            if let Ok(theirs) = base.package(name) {
                self.sources(ours, theirs, &mut wanted)?;
                dependencies |= self.manifest(ours, theirs, base, &mut wanted)?;
            }
        }
        let copied = self.lock(base, dependencies, &mut wanted)?;
        Sources {
            checkout: self.checkout,
            interrupt: self.interrupt,
        }
        .bring_to(&wanted)?;
        Ok(Carried {
            lock_may_change: dependencies || copied,
        })
    }

    fn git(&self) -> Git<'_> {
        Git::new(&self.checkout.sources, self.interrupt)
    }

    /// Path in the checkout, relative to it.
    fn relative(&self, path: &Path) -> Result<PathBuf, BuildError> {
        path.strip_prefix(&self.checkout.sources)
            .map(Path::to_owned)
            .map_err(|_| BuildError::Cache {
                path: path.to_owned(),
                problem: "cargo found it outside of the base's checkout".to_owned(),
            })
    }

    fn at_base(&self, relative: &Path) -> Result<Option<String>, BuildError> {
        let sources = &self.checkout.sources;
        resolve::read_at(
            sources,
            &self.checkout.base.commit,
            relative,
            self.interrupt,
        )
    }

    fn sources(
        &self,
        ours: &Package,
        theirs: &Package,
        wanted: &mut Wanted,
    ) -> Result<(), BuildError> {
        let to = self.relative(&theirs.directory)?;
        let tree =
            self.git()
                .paths(&["ls-tree", "-r", "-z", "--full-tree", "--name-only", "HEAD"])?;
        for place in places(ours) {
            for file in tree.iter().filter(|file| file.starts_with(to.join(&place))) {
                wanted.entry(file.clone()).or_insert(Content::Absent);
            }
            // Tracked files and new ones, without what git ignores.
            let mut files = Git::new(&ours.directory, self.interrupt).paths(&[
                "--literal-pathspecs",
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
                "--deduplicate",
                "--",
                &place.to_string_lossy(),
            ])?;
            if files.is_empty() {
                // A bench that git ignores is a bench all the same.
                files.push(place);
            }
            for file in files {
                let from = ours.directory.join(&file);
                if from.symlink_metadata().is_ok_and(|kind| !kind.is_dir()) {
                    wanted.insert(to.join(&file), Content::Of(from));
                }
            }
        }
        Ok(())
    }

    /// Whether dependencies were added.
    fn manifest(
        &self,
        ours: &Package,
        theirs: &Package,
        base: &Project,
        wanted: &mut Wanted,
    ) -> Result<bool, BuildError> {
        let file = self.relative(&theirs.manifest)?;
        let Some(text) = self.at_base(&file)? else {
            return Ok(false);
        };
        let root = self.relative(&base.root)?;
        let workspace = self.at_base(&root.join("Cargo.toml"))?.unwrap_or_default();
        let candidate = merge::Candidate {
            package: &table(&ours.manifest, &read(&ours.manifest)?)?,
            workspace: &self.candidate_workspace()?,
        };
        let package = self.relative(&theirs.directory)?;
        let depth = package
            .strip_prefix(&root)
            .map_or(0, |below| below.components().count());
        let merged = merge::manifest(
            &table(&theirs.manifest, &text)?,
            &table(&base.root.join("Cargo.toml"), &workspace)?,
            &candidate,
            &"../".repeat(depth),
            &|path| theirs.directory.join(path).join("Cargo.toml").is_file(),
        );
        let Some(merged) = merged else {
            return Ok(false);
        };
        wanted.insert(file, Content::Text(merged.text));
        Ok(merged.dependencies)
    }

    fn candidate_workspace(&self) -> Result<Table, BuildError> {
        let path = self.candidate.root.join("Cargo.toml");
        table(&path, &read(&path)?)
    }

    /// The base's lock file, with the candidate's packages where dependencies were added; the candidate's where the base
    /// has none, which is so if it was copied.
    fn lock(
        &self,
        base: &Project,
        dependencies: bool,
        wanted: &mut Wanted,
    ) -> Result<bool, BuildError> {
        let file = self.relative(&base.root)?.join("Cargo.lock");
        let ours = self.candidate.root.join("Cargo.lock");
        if !ours.is_file() {
            return Ok(false);
        }
        match self.at_base(&file)? {
            None => {
                wanted.insert(file, Content::Of(ours));
                Ok(true)
            }
            Some(text) if dependencies => {
                let theirs = table(&base.root.join("Cargo.lock"), &text)?;
                if let Some(merged) = merge::lock(&theirs, &table(&ours, &read(&ours)?)?) {
                    wanted.insert(file, Content::Text(merged));
                }
                Ok(false)
            }
            Some(_) => Ok(false),
        }
    }
}

fn table(path: &Path, text: &str) -> Result<Table, BuildError> {
    toml::from_str(text).map_err(|error: toml::de::Error| BuildError::Toml {
        path: path.to_owned(),
        problem: error.to_string().trim().to_owned(),
    })
}

/// What belongs to the bench targets of a package, relative to it: the directory that a bench lies in below the package's
/// own (`benches`), with everything in it; of `src` the file alone, since the rest is what is measured; of the package's
/// directory itself the Rust files without its build script.
fn places(package: &Package) -> BTreeSet<PathBuf> {
    let mut places = BTreeSet::new();
    for bench in &package.benches {
        let Ok(source) = bench.source.strip_prefix(&package.directory) else {
            // Outside of the package: what both sides share, or a part of the base's tree.
            continue;
        };
        let mut components = source.components();
        match (components.next(), components.next()) {
            (Some(Component::Normal(first)), Some(_)) if first != "src" => {
                places.insert(PathBuf::from(first));
            }
            (Some(_), None) => {
                places.extend(files_beside(&package.directory));
                places.insert(source.to_owned());
            }
            _ => {
                places.insert(source.to_owned());
            }
        }
    }
    places
}

fn files_beside(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten();
    entries
        .filter_map(|entry| Some(PathBuf::from(entry.ok()?.file_name())))
        .filter(|name| {
            name.extension().is_some_and(|kind| kind == "rs") && *name != Path::new("build.rs")
        })
        .collect()
}

#[cfg(test)]
mod tests;
