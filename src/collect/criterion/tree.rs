//! Reading criterion's files: `**/new/benchmark.json` and `**/new/sample.json`.

use crate::measurement::Samples;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Directories below the one to read; criterion itself makes four.
const DEEPEST: usize = 32;

/// Some file systems store times in steps as coarse as this.
const TIME_STEP: Duration = Duration::from_secs(2);

/// One benchmark of a tree.
#[derive(Debug, Clone, PartialEq)]
pub struct CriterionResult {
    /// `full_id`. Never taken from the path, where characters are replaced and names cut.
    pub id: String,
    /// Every batch: time per iteration in nanoseconds (or the unit of a custom measurement), and iterations.
    pub samples: Samples,
}

/// What is wrong with a tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct TreeError {
    /// File or directory.
    pub path: PathBuf,
    /// Field and what is wrong with it.
    pub problem: String,
}

/// Reads the newest result of each benchmark below `directory`, in the order of paths.
///
/// Results written before `since` are left over from earlier runs and ignored, with a tolerance of two seconds for
/// file systems that keep time coarsely. A directory without any result gives an empty list.
///
/// # Errors
/// A directory or file cannot be read, a file is not criterion's, a sample is empty, or has values that are not
/// finite, negative or without iterations.
pub fn read_tree(
    directory: &Path,
    since: Option<SystemTime>,
) -> Result<Vec<CriterionResult>, TreeError> {
    let mut found = Vec::new();
    walk(directory, DEEPEST, &mut found)?;
    found.sort_unstable();
    let mut results = Vec::new();
    for new in found {
        if let Some(since) = since
            && is_older(&new.join("sample.json"), since)?
        {
            continue;
        }
        results.push(read_result(&new)?);
    }
    Ok(results)
}

/// Collects directories called `new` that hold a result. Symbolic links are not followed.
fn walk(directory: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), TreeError> {
    let failed = |error: std::io::Error| TreeError {
        path: directory.to_owned(),
        problem: error.to_string(),
    };
    if depth == 0 {
        return Err(TreeError {
            path: directory.to_owned(),
            problem: format!("more than {DEEPEST} directories deep; this is no tree of criterion"),
        });
    }
    for entry in std::fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if !entry.file_type().map_err(failed)?.is_dir() {
            continue;
        }
        let path = entry.path();
        if entry.file_name() == "new" && path.join("sample.json").is_file() {
            found.push(path.clone());
        }
        // A group may be called "new" as well.
        walk(&path, depth - 1, found)?;
    }
    Ok(())
}

fn is_older(path: &Path, since: SystemTime) -> Result<bool, TreeError> {
    let written = std::fs::metadata(path)
        .and_then(|metadata| metadata.modified())
        .map_err(|error| TreeError {
            path: path.to_owned(),
            problem: error.to_string(),
        })?;
    Ok(written
        .checked_add(TIME_STEP)
        .is_some_and(|latest| latest < since))
}

fn read_result(new: &Path) -> Result<CriterionResult, TreeError> {
    let read = |name: &str| {
        let path = new.join(name);
        std::fs::read(&path)
            .map(|bytes| (path.clone(), bytes))
            .map_err(|error| TreeError {
                path,
                problem: format!(
                    "{error}; criterion writes it last, its run may have been cut short"
                ),
            })
    };
    let (path, bytes) = read("benchmark.json")?;
    let id = parse_id(&bytes).map_err(|problem| TreeError { path, problem })?;
    let (path, bytes) = read("sample.json")?;
    let samples = parse_sample(&bytes).map_err(|problem| TreeError { path, problem })?;
    Ok(CriterionResult { id, samples })
}

#[derive(Deserialize)]
#[serde(expecting = "criterion's benchmark.json")]
struct BenchmarkFile {
    full_id: String,
}

#[derive(Deserialize)]
#[serde(expecting = "criterion's sample.json")]
struct SampleFile {
    iters: Vec<f64>,
    times: Vec<f64>,
}

/// The id in a `benchmark.json`.
///
/// # Errors
/// Not JSON, or no `full_id`; says where.
pub fn parse_id(bytes: &[u8]) -> Result<String, String> {
    let file: BenchmarkFile = json(bytes)?;
    if file.full_id.is_empty() {
        return Err("`full_id` is empty".to_owned());
    }
    Ok(file.full_id)
}

/// The batches of a `sample.json`, as time per iteration: `times[i] / iters[i]`.
///
/// # Errors
/// Not JSON, fields missing, different lengths, no batches; a time that is negative, iterations fewer than
/// one; nothing but zeros. Says which.
pub fn parse_sample(bytes: &[u8]) -> Result<Samples, String> {
    let SampleFile { iters, times } = json(bytes)?;
    if iters.len() != times.len() {
        return Err(format!(
            "`iters` has {} entries and `times` has {}",
            iters.len(),
            times.len()
        ));
    }
    if times.is_empty() {
        return Err("`times` is empty".to_owned());
    }
    let mut values = Vec::with_capacity(times.len());
    for (i, (&time, &iterations)) in times.iter().zip(&iters).enumerate() {
        if !(time.is_finite() && time >= 0.0) {
            return Err(format!("`times[{i}]` is {time}, which is no duration"));
        }
        if !(iterations.is_finite() && iterations >= 1.0) {
            return Err(format!(
                "`iters[{i}]` is {iterations}, which is no number of iterations"
            ));
        }
        values.push(time / iterations);
    }
    if values.iter().all(|&value| value <= 0.0) {
        return Err(
            "every entry of `times` is 0: the clock cannot see what is measured; was it optimised away?"
                .to_owned(),
        );
    }
    Ok(Samples {
        values,
        iterations: iters,
    })
}

/// Reads JSON; on an error reads again to name the field.
fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    serde_json::from_slice(bytes).map_err(|plain| {
        let mut deserializer = serde_json::Deserializer::from_slice(bytes);
        match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
            Err(error) if error.path().iter().next().is_some() => {
                format!("`{}`: {}", error.path(), error.inner())
            }
            _ => plain.to_string(),
        }
    })
}
