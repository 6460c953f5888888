//! Reading a threshold's statistic off a snapshot.

use std::time::Duration;

use super::threshold::{Comparison, Grouping, Selector, Statistic, Threshold};
use crate::snapshot::{Distribution, FamilySnapshot, SeriesSnapshot, Snapshot, Value};

/// What thresholds are evaluated on.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// What was recorded in the window (counters and distributions), and gauges as they are now: usually
    /// [`Snapshot::since`].
    pub window: &'a Snapshot,
    /// Length of the window.
    pub length: Duration,
}

#[derive(Debug, PartialEq)]
pub(super) enum Reading<'a> {
    /// The value, and the series that it is of if it is of one.
    Value(f64, Option<(&'a FamilySnapshot, &'a SeriesSnapshot)>),
    /// Nothing was recorded in the window.
    Nothing,
    /// The snapshot has no such family, or it has no such labels.
    Unknown,
    /// The family's kind has no such statistic.
    Unfit,
}

pub(super) fn read<'a>(threshold: &Threshold, view: View<'a>) -> Reading<'a> {
    let Selector {
        family, grouping, ..
    } = &threshold.selector;
    let Some(family) = view.window.families.iter().find(|f| *f.name == **family) else {
        return Reading::Unknown;
    };
    let Some(wanted) = wanted(&threshold.selector, family) else {
        return Reading::Unknown;
    };
    let series = family.series.iter().filter(|series| {
        let outcome = threshold
            .selector
            .outcome
            .is_none_or(|outcome| series.outcome == outcome);
        outcome
            && wanted
                .iter()
                .all(|(at, value)| series.labels.get(*at).is_some_and(|own| **own == **value))
    });
    let values = series.map(|series| (series, of(&series.value, threshold.statistic, view.length)));
    match grouping {
        Grouping::Worst => {
            let mut worst: Option<(f64, &SeriesSnapshot)> = None;
            for (series, value) in values {
                match value {
                    Err(Unfit) => return Reading::Unfit,
                    Ok(Some(value)) if worse(threshold, value, worst.map(|(v, _)| v)) => {
                        worst = Some((value, series));
                    }
                    Ok(_) => {}
                }
            }
            worst.map_or(Reading::Nothing, |(value, series)| {
                Reading::Value(value, Some((family, series)))
            })
        }
        Grouping::Together => {
            let mut sum: Option<Value> = None;
            for (series, _) in values {
                add(&mut sum, &series.value);
            }
            match sum.map(|sum| of(&sum, threshold.statistic, view.length)) {
                None | Some(Ok(None)) => Reading::Nothing,
                Some(Err(Unfit)) => Reading::Unfit,
                Some(Ok(Some(value))) => Reading::Value(value, None),
            }
        }
    }
}

/// The labels that are asked for, by place; `None` if the family has no label of one of the names.
fn wanted<'t>(selector: &'t Selector, family: &FamilySnapshot) -> Option<Vec<(usize, &'t str)>> {
    let place = |name: &str| family.label_names.iter().position(|own| **own == *name);
    selector
        .labels
        .iter()
        .map(|(name, value)| Some((place(name)?, value.as_str())))
        .collect()
}

/// Whether a single event is one that the selector means.
pub(super) fn selects<N: AsRef<str>, V: AsRef<str>>(
    selector: &Selector,
    family: &str,
    labels: &[(N, V)],
) -> bool {
    selector.family == family
        && selector.labels.iter().all(|(name, value)| {
            labels
                .iter()
                .any(|(n, v)| n.as_ref() == name && v.as_ref() == value)
        })
}

struct Unfit;

/// NaN is no value.
fn of(value: &Value, statistic: Statistic, length: Duration) -> Result<Option<f64>, Unfit> {
    let a_second = |count: u64| (!length.is_zero()).then(|| count as f64 / length.as_secs_f64());
    let read = match (value, statistic) {
        (Value::Counter(n), Statistic::Value | Statistic::Count) => Some(*n as f64),
        (Value::Counter(n), Statistic::Rate) => a_second(*n),
        (Value::Gauge(n), Statistic::Value) => Some(*n as f64),
        (Value::Float(n), Statistic::Value) => Some(*n),
        (Value::Distribution(d), Statistic::Count) => Some(d.count() as f64),
        (Value::Distribution(d), Statistic::Rate) => a_second(d.count()),
        (Value::Distribution(d), Statistic::Mean) => d.mean(),
        (Value::Distribution(d), Statistic::P50) => d.quantile(0.5),
        (Value::Distribution(d), Statistic::P95) => d.quantile(0.95),
        (Value::Distribution(d), Statistic::P99) => d.quantile(0.99),
        (Value::Distribution(d), Statistic::Max) => d.max(),
        (Value::Distribution(d), Statistic::Min) => d.min(),
        _ => return Err(Unfit),
    };
    Ok(read.filter(|value| !value.is_nan()))
}

fn worse(threshold: &Threshold, value: f64, than: Option<f64>) -> bool {
    let Some(than) = than else { return true };
    match threshold.comparison {
        Comparison::Gt | Comparison::Gte => value > than,
        Comparison::Lt | Comparison::Lte => value < than,
        Comparison::Eq => {
            let met = |value| Comparison::Eq.holds(value, threshold.limit);
            met(value) && !met(than)
        }
    }
}

/// Adds one more series to the sum; all are of one family and so of one kind.
fn add(sum: &mut Option<Value>, value: &Value) {
    match (sum, value) {
        (none @ None, value) => *none = Some(value.clone()),
        (Some(Value::Counter(sum)), Value::Counter(n)) => *sum = sum.saturating_add(*n),
        (Some(Value::Gauge(sum)), Value::Gauge(n)) => *sum = sum.saturating_add(*n),
        (Some(Value::Float(sum)), Value::Float(n)) => *sum += n,
        (Some(Value::Distribution(sum)), Value::Distribution(n)) => Distribution::merge(sum, n),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
