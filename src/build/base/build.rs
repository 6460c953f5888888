//! Building a base with the candidate's benches, compiler and flags.

use super::super::cargo::{BuiltBench, Group, Libraries, groups};
use super::super::environment::for_bench;
use super::super::{BuildError, Package, Project, toolchain};
use super::attempt::{Attempt, attempt};
use super::carry::Carrier;
use super::checkout::Checkout;
use super::context::Context;
use super::seed::seed;
use super::sources::{Sources, Wanted};
use crate::budget::BenchTarget;
use crate::collect::process::Interrupt;
use cargo_metadata::TargetKind;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What the base has for a bench target of the candidate.
#[derive(Debug, Clone)]
pub enum BaseBench {
    /// An executable of the candidate's bench with the base's code.
    Built {
        /// As the base's own directories have it; `Sides` makes it equal to the candidate's.
        built: BuiltBench,
        /// It was there already, and fresh.
        reused: bool,
    },
    /// There is none, for this reason.
    NotComparable(String),
}

/// Builds bench targets of the candidate with the base's code.
///
/// The candidate's bench sources, its `[[bench]]` entries and its dev-dependencies are carried onto the checkout. It is
/// built with the candidate's compiler, environment and features, and with its own profile and cargo configuration, see
/// [`differences`](super::differences). Its `Cargo.lock` is its own if it has one, else the candidate's. Build the candidate first: compiled
/// dependencies are taken over from its target directory. The result is in the order of `targets`.
///
/// # Errors
/// A target that the candidate does not have; the cache cannot be written; no compiler; Ctrl-C. What the base does not
/// compile is no error.
pub fn build_base(
    candidate: &Project,
    checkout: &Checkout,
    targets: &[BenchTarget],
    interrupt: &Interrupt,
) -> Result<Vec<BaseBench>, BuildError> {
    let wanted = in_packages(candidate, targets)?;
    let all = |reason: String| vec![BaseBench::NotComparable(reason); targets.len()];
    let builder = Builder::new(candidate, checkout, interrupt)?;
    let base = match builder.prepare(&wanted)? {
        Ok(base) => base,
        Err(reason) => return Ok(all(reason)),
    };
    let made = builder.build(&base, &wanted)?;
    builder.sources().stamp()?;
    Ok(targets
        .iter()
        .zip(&wanted)
        .map(|(target, wanted)| made.bench(target, wanted))
        .collect())
}

/// Targets with the package of each: the base may have another bench target of that name in another package.
pub(super) fn in_packages(
    candidate: &Project,
    targets: &[BenchTarget],
) -> Result<Vec<BenchTarget>, BuildError> {
    let in_package = |target: &BenchTarget| {
        let (package, _) = candidate.find_bench(target)?;
        Ok(BenchTarget {
            package: Some(package.name.clone()),
            ..target.clone()
        })
    };
    targets.iter().map(in_package).collect()
}

pub(super) struct Builder<'a> {
    candidate: &'a Project,
    checkout: &'a Checkout,
    interrupt: &'a Interrupt,
    pub(super) context: Context,
}

impl<'a> Builder<'a> {
    pub(super) fn new(
        candidate: &'a Project,
        checkout: &'a Checkout,
        interrupt: &'a Interrupt,
    ) -> Result<Self, BuildError> {
        let context = Context::new(candidate, checkout)?;
        seed(candidate, &checkout.target_directory())?;
        Ok(Self {
            candidate,
            checkout,
            interrupt,
            context,
        })
    }

    /// The base's project with the candidate's benches in it, or why there is none.
    pub(super) fn prepare(
        &self,
        wanted: &[BenchTarget],
    ) -> Result<Result<Project, String>, BuildError> {
        let before = match self.load_or_restore()? {
            Ok(base) => base,
            Err(reason) => return Ok(Err(reason)),
        };
        let carrier = Carrier {
            candidate: self.candidate,
            checkout: self.checkout,
            interrupt: self.interrupt,
        };
        let packages = wanted
            .iter()
            .filter_map(|target| target.package.as_deref())
            .collect();
        if carrier.carry(&before, &packages)?.lock_may_change {
            self.settle_lock()?;
        }
        self.load()
    }

    /// The base's project as it lies there, or why there is none.
    fn load_or_restore(&self) -> Result<Result<Project, String>, BuildError> {
        match self.load()? {
            Ok(base) => Ok(Ok(base)),
            // It may be what an earlier run carried, or was killed while carrying.
            Err(_) => {
                self.sources().bring_to(&Wanted::new())?;
                self.load()
            }
        }
    }

    pub(super) fn sources(&self) -> Sources<'a> {
        Sources {
            checkout: self.checkout,
            interrupt: self.interrupt,
        }
    }

    fn load(&self) -> Result<Result<Project, String>, BuildError> {
        let Context {
            root,
            options,
            environment,
        } = &self.context;
        if !root.join("Cargo.toml").is_file() {
            return Ok(Err("the base has no Cargo.toml there".to_owned()));
        }
        match Project::load_with(root, environment, options) {
            Ok(project) => Ok(Ok(project)),
            Err(BuildError::Metadata { source, .. }) => {
                Ok(Err(format!("cargo cannot read the base: {source}")))
            }
            Err(BuildError::Toml { path, problem }) => {
                Ok(Err(format!("{}: {problem}", path.display())))
            }
            Err(error) => Err(error),
        }
    }

    /// Has cargo bring the lock file up to date from what is on this machine, where that suffices. Otherwise the build
    /// asks the registries.
    fn settle_lock(&self) -> Result<(), BuildError> {
        let mut command = self.context.command();
        command.args(["metadata", "--format-version=1", "--offline"]);
        attempt(command, self.interrupt).map(drop)
    }

    fn build(&self, base: &Project, wanted: &[BenchTarget]) -> Result<Made, BuildError> {
        let library_directory = toolchain::library_directory(&self.candidate.root)?;
        let target = self.checkout.target_directory();
        let mut made = Made {
            packages: base.packages.clone(),
            libraries: Libraries::new(&target, library_directory),
            benches: BTreeMap::new(),
        };
        let mut known = Vec::new();
        for target in wanted {
            match base.find_bench(target) {
                Ok(_) => known.push(target.clone()),
                Err(error) => made.fail(target, &format!("the base has {error}")),
            }
        }
        for group in groups(base, &known)? {
            let alone = group.benches.len() == 1;
            if let Err(reason) = self.build_group(&group, &mut made)? {
                if alone {
                    made.fail_group(&group, &reason);
                    continue;
                }
                for bench in &group.benches {
                    let group = Group {
                        benches: vec![bench],
                        ..group.clone()
                    };
                    if let Err(reason) = self.build_group(&group, &mut made)? {
                        made.fail_group(&group, &reason);
                    }
                }
            }
        }
        Ok(made)
    }

    fn build_group(
        &self,
        group: &Group<'_>,
        made: &mut Made,
    ) -> Result<Result<(), String>, BuildError> {
        let mut command = self.context.command();
        command.args(group.arguments("json"));
        match attempt(command, self.interrupt)? {
            Attempt::Failed(reason) => Ok(Err(reason)),
            Attempt::Built { artifacts, linked } => {
                made.libraries.add(linked.iter().map(String::as_str));
                for artifact in artifacts {
                    if artifact.target.is_kind(TargetKind::Bench)
                        && let Some(executable) = artifact.executable
                    {
                        let key = key(group.package, group.features, &artifact.target.name);
                        made.benches
                            .insert(key, Ok((executable.into(), artifact.fresh)));
                    }
                }
                Ok(Ok(()))
            }
        }
    }
}

type Key = (String, Vec<String>, String);

fn key(package: &str, features: &[String], bench: &str) -> Key {
    (package.to_owned(), features.to_vec(), bench.to_owned())
}

/// What came of every bench target that was wanted.
struct Made {
    packages: Vec<Package>,
    libraries: Libraries,
    benches: BTreeMap<Key, Result<(PathBuf, bool), String>>,
}

impl Made {
    fn fail(&mut self, target: &BenchTarget, reason: &str) {
        let package = target.package.as_deref().unwrap_or_default();
        let key = key(package, &target.features, &target.bench);
        self.benches.insert(key, Err(reason.to_owned()));
    }

    fn fail_group(&mut self, group: &Group<'_>, reason: &str) {
        for bench in &group.benches {
            let reason =
                format!("the base does not build with the candidate's bench sources: {reason}");
            self.benches
                .insert(key(group.package, group.features, bench), Err(reason));
        }
    }

    fn bench(&self, target: &BenchTarget, wanted: &BenchTarget) -> BaseBench {
        let name = wanted.package.as_deref().unwrap_or_default();
        let made = self
            .benches
            .get(&key(name, &wanted.features, &wanted.bench));
        let package = self.packages.iter().find(|package| package.name == name);
        match (made, package) {
            (Some(Ok((executable, reused))), Some(package)) => BaseBench::Built {
                built: BuiltBench {
                    target: target.clone(),
                    package: package.name.clone(),
                    executable: executable.clone(),
                    directory: package.directory.clone(),
                    environment: for_bench(package, &self.libraries),
                    harness: package
                        .benches
                        .iter()
                        .any(|bench| bench.name == wanted.bench && bench.harness),
                },
                reused: *reused,
            },
            (Some(Err(reason)), _) => BaseBench::NotComparable(reason.clone()),
            _ => {
                BaseBench::NotComparable("cargo built no executable of it for the base".to_owned())
            }
        }
    }
}
