//! What `cargo metadata` does not tell about targets: `harness` and `bench`. Pure.

use serde::Deserialize;

/// A manifest, as far as it matters here. Unknown keys are cargo's business.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Manifest {
    lib: Option<TargetTable>,
    #[serde(default)]
    bench: Vec<TargetTable>,
    #[serde(default)]
    bin: Vec<TargetTable>,
}

#[derive(Debug, Deserialize)]
struct TargetTable {
    name: Option<String>,
    harness: Option<bool>,
    bench: Option<bool>,
}

impl Manifest {
    /// Reads the text of a `Cargo.toml`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string().trim().to_owned())
    }

    /// Whether the target runs under libtest. Targets that are found by their file only do.
    pub(super) fn harness(&self, bench: &str) -> bool {
        find(&self.bench, bench).and_then(|target| target.harness) != Some(false)
    }

    /// Whether plain `cargo bench` runs the bench target.
    pub(super) fn runs_by_default(&self, bench: &str) -> bool {
        find(&self.bench, bench).and_then(|target| target.bench) != Some(false)
    }

    /// Whether plain `cargo bench` runs the unit tests of the library as benchmarks.
    pub(super) fn lib_bench(&self) -> bool {
        self.lib.as_ref().and_then(|target| target.bench) != Some(false)
    }

    /// Whether plain `cargo bench` runs the unit tests of the binary as benchmarks.
    pub(super) fn bin_bench(&self, bin: &str) -> bool {
        find(&self.bin, bin).and_then(|target| target.bench) != Some(false)
    }
}

fn find<'a>(tables: &'a [TargetTable], name: &str) -> Option<&'a TargetTable> {
    tables
        .iter()
        .find(|table| table.name.as_deref() == Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
        [package]
        name = "a"
        [lib]
        bench = false
        [[bench]]
        name = "fast"
        harness = false
        [[bench]]
        name = "gate"
        harness = false
        bench = false
        [[bin]]
        name = "tool"
    "#;

    #[test]
    fn declared_targets_say_what_they_are() {
        let manifest = Manifest::parse(TEXT).unwrap();
        assert!(!manifest.harness("fast"));
        assert!(manifest.runs_by_default("fast"));
        assert!(!manifest.runs_by_default("gate"));
        assert!(!manifest.lib_bench());
        assert!(manifest.bin_bench("tool"));
    }

    #[test]
    fn a_target_found_by_its_file_runs_under_libtest() {
        let manifest = Manifest::parse(TEXT).unwrap();
        assert!(manifest.harness("undeclared"));
        assert!(manifest.runs_by_default("undeclared"));
        let empty = Manifest::parse("").unwrap();
        assert!(empty.lib_bench());
        assert!(empty.bin_bench("any"));
    }

    #[test]
    fn a_broken_manifest_names_its_line() {
        let problem = Manifest::parse("[[bench]]\nname = 3\n").unwrap_err();
        assert!(problem.contains("line 2"), "{problem}");
    }
}
