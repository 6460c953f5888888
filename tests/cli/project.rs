//! A project in a temporary directory, and tollgate run in it.

use assert_cmd::cargo::CommandCargoExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// A project that goes away with the test.
pub(crate) struct Project {
    directory: TempDir,
}

/// What a run of tollgate said.
pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Answer {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("ended by a signal"),
            stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
        }
    }

    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "exit code\n--- stdout\n{}\n--- stderr\n{}",
            self.stdout, self.stderr
        );
        self
    }

    /// Both streams, for messages that may be on either.
    pub(crate) fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(
            self.all().contains(text),
            "{text:?} is not in\n--- stdout\n{}\n--- stderr\n{}",
            self.stdout,
            self.stderr
        );
        self
    }
}

impl Project {
    pub(crate) fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
        }
    }

    /// A project whose suites are commands, with a budgets.toml of `version` and this text.
    pub(crate) fn with_budgets(text: &str) -> Self {
        Self::new().file("budgets.toml", &format!("version = 1\n{text}"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn run_file(&self) -> PathBuf {
        self.path().join("target/tollgate/run.json")
    }

    pub(crate) fn file(self, name: &str, text: &str) -> Self {
        self.write(name, text);
        self
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::cargo_bin("tollgate").unwrap();
        command
            .args(arguments)
            .current_dir(self.path())
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE")
            .env("COLUMNS", "80");
        // These tests run in GitHub Actions as well, and what happened there is none of their business.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("GITHUB_") {
                command.env_remove(name);
            }
        }
        command
    }

    pub(crate) fn tollgate(&self, arguments: &[&str]) -> Answer {
        Answer::of(self.command(arguments).output().unwrap())
    }
}

/// A suite that runs a shell line five times, and nothing else.
pub(crate) fn shell_suite(name: &str, line: &str) -> String {
    format!(
        "[[suite]]\nname = \"{name}\"\ntool = \"command\"\ncommand = [\"sh\", \"-c\", '''{line}''']\nwarm-up = 0\ninvocations = 5\n"
    )
}

/// A run as an outsider's script would write it: one suite, each benchmark with ten values around its own.
pub(crate) fn outside_run(day: u32, suite: &str, benchmarks: &[(&str, f64)]) -> String {
    let benchmarks: Vec<serde_json::Value> = benchmarks
        .iter()
        .map(|(name, value)| {
            let observations: Vec<serde_json::Value> = (0..10u32)
                .map(|round| {
                    let wobble = f64::from((round * 37 + day * 11) % 19) / 19.0 - 0.5;
                    serde_json::json!({"invocation": round, "value": value * (1.0 + 0.01 * wobble)})
                })
                .collect();
            serde_json::json!({"suite": suite, "name": name, "series": [
                {"metric": "time", "unit": "ns", "better": "lower", "observations": observations}]})
        })
        .collect();
    serde_json::json!({
        "format": "tollgate-run", "version": 1,
        "header": {"started": format!("2026-11-{day:02}T12:00:00Z"), "tool": "a script"},
        "environment": {"arch": "x86_64", "os": "linux", "cpu": {"name": "A processor", "cores": 2},
            "toolchain": {"rustc": "rustc 1.95.0"}},
        "benchmarks": benchmarks,
    })
    .to_string()
}
