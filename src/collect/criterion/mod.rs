//! criterion 0.5 to 0.8: one benchmark per process, or two that alternate, and raw batches read from `sample.json`.
//!
//! Each invocation gets a fresh directory as `CRITERION_HOME`, so that nothing is compared with, mixed up with
//! or left in the user's `target/criterion`. What the four versions have in common was read in their sources:
//!
//! - `--exact NAME` compares the whole id; without it the filter is a regular expression.
//! - `--list --format terse` prints *titles*: an id of more than 100 bytes is cut and gets `...`, and a second
//!   benchmark with the same title gets ` #2`. [`list`] finds the ids behind those.
//! - `--sample-size`, `--warm-up-time` and `--measurement-time` win over `Criterion::default()`, but a group's own
//!   settings win over them. Such a group takes the time that it asks for, up to the suite's time limit.
//! - The unit of a custom `Measurement` is not stored in the files. It shows in the printed result, where
//!   [`measure`] looks for it: values are taken as nanoseconds unless another unit is printed.

mod titles;
mod tree;

pub use tree::{CriterionResult, TreeError, parse_id, parse_sample, read_tree};

use super::process::{Finished, Interrupt};
use super::tool::{Start, UnitMeasured, names, seconds, silent, unreadable};
use super::{CollectError, Unit};
use crate::build::BuiltBench;
use crate::measurement::{Evidence, Metric};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;
use titles::Titles;

/// Batches of an invocation whose iterations are short enough.
const BATCHES: u32 = 50;

/// criterion takes no fewer.
const FEWEST_BATCHES: u32 = 10;

/// criterion's own estimates are not used; its bootstrap only costs time.
const RESAMPLES: &str = "100";

/// Where private directories of invocations are made: in `$CRITERION_HOME` if the user chose one, else
/// below the target directory.
#[must_use]
pub fn scratch_root(target_directory: &Path) -> PathBuf {
    std::env::var_os("CRITERION_HOME")
        .map_or_else(|| target_directory.join("tollgate"), PathBuf::from)
}

/// The benchmarks of an executable, in its order. An id that occurs twice is given once; measuring it says so.
///
/// Ids of more than 100 bytes cost a very short run of their benchmarks, because criterion lists them cut.
///
/// # Errors
/// The executable fails, is no criterion bench, or prints what cannot be told from names.
pub fn list(
    built: &BuiltBench,
    scratch_root: &Path,
    timeout: Duration,
    interrupt: &Interrupt,
) -> Result<Vec<Unit>, CollectError> {
    let bench = Bench {
        built,
        timeout,
        interrupt,
    };
    let printed = bench.list(&[])?;
    // `--ignored` lists nothing.
    let names = names(&printed, || bench.list(&["--ignored"]))?;
    let mut titles = Titles::new(names);
    for numbered in titles.numbered() {
        let found = bench.list(&["--exact", "--", &numbered])?;
        if !found.ends_with(&format!("{numbered}: benchmark\n")) {
            titles.drop_duplicate(&numbered);
        }
    }
    for prefix in titles.cut_prefixes() {
        // Where this fails, the cut title stays, and measuring it fails by name.
        if let Ok(ids) = bench.scout(&prefix, scratch_root) {
            titles.complete(&prefix, ids);
        }
        if interrupt.is_set() {
            return Err(CollectError::Interrupted);
        }
    }
    Ok(titles
        .into_names()
        .map(|name| Unit {
            filter: name.clone(),
            benchmarks: vec![name],
        })
        .collect())
}

/// Measures the benchmarks of one unit in a fresh process: `time` in nanoseconds per iteration, every batch of it. [`list`] gives
/// units of one benchmark; one of several is for benchmarks that share what they measure.
///
/// `iteration` is what one iteration took in an earlier invocation. It decides the number of batches: 50
/// where they fit into the target time, down to 10 where iterations are long. Unknown (`None`), 10 are taken, so that a
/// benchmark of any length comes to its end.
///
/// # Errors
/// The process fails or is stopped at its limit; no result, several results or an unreadable one; Ctrl-C.
pub fn measure(
    built: &BuiltBench,
    unit: &Unit,
    iteration: Option<Duration>,
    scratch_root: &Path,
    timeout: Duration,
    interrupt: &Interrupt,
) -> Result<UnitMeasured, CollectError> {
    let bench = Bench {
        built,
        timeout,
        interrupt,
    };
    let target = &built.target;
    let times = Times {
        warm_up: target.warm_up,
        measure: target.measure,
        batches: batches(target.measure, iteration),
    };
    let (finished, mut results) = match unit.benchmarks.as_slice() {
        [one] => bench.run(&times, &["--exact", "--", one], scratch_root)?,
        several => bench.run(&times, &["--", &titles::any_of(several)], scratch_root)?,
    };
    let mut measured = Vec::with_capacity(unit.benchmarks.len());
    for name in &unit.benchmarks {
        let Some(position) = results.iter().position(|result| result.id == *name) else {
            return Err(silent(no_result(name)));
        };
        let result = results.swap_remove(position);
        if results.iter().any(|other| other.id == *name) {
            return Err(unreadable(
                "several benchmarks of this executable have this id: give them different names",
            ));
        }
        let evidence = Evidence::Samples(Box::new(result.samples));
        measured.push((result.id, vec![(Metric::time(), evidence)]));
    }
    if let Some(unit) = foreign_unit(&String::from_utf8_lossy(&finished.stdout)) {
        return Err(unreadable(format!(
            "it measures in `{unit}` with a custom criterion Measurement, whose values and direction are not in criterion's files: only wall time is supported"
        )));
    }
    Ok(measured)
}

/// As many batches as fit, each of one iteration at least.
fn batches(measure: Duration, iteration: Option<Duration>) -> u32 {
    let Some(iteration) = iteration else {
        return FEWEST_BATCHES;
    };
    let fit = measure.as_nanos() / iteration.as_nanos().max(1);
    u32::try_from(fit)
        .unwrap_or(BATCHES)
        .clamp(FEWEST_BATCHES, BATCHES)
}

fn no_result(filter: &str) -> String {
    let mut detail = "it ended well, and wrote no result where CRITERION_HOME says: the benchmark is gone, or ended its process, or the bench calls `Criterion::output_directory` (remove that call)".to_owned();
    if titles::is_cut(filter) {
        detail.push_str("; criterion lists names of more than 100 bytes cut short, and the whole name could not be found: shorten it");
    }
    detail
}

/// The unit in criterion's printed result, if it is printed and none of wall time.
fn foreign_unit(stdout: &str) -> Option<String> {
    let (_, estimates) = stdout.rsplit_once("time:   [")?;
    let unit = estimates.split_whitespace().nth(1)?;
    let wall_time = ["ps", "ns", "µs", "us", "ms", "s"].contains(&unit);
    (!wall_time).then(|| super::tool::shortened(unit))
}

struct Times {
    warm_up: Duration,
    measure: Duration,
    batches: u32,
}

struct Bench<'a> {
    built: &'a BuiltBench,
    timeout: Duration,
    interrupt: &'a Interrupt,
}

impl Bench<'_> {
    fn list(&self, more: &[&str]) -> Result<String, CollectError> {
        let arguments = ["--bench", "--list", "--format", "terse"];
        let finished = self.start(arguments.iter().chain(more), Vec::new())?;
        String::from_utf8(finished.stdout)
            .map_err(|_| unreadable("its list of benchmarks is not UTF-8"))
    }

    /// Runs what the filter chooses and reads all results.
    fn run(
        &self,
        times: &Times,
        filter: &[&str],
        scratch_root: &Path,
    ) -> Result<(Finished, Vec<CriterionResult>), CollectError> {
        let scratch = Scratch::new(scratch_root)?;
        let warm_up = seconds(times.warm_up.max(Duration::from_nanos(1)));
        let measure = seconds(times.measure.max(Duration::from_nanos(1)));
        let batches = times.batches.to_string();
        let arguments = [
            "--bench",
            "--noplot",
            "--color",
            "never",
            "--warm-up-time",
            &warm_up,
            "--measurement-time",
            &measure,
            "--sample-size",
            &batches,
            "--nresamples",
            RESAMPLES,
        ];
        let home = vec![("CRITERION_HOME".into(), scratch.home.clone().into())];
        let finished = self.start(arguments.iter().chain(filter), home)?;
        let results = read_tree(scratch.directory.path(), None)
            .map_err(|error| unreadable(error.to_string()))?;
        Ok((finished, results))
    }

    /// Ids that begin with `prefix`, found by running them as shortly as can be.
    fn scout(&self, prefix: &str, scratch_root: &Path) -> Result<Vec<String>, CollectError> {
        let times = Times {
            warm_up: Duration::from_micros(1),
            measure: Duration::from_micros(1),
            batches: FEWEST_BATCHES,
        };
        let filter = format!("^{}", titles::escape(prefix));
        let (_, results) = self.run(&times, &["--", &filter], scratch_root)?;
        Ok(results.into_iter().map(|result| result.id).collect())
    }

    fn start<'s>(
        &self,
        arguments: impl Iterator<Item = &'s &'s str>,
        environment: Vec<(OsString, OsString)>,
    ) -> Result<Finished, CollectError> {
        let start = Start {
            tool: "criterion",
            built: self.built,
            arguments: arguments.map(Into::into).collect(),
            environment,
            // With the first, results go to cargo-criterion; the second adds output.
            removed: ["CARGO_CRITERION_PORT", "CRITERION_DEBUG"]
                .map(Into::into)
                .into(),
            timeout: self.timeout,
        };
        start.run(self.interrupt)
    }
}

/// Beginning of the names of invocations' directories, and how many characters follow.
const SCRATCH_PREFIX: &str = "criterion-";
const SCRATCH_SUFFIX: usize = 6;

/// Where in its directory an invocation writes.
const SCRATCH_HOME: &str = "a/b/c";

/// No invocation takes this long, so what is older was left by a killed one.
const LEFT_OVER: Duration = Duration::from_secs(24 * 60 * 60);

/// Removes directories that killed invocations left in `scratch_root` more than a day ago.
///
/// The root may be the user's own (`CRITERION_HOME`), where a group of benchmarks may have a name like ours: only what
/// is built as ours is touched. What cannot be removed stays; it is in nobody's way but the disk's.
pub(super) fn clear_up(scratch_root: &Path, now: SystemTime) {
    let Ok(entries) = std::fs::read_dir(scratch_root) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let ours = name
            .to_str()
            .and_then(|name| name.strip_prefix(SCRATCH_PREFIX))
            .is_some_and(|random| random.chars().count() == SCRATCH_SUFFIX);
        // Of the entry itself: a link is not followed.
        let old = entry.metadata().is_ok_and(|metadata| {
            let age = metadata
                .modified()
                .ok()
                .and_then(|time| now.duration_since(time).ok());
            metadata.is_dir() && age.is_some_and(|age| age > LEFT_OVER)
        });
        if ours && old && entry.path().join(SCRATCH_HOME).is_dir() {
            let _left = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// A directory of one invocation, removed at its end.
struct Scratch {
    directory: TempDir,
    home: PathBuf,
}

impl Scratch {
    /// criterion makes directories of the up to three parts of an id, and lets `..` pass. The home
    /// lies deep enough that even `../../..` stays inside.
    fn new(root: &Path) -> Result<Self, CollectError> {
        let failed = |path: &Path, error: std::io::Error| CollectError::Failed {
            kind: crate::measurement::FailureKind::NotStarted,
            detail: format!("failed to make a directory in {}: {error}", path.display()),
        };
        // Relative paths would mean another directory to the bench, which runs in its package's.
        let root = std::path::absolute(root).map_err(|error| failed(root, error))?;
        std::fs::create_dir_all(&root).map_err(|error| failed(&root, error))?;
        let directory = tempfile::Builder::new()
            .prefix(SCRATCH_PREFIX)
            .rand_bytes(SCRATCH_SUFFIX)
            .tempdir_in(&root)
            .map_err(|error| failed(&root, error))?;
        let home = directory.path().join(SCRATCH_HOME);
        std::fs::create_dir_all(&home).map_err(|error| failed(&home, error))?;
        Ok(Self { directory, home })
    }
}

#[cfg(test)]
mod tests;
