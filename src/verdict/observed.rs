//! One run of a workload against its absolute budgets: do they hold *in this run*?
//!
//! One run is one sample, so nothing here speaks of the next run: that is what `check` is for, with several runs and an
//! interval. What one run can say is that a ceiling was passed, and by how much.

#[cfg(test)]
mod tests;
mod values;

pub use values::{Value, calls_needed, failed_calls, good_calls, observe};
pub(crate) use values::{quantile, settled};

use super::Limit;
use super::gate::bind;
use crate::budget::{Budget, Budgets, Enforcement};
use crate::measurement::{BenchmarkId, Metric};
use crate::units::{Quantity, Unit, format_value};
use crate::workload::record::{Driven, Ended, Stop};
use crate::workload::{ALL, PROCESS, Record, Workload, honesty};

/// What is said of one run of a workload.
#[derive(Debug, Clone, PartialEq)]
pub struct RunVerdict {
    /// The answer.
    pub standing: RunStanding,
    /// Every absolute limit on the workload, in the order of its benchmarks.
    pub checks: Vec<Observed>,
    /// Budgets that compare with another revision, which one run cannot: benchmark and metric.
    pub relative: Vec<(BenchmarkId, String)>,
    /// Budgets on this workload that speak of nothing that a run of it tells.
    pub unreached: Vec<Unreached>,
}

/// The answer of a run.
#[derive(Debug, Clone, PartialEq)]
pub enum RunStanding {
    /// Ctrl-C. What is there is partial.
    Interrupted,
    /// Something else stopped it. What is there is partial.
    Stopped(Stop),
    /// Not one call ended in the measured part.
    NoData,
    /// The generator did not do what it was asked, for these reasons: the numbers are its own, not the target's.
    Invalid(Vec<String>),
    /// A budget does not hold in this run.
    Broken,
    /// Not one call went well.
    AllFailed,
    /// A budget that must hold could not be looked at.
    NotTold,
    /// Every budget holds in this run.
    Holds,
    /// No absolute budget speaks of this workload.
    NothingToJudge,
}

impl RunStanding {
    /// The exit code of `tollgate load`.
    #[must_use]
    pub const fn exit(&self) -> u8 {
        match self {
            Self::Holds | Self::NothingToJudge => 0,
            Self::Broken => 1,
            Self::Stopped(_)
            | Self::NoData
            | Self::Invalid(_)
            | Self::AllFailed
            | Self::NotTold => 4,
            // 128 + SIGINT, as shells have it.
            Self::Interrupted => 130,
        }
    }

    /// Whether values may be held against limits: the run went to its end, and the numbers are the target's.
    #[must_use]
    pub const fn is_judged(&self) -> bool {
        matches!(
            self,
            Self::Broken | Self::AllFailed | Self::NotTold | Self::Holds | Self::NothingToJudge
        )
    }
}

/// One absolute limit, and what was observed.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// What it is about.
    pub benchmark: BenchmarkId,
    /// Of which metric.
    pub metric: Metric,
    /// [`Limit::Max`] or [`Limit::Min`].
    pub limit: Limit,
    /// Index into the budgets of the file.
    pub budget: usize,
    /// Whether it fails the run.
    pub severity: Enforcement,
    /// What was observed.
    pub value: Value,
}

impl Observed {
    /// Whether the limit holds in this run; `None` where that cannot be told.
    #[must_use]
    pub fn holds(&self) -> Option<bool> {
        let Value::Told(value) = self.value else {
            return None;
        };
        match &self.limit {
            _ if !value.is_finite() => None,
            Limit::Max(limit) => self.speaks(limit).then_some(value <= limit.value),
            Limit::Min(limit) => self.speaks(limit).then_some(value >= limit.value),
            Limit::Slower(_) | Limit::Overhead { .. } | Limit::None => None,
        }
    }

    /// Why it cannot be told; `None` where it can.
    #[must_use]
    pub fn why_not(&self) -> Option<String> {
        match &self.value {
            Value::TooFew { calls, needed } => Some(format!(
                "{} calls, and {} needs {} to be told",
                count(*calls),
                self.metric.name,
                count(*needed)
            )),
            Value::Unknown(why) => Some(why.clone()),
            Value::Told(value) if !value.is_finite() => Some("it is no number".to_owned()),
            Value::Told(_) => match &self.limit {
                Limit::Max(limit) | Limit::Min(limit) if !self.speaks(limit) => Some(format!(
                    "the budget is in {}, the metric in {}",
                    limit.unit, self.metric.unit
                )),
                _ => None,
            },
        }
    }

    /// A bare number is a limit for any unit.
    fn speaks(&self, limit: &Quantity) -> bool {
        limit.unit == self.metric.unit || limit.unit == Unit::Count
    }

    fn fails(&self) -> bool {
        self.severity == Enforcement::Error && self.holds() == Some(false)
    }

    fn is_missing(&self) -> bool {
        self.severity == Enforcement::Error && self.holds().is_none()
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of calls are far below 2^53"
)]
fn count(calls: u64) -> String {
    format_value(calls as f64, &Unit::Count)
}

/// A budget on the workload that judges nothing in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreached {
    /// Index into the budgets of the file.
    pub budget: usize,
    /// Its glob.
    pub bench: String,
    /// Its metric.
    pub metric: String,
    /// No benchmark of the workload has such a name: a misspelt budget guards nothing. Otherwise the metric is one that
    /// `load` does not see, such as a counter that the target leaves in its probe record.
    pub is_misspelt: bool,
    /// Whether a budget that guards nothing is no pass.
    pub severity: Enforcement,
}

/// Judges a run.
#[must_use]
pub fn judge_run(budgets: &Budgets, workload: &Workload, record: &Record) -> RunVerdict {
    let mut verdict = RunVerdict {
        standing: RunStanding::NothingToJudge,
        checks: Vec::new(),
        relative: Vec::new(),
        unreached: Vec::new(),
    };
    let mut reached = vec![false; budgets.budgets.len()];
    for name in benchmarks(workload) {
        let id = BenchmarkId::new(workload.name.clone(), name);
        let covering: Vec<(usize, &Budget)> = (budgets.budgets.iter().enumerate())
            .filter(|(_, budget)| budget.covers(&id))
            .collect();
        let mut metrics: Vec<&str> = Vec::new();
        for (_, budget) in &covering {
            if !metrics.contains(&budget.metric.as_str()) {
                metrics.push(&budget.metric);
            }
        }
        for name in metrics {
            let Some((metric, value)) = observe(workload, record, &id.name, name) else {
                continue;
            };
            for (at, budget) in &covering {
                reached[*at] |= budget.metric == name;
            }
            for (budget, limit) in bind(&covering, name, &mut []).unwrap_or_default() {
                if matches!(limit, Limit::Slower(_)) {
                    verdict.relative.push((id.clone(), name.to_owned()));
                    continue;
                }
                verdict.checks.push(Observed {
                    benchmark: id.clone(),
                    metric: metric.clone(),
                    limit,
                    budget,
                    severity: budgets.budgets[budget].severity,
                    value: value.clone(),
                });
            }
        }
    }
    verdict.unreached = unreached(budgets, workload, &reached);
    verdict.standing = standing(&verdict, record);
    verdict
}

/// Names of the benchmarks that a workload has, without the workload's own.
#[must_use]
pub fn benchmarks(workload: &Workload) -> Vec<String> {
    let mut names = vec![ALL.to_owned()];
    names.extend((workload.endpoints.iter()).map(|endpoint| endpoint.name.clone()));
    let flows = workload.flows.iter().filter(|flow| flow.steps.len() > 1);
    names.extend(flows.map(|flow| format!("flow/{}", flow.name)));
    names.push(PROCESS.to_owned());
    names
}

fn unreached(budgets: &Budgets, workload: &Workload, reached: &[bool]) -> Vec<Unreached> {
    let names = benchmarks(workload);
    (budgets.budgets.iter().enumerate())
        .filter(|(at, _)| !reached[*at])
        .filter_map(|(at, budget)| {
            let covers = (names.iter())
                .any(|name| budget.covers(&BenchmarkId::new(workload.name.clone(), name.clone())));
            let glob = budget.bench.as_str();
            let own = glob
                .strip_prefix(&workload.name)
                .is_some_and(|rest| rest.starts_with('/'));
            // Globs over all suites speak of other tools' metrics, and are none of this run's business.
            own.then(|| Unreached {
                budget: at,
                bench: glob.to_owned(),
                metric: budget.metric.clone(),
                is_misspelt: !covers,
                severity: budget.severity,
            })
        })
        .collect()
}

fn standing(verdict: &RunVerdict, record: &Record) -> RunStanding {
    match &record.ended {
        Ended::Stopped(Stop::Interrupted) => return RunStanding::Interrupted,
        Ended::Stopped(stop) => return RunStanding::Stopped(stop.clone()),
        Ended::Completed => {}
    }
    let (good, failed) = totals(&record.driven);
    if good == 0 && failed == 0 {
        return RunStanding::NoData;
    }
    let problems = honesty::problems(&record.driven);
    if !problems.is_empty() {
        return RunStanding::Invalid(problems);
    }
    if verdict.checks.iter().any(Observed::fails) {
        return RunStanding::Broken;
    }
    if good == 0 {
        return RunStanding::AllFailed;
    }
    let misspelt = (verdict.unreached.iter())
        .any(|budget| budget.is_misspelt && budget.severity == Enforcement::Error);
    if misspelt || verdict.checks.iter().any(Observed::is_missing) {
        return RunStanding::NotTold;
    }
    if verdict.checks.is_empty() {
        RunStanding::NothingToJudge
    } else {
        RunStanding::Holds
    }
}

/// Calls that went well, and those that did not.
#[must_use]
pub fn totals(driven: &Driven) -> (u64, u64) {
    driven.endpoints.iter().fold((0, 0), |(good, failed), one| {
        (
            u64::saturating_add(good, good_calls(one)),
            u64::saturating_add(failed, failed_calls(one)),
        )
    })
}
