//! Edge: what bench targets there are, and building them.
//!
//! [`Project::load`] asks `cargo metadata` and reads the manifests for what metadata does not tell;
//! [`build`] has cargo build bench executables without running them; [`toolchain`] says with what.
//! To compare with another revision, [`resolve`] finds it, [`checkout`] gets its sources and [`build_base`] builds them
//! with the candidate's benches.
//! Starting the executables is the business of `collect`.

mod base;
mod cargo;
mod environment;
mod git;
mod lock;
mod log;
mod machine_code;
mod manifest;
mod project;
mod relink;
mod revision;
mod sides;
mod toolchain;

pub use base::{
    Base, BaseBench, BaseBinaries, CheckedOut, CheckedOutFor, Checkout, build_base,
    build_base_binaries, build_binaries, build_programs, cache_root, checkout, clean, differences,
    read_at, resolve,
};
pub use cargo::{BuiltBench, build};
pub use lock::locked_version;
pub use machine_code::{MachineCode, machine_code};
pub use project::{Bench, Dependency, Package, Project};
pub use relink::{RelinkInput, Relinker, Relinking};
pub use revision::revision;
pub use sides::{Side, Sides, copy_as_base, link_targets, sha256};
pub use toolchain::toolchain;

use std::path::PathBuf;

/// Why there is nothing to measure.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// `cargo metadata` did not answer.
    #[error("failed to read the cargo project in {}", directory.display())]
    Metadata {
        /// Where cargo was asked.
        directory: PathBuf,
        /// Its complaint.
        source: cargo_metadata::Error,
    },
    /// A file could not be read.
    #[error("failed to read {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A manifest, lock file or configuration is not what cargo reads.
    #[error("{}: {problem}", path.display())]
    Toml {
        /// Which.
        path: PathBuf,
        /// What and where.
        problem: String,
    },
    /// No bench target of that name.
    #[error("no bench target `{bench}`{}{}; {}", in_package(package.as_deref()), meant(suggestion.as_deref()), listed("bench targets", available))]
    UnknownBench {
        /// As asked for.
        bench: String,
        /// Where it was looked for, if not in the whole workspace.
        package: Option<String>,
        /// The nearest name.
        suggestion: Option<String>,
        /// Every bench target, as `package/bench`.
        available: Vec<String>,
    },
    /// No package of that name.
    #[error("no package `{package}` in the workspace{}; {}", meant(suggestion.as_deref()), listed("packages", available))]
    UnknownPackage {
        /// As asked for.
        package: String,
        /// The nearest name.
        suggestion: Option<String>,
        /// Every package of the workspace.
        available: Vec<String>,
    },
    /// Several packages have a bench target of that name.
    #[error("bench target `{bench}` exists in the packages {}; add `package = \"..\"` to the suite", packages.join(", "))]
    AmbiguousBench {
        /// As asked for.
        bench: String,
        /// Where it was found.
        packages: Vec<String>,
    },
    /// A program of the toolchain could not be run.
    #[error("failed to run `{program}`")]
    NotStarted {
        /// Which.
        program: String,
        /// Why.
        source: std::io::Error,
    },
    /// A program of the toolchain failed; what it said is on stderr already, or here.
    #[error("`{command}` failed ({status}){}", said(stderr))]
    Failed {
        /// The command line.
        command: String,
        /// Exit status or signal.
        status: std::process::ExitStatus,
        /// What it said, where that was not shown as it came.
        stderr: String,
    },
    /// Binaries of the candidate do not build.
    #[error("the binaries of the candidate do not build: {reason}")]
    Binaries {
        /// The first errors of the compiler, or what cargo said.
        reason: String,
    },
    /// cargo succeeded without naming the executable.
    #[error(
        "cargo built no executable for bench target `{bench}` of package `{package}`; run `cargo bench --no-run -p {package} --bench {bench}` to see why"
    )]
    NoExecutable {
        /// Package.
        package: String,
        /// Bench target.
        bench: String,
    },
    /// The base revision cannot be used.
    #[error("cannot use `{reference}` as base: {problem}")]
    Base {
        /// As asked for.
        reference: String,
        /// Why, and what to do.
        problem: String,
    },
    /// The cache of base revisions cannot be used, or something in it.
    #[error("failed to use {} for base revisions: {problem}", path.display())]
    Cache {
        /// What.
        path: PathBuf,
        /// Why, and what to do.
        problem: String,
    },
    /// An executable could not be copied, or is not what a linker makes.
    #[error("failed to prepare {}: {problem}", path.display())]
    Executable {
        /// Which.
        path: PathBuf,
        /// Why.
        problem: String,
    },
    /// Ctrl-C.
    #[error("interrupted while building")]
    Interrupted,
}

fn in_package(package: Option<&str>) -> String {
    package.map_or_else(String::new, |name| format!(" in package `{name}`"))
}

fn meant(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(String::new, |name| format!(", did you mean `{name}`?"))
}

fn said(stderr: &str) -> String {
    if stderr.trim().is_empty() {
        String::new()
    } else {
        format!(": {}", stderr.trim())
    }
}

fn listed(what: &str, names: &[String]) -> String {
    if names.is_empty() {
        format!("the workspace has no {what}")
    } else {
        format!("the workspace has the {what} {}", names.join(", "))
    }
}

/// The name most like `wanted`, if any is near enough to be what was meant.
fn nearest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    names
        .into_iter()
        .map(|name| (strsim::jaro_winkler(wanted, name), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name.to_owned())
}

fn read(path: &std::path::Path) -> Result<String, BuildError> {
    std::fs::read_to_string(path).map_err(|source| BuildError::File {
        path: path.to_owned(),
        source,
    })
}
