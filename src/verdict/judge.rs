//! One check: an estimate, a limit, a verdict.

use super::VerdictKind;
use crate::compare::{AbsoluteEstimate, Comparison, Zone};
use crate::measurement::Better;

/// The rules of the relative verdict, for either direction of better.
///
/// A claim of change needs both: the interval at the family-wise level lies beyond the floor, *and* the
/// estimate lies beyond the tolerance. A pass needs the interval at the pass level to exclude the tolerance.
#[must_use]
pub fn judge_relative(comparison: &Comparison, zone: Zone, better: Better) -> VerdictKind {
    // Turned so that up is always worse. Throughput that falls by the tolerance is a regression of the
    // same size on the log scale.
    let (effect, fail, pass) = match better {
        Better::Lower => (
            comparison.effect,
            comparison.interval,
            comparison.pass_interval,
        ),
        Better::Higher => (
            comparison.effect.reversed(),
            comparison.interval.reversed(),
            comparison.pass_interval.reversed(),
        ),
    };
    let floor = zone.floor.log();
    let tolerance = zone.tolerance.log();
    if [effect, fail.low, fail.high, pass.low, pass.high]
        .iter()
        .any(|change| change.log().is_nan())
    {
        return VerdictKind::Invalid;
    }
    if fail.low.log() > floor && effect.log() > tolerance {
        VerdictKind::Regressed
    } else if fail.high.log() < -floor && effect.log() < -tolerance {
        VerdictKind::Improved
    } else if pass.high.log() < tolerance {
        if pass.low.log() > -tolerance {
            VerdictKind::Unchanged
        } else {
            VerdictKind::NotSlower
        }
    } else {
        VerdictKind::Inconclusive
    }
}

/// Which side of an absolute limit is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    /// A ceiling.
    AtMost,
    /// A floor.
    AtLeast,
}

/// The rule of the absolute verdict: only an interval that lies wholly on one side decides.
#[must_use]
pub fn judge_absolute(estimate: &AbsoluteEstimate, limit: f64, allowed: Allowed) -> VerdictKind {
    let AbsoluteEstimate {
        value, low, high, ..
    } = *estimate;
    if value.is_nan() || low.is_nan() || high.is_nan() || limit.is_nan() {
        return VerdictKind::Invalid;
    }
    let (surely_within, surely_beyond) = match allowed {
        Allowed::AtMost => (high <= limit, low > limit),
        Allowed::AtLeast => (low >= limit, high < limit),
    };
    if surely_beyond {
        VerdictKind::OverBudget
    } else if surely_within {
        VerdictKind::WithinBudget
    } else {
        VerdictKind::Inconclusive
    }
}

#[cfg(test)]
mod tests;
