//! What must hold of a run beyond the types: said of the fields by their path in the file. Runs that are read and
//! runs that are written pass the same checks, so that tollgate never writes what it would not read.

use super::document::quoted;
use super::fields::{amount_problem, name_problem, reason_problem, unit_problem};
use crate::measurement::{
    BenchmarkRecord, Environment, Evidence, Observation, REFERENCE_KERNELS, Run, Samples, Series,
    Side, Summary,
};
use std::collections::HashSet;

/// Finds the first problem, as `path: what is wrong`.
pub(super) fn check(run: &Run) -> Result<(), String> {
    started(&run.header.started).map_err(|problem| format!("header.started: {problem}"))?;
    number("header.took_ms", run.header.took_ms)?;
    number("header.in_processes_ms", run.header.in_processes_ms)?;
    environment(&run.environment)?;
    suites(run)?;
    for (kernel, times) in &run.kernels {
        at(&format!("kernels.{}", quoted(kernel)), name_problem(kernel))?;
        for (i, time) in times.iter().enumerate() {
            let problem = (*time == 0.0).then(|| "a kernel cannot take no time".to_owned());
            at(
                &format!("kernels.{kernel}[{i}]"),
                amount_problem(*time).or(problem),
            )?;
        }
    }
    for (kernel, pairs) in &run.canary {
        at(&format!("canary.{}", quoted(kernel)), name_problem(kernel))?;
        for (i, time) in pairs.iter().flatten().enumerate() {
            let problem = (*time == 0.0).then(|| "a kernel cannot take no time".to_owned());
            at(
                &format!("canary.{kernel}[{}]", i / 2),
                amount_problem(*time).or(problem),
            )?;
        }
    }
    attempts(run)?;
    let mut seen = HashSet::with_capacity(run.benchmarks.len());
    for (i, record) in run.benchmarks.iter().enumerate() {
        let twice = (!seen.insert(&record.id)).then(|| {
            "this benchmark is already in the file; put all its metrics into one `series`"
                .to_owned()
        });
        twice
            .map_or_else(
                || benchmark(record),
                |problem| Err((String::new(), problem)),
            )
            .map_err(|(path, problem)| {
                let name = quoted(&record.id.to_string());
                format!("benchmarks[{i}]{path} of {name}: {problem}")
            })?;
    }
    Ok(())
}

/// Attempts follow each other; the first begins at round 0.
fn attempts(run: &Run) -> Result<(), String> {
    let mut next = 0;
    for (i, attempt) in run.header.attempts.iter().enumerate() {
        started(&attempt.started)
            .map_err(|problem| format!("header.attempts[{i}].started: {problem}"))?;
        let fits = if i == 0 {
            attempt.first_round == 0
        } else {
            attempt.first_round >= next
        };
        if !fits {
            return Err(format!(
                "header.attempts[{i}].first_round: {} does not follow the attempt before it (the first begins at 0)",
                attempt.first_round
            ));
        }
        next = attempt.first_round.saturating_add(1);
    }
    Ok(())
}

fn at(path: &str, problem: Option<String>) -> Result<(), String> {
    problem.map_or(Ok(()), |problem| Err(format!("{path}: {problem}")))
}

fn number(path: &str, value: f64) -> Result<(), String> {
    at(path, amount_problem(value))
}

/// Ids of jobs are made of this time: it has four digits of a year, and no run was started before there were clocks
/// of this kind.
pub(crate) fn started(text: &str) -> Result<(), String> {
    let time: jiff::Timestamp = text.parse().map_err(|_| {
        format!(
            "{} is no time such as \"2026-11-21T06:20:00Z\" (RFC 3339)",
            quoted(text)
        )
    })?;
    if time < jiff::Timestamp::UNIX_EPOCH {
        return Err(format!("{} is before 1970", quoted(text)));
    }
    Ok(())
}

fn environment(environment: &Environment) -> Result<(), String> {
    number(
        "environment.cpu_quota",
        environment.cpu_quota.unwrap_or(0.0),
    )?;
    let steal = environment.steal.unwrap_or(0.0);
    number("environment.steal", steal)?;
    if steal > 1.0 {
        return Err(format!("environment.steal: {steal} is a share, at most 1"));
    }
    for (path, load) in [
        (
            "environment.load_before.one_minute",
            environment.load_before,
        ),
        ("environment.load_after.one_minute", environment.load_after),
    ] {
        number(path, load.map_or(0.0, |load| load.one_minute))?;
    }
    Ok(())
}

fn suites(run: &Run) -> Result<(), String> {
    let mut names = HashSet::new();
    for (i, suite) in run.suites.iter().enumerate() {
        at(&format!("suites[{i}].name"), name_problem(&suite.name))?;
        if !names.insert(suite.name.as_str()) {
            return Err(format!(
                "suites[{i}].name: suite {} is already in the list",
                quoted(&suite.name)
            ));
        }
        for (j, listed) in suite.listed.iter().enumerate() {
            at(&format!("suites[{i}].listed[{j}]"), name_problem(listed))?;
        }
    }
    for (i, failure) in run.failures.iter().enumerate() {
        at(
            &format!("failures[{i}].suite"),
            name_problem(&failure.suite),
        )?;
        if let Some(benchmark) = &failure.benchmark {
            at(&format!("failures[{i}].benchmark"), name_problem(benchmark))?;
        }
    }
    // Without a list it follows from the benchmarks.
    if names.is_empty() {
        return Ok(());
    }
    // The reference kernels fail without being a suite.
    let failures = (run.failures.iter().enumerate())
        .filter(|(_, failure)| failure.suite != REFERENCE_KERNELS)
        .map(|(i, failure)| ("failures", i, &failure.suite));
    let named = (run.benchmarks.iter().enumerate())
        .map(|(i, record)| ("benchmarks", i, &record.id.suite))
        .chain(failures);
    for (list, i, suite) in named {
        if !names.contains(suite.as_str()) {
            return Err(format!(
                "{list}[{i}].suite: {} is not in `suites`; add it there, or leave `suites` out",
                quoted(suite)
            ));
        }
    }
    Ok(())
}

/// (path within the benchmark, problem)
type Within = (String, String);

fn benchmark(record: &BenchmarkRecord) -> Result<(), Within> {
    let fail = |path: &str, problem: Option<String>| {
        problem.map_or(Ok(()), |problem| Err((path.to_owned(), problem)))
    };
    fail(".suite", name_problem(&record.id.suite))?;
    fail(".name", name_problem(&record.id.name))?;
    let mut metrics = HashSet::with_capacity(record.series.len());
    for (i, one) in record.series.iter().enumerate() {
        let metric = &one.metric;
        fail(&format!(".series[{i}].metric"), name_problem(&metric.name))?;
        fail(
            &format!(".series[{i}].unit"),
            unit_problem(metric.unit.name()),
        )?;
        if !metrics.insert(metric.name.as_str()) {
            return Err((
                format!(".series[{i}].metric"),
                format!(
                    "metric {} comes twice; put all observations into one series",
                    quoted(&metric.name)
                ),
            ));
        }
        series(one).map_err(|(path, problem)| (format!(".series[{i}]{path}"), problem))?;
    }
    Ok(())
}

fn series(series: &Series) -> Result<(), Within> {
    for (i, observation) in series.observations.iter().enumerate() {
        evidence(observation)
            .map_err(|(path, problem)| (format!(".observations[{i}]{path}"), problem))?;
    }
    match invocation_twice(&series.observations) {
        Some(i) => Err((
            format!(".observations[{i}].invocation"),
            format!(
                "invocation {} of this side comes twice in the series",
                series.observations[i].invocation
            ),
        )),
        None => Ok(()),
    }
}

fn invocation_twice(observations: &[Observation]) -> Option<usize> {
    // Mostly they ascend, and then nothing has to be remembered.
    let mut last: [Option<u32>; 2] = [None; 2];
    let ascending = observations.iter().all(|observation| {
        let side = &mut last[usize::from(observation.side == Side::Candidate)];
        let ascends = side.is_none_or(|last| last < observation.invocation);
        *side = Some(observation.invocation);
        ascends
    });
    if ascending {
        return None;
    }
    let mut seen = HashSet::with_capacity(observations.len());
    (observations.iter())
        .position(|observation| !seen.insert((observation.side, observation.invocation)))
}

fn evidence(observation: &Observation) -> Result<(), Within> {
    let fail = |path: &str, value: f64| {
        amount_problem(value).map_or(Ok(()), |problem| Err((path.to_owned(), problem)))
    };
    fail(".at_ms", observation.at_ms)?;
    match &observation.evidence {
        Evidence::Value(value) => fail(".value", *value),
        Evidence::Samples(samples) => self::samples(samples),
        Evidence::Summary(summary) => {
            let Summary {
                fastest,
                slowest,
                median,
                mean,
                samples,
                iterations: _,
            } = **summary;
            fail(".summary.fastest", fastest)?;
            fail(".summary.slowest", slowest)?;
            fail(".summary.median", median)?;
            fail(".summary.mean", mean)?;
            if samples == 0 {
                let problem = "a summary of no samples says nothing".to_owned();
                return Err((".summary.samples".to_owned(), problem));
            }
            Ok(())
        }
        // Checked when it was made.
        Evidence::Histogram(_) => Ok(()),
        Evidence::Withheld(withheld) => match reason_problem(&withheld.why) {
            Some(problem) => Err((".withheld".to_owned(), problem)),
            None => Ok(()),
        },
    }
}

fn samples(samples: &Samples) -> Result<(), Within> {
    let Samples { values, iterations } = samples;
    if values.is_empty() {
        let problem = "no samples: leave the observation out, and name the failure".to_owned();
        return Err((".values".to_owned(), problem));
    }
    let wrong = values
        .iter()
        .position(|value| amount_problem(*value).is_some());
    if let Some(i) = wrong {
        let problem = amount_problem(values[i]).unwrap_or_default();
        return Err((format!(".values[{i}]"), problem));
    }
    if !iterations.is_empty() && iterations.len() != values.len() {
        let problem = format!(
            "{} iterations for {} values",
            iterations.len(),
            values.len()
        );
        return Err((".iterations".to_owned(), problem));
    }
    let counts = |count: &f64| count.is_finite() && *count > 0.0;
    if let Some(i) = iterations.iter().position(|count| !counts(count)) {
        let problem = format!("a batch of {} iterations has no value", iterations[i]);
        return Err((format!(".iterations[{i}]"), problem));
    }
    Ok(())
}
