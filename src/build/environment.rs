//! The environment of nested cargo calls and of bench executables.

use super::cargo::Libraries;
use super::project::Package;
use std::ffi::{OsStr, OsString};

/// Variables that an outer `cargo bench`, `cargo run` or `cargo test` set for us and that belong to *its*
/// package. A nested build that sees them rebuilds what depends on them. What the user set (`RUSTFLAGS`,
/// `RUSTC_WRAPPER`, `CARGO_TARGET_DIR`, `CARGO_PROFILE_*` ..) stays.
pub(super) fn of_outer_cargo<'a>(
    names: impl IntoIterator<Item = &'a OsStr>,
) -> impl Iterator<Item = &'a OsStr> {
    const NAMES: [&str; 9] = [
        "CARGO_MANIFEST_DIR",
        "CARGO_MANIFEST_PATH",
        "CARGO_MANIFEST_LINKS",
        "CARGO_CRATE_NAME",
        "CARGO_BIN_NAME",
        "CARGO_PRIMARY_PACKAGE",
        "CARGO_TARGET_TMPDIR",
        "OUT_DIR",
        "__CARGO_DEFAULT_LIB_METADATA",
    ];
    names.into_iter().filter(|name| {
        name.to_str().is_some_and(|name| {
            NAMES.contains(&name)
                || name.starts_with("CARGO_PKG_")
                || name.starts_with("CARGO_BIN_EXE_")
        })
    })
}

/// What `cargo bench` sets for an executable of `package`.
pub(super) fn for_bench(package: &Package, libraries: &Libraries) -> Vec<(OsString, OsString)> {
    let mut set = package.environment.clone();
    if let Some(path) = libraries.search_path() {
        set.push((OsString::from(Libraries::VARIABLE), path));
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_user_set_is_kept() {
        let names = [
            "CARGO_PKG_NAME",
            "CARGO_MANIFEST_DIR",
            "CARGO_BIN_EXE_tollgate",
            "CARGO_TARGET_DIR",
            "RUSTC_WRAPPER",
            "RUSTFLAGS",
            "CARGO_PROFILE_BENCH_LTO",
            "CARGO",
            "CARGO_HOME",
        ]
        .map(OsStr::new);
        let removed: Vec<_> = of_outer_cargo(names).collect();
        assert_eq!(removed, names[..3]);
    }
}
