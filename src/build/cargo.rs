//! Building bench executables.

use super::environment::{for_bench, of_outer_cargo};
use super::log::Shown;
use super::project::Project;
use super::{BuildError, toolchain};
use crate::budget::BenchTarget;
use crate::collect::process::{Interrupt, OF_RUNNER};
use cargo_metadata::{Message, TargetKind};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufReader, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A bench executable, ready to be started.
#[derive(Debug, Clone)]
pub struct BuiltBench {
    /// What the suite asked for.
    pub target: BenchTarget,
    /// Package that it belongs to.
    pub package: String,
    /// The program.
    pub executable: PathBuf,
    /// Working directory: the package's root, as under `cargo bench`.
    pub directory: PathBuf,
    /// What `cargo bench` would set for it.
    pub environment: Vec<(OsString, OsString)>,
    /// libtest supplies its `main`, whatever its source uses.
    pub harness: bool,
}

/// Builds bench targets with cargo's `bench` profile and without running them.
///
/// One cargo call for each package and set of features. cargo's progress and errors go to our stderr, each line
/// guarded against a runner that takes it for a command. The result
/// is in the order of `targets`. Ctrl-C reaches cargo as it reaches us; `interrupt` is looked at after
/// each of its messages as well.
///
/// # Errors
/// A target that does not exist, a build that fails (with cargo's exit status), Ctrl-C.
pub fn build(
    project: &Project,
    targets: &[BenchTarget],
    interrupt: &Interrupt,
) -> Result<Vec<BuiltBench>, BuildError> {
    let mut made = BTreeMap::new();
    let library_directory = toolchain::library_directory(&project.root)?;
    let mut libraries = Libraries::new(&project.target_directory, library_directory);
    for group in groups(project, targets)? {
        for (bench, executable) in group.build(project, &mut libraries, interrupt)? {
            made.insert((group.package, group.features, bench), executable);
        }
    }
    targets
        .iter()
        .map(|target| {
            let (package, bench) = project.find_bench(target)?;
            let key = (
                package.name.as_str(),
                target.features.as_slice(),
                bench.name.clone(),
            );
            let executable = made.get(&key).ok_or_else(|| BuildError::NoExecutable {
                package: package.name.clone(),
                bench: bench.name.clone(),
            })?;
            Ok(BuiltBench {
                target: target.clone(),
                package: package.name.clone(),
                executable: executable.clone(),
                directory: package.directory.clone(),
                environment: for_bench(package, &libraries),
                harness: bench.harness,
            })
        })
        .collect()
}

/// One group for each package and set of features.
pub(super) fn groups<'a>(
    project: &'a Project,
    targets: &'a [BenchTarget],
) -> Result<Vec<Group<'a>>, BuildError> {
    let mut groups: BTreeMap<(&str, &[String]), Vec<&str>> = BTreeMap::new();
    for target in targets {
        let (package, bench) = project.find_bench(target)?;
        let names = groups.entry((&package.name, &target.features)).or_default();
        if !names.contains(&bench.name.as_str()) {
            names.push(&bench.name);
        }
    }
    Ok(groups
        .into_iter()
        .map(|((package, features), benches)| Group {
            package,
            features,
            benches,
        })
        .collect())
}

/// Bench targets that one call of cargo builds.
#[derive(Debug, Clone)]
pub(super) struct Group<'a> {
    pub(super) package: &'a str,
    pub(super) features: &'a [String],
    pub(super) benches: Vec<&'a str>,
}

/// cargo's messages; it prints the compiler's to stderr.
const RENDERED: &str = "json-render-diagnostics";

impl Group<'_> {
    /// `messages` is the format of cargo's messages.
    pub(super) fn arguments(&self, messages: &str) -> Vec<String> {
        let messages = format!("--message-format={messages}");
        let mut arguments: Vec<String> =
            ["bench", "--no-run", &messages, "--package", self.package]
                .map(str::to_owned)
                .into();
        for bench in &self.benches {
            arguments.push("--bench".to_owned());
            arguments.push((*bench).to_owned());
        }
        if !self.features.is_empty() {
            arguments.push("--features".to_owned());
            arguments.push(self.features.join(","));
        }
        arguments
    }

    fn build(
        &self,
        project: &Project,
        libraries: &mut Libraries,
        interrupt: &Interrupt,
    ) -> Result<Vec<(String, PathBuf)>, BuildError> {
        let mut command = cargo(&project.root);
        command
            .args(self.arguments(RENDERED))
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        // Who watches sees cargo's progress bar; a log is guarded line by line.
        if !std::io::stderr().is_terminal() {
            command.stderr(Stdio::piped());
        }
        let not_started = |source| BuildError::NotStarted {
            program: "cargo".to_owned(),
            source,
        };
        let mut child = command.spawn().map_err(not_started)?;
        let shown = child.stderr.take().map(Shown::from);
        let mut made = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            for message in Message::parse_stream(BufReader::new(stdout)) {
                if interrupt.is_set() {
                    // Its exit status no longer matters, and it may have ended by itself meanwhile.
                    drop(child.kill());
                    break;
                }
                match message.map_err(not_started)? {
                    Message::CompilerArtifact(artifact)
                        if artifact.target.is_kind(TargetKind::Bench) =>
                    {
                        if let Some(executable) = artifact.executable {
                            made.push((artifact.target.name, executable.into()));
                        }
                    }
                    Message::BuildScriptExecuted(script) => {
                        libraries.add(script.linked_paths.iter().map(|path| path.as_str()));
                    }
                    _ => {}
                }
            }
        }
        let status = child.wait().map_err(not_started)?;
        if let Some(shown) = shown {
            shown.finish();
        }
        if interrupt.is_set() {
            return Err(BuildError::Interrupted);
        }
        if !status.success() {
            return Err(BuildError::Failed {
                command: format!("cargo {}", self.arguments(RENDERED).join(" ")),
                status,
                stderr: String::new(),
            });
        }
        Ok(made)
    }
}

/// cargo in `directory`, without what an outer cargo set for its own package and what a job of GitHub Actions set for
/// this step.
pub(super) fn cargo(directory: &Path) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(directory);
    let inherited: Vec<OsString> = std::env::vars_os().map(|(name, _)| name).collect();
    for name in of_outer_cargo(inherited.iter().map(OsString::as_os_str)) {
        command.env_remove(name);
    }
    for name in OF_RUNNER {
        command.env_remove(name);
    }
    command
}

/// Where the dynamic linker looks for libraries of the build, as cargo sets it: what build scripts
/// linked inside of the target directory, cargo's own output, the standard library.
pub(super) struct Libraries {
    target_directory: PathBuf,
    paths: Vec<PathBuf>,
}

impl Libraries {
    /// The dynamic linker's variable on this system.
    pub(super) const VARIABLE: &'static str = if cfg!(windows) {
        "PATH"
    } else if cfg!(target_vendor = "apple") {
        "DYLD_FALLBACK_LIBRARY_PATH"
    } else {
        "LD_LIBRARY_PATH"
    };

    pub(super) fn new(target_directory: &Path, of_toolchain: PathBuf) -> Self {
        let release = target_directory.join("release");
        Self {
            target_directory: target_directory.to_owned(),
            paths: vec![release.join("deps"), release, of_toolchain],
        }
    }

    pub(super) fn add<'a>(&mut self, linked: impl Iterator<Item = &'a str>) {
        for path in linked {
            // `native=/a/b`, `dependency=/a/b` or the path alone.
            let path = PathBuf::from(path.split_once('=').map_or(path, |(_, path)| path));
            if path.starts_with(&self.target_directory) && !self.paths.contains(&path) {
                self.paths.insert(0, path);
            }
        }
    }

    /// These directories before what the user has, if the paths can be written so.
    pub(super) fn search_path(&self) -> Option<OsString> {
        let inherited = std::env::var_os(Self::VARIABLE).unwrap_or_default();
        let old = std::env::split_paths(&inherited)
            .filter(|path| !path.as_os_str().is_empty() && !self.paths.contains(path));
        std::env::join_paths(self.paths.iter().cloned().chain(old)).ok()
    }
}

#[cfg(test)]
mod tests;
