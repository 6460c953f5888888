//! What a person can do about a row.

use super::cost::Costs;
use super::model::Reason;
use super::text::plural;
use crate::compare::{AbsoluteEstimate, Comparison, LOOKS, Method};
use crate::measurement::FailureKind;
use crate::units::format_duration;
use crate::verdict::{Check, Limit, VerdictKind};

/// More than this many times the present observations is no advice that anybody would follow.
const REASONABLE_EFFORT: f64 = 20.0;

/// What a next step depends on beside the check itself.
pub(super) struct Circumstances<'a> {
    /// How an invocation of its benchmark failed, if one did.
    pub(super) failure: Option<FailureKind>,
    /// The run has a base.
    pub(super) is_paired: bool,
    /// Why there is no comparison.
    pub(super) reason: Option<&'a Reason>,
    /// What pairs cost, where more are wanted.
    pub(super) costs: Option<&'a Costs>,
}

/// The next step for one check.
pub(super) fn next_step(check: &Check, circumstances: &Circumstances<'_>) -> Option<String> {
    let Circumstances {
        failure,
        is_paired,
        reason,
        costs,
    } = circumstances;
    let remedy = || Some(reason.as_ref()?.remedy?.to_owned());
    let is_claim = matches!(check.limit, Limit::Overhead { .. });
    match check.verdict {
        VerdictKind::Missing if is_claim => Some(
            "claims are measured by every `tollgate check` that `--only` does not restrict to others".to_owned(),
        ),
        VerdictKind::Missing => Some(match (failure, is_paired) {
            (Some(kind), false) => format!(
                "it {}: repair it, or remove it from budgets.toml and from the baseline",
                kind.describe()
            ),
            (Some(kind), true) => format!(
                "it {}: repair it, or remove it from budgets.toml",
                kind.describe()
            ),
            (None, false) => "if it was removed or renamed, correct the globs in budgets.toml and run \
                     `tollgate baseline accept --reason ..`"
                .to_owned(),
            (None, true) => {
                "measure again; if it was removed or renamed, correct the globs in budgets.toml".to_owned()
            }
        }),
        VerdictKind::Failed => Some(match failure {
            Some(FailureKind::Stopped) => "the limit is that of `safety`: does it use more than before, or is the limit too low?",
            Some(FailureKind::NoData) => "how its calls ended stands in the findings",
            _ => "the last lines of its output stand in the findings",
        }.to_owned()),
        VerdictKind::Invalid if is_claim && check.overhead.is_some() => Some(
            "switch one executable at run time (`env`, `args`): then code lies at the same place on both sides".to_owned(),
        ),
        // Its note says what it takes.
        VerdictKind::Invalid if check.is_withheld() => None,
        VerdictKind::Invalid => Some(match failure {
            None if reason.is_some() => remedy().unwrap_or_default(),
            Some(FailureKind::Invalid) => {
                "give the load generator less to do or more of the machine, and measure again".to_owned()
            }
            Some(kind) => format!("it {}: repair it and measure again", kind.describe()),
            None => "measure again; `tollgate doctor` says what disturbs this machine".to_owned(),
        }),
        VerdictKind::NotProven => match &check.overhead {
            Some(overhead) => Some(more_pairs(check, overhead.more_pairs, overhead.pairs, *costs)),
            None => remedy(),
        },
        VerdictKind::Inconclusive if check.not_comparable.is_some() => remedy(),
        VerdictKind::Inconclusive => Some(match (&check.comparison, &check.absolute) {
            (Some(comparison), _) if matches!(check.limit, Limit::Slower(_)) => {
                settle_relative(check, comparison, *costs)
            }
            (_, Some(estimate)) => settle_absolute(&check.limit, estimate),
            _ => more_observations(None, "observations"),
        }),
        VerdictKind::New | VerdictKind::NotComparable => remedy(),
        _ => None,
    }
}

/// What it takes to decide a relative check, if the estimate stays where it is.
fn settle_relative(check: &Check, comparison: &Comparison, costs: Option<&Costs>) -> String {
    if comparison.method == Method::Baseline {
        // The scatter between jobs does not shrink with more invocations in one of them.
        return format!(
            "record more jobs of this machine class (the baseline has {}); more invocations in one job do not help",
            comparison.base_n
        );
    }
    more_pairs(check, comparison.more_pairs, comparison.candidate_n, costs)
}

/// How many more pairs would decide, what they cost, and that they need not be measured all at once.
fn more_pairs(check: &Check, more: Option<u32>, had: u32, costs: Option<&Costs>) -> String {
    let Some(more) = more else {
        return format!(
            "not likely to be decided by more pairs (had {had}): widen the limit or make the benchmark steadier"
        );
    };
    let minutes = costs
        .and_then(|costs| costs.of_pairs(&check.benchmark, more))
        .map_or_else(String::new, |time| {
            format!(", about {} of measuring,", format_duration(time))
        });
    let how = match check.limit {
        // Only runs with a base go on with what was measured before.
        Limit::Overhead { .. } => {
            "raise `pairs` of the claim, and `time` in [defaults] where that ended it"
        }
        _ if had >= LOOKS.last().copied().unwrap_or(0) => {
            "run the job again; it adds to these pairs and does not start afresh"
        }
        _ => {
            "raise `time` in [defaults], or run the job again; it adds to these pairs and does not start afresh"
        }
    };
    format!(
        "about {}{minutes} would decide it (had {had}): {how}",
        plural(more, "more pair")
    )
}

fn settle_absolute(limit: &Limit, estimate: &AbsoluteEstimate) -> String {
    let limit = match limit {
        Limit::Max(limit) | Limit::Min(limit) => limit.value,
        Limit::Slower(_) | Limit::Overhead { .. } | Limit::None => {
            return more_observations(None, "invocations");
        }
    };
    let half_width = if limit > estimate.value {
        estimate.high - estimate.value
    } else {
        estimate.value - estimate.low
    };
    more_observations(
        needed(estimate.n, half_width, (limit - estimate.value).abs()),
        "invocations",
    )
}

/// Observations until the interval is as narrow as the distance: widths shrink with the square root.
fn needed(now: u32, half_width: f64, distance: f64) -> Option<(u32, f64)> {
    let factor = (half_width / distance).powi(2);
    (factor.is_finite() && now > 0).then(|| (now, (f64::from(now) * factor).ceil()))
}

fn more_observations(needed: Option<(u32, f64)>, what: &str) -> String {
    match needed {
        None => format!("too few {what} for an interval: raise `invocations` or the time limit"),
        Some((now, needed)) if needed > f64::from(now) * REASONABLE_EFFORT => format!(
            "too close to the limit to be decided by more {what} (had {now}): widen the limit or make \
             the benchmark steadier"
        ),
        Some((now, needed)) => format!(
            "takes about {} {what} (had {now}) if the estimate stays: raise `invocations` or the time limit",
            needed.max(f64::from(now) + 1.0)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_the_width_takes_four_times_the_rounds() {
        assert_eq!(needed(10, 0.04, 0.02), Some((10, 40.0)));
        assert_eq!(
            more_observations(needed(10, 0.04, 0.02), "rounds"),
            "takes about 40 rounds (had 10) if the estimate stays: raise `invocations` or the time limit"
        );
    }

    #[test]
    fn an_estimate_on_the_limit_is_not_settled_by_more_rounds() {
        assert!(more_observations(needed(10, 0.04, 0.001), "rounds").starts_with("too close"));
    }

    #[test]
    fn unbounded_and_missing_widths_ask_for_more_observations() {
        for half_width in [f64::INFINITY, f64::NAN] {
            assert!(
                more_observations(needed(3, half_width, 0.02), "rounds").starts_with("too few")
            );
        }
        assert_eq!(needed(0, 0.1, 0.1), None);
        assert_eq!(needed(10, 0.1, 0.0), None);
    }
}
