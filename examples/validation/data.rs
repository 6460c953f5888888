//! The recording: what it holds, and how it is read. Pure.
//!
//! JSON Lines, compressed with gzip: a [`Header`], then one [`Job`] a line. `docs/validation/README.md` describes
//! the fields for readers who use other programs.

use flate2::read::GzDecoder;
use serde::{Deserialize, Serialize};
use std::io::Read as _;

mod check;
mod times;

pub(crate) use times::Times;

/// What the first field of a recording says.
pub(crate) const FORMAT: &str = "tollgate-validation";

/// Of the format.
pub(crate) const VERSION: u32 = 1;

/// Times are whole ticks of this length: 0.005 % of a batch.
pub(crate) const TICK_NS: u32 = 10;

/// More than any recording has when unpacked; a file that grows beyond is not one of ours.
const UNPACKED_LIMIT: u64 = 256 * 1024 * 1024;

/// Facts that hold for all jobs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    /// [`FORMAT`].
    pub(crate) format: String,
    /// [`VERSION`].
    pub(crate) version: u32,
    /// [`TICK_NS`].
    pub(crate) tick_ns: u32,
    /// Day of the recording, UTC.
    pub(crate) date: String,
    /// Of all choices of the recorder.
    pub(crate) seed: u64,
    /// Whether the program was copied anew for each pair, and not only for each job.
    #[serde(default)]
    pub(crate) fresh_copies: bool,
    /// Lines that follow.
    pub(crate) jobs: u32,
    /// How much is measured in a comparison.
    pub(crate) design: Design,
    /// What is measured.
    pub(crate) kernels: Vec<KernelInfo>,
    /// Where.
    pub(crate) machine: Machine,
}

/// Sizes of the blocks of one comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Design {
    /// Short processes a side, one after another.
    pub(crate) sequential: usize,
    /// Pairs of short processes.
    pub(crate) pairs: usize,
    /// Batches that a short process runs before it measures.
    pub(crate) warmup: usize,
    /// Measured batches of a short process.
    pub(crate) batches: usize,
    /// Samples of a long process; sample i (from 1) runs i batches.
    pub(crate) long_samples: usize,
    /// Samples of two processes in lockstep.
    pub(crate) lockstep_samples: usize,
    /// Batches of such a sample.
    pub(crate) lockstep_batches: usize,
}

/// A kernel of the recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KernelInfo {
    /// Short name.
    pub(crate) name: String,
    /// What it does.
    pub(crate) what: String,
}

/// The machine, without anything that names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Machine {
    /// Vendor, marketing name and CPUID numbers.
    pub(crate) cpu: String,
    /// Cores that the recorder could use.
    pub(crate) cores: u32,
    /// Name and release of the operating system's kernel.
    pub(crate) kernel: String,
    /// If there is one.
    pub(crate) hypervisor: Option<String>,
}

/// One job: each kernel compared once, blocks of the same kind together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Job {
    /// From 0.
    pub(crate) job: u32,
    /// Seconds from the start of the recording to that of the job.
    pub(crate) at_s: f64,
    /// How long it took.
    pub(crate) seconds: f64,
    /// Neighbours that the recorder itself ran to disturb, see `neighbour`.
    pub(crate) neighbours: u32,
    /// Load average of the last minute, at the end.
    pub(crate) load: Option<f64>,
    /// Share of CPU time that the hypervisor took away, 0..=1.
    pub(crate) steal: Option<f64>,
    /// One for each kernel of the header, in its order.
    pub(crate) comparisons: Vec<Comparison>,
}

/// Base against candidate, which differ in what was injected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Comparison {
    /// Of the header.
    pub(crate) kernel: String,
    /// What the candidate spins longer in each batch, in thousandths of the batch.
    pub(crate) slowdown: u32,
    /// First the whole base ...
    pub(crate) base: Block,
    /// ... then, after the other kernels' base, the whole candidate.
    pub(crate) candidate: Block,
    /// Pairs in the order of measuring; one pair of each kernel, then the next.
    pub(crate) pairs: Vec<Pair>,
    /// Both at the same time.
    pub(crate) lockstep: Lockstep,
}

/// One side of the sequential design.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Block {
    /// In the order of measuring.
    pub(crate) short: Vec<Process>,
    /// After them.
    pub(crate) long: Process,
}

/// One process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Process {
    /// From before its start to after its end, in microseconds.
    pub(crate) us: u64,
    /// CPU time of what is in `t`, in ticks.
    pub(crate) cpu: u64,
    /// Batches (samples of a long process).
    pub(crate) t: Times,
}

/// Two processes, one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pair {
    /// Which ran first: a fair coin.
    pub(crate) first: Side,
    /// The base process.
    pub(crate) base: Process,
    /// The candidate process.
    pub(crate) candidate: Process,
}

/// Base or candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Side {
    /// The base.
    #[serde(rename = "b")]
    Base,
    /// The candidate.
    #[serde(rename = "c")]
    Candidate,
}

/// Two processes at the same time; neither starts a sample before both have ended the last one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lockstep {
    /// From before the start of both to after their end, in microseconds.
    pub(crate) us: u64,
    /// Samples of the base.
    pub(crate) base: Times,
    /// Samples of the candidate.
    pub(crate) candidate: Times,
}

/// All of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Recording {
    /// First line.
    pub(crate) header: Header,
    /// Other lines.
    pub(crate) jobs: Vec<Job>,
}

/// Why a file is no recording.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DataError {
    /// Not gzip, or cut off.
    #[error("cannot unpack it (is it a whole gzip file?)")]
    Unpack(#[source] std::io::Error),
    /// Unpacks to more than anything we write.
    #[error("unpacked it has more than {limit} bytes: not a recording of ours")]
    TooLarge {
        /// Bytes that are read at most.
        limit: u64,
    },
    /// A line that is not what it must be.
    #[error("line {line}: {problem}")]
    Line {
        /// From 1.
        line: usize,
        /// What is wrong, and what was expected.
        problem: String,
    },
}

impl Recording {
    /// From the compressed file.
    ///
    /// # Errors
    /// For anything but a whole recording: see [`DataError`].
    pub(crate) fn unpack(bytes: &[u8]) -> Result<Self, DataError> {
        Self::unpack_within(bytes, UNPACKED_LIMIT)
    }

    fn unpack_within(bytes: &[u8], limit: u64) -> Result<Self, DataError> {
        let mut text = String::new();
        GzDecoder::new(bytes)
            .take(limit + 1)
            .read_to_string(&mut text)
            .map_err(DataError::Unpack)?;
        if text.len() as u64 > limit {
            return Err(DataError::TooLarge { limit });
        }
        Self::parse(&text)
    }

    /// From lines of JSON.
    ///
    /// # Errors
    /// For the first line that is wrong, and for a number of jobs that is not the header's.
    pub(crate) fn parse(text: &str) -> Result<Self, DataError> {
        let problem = |line: usize, problem: String| DataError::Line {
            line: line + 1,
            problem,
        };
        let mut lines = text.lines().enumerate();
        let (_, first) = lines
            .next()
            .ok_or_else(|| problem(0, "there is none: the file is empty".to_owned()))?;
        let header: Header =
            serde_json::from_str(first).map_err(|error| problem(0, within_line(&error)))?;
        check::header(&header).map_err(|wrong| problem(0, wrong))?;
        let mut jobs: Vec<Job> = Vec::new();
        for (at, line) in lines {
            let job: Job =
                serde_json::from_str(line).map_err(|error| problem(at, within_line(&error)))?;
            check::job(&header, jobs.len(), &job).map_err(|wrong| problem(at, wrong))?;
            jobs.push(job);
        }
        if jobs.len() != header.jobs as usize {
            let wrong = format!(
                "the header tells of {} jobs and {} are there: the recording was interrupted or cut off",
                header.jobs,
                jobs.len()
            );
            return Err(problem(jobs.len(), wrong));
        }
        Ok(Self { header, jobs })
    }
}

/// Without the line, which for `serde_json` is always the first.
fn within_line(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let what = text.strip_suffix(&place).unwrap_or(&text);
    format!("column {}: {what}", error.column())
}

#[cfg(test)]
mod tests;
