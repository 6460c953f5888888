//! Capturing how the executable of a bench target is linked, so that it can be linked again without compiling.
//!
//! `cargo rustc` compiles the bench target alone once more, with `--print link-args -C save-temps`. cargo keeps the result
//! apart from what `cargo bench` makes, so that the user's build stays fresh, and finds it fresh itself the next time: it
//! stays in the target directory. What is linked is ours: hard links to libraries and objects, which rustc and cargo
//! replace and do not write into.

use super::super::base::attempt::{Attempt, attempt};
use super::super::base::copy_all;
use super::super::sides::{failed, name};
use super::super::{BuildError, BuiltBench};
use super::line::LinkLine;
use super::link::{Link, Reason};
use crate::collect::process::Interrupt;
use crate::files;
use cargo_metadata::TargetKind;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

/// No link line is longer.
const LONGEST: u64 = 16 << 20;

/// A bench target whose link line is wanted.
pub(super) struct Capture<'a> {
    pub(super) built: &'a BuiltBench,
    /// Workspace, in which cargo and the linker run.
    pub(super) root: &'a Path,
    /// A directory of our own.
    pub(super) into: &'a Path,
    /// Where cargo puts what it compiles.
    deps: &'a Path,
    /// Where rustc prints the link line.
    printed: PathBuf,
}

impl<'a> Capture<'a> {
    pub(super) fn new(built: &'a BuiltBench, root: &'a Path, into: &'a Path) -> Option<Self> {
        let deps = built.executable.parent()?;
        // Not a name for each run: cargo would compile for each.
        let mut hasher = Sha256::new();
        for feature in &built.target.features {
            hasher.update(feature);
            hasher.update([0]);
        }
        let mut features = crate::baseline::hex(&hasher.finalize());
        features.truncate(8);
        let printed = deps
            .parent()?
            .parent()?
            .join("tollgate")
            .join(format!("{}-{features}.link-args", name(built)));
        Some(Self {
            built,
            root,
            into,
            deps,
            printed,
        })
    }

    /// The link, from a new compilation or from an earlier one that is fresh. `cargo` is cargo in the workspace.
    pub(super) fn run(
        &self,
        cargo: impl Fn() -> Command,
        interrupt: &Interrupt,
    ) -> Result<Result<Link, Reason>, BuildError> {
        let files = |error: io::Error| failed(&self.printed, &error);
        for directory in [Some(self.into), self.printed.parent()]
            .into_iter()
            .flatten()
        {
            std::fs::create_dir_all(directory).map_err(files)?;
        }
        let mut again = false;
        loop {
            let earlier = self.line().map_err(files)?;
            let before = temporary_directories(self.deps).map_err(files)?;
            let mut command = cargo();
            command.args(self.arguments());
            let (executable, fresh) = match self.compile(command, interrupt)? {
                Ok(made) => made,
                Err(reason) => return Ok(Err(reason)),
            };
            let mut line = match self.line().map_err(files)? {
                Some(Ok(line)) => line,
                Some(Err(problem)) => {
                    return Ok(Err(format!(
                        "rustc's link line is not understood: {problem}"
                    )));
                }
                None if fresh => LinkLine::default(),
                None => return Ok(Err("this rustc does not print how it links".to_owned())),
            };
            let Some(output) = line.output().filter(|_| self.has_inputs(&line)) else {
                // Somebody removed a part, and cargo does not look at that.
                if fresh && !std::mem::replace(&mut again, true) {
                    self.forget(&executable).map_err(files)?;
                    continue;
                }
                return Ok(Err(
                    "rustc's link line names files that are not there".to_owned()
                ));
            };
            if !fresh {
                let earlier = earlier.and_then(Result::ok);
                self.tidy(&executable, &line, earlier.as_ref(), &before)
                    .map_err(files)?;
            }
            adopt(&mut line.arguments, output, self.deps, self.into).map_err(files)?;
            return Ok(Ok(Link {
                line,
                output,
                directory: self.root.to_owned(),
            }));
        }
    }

    /// The executable, and whether it was there already.
    fn compile(
        &self,
        cargo: Command,
        interrupt: &Interrupt,
    ) -> Result<Result<(PathBuf, bool), Reason>, BuildError> {
        let artifacts = match attempt(cargo, interrupt)? {
            Attempt::Built { artifacts, .. } => artifacts,
            Attempt::Failed(reason) => {
                return Ok(Err(format!("its link line cannot be captured: {reason}")));
            }
        };
        let made = artifacts
            .into_iter()
            .filter(|artifact| artifact.target.is_kind(TargetKind::Bench))
            .find_map(|artifact| Some((artifact.executable?.into(), artifact.fresh)));
        Ok(made.ok_or_else(|| "cargo names no executable".to_owned()))
    }

    /// The link line that is printed, or why it is none; `None` where nothing is printed.
    fn line(&self) -> io::Result<Option<Result<LinkLine, String>>> {
        match files::read(&self.printed, LONGEST) {
            Ok(text) => Ok(Some(LinkLine::parse(&String::from_utf8_lossy(&text)))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn has_inputs(&self, line: &LinkLine) -> bool {
        let output = line.output();
        let mut inputs = line
            .arguments
            .iter()
            .enumerate()
            .filter(|(index, argument)| {
                Some(*index) != output && Path::new(argument).starts_with(self.deps)
            });
        // Directories that rustc offers for searching may be empty, or gone.
        inputs.all(|(_, path)| Path::new(path).extension().is_none() || Path::new(path).is_file())
    }

    fn arguments(&self) -> Vec<OsString> {
        let target = &self.built.target;
        let mut arguments: Vec<OsString> = [
            "rustc",
            "--profile=bench",
            "--message-format=json",
            "--package",
            &self.built.package,
            "--bench",
            &target.bench,
        ]
        .map(OsString::from)
        .into();
        if !target.features.is_empty() {
            arguments.push("--features".into());
            arguments.push(target.features.join(",").into());
        }
        let mut print = OsString::from("link-args=");
        print.push(&self.printed);
        arguments.extend(["--".into(), "--print".into(), print]);
        arguments.extend(["-C".into(), "save-temps".into()]);
        arguments
    }

    /// Removes what this compilation left and no link needs, and what an earlier one did.
    fn tidy(
        &self,
        executable: &Path,
        line: &LinkLine,
        earlier: Option<&LinkLine>,
        before: &BTreeSet<OsString>,
    ) -> io::Result<()> {
        let Some(stem) = executable.file_name() else {
            return Ok(());
        };
        let needed: BTreeSet<&OsStr> = line
            .arguments
            .iter()
            .filter_map(|argument| Path::new(argument).strip_prefix(self.deps).ok())
            .map(Path::as_os_str)
            .collect();
        let of = |line: &LinkLine| -> BTreeSet<OsString> {
            let within = |argument: &OsString| temporary_in(argument, self.deps);
            line.arguments.iter().filter_map(within).collect()
        };
        let used = of(line);
        let mut unused = earlier.map(of).unwrap_or_default();
        // While we have cargo's lock, no other build's temporary directories are among the new ones.
        let profile = self.deps.parent().unwrap_or(self.deps);
        let lock = File::open(profile.join(".cargo-lock")).ok();
        if lock.as_ref().is_some_and(|lock| lock.try_lock().is_ok()) {
            let now = temporary_directories(self.deps)?;
            unused.extend(now.difference(before).cloned());
        }
        for name in unused.difference(&used) {
            remove(&self.deps.join(name))?;
        }
        for entry in std::fs::read_dir(self.deps)? {
            let name = entry?.file_name();
            let kind = name.as_bytes().strip_prefix(stem.as_bytes());
            // Its own name and `.d` are cargo's, `.rcgu.o` are the objects, the rest is bitcode.
            let temporary = kind.is_some_and(|kind| kind.starts_with(b".") && kind != b".d");
            if temporary && !needed.contains(name.as_os_str()) {
                remove(&self.deps.join(&name))?;
            }
        }
        Ok(())
    }

    /// Has cargo compile it again.
    fn forget(&self, executable: &Path) -> io::Result<()> {
        let stem = executable.file_name().and_then(OsStr::to_str);
        let hash = stem.and_then(|stem| Some(stem.rsplit_once('-')?.1));
        let fingerprints = self.deps.with_file_name(".fingerprint");
        if let Some(hash) = hash {
            for entry in std::fs::read_dir(&fingerprints)? {
                let name = entry?.file_name();
                let of = name
                    .to_str()
                    .and_then(|name| Some(name.rsplit_once('-')?.1));
                if of == Some(hash) {
                    remove(&fingerprints.join(&name))?;
                }
            }
        }
        Ok(())
    }
}

/// Makes the arguments independent of what cargo may replace or we remove: files below `deps` become ours.
fn adopt(arguments: &mut [OsString], output: usize, deps: &Path, into: &Path) -> io::Result<()> {
    // rustc's temporary directory is also named within arguments, so it keeps its name.
    let temporary: BTreeSet<OsString> = arguments
        .iter()
        .filter_map(|argument| temporary_in(argument, deps))
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
fn temporary_in(argument: &OsStr, deps: &Path) -> Option<OsString> {
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
