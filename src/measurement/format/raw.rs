//! The Run file as it is written: what may be left out, and what that means.

use super::document::Versioned;
use super::fields::{Amount, Name, given, unique_map, unit_problem};
use crate::measurement::{
    BenchmarkId, BenchmarkRecord, Better, Distribution, Environment, Evidence, Failure, Metric,
    Observation, REFERENCE_KERNELS, Run, RunHeader, Samples, Series, Side, SuiteRecord, Summary,
};
use crate::units::Unit;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;

/// One job: every observation, raw.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(title = "tollgate Run file, version 1"))]
pub(super) struct RawRun {
    /// What kind of file this is.
    #[cfg_attr(test, schemars(extend("const" = "tollgate-run")))]
    pub(super) format: String,
    /// Version of the format.
    #[cfg_attr(test, schemars(extend("const" = 1)))]
    pub(super) version: u32,
    /// Who, when, where, with what configuration.
    pub(super) header: RunHeader,
    /// Machine and toolchain. Without it the run cannot become a baseline.
    #[serde(default)]
    pub(super) environment: Environment,
    /// Every suite that was planned, also those that gave nothing. Left out: the suites of the benchmarks, with the
    /// tool `import`.
    #[serde(default)]
    pub(super) suites: Vec<SuiteRecord>,
    /// Reference kernels: name -> one time in nanoseconds a round.
    #[serde(default, deserialize_with = "unique_map")]
    #[cfg_attr(test, schemars(with = "BTreeMap<String, Vec<Amount>>"))]
    pub(super) kernels: BTreeMap<Name, Vec<Amount>>,
    /// Reference kernels as A/A benchmarks: name -> `[base, candidate]` times in nanoseconds, a pair a round.
    #[serde(default, deserialize_with = "unique_map")]
    #[cfg_attr(test, schemars(with = "BTreeMap<String, Vec<[Amount; 2]>>"))]
    pub(super) canary: BTreeMap<Name, Vec<[Amount; 2]>>,
    /// Invocations that gave no usable observation.
    #[serde(default)]
    pub(super) failures: Vec<Failure>,
    /// What was measured.
    pub(super) benchmarks: Vec<RawBenchmark>,
}

impl Versioned for RawRun {
    fn head(&self) -> (&str, u32) {
        (&self.format, self.version)
    }
}

/// All series of one benchmark. A benchmark stands in the file once.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a benchmark")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Benchmark"))]
pub(super) struct RawBenchmark {
    /// Suite that it belongs to.
    pub(super) suite: Name,
    /// Its name there; any text.
    pub(super) name: Name,
    /// One a metric.
    pub(super) series: Vec<RawSeries>,
}

/// The observations of one metric.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a series")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Series"))]
pub(super) struct RawSeries {
    /// `time`, `cpu-time`, `peak-rss`, `allocations`, or any name.
    pub(super) metric: Name,
    /// `ns`, `bytes`, `count`, `ratio`, `per-second`, `bytes/s`, `bytes/min`, or any word for something else.
    #[serde(deserialize_with = "unit")]
    pub(super) unit: Unit,
    /// Which way is good.
    pub(super) better: Better,
    /// In the order of measuring.
    #[cfg_attr(test, schemars(with = "Vec<RawObservation>"))]
    pub(super) observations: Observations,
}

/// What one invocation said: exactly one of `value`, `values`, `summary`, `histogram` and `withheld`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an observation")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Observation"))]
#[cfg_attr(test, schemars(extend("oneOf" = [
    {"required": ["value"]}, {"required": ["values"]}, {"required": ["summary"]},
    {"required": ["histogram"]}, {"required": ["withheld"]}
])))]
pub(super) struct RawObservation {
    /// Revision that was run. Left out: the candidate.
    #[serde(default = "candidate")]
    side: Side,
    /// Round, from 0; base and candidate of the same round are a pair. Given by all observations of a series or by
    /// none; left out: counted from 0 for each side.
    #[serde(default, deserialize_with = "given")]
    #[cfg_attr(test, schemars(with = "u32"))]
    invocation: Option<u32>,
    /// Position of the process among all processes of the run, from 0. Left out: the position in the series.
    #[serde(default, deserialize_with = "given")]
    #[cfg_attr(test, schemars(with = "u32"))]
    order: Option<u32>,
    /// Milliseconds from the start of the run to the start of the process. Left out: 0.
    #[serde(default, deserialize_with = "given")]
    #[cfg_attr(test, schemars(with = "Amount"))]
    at_ms: Option<Amount>,
    /// Which relinked layout of the executable was run. Left out: the one that cargo linked.
    #[serde(default, deserialize_with = "given")]
    #[cfg_attr(test, schemars(with = "u32"))]
    layout: Option<u32>,
    /// One number.
    #[serde(default, deserialize_with = "given")]
    #[cfg_attr(test, schemars(with = "Amount"))]
    value: Option<Amount>,
    /// Every batch of the invocation: value per iteration, in the order of measuring.
    #[serde(default, deserialize_with = "given")]
    #[cfg_attr(test, schemars(with = "Vec<Amount>", length(min = 1)))]
    values: Option<Vec<Amount>>,
    /// Iterations of each batch, as many as `values`.
    #[serde(default, deserialize_with = "given")]
    #[cfg_attr(test, schemars(with = "Vec<Amount>", length(min = 1)))]
    iterations: Option<Vec<Amount>>,
    /// For tools that do not give their samples.
    #[serde(default, deserialize_with = "given")]
    #[cfg_attr(test, schemars(with = "Summary"))]
    summary: Option<Summary>,
    /// Times of calls by bucket, in nanoseconds: an `HdrHistogram` of 3 digits from 1 to 2^42 in its encoding V2, deflated,
    /// as base64 (`HISTF..`), without escapes.
    #[serde(default, deserialize_with = "histogram")]
    #[cfg_attr(test, schemars(with = "String"))]
    histogram: Option<Distribution>,
    /// The metric could not be told in this invocation: why.
    #[serde(default, deserialize_with = "given")]
    #[cfg_attr(test, schemars(with = "String", length(min = 1)))]
    withheld: Option<String>,
}

fn histogram<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Distribution>, D::Error> {
    struct Text;
    impl<'de> Visitor<'de> for Text {
        type Value = Distribution;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a histogram as base64, without escapes")
        }
        /// Only as it stands in the file: so whoever reads a stranger's file can count its histograms beforehand.
        fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Distribution, E> {
            Distribution::from_base64(text.to_owned()).map_err(E::custom)
        }
    }
    deserializer.deserialize_str(Text).map(Some)
}

/// What an observation has exactly one of.
const EVIDENCE: &str = "`value`, `values`, `summary`, `histogram` and `withheld`";

const fn candidate() -> Side {
    Side::Candidate
}

fn unit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Unit, D::Error> {
    let unit = String::deserialize(deserializer)?;
    unit_problem(&unit).map_or_else(
        || Ok(Unit::from(unit.clone())),
        |problem| Err(D::Error::custom(problem)),
    )
}

fn numbers(amounts: Vec<Amount>) -> Vec<f64> {
    amounts.into_iter().map(|amount| amount.0).collect()
}

/// The observations of a series, read one by one into their final form.
pub(super) struct Observations(pub(super) Vec<Observation>);

impl<'de> Deserialize<'de> for Observations {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Observations;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of observations")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Observations, A::Error> {
                let mut observations = Vec::new();
                let mut counted = Counted::default();
                while let Some(observation) = list.next_element_seed(&mut counted)? {
                    observations.push(observation);
                }
                observations.shrink_to_fit();
                Ok(Observations(observations))
            }
        }
        deserializer.deserialize_seq(List)
    }
}

/// What the defaults of the next observation of a series depend on.
#[derive(Default)]
struct Counted {
    seen: u32,
    seen_of_side: [u32; 2],
    /// Whether the first observation gave its invocation.
    numbered: bool,
}

impl<'de> DeserializeSeed<'de> for &mut Counted {
    type Value = Observation;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Observation, D::Error> {
        let raw = RawObservation::deserialize(deserializer)?;
        if let Some(iterations) = &raw.iterations {
            let values = raw.values.as_ref().map_or(0, Vec::len);
            if iterations.len() != values {
                return Err(D::Error::custom(format!(
                    "{} `iterations` for {values} `values`",
                    iterations.len()
                )));
            }
        }
        let given = [
            raw.value.is_some(),
            raw.values.is_some(),
            raw.summary.is_some(),
            raw.histogram.is_some(),
            raw.withheld.is_some(),
        ];
        if given.iter().filter(|given| **given).count() > 1 {
            return Err(D::Error::custom(format!(
                "only one of {EVIDENCE} can be given"
            )));
        }
        let evidence = if let Some(value) = raw.value {
            Evidence::Value(value.0)
        } else if let Some(values) = raw.values {
            Evidence::Samples(Box::new(Samples {
                values: numbers(values),
                iterations: raw.iterations.map(numbers).unwrap_or_default(),
            }))
        } else if let Some(summary) = raw.summary {
            Evidence::Summary(Box::new(summary))
        } else if let Some(histogram) = raw.histogram {
            Evidence::Histogram(Box::new(histogram))
        } else if let Some(why) = raw.withheld {
            Evidence::withheld(why)
        } else {
            return Err(D::Error::custom(format!("one of {EVIDENCE} is needed")));
        };
        if self.seen == 0 {
            self.numbered = raw.invocation.is_some();
        } else if self.numbered != raw.invocation.is_some() {
            return Err(D::Error::custom(
                "`invocation` is given by all observations of a series or by none",
            ));
        }
        let count = &mut self.seen_of_side[usize::from(raw.side == Side::Candidate)];
        let observation = Observation {
            side: raw.side,
            invocation: raw.invocation.unwrap_or(*count),
            order: raw.order.unwrap_or(self.seen),
            at_ms: raw.at_ms.map_or(0.0, |at| at.0),
            layout: raw.layout,
            evidence,
        };
        *count = count.saturating_add(1);
        self.seen = self.seen.saturating_add(1);
        Ok(observation)
    }
}

impl RawRun {
    /// The final form, without the checks that need more than one field.
    pub(super) fn into_run(self) -> Run {
        let benchmarks: Vec<BenchmarkRecord> = self
            .benchmarks
            .into_iter()
            .map(RawBenchmark::into_record)
            .collect();
        let suites = if self.suites.is_empty() {
            derived_suites(&benchmarks, &self.failures)
        } else {
            self.suites
        };
        Run {
            header: self.header,
            environment: self.environment,
            suites,
            benchmarks,
            kernels: (self.kernels.into_iter())
                .map(|(name, times)| (name.0, numbers(times)))
                .collect(),
            canary: (self.canary.into_iter())
                .map(|(name, pairs)| {
                    let pairs = pairs.into_iter().map(|pair| pair.map(|time| time.0));
                    (name.0, pairs.collect())
                })
                .collect(),
            failures: self.failures,
        }
    }
}

impl RawBenchmark {
    fn into_record(self) -> BenchmarkRecord {
        BenchmarkRecord {
            id: BenchmarkId::new(self.suite.0, self.name.0),
            series: (self.series.into_iter())
                .map(|series| Series {
                    metric: Metric {
                        name: series.metric.0,
                        unit: series.unit,
                        better: series.better,
                    },
                    observations: series.observations.0,
                })
                .collect(),
        }
    }
}

/// The suites in the order in which they are first named.
fn derived_suites(benchmarks: &[BenchmarkRecord], failures: &[Failure]) -> Vec<SuiteRecord> {
    let mut suites: Vec<SuiteRecord> = Vec::new();
    let mut index: BTreeMap<&str, usize> = BTreeMap::new();
    let named = (benchmarks.iter())
        .map(|record| (record.id.suite.as_str(), Some(record.id.name.as_str())))
        .chain(
            // The reference kernels fail without being a suite.
            (failures.iter())
                .map(|failure| (failure.suite.as_str(), None))
                .filter(|(suite, _)| *suite != REFERENCE_KERNELS),
        );
    for (suite, benchmark) in named {
        let at = *index.entry(suite).or_insert_with(|| {
            suites.push(SuiteRecord {
                name: suite.to_owned(),
                tool: "import".to_owned(),
                ..SuiteRecord::default()
            });
            suites.len() - 1
        });
        suites[at].listed.extend(benchmark.map(str::to_owned));
    }
    suites
}
