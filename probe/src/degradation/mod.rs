//! Whether timings have become worse than they were: a captured baseline against what was recorded lately.
//!
//! A series is degraded when its mean or its 95th percentile rose by more than a threshold *and* chance does not
//! explain that it rose. Both are needed: over few calls any figure moves by 20 %, and over many a rise of 1 % is no
//! chance and no concern. What has too few values is never judged, and is reported as such.
//!
//! ```
//! use tollgate_probe::degradation::{Baseline, Tolerance, degraded};
//! use tollgate_probe::snapshot::{Distribution, FamilySnapshot, Kind, Outcome, SeriesSnapshot, Unit, Value};
//! # fn snapshot(milliseconds: u64) -> tollgate_probe::Snapshot {
//! #     let calls = Distribution::from_steps(1e-3, (0..2000).map(|i| milliseconds + i % 5));
//! #     let series = SeriesSnapshot {
//! #         labels: ["/a".into()].into(), outcome: Outcome::Completed, overflow: false,
//! #         value: Value::Distribution(calls),
//! #     };
//! #     let family = FamilySnapshot {
//! #         name: "request_seconds".into(), help: "".into(), kind: Kind::Histogram, unit: Unit::Seconds,
//! #         label_names: ["route".into()].into(), series: vec![series],
//! #     };
//! #     tollgate_probe::Snapshot { families: vec![family], ..Default::default() }
//! # }
//!
//! let baseline = Baseline::capture(&snapshot(100));
//! let judged = degraded(&baseline, &snapshot(130), &Tolerance::default());
//! assert_eq!(judged.degraded.len(), 2, "mean and p95");
//! assert!(judged.degraded[0].change > 0.25 && judged.degraded[0].at_least > 0.0);
//! ```

mod limits;
mod tolerance;

use std::sync::Arc;

use crate::snapshot::{
    Distribution, FamilySnapshot, Kind, Outcome, SeriesSnapshot, Snapshot, Value, pair,
};

pub use tolerance::{InvalidTolerance, Tolerance};

/// How the distributions were when everything was as it should be.
#[derive(Clone, Debug, PartialEq)]
pub struct Baseline {
    /// Families that hold distributions.
    families: Vec<FamilySnapshot>,
}

impl Baseline {
    /// Keeps the distributions of a snapshot: of the whole process, or of a [window](crate::window). Those in which
    /// nothing was recorded are left out, since nothing can be compared with them.
    #[must_use]
    pub fn capture(snapshot: &Snapshot) -> Self {
        let families = snapshot.families.iter();
        Self {
            families: families
                .filter(|f| f.kind == Kind::Histogram)
                .filter_map(recorded)
                .collect(),
        }
    }

    /// Number of series in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.families.iter().map(|family| family.series.len()).sum()
    }

    /// Whether there is nothing to compare with.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The family with the series that hold anything; `None` without one.
fn recorded(family: &FamilySnapshot) -> Option<FamilySnapshot> {
    let empty = |value: &Value| matches!(value, Value::Distribution(d) if d.is_empty());
    let series = family.series.iter().filter(|series| !empty(&series.value));
    let series: Vec<SeriesSnapshot> = series.cloned().collect();
    (!series.is_empty()).then(|| FamilySnapshot {
        name: Arc::clone(&family.name),
        help: Arc::clone(&family.help),
        label_names: Arc::clone(&family.label_names),
        series,
        ..*family
    })
}

/// Which figure of a distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Metric {
    /// The arithmetic mean.
    Mean,
    /// The 95th percentile.
    P95,
}

impl Metric {
    /// The word for it in every output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Metric::Mean => "mean",
            Metric::P95 => "p95",
        }
    }
}

/// Which series is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesName {
    /// Name of the family, as it was recorded: any text.
    pub family: Arc<str>,
    /// Values of its labels: any text.
    pub labels: Arc<[Arc<str>]>,
    /// How the calls ended.
    pub outcome: Outcome,
}

/// A figure that became worse.
#[derive(Clone, Debug, PartialEq)]
pub struct Degradation {
    /// Of which series.
    pub series: SeriesName,
    /// Which figure.
    pub metric: Metric,
    /// What it was in the baseline, in the unit of the family.
    pub before: f64,
    /// What it is now.
    pub now: f64,
    /// By which share it rose, 0.2 being 20 %; infinite from zero.
    pub change: f64,
    /// The smallest rise that chance cannot explain away, at the rate of false alarms of the tolerance; above 0, and
    /// usually below the threshold.
    pub at_least: f64,
    /// Number of values in the baseline.
    pub count_before: u64,
    /// Number of values now.
    pub count_now: u64,
}

/// Why nothing is said about a series.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum NotJudged {
    /// There are too few values on one side.
    NotEnough {
        /// In the baseline.
        before: u64,
        /// Now.
        now: u64,
        /// On each side.
        needed: u64,
    },
    /// It was in the baseline, and is not any more.
    Gone,
    /// It is not in the baseline.
    New,
    /// Kind, unit or label names of its family are not those of the baseline, or it holds no usable distribution.
    NotComparable,
}

/// What a comparison found: each figure of each series is in one of these.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Degradations {
    /// Worse than before, the largest rise first.
    pub degraded: Vec<Degradation>,
    /// Number of figures that were judged and are not degraded.
    pub steady: usize,
    /// What was not judged, and why; without a metric where it holds for both.
    pub not_judged: Vec<(SeriesName, Option<Metric>, NotJudged)>,
}

/// Judges what was recorded lately against the baseline. `current` is the snapshot of a [window](crate::window), or
/// what was recorded [since](Snapshot::since) the baseline: values that are part of both would hide a change.
///
/// # How it decides
///
/// For each figure, a lower limit of what it is now and an upper limit of what it was, each wrong with at most half of
/// the share of `false_alarms` that falls to this figure (divided by the number of figures, after Bonferroni). A rise
/// is certain when the lower limit now is above the upper limit before.
///
/// - The limits of the 95th percentile are values of the sample whose ranks follow from the binomial law of how many
///   values lie below the percentile (W. Conover, "Practical Nonparametric Statistics", 3rd edition (1999), 3.2), with
///   the tail bounded by Chernoff's inequality as sharpened by W. Hoeffding, "Probability inequalities for sums of bounded
///   random variables", JASA 58 (1963), 13-30, theorem 1. They assume nothing of the distribution. Of the
///   buckets that hold these ranks the edges are taken, so that rounding cannot make an alarm.
/// - The limits of the mean are the mean and a multiple of its standard error, by B. Efron, "Student's t-test under
///   symmetry conditions", JASA 64 (1969), 1278-1302: exact for symmetric distributions, wider than Student's t.
#[must_use]
pub fn degraded(baseline: &Baseline, current: &Snapshot, tolerance: &Tolerance) -> Degradations {
    let mut found = Degradations::default();
    let mut pairs = Vec::new();
    for before in &baseline.families {
        let Some(now) = current.family(&before.name) else {
            found.leave_out(before, &before.series, NotJudged::Gone);
            continue;
        };
        if before.disagrees(now).is_some() {
            found.leave_out(before, &before.series, NotJudged::NotComparable);
            continue;
        }
        for (series, at) in before.series.iter().zip(pair(&before.series, &now.series)) {
            match at {
                Some(at) => pairs.push((before, series, &now.series[at])),
                None => found.leave_out(before, [series], NotJudged::Gone),
            }
        }
        let known = pair(&now.series, &before.series);
        let new = now.series.iter().zip(known).filter(|(_, at)| at.is_none());
        found.leave_out(now, new.map(|(series, _)| series), NotJudged::New);
    }
    let unknown = current.families.iter().filter(|now| {
        let known = baseline
            .families
            .iter()
            .any(|before| before.name == now.name);
        now.kind == Kind::Histogram && !known
    });
    for family in unknown {
        found.leave_out(family, &family.series, NotJudged::New);
    }

    let enough: Vec<Judged<'_>> = pairs
        .into_iter()
        .filter_map(|(family, before, now)| found.enough(family, before, now, tolerance))
        .collect();
    // Two figures a series, two limits a figure.
    let wrong_limit = tolerance.false_alarms / (4.0 * enough.len() as f64);
    for series in &enough {
        for metric in [Metric::Mean, Metric::P95] {
            found.judge(series, metric, wrong_limit, tolerance);
        }
    }
    found.degraded.sort_by(|a, b| b.change.total_cmp(&a.change));
    found
}

/// A series with enough values on both sides.
struct Judged<'a> {
    name: SeriesName,
    before: &'a Distribution,
    now: &'a Distribution,
}

impl Degradations {
    fn leave_out<'a>(
        &mut self,
        family: &FamilySnapshot,
        series: impl IntoIterator<Item = &'a SeriesSnapshot>,
        why: NotJudged,
    ) {
        let all = series.into_iter().map(|s| (name(family, s), None, why));
        self.not_judged.extend(all);
    }

    fn enough<'a>(
        &mut self,
        family: &FamilySnapshot,
        before: &'a SeriesSnapshot,
        now: &'a SeriesSnapshot,
        tolerance: &Tolerance,
    ) -> Option<Judged<'a>> {
        let (Value::Distribution(a), Value::Distribution(b)) = (&before.value, &now.value) else {
            self.leave_out(family, [before], NotJudged::NotComparable);
            return None;
        };
        // Two values are the least that a deviation can be computed from.
        let needed = tolerance.min_count.max(2);
        let (before_count, now_count) = (a.count(), b.count());
        if before_count.min(now_count) < needed {
            let why = NotJudged::NotEnough {
                before: before_count,
                now: now_count,
                needed,
            };
            self.leave_out(family, [before], why);
            return None;
        }
        Some(Judged {
            name: name(family, before),
            before: a,
            now: b,
        })
    }

    fn judge(
        &mut self,
        series: &Judged<'_>,
        metric: Metric,
        wrong_limit: f64,
        tolerance: &Tolerance,
    ) {
        let (figure, limits, needed): (fn(&Distribution) -> Option<f64>, _, _) = match metric {
            Metric::Mean => (
                Distribution::mean,
                limits::of_mean(series.before, series.now, wrong_limit),
                limits::needed_for_mean(wrong_limit),
            ),
            Metric::P95 => (
                |d| d.quantile(0.95),
                limits::of_quantile(series.before, series.now, 0.95, wrong_limit),
                limits::needed_for_quantile(0.95, wrong_limit),
            ),
        };
        let counts = (series.before.count(), series.now.count());
        let mut not = |why| {
            self.not_judged
                .push((series.name.clone(), Some(metric), why));
        };
        if counts.0.min(counts.1) < needed {
            let (before, now) = counts;
            return not(NotJudged::NotEnough {
                before,
                now,
                needed,
            });
        }
        let (Some(limits), Some(before), Some(now)) =
            (limits, figure(series.before), figure(series.now))
        else {
            return not(NotJudged::NotComparable);
        };
        let change = rise(before, now);
        let at_least = rise(limits.most_before, limits.least_now);
        if change > tolerance.threshold && at_least > 0.0 {
            self.degraded.push(Degradation {
                series: series.name.clone(),
                metric,
                before,
                now,
                change,
                at_least,
                count_before: counts.0,
                count_now: counts.1,
            });
        } else {
            self.steady += 1;
        }
    }
}

fn name(family: &FamilySnapshot, series: &SeriesSnapshot) -> SeriesName {
    SeriesName {
        family: family.name.clone(),
        labels: series.labels.clone(),
        outcome: series.outcome,
    }
}

/// From zero to anything is infinitely more; from zero to zero is none.
fn rise(before: f64, now: f64) -> f64 {
    if now <= 0.0 && before <= 0.0 {
        0.0
    } else {
        now / before - 1.0
    }
}

#[cfg(test)]
mod tests;
