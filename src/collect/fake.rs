//! A bench executable for tests: a shell script that answers as the tool would.

use crate::budget::BenchTarget;
use crate::build::BuiltBench;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

/// The script and the directory that it lives in.
pub(super) struct Fake {
    pub(super) built: BuiltBench,
    pub(super) directory: TempDir,
}

impl Fake {
    /// `script` runs under `sh`, with the package's directory as working directory.
    pub(super) fn new(script: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("bench");
        // Written by a child: were it open for writing in this process, another test's fork could inherit
        // that for a moment, and starting it would fail with "text file busy".
        let written = Command::new("sh")
            .args(["-c", r#"printf '%s' "$1" > "$0" && chmod +x "$0""#])
            .arg(&path)
            .arg(format!("#!/bin/sh\n{script}\n"))
            .status()
            .unwrap();
        assert!(written.success());
        Self {
            built: BuiltBench {
                target: BenchTarget {
                    bench: "odd-names".to_owned(),
                    package: None,
                    features: Vec::new(),
                    measure: Duration::from_millis(200),
                    warm_up: Duration::from_millis(50),
                },
                package: "fake".to_owned(),
                executable: path,
                directory: directory.path().to_owned(),
                environment: vec![("CARGO_PKG_NAME".into(), "fake".into())],
                harness: false,
            },
            directory,
        }
    }

    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }
}
