//! Writing Run files: streamed, compact, one benchmark a line, so that `grep` and `diff` are of use.

use super::{FORMAT, FORMAT_VERSION, check};
use crate::measurement::{BenchmarkRecord, Evidence, Observation, Run, Series, Side, Summary};
use serde::{Serialize, Serializer};
use std::io::{self, BufWriter, Write};

/// Writes a Run file; floats come back bit for bit.
///
/// # Errors
/// From the writer, and [`io::ErrorKind::InvalidData`] naming the field for a run that could not be read again
/// (NaN, negative values, names twice). Nothing is written in that case.
pub fn write_run(run: &Run, out: &mut dyn Write) -> io::Result<()> {
    check::check(run).map_err(|problem| io::Error::new(io::ErrorKind::InvalidData, problem))?;
    let mut out = BufWriter::with_capacity(1 << 16, out);
    write!(
        out,
        "{{\"format\":\"{FORMAT}\",\"version\":{FORMAT_VERSION}"
    )?;
    field(&mut out, "header", &run.header)?;
    field(&mut out, "environment", &run.environment)?;
    // An empty list would deny the suites that the benchmarks name.
    if !run.suites.is_empty() {
        list(&mut out, "suites", &run.suites)?;
    }
    field(&mut out, "kernels", &run.kernels)?;
    if !run.canary.is_empty() {
        field(&mut out, "canary", &run.canary)?;
    }
    list(&mut out, "failures", &run.failures)?;
    list(
        &mut out,
        "benchmarks",
        run.benchmarks.iter().map(Benchmark::of),
    )?;
    out.write_all(b"}\n")?;
    out.flush()
}

fn field(out: &mut impl Write, name: &str, value: &impl Serialize) -> io::Result<()> {
    write!(out, ",\n\"{name}\":")?;
    Ok(serde_json::to_writer(out, value)?)
}

fn list<T: Serialize>(
    out: &mut impl Write,
    name: &str,
    items: impl IntoIterator<Item = T>,
) -> io::Result<()> {
    write!(out, ",\n\"{name}\":[")?;
    for (i, item) in items.into_iter().enumerate() {
        out.write_all(if i == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *out, &item)?;
    }
    out.write_all(b"]")
}

#[derive(Serialize)]
struct Benchmark<'a> {
    suite: &'a str,
    name: &'a str,
    #[serde(serialize_with = "all_series")]
    series: &'a [Series],
}

impl<'a> Benchmark<'a> {
    fn of(record: &'a BenchmarkRecord) -> Self {
        Self {
            suite: &record.id.suite,
            name: &record.id.name,
            series: &record.series,
        }
    }
}

fn all_series<S: Serializer>(series: &[Series], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Out<'a> {
        metric: &'a str,
        unit: &'a str,
        better: super::super::Better,
        #[serde(serialize_with = "all_observations")]
        observations: &'a [Observation],
    }
    serializer.collect_seq(series.iter().map(|series| Out {
        metric: &series.metric.name,
        unit: series.metric.unit.name(),
        better: series.metric.better,
        observations: &series.observations,
    }))
}

fn all_observations<S: Serializer>(all: &[Observation], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Out<'a> {
        side: Side,
        invocation: u32,
        order: u32,
        at_ms: f64,
        #[serde(skip_serializing_if = "Option::is_none")]
        layout: Option<u32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<f64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        values: Option<&'a [f64]>,
        #[serde(skip_serializing_if = "Option::is_none")]
        iterations: Option<&'a [f64]>,
        #[serde(skip_serializing_if = "Option::is_none")]
        summary: Option<&'a Summary>,
        #[serde(skip_serializing_if = "Option::is_none")]
        histogram: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        withheld: Option<&'a str>,
    }
    serializer.collect_seq(all.iter().map(|observation| {
        let mut out = Out {
            side: observation.side,
            invocation: observation.invocation,
            order: observation.order,
            at_ms: observation.at_ms,
            layout: observation.layout,
            value: None,
            values: None,
            iterations: None,
            summary: None,
            histogram: None,
            withheld: None,
        };
        match &observation.evidence {
            Evidence::Value(value) => out.value = Some(*value),
            Evidence::Samples(samples) => {
                out.values = Some(&samples.values);
                out.iterations = Some(&*samples.iterations).filter(|counts| !counts.is_empty());
            }
            Evidence::Summary(summary) => out.summary = Some(summary),
            Evidence::Histogram(histogram) => out.histogram = Some(histogram.as_base64()),
            Evidence::Withheld(withheld) => out.withheld = Some(&withheld.why),
        }
        out
    }))
}
