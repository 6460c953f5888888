//! The cargo project: packages, bench targets and what they depend on.

use super::environment::of_outer_cargo;
use super::manifest::Manifest;
use super::{BuildError, nearest, read};
use crate::budget::BenchTarget;
use cargo_metadata::{Metadata, MetadataCommand, TargetKind};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Benchmark libraries that are worth knowing about.
const TOOLS: [&str; 6] = [
    "criterion",
    "divan",
    "gungraun",
    "iai-callgrind",
    "iai",
    "bencher",
];

/// A cargo workspace, as far as its benchmarks are concerned.
#[derive(Debug, Clone)]
pub struct Project {
    /// Directory of the workspace's manifest and `Cargo.lock`.
    pub root: PathBuf,
    /// Where cargo builds, `CARGO_TARGET_DIR` and `build.target-dir` respected.
    pub target_directory: PathBuf,
    /// Members of the workspace.
    pub packages: Vec<Package>,
}

/// A member of the workspace.
#[derive(Debug, Clone)]
pub struct Package {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// Directory of its manifest; the working directory of its benches under `cargo bench`.
    pub directory: PathBuf,
    /// Its `Cargo.toml`.
    pub manifest: PathBuf,
    /// Its bench targets.
    pub benches: Vec<Bench>,
    /// Benchmark libraries among its dependencies.
    pub tools: Vec<Dependency>,
    /// Whether plain `cargo bench` starts the library's unit tests too; `None` without a library.
    pub lib_bench: Option<bool>,
    /// Binaries whose unit tests plain `cargo bench` starts too.
    pub bin_benches: Vec<String>,
    /// What cargo sets for its executables.
    pub(super) environment: Vec<(OsString, OsString)>,
}

/// A bench target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bench {
    /// Name of the target.
    pub name: String,
    /// Main source file.
    pub source: PathBuf,
    /// libtest supplies `main`; neither criterion nor divan work then.
    pub harness: bool,
    /// Plain `cargo bench` runs it.
    pub runs_by_default: bool,
    /// Features without which cargo does not build it.
    pub required_features: Vec<String>,
}

/// A benchmark library that a package depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// Name of the tool, as suites call it: `criterion`, `divan`, ..
    pub tool: String,
    /// Package that provides it, which differs from `tool` when it is renamed.
    pub package: String,
    /// Version requirement, such as `^0.5`.
    pub requirement: cargo_metadata::semver::VersionReq,
}

impl Project {
    /// Asks cargo about the workspace that `directory` belongs to.
    ///
    /// Uses the program in `CARGO`, else `cargo`.
    ///
    /// # Errors
    /// cargo fails (its message is inside), or a manifest cannot be read.
    pub fn load(directory: &Path) -> Result<Self, BuildError> {
        Self::load_with(directory, &[], &[])
    }

    /// As `load`, with more of an environment and more arguments for cargo.
    pub(super) fn load_with(
        directory: &Path,
        environment: &[(OsString, OsString)],
        arguments: &[String],
    ) -> Result<Self, BuildError> {
        let mut command = MetadataCommand::new();
        command.current_dir(directory).no_deps();
        command.other_options(arguments);
        for (name, value) in environment {
            command.env(name, value);
        }
        let inherited: Vec<OsString> = std::env::vars_os().map(|(name, _)| name).collect();
        for name in of_outer_cargo(inherited.iter().map(OsString::as_os_str)) {
            command.env_remove(name);
        }
        let metadata = command.exec().map_err(|source| BuildError::Metadata {
            directory: directory.to_owned(),
            source,
        })?;
        Self::from_metadata(&metadata, read)
    }

    fn from_metadata(
        metadata: &Metadata,
        read: impl Fn(&Path) -> Result<String, BuildError>,
    ) -> Result<Self, BuildError> {
        let packages = metadata
            .workspace_packages()
            .into_iter()
            .map(|package| {
                let path = package.manifest_path.as_std_path();
                let manifest =
                    Manifest::parse(&read(path)?).map_err(|problem| BuildError::Toml {
                        path: path.to_owned(),
                        problem,
                    })?;
                Ok(Package::new(package, &manifest))
            })
            .collect::<Result<_, BuildError>>()?;
        Ok(Self {
            root: metadata.workspace_root.clone().into(),
            target_directory: metadata.target_directory.clone().into(),
            packages,
        })
    }

    /// The package and bench target that a suite means.
    ///
    /// # Errors
    /// No such package or target (with the nearest name and the list), or several targets of that name.
    pub fn find_bench(&self, target: &BenchTarget) -> Result<(&Package, &Bench), BuildError> {
        let searched: Vec<&Package> = match &target.package {
            None => self.packages.iter().collect(),
            Some(name) => vec![self.package(name)?],
        };
        let found: Vec<(&Package, &Bench)> = searched
            .iter()
            .flat_map(|package| package.benches.iter().map(move |bench| (*package, bench)))
            .filter(|(_, bench)| bench.name == target.bench)
            .collect();
        match found[..] {
            [only] => Ok(only),
            [] => Err(BuildError::UnknownBench {
                bench: target.bench.clone(),
                package: target.package.clone(),
                suggestion: nearest(
                    &target.bench,
                    searched
                        .iter()
                        .flat_map(|package| &package.benches)
                        .map(|bench| bench.name.as_str()),
                ),
                available: self.benches().collect(),
            }),
            _ => Err(BuildError::AmbiguousBench {
                bench: target.bench.clone(),
                packages: found
                    .iter()
                    .map(|(package, _)| package.name.clone())
                    .collect(),
            }),
        }
    }

    /// The package of this name.
    ///
    /// # Errors
    /// There is none.
    pub fn package(&self, name: &str) -> Result<&Package, BuildError> {
        self.packages
            .iter()
            .find(|package| package.name == name)
            .ok_or_else(|| BuildError::UnknownPackage {
                package: name.to_owned(),
                suggestion: nearest(name, self.packages.iter().map(|p| p.name.as_str())),
                available: self.packages.iter().map(|p| p.name.clone()).collect(),
            })
    }

    fn benches(&self) -> impl Iterator<Item = String> {
        self.packages.iter().flat_map(|package| {
            package
                .benches
                .iter()
                .map(|bench| format!("{}/{}", package.name, bench.name))
        })
    }
}

impl Package {
    fn new(package: &cargo_metadata::Package, manifest: &Manifest) -> Self {
        let path = package.manifest_path.as_std_path();
        let directory = path.parent().unwrap_or(path).to_owned();
        let of_kind = |kind: TargetKind| {
            package
                .targets
                .iter()
                .filter(move |target| target.is_kind(kind.clone()))
        };
        let has_library = package.targets.iter().any(|target| {
            target.is_lib() || target.is_rlib() || target.is_dylib() || target.is_cdylib()
        });
        Self {
            name: package.name.to_string(),
            version: package.version.to_string(),
            environment: environment(package, &directory),
            directory,
            manifest: path.to_owned(),
            benches: of_kind(TargetKind::Bench)
                .map(|target| Bench {
                    name: target.name.clone(),
                    source: target.src_path.clone().into(),
                    harness: manifest.harness(&target.name),
                    runs_by_default: manifest.runs_by_default(&target.name),
                    required_features: target.required_features.clone(),
                })
                .collect(),
            tools: tools(package),
            lib_bench: has_library.then(|| manifest.lib_bench()),
            bin_benches: of_kind(TargetKind::Bin)
                .filter(|target| manifest.bin_bench(&target.name))
                .map(|target| target.name.clone())
                .collect(),
        }
    }
}

fn tools(package: &cargo_metadata::Package) -> Vec<Dependency> {
    let mut tools: Vec<Dependency> = package
        .dependencies
        .iter()
        .filter_map(|dependency| {
            let shown = dependency.rename.as_deref().unwrap_or(&dependency.name);
            let tool = TOOLS
                .iter()
                .find(|tool| **tool == shown || **tool == dependency.name)?;
            Some(Dependency {
                tool: (*tool).to_owned(),
                package: dependency.name.clone(),
                requirement: dependency.req.clone(),
            })
        })
        .collect();
    tools.dedup();
    tools
}

/// The variables of <https://doc.rust-lang.org/cargo/reference/environment-variables.html> that programs
/// started by cargo see at run time.
fn environment(package: &cargo_metadata::Package, directory: &Path) -> Vec<(OsString, OsString)> {
    let version = &package.version;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let path = |value: &Option<cargo_metadata::camino::Utf8PathBuf>| {
        value
            .as_ref()
            .map(|path| path.as_str().to_owned())
            .unwrap_or_default()
    };
    let pairs = [
        ("NAME", package.name.to_string()),
        ("VERSION", version.to_string()),
        ("VERSION_MAJOR", version.major.to_string()),
        ("VERSION_MINOR", version.minor.to_string()),
        ("VERSION_PATCH", version.patch.to_string()),
        ("VERSION_PRE", version.pre.to_string()),
        ("AUTHORS", package.authors.join(":")),
        ("DESCRIPTION", text(&package.description)),
        ("HOMEPAGE", text(&package.homepage)),
        ("REPOSITORY", text(&package.repository)),
        ("LICENSE", text(&package.license)),
        ("LICENSE_FILE", path(&package.license_file)),
        ("README", path(&package.readme)),
        (
            "RUST_VERSION",
            package
                .rust_version
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
        ),
    ];
    pairs
        .into_iter()
        .map(|(name, value)| (format!("CARGO_PKG_{name}").into(), value.into()))
        .chain([
            ("CARGO_MANIFEST_DIR".into(), directory.into()),
            (
                "CARGO_MANIFEST_PATH".into(),
                package.manifest_path.as_str().into(),
            ),
        ])
        .collect()
}

#[cfg(test)]
mod tests;
