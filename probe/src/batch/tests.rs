use super::*;
use crate::snapshot::{Distribution, FamilySnapshot, Kind, Outcome, SeriesSnapshot, Unit, Value};

mod hostile;
mod sending;

const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn series(labels: &[&str], value: Value) -> SeriesSnapshot {
    SeriesSnapshot {
        labels: labels.iter().map(|l| (*l).into()).collect(),
        outcome: Outcome::Completed,
        overflow: false,
        value,
    }
}

fn family(name: &str, kind: Kind, labels: &[&str], series: Vec<SeriesSnapshot>) -> FamilySnapshot {
    FamilySnapshot {
        name: name.into(),
        help: "".into(),
        kind,
        unit: if kind == Kind::Histogram {
            Unit::Seconds
        } else {
            Unit::None
        },
        label_names: labels.iter().map(|l| (*l).into()).collect(),
        series,
    }
}

fn snapshot(uptime: u64, families: Vec<FamilySnapshot>) -> Snapshot {
    Snapshot {
        unix_ms: 1_795_000_000_000 + uptime * 1000,
        uptime: seconds(uptime),
        families,
    }
}

/// `n` counters of one family, of this value each.
fn counters(n: usize, value: u64) -> Snapshot {
    let one = |at: usize| series(&[&at.to_string()], Value::Counter(value));
    let all = (0..n).map(one).collect();
    snapshot(1, vec![family("c", Kind::Counter, &["n"], all)])
}

fn timer(values: impl IntoIterator<Item = u64>) -> Value {
    Value::Distribution(Distribution::from_steps(1e-6, values))
}

fn small() -> Config {
    Config {
        max_metrics: 3,
        max_bytes: 1024,
        ..Config::default()
    }
}

/// A sender, a receiver, and a way between them that loses what it is told to.
struct Pair {
    batcher: Batcher,
    total: Total,
    now: Duration,
}

impl Pair {
    fn new(config: Config) -> Self {
        let mut batcher = Batcher::of(7, config);
        assert_eq!(batcher.offer(Duration::ZERO, &Snapshot::default()), None);
        Self {
            batcher,
            total: Total::default(),
            now: Duration::ZERO,
        }
    }

    /// Offers, delivers and acknowledges until there is nothing more to send; returns how many batches it took.
    fn settle(&mut self, snapshot: &Snapshot) -> usize {
        let mut batches = 0;
        loop {
            self.now += seconds(30);
            let Some(batch) = self.batcher.offer(self.now, snapshot) else {
                return batches;
            };
            let received = self.total.receive(batch.bytes()).unwrap();
            let sequence = batch.sequence();
            assert!(
                received == (Received::New { sequence })
                    || received == (Received::Again { sequence })
            );
            assert!(self.batcher.acknowledge(sequence));
            batches += 1;
            assert!(batches < 10_000, "it does not end");
        }
    }
}

/// Each series by name, labels and outcome, without the order of families and series.
fn facts(snapshot: &Snapshot) -> std::collections::BTreeMap<String, Value> {
    let mut facts = std::collections::BTreeMap::new();
    for family in &snapshot.families {
        for series in &family.series {
            let labels = &series.labels;
            let key = format!(
                "{} {:?} {:?} {labels:?} {:?} {}",
                family.name, family.kind, family.unit, series.outcome, series.overflow
            );
            let nothing = match &series.value {
                Value::Counter(n) => *n == 0,
                Value::Distribution(d) => d.is_empty(),
                Value::Gauge(_) | Value::Float(_) => false,
            };
            if !nothing {
                facts.insert(key, series.value.clone());
            }
        }
    }
    facts
}
