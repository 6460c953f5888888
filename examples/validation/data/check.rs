//! What must agree between the lines of a recording. A file that contradicts itself is not scored.

use super::{Block, Comparison, Design, FORMAT, Header, Job, Process, TICK_NS, Times, VERSION};

/// More than any design needs. Bounds what a header may ask for.
const DESIGN_LIMIT: usize = 10_000;

/// Jobs, kernels: as above.
const COUNT_LIMIT: usize = 100_000;

pub(super) fn header(header: &Header) -> Result<(), String> {
    if header.format != FORMAT {
        return Err(format!(
            "`format` is {:?}; a recording says {FORMAT:?}",
            header.format
        ));
    }
    if header.version != VERSION || header.tick_ns != TICK_NS {
        return Err(format!(
            "`version` {} with ticks of {} ns; this program reads version {VERSION} with {TICK_NS} ns",
            header.version, header.tick_ns
        ));
    }
    let Design {
        sequential,
        pairs,
        warmup,
        batches,
        long_samples,
        lockstep_samples,
        lockstep_batches,
    } = header.design;
    let sizes = [
        sequential,
        pairs,
        batches,
        long_samples,
        lockstep_samples,
        lockstep_batches,
    ];
    if sizes.iter().any(|size| !(1..=DESIGN_LIMIT).contains(size)) || warmup > DESIGN_LIMIT {
        return Err(format!(
            "`design` has a size outside of 1 to {DESIGN_LIMIT}"
        ));
    }
    if header.kernels.is_empty() || header.kernels.len() > COUNT_LIMIT {
        return Err("`kernels` is empty or endless".to_owned());
    }
    Ok(())
}

pub(super) fn job(header: &Header, expected: usize, job: &Job) -> Result<(), String> {
    if job.job as usize != expected {
        return Err(format!("job {} where job {expected} was due", job.job));
    }
    if expected >= header.jobs as usize {
        return Err(format!("more than the {} jobs of the header", header.jobs));
    }
    let facts = [Some(job.at_s), Some(job.seconds), job.load, job.steal];
    if facts
        .into_iter()
        .flatten()
        .any(|fact| !fact.is_finite() || fact < 0.0)
    {
        return Err("a negative time, load or share of steal".to_owned());
    }
    let names = job.comparisons.iter().map(|comparison| &comparison.kernel);
    if !names.eq(header.kernels.iter().map(|kernel| &kernel.name)) {
        return Err(
            "`comparisons` are not one for each kernel of the header, in its order".to_owned(),
        );
    }
    job.comparisons
        .iter()
        .try_for_each(|comparison| self::comparison(&header.design, comparison))
}

fn comparison(design: &Design, comparison: &Comparison) -> Result<(), String> {
    let wrong = |what: &str, has: usize, due: usize| {
        Err(format!(
            "kernel {:?}: {has} {what}, {due} due",
            comparison.kernel
        ))
    };
    let length = |what: &str, times: &Times, due: usize| match times.len() {
        has if has == due => Ok(()),
        has => wrong(what, has, due),
    };
    let short = |process: &Process| length("batches of a process", &process.t, design.batches);
    for Block { short: all, long } in [&comparison.base, &comparison.candidate] {
        if all.len() != design.sequential {
            return wrong("sequential processes", all.len(), design.sequential);
        }
        all.iter().try_for_each(short)?;
        length("samples of a long process", &long.t, design.long_samples)?;
    }
    if comparison.pairs.len() != design.pairs {
        return wrong("pairs", comparison.pairs.len(), design.pairs);
    }
    for pair in &comparison.pairs {
        short(&pair.base)?;
        short(&pair.candidate)?;
    }
    let lockstep = &comparison.lockstep;
    [&lockstep.base, &lockstep.candidate]
        .into_iter()
        .try_for_each(|times| length("samples in lockstep", times, design.lockstep_samples))
}
