//! The same material judged again: at the levels of the gate, and at others.

use crate::baseline::{Baseline, MachineClass};
use crate::compare::{
    BaselineInput, Comparison, JobInput, LOOK_LEVEL, Levels, Look, Method, NotComparable, Pair,
    Zone, added, against_baseline, compare_pairs, pair_looks, repeats_exactly,
};
use crate::measurement::{BenchmarkId, Better, Metric, Run};
use crate::stats::median;
use crate::units::Change;
use crate::verdict::{ALPHA, BETA, FLOOR, FLOOR_WITHOUT_LAYOUT, VerdictKind, judge_relative};
use std::collections::BTreeMap;

/// Relative checks of a job that are counted through when the level of one of them is looked for.
const LARGEST_FAMILY: usize = 20_000;

/// A job of the baseline, as far as this metric goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct BaselineJob<'a> {
    pub(super) started: &'a str,
    pub(super) commit: &'a str,
    /// Statistic of each invocation.
    pub(super) values: &'a [f64],
    kernels: &'a BTreeMap<String, f64>,
}

/// What a relative check is made from.
#[derive(Debug, Clone)]
pub(super) enum Material<'a> {
    /// Pairs of the run, in the order of rounds.
    Pairs { pairs: Vec<Pair>, exact: bool },
    /// Jobs of the baseline and the run's own values.
    Jobs {
        jobs: Vec<BaselineJob<'a>>,
        candidate: Vec<f64>,
        kernels: BTreeMap<String, f64>,
        exact: bool,
        /// What is added to all values before they are compared.
        added: f64,
    },
}

impl<'a> Material<'a> {
    /// Jobs of the baseline that the gate compares with: of the same class and compiler, oldest first.
    pub(super) fn jobs(
        run: &Run,
        baselines: &'a [Baseline],
        id: &BenchmarkId,
        metric: &Metric,
        candidate: Vec<f64>,
    ) -> Self {
        let class = MachineClass::of(&run.environment);
        let rustc = run.environment.toolchain.rustc.as_deref().unwrap_or("");
        let key = (id.name.clone(), metric.name.clone());
        let jobs = (baselines.iter())
            .filter(|baseline| baseline.suite == id.suite && baseline.class == class)
            .filter_map(|baseline| Some((baseline, baseline.series.get(&key)?)))
            .filter(|(_, series)| series.metric == *metric)
            .flat_map(|(baseline, series)| baseline.jobs.iter().map(move |job| (job, series)))
            .filter(|(job, _)| job.rustc == rustc)
            .filter_map(|(job, series)| {
                Some(BaselineJob {
                    started: &job.started,
                    commit: &job.commit,
                    values: series.jobs.get(&job.id)?,
                    kernels: &job.kernels,
                })
            })
            .collect();
        let kernels = (run.kernels.iter())
            .filter_map(|(name, times)| Some((name.clone(), median(times)?)))
            .collect();
        Self::Jobs {
            jobs,
            candidate,
            kernels,
            exact: repeats_exactly(metric),
            added: added(metric),
        }
    }

    pub(super) fn compare(&self, levels: Levels, zone: Zone) -> Result<Comparison, NotComparable> {
        match self {
            Self::Pairs { pairs, exact } => compare_pairs(pairs, levels, zone, *exact),
            Self::Jobs {
                jobs,
                candidate,
                kernels,
                exact,
                added,
            } => {
                let raise = |values: &[f64]| -> Vec<f64> {
                    values.iter().map(|value| value + added).collect()
                };
                let raised: Vec<Vec<f64>> = jobs.iter().map(|job| raise(job.values)).collect();
                let candidate = &raise(candidate);
                let jobs: Vec<JobInput<'_>> = (jobs.iter().zip(&raised))
                    .map(|(job, values)| JobInput {
                        values,
                        kernels: job.kernels,
                    })
                    .collect();
                let input = BaselineInput {
                    jobs: &jobs,
                    candidate,
                    kernels,
                    exact: *exact,
                };
                against_baseline(&input, levels, zone)
            }
        }
    }

    /// Every look that the pairs complete; none where there are no looks.
    pub(super) fn looks(&self, levels: Levels, zone: Zone) -> Vec<Look> {
        match self {
            Self::Pairs { pairs, .. } => pair_looks(pairs, levels, zone).unwrap_or_default(),
            Self::Jobs { .. } => Vec::new(),
        }
    }
}

/// Levels and zone of one check.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Setting {
    pub(super) levels: Levels,
    pub(super) zone: Zone,
}

impl Setting {
    /// At another family-wise level; the share of this check in it stays.
    pub(super) fn at_alpha(self, alpha: f64) -> Self {
        Self {
            levels: Levels {
                fail: self.levels.fail * alpha / ALPHA,
                ..self.levels
            },
            ..self
        }
    }

    /// With another tolerance.
    pub(super) fn with_tolerance(self, tolerance: Change) -> Self {
        Self {
            zone: Zone {
                tolerance,
                ..self.zone
            },
            ..self
        }
    }
}

/// A setting, and whether the gate judged at it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Own {
    pub(super) setting: Setting,
    /// Otherwise it is that of a check that stands alone.
    pub(super) is_gates: bool,
}

/// What the numbers alone say: the rules of the gate without what it knows of the rest of the run.
pub(super) fn verdict(comparison: &Comparison, zone: Zone, better: Better) -> VerdictKind {
    let verdict = judge_relative(comparison, zone, better);
    // A prediction from other jobs that would have missed twice the tolerance says nothing by being quiet.
    let blind = comparison.method == Method::Baseline
        && comparison.detectable.log() > 2.0 * zone.tolerance.log();
    match verdict {
        VerdictKind::Unchanged | VerdictKind::NotSlower if blind => VerdictKind::Inconclusive,
        other => other,
    }
}

/// The floors that may hold for a metric of this suite, the one that should first.
pub(super) fn floors(run: &Run, id: &BenchmarkId, metric: &Metric) -> Vec<f64> {
    let randomised = (run.suites.iter()).any(|suite| suite.name == id.suite && suite.layouts > 0);
    if repeats_exactly(metric) {
        vec![0.0]
    } else if randomised {
        vec![FLOOR, FLOOR_WITHOUT_LAYOUT]
    } else {
        vec![FLOOR_WITHOUT_LAYOUT, FLOOR]
    }
}

/// The setting at which the material gives exactly the comparison that the gate made. `None` where there is none: then
/// the gate knew something that is not in the pairs, and what is shown must not pretend to be its reasoning.
///
/// The gate shares its level among the checks of the job (Holm), and a check does not record its share. So it is found
/// by judging again; `family` is the number of checks that may share.
pub(super) fn setting(
    material: &Material<'_>,
    wanted: &Comparison,
    tolerance: Change,
    floors: &[f64],
    family: usize,
) -> Option<Setting> {
    let shares = (1..=family.clamp(1, LARGEST_FAMILY)).map(|checks| ALPHA / checks as f64);
    let likely = [wanted.fail_level / LOOK_LEVEL, wanted.fail_level];
    likely
        .into_iter()
        .chain(shares)
        .flat_map(|fail| floors.iter().map(move |floor| (fail, *floor)))
        .map(|(fail, floor)| Setting {
            levels: Levels { fail, pass: BETA },
            zone: Zone {
                floor: Change::from_fraction(floor),
                tolerance,
            },
        })
        .find(|setting| {
            (material.compare(setting.levels, setting.zone)).is_ok_and(|found| same(&found, wanted))
        })
}

/// The setting of a check that stands alone, for what no budget speaks of.
pub(super) fn alone(tolerance: Change, floors: &[f64]) -> Setting {
    Setting {
        levels: Levels {
            fail: ALPHA,
            pass: BETA,
        },
        zone: Zone {
            floor: Change::from_fraction(floors.first().copied().unwrap_or(FLOOR_WITHOUT_LAYOUT)),
            tolerance,
        },
    }
}

/// Equal, but for the last digits of levels that were computed on two ways.
fn same(one: &Comparison, other: &Comparison) -> bool {
    let near = |a: f64, b: f64| a.total_cmp(&b).is_eq() || (a - b).abs() <= 1e-9 * a.abs();
    one.method == other.method
        && one.effect == other.effect
        && (one.base_n, one.candidate_n) == (other.base_n, other.candidate_n)
        && intervals_near(one, other, near)
        && near(one.fail_level, other.fail_level)
        && near(one.detectable.log(), other.detectable.log())
}

fn intervals_near(one: &Comparison, other: &Comparison, near: impl Fn(f64, f64) -> bool) -> bool {
    [
        (one.interval.low, other.interval.low),
        (one.interval.high, other.interval.high),
        (one.pass_interval.low, other.pass_interval.low),
        (one.pass_interval.high, other.pass_interval.high),
    ]
    .iter()
    .all(|(one, other)| near(one.log(), other.log()))
}
