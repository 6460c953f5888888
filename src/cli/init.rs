//! `tollgate init`: looks at the project's bench targets, proposes a budgets.toml and says what else to change.
//!
//! Deciding is pure ([`tool_of`], [`propose`], [`next_steps`]); [`run`] asks cargo, reads sources and writes
//! one file. Manifests are not edited: what to change in them is printed.

mod next;
mod propose;

#[cfg(test)]
mod tests;

pub use next::next_steps;
pub use propose::propose;

use crate::build::{Bench, BuildError, Package, Project};
use crate::files::{self, Existing};
use crate::report::safe_name;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Name of the file that is proposed.
pub const BUDGETS_FILE: &str = "budgets.toml";

/// What measures in a bench target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// criterion.
    Criterion,
    /// divan.
    Divan,
    /// `#[bench]` functions.
    Libtest,
    /// gungraun, or iai-callgrind as it was called before.
    Gungraun,
    /// tollgate's own gate target: not to be measured.
    Gate,
    /// Could not be told.
    Unknown,
}

impl Tool {
    /// As written in budgets.toml; `None` for what cannot be a suite today.
    #[must_use]
    pub const fn suite(self) -> Option<&'static str> {
        match self {
            Self::Criterion => Some("criterion"),
            Self::Divan => Some("divan"),
            Self::Libtest | Self::Gungraun | Self::Gate | Self::Unknown => None,
        }
    }
}

/// A bench target of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundBench {
    /// Package that it belongs to.
    pub package: String,
    /// Name of the target.
    pub bench: String,
    /// What measures in it.
    pub tool: Tool,
    /// libtest supplies its `main`: criterion and divan need `harness = false`.
    pub harness: bool,
    /// Plain `cargo bench` runs it beside the gate.
    pub runs_by_default: bool,
    /// Features without which cargo does not build it.
    pub features: Vec<String>,
}

/// What of the project matters beside its bench targets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// Package that gets the gate target.
    pub gate_package: String,
    /// Packages whose library is started by plain `cargo bench`.
    pub libraries: Vec<String>,
    /// (package, binary) that plain `cargo bench` starts.
    pub binaries: Vec<(String, String)>,
}

/// Arguments of `tollgate init`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Somewhere in the project.
    pub directory: PathBuf,
    /// Replace an existing file.
    pub force: bool,
    /// Write the proposal to the output and nothing to disk.
    pub print: bool,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// cargo did not say what there is.
    #[error(transparent)]
    Project(#[from] BuildError),
    /// There is a file already.
    #[error(
        "{} exists; `--print` shows the proposal beside it, `--force` replaces it", path.display()
    )]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The file could not be written; what was there before is untouched.
    #[error("failed to write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The terminal or pipe is gone.
    #[error("failed to write to the standard output")]
    Output(#[source] io::Error),
}

/// What comes next where there is no cargo project: its suites can only be programs.
const COMMANDS_ONLY: &str = "No Cargo.toml here or above. Describe the programs to measure as suites in budgets.toml, then:\n\n    tollgate check\n";

/// Looks, writes `budgets.toml` into the workspace's root, or into the directory where there is no cargo project, and
/// says what to do next.
///
/// # Errors
/// A cargo project that cannot be read, an existing file without `force`, a directory that cannot be written.
pub fn run(options: &Options, out: &mut dyn Write) -> Result<(), InitError> {
    let in_project = options
        .directory
        .ancestors()
        .any(|directory| directory.join("Cargo.toml").is_file());
    let (root, found, next) = if in_project {
        let project = Project::load(&options.directory)?;
        let (found, surroundings) = look_at(&project);
        let next = next_steps(&found, &surroundings);
        (project.root, found, next)
    } else {
        let next = COMMANDS_ONLY.to_owned();
        (options.directory.clone(), Vec::new(), next)
    };
    let proposal = propose(&found);
    if options.print {
        return out
            .write_all(proposal.as_bytes())
            .map_err(InitError::Output);
    }
    let path = root.join(BUDGETS_FILE);
    write_file(&path, &proposal, options.force)?;
    let suites = found
        .iter()
        .filter(|bench| bench.tool.suite().is_some())
        .count();
    let report = format!(
        "wrote {} with {suites} suite{}\n\n{next}",
        safe_name(&path.display().to_string()),
        if suites == 1 { "" } else { "s" },
    );
    out.write_all(report.as_bytes()).map_err(InitError::Output)
}

fn look_at(project: &Project) -> (Vec<FoundBench>, Surroundings) {
    let found = project
        .packages
        .iter()
        .flat_map(|package| {
            package
                .benches
                .iter()
                .map(|bench| found(package, bench, &source_of(bench)))
        })
        .collect();
    let gate_package = project
        .packages
        .iter()
        .find(|package| package.directory == project.root)
        .or_else(|| {
            project
                .packages
                .iter()
                .find(|package| !package.benches.is_empty())
        })
        .or_else(|| project.packages.first())
        .map_or_else(String::new, |package| package.name.clone());
    let surroundings = Surroundings {
        gate_package,
        libraries: project
            .packages
            .iter()
            .filter(|package| package.lib_bench == Some(true))
            .map(|package| package.name.clone())
            .collect(),
        binaries: project
            .packages
            .iter()
            .flat_map(|package| {
                package
                    .bin_benches
                    .iter()
                    .map(|binary| (package.name.clone(), binary.clone()))
            })
            .collect(),
    };
    (found, surroundings)
}

/// The text of the target; empty where it cannot be read, for then the dependencies have to tell.
fn source_of(bench: &Bench) -> String {
    std::fs::read_to_string(&bench.source).unwrap_or_default()
}

fn found(package: &Package, bench: &Bench, source: &str) -> FoundBench {
    let dependencies: Vec<&str> = package
        .tools
        .iter()
        .map(|dependency| dependency.tool.as_str())
        .collect();
    FoundBench {
        package: package.name.clone(),
        bench: bench.name.clone(),
        tool: tool_of(source, &dependencies),
        harness: bench.harness,
        runs_by_default: bench.runs_by_default,
        features: bench.required_features.clone(),
    }
}

/// What measures in a target: what its main source mentions, else the only tool that its package depends on.
#[must_use]
pub fn tool_of(source: &str, dependencies: &[&str]) -> Tool {
    const SIGNS: [(&str, Tool); 9] = [
        ("tollgate::bench_main!", Tool::Gate),
        ("criterion_main!", Tool::Criterion),
        ("criterion_group!", Tool::Criterion),
        ("divan::main", Tool::Divan),
        ("divan::bench", Tool::Divan),
        ("gungraun::", Tool::Gungraun),
        ("iai_callgrind::", Tool::Gungraun),
        ("#[bench]", Tool::Libtest),
        ("test::Bencher", Tool::Libtest),
    ];
    let code: Vec<&str> = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let mentioned = SIGNS
        .iter()
        .find(|(sign, _)| code.iter().any(|line| line.contains(sign)));
    if let Some((_, tool)) = mentioned {
        return *tool;
    }
    match dependencies {
        ["criterion"] => Tool::Criterion,
        ["divan"] => Tool::Divan,
        ["gungraun" | "iai-callgrind"] => Tool::Gungraun,
        _ => Tool::Unknown,
    }
}

fn write_file(path: &Path, text: &str, force: bool) -> Result<(), InitError> {
    let failed = |source| InitError::Write {
        path: path.to_owned(),
        source,
    };
    // Said early, before anything is created; writing with [`Existing::Keep`] is what makes it certain.
    if !force && path.symlink_metadata().is_ok() {
        return Err(InitError::Exists {
            path: path.to_owned(),
        });
    }
    let existing = if force {
        Existing::Replace
    } else {
        Existing::Keep
    };
    match files::write(path, existing, |out| out.write_all(text.as_bytes())) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(InitError::Exists {
            path: path.to_owned(),
        }),
        written => written.map_err(failed),
    }
}
