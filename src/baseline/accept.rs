//! Accepting a run: what it adds to the baselines, and what the ledger says of it. Pure.
//!
//! A job's id follows from what was measured. Accepting the same run again finds the job there and adds nothing, so
//! an acceptance that was cut off between two files is completed by repeating it.

use super::hex;
use super::{
    Baseline, BaselineSeries, JOBS_KEPT, Job, Ledger, LedgerChange, LedgerEntry, MachineClass,
};
use crate::compare::statistic;
use crate::measurement::{Failure, Metric, OVERHEAD, Purpose, REFERENCE_KERNELS, Run, Side};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Values that differ by less are not worth a line in the ledger.
const MOVED: f64 = 0.01;

/// What is accepted, by whom and why.
#[derive(Debug, Clone, Copy)]
pub struct AcceptInput<'a> {
    /// The run; its candidate becomes a job.
    pub run: &'a Run,
    /// All baselines of the project.
    pub existing: &'a [Baseline],
    /// The ledger so far.
    pub ledger: &'a Ledger,
    /// Now, RFC 3339 in UTC.
    pub time: &'a str,
    /// Who.
    pub author: &'a str,
    /// Why; not blank.
    pub reason: &'a str,
    /// What the gate says of the run.
    pub verdict: &'a str,
}

/// What has to be written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Acceptance {
    /// Baselines that are new or have a new job, whole.
    pub baselines: Vec<Baseline>,
    /// The entry for the ledger; `None` if the ledger has it already.
    pub entry: Option<LedgerEntry>,
}

/// Why a run cannot become a baseline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AcceptError {
    /// Nobody could tell later why the baseline moved.
    #[error("accepting needs a reason that is not blank: `--reason \"..\"`")]
    NoReason,
    /// A cut off run lacks benchmarks, and the gate would no longer expect them.
    #[error(
        "the run ended before its plan did; only a complete run becomes a baseline: run `tollgate check` again"
    )]
    Partial,
    /// A narrowed run lacks benchmarks too.
    #[error(
        "the run measured only {only}; a baseline of it would no longer expect the rest: run `tollgate check` without `--only`"
    )]
    Narrowed {
        /// The globs of `--only`.
        only: String,
    },
    /// Pairs are measured otherwise than jobs of a baseline: on one CPU, in other layouts, without the kernels.
    #[error(
        "the run measured its candidate beside a base; baselines are made of runs of `tollgate check --baseline`"
    )]
    Paired,
    /// What crashed would be missing in the baseline, and the gate would no longer expect it.
    #[error(
        "{count} invocation{} of the run failed, first {first}; what failed would silently drop out of what is expected: repair or remove it and run `tollgate check` again", if *count == 1 { "" } else { "s" }
    )]
    Failed {
        /// Failures, without those of the reference kernels.
        count: usize,
        /// The first: benchmark or suite, and what happened.
        first: String,
    },
    /// Baselines are kept by machine.
    #[error(
        "the run does not say on which machine it was measured: `environment` needs `arch`, `os` and `cpu.name` or `cpu.model`"
    )]
    UnknownMachine,
    /// No candidate value at all.
    #[error("the run has no suite with values of the candidate side; there is nothing to accept")]
    NothingMeasured,
    /// A baseline without benchmarks would expect nothing, and everything would pass.
    #[error(
        "suite {suite:?} produced no value; repair it, or take it out of budgets.toml, and measure again"
    )]
    EmptySuite {
        /// Name of the suite.
        suite: String,
    },
    /// Not a time.
    #[error("`header.started` of the run: {problem}")]
    Started {
        /// What is wrong.
        problem: String,
    },
    /// It would be dropped again at once.
    #[error(
        "the run of {started} is older than the {JOBS_KEPT} jobs that the baseline of suite {suite:?} keeps"
    )]
    TooOld {
        /// Name of the suite.
        suite: String,
        /// Start of the run.
        started: String,
    },
}

/// Values of one suite: (benchmark, metric name) -> metric, statistic of each invocation.
type Measured<'a> = BTreeMap<(&'a str, &'a str), (&'a Metric, Vec<f64>)>;

/// Adds a job to the baseline of each suite of the run, and says in a ledger entry what that changes.
///
/// A benchmark that the run no longer has keeps its values in the older jobs, but is not in the newest one: the gate
/// stops to expect it, and the ledger names it with `after` = `None`. A metric whose unit or direction changed
/// begins anew.
///
/// # Errors
/// A reason why the run cannot become a baseline.
pub fn accept(input: AcceptInput<'_>) -> Result<Acceptance, AcceptError> {
    let AcceptInput { run, ledger, .. } = input;
    let reason = input.reason.trim();
    if reason.is_empty() {
        return Err(AcceptError::NoReason);
    }
    if run.header.partial {
        return Err(AcceptError::Partial);
    }
    if run.header.base.is_some() || run.header.purpose != Purpose::Check {
        return Err(AcceptError::Paired);
    }
    if !run.header.only.is_empty() {
        return Err(AcceptError::Narrowed {
            only: run.header.only.join(", "),
        });
    }
    // Without the kernels of a round a comparison is less sure, and nothing is missing.
    let failures: Vec<&Failure> = (run.failures.iter())
        .filter(|failure| failure.suite != REFERENCE_KERNELS)
        .collect();
    if let Some(first) = failures.first() {
        return Err(AcceptError::Failed {
            count: failures.len(),
            first: described(first),
        });
    }
    let class = MachineClass::of(&run.environment);
    if !class.is_known() {
        return Err(AcceptError::UnknownMachine);
    }
    let started: jiff::Timestamp =
        (run.header.started.parse()).map_err(|_| AcceptError::Started {
            problem: format!(
                "{:?} is no time such as \"2026-11-21T06:20:00Z\"",
                run.header.started
            ),
        })?;
    let suites = measured(run);
    if suites.values().all(BTreeMap::is_empty) {
        return Err(AcceptError::NothingMeasured);
    }
    let mut acceptance = Acceptance::default();
    let mut jobs = Vec::new();
    let mut changes = Vec::new();
    for (suite, values) in &suites {
        if values.is_empty() {
            return Err(AcceptError::EmptySuite {
                suite: (*suite).to_owned(),
            });
        }
        let same = |baseline: &&Baseline| baseline.suite == *suite && baseline.class == class;
        let mut baseline = input
            .existing
            .iter()
            .find(same)
            .cloned()
            .unwrap_or(Baseline {
                suite: (*suite).to_owned(),
                class: class.clone(),
                jobs: Vec::new(),
                series: BTreeMap::new(),
            });
        let job = job(run, started, suite, values);
        let before = baseline.jobs.iter().rfind(|other| other.id != job.id);
        changes.extend(changed(
            &baseline,
            before.map(|job| job.id.as_str()),
            values,
        ));
        jobs.push(format!("{}#{}", baseline.file_name(), job.id));
        if baseline.jobs.iter().all(|other| other.id != job.id) {
            let id = job.id.clone();
            add(&mut baseline, job, values);
            if baseline.jobs.iter().all(|job| job.id != id) {
                return Err(AcceptError::TooOld {
                    suite: (*suite).to_owned(),
                    started: started.to_string(),
                });
            }
            acceptance.baselines.push(baseline);
        }
    }
    let known: BTreeSet<&String> = ledger
        .entries
        .iter()
        .flat_map(|entry| &entry.jobs)
        .collect();
    if jobs.iter().any(|job| !known.contains(job)) {
        acceptance.entry = Some(LedgerEntry {
            time: input.time.to_owned(),
            author: input.author.to_owned(),
            reason: reason.to_owned(),
            commit: run.header.candidate.commit.clone(),
            jobs,
            verdict: input.verdict.to_owned(),
            changes,
        });
    }
    Ok(acceptance)
}

/// Which benchmark, and what happened to it, on one line.
fn described(failure: &Failure) -> String {
    let what = match &failure.benchmark {
        Some(benchmark) => format!("{:?}", format!("{}/{benchmark}", failure.suite)),
        None => format!("suite {:?}", failure.suite),
    };
    let detail = failure.detail.lines().next().unwrap_or_default();
    format!("{what} {} ({detail})", failure.kind.describe())
}

/// The candidate's values by suite; suites without any are there and empty.
fn measured(run: &Run) -> BTreeMap<&str, Measured<'_>> {
    // Overhead claims are proven anew in every run.
    let mut suites: BTreeMap<&str, Measured<'_>> = (run.suites.iter())
        .filter(|suite| suite.name != OVERHEAD)
        .map(|suite| (suite.name.as_str(), BTreeMap::new()))
        .collect();
    for record in run.benchmarks.iter().filter(|record| !record.id.is_own()) {
        let suite = suites.entry(&record.id.suite).or_default();
        for series in &record.series {
            let values: Vec<f64> = (series.observations.iter())
                .filter(|observation| observation.side == Side::Candidate)
                .filter_map(|observation| statistic(&observation.evidence))
                .collect();
            if !values.is_empty() {
                let key = (record.id.name.as_str(), series.metric.name.as_str());
                suite.insert(key, (&series.metric, values));
            }
        }
    }
    suites
}

fn job(run: &Run, started: jiff::Timestamp, suite: &str, values: &Measured<'_>) -> Job {
    let header = &run.header;
    let kernels = run.kernels.iter();
    Job {
        id: job_id(run, started, suite, values),
        started: started.to_string(),
        commit: header.candidate.commit.clone(),
        dirty: header.candidate.dirty,
        rustc: run.environment.toolchain.rustc.clone().unwrap_or_default(),
        steal: run.environment.steal,
        kernels: kernels
            .filter_map(|(name, times)| Some((name.clone(), median(times)?)))
            .collect(),
    }
}

/// Start time and a hash over what was measured: sorts by time, and is the same whenever the run is accepted.
fn job_id(run: &Run, started: jiff::Timestamp, suite: &str, values: &Measured<'_>) -> String {
    let mut hash = Sha256::new();
    let mut text = |text: &str| {
        hash.update(text.len().to_le_bytes());
        hash.update(text);
    };
    text(&run.header.started);
    text(&run.header.candidate.commit);
    text(suite);
    for ((benchmark, metric), (_, values)) in values {
        text(benchmark);
        text(metric);
        let bits: Vec<String> = values
            .iter()
            .map(|value| format!("{:x} ", value.to_bits()))
            .collect();
        text(&bits.concat());
    }
    let hash = hash.finalize();
    format!("{}{}", started.strftime("%Y%m%dT%H%M%SZ-"), hex(&hash[..4]))
}

fn add(baseline: &mut Baseline, job: Job, values: &Measured<'_>) {
    for ((benchmark, name), (metric, values)) in values {
        let key = ((*benchmark).to_owned(), (*name).to_owned());
        let fresh = || BaselineSeries {
            metric: (*metric).clone(),
            jobs: BTreeMap::new(),
        };
        let series = baseline.series.entry(key).or_insert_with(fresh);
        if series.metric != **metric {
            *series = fresh();
        }
        series.jobs.insert(job.id.clone(), values.clone());
    }
    let at = baseline.jobs.partition_point(|other| other.id < job.id);
    baseline.jobs.insert(at, job);
    let surplus = baseline.jobs.len().saturating_sub(JOBS_KEPT);
    let dropped: BTreeSet<String> = baseline.jobs.drain(..surplus).map(|job| job.id).collect();
    baseline.series.retain(|_, series| {
        series.jobs.retain(|id, _| !dropped.contains(id));
        !series.jobs.is_empty()
    });
}

/// What is new, gone, or moved by more than [`MOVED`] since the job `before`.
fn changed(baseline: &Baseline, before: Option<&str>, values: &Measured<'_>) -> Vec<LedgerChange> {
    let old = |key: (&str, &str), metric: Option<&Metric>| -> Option<f64> {
        let key = (key.0.to_owned(), key.1.to_owned());
        let series = baseline.series.get(&key)?;
        if metric.is_some_and(|metric| series.metric != *metric) {
            return None;
        }
        median(series.jobs.get(before?)?)
    };
    let line = |key: (&str, &str), metric: &Metric, before, after| LedgerChange {
        benchmark: format!("{}/{}", baseline.suite, key.0),
        metric: key.1.to_owned(),
        unit: metric.unit.name().to_owned(),
        before,
        after,
    };
    let present = values.iter().filter_map(|(key, (metric, values))| {
        let (before, after) = (old(*key, Some(metric)), median(values));
        let still = match (before, after) {
            (Some(before), Some(after)) => (after - before).abs() <= MOVED * before,
            _ => false,
        };
        (!still).then(|| line(*key, metric, before, after))
    });
    let gone = baseline
        .series
        .iter()
        .filter_map(|((benchmark, metric), series)| {
            let key = (benchmark.as_str(), metric.as_str());
            let before = old(key, None).filter(|_| !values.contains_key(&key))?;
            Some(line(key, &series.metric, Some(before), None))
        });
    let mut changes: Vec<LedgerChange> = present.chain(gone).collect();
    changes.sort_by(|a, b| (&a.benchmark, &a.metric).cmp(&(&b.benchmark, &b.metric)));
    changes
}

/// `None` without values.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    // Halves first: the sum of two huge values is infinite.
    Some(sorted[middle - 1] / 2.0 + upper / 2.0)
}
