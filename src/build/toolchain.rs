//! What builds the benchmarks: compiler, profile and flags.

use super::{BuildError, Project, read};
use crate::measurement::Toolchain;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use toml::{Table, Value};

/// Describes the compiler that builds `project` and hashes the settings that change its code.
///
/// `flags_hash` covers `RUSTFLAGS`, `CARGO_ENCODED_RUSTFLAGS`, `CARGO_BUILD_RUSTFLAGS`, `CARGO_TARGET_*_RUSTFLAGS`,
/// `CARGO_PROFILE_BENCH_*`, `CARGO_PROFILE_RELEASE_*`, the profiles `bench` and `release` of the workspace's manifest, and profiles and
/// rustflags of cargo's configuration files.
///
/// # Errors
/// rustc cannot be run, or a configuration file cannot be read.
pub fn toolchain(project: &Project, features: &[String]) -> Result<Toolchain, BuildError> {
    let version = rustc(&project.root, &["-vV"])?;
    let field = |name: &str| {
        version
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .map(|value| value.trim().to_owned())
    };
    let mut features = features.to_vec();
    features.sort_unstable();
    features.dedup();
    Ok(Toolchain {
        rustc: version.lines().next().map(str::to_owned),
        llvm: field("LLVM version:"),
        target: field("host:"),
        profile: Some("bench".to_owned()),
        flags_hash: Some(flags_hash(&settings(&project.root)?)),
        features,
    })
}

/// The compiler that a directory gets, so that another directory can be built with the same.
pub(super) struct Compiler {
    /// All of `rustc -vV`.
    pub(super) version: String,
    /// For `RUSTUP_TOOLCHAIN`: the name that rustup has for it, else its directory. Without rustup nobody looks at it.
    pub(super) toolchain: String,
}

/// Which compiler builds in `directory`.
pub(super) fn compiler(directory: &Path) -> Result<Compiler, BuildError> {
    let sysroot = rustc(directory, &["--print", "sysroot"])?;
    let sysroot = Path::new(sysroot.trim_end_matches(['\r', '\n']));
    let of_rustup = sysroot
        .parent()
        .is_some_and(|parent| parent.ends_with("toolchains"));
    let toolchain = match sysroot.file_name() {
        Some(name) if of_rustup => Path::new(name),
        _ => sysroot,
    };
    Ok(Compiler {
        version: rustc(directory, &["-vV"])?,
        toolchain: toolchain.to_string_lossy().into_owned(),
    })
}

/// Where the shared libraries of the standard library are.
pub(super) fn library_directory(directory: &Path) -> Result<PathBuf, BuildError> {
    let printed = rustc(directory, &["--print", "target-libdir"])?;
    Ok(PathBuf::from(printed.trim_end_matches(['\r', '\n'])))
}

/// rustc as it runs in `directory`, where a `rust-toolchain.toml` may choose another one.
fn rustc(directory: &Path, arguments: &[&str]) -> Result<String, BuildError> {
    let program = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let shown = program.to_string_lossy().into_owned();
    let output = Command::new(&program)
        .args(arguments)
        .current_dir(directory)
        .output()
        .map_err(|source| BuildError::NotStarted {
            program: shown.clone(),
            source,
        })?;
    if !output.status.success() {
        return Err(BuildError::Failed {
            command: format!("{shown} {}", arguments.join(" ")),
            status: output.status,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        });
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Every setting that changes generated code, as name and value, in a stable order.
pub(super) fn settings(root: &Path) -> Result<Vec<(String, String)>, BuildError> {
    let mut settings: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            changes_code(&name).then(|| (name, value.to_string_lossy().into_owned()))
        })
        .collect();
    settings.sort_unstable();
    let manifest = root.join("Cargo.toml");
    if let Some(table) = table(&manifest)? {
        settings.extend(of_manifest(&table));
    }
    for file in configuration_files(root) {
        if let Some(table) = table(&file)? {
            settings.extend(of_configuration(&table));
        }
    }
    Ok(settings)
}

/// Where cargo looks for configuration. It merges the files from the project's directory upwards, then that of CARGO_HOME;
/// nearer ones win. Which file a setting stands in does not matter for the code, its rank does.
pub(super) fn configuration_files(root: &Path) -> Vec<PathBuf> {
    let mut directories: Vec<PathBuf> = root.ancestors().map(|dir| dir.join(".cargo")).collect();
    directories.extend(cargo_home().filter(|home| !directories.contains(home)));
    let files = directories.iter().flat_map(|dir| configurations(dir));
    files.collect()
}

/// The names of cargo's configuration in a directory.
fn configurations(directory: &Path) -> [PathBuf; 2] {
    [directory.join("config.toml"), directory.join("config")]
}

/// cargo's configuration files that hold for `directory` and for everything beside it: those in the directories above
/// it, the farthest first, without that of `CARGO_HOME`, which holds everywhere.
pub(super) fn configurations_above(directory: &Path) -> Vec<PathBuf> {
    let home = cargo_home();
    let mut found: Vec<PathBuf> = directory
        .ancestors()
        .skip(1)
        .map(|above| above.join(".cargo"))
        .filter(|above| Some(above) != home.as_ref())
        .filter_map(|above| {
            configurations(&above)
                .into_iter()
                .find(|file| file.is_file())
        })
        .collect();
    found.reverse();
    found
}

fn cargo_home() -> Option<PathBuf> {
    std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")))
}

/// A file of TOML, if it is there.
pub(super) fn table(path: &Path) -> Result<Option<Table>, BuildError> {
    if !path.is_file() {
        return Ok(None);
    }
    let text = read(path)?;
    match toml::from_str(&text) {
        Ok(table) => Ok(Some(table)),
        Err(error) => Err(BuildError::Toml {
            path: path.to_owned(),
            problem: error.to_string().trim().to_owned(),
        }),
    }
}

fn changes_code(variable: &str) -> bool {
    matches!(
        variable,
        "RUSTFLAGS" | "CARGO_ENCODED_RUSTFLAGS" | "CARGO_BUILD_RUSTFLAGS"
    ) || variable.starts_with("CARGO_PROFILE_BENCH_")
        || variable.starts_with("CARGO_PROFILE_RELEASE_")
        || (variable.starts_with("CARGO_TARGET_") && variable.ends_with("_RUSTFLAGS"))
}

/// Profiles; `bench` inherits from `release`.
fn of_manifest(manifest: &Table) -> Vec<(String, String)> {
    let profiles = manifest.get("profile").and_then(Value::as_table);
    ["bench", "release"]
        .into_iter()
        .filter_map(|name| {
            let profile = profiles?.get(name)?;
            Some((format!("profile.{name}"), canonical(profile)))
        })
        .collect()
}

pub(super) fn of_configuration(configuration: &Table) -> Vec<(String, String)> {
    let mut found = of_manifest(configuration);
    let flags = |table: Option<&Value>| table?.get("rustflags").map(canonical);
    if let Some(value) = flags(configuration.get("build")) {
        found.push(("build.rustflags".to_owned(), value));
    }
    let mut targets: Vec<(String, String)> = configuration
        .get("target")
        .and_then(Value::as_table)
        .into_iter()
        .flatten()
        .filter_map(|(name, target)| {
            Some((format!("target.{name}.rustflags"), flags(Some(target))?))
        })
        .collect();
    targets.sort_unstable();
    found.extend(targets);
    found
}

/// A value as text that does not depend on the order of keys.
pub(super) fn canonical(value: &Value) -> String {
    match value {
        Value::Table(table) => {
            let mut entries: Vec<String> = table
                .iter()
                .map(|(key, value)| format!("{key:?}:{}", canonical(value)))
                .collect();
            entries.sort_unstable();
            format!("{{{}}}", entries.join(","))
        }
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(canonical).collect();
            format!("[{}]", values.join(","))
        }
        Value::String(text) => format!("{text:?}"),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Boolean(truth) => truth.to_string(),
        Value::Datetime(time) => time.to_string(),
    }
}

/// First 16 hex digits of SHA-256; lengths keep neighbours apart.
fn flags_hash(settings: &[(String, String)]) -> String {
    let mut hasher = Sha256::new();
    for text in settings.iter().flat_map(|(name, value)| [name, value]) {
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    hasher
        .finalize()
        .iter()
        .take(8)
        .fold(String::new(), |mut hex, byte| {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Table {
        toml::from_str(text).unwrap()
    }

    fn hash(manifest: &str, configuration: &str) -> String {
        let mut settings = of_manifest(&parsed(manifest));
        settings.extend(of_configuration(&parsed(configuration)));
        flags_hash(&settings)
    }

    #[test]
    fn settings_that_change_code_change_the_hash() {
        let plain = hash("", "");
        assert_eq!(plain.len(), 16);
        let others = [
            hash("[profile.release]\nlto = true", ""),
            hash("[profile.bench]\nlto = true", ""),
            hash("", "[build]\nrustflags = [\"-Ctarget-cpu=native\"]"),
            hash(
                "",
                "[target.'cfg(unix)']\nrustflags = \"-Ctarget-cpu=native\"",
            ),
            hash("", "[profile.release]\nlto = false"),
        ];
        for (i, other) in others.iter().enumerate() {
            assert_ne!(*other, plain, "{i}");
            assert_eq!(
                others.iter().filter(|hash| *hash == other).count(),
                1,
                "{i}"
            );
        }
    }

    #[test]
    fn order_and_other_settings_do_not_change_the_hash() {
        assert_eq!(
            hash("[profile.release]\nlto = true\nopt-level = 3", ""),
            hash(
                "[package]\nname = 'a'\n[profile.dev]\nlto = true\n[profile.release]\nopt-level = 3\nlto = true",
                "[net]\noffline = true"
            )
        );
    }

    #[test]
    fn flags_in_the_environment_count_and_other_variables_do_not() {
        for name in [
            "RUSTFLAGS",
            "CARGO_ENCODED_RUSTFLAGS",
            "CARGO_PROFILE_BENCH_LTO",
            "CARGO_PROFILE_RELEASE_OPT_LEVEL",
            "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS",
        ] {
            assert!(changes_code(name), "{name}");
        }
        for name in ["CARGO_TARGET_DIR", "CARGO_PROFILE_DEV_LTO", "PATH"] {
            assert!(!changes_code(name), "{name}");
        }
    }

    #[test]
    fn neighbours_do_not_run_together() {
        let pair = |a: &str, b: &str| flags_hash(&[(a.to_owned(), b.to_owned())]);
        assert_ne!(pair("ab", "c"), pair("a", "bc"));
    }

    #[test]
    fn the_compiler_of_this_build_is_described() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let project = Project {
            root: root.to_owned(),
            target_directory: root.join("target"),
            packages: Vec::new(),
        };
        let toolchain = toolchain(&project, &["b".into(), "a".into(), "b".into()]).unwrap();
        assert!(toolchain.rustc.unwrap().starts_with("rustc 1."));
        assert!(toolchain.llvm.is_some());
        assert!(toolchain.target.unwrap().contains('-'));
        assert_eq!(toolchain.features, ["a", "b"]);
    }
}
