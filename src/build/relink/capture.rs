//! Capturing how the executable of a bench target is linked, so that it can be linked again without compiling.
//!
//! `cargo rustc` compiles the bench target alone once more, with `--print link-args -C save-temps`. cargo gives the
//! result a name of its own, so the user's build stays fresh; what it leaves is taken away or removed. Libraries are
//! hard links to what cargo built: rustc and cargo replace such files and do not write into them.

use super::super::base::attempt::{Attempt, attempt};
use super::super::base::copy_all;
use super::super::sides::failed;
use super::super::{BuildError, BuiltBench};
use super::line::LinkLine;
use crate::collect::process::{self, Interrupt, Invocation, ProcessError, tail};
use crate::files;
use cargo_metadata::TargetKind;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// No link line is longer.
const LONGEST: u64 = 16 << 20;

/// Linking takes seconds at most, unless it is the linker that optimises.
const LIMIT: Duration = Duration::from_secs(600);

/// Lines that explain why a link failed.
const SHOWN: usize = 4;

/// How to link an executable.
#[derive(Debug, Clone)]
pub(super) struct Link {
    line: LinkLine,
    /// Index of the output's path among the arguments.
    output: usize,
    /// Where the linker runs: some arguments may be relative.
    directory: PathBuf,
}

/// Something that is no error, but leaves nothing to link again: a phrase.
pub(super) type Reason = String;

impl Link {
    /// Captures the link line of a bench target. `cargo` is cargo in the workspace `root`; `into` is a directory of our own.
    pub(super) fn capture(
        mut cargo: Command,
        root: &Path,
        built: &BuiltBench,
        into: &Path,
        interrupt: &Interrupt,
    ) -> Result<Result<Self, Reason>, BuildError> {
        std::fs::create_dir_all(into).map_err(|error| failed(into, &error))?;
        let printed = into.join("link-args");
        let Some(deps) = built.executable.parent() else {
            return Ok(Err("the executable has no directory".to_owned()));
        };
        let before = temporary_directories(deps).map_err(|error| failed(deps, &error))?;
        cargo.args(arguments(built, &printed));
        let artifacts = match attempt(cargo, interrupt)? {
            Attempt::Built { artifacts, .. } => artifacts,
            Attempt::Failed(reason) => {
                return Ok(Err(format!("its link line cannot be captured: {reason}")));
            }
        };
        let made = artifacts
            .into_iter()
            .filter(|artifact| artifact.target.is_kind(TargetKind::Bench))
            .find_map(|artifact| artifact.executable);
        let Some(made) = made else {
            return Ok(Err("cargo names no executable".to_owned()));
        };
        let traces = Traces {
            executable: made.into(),
            before,
        };
        let link = Self::read(&printed, root, deps, into);
        traces.remove().map_err(|error| failed(deps, &error))?;
        link.map_err(|error| failed(&printed, &error))
    }

    fn read(
        printed: &Path,
        root: &Path,
        deps: &Path,
        into: &Path,
    ) -> io::Result<Result<Self, Reason>> {
        let text = match files::read(printed, LONGEST) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Err("this rustc does not print how it links".to_owned()));
            }
            Err(error) => return Err(error),
        };
        let mut line = match LinkLine::parse(&String::from_utf8_lossy(&text)) {
            Ok(line) => line,
            Err(problem) => {
                return Ok(Err(format!(
                    "rustc's link line is not understood: {problem}"
                )));
            }
        };
        let Some(output) = line.output() else {
            return Ok(Err("rustc's link line has no output".to_owned()));
        };
        adopt(&mut line.arguments, output, deps, into)?;
        Ok(Ok(Self {
            line,
            output,
            directory: root.to_owned(),
        }))
    }

    /// Links to `to`, whole or not at all, with more arguments.
    pub(super) fn run(
        &self,
        to: &Path,
        more: &[OsString],
        interrupt: &Interrupt,
    ) -> Result<Result<(), Reason>, BuildError> {
        let error = |error: io::Error| failed(to, &error);
        if let Some(parent) = to.parent() {
            std::fs::create_dir_all(parent).map_err(error)?;
        }
        let mut unfinished = to.as_os_str().to_owned();
        unfinished.push(".unfinished");
        let mut arguments = self.line.arguments.clone();
        if let Some(output) = arguments.get_mut(self.output) {
            output.clone_from(&unfinished);
        }
        arguments.extend_from_slice(more);
        let invocation = Invocation {
            program: PathBuf::from(&self.line.program),
            arguments,
            directory: self.directory.clone(),
            environment: self.line.environment.clone(),
            environment_removed: self.line.removed.clone(),
            timeout: LIMIT,
        };
        match process::run(&invocation, interrupt) {
            Ok(finished) if finished.status.success() => {
                std::fs::rename(&unfinished, to).map_err(error).map(Ok)
            }
            Ok(finished) => Ok(Err(tail(&finished.stderr, SHOWN))),
            Err(ProcessError::Interrupted) => Err(BuildError::Interrupted),
            Err(problem) => Ok(Err(problem.to_string())),
        }
    }

    /// What rustc calls to link, and what it says about the linker.
    pub(super) fn linker(&self) -> String {
        let mut chosen = self.line.arguments.iter().filter_map(|argument| {
            argument
                .to_str()
                .filter(|argument| argument.starts_with("-fuse-ld="))
        });
        let program = self.line.program.to_string_lossy();
        match chosen.next_back() {
            Some(chosen) => format!("`{program} {chosen}`"),
            None => format!("`{program}`"),
        }
    }
}

fn arguments(built: &BuiltBench, printed: &Path) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = [
        "rustc",
        "--profile=bench",
        "--message-format=json",
        "--package",
        &built.package,
        "--bench",
        &built.target.bench,
    ]
    .map(OsString::from)
    .into();
    if !built.target.features.is_empty() {
        arguments.push("--features".into());
        arguments.push(built.target.features.join(",").into());
    }
    let mut print = OsString::from("link-args=");
    print.push(printed);
    arguments.extend(["--".into(), "--print".into(), print]);
    arguments.extend(["-C".into(), "save-temps".into()]);
    arguments
}

/// Makes the arguments independent of what cargo may replace or we remove: files below `deps` become ours.
fn adopt(arguments: &mut [OsString], output: usize, deps: &Path, into: &Path) -> io::Result<()> {
    // rustc's temporary directory is also named within arguments, so it keeps its name.
    let temporary: BTreeSet<OsString> = arguments
        .iter()
        .filter_map(|argument| within(argument, deps))
        .collect();
    for name in &temporary {
        copy_all(&deps.join(name), &into.join(name))?;
        for argument in arguments.iter_mut() {
            *argument = replaced(
                argument,
                deps.join(name).as_os_str(),
                into.join(name).as_os_str(),
            );
        }
    }
    let inputs = into.join("inputs");
    std::fs::create_dir_all(&inputs)?;
    for (index, argument) in arguments.iter_mut().enumerate() {
        let path = Path::new(argument);
        if index == output || path.parent() != Some(deps) || !path.is_file() {
            continue;
        }
        if let Some(name) = path.file_name() {
            let to = inputs.join(name);
            match std::fs::remove_file(&to) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            if std::fs::hard_link(path, &to).is_err() {
                std::fs::copy(path, &to)?;
            }
            *argument = to.into_os_string();
        }
    }
    Ok(())
}

/// The name of rustc's temporary directory, if the argument has a path in it.
fn within(argument: &OsStr, deps: &Path) -> Option<OsString> {
    let mut start = deps.as_os_str().as_bytes().to_vec();
    start.push(b'/');
    let at = find(argument.as_bytes(), &start)? + start.len();
    let name = argument
        .as_bytes()
        .get(at..)?
        .split(|byte| *byte == b'/')
        .next()?;
    let name = OsStr::from_bytes(name);
    (is_temporary(name) && deps.join(name).is_dir()).then(|| name.to_owned())
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

fn replaced(text: &OsStr, old: &OsStr, new: &OsStr) -> OsString {
    let (mut rest, old) = (text.as_bytes(), old.as_bytes());
    let mut made = Vec::new();
    while let Some(at) = find(rest, old) {
        made.extend_from_slice(&rest[..at]);
        made.extend_from_slice(new.as_bytes());
        rest = &rest[at + old.len()..];
    }
    made.extend_from_slice(rest);
    OsString::from_vec(made)
}

/// `rustcXXXXXX` or `rmetaXXXXXX`, as rustc names temporary directories.
fn is_temporary(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| {
        let rest = name.strip_prefix("rustc").or(name.strip_prefix("rmeta"));
        rest.is_some_and(|rest| {
            rest.len() == 6 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
    })
}

fn temporary_directories(deps: &Path) -> io::Result<BTreeSet<OsString>> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(deps)? {
        let entry = entry?;
        if is_temporary(&entry.file_name()) && entry.file_type()?.is_dir() {
            found.insert(entry.file_name());
        }
    }
    Ok(found)
}

/// What a capture leaves in the target directory.
struct Traces {
    executable: PathBuf,
    /// Temporary directories that were there before.
    before: BTreeSet<OsString>,
}

impl Traces {
    fn remove(&self) -> io::Result<()> {
        let (Some(deps), Some(stem)) = (self.executable.parent(), self.executable.file_name())
        else {
            return Ok(());
        };
        let Some(profile) = deps.parent() else {
            return Ok(());
        };
        // While we have cargo's lock, no other build's files are among the new ones.
        let lock = File::open(profile.join(".cargo-lock")).ok();
        let alone = lock.as_ref().is_some_and(|lock| lock.try_lock().is_ok());
        for entry in std::fs::read_dir(deps)? {
            let name = entry?.file_name();
            let path = deps.join(&name);
            let rest = name.as_bytes().strip_prefix(stem.as_bytes());
            let named = matches!(rest, Some([] | [b'.', ..]));
            let temporary = alone && is_temporary(&name) && !self.before.contains(&name);
            if named || temporary {
                remove(&path)?;
            }
        }
        let hash = stem
            .to_str()
            .and_then(|stem| Some(stem.rsplit_once('-')?.1));
        let fingerprints = profile.join(".fingerprint");
        if let (Some(hash), true) = (hash, fingerprints.is_dir()) {
            for entry in std::fs::read_dir(&fingerprints)? {
                let name = entry?.file_name();
                if name
                    .to_str()
                    .is_some_and(|name| name.rsplit_once('-').is_some_and(|(_, of)| of == hash))
                {
                    remove(&fingerprints.join(&name))?;
                }
            }
        }
        Ok(())
    }
}

fn remove(path: &Path) -> io::Result<()> {
    let removed = match path.is_dir() {
        true => std::fs::remove_dir_all(path),
        false => std::fs::remove_file(path),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
