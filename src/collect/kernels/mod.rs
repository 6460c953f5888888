//! Reference kernels: what this machine needs today for work that never changes.
//!
//! A baseline was measured by other jobs, on machines of the same class that were faster or slower by some
//! percent that day. The kernels are measured between the rounds of every job; the baseline comparison
//! subtracts what they say about the machine.
//!
//! For that the work must be frozen: fixed inputs, code of our own down to the JSON, no dependency whose next
//! version could be faster. What remains is the compiler, which is recorded with each job. **Changing a kernel
//! invalidates every baseline: raise [`KERNELS_VERSION`].** The tests hold the results of the work.
//!
//! The kernels run in a fresh process, as benchmarks do, so that its memory layout is drawn anew each time and
//! 64 MiB do not stay with the process whose size is the floor under a child's peak RSS.

pub(super) mod json;
mod spin;
pub(super) mod work;

#[cfg(test)]
mod tests;

use super::CollectError;
use super::process::{self, Interrupt, Invocation, describe_status, tail};
use crate::measurement::FailureKind;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

pub use crate::measurement::KERNELS_VERSION;
pub use spin::{SPIN_ARGUMENT, spin};

/// First argument that makes a tollgate executable, or a gate target, print the kernels and nothing else.
pub const HIDDEN_ARGUMENT: &str = "__kernels";

/// Field of the version in the child's line.
const VERSION_FIELD: &str = "kernels_version";

/// The set takes about 0.15 s. A machine that needs this long is out of order.
const TIMEOUT: Duration = Duration::from_secs(60);

/// One piece of reference work.
#[derive(Debug, Clone, Copy)]
pub struct Kernel {
    /// Name in Run files and baselines.
    pub name: &'static str,
    /// What it stands for.
    pub about: &'static str,
    /// Measures it: nanoseconds per operation, positive.
    pub measure: fn() -> f64,
}

/// The kernels, in the order in which they run: the large memory last, so that it does not disturb the others.
pub const KERNELS: [Kernel; 9] = [
    Kernel {
        name: "alu",
        about: "a chain of integer operations: the core's clock",
        measure: work::alu,
    },
    Kernel {
        name: "branch",
        about: "a parser over random text, a byte: branch prediction",
        measure: work::branch,
    },
    Kernel {
        name: "l2-chase",
        about: "a dependent load within 256 KiB: L2 latency",
        measure: work::l2_chase,
    },
    Kernel {
        name: "alloc",
        about: "malloc and free of mixed sizes",
        measure: work::alloc,
    },
    Kernel {
        name: "syscall",
        about: "the cheapest system call",
        measure: work::syscall,
    },
    Kernel {
        name: "json",
        about: "parsing and writing a JSON document",
        measure: work::json,
    },
    Kernel {
        name: "wake",
        about: "waking another thread of the same core through a pipe: the scheduler",
        measure: work::wake,
    },
    Kernel {
        name: "memcpy",
        about: "copying a KiB of 4 MiB: bandwidth",
        measure: work::memcpy,
    },
    Kernel {
        name: "dram-chase",
        about: "a dependent load within 64 MiB: memory latency",
        measure: work::dram_chase,
    },
];

/// Kernels that run as A/A benchmarks beside pairs: one that lives in the core (branches) and one that
/// allocates and walks memory. All nine would cost more than the benchmarks of a small suite.
pub const CANARY: [&str; 2] = ["branch", "json"];

/// The child's side: measures the named kernels, all without names, and prints one line of JSON.
///
/// # Errors
/// From writing to stdout.
pub fn print(names: &[String]) -> std::io::Result<()> {
    let values: Vec<(&str, f64)> = KERNELS
        .iter()
        .filter(|kernel| names.is_empty() || names.iter().any(|name| name == kernel.name))
        .map(|kernel| (kernel.name, (kernel.measure)()))
        .collect();
    write_line(&values, &mut std::io::stdout().lock())
}

/// The parent's side: starts `self_exe` with the arguments that make it call [`print()`], and reads its line:
/// nanoseconds per operation by kernel, those in `names` (all, if it is empty), each finite and positive.
///
/// # Errors
/// The process failed or took over a minute, or did not print that line; or Ctrl-C.
pub fn measure(
    self_exe: &Path,
    names: &[&str],
    interrupt: &Interrupt,
) -> Result<BTreeMap<String, f64>, CollectError> {
    let arguments: Vec<&str> = [HIDDEN_ARGUMENT].iter().chain(names).copied().collect();
    measure_program(self_exe, &arguments, names, interrupt)
}

fn measure_program(
    self_exe: &Path,
    arguments: &[&str],
    names: &[&str],
    interrupt: &Interrupt,
) -> Result<BTreeMap<String, f64>, CollectError> {
    let invocation = Invocation {
        program: self_exe.to_owned(),
        arguments: arguments.iter().map(Into::into).collect(),
        directory: "/".into(),
        environment: Vec::new(),
        environment_removed: Vec::new(),
        timeout: TIMEOUT,
    };
    let finished = process::run(&invocation, interrupt)?;
    let failed = |kind, problem: String| {
        let mut detail = format!("reference kernels ({}): {problem}", self_exe.display());
        let lines = tail(&finished.stderr, 5);
        if !lines.is_empty() {
            detail.push_str(&format!("; last lines of stderr:\n{lines}"));
        }
        CollectError::Failed { kind, detail }
    };
    if !finished.status.success() {
        return Err(failed(
            FailureKind::Crashed,
            describe_status(finished.status),
        ));
    }
    if finished.stdout.trim_ascii().is_empty() {
        return Err(failed(FailureKind::Silent, "printed nothing".to_owned()));
    }
    parse_line(&finished.stdout, names).map_err(|problem| failed(FailureKind::Unreadable, problem))
}

fn write_line(values: &[(&str, f64)], out: &mut dyn Write) -> std::io::Result<()> {
    let mut line = serde_json::Map::new();
    line.insert(VERSION_FIELD.to_owned(), KERNELS_VERSION.into());
    for (name, value) in values {
        // What is not finite becomes null, which the reader refuses by name.
        line.insert((*name).to_owned(), (*value).into());
    }
    serde_json::to_writer(&mut *out, &line)?;
    writeln!(out)?;
    out.flush()
}

fn parse_line(bytes: &[u8], names: &[&str]) -> Result<BTreeMap<String, f64>, String> {
    let line: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(bytes).map_err(|error| {
            format!(
                "expected one line of JSON ({error}), got: {}",
                tail(bytes, 1)
            )
        })?;
    let version = line.get(VERSION_FIELD).and_then(serde_json::Value::as_u64);
    if version != Some(u64::from(KERNELS_VERSION)) {
        let found = line
            .get(VERSION_FIELD)
            .map_or_else(|| "nothing".to_owned(), ToString::to_string);
        return Err(format!(
            "field `{VERSION_FIELD}` is {found} instead of {KERNELS_VERSION}: the executable was built with another tollgate, build it again"
        ));
    }
    if let Some(unknown) = line
        .keys()
        .find(|name| *name != VERSION_FIELD && KERNELS.iter().all(|kernel| kernel.name != **name))
    {
        return Err(format!("unknown kernel {unknown:?}"));
    }
    KERNELS
        .iter()
        .filter(|kernel| names.is_empty() || names.contains(&kernel.name))
        .map(|kernel| {
            let value = line
                .get(kernel.name)
                .ok_or_else(|| format!("kernel `{}` is missing", kernel.name))?;
            match value.as_f64() {
                Some(time) if time.is_finite() && time > 0.0 => Ok((kernel.name.to_owned(), time)),
                _ => Err(format!(
                    "kernel `{}` took {value} ns, which is no time",
                    kernel.name
                )),
            }
        })
        .collect()
}

/// Times batches of an operation: nanoseconds per operation, as mean without the fastest and slowest 20 %.
///
/// Of its own on purpose, although the statistics have a trimmed mean: this one is frozen with the kernels.
fn time_batches(batches: usize, operations: u32, mut batch: impl FnMut(u32)) -> f64 {
    // Caches, branch predictors and page tables of the first batch are cold.
    batch(operations);
    let mut times: Vec<f64> = (0..batches)
        .map(|_| {
            let start = Instant::now();
            batch(operations);
            start.elapsed().as_nanos() as f64 / f64::from(operations)
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let cut = batches / 5;
    let kept = &times[cut..batches - cut];
    kept.iter().sum::<f64>() / kept.len() as f64
}
