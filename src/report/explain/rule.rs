//! Why a check got its verdict: the rule, with its numbers filled in.

use crate::compare::{Comparison, Overhead, OverheadStanding, Zone};
use crate::measurement::{Better, Metric};
use crate::units::{Change, format_value};
use crate::verdict::{Check, Limit, VerdictKind};

/// A size without its sign: a limit.
pub(super) fn size(size: Change) -> String {
    Change::from_log(size.log().abs())
        .to_string()
        .trim_start_matches('+')
        .to_owned()
}

/// Numbers turned so that up is worse, and how to name them: what is shown keeps its own sign.
struct Turned {
    effect: Change,
    fail: (Change, Change),
    pass: (Change, Change),
    higher_is_better: bool,
}

impl Turned {
    fn of(comparison: &Comparison, better: Better) -> Self {
        let Comparison {
            effect,
            interval,
            pass_interval,
            ..
        } = *comparison;
        let bounds = |interval: crate::compare::Interval| match better {
            Better::Lower => (interval.low, interval.high),
            Better::Higher => (interval.high.reversed(), interval.low.reversed()),
        };
        Self {
            effect: match better {
                Better::Lower => effect,
                Better::Higher => effect.reversed(),
            },
            fail: bounds(interval),
            pass: bounds(pass_interval),
            higher_is_better: better == Better::Higher,
        }
    }

    /// As it stands in the tables.
    fn shown(&self, turned: Change) -> String {
        if self.higher_is_better {
            turned.reversed().to_string()
        } else {
            turned.to_string()
        }
    }

    /// `the lower bound +6.1% lies above 2.0%`.
    fn says(&self, what: &str, number: Change, worse_than: bool, limit: Change) -> String {
        let beyond = if worse_than {
            number.log() > limit.log()
        } else {
            number.log() < limit.log()
        };
        let verb = if beyond { "lies" } else { "does not lie" };
        let direction = if worse_than == self.higher_is_better {
            "below"
        } else {
            "above"
        };
        format!(
            "{what} {} {verb} {direction} {}",
            self.shown(number),
            self.shown(limit)
        )
    }

    /// Name of the bound towards better (`false`) or worse (`true`), as it stands in the tables.
    fn bound(&self, worse: bool) -> &'static str {
        if worse == self.higher_is_better {
            "lower bound"
        } else {
            "upper bound"
        }
    }
}

/// Why the numbers give this verdict.
pub(super) fn relative(
    verdict: VerdictKind,
    comparison: &Comparison,
    zone: Zone,
    better: Better,
) -> String {
    let turned = Turned::of(comparison, better);
    let (floor, tolerance) = (zone.floor, zone.tolerance);
    let (best, worst) = (turned.bound(false), turned.bound(true));
    let worse_than_floor = || {
        let bound = turned.says(&format!("the {best}"), turned.fail.0, true, floor);
        format!("{bound} (the floor)")
    };
    let estimate_worse = || {
        let estimate = turned.says("the estimate", turned.effect, true, tolerance);
        format!("{estimate} (the tolerance)")
    };
    let passes = || {
        let bound = format!("the {worst} at the pass level");
        let bound = turned.says(&bound, turned.pass.1, false, tolerance);
        format!("{bound} (the tolerance)")
    };
    match verdict {
        VerdictKind::Regressed => {
            format!("{}, and {}", worse_than_floor(), estimate_worse())
        }
        VerdictKind::Improved => format!(
            "{} (the floor), and {} (the tolerance)",
            turned.says(
                &format!("the {worst}"),
                turned.fail.1,
                false,
                floor.reversed()
            ),
            turned.says("the estimate", turned.effect, false, tolerance.reversed())
        ),
        VerdictKind::Unchanged => format!(
            "the interval at the pass level, [{}, {}], lies within the tolerance of {} on both sides",
            comparison.pass_interval.low,
            comparison.pass_interval.high,
            size(tolerance)
        ),
        VerdictKind::NotSlower => format!(
            "{}; the other side is open, it may be better by more than that",
            passes()
        ),
        _ => format!(
            "neither a regression ({}; {}) nor a pass ({})",
            worse_than_floor(),
            estimate_worse(),
            passes()
        ),
    }
}

/// Why a check against `max` or `min` got its verdict.
fn absolute(check: &Check, metric: &Metric) -> Option<String> {
    let estimate = check.absolute?;
    let (limit, ceiling) = match &check.limit {
        Limit::Max(limit) => (limit, true),
        Limit::Min(limit) => (limit, false),
        Limit::Slower(_) | Limit::Overhead { .. } | Limit::None => return None,
    };
    let shown = |value: f64| format_value(value, &metric.unit);
    let interval = format!("[{}, {}]", shown(estimate.low), shown(estimate.high));
    let (name, good, bad) = if ceiling {
        ("max", "below", "above")
    } else {
        ("min", "above", "below")
    };
    Some(match check.verdict {
        VerdictKind::OverBudget => {
            format!("the whole interval {interval} lies {bad} {name} {limit}")
        }
        VerdictKind::WithinBudget => {
            format!("the whole interval {interval} lies {good} {name} {limit}, or on it")
        }
        _ => format!("the interval {interval} has {name} {limit} inside, so either may be true"),
    })
}

/// Why a claim of low cost got its verdict.
fn overhead(check: &Check, numbers: &Overhead, metric: &Metric) -> Option<String> {
    let Limit::Overhead {
        relative, absolute, ..
    } = &check.limit
    else {
        return None;
    };
    let shown = |value: f64| format_value(value, &metric.unit);
    let mut sides = vec![(
        numbers.relative.low.to_string(),
        numbers.relative.high.to_string(),
        size(*relative),
        numbers.relative.high.log() < relative.log(),
        numbers.relative.low.log() > relative.log(),
    )];
    if let Some(limit) = absolute {
        sides.push((
            shown(numbers.absolute.low),
            shown(numbers.absolute.high),
            limit.to_string(),
            numbers.absolute.high < limit.value,
            numbers.absolute.low > limit.value,
        ));
    }
    let parts: Vec<String> = match numbers.standing {
        OverheadStanding::InvalidDesign => {
            return Some(format!(
                "switched on it is surely faster (upper bound {}), so something else differs between the two",
                numbers.relative.high
            ));
        }
        OverheadStanding::Violated => (sides.iter())
            .filter(|(.., violated)| *violated)
            .map(|(low, _, limit, ..)| {
                format!("the lower bound {low} lies above the limit {limit}")
            })
            .collect(),
        OverheadStanding::Proven | OverheadStanding::NotProven => (sides.iter())
            .map(|(_, high, limit, below, _)| {
                let verb = if *below { "lies" } else { "does not lie" };
                format!("the upper bound {high} {verb} below the limit {limit}")
            })
            .collect(),
    };
    Some(parts.join(", and "))
}

/// The rule behind a check that is not relative, or where there was nothing to compare; `None` where the verdict's own
/// notes say it all.
pub(super) fn other(check: &Check) -> Option<String> {
    if let Some(reason) = &check.not_comparable {
        return Some(format!("{}; {}", reason.describe(), reason.remedy()));
    }
    let metric = check.metric.as_ref()?;
    match &check.overhead {
        Some(numbers) => overhead(check, numbers, metric),
        None => absolute(check, metric),
    }
}

#[cfg(test)]
mod tests;
