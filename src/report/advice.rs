//! What a person can do about a row.

use crate::compare::{AbsoluteEstimate, Comparison, LOOKS, Method};
use crate::measurement::{Better, FailureKind};
use crate::verdict::{Check, Limit, VerdictKind};

/// More than this many times the present observations is no advice that anybody would follow.
const REASONABLE_EFFORT: f64 = 20.0;

/// The next step for one check; `failure` is how an invocation of its benchmark failed, if one did.
pub(super) fn next_step(check: &Check, failure: Option<FailureKind>) -> Option<String> {
    match check.verdict {
        VerdictKind::Missing => Some(match failure {
            Some(kind) => format!(
                "it {}: repair it, or remove it from budgets.toml and from the baseline",
                kind.describe()
            ),
            None => "if it was removed or renamed, correct the globs in budgets.toml and run \
                     `tollgate baseline accept --reason ..`"
                .to_owned(),
        }),
        VerdictKind::Invalid => Some(match failure {
            None if check.not_comparable.is_some() => remedy(check).unwrap_or_default(),
            Some(kind) => format!("it {}: repair it and measure again", kind.describe()),
            None => "measure again; `tollgate doctor` says what disturbs this machine".to_owned(),
        }),
        VerdictKind::Inconclusive if check.not_comparable.is_some() => remedy(check),
        VerdictKind::Inconclusive => Some(match (&check.comparison, &check.absolute) {
            (Some(comparison), _) if matches!(check.limit, Limit::Slower(_)) => {
                settle_relative(check, comparison)
            }
            (_, Some(estimate)) => settle_absolute(&check.limit, estimate),
            _ => more_observations(None, "observations"),
        }),
        VerdictKind::New | VerdictKind::NotComparable => remedy(check),
        _ => None,
    }
}

fn remedy(check: &Check) -> Option<String> {
    let reason = check.not_comparable.as_ref()?;
    Some(reason.remedy().to_owned())
}

/// What it takes to decide a relative check, if the estimate stays where it is.
fn settle_relative(check: &Check, comparison: &Comparison) -> String {
    if comparison.method == Method::Baseline {
        // The scatter between jobs does not shrink with more invocations in one of them.
        return format!(
            "record more jobs of this machine class (the baseline has {}); more invocations in one job do not help",
            comparison.base_n
        );
    }
    let Limit::Slower(tolerance) = check.limit else {
        return more_observations(None, "rounds");
    };
    let higher = check
        .metric
        .as_ref()
        .is_some_and(|metric| metric.better == Better::Higher);
    let (effect, fail, pass) = if higher {
        (
            comparison.effect.reversed(),
            comparison.interval.reversed(),
            comparison.pass_interval.reversed(),
        )
    } else {
        (
            comparison.effect,
            comparison.interval,
            comparison.pass_interval,
        )
    };
    let (effect, tolerance) = (effect.log(), tolerance.log());
    // A pass needs the upper bound below the tolerance, a failure the lower bound above zero (above the
    // floor, in truth: a little more than is said here).
    let (half_width, distance) = if effect < tolerance {
        (pass.high.log() - effect, tolerance - effect)
    } else {
        (effect - fail.low.log(), effect)
    };
    let rounds = comparison.base_n.min(comparison.candidate_n);
    let needed = needed(rounds, half_width, distance);
    let most = LOOKS.last().copied().unwrap_or(rounds);
    if needed.is_some_and(|(_, needed)| needed > f64::from(most)) {
        return format!(
            "not to be decided by {most} rounds, at which a comparison ends (had {rounds}): widen the limit or make the \
             benchmark steadier"
        );
    }
    more_observations(needed, "rounds")
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
