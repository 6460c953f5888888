//! What many benchmarks have in common: a cause of them all rather than a regression of each.

use crate::compare::Method;
use crate::diagnostic::{Code, Diagnostic};
use crate::measurement::Better;
use crate::units::Change;
use crate::verdict::{Check, Limit};
use std::collections::BTreeMap;

/// With fewer benchmarks "all of them" is no pattern.
const FEWEST: usize = 3;

/// Of how many benchmarks one may be an exception.
const ONE_EXCEPTION_IN: usize = 10;

/// Largest change over smallest, on the log scale, that still is "by a similar amount".
const SIMILAR: f64 = 3.0;

/// How one benchmark moved.
#[derive(Clone, Copy)]
struct Moved {
    /// Upwards is worse.
    worse: Change,
    /// The interval at the pass level excludes zero: it moved at all.
    surely: bool,
}

/// Says where (nearly) all benchmarks of the job, or of a suite, moved the same way by a similar amount. Verdicts stay.
pub(super) fn moved_together(checks: &[Check], findings: &mut Vec<Diagnostic>) {
    let mut by_suite: BTreeMap<(&str, &str), BTreeMap<&str, Moved>> = BTreeMap::new();
    for check in checks {
        if let Some((metric, moved)) = moved(check) {
            let suite = check.benchmark.suite.as_str();
            by_suite
                .entry((metric, suite))
                .or_default()
                // Two limits on one metric are one movement.
                .insert(&check.benchmark.name, moved);
        }
    }
    let mut by_metric: BTreeMap<&str, Vec<Moved>> = BTreeMap::new();
    for ((metric, _), moved) in &by_suite {
        by_metric.entry(metric).or_default().extend(moved.values());
    }
    for (metric, moved) in by_metric {
        if let Some(together) = together(&moved) {
            findings.push(finding(&together, metric, None));
            continue;
        }
        for ((_, suite), moved) in by_suite.iter().filter(|((of, _), _)| *of == metric) {
            let moved: Vec<Moved> = moved.values().copied().collect();
            if let Some(together) = together(&moved) {
                findings.push(finding(&together, metric, Some(suite)));
            }
        }
    }
}

fn moved(check: &Check) -> Option<(&str, Moved)> {
    let (metric, comparison) = (check.metric.as_ref()?, check.comparison.as_ref()?);
    let is_paired = !matches!(comparison.method, Method::Baseline | Method::Exact);
    if !is_paired || !matches!(check.limit, Limit::Slower(_)) {
        return None;
    }
    let (effect, interval) = match metric.better {
        Better::Lower => (comparison.effect, comparison.pass_interval),
        Better::Higher => (
            comparison.effect.reversed(),
            comparison.pass_interval.reversed(),
        ),
    };
    let moved = Moved {
        worse: effect,
        surely: interval.low > Change::ZERO || interval.high < Change::ZERO,
    };
    Some((&metric.name, moved))
}

struct Together {
    moved: usize,
    all: usize,
    least: Change,
    most: Change,
}

fn together(all: &[Moved]) -> Option<Together> {
    if all.len() < FEWEST {
        return None;
    }
    let needed = all.len() - all.len() / ONE_EXCEPTION_IN;
    for sign in [1.0, -1.0] {
        let mut sizes: Vec<f64> = (all.iter())
            .filter(|moved| moved.surely && moved.worse.log() * sign > 0.0)
            .map(|moved| moved.worse.log() * sign)
            .collect();
        sizes.sort_by(f64::total_cmp);
        // The exceptions may be those that moved most.
        let similar = (sizes.windows(needed.min(sizes.len()).max(1))).find(|window| {
            window.len() >= needed && window[window.len() - 1] <= SIMILAR * window[0]
        });
        if let Some(window) = similar {
            let limit = SIMILAR * window[0];
            let group: Vec<f64> = (sizes.iter().copied())
                .filter(|size| *size >= window[0] && *size <= limit)
                .collect();
            return Some(Together {
                moved: group.len(),
                all: all.len(),
                least: Change::from_log(group[0] * sign),
                most: Change::from_log(group[group.len() - 1] * sign),
            });
        }
    }
    None
}

fn finding(together: &Together, metric: &str, suite: Option<&str>) -> Diagnostic {
    let Together {
        moved,
        all,
        least,
        most,
    } = together;
    let of = suite.map_or_else(String::new, |suite| format!(" of suite `{suite}`"));
    let who = if moved == all {
        format!("all {all} benchmarks{of}")
    } else {
        format!("{moved} of {all} benchmarks{of}")
    };
    let what = if metric == "time" {
        String::new()
    } else {
        format!(" in {metric}")
    };
    Diagnostic::warning(
        Code::MovedTogether,
        format!(
            "{who} moved together{what} by {least} .. {most}: one cause common to all (runner, compiler flags, an allocator, a \
             dependency) rather than {moved} regressions"
        ),
    )
    .with_help("look for what they share before looking at each of them")
}
