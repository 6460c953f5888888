//! The settings of `[profile.bench]` that matter. Pure.

use toml::Value;

/// What benches are built with, as far as it is written in the manifest; `None` is cargo's default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfileFacts {
    /// `0` to `3`, `s`, `z`.
    pub opt_level: Option<String>,
    /// Whether `debug_assert!` is compiled in.
    pub debug_assertions: Option<bool>,
    /// Whether integer overflow panics.
    pub overflow_checks: Option<bool>,
    /// Whether compilation is incremental.
    pub incremental: Option<bool>,
}

impl ProfileFacts {
    /// Reads the text of the workspace's `Cargo.toml`: `[profile.bench]`, and where it is silent `[profile.release]`,
    /// from which cargo lets it inherit (a bench profile cannot name another one).
    ///
    /// # Errors
    /// The text is not TOML; with line and column.
    pub fn from_manifest(text: &str) -> Result<Self, String> {
        let manifest: toml::Table =
            toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
        let setting = |name: &str| {
            let profiles = manifest.get("profile")?;
            ["bench", "release"]
                .iter()
                .find_map(|profile| profiles.get(profile)?.get(name))
        };
        let switch = |name| setting(name).and_then(Value::as_bool);
        Ok(Self {
            opt_level: setting("opt-level").and_then(|level| match level {
                Value::Integer(level) => Some(level.to_string()),
                Value::String(level) => Some(level.clone()),
                // cargo refuses it with a message of its own.
                _ => None,
            }),
            debug_assertions: switch("debug-assertions"),
            overflow_checks: switch("overflow-checks"),
            incremental: switch("incremental"),
        })
    }
}
