//! Finding and reading budgets.toml.

use super::{CliError, Problem};
use crate::baseline::hex;
use crate::budget::{Budgets, LARGEST_FILE, NameGlob, Source, Suite};
use crate::diagnostic::{Code, Diagnostic};
use crate::files;
use crate::workload::{ALL, PROCESS};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// Name of the file that tollgate looks for.
pub(crate) const FILE_NAME: &str = "budgets.toml";

/// Directory of committed baselines, beside budgets.toml.
pub(crate) const BASELINES: &str = "baselines";

/// A budgets.toml that was read and validated.
#[derive(Debug)]
pub(crate) struct Config {
    /// Directory of the file: paths in it and `baselines/` are relative to this.
    pub(crate) root: PathBuf,
    /// The file, as the user would name it.
    pub(crate) file: String,
    /// The file, absolute.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    pub(crate) budgets: Budgets,
    /// SHA-256 of the file's bytes, 64 hex digits.
    pub(crate) hash: String,
}

impl Config {
    /// Where committed baselines are.
    pub(crate) fn baselines(&self) -> PathBuf {
        self.root.join(BASELINES)
    }
}

impl Config {
    /// Takes out the workloads that none of the globs asks for: a pair of their runs takes a minute
    /// where that of a benchmark takes a second. Their names.
    pub(crate) fn leave_out_workloads(&mut self, only: &[NameGlob]) -> Vec<String> {
        let is_asked_for = |suite: &Suite| {
            // Of the benchmarks of a workload these two are there in any case.
            let ids = [ALL, PROCESS].map(|name| format!("{}/{name}", suite.name));
            only.iter().any(|glob| {
                glob.as_str().starts_with(&format!("{}/", suite.name))
                    || ids.iter().any(|id| glob.matches(id))
            })
        };
        let mut left_out = Vec::new();
        self.budgets.suites.retain(|suite| {
            let stays = !matches!(suite.source, Source::Workload(_)) || is_asked_for(suite);
            if !stays {
                left_out.push(suite.name.clone());
            }
            stays
        });
        left_out
    }
}

/// What is said of workloads that were left out.
pub(crate) fn without_workloads(names: &[String]) -> Option<String> {
    (!names.is_empty()).then(|| {
        format!(
            "tollgate: left out, because a pair of runs of a workload takes long: {}; `--only 'NAME/*'` measures one\n",
            names.join(", ")
        )
    })
}

/// The nearest budgets.toml at or above `start`.
pub(crate) fn find(start: &Path) -> Result<PathBuf, CliError> {
    start
        .ancestors()
        .map(|directory| directory.join(FILE_NAME))
        .find(|candidate| candidate.is_file())
        .ok_or_else(|| {
            CliError::Findings(vec![
                Diagnostic::error(
                    Code::NoBudgetsFile,
                    format!("no {FILE_NAME} in {} or above it", start.display()),
                )
                .with_help("`tollgate init` writes one for the benches of this project"),
            ])
        })
}

/// Reads the file at `path`, or the nearest one above `start`.
pub(crate) fn load(path: Option<&Path>, start: &Path) -> Result<Config, CliError> {
    let path = match path {
        Some(path) => path.to_owned(),
        None => find(start)?,
    };
    let bytes = files::read(&path, LARGEST_FILE as u64)
        .map_err(|error| Problem(format!("failed to read {}: {error}", path.display())))?;
    let shown = path
        .strip_prefix(start)
        .unwrap_or(&path)
        .display()
        .to_string();
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        Problem(format!(
            "{shown} is not UTF-8 (byte {}); save it as UTF-8",
            error.valid_up_to()
        ))
    })?;
    let budgets = Budgets::parse(&shown, text).map_err(CliError::Findings)?;
    let text = text.to_owned();
    let path = std::path::absolute(&path).unwrap_or(path);
    let root = path
        .parent()
        .map_or_else(|| start.to_owned(), Path::to_owned);
    Ok(Config {
        root,
        file: shown,
        path,
        text,
        budgets,
        hash: hex(&Sha256::digest(&bytes)),
    })
}
