//! How much of a run is looked at. More than a repository of 20,000 benchmarks measures; less than what would keep the
//! trusted side busy for hours or out of memory.

use super::{MAX_BYTES, Refused};
use crate::measurement::{BaseSide, Environment, Evidence, Run};

/// Benchmarks, and names that a suite lists.
const BENCHMARKS: usize = 20_000;
/// Metrics of one benchmark.
const METRICS: usize = 64;
/// In all.
const OBSERVATIONS: usize = 4_000_000;
/// Of one series: more pairs than any plan makes.
const OBSERVATIONS_A_SERIES: usize = 20_000;
/// In all; most of a large file.
const SAMPLES: usize = 40_000_000;
/// Rounds are counted from 0.
const ROUNDS: usize = 1_000_000;
const SUITES: usize = 1_000;
const FAILURES: usize = 100_000;
const ATTEMPTS: usize = 100;
/// Reference kernels and A/A benchmarks.
const KERNELS: usize = 100;
const KERNEL_TIMES: usize = 1_000_000;
/// Bytes of a name.
const NAME: usize = 1_024;

/// Histograms in all. Each is looked into when it is read: a millisecond at most, and 1.5 MB that are given back at once.
const HISTOGRAMS: usize = 10_000;
/// How a histogram begins in a file; one that is written with escapes is refused.
const HISTOGRAM: &[u8] = b"HISTF";

/// JSON objects, lists and strings in the whole file: they take far more memory than they have bytes. What is an object may
/// be written as a list of its values too, so lists are bounded as objects are; a file of [`MAX_BYTES`] with samples in
/// every observation has fewer of both.
const OBJECTS: usize = OBSERVATIONS + 500_000;
const STRINGS: usize = 8 * OBJECTS;

/// Characters of a text that is only shown, such as what a compiler said.
const TEXT: usize = 8_000;
/// Of a fact, such as the name of a processor.
const FACT: usize = 200;

fn at_most(what: &'static str, found: usize, most: usize) -> Result<(), Refused> {
    if found > most {
        Err(Refused::TooMany { what, found, most })
    } else {
        Ok(())
    }
}

/// What can be counted without reading: a file has as many objects and lists as it has braces and brackets outside of
/// strings, so this may refuse a file whose names hold millions of them, and lets none pass that is too large.
pub(super) fn before_reading(bytes: &[u8]) -> Result<(), Refused> {
    at_most("bytes", bytes.len(), MAX_BYTES)?;
    let (mut braces, mut brackets, mut quotes, mut histograms) = (0, 0, 0, 0);
    for (at, byte) in bytes.iter().enumerate() {
        braces += usize::from(*byte == b'{');
        brackets += usize::from(*byte == b'[');
        if *byte == b'"' {
            quotes += 1;
            let text = bytes.get(at + 1..).unwrap_or_default();
            histograms += usize::from(text.starts_with(HISTOGRAM));
        }
    }
    at_most("objects", braces, OBJECTS)?;
    at_most("lists", brackets, OBJECTS)?;
    at_most("histograms", histograms, HISTOGRAMS)?;
    at_most("texts", quotes / 2, STRINGS)
}

pub(super) fn of_run(run: &Run) -> Result<(), Refused> {
    at_most("suites", run.suites.len(), SUITES)?;
    at_most("benchmarks", run.benchmarks.len(), BENCHMARKS)?;
    let listed = run.suites.iter().map(|suite| suite.listed.len()).sum();
    at_most("listed benchmarks", listed, BENCHMARKS)?;
    at_most("failures", run.failures.len(), FAILURES)?;
    at_most("attempts", run.header.attempts.len(), ATTEMPTS)?;
    at_most("kernels", run.kernels.len() + run.canary.len(), KERNELS)?;
    let times = run.kernels.values().map(Vec::len);
    let pairs = run.canary.values().map(Vec::len);
    at_most("kernel times", times.chain(pairs).sum(), KERNEL_TIMES)?;
    names(run)?;
    observations(run)
}

fn names(run: &Run) -> Result<(), Refused> {
    let suites = (run.suites.iter())
        .flat_map(|suite| suite.listed.iter().chain([&suite.name]))
        .map(String::len);
    let benchmarks = run.benchmarks.iter().flat_map(|benchmark| {
        let metrics = (benchmark.series.iter())
            .flat_map(|series| [series.metric.name.len(), series.metric.unit.name().len()]);
        metrics.chain([benchmark.id.suite.len(), benchmark.id.name.len()])
    });
    let kernels = run.kernels.keys().chain(run.canary.keys()).map(String::len);
    let failures = (run.failures.iter()).flat_map(|failure| {
        [
            failure.suite.len(),
            failure.benchmark.as_ref().map_or(0, String::len),
        ]
    });
    let longest = suites
        .chain(benchmarks)
        .chain(kernels)
        .chain(failures)
        .max();
    at_most("bytes in a name", longest.unwrap_or(0), NAME)
}

fn observations(run: &Run) -> Result<(), Refused> {
    let (mut observations, mut samples) = (0_usize, 0_usize);
    for benchmark in &run.benchmarks {
        at_most("metrics of a benchmark", benchmark.series.len(), METRICS)?;
        for series in &benchmark.series {
            let own = &series.observations;
            at_most("observations of a metric", own.len(), OBSERVATIONS_A_SERIES)?;
            observations += own.len();
            for observation in own {
                at_most("rounds", observation.invocation as usize, ROUNDS)?;
                if let Evidence::Samples(one) = &observation.evidence {
                    samples += one.values.len();
                }
            }
        }
    }
    let rounds = (run.failures.iter())
        .map(|failure| failure.invocation)
        .chain(
            run.header
                .attempts
                .iter()
                .map(|attempt| attempt.first_round),
        )
        .max();
    at_most("rounds", rounds.unwrap_or(0) as usize, ROUNDS)?;
    at_most("observations", observations, OBSERVATIONS)?;
    at_most("samples", samples, SAMPLES)
}

/// Texts that only explain are cut, not refused: what a compiler says has no length. A seed is a number, and goes into
/// the command that readers are asked to paste.
pub(super) fn shorten(run: &mut Run) {
    let header = &mut run.header;
    cut(&mut header.tool, FACT);
    seed(&mut header.seed);
    for attempt in &mut header.attempts {
        seed(&mut attempt.seed);
    }
    for suite in &mut run.suites {
        cut(&mut suite.tool, FACT);
        cut_some(&mut suite.tool_version, FACT);
        cut_some(&mut suite.layouts_missing, TEXT);
        if let Some(BaseSide::NotComparable { why }) = &mut suite.base {
            cut(why, TEXT);
        }
    }
    for failure in &mut run.failures {
        cut(&mut failure.detail, TEXT);
    }
    let observations = (run.benchmarks.iter_mut())
        .flat_map(|benchmark| &mut benchmark.series)
        .flat_map(|series| &mut series.observations);
    for observation in observations {
        if let Evidence::Withheld(withheld) = &mut observation.evidence {
            cut(&mut withheld.why, FACT);
        }
    }
    environment(&mut run.environment);
}

fn environment(environment: &mut Environment) {
    let Environment {
        cpu,
        arch,
        os,
        kernel,
        libc,
        hypervisor,
        governor,
        tollgate_build,
        toolchain,
        ..
    } = environment;
    cut(arch, FACT);
    cut(os, FACT);
    for fact in [
        kernel,
        libc,
        hypervisor,
        governor,
        tollgate_build,
        &mut cpu.vendor,
        &mut cpu.name,
        &mut cpu.microcode,
        &mut toolchain.rustc,
        &mut toolchain.llvm,
        &mut toolchain.target,
        &mut toolchain.profile,
        &mut toolchain.flags_hash,
    ] {
        cut_some(fact, FACT);
    }
    cpu.caches.truncate(FACT);
    toolchain.features.truncate(FACT);
    for feature in &mut toolchain.features {
        cut(feature, FACT);
    }
}

fn seed(seed: &mut String) {
    if seed.parse::<u64>().is_err() || !seed.bytes().all(|byte| byte.is_ascii_digit()) {
        seed.clear();
    }
}

fn cut(text: &mut String, most: usize) {
    if let Some((at, _)) = text.char_indices().nth(most) {
        text.truncate(at);
        text.push('…');
    }
}

fn cut_some(text: &mut Option<String>, most: usize) {
    if let Some(text) = text {
        cut(text, most);
    }
}
